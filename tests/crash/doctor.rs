//! The doctor killed at any moment: what it moved can be put back, and nothing is lost.

use std::fs;

use crate::moments::{Strike, at_every_moment};
use crate::support::TestWorkspace;

const TORN: &str = "state/creations/torn.json";
const HALF: &str = "templates/half/kept.txt";

fn damage(workspace: &TestWorkspace) {
    fs::write(workspace.root.join(TORN), "{ torn").unwrap();
    fs::create_dir_all(workspace.root.join("templates/half")).unwrap();
    fs::write(workspace.root.join(HALF), "half").unwrap();
}

/// Undoes until there is nothing more to undo; then everything is where it was. Takes it away for the next time.
fn undo_everything(workspace: &TestWorkspace) {
    while workspace.run(&["doctor", "--undo"]).status.success() {}
    assert_eq!(workspace.refused(&["doctor", "--undo"])["code"], "NotFound");
    assert_eq!(workspace.names(".trash"), [""; 0]);
    for (path, text) in [(TORN, "{ torn"), (HALF, "half")] {
        assert_eq!(fs::read_to_string(workspace.root.join(path)).unwrap_or_default(), text, "{path}");
    }
    fs::remove_file(workspace.root.join(TORN)).unwrap();
    fs::remove_dir_all(workspace.root.join("templates/half")).unwrap();
}

#[test]
fn a_repair_killed_at_any_moment_can_be_repeated_and_undone() {
    let workspace = TestWorkspace::new();
    workspace.json(&["template", "list"]);
    at_every_moment(
        &workspace,
        Strike::Kill,
        &["doctor", "--fix"],
        |_| damage(&workspace),
        |_, _| {
            workspace.json(&["doctor", "--fix"]);
            assert!(!workspace.root.join(TORN).exists() && !workspace.root.join(HALF).exists());
            undo_everything(&workspace);
        },
    );
}

#[test]
fn an_undo_killed_at_any_moment_can_be_repeated() {
    let workspace = TestWorkspace::new();
    workspace.json(&["template", "list"]);
    at_every_moment(
        &workspace,
        Strike::Kill,
        &["doctor", "--undo"],
        |_| {
            damage(&workspace);
            workspace.json(&["doctor", "--fix"]);
        },
        |_, _| undo_everything(&workspace),
    );
}
