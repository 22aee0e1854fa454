//! The one lock wrapper of the whole program, over advisory locks of the operating system.
//!
//! The kernel frees such a lock the moment its holder dies, so a crash never leaves one behind; a holder that is merely
//! stopped keeps it, and waiting for it ends in an error that names it. Nothing is ever stolen.
//!
//! Why a table inside the process as well: two threads of one process must exclude each other in the same order as two
//! processes do, and a thread that waits here is woken instead of polling.
//!
//! Why the holder stands in a sibling file: on Windows the bytes of a locked file cannot be read.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::disk;
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};

/// How long a lock is waited for when nothing else is said.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first and the longest pause between two tries.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));
/// The longest pause at first: most holders are done in milliseconds.
const SHORT_PAUSE: Duration = Duration::from_millis(8);
/// How long a wait is a short one.
const SHORT_WAIT: Duration = Duration::from_secs(1);
/// How long a process may take a lock again and again while others wait, and how long it then leaves it to them.
const TURN: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(3));
/// How old the sign of one who waits may be to count.
const FRESH: Duration = Duration::from_millis(60);

/// A lock by its file; taking it gives a [`Guard`].
#[derive(Debug, Clone)]
pub struct Lock {
    path: PathBuf,
    purpose: String,
}

/// Whether others may hold the lock at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Any number of shared holders, and no exclusive one.
    Shared,
    /// One holder.
    Exclusive,
}

/// How long to wait for a lock.
#[derive(Debug, Clone, Copy)]
pub enum Wait<'a> {
    /// Not at all: [`Code::InProgress`] at once when it is held.
    Try,
    /// Ten seconds, then [`Code::Locked`].
    Patiently,
    /// At most so long, then [`Code::Locked`].
    Upto(Duration),
    /// As long as it takes, or until cancelled.
    Until(&'a Cancel),
}

/// Who holds a lock, as its sibling file tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Holder {
    /// The process id.
    pub pid: u32,
    /// The command's name.
    pub command: String,
    /// When the process took the lock, RFC 3339 UTC.
    pub since: String,
    /// What the lock is held for.
    pub purpose: String,
}

/// A held lock; dropping it frees the lock.
#[derive(Debug)]
pub struct Guard {
    // Dropped first: another process may go on before another thread of this one does.
    file: File,
    seat: Seat,
}

impl Guard {
    /// Whether the lock's path still names the file that is locked. If somebody removed it, another process may hold the lock
    /// by a new file of that name, and nothing may be written any more.
    pub fn is_valid(&self) -> bool {
        same_file(&self.file, &self.seat.0)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Closing the file is not enough: between fork(2) and exec(2) a child that another thread starts has it open too, and
        // flock(2) holds until the last descriptor is closed, or one of them is unlocked.
        if let Err(cause) = fs4::FileExt::unlock(&self.file) {
            tracing::warn!(path = %self.seat.0.display(), error = %cause, "a lock could not be freed; it is when its file is closed");
        }
    }
}

impl Lock {
    /// The lock `id` in the folder `locks`, to be held for `purpose` (shown to who has to wait).
    pub fn new(locks: &Path, id: &str, purpose: impl Into<String>) -> Self {
        Self { path: locks.join(format!("{id}.lock")), purpose: purpose.into() }
    }

    /// Takes the lock.
    ///
    /// # Errors
    /// `InProgress` or `Locked`, naming the holder; `Cancelled`; `NotWritable` or `Io` if the lock file cannot be opened.
    pub fn take(&self, mode: Mode, wait: Wait<'_>) -> Result<Guard> {
        let started = Instant::now();
        let seat = Seat::take(&self.path, mode, wait, started).ok_or_else(|| self.refusal(wait))??;
        if mode == Mode::Exclusive && !matches!(wait, Wait::Try) {
            self.give_way();
        }
        let mut pause = PAUSE.0;
        loop {
            let file = self.open()?;
            let held = match mode {
                Mode::Exclusive => fs4::FileExt::try_lock(&file),
                Mode::Shared => fs4::FileExt::try_lock_shared(&file),
            };
            match held {
                // The lock file may have been unlinked and made anew between opening and locking it.
                Ok(()) if same_file(&file, &self.path) => {
                    if mode == Mode::Exclusive {
                        book().take_turn(&self.path);
                        self.sign();
                    }
                    return Ok(Guard { file, seat });
                }
                Ok(()) => continue,
                Err(fs4::TryLockError::WouldBlock) => {}
                Err(fs4::TryLockError::Error(cause)) => return Err(Error::io("lock", &self.path, &cause)),
            }
            match wait {
                Wait::Try => return Err(self.refusal(wait)),
                Wait::Patiently if started.elapsed() >= PATIENCE => return Err(self.refusal(wait)),
                Wait::Upto(limit) if started.elapsed() >= limit => return Err(self.refusal(wait)),
                Wait::Until(cancel) => cancel.check()?,
                Wait::Patiently | Wait::Upto(_) => {}
            }
            if pause > PAUSE.0 {
                self.say_waiting();
            }
            thread::sleep(jittered(pause));
            pause = (pause * 2).min(if started.elapsed() < SHORT_WAIT { SHORT_PAUSE } else { PAUSE.1 });
        }
    }

