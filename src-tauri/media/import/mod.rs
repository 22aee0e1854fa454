//! Many files at once: made ready on every core without the lock, and put into the demo in groups.
//!
//! What must always hold:
//! - A group is one transaction: a file is listed and whole, or it is not there.
//! - One bad file fails alone. What ends the import (a full disk, a cancel) leaves what was committed, and nothing else.
//! - The demo is locked for the moment of a commit only; memory is bounded by what may be decoded at once.
//!
//! The threads are plain ones that take the next file from a list, not a pool: the channel between them and the one that
//! commits holds few files, so that neither runs ahead of the other.

mod commit;
mod known;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};
use uuid::Uuid;

use super::Media;
use super::model::{DuplicateFile, FailedFile, ImportNote, ImportState, MediaImport, NotedFile};
use super::prepare::{Outcome, Prepared, Workshop};
use super::source::{self, Found};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::sizes::Size;
use crate::store::Staging;
use commit::Group;
use known::Known;

/// How many files one transaction takes at the most, and how long the first of them waits.
const GROUP: usize = 64;
const GATHER: Duration = Duration::from_millis(500);
/// How many files may be ready and wait.
const READY: usize = 32;
/// How soon a cancel is noticed, and how long threads that are in the middle of a picture are waited for then.
const GLANCE: Duration = Duration::from_millis(20);
const PARTING: Duration = Duration::from_millis(120);
/// Progress is told at most every so often.
const TELL: Duration = Duration::from_millis(100);

/// The priority of the threads that make files ready, of 100: what a person does meanwhile comes first.
const MODEST: u8 = 25;

/// Who is told how far an import is. Calls come from the thread that imports, some ten a second at the most.
pub type OnImport<'a> = &'a dyn Fn(&MediaImport);

/// What the threads share.
struct Shared {
    files: Vec<Found>,
    next: AtomicUsize,
    sizes: Vec<Size>,
    known: Mutex<Known>,
    /// The file that was begun last.
    current: Mutex<String>,
    /// Raised by a cancel, and by what makes going on pointless.
    stop: Cancel,
    // Shared, so that the folder goes with the last thread that may write into it.
    staging: Staging,
}

/// A file as it comes out of a thread.
struct Done {
    number: usize,
    id: String,
    result: Result<Outcome>,
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes file after file until there is none, or nobody wants any more.
    fn work(&self, done: &SyncSender<Done>) {
        while !self.stop.is_cancelled() {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(found) = self.files.get(number) else { return };
            let id = crate::clock::new_id().to_string();
            let result = match &found.refused {
                Some(error) => Err(error.clone()),
                None => {
                    *self.current.lock().unwrap_or_else(PoisonError::into_inner) = found.path.display().to_string();
                    let known = |size: u64, hash: &str| self.known().claim(size, hash, &id);
                    let workshop = Workshop { folder: self.staging.path(), sizes: &self.sizes, cancel: &self.stop, known: &known };
                    workshop.prepare(&found.path, number)
                }
            };
            if result.is_err() {
                self.known().give_up(&id);
            }
            if let Err(refused) = done.send(Done { number, id, result })
                && let Ok(Outcome::Ready(prepared)) = refused.0.result
            {
                prepared.remove();
            }
        }
    }
}

/// Lets other threads go before this one where there is not enough of the processor for all.
fn give_way() {
    let given = ThreadPriorityValue::try_from(MODEST).map(|value| set_current_thread_priority(ThreadPriority::Crossplatform(value)));
    if let Ok(Err(error)) = given {
        tracing::debug!(?error, "an import runs at the usual priority");
    }
}

impl Media {
    /// Adds files to the demo, and all files of folders among them. What cannot be taken is told with the reason in the answer
    /// and stops nothing else; a cancelled import answers with what it had added.
    ///
    /// # Errors
    /// `Corrupt` if the catalogue cannot be understood; `NotWritable`, `DiskFull` or `Io` if nothing can be begun; `TooLarge` for
    /// more than fifty thousand files. Then nothing was added.
    pub fn import(&self, files: &[PathBuf], on_progress: OnImport<'_>, cancel: &Cancel) -> Result<MediaImport> {
        self.import_as(crate::clock::new_id(), files, on_progress, cancel)
    }

