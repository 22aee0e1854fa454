//! Every operation of the CLI, killed and failed at every system call: exit code, message, disk and a second try agree.
//!
//! - What succeeded is done. What failed has changed nothing, unless its code is `Indeterminate`. What was killed is done or not.
//! - There is no state in between, and what a dead process left is gone after the next operation.
//! - No message says that nothing was changed when something was.
//! - The same command again does it, or says that it is done.
//!
//! `BACKLOT_TORTURE=1` takes every point of every operation; otherwise a few of each. How many were struck is printed.

mod cancel;
mod state;
mod strikes;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::moments::{Ended, Lasting, Strike};
use crate::support::{BACKLOT, TestWorkspace, pictures};
use state::{OUTSIDE, State, left_over};
use strikes::{Point, points, strike};
use table::{ELSEWHERE, OPERATIONS, Operation, base};

/// Points of an operation that the short form takes: of one that changes something, and of one that only reads.
const SHORT: (usize, usize) = (9, 2);
/// Points at which an operation looks at a file that the short form of [`what_cannot_be_looked_at_is_not_taken_for_absent`] takes.
const LOOKS: usize = 40;
/// How many faults are printed.
const MOST_FAULTS: usize = 60;
/// What a message says when nothing was changed.
const UNCHANGED: &[&str] =
    &["Nothing was", "Nothing of it", "unchanged", "as it was", "as they were", "was left", "were left", "untouched"];

/// The points struck so far, in all tests of this process.
static STRUCK: AtomicUsize = AtomicUsize::new(0);

/// An operation at work: the state before it, and the state after it.
struct Trial<'a> {
    operation: &'a Operation,
    workspace: &'a TestWorkspace,
    arguments: Vec<String>,
    before: State,
    after: State,
    /// The code it fails with when nothing happens to it; some commands say so what they found.
    own_code: String,
    faults: Vec<String>,
}

impl Trial<'_> {
    /// Puts the workspace as it was before.
    fn rewind(&self) {
        rewind(self.workspace);
        (self.operation.each)(self.workspace);
    }

    /// The state as it counts for this operation.
    fn state(&self) -> State {
        let state = State::read(self.workspace);
        if self.operation.leaves_record { state.without_records() } else { state }
    }

    fn run(&mut self, point: Point) -> bool {
        self.rewind();
        let ended = strike(self.workspace, self.operation.follows, point, &self.arguments);
        let found = self.state();
        let answer = String::from_utf8_lossy(&ended.output.stdout).into_owned();
        let found = if ended.succeeded() { found.without_kept(&answer) } else { found };
        let (is_before, is_after) = (found == self.before, found == self.after);
        let mut faults = Vec::new();
        if !is_before && !is_after {
            let (nearer, which) = if ended.succeeded() { (&self.after, "after") } else { (&self.before, "before") };
            faults.push(format!("in between; from the state {which}: {}", nearer.difference(&found)));
        } else if ended.succeeded() && !is_after {
            faults.push("it says it is done, and it is not".to_owned());
        } else if !ended.succeeded() && !ended.was_killed() {
            faults.extend(self.check_failure(&ended, is_before, is_after));
        }
        faults.extend(self.try_again(is_before));
        let words = self.operation.command;
        let Point { call, nth, strike, .. } = point;
        let message = String::from_utf8_lossy(&ended.output.stderr).trim().to_owned();
        self.faults.extend(
            faults.into_iter().map(|fault| format!("{words} {:?}: {strike:?} at {call} {nth}: {fault} [{message:.300}]", self.arguments)),
        );
        ended.was_struck
    }

    /// What is wrong with how it failed.
    fn check_failure(&self, ended: &Ended, is_before: bool, is_after: bool) -> Option<String> {
        let (code, stderr) = (ended.code(), String::from_utf8_lossy(&ended.output.stderr));
        if stderr.trim().is_empty() {
            // The message itself could not be written, which leaves the exit code: it promises nothing.
            return None;
        }
        if code.is_empty() {
            return Some("it says no code".to_owned());
        }
        let says_unchanged = UNCHANGED.iter().any(|words| stderr.contains(words));
        let says_done = stderr.contains("It was done");
        match code.as_str() {
            "Internal" => Some("a defect".to_owned()),
            "Indeterminate" if says_unchanged && !is_before => Some("it says that nothing was changed, and it was".to_owned()),
            "Indeterminate" if says_done && !is_after => Some("it says that it was done, and it was not".to_owned()),
            "Indeterminate" => None,
            own if own == self.own_code => None,
            _ if !is_before => Some("it failed, and it is done".to_owned()),
            _ => None,
        }
    }

    /// What is wrong after the same command again, which nothing happens to.
    fn try_again(&self, was_before: bool) -> Vec<String> {
        let output = self.workspace.command(&self.words()).arg("--json").output().expect("the CLI starts");
        let ended = Ended { output, was_struck: false };
        let (code, mut faults) = (ended.code(), Vec::new());
        let is_fine = if was_before {
            ended.succeeded() || code == self.own_code
        } else {
            ended.succeeded() || matches!(code.as_str(), "AlreadyExists" | "NotFound" | "WrongState")
        };
        if !is_fine {
            faults.push(format!("the second try fails: {}", String::from_utf8_lossy(&ended.output.stderr).trim()));
        }
        let found = self.state();
        if was_before && is_fine && found != self.after {
            faults.push(format!("after the second try: {}", self.after.difference(&found)));
        }
        // An operation that takes the demo's lock and changes nothing.
        for demo in found.0.keys().filter_map(|key| key.strip_prefix("demo ")).filter(|slug| !slug.contains('/')) {
            self.workspace.run(&["media", "usage", demo]);
        }
        let left = left_over(self.workspace);
        if !left.is_empty() {
            faults.push(format!("left over: {}", left.join(", ")));
        }
        faults
    }

    fn words(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }
}

