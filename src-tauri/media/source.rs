//! Files that come from outside: found in dropped folders, opened without waiting for anybody, read up to a limit.
#![expect(clippy::disallowed_methods, reason = "what a person brings in is outside the workspace")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use super::limits::{self, check_bytes};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::kind::{HEAD, Kind};

/// The most files that one import takes.
const MOST: usize = 50_000;

/// One file to import, or why there is none.
#[derive(Debug)]
pub(super) struct Found {
    pub path: PathBuf,
    pub refused: Option<Error>,
}

/// The files that are meant: those named, and those below the folders named, never through a link that somebody left in one.
/// Hidden files of a folder are left out.
///
/// # Errors
/// `Cancelled`; `TooLarge` if there are more than fifty thousand.
pub(super) fn find(named: &[PathBuf], cancel: &Cancel) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in named {
        // What a person names is meant as it is, be it a link; what it names is looked at when it is opened.
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, &mut found, cancel)?,
            _ => found.push(Found { path: path.clone(), refused: None }),
        }
        if found.len() > MOST {
            return Err(Error::new(Code::TooLarge, format!("These are more than {MOST} files. Nothing was added; take fewer at once."))
                .field("files"));
        }
    }
    Ok(found)
}

fn walk(root: &Path, found: &mut Vec<Found>, cancel: &Cancel) -> Result<()> {
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        cancel.check()?;
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(cause) => {
                let refused = Some(Error::io("read the folder", &folder, &cause));
                found.push(Found { path: folder, refused });
                continue;
            }
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        // The deepest last, so that the first folder is the next to be looked into.
        for entry in entries.iter().rev().filter(|entry| !is_hidden(entry) && entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            pending.push(entry.path());
        }
        for entry in entries.iter().filter(|entry| !is_hidden(entry)) {
            let Ok(kind) = entry.file_type() else { continue };
            let refused = if kind.is_file() {
                None
            } else if kind.is_dir() {
                continue;
            } else if kind.is_symlink() {
                Some(refuse("It is a link in a folder, and links are not followed. It was not added; add the file itself."))
            } else {
                Some(not_regular())
            };
            found.push(Found { path: entry.path(), refused });
        }
        if found.len() > MOST {
            return Ok(());
        }
    }
    Ok(())
}

fn is_hidden(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    name.starts_with('.') || matches!(&*name, "Thumbs.db" | "desktop.ini")
}

/// An open file, and what it is.
#[derive(Debug)]
pub(super) struct Source {
    pub file: File,
    pub kind: Kind,
    pub size: u64,
}

impl Source {
    /// Opens a file and tells by its bytes what it is. A pipe or a device is refused and never waited for.
    ///
    /// # Errors
    /// `InvalidInput` if it is no file, cannot be read, or of a kind that is not taken; `TooLarge`.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = open_regular(path).map_err(|cause| unusable(&cause))?;
        let size = file.metadata().map_err(|cause| unusable(&cause))?.len();
        check_bytes(size, limits::LARGEST)?;
        let mut head = Vec::with_capacity(HEAD);
        let read = (&mut file).take(HEAD as u64).read_to_end(&mut head).and_then(|_| file.rewind());
        read.map_err(|cause| unusable(&cause))?;
        let kind = Kind::sniff(&head, &path.to_string_lossy()).map_err(|what| {
            refuse(&format!("It is {what}. It was not added; {}", "pictures, MP4 and WebM films, MP3, PDF and plain text are taken."))
        })?;
        check_bytes(size, limits::largest(kind))?;
        Ok(Self { file, kind, size })
    }

    /// All bytes of it.
    ///
    /// # Errors
    /// `TooLarge` if it grew meanwhile; `InvalidInput` if it cannot be read.
    pub fn read(&mut self) -> Result<Vec<u8>> {
        let largest = limits::largest(self.kind);
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        (&mut self.file).take(largest + 1).read_to_end(&mut bytes).map_err(|cause| unusable(&cause))?;
        check_bytes(bytes.len() as u64, largest)?;
        Ok(bytes)
    }
}

#[cfg(unix)]
fn open_regular(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // Opening a pipe waits for who writes to it, unless it is said not to; for files it makes no difference.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    regular(OpenOptions::new().read(true).custom_flags(flags).open(path)?)
}

#[cfg(not(unix))]
fn open_regular(path: &Path) -> io::Result<File> {
    regular(File::open(path)?)
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

fn unusable(cause: &io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::NotFound => refuse("It is not there. It was not added."),
        io::ErrorKind::InvalidInput | io::ErrorKind::IsADirectory => not_regular(),
        io::ErrorKind::PermissionDenied => refuse("You may not read it. It was not added; check its permissions."),
        _ => refuse(&format!("It cannot be read ({cause}). It was not added.")),
    }
}

fn not_regular() -> Error {
    refuse("It is not a file. It was not added.")
}

fn refuse(message: &str) -> Error {
    Error::new(Code::InvalidInput, message).field("files")
}
