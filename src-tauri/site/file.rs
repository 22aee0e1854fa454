//! Files of a site, never through a link: what a template brings may lead anywhere. Unlike everywhere else in a workspace, links
//! may be here; they are a kind of file that is not looked into, and only [`resolve`] follows one, to a file of the same site.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::store::disk;

/// The largest document that is read, in bytes: pages are some kilobytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// How many links in a row are followed to a file.
const MOST_LINKS: usize = 8;

/// The place of `path` below `root`, if no part of it that is there is a link.
///
/// # Errors
/// `InvalidInput` if it leads out or a part of it is a link.
pub fn place(root: &Path, path: &str) -> io::Result<PathBuf> {
    let refuse = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path} {why}")));
    let mut at = root.to_owned();
    for part in Path::new(path).components() {
        let Component::Normal(name) = part else { return refuse("leads out of the site") };
        at.push(name);
    }
    match disk::symlink_metadata(&at) {
        Ok(found) if found.is_symlink() => refuse("is a link"),
        Err(cause) => match disk::link_of(&cause) {
            Some(link) if link != root && link.starts_with(root) => refuse("is a link"),
            // The way to the site itself.
            Some(_) => Err(cause),
            None => Ok(at),
        },
        Ok(_) => Ok(at),
    }
}

/// The regular file that a path leads to: its own, or, where its last name is a relative link that stays within `root`, the one
/// that the link leads to. No folder on the way may be a link.
///
/// # Errors
/// `NotFound`; `InvalidInput` if it is no file, leads out, or through a link that is not followed.
pub fn resolve(root: &Path, path: &str) -> io::Result<String> {
    let refuse = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path} {why}")));
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        place(root, folder)?;
        let at = root.join(&path);
        let found = disk::symlink_metadata(&at)?;
        if !found.is_symlink() {
            return if found.is_file() { Ok(path) } else { refuse("is no file") };
        }
        let target = disk::read_link(&at)?;
        let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
        for part in target.components() {
            match part {
                Component::CurDir => {}
                Component::Normal(name) => match name.to_str() {
                    Some(name) => names.push(name),
                    None => return refuse("leads to a name that is not text"),
                },
                Component::ParentDir if names.pop().is_some() => {}
                _ => return refuse("leads out of the site"),
            }
        }
        path = names.join("/");
    }
    refuse("leads through too many links")
}

/// The place of a regular file of at most 16 MiB.
///
/// # Errors
/// `NotFound`; `FileTooLarge`; `InvalidInput` if it is no file, leads out, or a part of it is a link.
pub fn check(root: &Path, path: &str) -> io::Result<PathBuf> {
    let at = place(root, path)?;
    let found = disk::symlink_metadata(&at)?;
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path} is no file")));
    }
    if found.len() > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("{path} is larger than 16 MiB")));
    }
    Ok(at)
}

/// Opens a regular file of any size; no part of its path is followed if it is, or becomes, a link.
///
/// # Errors
/// `NotFound`; `InvalidInput` if it is no file, leads out, or a part of it is a link; the system's.
pub fn open(root: &Path, path: &str) -> io::Result<fs::File> {
    let at = place(root, path)?;
    let file = disk::open(at)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{path} is no file"))) }
}

/// The bytes of a regular file of at most 16 MiB; none if there is no such file.
///
/// # Errors
/// `NotWritable` or `Io` if there may be one and it cannot be read.
pub fn read(root: &Path, path: &str) -> Result<Option<Vec<u8>>> {
    let bytes = check(root, path).and_then(|at| {
        let mut bytes = Vec::new();
        disk::open(at)?.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    unless_absent(root, path, bytes)
}

/// As [`read`], as text; none also if it is not UTF-8.
///
/// # Errors
/// Those of [`read`].
pub fn read_text(root: &Path, path: &str) -> Result<Option<String>> {
    Ok(read(root, path)?.and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// Whether a path from the root of a site is that of a file, with no link on the way.
///
/// # Errors
/// `NotWritable` or `Io` if that cannot be looked at.
pub fn is_file(root: &Path, path: &str) -> Result<bool> {
    let found = unless_absent(root, path, place(root, path).and_then(disk::symlink_metadata))?;
    Ok(found.is_some_and(|found| found.is_file()))
}

/// Whether a path from the root of a site is that of a folder, with no link on the way.
///
/// # Errors
/// `NotWritable` or `Io` if that cannot be looked at.
pub fn is_dir(root: &Path, path: &str) -> Result<bool> {
    let found = unless_absent(root, path, place(root, path).and_then(disk::symlink_metadata))?;
    Ok(found.is_some_and(|found| found.is_dir()))
}

/// What is in a folder of the site; nothing if there is no such folder, or a link is on the way.
///
/// # Errors
/// `NotWritable` or `Io` if there may be one and it cannot be read.
pub fn entries(root: &Path, folder: &str) -> Result<Vec<disk::Entry>> {
    let entries = place(root, folder).and_then(disk::read_dir).and_then(Iterator::collect);
    Ok(unless_absent(root, folder, entries)?.unwrap_or_default())
}

/// None for an error that says that there is no such file of the site's own.
fn unless_absent<T>(root: &Path, path: &str, result: io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(cause) if is_absent(&cause) => Ok(None),
        Err(cause) => Err(Error::io("read", &root.join(path), &cause)),
    }
}

/// Whether an error says that there is no such file of the site's own, and not that it cannot be looked at. Nothing can have a
/// name that the system refuses: what a text names may be any of its words.
pub fn is_absent(cause: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, InvalidFilename, InvalidInput, NotADirectory, NotFound};
    matches!(cause.kind(), NotFound | NotADirectory | InvalidInput | InvalidFilename | FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn nothing_is_read_or_placed_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (root, out) = (folder.path().join("site"), folder.path().join("out"));
        fs::create_dir_all(root.join("real")).unwrap();
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("secret"), "x").unwrap();
        fs::write(root.join("real/a"), "a").unwrap();
        std::os::unix::fs::symlink(&out, root.join("link")).unwrap();
        std::os::unix::fs::symlink(out.join("secret"), root.join("real/b")).unwrap();
        assert_eq!(read_text(&root, "real/a").unwrap().as_deref(), Some("a"));
        for path in ["link/secret", "real/b", "../out/secret", "/etc/passwd", "real"] {
            assert_eq!(read(&root, path).unwrap(), None, "{path}");
            assert!(open(&root, path).is_err(), "{path}");
        }
        assert!(open(&root, "real/a").is_ok());
        for (name, target) in [("in", "real/a"), ("real/up", "../real/./a"), ("twice", "in"), ("loop", "loop"), ("gone", "nothing")] {
            std::os::unix::fs::symlink(target, root.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(root.join("real/a"), root.join("absolute")).unwrap();
        std::os::unix::fs::symlink("../site/real/a", root.join("around")).unwrap();
        std::os::unix::fs::symlink("real", root.join("folder")).unwrap();
        for path in ["real/a", "in", "real/up", "twice"] {
            assert_eq!(resolve(&root, path).unwrap(), "real/a", "{path}");
        }
        for path in ["real/b", "link/secret", "loop", "gone", "absolute", "around", "folder", "folder/a", "real", "", "../out/secret"] {
            assert!(resolve(&root, path).is_err(), "{path}");
        }
        let long = format!("real/{}", "x".repeat(300));
        assert_eq!((read(&root, &long).unwrap(), is_file(&root, &long).unwrap()), (None, false), "nothing has such a name");
        assert!(place(&root, "link/new").is_err() && place(&root, "real/b").is_err() && place(&root, "real/new").is_ok());
    }
}
