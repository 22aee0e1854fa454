//! Saving: everything of a demo that is not on the disk, in one transaction.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::draft::Applied;
use super::session::Standing;
use super::{Autosave, Key, State, in_store};
use crate::error::{Code, Error, Result};
use crate::site::usage::Changed;
use crate::store::Batch;
use crate::store::merge::{self, Merged};

/// How long locks are waited for while the program ends, those of all demos together.
const LAST_PATIENCE: Duration = Duration::from_secs(3);
/// How often a wait for another save looks whether it is over, should it not be told.
const PATIENCE: Duration = Duration::from_secs(1);

/// A document as it is sent to the disk.
#[derive(Debug)]
struct Sent {
    key: Key,
    path: String,
    base: Option<Arc<str>>,
    text: Arc<str>,
    edit: u64,
    /// How long the pause before this try was, if the last one failed.
    pause: Option<Duration>,
}

/// What became of it.
#[derive(Debug)]
enum Outcome {
    Written { text: Arc<str>, is_merged: bool },
    Conflict(Option<Arc<str>>),
}

impl Autosave {
    /// Saves at once whatever is not saved, of a demo or of all of them, and waits for saves that are under way.
    ///
    /// # Errors
    /// The first that kept something from being saved; each document's state tells too. A conflict is no error.
    pub fn flush(&self, demo: Option<Uuid>) -> Result<()> {
        self.flush_within(demo, None)
    }

    /// As [`Autosave::flush`]; locks, those of all demos together, are waited for no longer than `patience`.
    fn flush_within(&self, demo: Option<Uuid>, patience: Option<Duration>) -> Result<()> {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut demos: Vec<Uuid> = {
            let state = self.state();
            let unsaved = state.sessions.iter().filter(|(key, session)| session.is_dirty() && demo.is_none_or(|demo| key.demo == demo));
            unsaved.map(|(key, _)| key.demo).collect()
        };
        demos.sort_unstable();
        demos.dedup();
        let mut result = Ok(());
        for demo in demos {
            let saved = self.save(demo, until.map(|until| until.saturating_duration_since(Instant::now())));
            if result.is_ok() {
                result = saved;
            }
        }
        result
    }

    /// Ends in order: no edit is taken any more, what is unsaved is saved, and what cannot be saved `until` then is in the draft log.
    pub fn close(&self, until: Instant) {
        self.state().is_closing = true;
        self.0.changed.notify_all();
        // First, for a save may have to wait for its lock, and who asked for the end may not wait for the save.
        self.write_drafts(true);
        if let Err(error) = self.flush_within(None, Some(until.saturating_duration_since(Instant::now()).min(LAST_PATIENCE))) {
            tracing::error!(%error, "not everything could be saved; it is kept as a draft");
        }
        self.write_drafts(true);
        let timer = self.state().timer.take();
        if let Some(timer) = timer {
            let _ = timer.join();
        }
    }

