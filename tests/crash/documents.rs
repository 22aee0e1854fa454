//! Documents and transactions, killed at any moment and failed at any call: G2, G4, G5 and G6 of the store's promises.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::moments::{Ended, Lasting, Strike, at_every_moment};
use crate::support::TestWorkspace;

/// A demo with media, and the path of their catalogue.
fn with_demo() -> (TestWorkspace, std::path::PathBuf) {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", "saas"]);
    let catalogue = workspace.site("one").join("uploads/media.json");
    (workspace, catalogue)
}

fn items(catalogue: &Path) -> Vec<Value> {
    let document: Value = serde_json::from_slice(&fs::read(catalogue).unwrap()).expect("the catalogue is whole");
    document["files"].as_array().unwrap().clone()
}

/// G5: after the next hold of the lock no temp, journal or staged file is left.
fn assert_swept(workspace: &TestWorkspace) {
    for folder in ["demos/one/.tmp", "demos/one/.staged"] {
        assert_eq!(workspace.names(folder), [""; 0], "nothing is left over in {folder}");
    }
    assert!(!workspace.root.join("demos/one/txn.json").exists(), "no journal is left over");
}

/// What the call may have left, by its own word: done, undone, or not known.
fn assert_told(ended: &Ended, is_new: bool) {
    if ended.succeeded() {
        assert!(is_new, "what was acknowledged is there");
    } else if !ended.was_killed() && !ended.output.stderr.is_empty() && ended.code() != "Indeterminate" {
        assert!(!is_new, "a failed call left the old state, or said so: {}", String::from_utf8_lossy(&ended.output.stderr));
    }
}

/// One update of one document under every strike; each run writes another value.
fn update_under(strike: Strike) {
    let (workspace, catalogue) = with_demo();
    let id = items(&catalogue)[0]["id"].as_str().unwrap().to_owned();
    let alt = |item: &Value| item["metadata"]["alt"].as_str().unwrap().to_owned();
    let others = |items: &[Value]| items[1..].to_vec();
    let original = others(&items(&catalogue));
    at_every_moment(
        &workspace,
        strike,
        &["media", "set", "one", &id, "--alt", "{}"],
        |_| (),
        |name, ended| {
            let found = items(&catalogue);
            assert_eq!(others(&found), original);
            assert_told(ended, alt(&found[0]) == name);
            workspace.json(&["media", "set", "one", &id, "--alt", &format!("after {name}")]);
            assert_eq!(alt(&items(&catalogue)[0]), format!("after {name}"));
            assert_swept(&workspace);
        },
    );
}

/// Two new files and the catalogue in one transaction under every strike: all of it, or none.
fn transaction_under(strike: Strike) {
    let (workspace, catalogue) = with_demo();
    let files: Vec<_> = ["a.txt", "b.txt"].iter().map(|name| workspace.beside(name)).collect();
    for file in &files {
        fs::write(file, "text").unwrap();
    }
    let arguments = ["media", "add", "one", files[0].to_str().unwrap(), files[1].to_str().unwrap()];
    at_every_moment(
        &workspace,
        strike,
        &arguments,
        |_| (),
        |_, ended| {
            let before_recovery = items(&catalogue).len();
            // The next reader finishes what was committed.
            let listed = workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().clone();
            assert!(listed.len() >= before_recovery);
            let added: Vec<&Value> = listed.iter().filter(|item| item["type"] == "text/plain").collect();
            let is_new = added.len() == 2;
            assert!(is_new || added.is_empty(), "half of it is there: {added:?}");
            let on_disk = workspace.names("demos/one/site/uploads/files").len();
            assert_eq!(on_disk, added.len(), "files and entries come together");
            assert_told(ended, is_new);
            for item in &added {
                workspace.json(&["media", "remove", "one", item["id"].as_str().unwrap()]);
            }
            // Any hold of the lock sweeps.
            workspace.json(&["media", "usage", "one"]);
            assert_swept(&workspace);
        },
    );
}

#[test]
fn an_update_killed_at_any_moment_is_there_or_not_and_never_torn() {
    update_under(Strike::Kill);
}

#[test]
fn a_transaction_killed_at_any_moment_happens_whole_or_not_at_all() {
    transaction_under(Strike::Kill);
}

#[test]
fn an_update_on_a_disk_that_fills_up_at_any_moment_leaves_the_old_state_or_says_so() {
    update_under(Strike::Fail("ENOSPC", Lasting::FromThenOn));
}

#[test]
fn a_transaction_on_a_disk_that_fills_up_at_any_moment_leaves_the_old_state_or_says_so() {
    transaction_under(Strike::Fail("ENOSPC", Lasting::Once));
}

#[test]
fn an_update_on_a_failing_disk_leaves_the_old_state_or_says_so() {
    update_under(Strike::Fail("EIO", Lasting::Once));
}

#[test]
fn a_transaction_on_a_failing_disk_leaves_the_old_state_or_says_so() {
    transaction_under(Strike::Fail("EIO", Lasting::Once));
}

#[test]
fn an_update_interrupted_at_any_call_is_done_or_leaves_the_old_state() {
    update_under(Strike::Fail("EINTR", Lasting::Once));
}
