//! `cargo xtask broken`: shows that the tests of the store's promises can fail.
//!
//! It works on a copy of the sources, in which every variant of the list stands beside the sound code, behind a switch that the
//! variable [`SWITCH`] sets for a process and its children. So the copy is compiled once: nothing of the tree itself is touched,
//! whenever this is interrupted. First, with no switch set, the copy must pass each test; then, with one variant switched on after
//! the other, the test named with it must fail.
//!
//! Each variant is reported by itself: one whose place in the sources is gone, or that does not compile, fails the command at its
//! end and keeps no other from being tried. The ordinary tests call [`builds`], so that this is noticed by who rewrites the code.

use crate::broken::{Test, VARIANTS, Variant};
use crate::rust::cargo;
use crate::setup::{self, Purpose};
use crate::step::{self, Failure, Result, panics, told};
use crate::{paths, signal, ui};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test may take: the slowest of them takes ten seconds on a small machine.
const LIMIT: Duration = Duration::from_secs(300);

/// The variable that holds the name of the variant that is switched on.
const SWITCH: &str = "BACKLOT_BROKEN";

/// What the copy's library has besides the product's.
const IS_BROKEN: &str = r#"
#[doc(hidden)]
#[must_use]
pub fn is_broken(name: &str) -> bool {
    static SWITCHED_ON: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    SWITCHED_ON.get_or_init(|| std::env::var("BACKLOT_BROKEN").ok()).as_deref() == Some(name)
}
"#;

/// What a run of one test came to.
#[derive(Debug)]
enum Verdict {
    Passed,
    /// What it said.
    Failed(String),
    Hung,
    /// It passed only because it cannot be run here: a disk takes root and a loop device.
    NotRun,
    /// It is not there, or could not be run.
    Missing(String),
}

/// What became of a variant.
#[derive(Debug)]
enum Outcome {
    Caught(String),
    NotTried,
    Survived(String),
    /// It cannot be tried: its place is gone, or it does not compile.
    Broken(String),
}

/// Breaks the store in every way of the list, or in those whose name contains one of `names`; each must be caught.
pub fn run(names: &[&str]) -> Result<()> {
    let chosen = |variant: &&Variant| names.is_empty() || names.iter().any(|name| variant.name.contains(name));
    let chosen: Vec<&Variant> = VARIANTS.iter().filter(chosen).collect();
    if chosen.is_empty() {
        return Err(Failure::new(format!("no broken variant has a name with {}", names.join(" or "))));
    }
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("only Linux can run the crash tests: they kill the program with strace"));
    }
    setup::prepare(Purpose::Test)?;
    let copy = SourceCopy::make()?;
    let tests: BTreeSet<Test> = chosen.iter().map(|variant| variant.test).collect();
    let left_out =
        step::work("compiles the store with every variant beside the sound code", || copy.instrument(&chosen, |copy| copy.build(&tests)))?;
    let mut sound = BTreeMap::new();
    for test in &tests {
        let verdict = step::work(&format!("must pass: {}", test.name()), || copy.test(None, *test))?;
        sound.insert(*test, verdict);
    }
    let mut rows = Vec::new();
    for variant in chosen {
        let outcome = match (left_out.get(variant.name), &sound[&variant.test]) {
            (Some(why), _) => Outcome::Broken(why.clone()),
            (None, Verdict::NotRun) => Outcome::NotTried,
            (None, Verdict::Failed(why) | Verdict::Missing(why)) => {
                Outcome::Broken(format!("its test fails on the sound store, so it proves nothing: {why}"))
            }
            (None, Verdict::Hung) => Outcome::Broken("its test does not end on the sound store".to_owned()),
            (None, Verdict::Passed) => {
                let what = format!("must fail with “{}”: {}", variant.name, variant.test.name());
                step::work(&what, || copy.try_variant(variant))?
            }
        };
        rows.push((variant, outcome));
    }
    close(&rows)
}

