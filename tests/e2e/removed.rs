//! What is typed and cannot be saved as it is: of a page that somebody removed, and of a text that is no JSON yet.

use crate::edit::{Held, TITLE, open_hero, see_on_disk, with_demo};
use crate::window::{CONTROL, SOON, wait};
use std::fs;

#[test]
fn a_page_that_another_program_removes_while_it_is_edited_stays_until_a_side_is_chosen() {
    for keeps in ["keep-mine", "take-theirs"] {
        let stage = with_demo();
        let page = stage.demo("corner").join("site/pages/index.json");
        let window = open_hero(&stage);
        let held = Held::demo(&stage);
        window.fill_at(TITLE, "Mine");
        window.see_text("save-state", "Unsaved", SOON);
        fs::remove_file(&page).unwrap();
        drop(held);
        window.see_text("conflict", "was removed by another program", SOON);
        window.see_value_at(TITLE, "Mine");
        assert!(!page.exists(), "it is not written again unasked");
        window.click(keeps);
        window.see_gone("conflict");
        if keeps == "keep-mine" {
            wait(SOON, || page.exists().then_some(())).expect("the page is written again");
            see_on_disk(&stage, "title", "Mine");
            window.see_value_at(TITLE, "Mine");
        } else {
            window.see_gone("document-pages/index");
            assert!(!page.exists());
        }
    }
}

#[test]
fn a_text_that_is_no_json_yet_outlives_the_program() {
    let stage = with_demo();
    let page = stage.demo("corner").join("site/pages/index.json");
    let before = fs::read_to_string(&page).unwrap();
    let window = open_hero(&stage);
    window.click("raw-toggle");
    window.see_text("raw-state", "applied as you type", SOON);
    window.click("raw-text");
    // At the very start, where nothing but an object can be: the click may have been into a text.
    window.press(&[CONTROL, "\u{e011}"]);
    window.press(&["x"]);
    window.see_text("save-state", "Not saved", SOON);
    let drafts = stage.demo("corner").join("../../state/drafts");
    let is_kept = || fs::read_dir(&drafts).unwrap().flatten().any(|entry| fs::metadata(entry.path()).is_ok_and(|found| found.len() > 0));
    wait(SOON, || is_kept().then_some(())).expect("the text is in the draft log");
    window.kill();

    let window = stage.open();
    window.click("left-show");
    window.see_text("drafts", "not valid JSON yet", SOON);
    window.click("draft-take-up");
    window.see_text("save-state", "Not saved", SOON);
    window.see_gone("drafts");
    assert_eq!(fs::read_to_string(&page).unwrap(), before, "it is no part of the page");
}
