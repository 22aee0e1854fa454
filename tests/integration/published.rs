//! Which files of a site are published: no conflict copies, what its server reads, and names that other systems cannot have.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::TestWorkspace;

/// What sync programs call a copy of `name`.
fn copies_of(stem: &str, ending: &str) -> Vec<String> {
    [
        " (Ann's conflicted copy 2024-05-01)",
        " (conflicted copy 2024-05-01 120000)",
        ".sync-conflict-20240501-120000-ABCDEFG",
        "_conflict-20240501-120000",
        " (SFConflict ann@example.com 2024-05-01-12-00-00)",
    ]
    .map(|mark| format!("{stem}{mark}{ending}"))
    .to_vec()
}

fn build(workspace: &TestWorkspace, target: &str) -> Value {
    workspace.json(&["build", "one", workspace.beside(target).to_str().unwrap(), "--site-url", "https://demo.example"])
}

fn notes(built: &Value) -> Vec<String> {
    built["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap().to_owned()).collect()
}

/// The paths in a build.
fn paths(workspace: &TestWorkspace, target: &str) -> BTreeSet<String> {
    let root = workspace.beside(target);
    let mut found = BTreeSet::new();
    let mut folders = vec![root.clone()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

fn doctor(workspace: &TestWorkspace) -> Vec<Value> {
    let output = workspace.command(&["--json", "doctor"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is reported of the copies at these paths: by the build, and by the doctor.
fn assert_reported(workspace: &TestWorkspace, built: &Value, copies: &[String]) {
    let notes = notes(built);
    let found = doctor(workspace);
    for copy in copies {
        let note = format!("{copy} is a conflict copy made by a sync program. It is not published;");
        assert!(notes.iter().any(|one| one.starts_with(&note)), "{copy}: {notes:?}");
        let path = workspace.site("one").join(copy);
        assert!(path.exists(), "{copy} is left where it is");
        let is_it = |one: &&Value| one["path"].as_str() == path.to_str() && one["problem"].as_str().unwrap().starts_with(&note);
        assert_eq!(found.iter().filter(is_it).count(), 1, "{copy}: {found:?}");
    }
    assert_eq!(found.len(), copies.len(), "{found:?}");
}

#[test]
fn conflict_copies_in_a_rendered_site_are_not_published() {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    let before = (build(&workspace, "before"), paths(&workspace, "before"));
    let mut copies = Vec::new();
    for (stem, ending) in
        [("pages/about", ".json"), ("menus/main-menu", ".json"), ("snippets/button", ".liquid"), ("uploads/images/wood-oven", ".jpg")]
    {
        for copy in copies_of(stem, ending) {
            fs::copy(site.join(format!("{stem}{ending}")), site.join(&copy)).unwrap();
            copies.push(copy);
        }
    }
    // One that a page names: it is a copy all the same. And broken ones, which keep nobody from building.
    let page = site.join("pages/index.json");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replacen("wood-oven.jpg", "wood-oven.sync-conflict-20240501-120000-ABCDEFG.jpg", 1)).unwrap();
    for copy in copies_of("theme", ".json").into_iter().chain(copies_of("pages/contact", ".json")) {
        fs::write(site.join(&copy), "{").unwrap();
        copies.push(copy);
    }
    let built = build(&workspace, "after");
    assert_eq!(built["pages"], before.0["pages"]);
    let after = paths(&workspace, "after");
    assert!(!after.iter().any(|path| path.to_lowercase().contains("conflict")), "{after:?}");
    let map = fs::read_to_string(workspace.beside("after/sitemap.xml")).unwrap();
    assert!(!map.contains("conflict"), "{map}");
    assert_eq!(map, fs::read_to_string(workspace.beside("before/sitemap.xml")).unwrap());
    assert_reported(&workspace, &built, &copies);
    let pages = workspace.json(&["page", "list", "one"]);
    let copied: Vec<&Value> = pages.as_array().unwrap().iter().filter(|page| page["slug"].as_str().unwrap().contains("onflict")).collect();
    assert_eq!(copied.len(), 10);
    for page in copied.iter().filter(|page| page["slug"].as_str().unwrap().starts_with("about")) {
        assert!(page["problem"].as_str().unwrap().contains("is a conflict copy"), "{page}");
    }
}

#[test]
fn conflict_copies_in_a_site_of_files_are_not_published() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("index.html", "home"), ("about.html", "about"), ("img/a.png", "png")]);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let site = workspace.site("one");
    let mut copies = Vec::new();
    for (stem, ending) in [("about", ".html"), ("img/a", ".png")] {
        for copy in copies_of(stem, ending) {
            fs::write(site.join(&copy), "copy").unwrap();
            copies.push(copy);
        }
    }
    let folder = "img (Ann's conflicted copy 2024-05-01)".to_owned();
    fs::create_dir(site.join(&folder)).unwrap();
    fs::write(site.join(&folder).join("b.png"), "copy").unwrap();
    copies.push(folder);
    fs::write(site.join("about (1).html"), "a name that a person may give").unwrap();
    let built = build(&workspace, "out");
    let names = [".backlot-build.json", "about (1).html", "about.html", "img/a.png", "index.html", "robots.txt", "sitemap.xml"];
    assert_eq!(paths(&workspace, "out"), names.map(str::to_owned).into());
    assert!(!fs::read_to_string(workspace.beside("out/sitemap.xml")).unwrap().contains("onflict"));
    assert_reported(&workspace, &built, &copies);
}

#[test]
fn what_a_server_reads_belongs_to_every_site_and_other_hidden_files_to_none() {
    let plain = TestWorkspace::new();
    let source = plain.repository("source", &[("index.html", "home")]);
    plain.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let rendered = TestWorkspace::with_demo("bakery");
    let belong = [".htaccess", ".nojekyll", ".well-known/acme/token", ".well-known/security.txt", "_headers", "_redirects"];
    for workspace in [&plain, &rendered] {
        let site = workspace.site("one");
        for path in
            belong.iter().chain(&[".env", ".well-known/.git/config", "assets/.htaccess", ".git-credentials", "assets/.well-known/a"])
        {
            let at = site.join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, path).unwrap();
        }
        build(workspace, "out");
        build(workspace, "out.zip");
        let zip = fs::File::open(workspace.beside("out.zip")).unwrap();
        let zipped: BTreeSet<String> = zip::ZipArchive::new(zip).unwrap().file_names().map(|name| name.unwrap().into_owned()).collect();
        let folder = paths(workspace, "out");
        for found in [&folder, &zipped] {
            let special: Vec<&str> = found
                .iter()
                .map(String::as_str)
                .filter(|path| path.split('/').any(|name| name.starts_with(['.', '_'])) && *path != ".backlot-build.json")
                .collect();
            assert_eq!(special, belong);
        }
        assert_eq!(fs::read_to_string(workspace.beside("out/_redirects")).unwrap(), "_redirects");
    }
}

#[cfg(unix)]
#[test]
fn names_that_another_system_cannot_have_are_told_with_the_build() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("index.html", "home")]);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let site = workspace.site("one");
    let told = [
        ("a:b.html", "Windows does not allow : in names"),
        ("what?.html", "Windows does not allow ? in names"),
        ("a<b>.png", "Windows does not allow < in names"),
        ("a\"b.png", "Windows does not allow \" in names"),
        ("a|b.png", "Windows does not allow | in names"),
        ("a*b.png", "Windows does not allow * in names"),
        ("aux.html", "Windows reserves it for a device"),
        ("docs./a.png", "Windows drops a dot or space at the end of a name"),
        ("end ", "Windows drops a dot or space at the end of a name"),
    ];
    for (path, _) in told {
        let at = site.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, "x").unwrap();
    }
    fs::write(site.join("About.html"), "x").unwrap();
    fs::write(site.join("about.html"), "x").unwrap();
    fs::write(site.join("back\\slash.html"), "x").unwrap();
    for target in ["out", "out.zip"] {
        let notes = notes(&build(&workspace, target));
        for (path, why) in told {
            let path = path.split('/').next().unwrap();
            assert!(notes.contains(&format!("{path} cannot be unpacked on every system: {why}.")), "{path}: {notes:?}");
        }
        let alike = "About.html and about.html have the same name on Windows and macOS, where only one of them can be kept.";
        assert!(notes.contains(&alike.to_owned()), "{notes:?}");
        let left_out = "back\\slash.html was left out: no URL leads to it, since a name in it has a slash.";
        assert!(notes.contains(&left_out.to_owned()), "{notes:?}");
        assert_eq!(notes.len(), told.len() + 2, "{notes:?}");
    }
    let output = workspace.run(&["build", "one", workspace.beside("text").to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("Note: a:b.html cannot be unpacked on every system"), "{text}");
}

