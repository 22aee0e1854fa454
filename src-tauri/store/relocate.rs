//! Moving a folder within the workspace: it is at its new place durably, or at its old one.

use std::io;
use std::path::Path;

use super::disk;
use super::replace::{no_replace_rename, sync_dir};
use crate::error::{Code, Error, Result};

/// Moves the folder `from` to `to`, which must be free. The move is durable when this returns.
///
/// A disk that does not confirm the move gets the folder back to its old place, so that a failure changes nothing.
///
/// # Errors
/// `AlreadyExists` or `NotFound`; `DiskFull`, `NotWritable` or `Io`: the folder is where it was. `Indeterminate` if the disk
/// confirmed neither the move nor the way back; the message says where the folder is now.
pub fn relocate(from: &Path, to: &Path) -> Result<()> {
    no_replace_rename(from, to).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::new(Code::AlreadyExists, format!("{} already exists. Nothing was changed.", to.display())),
        io::ErrorKind::NotFound => Error::new(Code::NotFound, format!("{} is gone. Nothing was changed.", from.display())),
        _ => Error::io("move", from, &cause),
    })?;
    let Err((folder, cause)) = sync_parents(from, to) else { return Ok(()) };
    tracing::warn!(from = %from.display(), to = %to.display(), error = %cause, "a move could not be made durable and is taken back");
    let unconfirmed = |place: &Path| {
        Error::new(
            Code::Indeterminate,
            format!("The disk did not confirm a change. The folder is at {} now; check the disk before you go on.", place.display()),
        )
    };
    match no_replace_rename(to, from) {
        Err(cause) => {
            tracing::error!(from = %from.display(), to = %to.display(), error = %cause, "a move could not be taken back");
            Err(unconfirmed(to))
        }
        Ok(()) if sync_parents(from, to).is_ok() => Err(Error::io("write to the disk", folder, &cause)),
        Ok(()) => Err(unconfirmed(from)),
    }
}

/// The error of a [`relocate`] to where something is removed for good: what could not be moved back is gone all the same.
pub fn unconfirmed_removal(error: Error, from: &Path, name: &str) -> Error {
    if error.code != Code::Indeterminate || disk::exists(from).unwrap_or(true) {
        return error;
    }
    let message = format!("“{name}” was removed, but the disk did not confirm it. If it shows up again, remove it again.");
    Error { message, ..error }
}

fn sync_parents<'a>(from: &'a Path, to: &'a Path) -> Result<(), (&'a Path, io::Error)> {
    let parents = [to.parent(), from.parent()];
    parents.into_iter().flatten().try_for_each(|folder| sync_dir(folder).map_err(|cause| (folder, cause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_moves_to_a_free_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir(&from).unwrap();
        std::fs::create_dir(&to).unwrap();
        assert_eq!(relocate(&from, &to).unwrap_err().code, Code::AlreadyExists);
        std::fs::remove_dir(&to).unwrap();
        relocate(&from, &to).unwrap();
        assert!(to.is_dir() && !from.exists());
        assert_eq!(relocate(&from, &to).unwrap_err().code, Code::NotFound);
    }
}
