//! Folders with one id: which of them is the demo, and which are copies of it.
//!
//! A copy made by `cp -a` or `tar` has the original's `demo.json`, id and all. It must not be taken for the original, whose
//! drafts, builds, trust and trash are known by that id. The demo is, in this order:
//! 1. the folder that `demo.json` names by its inode and birth: a rename keeps them, a copy has others;
//! 2. the folder whose name is the recorded slug (`demo.json` of an older Backlot names no folder);
//! 3. the folder that was made first, then the one whose `demo.json` was.
//!
//! A demo in the trash keeps its id too: what was unpacked in its place is another one.
//!
//! Copies get ids of their own when demos are listed. Whoever does that holds the lock of the shared id and decides again under
//! it, so that several processes which look at once agree.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::model::{Demo, DemoView};
use super::registry::{changed_at, folders, id_of, try_id_of};
use crate::error::{Code, Error, Result};
use crate::site::file;
use crate::store::{Store, disk};
use crate::workspace::{FolderId, Workspace, demo as names};

/// A folder's claim to its id, the better the smaller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    /// Whether `demo.json` was written for another folder, or does not say.
    is_elsewhere: bool,
    is_renamed: bool,
    born: Option<Timestamp>,
    written: Option<Timestamp>,
    folder: PathBuf,
}

impl Claim {
    fn of(folder: &Path) -> Self {
        let known = identity(folder);
        let present = FolderId::of(folder);
        let is_at = known.as_ref().is_some_and(|demo| demo.folder_id.is_some() && demo.folder_id == present);
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // In the trash a folder is named by its id.
        let is_named = known.as_ref().is_some_and(|demo| demo.slug == name || demo.id.to_string() == name);
        Self {
            is_elsewhere: !is_at,
            is_renamed: !is_named,
            born: present.and_then(|present| present.born),
            written: changed_at(&folder.join(names::IDENTITY)),
            folder: folder.to_owned(),
        }
    }
}

/// What became of demos with one id.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    /// The copies, each with the folder that keeps the id.
    pub copies: HashMap<PathBuf, PathBuf>,
    /// Those that got an id of their own since they were read: another process was first.
    pub settled: HashSet<PathBuf>,
}

/// The copies among demos that were read a moment ago.
///
/// # Errors
/// `NotWritable` or `Io` if a folder that is looked through cannot be read.
pub(super) fn among(workspace: &Workspace, views: &[DemoView]) -> Result<Sharing> {
    let trashed: HashSet<Uuid> = folders(&workspace.trash())?.into_iter().filter_map(|name| name.parse().ok()).collect();
    let mut by_id: HashMap<Uuid, Vec<&Path>> = HashMap::new();
    for view in views {
        if let Some(folder) = &view.folder {
            by_id.entry(view.demo.id).or_default().push(folder);
        }
    }
    by_id.retain(|id, folders| folders.len() > 1 || trashed.contains(id));
    let mut sharing = Sharing::default();
    for (id, folders) in by_id {
        // While one of them cannot be read, none is treated as a copy: the next listing decides.
        let Ok(claims) = claims(workspace, id).inspect_err(|error| tracing::warn!(%id, %error, "copies cannot be told apart")) else {
            continue;
        };
        let is_claimed = |folder: &Path| claims.iter().any(|claim| claim.folder == folder);
        sharing.settled.extend(folders.into_iter().filter(|folder| !is_claimed(folder)).map(Path::to_owned));
        if let Some(original) = claims.first() {
            sharing.copies.extend(claims.iter().skip(1).map(|copy| (copy.folder.clone(), original.folder.clone())));
        }
    }
    Ok(sharing)
}

/// Every folder with that id as it is now, the one that keeps it first.
fn claims(workspace: &Workspace, id: Uuid) -> Result<Vec<Claim>> {
    let demos = workspace.demos();
    let live = folders(&demos)?.into_iter().map(|slug| workspace.demo(&slug));
    let mut claims = Vec::new();
    for folder in live.chain([workspace.trash().join(id.to_string())]) {
        // What cannot be read may be the original: nobody else is taken for it then.
        if disk::is_dir(&folder).map_err(|cause| Error::io("look at", &folder, &cause))? && try_id_of(&folder)? == id {
            claims.push(Claim::of(&folder));
        }
    }
    claims.sort();
    Ok(claims)
}

/// Notes the name of a folder that was renamed by hand; a copy gets an id of its own. Answers who the folder's demo is.
///
/// # Errors
/// `NotFound` if the folder is gone; those of a change.
pub(super) fn settle(workspace: &Workspace, folder: &Path, id: Uuid, slug: &str) -> Result<Demo> {
    let gone = || Error::new(Code::NotFound, "The folder is gone.");
    let settled = Store::of_demo(workspace, folder, id).update(names::IDENTITY, "note a folder's new name", |old: Option<&Demo>| {
        let Some(old) = old else { return Err(gone()) };
        let mut demo = old.clone();
        demo.settle(slug);
        slug.clone_into(&mut demo.slug);
        demo.folder_id = FolderId::of(folder);
        if claims(workspace, id)?.first().is_some_and(|original| original.folder != folder) {
            demo.id = crate::clock::new_id();
            // The request made the original.
            demo.request_id = String::new();
        }
        Ok((Some(demo.clone()), demo))
    });
    // Another process that looked at the same time may have been first; then the folder has another id, and another lock.
    settled.or_else(|error| identity(folder).filter(|demo| demo.id != id && demo.slug == slug).ok_or(error))
}

/// What a folder's `demo.json` says; none if it cannot be read.
fn identity(folder: &Path) -> Option<Demo> {
    serde_json::from_slice(&file::read(folder, names::IDENTITY).ok()??).ok()
}

/// Why nothing can be done with a copy.
pub(super) fn unsettled(slug: &str, original: &Path, cause: &Error) -> Error {
    let original = original.file_name().unwrap_or_default().to_string_lossy();
    let message = format!("“{slug}” is a copy of “{original}” and could not be given an id of its own. {}", cause.message);
    Error::new(cause.code, message)
}

/// The copies that would be found at the next listing, each with the folder that keeps the id. Changes nothing.
pub(super) fn find(workspace: &Workspace) -> Vec<(PathBuf, PathBuf)> {
    let mut ids: HashMap<Uuid, usize> = HashMap::new();
    for slug in folders(&workspace.demos()).unwrap_or_default() {
        let folder = workspace.demo(&slug);
        if disk::is_file(folder.join(names::IDENTITY)).unwrap_or(false) {
            *ids.entry(id_of(&folder)).or_default() += 1;
        }
    }
    let is_trashed = |id: &Uuid| disk::is_dir(workspace.trash().join(id.to_string())).unwrap_or(false);
    let shared = ids.into_iter().filter(|(id, count)| *count > 1 || is_trashed(id)).map(|(id, _)| id);
    let mut found: Vec<(PathBuf, PathBuf)> = shared
        .flat_map(|id| {
            let claims = claims(workspace, id).unwrap_or_default();
            let original = claims.first().map(|claim| claim.folder.clone()).unwrap_or_default();
            claims.into_iter().skip(1).map(move |copy| (copy.folder, original.clone()))
        })
        .collect();
    found.sort();
    found
}
