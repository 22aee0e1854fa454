//! `cargo xtask test`: every test, with a table at the end; and `cargo xtask e2e`, the window's tests alone.
//!
//! The window's tests, which mostly wait, can run on several displays side by side. A step that fails does not stop the others, unless they need what it makes: one run tells everything.

use crate::display::Display;
use crate::rust::{Profile, cargo, with_window};
use crate::scratch::{self, Scratch};
use crate::setup::{self, Purpose};
use crate::step::{self, Failure, Result, told};
use crate::system::CHROMIUM;
use crate::{paths, proof, run, rust, ui};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Everything,
    /// What answers within a minute or two of a change.
    Quick,
}

/// Whether the window's tests write the screenshots of the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screenshots {
    Refresh,
    Leave,
}

/// Says on how many displays side by side the window's tests run; one if it is not set. Two take half the time, but a busy machine
/// then loses keys that a test presses.
const DISPLAYS: &str = "BACKLOT_DISPLAYS";

/// Runs the tests, and fails if any did.
pub fn run(extent: Extent) -> Result<()> {
    let everything = extent == Extent::Everything;
    let _scratch = Scratch::begin();
    setup::prepare(if everything { Purpose::Test } else { Purpose::Build })?;
    let table = Table::default();

    table.step("format", || step::quiet("looks at the format of the Rust code", &mut cargo(&["fmt", "--all", "--check"])));
    for (script, what) in [("check", "checks the UI's types"), ("lint", "lints the UI"), ("test", "tests the UI's parts")] {
        if ui::has_script(script) {
            table.step(&format!("UI {script}"), || step::loud(what, &mut ui::npm(&["run", script])));
        }
    }
    let build = with_window(&["test", "--no-run"], Profile::Dev);
    let build = || step::loud("builds everything with its tests", &mut cargo(&build));
    if !table.step("UI build", ui::build) {
        table.skip("Rust", "the UI was not built, and the window embeds it");
    } else if !table.step("build", build) {
        table.skip("tests", "the build failed");
    } else if everything {
        browser(&table);
        parts(&table, extent);
        rest(&table);
        window_side_by_side(&table);
    } else {
        parts(&table, extent);
    }
    table.close()
}

/// The tests of the interface in a browser, against an imitation of the backend.
fn browser(table: &Table) {
    if ui::has_script("test:browser") {
        table.step("UI browser", || step::loud("tests the UI in a browser", &mut ui::npm(&["run", "test:browser"])));
    }
}

/// The same against the real backend, which the loopback host serves.
fn in_browser(names: &[&str]) -> Command {
    let words = ["run", "test:real"].iter().chain(if names.is_empty() { &[][..] } else { &["--"] }).chain(names);
    let mut command = ui::npm(&words.copied().collect::<Vec<_>>());
    command.env("BACKLOT_TEST_HOST", rust::programs(Profile::Dev).join("backlot-test-host"));
    command
}

/// Builds the programs that tests start which are not of Rust: the loopback host, and the CLI beside it.
fn build_programs() -> Result<()> {
    let words = with_window(&["build", "--bin", "backlot", "--bin", "backlot-test-host"], Profile::Dev);
    step::loud("builds the programs that the tests of the UI start", &mut cargo(&words))
}

/// Runs the tests in a browser against the real backend, or those of the files whose names contain one of `names`.
pub fn browser_alone(names: &[&str]) -> Result<()> {
    let _scratch = Scratch::begin();
    setup::prepare(Purpose::Test)?;
    build_programs()?;
    step::loud("tests the UI in a browser against the real backend", &mut in_browser(names))
}

/// Serves the interface to a browser with the loopback host, until it is ended.
pub fn web() -> Result<()> {
    setup::prepare(Purpose::Build)?;
    build_programs()?;
    let mut dev = ui::npm(&["run", "dev"]);
    dev.env("BACKLOT_TEST_HOST", rust::programs(Profile::Dev).join("backlot-test-host"));
    step::loud("serves the interface", &mut dev)
}

/// The tests in the real window.
fn window_side_by_side(table: &Table) {
    if cfg!(not(target_os = "linux")) {
        return table.skip("window", "only Linux has a driver for its webview");
    }
    let displays = std::env::var(DISPLAYS).ok().and_then(|count| count.parse().ok()).unwrap_or(1).max(1);
    if displays == 1 {
        table.step("window", || in_window(&[], Screenshots::Leave));
        return;
    }
    match window_tests() {
        Ok(names) => std::thread::scope(|scope| {
            for part in 0..displays {
                let names: Vec<&str> = names.iter().skip(part).step_by(displays).map(String::as_str).collect();
                scope.spawn(move || {
                    step::beside_others();
                    table.step(&format!("window {} of {displays}", part + 1), || window_part(part, &names));
                });
            }
        }),
        Err(failure) => drop(table.step("window", || Err(failure))),
    }
}

