//! Replacing one file durably, and the few other system calls whose order the promises rest on.
//!
//! The order is: a new file in the store's `.tmp/`, written and synced; one `rename` over the target; the target's
//! directory synced. Only then is the change acknowledged. (LWN, "A way to do atomic writes", 2019; the atomic commit
//! of `SQLite` does the same.)

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::disk;
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};

/// How often a passing failure is tried again, the pause doubling from one millisecond to 32.
const RETRIES: u32 = 6;

/// Replaces `target` with `bytes`: old or new, never torn, and durable when it returns.
///
/// `temps` is a folder on the same file system that only the holder of the store's lock writes to.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Io`: the old contents stand. `Indeterminate` when the rename was done but could not be
/// made durable.
pub(super) fn replace(target: &Path, temps: &Path, bytes: &[u8]) -> Result<()> {
    replace_unsynced_name(target, temps, bytes)?;
    sync_parent(target).map_err(|cause| {
        tracing::warn!(path = %target.display(), error = %cause, "the directory could not be synced after a rename");
        Error::new(
            Code::Indeterminate,
            format!("{} was written, but the disk did not confirm it. Reading it again tells which state it is in.", target.display()),
        )
    })
}

/// As [`replace`], but the directory is the caller's to sync: its contents are durable, its name is not yet.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Io`: the old contents stand.
pub(super) fn replace_unsynced_name(target: &Path, temps: &Path, bytes: &[u8]) -> Result<()> {
    let temp = temps.join(format!("{}.tmp", uuid::Uuid::new_v4()));
    let written = write_temp(&temp, target, bytes).and_then(|()| retry(&temp, || disk::rename(&temp, target)));
    written.map_err(|cause| {
        // The temp is ours alone; if it cannot be removed now, the next holder of the lock does it.
        let _ = disk::remove_file(&temp);
        if cause.raw_os_error() == Some(rustix::io::Errno::XDEV.raw_os_error()) {
            return Error::new(
                Code::Io,
                format!(
                    "{} lies on another file system than its store. Nothing was changed; a workspace must be on one file system.",
                    target.display()
                ),
            );
        }
        Error::io("save", target, &cause)
    })
}

fn write_temp(temp: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = disk::create_new(temp)?;
    match disk::metadata(target) {
        Ok(old) => disk::permit(&file, old.permissions())?,
        Err(cause) if disk::is_link(&cause) => return Err(cause),
        Err(_) => {}
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Copies an open file to the new file `to`, stopping early when cancelled, which is for the caller to look at; answers the
/// bytes copied. `to` must not exist.
///
/// # Errors
/// The system's: `AlreadyExists` if there is something at `to`, and nothing was read.
pub fn copy_open(source: &mut File, to: &Path, cancel: &Cancel) -> io::Result<u64> {
    const STEP: u64 = 8 * 1024 * 1024;
    let mut target = disk::create_new(to)?;
    let mut copied = 0;
    while !cancel.is_cancelled() {
        // On Linux this is copy_file_range(2), which reflinks on btrfs and xfs.
        let step = io::copy(&mut source.take(STEP), &mut target)?;
        copied += step;
        if step == 0 {
            break;
        }
    }
    Ok(copied)
}

/// Copies `from` to the new file `to`, by sharing extents where the file system can. `to` must not exist.
pub fn copy_new(from: &Path, to: &Path) -> io::Result<u64> {
    let mut source = disk::open(from)?;
    let mut target = disk::create_new(to)?;
    // On Linux this is copy_file_range(2), which reflinks on btrfs and xfs.
    io::copy(&mut source, &mut target)
}

/// Makes a new file, with no sync.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    disk::create_new(path)?.write_all(bytes)
}

/// Makes a new file in a folder that is still being built and is synced as a whole.
///
/// # Errors
/// The system's: `AlreadyExists` if there is something at `path`.
pub fn create_staged(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path, bytes).inspect_err(|cause| {
        if cause.kind() != io::ErrorKind::AlreadyExists {
            let _ = disk::remove_file(path);
        }
    })
}

/// Gives the file `from` a second name, `to`, or where the file system has none copies it; the bytes of a copy are synced,
/// the new name is not. `to` must not exist.
///
/// # Errors
/// The system's.
pub fn share(from: &Path, to: &Path) -> io::Result<()> {
    match disk::hard_link(from, to) {
        Err(cause) if !matches!(cause.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
            copy_new(from, to)?;
            disk::open(to)?.sync_all()
        }
        done => done,
    }
}

/// Replaces the file `path`, which the caller has to itself, with `bytes`: old or new, never torn, and durable.
///
/// # Errors
/// The system's; the old contents are left in place.
pub fn replace_owned(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temp = path.as_os_str().to_owned();
    temp.push(".new");
    let temp = PathBuf::from(temp);
    // What a process that was killed left of the same work is nobody's.
    match disk::remove_file(&temp) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let written = write_temp(&temp, path, bytes).and_then(|()| replace_by_rename(&temp, path));
    written.inspect_err(|_| drop(disk::remove_file(&temp)))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes an empty file, if there is none, as a sign to another process: it is the file that counts, not what is in it.
///
/// # Errors
/// The system's.
pub fn touch(path: &Path) -> io::Result<()> {
    disk::create(path).map(drop)
}

/// Writes a file in place, with no promise: for hints that may be lost or torn, such as who holds a lock.
pub(super) fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    disk::create(path)?.write_all(bytes)
}