fn is_torture() -> bool {
    std::env::var_os("BACKLOT_TORTURE").is_some()
}

/// Strikes every operation of these nouns, at every point or at some.
fn strike_all(nouns: &[&str]) {
    let is_meant = |operation: &Operation| nouns.contains(&operation.command.split(' ').next().unwrap_or_default());
    strike_some(
        &nouns.join(", "),
        is_meant,
        |points, writes, number| {
            if is_torture() { points.to_vec() } else { sample(points, writes, number) }
        },
    );
}

/// Strikes the operations that are meant at the points that `pick` takes of theirs, by whether they change anything and by their number.
fn strike_some(what: &str, is_meant: impl Fn(&Operation) -> bool, pick: impl Fn(&[Point], bool, usize) -> Vec<Point>) {
    let workspace = base();
    keep(&workspace, "base");
    let (mut faults, mut struck) = (Vec::new(), 0);
    let only = std::env::var("BACKLOT_OPERATION").unwrap_or_default();
    let meant = OPERATIONS.iter().filter(|operation| is_meant(operation));
    for (number, operation) in meant.filter(|operation| operation.command.contains(&only)).enumerate() {
        put_back(&workspace, "base");
        let arguments: Vec<String> = operation.command.split(' ').map(str::to_owned).chain((operation.ready)(&workspace)).collect();
        keep(&workspace, "image");
        (operation.each)(&workspace);
        let mut trial = Trial {
            operation,
            workspace: &workspace,
            arguments,
            before: State::default(),
            after: State::default(),
            own_code: String::new(),
            faults: Vec::new(),
        };
        trial.before = trial.state();
        let (points, clean) = points(&workspace, operation.follows, is_torture(), &trial.arguments);
        let clean = Ended { output: clean, was_struck: false };
        trial.own_code = clean.code();
        trial.after = trial.state();
        let said = String::from_utf8_lossy(&clean.output.stderr).into_owned();
        assert!(clean.succeeded() || !operation.writes, "{:?}: {said}", trial.arguments);
        assert_eq!(trial.before != trial.after, operation.writes, "{:?}: {}", trial.arguments, trial.before.difference(&trial.after));
        let wanted = pick(&points, operation.writes, number);
        assert!(!wanted.is_empty(), "{:?} has no point", trial.arguments);
        struck += wanted.into_iter().filter(|point| trial.run(*point)).count();
        // What may still run for it.
        workspace.run(&["preview", "stop", "one"]);
        faults.append(&mut trial.faults);
    }
    print_count(what, struck);
    let count = faults.len();
    faults.truncate(MOST_FAULTS);
    assert!(count == 0, "{count} faults at {struck} points:\n{}", faults.join("\n"));
}

/// Says how many points were struck, as `cargo xtask torture` shows it.
fn print_count(what: &str, struck: usize) {
    let all = STRUCK.fetch_add(struck, Ordering::SeqCst) + struck;
    eprintln!("operations: {struck} points of {what} were struck ({all} so far)");
}

/// Some of an operation's points, others for each operation; of those that change something, if it does.
fn sample(points: &[Point], writes: bool, number: usize) -> Vec<Point> {
    let points: Vec<Point> = points.iter().filter(|point| !writes || point.writes).copied().collect();
    let wanted = if writes { SHORT.0 } else { SHORT.1 };
    let stride = (points.len() / wanted).max(1);
    points.iter().skip(number % stride).step_by(stride).take(wanted).copied().collect()
}

/// Keeps the workspace, and what is outside it, under a name.
fn keep(workspace: &TestWorkspace, name: &str) {
    let kept = workspace.beside(name);
    let _ = fs::remove_dir_all(&kept);
    copy(&workspace.root, &kept.join("workspace"));
    copy(&workspace.beside(OUTSIDE), &kept.join(OUTSIDE));
}

fn rewind(workspace: &TestWorkspace) {
    put_back(workspace, "image");
}

