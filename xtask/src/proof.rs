//! `cargo xtask broken`: shows that the tests of the store's promises can fail.
//!
//! It works on a copy of the sources with a target folder of its own, kept between runs so that only our crate is compiled
//! again: nothing of the tree itself is touched, whenever this is interrupted. First the copy as it is must pass each test;
//! then it is broken in one place after the other, and the test named with that place must fail.

use crate::broken::{Test, VARIANTS, Variant};
use crate::rust::cargo;
use crate::setup::{self, Purpose};
use crate::step::{self, Failure, Result, told};
use crate::{paths, ui};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test may take: the slowest of them takes ten seconds on a small machine.
const LIMIT: Duration = Duration::from_secs(300);

/// What a run of one test came to.
#[derive(Debug)]
enum Verdict {
    Passed,
    /// What it said.
    Failed(String),
    Hung,
    /// It passed only because it cannot be run here: a disk takes root and a loop device.
    NotRun,
}

/// What became of a variant.
#[derive(Debug)]
enum Outcome {
    Caught(String),
    NotTried,
    Survived(String),
}

/// Breaks the store in every way of the list, or in those whose name contains one of `names`; each must be caught.
pub fn run(names: &[&str]) -> Result<()> {
    let chosen = |variant: &&Variant| names.is_empty() || names.iter().any(|name| variant.name.contains(name));
    let variants: Vec<&Variant> = VARIANTS.iter().filter(chosen).collect();
    if variants.is_empty() {
        return Err(Failure::new(format!("no broken variant has a name with {}", names.join(" or "))));
    }
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("only Linux can run the crash tests: they kill the program with strace"));
    }
    setup::prepare(Purpose::Test)?;
    let copy = SourceCopy::make()?;
    // All before the first is built: a place that was rewritten is told at once.
    for variant in &variants {
        copy.broken(variant)?;
    }
    let tests: BTreeSet<Test> = variants.iter().map(|variant| variant.test).collect();
    step::work("builds the tests of the sound store", || copy.build("sound", &tests))?;
    let mut not_run = Vec::new();
    for test in &tests {
        match step::work(&format!("must pass: {}", test.name()), || copy.test("sound", *test))? {
            Verdict::Passed => {}
            Verdict::NotRun => not_run.push(*test),
            Verdict::Failed(why) => {
                return Err(Failure::new(format!("{} fails on the sound store, so it proves nothing: {why}", test.name())));
            }
            Verdict::Hung => return Err(Failure::new(format!("{} does not end on the sound store", test.name()))),
        }
    }
    let mut rows = Vec::new();
    for variant in variants {
        let what = format!("must fail with “{}”: {}", variant.name, variant.test.name());
        let outcome = if not_run.contains(&variant.test) { Outcome::NotTried } else { step::work(&what, || copy.try_variant(variant))? };
        rows.push((variant, outcome));
    }
    close(&rows)
}

/// A copy of the sources, and who else may not work on it meanwhile.
#[derive(Debug)]
struct SourceCopy {
    sources: PathBuf,
    target: PathBuf,
    /// Where the tests put their files, so that what a hung one leaves can be found.
    temps: PathBuf,
    _lock: File,
}

impl SourceCopy {
    fn make() -> Result<Self> {
        let folder = paths::own().join("broken");
        fs::create_dir_all(&folder).map_err(told("make", &folder))?;
        let lock = folder.join("lock");
        let held = File::create(&lock).map_err(told("write", &lock))?;
        held.try_lock().map_err(|_| Failure::new(format!("another `cargo xtask broken` works in {}", folder.display())))?;
        let temps = std::env::temp_dir().join(format!("backlot-broken-{}", std::process::id()));
        fs::create_dir_all(&temps).map_err(told("make", &temps))?;
        let copy = Self { sources: folder.join("sources"), target: folder.join("target"), temps, _lock: held };
        step::work("copies the sources", || copy.refresh())?;
        Ok(copy)
    }

