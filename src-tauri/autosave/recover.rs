//! What dead processes left in the draft log: offered, applied, or given up.

use std::sync::Arc;

use uuid::Uuid;

use super::draft::{Applied, Entry};
use super::model::Draft;
use super::{Autosave, in_store};
use crate::error::{Code, Error, Result};
use crate::site::usage::Changed;
use crate::store::merge::{self, Merged};
use crate::workspace::demo as names;

impl Autosave {
    /// The edits that processes which ended did not save.
    ///
    /// # Errors
    /// `NotFound` if there is no such demo; `NotWritable` or `Io`.
    pub fn drafts(&self, demo: Uuid) -> Result<Vec<Draft>> {
        let folder = self.0.around.folder(demo)?;
        let store = self.store(demo, &folder);
        let applied = store.read::<Applied>(names::AUTOSAVE)?.unwrap_or_default();
        let left = self.0.drafts.left(demo, &applied)?;
        let shown = left.into_iter().map(|(writer, entry)| {
            let theirs = store.text(&in_store(&entry.path))?;
            let merges = match (&entry.base, &theirs) {
                (base, theirs) if entry.is_unfinished => base.as_deref() == theirs.as_deref(),
                (Some(base), Some(theirs)) => matches!(merge::merge(base, &entry.text, theirs), Merged::Clean(_)),
                _ => false,
            };
            Ok((entry.text != theirs.as_deref().unwrap_or_default()).then(|| Draft {
                id: format!("{writer}/{}", entry.name()),
                unfinished: entry.is_unfinished,
                document: entry.document,
                at: entry.at,
                mine: entry.text,
                theirs,
                merges,
            }))
        });
        shown.filter_map(Result::transpose).collect()
    }

    /// Applies what a dead process did not save; where both sides changed the same, the draft's is taken.
    ///
    /// # Errors
    /// `NotFound` if there is no such draft any more; `InvalidInput` if it is an unfinished text; those of a save.
    pub fn apply_draft(&self, demo: Uuid, id: &str) -> Result<()> {
        self.settle_left(demo, id, true)?;
        self.look(Some(demo));
        Ok(())
    }

    /// Gives up what a dead process did not save.
    ///
    /// # Errors
    /// As for [`Autosave::apply_draft`].
    pub fn discard_draft(&self, demo: Uuid, id: &str) -> Result<()> {
        self.settle_left(demo, id, false)
    }

    /// Removes every draft of a demo that is gone for good.
    pub fn forget(&self, demo: Uuid) {
        self.state().sessions.retain(|key, _| key.demo != demo);
        self.0.drafts.forget(demo);
    }

    fn settle_left(&self, demo: Uuid, id: &str, applies: bool) -> Result<()> {
        let gone = || Error::new(Code::NotFound, "There is no such draft any more. Nothing was changed.");
        let (writer, name) = id.split_once('/').ok_or_else(gone)?;
        let writer: Uuid = writer.parse().map_err(|_| gone())?;
        // Held to the end, so that nobody else applies it too.
        let _owner = self.0.drafts.take_over(writer)?;
        let folder = self.0.around.folder(demo)?;
        let left = self.store(demo, &folder).transact("apply a draft", |batch| {
            if !self.0.around.is_there(demo, &folder) {
                return Err(Error::new(Code::NotFound, "The demo was renamed or deleted this moment. Nothing was changed."));
            }
            let applied = batch.read::<Applied>(names::AUTOSAVE)?.unwrap_or_default();
            let mut left = self.0.drafts.entries(demo, writer, &applied)?;
            let at = left.iter().position(|entry| entry.name() == name).ok_or_else(gone)?;
            let entry = left.swap_remove(at);
            if applies && entry.is_unfinished {
                let message = "This text is no JSON yet. Nothing was changed; open it, finish it, and it is saved.";
                return Err(Error::new(Code::InvalidInput, message));
            }
            if applies {
                let name = in_store(&entry.path);
                let theirs = batch.text(&name)?;
                batch.set_text(&name, text_of(&entry, theirs.as_deref()))?;
                self.0.around.complete(batch, &folder, &[Changed { path: entry.path.clone(), before: theirs }])?;
            }
            Applied::note(batch, &self.0.drafts, demo, writer, &[(entry.name(), entry.edit)])?;
            Ok(left)
        })?;
        if left.is_empty() {
            self.0.drafts.end_of(demo, writer);
        }
        Ok(())
    }
}

fn text_of(entry: &Entry, theirs: Option<&str>) -> Arc<str> {
    match (&entry.base, theirs) {
        (Some(base), Some(theirs)) => merge::replay(base, &entry.text, theirs).into(),
        _ => entry.text.as_str().into(),
    }
}
