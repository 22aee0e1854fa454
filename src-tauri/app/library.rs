//! The media of a demo, with the documents that show them: what is typed is saved before anything that changes both.

use std::path::Path;

use serde_json::Value;
use uuid::Uuid;

use super::App;
use super::view::Change;
use crate::cancel::Cancel;
use crate::error::Result;
use crate::media::Media;
use crate::media::model::{MediaFinding, MediaUse};

impl App {
    /// Another file in the place of an item's; what refers to it refers to the new one.
    ///
    /// # Errors
    /// Those of [`Media::replace`].
    pub fn replace_media(&self, demo: Uuid, id: &str, file: &Path) -> Result<Option<Value>> {
        self.on_media(demo, |media| Ok(media.replace(id, file, &Cancel::new())?.files.pop()))
    }

    /// A new file name for an item; every reference follows.
    ///
    /// # Errors
    /// Those of [`Media::rename`].
    pub fn rename_media(&self, demo: Uuid, id: &str, filename: &str) -> Result<Option<Value>> {
        self.on_media(demo, |media| Ok(media.rename(id, filename)?.files.pop()))
    }

    /// Removes items; what it answers with brings them back.
    ///
    /// # Errors
    /// Those of [`Media::remove`].
    pub fn remove_media(&self, demo: Uuid, ids: &[String], even_if_used: bool) -> Result<String> {
        self.on_media(demo, |media| media.remove(ids, even_if_used))
    }

    /// Brings back what was removed or repaired.
    ///
    /// # Errors
    /// Those of [`Media::restore`].
    pub fn restore_media(&self, demo: Uuid, token: &str) -> Result<()> {
        self.on_media(demo, |media| media.restore(token))
    }

    /// Where an item is used, what is typed this moment included.
    ///
    /// # Errors
    /// Those of [`Media::uses`].
    pub fn media_uses(&self, demo: Uuid, id: &str) -> Result<Vec<MediaUse>> {
        self.flush(Some(demo))?;
        self.media(&demo.to_string())?.uses(id)
    }

    /// What is wrong with the media of a demo.
    ///
    /// # Errors
    /// Those of [`Media::check`].
    pub fn check_media(&self, demo: Uuid) -> Result<Vec<MediaFinding>> {
        self.flush(Some(demo))?;
        self.media(&demo.to_string())?.check()
    }

    /// Does what the remedies of these findings say; what it answers with undoes it.
    ///
    /// # Errors
    /// Those of [`Media::repair`].
    pub fn repair_media(&self, demo: Uuid, findings: &[MediaFinding]) -> Result<String> {
        self.on_media(demo, |media| media.repair(findings))
    }

    /// Does something with media that documents may show: what is unsaved is saved before, and what is open looks at the disk after.
    fn on_media<T>(&self, demo: Uuid, work: impl FnOnce(&Media) -> Result<T>) -> Result<T> {
        self.flush(Some(demo))?;
        let done = work(&self.media(&demo.to_string())?)?;
        self.0.autosave.look(Some(demo));
        self.0.hub.emit(Change::MediaChanged { demo });
        Ok(done)
    }
}