    /// Saves what is unsaved of one demo.
    pub(super) fn save(&self, demo: Uuid, patience: Option<Duration>) -> Result<()> {
        let sent = {
            let mut state = self.state();
            let until = patience.map(|patience| Instant::now() + patience);
            while state.saving.contains(&demo) {
                let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
                if left.is_zero() {
                    return Err(Error::new(
                        Code::Locked,
                        "A save that began before is still waiting for its lock. Your edits are kept as a draft.",
                    ));
                }
                state = self.0.changed.wait_timeout(state, left.min(PATIENCE)).unwrap_or_else(PoisonError::into_inner).0;
            }
            let sent = self.collect(&mut state, demo);
            if sent.is_empty() {
                return Ok(());
            }
            state.saving.insert(demo);
            sent
        };
        self.0.changed.notify_all();
        // The mark must go whatever happens, or nothing of the demo would ever be saved again.
        let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.write(demo, &sent, patience)));
        let written = written
            .unwrap_or_else(|_| Err(Error::new(Code::Internal, "Backlot met a defect of its own while saving. Your edits are kept.")));
        let mut state = self.state();
        state.saving.remove(&demo);
        let result = self.settle(&mut state, &sent, written);
        drop(state);
        self.0.changed.notify_all();
        self.end_draft_if_saved(demo);
        // What others changed while the save was under way was not looked at.
        for sent in &sent {
            self.look_at(&sent.key);
        }
        result
    }

    fn collect(&self, state: &mut State, demo: Uuid) -> Vec<Sent> {
        let mut sent = Vec::new();
        for (key, session) in state.sessions.iter_mut().filter(|(key, session)| key.demo == demo && session.is_dirty()) {
            let pause = match &session.standing {
                Standing::Conflict { .. } => continue,
                Standing::Failed { pause, .. } => Some(*pause),
                _ => None,
            };
            session.standing = Standing::Saving;
            self.told(key, session);
            sent.push(Sent {
                key: key.clone(),
                path: session.path.clone(),
                base: session.base.clone(),
                text: session.text.clone(),
                edit: session.edit,
                pause,
            });
        }
        sent.sort_by(|a, b| a.path.cmp(&b.path));
        sent
    }

    fn write(&self, demo: Uuid, sent: &[Sent], patience: Option<Duration>) -> Result<Vec<Outcome>> {
        let folder = self.0.around.folder(demo)?;
        let mut store = self.store(demo, &folder);
        if let Some(patience) = patience {
            store = store.with_patience(patience);
        }
        let (mut outcomes, committed) = store.transact_told("save what was edited", |batch| {
            if !self.0.around.is_there(demo, &folder) {
                return Err(Error::new(
                    Code::NotFound,
                    "The demo was renamed or deleted this moment. Your edits are kept; they are saved when it is there.",
                ));
            }
            let outcomes: Vec<Outcome> = sent.iter().map(|sent| put(batch, sent)).collect::<Result<_>>()?;
            let written =
                || sent.iter().zip(&outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Written { .. })).map(|(sent, _)| sent);
            let changed: Vec<Changed> = written().map(|sent| Changed { path: sent.path.clone(), before: sent.base.clone() }).collect();
            if !changed.is_empty() {
                self.0.around.complete(batch, &folder, &changed)?;
                let numbers: Vec<(String, u64)> = written().map(|sent| (sent.key.document.clone(), sent.edit)).collect();
                Applied::note(batch, &self.0.drafts, demo, self.0.drafts.writer(), &numbers)?;
            }
            Ok(outcomes)
        })?;
        // Completed, a document may read otherwise than it was sent.
        for (sent, outcome) in sent.iter().zip(&mut outcomes) {
            if let (Outcome::Written { text, .. }, Some(committed)) = (outcome, committed.text(&in_store(&sent.path))) {
                *text = committed;
            }
        }
        Ok(outcomes)
    }

    fn settle(&self, state: &mut State, sent: &[Sent], written: Result<Vec<Outcome>>) -> Result<()> {
        let now = Instant::now();
        let at = self.0.clock.now();
        let (outcomes, error) = match written {
            Ok(outcomes) => (outcomes, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut outcomes = outcomes.into_iter();
        for sent in sent {
            let Some(session) = state.sessions.get_mut(&sent.key) else { continue };
            match (outcomes.next(), &error) {
                (Some(Outcome::Written { text, is_merged }), _) => session.was_saved(&sent.text, text, sent.edit, is_merged, at),
                (Some(Outcome::Conflict(theirs)), _) => session.was_refused(theirs),
                (None, Some(error)) => session.has_failed(error.clone(), sent.pause, now),
                (None, None) => {}
            }
            self.told(&sent.key, session);
        }
        error.map_or(Ok(()), Err)
    }

    /// Removes a demo's draft once nothing is unsaved or unfinished.
    pub(super) fn end_draft_if_saved(&self, demo: Uuid) {
        // Never in the middle of somebody's writing: what is written after the end would be a draft of what is saved.
        let _quiet = self.0.drafting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        if state.sessions.iter().any(|(key, session)| key.demo == demo && session.holds_something()) {
            return;
        }
        for (_, session) in state.sessions.iter_mut().filter(|(key, _)| key.demo == demo) {
            session.drafted = session.edit;
        }
        self.0.drafts.end(demo);
    }

    /// Notes that the edits of a document up to this number were given up, so that they are not offered after a crash.
    pub(super) fn note_given_up(&self, demo: Uuid, document: &str, edit: u64) {
        let noted = self.0.around.folder(demo).and_then(|folder| {
            let store = self.store(demo, &folder);
            store.transact("note what was given up", |batch| {
                Applied::note(batch, &self.0.drafts, demo, self.0.drafts.writer(), &[(document.to_owned(), edit)])
            })
        });
        if let Err(error) = noted {
            tracing::warn!(%error, document, "edits that were given up may be offered again");
        }
        self.end_draft_if_saved(demo);
    }
}

/// Puts one document into the batch, on top of what is there now.
fn put(batch: &mut Batch, sent: &Sent) -> Result<Outcome> {
    let name = in_store(&sent.path);
    let theirs = batch.text(&name)?;
    let (text, is_merged) = match &theirs {
        theirs if *theirs == sent.base => (sent.text.clone(), false),
        Some(theirs) if *theirs == sent.text => (sent.text.clone(), false),
        Some(theirs) => match merge::merge(sent.base.as_deref().unwrap_or_default(), &sent.text, theirs) {
            Merged::Clean(text) => (text.into(), true),
            Merged::Conflict(_) => return Ok(Outcome::Conflict(Some(theirs.clone()))),
        },
        None => return Ok(Outcome::Conflict(None)),
    };
    batch.set_text(&name, text.clone())?;
    Ok(Outcome::Written { text, is_merged })
}
