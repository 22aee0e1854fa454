//! Media of demos through the app: imports in the background, and changes that every window hears of.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError};
use std::thread;

use uuid::Uuid;

use super::{App, Change};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::media::Media;
use crate::media::model::{FailedFile, ImportState, MediaImport, MediaListing};

impl App {
    /// Begins to add files, and the files of folders among them, to a demo's media; events tell how it goes on.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if the demo is not complete, or the program ends.
    pub fn start_import(&self, demo: &str, files: Vec<PathBuf>) -> Result<MediaImport> {
        let media = self.media(demo)?;
        if self.is_closing() {
            return Err(Error::new(Code::WrongState, "Backlot is being closed; nothing new is begun."));
        }
        let (id, cancel) = (crate::clock::new_id(), Cancel::new());
        let begun = media.begun(id);
        let app = self.clone();
        // Known before anybody can ask for it to be stopped.
        let (ready, wait) = std::sync::mpsc::channel();
        let told = begun.clone();
        thread::spawn(move || {
            let ending = app.0.imports.begin(id, &cancel);
            app.0.imports.told(id, &told);
            let _ = ready.send(());
            let _ = app.import(&media, id, &files, &|_| (), &cancel);
            drop(ending);
            app.notice();
        });
        let _ = wait.recv();
        Ok(begun)
    }

    /// Adds files, and the files of folders among them, to a demo's media, and returns when it is done.
    ///
    /// # Errors
    /// `NotFound`; `WrongState`; those of [`Media::import`].
    pub fn import_media(&self, demo: &str, files: &[PathBuf], on_progress: &dyn Fn(&MediaImport), cancel: &Cancel) -> Result<MediaImport> {
        let media = self.media(demo)?;
        let id = crate::clock::new_id();
        let ending = self.0.imports.begin(id, cancel);
        let done = self.import(&media, id, files, on_progress, cancel);
        drop(ending);
        self.notice();
        done
    }

    /// Stops an import of this process; what it has added stays. Whatever has ended is left alone.
    pub fn cancel_import(&self, id: Uuid) {
        self.0.imports.cancel(id);
    }

    /// The imports into a demo that this process works on, each as it was told last.
    ///
    /// # Errors
    /// `NotFound`; `WrongState`.
    pub fn imports(&self, demo: &str) -> Result<Vec<MediaImport>> {
        let demo = self.media(demo)?.demo();
        let mut running = self.0.imports.list();
        running.retain(|import| import.demo == demo);
        running.sort_by_key(|import| import.id);
        Ok(running)
    }

    /// The media of a demo, to be shown: from now on whoever watches is told when another program changes them.
    ///
    /// # Errors
    /// `NotFound`; `WrongState`; those of [`Media::list`].
    pub fn list_media(&self, demo: Uuid) -> Result<MediaListing> {
        let listing = self.media(&demo.to_string())?.list()?;
        let is_new = self.media_listed().insert(demo, listing.rev.clone()).is_none();
        if is_new {
            self.notice();
        }
        Ok(listing)
    }

    /// The demos whose media were listed, each with the revision of the last listing.
    pub(super) fn media_listed(&self) -> MutexGuard<'_, HashMap<Uuid, Option<String>>> {
        self.0.media_listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a demo's media, with what is edited saved first, since it may refer to them; whoever watches is told.
    ///
    /// # Errors
    /// `NotFound`; `WrongState`; those of `change`.
    pub fn change_media<R>(&self, demo: &str, change: impl FnOnce(&Media) -> Result<R>) -> Result<R> {
        let media = self.media(demo)?;
        if let Err(error) = self.0.autosave.flush(Some(media.demo())) {
            tracing::warn!(%error, "not everything was saved before a change of media");
        }
        let done = change(&media);
        self.0.hub.emit(Change::MediaChanged { demo: media.demo() });
        // References may have followed into documents that are open.
        self.0.autosave.look(Some(media.demo()));
        done
    }

    /// A demo's media, once what is edited is saved: what uses them is on the disk then.
    ///
    /// # Errors
    /// `NotFound`; `WrongState`.
    pub fn settled_media(&self, demo: Uuid) -> Result<Media> {
        if let Err(error) = self.0.autosave.flush(Some(demo)) {
            tracing::warn!(%error, "not everything was saved before a look at what uses media");
        }
        self.media(&demo.to_string())
    }

    fn import(
        &self,
        media: &Media,
        id: Uuid,
        files: &[PathBuf],
        on_progress: &dyn Fn(&MediaImport),
        cancel: &Cancel,
    ) -> Result<MediaImport> {
        let added = Cell::new(0);
        let tell = |import: &MediaImport| {
            self.0.imports.told(id, import);
            on_progress(import);
            if added.replace(import.added.len()) != import.added.len() {
                self.0.hub.emit(Change::MediaChanged { demo: import.demo });
            }
            self.0.hub.emit(Change::ImportChanged { import: import.clone() });
        };
        let done = media.import_as(id, files, &tell, cancel);
        if let Err(error) = &done {
            let failed = files.iter().map(|file| FailedFile { file: file.display().to_string(), error: error.clone() }).collect();
            let (done, total) = (files.len(), files.len());
            tell(&MediaImport { state: ImportState::Done, done, total, failed, ..media.begun(id) });
        }
        done
    }
}
