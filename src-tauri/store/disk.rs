//! The file system of a workspace, which never follows a symbolic link.
//!
//! Workspaces and demos come as archives and copies from others, and a link in one of them may lead anywhere. So everything
//! that is read, written or deleted below a workspace is opened here, by calls that are named as those of [`std::fs`] and refuse
//! a link in any part of the path. The path of the workspace itself is resolved once, when it is opened: that `~/Backlot` is a
//! link to another disk is fine.
//!
//! What must always hold:
//! - A link is an error that names it ([`Linked`]), and nothing is done. Only a call that is about the name itself, such as
//!   [`remove_file`] or [`symlink_metadata`], takes a link for its last part, and never what it leads to.
//! - [`remove_dir_all`] unlinks the links that it finds and descends through none.
//! - Between the check and the call nothing can be swapped: on Linux the kernel refuses links while it resolves the path
//!   (`openat2(2)` with `RESOLVE_NO_SYMLINKS`), and what changes names is called relative to a handle of the folder. Where there
//!   is no such call, each part is opened from the one before it. Windows has neither here: each part is looked at first.

use std::ffi::OsString;
use std::fs::{File, Metadata, Permissions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::error::Linked;

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as system;
#[cfg(unix)]
use unix as system;

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    /// To read and write what is there.
    Update,
    /// As `Update`; made if it is not there.
    UpdateOrNew,
    /// To write at the end; made if it is not there.
    Append,
    /// To read and write what must not be there yet.
    New,
    /// To write from the start; emptied, or made.
    Overwrite,
}

/// What a name in a folder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A symbolic link, wherever it leads.
    Link,
    /// A pipe, a device and the like.
    Other,
}

impl Kind {
    /// Whether it is a folder.
    pub fn is_dir(self) -> bool {
        self == Self::Folder
    }

    /// Whether it is a regular file.
    pub fn is_file(self) -> bool {
        self == Self::File
    }

    /// Whether it is a symbolic link.
    pub fn is_symlink(self) -> bool {
        self == Self::Link
    }
}

/// A name in a folder.
#[derive(Debug, Clone)]
pub struct Entry {
    path: PathBuf,
    kind: Kind,
}

impl Entry {
    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Its name.
    pub fn file_name(&self) -> OsString {
        self.path.file_name().unwrap_or_default().to_owned()
    }

    /// What it is; of a link, not what it leads to.
    ///
    /// # Errors
    /// None: [`std::fs::DirEntry::file_type`] has some.
    pub fn file_type(&self) -> io::Result<Kind> {
        Ok(self.kind)
    }

    /// What is known of it; of a link, not of what it leads to.
    ///
    /// # Errors
    /// The system's.
    pub fn metadata(&self) -> io::Result<Metadata> {
        symlink_metadata(&self.path)
    }
}

/// Opens a file, or a folder, to read it.
///
/// # Errors
/// The system's; [`Linked`].
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    open_for(path.as_ref(), Purpose::Read)
}

/// Opens a file that is there to read and write it.
///
/// # Errors
/// The system's; [`Linked`].
pub fn open_to_update(path: impl AsRef<Path>) -> io::Result<File> {
    open_for(path.as_ref(), Purpose::Update)
}

/// Opens a file to read and write it; an empty one is made if there is none.
///
/// # Errors
/// The system's; [`Linked`].
pub fn open_or_create(path: impl AsRef<Path>) -> io::Result<File> {
    open_for(path.as_ref(), Purpose::UpdateOrNew)
}

/// Opens a file to write at its end; an empty one is made if there is none.
///
/// # Errors
/// The system's; [`Linked`].
pub fn open_to_append(path: impl AsRef<Path>) -> io::Result<File> {
    open_for(path.as_ref(), Purpose::Append)
}

/// Makes a new file, to read and write it.
///
/// # Errors
/// The system's: `AlreadyExists` if there is anything of that name; [`Linked`].
pub fn create_new(path: impl AsRef<Path>) -> io::Result<File> {
    open_for(path.as_ref(), Purpose::New)
}

