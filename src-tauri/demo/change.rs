//! What is done to a demo that is complete: renamed, tagged, deleted, brought back, removed for good.

use std::path::Path;

use uuid::Uuid;

use super::activity::What;
use super::model::{Demo, DemoView};
use super::record::validate_request_id;
use super::{Demos, check_name, clean_tags, gone, registry, slug};
use crate::error::{Code, Error, Result};
use crate::store::{Mode, Staging, Store, Wait, no_replace_rename, sync_dir};
use crate::workspace::{FolderId, demo as names};

impl Demos {
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
                self.note(What::Renamed, &view, name);
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
        self.move_demo(&view, &from, &to, slug)?;
        // A crash here leaves a folder renamed by hand, which every start understands.
        let moved = self.load_at(&to).ok_or_else(|| gone(slug))?;
        self.change(&moved, |demo| {
            name.clone_into(&mut demo.name);
            slug.clone_into(&mut demo.slug);
        })?;
        let view = self.complete(id)?;
        self.note(What::Renamed, &view, name);
        Ok(view)
    }

    /// Gives a demo these tags instead of those it has.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`; `WrongState` if it is not complete.
    pub fn tag(&self, id: Uuid, tags: &[String]) -> Result<DemoView> {
        let tags = clean_tags(tags)?;
        let view = self.complete(id)?;
        let detail = tags.join(", ");
        self.change(&view, |demo| demo.tags.clone_from(&tags))?;
        self.note(What::Tagged, &view, &detail);
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
        self.move_demo(&view, &from, &to, &view.demo.slug)?;
        let trashed = self.in_trash(id)?;
        self.note(What::Deleted, &trashed, "");
        Ok(trashed)
    }

    /// Brings a demo back from the trash; if its slug was given to another one, under a free slug near to it.
    ///
    /// # Errors
    /// `NotFound`; `InProgress` while a demo of its slug is being created.
    pub fn restore(&self, id: Uuid) -> Result<DemoView> {
        let view = self.in_trash(id)?;
        let from = view.folder.clone().ok_or_else(|| gone(&view.demo.slug))?;
        let slug = if self.check_slug(&view.demo.slug).is_ok() { view.demo.slug.clone() } else { self.suggest(&view.demo.slug) };
        let _slug = self.records.slug_lock(&slug, "restore a demo").take(Mode::Exclusive, Wait::Try)?;
        self.move_demo(&view, &from, &self.workspace.demo(&slug), &slug)?;
        if slug != view.demo.slug {
            let moved = self.load_at(&self.workspace.demo(&slug)).ok_or_else(|| gone(&slug))?;
            self.change(&moved, |demo| demo.slug.clone_from(&slug))?;
        }
        let view = self.complete(id)?;
        self.note(What::Restored, &view, "");
        Ok(view)
    }

    /// Removes a demo in the trash for good.
    ///
    /// # Errors
    /// `NotFound` if it is not in the trash; `NotWritable` or `Io`, when the rest of it goes at the next start.
    pub fn purge(&self, id: Uuid) -> Result<()> {
        let view = self.in_trash(id)?;
        let from = view.folder.clone().ok_or_else(|| gone(&view.demo.slug))?;
        // Out of sight at once, and owned: a start that finds it while this process lives leaves it alone.
        let going = Staging::begin(&self.workspace)?;
        self.move_demo(&view, &from, &going.path().join(&view.demo.slug), &view.demo.slug)?;
        self.forget_request(&view);
        self.note(What::Purged, &DemoView { folder: None, ..view }, "");
        drop(going);
        Ok(())
    }

    /// Removes the record of the request that made a demo, if it made this one: a copied folder names another's.
    fn forget_request(&self, view: &DemoView) {
        let request_id = &view.demo.request_id;
        if validate_request_id(request_id).is_ok()
            && let Ok(_alone) = self.records.request_lock(request_id).take(Mode::Exclusive, Wait::Try)
            && let Ok(Some(record)) = self.records.get(request_id)
            && record.demo.id == view.demo.id
            && let Err(cause) = self.records.remove(request_id)
        {
            tracing::warn!(request = request_id, error = %cause, "the record of a purged demo could not be removed");
        }
    }

    fn in_trash(&self, id: Uuid) -> Result<DemoView> {
        self.trash().into_iter().find(|view| view.demo.id == id).ok_or_else(|| Error::new(Code::NotFound, "That demo is not in the trash."))
    }

    /// Changes a demo's identity under its lock, wherever its folder has gone meanwhile. A demo that was deleted since stays so.
    fn change(&self, view: &DemoView, change: impl Fn(&mut Demo)) -> Result<()> {
        let mut folder = view.folder.clone().ok_or_else(|| gone(&view.demo.slug))?;
        // The second look is for one that was renamed between the first and the lock.
        for _ in 0..2 {
            let changed =
                Store::of_demo(&self.workspace, &folder, view.demo.id).update(names::IDENTITY, "change a demo", |old: Option<&Demo>| {
                    let Some(mut demo) = old.filter(|demo| demo.id == view.demo.id).cloned() else { return Ok((None, false)) };
                    change(&mut demo);
                    demo.folder_id = FolderId::of(&folder).or(demo.folder_id);
                    Ok((Some(demo), true))
                });
            match changed {
                Ok(true) => return Ok(()),
                // It is another demo's folder now, or none.
                Ok(false) => {}
                Err(error) if error.code == Code::NotFound => {}
                Err(error) => return Err(error),
            }
            folder = self.complete(view.demo.id)?.folder.ok_or_else(|| gone(&view.demo.slug))?;
        }
        Err(gone(&view.demo.slug))
    }

    /// Moves a demo's folder, under the demo's own lock and after a look that it still is that demo: whoever waited for the
    /// locks may find another one under the name.
    fn move_demo(&self, view: &DemoView, from: &Path, to: &Path, slug: &str) -> Result<()> {
        let store = Store::of_demo(&self.workspace, from, view.demo.id);
        let moved = store.transact("move a demo", |_| {
            if !from.exists() || registry::id_of(from) != view.demo.id {
                return Err(Error::new(
                    Code::NotFound,
                    format!("“{}” was renamed or deleted by somebody else just now. Nothing was changed; look again.", view.demo.slug),
                ));
            }
            move_durably(from, to)
        });
        moved.map_err(|error| match error.code {
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
