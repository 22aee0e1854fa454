//! The list of demos, read from the disk: nothing but the folders themselves says what demos there are.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::copies;
use super::model::{Demo, DemoView, Origin, State, Status};
use crate::error::{Code, Error, Result};
use crate::site::file;
use crate::store::{Cache, Store, disk};
use crate::workspace::{FolderId, Workspace, demo as names};

/// The demos on disk, with what was read of them last.
#[derive(Debug)]
pub(super) struct Registry {
    workspace: Workspace,
    identities: Cache<Demo>,
    statuses: Cache<Status>,
}

impl Registry {
    pub fn new(workspace: Workspace) -> Self {
        Self { workspace, identities: Cache::default(), statuses: Cache::default() }
    }

    /// Every demo under `demos/`, in no order.
    ///
    /// A folder that was renamed by hand keeps its id and gets its new name as its slug; of several folders with one id, all but
    /// one get ids of their own (see [`super::copies`]). A folder without `demo.json` is not a demo.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if the folder of the demos, or the trash, cannot be read: a list without some of them would say that
    /// they are gone.
    pub fn scan(&self) -> Result<Vec<DemoView>> {
        let entries = Entries::of(&self.workspace.demos())?;
        let load = |slug: String| self.load(&self.workspace.demo(&slug), &slug);
        let mut views: Vec<DemoView> = entries.folders.into_iter().filter_map(load).collect();
        let sharing = copies::among(&self.workspace, &views)?;
        for view in &mut views {
            let Some(folder) = view.folder.clone() else { continue };
            let Some(slug) = folder.file_name().and_then(|name| name.to_str()) else { continue };
            if sharing.settled.contains(&folder) {
                *view = self.load(&folder, slug).unwrap_or_else(|| view.clone());
            }
            let original = sharing.copies.get(&folder);
            if view.demo.slug == slug && original.is_none() {
                continue;
            }
            match copies::settle(&self.workspace, &folder, view.demo.id, slug) {
                // Another process may have settled it a moment ago.
                Ok(demo) => view.demo = demo,
                Err(cause) => {
                    tracing::warn!(slug, error = %cause, "a folder that was renamed or copied by hand could not be noted");
                    match original {
                        // Nothing is done with it while another folder has the same id.
                        Some(original) => {
                            let error = copies::unsettled(slug, original, &cause);
                            *view = DemoView { folder: None, ..damaged(&folder, slug, stand_in_id(slug), error) };
                        }
                        None => slug.clone_into(&mut view.demo.slug),
                    }
                }
            }
        }
        views.extend(entries.links.into_iter().filter_map(|name| {
            let folder = self.workspace.demo(&name);
            let view = damaged(&folder, &name, stand_in_id(&name), linked(&folder)?);
            // Nothing is done with a folder that is not there.
            Some(DemoView { folder: None, ..view })
        }));
        Ok(views)
    }

    /// The demos in the trash, the last deleted first.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if the trash cannot be read.
    pub fn scan_trash(&self) -> Result<Vec<DemoView>> {
        let mut views: Vec<DemoView> = folders(&self.workspace.trash())?
            .into_iter()
            .filter_map(|name| {
                let folder = self.workspace.trash().join(&name);
                let mut view = self.load(&folder, &name)?;
                // `trashed` follows from the place, and so does its time: moving a folder changes the folder's ctime.
                view.status = Status::new(State::Trashed, "In the trash.", changed_at(&folder).unwrap_or(view.status.updated_at));
                Some(view)
            })
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.status.updated_at));
        Ok(views)
    }

    /// The demo in one folder, called `name` there; none if it holds no `demo.json`.
    pub fn load(&self, folder: &Path, name: &str) -> Option<DemoView> {
        if let Some(view) = self.load_known(folder) {
            return Some(view);
        }
        let id = match try_id_of(folder) {
            Ok(id) => id,
            Err(error) => return Some(damaged(folder, name, id_by_name(folder), error)),
        };
        let store = Store::of_demo(&self.workspace, folder, id);
        let mut demo = match store.read::<Demo>(names::IDENTITY) {
            Ok(demo) => demo?,
            // A folder that vanished in between is no damaged demo.
            Err(_) if !disk::exists(folder.join(names::IDENTITY)).unwrap_or(true) => return None,
            Err(error) => return Some(damaged(folder, name, id, error)),
        };
        demo.settle(name);
        let ready = || Status::new(State::Ready, "Ready.", demo.created_at);
        let status = match store.read::<Status>(names::STATUS) {
            // A folder under demos/ is complete, whatever a status from before its rename says.
            Ok(status) => status.filter(|status| !status.state.is_under_way()).unwrap_or_else(ready),
            Err(error) => Status::new(State::Failed { error }, "The demo's status cannot be read.", demo.created_at),
        };
        Some(DemoView { demo, status, folder: Some(folder.to_owned()) })
    }

    /// A demo whose documents are whole, from what was read last where they have not changed since: no lock, nothing mended.
    fn load_known(&self, folder: &Path) -> Option<DemoView> {
        fn parse<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> Option<T> {
            serde_json::from_slice(&file::read(folder, name).ok()??).ok()
        }
        let demo = self.identities.get(&folder.join(names::IDENTITY), || parse(folder, names::IDENTITY))?;
        let status = self.statuses.get(&folder.join(names::STATUS), || parse(folder, names::STATUS))?;
        let store = Store::of_demo(&self.workspace, folder, demo.id);
        if store.is_pending().unwrap_or(true) || status.state.is_under_way() {
            return None;
        }
        let mut demo = Demo::clone(&demo);
        demo.settle(folder.file_name()?.to_str()?);
        Some(DemoView { demo, status: Status::clone(&status), folder: Some(folder.to_owned()) })
    }

    /// The demo in the folder of that name, if nothing has to be found out about it: its identity was written for this very folder
    /// under this name. For the rest there is [`Self::scan`].
    pub fn settled(&self, slug: &str) -> Option<DemoView> {
        super::slug::validate(slug).ok()?;
        let folder = self.workspace.demo(slug);
        let view = self.load_known(&folder)?;
        let is_own = view.demo.folder_id.is_some() && view.demo.folder_id == FolderId::of(&folder);
        (is_own && view.demo.slug == slug).then_some(view)
    }

    /// The demos whose identity still names a rename: one that was cut off before the folder moved, or right after.
    pub fn unsettled(&self) -> Vec<(PathBuf, Demo)> {
        let demos = self.workspace.demos();
        // What cannot be read now is settled by a later start.
        let moving = folders(&demos).unwrap_or_default().into_iter().map(|slug| self.workspace.demo(&slug)).filter_map(|folder| {
            let demo = self
                .identities
                .get(&folder.join(names::IDENTITY), || serde_json::from_slice(&file::read(&folder, names::IDENTITY).ok()??).ok())?;
            demo.moving.is_some().then(|| (folder, Demo::clone(&demo)))
        });
        moving.collect()
    }
}