/// Opens a file to write it anew: what is in it is gone at once.
///
/// # Errors
/// The system's; [`Linked`].
pub(super) fn create(path: impl AsRef<Path>) -> io::Result<File> {
    open_for(path.as_ref(), Purpose::Overwrite)
}

fn open_for(path: &Path, purpose: Purpose) -> io::Result<File> {
    named(path, system::open(path, purpose))
}

/// Opens a folder.
///
/// # Errors
/// The system's; [`Linked`].
pub fn open_folder(path: impl AsRef<Path>) -> io::Result<File> {
    let path = path.as_ref();
    named(path, system::open_folder(path))
}

/// The bytes of a file.
///
/// # Errors
/// The system's; [`Linked`].
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut file = open(path)?;
    let mut bytes = Vec::with_capacity(file.metadata().map_or(0, |found| usize::try_from(found.len()).unwrap_or_default()));
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// The system's; `InvalidData` if it is not UTF-8; [`Linked`].
pub fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// What is known of a file or folder, which must be no link.
///
/// # Errors
/// The system's; [`Linked`].
pub fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref();
    named(path, system::metadata(path))
}

/// What is known of a file, a folder or a link itself.
///
/// # Errors
/// The system's; [`Linked`] if a folder on the way is a link.
pub fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref();
    named(path, system::symlink_metadata(path))
}

/// As [`symlink_metadata`]; none if nothing has that name.
///
/// # Errors
/// The system's: what cannot be looked at may be there; [`Linked`] if a folder on the way is a link.
pub fn find(path: impl AsRef<Path>) -> io::Result<Option<Metadata>> {
    match symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// Whether there is anything of that name, be it a link.
///
/// # Errors
/// As for [`find`].
pub fn exists(path: impl AsRef<Path>) -> io::Result<bool> {
    Ok(find(path)?.is_some())
}

/// Whether it is a folder, and no link.
///
/// # Errors
/// As for [`find`].
pub fn is_dir(path: impl AsRef<Path>) -> io::Result<bool> {
    Ok(find(path)?.is_some_and(|found| found.is_dir()))
}

/// Whether it is a regular file, and no link.
///
/// # Errors
/// As for [`find`].
pub fn is_file(path: impl AsRef<Path>) -> io::Result<bool> {
    Ok(find(path)?.is_some_and(|found| found.is_file()))
}

/// Where a link leads, as it says.
///
/// # Errors
/// The system's: `InvalidInput` if it is no link; [`Linked`] if a folder on the way is one.
pub fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref();
    named(path, system::read_link(path))
}

/// The names in a folder, all of them at once.
///
/// # Errors
/// The system's; [`Linked`].
pub fn read_dir(path: impl AsRef<Path>) -> io::Result<std::vec::IntoIter<io::Result<Entry>>> {
    let path = path.as_ref();
    let names = named(path, system::list(path))?;
    Ok(names.into_iter().map(|(name, kind)| Ok(Entry { path: path.join(name), kind })).collect::<Vec<_>>().into_iter())
}

/// Makes a folder.
///
/// # Errors
/// The system's: `AlreadyExists` if there is anything of that name; [`Linked`].
pub fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    named(path, system::create_dir(path))
}

/// Makes a folder and those above it that are missing.
///
/// # Errors
/// The system's; [`Linked`].
pub fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    match metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        Err(_) => {}
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_dir_all(parent)?;
    }
    match create_dir(path) {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && metadata(path)?.is_dir() => Ok(()),
        done => done,
    }
}

/// Removes a file or a link, never what the link leads to.
///
/// # Errors
/// The system's; [`Linked`] if a folder on the way is a link.
pub fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    named(path, system::remove_file(path))
}

/// Removes an empty folder.
///
/// # Errors
/// The system's; [`Linked`].
pub fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    named(path, system::remove_dir(path))
}