/// Puts the workspace as it was kept. Its folder stays the same one, by which the workspace knows that it is no copy.
fn put_back(workspace: &TestWorkspace, name: &str) {
    end_previews(workspace);
    for (folder, kept) in [(workspace.root.clone(), "workspace"), (workspace.beside(OUTSIDE), OUTSIDE)] {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
        copy(&workspace.beside(name).join(kept), &folder);
    }
}

/// A preview that runs would go on in a workspace that is none any more.
fn end_previews(workspace: &TestWorkspace) {
    if !workspace.names("state/previews").is_empty() {
        workspace.run(&["preview", "stop", "one"]);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, place) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &place);
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path()).unwrap(), place).unwrap();
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

#[test]
fn demos_struck_at_any_call_are_as_the_answer_says() {
    strike_all(&["demo"]);
}

#[test]
fn media_struck_at_any_call_are_as_the_answer_says() {
    strike_all(&["media"]);
}

#[test]
fn pages_and_menus_struck_at_any_call_are_as_the_answer_says() {
    strike_all(&["page", "menu", "settings", "doctor"]);
}

#[test]
fn templates_previews_and_builds_struck_at_any_call_are_as_the_answer_says() {
    strike_all(&["template", "preview", "build", "builds"]);
}

#[test]
fn an_import_that_is_recorded_when_the_disk_fails_is_finished_later() {
    let workspace = base();
    let arguments: Vec<String> = ["media", "add", "one", &workspace.file("b.jpg", pictures::jpeg(300, 200, 7))].map(str::to_owned).into();
    // The first file that is put in its place, and each one after it.
    let point = Point { call: "renameat2", nth: 1, strike: Strike::Fail("ENOSPC", Lasting::FromThenOn), writes: true };
    let ended = strike(&workspace, true, point, &arguments);
    assert_eq!(ended.code(), "Indeterminate", "{:?}", ended.output);
    let files = workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len();
    assert_eq!(files, 2, "it is finished by whoever comes next");
    assert_eq!(workspace.state("one"), "ready");
    assert_eq!(left_over(&workspace), Vec::<String>::new());
}

#[test]
fn what_cannot_be_looked_at_is_not_taken_for_absent() {
    let commands = ["media replace", "media rename", "media remove", "media usage", "page rename", "build"];
    strike_some(
        "looks",
        |operation| commands.contains(&operation.command),
        |points, _, number| {
            let is_look = |point: &&Point| point.call == "openat2" && matches!(point.strike, Strike::Fail("EIO", _));
            let looks: Vec<Point> = points.iter().filter(is_look).copied().collect();
            let stride = if is_torture() { 1 } else { looks.len().div_ceil(LOOKS) };
            looks.into_iter().skip(number % stride).step_by(stride).collect()
        },
    );
}

#[test]
fn what_cannot_be_read_is_not_said_to_be_gone() {
    let workspace = base();
    let mut struck = 0;
    for command in [&["demo", "list"][..], &["demo", "show", "one"], &["demo", "list", "--trash"]] {
        let arguments: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let expected = workspace.json(command);
        let (points, _) = points(&workspace, false, true, &arguments);
        // Not the reads of the program's own libraries.
        let is_look = |point: &Point| ["getdents64", "openat2"].contains(&point.call) && matches!(point.strike, Strike::Fail("EIO", _));
        for point in points.into_iter().filter(is_look) {
            let ended = strike(&workspace, false, point, &arguments);
            struck += usize::from(ended.was_struck);
            let said: serde_json::Value = serde_json::from_slice(&ended.output.stdout).unwrap_or_default();
            // A demo whose own document cannot be read is listed with that.
            let has_one = said.as_array().map_or(said["slug"] == "one", |demos| demos.iter().any(|demo| demo["slug"] == "one"));
            let is_true = said == expected || has_one;
            assert!(if ended.succeeded() { is_true } else { ended.code() != "NotFound" }, "{command:?} {point:?}: {:?}", ended.output);
        }
    }
    print_count("lists", struck);
    assert!(struck > 20, "{struck}");
}

/// The commands below `words`, as the help lists them, each with its own; one that has none is an operation.
fn leaves(words: &[&str]) -> BTreeSet<String> {
    let output = Command::new(BACKLOT).args(words).arg("--help").output().expect("the CLI starts");
    let help = String::from_utf8(output.stdout).expect("text");
    let Some((_, commands)) = help.split_once("Commands:\n") else { return BTreeSet::from([words.join(" ")]) };
    let names = commands.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split_whitespace().next()?;
        (!line.starts_with("   ") && name != "help").then_some(name)
    });
    names.flat_map(|name| leaves(&[words, &[name]].concat())).collect()
}

#[test]
fn every_command_is_in_the_table_of_operations() {
    let listed = leaves(&[]);
    let known = OPERATIONS.iter().map(|operation| operation.command).chain(ELSEWHERE.iter().map(|(command, _)| *command));
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert!(listed.len() > 40, "{listed:?}");
    assert_eq!(listed, known, "a command without a row in tests/crash/operations/table.rs");
}
