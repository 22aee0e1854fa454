//! Living with demos: the trash and back, and what other programs do while the window is open.

use crate::steps::{create, is_whole};
use crate::window::{A_CLONE, SOON, Stage};
use std::fs;
use std::time::Instant;

#[test]
fn a_deleted_demo_comes_back_with_undo() {
    let stage = Stage::new();
    let window = stage.open();
    create(&window, "portfolio", "Keeper", "keeper");
    let before = fs::read_to_string(stage.demo("keeper").join("demo.json")).unwrap();

    window.click("delete-button");
    window.see_gone("demo-row-keeper");
    assert!(!stage.demo("keeper").exists(), "it is still in its place");
    window.click("undo-button");
    window.see_text("badge-keeper", "Ready", SOON);
    is_whole(&stage, "keeper");
    assert_eq!(fs::read_to_string(stage.demo("keeper").join("demo.json")).unwrap(), before);
}

#[test]
fn a_deleted_demo_is_restored_from_the_trash_after_a_restart() {
    let stage = Stage::new();
    let window = stage.open();
    create(&window, "saas", "Later", "later");
    window.click("delete-button");
    window.see_gone("demo-row-later");
    window.terminate();

    let window = stage.open();
    window.click("trash-open");
    window.click("restore-later");
    window.see_text("badge-later", "Ready", SOON);
    is_whole(&stage, "later");
}

#[test]
fn a_demo_made_by_the_command_line_appears_within_a_second() {
    let stage = Stage::new();
    let window = stage.open();
    create(&window, "bakery", "Mine", "mine");
    stage.backlot(&["demo", "create", "theirs", "--template", "bakery", "--name", "Theirs"]);
    let made = Instant::now();
    window.see_text("badge-theirs", "Ready", A_CLONE);
    assert!(made.elapsed().as_millis() < 1000, "it took {:?}", made.elapsed());

    // And one taken away by hand is gone.
    fs::remove_dir_all(stage.demo("theirs")).unwrap();
    window.see_gone("demo-row-theirs");
}

#[test]
fn a_demo_is_found_by_searching_and_keeps_its_new_name() {
    let stage = Stage::new();
    for (slug, name) in [("rye", "Rye & Co"), ("studio", "Studio North"), ("ledger", "Ledger")] {
        stage.backlot(&["demo", "create", slug, "--template", "bakery", "--name", name]);
    }
    let window = stage.open();
    window.see("demo-row-rye");
    window.fill("search-input", "north");
    window.see_gone("demo-row-rye");
    window.click("demo-row-studio");
    window.click("rename-button");
    window.fill("rename-input", "Studio South");
    window.press(&[crate::window::ENTER]);
    // It no longer matches, but what is open stays open.
    window.see_text("demo-name", "Studio South", SOON);
    window.see_gone("demo-row-studio");
    let identity = fs::read_to_string(stage.demo("studio").join("demo.json")).unwrap();
    assert!(identity.contains("Studio South"), "{identity}");
}
