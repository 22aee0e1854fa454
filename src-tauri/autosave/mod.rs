//! Autosave: documents that are being edited, saved by themselves, and never lost.
//!
//! What must always hold:
//! - An edit is acknowledged when it is on the disk, in the document or in the synced draft log, within a second.
//! - One save is one transaction: every unsaved document of a demo, the usage of media, and the note which edits it holds.
//! - An edit made while its own save is under way is saved by the next one.
//! - What somebody else wrote is never overwritten unseen: disjoint changes are merged, others become a conflict.
//! - The state that is told is that of the disk: `Saved` is said after the commit, never before.
//!
//! Sessions belong to the process; several processes may edit one document, and meet on the disk.

mod draft;
pub mod model;
mod recover;
mod save;
mod session;
#[cfg(test)]
mod tests;
mod timer;
mod unfinished;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use uuid::Uuid;

use self::draft::Drafts;
use self::model::{Conflict, DocumentStanding, EditView, Edited, OpenDocument};
use self::session::{Session, Standing};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::site::usage::Changed;
use crate::store::{Batch, Store, json};
use crate::workspace::{Workspace, demo as names};

/// How many sessions that no window shows are kept, for what can be undone in them.
const KEPT: usize = 64;

/// What autosave must know of the world, which the app tells it.
pub trait Surroundings: fmt::Debug + Send + Sync {
    /// Where a demo is now.
    ///
    /// # Errors
    /// `NotFound` if it was deleted.
    fn folder(&self, demo: Uuid) -> Result<PathBuf>;

    /// Whether that demo is in this folder; asked while the demo's lock is held, under which folders move.
    fn is_there(&self, demo: Uuid, folder: &Path) -> bool;

    /// Why a text cannot be edited by a form; none if it can.
    fn problem(&self, document: &str, text: &str) -> Option<String>;

    /// Completes a save in its own transaction: what follows from the documents that it changes.
    ///
    /// # Errors
    /// Whatever keeps it from being complete; then nothing is saved.
    fn complete(&self, batch: &mut Batch, folder: &Path, changed: &[Changed]) -> Result<()>;

    /// Tells of a change.
    fn tell(&self, change: DocumentStanding);
}

/// How long edits wait to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// After the last edit.
    pub debounce: Duration,
    /// After the first, however many follow.
    pub cap: Duration,
    /// After the first edit that is not in the draft log, until it is put there.
    pub draft: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Self { debounce: Duration::from_secs(1), cap: Duration::from_secs(10), draft: Duration::from_millis(800) }
    }
}

/// A change as it was worked out: the whole text, and what is different in it.
#[derive(Debug)]
pub struct Worked {
    /// The text after it.
    pub text: String,
    /// What is different.
    pub edits: Vec<EditView>,
    /// The id of what is new, if it is about one thing.
    pub added: Option<String>,
    /// Changes with the same label, in quick succession, are undone together.
    pub label: Option<String>,
}

/// The documents of this process that are being edited. Clones share them.
#[derive(Debug, Clone)]
pub struct Autosave(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    workspace: Workspace,
    clock: Clock,
    around: Box<dyn Surroundings>,
    drafts: Drafts,
    /// Held by who writes or ends drafts; taken before `state`.
    drafting: Mutex<()>,
    state: Mutex<State>,
    /// Something that the timer or a flush waits for has changed.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<Key, Session>,
    /// The demos whose save is under way.
    saving: HashSet<Uuid>,
    /// The demos that the timer has begun to save.
    begun: HashSet<Uuid>,
    timer: Option<JoinHandle<()>>,
    is_closing: bool,
    delays: Delays,
}

/// A document of a demo.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    demo: Uuid,
    document: String,
}

impl Autosave {
    /// Nothing is begun before the first document is opened.
    pub fn new(workspace: Workspace, clock: Clock, delays: Delays, around: Box<dyn Surroundings>) -> Self {
        let drafts = Drafts::new(workspace.clone());
        Self(Arc::new(Inner {
            workspace,
            clock,
            around,
            drafts,
            drafting: Mutex::default(),
            state: Mutex::new(State { delays, ..State::default() }),
            changed: Condvar::new(),
        }))
    }

    /// From now on edits wait so long, those that wait already too.
    pub fn set_delays(&self, delays: Delays) {
        self.state().delays = delays;
        self.0.changed.notify_all();
    }

    /// Opens the document that the site of a demo has at `path`, or joins who has it open.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt` if it is no text; `Cancelled` while the program ends.
    pub fn open(&self, demo: Uuid, document: &str, path: &str) -> Result<OpenDocument> {
        let key = Key { demo, document: document.to_owned() };
        if !self.state().sessions.contains_key(&key) {
            let text = self.read(demo, path)?.ok_or_else(|| not_there(document))?;
            let mut state = self.state();
            refuse_when_closing(&state)?;
            forget_old(&mut state);
            state.sessions.entry(key.clone()).or_insert_with(|| Session::new(path.to_owned(), text));
            self.begin_timer(&mut state);
        }
        self.look_at(&key);
        let mut state = self.state();
        let session = state.sessions.get_mut(&key).ok_or_else(|| not_there(document))?;
        session.viewers += 1;
        session.last_used = Instant::now();
        Ok(self.shown(&key, session))
    }

