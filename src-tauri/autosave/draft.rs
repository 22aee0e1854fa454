//! The draft log: edits that are not saved yet, kept so that no crash takes them.
//!
//! `state/drafts/<demo>.<writer>.log` holds, for each document, the text with its edits, the text they began with, and the
//! number of the last edit; and texts that are not finished. The writer, one for each process, holds a lock for as long as it
//! lives: a draft whose lock is free is one that its writer can no longer save. What a save took from a draft is written in the
//! same transaction as the save itself (`autosave.json` in the demo's folder), so that nothing is ever offered, or applied, twice.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Code, Result};
use crate::store::{Batch, Document, Guard, Lock, Log, Mode, Wait, disk};
use crate::workspace::{Workspace, demo as names};

/// A log longer than this, in bytes, is begun anew with what is still unsaved.
const LONG: u64 = 16 * 1024 * 1024;
/// How long another process may look at a dead writer's drafts.
const GLANCE: Duration = Duration::from_secs(2);

/// The edits of one document, as they stand in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The document's name.
    pub document: String,
    /// Where it is, from the site's root.
    pub path: String,
    /// The number of the last edit in it.
    pub edit: u64,
    /// When that was made.
    pub at: Timestamp,
    /// What the edits began with; none if that is the same as in the entry before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The text with the edits; of an unfinished one that was finished or given up, nothing.
    pub text: String,
    /// It is not the document with its edits, but a text that is typed for it and is no JSON yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unfinished: bool,
}

impl Entry {
    /// What it is known by in its log, and noted under when it is settled.
    pub fn name(&self) -> String {
        if self.is_unfinished { format!("unfinished:{}", self.document) } else { self.document.clone() }
    }
}

/// Which edits of which writer's draft are saved: by writer, by document, the number of the last edit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Applied {
    #[serde(default)]
    writers: BTreeMap<Uuid, BTreeMap<String, u64>>,
}

impl Document for Applied {}

impl Applied {
    /// Notes, in the transaction that saves them, that the edits of a draft are saved up to these numbers.
    ///
    /// # Errors
    /// Those of [`Batch::read`] and [`Batch::put`].
    pub fn note(batch: &mut Batch, drafts: &Drafts, demo: Uuid, writer: Uuid, saved: &[(String, u64)]) -> Result<()> {
        let mut applied = batch.read::<Self>(names::AUTOSAVE)?.unwrap_or_default();
        // What belongs to no log any more is of no use to anybody.
        applied.writers.retain(|writer, _| disk::exists(drafts.path(demo, *writer)).unwrap_or(true));
        let of_writer = applied.writers.entry(writer).or_default();
        for (document, edit) in saved {
            of_writer.insert(document.clone(), *edit);
        }
        batch.put(names::AUTOSAVE, &applied)
    }

    /// Takes back that a draft was given up.
    ///
    /// # Errors
    /// Those of [`Batch::read`] and [`Batch::put`].
    pub fn forget(batch: &mut Batch, writer: Uuid, name: &str) -> Result<()> {
        let mut applied = batch.read::<Self>(names::AUTOSAVE)?.unwrap_or_default();
        let known = applied.writers.get_mut(&writer).and_then(|of_writer| of_writer.remove(name));
        if known.is_some() { batch.put(names::AUTOSAVE, &applied) } else { Ok(()) }
    }

    fn has(&self, writer: Uuid, entry: &Entry) -> bool {
        self.writers.get(&writer).and_then(|of_writer| of_writer.get(&entry.name())).is_some_and(|edit| *edit >= entry.edit)
    }
}

/// The drafts of a workspace, and this process's right to write some.
#[derive(Debug)]
pub(super) struct Drafts {
    workspace: Workspace,
    writer: Uuid,
    /// Held for as long as this process lives, from its first draft on.
    owner: std::sync::OnceLock<Guard>,
    /// Drafts of dead writers that were given up here, by their names: the logs stay for as long as that can be taken back.
    given_up: Mutex<HashSet<(Uuid, String)>>,
}

impl Drafts {
    pub fn new(workspace: Workspace) -> Self {
        Self { workspace, writer: crate::clock::new_id(), owner: std::sync::OnceLock::new(), given_up: Mutex::default() }
    }

    /// This process, as a writer of drafts.
    pub fn writer(&self) -> Uuid {
        self.writer
    }

    pub fn path(&self, demo: Uuid, writer: Uuid) -> PathBuf {
        self.workspace.drafts().join(format!("{demo}.{writer}.log"))
    }

    /// Puts entries into the draft of a demo; they are durable when it returns. `all` gives everything that is unsaved, bases
    /// and all, should the log have to be begun anew.
    ///
    /// # Errors
    /// Those of [`Log::append`].
    pub fn write(&self, demo: Uuid, entries: &[Entry], all: impl FnOnce() -> Vec<Entry>) -> Result<()> {
        if self.owner.get().is_none() {
            let guard = owner_lock(&self.workspace, self.writer).take(Mode::Exclusive, Wait::Try)?;
            let _ = self.owner.set(guard);
        }
        let path = self.path(demo, self.writer);
        if disk::metadata(&path).is_ok_and(|found| found.len() > LONG) {
            return self.log(demo, self.writer).begin_anew(&all());
        }
        self.log(demo, self.writer).append(entries)
    }