/// What is in a folder, without what is hidden and without files.
#[derive(Debug, Default)]
struct Entries {
    folders: Vec<String>,
    links: Vec<String>,
}

impl Entries {
    /// Those of a folder; none if there is no such folder.
    fn of(parent: &Path) -> Result<Self> {
        let failed = |cause: io::Error| Error::io("read the folder", parent, &cause);
        let mut found = Self::default();
        let entries = match disk::read_dir(parent) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(cause) => return Err(failed(cause)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                Err(cause) => return Err(failed(cause)),
            };
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') {
            } else if kind.is_dir() {
                found.folders.push(name);
            } else if kind.is_symlink() {
                found.links.push(name);
            }
        }
        Ok(found)
    }
}

/// The folders in a folder, without those that are hidden.
///
/// # Errors
/// `NotWritable` or `Io` if it is there and cannot be read.
pub(super) fn folders(parent: &Path) -> Result<Vec<String>> {
    Entries::of(parent).map(|found| found.folders)
}

/// Why a folder among the demos is not looked into, if it is a link.
pub fn linked(folder: &Path) -> Option<Error> {
    let target = disk::read_link(folder).ok()?;
    let message = format!(
        "{} is a link to {}, which Backlot does not follow. Nothing was changed. Move the demo's folder itself here, or remove the link.",
        folder.display(),
        target.display()
    );
    Some(Error::new(Code::WrongState, message))
}

/// The id of the demo in a folder, without a lock and without mending anything. One whose identity cannot be read has the id
/// that the folder is named by, as in the trash, or one made from the folder's name.
pub(super) fn id_of(folder: &Path) -> Uuid {
    try_id_of(folder).unwrap_or_else(|_| id_by_name(folder))
}

/// As [`id_of`], of a folder whose identity must be readable, if it has one.
///
/// # Errors
/// `NotWritable` or `Io` if it cannot be read.
pub(super) fn try_id_of(folder: &Path) -> Result<Uuid> {
    let known = file::read(folder, names::IDENTITY)?.and_then(|bytes| serde_json::from_slice::<Id>(&bytes).ok());
    Ok(known.map_or_else(|| id_by_name(folder), |known| known.id))
}

fn id_by_name(folder: &Path) -> Uuid {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Uuid::parse_str(name).unwrap_or_else(|_| stand_in_id(name))
}

/// What is read first, to know which lock the rest is under.
#[derive(Debug, Deserialize)]
struct Id {
    id: Uuid,
}

/// A demo whose `demo.json` cannot be read is shown, since its files are all there.
fn damaged(folder: &Path, name: &str, id: Uuid, error: Error) -> DemoView {
    let at = changed_at(folder).unwrap_or(Timestamp::UNIX_EPOCH);
    DemoView {
        demo: Demo {
            schema: 0,
            rev: 0,
            id,
            slug: name.to_owned(),
            name: name.to_owned(),
            tags: Vec::new(),
            brief: super::model::Brief::default(),
            template: Origin::default(),
            version_id: String::new(),
            request_id: String::new(),
            created_at: at,
            moving: None,
            folder_id: None,
        },
        status: Status::new(State::Failed { error: error.clone() }, error.message, at),
        folder: Some(folder.to_owned()),
    }
}

/// An id made from a folder's name, the same each time.
fn stand_in_id(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(unix)]
pub(super) fn changed_at(folder: &Path) -> Option<Timestamp> {
    use std::os::unix::fs::MetadataExt;
    let metadata = disk::metadata(folder).ok()?;
    Timestamp::new(metadata.ctime(), i32::try_from(metadata.ctime_nsec()).ok()?).ok()
}

#[cfg(not(unix))]
pub(super) fn changed_at(folder: &Path) -> Option<Timestamp> {
    Timestamp::try_from(disk::metadata(folder).ok()?.modified().ok()?).ok()
}
