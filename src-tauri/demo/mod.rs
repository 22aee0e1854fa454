//! Demos: working clones of templates, each in a folder of its own.
//!
//! What must always hold:
//! - The registry is the disk: a demo is a folder under `demos/` with a `demo.json`, and the folder's name is its slug.
//! - No creation removes a demo that is there; deleting moves it to the trash by one rename, and purging is separate.
//! - A demo's own documents change only under its lock.

mod activity;
mod change;
mod copies;
mod create;
pub mod model;
mod organize;
mod record;
mod recover;
mod registry;
pub mod slug;
mod submodules;
mod warning;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::git::{Limits, Worker};
use crate::store::{Entries, is_there};
use crate::workspace::Workspace;
pub use activity::{Activity, What};
pub use create::{Begun, Creation, Ended, PreparedTemplate, TemplateSource};
use model::{Brief, DemoView, State};
use record::Records;
pub use record::check_record;
use registry::Registry;
pub use registry::linked;
pub use warning::warnings;

/// The demos of a workspace.
#[derive(Debug, Clone)]
pub struct Demos {
    workspace: Workspace,
    records: Records,
    registry: Arc<Registry>,
    worker: Worker,
    clock: Clock,
    limits: Limits,
    /// Where demos were last found.
    places: Arc<Mutex<HashMap<Uuid, PathBuf>>>,
}

impl Demos {
    /// The demos of `workspace`, cloned by `worker`.
    pub fn new(workspace: Workspace, worker: Worker, clock: Clock, limits: Limits) -> Self {
        Self {
            records: Records::new(workspace.clone()),
            registry: Arc::new(Registry::new(workspace.clone())),
            workspace,
            worker,
            clock,
            limits,
            places: Arc::default(),
        }
    }

    /// Every demo and every creation that is not done, the newest first; the trash is not in here.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if the folder of the demos cannot be read; `WrongState` if the workspace was moved meanwhile.
    pub fn list(&self) -> Result<Vec<DemoView>> {
        self.workspace.check_in_place()?;
        let mut views = self.registry.scan()?;
        for record in self.records.all() {
            // Between the rename and the note of it, the folder is the truth.
            if record.status.state != State::Ready && !views.iter().any(|view| view.demo.id == record.demo.id) {
                views.push(record.view());
            }
        }
        views.sort_by(|a, b| b.demo.created_at.cmp(&a.demo.created_at).then_with(|| a.demo.slug.cmp(&b.demo.slug)));
        Ok(views)
    }

    /// The audit trail of every demo there ever was, oldest first.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if it cannot be read.
    pub fn trail(&self) -> Result<Entries<Activity>> {
        activity::read(&self.workspace)
    }

    /// The demos in the trash, the last deleted first.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if the trash cannot be read.
    pub fn trash(&self) -> Result<Vec<DemoView>> {
        self.registry.scan_trash()
    }

    /// The folders that have another one's id, each with the folder that keeps it: they are copies, and get ids of their own when
    /// demos are listed. Changes nothing.
    pub fn copies(&self) -> Vec<(PathBuf, PathBuf)> {
        copies::find(&self.workspace)
    }

    /// The demo or creation of that slug or id.
    ///
    /// # Errors
    /// `NotFound`; those of [`Self::list`].
    pub fn show(&self, slug_or_id: &str) -> Result<DemoView> {
        self.workspace.check_in_place()?;
        let found = match self.show_settled(slug_or_id) {
            Some(view) => view,
            None => self.show_listed(slug_or_id)?,
        };
        if let Some(folder) = &found.folder {
            self.places().insert(found.demo.id, folder.clone());
        }
        Ok(found)
    }

    fn show_listed(&self, slug_or_id: &str) -> Result<DemoView> {
        let mut found: Vec<DemoView> =
            self.list()?.into_iter().filter(|view| view.demo.slug == slug_or_id || view.demo.id.to_string() == slug_or_id).collect();
        // A failed creation may stand beside a demo that was put in its place by hand.
        found.sort_by_key(|view| view.folder.is_none());
        found.into_iter().next().ok_or_else(|| {
            Error::new(Code::NotFound, format!("There is no demo “{slug_or_id}”. “backlot demo list” shows those there are."))
        })
    }

