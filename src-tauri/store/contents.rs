//! What stands in a store's files: read, hashed, and put aside when it is damaged.

use std::io;
use std::path::{Path, PathBuf};

use super::disk;
use super::json;
use super::replace::sync_dir;
use crate::error::{Code, Error, Result};

/// How many unreadable files a store keeps.
const QUARANTINED: usize = 10;

/// Moves a file to the store's quarantine, which keeps the ten newest; answers where it is now.
pub(super) fn quarantine(root: &Path, name: &str) -> Result<PathBuf> {
    let folder = root.join("quarantine");
    make_folders([&folder])?;
    // Ids of version 7 sort by time.
    let aside = folder.join(format!("{}-{}", crate::clock::new_id(), name.replace(['/', '\\'], "_")));
    let moved = disk::rename(&root.join(name), &aside).and_then(|()| sync_dir(&folder));
    moved.map_err(|cause| Error::io("put aside", &root.join(name), &cause))?;
    let mut kept: Vec<_> = disk::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    kept.sort();
    for old in kept.iter().rev().skip(QUARANTINED) {
        let _ = disk::remove_file(old);
    }
    Ok(aside)
}

pub(super) fn make_folders<'a, P: AsRef<Path> + ?Sized + 'a>(folders: impl IntoIterator<Item = &'a P>) -> Result<()> {
    folders
        .into_iter()
        .try_for_each(|folder| disk::create_dir_all(folder.as_ref()).map_err(|cause| Error::io("make the folder", folder.as_ref(), &cause)))
}

/// The revision of a document of the user's: the BLAKE3 of its bytes, in hexadecimal.
pub fn revision(text: &str) -> String {
    hash(text.as_bytes())
}

/// BLAKE3 of some bytes, in hexadecimal: how a journal tells contents apart.
pub fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// BLAKE3 of a file's bytes; none if there is no file.
///
/// # Errors
/// `NotWritable` or `Io`.
pub fn hash_file(path: &Path) -> Result<Option<String>> {
    match disk::open(path).and_then(hash_reader) {
        Ok(hash) => Ok(Some(hash)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path, &cause)),
    }
}

/// Whether there is anything of that name.
///
/// # Errors
/// `NotWritable` or `Io` if that cannot be looked at: it may be there.
pub fn is_there(path: &Path) -> Result<bool> {
    disk::exists(path).map_err(|cause| Error::io("look at", path, &cause))
}

/// BLAKE3 of all that can be read.
///
/// # Errors
/// The system's.
pub fn hash_reader(reader: impl io::Read) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(reader)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// A file's text; none if there is no file.
pub(super) fn read_text(path: &Path) -> Result<Option<String>> {
    match disk::read(path) {
        Ok(bytes) => match json::decode(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(fault) => Err(Error::new(Code::Corrupt, format!("{} is not text. {fault} It was left as it is.", path.display()))),
        },
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path, &cause)),
    }
}
