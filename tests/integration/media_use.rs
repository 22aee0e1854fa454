//! What uses a media file, whatever the file is called and however it is referred to: it is not offered for removal, and a
//! reference follows.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::TestWorkspace;
use crate::support::pictures;

/// Names that people give to files.
const NAMES: &[&str] = &[
    "plain.jpg",
    "my photo.jpg",
    "salt & pepper.jpg",
    "it's me.jpg",
    "one, two.jpg",
    "no#1.jpg",
    "what?.jpg",
    "a%20b.jpg",
    "a&amp;b.jpg",
    "Grüße (2).jpg",
    "50% off; now.jpg",
];

fn percent(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn css(path: &str) -> String {
    path.chars().map(|c| if c.is_alphanumeric() || "/.-_".contains(c) { c.to_string() } else { format!("\\{c}") }).collect()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// How a file refers to a path (without its first slash): where the file is, what stands before and behind all references, and one.
struct Form {
    name: &'static str,
    file: &'static str,
    around: (&'static str, &'static str),
    one: fn(&str) -> String,
    /// Whether a renamed file is followed in it.
    follows: bool,
}

const fn form(name: &'static str, file: &'static str, around: (&'static str, &'static str), one: fn(&str) -> String) -> Form {
    Form { name, file, around, one, follows: true }
}

/// Of which what a renamed file would be followed by is not certain.
const fn doubtful(name: &'static str, file: &'static str, around: (&'static str, &'static str), one: fn(&str) -> String) -> Form {
    Form { name, file, around, one, follows: false }
}

const IN_JSON: (&str, &str) = ("{\"name\": \"P\", \"x\": [", "null]}");

/// In one form each of the settings of documents.
fn forms() -> Vec<Form> {
    vec![
        form("setting", "pages/a1.json", IN_JSON, |path| quoted(&format!("/{path}")) + ","),
        form("setting-no-slash", "pages/a2.json", IN_JSON, |path| quoted(path) + ","),
        form("setting-encoded", "pages/a3.json", IN_JSON, |path| quoted(&format!("/{}", percent(path))) + ","),
        form("setting-query", "pages/a4.json", IN_JSON, |path| quoted(&format!("/{}?v=1#x", percent(path))) + ","),
        form("theme", "collections/news/a.json", IN_JSON, |path| quoted(&format!("/{path}")) + ","),
        form("menu", "menus/files.json", IN_JSON, |path| quoted(&format!("/{}", percent(path))) + ","),
        form("rich-text", "pages/b1.json", IN_JSON, |path| {
            quoted(&format!("<p><img alt=\"x\" src=\"/{}\"> text, and more</p>", html(&percent(path)))) + ","
        }),
        form("rich-text-raw", "pages/b2.json", IN_JSON, |path| {
            quoted(&format!("<p><img src='/{}' alt=x> <a href=x>text</a></p>", html(path))) + ","
        }),
        form("rich-text-list", "pages/b3.json", IN_JSON, |path| {
            quoted(&format!("<img srcset=\"/{0} 1x, /{0} 2x\">", html(&percent(path)))) + ","
        }),
        form("rich-text-style", "pages/b4.json", IN_JSON, |path| {
            quoted(&format!("<p style=\"background:url(&quot;/{}&quot;) no-repeat\">", html(path))) + ","
        }),
        form("css-quoted", "assets/c1.css", ("", ""), |path| format!("a{{background:url(\"../{}\")}}\n", path.replace('"', "\\\""))),
        form("css-bare", "assets/c2.css", ("", ""), |path| format!("a{{background:url(/{}) no-repeat, url(x.png)}}\n", css(path))),
        form("css-encoded", "assets/c3.css", ("", ""), |path| format!("a{{background:url(/{})}}", percent(path))),
        form("liquid", "widgets/hero/c4.liquid", ("{% if x %}", "{% endif %}"), |path| {
            format!("<img src=\"{{{{ root }}}}/{}\">\n", html(path))
        }),
        form("liquid-list", "snippets/c5.liquid", ("", ""), |path| format!("<img srcset=\"/{} 300w, /x.jpg 600w\">\n", percent(path))),
        form("html", "about.html", ("<!doctype html>", ""), |path| format!("<a href='/{}'>x</a><b>y</b>\n", html(path))),
        form("html-encoded", "assets/c6.HTM", ("", ""), |path| format!("<a href=/{}>x</a>\n", percent(path))),
        form("script", "assets/c7.js", ("const a = [", "];"), |path| quoted(&format!("/{path}")) + ","),
        form("script-escaped", "assets/c8.mjs", ("const a = [", "];"), |path| quoted(path).replace('/', "\\/") + ",\n"),
        form("json", "data/deep/c9.json", ("[", "null]"), |path| quoted(&format!("/{path}")) + ","),
        form("markdown", "content/d1.md", ("# T\n", ""), |path| format!("![x](</{path}>) text\n")),
        form("svg", "assets/d2.svg", ("<svg>", "</svg>"), |path| format!("<image href=\"../{}\"/>", html(&percent(path)))),
        form("text", "d3.txt", ("", ""), |path| format!("/{path}\n")),
        // It may be a URL of another site.
        doubtful("xml", "feed.xml", ("<a>", "</a>"), |path| format!("<url>https://x.example/{}</url>", html(&percent(path)))),
        form("manifest", "site.webmanifest", ("[", "null]"), |path| quoted(&format!("/{path}")) + ","),
        form("no-ending", "_headers", ("", ""), |path| format!("Link: </{}>; rel=preload\n", percent(path))),
        doubtful("keys", "pages/e1.json", ("{\"name\": \"P\", \"x\": {", "\"y\": 1}}"), |path| quoted(&format!("/{path}")) + ": 1,"),
        doubtful("conflict", "pages/e2.json", ("<<<<<<< HEAD\n{\n", "}\n=======\n{}\n>>>>>>> other\n"), |path| {
            format!("\"a\": {},\n", quoted(&format!("/{path}")))
        }),
        doubtful("names-only", "assets/e3.js", ("const folder = images;", ""), |path| quoted(path.rsplit('/').next().unwrap()) + ";"),
        doubtful("unicode-escapes", "assets/e4.js", ("", ""), |path| {
            let escaped: String = path.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) }).collect();
            format!("f(\"/{escaped}\");\n")
        }),
        doubtful("html-in-script", "assets/e5.js", ("", ""), |path| {
            format!("f(\"<img src=\\\"/{}\\\">\");\n", html(&html(&percent(path))))
        }),
        doubtful("folder-and-name", "widgets/e6.liquid", ("", ""), |path| {
            let (folder, name) = path.rsplit_once('/').unwrap();
            format!("{{% assign f = '/{folder}/' %}}<img src=\"{{{{ f }}}}{}\">", html(name))
        }),
        doubtful("path-and-name", "pages/e7.json", IN_JSON, |path| {
            format!("{}, {},", quoted(&format!("/{path}")), quoted(path.rsplit('/').next().unwrap()))
        }),
    ]
}

