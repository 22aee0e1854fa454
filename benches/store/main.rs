//! The store against what else one could take to keep a document that several processes change.
//!
//! `cargo xtask bench store` installs the rivals and runs this. Every cell (so many processes, so many tasks in each) is run
//! for every contender in turn before the next cell, and all of it again in each round, so that a busy moment of the machine
//! meets them alike. Each task counts up in an item of its own: what was acknowledged must be there at the end.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal, and a worker that is read by its output")]
#![expect(clippy::disallowed_methods, reason = "a benchmark makes its own documents, beside the store that it measures")]

mod cell;
mod report;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use cell::{Cell, Contender, Place};

/// Why the benchmark could not go on.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long the tasks of one cell update, in seconds.
const SECONDS: f64 = 1.8;
/// How often every cell is run, when it need not be quick.
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["worker", rest @ ..] => worker::run(rest),
        ["spin"] => worker::spin(),
        [rivals, data, report] => bench(rivals.into(), data.into(), report.into(), ROUNDS, None),
        [rivals, data, report, "--quick"] => bench(rivals.into(), data.into(), report.into(), 1, None),
        // One cell, such as `8x16`, to look at closely.
        [rivals, data, report, "--only", cell] => bench(rivals.into(), data.into(), report.into(), ROUNDS, Some(cell)),
        _ => {
            println!("Run it with `cargo xtask bench store`.");
            return ExitCode::SUCCESS;
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench(rivals: PathBuf, data: PathBuf, report: PathBuf, rounds: usize, only: Option<&str>) -> Result<(), Failure> {
    let place = Place { rivals, data };
    let _spinners = worker::Spinners::start()?;
    let mut cells: Vec<Cell> = Vec::new();
    for tasks in [1, 16] {
        for processes in [1, 2, 4, 8] {
            cells.extend(Contender::ALL.iter().map(|contender| Cell::new(*contender, processes, tasks)));
        }
    }
    cells.retain(|cell| cell.contender != Contender::Lowdb || cell.processes == 1);
    cells.retain(|cell| only.is_none_or(|only| format!("{}x{}", cell.processes, cell.tasks) == only));
    for round in 1..=rounds {
        for cell in &mut cells {
            cell.run(&place, SECONDS)?;
            println!("round {round}: {}", cell.line());
        }
    }
    let text = report::write(&cells, &place, rounds, SECONDS);
    println!("\n{text}");
    std::fs::write(&report, text)?;
    let harm: u64 = cells.iter().filter(|cell| cell.contender == Contender::Backlot).map(|cell| cell.lost + cell.torn).sum();
    if harm > 0 {
        return Err(format!("Backlot's own store lost or tore {harm} updates.").into());
    }
    Ok(())
}
