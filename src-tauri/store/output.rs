//! What is made for a place outside the workspace: it appears there whole, by one rename, or not at all.
//!
//! It is built in a folder beside its place, so that the rename stays on one file system. The folder has a name by which
//! whoever knows the id of a dead build finds and removes it.
//!
//! What it replaces is looked at right before, and once more when it has left its place: whatever a person put there in the
//! meantime is kept, never removed.

use std::io;
use std::path::{Path, PathBuf};

use super::disk;
use super::replace::{no_replace_rename, sync_dir, sync_tree};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};

/// Why something may not be removed, for a person; none if nothing in it is of others.
pub type Foreign<'a> = &'a dyn Fn(&Path) -> Result<Option<String>>;

/// How many names are tried for what is kept.
const MOST_KEPT: usize = 1_000;

/// Something being built beside its place. [`Output::end`], or dropping it, removes the folder that it was built in.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    target: PathBuf,
    /// Whether something of others is in the folder, which then stays.
    stays: bool,
    has_ended: bool,
}

impl Output {
    /// Begins what will be at `target`, whose folder must be there.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Io`.
    pub fn begin(target: &Path, id: &str) -> Result<Self> {
        let folder = beside(target, id);
        disk::create_dir(&folder).map_err(|cause| Error::io("make the folder", &folder, &cause))?;
        Ok(Self { folder, target: target.to_owned(), stays: false, has_ended: false })
    }

    /// Where the file or folder is built that takes the place; nothing is there yet.
    pub fn path(&self) -> PathBuf {
        self.folder.join("made")
    }

    /// Makes what was built durable and puts it in its place, which must be free unless it `replaces` what is there and that is
    /// not `foreign`. Gives the new place of what was there, if others changed it in the last moment.
    ///
    /// # Errors
    /// `AlreadyExists`; `Cancelled`; `DiskFull`, `NotWritable` or `Io`; then what was there still is. `Indeterminate` if the disk
    /// did not confirm which of the two is there.
    pub fn commit(&mut self, replaces: bool, foreign: Foreign<'_>, cancel: &Cancel) -> Result<Option<PathBuf>> {
        let made = self.path();
        sync_tree(&self.folder).map_err(|cause| Error::io("write to the disk", &made, &cause))?;
        cancel.check()?;
        let replaces = replaces && is_there(&self.target)?;
        if replaces && let Some(why) = foreign(&self.target)? {
            let message = format!(
                "{} was changed while the build ran: {why}. It was left untouched. Choose another place, or move it away, then build again.",
                self.target.display()
            );
            return Err(Error::new(Code::AlreadyExists, message));
        }
        let old = self.put(replaces)?;
        if let Err((parent, cause)) = self.sync_parent() {
            tracing::warn!(target = %self.target.display(), error = %cause, "a build could not be made durable and is taken back");
            if self.take_back(old.as_deref()).is_err() {
                return Err(self.unconfirmed("The new build is there now"));
            }
            self.sync_parent().map_err(|_| self.unconfirmed("What was there before is there now"))?;
            return Err(Error::io("write to the disk", &parent, &cause));
        }
        let Some(old) = old else { return Ok(None) };
        match foreign(&old) {
            Ok(None) => Ok(None),
            Ok(Some(_)) | Err(_) => Ok(Some(self.keep(&old))),
        }
    }

    /// Removes the folder that it was built in. Answers whether it is gone, or stays for what others have in it; if not, it
    /// is for [`Output::clear`] to remove later.
    pub fn end(mut self) -> bool {
        self.has_ended = true;
        self.stays || remove(&self.folder)
    }

    /// Removes what [`Output::end`] could not. Answers whether it is gone.
    pub fn clear(target: &Path, id: &str) -> bool {
        remove(&beside(target, id))
    }

