//! Builds of sites: what comes out stands on its own, is the same each time, and never replaces what is somebody else's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use backlot::app::{BuildOrder, Change};
use backlot::export::model::State;
use serde_json::Value;

use crate::support::{TestWorkspace, commit, init, open};

/// Every file below a folder, by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap_or_else(|cause| panic!("{}: {cause}", at.display())) {
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

/// Whether a file's name has the ending.
fn is(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|own| own == ending)
}

/// The addresses in a page or a style sheet, as a careful reader finds them.
fn addresses(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut marks: Vec<(&str, &[char])> = vec![("url(", &[')'])];
    if is(path, "html") {
        marks.extend([(" href=\"", &['"'][..]), (" src=\"", &['"']), (" poster=\"", &['"']), (" srcset=\"", &['"'])]);
    }
    for (mark, end) in marks {
        for (at, _) in text.match_indices(mark) {
            let rest = &text[at + mark.len()..];
            let value = rest[..rest.find(end).unwrap()].trim_matches(['"', '\'']).replace("&quot;", "").replace("&amp;", "&");
            match mark {
                " srcset=\"" => found.extend(value.split(',').map(|one| one.split_whitespace().next().unwrap().to_owned())),
                _ => found.push(value),
            }
        }
    }
    found
}

/// Follows every address of a build and gives the files that were reached.
fn crawl(built: &BTreeMap<String, Vec<u8>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    for (path, bytes) in built.iter().filter(|(path, _)| is(path, "html") || is(path, "css")) {
        let text = std::str::from_utf8(bytes).unwrap();
        for address in addresses(path, text) {
            if address.is_empty()
                || address.starts_with(['#', '?'])
                || address.starts_with("data:")
                || address.contains("://")
                || address.contains("mailto:")
                || address.contains("tel:")
            {
                continue;
            }
            if path == "404.html" {
                assert!(address.starts_with('/'), "{path} is shown at any depth: {address}");
            } else {
                assert!(!address.starts_with('/'), "{path}: {address} is relative");
            }
            let mut at: Vec<&str> = if address.starts_with('/') { vec![] } else { path.split('/').collect() };
            at.pop();
            for part in address.split(['?', '#']).next().unwrap().split('/').filter(|part| !part.is_empty()) {
                match part {
                    ".." => assert!(at.pop().is_some(), "{path}: {address} leads out"),
                    name => at.push(name),
                }
            }
            let target = if at.is_empty() { "index.html".to_owned() } else { at.join("/") };
            assert!(built.contains_key(&target), "{path}: {address} is {target}, which is not there");
            reached.insert(target);
        }
    }
    reached
}

fn build(workspace: &TestWorkspace, target: &str, more: &[&str]) -> Value {
    let target = workspace.beside(target);
    workspace.json(&[&["build", "one", target.to_str().unwrap()], more].concat())
}

#[test]
fn every_starter_becomes_a_folder_that_stands_on_its_own_and_is_the_same_each_time() {
    for starter in ["bakery", "portfolio", "saas"] {
        let workspace = TestWorkspace::with_demo(starter);
        let site = workspace.site("one");
        // A picture that no page shows.
        workspace.json(&["media", "add", "one", &workspace.file("unused.jpg", crate::support::pictures::jpeg(600, 400, 1))]);
        let first = build(&workspace, "first", &["--site-url", "https://demo.example/"]);
        let second = build(&workspace, "second", &["--site-url", "https://demo.example"]);
        assert_eq!((&first["state"]["kind"], &first["notes"]), (&"done".into(), &Value::Array(vec![])), "{starter}");
        let built = files(&workspace.beside("first"));
        assert!(built == files(&workspace.beside("second")), "{starter}: the same bytes each time");
        assert_eq!(first["files"], built.len() - 1, "all but the manifest are counted");
        assert_eq!((&first["pages"], &first["commit"], &first["has_changes"]), (&second["pages"], &second["commit"], &true.into()));
        assert_eq!(first["commit"], crate::support::git(&site, &["rev-parse", "HEAD"]).trim());

        let reached = crawl(&built);
        for path in built.keys().filter(|path| path.starts_with("uploads/") || path.starts_with("assets/")) {
            let named = built.iter().any(|(other, bytes)| is(other, "js") && String::from_utf8_lossy(bytes).contains(path.as_str()));
            // A picture for other sites has an address with its host.
            let shared = built.values().any(|bytes| String::from_utf8_lossy(bytes).contains(&format!("https://demo.example/{path}")));
            assert!(reached.contains(path) || named || shared, "{starter}: {path} is used by something");
        }
        assert!(!built.keys().any(|path| path.contains("unused") || path.ends_with("media.json") || path.ends_with(".liquid")));
        for (path, bytes) in built.iter().filter(|(path, _)| path.starts_with("uploads/")) {
            assert!(*bytes == fs::read(site.join(path)).unwrap(), "{path} is as it was");
        }
        let pages: Vec<&String> = built.keys().filter(|path| is(path, "html")).collect();
        let map = String::from_utf8_lossy(&built["sitemap.xml"]).into_owned();
        assert_eq!(map.matches("<loc>").count(), pages.len() - 1, "all but 404.html: {map}");
        assert!(map.contains("<loc>https://demo.example/</loc>"));
        assert!(String::from_utf8_lossy(&built["robots.txt"]).contains("Sitemap: https://demo.example/sitemap.xml"));
        assert!(!built.values().any(|bytes| bytes.windows(12).any(|part| part == b"<!--backlot:")), "nothing of the preview is in it");

        // The same as a zip file.
        build(&workspace, "first.zip", &["--site-url", "https://demo.example"]);
        build(&workspace, "second.zip", &["--site-url", "https://demo.example"]);
        let zip = fs::read(workspace.beside("first.zip")).unwrap();
        assert!(zip == fs::read(workspace.beside("second.zip")).unwrap());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
        let mut unpacked = BTreeMap::new();
        for number in 0..archive.len() {
            let mut file = archive.by_index(number).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
            unpacked.insert(file.name().unwrap().into_owned(), bytes);
        }
        unpacked.insert(".backlot-build.json".to_owned(), built[".backlot-build.json"].clone());
        assert!(unpacked == built, "{starter}: the zip has what the folder has");
    }
}

