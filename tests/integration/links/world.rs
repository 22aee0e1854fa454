//! A workspace in which everything was used once, its paths, and the operations of the CLI.

use std::fs;
use std::path::Path;

use crate::support::{TestWorkspace, init, pictures};

/// A small site of the layout that has pages, menus and media.
pub const SITE: &[(&str, &str)] = &[
    ("layout.liquid", "<!doctype html><html><head>{% header_assets %}</head><body>{{ main_content }}</body></html>"),
    ("theme.json", "{\"name\": \"Small\", \"settings\": {\"global\": {}}}\n"),
    ("pages/index.json", "{\n  \"name\": \"Home\",\n  \"slug\": \"index\",\n  \"widgets\": {}\n}\n"),
    ("pages/about.json", "{\n  \"name\": \"About\",\n  \"slug\": \"about\",\n  \"widgets\": {}\n}\n"),
    ("pages/gone.json", "{\n  \"name\": \"Gone\",\n  \"slug\": \"gone\",\n  \"widgets\": {}\n}\n"),
    ("menus/main.json", "{\n  \"name\": \"Main\",\n  \"items\": []\n}\n"),
    ("menus/old.json", "{\n  \"name\": \"Old\",\n  \"items\": []\n}\n"),
    ("uploads/media.json", "{\n  \"files\": []\n}\n"),
];

/// What a person does with the CLI.
#[derive(Debug)]
pub struct Operation {
    pub name: String,
    pub arguments: Vec<String>,
}

pub struct World {
    pub workspace: TestWorkspace,
    /// Where a link is planted, from the workspace's root.
    pub paths: Vec<String>,
    pub operations: Vec<Operation>,
}

impl World {
    pub fn new() -> Self {
        let workspace = TestWorkspace::new();
        let source = workspace.repository("source", SITE);
        let source = source.to_str().unwrap();
        let other = workspace.beside("other");
        init(&other);
        crate::support::commit(&other, &[("index.html", "<h1>Other</h1>")], "First");
        let picture = workspace.file("a picture.png", pictures::png(8, 8, 1));
        let second = workspace.file("second.png", pictures::png(9, 9, 2));
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned();

        workspace.json(&["template", "add", source]);
        workspace.json(&["template", "add", other.to_str().unwrap()]);
        let one = text(&workspace.json(&["demo", "create", "one", "--template", "source"])["id"]);
        for slug in ["two", "three"] {
            workspace.json(&["demo", "create", slug, "--template", "source"]);
        }
        workspace.json(&["demo", "delete", "three"]);
        workspace.refused(&["demo", "create", "bad", "--template", "source", "--branch", "none", "--request-id", "bad"]);
        let item = |files: &serde_json::Value| text(&files["files"][0]["id"]);
        let kept = item(&workspace.json(&["media", "add", "one", &picture]));
        let lost = item(&workspace.json(&["media", "add", "one", &second]));
        workspace.json(&["media", "set", "one", &kept, "--alt", "a"]);
        workspace.json(&["media", "set", "one", &kept, "--alt", "b"]);
        let media = text(&workspace.json(&["media", "remove", "one", &lost])["token"]);
        let page = text(&workspace.json(&["page", "remove", "one", "gone"])["token"]);
        let menu = text(&workspace.json(&["menu", "remove", "one", "old"])["token"]);
        workspace.json(&["page", "set", "one", "index", "/name", "\"Start\""]);
        workspace.json(&["demo", "tag", "one", "x"]);
        workspace.json(&["settings", "set", "save-after-seconds", "2"]);
        workspace.json(&["build", "one", workspace.beside("built.zip").to_str().unwrap()]);
        workspace.json(&["preview", "start", "one", "--restricted"]);
        workspace.json(&["preview", "stop", "one"]);
        // Something for the doctor to put aside, and to put back.
        fs::write(workspace.root.join("state/creations/broken.json"), "{ torn").unwrap();
        workspace.run(&["doctor", "--fix"]);
        fs::write(workspace.root.join("state/creations/torn.json"), "{ torn").unwrap();
        fs::write(workspace.root.join("demos/two/demo.status.json"), "{ torn").unwrap();
        workspace.json(&["demo", "tag", "two", "y"]);

        let paths = paths(&workspace.root, &one);
        let operations = operations(source, &picture, &kept, &media, &page, &menu);
        Self { workspace, paths, operations }
    }
}

