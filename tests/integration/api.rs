//! The one surface: every operation does the same whoever calls it, and refuses who may not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backlot::api::{Api, Caller, Kind, NoHost, Operation, operations, reference};
use backlot::app::{App, Options, SaveDelays};
use backlot::cancel::Cancel;
use backlot::clock::Clock;
use backlot::content::model::{Change, DocumentName, Edit};
use backlot::error::{Code, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::plain::plain;
use crate::support::{BACKLOT, TestWorkspace, pictures};

const CALLERS: [Caller; 3] = [Caller::Window, Caller::Cli, Caller::Agent];
/// The text that is typed and not saved when an operation is called.
const TYPED: &str = "Typed and not saved yet";

/// A write operation, and how it comes to have something to do.
struct Case {
    operation: &'static str,
    /// Makes what it needs, with the CLI, and answers with its request.
    request: fn(&TestWorkspace) -> Value,
}

const fn case(operation: &'static str, request: fn(&TestWorkspace) -> Value) -> Case {
    Case { operation, request }
}

fn one() -> Value {
    json!({"demo": "one"})
}

fn item(workspace: &TestWorkspace) -> Value {
    workspace.json(&["media", "list", "one"])["files"][0]["id"].clone()
}

fn deleted(workspace: &TestWorkspace) -> Value {
    workspace.json(&["demo", "delete", "two"]);
    json!({"demo": "two"})
}

/// Every write operation that more than one caller may call.
const CASES: &[Case] = &[
    case("set_settings", |_| json!({"settings": {"save_after_seconds": 7, "preview_private": "on"}})),
    case("check_workspace", |workspace| {
        fs::write(workspace.root.join("state/creations/broken.json"), "{").unwrap();
        json!({"fix": true})
    }),
    case("undo_workspace_repair", |workspace| {
        fs::write(workspace.root.join("state/creations/broken.json"), "{").unwrap();
        workspace.run(&["doctor", "--fix"]);
        json!({})
    }),
    case("remove_template", |_| json!({"key": "small"})),
    case("cancel_creation", |_| json!({"demo": "failed"})),
    case("dismiss_creation", |_| json!({"demo": "failed"})),
    case("rename_demo", |_| json!({"demo": "one", "name": "First", "slug": "first"})),
    case("tag_demo", |_| json!({"demo": "one", "tags": ["a", "b"]})),
    case("delete_demo", |_| one()),
    case("restore_demo", deleted),
    case("purge_demo", deleted),
    case("set_document_value", |_| json!({"demo": "one", "document": "about", "pointer": "/name", "value": "Us"})),
    case("add_page", |_| json!({"demo": "one", "name": "Prices"})),
    case("duplicate_page", |_| json!({"demo": "one", "page": "pages/about"})),
    case("rename_page", |_| json!({"demo": "one", "page": "about", "name": "Us", "slug": "us"})),
    case("remove_page", |_| json!({"demo": "one", "page": "about"})),
    case("restore_page", |workspace| json!({"demo": "one", "token": workspace.json(&["page", "remove", "one", "about"])["token"]})),
    case("add_menu", |_| json!({"demo": "one", "name": "Side"})),
    case("remove_menu", |_| json!({"demo": "one", "menu": "menus/footer-menu"})),
    case("restore_menu", |workspace| json!({"demo": "one", "token": workspace.json(&["menu", "remove", "one", "footer-menu"])["token"]})),
    case("set_media_metadata", |workspace| json!({"demo": "one", "id": item(workspace), "change": {"alt": "A square"}})),
    case(
        "replace_media",
        |workspace| json!({"demo": "one", "id": item(workspace), "file": workspace.file("b.jpg", pictures::jpeg(100, 50, 2))}),
    ),
    case("rename_media", |workspace| json!({"demo": "one", "id": item(workspace), "filename": "other"})),
    case("remove_media", |workspace| json!({"demo": "one", "ids": [item(workspace)], "even_if_used": true})),
    case("restore_media", |workspace| {
        let id = item(workspace);
        json!({"demo": "one", "token": workspace.json(&["media", "remove", "one", id.as_str().unwrap(), "--force"])["token"]})
    }),
    case("note_media_usage", |_| one()),
    case("repair_media", |workspace| {
        fs::write(workspace.site("one").join("uploads/images/orphan.jpg"), pictures::jpeg(40, 40, 3)).unwrap();
        let output = workspace.command(&["--json", "media", "doctor", "one"]).output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        json!({"demo": "one", "findings": found["findings"]})
    }),
    case("stop_preview", |_| one()),
    case("decide_preview_command", |workspace| {
        let command = json!({"preview": {"command": ["true"]}});
        fs::write(workspace.site("two").join("backlot.json"), command.to_string()).unwrap();
        let offer = workspace.json(&["preview", "command", "two"]);
        json!({"demo": "two", "key": offer["key"], "decision": "restricted"})
    }),
];

/// A workspace with a template, two demos, a file in the media, and a creation that failed.
fn base() -> TestWorkspace {
    let workspace = TestWorkspace::new();
    let small = workspace.repository("small", &[("index.html", "<p>Small</p>")]);
    workspace.json(&["template", "add", small.to_str().unwrap()]);
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    workspace.json(&["demo", "create", "two", "--template", "small"]);
    workspace.json(&["media", "add", "one", &workspace.file("a.jpg", pictures::jpeg(200, 100, 1))]);
    workspace.refused(&["demo", "create", "failed", "--template", workspace.beside("nothing").to_str().unwrap()]);
    workspace
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// Everything below a folder, without what is drawn anew each time.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = plain(path.strip_prefix(folder).unwrap().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                // A repository is not changed by what is compared here, and its index has times in it.
                if entry.file_name() != ".git" {
                    pending.push(path);
                }
            } else {
                let bytes = fs::read(&path).unwrap_or_default();
                found.insert(name, String::from_utf8(bytes).map_or_else(|bytes| bytes.as_bytes().len().to_string(), |text| plain(&text)));
            }
        }
    }
    found
}

