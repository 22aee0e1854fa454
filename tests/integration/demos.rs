//! What can be done with demos that are there, and with folders moved about by hand.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{BACKLOT, TestWorkspace};

fn slugs(listed: &Value) -> Vec<&str> {
    let mut slugs: Vec<_> = listed.as_array().unwrap().iter().map(|demo| demo["slug"].as_str().unwrap()).collect();
    slugs.sort_unstable();
    slugs
}

fn with_demo(slug: &str) -> (TestWorkspace, String) {
    let workspace = TestWorkspace::new();
    let id = workspace.json(&["demo", "create", slug, "--template", "portfolio"])["id"].as_str().unwrap().to_owned();
    (workspace, id)
}

#[test]
fn a_deleted_demo_comes_back_as_it_was() {
    let (workspace, id) = with_demo("one");
    fs::write(workspace.site("one").join("mine.txt"), "kept").unwrap();
    let trashed = workspace.json(&["demo", "delete", "one"]);
    assert_eq!(trashed["status"]["state"], "trashed");
    assert_eq!((slugs(&workspace.json(&["demo", "list"])), slugs(&workspace.json(&["demo", "list", "--trash"]))), (vec![], vec!["one"]));
    assert!(!workspace.root.join("demos/one").exists());
    let restored = workspace.json(&["demo", "restore", "one"]);
    assert_eq!((restored["id"].as_str(), restored["status"]["state"].as_str()), (Some(id.as_str()), Some("ready")));
    assert_eq!(fs::read_to_string(workspace.site("one").join("mine.txt")).unwrap(), "kept");
}

#[test]
fn a_demo_restored_to_a_slug_that_was_given_away_gets_a_free_one() {
    let (workspace, id) = with_demo("one");
    workspace.json(&["demo", "delete", "one"]);
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    let restored = workspace.json(&["demo", "restore", "one"]);
    assert_eq!((restored["id"].as_str(), restored["slug"].as_str()), (Some(id.as_str()), Some("one-2")));
    assert_eq!(slugs(&workspace.json(&["demo", "list"])), ["one", "one-2"]);
}

#[test]
fn only_what_is_in_the_trash_is_purged() {
    let (workspace, _) = with_demo("one");
    assert_eq!(workspace.refused(&["demo", "purge", "one"])["code"], "NotFound");
    workspace.json(&["demo", "delete", "one"]);
    workspace.json(&["demo", "purge", "one"]);
    assert_eq!(workspace.names(".trash"), [""; 0]);
    assert_eq!(workspace.refused(&["demo", "restore", "one"])["code"], "NotFound");
}

#[test]
fn a_demo_is_renamed_tagged_and_found() {
    let (workspace, id) = with_demo("one");
    let renamed = workspace.json(&["demo", "rename", "one", "studio", "--name", "Studio Été"]);
    assert_eq!(
        (renamed["id"].as_str(), renamed["slug"].as_str(), renamed["name"].as_str()),
        (Some(id.as_str()), Some("studio"), Some("Studio Été"))
    );
    assert_eq!(workspace.names("demos"), ["studio"]);
    workspace.json(&["demo", "tag", "studio", "Client", " client ", "spring"]);
    assert_eq!(workspace.json(&["demo", "show", "studio"])["tags"], serde_json::json!(["Client", "spring"]));
    workspace.json(&["demo", "create", "other", "--template", "bakery"]);
    for (search, found) in
        [("ÉTÉ", vec!["studio"]), ("portfolio client", vec!["studio"]), ("o", vec!["other", "studio"]), ("nothing", vec![])]
    {
        assert_eq!(slugs(&workspace.json(&["demo", "list", "--search", search])), found, "{search}");
    }
    assert_eq!(slugs(&workspace.json(&["demo", "list", "--tag", "SPRING"])), ["studio"]);
    let error = workspace.refused(&["demo", "rename", "other", "studio"]);
    assert_eq!((error["code"].as_str(), slugs(&workspace.json(&["demo", "list"]))), (Some("AlreadyExists"), vec!["other", "studio"]));
}