    /// Lets others have their turn, if this process had the lock a moment ago and somebody waits. Who polls would hardly ever
    /// find it free otherwise. Only a courtesy: no promise rests on it.
    fn give_way(&self) {
        let is_over = book().turns.get(&self.path).is_some_and(|turn| turn.began.elapsed() > TURN.0 && turn.is_on());
        let is_wanted = || {
            let signed = disk::metadata(self.waiting_path()).and_then(|sign| sign.modified());
            signed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age < FRESH))
        };
        if is_over && is_wanted() {
            thread::sleep(jittered(TURN.1));
        }
    }

    /// A sign to who has the lock again and again; it counts for as long as it is fresh.
    fn say_waiting(&self) {
        if let Err(cause) = super::replace::overwrite(&self.waiting_path(), b"") {
            tracing::debug!(path = %self.path.display(), error = %cause, "could not say that somebody waits");
        }
    }

    fn waiting_path(&self) -> PathBuf {
        self.path.with_extension("waiting")
    }

    /// Who holds the lock, as far as its sibling file tells. It may be out of date: only a failed try proves a holder.
    pub fn holder(&self) -> Option<Holder> {
        serde_json::from_slice(&disk::read(self.holder_path()).ok()?).ok()
    }

    fn open(&self) -> Result<File> {
        let open = || disk::open_or_create(&self.path);
        open()
            .or_else(|cause| match (cause.kind(), self.path.parent()) {
                (std::io::ErrorKind::NotFound, Some(folder)) => disk::create_dir_all(folder).and_then(|()| open()),
                _ => Err(cause),
            })
            .map_err(|cause| Error::io("open the lock file", &self.path, &cause))
    }

    /// Best effort: a missing holder file only makes a message less helpful.
    fn sign(&self) {
        let command = std::env::args_os().next().map(PathBuf::from);
        let holder = Holder {
            pid: std::process::id(),
            command: command.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())).unwrap_or_default(),
            since: crate::clock::Clock::system().now().to_string(),
            purpose: self.purpose.clone(),
        };
        let written = serde_json::to_vec(&holder)
            .map_err(std::io::Error::from)
            .and_then(|json| super::replace::overwrite(&self.holder_path(), &json));
        if let Err(cause) = written {
            tracing::debug!(path = %self.path.display(), error = %cause, "could not sign a lock");
        }
    }

    fn holder_path(&self) -> PathBuf {
        self.path.with_extension("holder")
    }

    fn refusal(&self, wait: Wait<'_>) -> Error {
        let who = match self.holder() {
            Some(holder) => {
                let state = if is_stopped(holder.pid) { ", which is stopped" } else { "" };
                format!("{} (process {}{state}) holds it since {}, to {}", holder.command, holder.pid, holder.since, holder.purpose)
            }
            None => "another process holds it".to_owned(),
        };
        match wait {
            Wait::Try => {
                Error::new(Code::InProgress, format!("Somebody is at it already: {who}. Nothing was changed; try again when it is done."))
            }
            _ => Error::new(
                Code::Locked,
                format!(
                    "Gave up waiting to {}: {who}. Nothing was changed; wait for that process or end it, then try again.",
                    self.purpose
                ),
            ),
        }
    }
}

/// Whether a process is stopped (as by SIGSTOP or a debugger), where the system tells.
fn is_stopped(pid: u32) -> bool {
    // proc(5): the state follows the last parenthesis, since a command's name may hold any character.
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit(')').next().map(|rest| rest.trim_start().starts_with(['T', 't'])))
        .unwrap_or(false)
}

/// Up to a quarter more or less than `pause`, so that many waiters do not try in step.
fn jittered(pause: Duration) -> Duration {
    let noise = uuid::Uuid::new_v4().as_bytes()[0];
    pause.mul_f64(0.75 + f64::from(noise) / 512.0)
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), disk::metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_file(_file: &File, path: &Path) -> bool {
    // An open file cannot be unlinked here.
    disk::exists(path).unwrap_or(false)
}

/// This process's own book.
static BOOK: LazyLock<(Mutex<Book>, Condvar)> = LazyLock::new(Default::default);

#[derive(Debug, Default)]
struct Book {
    /// Who holds what: readers counted, or one writer.
    holds: HashMap<PathBuf, Hold>,
    /// Locks that this process takes again and again.
    turns: HashMap<PathBuf, Turn>,
}

