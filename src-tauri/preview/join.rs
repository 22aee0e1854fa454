//! Who runs a preview: several processes may start, join and stop one at the same time.
//!
//! The lock of a preview says who runs it, and its token which run of it is meant. Whoever finds the lock held looks at what its
//! holder says: a preview that starts or runs is joined, one that has nothing to show is asked to end, once and by its token, and
//! what is between two states is waited for. All of it is bounded.

use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::model::{Preview, State};
use super::record::{Observed, Record};
use super::{Inner, Previews, Start, log_of, probe, search};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::store::{Guard, Mode, Wait};

/// How long another process may leave a question about its preview unanswered before that is an error.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long another process may take between the lock of a preview and its first answer, or between its last answer and the end.
const BETWEEN: Duration = Duration::from_secs(20);
/// How long another process has to stop its preview: its command has two seconds of grace.
const STOPPING: Duration = Duration::from_secs(6);
/// How long a preview that starts is waited for: longer than its command may take, of which its own process says the end.
const JOINING: Duration = search::PATIENCE.saturating_add(BETWEEN);
/// How often what is waited for is looked at when nothing is heard of it.
const STEP: Duration = Duration::from_millis(500);
/// How much of a log is read for its last line.
const LINE: u64 = 4 * 1024;

/// Who has a preview, when it is to be started.
pub(super) enum Taken {
    /// This process, now.
    Free(Guard),
    /// Somebody, and it runs.
    Running(Preview),
}

impl Previews {
    /// Waits until a preview that is starting answers, failed or was stopped, whichever process starts it. `on_line` is given the
    /// last line of what its command says, whenever that is another one.
    ///
    /// # Errors
    /// `Cancelled`; `Timeout` if its process does not say in time how it is.
    pub fn join(&self, demo: Uuid, cancel: &Cancel, mut on_line: impl FnMut(&str)) -> Result<Preview> {
        let started = Instant::now();
        let mut clear = started;
        let mut last = String::new();
        let mut follows: Option<(String, TcpStream)> = None;
        loop {
            if cancel.is_cancelled() {
                return Err(Error::new(Code::Cancelled, "Cancelled. The preview goes on starting; stop it if it is not wanted."));
            }
            let error = match self.0.records.observe(demo) {
                Observed::Said { preview, record } if matches!(preview.state, State::Starting { .. }) => {
                    clear = Instant::now();
                    if follows.as_ref().is_none_or(|(token, _)| *token != record.token) {
                        // What changed before is found by the next look, and what changes after is heard.
                        follows = probe::follow(record.port, &record.token, STEP).ok().map(|stream| (record.token, stream));
                    }
                    Error::new(Code::Timeout, "The preview is still starting, and was waited for long enough. Look again later.")
                }
                Observed::Said { preview, .. } | Observed::Noted { preview, is_held: false } => return Ok(preview),
                Observed::Mute(preview) if clear.elapsed() >= PATIENCE => return Ok(preview),
                Observed::Stopped { is_held: false } => return Ok(Preview::stopped(demo)),
                Observed::Mute(_) | Observed::Noted { .. } | Observed::Stopped { .. } | Observed::Between => {
                    follows = None;
                    Error::new(
                        Code::Timeout,
                        "The process of this preview neither begins it nor ends it. Stop the preview, then try again.",
                    )
                }
            };
            if started.elapsed() > JOINING || clear.elapsed() > BETWEEN {
                return Err(error);
            }
            if let Some(line) = self.last_line(demo).filter(|line| *line != last) {
                on_line(&line);
                last = line;
            }
            let is_over = follows.as_mut().is_none_or(|(_, stream)| has_ended(stream));
            if is_over {
                follows = None;
                // Its lock is free once its process has noted how it ended.
                let _ = self.0.records.lock(demo).take(Mode::Shared, Wait::Upto(STEP));
            }
        }
    }

    /// The last line of what a demo's dev command said.
    fn last_line(&self, demo: Uuid) -> Option<String> {
        let path = log_of(&self.0.around.site(demo).ok()?).ok()?;
        let (text, _) = crate::process::tail(&path, LINE).ok()?;
        text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned)
    }
}

