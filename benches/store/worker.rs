//! What runs in processes of its own: Backlot's worker, and what keeps the cores awake.

use std::io::{BufRead as _, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use backlot::clock::Clock;
use backlot::media::Media;
use backlot::media::model::MediaChange;
use backlot::workspace::Workspace;
use uuid::Uuid;

use crate::Failure;

/// The id of an item, as the workers of the rivals make it.
pub fn id(number: usize) -> String {
    format!("0197a000-0000-7000-8000-{number:012x}")
}

/// `<workspace> <first item> <tasks> <seconds>`; `benches/rivals/lib.mjs` says what is printed.
pub fn run(arguments: &[&str]) -> Result<(), Failure> {
    let [root, first, tasks, seconds] = arguments else { return Err("worker <workspace> <first item> <tasks> <seconds>".into()) };
    let (first, tasks): (usize, usize) = (first.parse()?, tasks.parse()?);
    let workspace = Workspace::at(Path::new(root).to_owned());
    let media = Media::new(&workspace, &workspace.demo("bench"), Uuid::nil(), Clock::system());
    println!("ready");
    std::io::stdin().lock().read_line(&mut String::new())?;
    let end = Instant::now() + Duration::from_secs_f64(seconds.parse()?);
    let lines: Vec<String> = std::thread::scope(|scope| {
        let media = &media;
        let threads: Vec<_> = (first..first + tasks).map(|item| scope.spawn(move || task(media, item, end))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    println!("{}", lines.join("\n"));
    Ok(())
}

fn task(media: &Media, item: usize, end: Instant) -> String {
    let (mut acknowledged, mut refused, mut in_time) = (0_u64, 0_u64, 0_u64);
    let mut latencies = String::new();
    let id = id(item);
    while Instant::now() < end {
        let started = Instant::now();
        let metadata = MediaChange { alt: Some((acknowledged + 1).to_string()), ..MediaChange::default() };
        if let Err(error) = media.set(&id, &metadata, None) {
            if refused == 0 {
                eprintln!("{error}");
            }
            refused += 1;
            continue;
        }
        acknowledged += 1;
        in_time += u64::from(Instant::now() <= end);
        latencies.push(' ');
        latencies.push_str(&started.elapsed().as_micros().to_string());
    }
    format!("{item} {acknowledged} {refused} {in_time}{latencies}")
}

/// Turns round until its parent is gone.
pub fn spin() -> Result<(), Failure> {
    std::thread::spawn(|| {
        loop {
            std::hint::spin_loop();
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A process per core that runs when nothing else does: a virtual disk answers an idle core only every 4 ms or so.
#[derive(Debug)]
pub struct Spinners(Vec<Child>);

impl Spinners {
    pub fn start() -> Result<Self, Failure> {
        let cores = std::thread::available_parallelism()?.get();
        let this = std::env::current_exe()?;
        let idle = Command::new("chrt").args(["-i", "0", "true"]).status().is_ok_and(|status| status.success());
        let start = || {
            let mut command = Command::new(if idle { "chrt" } else { "nice" });
            command.args(if idle { ["-i", "0"] } else { ["-n", "19"] }).arg(&this).arg("spin");
            command.stdin(Stdio::piped()).spawn()
        };
        Ok(Self((0..cores).map(|_| start()).collect::<Result<_, _>>()?))
    }
}

impl Drop for Spinners {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill().and_then(|()| child.wait());
        }
    }
}
