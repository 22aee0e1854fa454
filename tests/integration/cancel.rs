//! Creations that are stopped: by the user, by a signal, by a crash.

use std::process::Child;

use rustix::process::Signal;

use crate::support::{SilentHost, TestWorkspace, signal};

/// A creation that hangs at a host that never answers, once it has got there.
fn hanging<'a>(workspace: &TestWorkspace, host: &'a SilentHost) -> (Child, impl Drop + use<'a>) {
    let child = workspace.start(&["demo", "create", "slow", "--template", &host.url()]);
    (child, Connection(host.connected()))
}

struct Connection(#[expect(dead_code, reason = "held open")] std::net::TcpStream);

impl Drop for Connection {
    fn drop(&mut self) {}
}

#[test]
fn another_process_cancels_a_creation_and_nothing_is_left_but_the_record() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let (child, _connection) = hanging(&workspace, &host);
    assert_eq!(workspace.state("slow"), "cloning");
    workspace.json(&["demo", "cancel", "slow"]);
    let output = child.wait_with_output().unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stderr).unwrap()["code"], "Cancelled");
    let record = workspace.json(&["demo", "show", "slow"]);
    assert_eq!((record["status"]["state"].as_str(), record["status"]["error"]["code"].as_str()), (Some("failed"), Some("Cancelled")));
    assert_eq!((workspace.names(".staging"), workspace.names("templates")), (vec![], vec![]));
    assert_eq!(workspace.refused(&["demo", "cancel", "slow"])["code"], "WrongState");
    workspace.json(&["demo", "dismiss", "slow"]);
    assert_eq!(workspace.json(&["demo", "list"]), serde_json::json!([]));
}

#[test]
fn a_creation_that_is_under_way_turns_others_away_and_names_itself() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let (mut child, _connection) = hanging(&workspace, &host);
    let error = workspace.refused(&["demo", "create", "slow", "--template", "bakery"]);
    assert_eq!(error["code"], "InProgress");
    assert!(error["message"].as_str().unwrap().contains(&child.id().to_string()), "{error}");
    assert_eq!(workspace.refused(&["demo", "dismiss", "slow"])["code"], "InProgress");
    assert_eq!(workspace.refused(&["demo", "delete", "slow"])["code"], "WrongState");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[cfg(unix)]
#[test]
fn a_creation_ended_by_sigterm_is_interrupted_and_can_be_retried() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let (child, _connection) = hanging(&workspace, &host);
    signal(child.id(), Signal::TERM);
    assert!(!child.wait_with_output().unwrap().status.success());
    assert_eq!(workspace.state("slow"), "interrupted");
    assert_eq!((workspace.names(".staging"), workspace.names("templates")), (vec![], vec![]));
}

#[cfg(unix)]
#[test]
fn a_creation_killed_outright_is_interrupted_at_the_next_start() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let (mut child, _connection) = hanging(&workspace, &host);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(workspace.names(".staging").len(), 1, "what a killed process began is still there");
    assert_eq!(workspace.state("slow"), "interrupted");
    assert_eq!(workspace.names(".staging"), [""; 0]);
    // A new request takes its place.
    assert_eq!(workspace.json(&["demo", "create", "slow", "--template", "bakery"])["status"]["state"], "ready");
}