/// Fails if a variant no longer has its place in the sources, or no longer compiles: a part of the ordinary tests.
pub fn builds() -> Result<()> {
    let copy = SourceCopy::make()?;
    let variants: Vec<&Variant> = VARIANTS.iter().collect();
    let left_out = step::work("compiles every broken variant", || copy.instrument(&variants, SourceCopy::check))?;
    if left_out.is_empty() {
        return Ok(());
    }
    let left_out: Vec<String> = left_out.iter().map(|(name, why)| format!("“{name}”: {why}")).collect();
    Err(Failure::new(format!("variants of xtask/src/broken.rs no longer fit the code:\n    {}", left_out.join("\n    "))))
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

    /// Puts the variants into the copy and builds it, without those that do not fit; answers with these and why.
    fn instrument(
        &self,
        variants: &[&'static Variant],
        build: impl Fn(&Self) -> Result<Vec<CompilerError>>,
    ) -> Result<BTreeMap<&'static str, String>> {
        let mut left_out = BTreeMap::new();
        loop {
            let fitting: Vec<&Variant> = variants.iter().copied().filter(|variant| !left_out.contains_key(variant.name)).collect();
            let places = self.switch(&fitting, &mut left_out)?;
            let errors = build(self)?;
            if errors.is_empty() {
                return Ok(left_out);
            }
            let before = left_out.len();
            for error in &errors {
                let is_here = |place: &&Place| error.file.ends_with(place.variant.file) && place.lines.contains(&error.line);
                if let Some(place) = places.iter().find(is_here) {
                    left_out.entry(place.variant.name).or_insert_with(|| format!("it does not compile: {}", error.message));
                }
            }
            if left_out.len() == before {
                let CompilerError { file, line, message } = &errors[0];
                return Err(Failure::new(format!("the copy does not compile, at no variant's place: {file}:{line}: {message}")));
            }
        }
    }

    /// Writes the files that the variants change, from the sources; answers with where each variant is now.
    fn switch(&self, variants: &[&'static Variant], left_out: &mut BTreeMap<&'static str, String>) -> Result<Vec<Place>> {
        let mut files: BTreeMap<&str, Vec<&'static Variant>> = BTreeMap::from([("src-tauri/lib.rs", vec![])]);
        // A file without a variant now may have had one in an earlier round.
        for variant in VARIANTS {
            files.entry(variant.file).or_default();
        }
        for variant in variants {
            files.entry(variant.file).or_default().push(variant);
        }
        let mut places = Vec::new();
        for (file, variants) in files {
            let from = paths::root().join(file);
            let sound = fs::read_to_string(&from).map_err(told("read", &from))?;
            let mut text = switched(&sound, &variants, &mut places, left_out);
            if file == "src-tauri/lib.rs" {
                text.push_str(IS_BROKEN);
            }
            let to = self.sources.join(file);
            // Cargo goes by the times of files: one that is the same already is left alone.
            if fs::read(&to).is_ok_and(|found| found == text.as_bytes()) {
                continue;
            }
            fs::write(&to, text).map_err(told("write", &to))?;
        }
        Ok(places)
    }

    fn try_variant(&self, variant: &Variant) -> Result<Outcome> {
        Ok(match self.test(Some(variant), variant.test)? {
            Verdict::Failed(why) if variant.says.iter().any(|says| why.contains(says)) => Outcome::Caught(why),
            Verdict::Failed(why) => Outcome::Survived(format!("it failed for another reason: {why}")),
            Verdict::Passed | Verdict::NotRun => Outcome::Survived("the test passed".to_owned()),
            Verdict::Hung => Outcome::Survived(format!("the test did not end within {}", step::seconds(LIMIT))),
            Verdict::Missing(why) => Outcome::Broken(why),
        })
    }

    /// `cargo test` in the copy. Without the window: the library and the command line are all these tests need.
    fn cargo(&self, words: &[&str]) -> Command {
        let mut command = cargo(&[&["test", "--quiet"], words].concat());
        command.current_dir(&self.sources).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    fn build(&self, tests: &BTreeSet<Test>) -> Result<Vec<CompilerError>> {
        let mut words = vec!["--no-run", "--message-format=short"];
        for target in tests.iter().map(|test| test.target()).collect::<BTreeSet<_>>() {
            words.extend(target);
        }
        compile("build", &mut self.cargo(&words))
    }

    /// Checks the copy's library with what clippy made ready of its dependencies.
    fn check(&self) -> Result<Vec<CompilerError>> {
        let mut command = cargo(&["check", "--features", "desktop", "--quiet", "--lib", "--message-format=short"]);
        compile("check", command.current_dir(&self.sources))
    }

    fn test(&self, variant: Option<&Variant>, test: Test) -> Result<Verdict> {
        let (log, output) = log(&format!("{}-{}", variant.map_or("sound", |variant| variant.name), test.name()))?;
        let mut command = self.cargo(test.target());
        command.args(["--", "--exact", test.name(), "--nocapture"]).env("TMPDIR", &self.temps).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(output.0).stderr(output.1).env_remove(SWITCH);
        if let Some(variant) = variant {
            command.env(SWITCH, variant.name);
        }
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
        Ok(Verdict::Missing(format!("there is no test {}, or it did not run: {}", test.name(), log.display())))
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

/// Where a variant is in the copy.
#[derive(Debug)]
struct Place {
    variant: &'static Variant,
    lines: RangeInclusive<usize>,
}

/// What the compiler found wrong, and where.
#[derive(Debug, PartialEq, Eq)]
struct CompilerError {
    file: String,
    line: usize,
    message: String,
}

/// A file's text with the variants beside its sound code. Those whose place is not there exactly once are left out.
fn switched(sound: &str, variants: &[&'static Variant], places: &mut Vec<Place>, left_out: &mut BTreeMap<&'static str, String>) -> String {
    let mut found = Vec::new();
    for variant in variants {
        match sound.match_indices(variant.sound).map(|(at, _)| at).collect::<Vec<_>>()[..] {
            [at] => found.push((at, *variant)),
            ref others => {
                drop(left_out.insert(variant.name, format!("its place is found {} times in {}, not once", others.len(), variant.file)));
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    let (mut text, mut done) = (String::new(), 0);
    for (at, variant) in found {
        if at < done {
            left_out.insert(variant.name, "its place is within that of another variant".to_owned());
            continue;
        }
        text.push_str(&sound[done..at]);
        let first = text.lines().count().max(1);
        text.push_str(&variant.switched());
        places.push(Place { variant, lines: first..=text.lines().count() });
        done = at + variant.sound.len();
    }
    text.push_str(&sound[done..]);
    text
}

/// Runs a command of cargo's that compiles with short messages; answers with the compiler's errors.
fn compile(name: &str, command: &mut Command) -> Result<Vec<CompilerError>> {
    let (log, output) = log(name)?;
    command.stdin(Stdio::null()).stdout(output.0).stderr(output.1);
    if command.status().is_ok_and(|status| status.success()) {
        return Ok(vec![]);
    }
    let said = fs::read_to_string(&log).map_err(told("read", &log))?;
    let errors = compiler_errors(&said);
    if errors.is_empty() {
        return Err(Failure::new(format!("the copy could not be compiled: {}", log.display())));
    }
    Ok(errors)
}

/// The errors in what cargo prints with `--message-format=short`: `path:line:column: error[E0001]: message`.
fn compiler_errors(said: &str) -> Vec<CompilerError> {
    let error = |line: &str| {
        let (place, message) = line.split_once(": error")?;
        let mut parts = place.rsplitn(3, ':');
        let (_column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        let message = message.split_once(": ").map_or(message, |(_, message)| message);
        Some(CompilerError { file: file.to_owned(), line: line.parse().ok()?, message: message.to_owned() })
    };
    said.lines().filter_map(error).collect()
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
    signal::end_group(&mut child);
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
            Outcome::Broken(why) => ("NOT TRIED", why.clone()),
        };
        println!("  {:<34} {:<7} {result:<10} {}", variant.name, variant.promise, variant.test.name());
        println!("  {:<34} {:<7} {:<10} {said}", "", "", "");
    }
    let count = |is: fn(&Outcome) -> bool| rows.iter().filter(|(_, outcome)| is(outcome)).count();
    let caught = count(|outcome| matches!(outcome, Outcome::Caught(_)));
    let not_tried = count(|outcome| matches!(outcome, Outcome::NotTried));
    println!("\nOf {} broken variants {caught} were caught, and {not_tried} could not be tried here.", rows.len());
    let broken = count(|outcome| matches!(outcome, Outcome::Broken(_)));
    match (rows.len() - caught - not_tried - broken, broken) {
        (0, 0) => Ok(()),
        (0, broken) => Err(Failure::new(format!("{broken} could not be tried: give them a new place or test in xtask/src/broken.rs"))),
        (survived, _) => Err(Failure::new(format!("{survived} survived: what their tests promise is not proved"))),
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
            let (mut places, mut left_out) = (vec![], BTreeMap::new());
            assert_ne!(switched(&text, &[variant], &mut places, &mut left_out), text);
            assert!(left_out.is_empty(), "{left_out:?}: give the variant a new place in xtask/src/broken.rs");
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
    fn a_compiler_error_names_its_variant() {
        let said =
            "warning: unused\nsrc-tauri/store/batch.rs:355:17: error[E0061]: this function takes 4 arguments\nerror: could not compile\n";
        let expected =
            CompilerError { file: "src-tauri/store/batch.rs".to_owned(), line: 355, message: "this function takes 4 arguments".to_owned() };
        assert_eq!(compiler_errors(said), [expected]);
    }

    #[test]
    fn a_variant_whose_place_is_gone_is_left_out_and_named() {
        let (mut places, mut left_out) = (vec![], BTreeMap::new());
        let text = format!("a\n{}\nb\n", VARIANTS[0].sound);
        let written = switched(&text, &[&VARIANTS[0], &VARIANTS[1]], &mut places, &mut left_out);
        assert!(written.contains("crate::is_broken(") && written.starts_with("a\n") && written.ends_with("\nb\n"));
        assert_eq!(left_out.keys().collect::<Vec<_>>(), [&VARIANTS[1].name]);
        assert!(places[0].lines.contains(&2));
    }
}
