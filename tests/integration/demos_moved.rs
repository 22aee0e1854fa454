//! Demos that are renamed, deleted and brought back: what cannot be done is refused before anything happens.

use std::fs;

use serde_json::{Value, json};

use crate::support::TestWorkspace;

fn change_identity(workspace: &TestWorkspace, slug: &str, change: impl FnOnce(&mut Value)) {
    let path = workspace.root.join("demos").join(slug).join("demo.json");
    let mut demo: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut demo);
    fs::write(path, demo.to_string()).unwrap();
}

#[test]
fn a_demo_whose_identity_cannot_be_changed_is_not_renamed_half() {
    let workspace = TestWorkspace::with_demo("bakery");
    change_identity(&workspace, "one", |demo| demo["schema"] = json!(99));
    for arguments in [&["one", "two"][..], &["one", "two", "--name", "Other"], &["one", "--name", "Other"]] {
        let error = workspace.refused(&[&["demo", "rename"], arguments].concat());
        assert_eq!(error["code"], "NewerSchema", "{error}");
        assert_eq!(workspace.names("demos"), ["one"], "{arguments:?}");
        assert_eq!(workspace.json(&["demo", "show", "one"])["name"], "One");
    }
    // These only move the folder.
    workspace.json(&["demo", "delete", "one"]);
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    let id = workspace.json(&["demo", "list", "--trash"])[0]["id"].as_str().unwrap().to_owned();
    let restored = workspace.json(&["demo", "restore", &id]);
    assert_eq!((&restored["slug"], &restored["id"]), (&json!("one-2"), &json!(id)));
    workspace.json(&["demo", "delete", "one-2"]);
    workspace.json(&["demo", "purge", &id]);
    assert_eq!((workspace.names("demos"), workspace.names(".trash")), (vec!["one".to_owned()], vec![]));
}

#[test]
fn a_demo_whose_identity_is_damaged_is_not_renamed() {
    let workspace = TestWorkspace::with_demo("bakery");
    fs::write(workspace.root.join("demos/one/demo.json"), "{").unwrap();
    fs::remove_dir_all(workspace.root.join("demos/one/.backup")).unwrap_or_default();
    let error = workspace.refused(&["demo", "rename", "one", "two"]);
    assert_eq!(error["code"], "Corrupt", "{error}");
    assert_eq!(workspace.names("demos"), ["one"]);
}

#[test]
fn a_rename_that_was_cut_off_has_happened_if_the_folder_has_its_new_name() {
    let workspace = TestWorkspace::with_demo("bakery");
    let moving = json!({"slug": "two", "name": "The second"});
    change_identity(&workspace, "one", |demo| demo["moving"] = moving.clone());
    let identity = |slug: &str| fs::read_to_string(workspace.root.join("demos").join(slug).join("demo.json")).unwrap();
    // Before the folder moved, nothing has happened, and it is forgotten.
    let shown = workspace.json(&["demo", "show", "one"]);
    assert_eq!((&shown["name"], &shown["moving"]), (&json!("One"), &Value::Null));
    assert!(!identity("one").contains("moving"));
    // After it moved, all of it has.
    change_identity(&workspace, "one", |demo| demo["moving"] = moving.clone());
    fs::rename(workspace.root.join("demos/one"), workspace.root.join("demos/two")).unwrap();
    let shown = workspace.json(&["demo", "show", "two"]);
    assert_eq!((&shown["name"], &shown["slug"], &shown["moving"]), (&json!("The second"), &json!("two"), &Value::Null));
    let identity: Value = serde_json::from_str(&identity("two")).unwrap();
    assert_eq!((&identity["name"], &identity["slug"], &identity["moving"]), (&json!("The second"), &json!("two"), &Value::Null));
}

#[test]
fn a_rename_to_a_slug_that_is_taken_says_so_and_suggests_another() {
    let workspace = TestWorkspace::with_demo("bakery");
    workspace.json(&["demo", "create", "two", "--template", "bakery"]);
    let error = workspace.refused(&["demo", "rename", "one", "two", "--name", "Other"]);
    assert_eq!((&error["code"], &error["field"]), (&json!("AlreadyExists"), &json!("slug")));
    assert!(error["message"].as_str().unwrap().contains("two-2"), "{error}");
    assert_eq!(workspace.json(&["demo", "show", "one"])["name"], "One");
}
