//! What is done to a demo that is complete: renamed, tagged, deleted, brought back, removed for good.

use std::path::Path;

use uuid::Uuid;

use super::activity::What;
use super::model::{Demo, DemoView, Moving, State, Status};
use super::record::validate_request_id;
use super::{Demos, check_name, clean_tags, gone, registry, slug};
use crate::error::{Code, Error, Result};
use crate::store::{Mode, Staging, Store, Wait, disk, is_there, relocate, unconfirmed_removal};
use crate::workspace::{FolderId, demo as names};

impl Demos {
    /// Gives a demo another name, another slug, or both. Without a change nothing is written.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`, `AlreadyExists`, `InProgress`; `WrongState` if it is not complete; `NewerSchema` or `Corrupt` if
    /// its identity cannot be changed; those of [`relocate`].
    pub fn rename(&self, id: Uuid, name: Option<&str>, slug: Option<&str>) -> Result<DemoView> {
        let view = self.complete(id)?;
        let name = name.map_or(view.demo.name.as_str(), str::trim).to_owned();
        check_name(&name)?;
        let slug = slug.unwrap_or(&view.demo.slug).to_owned();
        if slug == view.demo.slug {
            if name != view.demo.name {
                self.change(&view, |demo| name.clone_into(&mut demo.name))?;
                self.note(What::Renamed, &view, &name);
            }
            return Ok(self.complete(id).unwrap_or(DemoView { demo: Demo { name, ..view.demo }, ..view }));
        }
        slug::validate(&slug)?;
        let (from, to) = (self.workspace.demo(&view.demo.slug), self.workspace.demo(&slug));
        // In alphabetical order, so that two renames in opposite directions cannot wait for each other.
        let mut slugs = [view.demo.slug.as_str(), &slug];
        slugs.sort_unstable();
        let _slugs = slugs
            .map(|slug| self.records.slug_lock(slug, "rename a demo").take(Mode::Exclusive, Wait::Try))
            .into_iter()
            .collect::<Result<Vec<_>>>()
            .map_err(|error| error.field("slug"))?;
        if self.is_taken(&slug)? {
            return Err(self.slug_taken(&slug));
        }
        // Written beforehand, the folder's move is all that is left to do: a disk that is full or an identity that cannot be
        // changed is noticed while nothing has happened yet.
        let moving = Moving { slug: slug.clone(), name: name.clone() };
        self.change(&view, |demo| demo.moving = Some(moving.clone()))?;
        if let Err(error) = self.move_demo(&view, &from, &to, || self.slug_taken(&slug)) {
            if disk::exists(from).unwrap_or(true)
                && let Err(cause) = self.change(&view, |demo| demo.moving = None)
            {
                tracing::warn!(slug = view.demo.slug, error = %cause, "a rename that failed is forgotten at the next start");
            }
            return Err(error);
        }
        let mut demo = Demo { moving: Some(moving), ..view.demo };
        demo.settle(&slug);
        let view = self.moved(DemoView { demo, ..view }, &to);
        if let Err(cause) = self.change(&view, |_| ()) {
            tracing::warn!(slug, error = %cause, "a rename is noted in the demo at the next start");
        }
        let view = self.moved(view, &to);
        self.note(What::Renamed, &view, &name);
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
        Ok(self.complete(id).unwrap_or(DemoView { demo: Demo { tags, ..view.demo }, ..view }))
    }

    /// Moves a demo to the trash, from where [`Demos::restore`] brings it back as it was.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it is not complete; `InProgress` while somebody renames it; those of [`relocate`].
    pub fn delete(&self, id: Uuid) -> Result<DemoView> {
        let view = self.complete(id)?;
        let _slug = self.records.slug_lock(&view.demo.slug, "delete a demo").take(Mode::Exclusive, Wait::Try)?;
        let (from, to) = (self.workspace.demo(&view.demo.slug), self.workspace.trash().join(id.to_string()));
        self.move_demo(&view, &from, &to, || {
            let message = format!("“{}” is in the trash already, as {}. Nothing was changed.", view.demo.slug, to.display());
            Error::new(Code::AlreadyExists, message)
        })?;
        let trashed = Status::new(State::Trashed, "In the trash.", self.clock.now());
        let trashed = self.in_trash(id).unwrap_or(DemoView { status: trashed, folder: Some(to), ..view });
        self.note(What::Deleted, &trashed, "");
        Ok(trashed)
    }

