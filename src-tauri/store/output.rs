//! What is made for a place outside the workspace: it appears there whole, by one rename, or not at all.
//!
//! It is built in a folder beside its place, so that the rename stays on one file system. The folder has a name by which
//! whoever knows the id of a dead build finds and removes it.

use std::io;
use std::path::{Path, PathBuf};

use super::disk;
use super::replace::{no_replace_rename, sync_dir, sync_tree};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};

/// Something being built beside its place. Dropping it removes what was built, unless it was committed.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    target: PathBuf,
}

impl Output {
    /// Begins what will be at `target`, whose folder must be there.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Io`.
    pub fn begin(target: &Path, id: &str) -> Result<Self> {
        let folder = beside(target, id);
        disk::create_dir(&folder).map_err(|cause| Error::io("make the folder", &folder, &cause))?;
        Ok(Self { folder, target: target.to_owned() })
    }

    /// Where the file or folder is built that takes the place; nothing is there yet.
    pub fn path(&self) -> PathBuf {
        self.folder.join("made")
    }

    /// Makes what was built durable and puts it in its place, which must be free unless it `replaces` what is there.
    ///
    /// # Errors
    /// `AlreadyExists`; `Cancelled`; `DiskFull`, `NotWritable` or `Io`; then what was there still is.
    pub fn commit(self, replaces: bool, cancel: &Cancel) -> Result<()> {
        let made = self.path();
        let failed = |cause: io::Error| Error::io("put in place", &self.target, &cause);
        sync_tree(&self.folder).map_err(|cause| Error::io("write to the disk", &made, &cause))?;
        cancel.check()?;
        if replaces {
            exchange(&made, &self.target, &self.folder.join("old")).map_err(failed)?;
        } else {
            no_replace_rename(&made, &self.target).map_err(|cause| match cause.kind() {
                io::ErrorKind::AlreadyExists => Error::new(
                    Code::AlreadyExists,
                    format!("{} came to be there meanwhile and was left untouched. Choose another name.", self.target.display()),
                ),
                _ => failed(cause),
            })?;
        }
        if let Some(parent) = self.target.parent() {
            sync_dir(parent).map_err(|cause| Error::io("write to the disk", parent, &cause))?;
        }
        Ok(())
    }

    /// Removes what a dead process was building for `target`. What it had moved out of the way, with nothing in its place yet,
    /// is put back.
    pub fn sweep(target: &Path, id: &str) {
        let folder = beside(target, id);
        let old = folder.join("old");
        if disk::exists(&old)
            && let Err(cause) = no_replace_rename(&old, target)
            && cause.kind() != io::ErrorKind::AlreadyExists
        {
            tracing::error!(target = %target.display(), old = %old.display(), %cause, "what was there could not be put back");
            return;
        }
        remove(&folder);
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

fn beside(target: &Path, id: &str) -> PathBuf {
    target.with_file_name(format!(".{id}.backlot"))
}

/// Puts one thing in the place of another, which gets the first one's place.
fn exchange(made: &Path, target: &Path, old: &Path) -> io::Result<()> {
    match disk::exchange(made, target) {
        Err(cause) if cause.kind() == io::ErrorKind::Unsupported => in_turn(made, target, old),
        done => done,
    }
}

/// As [`exchange`], in two steps; if the second cannot be taken, the first is taken back.
fn in_turn(made: &Path, target: &Path, old: &Path) -> io::Result<()> {
    disk::rename(target, old)?;
    disk::rename(made, target).inspect_err(|_| {
        if let Err(cause) = disk::rename(old, target) {
            tracing::error!(target = %target.display(), old = %old.display(), %cause, "what was there could not be put back");
        }
    })
}

fn remove(path: &Path) {
    match disk::remove_dir_all(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), error = %cause, "a folder could not be removed");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn it_appears_whole_replaces_only_when_told_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let build = |id: &str, text: &str| {
            let output = Output::begin(&target, id).unwrap();
            fs::create_dir(output.path()).unwrap();
            fs::write(output.path().join("a"), text).unwrap();
            output
        };
        build("1", "one").commit(false, &Cancel::new()).unwrap();
        assert_eq!(build("2", "two").commit(false, &Cancel::new()).unwrap_err().code, Code::AlreadyExists);
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "one");
        build("3", "three").commit(true, &Cancel::new()).unwrap();
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "three");
        drop(build("4", "four"));
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(build("5", "five").commit(true, &cancel).unwrap_err().code, Code::Cancelled);
        assert_eq!(names(folder.path()), ["out"]);
        std::mem::forget(build("6", "six"));
        Output::sweep(&target, "6");
        assert_eq!(names(folder.path()), ["out"]);
        let seventh = build("7", "new");
        fs::rename(&target, seventh.folder.join("old")).unwrap();
        std::mem::forget(seventh);
        Output::sweep(&target, "7");
        assert_eq!((names(folder.path()), fs::read_to_string(target.join("a")).unwrap()), (vec!["out".to_owned()], "three".to_owned()));
        let (made, old) = (folder.path().join("made"), folder.path().join("old"));
        fs::write(&made, "seven").unwrap();
        in_turn(&made, &target, &old).unwrap();
        assert_eq!(
            (fs::read_to_string(&target).unwrap(), names(folder.path())),
            ("seven".to_owned(), vec!["old".to_owned(), "out".to_owned()])
        );
        assert!(in_turn(&folder.path().join("none"), &target, &folder.path().join("older")).is_err());
        assert_eq!(fs::read_to_string(&target).unwrap(), "seven", "what was there is put back");
    }
}