/// What came of a call.
#[derive(Debug, PartialEq)]
struct Outcome {
    answer: std::result::Result<String, String>,
    /// The kinds of the events that were emitted before the call returned.
    events: Vec<String>,
    is_typed_saved: bool,
    contents: BTreeMap<String, String>,
}

/// Calls an operation in a process that has an edit of the demo `one` which is not saved.
fn outcome(base: &TestWorkspace, case: &Case, caller: Caller) -> Outcome {
    let workspace = TestWorkspace::new();
    copy(&base.root, &workspace.root);
    let request = (case.request)(&workspace);
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    type_something(&app, demo);
    app.snapshot().unwrap();
    let events = app.subscribe();
    let answer = dispatch(&app, caller, case.operation, request).map(|mut answer| {
        if let Some(answer) = answer.as_object_mut() {
            // A page has the time of its change in it, and so has its revision; each copy of a folder is another one.
            answer.remove("rev");
            answer.remove("folder_id");
        }
        answer
    });
    let mut events: Vec<String> = events
        .try_iter()
        .map(|event| serde_json::to_value(&event.body).unwrap()["kind"].as_str().unwrap().to_owned())
        // Saving runs on a thread of its own, so when this event comes is a matter of chance.
        .filter(|kind| kind != "document_changed")
        .collect();
    events.sort();
    let is_typed_saved = contents(&workspace.root.join("demos")).values().any(|text| text.contains(TYPED));
    app.close();
    let mut contents = contents(&workspace.root);
    // What else there is names folders by what each copy has of its own.
    contents.retain(|name, _| name.contains("/site/") || name.starts_with("templates/") || name == "state/settings.json");
    let root = workspace.root.to_str().unwrap();
    let answer = answer.map(|value| plain(&value.to_string()).replace(root, "ROOT")).map_err(|error| plain(&error.to_string()));
    Outcome {
        answer,
        events,
        is_typed_saved,
        contents: contents.into_iter().map(|(name, text)| (name, text.replace(root, "ROOT"))).collect(),
    }
}

fn open(workspace: &TestWorkspace) -> App {
    let hour = Duration::from_secs(3600);
    App::open(Options {
        root: workspace.root.clone(),
        program: BACKLOT.into(),
        clock: Clock::system(),
        delays: SaveDelays { debounce: hour, cap: hour, draft: hour },
    })
    .unwrap()
}

fn type_something(app: &App, demo: Uuid) {
    let home: DocumentName = "pages/index".parse().unwrap();
    app.open_document(demo, &home).unwrap();
    let edit = Edit { path: vec!["name".to_owned()], value: Some(json!(TYPED)) };
    app.change_document(demo, &home, &Change::Set { edits: vec![edit], label: None }).unwrap();
}

fn dispatch(app: &App, caller: Caller, operation: &str, request: Value) -> Result<Value> {
    Api::new(app.clone(), Arc::new(NoHost), caller).dispatch(operation, request, &|_| (), &Cancel::new())
}

