//! Documents of a site that cannot be read as they should be: a build fails over each, the doctor names it, the preview shows it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use backlot::app::BuildOrder;
use backlot::cancel::Cancel;
use backlot::error::Code;
use backlot::render::Renderer;
use backlot::render::model::{PageRequest, Source};

use crate::support::{TestWorkspace, open};

/// Every file below a folder, by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// A bakery that has one of each kind of document that a build reads.
fn workspace() -> TestWorkspace {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    for (path, text) in [
        (
            "collection-types/news/schema.json",
            r#"{"hasItemPages": true, "settings": [{"id": "title", "type": "text", "usedAsTitle": true}]}"#,
        ),
        ("collection-types/news/template.liquid", "<h1>{{ item.settings.title }}</h1>"),
        ("collections/news/opening.json", r#"{"uuid": "n1", "settings": {"title": "We open"}}"#),
        ("collections/news/_order.json", r#"{"order": ["opening"]}"#),
        ("locales/en.json", r#"{"hero": {"title": "Hello"}}"#),
        ("snippets/deep/er.liquid", "<i>deeper</i>"),
    ] {
        let path = site.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    workspace
}

/// One of each kind of document.
const DOCUMENTS: &[&str] = &[
    "theme.json",
    "menus/main-menu.json",
    "menus/footer-menu.json",
    "uploads/media.json",
    "assets/icons.json",
    "pages/about.json",
    "pages/global/header.json",
    "pages/global/footer.json",
    "locales/en.json",
    "collection-types/news/schema.json",
    "collections/news/opening.json",
    "collections/news/_order.json",
    "widgets/hero/schema.json",
    "widgets/global/header/schema.json",
];

/// And of each kind of template.
const TEMPLATES: &[&str] = &[
    "layout.liquid",
    "snippets/button.liquid",
    "snippets/deep/er.liquid",
    "widgets/hero/widget.liquid",
    "widgets/global/footer/widget.liquid",
    "collection-types/news/template.liquid",
];

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn conflict(text: &str) -> Vec<u8> {
    format!("<<<<<<< HEAD\n{text}\n=======\n{text}\n>>>>>>> theirs\n").into_bytes()
}

/// What may be wrong with a document, and what is said of it.
fn damages(text: &str) -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (conflict(text), "unresolved merge conflict at line 1 column 1"),
        (b"{\n  \"a\": oops\n}".to_vec(), "expected value at line 2 column 8"),
        (text.as_bytes()[..text.len() / 2].to_vec(), " at line "),
        (b"{\"a\": \"\\ud83d\"}".to_vec(), "half of a surrogate pair (\\ud83d) at line 1 column 8"),
        (utf16(text), "UTF-16"),
        (b"{\"a\": \"caf\xe9\"}".to_vec(), "not UTF-8 at line 1 column 11"),
        (b"[]".to_vec(), "not a JSON object"),
        (Vec::new(), "It is empty"),
        (vec![b' '; 16 * 1024 * 1024 + 1], "larger than 16 MiB"),
    ]
}

fn template_damages(text: &str) -> Vec<(Vec<u8>, &'static str)> {
    vec![(conflict(text), "unresolved merge conflict at line 1 column 1"), (utf16(text), "UTF-16"), (b"caf\xe9".to_vec(), "not UTF-8")]
}

fn order(target: &Path) -> BuildOrder {
    BuildOrder { target: target.to_owned(), ..BuildOrder::default() }
}

#[test]
fn a_build_fails_over_each_damaged_document_and_the_doctor_names_it_in_the_same_words() {
    let workspace = workspace();
    let site = workspace.site("one");
    let app = open(&workspace);
    let out = workspace.beside("out");
    let build = || app.build("one", &order(&out), &|_| (), &Cancel::new());
    build().unwrap();
    assert_eq!(app.doctor(false).unwrap(), vec![]);
    let before = files(&out);
    assert!(before.contains_key("news/opening.html"), "{:?}", before.keys());

    let check = |path: &str, expected: &str| {
        let error = build().unwrap_err();
        assert_eq!(error.code, Code::Corrupt, "{path} {expected}: {error:?}");
        assert!(
            error.message.starts_with(&format!("{path}: ")) && error.message.contains(expected),
            "{path} {expected}: {}",
            error.message
        );
        let said = error.message.strip_suffix(" Nothing was built.").unwrap();
        let found = app.doctor(false).unwrap();
        let named: Vec<&str> = found.iter().filter(|one| one.path == site.join(path)).map(|one| one.problem.as_str()).collect();
        let reason = said.strip_prefix(&format!("{path}: ")).unwrap();
        assert!(named.len() == 1 && named[0].starts_with(reason), "{path} {expected}: {found:?}");
        assert_eq!(app.build_outline("one").unwrap().problems, [said], "what the window says before it builds");
    };
    for path in DOCUMENTS.iter().chain(TEMPLATES) {
        let at = site.join(path);
        let good = fs::read_to_string(&at).unwrap();
        let damages = if DOCUMENTS.contains(path) { damages(&good) } else { template_damages(&good) };
        for (bytes, expected) in damages {
            fs::write(&at, &bytes).unwrap();
            check(path, expected);
        }
        fs::remove_file(&at).unwrap();
        fs::create_dir(&at).unwrap();
        check(path, "not a regular file");
        fs::remove_dir(&at).unwrap();
        #[cfg(unix)]
        {
            for target in ["/etc/hostname", "nowhere"] {
                std::os::unix::fs::symlink(target, &at).unwrap();
                check(path, "It is a link");
                fs::remove_file(&at).unwrap();
            }
        }
        fs::write(&at, good).unwrap();
    }
    assert!(files(&out) == before, "the earlier build is as it was");
    build().unwrap();
    assert_eq!(app.doctor(false).unwrap(), vec![]);
    app.close();
}

#[test]
fn several_damaged_documents_are_counted_and_the_command_line_says_so_too() {
    let workspace = workspace();
    let site = workspace.site("one");
    let out = workspace.beside("out");
    let build = ["build", "one", out.to_str().unwrap()];
    fs::write(site.join("theme.json"), "{").unwrap();
    fs::write(site.join("menus/main-menu.json"), "{").unwrap();
    let message = workspace.refused(&build)["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("menus/main-menu.json: ") && message.contains("theme.json cannot be read either. Nothing"), "{message}");
    fs::write(site.join("uploads/media.json"), "{").unwrap();
    let message = workspace.refused(&build)["message"].as_str().unwrap().to_owned();
    assert!(message.contains(" 2 other files have problems too. Nothing was built."), "{message}");
    let output = workspace.run(&["doctor"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for path in ["theme.json", "menus/main-menu.json", "uploads/media.json"] {
        assert!(text.contains(&format!("{path}: It is not JSON")), "{text}");
    }
    assert_eq!(workspace.json(&["builds", "one"])[0]["state"]["kind"], "failed");
}

#[test]
fn a_byte_order_mark_changes_nothing_of_a_build_and_absent_documents_are_fine() {
    let workspace = workspace();
    let site = workspace.site("one");
    let app = open(&workspace);
    let build = |name: &str| app.build("one", &order(&workspace.beside(name)), &|_| (), &Cancel::new());
    build("plain").unwrap();
    for path in DOCUMENTS.iter().chain(TEMPLATES) {
        let text = fs::read_to_string(site.join(path)).unwrap();
        fs::write(site.join(path), format!("\u{feff}{text}")).unwrap();
    }
    build("marked").unwrap();
    assert_eq!(app.doctor(false).unwrap(), vec![]);
    let (plain, marked) = (files(&workspace.beside("plain")), files(&workspace.beside("marked")));
    let icons = |path: &&String| !path.starts_with("assets/icons") && *path != ".backlot-build.json";
    for path in plain.keys().filter(icons) {
        assert!(plain[path] == marked[path], "{path}");
    }
    // Of all of these a site can do without.
    for path in
        ["theme.json", "menus/main-menu.json", "uploads/media.json", "assets/icons.json", "locales/en.json", "collections/news/_order.json"]
    {
        fs::remove_file(site.join(path)).unwrap();
        build(&format!("without-{}", path.replace('/', "-"))).unwrap();
    }
    assert_eq!(app.doctor(false).unwrap(), vec![]);
    app.close();
}

#[test]
fn a_byte_order_mark_survives_every_kind_of_edit() {
    let workspace = workspace();
    let site = workspace.site("one");
    let mark = |path: &str| {
        let text = fs::read_to_string(site.join(path)).unwrap();
        fs::write(site.join(path), format!("\u{feff}{text}")).unwrap();
        text
    };
    let text = mark("pages/index.json");
    workspace.json(&["page", "set", "one", "index", "/widgets/hero/settings/title", "\"New words\""]);
    let edited = fs::read_to_string(site.join("pages/index.json")).unwrap();
    assert!(edited.starts_with("\u{feff}{") && edited.contains("New words"), "{edited}");
    let lines = |text: &str| text.lines().count();
    assert_eq!(lines(&edited), lines(&text), "the layout is kept");

    mark("uploads/media.json");
    let listed = workspace.json(&["media", "list", "one"]);
    let id = listed["files"][0]["id"].as_str().unwrap().to_owned();
    workspace.json(&["media", "set", "one", &id, "--alt", "Words for it"]);
    workspace.json(&["media", "add", "one", &workspace.file("new.jpg", crate::support::pictures::jpeg(60, 40, 1))]);
    let catalogue = fs::read_to_string(site.join("uploads/media.json")).unwrap();
    assert!(catalogue.starts_with("\u{feff}{") && catalogue.contains("Words for it") && catalogue.contains("new"), "{catalogue}");
    let count = workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len();
    assert_eq!(count, listed["files"].as_array().unwrap().len() + 1);

    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let document = "pages/index".parse().unwrap();
    let opened = app.open_document(demo, &document).unwrap();
    assert!(opened.problem.is_none() && opened.content.is_some(), "{:?}", opened.problem);
    let edit = serde_json::json!({"kind": "set", "edits": [{"path": ["widgets", "hero", "settings", "title"], "value": "Typed"}]});
    app.change_document(demo, &document, &serde_json::from_value(edit).unwrap()).unwrap();
    app.flush(Some(demo)).unwrap();
    app.close();
    let saved = fs::read_to_string(site.join("pages/index.json")).unwrap();
    assert!(saved.starts_with("\u{feff}{") && saved.contains("\"Typed\""), "{saved}");
}

#[test]
fn a_preview_says_above_the_page_what_it_was_made_without_and_stays() {
    let workspace = workspace();
    let site = workspace.site("one");
    fs::write(site.join("widgets/hero/widget.liquid"), "<b>{{ widget.settings.words }}</b>").unwrap();
    let schema = r#"{"settings": [{"type": "text", "id": "words", "default": "tTheme:hero.title"}]}"#;
    fs::write(site.join("widgets/hero/schema.json"), schema).unwrap();
    let renderer = Renderer::new(&site);
    let shown = || {
        renderer.invalidate(&[String::new()]);
        renderer.page(PageRequest::new(Source::Page("index".to_owned()))).unwrap()
    };
    assert_eq!(shown().problems, vec![]);
    for path in [
        "theme.json",
        "menus/main-menu.json",
        "uploads/media.json",
        "assets/icons.json",
        "pages/global/header.json",
        "locales/en.json",
        "collection-types/news/schema.json",
        "collections/news/opening.json",
        "snippets/deep/er.liquid",
    ] {
        let good = fs::read(site.join(path)).unwrap();
        fs::write(site.join(path), conflict("{}")).unwrap();
        let page = shown();
        let told: Vec<(&str, u32)> = page.problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
        assert_eq!(told, [(path, 1)]);
        assert!(page.html.contains("data-backlot-problem") && page.html.contains("unresolved merge conflict at line 1"), "{path}");
        assert!(page.html.contains("</html>") && page.html.contains("backlot:widget:hero"), "the page is there: {path}");
        fs::write(site.join(path), good).unwrap();
    }
    assert_eq!(shown().problems, vec![]);
    fs::write(site.join("layout.liquid"), conflict("x")).unwrap();
    renderer.invalidate(&[String::new()]);
    let error = renderer.page(PageRequest::new(Source::Page("index".to_owned()))).unwrap_err();
    assert!(error.message.starts_with("layout.liquid cannot be shown. It has an unresolved merge conflict"), "{}", error.message);
}

#[test]
fn the_doctor_names_what_keeps_pages_from_being_rendered() {
    for (path, text) in [
        ("widgets/hero/widget.liquid", "{% render 'nope' %}"),
        ("widgets/hero/widget.liquid", "{% if true %}"),
        ("layout.liquid", "{% nonsense %}"),
        (
            "pages/index.json",
            r#"{"name": "Home", "slug": "index", "widgets": {"w": {"type": "nope", "settings": {}}}, "widgetsOrder": ["w"]}"#,
        ),
    ] {
        let workspace = TestWorkspace::with_demo("bakery");
        let site = workspace.site("one");
        let app = open(&workspace);
        assert_eq!(app.doctor(false).unwrap(), vec![]);
        fs::write(site.join(path), text).unwrap();
        let error = app.build("one", &order(&workspace.beside("out")), &|_| (), &Cancel::new()).unwrap_err();
        let said = error.message.strip_suffix(" Nothing was built.").unwrap();
        let found = app.doctor(false).unwrap();
        assert!(found.len() == 1 && found[0].problem.ends_with(said), "{path}: {said} {found:?}");
    }
}

#[test]
fn a_site_whose_layout_is_missing_is_not_built_from_its_sources() {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    let app = open(&workspace);
    fs::rename(site.join("layout.liquid"), site.join("Layout.liquid.old")).unwrap();
    let error = app.build("one", &order(&workspace.beside("out")), &|_| (), &Cancel::new()).unwrap_err();
    assert!(error.message.starts_with("layout.liquid: It is missing"), "{}", error.message);
    assert_eq!(app.build_outline("one").unwrap().problems.len(), 1);
    assert!(app.doctor(false).unwrap().iter().any(|one| one.path == site.join("layout.liquid")));
    let as_files = BuildOrder { as_files: true, ..order(&workspace.beside("files")) };
    let notes = app.build("one", &as_files, &|_| (), &Cancel::new()).unwrap().notes;
    assert!(notes.iter().any(|note| note.starts_with("There is no index.html")), "{notes:?}");
}