/// Removes a folder with all there is in it. Links in it are removed, and what they lead to is not.
///
/// # Errors
/// The system's: what could not be removed is left; [`Linked`] if the folder, or one on the way to it, is a link.
pub fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    named(path, system::remove_dir_all(path))
}

/// Renames a file or folder; a file or an empty folder at `to` is replaced.
///
/// # Errors
/// The system's; [`Linked`] if a folder on the way is a link.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    named_of([from, to], system::rename(from, to))
}

/// Renames a file or folder to what must not be there yet.
///
/// # Errors
/// The system's: `AlreadyExists`, and nothing is changed; [`Linked`] if a folder on the way is a link.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    named_of([from, to], system::rename_new(from, to))
}

/// Puts each of two files or folders in the place of the other.
///
/// # Errors
/// The system's: `Unsupported` where it cannot be done in one step; [`Linked`] if a folder on the way is a link.
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    named_of([one, other], system::exchange(one, other))
}

/// Gives a file a second name, which must not be there yet.
///
/// # Errors
/// The system's; [`Linked`] if a folder on the way is a link.
pub fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    named_of([from, to], system::hard_link(from, to))
}

/// Gives a file or folder these permissions, as far as its file system has any: FAT and exFAT have none and refuse.
///
/// # Errors
/// The system's; [`Linked`].
pub fn set_permissions(path: impl AsRef<Path>, permissions: Permissions) -> io::Result<()> {
    permit(&open(path)?, permissions)
}

/// As [`set_permissions`], of an open file.
///
/// # Errors
/// The system's.
pub fn permit(file: &File, permissions: Permissions) -> io::Result<()> {
    match file.set_permissions(permissions) {
        Err(cause) if system::has_no_permissions(file, &cause) => {
            tracing::debug!(error = %cause, "a file system without permissions");
            Ok(())
        }
        done => done,
    }
}

/// Refuses a folder with a link in it, or one that is a link or is reached through one.
///
/// # Errors
/// [`Linked`]; the system's, but a folder that is not there has no links.
pub fn refuse_links(folder: &Path) -> io::Result<()> {
    match read_dir(folder) {
        Ok(mut entries) => match entries.find_map(|entry| entry.ok().filter(|entry| entry.kind.is_symlink())) {
            Some(link) => Err(Linked(link.path).into()),
            None => Ok(()),
        },
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Refuses a path with a link in any part of it; it need not be there. For those who are given a path and open it by
/// themselves, as libgit2 does.
///
/// # Errors
/// [`Linked`]; the system's, but for what is not there.
pub fn check(path: &Path) -> io::Result<()> {
    match metadata(path) {
        Err(cause) if !matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Err(cause),
        _ => Ok(()),
    }
}

/// Whether a call was refused because of a link.
pub fn is_link(cause: &io::Error) -> bool {
    link_of(cause).is_some()
}

/// The link because of which a call was refused.
pub fn link_of(cause: &io::Error) -> Option<&Path> {
    Some(&cause.get_ref()?.downcast_ref::<Linked>()?.0)
}

fn named<T>(path: &Path, result: io::Result<T>) -> io::Result<T> {
    named_of([path], result)
}

/// Says of a refusal which link it is about.
fn named_of<T, const N: usize>(paths: [&Path; N], result: io::Result<T>) -> io::Result<T> {
    result.map_err(|cause| {
        if !system::may_be_link(&cause) {
            return cause;
        }
        paths.into_iter().find_map(first_link).map_or(cause, |link| Linked(link).into())
    })
}

/// The first part of a path that is a link; only for a message, since it may be another one by now.
#[expect(clippy::disallowed_methods, reason = "nothing is opened")]
fn first_link(path: &Path) -> Option<PathBuf> {
    let mut parts: Vec<&Path> = path.ancestors().collect();
    parts.reverse();
    parts.into_iter().find(|part| std::fs::symlink_metadata(part).is_ok_and(|found| found.is_symlink())).map(Path::to_owned)
}

#[cfg(all(test, unix))]
mod tests;
