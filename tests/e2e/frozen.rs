//! A demo's page that takes the window's web process along: the window comes back without it, where it was.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::dialog::press;
use crate::driver::{is_alive, send};
use crate::preview::{TITLE, open_preview, with_demo};
use crate::window::{SOON, Stage, Window, wait};

/// How long the window may take to come back on a busy machine; the measured time is printed.
const COMES_BACK: Duration = Duration::from_secs(40);
/// The word in a heading at which the page does its worst.
const WORD: &str = "Stop";

/// The demo `corner`, whose pages run `worst` once their heading holds [`WORD`].
fn with_page(worst: &str) -> Stage {
    let stage = with_demo();
    let layout = stage.demo("corner").join("site/layout.liquid");
    let script = format!(
        "<script>setInterval(() => {{ if (document.querySelector('h1')?.textContent.includes('{WORD}')) {{ {worst} }} }}, 20)</script></body>"
    );
    let text = fs::read_to_string(&layout).unwrap();
    assert!(text.contains("</body>"), "the layout has a body");
    fs::write(&layout, text.replace("</body>", &script)).unwrap();
    stage
}

/// Types what makes the page do its worst, then goes on typing until that is on the disk: the window answers, has the focus where it
/// was, has lost nothing, and does not show the page again.
///
/// The driver gives up on a window whose process has ended, so this is seen on the display and on the disk.
fn freeze_and_go_on(worst: &str, what: &str) -> (Stage, Window) {
    let stage = with_page(worst);
    let window = open_preview(&stage);
    let (others, last) = WORD.split_at(WORD.len() - 1);
    window.click("row-hero");
    window.see("field-title");
    window.fill_at(TITLE, &format!("Bread and {others}"));
    window.see_text("save-state", "Saved", SOON);
    let started = Instant::now();
    press(window.id(), last);
    wait(COMES_BACK, || is_ended(&stage).then_some(())).expect("the process that hangs is ended");
    let ended = started.elapsed();
    type_again(&stage, &window);
    eprintln!(
        "{what}: ended after {:.1} s; what was typed then is kept after {:.1} s",
        ended.as_secs_f32(),
        started.elapsed().as_secs_f32()
    );
    see_saved(&stage);
    (stage, window)
}

fn is_ended(stage: &Stage) -> bool {
    let logs = fs::read_dir(stage.demo("corner").join("../../logs")).into_iter().flatten().flatten();
    logs.filter_map(|log| fs::read_to_string(log.path()).ok()).any(|log| log.contains("web process has ended"))
}

/// Types into the field that was left until that is kept, which the log of drafts is the first to show.
fn type_again(stage: &Stage, window: &Window) {
    let drafts = stage.demo("corner").join("../../state/drafts");
    let typed = format!("Bread and {WORD}x");
    let is_kept = wait(COMES_BACK, || {
        press(window.id(), "x");
        holds(&drafts, &typed).then_some(())
    });
    is_kept.expect("what is typed is kept");
}

/// Whether a file below a folder holds a text.
fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { holds(&path, text) } else { fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) }
    })
}

fn see_saved(stage: &Stage) {
    let page = stage.demo("corner").join("site/pages/index.json");
    let is_saved = wait(COMES_BACK, || fs::read_to_string(&page).unwrap().contains(&format!("\"Bread and {WORD}x")).then_some(()));
    assert!(is_saved.is_some(), "{}", fs::read_to_string(&page).unwrap());
}

#[test]
fn a_page_that_loops_is_closed_and_the_window_goes_on_where_it_was() {
    let (_stage, window) = freeze_and_go_on("for (;;) {}", "a loop");
    window.screenshot("page-stopped");
}

#[test]
fn a_page_that_fills_the_memory_is_closed() {
    freeze_and_go_on("const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length));", "memory");
}

#[test]
fn a_page_that_opens_dialogs_without_end_is_closed() {
    freeze_and_go_on("for (;;) { alert(1); confirm(2); prompt(3); print(); window.open('/'); }", "dialogs");
}

#[test]
fn a_crash_of_the_web_process_takes_the_same_way() {
    let stage = with_demo();
    let window = open_preview(&stage);
    window.click("row-hero");
    window.see("field-title");
    window.fill_at(TITLE, &format!("Bread and {WORD}"));
    window.see_text("save-state", "Saved", SOON);
    send(window.child("WebKitWebProcess").expect("the window has one"), Signal::KILL);
    wait(SOON, || is_ended(&stage).then_some(())).expect("it is noticed");
    type_again(&stage, &window);
    see_saved(&stage);
}

#[test]
fn a_preview_in_a_window_of_its_own_hangs_alone_and_closes_with_the_preview() {
    let stage = with_page("for (;;) {}");
    let window = open_preview(&stage);
    window.click("row-hero");
    window.see("field-title");
    window.click("preview-hide");
    window.see_gone("preview-frame");
    window.click("preview-window");
    let page = wait(SOON, || window.child("backlot-desktop")).expect("the window has a process of its own");
    let title = "Corner Bakery – Preview";
    wait(SOON, || crate::picture::window_of(page.as_raw_nonzero().get().cast_unsigned(), title)).expect("it is on the display");

    window.fill_at(TITLE, &format!("Bread and {WORD}"));
    window.see_text("save-state", "Saved", SOON);
    window.fill_at(TITLE, "Bread again");
    window.see_text("save-state", "Saved", SOON);
    assert!(!window.shows("preview-stopped"), "only the page hangs");

    window.click("preview-stop");
    wait(SOON, || (!is_alive(page)).then_some(())).expect("it closes with the preview");
    window.see("preview-start");
}