    /// What is told of an import of that id before it is done with any file.
    pub fn begun(&self, id: Uuid) -> MediaImport {
        MediaImport {
            id,
            demo: self.id,
            state: ImportState::Running,
            done: 0,
            total: 0,
            current: None,
            added: Vec::new(),
            duplicates: Vec::new(),
            failed: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// As [`Media::import`], under an id that the caller chose.
    ///
    /// # Errors
    /// Those of [`Media::import`].
    pub fn import_as(&self, id: Uuid, files: &[PathBuf], on_progress: OnImport<'_>, cancel: &Cancel) -> Result<MediaImport> {
        let mut state = self.begun(id);
        let files = match source::find(files, cancel) {
            Err(cause) if cause.code == Code::Cancelled => {
                state.state = ImportState::Cancelled;
                on_progress(&state);
                return Ok(state);
            }
            found => found?,
        };
        state.total = files.len();
        on_progress(&state);
        let shared = Arc::new(Shared {
            files,
            next: AtomicUsize::new(0),
            sizes: self.sizes(),
            known: Mutex::new(Known::of(&self.site(), &self.entries()?)),
            current: Mutex::default(),
            stop: Cancel::new(),
            staging: self.store.stage()?,
        });
        let (sender, receiver) = sync_channel(READY);
        let threads = thread::available_parallelism().map_or(1, usize::from).min(shared.files.len());
        for _ in 0..threads {
            let (shared, sender) = (shared.clone(), sender.clone());
            thread::spawn(move || {
                give_way();
                shared.work(&sender);
            });
        }
        drop(sender);
        let mut import = Import {
            media: self,
            shared: &shared,
            cancel,
            state,
            group: Group::default(),
            end: None,
            errors: HashMap::new(),
            notes: HashMap::new(),
            told: Instant::now(),
        };
        import.gather(&receiver, on_progress);
        Ok(import.finish(&receiver, on_progress))
    }
}

/// The side that commits.
struct Import<'a> {
    media: &'a Media,
    shared: &'a Arc<Shared>,
    cancel: &'a Cancel,
    state: MediaImport,
    group: Group,
    /// What ended it before every file was looked at.
    end: Option<Error>,
    /// Why files failed, by the ids that they would have had.
    errors: HashMap<String, Error>,
    /// What was done to files, by the ids of their items. Only the last report has them: it is sent once, the others often.
    notes: HashMap<String, (usize, Vec<ImportNote>)>,
    told: Instant,
}

impl Import<'_> {
    /// Takes what the threads have ready, and commits it in groups, until there is nothing more or going on is pointless.
    fn gather(&mut self, receiver: &Receiver<Done>, on_progress: OnImport<'_>) {
        let mut since = Instant::now();
        loop {
            if let Err(cancelled) = self.cancel.check() {
                self.end = Some(cancelled);
                return;
            }
            let is_over = match receiver.recv_timeout(GLANCE) {
                Ok(done) => {
                    if self.group.is_empty() {
                        since = Instant::now();
                    }
                    self.take(done);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            if self.group.len() >= GROUP || (!self.group.is_empty() && (is_over || since.elapsed() >= GATHER)) {
                self.commit();
                self.tell(on_progress);
            }
            if is_over || self.end.is_some() {
                return;
            }
            if self.told.elapsed() >= TELL {
                self.tell(on_progress);
            }
        }
    }

    fn take(&mut self, done: Done) {
        let Done { number, id, result } = done;
        match result {
            Ok(Outcome::Ready(prepared)) => {
                if !prepared.notes.is_empty() {
                    self.notes.insert(id.clone(), (number, prepared.notes.clone()));
                }
                self.group.push(number, id, *prepared);
            }
            Ok(Outcome::Duplicate(of)) => self.state.duplicates.push(DuplicateFile { file: self.file(number), id: of }),
            Err(cause) if cause.code == Code::Cancelled => return,
            Err(error) => {
                if commit::is_the_end(&error) {
                    self.end = Some(error.clone());
                }
                self.errors.insert(id, error.clone());
                self.state.failed.push(FailedFile { file: self.file(number), error });
            }
        }
        self.state.done += 1;
    }

    /// Puts the group into the demo; where that fails, all of it fails.
    fn commit(&mut self) {
        let mut group = std::mem::take(&mut self.group);
        // As they were named, not as they happened to be ready.
        group.sort();
        match self.media.commit(&group, self.shared, self.cancel) {
            Ok(committed) => {
                self.state.added.extend(committed.added);
                for (number, id) in committed.duplicates {
                    self.state.duplicates.push(DuplicateFile { file: self.file(number), id });
                }
            }
            Err(error) => {
                for (number, id, prepared) in group.into_iter() {
                    // What is recorded needs its files: whoever takes the lock next puts them in place.
                    if error.code != Code::Indeterminate {
                        prepared.remove();
                    }
                    self.shared.known().give_up(&id);
                    if error.code == Code::Cancelled {
                        self.state.done -= 1;
                    } else {
                        self.state.failed.push(FailedFile { file: self.file(number), error: error.clone() });
                        self.errors.insert(id, error.clone());
                    }
                }
                if error.code == Code::Cancelled || commit::is_the_end(&error) {
                    self.end = Some(error);
                }
            }
        }
    }

    /// Ends the threads, and says of every file what became of it.
    fn finish(mut self, receiver: &Receiver<Done>, on_progress: OnImport<'_>) -> MediaImport {
        if let Some(end) = self.end.take() {
            self.shared.stop.cancel();
            let is_cancelled = end.code == Code::Cancelled;
            // What was ready and not committed when a disk was full may still have its place; what a person cancelled goes.
            for (number, id, prepared) in std::mem::take(&mut self.group).into_iter() {
                prepared.remove();
                self.shared.known().give_up(&id);
                self.errors.insert(id, end.clone());
                self.state.done -= 1;
                if !is_cancelled {
                    self.fail(number, &end);
                }
            }
            let until = Instant::now() + PARTING;
            while let Some(left) = until.checked_duration_since(Instant::now()) {
                match receiver.recv_timeout(left) {
                    Ok(Done { number, result, .. }) => {
                        if let Ok(Outcome::Ready(prepared)) = &result {
                            prepared.remove();
                        }
                        if !is_cancelled {
                            self.fail(number, result.as_ref().err().filter(|cause| cause.code != Code::Cancelled).unwrap_or(&end));
                        }
                    }
                    Err(_) => break,
                }
            }
            if !is_cancelled {
                for number in self.shared.next.load(Ordering::Relaxed)..self.shared.files.len() {
                    self.fail(number, &end);
                }
            }
            self.state.state = if is_cancelled { ImportState::Cancelled } else { ImportState::Done };
        } else {
            self.state.state = ImportState::Done;
        }
        self.settle_duplicates();
        self.report_notes();
        self.state.current = None;
        on_progress(&self.state);
        self.state
    }

    fn fail(&mut self, number: usize, error: &Error) {
        self.state.failed.push(FailedFile { file: self.file(number), error: error.clone() });
        self.state.done += 1;
    }

    /// A file was taken for a duplicate of one that then failed: it fails with it.
    fn settle_duplicates(&mut self) {
        let known = self.shared.known();
        let (kept, orphaned): (Vec<_>, Vec<_>) = std::mem::take(&mut self.state.duplicates).into_iter().partition(|one| known.has(&one.id));
        drop(known);
        self.state.duplicates = kept;
        for DuplicateFile { file, id } in orphaned {
            // Of a cancelled import nothing is said but what it did.
            if let Some(error) = self.errors.get(&id).cloned() {
                self.state.failed.push(FailedFile { file, error });
            } else {
                self.state.done -= 1;
            }
        }
    }

    /// Puts what was done to the files that were added into the report.
    fn report_notes(&mut self) {
        for id in &self.state.added {
            if let Some((number, notes)) = self.notes.remove(id) {
                self.state.notes.push(NotedFile { file: self.file(number), id: id.clone(), notes });
            }
        }
    }

    fn tell(&mut self, on_progress: OnImport<'_>) {
        let current = self.shared.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.state.current = Some(current).filter(|current| !current.is_empty());
        self.told = Instant::now();
        on_progress(&self.state);
    }

    fn file(&self, number: usize) -> String {
        self.shared.files.get(number).map(|found| found.path.display().to_string()).unwrap_or_default()
    }
}
