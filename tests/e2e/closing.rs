//! The end of the program: whatever ends it, what was typed last is saved, or offered by the next one.

use crate::edit::{Held, TITLE, open_hero, see_on_disk, setting, with_demo};
use crate::window::{CONTROL, SOON, Stage, wait};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[test]
fn what_was_typed_last_is_saved_when_the_window_is_closed_at_once() {
    let stage = with_demo();
    let window = open_hero(&stage);
    window.fill_at(TITLE, "Closed at once");
    window.close_by_cross();
    let took = window.see_end();
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    assert_eq!(setting(&stage, "title"), "Closed at once");
}

#[test]
fn what_was_typed_last_is_saved_by_quit_and_by_a_signal() {
    let stage = with_demo();
    let window = open_hero(&stage);
    window.fill_at(TITLE, "Quit");
    window.press(&[CONTROL, "q"]);
    window.see_end();
    assert_eq!(setting(&stage, "title"), "Quit");

    for (signal, title) in [(Signal::TERM, "Told to end"), (Signal::INT, "Interrupted"), (Signal::HUP, "Hung up")] {
        let window = open_hero(&stage);
        window.fill_at(TITLE, title);
        window.signal(signal);
        window.see_end();
        assert_eq!(setting(&stage, "title"), title);
    }
}

#[test]
fn a_window_that_cannot_save_says_that_it_tries_then_ends_and_what_was_typed_is_offered() {
    let stage = with_demo();
    let window = open_hero(&stage);
    let held = Held::demo(&stage);
    window.fill_at(TITLE, "Kept");
    window.close_by_cross();
    window.see_text("closing", "Saving", SOON);
    window.see_end();
    assert!(said(&stage).contains(GAVE_UP), "{}", said(&stage));
    is_offered(&stage, held, "Kept");
}

#[test]
fn a_second_signal_ends_at_once_and_what_was_typed_is_offered() {
    let stage = with_demo();
    let window = open_hero(&stage);
    let held = Held::demo(&stage);
    window.fill_at(TITLE, "Twice");
    window.signal(Signal::TERM);
    window.see_text("closing", "Saving", SOON);
    wait(SOON, || drafts(&stage).contains("Twice").then_some(())).expect("a draft comes before the wait for the lock");
    window.signal(Signal::TERM);
    window.see_end();
    assert!(!said(&stage).contains(GAVE_UP), "it waited for the lock: {}", said(&stage));
    is_offered(&stage, held, "Twice");
}

/// What the program's log says when it ends without having saved everything.
const GAVE_UP: &str = "not everything could be saved";

/// The next window offers what was typed and not saved, and saves it.
fn is_offered(stage: &Stage, held: Held, title: &str) {
    drop(held);
    assert_ne!(setting(stage, "title"), title);
    let window = open_hero(stage);
    window.see_text("drafts", "Home", SOON);
    window.click("draft-apply");
    window.see_gone("drafts");
    see_on_disk(stage, "title", title);
}

/// The workspace's draft logs.
fn drafts(stage: &Stage) -> String {
    texts_in(&stage.demo("corner").join("../../state/drafts"))
}

/// The program's log.
fn said(stage: &Stage) -> String {
    texts_in(&stage.demo("corner").join("../../logs"))
}

fn texts_in(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect()
}

#[test]
fn what_was_typed_last_is_saved_when_the_display_goes_as_at_a_log_off() {
    let mut stage = with_demo();
    let display = Weston::start(&stage);
    stage.set("GDK_BACKEND", Path::new("wayland"));
    stage.set("WAYLAND_DISPLAY", Path::new(Weston::SOCKET));
    let demo: Value = serde_json::from_str(&stage.backlot(&["--json", "demo", "show", "corner"])).unwrap();
    let asked = json!({"demo": demo["id"], "document": "pages/index"});
    let window = open_hero(&stage);
    window.fill_at(TITLE, "Logged off");
    let arrived = wait(SOON, || window.ask("open_document", &asked).to_string().contains("Logged off").then_some(()));
    assert!(arrived.is_some(), "what was typed is handed over");
    drop(display);
    let took = window.see_end();
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    assert_eq!(setting(&stage, "title"), "Logged off");
}

/// A Wayland session of the test's own, which is gone when dropped, for all that are in it at once.
struct Weston(Child);

impl Weston {
    const SOCKET: &str = "wayland-test";

    fn start(stage: &Stage) -> Self {
        let mut command = Command::new("weston");
        stage.prepare(&mut command);
        command.args(["--backend=headless-backend.so", "--width=1600", "--height=1000", "--socket", Self::SOCKET]);
        let server = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weston starts: `cargo xtask setup` installs it");
        let started = wait(SOON, || stage.run().join(Self::SOCKET).exists().then_some(()));
        assert!(started.is_some(), "weston listens");
        Self(server)
    }
}

impl Drop for Weston {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
