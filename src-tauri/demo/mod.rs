//! Demos: working clones of templates, each in a folder of its own.
//!
//! What must always hold:
//! - The registry is the disk: a demo is a folder under `demos/` with a `demo.json`, and the folder's name is its slug.
//! - No creation removes a demo that is there; deleting moves it to the trash by one rename, and purging is separate.
//! - A demo's own documents change only under its lock.

mod create;
pub mod model;
mod organize;
mod record;
mod registry;
pub mod slug;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::git::{Limits, Worker};
use crate::store::{Mode, Staging, Wait, no_replace_rename, sync_dir};
use crate::workspace::{Workspace, demo as names};
pub use create::{Begun, Creation, PreparedTemplate, TemplateSource};
use model::{Brief, Demo, DemoView, State, Status};
use record::Records;

/// The demos of a workspace.
#[derive(Debug, Clone)]
pub struct Demos {
    workspace: Workspace,
    records: Records,
    worker: Worker,
    clock: Clock,
    limits: Limits,
}

impl Demos {
    /// The demos of `workspace`, cloned by `worker`.
    pub fn new(workspace: Workspace, worker: Worker, clock: Clock, limits: Limits) -> Self {
        Self { records: Records::new(workspace.clone()), workspace, worker, clock, limits }
    }

    /// Every demo and every creation that is not done, the newest first; the trash is not in here.
    pub fn list(&self) -> Vec<DemoView> {
        let mut views = registry::scan(&self.workspace);
        for record in self.records.all() {
            // Between the rename and the note of it, the folder is the truth.
            if record.status.state != State::Ready && !views.iter().any(|view| view.demo.id == record.demo.id) {
                views.push(record.view());
            }
        }
        views.sort_by(|a, b| b.demo.created_at.cmp(&a.demo.created_at).then_with(|| a.demo.slug.cmp(&b.demo.slug)));
        views
    }

    /// The demos in the trash, the last deleted first.
    pub fn trash(&self) -> Vec<DemoView> {
        registry::scan_trash(&self.workspace)
    }

