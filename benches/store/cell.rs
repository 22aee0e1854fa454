//! One cell of the table: a contender with so many processes and tasks, run again and again.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Failure, worker};

/// How many items the document has.
pub const ITEMS: usize = 500;
/// How often the reader looks.
const GLANCE: Duration = Duration::from_millis(5);

/// Where the rivals are installed, and where the documents are kept while they are measured.
#[derive(Debug)]
pub struct Place {
    pub rivals: PathBuf,
    pub data: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    Backlot,
    ProperLockfile,
    Filelock,
    Lowdb,
    Sqlite,
}

impl Contender {
    pub const ALL: &[Self] = &[Self::Backlot, Self::ProperLockfile, Self::Filelock, Self::Lowdb, Self::Sqlite];

    pub fn name(self) -> &'static str {
        match self {
            Self::Backlot => "Backlot",
            Self::ProperLockfile => "proper-lockfile + write-file-atomic",
            Self::Filelock => "filelock (Python)",
            Self::Lowdb => "lowdb (not synced)",
            Self::Sqlite => "SQLite FULL (a row each)",
        }
    }

    fn command(self, place: &Place) -> Result<Command, Failure> {
        let script = |program: &str, name: &str| {
            let mut command = Command::new(program);
            command.arg(place.rivals.join(name)).env("PYTHONPATH", place.rivals.join("python")).env("PYTHONDONTWRITEBYTECODE", "1");
            command
        };
        Ok(match self {
            Self::Backlot => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("worker");
                command
            }
            Self::ProperLockfile => script("node", "proper-lockfile.mjs"),
            Self::Lowdb => script("node", "lowdb.mjs"),
            Self::Filelock => script("python3", "filelock_json.py"),
            Self::Sqlite => script("python3", "sqlite_full.py"),
        })
    }
}

/// What was measured, over all rounds so far.
#[derive(Debug)]
pub struct Cell {
    pub contender: Contender,
    pub processes: usize,
    pub tasks: usize,
    /// Updates per second, acknowledged in time; one number for each round.
    pub rates: Vec<f64>,
    /// Of every acknowledged update, in microseconds.
    pub latencies: Vec<u64>,
    /// Acknowledged updates that were not there at the end.
    pub lost: u64,
    /// Times the document could not be read by who looked in between.
    pub torn: u64,
    /// Updates that failed, and said so.
    pub refused: u64,
}

impl Cell {
    pub fn new(contender: Contender, processes: usize, tasks: usize) -> Self {
        Self { contender, processes, tasks, rates: Vec::new(), latencies: Vec::new(), lost: 0, torn: 0, refused: 0 }
    }

    /// Runs the cell once more.
    pub fn run(&mut self, place: &Place, seconds: f64) -> Result<(), Failure> {
        let folder = place.data.join("run");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let document = folder.join("demos/bench/site/uploads/media.json");
        fs::create_dir_all(document.parent().unwrap_or(&folder))?;
        fs::create_dir_all(folder.join("state/locks"))?;
        fs::write(&document, catalogue())?;
        let file = match self.contender {
            Contender::Backlot => folder.clone(),
            Contender::Sqlite => folder.join("media.sqlite"),
            _ => document.clone(),
        };
        if self.contender == Contender::Sqlite {
            let made = self.contender.command(place)?.arg(&file).arg("make").arg(&document).status()?;
            if !made.success() {
                return Err("the database could not be made".into());
            }
        }
        let is_over = AtomicBool::new(false);
        let torn = AtomicU64::new(0);
        let told: Result<Vec<String>, Failure> = std::thread::scope(|scope| {
            if self.contender != Contender::Sqlite {
                scope.spawn(|| look(&document, &is_over, &torn));
            }
            let told = self.work(place, &file, seconds);
            is_over.store(true, Ordering::SeqCst);
            told
        });
        self.torn += torn.into_inner();
        let text = if self.contender == Contender::Sqlite {
            String::from_utf8(self.contender.command(place)?.arg(&file).arg("tell").output()?.stdout)?
        } else {
            fs::read_to_string(&document)?
        };
        self.count(&told?, &serde_json::from_str(&text)?, seconds)?;
        Ok(fs::remove_dir_all(&folder)?)
    }

