//! The results as a page of the documentation.

use std::fmt::Write as _;
use std::process::Command;

use backlot::clock::Clock;

use crate::cell::{Cell, Contender, ITEMS, Place, catalogue};

/// The whole page.
pub fn write(cells: &[Cell], place: &Place, rounds: usize, seconds: f64) -> String {
    let date = Clock::system().now().strftime("%Y-%m-%d").to_string();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok();
        output.map_or_else(String::new, |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let system = said("findmnt", &["--noheadings", "--output", "FSTYPE", "--target", &place.data.to_string_lossy()]);
    let python =
        said("python3", &["-c", "import sqlite3, platform; print(platform.python_version(), 'with SQLite', sqlite3.sqlite_version)"]);
    let node = said("node", &["--version"]);
    let mut text = format!(
        "# The store, measured\n\n\
         Written by `cargo xtask bench store` on {date}: {cores} cores, {} on {}, Node.js {node}, Python {python}. {rounds} rounds of \
         {seconds} s for each cell, every contender in turn.\n\n\
         Each task sets the alt text of its own item of a `media.json` of {ITEMS} items ({} KB), again and again, and goes on when \
         the update is acknowledged: read, change, write and sync, under a lock. Updates/s counts what was acknowledged in time, the median \
         of the rounds; latencies are of all rounds. *Lost*: acknowledged updates that are not there at the end. *Torn*: times a reader \
         without the lock found no whole document (SQLite: its own integrity check). *Refused*: updates that failed and said so. *Ratio*: \
         updates/s against proper-lockfile + write-file-atomic in the same run.\n\n\
         lowdb is for one process and syncs nothing: what it acknowledges, a power cut may take. write-file-atomic syncs the file but not \
         the folder. SQLite writes a row where the others write the whole document. An idle-priority spinner on each core keeps a virtual \
         disk from answering late.\n\n\
         | processes × tasks | contender | updates/s | ratio | p50 ms | p99 ms | lost | torn | refused |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        std::env::consts::OS,
        if system.is_empty() { "an unknown file system" } else { &system },
        catalogue().len() / 1000,
    );
    for cell in cells {
        let milliseconds = |hundredths| cell.percentile(hundredths).map_or_else(|| "–".to_owned(), |time| format!("{time:.1}"));
        let _ = writeln!(
            text,
            "| {} × {} | {} | {:.0} | {} | {} | {} | {} | {} | {} |",
            cell.processes,
            cell.tasks,
            cell.contender.name(),
            cell.rate(),
            ratio(cells, cell).map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.1}")),
            milliseconds(50),
            milliseconds(99),
            cell.lost,
            cell.torn,
            cell.refused
        );
    }
    text
}

fn ratio(cells: &[Cell], cell: &Cell) -> Option<f64> {
    let measure = cells
        .iter()
        .find(|other| other.contender == Contender::ProperLockfile && (other.processes, other.tasks) == (cell.processes, cell.tasks))?;
    (measure.rate() > 0.0).then(|| cell.rate() / measure.rate())
}