#[cfg(unix)]
#[test]
fn notes_that_are_not_listed_are_counted() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("index.html", "home")]);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    for number in 0..60 {
        fs::write(workspace.site("one").join(format!("{number}?.html")), "x").unwrap();
    }
    let notes = notes(&build(&workspace, "out"));
    assert_eq!((notes.len(), notes.last().unwrap().as_str()), (50, "There is more to look at: 11 other notes are not listed."));
}

#[cfg(unix)]
#[test]
fn pages_that_cannot_have_a_file_of_their_own_are_told_with_the_build() {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    fs::copy(site.join("pages/about.json"), site.join("pages/a:b.json")).unwrap();
    fs::copy(site.join("pages/about.json"), site.join("pages/.draft.json")).unwrap();
    for kind in ["news", "events"] {
        let types = site.join("collection-types").join(kind);
        let items = site.join("collections").join(kind);
        fs::create_dir_all(&types).unwrap();
        fs::create_dir_all(&items).unwrap();
        fs::write(types.join("schema.json"), r#"{"hasItemPages": true, "slugPrefix": "news", "settings": []}"#).unwrap();
        fs::write(types.join("template.liquid"), kind).unwrap();
        fs::write(items.join("opening.json"), "{}").unwrap();
    }
    let notes = notes(&build(&workspace, "out"));
    assert_eq!(
        notes,
        [
            "pages/a:b.json was left out: its name cannot be that of a page. Rename it without : and \\.",
            "collections/news/opening.json was left out: news/opening.html is that of collections/events/opening.json."
        ]
    );
    assert!(!workspace.beside("out/a:b.html").exists());
}