    /// Puts what was built in its place; gives where what was there is now.
    fn put(&self, replaces: bool) -> Result<Option<PathBuf>> {
        let (made, old) = (self.path(), self.folder.join("old"));
        let failed = |cause: io::Error| Error::io("put in place", &self.target, &cause);
        if replaces {
            return exchange(&made, &self.target, &old).map(Some).map_err(failed);
        }
        no_replace_rename(&made, &self.target).map(|()| None).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => Error::new(
                Code::AlreadyExists,
                format!("{} came to be there meanwhile and was left untouched. Choose another name.", self.target.display()),
            ),
            _ => failed(cause),
        })
    }

    /// Undoes [`Output::put`].
    fn take_back(&mut self, old: Option<&Path>) -> io::Result<()> {
        let made = self.path();
        let taken = match old {
            None => no_replace_rename(&self.target, &made),
            Some(old) if old == made => exchange(old, &self.target, &self.folder.join("new")).map(drop),
            Some(old) => no_replace_rename(&self.target, &made).and_then(|()| no_replace_rename(old, &self.target)),
        };
        taken.inspect_err(|cause| {
            tracing::error!(target = %self.target.display(), error = %cause, "a build could not be taken back");
            self.stays = old.is_some();
        })
    }

    fn sync_parent(&self) -> Result<(), (PathBuf, io::Error)> {
        self.target.parent().map_or(Ok(()), |parent| sync_dir(parent).map_err(|cause| (parent.to_owned(), cause)))
    }

    fn unconfirmed(&self, what: &str) -> Error {
        let message = format!("The disk did not confirm the build at {}. {what}; look at it before you use it.", self.target.display());
        Error::new(Code::Indeterminate, message)
    }

    /// Gives something that others changed a place beside the target.
    fn keep(&mut self, old: &Path) -> PathBuf {
        let kept = kept_beside(&self.target, old);
        // Nowhere else to be: then it stays where it is.
        self.stays = kept.is_none();
        let _ = self.sync_parent();
        kept.unwrap_or_else(|| old.to_owned())
    }

    /// Removes what a dead process was building for `target`. What it had moved out of the way, with nothing in its place yet,
    /// is put back; what it had replaced (`is_in_place`) is kept if it is `foreign`.
    pub fn sweep(target: &Path, id: &str, is_in_place: bool, foreign: Foreign<'_>) {
        let folder = beside(target, id);
        let (made, old) = (folder.join("made"), folder.join("old"));
        if is_in_place {
            for replaced in [&made, &old] {
                if matches!(is_there(replaced), Ok(false)) {
                    continue;
                }
                if !matches!(foreign(replaced), Ok(None)) && kept_beside(target, replaced).is_none() {
                    return;
                }
            }
        } else if disk::symlink_metadata(&old).is_ok()
            && let Err(cause) = no_replace_rename(&old, target)
        {
            tracing::error!(target = %target.display(), old = %old.display(), %cause, "what was there could not be put back");
            return;
        }
        remove(&folder);
    }
}

/// Whether there is something at a path.
fn is_there(path: &Path) -> Result<bool> {
    match disk::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(Error::io("look at", path, &cause)),
    }
}

/// Moves something beside `target` under a free name; none if there is no way.
fn kept_beside(target: &Path, old: &Path) -> Option<PathBuf> {
    let stem = target.file_stem()?.to_string_lossy().into_owned();
    let ending = target.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    for number in 1..MOST_KEPT {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let kept = target.with_file_name(format!("{stem}-kept{number}{ending}"));
        match no_replace_rename(old, &kept) {
            Ok(()) => {
                tracing::warn!(target = %target.display(), kept = %kept.display(), "what others changed was kept beside a build");
                return Some(kept);
            }
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => {
                tracing::error!(old = %old.display(), error = %cause, "what others changed could not be moved beside a build");
                return None;
            }
        }
    }
    None
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.stays && !self.has_ended {
            remove(&self.folder);
        }
    }
}

fn beside(target: &Path, id: &str) -> PathBuf {
    target.with_file_name(format!(".{id}.backlot"))
}

/// Puts one thing in the place of another; gives where that one is now: in the first one's place, or at `old`.
fn exchange(made: &Path, target: &Path, old: &Path) -> io::Result<PathBuf> {
    match disk::exchange(made, target) {
        Err(cause) if cause.kind() == io::ErrorKind::Unsupported => in_turn(made, target, old),
        done => done.map(|()| made.to_owned()),
    }
}