#[test]
fn an_earlier_build_is_replaced_and_nothing_else_ever_is() {
    let workspace = TestWorkspace::with_demo("bakery");
    build(&workspace, "out", &[]);
    build(&workspace, "out.zip", &[]);
    let page = workspace.site("one").join("pages/index.json");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("Slow bread", "Quick bread")).unwrap();
    build(&workspace, "out", &[]);
    build(&workspace, "out.zip", &[]);
    let out = workspace.beside("out");
    assert!(fs::read_to_string(out.join("index.html")).unwrap().contains("Quick bread"));
    assert!(!out.join("sitemap.xml").exists(), "nobody said where it will be");

    fs::write(out.join("CNAME"), "mine").unwrap();
    fs::write(workspace.beside("out.zip"), "mine").unwrap();
    fs::create_dir(workspace.beside("mine")).unwrap();
    fs::write(workspace.beside("mine/letter.txt"), "mine").unwrap();
    let before = files(&out);
    let inside = workspace.site("one").join("built");
    for (target, code) in [
        (out.clone(), "AlreadyExists"),
        (workspace.beside("out.zip"), "AlreadyExists"),
        (workspace.beside("mine"), "AlreadyExists"),
        (workspace.beside("none/out"), "NotFound"),
        (inside, "InvalidInput"),
        (workspace.root.clone(), "InvalidInput"),
    ] {
        let refused = workspace.refused(&["build", "one", target.to_str().unwrap()]);
        assert_eq!((&refused["code"], &refused["field"]), (&code.into(), &"target".into()), "{}: {refused}", target.display());
    }
    let refused = workspace.refused(&["build", "one", workspace.beside("other").to_str().unwrap(), "--site-url", "example.com"]);
    assert_eq!((&refused["code"], &refused["field"]), (&"InvalidInput".into(), &"site_url".into()));
    assert!(files(&out) == before && fs::read(workspace.beside("out.zip")).unwrap() == b"mine");
    assert_eq!(fs::read(workspace.beside("mine/letter.txt")).unwrap(), b"mine");
    let left: Vec<String> =
        fs::read_dir(out.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.ends_with(".backlot")), "{left:?}");
    let builds = workspace.json(&["builds", "one"]);
    assert_eq!(builds.as_array().unwrap().len(), 4, "what was refused never began");
}

#[test]
fn a_part_that_cannot_be_rendered_fails_the_build_with_its_place() {
    let workspace = TestWorkspace::with_demo("bakery");
    let widget = workspace.site("one").join("widgets/hero/widget.liquid");
    fs::write(&widget, "<section>\n{% nothing %}\n</section>").unwrap();
    let refused = workspace.refused(&["build", "one", workspace.beside("out").to_str().unwrap()]);
    assert_eq!(refused["code"], "Corrupt");
    assert!(refused["message"].as_str().unwrap().contains("widgets/hero/widget.liquid:2"), "{refused}");
    assert!(!workspace.beside("out").exists());
    let builds = workspace.json(&["builds", "one"]);
    assert_eq!((&builds[0]["state"]["kind"], &builds[0]["state"]["error"]["code"]), (&"failed".into(), &"Corrupt".into()));
    assert!(builds[0]["finished"].is_string());
}

