//! The way to a repository of the workspace's own.
//!
//! libgit2 is given paths and follows links in them, and a `.git` that is a file leads it anywhere. So before it opens one of the
//! workspace's repositories the way there is looked at, and what git keeps at fixed places in it.

use std::io;
use std::path::Path;

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

/// As [`check`], of a site's repository.
pub(super) fn check_site(site: &Path) -> Result<()> {
    check(&site.join(".git"))
}