/// As [`exchange`], in two steps; if the second cannot be taken, the first is taken back.
fn in_turn(made: &Path, target: &Path, old: &Path) -> io::Result<PathBuf> {
    disk::rename(target, old)?;
    let done = disk::rename(made, target).inspect_err(|_| {
        if let Err(cause) = disk::rename(old, target) {
            tracing::error!(target = %target.display(), old = %old.display(), %cause, "what was there could not be put back");
        }
    });
    done.map(|()| old.to_owned())
}

/// Removes a folder; answers whether it is gone.
fn remove(path: &Path) -> bool {
    match disk::remove_dir_all(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), error = %cause, "a folder could not be removed");
            false
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            disk::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn it_appears_whole_replaces_only_when_told_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let ours: Foreign<'_> = &|_| Ok(None);
        let build = |id: &str, text: &str| {
            let output = Output::begin(&target, id).unwrap();
            disk::create_dir(output.path()).unwrap();
            fs::write(output.path().join("a"), text).unwrap();
            output
        };
        build("1", "one").commit(false, ours, &Cancel::new()).unwrap();
        assert_eq!(build("2", "two").commit(false, ours, &Cancel::new()).unwrap_err().code, Code::AlreadyExists);
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "one");
        build("3", "three").commit(true, ours, &Cancel::new()).unwrap();
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "three");
        drop(build("4", "four"));
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(build("5", "five").commit(true, ours, &cancel).unwrap_err().code, Code::Cancelled);
        assert_eq!(names(folder.path()), ["out"]);
        std::mem::forget(build("6", "six"));
        Output::sweep(&target, "6", false, ours);
        assert_eq!(names(folder.path()), ["out"]);
        let seventh = build("7", "new");
        disk::rename(&target, &seventh.folder.join("old")).unwrap();
        std::mem::forget(seventh);
        Output::sweep(&target, "7", false, ours);
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

    #[test]
    fn what_others_changed_is_left_or_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let build = |id: &str, text: &str| {
            let output = Output::begin(&target, id).unwrap();
            disk::create_dir(output.path()).unwrap();
            fs::write(output.path().join("a"), text).unwrap();
            output
        };
        let is_foreign = |at: &Path| fs::read_to_string(at.join("a")).unwrap() == "theirs";
        let foreign: Foreign<'_> = &|at| Ok(is_foreign(at).then(|| "a has been changed".to_owned()));
        let text = |name: &str| fs::read_to_string(folder.path().join(name).join("a")).unwrap();
        build("1", "one").commit(false, foreign, &Cancel::new()).unwrap();
        fs::write(target.join("a"), "theirs").unwrap();
        let refused = build("2", "two").commit(true, foreign, &Cancel::new()).unwrap_err();
        assert_eq!((refused.code, text("out")), (Code::AlreadyExists, "theirs".to_owned()));
        assert!(refused.message.contains("a has been changed"), "{refused}");
        // Changed between the look and the exchange.
        fs::write(target.join("a"), "one").unwrap();
        let late: Foreign<'_> = &|at| {
            let why = foreign(at);
            if at == target {
                fs::write(at.join("a"), "theirs").unwrap();
            }
            why
        };
        for kept in ["out-kept", "out-kept-2"] {
            let at = build("3", "three").commit(true, late, &Cancel::new()).unwrap();
            assert_eq!(at, Some(folder.path().join(kept)));
            assert_eq!((text("out"), text(kept)), ("three".to_owned(), "theirs".to_owned()));
        }
        // The process died after the exchange.
        let fourth = build("4", "four");
        fs::write(target.join("a"), "theirs").unwrap();
        exchange(&fourth.path(), &target, &fourth.folder.join("old")).unwrap();
        std::mem::forget(fourth);
        Output::sweep(&target, "4", true, foreign);
        assert_eq!((text("out"), text("out-kept-3")), ("four".to_owned(), "theirs".to_owned()));
        assert_eq!(names(folder.path()), ["out", "out-kept", "out-kept-2", "out-kept-3"]);
    }
}
