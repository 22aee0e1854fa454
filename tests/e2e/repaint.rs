//! From a key to the painted preview, on a page of thirty widgets: a short journey in every run, and a measurement for
//! `cargo xtask bench repaint`, which names a file for its table in `BACKLOT_MEASURE`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::preview::{FRAME, TITLE, open_preview, with_demo};
use crate::steps::lengthen;
use crate::window::{SOON, Window};

/// How many widgets the page has.
const WIDGETS: usize = 30;

/// In the window's own page: when the last key went down, in milliseconds of the clock that all pages of one machine share.
const KEYS: &str = "addEventListener('keydown', (event) => { window.pressed = performance.timeOrigin + event.timeStamp }, true);
    window.probe = () => {
        document.querySelector('[data-testid=preview-frame]').contentWindow.postMessage({ probe: performance.timeOrigin + performance.now() }, '*');
    }";

/// In the page that is shown: what its heading said whenever that had been painted, and what the renderer had made of it, and when
/// that was; and the same of the least that can be asked of a page in a frame, a message that sets one text.
const PAINTS: &str = "window.painted = []; window.made = []; window.probed = [];
    const now = () => performance.timeOrigin + performance.now();
    const once = (work) => requestAnimationFrame(() => { const task = new MessageChannel(); task.port1.onmessage = work; task.port2.postMessage(0); });
    const heading = document.querySelector('h1');
    new MutationObserver(() => {
        const text = heading.textContent.trim();
        once(() => painted.push({ text, time: now() }));
    }).observe(heading, { characterData: true, childList: true, subtree: true });
    addEventListener('backlot:painted', ({ detail }) => {
        const text = new DOMParser().parseFromString(detail.map((part) => part.html).join(''), 'text/html').querySelector('h1').textContent.trim();
        once(() => made.push({ text, time: now() }));
    });
    const mark = document.createElement('div');
    mark.style.cssText = 'position:fixed;top:0;left:0';
    document.documentElement.append(mark);
    addEventListener('message', (event) => {
        if (!event.data.probe) return;
        mark.textContent = String(event.data.probe);
        once(() => probed.push(now() - event.data.probe));
    });";

/// Presses one key in the heading's field and answers how long it took until that was painted beside it, and until what is painted
/// is what the renderer made of it, in milliseconds.
fn press_and_see(window: &Window, number: usize, text: &mut String) -> (f64, f64) {
    let letter = char::from(b'a' + u8::try_from(number % 26).unwrap());
    text.push(letter);
    window.press(&[&letter.to_string()]);
    let pressed = window.run("return window.pressed").as_f64().unwrap();
    let wanted = json!(text);
    window.within(FRAME, |window| {
        let seen = |list: &str| {
            let script = format!("return {list}.find((one) => one.text === {wanted})?.time ?? null");
            window.see_that("the letter is painted", SOON, &script).as_f64().unwrap() - pressed
        };
        (seen("painted"), seen("made"))
    })
}

/// Sets one text in the page by a message, and answers how long that took, in milliseconds.
fn probe(window: &Window, number: usize) -> f64 {
    window.run("window.probe()");
    window.within(FRAME, |window| {
        window.see_that("the message is painted", SOON, &format!("return probed[{number}] ?? null")).as_f64().unwrap()
    })
}

#[test]
fn every_key_is_painted_on_a_page_of_thirty_widgets() {
    let stage = with_demo();
    lengthen(&stage, WIDGETS);
    let window = open_preview(&stage);
    window.click("row-part-0");
    window.see("field-title");
    window.fill_at(TITLE, "Bread");
    let mut text = "Bread".to_owned();
    window.within(FRAME, |window| {
        window.see_that("the heading is painted", SOON, "return document.querySelector('h1')?.textContent.trim() === 'Bread'");
        assert_eq!(window.run("return document.querySelectorAll('main > section').length >= 25"), true, "the page is a long one");
        window.run(PAINTS);
    });
    window.run(KEYS);
    let report = std::env::var_os("BACKLOT_MEASURE");
    let rounds = if report.is_some() { 200 } else { 3 };
    let (mut keys, mut made, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..rounds {
        // A heading has a length that a person would give it.
        if text.len() > 40 {
            window.fill_at(TITLE, "Bread");
            "Bread".clone_into(&mut text);
        }
        let (shown, rendered) = press_and_see(&window, number, &mut text);
        keys.push(shown);
        made.push(rendered);
        bare.push(probe(&window, number));
    }
    window.see_text("save-state", "Saved", SOON);
    if let Some(report) = report {
        fs::write(Path::new(&report), told(&mut keys, &mut made, &mut bare)).unwrap();
    }
}

fn told(keys: &mut [f64], made: &mut [f64], bare: &mut [f64]) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = format!(
        "# Repainting, measured\n\n\
         Written by `cargo xtask bench repaint` on {}: {cores} cores, {}, the real window on a display of its own that is drawn without a \
         graphics card, built with optimisations. A page of {WIDGETS} widgets beside its form, {} keys pressed one after the other in the \
         field of its heading.\n\n\
         *Key*: from `keydown` in the window to the frame after the previewed page shows the new heading; the template says with \
         `data-setting` that it shows the setting as it is, so the window tells the page of it at once. *Rendered*: from the same key to the \
         frame after what the renderer made of the whole part was put into the page, through the host, the renderer and the live \
         connection; nothing was saved before. *Message*: a text set in the same page by a message from the window \
         around it, in turn with it, the least that any preview in a frame can take. Milliseconds.\n\n\
         | | p50 | p99 | longest | wanted at p50 |\n| --- | ---: | ---: | ---: | ---: |\n",
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        std::env::consts::OS,
        keys.len(),
    );
    for (name, times, wanted) in [("Key", keys, "≤ 100"), ("Rendered", made, ""), ("Message", bare, "")] {
        times.sort_by(f64::total_cmp);
        let at = |hundredths: usize| times.get((times.len() * hundredths / 100).min(times.len() - 1)).copied().unwrap_or_default();
        let _ = writeln!(text, "| {name} | {:.0} | {:.0} | {:.0} | {wanted} |", at(50), at(99), at(100));
    }
    text
}