    fn work(&self, place: &Place, file: &Path, seconds: f64) -> Result<Vec<String>, Failure> {
        let mut children: Vec<(Child, BufReader<ChildStdout>)> = Vec::new();
        for process in 0..self.processes {
            let mut command = self.contender.command(place)?;
            command.arg(file).args([(process * self.tasks).to_string(), self.tasks.to_string(), seconds.to_string()]);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
            let output = child.stdout.take().ok_or("a worker has no output")?;
            children.push((child, BufReader::new(output)));
        }
        for (_, output) in &mut children {
            output.read_line(&mut String::new())?;
        }
        for (child, _) in &mut children {
            child.stdin.as_mut().ok_or("a worker has no input")?.write_all(b"go\n")?;
        }
        let mut told = Vec::new();
        for (child, output) in &mut children {
            let mut text = String::new();
            output.read_to_string(&mut text)?;
            if !child.wait()?.success() {
                return Err(format!("a worker of {} failed", self.contender.name()).into());
            }
            told.extend(text.lines().map(str::to_owned));
        }
        Ok(told)
    }

    /// Compares what each task was told with what is there.
    fn count(&mut self, told: &[String], document: &Value, seconds: f64) -> Result<(), Failure> {
        if told.len() != self.processes * self.tasks {
            return Err(format!("{} tasks of {} told how it went", told.len(), self.contender.name()).into());
        }
        let mut in_time = 0;
        for line in told {
            let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
            let [item, acknowledged, refused, acknowledged_in_time, latencies @ ..] = numbers.as_slice() else {
                return Err(format!("a worker said: {line}").into());
            };
            let id = worker::id(usize::try_from(*item)?);
            let items = document["files"].as_array().map_or(&[][..], Vec::as_slice);
            let found = items.iter().find(|entry| entry["id"] == id.as_str()).and_then(|entry| entry["metadata"]["alt"].as_str());
            let found: u64 = found.and_then(|text| text.parse().ok()).unwrap_or_default();
            self.lost += acknowledged.saturating_sub(found);
            self.refused += refused;
            self.latencies.extend(latencies);
            in_time += u32::try_from(*acknowledged_in_time)?;
        }
        if document["sound"] == false {
            self.torn += 1;
        }
        self.rates.push(f64::from(in_time) / seconds);
        Ok(())
    }

    /// The median of the rounds.
    pub fn rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    }

    /// The latency that so many hundredths of the updates do not exceed, in milliseconds.
    pub fn percentile(&self, hundredths: usize) -> Option<f64> {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let at = (latencies.len() * hundredths / 100).min(latencies.len().checked_sub(1)?);
        Some(Duration::from_micros(*latencies.get(at)?).as_secs_f64() * 1000.0)
    }

    /// The cell in one line, for who watches.
    pub fn line(&self) -> String {
        format!(
            "{} × {} {}: {:.0}/s, lost {}, torn {}, refused {}",
            self.processes,
            self.tasks,
            self.contender.name(),
            self.rates.last().copied().unwrap_or_default(),
            self.lost,
            self.torn,
            self.refused
        )
    }
}

/// Reads the document as anybody may, without a lock, and counts how often it is not whole.
fn look(document: &Path, is_over: &AtomicBool, torn: &AtomicU64) {
    while !is_over.load(Ordering::SeqCst) {
        let whole = fs::read(document).is_ok_and(|bytes| {
            serde_json::from_slice::<Value>(&bytes).is_ok_and(|found| found["files"].as_array().is_some_and(|files| files.len() == ITEMS))
        });
        if !whole {
            torn.fetch_add(1, Ordering::SeqCst);
        }
        std::thread::sleep(GLANCE);
    }
}

/// A catalogue of some 300 KB, in one line as the rivals write it.
pub fn catalogue() -> String {
    let items: Vec<Value> = (0..ITEMS)
        .map(|number| {
            let name = format!("summer-terrace-with-guests-{number:04}.jpg");
            json!({
                "id": worker::id(number),
                "filename": name,
                "originalName": format!("Summer terrace with guests {number:04}.JPG"),
                "type": "image/jpeg",
                "size": 1_234_567 + number,
                "uploaded": "2026-03-01T08:30:00.000Z",
                "path": format!("/uploads/images/{name}"),
                "metadata": {"alt": "0", "title": "Terrace – été", "caption": "The terrace in the evening."},
                "usedIn": ["index"],
                "width": 2400,
                "height": 1600,
                "sizes": {
                    "thumb": {"path": format!("/uploads/images/thumb-{name}"), "width": 150, "height": 100},
                    "large": {"path": format!("/uploads/images/large-{name}"), "width": 1280, "height": 853},
                },
            })
        })
        .collect();
    json!({ "files": items }).to_string()
}