    /// As [`Self::show`], by a look at one folder: that of the slug, or where the demo of the id was last. None if that does not tell.
    fn show_settled(&self, slug_or_id: &str) -> Option<DemoView> {
        self.registry.settled(slug_or_id).or_else(|| {
            let id = Uuid::parse_str(slug_or_id).ok()?;
            let folder = self.places().get(&id).cloned()?;
            self.registry.settled(folder.file_name()?.to_str()?).filter(|view| view.demo.id == id)
        })
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Uuid, PathBuf>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a demo's folder is now.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it is not complete.
    pub fn folder(&self, id: Uuid) -> Result<PathBuf> {
        let known = self.places().get(&id).cloned();
        if let Some(folder) = known.filter(|folder| self.is_there(id, folder)) {
            return Ok(folder);
        }
        let folder = self.complete(id)?.folder.ok_or_else(|| gone(&id.to_string()))?;
        self.places().insert(id, folder.clone());
        Ok(folder)
    }

    /// The name that a demo has now.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it is not complete.
    pub fn name(&self, id: Uuid) -> Result<String> {
        let folder = self.folder(id)?;
        self.load_at(&folder).map(|view| view.demo.name).ok_or_else(|| gone(&id.to_string()))
    }

    /// Whether that demo is in this folder, and not in the trash.
    pub fn is_there(&self, id: Uuid, folder: &Path) -> bool {
        folder.starts_with(self.workspace.demos()) && registry::id_of(folder) == id
    }

    /// Why a slug cannot be used, if so.
    ///
    /// # Errors
    /// `InvalidInput`, `AlreadyExists` or `InProgress`, for the field `slug`.
    pub fn check_slug(&self, slug: &str) -> Result<()> {
        slug::validate(slug)?;
        if self.is_taken(slug)? {
            return Err(Error::new(Code::AlreadyExists, format!("There is a demo “{slug}” already.")).field("slug"));
        }
        // Not by trying the lock: who holds it even for a moment would turn a creation away.
        if self.under_way().contains(slug) {
            return Err(Error::new(Code::InProgress, format!("A demo “{slug}” is being created.")).field("slug"));
        }
        Ok(())
    }

    /// A valid and free slug for a name.
    pub fn suggest(&self, name: &str) -> String {
        let under_way = self.under_way();
        slug::suggest(name, |slug| self.is_taken(slug).unwrap_or(false) || under_way.contains(slug))
    }

    /// Whether there is anything of that name among the demos, be it a link that leads nowhere.
    fn is_taken(&self, slug: &str) -> Result<bool> {
        is_there(&self.workspace.demo(slug))
    }

    fn under_way(&self) -> HashSet<String> {
        self.records.all().into_iter().filter(|record| record.status.state.is_under_way()).map(|record| record.demo.slug).collect()
    }

    fn complete(&self, id: Uuid) -> Result<DemoView> {
        let view = self.show(&id.to_string())?;
        if let (None, State::Failed { error }, true) = (&view.folder, &view.status.state, view.demo.request_id.is_empty()) {
            // It is no creation that failed: the reason says why there is no folder.
            return Err(error.clone());
        }
        if view.folder.is_none() {
            return Err(Error::new(
                Code::WrongState,
                format!("“{}” is {}; this can be done once it is ready.", view.demo.slug, view.status.state.name()),
            ));
        }
        Ok(view)
    }

    fn note(&self, what: What, view: &DemoView, detail: &str) {
        activity::note(&self.workspace, view.folder.as_deref(), self.clock.now(), what, &view.demo, detail);
    }

    fn find_anywhere(&self, id: Uuid) -> Result<Option<DemoView>> {
        Ok(self.registry.scan()?.into_iter().chain(self.trash()?).find(|view| view.demo.id == id))
    }

    fn load_at(&self, folder: &Path) -> Option<DemoView> {
        self.registry.load(folder, folder.file_name()?.to_str()?)
    }
}

fn gone(slug: &str) -> Error {
    Error::new(Code::NotFound, format!("The folder of “{slug}” is gone. Nothing was changed."))
}

/// A name is one line of at most 200 characters.
fn check_name(name: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::new(Code::InvalidInput, why).field("name"));
    if name.is_empty() {
        return refuse("Give the demo a name.");
    }
    if name.chars().count() > 200 {
        return refuse("A name has at most 200 characters.");
    }
    if name.chars().any(char::is_control) {
        return refuse("A name is one line of plain text.");
    }
    Ok(())
}

/// Trims tags and drops empty ones and repetitions; at most 20 of at most 40 characters.
fn clean_tags(tags: &[String]) -> Result<Vec<String>> {
    let mut clean: Vec<String> = Vec::new();
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        if tag.chars().count() > 40 || tag.chars().any(char::is_control) {
            return Err(Error::new(Code::InvalidInput, "A tag is one line of at most 40 characters.").field("tags"));
        }
        if !clean.iter().any(|other| other.eq_ignore_ascii_case(tag)) {
            clean.push(tag.to_owned());
        }
    }
    if clean.len() > 20 {
        return Err(Error::new(Code::InvalidInput, "A demo has at most 20 tags.").field("tags"));
    }
    Ok(clean)
}

/// Trims a brief's values; colours are `#rgb` or `#rrggbb`.
fn check_brief(brief: &mut Brief) -> Result<()> {
    for (key, value) in brief.values_mut() {
        *value = value.trim().to_owned();
        let refuse = |why: String| Err(Error::new(Code::InvalidInput, why).field(&format!("brief.{key}")));
        if value.chars().count() > 5000 {
            return refuse(format!("The brief's {key} has at most 5000 characters."));
        }
        let is_color = value.strip_prefix('#').is_some_and(|hex| matches!(hex.len(), 3 | 6) && hex.bytes().all(|c| c.is_ascii_hexdigit()));
        if key.ends_with("_color") && !value.is_empty() && !is_color {
            return refuse(format!("“{value}” is not a colour; write it like #b45309."));
        }
    }
    Ok(())
}
