//! A site's folder, held open for work that takes a while.
//!
//! Folders move: while a build reads sixty files its demo may be renamed and another one get its name. What is read through
//! the open folder is always of that folder; whoever has read by its path checks afterwards that the path still leads to it.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::file;
use crate::error::{Code, Error, Result};
use crate::store::disk;

/// A folder that stays the same, wherever it is moved and whatever gets its name.
#[derive(Debug)]
pub struct Held {
    folder: PathBuf,
    #[cfg(target_os = "linux")]
    dir: File,
    mark: Mark,
}

impl Held {
    /// Opens the folder of a site.
    ///
    /// # Errors
    /// The system's.
    #[cfg(target_os = "linux")]
    pub fn open(folder: &Path) -> io::Result<Self> {
        let dir = disk::open(folder)?;
        let mark = mark(&dir.metadata()?)?;
        Ok(Self { folder: folder.to_owned(), dir, mark })
    }

    /// Notes which folder is that of a site.
    ///
    /// # Errors
    /// The system's.
    #[cfg(not(target_os = "linux"))]
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self { folder: folder.to_owned(), mark: mark(&disk::metadata(folder)?)? })
    }

    /// Where it was when it was opened.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens a regular file of any size in it; no part of its path is followed if it is, or becomes, a link.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is no file; the system's.
    pub fn file(&self, path: &str) -> io::Result<File> {
        let file = self.open_unlinked(path)?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path} is no file"))) }
    }

    #[cfg(target_os = "linux")]
    fn open_unlinked(&self, path: &str) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match openat2(&self.dir, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH) {
            // An old kernel, or a sandbox that does not know the call.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => self.open_by_path(path),
            opened => Ok(opened?.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_unlinked(&self, path: &str) -> io::Result<File> {
        self.open_by_path(path)
    }

    /// Opens a file by its path, if that leads into this folder still.
    fn open_by_path(&self, path: &str) -> io::Result<File> {
        let opened = file::open(&self.folder, path)?;
        if self.is_in_place() { Ok(opened) } else { Err(io::Error::new(io::ErrorKind::NotFound, "the folder was moved or replaced")) }
    }

    /// Whether its path still leads to this very folder.
    pub fn is_in_place(&self) -> bool {
        disk::metadata(&self.folder).and_then(|found| mark(&found)).is_ok_and(|mark| mark == self.mark)
    }

    /// Makes sure that what was read by its path was read from this folder.
    ///
    /// # Errors
    /// `Conflict` if the path leads elsewhere now.
    pub fn check_in_place(&self) -> Result<()> {
        if self.is_in_place() {
            return Ok(());
        }
        let message = format!("{} was moved or replaced while it was read. Try again.", self.folder.display());
        Err(Error::new(Code::Conflict, message))
    }
}

/// Tells one folder from another that is there at the same time.
#[cfg(unix)]
pub type Mark = (u64, u64);

/// The mark of the folder that `found` describes.
///
/// # Errors
/// The system's, where it keeps no such thing.
#[cfg(unix)]
pub fn mark(found: &Metadata) -> io::Result<Mark> {
    use std::os::unix::fs::MetadataExt;
    Ok((found.dev(), found.ino()))
}

#[cfg(not(unix))]
pub type Mark = std::time::SystemTime;

#[cfg(not(unix))]
pub fn mark(found: &Metadata) -> io::Result<Mark> {
    found.created()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_read_is_of_the_folder_that_was_opened() {
        let temp = tempfile::tempdir().unwrap();
        let (site, aside) = (temp.path().join("site"), temp.path().join("aside"));
        let make = |text: &str| {
            fs::create_dir_all(site.join("a")).unwrap();
            fs::write(site.join("a/b"), text).unwrap();
        };
        make("one");
        let held = Held::open(&site).unwrap();
        fs::rename(&site, &aside).unwrap();
        make("two");
        assert_eq!(io::read_to_string(held.file("a/b").unwrap()).unwrap(), "one");
        assert!(held.open_by_path("a/b").is_err(), "another folder is there");
        assert_eq!(held.check_in_place().unwrap_err().code, Code::Conflict);
        fs::remove_dir_all(&site).unwrap();
        fs::rename(&aside, &site).unwrap();
        held.check_in_place().unwrap();
        std::os::unix::fs::symlink("b", site.join("a/link")).unwrap();
        for path in ["a/link", "a", "c", "../aside"] {
            assert!(held.file(path).is_err(), "{path}");
        }
        assert!(held.open_by_path("a/link").is_err());
        assert_eq!(io::read_to_string(held.open_by_path("a/b").unwrap()).unwrap(), "one");
    }
}
