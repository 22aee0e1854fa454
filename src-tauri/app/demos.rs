//! Demos: the list of them, and what is done to one as a whole. Subscribers get an event for what changed.

use std::collections::HashMap;

use uuid::Uuid;

use super::{App, Running};
use crate::demo::model::{DemoView, State};
use crate::error::{Code, Error, Result};
use crate::store::is_there;

impl App {
    /// Every demo and every creation that is not done, the newest first.
    ///
    /// # Errors
    /// Those of [`crate::demo::Demos::list`].
    pub fn demos(&self) -> Result<Vec<DemoView>> {
        let running = self.running().clone();
        Ok(self.0.demos.list()?.into_iter().map(|view| with_progress(view, &running)).collect())
    }

    /// The demo or creation of that slug or id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn demo(&self, slug_or_id: &str) -> Result<DemoView> {
        self.0.demos.show(slug_or_id)
    }

    /// The id of the demo or creation of that slug or id. An id is taken as it is: whether there is such a demo is for whoever
    /// works with it.
    ///
    /// # Errors
    /// Those of [`App::demo`], for a slug.
    pub fn demo_id(&self, slug_or_id: &str) -> Result<Uuid> {
        match Uuid::parse_str(slug_or_id) {
            // A slug may look like one.
            Ok(id) if id.to_string() == slug_or_id && !is_there(&self.0.workspace.demo(slug_or_id))? => Ok(id),
            _ => Ok(self.demo(slug_or_id)?.demo.id),
        }
    }

    /// The demos in the trash, the last deleted first.
    ///
    /// # Errors
    /// Those of [`crate::demo::Demos::trash`].
    pub fn trash(&self) -> Result<Vec<DemoView>> {
        self.0.demos.trash()
    }

    /// The demo in the trash of that slug (the last deleted of them) or id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn trashed(&self, slug_or_id: &str) -> Result<DemoView> {
        let found = self.trash()?.into_iter().find(|view| view.demo.slug == slug_or_id || view.demo.id.to_string() == slug_or_id);
        found.ok_or_else(|| {
            Error::new(
                Code::NotFound,
                format!("There is no demo “{slug_or_id}” in the trash. “backlot demo list --trash” shows those there are."),
            )
        })
    }

    /// Removes the record of a creation that failed or was interrupted.
    ///
    /// # Errors
    /// See [`crate::demo::Demos::dismiss`].
    pub fn dismiss(&self, request_id: &str) -> Result<()> {
        self.told_after(self.0.demos.dismiss(request_id))
    }

    /// See [`crate::demo::Demos::rename`].
    ///
    /// # Errors
    /// Those of [`crate::demo::Demos::rename`].
    pub fn rename(&self, id: Uuid, name: Option<&str>, slug: Option<&str>) -> Result<DemoView> {
        self.told_after(self.0.demos.rename(id, name, slug))
    }

    /// See [`crate::demo::Demos::tag`].
    ///
    /// # Errors
    /// Those of [`crate::demo::Demos::tag`].
    pub fn tag(&self, id: Uuid, tags: &[String]) -> Result<DemoView> {
        self.told_after(self.0.demos.tag(id, tags))
    }

    /// See [`crate::demo::Demos::delete`].
    ///
    /// # Errors
    /// Those of [`crate::demo::Demos::delete`].
    pub fn delete(&self, id: Uuid) -> Result<DemoView> {
        let deleted = self.0.demos.delete(id);
        if deleted.is_ok() || is_gone(&deleted, self.0.demos.folder(id).is_ok()) {
            self.end_preview(id);
        }
        self.told_after(deleted)
    }

    /// See [`crate::demo::Demos::restore`].
    ///
    /// # Errors
    /// Those of [`crate::demo::Demos::restore`].
    pub fn restore(&self, id: Uuid) -> Result<DemoView> {
        self.told_after(self.0.demos.restore(id))
    }

    /// See [`crate::demo::Demos::purge`].
    ///
    /// # Errors
    /// Those of [`crate::demo::Demos::purge`].
    pub fn purge(&self, id: Uuid) -> Result<()> {
        let purged = self.0.demos.purge(id);
        if purged.is_ok() || is_gone(&purged, self.trash().map_or(true, |trash| trash.iter().any(|view| view.demo.id == id))) {
            self.0.autosave.forget(id);
            self.0.previews.forget(id);
        }
        self.told_after(purged)
    }
}

/// Whether a move that the disk did not confirm took a demo from where it was.
fn is_gone<T>(moved: &Result<T>, is_there: bool) -> bool {
    matches!(moved, Err(error) if error.code == Code::Indeterminate) && !is_there
}

/// A demo that is being created with how far this process is with it.
pub(super) fn with_progress(mut view: DemoView, running: &HashMap<String, Running>) -> DemoView {
    if let State::Cloning { progress } | State::Organizing { progress } = &mut view.status.state
        && let Some(creation) = running.get(&view.demo.request_id)
    {
        progress.clone_from(&creation.progress);
    }
    view
}