fn operations(source: &str, picture: &str, item: &str, media: &str, page: &str, menu: &str) -> Vec<Operation> {
    let lines = format!(
        "template add|{source}
         template list
         template show|source
         template refresh|source
         template remove|other
         demo create|new|--template|source|--asset|{picture}|--brief|business=Rye
         demo list
         demo list --trash
         demo show|one
         demo submodules|one
         demo retry|bad
         demo cancel|bad
         demo dismiss|bad
         demo rename|one|uno
         demo rename --name|one|One
         demo tag|one|z
         demo delete|one
         demo restore|three
         demo purge|three
         page list|one
         page show|one|about
         page set|one|about|/name|\"Us\"
         page add|one|Fresh
         page duplicate|one|about
         page rename|one|about|us
         page remove|one|about
         page restore|one|{page}
         menu list|one
         menu add|one|Footer
         menu remove|one|main
         menu restore|one|{menu}
         media list|one
         media add|one|{picture}
         media set|one|{item}|--alt|c
         media usage|one
         media replace|one|{item}|{picture}
         media rename|one|{item}|other
         media remove|one|{item}
         media restore|one|{media}
         media doctor|one
         media doctor --fix|one
         preview start|one|--restricted
         preview stop|one
         preview list
         preview show|one
         preview command|one
         preview log|one
         build|one|{{out}}
         builds|one
         doctor
         doctor --fix
         doctor --undo
         settings get
         settings set|save-after-seconds|3"
    );
    let parse = |line: &str| {
        let mut parts = line.trim().split('|');
        let name = parts.next().unwrap().to_owned();
        let (words, options): (Vec<&str>, Vec<&str>) = name.split(' ').partition(|word| !word.starts_with("--"));
        let rest: Vec<&str> = parts.collect();
        // An option of the name goes before what it may be given.
        let (subject, others) = rest.split_at(rest.len().min(1));
        let arguments = words.iter().chain(subject).chain(&options).chain(others).map(|word| (*word).to_owned()).collect();
        Operation { name, arguments }
    };
    lines.lines().map(parse).collect()
}

/// What is there for a moment only, or was not used: files end with what files end with.
fn at_moments(one: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for folder in ["demos/one", "state", "templates/source", "."] {
        for name in [".tmp", ".staged", ".backup", "quarantine", "outbox", "txn.json"] {
            paths.push(format!("{folder}/{name}").trim_start_matches("./").to_owned());
        }
    }
    paths.extend(["demos/one/logs", "demos/one/logs/preview.log", "demos/one/.trash", "demos/one/autosave.json"].map(str::to_owned));
    paths.extend(["cache", "cache/thumbnails", "cache/portraits", "state/trust", "state/builds", "state/drafts"].map(str::to_owned));
    paths.extend([format!("state/drafts/{one}.0191d9c0-0000-7000-8000-000000000000.log"), format!("state/trust/{one}.json")]);
    paths.push(format!("state/previews/{one}.json"));
    paths.push(".staging/0191d9c0-0000-7000-8000-000000000000".to_owned());
    paths.push(".trash/0191d9c0-0000-7000-8000-000000000000".to_owned());
    paths.push("demos/new".to_owned());
    paths.push("demos/uno".to_owned());
    paths
}

/// Whether a link there is one to a file, if nothing was there.
pub fn is_file(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ["json", "log", "lock", "holder"].iter().any(|known| ending == *known))
}

fn paths(root: &Path, one: &str) -> Vec<String> {
    let mut found = at_moments(one);
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let shown = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if shown.contains(".git/") {
                // The rest is for git alone.
                found.extend(path.ends_with("objects").then_some(shown));
                continue;
            }
            // What the sites of the others hold, the one's holds too.
            if shown.contains("/site/") && !shown.starts_with("demos/one/") && !path.ends_with(".git") {
                continue;
            }
            found.push(shown);
            if entry.file_type().unwrap().is_dir() {
                pending.push(path);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