impl Inner {
    /// Takes the lock of a demo's preview, or finds who runs it. One that runs and has nothing to show is asked to end, once.
    pub(super) fn take(&self, demo: Uuid, start: Start) -> Result<Taken> {
        let lock = self.records.lock(demo);
        let mut since = Instant::now();
        let mut asked = None;
        loop {
            if self.is_closing.load(Ordering::SeqCst) {
                return Err(Error::new(Code::WrongState, "Backlot is being closed; nothing new is begun."));
            }
            // Who only looks holds the lock as well, for a moment.
            let refused = match lock.take(Mode::Exclusive, Wait::Upto(Duration::from_millis(100))) {
                Ok(held) => return Ok(Taken::Free(held)),
                Err(error) => error,
            };
            let (patience, error) = match self.records.observe(demo) {
                Observed::Said { preview, record } => match preview.state {
                    State::Running { port, .. } if start.port.is_some_and(|wanted| wanted != port) => {
                        let message = format!("The preview runs already, at port {port}. Stop it first to start it at another one.");
                        return Err(Error::new(Code::InUse, message).field("port"));
                    }
                    State::Running { .. } | State::Starting { .. } => return Ok(Taken::Running(preview)),
                    State::Failed { error } => {
                        // By its token: whoever started it anew meanwhile is not meant.
                        if asked.as_ref() != Some(&record.token) {
                            self.ask_to_end(&record);
                            (since, asked) = (Instant::now(), Some(record.token));
                        }
                        (BETWEEN, error)
                    }
                    State::Stopped => (BETWEEN, refused),
                },
                Observed::Mute(Preview { state: State::Failed { error }, .. }) => (PATIENCE, error),
                Observed::Mute(_) => (PATIENCE, refused),
                Observed::Stopped { .. } | Observed::Noted { .. } | Observed::Between => (BETWEEN, refused),
            };
            if since.elapsed() >= patience {
                return Err(error);
            }
        }
    }

    /// Ends the preview of a demo that another process runs, and takes its lock. Whoever starts it anew meanwhile began to do so
    /// before it was to be stopped, and is stopped too. Returns whether a process was asked to stop.
    pub(super) fn end(&self, demo: Uuid) -> Result<(Guard, bool)> {
        let lock = self.records.lock(demo);
        let mut since = Instant::now();
        let mut asked = None;
        loop {
            let refused = match lock.take(Mode::Exclusive, Wait::Upto(Duration::from_millis(100))) {
                Ok(held) => return Ok((held, asked.is_some())),
                Err(error) if [Code::InProgress, Code::Locked].contains(&error.code) => error,
                Err(error) => return Err(unless_asked(error, asked.is_some())),
            };
            let record = self.records.read(demo).map_err(|error| unless_asked(error, asked.is_some()))?;
            let running = record.filter(|record| record.failed.is_none());
            if let Some(record) = running.filter(|record| asked.as_ref() != Some(&record.token)) {
                since = Instant::now();
                let unheard = probe::stop(record.port, &record.token, PATIENCE).err();
                // It ends already if nobody is at its port, or somebody else.
                let ends = |cause: &std::io::Error| [ErrorKind::ConnectionRefused, ErrorKind::PermissionDenied].contains(&cause.kind());
                if let Some(cause) = unheard.filter(|cause| record.is_background && !ends(cause)) {
                    tracing::warn!(%demo, pid = record.owner.pid, error = %cause, "a preview's process does not answer and is ended");
                    record.owner.kill();
                }
                asked = Some(record.token);
            }
            if since.elapsed() >= STOPPING {
                return Err(refused);
            }
        }
    }

    /// Asks the process of exactly this preview to end it. Does not wait.
    fn ask_to_end(&self, record: &Record) {
        let own = self.running().get(&record.demo).cloned();
        if let Some(own) = own.filter(|own| own.token() == record.token) {
            own.stop();
        } else {
            // Whether it has ended is seen by its lock.
            let _ = probe::stop(record.port, &record.token, PATIENCE);
        }
    }
}

/// The error of a preview that could not be ended. If it was asked to stop, its state is unknown.
pub(super) fn unless_asked(error: Error, was_asked: bool) -> Error {
    if was_asked { Error::unread("The preview was asked to stop", &error) } else { error }
}

/// Waits for a word of a preview that is followed, for a moment; whether there will be no more.
fn has_ended(stream: &mut TcpStream) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    match stream.read(&mut [0; 1024]) {
        Ok(length) => length == 0,
        Err(cause) => !matches!(cause.kind(), Interrupted | TimedOut | WouldBlock),
    }
}
