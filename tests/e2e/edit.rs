//! Editing a demo's pages: what is typed is on the disk, whatever happens to the window, and whoever else writes.

use crate::window::{CONTROL, SOON, Stage, Window, wait};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// The heading of the home page's first widget.
pub const TITLE: &str = "[data-testid='field-title'] :is(input, textarea)";
const EYEBROW: &str = "[data-testid='field-eyebrow'] :is(input, textarea)";

fn page(stage: &Stage, name: &str) -> PathBuf {
    stage.demo("corner").join(format!("site/pages/{name}.json"))
}

/// A setting of the home page's first widget, as it is on the disk.
pub fn setting(stage: &Stage, key: &str) -> String {
    let page: Value = serde_json::from_str(&fs::read_to_string(page(stage, "index")).unwrap()).unwrap();
    page["widgets"]["hero"]["settings"][key].as_str().unwrap().to_owned()
}

/// A machine with one demo, `corner`.
pub fn with_demo() -> Stage {
    let stage = Stage::new();
    stage.backlot(&["demo", "create", "corner", "--template", "bakery", "--name", "Corner Bakery"]);
    stage
}

/// The window with the home page's first widget in the form.
pub fn open_hero(stage: &Stage) -> Window {
    let window = stage.open();
    window.see("badge-corner");
    window.click("tab-content");
    window.click("row-hero");
    window.see("field-title");
    window
}

/// Waits until a setting of the home page's first widget is on the disk.
pub fn see_on_disk(stage: &Stage, key: &str, wanted: &str) {
    let found = wait(SOON, || (setting(stage, key) == wanted).then_some(()));
    assert!(found.is_some(), "{key} is {:?}", setting(stage, key));
}

#[test]
fn a_heading_that_is_typed_is_on_the_disk_after_a_moment_and_every_other_byte_stays() {
    let stage = with_demo();
    let before = fs::read_to_string(page(&stage, "index")).unwrap();
    let old = setting(&stage, "title");
    let window = open_hero(&stage);
    window.fill_at(TITLE, "Bread that takes its time");
    window.see_text("save-state", "Unsaved", SOON);
    window.see_text("save-state", "Saved", SOON);
    see_on_disk(&stage, "title", "Bread that takes its time");
    let without_date = |text: &str| text.lines().filter(|line| !line.contains("\"updated\"")).collect::<Vec<_>>().join("\n");
    let wanted = before.replacen(&old, "Bread that takes its time", 1);
    assert_eq!(without_date(&fs::read_to_string(page(&stage, "index")).unwrap()), without_date(&wanted));

    // And back, as it was.
    window.press(&[CONTROL, "z"]);
    window.see_value_at(TITLE, &old);
    see_on_disk(&stage, "title", &old);
}

/// Holds a lock as another program may, until it is dropped.
pub struct Held(Child);

impl Held {
    /// Holds the one demo's, so that nothing of it can be saved.
    pub fn demo(stage: &Stage) -> Self {
        let demo: Value = serde_json::from_str(&stage.backlot(&["--json", "demo", "show", "corner"])).unwrap();
        let lock = stage.demo("corner").join(format!("../../state/locks/demo-{}.lock", demo["id"].as_str().unwrap()));
        let mut held = Command::new("flock")
            .arg(lock)
            .args(["sh", "-c", "echo held; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 5];
        std::io::Read::read_exact(held.stdout.as_mut().unwrap(), &mut said).unwrap();
        Self(held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn what_kill_9_cut_off_is_offered_and_applied() {
    let stage = with_demo();
    let old = setting(&stage, "title");
    let window = open_hero(&stage);
    // Nothing can be saved meanwhile; a second after it was typed it is in the draft log all the same.
    let held = Held::demo(&stage);
    window.fill_at(TITLE, "Not lost");
    let drafts = stage.demo("corner").join("../../state/drafts");
    let kept = || {
        fs::read_dir(&drafts).unwrap().flatten().any(|entry| fs::read_to_string(entry.path()).is_ok_and(|text| text.contains("Not lost")))
    };
    wait(SOON, || kept().then_some(())).expect("the edit is in the draft log");
    window.kill();
    drop(held);
    assert_eq!(setting(&stage, "title"), old);

    let window = open_hero(&stage);
    window.see_text("drafts", "Home", SOON);
    window.screenshot("draft");
    window.click("draft-apply");
    window.see_gone("drafts");
    see_on_disk(&stage, "title", "Not lost");
    window.see_value_at(TITLE, "Not lost");
}

#[test]
fn what_the_command_line_changes_elsewhere_in_an_open_page_is_merged() {
    let stage = with_demo();
    let window = open_hero(&stage);
    window.fill_at(TITLE, "Typed here");
    stage.backlot(&["page", "set", "corner", "index", "/widgets/hero/settings/eyebrow", "\"Set there\""]);
    see_on_disk(&stage, "title", "Typed here");
    assert_eq!(setting(&stage, "eyebrow"), "Set there");
    window.see_value_at(EYEBROW, "Set there");
    window.see_value_at(TITLE, "Typed here");
    window.see_text("save-state", "Saved", SOON);
}

#[test]
fn the_same_field_changed_by_two_is_a_conflict_and_either_side_can_be_kept() {
    for (keeps, wanted) in [("keep-mine", "Mine"), ("take-theirs", "Theirs")] {
        let stage = with_demo();
        let window = open_hero(&stage);
        window.fill_at(TITLE, "Mine");
        stage.backlot(&["page", "set", "corner", "index", "/widgets/hero/settings/title", "\"Theirs\""]);
        window.see_text("conflict", "Keep mine", SOON);
        assert_eq!(setting(&stage, "title"), "Theirs", "nothing is overwritten");
        window.screenshot("conflict");
        window.is_accessible("a conflict");
        window.click("compare");
        window.see("compare-dialog");
        window.screenshot("conflict-compared");
        window.press(&[crate::window::ESCAPE]);
        window.click(keeps);
        window.see_gone("conflict");
        see_on_disk(&stage, "title", wanted);
        window.see_value_at(TITLE, wanted);
    }
}

#[test]
fn a_save_that_waits_for_another_program_says_so_and_is_made_in_the_end() {
    let stage = with_demo();
    let window = open_hero(&stage);
    let held = Held::demo(&stage);
    window.fill_at(TITLE, "Patient");
    window.see_text("save-state", "Saving", SOON);
    drop(held);
    window.see_text("save-state", "Saved", SOON);
    assert_eq!(setting(&stage, "title"), "Patient");
}
