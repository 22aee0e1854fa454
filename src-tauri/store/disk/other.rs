//! The calls of [`super`] where folders have no handles to name things by: each part of a path is looked at first.
#![expect(clippy::disallowed_methods, reason = "the raw calls are banned everywhere else so that they are here")]

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{Kind, Purpose};

/// Refuses a path that has a link in it; `above` leaves its last part out.
fn refuse_links(path: &Path, above: bool) -> io::Result<()> {
    match super::first_link(path) {
        Some(link) if !above || link != path => Err(crate::error::Linked(link).into()),
        _ => Ok(()),
    }
}

pub(super) fn open(path: &Path, purpose: Purpose) -> io::Result<File> {
    refuse_links(path, false)?;
    let mut options = OpenOptions::new();
    match purpose {
        Purpose::Read => options.read(true),
        Purpose::Update => options.read(true).write(true),
        Purpose::UpdateOrNew => options.read(true).write(true).create(true).truncate(false),
        Purpose::Append => options.append(true).create(true),
        Purpose::New => options.read(true).write(true).create_new(true),
        Purpose::Overwrite => options.write(true).create(true).truncate(true),
    };
    options.open(path)
}

pub(super) fn open_folder(path: &Path) -> io::Result<File> {
    open(path, Purpose::Read)
}

pub(super) fn metadata(path: &Path) -> io::Result<Metadata> {
    refuse_links(path, false)?;
    fs::metadata(path)
}

pub(super) fn symlink_metadata(path: &Path) -> io::Result<Metadata> {
    refuse_links(path, true)?;
    fs::symlink_metadata(path)
}

pub(super) fn read_link(path: &Path) -> io::Result<PathBuf> {
    refuse_links(path, true)?;
    fs::read_link(path)
}

pub(super) fn list(path: &Path) -> io::Result<Vec<(OsString, Kind)>> {
    refuse_links(path, false)?;
    fs::read_dir(path)?
        .map(|entry| {
            let entry = entry?;
            let kind = match entry.file_type()? {
                kind if kind.is_symlink() => Kind::Link,
                kind if kind.is_dir() => Kind::Folder,
                kind if kind.is_file() => Kind::File,
                _ => Kind::Other,
            };
            Ok((entry.file_name(), kind))
        })
        .collect()
}

pub(super) fn create_dir(path: &Path) -> io::Result<()> {
    refuse_links(path, true)?;
    fs::create_dir(path)
}

pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    refuse_links(path, true)?;
    fs::remove_file(path)
}

pub(super) fn remove_dir(path: &Path) -> io::Result<()> {
    refuse_links(path, false)?;
    fs::remove_dir(path)
}

pub(super) fn remove_dir_all(path: &Path) -> io::Result<()> {
    refuse_links(path, false)?;
    // It unlinks the links that it finds.
    fs::remove_dir_all(path)
}

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    refuse_links(from, true)?;
    refuse_links(to, true)?;
    fs::rename(from, to)
}

pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    // A directory is never renamed over one that is not empty, and ours never are; the slug's lock keeps others of us out.
    if symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    rename(from, to)
}

pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    refuse_links(from, false)?;
    refuse_links(to, true)?;
    fs::hard_link(from, to)
}

pub(super) fn has_no_permissions(_file: &File, _cause: &io::Error) -> bool {
    false
}

/// A link is refused before anything is called.
pub(super) fn may_be_link(_cause: &io::Error) -> bool {
    false
}
