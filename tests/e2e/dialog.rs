//! The native dialogs, which no webview driver reaches: typed into through the display itself.

use crate::window::{SOON, wait};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The windows of ours that are on the display.
pub fn windows() -> BTreeSet<String> {
    let output = Command::new("xdotool").args(["search", "--onlyvisible", "--class", "backlot-desktop"]).stderr(Stdio::null()).output();
    let output = output.expect("xdotool starts: `cargo xtask setup` installs it");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Chooses a path in an open dialog.
pub fn choose(dialog: &str, path: &Path) {
    let path = path.display().to_string();
    // Where no window manager hands out the focus, it is taken.
    xdotool(&["windowfocus", "--sync", dialog]);
    // A dialog that shows what was used recently takes no path: it is sent to a folder first.
    xdotool(&["key", "alt+Home"]);
    xdotool(&["key", "ctrl+l"]);
    xdotool(&["type", "--delay", "8", &path]);
    // The first Enter may only accept what the dialog completed.
    let closed = wait(SOON, || {
        xdotool(&["key", "Return"]);
        wait(Duration::from_millis(700), || (!windows().contains(dialog)).then_some(()))
    });
    assert!(closed.is_some(), "the dialog did not take {path}");
}

/// Presses a key in a window of the display, with no driver in between.
pub fn press(window: u32, key: &str) {
    let window = window.to_string();
    xdotool(&["windowfocus", "--sync", &window]);
    xdotool(&["key", "--window", &window, key]);
}

fn xdotool(arguments: &[&str]) {
    let done = Command::new("xdotool").args(arguments).stdin(Stdio::null()).status().expect("xdotool starts");
    assert!(done.success(), "xdotool {arguments:?} failed");
}