/// The tests of the library, the CLI and the rules of the code.
fn parts(table: &Table, extent: Extent) {
    let everything = extent == Extent::Everything;
    let parts = ["test", "--no-fail-fast", "--lib", "--bins", "--test", "integration", "--test", "tidy"];
    let mut parts = cargo(&with_window(&parts, Profile::Dev));
    let fresh = paths::own().join("bindings");
    parts.env("TS_RS_EXPORT_DIR", &fresh);
    // The corpus of images is compared in it, which takes its time: an empty name leaves that out.
    let chromium = if everything { paths::program(CHROMIUM) } else { None };
    parts.env("BACKLOT_CHROMIUM", chromium.unwrap_or_default());
    let _ = fs::remove_dir_all(&fresh);
    table.step("unit, integration, tidy", || step::loud("tests the library, the CLI and the rules of the code", &mut parts));
    table.step("bindings", || step::work("compares the UI's types with those the library makes", || bindings(&fresh)));
}

/// What else is looked at when everything is.
fn rest(table: &Table) {
    table.step("crash", || step::loud("tests crashes", &mut cargo(&with_window(&["test", "--test", "crash"], Profile::Dev))));
    table.step("clippy", || {
        let words = ["clippy", "--all-targets", "--", "-D", "warnings"];
        step::loud("lints the Rust code", &mut cargo(&with_window(&words, Profile::Dev)))
    });
    table.step("broken variants", proof::builds);
    table.step("doc tests", || {
        step::loud("tests the examples in the documentation", &mut cargo(&with_window(&["test", "--doc"], Profile::Dev)))
    });
    if paths::has(&["cargo-deny"]) {
        let words = ["deny", "--all-features", "--offline", "check", "bans", "licenses", "sources"];
        table.step("cargo deny", || step::quiet("looks at licences, sources and banned crates", &mut cargo(&words)));
    } else {
        table.skip("cargo deny", "not installed (cargo install cargo-deny)");
    }
    if cfg!(target_os = "linux") {
        table.step("run", run::with_declared_programs);
    }
}

/// Runs the crash tests at every single moment, again and again until `minutes` have passed; a round that began is finished.
pub fn torture(minutes: u64) -> Result<()> {
    let _scratch = Scratch::begin();
    setup::prepare(Purpose::Test)?;
    ui::build()?;
    let started = Instant::now();
    let mut rounds = 0;
    while rounds == 0 || started.elapsed().as_secs() < minutes * 60 {
        rounds += 1;
        // With the numbers of moments that the tests print.
        let mut round = cargo(&with_window(&["test", "--test", "crash", "--", "--nocapture"], Profile::Dev));
        step::loud(&format!("round {rounds}: kills and starves the program at every moment"), round.env("BACKLOT_TORTURE", "1"))?;
    }
    println!("{rounds} rounds, nothing lost.");
    Ok(())
}

/// Runs the tests in the real window, or those whose name contains one of `names`.
pub fn window(names: &[&str], screenshots: Screenshots) -> Result<()> {
    let _scratch = Scratch::begin();
    setup::prepare(Purpose::Test)?;
    ui::build()?;
    in_window(names, screenshots)
}

fn in_window(names: &[&str], screenshots: Screenshots) -> Result<()> {
    let words = [&["test", "--test", "e2e", "--", "--test-threads=1"], names].concat();
    let build = with_window(&["test", "--no-run"], Profile::Dev);
    step::loud("builds what the window's tests need", &mut cargo(&build))?;
    let display = Display::start()?;
    let mut tests = display.command(&cargo(&with_window(&words, Profile::Dev)));
    scratch::leave(&mut tests);
    if screenshots == Screenshots::Refresh {
        tests.env("BACKLOT_SCREENSHOTS", "1");
    }
    step::loud("tests the real window", &mut tests)
}

/// The names of the tests in the window.
fn window_tests() -> Result<Vec<String>> {
    let words = ["test", "--test", "e2e", "--", "--list", "--format", "terse"];
    let listed = step::output(&mut cargo(&with_window(&words, Profile::Dev))).unwrap_or_default();
    let names: Vec<String> = listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect();
    if names.is_empty() { Err(Failure::new("the tests in the window could not be listed")) } else { Ok(names) }
}

/// Runs some of the window's tests on a display of their own.
fn window_part(part: usize, names: &[&str]) -> Result<()> {
    let display = Display::start()?;
    let words = [&["test", "--test", "e2e", "--", "--test-threads=1", "--exact"], names].concat();
    let mut tests = display.command(&cargo(&with_window(&words, Profile::Dev)));
    scratch::leave(&mut tests);
    step::loud(&format!("tests the real window, part {}", part + 1), &mut tests)
}

