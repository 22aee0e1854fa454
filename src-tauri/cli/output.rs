//! What is printed, as text or as one JSON document, and how a closed pipe is survived.

use std::io::{IsTerminal, Write};

use backlot::api::Step;
use backlot::error::{Code, Error, Result};
use backlot::export::model::{Build, Phase as BuildPhase, State};
use backlot::progress::{Phase, Progress};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// Where and how results are printed.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints `value` as JSON, or `text` of it.
    pub fn result<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) {
        if let Err(error) = self.outcome(value, text, Ok(())) {
            self.error(&error);
            std::process::exit(1);
        }
    }

    /// As [`Output::result`], of what was done in part, or found something: that is the error of `outcome`.
    ///
    /// # Errors
    /// That of `outcome`; `Indeterminate` if all was done and cannot be printed.
    pub fn outcome<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String, outcome: Result<()>) -> Result<()> {
        let line = if self.json { serde_json::to_string_pretty(value).unwrap_or_default() } else { text(value) };
        match writeln!(std::io::stdout(), "{}", line.trim_end()) {
            // Who closed the pipe has seen enough: that is no failure.
            Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe && outcome.is_ok() => Err(Error::new(
                Code::Indeterminate,
                format!("It was done, but the answer could not be printed: {cause}. Asking again tells."),
            )),
            _ => outcome,
        }
    }

    /// Prints one line on stderr.
    pub fn error(self, error: &Error) {
        let line = if self.json { serde_json::to_string(error).unwrap_or_default() } else { format!("backlot: {}", error.message) };
        let _ = writeln!(std::io::stderr(), "{line}");
    }

    /// Shows how far long work is, on a terminal only.
    pub fn step(self, step: Step<'_>) {
        if !self.json && std::io::stderr().is_terminal() {
            let line: String = describe(step).chars().take(100).collect();
            let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
        }
    }

    /// Says something that is no part of the result, on a terminal only.
    pub fn note(self, text: &str) {
        if !self.json && std::io::stderr().is_terminal() {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Takes the progress line away.
    pub fn end_progress(self) {
        if !self.json && std::io::stderr().is_terminal() {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

fn describe(step: Step<'_>) -> String {
    match step {
        Step::Fetch(progress) => fetched(progress),
        Step::Import(import) => {
            let name = import.current.as_deref().and_then(|file| file.rsplit('/').next()).unwrap_or_default();
            format!("Adding media: {} of {} {name}", import.done, import.total)
        }
        Step::Build(Build { state: State::Running { phase, done, total }, .. }) => {
            let what = match phase {
                BuildPhase::Rendering => "Rendering pages",
                BuildPhase::Writing => "Writing files",
                BuildPhase::Finishing => "Waiting for the disk to confirm",
            };
            format!("{what}: {done} of {total}")
        }
        Step::Build(_) => String::new(),
        Step::Said(line) => format!("Starting the preview: {line}"),
    }
}

fn fetched(progress: &Progress) -> String {
    let of = |done: u64, total: u64| if total == 0 { done.to_string() } else { format!("{done} of {total}") };
    let megabytes = format!("{}.{} MB", progress.bytes / 1_000_000, progress.bytes / 100_000 % 10);
    match progress.phase {
        Phase::Waiting => "Waiting for another fetch of this template".to_owned(),
        Phase::Fetching => format!("Fetching objects: {}, {megabytes}", of(progress.objects, progress.objects_total)),
        Phase::Checking => "Looking the template through".to_owned(),
        Phase::CheckingOut => format!("Writing files: {}, {megabytes}", of(progress.files, progress.files_total)),
        Phase::Organizing => format!("Putting assets in place: {}", of(progress.files, progress.files_total)),
        Phase::Syncing => "Waiting for the disk to confirm".to_owned(),
    }
}

/// Lines with their columns aligned.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or_default())
        .collect();
    let line = |row: &Vec<String>| {
        // Padded by what a terminal shows of it: some characters take two columns, some none.
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