    /// A window no longer shows the document; what is not saved of the demo is saved.
    ///
    /// # Errors
    /// Those of [`Autosave::flush`].
    pub fn close_document(&self, demo: Uuid, document: &str) -> Result<()> {
        if let Some(session) = self.state().sessions.get_mut(&Key { demo, document: document.to_owned() }) {
            session.viewers = session.viewers.saturating_sub(1);
        }
        self.flush(Some(demo))
    }

    /// No window shows any document any more.
    pub fn release_all(&self) {
        self.state().sessions.values_mut().for_each(|session| session.viewers = 0);
    }

    /// Changes an open document by what `work` makes of its text.
    ///
    /// # Errors
    /// Those of `work`, when nothing is changed; `NotFound` if the document is not open; `Cancelled` while the program ends.
    pub fn change(&self, demo: Uuid, document: &str, work: impl FnOnce(&str) -> Result<Worked>) -> Result<Edited> {
        self.with(demo, document, |session| {
            let worked = work(&session.text)?;
            session.edited(worked.text.into(), worked.label, Instant::now());
            Ok((worked.edits, worked.added))
        })
    }

    /// Takes the last change back. Nothing happens if there is none.
    ///
    /// # Errors
    /// As for [`Autosave::change`].
    pub fn undo(&self, demo: Uuid, document: &str) -> Result<Edited> {
        self.with(demo, document, |session| Ok((session.undo(Instant::now()).unwrap_or_default(), None)))
    }

    /// Makes the change again that was taken back last. Nothing happens if there is none.
    ///
    /// # Errors
    /// As for [`Autosave::change`].
    pub fn redo(&self, demo: Uuid, document: &str) -> Result<Edited> {
        self.with(demo, document, |session| Ok((session.redo(Instant::now()).unwrap_or_default(), None)))
    }

    /// What does not go together in a document, if anything.
    ///
    /// # Errors
    /// `NotFound` if the document is not open.
    pub fn conflict(&self, demo: Uuid, document: &str) -> Result<Option<Conflict>> {
        let state = self.state();
        let session = state.sessions.get(&Key { demo, document: document.to_owned() }).ok_or_else(|| not_open(document))?;
        Ok(session.conflict())
    }

    /// Ends a conflict: with what was written here, where both changed the same, or with what is on the disk.
    ///
    /// # Errors
    /// `NotFound` if the document is not open, or theirs is to be kept and they removed it; then the session ends. `WrongState`
    /// if there is no conflict any more; then nothing is changed.
    pub fn resolve(&self, demo: Uuid, document: &str, keeps_mine: bool) -> Result<OpenDocument> {
        let key = Key { demo, document: document.to_owned() };
        let now = Instant::now();
        let given_up = {
            let mut state = self.state();
            let session = state.sessions.get_mut(&key).ok_or_else(|| not_open(document))?;
            if !matches!(session.standing, Standing::Conflict { .. }) {
                return Err(Error::new(Code::WrongState, "There is no conflict any more. Nothing was changed."));
            }
            let given_up = session.edit;
            if keeps_mine {
                session.keep_mine(now);
            } else if session.take_theirs(now).is_none() {
                state.sessions.remove(&key);
                drop(state);
                self.note_given_up(demo, document, given_up);
                return Err(not_there(document));
            }
            self.told(&key, session);
            self.0.changed.notify_all();
            given_up
        };
        if keeps_mine {
            // A failure is told by the document's state.
            let _ = self.flush(Some(demo));
        } else {
            self.note_given_up(demo, document, given_up);
        }
        let state = self.state();
        let session = state.sessions.get(&key).ok_or_else(|| not_open(document))?;
        Ok(self.shown(&key, session))
    }

    /// Looks whether somebody else changed what is open of a demo, or of any.
    pub fn look(&self, demo: Option<Uuid>) {
        let keys: Vec<Key> = self.state().sessions.keys().filter(|key| demo.is_none_or(|demo| key.demo == demo)).cloned().collect();
        for key in &keys {
            self.look_at(key);
        }
    }

    /// What is written in a demo's documents and is not on the disk, by their paths from the site's root.
    pub fn written(&self, demo: Uuid) -> Vec<(String, Arc<str>)> {
        let state = self.state();
        let of_demo = state.sessions.iter().filter(|(key, session)| key.demo == demo && session.is_dirty());
        of_demo.map(|(_, session)| (session.path.clone(), session.text.clone())).collect()
    }

    /// The demos that have documents open.
    pub fn demos(&self) -> HashSet<Uuid> {
        self.state().sessions.keys().map(|key| key.demo).collect()
    }