#[test]
fn the_list_is_what_the_disk_holds() {
    let (workspace, id) = with_demo("one");
    workspace.json(&["demo", "create", "two", "--template", "bakery"]);
    // Renamed by hand: the same demo under its new name.
    fs::rename(workspace.root.join("demos/one"), workspace.root.join("demos/uno")).unwrap();
    assert_eq!(workspace.json(&["demo", "show", "uno"])["id"].as_str(), Some(id.as_str()));
    // Copied by hand: the copy gets an id of its own.
    assert!(
        Command::new("cp")
            .arg("-r")
            .arg(workspace.root.join("demos/uno"))
            .arg(workspace.root.join("demos/copy"))
            .status()
            .unwrap()
            .success()
    );
    let copy = workspace.json(&["demo", "show", "copy"])["id"].clone();
    assert_ne!(copy.as_str(), Some(id.as_str()));
    assert_eq!(workspace.json(&["demo", "show", "copy"])["id"], copy, "and keeps it");
    assert_eq!(workspace.json(&["demo", "show", "uno"])["id"].as_str(), Some(id.as_str()));
    // Deleted by hand, and everything the workspace remembers with it.
    fs::remove_dir_all(workspace.root.join("demos/two")).unwrap();
    fs::remove_dir_all(workspace.root.join("state")).unwrap();
    fs::create_dir(workspace.root.join("demos/no-demo")).unwrap();
    assert_eq!(slugs(&workspace.json(&["demo", "list"])), ["copy", "uno"]);
    assert_eq!(workspace.json(&["demo", "create", "two", "--template", "bakery"])["status"]["state"], "ready");
}

#[test]
fn a_demo_whose_identity_is_damaged_is_shown_and_left_as_it_is() {
    let (workspace, _) = with_demo("one");
    let identity = workspace.root.join("demos/one/demo.json");
    fs::write(&identity, "{ torn").unwrap();
    let demo = workspace.json(&["demo", "show", "one"]);
    assert_eq!((demo["status"]["state"].as_str(), demo["status"]["error"]["code"].as_str()), (Some("failed"), Some("Corrupt")));
    assert_eq!(fs::read_to_string(&identity).unwrap(), "{ torn");
    assert_eq!(workspace.refused(&["demo", "create", "one", "--template", "bakery"])["code"], "AlreadyExists");
}

#[test]
fn unknown_fields_of_a_demo_survive_a_change() {
    let (workspace, _) = with_demo("one");
    let identity = workspace.root.join("demos/one/demo.json");
    let text = fs::read_to_string(&identity).unwrap().replacen('{', "{\n  \"theirs\": {\"n\": 12345678901234567890.10},", 1);
    fs::write(&identity, &text).unwrap();
    workspace.json(&["demo", "rename", "one", "--name", "New"]);
    let expected = text.replace("\"name\": \"One\"", "\"name\": \"New\"").replace("\"rev\": 1", "\"rev\": 2");
    assert_eq!(fs::read_to_string(&identity).unwrap(), expected);
}

#[test]
fn what_was_done_to_a_demo_is_on_the_trail_even_when_it_is_gone() {
    let (workspace, id) = with_demo("one");
    workspace.json(&["demo", "rename", "one", "two"]);
    workspace.json(&["demo", "delete", "two"]);
    assert!(workspace.root.join(".trash").join(&id).join("activity.log").is_file(), "and travels with it");
    workspace.json(&["demo", "purge", "two"]);
    let trail = fs::read_to_string(workspace.root.join("state/activity.log")).unwrap();
    let lines: Vec<Value> = trail.lines().map(|line| serde_json::from_str(&line[9..]).unwrap()).collect();
    assert!(lines.iter().all(|line| line["demo"].as_str() == Some(id.as_str())));
    let what: Vec<_> = lines.iter().map(|line| (line["what"].as_str().unwrap(), line["slug"].as_str().unwrap())).collect();
    assert_eq!(what, [("requested", "one"), ("created", "one"), ("renamed", "two"), ("deleted", "two"), ("purged", "two")]);
}

