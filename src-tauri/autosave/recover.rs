//! What dead processes left in the draft log: offered, applied, or given up.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::draft::{Applied, Entry};
use super::model::{Draft, LeftDrafts};
use super::{Autosave, in_store};
use crate::error::{Code, Error, Result};
use crate::site::usage::Changed;
use crate::store::Store;
use crate::store::merge::{self, Merged};
use crate::workspace::demo as names;

impl Autosave {
    /// The edits that processes which ended did not save. A draft of which everything is on the disk goes.
    ///
    /// # Errors
    /// `NotFound` if there is no such demo; `NotWritable` or `Io`.
    pub fn drafts(&self, demo: Uuid) -> Result<Vec<Draft>> {
        let folder = self.0.around.folder(demo)?;
        let store = self.store(demo, &folder);
        let dead = self.0.drafts.dead(demo)?;
        // Not before it is known who is dead: a save is the last that a writer may have done.
        let applied = store.read::<Applied>(names::AUTOSAVE)?.unwrap_or_default();
        let mut drafts = Vec::new();
        for (writer, _owner) in dead {
            let before = drafts.len();
            for entry in self.0.drafts.entries(demo, writer, &applied)? {
                drafts.extend(offer(&store, writer, entry)?);
            }
            if drafts.len() == before {
                // Were it kept, it would be offered once somebody changed what it holds.
                self.0.drafts.end_of(demo, writer);
            }
        }
        Ok(drafts)
    }

    /// The demos with edits that processes which ended did not save. One that cannot be read is left out, and logged.
    pub fn left_drafts(&self) -> Vec<LeftDrafts> {
        let counted = self.0.drafts.demos().into_iter().filter_map(|demo| match self.drafts(demo) {
            Ok(drafts) => Some(LeftDrafts { demo, documents: drafts.len() }),
            Err(error) => {
                // Of a demo in the trash, drafts are kept until it is gone for good.
                tracing::debug!(%demo, %error, "the drafts of a demo are not offered");
                None
            }
        });
        counted.filter(|left| left.documents > 0).collect()
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

    /// Gives up what a dead process did not save. While this process lives, [`Autosave::restore_draft`] takes that back.
    ///
    /// # Errors
    /// As for [`Autosave::apply_draft`].
    pub fn discard_draft(&self, demo: Uuid, id: &str) -> Result<()> {
        self.settle_left(demo, id, false)
    }

    /// Offers a draft again that was given up in this process.
    ///
    /// # Errors
    /// `NotFound` if it was not, or is not kept any more; those of a save.
    pub fn restore_draft(&self, demo: Uuid, id: &str) -> Result<()> {
        let (writer, name) = named(id)?;
        let _owner = self.0.drafts.take_over(writer)?;
        if !self.0.drafts.take_back(writer, name) {
            return Err(gone());
        }
        let folder = self.0.around.folder(demo)?;
        let restored = self.store(demo, &folder).transact("offer a draft again", |batch| {
            self.stays(demo, &folder)?;
            Applied::forget(batch, writer, name)
        });
        if restored.is_err() {
            self.0.drafts.give_up(writer, name);
        }
        restored
    }

    /// Removes every draft of a demo that is gone for good.
    pub fn forget(&self, demo: Uuid) {
        self.state().sessions.retain(|key, _| key.demo != demo);
        self.0.drafts.forget(demo);
    }

    fn settle_left(&self, demo: Uuid, id: &str, applies: bool) -> Result<()> {
        let (writer, name) = named(id)?;
        // Held to the end, so that nobody else applies it too.
        let _owner = self.0.drafts.take_over(writer)?;
        let folder = self.0.around.folder(demo)?;
        let left = self.store(demo, &folder).transact("apply a draft", |batch| {
            self.stays(demo, &folder)?;
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
        if !applies {
            self.0.drafts.give_up(writer, name);
        }
        if left.is_empty() {
            self.0.drafts.end_of(demo, writer);
        }
        Ok(())
    }

    /// Refuses when the demo went elsewhere while its lock was waited for.
    fn stays(&self, demo: Uuid, folder: &Path) -> Result<()> {
        if self.0.around.is_there(demo, folder) {
            return Ok(());
        }
        Err(Error::new(Code::NotFound, "The demo was renamed or deleted this moment. Nothing was changed."))
    }
}

/// What a draft's id says: who wrote it, and its name in their log.
fn named(id: &str) -> Result<(Uuid, &str)> {
    let (writer, name) = id.split_once('/').ok_or_else(gone)?;
    Ok((writer.parse().map_err(|_| gone())?, name))
}

fn gone() -> Error {
    Error::new(Code::NotFound, "There is no such draft any more. Nothing was changed.")
}

/// What is offered of a dead writer's edits of one document; none if they are on the disk.
fn offer(store: &Store, writer: Uuid, entry: Entry) -> Result<Option<Draft>> {
    let theirs = store.text(&in_store(&entry.path))?;
    if entry.text == theirs.as_deref().unwrap_or_default() {
        return Ok(None);
    }
    let merges = match (&entry.base, &theirs) {
        (base, theirs) if entry.is_unfinished => base.as_deref() == theirs.as_deref(),
        (Some(base), Some(theirs)) => matches!(merge::merge(base, &entry.text, theirs), Merged::Clean(_)),
        _ => false,
    };
    let (id, unfinished) = (format!("{writer}/{}", entry.name()), entry.is_unfinished);
    Ok(Some(Draft { id, document: entry.document, at: entry.at, mine: entry.text, theirs, merges, unfinished }))
}

fn text_of(entry: &Entry, theirs: Option<&str>) -> Arc<str> {
    match (&entry.base, theirs) {
        (Some(base), Some(theirs)) => merge::replay(base, &entry.text, theirs).into(),
        _ => entry.text.as_str().into(),
    }
}
