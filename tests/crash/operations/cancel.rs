//! `demo cancel`, which is about a creation that another process works on.

use std::process::Child;

use super::strikes::{Point, points, strike};
use super::{UNCHANGED, sample};
use crate::support::{SilentHost, TestWorkspace};

/// A creation that hangs at a host that never answers, once it has got there.
fn hanging(workspace: &TestWorkspace, host: &SilentHost) -> (Child, std::net::TcpStream) {
    let child = workspace.start(&["demo", "create", "slow", "--template", &host.url()]);
    (child, host.connected())
}

fn is_asked(workspace: &TestWorkspace) -> bool {
    workspace.state("slow") != "cloning" || workspace.names("state/creations").iter().any(|name| name.ends_with(".cancel"))
}

/// Strikes a cancel, and answers whether it was struck; whatever became of it, the next one ends the creation.
fn cancel_under(workspace: &TestWorkspace, host: &SilentHost, point: Point, arguments: &[String]) -> bool {
    let (child, connection) = hanging(workspace, host);
    let ended = strike(workspace, false, point, arguments);
    let (code, message) = (ended.code(), String::from_utf8_lossy(&ended.output.stderr).into_owned());
    let is_asked = is_asked(workspace);
    assert!(is_asked || !ended.succeeded(), "{point:?}: it says it is done, and it is not");
    // If the message itself could not be written, that leaves the exit code, which promises nothing.
    let is_told = !message.trim().is_empty();
    if !ended.succeeded() && !ended.was_killed() && is_told && code != "Indeterminate" {
        assert!(!is_asked, "{point:?}: it failed, and it is done: {message}");
    }
    assert!(!is_asked || !UNCHANGED.iter().any(|words| message.contains(words)), "{point:?}: {message}");
    let again = workspace.run(&["--json", "demo", "cancel", "slow"]);
    let refusal = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success() || refusal.contains("WrongState"), "{point:?}: the second try: {refusal}");
    let creation = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&creation.stderr).contains("Cancelled"), "{point:?}");
    drop(connection);
    workspace.json(&["demo", "dismiss", "slow"]);
    assert!(workspace.names("state/creations").is_empty(), "{point:?}");
    ended.was_struck
}

#[test]
fn a_cancel_struck_at_any_call_stops_the_creation_or_leaves_it_running() {
    let every = super::is_torture();
    let (workspace, host) = (TestWorkspace::new(), SilentHost::new());
    let arguments = ["demo", "cancel", "slow"].map(str::to_owned);
    let (child, connection) = hanging(&workspace, &host);
    let (points, clean) = points(&workspace, false, every, &arguments);
    assert!(clean.status.success());
    drop((child.wait_with_output().unwrap(), connection));
    workspace.json(&["demo", "dismiss", "slow"]);
    let wanted = if every { points } else { sample(&points, true, 0) };
    let struck = wanted.into_iter().filter(|point| cancel_under(&workspace, &host, *point, &arguments)).count();
    super::print_count("demo cancel", struck);
    assert!(struck > 4);
}
