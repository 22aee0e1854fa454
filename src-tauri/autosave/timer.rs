//! The thread that saves what is due and keeps drafts.

use std::sync::PoisonError;
use std::time::Instant;

use uuid::Uuid;

use super::draft::Entry;
use super::{Autosave, Key, State};
use crate::error::Result;

impl Autosave {
    /// Begins the thread if there is none yet.
    pub(super) fn begin_timer(&self, state: &mut State) {
        if state.timer.is_none() {
            let autosave = self.clone();
            state.timer = Some(std::thread::spawn(move || autosave.watch_time()));
        }
    }

    fn watch_time(&self) {
        loop {
            {
                let mut state = self.state();
                loop {
                    if state.is_closing {
                        return;
                    }
                    let now = Instant::now();
                    match state.next_due() {
                        Some(due) if due <= now => break,
                        Some(due) => {
                            let waited = self.0.changed.wait_timeout(state, due - now);
                            state = waited.unwrap_or_else(PoisonError::into_inner).0;
                        }
                        None => state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                    }
                }
            }
            self.write_drafts(false);
            for demo in self.due_demos() {
                // On threads of their own: a demo whose lock cannot be had keeps no other from being saved.
                let autosave = self.clone();
                std::thread::spawn(move || {
                    let saved = autosave.save(demo, None);
                    if let Err(error) = saved {
                        tracing::warn!(%demo, %error, "edits could not be saved; it is tried again");
                    }
                    autosave.state().begun.remove(&demo);
                    autosave.0.changed.notify_all();
                });
            }
        }
    }

    /// The demos that are to be saved now; each is marked as begun.
    fn due_demos(&self) -> Vec<Uuid> {
        let now = Instant::now();
        let mut state = self.state();
        let due = state.sessions.iter().filter(|(key, session)| {
            session.is_dirty()
                && !state.begun.contains(&key.demo)
                && session.due(state.delays.debounce, state.delays.cap).is_some_and(|due| due <= now)
        });
        let mut demos: Vec<Uuid> = due.map(|(key, _)| key.demo).collect();
        demos.sort_unstable();
        demos.dedup();
        state.begun.extend(&demos);
        demos
    }

    /// Puts edits into the draft log: those that are due, or whatever is unsaved.
    pub(super) fn write_drafts(&self, all: bool) {
        let _writing = self.0.drafting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mut due: Vec<(Uuid, Vec<(Key, Entry)>)> = Vec::new();
        {
            let mut state = self.state();
            let delay = state.delays.draft;
            for (key, session) in &mut state.sessions {
                let is_due = session.first_undrafted.is_some_and(|first| all || first + delay <= now);
                if !is_due || session.edit <= session.drafted {
                    continue;
                }
                session.first_undrafted = None;
                let entry = self.entry(key, session);
                match due.iter_mut().find(|(demo, _)| *demo == key.demo) {
                    Some((_, entries)) => entries.push((key.clone(), entry)),
                    None => due.push((key.demo, vec![(key.clone(), entry)])),
                }
            }
        }
        for (demo, entries) in due {
            let (keys, entries): (Vec<Key>, Vec<Entry>) = entries.into_iter().unzip();
            let written: Result<()> = self.0.drafts.write(demo, &entries, || self.unsaved(demo));
            let mut state = self.state();
            for (key, entry) in keys.iter().zip(&entries) {
                let Some(session) = state.sessions.get_mut(key) else { continue };
                match &written {
                    Ok(()) => session.drafted = session.drafted.max(entry.edit),
                    Err(error) => {
                        tracing::error!(%error, document = key.document, "edits could not be kept in the draft log");
                        // What was saved meanwhile needs none.
                        if session.edit > session.drafted {
                            session.first_undrafted.get_or_insert(now);
                        }
                    }
                }
            }
        }
    }

    /// All that a demo's draft has to hold.
    pub(super) fn unsaved(&self, demo: Uuid) -> Vec<Entry> {
        let state = self.state();
        let of_demo = || state.sessions.iter().filter(|(key, _)| key.demo == demo);
        let unsaved = of_demo().filter(|(_, session)| session.is_dirty()).map(|(key, session)| self.entry(key, session));
        let unfinished = of_demo().filter(|(_, session)| session.unfinished.is_some());
        unsaved.chain(unfinished.map(|(key, session)| self.unfinished_entry(key, session))).collect()
    }

    /// A document with its edits, as it stands in the log.
    pub(super) fn entry(&self, key: &Key, session: &super::Session) -> Entry {
        Entry {
            document: key.document.clone(),
            path: session.path.clone(),
            edit: session.edit,
            at: self.0.clock.now(),
            base: session.base.as_deref().map(str::to_owned),
            text: session.text.as_ref().to_owned(),
            is_unfinished: false,
        }
    }
}

impl State {
    /// When there is something to do next: a save, or a draft to keep.
    fn next_due(&self) -> Option<Instant> {
        let saves = self
            .sessions
            .iter()
            .filter(|(key, session)| session.is_dirty() && !self.begun.contains(&key.demo))
            .filter_map(|(_, session)| session.due(self.delays.debounce, self.delays.cap));
        let drafts = self.sessions.values().filter_map(|session| Some(session.first_undrafted? + self.delays.draft));
        saves.chain(drafts).min()
    }
}
