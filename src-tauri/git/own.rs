//! The way to a repository of the workspace's own.
//!
//! libgit2 is given paths and follows links in them, and a `.git` that is a file leads it anywhere. So before it opens one of the
//! workspace's repositories the way there is looked at, and what git keeps at fixed places in it.

use std::io;
use std::path::Path;

use git2::Repository;

use crate::error::{Code, Error, Result};
use crate::store::disk;

/// Refuses a repository by the folder of git's own files, a mirror or a site's `.git`, if a link leads there or is at a fixed place
/// in it. One that is not there is fine.
///
/// # Errors
/// `NotWritable`, naming the link; `HostileRepository` for a `.git` that leads elsewhere; `Io`.
pub(super) fn check(repository: &Path) -> Result<()> {
    let failed = |cause: io::Error| Error::io("open the repository", repository, &cause);
    match disk::metadata(repository) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            let message = format!(
                "{} is a file that leads to a repository elsewhere, which Backlot does not follow. Put the repository itself there.",
                repository.display()
            );
            return Err(Error::new(Code::HostileRepository, message));
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(failed(cause)),
    }
    ["", "objects", "objects/pack", "refs"].iter().try_for_each(|folder| disk::refuse_links(&repository.join(folder))).map_err(failed)
}

/// Removes the lock files of git's that a process which died, or could not remove them, left in a mirror: libgit2 would refuse to
/// write what they are about for ever. Only for who has the mirror to itself, and after [`check`].
///
/// # Errors
/// `NotWritable` or `Io`.
pub(super) fn remove_locks(mirror: &Path) -> Result<()> {
    let mut folders = vec![mirror.to_owned(), mirror.join("refs")];
    while let Some(folder) = folders.pop() {
        let entries = match disk::read_dir(&folder) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(|cause| Error::io("read", &folder, &cause))?,
        };
        for entry in entries.flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            let is_folder = kind.is_ok_and(disk::Kind::is_dir);
            if is_folder && folder != mirror {
                folders.push(path);
            } else if !is_folder && path.extension().is_some_and(|ending| ending == "lock") {
                tracing::warn!(path = %path.display(), "a lock that was left in a mirror is removed");
                disk::remove_file(&path).map_err(|cause| Error::io("remove", &path, &cause))?;
            }
        }
    }
    Ok(())
}

/// Removes the empty files that libgit2 made in a fresh working tree to find out what its file system can do, where it could not
/// remove them itself.
///
/// # Errors
/// `NotWritable` or `Io` if one is there still; `Git` if the index cannot be read.
pub(super) fn remove_probes(repository: &Repository, tree: &Path) -> Result<()> {
    let index = repository.index().map_err(|cause| super::failure::explain(&cause, "the site", tree))?;
    for entry in disk::read_dir(tree).map_err(|cause| Error::io("read", tree, &cause))?.flatten() {
        let name = entry.file_name();
        let is_probe = name.to_str().is_some_and(|name| name.starts_with("_git2_")) && index.get_path(Path::new(&name), 0).is_none();
        if is_probe {
            disk::remove_file(entry.path()).map_err(|cause| Error::io("remove", &entry.path(), &cause))?;
        }
    }
    Ok(())
}

/// As [`check`], of a site's repository.
pub(super) fn check_site(site: &Path) -> Result<()> {
    check(&site.join(".git"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn locks_that_were_left_in_a_mirror_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = folder.path().join("mirror.git");
        remove_locks(&mirror).unwrap();
        fs::create_dir_all(mirror.join("refs/heads/a")).unwrap();
        fs::create_dir_all(mirror.join("objects/x.lock")).unwrap();
        let (locks, others) = (["HEAD.lock", "packed-refs.lock", "refs/heads/a/b.lock"], ["HEAD", "refs/heads/a/b", "objects/x.lock/y"]);
        for name in locks.iter().chain(&others) {
            fs::write(mirror.join(name), "").unwrap();
        }
        remove_locks(&mirror).unwrap();
        assert!(locks.iter().all(|name| !mirror.join(name).exists()));
        assert!(others.iter().all(|name| mirror.join(name).exists()));
    }
}