    /// Everything of a demo is saved: its draft of this process goes.
    pub fn end(&self, demo: Uuid) {
        remove(&self.path(demo, self.writer));
    }

    /// Every draft of a demo goes, for the demo is gone for good.
    pub fn forget(&self, demo: Uuid) {
        for writer in self.writers(demo) {
            remove(&self.path(demo, writer));
        }
    }

    /// The dead writers who left a draft of a demo, each with the right to its drafts.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if a lock cannot be tried.
    pub fn dead(&self, demo: Uuid) -> Result<Vec<(Uuid, Guard)>> {
        let mut dead = Vec::new();
        for writer in self.writers(demo).into_iter().filter(|writer| *writer != self.writer) {
            match owner_lock(&self.workspace, writer).take(Mode::Exclusive, Wait::Try) {
                Ok(owner) => dead.push((writer, owner)),
                // It lives, and saves its edits itself.
                Err(error) if error.code == Code::InProgress => {}
                Err(error) => return Err(error),
            }
        }
        Ok(dead)
    }

    /// What a writer's draft holds that is not saved, the last state of each document.
    pub fn entries(&self, demo: Uuid, writer: Uuid, applied: &Applied) -> Result<Vec<Entry>> {
        let log = self.log(demo, writer).read::<Entry>()?;
        if !log.bad_lines.is_empty() {
            tracing::error!(%demo, %writer, lines = ?log.bad_lines, "a draft has damaged lines; the others are used");
        }
        let mut last: BTreeMap<String, Entry> = BTreeMap::new();
        for mut entry in log.entries {
            if entry.base.is_none() {
                entry.base = last.get(&entry.name()).and_then(|before| before.base.clone());
            }
            last.insert(entry.name(), entry);
        }
        let is_over = |entry: &Entry| entry.is_unfinished && entry.text.is_empty();
        Ok(last.into_values().filter(|entry| !is_over(entry) && !applied.has(writer, entry)).collect())
    }

    /// Becomes the owner of a dead writer's drafts.
    ///
    /// # Errors
    /// `Locked` if it lives, or if another process does not let go of them.
    pub fn take_over(&self, writer: Uuid) -> Result<Guard> {
        // Another process that only looks at what there is has them for a moment.
        owner_lock(&self.workspace, writer).take(Mode::Exclusive, Wait::Upto(GLANCE))
    }

    /// Removes a dead writer's draft of which nothing is left, unless some of it was given up and can still be had back, or is
    /// damaged, so that nobody knows what it is.
    pub fn end_of(&self, demo: Uuid, writer: Uuid) {
        let is_whole = self.log(demo, writer).read::<Entry>().is_ok_and(|log| log.bad_lines.is_empty());
        if is_whole && !self.is_given_up(writer) {
            remove(&self.path(demo, writer));
        }
    }

    /// A dead writer's draft is given up here; it can be had back while this process lives.
    pub fn give_up(&self, writer: Uuid, name: &str) {
        self.given_up().insert((writer, name.to_owned()));
    }

    /// A draft is not given up any more. Answers whether it was.
    pub fn take_back(&self, writer: Uuid, name: &str) -> bool {
        self.given_up().remove(&(writer, name.to_owned()))
    }

    fn is_given_up(&self, writer: Uuid) -> bool {
        self.given_up().iter().any(|(of, _)| *of == writer)
    }

    fn given_up(&self) -> MutexGuard<'_, HashSet<(Uuid, String)>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The demos that another process has kept drafts of, whether it lives or not.
    pub fn demos(&self) -> BTreeSet<Uuid> {
        let names = disk::read_dir(self.workspace.drafts()).into_iter().flatten().flatten();
        let of = |name: &str| {
            let (demo, writer) = name.strip_suffix(".log")?.split_once('.')?;
            (writer.parse() != Ok(self.writer)).then(|| demo.parse().ok()).flatten()
        };
        names.filter_map(|entry| of(entry.file_name().to_str()?)).collect()
    }

    fn log(&self, demo: Uuid, writer: Uuid) -> Log {
        // One lock for the lines of all drafts: each log has one writer anyway.
        Log::new(self.path(demo, writer), &self.workspace.locks(), "drafts")
    }

    fn writers(&self, demo: Uuid) -> Vec<Uuid> {
        let prefix = format!("{demo}.");
        let names = disk::read_dir(self.workspace.drafts()).into_iter().flatten().flatten();
        let mut writers: Vec<Uuid> =
            names.filter_map(|entry| entry.file_name().to_str()?.strip_prefix(&prefix)?.strip_suffix(".log")?.parse().ok()).collect();
        writers.sort();
        writers
    }
}

fn owner_lock(workspace: &Workspace, writer: Uuid) -> Lock {
    Lock::new(&workspace.locks(), &format!("draft-{writer}"), "keep drafts")
}

fn remove(path: &std::path::Path) {
    if let Err(cause) = disk::remove_file(path)
        && cause.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), error = %cause, "a draft could not be removed");
    }
}
