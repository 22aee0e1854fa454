//! Ten previews at once under load: whether any request fails, whether memory grows, whether stopping leaves anything behind.
//!
//! `cargo xtask bench preview` runs this. The previews run in a process of their own, as in the app; the load comes from this
//! one, over connections that are kept open, each request at its own time whether or not the one before it was quick. Every
//! answer is looked at: its status, its length, and that it is of the right demo.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal, and a server that is read by its output")]
#![expect(clippy::disallowed_methods, reason = "a benchmark makes its own files and takes its own time")]

mod load;
mod report;
mod server;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use load::Load;
use server::Server;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How many previews run at once.
const PREVIEWS: usize = 10;
/// How many requests each is asked every second.
const RATE: u32 = 500;
/// How long a busy preview warms up before anything counts.
const WARM_UP: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    if let Some(ended) = backlot::git::worker::main().or_else(backlot::process::main) {
        return ended;
    }
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", root] => server::serve(root.as_ref()),
        [data, report] => bench(data.as_ref(), report.as_ref(), Duration::from_secs(30)),
        [data, report, "--quick"] => bench(data.as_ref(), report.as_ref(), Duration::from_secs(5)),
        // Whether what grows in half a minute goes on growing.
        [data, report, "--seconds", seconds] => match seconds.parse() {
            Ok(seconds) => bench(data.as_ref(), report.as_ref(), Duration::from_secs(seconds)),
            Err(_) => Err(format!("“{seconds}” is no number of seconds").into()),
        },
        _ => {
            println!("Run it with `cargo xtask bench preview`.");
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench(data: &Path, report: &Path, time: Duration) -> Result<(), Failure> {
    let root = data.join("preview");
    if root.exists() {
        std::fs::remove_dir_all(&root)?;
    }
    let mut server = Server::start(&root)?;
    println!("{PREVIEWS} previews run at the ports {:?}", server.ports);
    let idle = server.memory()?;
    load::run(&server, WARM_UP)?;
    let load: Load = load::run(&server, time)?;
    let stopped = server.stop()?;
    let text = report::write(idle, &load, &stopped, time);
    println!("\n{text}");
    std::fs::write(report, &text)?;
    std::fs::remove_dir_all(&root)?;
    if load.errors > 0 || !stopped.is_clean() || load.growth() > report::GROWTH {
        return Err("A request failed, memory grew, or something was left behind.".into());
    }
    Ok(())
}