#[test]
fn a_write_does_the_same_whoever_calls_it() {
    let base = base();
    let shared = operations().filter(|operation| operation.kind == Kind::Write && operation.callers.len() > 1);
    let shared: BTreeSet<&str> = shared.map(|operation| operation.name).collect();
    assert_eq!(CASES.iter().map(|case| case.operation).collect::<BTreeSet<_>>(), shared, "a write operation without a case here");
    for case in CASES {
        let operation = operations().find(|operation| operation.name == case.operation).unwrap();
        let outcomes: Vec<(Caller, Outcome)> = CALLERS
            .into_iter()
            .filter(|caller| operation.callers.contains(caller))
            .map(|caller| (caller, outcome(&base, case, caller)))
            .collect();
        let (_, first) = &outcomes[0];
        if case.operation != "cancel_creation" {
            assert!(first.answer.is_ok(), "{}: {:?}", case.operation, first.answer);
        }
        for (caller, outcome) in &outcomes[1..] {
            let files = outcome.contents.iter().chain(&first.contents).map(|(name, _)| name);
            let other: BTreeSet<&String> = files.filter(|name| outcome.contents.get(*name) != first.contents.get(*name)).collect();
            assert!(other.is_empty(), "{} by {caller:?} leaves other files: {other:?}", case.operation);
            let rest = |outcome: &Outcome| (outcome.answer.clone(), outcome.events.clone(), outcome.is_typed_saved);
            assert_eq!(rest(outcome), rest(first), "{} by {caller:?}", case.operation);
        }
    }
}

#[test]
fn what_is_typed_is_saved_before_whole_pages_and_media_are_changed() {
    let base = base();
    for name in ["add_page", "rename_page", "set_document_value", "set_media_metadata", "rename_media", "restore_menu"] {
        let case = CASES.iter().find(|case| case.operation == name).unwrap();
        let outcome = outcome(&base, case, Caller::Cli);
        assert!(outcome.is_typed_saved, "{name}");
        assert!(!outcome.events.is_empty(), "{name} emits what changed");
    }
}

#[test]
fn an_agent_may_not_do_what_is_for_a_person() {
    let barred = |operation: &&Operation| !operation.callers.contains(&Caller::Agent) && operation.callers.contains(&Caller::Cli);
    let barred: Vec<&str> = operations().filter(barred).map(|operation| operation.name).collect();
    let expected = [
        "set_settings",
        "check_workspace",
        "undo_workspace_repair",
        "remove_template",
        "purge_demo",
        "fetch_submodules",
        "list_drafts",
        "list_demos_with_drafts",
        "decide_preview_command",
    ];
    assert_eq!(barred, expected);
    let workspace = TestWorkspace::with_demo("bakery");
    workspace.json(&["demo", "delete", "one"]);
    let app = open(&workspace);
    let refused = dispatch(&app, Caller::Agent, "purge_demo", json!({"demo": "one"})).unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    assert_eq!(refused.message, "purge_demo is for window and cli only; agent may not call it.");
    assert_eq!(app.trash().unwrap().len(), 1, "it is still there");
    // Nor may a script do what only the window can.
    assert_eq!(dispatch(&app, Caller::Cli, "quit", Value::Null).unwrap_err().code, Code::Forbidden);
}

#[test]
fn a_demo_whose_slug_looks_like_an_id_is_found_by_it() {
    let workspace = TestWorkspace::new();
    for slug in ["0192aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "0192aaaabbbb7ccc8dddeeeeffff0001"] {
        workspace.json(&["demo", "create", slug, "--template", "bakery"]);
        assert_eq!(workspace.json(&["page", "add", slug, "Prices"])["slug"], "prices", "{slug}");
        let id = workspace.json(&["demo", "show", slug])["id"].as_str().unwrap().to_owned();
        assert_eq!(workspace.json(&["demo", "tag", &id, "a"])["slug"], slug);
        let missing = workspace.refused(&["page", "add", &slug.replace("0192", "0193"), "Prices"]);
        assert_eq!(missing["code"], "NotFound", "{missing}");
    }
}

#[test]
fn scripts_call_any_operation_by_its_name() {
    let workspace = TestWorkspace::with_demo("bakery");
    let listed = workspace.json(&["api"]);
    let names: Vec<&str> = listed.as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert!(names.contains(&"rename_page") && !names.contains(&"quit"), "{names:?}");
    let page = workspace.json(&["api", "rename_page", r#"{"demo": "one", "page": "about", "slug": "us"}"#]);
    assert_eq!(page["slug"], "us");
    assert_eq!(workspace.json(&["api", "list_demos"])[0]["slug"], "one");
    for (arguments, code, part) in [
        (&["api", "nothing"][..], "NotFound", "“nothing”"),
        (&["api", "quit"], "Forbidden", "window"),
        (&["api", "rename_page", "{"], "InvalidInput", "not JSON"),
        (&["api", "rename_page", "{}"], "InvalidInput", "missing field `demo`"),
        (&["api", "rename_page", r#"{"demo": "one", "page": "us", "titel": "x"}"#], "InvalidInput", "titel"),
    ] {
        let refused = workspace.refused(arguments);
        assert_eq!(refused["code"], code, "{arguments:?}");
        assert!(refused["message"].as_str().unwrap().contains(part), "{refused}");
    }
}

#[test]
fn the_reference_is_that_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/operations.md");
    let (known, expected) = (fs::read_to_string(&path).unwrap_or_default(), reference());
    if known != expected {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
        panic!("{} was not that of the table. It is now; look at it and commit it.", path.display());
    }
}
