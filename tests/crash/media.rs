//! Media killed at any moment: a file is listed and whole, or not there; what refers to it refers to what is there.

use std::fs;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use crate::moments::{Strike, at_every_moment};
use crate::support::media::assert_whole;
use crate::support::{TestWorkspace, pictures};

/// A demo with one picture, of two sizes, that a page shows; and the picture's id.
fn with_picture() -> (TestWorkspace, String) {
    let workspace = TestWorkspace::with_demo("saas");
    let added = workspace.json(&["media", "add", "one", &workspace.file("a.jpg", pictures::jpeg(600, 400, 1))]);
    fs::write(
        workspace.site("one").join("pages/p.json"),
        json!({"x": "/uploads/images/a.jpg", "y": "/uploads/images/a-thumb.jpg"}).to_string(),
    )
    .unwrap();
    let id = added["files"][0]["id"].as_str().unwrap().to_owned();
    (workspace, id)
}

fn item(workspace: &TestWorkspace, id: &str) -> Option<Value> {
    let listed = workspace.json(&["media", "list", "one"]);
    listed["files"].as_array().unwrap().iter().find(|item| item["id"] == id).cloned()
}

#[test]
fn a_rename_killed_at_any_moment_takes_every_reference_along_or_none() {
    let (workspace, id) = with_picture();
    let page = workspace.site("one").join("pages/p.json");
    at_every_moment(
        &workspace,
        Strike::Kill,
        &["media", "rename", "one", &id, "{}"],
        |_| (),
        |name, ended| {
            let found = item(&workspace, &id).expect("it is there");
            // Any hold of the lock sweeps.
            workspace.json(&["media", "set", "one", &id, "--alt", name]);
            assert_whole(&workspace);
            let text = fs::read_to_string(&page).unwrap();
            assert_eq!(text, json!({"x": found["path"], "y": found["sizes"]["thumb"]["path"]}).to_string());
            assert!(!ended.succeeded() || found["path"] == format!("/uploads/images/{name}.jpg"));
        },
    );
}

#[test]
fn a_removal_and_a_repair_killed_at_any_moment_lose_nothing() {
    let (workspace, id) = with_picture();
    let bytes = fs::read(workspace.site("one").join("uploads/images/a.jpg")).unwrap();
    let tokens = || workspace.names("demos/one/.trash");
    let bring_back = || {
        if item(&workspace, &id).is_none() {
            // Only one of the folders may have the way back.
            let back = tokens().into_iter().filter(|token| workspace.run(&["media", "restore", "one", token]).status.success()).count();
            assert_eq!(back, 1);
        }
        assert_eq!(fs::read(workspace.site("one").join("uploads/images/a.jpg")).unwrap(), bytes);
        assert_whole(&workspace);
    };
    at_every_moment(
        &workspace,
        Strike::Kill,
        &["media", "remove", "one", "--force", &id],
        |_| (),
        |_, ended| {
            workspace.json(&["media", "usage", "one"]);
            assert_whole(&workspace);
            assert!(!ended.succeeded() || item(&workspace, &id).is_none());
            bring_back();
        },
    );
    at_every_moment(
        &workspace,
        Strike::Kill,
        &["media", "doctor", "one", "--fix"],
        |_| fs::remove_file(workspace.site("one").join("uploads/images/a-thumb.jpg")).unwrap_or_default(),
        |_, _| {
            workspace.json(&["media", "doctor", "one", "--fix"]);
            workspace.json(&["media", "usage", "one"]);
            assert_whole(&workspace);
        },
    );
}

/// Imports of many pictures, killed after times that a fixed seed draws.
#[test]
fn an_import_killed_at_any_moment_leaves_whole_files_that_are_listed_and_nothing_else() {
    let rounds = if std::env::var_os("BACKLOT_TORTURE").is_some() { 60 } else { 8 };
    let workspace = TestWorkspace::with_demo("saas");
    let brought = workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len();
    for seed in 0..120_u8 {
        workspace.file(&format!("many/{seed}.jpg"), pictures::jpeg(700, 300, seed));
    }
    let many = workspace.beside("many");
    let (_never, nothing) = channel::<()>();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut most = 0;
    for _ in 0..rounds {
        // xorshift64 (Marsaglia, 2003): the same times in every run.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut child = workspace.start(&["media", "add", "one", many.to_str().unwrap()]);
        let _ = nothing.recv_timeout(Duration::from_millis(300 + seed % 2_500));
        child.kill().unwrap();
        child.wait().unwrap();
        workspace.json(&["media", "usage", "one"]);
        assert_whole(&workspace);
        most = most.max(workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len());
    }
    assert!(most > brought, "no import was killed while it added");
    workspace.json(&["media", "add", "one", many.to_str().unwrap()]);
    assert_eq!(workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len(), brought + 120, "each is there once");
    assert_whole(&workspace);
}
