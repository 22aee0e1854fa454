//! A folder that appears complete, by one rename, or not at all.
//!
//! It is built under `.staging/` while its owner lock is held. Whoever obtains that lock knows that the owner is gone and
//! may remove the folder; nobody else may.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::disk;
use super::lock::{Guard, Lock, Mode, Wait};
use super::replace::{no_replace_rename, sync_dir, sync_tree};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::workspace::Workspace;

/// How long a dead owner's worker is given to end; it does so as soon as it notices.
const PARTING: Duration = Duration::from_millis(500);
/// How soon a cancel is noticed while the disk works.
const GLANCE: Duration = Duration::from_millis(20);

/// A folder being built. Dropping it removes the folder, unless it was committed.
#[derive(Debug)]
pub struct Staging {
    id: String,
    path: PathBuf,
    /// A journal that may still need what is in here, if it was committed and could not be finished.
    journal: Option<PathBuf>,
    // The last to go: nobody else may touch the folder before it is removed.
    _owner: Guard,
}

impl Staging {
    /// Begins a new, empty folder.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Io`.
    pub fn begin(workspace: &Workspace) -> Result<Self> {
        Self::begin_in(&workspace.staging(), &workspace.locks(), None)
    }

    /// As [`Staging::begin`], in another folder than the workspace's own: what is built there goes to its place with a
    /// transaction of the store that keeps its journal at `journal`, not by [`Staging::commit`].
    pub(super) fn begin_in(parent: &Path, locks: &Path, journal: Option<PathBuf>) -> Result<Self> {
        let id = crate::clock::new_id().to_string();
        let owner = owner_lock(locks, &id).take(Mode::Exclusive, Wait::Try)?;
        let path = parent.join(&id);
        disk::create_dir_all(&path).map_err(|cause| Error::io("make the folder", &path, &cause))?;
        Ok(Self { id, path, journal, _owner: owner })
    }

    /// The folder's name, by which a worker's lock is called too (see [`work_lock`]).
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes everything in it durable, for [`super::Batch::adopt`]; a cancelled sync is not waited for.
    ///
    /// # Errors
    /// `Cancelled`; `DiskFull` or `Io`.
    pub fn sync(&self, cancel: &Cancel) -> Result<()> {
        sync_until(&self.path, cancel)
    }

    /// Makes everything durable and gives the folder its place by one rename that replaces nothing.
    ///
    /// # Errors
    /// `AlreadyExists` if there is something at `to`; `Cancelled`; `DiskFull` or `Io`; then nothing is at `to` but what was
    /// there. `Indeterminate` if the rename was done but could not be made durable.
    pub fn commit(self, to: &Path, cancel: &Cancel) -> Result<()> {
        sync_until(&self.path, cancel)?;
        cancel.check()?;
        no_replace_rename(&self.path, to).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::new(Code::AlreadyExists, format!("{} is there already and was left untouched. Choose another name.", to.display()))
            }
            _ => Error::io("put in place", to, &cause),
        })?;
        for folder in [self.path.parent(), to.parent()].into_iter().flatten() {
            sync_dir(folder).map_err(|cause| {
                tracing::warn!(path = %folder.display(), error = %cause, "the directory could not be synced after a rename");
                Error::new(
                    Code::Indeterminate,
                    format!("{} was put in place, but the disk did not confirm it. Listing it again tells.", to.display()),
                )
            })?;
        }
        Ok(())
    }

    /// Removes every staging folder whose owner is gone; a living owner's is left alone.
    ///
    /// # Errors
    /// `NotWritable` if there is a link where the folder was; `Io`. Then nothing is removed.
    pub fn sweep(workspace: &Workspace) -> Result<()> {
        Self::sweep_in(&workspace.staging(), &workspace.locks())
    }

    /// As [`Staging::sweep`], for another folder.
    pub(super) fn sweep_in(parent: &Path, locks: &Path) -> Result<()> {
        let entries = match disk::read_dir(parent) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|cause| Error::io("read", parent, &cause))?,
        };
        for entry in entries.flatten() {
            let id = entry.file_name().to_string_lossy().into_owned();
            let Ok(_owner) = owner_lock(locks, &id).take(Mode::Exclusive, Wait::Try) else { continue };
            // The owner's worker may outlive it by a moment.
            let Ok(_worker) = work_lock(locks, &id).take(Mode::Exclusive, Wait::Upto(PARTING)) else { continue };
            remove(&entry.path(), entry.file_type().is_ok_and(disk::Kind::is_dir));
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be looked at may be there.
        if self.journal.as_ref().is_some_and(|journal| disk::exists(journal).unwrap_or(true)) {
            // Whoever takes the store's lock next finishes the transaction first, and removes this folder then.
            return;
        }
        remove(&self.path, true);
    }
}

/// The lock that a child process holds while it works in the staging folder `id`.
pub fn work_lock(locks: &Path, id: &str) -> Lock {
    Lock::new(locks, &format!("work-{id}"), "write files of a demo that is being created")
}

fn owner_lock(locks: &Path, id: &str) -> Lock {
    Lock::new(locks, &format!("staging-{id}"), "build a folder")
}

/// Syncs on a thread of its own: a sync cannot be cancelled, but it need not be waited for.
fn sync_until(folder: &Path, cancel: &Cancel) -> Result<()> {
    let (sender, done) = std::sync::mpsc::channel();
    let path = folder.to_owned();
    thread::spawn(move || sender.send(sync_tree(&path)));
    loop {
        match done.recv_timeout(GLANCE) {
            Ok(synced) => return synced.map_err(|cause| Error::io("write to the disk", folder, &cause)),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => cancel.check()?,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Error::new(Code::Internal, "The disk could not be synced."));
            }
        }
    }
}

/// What cannot be removed now is removed at the next start.
fn remove(path: &Path, is_folder: bool) {
    match if is_folder { disk::remove_dir_all(path) } else { disk::remove_file(path) } {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), error = %cause, "a folder could not be removed");
        }
        _ => {}
    }
}
