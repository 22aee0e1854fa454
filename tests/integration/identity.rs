//! Demos and their copies: each folder has an id of its own, and what is done to one is done to no other.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{TestWorkspace, open, pictures};

/// Runs tar in the workspace's `demos`.
fn tar(workspace: &TestWorkspace, arguments: &[&str]) {
    let status = Command::new("tar").current_dir(workspace.root.join("demos")).args(arguments).status().unwrap();
    assert!(status.success(), "tar {arguments:?}");
}

fn id(workspace: &TestWorkspace, slug: &str) -> String {
    workspace.json(&["demo", "show", slug])["id"].as_str().unwrap().to_owned()
}

/// The demo `one` renamed to `two`, and `one` unpacked again from before: both have the slug that their `demo.json` says.
fn with_copy() -> (TestWorkspace, String) {
    let workspace = TestWorkspace::with_demo("bakery");
    let original = id(&workspace, "one");
    tar(&workspace, &["-cf", "../one.tar", "one"]);
    workspace.json(&["demo", "rename", "one", "two"]);
    tar(&workspace, &["-xf", "../one.tar"]);
    (workspace, original)
}

/// As an older Backlot wrote it.
fn forget_folder(workspace: &TestWorkspace, slug: &str) {
    let path = workspace.root.join("demos").join(slug).join("demo.json");
    let mut demo: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    demo.as_object_mut().unwrap().remove("folder_id");
    fs::write(&path, demo.to_string()).unwrap();
}

#[test]
fn what_is_done_to_a_renamed_demo_is_not_done_to_its_unpacked_copy() {
    let (workspace, original) = with_copy();
    workspace.json(&["demo", "delete", "two"]);
    assert_eq!((workspace.names("demos"), workspace.names(".trash")), (vec!["one".to_owned()], vec![original.clone()]));
    let trashed: Value =
        serde_json::from_slice(&fs::read(workspace.root.join(".trash").join(&original).join("demo.json")).unwrap()).unwrap();
    assert_eq!(trashed["slug"], "two");
    let copy = id(&workspace, "one");
    assert_ne!(copy, original);
    assert_eq!(id(&workspace, "one"), copy, "it keeps its id");
    workspace.json(&["demo", "delete", "one"]);
    assert_eq!(workspace.names(".trash").len(), 2);
}

#[test]
fn of_documents_that_name_no_folder_the_older_folder_keeps_the_id() {
    let (workspace, original) = with_copy();
    for slug in ["one", "two"] {
        forget_folder(&workspace, slug);
    }
    assert_eq!(id(&workspace, "two"), original);
    assert_ne!(id(&workspace, "one"), original);
}

#[test]
fn processes_that_find_a_copy_at_once_agree_on_its_id() {
    let (workspace, original) = with_copy();
    let listing: Vec<_> = (0..8).map(|_| workspace.start(&["demo", "list"])).collect();
    let mut seen: Vec<Vec<(String, String)>> = listing
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let demos: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let mut demos: Vec<_> = demos.iter().map(|demo| (text(&demo["slug"]), text(&demo["id"]))).collect();
            demos.sort();
            demos
        })
        .collect();
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!((seen[0].len(), &seen[0][1]), (2, &("two".to_owned(), original.clone())));
    assert_ne!(seen[0][0].1, original);
}

#[test]
fn what_is_unpacked_in_the_place_of_a_deleted_demo_is_another_one() {
    let workspace = TestWorkspace::with_demo("bakery");
    let original = id(&workspace, "one");
    tar(&workspace, &["-cf", "../one.tar", "one"]);
    workspace.json(&["demo", "delete", "one"]);
    tar(&workspace, &["-xf", "../one.tar"]);
    let copy = id(&workspace, "one");
    assert_ne!(copy, original);
    workspace.json(&["demo", "purge", &original]);
    assert_eq!(id(&workspace, "one"), copy);
    workspace.json(&["demo", "delete", "one"]);
    assert_eq!(workspace.names(".trash"), [copy]);
}

#[test]
fn a_deleted_demo_that_comes_back_is_no_copy() {
    let workspace = TestWorkspace::with_demo("bakery");
    let original = id(&workspace, "one");
    workspace.json(&["demo", "delete", "one"]);
    workspace.json(&["demo", "restore", "one"]);
    assert_eq!(id(&workspace, "one"), original);
}

/// Whatever found a demo's folder before somebody put another one in its place.
#[test]
fn nothing_is_written_into_a_folder_that_has_become_another_demo_s() {
    let (workspace, _) = with_copy();
    let app = open(&workspace);
    let (media, content) = (app.media("two").unwrap(), app.content("two").unwrap());
    let demos = |name: &str| workspace.root.join("demos").join(name);
    let _ = app.demos();
    fs::rename(demos("two"), demos("three")).unwrap();
    fs::rename(demos("one"), demos("two")).unwrap();
    let before = tree(&demos("two"));
    let picture = workspace.file("a.jpg", pictures::jpeg(60, 40, 1));
    let cancel = backlot::cancel::Cancel::new();
    let imported = media.import(&[picture.into()], &|_| (), &cancel);
    assert!(
        imported.is_err() || imported.is_ok_and(|import| !serde_json::to_value(&import).unwrap()["failed"].as_array().unwrap().is_empty())
    );
    let page = "pages/about".parse().unwrap();
    let refused = content.set(&page, "/name", "x".into(), None).unwrap_err();
    assert_eq!(refused.code, backlot::error::Code::NotFound, "{}", refused.message);
    assert!(content.add_page("New").is_err());
    assert_eq!(tree(&demos("two")), before);
}

/// Every file below a folder with its contents, but for what a store keeps for itself.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap().flatten() {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => found.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap())),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_doctor_tells_of_a_copy_and_leaves_it_until_asked() {
    let (workspace, original) = with_copy();
    let run = |arguments: &[&str]| {
        let output = workspace.command(&[&["--json", "doctor"], arguments].concat()).output().unwrap();
        serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap()
    };
    let recorded = || {
        let text = fs::read(workspace.root.join("demos/one/demo.json")).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let found = run(&[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["problem"].as_str().unwrap().contains("demos/two"), "{found:?}");
    assert_eq!((found[0]["fixed"].as_bool(), recorded()), (Some(false), original.clone()));
    let fixed = run(&["--fix"]);
    assert_eq!(fixed[0]["fixed"], true);
    assert_ne!(recorded(), original);
    assert_eq!(run(&[]), Vec::<Value>::new());
}

#[test]
fn a_copy_of_a_newer_document_is_shown_and_nothing_is_done_with_it() {
    let (workspace, original) = with_copy();
    for slug in ["one", "two"] {
        let path = workspace.root.join("demos").join(slug).join("demo.json");
        let text = fs::read_to_string(&path).unwrap().replace("\"schema\": 1", "\"schema\": 99");
        fs::write(&path, text).unwrap();
    }
    let listed = workspace.json(&["demo", "list"]);
    let ids: Vec<&str> = listed.as_array().unwrap().iter().map(|demo| demo["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    assert!(ids.contains(&original.as_str()));
    assert!(!workspace.run(&["demo", "delete", "one"]).status.success());
    assert!(workspace.root.join("demos/one").is_dir() && workspace.root.join("demos/two").is_dir());
}