    /// Brings a demo back from the trash; if its slug was given to another one, under a free slug near to it.
    ///
    /// # Errors
    /// `NotFound`; `InProgress` while a demo of its slug is being created; those of [`relocate`].
    pub fn restore(&self, id: Uuid) -> Result<DemoView> {
        let view = self.in_trash(id)?;
        let from = view.folder.clone().ok_or_else(|| gone(&view.demo.slug))?;
        let slug = if self.check_slug(&view.demo.slug).is_ok() { view.demo.slug.clone() } else { self.suggest(&view.demo.slug) };
        let _slug = self.records.slug_lock(&slug, "restore a demo").take(Mode::Exclusive, Wait::Try)?;
        let to = self.workspace.demo(&slug);
        self.move_demo(&view, &from, &to, || self.slug_taken(&slug))?;
        let is_renamed = slug != view.demo.slug;
        let ready = Status::new(State::Ready, "Ready.", view.demo.created_at);
        let view = DemoView { demo: Demo { slug: slug.clone(), ..view.demo }, status: ready, folder: Some(to.clone()) };
        // The folder's name is its slug, whatever its identity says: whoever lists the demos next would note it too.
        if is_renamed && let Err(cause) = self.change(&view, |demo| demo.slug.clone_from(&slug)) {
            tracing::warn!(slug, error = %cause, "the slug of a restored demo is noted in it when demos are listed next");
        }
        let view = self.moved(view, &to);
        self.note(What::Restored, &view, "");
        Ok(view)
    }

    /// Removes a demo in the trash for good.
    ///
    /// # Errors
    /// `NotFound` if it is not in the trash; those of [`relocate`], when it is still there.
    pub fn purge(&self, id: Uuid) -> Result<()> {
        let view = self.in_trash(id)?;
        let from = view.folder.clone().ok_or_else(|| gone(&view.demo.slug))?;
        // Out of sight at once, and owned: a start that finds it while this process lives leaves it alone.
        let going = Staging::begin(&self.workspace)?;
        let to = going.path().join(&view.demo.slug);
        let taken = || Error::new(Code::Internal, "The demo could not be removed. Nothing was changed.");
        self.move_demo(&view, &from, &to, taken).map_err(|error| unconfirmed_removal(error, &from, &view.demo.slug))?;
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
        self.trash()?
            .into_iter()
            .find(|view| view.demo.id == id)
            .ok_or_else(|| Error::new(Code::NotFound, "That demo is not in the trash."))
    }

    /// Changes a demo's identity under its lock, wherever its folder has gone meanwhile. A demo that was deleted since stays so.
    pub(super) fn change(&self, view: &DemoView, change: impl Fn(&mut Demo)) -> Result<()> {
        let mut folder = view.folder.clone().ok_or_else(|| gone(&view.demo.slug))?;
        // The second look is for one that was renamed between the first and the lock.
        for _ in 0..2 {
            let changed =
                Store::of_demo(&self.workspace, &folder, view.demo.id).update(names::IDENTITY, "change a demo", |old: Option<&Demo>| {
                    let Some(mut demo) = old.filter(|demo| demo.id == view.demo.id).cloned() else { return Ok((None, false)) };
                    demo.settle(folder.file_name().and_then(|name| name.to_str()).unwrap_or_default());
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

    /// A demo whose folder was moved just now, as it is read there; as it is known if it cannot be. The folder's name is its slug.
    fn moved(&self, known: DemoView, folder: &Path) -> DemoView {
        let slug = known.demo.slug.clone();
        let found = self.load_at(folder).unwrap_or(DemoView { folder: Some(folder.to_owned()), ..known });
        DemoView { demo: Demo { slug, ..found.demo }, ..found }
    }

    fn slug_taken(&self, slug: &str) -> Error {
        let message = format!("A demo named “{slug}” already exists. “{}” is available.", self.suggest(slug));
        Error::new(Code::AlreadyExists, message).field("slug")
    }

    /// Moves a demo's folder, under the demo's own lock and after a look that it still is that demo: whoever waited for the
    /// locks may find another one under the name. `taken` is the error for a place that is not free.
    fn move_demo(&self, view: &DemoView, from: &Path, to: &Path, taken: impl FnOnce() -> Error) -> Result<()> {
        let store = Store::of_demo(&self.workspace, from, view.demo.id);
        let moved = store.transact("move a demo", |_| {
            // One whose identity nobody may read goes by its folder's name.
            let id = match registry::try_id_of(from) {
                Err(error) if error.code != Code::NotWritable => return Err(error),
                known => known.unwrap_or_else(|_| registry::id_of(from)),
            };
            if !is_there(from)? || id != view.demo.id {
                return Err(Error::new(
                    Code::NotFound,
                    format!("“{}” was renamed or deleted by somebody else just now. Nothing was changed; look again.", view.demo.slug),
                ));
            }
            relocate(from, to)
        });
        moved.map_err(|error| if error.code == Code::AlreadyExists { taken() } else { error })
    }
}
