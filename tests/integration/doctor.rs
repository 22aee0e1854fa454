//! The doctor: what it finds, what it does about it, and how that is undone.

use std::fs;
use std::io::Write;

use serde_json::Value;

use crate::support::TestWorkspace;

/// Runs the doctor; gives its findings and whether it was content.
fn doctor(workspace: &TestWorkspace, arguments: &[&str]) -> (Vec<Value>, bool) {
    let output = workspace.command(&[&["--json", "doctor"], arguments].concat()).output().unwrap();
    (serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap_or_default(), output.status.success())
}

#[test]
fn a_healthy_workspace_has_no_findings() {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    assert_eq!(doctor(&workspace, &[]), (vec![], true));
}

#[test]
fn what_is_found_is_said_and_only_done_when_asked_and_can_be_undone() {
    let workspace = TestWorkspace::new();
    let id = workspace.json(&["demo", "create", "one", "--template", "bakery"])["id"].as_str().unwrap().to_owned();
    let at = |path: &str| workspace.root.join(path);
    fs::write(at("state/creations/broken.json"), "{ torn").unwrap();
    fs::create_dir(at("templates/half")).unwrap();
    fs::create_dir(at("demos/stranger")).unwrap();
    fs::File::options().append(true).open(at("state/activity.log")).unwrap().write_all(b"0000 torn").unwrap();
    fs::write(at("demos/one/.tmp/left.tmp"), "x")
        .or_else(|_| fs::create_dir(at("demos/one/.tmp")).and_then(|()| fs::write(at("demos/one/.tmp/left.tmp"), "x")))
        .unwrap();

    let (found, content) = doctor(&workspace, &[]);
    let paths: Vec<String> =
        found.iter().map(|finding| finding["path"].as_str().unwrap().replace(workspace.root.to_str().unwrap(), "")).collect();
    assert_eq!(paths, ["/state/creations/broken.json", "/templates/half", "/demos/one", "/demos/stranger", "/state/activity.log"]);
    assert!(!content && found.iter().all(|finding| finding["fixed"] == false));
    assert_eq!(fs::read_to_string(at("state/creations/broken.json")).unwrap(), "{ torn", "nothing was done");

    let (fixed, content) = doctor(&workspace, &["--fix"]);
    let open: Vec<_> = fixed.iter().filter(|finding| finding["fixed"] == false).map(|finding| finding["path"].as_str().unwrap()).collect();
    assert_eq!((open, content), (vec![at("demos/stranger").to_str().unwrap()], false), "a folder of somebody's is left to a person");
    assert!(!at("state/creations/broken.json").exists() && !at("templates/half").exists() && !at("demos/one/.tmp/left.tmp").exists());
    assert!(fs::read_to_string(at("state/activity.log")).unwrap().ends_with("}\n"));
    assert_eq!(doctor(&workspace, &[]).0.len(), 1);

    workspace.json(&["doctor", "--undo"]);
    assert_eq!(fs::read_to_string(at("state/creations/broken.json")).unwrap(), "{ torn");
    assert!(at("templates/half").is_dir());
    assert_eq!(workspace.refused(&["doctor", "--undo"])["code"], "NotFound");
    assert_eq!(workspace.json(&["demo", "show", "one"])["id"].as_str(), Some(id.as_str()));
}