/// Renames the folder or file `from` to `to`, which must not exist; `AlreadyExists` otherwise, and nothing is changed.
///
/// # Errors
/// The system's: `AlreadyExists` if there is something at `to`.
pub fn no_replace_rename(from: &Path, to: &Path) -> io::Result<()> {
    disk::rename_new(from, to)
}

/// Renames the folder `from` to `to`, which must be an empty folder or not there.
///
/// # Errors
/// The system's: `DirectoryNotEmpty` or `AlreadyExists` if there is something in it, and nothing is changed.
pub fn rename_into_empty(from: &Path, to: &Path) -> io::Result<()> {
    if cfg!(windows) {
        // There a folder is never replaced.
        disk::remove_dir(to)?;
    }
    disk::rename(from, to)
}

/// Renames the file `from` over the file `to`.
pub(super) fn replace_by_rename(from: &Path, to: &Path) -> io::Result<()> {
    retry(from, || disk::rename(from, to))
}

/// Makes the entries of `folder` durable.
///
/// # Errors
/// The system's.
pub fn sync_dir(folder: &Path) -> io::Result<()> {
    if cfg!(windows) {
        // A directory cannot be synced there; NTFS journals its entries.
        return Ok(());
    }
    disk::open_folder(folder)?.sync_all()
}

/// Makes the contents of a file durable that another one wrote.
///
/// # Errors
/// The system's.
pub fn sync_file(file: &Path) -> io::Result<()> {
    // Only Windows asks for the right to write.
    if cfg!(windows) { disk::open_to_update(file)? } else { disk::open(file)? }.sync_all()
}

/// Makes everything written to the file system of `folder` durable in one call: an `fsync` per file is twenty times dearer.
///
/// # Errors
/// The system's.
pub fn sync_tree(folder: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        rustix::fs::syncfs(disk::open_folder(folder)?)?;
        Ok(())
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let mut pending = vec![folder.to_owned()];
        while let Some(next) = pending.pop() {
            for entry in disk::read_dir(&next)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    pending.push(entry.path());
                } else if kind.is_file() {
                    disk::open(entry.path())?.sync_all()?;
                }
            }
            sync_dir(&next)?;
        }
        Ok(())
    }
}

fn sync_parent(target: &Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), sync_dir)
}

/// Tries `operation` again while it fails for a passing reason: an interrupted call, a scanner that holds the file open.
fn retry(path: &Path, operation: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let mut pause = Duration::from_millis(1);
    for attempt in 1.. {
        match operation() {
            Err(cause) if attempt <= RETRIES && is_passing(&cause) => {
                tracing::info!(path = %path.display(), attempt, errno = cause.raw_os_error(), wait = ?pause, "trying a rename again");
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(32));
            }
            result => return result,
        }
    }
    Ok(())
}

fn is_passing(cause: &io::Error) -> bool {
    if cfg!(windows) {
        // ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
        return matches!(cause.raw_os_error(), Some(5 | 32 | 33));
    }
    [rustix::io::Errno::INTR, rustix::io::Errno::BUSY, rustix::io::Errno::PERM]
        .iter()
        .any(|errno| cause.raw_os_error() == Some(errno.raw_os_error()))
}

/// Removes what a dead writer left in `temps`. Only the holder of the store's lock may call it.
///
/// # Errors
/// `NotWritable` if there is a link where the folder was; `Io`. Then nothing is removed.
pub(super) fn sweep(temps: &Path) -> Result<()> {
    let entries = match disk::read_dir(temps) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|cause| Error::io("read", temps, &cause))?,
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if let Err(cause) = disk::remove_file(&path) {
            tracing::warn!(path = %path.display(), error = %cause, "a leftover temp could not be removed");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_keeps_its_mode_and_leaves_no_temp() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let (target, temps) = (folder.path().join("a.json"), folder.path().join(".tmp"));
        std::fs::create_dir(&temps).unwrap();
        replace(&target, &temps, b"one")?;
        let mut mode = std::fs::metadata(&target).unwrap().permissions();
        mode.set_readonly(true);
        std::fs::set_permissions(&target, mode).unwrap();
        replace(&target, &temps, b"two")?;
        assert_eq!(std::fs::read(&target).unwrap(), b"two");
        assert!(std::fs::metadata(&target).unwrap().permissions().readonly());
        assert_eq!(std::fs::read_dir(&temps).unwrap().count(), 0);
        Ok(())
    }

    #[test]
    fn a_rename_never_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir(&from).unwrap();
        std::fs::create_dir(&to).unwrap();
        assert_eq!(no_replace_rename(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        std::fs::remove_dir(&to).unwrap();
        no_replace_rename(&from, &to).unwrap();
        assert!(to.is_dir() && !from.exists());
    }
}
