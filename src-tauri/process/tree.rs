//! A tree of processes from the outside: started, heard, ended.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::keeper::{ARGUMENT, Line};
use super::table::Marked;
use crate::error::{Code, Error, Result};

/// How long the keeper has to say that the command runs.
const START: Duration = Duration::from_secs(10);
/// How long the last of what was said is waited for, once everything has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A command to run as a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The program and its arguments; never a shell line.
    pub command: Vec<String>,
    /// Where it runs.
    pub folder: PathBuf,
    /// What is set in its environment, beside what this process has; none takes a variable away.
    pub environment: HashMap<String, Option<String>>,
    /// What marks its processes; must be used once only.
    pub mark: String,
    /// How long it has to end by itself when it is asked to, before it is killed.
    pub grace: Duration,
}

/// How a tree ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The command ended by itself, with that status.
    Exited(i32),
    /// The command was ended by that signal, by somebody else.
    Signalled(i32),
    /// It was asked to.
    Stopped,
    /// What kept it was killed; the rest of it was ended.
    Lost,
}

/// A tree that runs. Dropping it ends it.
pub struct Tree {
    marked: Marked,
    stdin: Mutex<Option<ChildStdin>>,
    ended: Arc<(Mutex<Option<Ended>>, Condvar)>,
}

impl Tree {
    /// Starts a command under a keeper, which is `program` (one of ours). What the command says on standard output and standard
    /// error goes to `on_output`, in order; `on_end` is called once, after the last of it. Both on a thread of their own.
    ///
    /// # Errors
    /// `NotFound` if there is no such command or folder; `NotWritable` if it may not be run; `Io`; `Timeout`.
    pub fn start(
        program: &Path,
        order: &Order,
        on_output: impl FnMut(&[u8]) + Send + 'static,
        on_end: impl FnOnce(Ended) + Send + 'static,
    ) -> Result<Self> {
        let failed = |cause: std::io::Error| Error::io("start the keeper of a command", program, &cause);
        let mut command = Command::new(program);
        // Ctrl-C goes to every process of a terminal's group: the parent alone decides when the tree ends.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(Error::new(Code::Internal, "The keeper of a command cannot be talked with."));
        };
        let mut line = serde_json::to_vec(order).unwrap_or_default();
        line.push(b'\n');
        stdin.write_all(&line).map_err(failed)?;
        let ended = Arc::new((Mutex::new(None), Condvar::new()));
        let (told, lines) = channel();
        let said = listen(stdout, on_output);
        let mark = order.mark.clone();
        follow(child, stderr, mark.clone(), told, said, ended.clone(), on_end);
        match lines.recv_timeout(START) {
            Ok(Line::Started(command)) => {
                Ok(Self { marked: Marked { mark, command: Some(command) }, stdin: Mutex::new(Some(stdin)), ended })
            }
            Ok(Line::Failed(error)) => Err(error),
            Ok(Line::Ended(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(Error::new(Code::Io, "The keeper of a command ended before its work began. Nothing was started."))
            }
            Err(RecvTimeoutError::Timeout) => Err(Error::new(Code::Timeout, "The command was not started within ten seconds.")),
        }
    }

    /// What its processes are known by.
    pub fn marked(&self) -> &Marked {
        &self.marked
    }

    /// Asks the whole tree to end, and kills what has not after its grace. Does not wait.
    pub fn stop(&self) {
        drop(self.stdin.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Waits until the whole tree has ended.
    pub fn wait(&self, patience: Duration) -> Option<Ended> {
        let until = Instant::now() + patience;
        let mut ended = self.ended.0.lock().unwrap_or_else(PoisonError::into_inner);
        while ended.is_none() {
            let left = until.checked_duration_since(Instant::now())?;
            ended = self.ended.1.wait_timeout(ended, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *ended
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("command", &self.marked.command).finish_non_exhaustive()
    }
}

/// Hands on what is said; the receiver hears when that is over.
fn listen(mut stdout: ChildStdout, mut on_output: impl FnMut(&[u8]) + Send + 'static) -> Receiver<()> {
    let (over, said) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = stdout.read(&mut buffer) {
            on_output(&buffer[..length]);
        }
        drop(over);
    });
    said
}

/// Follows what the keeper tells, to the end.
fn follow(
    mut child: Child,
    stderr: ChildStderr,
    mark: String,
    told: Sender<Line>,
    said: Receiver<()>,
    ended: Arc<(Mutex<Option<Ended>>, Condvar)>,
    on_end: impl FnOnce(Ended) + Send + 'static,
) {
    std::thread::spawn(move || {
        let mut outcome = None;
        let mut command = None;
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(Line::Ended(how)) => outcome = Some(how),
                Ok(line) => {
                    if let Line::Started(started) = line {
                        command = Some(started);
                    }
                    let _ = told.send(line);
                }
                Err(_) => tracing::warn!(line, "the keeper of a command said something else"),
            }
        }
        drop(told);
        let _ = child.wait();
        let outcome = outcome.unwrap_or_else(|| {
            Marked { mark, command }.end();
            Ended::Lost
        });
        let _ = said.recv_timeout(LAST_WORDS);
        *ended.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        ended.1.notify_all();
        if command.is_some() {
            on_end(outcome);
        }
    });
}