    /// A document went to another name: what is open of it goes with it, and so does what is kept of it.
    pub fn renamed(&self, demo: Uuid, from: &str, to: &str, path: &str) {
        let mut state = self.state();
        let key = Key { demo, document: from.to_owned() };
        let Some(mut session) = state.sessions.remove(&key) else { return };
        let unfinished = session.unfinished.is_some().then(|| self.unfinished_entry(&key, &session));
        let unsaved = session.is_dirty().then_some(session.edit);
        path.clone_into(&mut session.path);
        session.drafted = session.saved;
        session.first_undrafted = unsaved.map(|_| Instant::now());
        state.sessions.insert(Key { demo, document: to.to_owned() }, session);
        drop(state);
        if let Some(unfinished) = unfinished {
            self.move_unfinished(demo, &unfinished, to);
        }
        if let Some(edit) = unsaved {
            self.write_drafts(true);
            self.note_given_up(demo, from, edit);
        }
    }

    fn look_at(&self, key: &Key) {
        let Some(path) = self.state().sessions.get(key).map(|session| session.path.clone()) else { return };
        let Ok(theirs) = self.read(key.demo, &path) else { return };
        let mut state = self.state();
        let Some(session) = state.sessions.get_mut(key) else { return };
        if theirs.is_none() && !session.holds_something() {
            state.sessions.remove(key);
        } else if session.met(theirs) {
            self.told(key, session);
            self.0.changed.notify_all();
        }
    }

    fn with(
        &self,
        demo: Uuid,
        document: &str,
        work: impl FnOnce(&mut Session) -> Result<(Vec<EditView>, Option<String>)>,
    ) -> Result<Edited> {
        let key = Key { demo, document: document.to_owned() };
        let mut state = self.state();
        refuse_when_closing(&state)?;
        let session = state.sessions.get_mut(&key).ok_or_else(|| not_open(document))?;
        let before = session.save_state();
        let (edits, added) = work(session)?;
        session.last_used = Instant::now();
        if session.save_state() != before {
            self.told(&key, session);
        }
        let edited = Edited {
            version: session.version,
            edits,
            added,
            save: session.save_state(),
            can_undo: session.can_undo(),
            can_redo: session.can_redo(),
        };
        self.0.changed.notify_all();
        Ok(edited)
    }

    /// A document's text on the disk; none if it is not there.
    fn read(&self, demo: Uuid, path: &str) -> Result<Option<Arc<str>>> {
        let folder = self.0.around.folder(demo)?;
        if !self.0.around.is_there(demo, &folder) {
            return Err(Error::new(Code::NotFound, "The demo is not there. Nothing was changed."));
        }
        crate::site::file::place(&folder.join(names::SITE), path)
            .map_err(|cause| Error::new(Code::InvalidInput, format!("{path} cannot be edited: {cause}. Nothing was changed.")))?;
        let text = self.store(demo, &folder).text(&in_store(path))?;
        Ok(text.map(Arc::from))
    }

    fn store(&self, demo: Uuid, folder: &Path) -> Store {
        Store::of_demo(&self.0.workspace, folder, demo)
    }

    fn shown(&self, key: &Key, session: &Session) -> OpenDocument {
        let problem = self.0.around.problem(&key.document, &session.text);
        let content = problem.is_none().then(|| json::parse(&session.text).ok()).flatten();
        OpenDocument {
            demo: key.demo,
            document: key.document.clone(),
            version: session.version,
            content,
            text: session.text.as_ref().to_owned(),
            saved: session.base.as_deref().map(str::to_owned),
            problem,
            unfinished: session.unfinished.as_deref().map(str::to_owned),
            save: session.save_state(),
            can_undo: session.can_undo(),
            can_redo: session.can_redo(),
        }
    }

    fn told(&self, key: &Key, session: &Session) {
        self.0.around.tell(DocumentStanding {
            demo: key.demo,
            document: key.document.clone(),
            version: session.version,
            save: session.save_state(),
            can_undo: session.can_undo(),
            can_redo: session.can_redo(),
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A document's name in the demo's store.
fn in_store(path: &str) -> String {
    format!("{}/{path}", names::SITE)
}

/// Lets go of sessions that nobody looks at and that have nothing to save, the longest unused first.
fn forget_old(state: &mut State) {
    let mut idle: Vec<(Instant, Key)> = state
        .sessions
        .iter()
        .filter(|(_, session)| session.viewers == 0 && !session.holds_something())
        .map(|(key, session)| (session.last_used, key.clone()))
        .collect();
    idle.sort_unstable();
    for (_, key) in idle.iter().rev().skip(KEPT) {
        state.sessions.remove(key);
    }
}

fn refuse_when_closing(state: &State) -> Result<()> {
    if state.is_closing {
        return Err(Error::new(Code::Cancelled, "Backlot is ending; nothing was changed."));
    }
    Ok(())
}

fn not_open(document: &str) -> Error {
    Error::new(Code::NotFound, format!("{document} is not open any more. Nothing was changed; open it again."))
}

fn not_there(document: &str) -> Error {
    Error::new(Code::NotFound, format!("There is no {document} in this demo any more."))
}
