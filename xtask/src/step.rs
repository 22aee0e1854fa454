//! One step of a command: said before it starts, timed, and explained when it fails.

use crate::{paths, signal};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why a command of ours could not go on, in words for the person who ran it.
#[derive(Debug)]
pub struct Failure(String);

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Says what could not be done to which file.
pub fn told<'a, E: fmt::Display>(what: &'a str, path: &'a std::path::Path) -> impl FnOnce(E) -> Failure + 'a {
    move |error| Failure::new(format!("cannot {what} {}: {error}", path.display()))
}

/// A duration as these commands print it.
pub fn seconds(time: Duration) -> String {
    if time >= Duration::from_secs(60) {
        format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60)
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

thread_local! {
    /// What the steps of this thread have said and nobody has seen yet, if they run beside those of others.
    static HELD: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The processor time of the commands of this thread.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Lets the steps of this thread run beside those of others: what each says is printed in one piece, once it has ended.
pub fn beside_others() {
    HELD.set(Some(String::new()));
}

/// The processor time of the commands that this thread has run so far.
pub fn spent() -> Duration {
    SPENT.get()
}

/// Prints some words; those of a step beside others once its line is whole.
pub fn say(words: &str) {
    let whole = HELD.with_borrow_mut(|held| match held {
        None => Some(words.to_owned()),
        Some(held) => {
            held.push_str(words);
            words.ends_with('\n').then(|| std::mem::take(held))
        }
    });
    if let Some(whole) = whole {
        let mut output = std::io::stdout().lock();
        let _ = output.write_all(whole.as_bytes()).and_then(|()| output.flush());
    }
}

/// Does some work of our own as a step.
pub fn work<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("→ {what} … "));
    let started = Instant::now();
    let outcome = work();
    say(&format!("{}{}\n", if outcome.is_ok() { "" } else { "failed after " }, seconds(started.elapsed())));
    outcome
}

/// Runs a command whose output is worth seeing: as it comes, or where it runs beside others, once it has ended.
pub fn loud(what: &str, command: &mut Command) -> Result<()> {
    let header = format!("→ {what} …  $ {}\n", line(command));
    let started = Instant::now();
    let (outcome, output) = if HELD.with_borrow(Option::is_some) {
        let log = logged(what, command)?;
        let outcome = finish(command, "");
        (outcome, fs::read(&log).map(|output| String::from_utf8_lossy(&output).into_owned()).unwrap_or_default())
    } else {
        say(&header);
        (finish(command, ""), String::new())
    };
    let header = if HELD.with_borrow(Option::is_some) { header } else { String::new() };
    let ended = if outcome.is_ok() { "done in" } else { "failed after" };
    say(&format!("{header}{output}  {ended} {}\n", seconds(started.elapsed())));
    outcome
}

/// Sends what a command prints to a log of its own; answers where that is.
fn logged(what: &str, command: &mut Command) -> Result<PathBuf> {
    let log = log_of(what)?;
    let file = File::create(&log).map_err(told("write", &log))?;
    let errors = file.try_clone().map_err(told("write", &log))?;
    command.stdout(file).stderr(errors);
    Ok(log)
}

/// Runs a command whose output is kept in a log, and shown only when the command fails.
pub fn quiet(what: &str, command: &mut Command) -> Result<()> {
    work(what, || {
        let log = logged(what, command)?;
        let outcome = finish(command, &format!("\nThe whole log: {}", log.display()));
        if outcome.is_err() {
            say(&format!("\n{}\n", tail(&fs::read_to_string(&log).unwrap_or_default(), 60)));
        }
        outcome
    })
}

/// Runs a command that may fail, since something else can be tried: its output goes to a log only.
pub fn attempt(what: &str, command: &mut Command) -> bool {
    say(&format!("→ {what} … "));
    let started = Instant::now();
    let done = logged(what, command).and_then(|_| finish(command, ""));
    say(&format!("{}{}\n", if done.is_ok() { "" } else { "not yet, after " }, seconds(started.elapsed())));
    done.is_ok()
}

/// As [`quiet`], for a test that drives something: a failure is told in the words that its panic has, without a backtrace.
pub fn driven(what: &str, command: &mut Command) -> Result<()> {
    work(what, || {
        let log = logged(what, command.env("RUST_BACKTRACE", "0"))?;
        finish(command, "").map_err(|failure| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let panicked = panics(&said);
            let why = if panicked.is_empty() { format!("{failure}\n{}", tail(&said, 20)) } else { panicked };
            Failure::new(format!("{why}\nThe whole log: {}", log.display()))
        })
    })
}

/// What the panics of a test said, without where they happened.
pub fn panics(said: &str) -> String {
    let messages = said.split("panicked at ").skip(1).filter_map(|rest| rest.split_once(":\n"));
    let messages = messages.map(|(_, rest)| {
        ["\nnote: ", "\nthread '", "\ntest ", "\nstack backtrace:"]
            .iter()
            .fold(rest, |rest, end| rest.split(end).next().unwrap_or_default())
    });
    let messages = messages.map(|message| message.lines().map(str::trim).collect::<Vec<_>>().join(" "));
    messages.map(|message| message.trim().replace("assertion `left == right` failed: ", "")).collect::<Vec<_>>().join("; ")
}

/// What a command prints, or nothing when it fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as one would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words.map(|word| quoted(&word.to_string_lossy())).collect();
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_=./:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn finish(command: &mut Command, note: &str) -> Result<()> {
    let folder = command.get_current_dir().map(|folder| format!("  (in {})", folder.display())).unwrap_or_default();
    let typed = line(command);
    let ended = command.stdin(Stdio::null()).spawn().and_then(|mut child| signal::wait_timed(&mut child));
    let ended = ended.map(|(status, time)| {
        SPENT.set(SPENT.get() + time.unwrap_or_default());
        status
    });
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("this failed with {status}:\n    {typed}{folder}{note}"))),
        Err(error) => Err(Failure::new(format!("this could not be started ({error}):\n    {typed}{folder}"))),
    }
}

fn log_of(what: &str) -> Result<PathBuf> {
    let folder = paths::own().join("logs");
    fs::create_dir_all(&folder).map_err(told("make", &folder))?;
    let name: String = what.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).take(60).collect();
    Ok(folder.join(format!("{}.log", name.trim_matches('-'))))
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_printed_as_one_would_type_it() {
        let mut command = Command::new("echo");
        command.args(["plain", "two words", "it's", ""]);
        assert_eq!(line(&command), r"echo plain 'two words' 'it'\''s' ''");
    }

    #[test]
    fn panics_are_reported_without_their_locations() {
        let said = "\nthread 'x' (1) panicked at a.rs:1:2:\nassertion `left == right` failed: it is\n  left: 1\nnote: run with\n\nthread 'y' (2) panicked at b.rs:1:2:\nno\nstack backtrace:\n  0: main\ntest x ... FAILED\n";
        assert_eq!(panics(said), "it is left: 1; no");
    }

    #[test]
    fn the_tail_of_a_log_is_its_last_lines() {
        assert_eq!(tail("a\nb\nc", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
    }
}
