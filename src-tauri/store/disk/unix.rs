//! The calls of [`super`], relative to handles of folders.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, linkat, mkdirat, openat, readlinkat, renameat, statat, unlinkat};
use rustix::io::{Errno, Result, retry_on_intr};

use super::{Kind, Purpose};

/// How a folder is opened to be listed or synced.
const LISTED: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// How a folder is opened to name what is in it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NAMED: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NAMED: OFlags = LISTED;
/// How many folders below each other are open at once while a tree is removed.
const DEEPEST: usize = 64;

pub(super) fn open(path: &Path, purpose: Purpose) -> io::Result<File> {
    let flags = match purpose {
        // A pipe that nobody writes to must not hold anything up.
        Purpose::Read => OFlags::RDONLY | OFlags::NONBLOCK,
        Purpose::Update => OFlags::RDWR,
        Purpose::UpdateOrNew => OFlags::RDWR | OFlags::CREATE,
        Purpose::Append => OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE,
        Purpose::New => OFlags::RDWR | OFlags::CREATE | OFlags::EXCL,
        Purpose::Overwrite => OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC,
    };
    let mode = if flags.contains(OFlags::CREATE) { Mode::from_raw_mode(0o666) } else { Mode::empty() };
    Ok(resolve(path, flags | OFlags::CLOEXEC, mode)?.into())
}

pub(super) fn open_folder(path: &Path) -> io::Result<File> {
    Ok(resolve(path, LISTED, Mode::empty())?.into())
}

/// Opens a path of which no part is a link.
fn resolve(path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{ResolveFlags, openat2};
        let refusing = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match retry_on_intr(|| openat2(CWD, path, flags, mode, refusing)) {
            // An old kernel, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => return opened,
        }
    }
    walk(path, flags, mode)
}

/// As [`resolve`], one part after the other.
pub(super) fn walk(path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let mut at: Option<OwnedFd> = None;
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        let from = at.as_ref().map_or(CWD, AsFd::as_fd);
        at = Some(match parts.peek() {
            Some(_) => retry_on_intr(|| openat(from, part.as_os_str(), NAMED, Mode::empty()))?,
            None => retry_on_intr(|| openat(from, part.as_os_str(), flags | OFlags::NOFOLLOW, mode))?,
        });
    }
    at.ok_or(Errno::NOENT)
}

/// A handle of the folder that a path is in, and the path's last name.
fn parent(path: &Path) -> Result<(OwnedFd, &std::ffi::OsStr)> {
    let name = path.file_name().ok_or(Errno::INVAL)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((resolve(folder, NAMED, Mode::empty())?, name))
}

pub(super) fn metadata(path: &Path) -> io::Result<Metadata> {
    let found = symlink_metadata(path)?;
    if found.is_symlink() { Err(Errno::LOOP.into()) } else { Ok(found) }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn symlink_metadata(path: &Path) -> io::Result<Metadata> {
    // With these two flags the link itself is opened.
    File::from(resolve(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?).metadata()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[expect(clippy::disallowed_methods, reason = "a link has no handle here; the folders above it are checked")]
pub(super) fn symlink_metadata(path: &Path) -> io::Result<Metadata> {
    parent(path)?;
    std::fs::symlink_metadata(path)
}

pub(super) fn read_link(path: &Path) -> io::Result<PathBuf> {
    let (folder, name) = parent(path)?;
    Ok(OsString::from_vec(readlinkat(&folder, name, Vec::new())?.into_bytes()).into())
}

pub(super) fn list(path: &Path) -> io::Result<Vec<(OsString, Kind)>> {
    Ok(entries(&resolve(path, LISTED, Mode::empty())?)?)
}

fn entries(folder: &OwnedFd) -> Result<Vec<(OsString, Kind)>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            // Some file systems do not say.
            FileType::Unknown => match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => FileType::from_raw_mode(found.st_mode),
                Err(Errno::NOENT) => continue,
                Err(cause) => return Err(cause),
            },
            kind => kind,
        };
        let kind = match kind {
            FileType::Directory => Kind::Folder,
            FileType::RegularFile => Kind::File,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        };
        found.push((std::ffi::OsStr::from_bytes(name.to_bytes()).to_owned(), kind));
    }
    Ok(found)
}

pub(super) fn create_dir(path: &Path) -> io::Result<()> {
    let (folder, name) = parent(path)?;
    Ok(mkdirat(&folder, name, Mode::from_raw_mode(0o777))?)
}

pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    let (folder, name) = parent(path)?;
    Ok(unlinkat(&folder, name, AtFlags::empty())?)
}

pub(super) fn remove_dir(path: &Path) -> io::Result<()> {
    let (folder, name) = parent(path)?;
    Ok(unlinkat(&folder, name, AtFlags::REMOVEDIR)?)
}

pub(super) fn remove_dir_all(path: &Path) -> io::Result<()> {
    let (folder, name) = parent(path)?;
    let top = openat(&folder, name, LISTED, Mode::empty())?;
    let mut has_moved = true;
    while has_moved {
        has_moved = false;
        empty(&top, top.as_fd(), 0, &mut has_moved)?;
    }
    Ok(unlinkat(&folder, name, AtFlags::REMOVEDIR)?)
}

/// Removes what is in a folder. What is too deep for the folders that may be open at once is moved up to `top`, for the next round.
fn empty(folder: &OwnedFd, top: BorrowedFd<'_>, depth: usize, has_moved: &mut bool) -> Result<()> {
    for (name, kind) in entries(folder)? {
        let removed = match kind {
            Kind::Folder if depth < DEEPEST => openat(folder, &name, LISTED, Mode::empty())
                .and_then(|inner| empty(&inner, top, depth + 1, has_moved))
                .and_then(|()| unlinkat(folder, &name, AtFlags::REMOVEDIR)),
            Kind::Folder => {
                *has_moved = true;
                renameat(folder, &name, top, uuid::Uuid::new_v4().to_string())
            }
            _ => unlinkat(folder, &name, AtFlags::empty()),
        };
        match removed {
            // Somebody else removes it too.
            Ok(()) | Err(Errno::NOENT) => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let ((from_folder, from), (to_folder, to)) = (parent(from)?, parent(to)?);
    Ok(renameat(&from_folder, from, &to_folder, to)?)
}

pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let ((from_folder, from), (to_folder, to)) = (parent(from)?, parent(to)?);
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{RenameFlags, renameat_with};
        match renameat_with(&from_folder, from, &to_folder, to, RenameFlags::NOREPLACE) {
            // An old kernel or a file system that does not know the flag; see below.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            done => return Ok(done?),
        }
    }
    // A directory is never renamed over one that is not empty, and ours never are; the slug's lock keeps others of us out.
    if statat(&to_folder, to, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    Ok(renameat(&from_folder, from, &to_folder, to)?)
}

#[cfg(target_os = "linux")]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    let ((one_folder, one), (other_folder, other)) = (parent(one)?, parent(other)?);
    match renameat_with(&one_folder, one, &other_folder, other, RenameFlags::EXCHANGE) {
        // File systems that cannot do it say so.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(io::ErrorKind::Unsupported.into()),
        done => Ok(done?),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    let ((from_folder, from), (to_folder, to)) = (parent(from)?, parent(to)?);
    // Without a flag a link is not followed.
    Ok(linkat(&from_folder, from, &to_folder, to, AtFlags::empty())?)
}

/// Whether a refused chmod(2) says only that the file system keeps no permissions: the file is the caller's own, or the caller
/// may do as it likes.
pub(super) fn has_no_permissions(file: &File, cause: &io::Error) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match Errno::from_io_error(cause) {
        Some(Errno::NOTSUP | Errno::NOSYS) => true,
        Some(Errno::PERM) => {
            is_fat(file)
                || file.metadata().is_ok_and(|found| {
                    let caller = rustix::process::geteuid();
                    caller.is_root() || found.uid() == caller.as_raw()
                })
        }
        _ => false,
    }
}

/// Whether a file is on FAT or exFAT, where every file belongs to whoever mounted the disk.
#[cfg(target_os = "linux")]
fn is_fat(file: &File) -> bool {
    const MSDOS: i64 = 0x4d44;
    const EXFAT: i64 = 0x2011_bab0;
    rustix::fs::fstatfs(file).is_ok_and(|found| [MSDOS, EXFAT].contains(&found.f_type))
}

#[cfg(not(target_os = "linux"))]
fn is_fat(_file: &File) -> bool {
    false
}

/// Whether a failure may be that of a link which was not followed.
pub(super) fn may_be_link(cause: &io::Error) -> bool {
    matches!(Errno::from_io_error(cause), Some(Errno::LOOP | Errno::NOTDIR | Errno::MLINK))
}
