//! A transaction over several files of one store: a redo journal, whose rename is the commit point.
//!
//! `txn.json` holds, for every target, the hashes of its old and its new contents and the new contents themselves. Once it
//! is in place and synced the transaction has happened: whoever takes the store's lock next, be it after a power cut,
//! finishes it before anything else. A target is only written where it still has its old or its new contents; else somebody
//! who ignores the lock was there, their file stays, and ours goes to quarantine.
//!
//! (Write-ahead logging as in ARIES, redo only: nothing is written to a target before the commit, so there is nothing to undo.)

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::batch::New;
use super::contents::{hash, hash_file, is_there, make_folders, quarantine, read_text};
use super::disk;
use super::replace::{no_replace_rename, replace, replace_by_rename, replace_unsynced_name, sync_dir};
use crate::error::{Code, Error, Result};

/// The journal's name in its store.
const NAME: &str = "txn.json";
/// The version this program writes; a higher one opens the store read-only.
const VERSION: u32 = 1;

/// One file of a transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Target {
    name: String,
    /// BLAKE3 of what was there; none if nothing was.
    old: Option<String>,
    /// BLAKE3 of what shall be there; none if the file is removed.
    new: Option<String>,
    /// The new contents, if they are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contents: Option<String>,
    /// A synced file below the store's root that holds the new contents, if they are large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    staged: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    version: u32,
    /// BLAKE3 of the targets as JSON.
    checksum: String,
    targets: Vec<Target>,
}

/// What is read first: a journal of another version may have any other fields.
#[derive(Debug, Deserialize)]
struct Head {
    version: u32,
}

impl Target {
    /// `name` becomes `new` where the hash of its contents is `old`.
    pub fn new(name: &str, old: Option<String>, new: Option<&New>) -> Self {
        let (new, contents, staged) = match new {
            None => (None, None, None),
            Some(New::Staged { path, hash }) => (Some(hash.clone()), None, Some(path.clone())),
            Some(new) => new.text().map_or((None, None, None), |text| (Some(hash(text.as_bytes())), Some(text.to_string()), None)),
        };
        Self { name: name.to_owned(), old, new, contents, staged }
    }

    /// Whether what it shall hold was prepared as a file that is gone, so that it cannot be written any more.
    fn is_lost(&self, root: &Path) -> Result<bool> {
        self.staged.as_ref().map_or(Ok(false), |staged| Ok(!is_there(&root.join(staged))?))
    }

    /// Writes the target; its folder's entry is not synced yet.
    fn apply(&self, root: &Path) -> Result<()> {
        let path = root.join(&self.name);
        if let Some(contents) = &self.contents {
            let temps = root.join(".tmp");
            make_folders([path.parent().unwrap_or(root), &temps])?;
            return replace_unsynced_name(&path, &temps, contents.as_bytes());
        }
        if let Some(staged) = &self.staged {
            make_folders([path.parent().unwrap_or(root)])?;
            let (from, place) = (root.join(staged), if self.old.is_some() { replace_by_rename } else { no_replace_rename });
            return place(&from, &path).map_err(|cause| Error::io("put in place", &path, &cause));
        }
        match disk::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", &path, &cause)),
            _ => Ok(()),
        }
    }
}

/// Makes one file what it shall be: a transaction of its own, which needs no journal. `replaces` if there is one already.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Io`, and nothing was changed; `Indeterminate`.
pub(super) fn commit_one(root: &Path, name: &str, replaces: bool, new: Option<&New>) -> Result<()> {
    let path = root.join(name);
    if let Some(text) = new.and_then(New::text) {
        let temps = root.join(".tmp");
        make_folders([path.parent().unwrap_or(root), &temps])?;
        return replace(&path, &temps, text.as_bytes());
    }
    Target::new(name, replaces.then(String::new), new).apply(root)?;
    sync_parent(&path).map_err(|cause| {
        tracing::warn!(path = %path.display(), error = %cause, "the directory could not be synced after a change");
        Error::new(
            Code::Indeterminate,
            format!("{} was changed, but the disk did not confirm it. Reading it again tells which state it is in.", path.display()),
        )
    })
}

/// Commits several targets at once.
///
/// # Errors
/// Before the commit point: `DiskFull`, `NotWritable` or `Io`, and nothing was changed. After it: `Indeterminate`; the
/// next who takes the lock finishes it.
pub(super) fn commit(root: &Path, targets: Vec<Target>) -> Result<()> {
    let journal = Journal { version: VERSION, checksum: checksum(&targets)?, targets };
    let text = serde_json::to_string(&journal)
        .map_err(|cause| Error::new(Code::Internal, format!("The journal could not be written as JSON: {cause}.")))?;
    let temps = root.join(".tmp");
    make_folders([&temps])?;
    replace(&path(root), &temps, text.as_bytes())?;
    finish(root, &journal.targets).map_err(|cause| {
        tracing::warn!(root = %root.display(), error = %cause, "a committed transaction could not be finished yet");
        Error::new(
            Code::Indeterminate,
            format!("The change to {} is recorded, but not all of it is in place yet. It is finished at the next access.", root.display()),
        )
    })
}

/// Where a store keeps the journal of a transaction that is not finished.
pub(super) fn path(root: &Path) -> PathBuf {
    root.join(NAME)
}

/// Whether a transaction waits to be finished.
///
/// # Errors
/// `NotWritable` or `Io` if that cannot be looked at.
pub(super) fn is_pending(root: &Path) -> Result<bool> {
    is_there(&path(root))
}

