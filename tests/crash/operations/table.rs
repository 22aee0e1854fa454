//! Every operation of the CLI: how to prepare it, and what to call.

use std::fs;

use serde_json::{Value, json};

use super::state::OUTSIDE;
use crate::support::{TestWorkspace, commit, git, init, pictures};

/// One operation; a command may have several, with other arguments.
pub struct Operation {
    /// The command as the help lists it.
    pub command: &'static str,
    /// Prepares the workspace; answers with the arguments after the command.
    pub ready: fn(&TestWorkspace) -> Vec<String>,
    /// Whether threads and child processes have a part in it.
    pub follows: bool,
    /// Whether it changes anything.
    pub writes: bool,
    /// Whether a failure leaves a record of itself, by design.
    pub leaves_record: bool,
    /// Called before each single run.
    pub each: fn(&TestWorkspace),
}

const fn reads(command: &'static str, ready: fn(&TestWorkspace) -> Vec<String>) -> Operation {
    Operation { command, ready, follows: false, writes: false, leaves_record: false, each: |_| () }
}

const fn writes(command: &'static str, ready: fn(&TestWorkspace) -> Vec<String>) -> Operation {
    Operation { writes: true, ..reads(command, ready) }
}

const fn works(command: &'static str, ready: fn(&TestWorkspace) -> Vec<String>) -> Operation {
    Operation { follows: true, ..writes(command, ready) }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The demo that the base has.
fn one(_: &TestWorkspace) -> Vec<String> {
    words(&["one"])
}

/// A workspace with a template, the demo `one` made of it, and a picture.
pub fn base() -> TestWorkspace {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("small");
    init(&source);
    commit(&source, &site(), "First");
    workspace.json(&["template", "add", source.to_str().unwrap()]);
    workspace.json(&["demo", "create", "one", "--template", "small"]);
    workspace.json(&["media", "add", "one", &workspace.file("a.jpg", pictures::jpeg(400, 200, 1))]);
    fs::create_dir_all(workspace.beside(OUTSIDE)).unwrap();
    workspace
}

/// A small site that is rendered: two pages, a menu, a header and a footer.
fn site() -> Vec<(&'static str, &'static str)> {
    let widget = r#"{"type": "text", "displayName": "Text", "settings": [{"type": "text", "id": "title", "label": "Title"}]}"#;
    vec![
        (
            "layout.liquid",
            "<!doctype html><html><head><title>{{ page.name }}</title>{% asset src: \"base.css\" %}</head><body>{{ header | raw }}<main>{{ main_content | raw }}</main>{{ footer | raw }}</body></html>",
        ),
        ("theme.json", r#"{"name": "Small", "version": "1.0.0", "settings": {"global": {}}}"#),
        ("assets/base.css", "main { margin: 0 }"),
        ("widgets/text/schema.json", widget),
        ("widgets/text/widget.liquid", "<section>{{ widget.settings.title }}</section>"),
        ("widgets/global/header/schema.json", r#"{"type": "header", "displayName": "Header", "settings": []}"#),
        ("widgets/global/header/widget.liquid", "<header>Top</header>"),
        ("widgets/global/footer/schema.json", r#"{"type": "footer", "displayName": "Footer", "settings": []}"#),
        ("widgets/global/footer/widget.liquid", "<footer>End</footer>"),
        ("pages/global/header.json", r#"{"type": "header", "settings": {}, "blocks": {}, "blocksOrder": []}"#),
        ("pages/global/footer.json", r#"{"type": "footer", "settings": {}, "blocks": {}, "blocksOrder": []}"#),
        (
            "pages/index.json",
            r#"{"name": "Home", "slug": "index", "uuid": "11111111-1111-4111-8111-111111111111", "widgets": {"t": {"type": "text", "settings": {"title": "Hello"}}}, "widgetsOrder": ["t"]}"#,
        ),
        (
            "pages/about.json",
            r#"{"name": "About", "slug": "about", "uuid": "22222222-2222-4222-8222-222222222222", "widgets": {}, "widgetsOrder": []}"#,
        ),
        (
            "menus/main.json",
            r#"{"id": "main", "name": "Main", "items": [{"id": "i", "label": "About", "link": "about.html", "pageUuid": "22222222-2222-4222-8222-222222222222", "items": []}]}"#,
        ),
    ]
}

fn item(workspace: &TestWorkspace) -> String {
    let listed = workspace.json(&["media", "list", "one"]);
    listed["files"][0]["id"].as_str().unwrap().to_owned()
}

fn target(workspace: &TestWorkspace, name: &str) -> String {
    workspace.beside(OUTSIDE).join(name).to_str().unwrap().to_owned()
}

fn token(answer: &Value) -> String {
    answer["token"].as_str().unwrap().to_owned()
}

/// A creation that failed and can be tried again.
fn failed_creation(workspace: &TestWorkspace) -> Vec<String> {
    let source = workspace.beside("later");
    let _ = fs::remove_dir_all(&source);
    workspace.refused(&["demo", "create", "two", "--template", source.to_str().unwrap()]);
    init(&source);
    commit(&source, &[("index.html", "two")], "First");
    words(&["two"])
}

fn deleted(workspace: &TestWorkspace) -> Vec<String> {
    workspace.json(&["demo", "delete", "one"]);
    words(&["one"])
}

fn changed_title(workspace: &TestWorkspace) {
    workspace.json(&["page", "set", "one", "index", "/widgets/t/settings/title", "\"Other\""]);
}

/// A file that no item is about.
fn orphan(workspace: &TestWorkspace) {
    fs::write(workspace.site("one").join("uploads/images/orphan.jpg"), pictures::jpeg(20, 20, 5)).unwrap();
}

fn broken_record(workspace: &TestWorkspace) {
    fs::write(workspace.root.join("state/creations/broken.json"), "{").unwrap();
}

pub const OPERATIONS: &[Operation] = &[
    works("template add", |workspace| {
        let source = workspace.beside("extra");
        let _ = fs::remove_dir_all(&source);
        init(&source);
        commit(&source, &[("index.html", "extra")], "First");
        words(&[source.to_str().unwrap()])
    }),
    reads("template list", |_| vec![]),
    reads("template show", |_| words(&["small"])),
    works("template refresh", |workspace| {
        commit(&workspace.beside("small"), &[("new.txt", &backlot::clock::Clock::system().now().to_string())], "More");
        words(&["small"])
    }),
    writes("template remove", |_| words(&["small"])),
    Operation { leaves_record: true, ..works("demo create", |_| words(&["two", "--template", "small", "--name", "Two", "--tag", "new"])) },
    reads("demo list", |_| vec![]),
    reads("demo show", one),
    works("demo submodules", |workspace| {
        let (part, whole) = (workspace.beside("part"), workspace.beside("whole"));
        for folder in [&part, &whole] {
            let _ = fs::remove_dir_all(folder);
            init(folder);
        }
        commit(&part, &[("part.txt", "a part")], "First");
        git(&whole, &["submodule", "add", "--quiet", part.to_str().unwrap(), "part"]);
        commit(&whole, &[("index.html", "whole")], "First");
        workspace.json(&["demo", "create", "whole", "--template", whole.to_str().unwrap()]);
        words(&["whole"])
    }),
    Operation { leaves_record: true, ..works("demo retry", failed_creation) },
    writes("demo dismiss", failed_creation),
    writes("demo rename", |_| words(&["one", "other", "--name", "Another name"])),
    writes("demo rename", |_| words(&["one", "--name", "Another name"])),
    writes("demo rename", |_| words(&["one", "other"])),
    writes("demo tag", |_| words(&["one", "red", "green"])),
    writes("demo delete", one),
    writes("demo restore", deleted),
    writes("demo restore", |workspace| {
        let id = workspace.json(&["demo", "delete", "one"])["id"].as_str().unwrap().to_owned();
        workspace.json(&["demo", "create", "one", "--template", "small", "--name", "The new one"]);
        vec![id]
    }),
    writes("demo purge", deleted),
    reads("doctor", |_| vec![]),
    writes("doctor", |workspace| {
        broken_record(workspace);
        words(&["--fix"])
    }),
    writes("doctor", |workspace| {
        broken_record(workspace);
        workspace.json(&["doctor", "--fix"]);
        words(&["--undo"])
    }),
    reads("media list", one),
    works("media add", |workspace| vec!["one".to_owned(), workspace.file("b.jpg", pictures::jpeg(300, 200, 2))]),
    writes("media set", |workspace| vec!["one".to_owned(), item(workspace), "--alt".to_owned(), "A picture".to_owned()]),
    writes("media usage", |workspace| {
        let page = json!({"name": "Shows", "slug": "shows", "widgets": {}, "image": "/uploads/images/a.jpg"});
        fs::write(workspace.site("one").join("pages/shows.json"), page.to_string()).unwrap();
        words(&["one"])
    }),
    works("media replace", |workspace| vec!["one".to_owned(), item(workspace), workspace.file("c.png", pictures::png(300, 200, 3))]),
    writes("media rename", |workspace| vec!["one".to_owned(), item(workspace), "renamed".to_owned()]),
    writes("media remove", |workspace| vec!["one".to_owned(), item(workspace)]),
    writes("media restore", |workspace| {
        let removed = workspace.json(&["media", "remove", "one", &item(workspace)]);
        vec!["one".to_owned(), token(&removed)]
    }),
    reads("media doctor", one),
    writes("media doctor", |workspace| {
        orphan(workspace);
        words(&["one", "--fix"])
    }),
    reads("page list", one),
    reads("page show", |_| words(&["one", "about"])),
    writes("page set", |_| words(&["one", "about", "/name", "\"About us\""])),
    writes("page add", |_| words(&["one", "News"])),
    writes("page duplicate", |_| words(&["one", "about"])),
    writes("page rename", |_| words(&["one", "about", "us", "--name", "About us"])),
    writes("page remove", |_| words(&["one", "about"])),
    writes("page restore", |workspace| vec!["one".to_owned(), token(&workspace.json(&["page", "remove", "one", "about"]))]),
    reads("menu list", one),
    writes("menu add", |_| words(&["one", "Second"])),
    writes("menu remove", |_| words(&["one", "main"])),
    writes("menu restore", |workspace| vec!["one".to_owned(), token(&workspace.json(&["menu", "remove", "one", "main"]))]),
    writes("preview start", one),
    Operation { each: |workspace| drop(workspace.json(&["preview", "start", "one"])), ..writes("preview stop", one) },
    reads("preview list", |_| vec![]),
    reads("preview show", one),
    reads("preview command", one),
    reads("preview log", one),
    works("build", |workspace| vec!["one".to_owned(), target(workspace, "new")]),
    works("build", |workspace| {
        workspace.json(&["build", "one", &target(workspace, "out")]);
        changed_title(workspace);
        vec!["one".to_owned(), target(workspace, "out")]
    }),
    works("build", |workspace| {
        workspace.json(&["build", "one", &target(workspace, "out.zip")]);
        changed_title(workspace);
        vec!["one".to_owned(), target(workspace, "out.zip")]
    }),
    reads("builds", one),
    reads("settings get", |_| vec![]),
    writes("settings set", |_| words(&["save-after-seconds", "7"])),
];

/// Operations that need another process at work, with the test that strikes them.
pub const ELSEWHERE: &[(&str, &str)] = &[
    ("demo cancel", "a_cancel_struck_at_any_call_stops_the_creation_or_leaves_it_running"),
    // Every operation that it calls is one of the commands here.
    ("api", "tests/integration/api.rs: scripts_call_any_operation_by_its_name"),
];