#[test]
fn a_missing_picture_is_told_and_the_rest_is_built() {
    let workspace = TestWorkspace::with_demo("bakery");
    fs::remove_file(workspace.site("one").join("uploads/images/wood-oven.jpg")).unwrap();
    let built = build(&workspace, "out", &[]);
    assert!(built["notes"][0].as_str().unwrap().starts_with("uploads/images/wood-oven.jpg is not there"), "{built}");
    assert!(workspace.beside("out/index.html").is_file());
}

#[cfg(unix)]
#[test]
fn a_site_of_plain_files_stands_on_its_own_without_what_is_private_or_leads_out() {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("source");
    init(&source);
    commit(
        &source,
        &[
            ("index.html", "<a href=\"/about\">about</a><link href=\"/css/site.css\">"),
            ("about.html", "<a href=\"/\">home</a>"),
            ("blog/first.html", "<a href=\"/\">home</a><a href=\"/blog/first.html\">me</a>"),
            ("css/site.css", "a{background:url(/bg.png)}"),
            ("bg.png", "png"),
            (".env", "secret"),
            ("package.json", r#"{"scripts": {"build": "vite build"}}"#),
        ],
        "One",
    );
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    std::os::unix::fs::symlink("/etc/passwd", workspace.site("one").join("link.html")).unwrap();
    let built = build(&workspace, "out", &["--site-url", "https://demo.example"]);
    assert_eq!(
        built["notes"],
        serde_json::json!([
            "The site's own command, npm run build, was not run: its files were taken as they are.",
            "link.html was left out: it is a link to a folder, out of the site, or to a hidden file."
        ])
    );
    assert_eq!((&built["pages"], &built["files"]), (&3.into(), &8.into()));
    let found = files(&workspace.beside("out"));
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            ".backlot-build.json",
            "about.html",
            "bg.png",
            "blog/first.html",
            "css/site.css",
            "index.html",
            "package.json",
            "robots.txt",
            "sitemap.xml"
        ]
    );
    assert_eq!(crawl(&found), BTreeSet::from(["about.html", "bg.png", "blog/first.html", "css/site.css", "index.html"].map(str::to_owned)));
    assert_eq!(String::from_utf8_lossy(&found["sitemap.xml"]).matches("<loc>").count(), 3);
    build(&workspace, "again", &["--site-url", "https://demo.example"]);
    assert!(found == files(&workspace.beside("again")), "the same bytes each time");

    let app = open(&workspace);
    let outline = app.build_outline("one").unwrap();
    let own = outline.own_command.map(|own| (own.command, own.line));
    assert_eq!((outline.is_rendered, own), (false, Some(("npm run build".to_owned(), "vite build".to_owned()))));
    app.close();
}

#[test]
fn what_is_typed_and_not_saved_yet_is_in_the_build_and_a_cancelled_one_leaves_nothing() {
    let workspace = TestWorkspace::with_demo("bakery");
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let document = "pages/index".parse().unwrap();
    app.open_document(demo, &document).unwrap();
    let edit =
        serde_json::json!({"kind": "set", "edits": [{"path": ["widgets", "hero", "settings", "title"], "value": "Typed a moment ago"}]});
    app.change_document(demo, &document, &serde_json::from_value(edit).unwrap()).unwrap();
    let events = app.subscribe();
    let build = app.start_build("one", &BuildOrder { target: workspace.beside("out"), ..BuildOrder::default() }).unwrap();
    let told = loop {
        if let Change::BuildChanged { build: told } = events.recv_timeout(std::time::Duration::from_secs(60)).unwrap().body
            && told.id == build.id
            && !told.state.is_running()
        {
            break told;
        }
    };
    assert_eq!((told.state, told.has_changes), (State::Done, true));
    assert!(fs::read_to_string(workspace.beside("out/index.html")).unwrap().contains("Typed a moment ago"));

    // Stopped at every step that is told.
    for step in 0..3 {
        let cancel = backlot::cancel::Cancel::new();
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let on_build = |_: &backlot::export::model::Build| {
            if seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) >= step * 4 {
                cancel.cancel();
            }
        };
        let target = workspace.beside("stopped");
        let order = BuildOrder { target: target.clone(), ..BuildOrder::default() };
        assert_eq!(app.build("one", &order, &on_build, &cancel).unwrap_err().code, backlot::error::Code::Cancelled);
        assert!(!target.exists());
        assert_eq!(app.builds("one").unwrap()[0].state, State::Cancelled);
    }
    app.close();
    let left: Vec<String> = fs::read_dir(workspace.beside("out").parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!left.iter().any(|name| name.ends_with(".backlot")), "{left:?}");
}