    /// Writes what differs only, so that cargo compiles no more than that.
    fn refresh(&self) -> Result<()> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(paths::root());
        let names = step::output(&mut git).ok_or_else(|| Failure::new("git does not say which files are sources"))?;
        let names: BTreeSet<&str> = names.split('\0').filter(|name| paths::root().join(name).is_file()).collect();
        for old in ui::files(&self.sources, &[]) {
            let name = old.strip_prefix(&self.sources).ok().and_then(Path::to_str);
            if name.is_none_or(|name| !names.contains(name)) {
                fs::remove_file(&old).map_err(told("remove", &old))?;
            }
        }
        for name in names {
            let from = paths::root().join(name);
            let bytes = fs::read(&from).map_err(told("read", &from))?;
            let to = self.sources.join(name);
            if fs::read(&to).is_ok_and(|found| found == bytes) {
                continue;
            }
            let folder = to.parent().unwrap_or(&self.sources);
            fs::create_dir_all(folder).map_err(told("make", folder))?;
            fs::write(&to, bytes).map_err(told("write", &to))?;
        }
        Ok(())
    }

    /// A variant's file, its sound text and its broken one.
    fn broken(&self, variant: &Variant) -> Result<(PathBuf, String, String)> {
        let path = self.sources.join(variant.file);
        let sound = fs::read_to_string(&path).map_err(told("read", &path))?;
        let broken = broken(&sound, variant)?;
        Ok((path, sound, broken))
    }

    fn try_variant(&self, variant: &Variant) -> Result<Outcome> {
        let (path, sound, broken) = self.broken(variant)?;
        fs::write(&path, broken).map_err(told("write", &path))?;
        let built = self.build(variant.name, &BTreeSet::from([variant.test]));
        let verdict = built.and_then(|()| self.test(variant.name, variant.test));
        fs::write(&path, sound).map_err(told("write", &path))?;
        Ok(match verdict? {
            Verdict::Failed(why) if variant.says.iter().any(|says| why.contains(says)) => Outcome::Caught(why),
            Verdict::Failed(why) => Outcome::Survived(format!("it failed for another reason: {why}")),
            Verdict::Passed | Verdict::NotRun => Outcome::Survived("the test passed".to_owned()),
            Verdict::Hung => Outcome::Survived(format!("the test did not end within {}", step::seconds(LIMIT))),
        })
    }

    /// `cargo test` in the copy. Without the window: the library and the command line are all these tests need.
    fn cargo(&self, words: &[&str]) -> Command {
        let mut command = cargo(&[&["test", "--quiet"], words].concat());
        command.current_dir(&self.sources).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// What does not compile is no variant, so building is apart from testing.
    fn build(&self, name: &str, tests: &BTreeSet<Test>) -> Result<()> {
        let mut words = vec!["--no-run"];
        for target in tests.iter().map(|test| test.target()).collect::<BTreeSet<_>>() {
            words.extend(target);
        }
        let (log, output) = log(&format!("build-{name}"))?;
        let mut command = self.cargo(&words);
        command.stdin(Stdio::null()).stdout(output.0).stderr(output.1);
        if command.status().is_ok_and(|status| status.success()) {
            return Ok(());
        }
        println!("\n{}", fs::read_to_string(&log).unwrap_or_default());
        Err(Failure::new(format!("“{name}” does not compile; {} has it all", log.display())))
    }

    fn test(&self, name: &str, test: Test) -> Result<Verdict> {
        let (log, output) = log(&format!("{name}-{}", test.name()))?;
        let mut command = self.cargo(test.target());
        command.args(["--", "--exact", test.name(), "--nocapture"]).env("TMPDIR", &self.temps).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(output.0).stderr(output.1);
        let ended = ends_in_time(&mut command)?;
        self.clear();
        let said = fs::read_to_string(&log).map_err(told("read", &log))?;
        if !ended {
            return Ok(Verdict::Hung);
        }
        if said.contains("test result: ok. 1 passed") {
            // One disk is enough, and ext4 is the one that is mounted to do nothing of itself.
            return Ok(if said.contains("not run on ext4") { Verdict::NotRun } else { Verdict::Passed });
        }
        if said.contains("test result: FAILED. 0 passed; 1 failed") {
            return Ok(Verdict::Failed(panics(&said)));
        }
        Err(Failure::new(format!("there is no test {}, or it did not run: {}", test.name(), log.display())))
    }

    /// Removes what the tests left; a hung one may leave even a mounted disk.
    fn clear(&self) {
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        for mounted in mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(|path| Path::new(path).starts_with(&self.temps)) {
            let _ = Command::new("umount").args(["-l", mounted]).status();
        }
        for entry in fs::read_dir(&self.temps).into_iter().flatten().flatten() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for SourceCopy {
    fn drop(&mut self) {
        self.clear();
        let _ = fs::remove_dir(&self.temps);
    }
}

impl Test {
    fn name(self) -> &'static str {
        match self {
            Self::Unit(name) | Self::Integration(name) | Self::Crash(name) => name,
        }
    }

    /// Cargo's words for the program that the test is in.
    fn target(self) -> &'static [&'static str] {
        match self {
            Self::Unit(_) => &["--lib"],
            Self::Integration(_) => &["--test", "integration"],
            Self::Crash(_) => &["--test", "crash"],
        }
    }
}