/// Some holds of a lock with hardly a pause between.
#[derive(Debug, Clone, Copy)]
struct Turn {
    began: Instant,
    released: Instant,
}

impl Book {
    /// A hold begins: a turn goes on, or a new one begins.
    fn take_turn(&mut self, path: &Path) {
        self.turns.retain(|_, turn| turn.is_on());
        let now = Instant::now();
        self.turns.entry(path.to_owned()).or_insert(Turn { began: now, released: now });
    }
}

impl Turn {
    /// Whether it goes on, if the lock is taken now.
    fn is_on(&self) -> bool {
        self.released.elapsed() < TURN.1 / 2
    }
}

#[derive(Debug, Clone, Copy)]
enum Hold {
    Shared(usize),
    Exclusive,
}

#[derive(Debug)]
struct Seat(PathBuf);

impl Seat {
    /// `None` when it is held by another thread for longer than `wait` allows.
    fn take(path: &Path, mode: Mode, wait: Wait<'_>, started: Instant) -> Option<Result<Self>> {
        let mut book = book();
        loop {
            let next = match (book.holds.get(path), mode) {
                (None, Mode::Shared) => Some(Hold::Shared(1)),
                (None, Mode::Exclusive) => Some(Hold::Exclusive),
                (Some(Hold::Shared(readers)), Mode::Shared) => Some(Hold::Shared(readers + 1)),
                _ => None,
            };
            if let Some(hold) = next {
                book.holds.insert(path.to_owned(), hold);
                return Some(Ok(Self(path.to_owned())));
            }
            let slice = match wait {
                Wait::Try => return None,
                Wait::Patiently => PATIENCE.checked_sub(started.elapsed())?,
                Wait::Upto(limit) => limit.checked_sub(started.elapsed())?,
                Wait::Until(cancel) => match cancel.check() {
                    Ok(()) => PAUSE.1,
                    Err(cancelled) => return Some(Err(cancelled)),
                },
            };
            book = BOOK.1.wait_timeout(book, slice).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut book = book();
        match book.holds.get_mut(&self.0) {
            Some(Hold::Shared(readers)) if *readers > 1 => *readers -= 1,
            _ => {
                book.holds.remove(&self.0);
                if let Some(turn) = book.turns.get_mut(&self.0) {
                    turn.released = Instant::now();
                }
            }
        }
        drop(book);
        BOOK.1.notify_all();
    }
}

fn book() -> MutexGuard<'static, Book> {
    BOOK.0.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    fn lock(folder: &Path) -> Lock {
        Lock::new(folder, "thing", "test it")
    }

    #[test]
    fn a_held_lock_is_refused_at_once_and_names_its_holder() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).take(Mode::Exclusive, Wait::Try)?;
        let refused = lock(folder.path()).take(Mode::Exclusive, Wait::Try).unwrap_err();
        assert_eq!(refused.code, Code::InProgress);
        assert!(refused.message.contains(&std::process::id().to_string()), "{}", refused.message);
        assert!(refused.message.contains("test it"), "{}", refused.message);
        drop(held);
        lock(folder.path()).take(Mode::Exclusive, Wait::Try).map(drop)
    }

    #[test]
    fn shared_holders_keep_an_exclusive_one_out_until_the_last_leaves() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).take(Mode::Shared, Wait::Try)?;
        let second = lock(folder.path()).take(Mode::Shared, Wait::Try)?;
        drop(first);
        assert_eq!(lock(folder.path()).take(Mode::Exclusive, Wait::Try).unwrap_err().code, Code::InProgress);
        drop(second);
        lock(folder.path()).take(Mode::Exclusive, Wait::Try).map(drop)
    }

    #[test]
    fn waiting_ends_when_cancelled() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let _held = lock(folder.path()).take(Mode::Exclusive, Wait::Try)?;
        let cancel = Cancel::new();
        thread::scope(|scope| {
            let waiter = scope.spawn(|| lock(folder.path()).take(Mode::Exclusive, Wait::Until(&cancel)).map(drop));
            cancel.cancel();
            assert_eq!(waiter.join().unwrap().unwrap_err().code, Code::Cancelled);
        });
        Ok(())
    }

    #[test]
    fn a_child_that_is_not_yet_another_program_does_not_keep_the_lock() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).take(Mode::Exclusive, Wait::Try)?;
        // What fork(2) gives a child until exec(2) closes it.
        let inherited = held.file.try_clone().unwrap();
        drop(held);
        let taken = lock(folder.path()).take(Mode::Exclusive, Wait::Try).map(drop);
        drop(inherited);
        taken
    }

    #[test]
    fn an_unlinked_lock_file_does_not_let_two_in() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thing.lock");
        let stale = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let _held = lock(folder.path()).take(Mode::Exclusive, Wait::Try)?;
        assert!(!same_file(&stale, &path));
        Ok(())
    }
}