fn write(site: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = site.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn text_of(form: &Form, paths: &[String]) -> String {
    let all: String = paths.iter().map(|path| (form.one)(path)).collect();
    format!("{}{all}{}", form.around.0, form.around.1)
}

fn paths_of(form: &Form) -> Vec<String> {
    NAMES.iter().map(|name| format!("uploads/images/{}/{name}", form.name)).collect()
}

/// The findings of the doctor: what it is, of which path, whether it can be repaired, and the message.
fn findings(workspace: &TestWorkspace) -> Vec<(String, String, bool, String)> {
    let output = workspace.command(&["--json", "media", "doctor", "one"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = report["findings"].as_array().unwrap().iter();
    all.map(|one| (text(&one["kind"]), text(&one["path"]), one["remedy"].is_string(), text(&one["message"]))).collect()
}

fn offered(workspace: &TestWorkspace) -> Vec<String> {
    findings(workspace).into_iter().filter(|found| found.0 == "orphan" && found.2).map(|found| found.1).collect()
}

/// Puts items with these ids and paths into the catalogue, beside those that are there.
fn list(site: &Path, items: &[(String, String)]) {
    let place = site.join("uploads/media.json");
    let mut catalogue: Value = serde_json::from_str(&fs::read_to_string(&place).unwrap()).unwrap();
    let new = items.iter().map(|(id, path)| {
        json!({"id": id, "filename": path.rsplit('/').next().unwrap(), "originalName": "x", "type": "image/jpeg", "size": 1,
            "path": format!("/{path}"), "metadata": {"alt": "x"}, "usedIn": []})
    });
    catalogue["files"].as_array_mut().unwrap().extend(new);
    fs::write(place, serde_json::to_string_pretty(&catalogue).unwrap()).unwrap();
}

#[test]
fn files_that_something_uses_are_not_offered_for_removal() {
    let workspace = TestWorkspace::with_demo("saas");
    let site = workspace.site("one");
    let picture = pictures::jpeg(30, 30, 3);
    for form in forms() {
        let paths = paths_of(&form);
        for path in &paths {
            write(&site, path, &picture);
        }
        write(&site, form.file, text_of(&form, &paths));
    }
    // Texts that are not in UTF-8.
    write(&site, "uploads/images/old/café.jpg", &picture);
    write(&site, "assets/latin.css", b"a{background:url(/uploads/images/old/caf\xe9.jpg)}");
    write(&site, "uploads/images/old/wide ä.jpg", &picture);
    let wide = "\u{feff}<img src=\"/uploads/images/old/wide ä.jpg\">".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    write(&site, "assets/wide.html", wide);
    let unused = ["uploads/images/photo.jpg", "uploads/images/really, not used.jpg"];
    for path in unused {
        write(&site, path, &picture);
    }
    let expected: Vec<String> = unused.iter().map(|path| format!("/{path}")).collect();
    let of_unused = || findings(&workspace).into_iter().find(|found| found.1 == expected[0]);
    assert_eq!(offered(&workspace), expected, "{:?}", of_unused());
    let output = workspace.command(&["--json", "media", "doctor", "one", "--fix"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    for path in forms().iter().flat_map(paths_of) {
        assert!(site.join(&path).is_file(), "{path} is there");
    }
    assert!(unused.iter().all(|path| !site.join(path).exists()));
}

/// A demo of which every form refers to the same files, which are listed under the names' numbers; and their paths.
fn with_listed_files() -> (TestWorkspace, Vec<String>) {
    let workspace = TestWorkspace::with_demo("saas");
    let site = workspace.site("one");
    let paths: Vec<String> = NAMES.iter().map(|name| format!("uploads/images/of us/{name}")).collect();
    for path in &paths {
        write(&site, path, "x");
    }
    for form in forms() {
        write(&site, form.file, text_of(&form, &paths));
    }
    let items: Vec<_> = paths.iter().enumerate().map(|(index, path)| (index.to_string(), path.clone())).collect();
    list(&site, &items);
    (workspace, paths)
}

#[test]
fn files_that_something_uses_are_removed_only_by_force() {
    let (workspace, paths) = with_listed_files();
    let app = crate::support::open(&workspace);
    let media = app.media("one").unwrap();
    let of_all = media.uses_of_all(&["0".to_owned(), "1".to_owned(), "gone".to_owned()]).unwrap();
    assert_eq!(of_all.keys().collect::<Vec<_>>(), ["0", "1"]);
    for (index, path) in paths.iter().enumerate() {
        let id = index.to_string();
        let refused = media.remove(std::slice::from_ref(&id), false).expect_err(path);
        assert_eq!(refused.code, backlot::error::Code::InUse, "{path}");
        let uses = media.uses(&id).unwrap();
        assert!(of_all.get(&id).is_none_or(|known| *known == uses), "{path}: {of_all:?}");
        for form in forms() {
            let stem = form.file.strip_suffix(".json").unwrap_or(form.file);
            let is_document = ["pages/", "collections/", "menus/"].iter().any(|folder| form.file.starts_with(folder));
            let document = if is_document { stem } else { form.file };
            let place = match stem.split_once('/') {
                Some(("pages", page)) => page.to_owned(),
                Some(("collections", item)) => format!("collection:{item}"),
                Some(("menus", menu)) => format!("menu:{menu}"),
                _ => form.file.to_owned(),
            };
            assert!(refused.message.contains(&place), "{path} in {place}: {}", refused.message);
            assert!(uses.iter().any(|one| one.document == document), "{path} in {document}: {uses:?}");
        }
    }
    media.remove(&["0".to_owned()], true).unwrap();
}

#[test]
fn references_follow_a_renamed_file_in_the_form_they_have() {
    let (workspace, paths) = with_listed_files();
    let site = workspace.site("one");
    let app = crate::support::open(&workspace);
    let mut new = Vec::new();
    for index in 0..paths.len() {
        let listing = app.change_media("one", |media| media.rename(&index.to_string(), &format!("new-{index}"))).unwrap();
        new.push(format!("uploads/images/of us/new-{index}.jpg"));
        assert_eq!(listing.files[0]["path"], format!("/{}", new[index]));
        for form in forms() {
            let is_told = listing.warnings.iter().any(|note| note.contains(form.file));
            let must_be = ["keys", "conflict", "names-only", "path-and-name", "xml"].contains(&form.name);
            assert!(if form.follows { !is_told } else { is_told || !must_be }, "{} {}: {:?}", form.name, NAMES[index], listing.warnings);
        }
    }
    for form in forms().iter().filter(|form| form.follows) {
        assert_eq!(fs::read_to_string(site.join(form.file)).unwrap(), text_of(form, &new), "{}", form.name);
    }
    let listed = workspace.json(&["media", "usage", "one"]);
    let of_first = listed["files"].as_array().unwrap().iter().find(|item| item["id"] == "0").unwrap();
    let places = ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "collection:news/a", "e7"];
    assert_eq!(of_first["usedIn"], json!(places), "only documents are places in the catalogue");
}

#[test]
fn a_smaller_picture_belongs_to_its_picture() {
    let workspace = TestWorkspace::with_demo("saas");
    let site = workspace.site("one");
    write(&site, "pages/p.json", json!({"name": "P", "x": "/uploads/images/my photo.jpg"}).to_string());
    write(&site, "assets/x.css", "a{background:url(../uploads/images/wide-1200.jpg)}");
    for path in [
        "my photo.jpg",
        "my photo-300.jpg",
        "my photo-thumb.jpg",
        "my photo-300x200.webp",
        "my photo@2x.jpg",
        "wide.jpg",
        "wide-600.jpg",
        "wide-1200.jpg",
        "board-640w.webp",
        "lone.jpg",
        "lone-300.jpg",
        "photo-300.jpg",
        "my photo-of-me.jpg",
    ] {
        write(&site, &format!("uploads/images/{path}"), pictures::jpeg(20, 20, 1));
    }
    let expected = ["lone-300.jpg", "lone.jpg", "my photo-of-me.jpg", "photo-300.jpg"];
    assert_eq!(offered(&workspace), expected.map(|name| format!("/uploads/images/{name}")));
    workspace.command(&["media", "doctor", "one", "--fix"]).output().unwrap();
    assert!(site.join("uploads/images/my photo-300.jpg").is_file() && !site.join("uploads/images/lone-300.jpg").exists());
}

#[test]
fn in_doubt_a_file_is_used() {
    let workspace = TestWorkspace::with_demo("saas");
    let site = workspace.site("one");
    write(&site, "uploads/images/unused.jpg", pictures::jpeg(30, 30, 3));
    assert_eq!(offered(&workspace), ["/uploads/images/unused.jpg"]);
    for (path, bytes) in [
        ("assets/large.json", vec![b' '; 17 * 1024 * 1024]),
        ("widgets/x/widget.liquid", b"<img src=\"/uploads/images/{{ name }}.jpg\">".to_vec()),
        ("assets/x.js", b"const at = '/uploads/' + folder;".to_vec()),
        ("pages/gallery.json", b"{\"name\": \"G\", \"x\": \"/uploads/images/\"}".to_vec()),
    ] {
        write(&site, path, bytes);
        assert_eq!(offered(&workspace), [""; 0], "{path}");
        let found = findings(&workspace).into_iter().find(|found| found.1 == "/uploads/images/unused.jpg").unwrap();
        assert!(found.3.contains(path.trim_start_matches("pages/").trim_end_matches(".json")), "{}", found.3);
        workspace.command(&["media", "doctor", "one", "--fix"]).output().unwrap();
        assert!(site.join("uploads/images/unused.jpg").is_file());
        fs::remove_file(site.join(path)).unwrap();
    }
    // What visitors never get, and what describes a folder, says nothing.
    write(&site, "node_modules/x/a.js", "load('/uploads/images/unused.jpg')");
    write(&site, ".git/notes.txt", "/uploads/images/unused.jpg");
    write(&site, "README.md", "Pictures are in `/uploads/images/`, all of them.");
    assert_eq!(offered(&workspace), ["/uploads/images/unused.jpg"]);
}

/// The files that a page shows by `src`, as a browser asks for them.
fn shown(html: &str) -> Vec<String> {
    let sources = html.split(" src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let paths = sources.map(|source| source.replace("&#39;", "'").replace("&#34;", "\"").replace("&amp;", "&"));
    let paths = paths.map(|path| path.split(['?', '#']).next().unwrap_or_default().to_owned());
    paths.map(|path| percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned()).collect()
}

#[test]
fn an_image_is_shown_whatever_its_file_is_called() {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    for (index, name) in NAMES.iter().enumerate() {
        let path = format!("uploads/images/{name}");
        fs::write(site.join(&path), pictures::jpeg(40, 30, 1)).unwrap();
        // Whether a percent sign is a part of the name, only the catalogue tells.
        list(&site, &[(index.to_string(), path.clone())]);
        workspace.json(&["page", "set", "one", "index", "/widgets/hero/settings/image", &quoted(&format!("/{path}"))]);
        let out = workspace.beside(&format!("out-{index}"));
        workspace.json(&["build", "one", out.to_str().unwrap()]);
        let html = fs::read_to_string(out.join("index.html")).unwrap();
        let found = shown(&html);
        let is_shown = found.iter().any(|path| path.starts_with("uploads/images/") && path.ends_with(name) && out.join(path).is_file());
        assert!(is_shown, "{name}: {found:?}");
    }
}

#[test]
fn a_damaged_document_may_use_any_file() {
    for damage in ["cut", "", "\0\0\0\0"] {
        let workspace = TestWorkspace::with_demo("saas");
        let site = workspace.site("one");
        write(&site, "uploads/images/lone one.jpg", "x");
        let before: Value = serde_json::from_str(&fs::read_to_string(site.join("uploads/media.json")).unwrap()).unwrap();
        let used = before["files"].as_array().unwrap().iter().find(|item| item["usedIn"] == json!(["index"])).expect("an item of a page");
        let page = fs::read_to_string(site.join("pages/index.json")).unwrap();
        write(&site, "pages/index.json", if damage == "cut" { &page[..200] } else { damage });
        let output = workspace.command(&["--json", "media", "doctor", "one"]).output().unwrap();
        let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
        let offered: Vec<_> = findings["findings"].as_array().unwrap().iter().filter(|one| !one["remedy"].is_null()).collect();
        assert!(offered.is_empty(), "{damage:?}: {offered:?}");
        let refused = workspace.refused(&["media", "remove", "one", used["id"].as_str().unwrap()]);
        assert_eq!(refused["code"], "InUse", "{damage:?}: {refused}");
    }
}
