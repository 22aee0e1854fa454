//! Texts that are typed and are not JSON yet: no part of their document, never saved into it, and kept all the same.
//!
//! Such a text is in the draft log as soon as it is handed over, under a name of its own, and stays there until it is finished
//! or given up. While its process lives, whoever opens the document is given it; afterwards it is offered like any other draft.

use std::sync::{Arc, PoisonError};

use uuid::Uuid;

use super::draft::Entry;
use super::session::Session;
use super::{Autosave, Key, not_open};
use crate::error::Result;

impl Autosave {
    /// Keeps a text typed for an open document that is not JSON yet, in place of the one kept before; with none, that one is
    /// finished or given up. It is durable when this returns.
    ///
    /// # Errors
    /// `NotFound` if the document is not open; those of writing the draft log, when what was kept before is still kept.
    pub fn keep_unfinished(&self, demo: Uuid, document: &str, text: Option<&str>) -> Result<()> {
        let key = Key { demo, document: document.to_owned() };
        {
            let _writing = self.0.drafting.lock().unwrap_or_else(PoisonError::into_inner);
            let (before, entry) = {
                let mut state = self.state();
                let session = state.sessions.get_mut(&key).ok_or_else(|| not_open(document))?;
                if session.unfinished.as_deref() == text {
                    return Ok(());
                }
                let before = std::mem::replace(&mut session.unfinished, text.map(Arc::from));
                (before, self.unfinished_entry(&key, session))
            };
            let written = self.0.drafts.write(demo, &[entry], || self.unsaved(demo));
            if written.is_err()
                && let Some(session) = self.state().sessions.get_mut(&key)
            {
                session.unfinished = before;
            }
            written?;
        }
        self.end_draft_if_saved(demo);
        Ok(())
    }

    /// A document went to another name, and its unfinished text with it.
    pub(super) fn move_unfinished(&self, demo: Uuid, from: &Entry, to: &str) {
        // Of the old name nothing is left to be offered.
        let ended = Entry { text: String::new(), ..from.clone() };
        let _writing = self.0.drafting.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = self.state().sessions.get(&Key { demo, document: to.to_owned() }).map(|session| {
            let key = Key { demo, document: to.to_owned() };
            self.unfinished_entry(&key, session)
        });
        let entries: Vec<Entry> = moved.into_iter().chain([ended]).collect();
        if let Err(error) = self.0.drafts.write(demo, &entries, || self.unsaved(demo)) {
            tracing::error!(%error, document = to, "an unfinished text is kept under the name that its document had before");
        }
    }

    /// The unfinished text of a document as it stands in the log; without text if there is none any more.
    pub(super) fn unfinished_entry(&self, key: &Key, session: &Session) -> Entry {
        let text = session.unfinished.as_deref().unwrap_or_default().to_owned();
        Entry { text, is_unfinished: true, ..self.entry(key, session) }
    }
}