/// Finishes what a dead process committed. Only the holder of the store's lock may call it.
///
/// # Errors
/// `NewerSchema` for a journal of a later version, which is left alone; `DiskFull`, `NotWritable` or `Io`.
pub(super) fn recover(root: &Path) -> Result<()> {
    if !is_pending(root)? {
        return Ok(());
    }
    let place = path(root);
    let text = read_text(&place)?.unwrap_or_default();
    if serde_json::from_str::<Head>(&text).is_ok_and(|head| head.version > VERSION) {
        return Err(Error::new(
            Code::NewerSchema,
            format!("{} was written by a newer Backlot. What it is about is opened read-only; update Backlot.", place.display()),
        ));
    }
    let journal =
        serde_json::from_str::<Journal>(&text).ok().filter(|journal| checksum(&journal.targets).is_ok_and(|sum| sum == journal.checksum));
    let Some(journal) = journal else {
        // It was synced before it got its name, so only the disk or a person can have changed it.
        let aside = quarantine(root, NAME)?;
        tracing::error!(aside = %aside.display(), "a damaged journal was put aside; its transaction is not finished");
        return Ok(());
    };
    let mut ours = Vec::new();
    let mut is_lost = false;
    for target in journal.targets {
        let found = hash_file(&root.join(&target.name))?;
        let is_ours = found == target.old || found == target.new;
        if is_ours && found != target.new && target.is_lost(root)? {
            // Nobody can put it in place any more; the rest is, or the store would be locked for good.
            is_lost = true;
            tracing::error!(
                name = target.name,
                staged = target.staged,
                "what a transaction had prepared is gone; that file stays as it is"
            );
        } else if is_ours {
            ours.push(target);
        } else {
            put_ours_aside(root, &target)?;
        }
    }
    if is_lost {
        // What is removed may be the only copy of what is lost: a file that moves is prepared as a second name of it.
        ours.retain(|target| target.new.is_some());
    }
    finish(root, &ours)
}

fn finish(root: &Path, targets: &[Target]) -> Result<()> {
    let mut folders = BTreeSet::new();
    for target in targets {
        let path = root.join(&target.name);
        // What shall be gone need not be read first.
        let is_done = if target.new.is_none() { !is_there(&path)? } else { hash_file(&path)? == target.new };
        if !is_done {
            target.apply(root)?;
        }
        // A new file may be in folders that are new as well.
        let depth = if target.new.is_some() && target.old.is_none() { usize::MAX } else { 1 };
        let within = path.ancestors().skip(1).take(depth).take_while(|folder| *folder != root);
        folders.extend(within.map(Path::to_owned));
    }
    // A replayed target may have been renamed but not synced by who died: every folder is synced, whatever was found.
    for folder in &folders {
        match sync_dir(folder) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            synced => synced.map_err(|cause| Error::io("write to the disk", folder, &cause))?,
        }
    }
    let place = path(root);
    disk::remove_file(&place).map_err(|cause| Error::io("remove", &place, &cause))?;
    sync_dir(root).map_err(|cause| Error::io("write to the disk", root, &cause))
}

fn put_ours_aside(root: &Path, target: &Target) -> Result<()> {
    let (folder, temps) = (root.join("quarantine"), root.join(".tmp"));
    make_folders([&folder, &temps])?;
    let aside = folder.join(format!("{}-{}", crate::clock::new_id(), target.name.replace(['/', '\\'], "_")));
    match (&target.contents, &target.staged) {
        (Some(contents), _) => replace(&aside, &temps, contents.as_bytes())?,
        (None, Some(_)) if target.is_lost(root)? => return Ok(()),
        (None, Some(staged)) => no_replace_rename(&root.join(staged), &aside).map_err(|cause| Error::io("put aside", &aside, &cause))?,
        (None, None) => return Ok(()),
    }
    tracing::error!(name = target.name, aside = %aside.display(), "another program changed a file in the middle of a transaction; its file stays, ours was put aside");
    Ok(())
}

fn sync_parent(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), |folder| sync_dir(folder).map_err(|cause| Error::io("write to the disk", folder, &cause)))
}

fn checksum(targets: &[Target]) -> Result<String> {
    let text = serde_json::to_string(targets)
        .map_err(|cause| Error::new(Code::Internal, format!("The journal could not be written as JSON: {cause}.")))?;
    Ok(hash(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_transaction_whose_prepared_file_is_gone_does_the_rest_and_blocks_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("old.jpg"), "old").unwrap();
        let staged = |name: &str, old: Option<&str>| {
            let new = New::Staged { path: format!(".staged/one/{name}"), hash: hash(b"new") };
            Target::new(name, old.map(|old| hash(old.as_bytes())), Some(&new))
        };
        let text = Target::new("list.json", None, Some(&New::Text("[]".into())));
        fs::write(root.join("moved.jpg"), "moved").unwrap();
        let moved = Target::new("moved.jpg", Some(hash(b"moved")), None);
        let done = commit(root, vec![staged("new.jpg", None), staged("old.jpg", Some("old")), text, moved]);
        assert_eq!(done.unwrap_err().code, Code::Indeterminate);
        recover(root).unwrap();
        assert!(!is_pending(root).unwrap());
        assert_eq!(fs::read_to_string(root.join("list.json")).unwrap(), "[]");
        assert_eq!(fs::read_to_string(root.join("old.jpg")).unwrap(), "old");
        assert!(!root.join("new.jpg").exists());
        assert_eq!(fs::read_to_string(root.join("moved.jpg")).unwrap(), "moved", "it may be all there is");
    }

    #[test]
    fn a_journal_that_cannot_be_looked_at_is_not_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("x".repeat(300));
        assert!(is_pending(&root).is_err());
        assert!(recover(&root).is_err());
    }
}
