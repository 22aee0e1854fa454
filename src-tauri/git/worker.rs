//! The child process in which git works, and the parent's side of it.
//!
//! A job goes in on standard input as one line of JSON, progress and the result come out on standard output, a line
//! each. Standard input stays open for as long as the parent lives: when it ends, whatever the reason, the child ends
//! at once. While it works the child holds a lock of its own, so that nobody cleans up under its hands in the moment
//! between its parent's death and its own.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::clone::{CloneJob, Cloned, clone};
use super::mirror::{FetchJob, Fetched, fetch};
use super::submodule_fetch::{FetchedSubmodule, SubmoduleJob, fetch_submodules};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::progress::{OnProgress, Progress};
use crate::store::{Mode, Wait, work_lock};

/// The argument that turns either program into the worker.
pub const ARGUMENT: &str = "__git";
/// How long a source may be silent before it is given up.
const SILENCE: Duration = Duration::from_secs(60);
/// The least time between two progress lines of one phase: ten a second.
const PACE: Duration = Duration::from_millis(100);
/// How soon a cancel is noticed.
const GLANCE: Duration = Duration::from_millis(20);

/// How to start the child: this program again.
#[derive(Debug, Clone)]
pub struct Worker {
    program: PathBuf,
    locks: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    job: Job,
    locks: PathBuf,
    owner: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Job {
    Fetch(FetchJob),
    Clone(CloneJob),
    Submodules(SubmoduleJob),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Progress(Progress),
    Done(serde_json::Value),
    Failed(Error),
}

impl Worker {
    /// A worker that is `program` (one of ours) started with [`ARGUMENT`], its lock in the folder `locks`.
    pub fn new(program: PathBuf, locks: PathBuf) -> Self {
        Self { program, locks }
    }

    /// Brings a mirror up to date; see [`FetchJob`]. `owner` names the worker's lock, for [`work_lock`].
    ///
    /// # Errors
    /// Those of the job; `Cancelled`; `Timeout` if nothing is heard for a minute.
    pub fn fetch(&self, job: FetchJob, owner: &str, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Fetched> {
        self.run(Job::Fetch(job), owner, on_progress, cancel)
    }

    /// Clones out of a mirror; see [`CloneJob`]. `owner` names the worker's lock, for [`work_lock`].
    ///
    /// # Errors
    /// Those of the job; `Cancelled`; `Timeout` if nothing is heard for a minute.
    pub fn clone_site(&self, job: CloneJob, owner: &str, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Cloned> {
        self.run(Job::Clone(job), owner, on_progress, cancel)
    }

    /// Fetches submodules into a staging folder; see [`SubmoduleJob`]. `owner` names the worker's lock, for [`work_lock`].
    ///
    /// # Errors
    /// Those of the job; `Cancelled`; `Timeout` if nothing is heard for a minute.
    pub fn fetch_submodules(
        &self,
        job: SubmoduleJob,
        owner: &str,
        on_progress: OnProgress<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<FetchedSubmodule>> {
        self.run(Job::Submodules(job), owner, on_progress, cancel)
    }

    fn run<R: DeserializeOwned>(&self, job: Job, owner: &str, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<R> {
        cancel.check()?;
        let order = Order { job, locks: self.locks.clone(), owner: owner.to_owned() };
        let failed = |cause: std::io::Error| Error::io("start git's worker", &self.program, &cause);
        let mut command = Command::new(&self.program);
        // Ctrl-C goes to every process of a terminal's group: the parent alone decides what becomes of the work.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(failed)?;
        let mut child = Ended { stdin: None, child };
        let mut stdin = child.child.stdin.take();
        if let Some(stdin) = &mut stdin {
            let mut line = serde_json::to_vec(&order).unwrap_or_default();
            line.push(b'\n');
            stdin.write_all(&line).map_err(failed)?;
        }
        child.stdin = stdin;
        let Some(stdout) = child.child.stdout.take() else { return Err(Error::new(Code::Internal, "Git's worker has no output.")) };
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut heard = Instant::now();
        loop {
            cancel.check()?;
            match lines.recv_timeout(GLANCE) {
                Ok(line) => {
                    heard = Instant::now();
                    match serde_json::from_str(&line) {
                        Ok(Line::Progress(progress)) => on_progress(progress),
                        Ok(Line::Done(result)) => {
                            return serde_json::from_value(result)
                                .map_err(|cause| Error::new(Code::Internal, format!("Git's worker answered something else: {cause}.")));
                        }
                        Ok(Line::Failed(error)) => return Err(error),
                        Err(cause) => tracing::warn!(line, error = %cause, "git's worker said something else"),
                    }
                }
                Err(RecvTimeoutError::Timeout) if heard.elapsed() > SILENCE => {
                    return Err(Error::new(
                        Code::Timeout,
                        "The other side has not answered for a minute. What was begun has been removed; check the connection, then retry.",
                    ));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(
                        Code::Git,
                        "Git's worker ended before its work was done. What was begun has been removed; retry.",
                    ));
                }
            }
        }
    }
}

/// A child that does not outlive its handle: every way out of [`Worker::run`] ends it.
struct Ended {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's own `main`, when the program was started with [`ARGUMENT`]; none otherwise. To be called first of all.
pub fn main() -> Option<ExitCode> {
    if std::env::args_os().nth(1).is_none_or(|argument| argument != ARGUMENT) {
        return None;
    }
    let mut stdin = std::io::stdin().lock();
    let mut line = String::new();
    let order: Order = match stdin.read_line(&mut line).map_err(serde_json::Error::io).and_then(|_| serde_json::from_str(&line)) {
        Ok(order) => order,
        Err(cause) => {
            let code = if cause.is_io() { Code::Io } else { Code::Internal };
            return Some(answer(&Line::Failed(Error::new(code, format!("Git's worker was given no order: {cause}.")))));
        }
    };
    drop(stdin);
    std::thread::spawn(|| {
        // Nothing more is ever sent: this returns when the parent closes its end or is gone.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
    let held = work_lock(&order.locks, &order.owner).take(Mode::Exclusive, Wait::Patiently);
    let result = held.and_then(|_held| match &order.job {
        Job::Fetch(job) => fetch(job, &report).map(|fetched| serde_json::json!(fetched)),
        Job::Clone(job) => clone(job, &report).map(|cloned| serde_json::json!(cloned)),
        Job::Submodules(job) => fetch_submodules(job, &report).map(|fetched| serde_json::json!(fetched)),
    });
    Some(answer(&match result {
        Ok(result) => Line::Done(result),
        Err(error) => Line::Failed(error),
    }))
}

/// Sends a progress line, unless one of the same phase was sent just now.
fn report(progress: Progress) {
    static LAST: Mutex<Option<(Instant, Progress)>> = Mutex::new(None);
    let Ok(mut last) = LAST.lock() else { return };
    let too_soon = last.as_ref().is_some_and(|(at, before)| {
        before.phase == progress.phase && at.elapsed() < PACE && (*before == progress || !is_complete(&progress))
    });
    if !too_soon {
        answer(&Line::Progress(progress.clone()));
        *last = Some((Instant::now(), progress));
    }
}

fn is_complete(progress: &Progress) -> bool {
    progress.files_total > 0 && progress.files == progress.files_total
        || progress.objects_total > 0 && progress.objects == progress.objects_total && progress.files_total == 0
}

fn answer(line: &Line) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let sent = serde_json::to_writer(&mut out, line).map_err(std::io::Error::from).and_then(|()| writeln!(out)).and_then(|()| out.flush());
    if sent.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
