//! The window while photographs come in: a short journey in every run, and a measurement with two thousand of them for
//! `cargo xtask bench busy`, which names a file for its table in `BACKLOT_MEASURE`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::photographs;
use crate::preview::{TITLE, with_demo};
use crate::steps::lengthen;
use crate::window::{BACKSPACE, SOON, Stage, Window};

const SEARCH: &str = "[data-testid=media-search]";
/// How many widgets the page has that is typed in, when that is measured.
const WIDGETS: usize = 100;
/// How many keys are pressed in a row before the other field is gone to.
const ROW: usize = 10;

/// In the window's page: how long each key took until what it changed was painted, and how much later than asked for a timer came,
/// which is how long the main thread could not answer. In milliseconds.
const WATCH: &str = "window.shown = []; window.late = [];
    let pressed = 0;
    addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
    addEventListener('input', () => {
        const since = pressed;
        requestAnimationFrame(() => {
            const task = new MessageChannel();
            task.port1.onmessage = () => shown.push(performance.now() - since);
            task.port2.postMessage(0);
        });
    }, true);
    const EVERY = 10;
    let last = performance.now();
    setInterval(() => { const now = performance.now(); late.push(now - last - EVERY); last = now; }, EVERY);
    window.take = () => { const taken = { shown, late }; shown = []; late = []; return taken; };";

/// What was measured of one field, or of all the time: milliseconds.
#[derive(Debug, Default)]
struct Times {
    search: Vec<f64>,
    heading: Vec<f64>,
    late: Vec<f64>,
}

impl Times {
    /// Adds what the page has seen since it was last asked.
    fn take(&mut self, window: &Window, field: impl Fn(&mut Self) -> &mut Vec<f64>) {
        let taken = window.run("return window.take()");
        let numbers = |name: &str| taken[name].as_array().unwrap().iter().filter_map(Value::as_f64).collect::<Vec<_>>();
        field(self).extend(numbers("shown"));
        self.late.extend(numbers("late"));
    }

    /// Types a few letters into the library's search and takes them out again, and then into the heading of the first page.
    fn type_in_both(&mut self, window: &Window) {
        window.click("tab-media");
        window.see("media-search");
        press_a_row(window, SEARCH, "hero");
        self.take(window, |times| &mut times.search);
        window.click("tab-content");
        window.click("row-part-0");
        window.see("field-title");
        press_a_row(window, TITLE, "bread");
        self.take(window, |times| &mut times.heading);
    }
}

/// Presses keys in a field, one after the other: a word, and back to what was there.
fn press_a_row(window: &Window, field: &str, word: &str) {
    window.click_at(field);
    let before = window.run_with("return document.querySelector(arguments[0]).value", &[field.into()]);
    let letters: Vec<String> = word.chars().map(String::from).collect();
    for key in letters.iter().map(String::as_str).chain(letters.iter().map(|_| BACKSPACE)).take(ROW) {
        let seen = window.run("return window.shown.length").as_u64().unwrap();
        window.press(&[key]);
        window.see_that("the key is painted", SOON, &format!("return window.shown.length > {seen}"));
    }
    let after = window.run_with("return document.querySelector(arguments[0]).value", &[field.into()]);
    assert_eq!(after, before, "every key arrived");
}

fn listed(stage: &Stage) -> usize {
    let listing: Value = serde_json::from_str(&stage.backlot(&["--json", "media", "list", "corner"])).unwrap();
    listing["files"].as_array().unwrap().len()
}

#[test]
fn the_window_answers_while_photographs_come_in() {
    let report = std::env::var_os("BACKLOT_MEASURE");
    let (count, rows, widgets) = if report.is_some() { (2_000, 20, WIDGETS) } else { (24, 1, 10) };
    let stage = with_demo();
    lengthen(&stage, widgets);
    let before = listed(&stage);
    let shoot = stage.work().join("shoot");
    fs::create_dir(&shoot).unwrap();
    photographs::write_all(&shoot, count).unwrap();

    let window = stage.open();
    window.see("badge-corner");
    window.run(WATCH);
    let (mut alone, mut busy) = (Times::default(), Times::default());
    for _ in 0..rows {
        alone.type_in_both(&window);
    }
    window.click("tab-media");
    window.see("media-search");
    window.drop_files(&[&shoot]);
    window.see("media-import");
    let begun = Instant::now();
    let mut imported = None;
    while imported.is_none() {
        busy.type_in_both(&window);
        window.click("tab-media");
        window.see("media-search");
        imported = (!window.shows("media-import")).then(|| begun.elapsed());
    }
    window.see_text("media-summary", &format!("{} files added", told_number(count)), SOON);
    assert_eq!(listed(&stage) - before, count as usize, "all of them came in");
    window.see_text("save-state", "Saved", SOON);
    if let Some(report) = report {
        let text = told(&mut alone, &mut busy, count, imported.unwrap_or_default());
        fs::write(Path::new(&report), text).unwrap();
    }
}

/// A count as the window writes it.
fn told_number(count: u32) -> String {
    if count < 1_000 { count.to_string() } else { format!("{},{:03}", count / 1_000, count % 1_000) }
}

fn told(alone: &mut Times, busy: &mut Times, count: u32, took: Duration) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = format!(
        "# The window during an import, measured\n\n\
         Written by `cargo xtask bench busy` on {}: {cores} cores, {}, the real window on a display of its own that is drawn without a \
         graphics card, built with optimisations. {count} JPEGs of {} × {} pixels are dropped on the window and come in within {:.0} s, \
         on every core. Before that, and all the while, keys are pressed in turn in the library's search, which shows what comes in, and in \
         the heading of a page of {WIDGETS} widgets.\n\n\
         *Search* and *Heading*: from `keydown` to the frame that shows what it changed. *Main thread*: how much later than asked for a \
         timer comes that is asked for every 10 ms, which is how long the window could not have answered. Milliseconds.\n\n\
         | | | p50 | p99 | longest | over 50 ms |\n| --- | --- | ---: | ---: | ---: | ---: |\n",
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        std::env::consts::OS,
        photographs::WIDTH,
        photographs::HEIGHT,
        took.as_secs_f64(),
    );
    let pairs = [
        ("Search", &mut alone.search, &mut busy.search),
        ("Heading", &mut alone.heading, &mut busy.heading),
        ("Main thread", &mut alone.late, &mut busy.late),
    ];
    for (name, alone, busy) in pairs {
        for (when, times) in [("alone", alone), ("during the import", busy)] {
            times.sort_by(f64::total_cmp);
            let at = |hundredths: usize| times.get((times.len() * hundredths / 100).min(times.len() - 1)).copied().unwrap_or_default();
            let long = times.iter().filter(|time| **time > 50.0).count();
            let _ = writeln!(text, "| {name} | {when} | {:.0} | {:.0} | {:.0} | {long} of {} |", at(50), at(99), at(100), times.len());
        }
    }
    text
}