    /// The demo or creation of that slug or id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn show(&self, slug_or_id: &str) -> Result<DemoView> {
        let mut found: Vec<DemoView> =
            self.list().into_iter().filter(|view| view.demo.slug == slug_or_id || view.demo.id.to_string() == slug_or_id).collect();
        // A failed creation may stand beside a demo that was put in its place by hand.
        found.sort_by_key(|view| view.folder.is_none());
        found.into_iter().next().ok_or_else(|| {
            Error::new(Code::NotFound, format!("There is no demo “{slug_or_id}”. “backlot demo list” shows those there are."))
        })
    }

    /// Why a slug cannot be used, if so.
    ///
    /// # Errors
    /// `InvalidInput`, `AlreadyExists` or `InProgress`, for the field `slug`.
    pub fn check_slug(&self, slug: &str) -> Result<()> {
        slug::validate(slug)?;
        if self.workspace.demo(slug).exists() {
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
        slug::suggest(name, |slug| self.workspace.demo(slug).exists() || under_way.contains(slug))
    }

    fn under_way(&self) -> HashSet<String> {
        self.records.all().into_iter().filter(|record| record.status.state.is_under_way()).map(|record| record.demo.slug).collect()
    }

    /// Gives a demo another name, another slug, or both. Without a change nothing is written.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`, `AlreadyExists`, `InProgress`; `WrongState` if it is not complete. Then nothing was changed.
    pub fn rename(&self, id: Uuid, name: Option<&str>, slug: Option<&str>) -> Result<DemoView> {
        let view = self.complete(id)?;
        let name = name.map_or(view.demo.name.as_str(), str::trim);
        check_name(name)?;
        let slug = slug.unwrap_or(&view.demo.slug);
        if slug == view.demo.slug {
            if name != view.demo.name {
                self.change(&view, |demo| name.clone_into(&mut demo.name))?;
            }
            return self.complete(id);
        }
        slug::validate(slug)?;
        let (from, to) = (self.workspace.demo(&view.demo.slug), self.workspace.demo(slug));
        // In alphabetical order, so that two renames in opposite directions cannot wait for each other.
        let mut slugs = [view.demo.slug.as_str(), slug];
        slugs.sort_unstable();
        let _slugs = slugs
            .map(|slug| self.records.slug_lock(slug, "rename a demo").take(Mode::Exclusive, Wait::Try))
            .into_iter()
            .collect::<Result<Vec<_>>>()
            .map_err(|error| error.field("slug"))?;
        self.put_in_place(&from, &to, slug)?;
        // A crash here leaves a folder renamed by hand, which every start understands.
        let moved = self.load_at(&to).ok_or_else(|| gone(slug))?;
        self.change(&moved, |demo| {
            name.clone_into(&mut demo.name);
            slug.clone_into(&mut demo.slug);
        })?;
        self.complete(id)
    }

    /// Gives a demo these tags instead of those it has.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`; `WrongState` if it is not complete.
    pub fn tag(&self, id: Uuid, tags: &[String]) -> Result<DemoView> {
        let tags = clean_tags(tags)?;
        let view = self.complete(id)?;
        self.change(&view, |demo| demo.tags = tags)?;
        self.complete(id)
    }

    /// Moves a demo to the trash, from where [`Demos::restore`] brings it back as it was.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it is not complete; `InProgress` while somebody renames it.
    pub fn delete(&self, id: Uuid) -> Result<DemoView> {
        let view = self.complete(id)?;
        let _slug = self.records.slug_lock(&view.demo.slug, "delete a demo").take(Mode::Exclusive, Wait::Try)?;
        let (from, to) = (self.workspace.demo(&view.demo.slug), self.workspace.trash().join(id.to_string()));
        move_durably(&from, &to)?;
        self.trash().into_iter().find(|trashed| trashed.demo.id == id).ok_or_else(|| gone(&view.demo.slug))
    }

    /// Brings a demo back from the trash; if its slug was given to another one, under a free slug near to it.
    ///
    /// # Errors
    /// `NotFound`; `InProgress` while a demo of its slug is being created.
    pub fn restore(&self, id: Uuid) -> Result<DemoView> {
        let view = self.in_trash(id)?;
        let from = self.workspace.trash().join(id.to_string());
        let slug = if self.check_slug(&view.demo.slug).is_ok() { view.demo.slug.clone() } else { self.suggest(&view.demo.slug) };
        let _slug = self.records.slug_lock(&slug, "restore a demo").take(Mode::Exclusive, Wait::Try)?;
        self.put_in_place(&from, &self.workspace.demo(&slug), &slug)?;
        if slug != view.demo.slug {
            let moved = self.load_at(&self.workspace.demo(&slug)).ok_or_else(|| gone(&slug))?;
            self.change(&moved, |demo| demo.slug.clone_from(&slug))?;
        }
        self.complete(id)
    }

    /// Removes a demo in the trash for good.
    ///
    /// # Errors
    /// `NotFound` if it is not in the trash; `NotWritable` or `Io`, when the rest of it goes at the next start.
    pub fn purge(&self, id: Uuid) -> Result<()> {
        let view = self.in_trash(id)?;
        let from = self.workspace.trash().join(id.to_string());
        // Under a name that is no demo's any more, so that a half-removed one is never shown.
        let going = self.workspace.trash().join(format!(".purge-{}", Uuid::now_v7()));
        move_durably(&from, &going)?;
        let _ = self.records.remove(&view.demo.request_id);
        fs::remove_dir_all(&going).map_err(|cause| Error::io("remove", &going, &cause))
    }

    /// The creation to try again: its request, with the same id.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it neither failed nor was interrupted.
    pub fn request_to_retry(&self, request_id: &str) -> Result<model::CreateDemo> {
        let record = self.record(request_id)?;
        match record.status.state {
            State::Failed { .. } | State::Interrupted => Ok(record.request),
            _ => Err(Error::new(
                Code::WrongState,
                format!(
                    "“{}” is {}; only a creation that failed or was interrupted is tried again.",
                    record.demo.slug,
                    record.status.state.name()
                ),
            )),
        }
    }

    /// Asks whoever works on a creation, in whichever process, to stop.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if nobody works on it.
    pub fn ask_cancel(&self, request_id: &str) -> Result<()> {
        let record = self.record(request_id)?;
        if !record.status.state.is_under_way() {
            return Err(Error::new(
                Code::WrongState,
                format!("“{}” is {}; there is nothing to cancel.", record.demo.slug, record.status.state.name()),
            ));
        }
        self.records.ask_cancel(request_id)
    }

    /// Removes the record of a creation that failed or was interrupted.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it is under way or done; `InProgress` while it is being tried again.
    pub fn dismiss(&self, request_id: &str) -> Result<()> {
        let _alone = self.records.request_lock(request_id).take(Mode::Exclusive, Wait::Try)?;
        let record = self.record(request_id)?;
        match record.status.state {
            State::Failed { .. } | State::Interrupted => self.records.remove(request_id),
            _ => Err(Error::new(
                Code::WrongState,
                format!(
                    "“{}” is {}; only a creation that failed or was interrupted is dismissed.",
                    record.demo.slug,
                    record.status.state.name()
                ),
            )),
        }
    }

    /// Settles what dead processes left: records, staging folders, half-removed trash. What a living one holds is left alone.
    pub fn recover(&self) {
        self.records.sweep();
        for record in self.records.all() {
            if record.status.state.is_under_way()
                && let Ok(_request) = self.records.request_lock(&record.demo.request_id).take(Mode::Exclusive, Wait::Try)
                && let Ok(_slug) =
                    self.records.slug_lock(&record.demo.slug, "see what became of a creation").take(Mode::Exclusive, Wait::Try)
                && let Err(cause) = self.settle_dead(&record.demo.request_id)
            {
                tracing::warn!(request = record.demo.request_id, error = %cause, "a creation could not be settled");
            }
        }
        Staging::sweep(&self.workspace);
        for entry in fs::read_dir(self.workspace.trash()).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(".purge-") {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn settle_dead(&self, request_id: &str) -> Result<()> {
        // Read again under the locks: it may have been settled just before they were free.
        let Some(record) = self.records.get(request_id)?.filter(|record| record.status.state.is_under_way()) else { return Ok(()) };
        if self.settle_done(&record)?.is_none() {
            let status = Status::new(
                State::Interrupted,
                "Backlot ended before the demo was complete. Nothing of it is left; retry to begin anew.",
                self.clock.now(),
            );
            self.records.put(&record::Record { status, ..record })?;
        }
        self.records.clear_cancel(request_id);
        Ok(())
    }

    fn record(&self, request_id: &str) -> Result<record::Record> {
        record::validate_request_id(request_id)?;
        self.records
            .get(request_id)?
            .ok_or_else(|| Error::new(Code::NotFound, format!("There is no creation of the request {request_id}.")))
    }

    fn complete(&self, id: Uuid) -> Result<DemoView> {
        let view = self.show(&id.to_string())?;
        if view.folder.is_none() {
            return Err(Error::new(
                Code::WrongState,
                format!("“{}” is {}; this can be done once it is ready.", view.demo.slug, view.status.state.name()),
            ));
        }
        Ok(view)
    }

    fn in_trash(&self, id: Uuid) -> Result<DemoView> {
        self.trash().into_iter().find(|view| view.demo.id == id).ok_or_else(|| Error::new(Code::NotFound, "That demo is not in the trash."))
    }

    fn find_anywhere(&self, id: Uuid) -> Option<DemoView> {
        registry::scan(&self.workspace).into_iter().chain(self.trash()).find(|view| view.demo.id == id)
    }

    fn load_at(&self, folder: &Path) -> Option<DemoView> {
        registry::load(&self.workspace, folder, folder.file_name()?.to_str()?)
    }

    fn change(&self, view: &DemoView, change: impl FnOnce(&mut Demo)) -> Result<()> {
        let folder = view.folder.as_deref().ok_or_else(|| gone(&view.demo.slug))?;
        registry::store(&self.workspace, folder, view.demo.id).update(names::IDENTITY, "change a demo", |old: Option<&Demo>| {
            let mut demo = old.cloned().ok_or_else(|| gone(&view.demo.slug))?;
            change(&mut demo);
            Ok((Some(demo), ()))
        })
    }

    fn put_in_place(&self, from: &Path, to: &Path, slug: &str) -> Result<()> {
        move_durably(from, to).map_err(|error| match error.code {
            Code::AlreadyExists => Error::new(
                Code::AlreadyExists,
                format!("There is a demo “{slug}” already, and both were left as they were. “{}” is free.", self.suggest(slug)),
            )
            .field("slug"),
            _ => error,
        })
    }
}

fn move_durably(from: &Path, to: &Path) -> Result<()> {
    no_replace_rename(from, to).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::new(Code::AlreadyExists, format!("{} is there already. Nothing was changed.", to.display()))
        }
        std::io::ErrorKind::NotFound => Error::new(Code::NotFound, format!("{} is gone. Nothing was changed.", from.display())),
        _ => Error::io("move", from, &cause),
    })?;
    for folder in [to.parent(), from.parent()].into_iter().flatten() {
        sync_dir(folder).map_err(|cause| Error::io("write to the disk", folder, &cause))?;
    }
    Ok(())
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