/// Measures something in the real window as users have it: the journeys of `tests/e2e` in `module`, into
/// `docs/benchmarks/<module>.md`.
pub fn measure(module: &str) -> Result<()> {
    setup::prepare(Purpose::Test)?;
    ui::build()?;
    let build = with_window(&["test", "--test", "e2e", "--no-run"], Profile::Release);
    step::loud("builds the programs with optimisations", &mut cargo(&build))?;
    let display = Display::start()?;
    let journeys = format!("{module}::");
    let words = ["test", "--test", "e2e", "--", "--test-threads=1", &journeys];
    let mut measurement = display.command(&cargo(&with_window(&words, Profile::Release)));
    measurement.env("BACKLOT_MEASURE", paths::root().join(format!("docs/benchmarks/{module}.md")));
    step::loud("measures the real window", &mut measurement)
}

/// Compares the committed types with those just made, and brings the committed ones up to date when they differ.
fn bindings(fresh: &Path) -> Result<()> {
    let committed = paths::ui().join("src/lib/bindings");
    let made = listing(fresh)?;
    if made.is_empty() {
        return Err(Failure::new("the tests made no types for the UI: did they run at all?"));
    }
    // What somebody wrote by hand beside them is theirs.
    let generated = |(_, text): &(PathBuf, String)| text.contains("generated by [ts-rs]");
    let known: Vec<_> = listing(&committed)?.into_iter().filter(generated).collect();

    let mut stale: Vec<String> = uncommitted(&committed).into_iter().map(|line| format!("not committed: {line}")).collect();
    for (name, text) in made.iter().filter(|file| !known.contains(file)) {
        let path = committed.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(told("make", folder))?;
        }
        fs::write(&path, text).map_err(told("write", &path))?;
        stale.push(format!("written: {}", path.display()));
    }
    for (name, _) in known.iter().filter(|(name, _)| made.iter().all(|(other, _)| other != name)) {
        let path = committed.join(name);
        fs::remove_file(&path).map_err(told("remove", &path))?;
        stale.push(format!("removed: {}", path.display()));
    }
    if stale.is_empty() {
        return Ok(());
    }
    let stale = stale.join("\n    ");
    Err(Failure::new(format!("the UI's types were not those of the library. They are now; look at them and commit them:\n    {stale}")))
}

fn listing(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).map_err(told("read", &path))?;
        Ok((path.strip_prefix(folder).unwrap_or(&path).to_path_buf(), text))
    };
    ui::files(folder, &[]).into_iter().map(read).collect()
}

/// In CI, where nothing may be left to commit: what git says of the folder.
fn uncommitted(folder: &Path) -> Vec<String> {
    if std::env::var_os("CI").is_none() {
        return vec![];
    }
    let mut git = Command::new("git");
    git.args(["status", "--porcelain", "--"]).arg(folder).current_dir(paths::root());
    step::output(&mut git).map(|lines| lines.lines().map(|line| line.trim().to_owned()).collect()).unwrap_or_default()
}

/// What happened to each step.
#[derive(Debug, Default)]
struct Table {
    rows: Mutex<Vec<Row>>,
}

#[derive(Debug)]
struct Row {
    name: String,
    outcome: Outcome,
    /// From its start to its end.
    wall: Duration,
    /// What its commands took of the processors.
    processor: Duration,
}

#[derive(Debug)]
enum Outcome {
    Passed,
    Failed(Failure),
    Skipped(String),
}

impl Table {
    /// Runs a step, and says whether it passed.
    fn step(&self, name: &str, step: impl FnOnce() -> Result<()>) -> bool {
        let (started, spent) = (Instant::now(), step::spent());
        let outcome = match step() {
            Ok(()) => Outcome::Passed,
            Err(failure) => {
                eprintln!("  ✗ {failure}");
                Outcome::Failed(failure)
            }
        };
        let passed = matches!(outcome, Outcome::Passed);
        self.note(Row { name: name.to_owned(), outcome, wall: started.elapsed(), processor: step::spent().saturating_sub(spent) });
        passed
    }

    fn skip(&self, name: &str, why: &str) {
        step::say(&format!("→ {name}: skipped, {why}\n"));
        let outcome = Outcome::Skipped(why.to_owned());
        self.note(Row { name: name.to_owned(), outcome, wall: Duration::ZERO, processor: Duration::ZERO });
    }

    fn note(&self, row: Row) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
    }

    fn close(self) -> Result<()> {
        let rows = self.rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        println!("\n  {:<24} {:<8} {:>12} {:>12}", "", "", "wall", "processor");
        for Row { name, outcome, wall, processor } in &rows {
            let (result, note) = match outcome {
                Outcome::Passed => ("passed", ""),
                Outcome::Failed(_) => ("FAILED", ""),
                Outcome::Skipped(why) => ("skipped", why.as_str()),
            };
            let times = format!("{:>12} {:>12}", step::seconds(*wall), step::seconds(*processor));
            println!("{}", format!("  {name:<24} {result:<8} {times}  {note}").trim_end());
        }
        let failures: Vec<String> = rows
            .iter()
            .filter_map(|row| match &row.outcome {
                Outcome::Failed(failure) => Some(format!("{}: {failure}", row.name)),
                Outcome::Passed | Outcome::Skipped(_) => None,
            })
            .collect();
        if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n✗ "))) }
    }
}