#[test]
fn purging_a_copy_leaves_the_original_and_its_request_alone() {
    let workspace = TestWorkspace::new();
    let id = workspace.json(&["demo", "create", "one", "--template", "bakery", "--request-id", "r1"])["id"].clone();
    assert!(
        Command::new("cp")
            .arg("-r")
            .arg(workspace.root.join("demos/one"))
            .arg(workspace.root.join("demos/copy"))
            .status()
            .unwrap()
            .success()
    );
    // A folder from elsewhere may say anything of itself.
    let identity = workspace.root.join("demos/copy/demo.json");
    fs::write(&identity, fs::read_to_string(&identity).unwrap().replace("\"r1\"", "\"../../demos/one/demo\"")).unwrap();
    workspace.json(&["demo", "delete", "copy"]);
    workspace.json(&["demo", "purge", "copy"]);
    assert_eq!(workspace.json(&["demo", "create", "one", "--template", "bakery", "--request-id", "r1"])["id"], id);
    workspace.assert_pristine("one");
}

#[test]
fn of_two_renamed_copies_the_original_keeps_its_id() {
    let (workspace, id) = with_demo("one");
    fs::rename(workspace.root.join("demos/one"), workspace.root.join("demos/moved")).unwrap();
    assert!(
        Command::new("cp")
            .arg("-r")
            .arg(workspace.root.join("demos/moved"))
            .arg(workspace.root.join("demos/copied"))
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(workspace.json(&["demo", "show", "moved"])["id"].as_str(), Some(id.as_str()));
    assert_ne!(workspace.json(&["demo", "show", "copied"])["id"].as_str(), Some(id.as_str()));
}

#[test]
fn a_damaged_demo_goes_to_the_trash_and_comes_back() {
    let (workspace, _) = with_demo("one");
    fs::write(workspace.root.join("demos/one/demo.json"), "{ torn").unwrap();
    workspace.json(&["demo", "delete", "one"]);
    assert_eq!(workspace.json(&["demo", "list"]), serde_json::json!([]));
    let trashed = workspace.json(&["demo", "list", "--trash"]);
    let id = trashed[0]["id"].as_str().unwrap();
    workspace.json(&["demo", "restore", id]);
    assert_eq!(workspace.json(&["demo", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn what_a_newer_backlot_wrote_is_left_alone() {
    let (workspace, _) = with_demo("one");
    workspace.json(&["demo", "rename", "one", "--name", "Two"]);
    let identity = workspace.root.join("demos/one/demo.json");
    let newer = fs::read_to_string(&identity).unwrap().replace("\"schema\": 1", "\"schema\": 2").replace("\"tags\": []", "\"tags\": {}");
    fs::write(&identity, &newer).unwrap();
    assert_eq!(workspace.json(&["demo", "show", "one"])["status"]["error"]["code"], "NewerSchema");
    assert_eq!(fs::read_to_string(&identity).unwrap(), newer);
    let manifest = workspace.root.join("backlot.json");
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap().replace("\"schema\": 1", "\"schema\": 9")).unwrap();
    assert_eq!(workspace.refused(&["demo", "list"])["code"], "NewerSchema");
}

#[test]
fn one_demo_is_shown_without_a_look_at_the_others() {
    let workspace = TestWorkspace::new();
    for slug in ["one", "two", "three"] {
        workspace.json(&["demo", "create", slug, "--template", "bakery"]);
    }
    let log = workspace.beside("strace.log");
    let looked_at = |words: &[&str]| {
        let mut command = Command::new("strace");
        command.args(["-f", "-e", "trace=openat,openat2", "-o"]).arg(&log).arg(BACKLOT).arg("--workspace").arg(&workspace.root);
        assert!(command.args(words).output().expect("strace is installed: `cargo xtask setup` does it").status.success());
        let calls = fs::read_to_string(&log).unwrap();
        // Whoever opens the workspace looks for renames that were cut off in each `demo.json`.
        ["one", "two", "three"].map(|slug| calls.contains(&format!("demos/{slug}/demo.status.json\"")))
    };
    let before = looked_at(&["demo", "list"]);
    assert_eq!(before, [true; 3], "this is how the list looks at them");
    for words in [&["demo", "show", "one"][..], &["page", "list", "one"], &["media", "list", "one"]] {
        assert_eq!(looked_at(words), [true, false, false], "{words:?}");
    }
}