/// The text with the variant's one place broken.
fn broken(text: &str, variant: &Variant) -> Result<String> {
    match text.matches(variant.sound).count() {
        1 => Ok(text.replacen(variant.sound, variant.broken, 1)),
        found => Err(Failure::new(format!(
            "the place that “{}” breaks stands {found} times in {}, not once: give the variant another in xtask/src/broken.rs",
            variant.name, variant.file
        ))),
    }
}

/// What the panics of a test said, without where they happened.
fn panics(said: &str) -> String {
    let messages = said.split("panicked at ").skip(1).filter_map(|rest| rest.split_once(":\n"));
    let messages = messages
        .map(|(_, rest)| ["\nnote: ", "\nthread '", "\ntest "].iter().fold(rest, |rest, end| rest.split(end).next().unwrap_or_default()));
    let messages = messages.map(|message| message.lines().map(str::trim).collect::<Vec<_>>().join(" "));
    messages.map(|message| message.trim().replace("assertion `left == right` failed: ", "")).collect::<Vec<_>>().join("; ")
}

/// Runs a command in a group of its own; false if it had to be ended, with all that it started.
fn ends_in_time(command: &mut Command) -> Result<bool> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command.spawn().map_err(|error| Failure::new(format!("cargo could not be started: {error}")))?;
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if is_over(&mut child)? {
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
    let _ = child.wait();
    Ok(false)
}

fn is_over(child: &mut Child) -> Result<bool> {
    child.try_wait().map(|status| status.is_some()).map_err(|error| Failure::new(format!("a test could not be waited for: {error}")))
}

/// A log, and the two handles that a command writes it with.
fn log(name: &str) -> Result<(PathBuf, (File, File))> {
    let folder = paths::own().join("logs");
    fs::create_dir_all(&folder).map_err(told("make", &folder))?;
    let name: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let path = folder.join(format!("broken-{name}.log"));
    let file = File::create(&path).map_err(told("write", &path))?;
    let errors = file.try_clone().map_err(told("write", &path))?;
    Ok((path, (file, errors)))
}

fn close(rows: &[(&Variant, Outcome)]) -> Result<()> {
    println!("\n  {:<34} {:<7} {:<10} the test, and what it said", "broken variant", "breaks", "result");
    for (variant, outcome) in rows {
        let (result, said) = match outcome {
            Outcome::Caught(why) => ("caught", format!("“{}”", short(why))),
            Outcome::NotTried => ("not tried", "it takes root and a loop device".to_owned()),
            Outcome::Survived(why) => ("SURVIVED", why.clone()),
        };
        println!("  {:<34} {:<7} {result:<10} {}", variant.name, variant.promise, variant.test.name());
        println!("  {:<34} {:<7} {:<10} {said}", "", "", "");
    }
    let count = |is: fn(&Outcome) -> bool| rows.iter().filter(|(_, outcome)| is(outcome)).count();
    let caught = count(|outcome| matches!(outcome, Outcome::Caught(_)));
    let not_tried = count(|outcome| matches!(outcome, Outcome::NotTried));
    println!("\nOf {} broken variants {caught} were caught, and {not_tried} could not be tried here.", rows.len());
    match rows.len() - caught - not_tried {
        0 => Ok(()),
        survived => Err(Failure::new(format!("{survived} survived: what their tests promise is not proved"))),
    }
}

/// As much as a line of the table holds.
fn short(said: &str) -> String {
    let mut letters = said.chars();
    let start: String = letters.by_ref().take(120).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_has_its_place_in_the_sources_and_its_test() {
        let tests: Vec<String> = ["src-tauri", "tests"]
            .iter()
            .flat_map(|folder| ui::files(&paths::root().join(folder), &[]))
            .filter_map(|path| fs::read_to_string(path).ok())
            .collect();
        for variant in VARIANTS {
            let text = fs::read_to_string(paths::root().join(variant.file)).unwrap();
            assert_ne!(broken(&text, variant).unwrap(), text);
            let function = format!("fn {}()", variant.test.name().rsplit("::").next().unwrap());
            assert!(tests.iter().any(|text| text.contains(&function)), "there is no {function}");
            assert!(
                !variant.says.is_empty() && variant.says.iter().all(|says| !says.is_empty()),
                "“{}” may fail for any reason",
                variant.name
            );
        }
    }

    #[test]
    fn what_panics_said_is_told_without_their_places() {
        let said = "\nthread 'x' (1) panicked at a.rs:1:2:\nassertion `left == right` failed: it is\n  left: 1\nnote: run with\n\nthread 'y' (2) panicked at b.rs:1:2:\nno\ntest x ... FAILED\n";
        assert_eq!(panics(said), "it is left: 1; no");
    }
}
