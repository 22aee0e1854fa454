//! What a working tree is at.

use std::path::Path;

use git2::{ErrorCode, Repository, RepositoryOpenFlags, StatusOptions};

use super::failure::explain;
use crate::error::{Error, Result};

/// The commit of a working tree, and whether it is exactly that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The commit's id; empty if there is none.
    pub commit: String,
    /// Whether anything differs from it, files that are not tracked included, ignored ones not.
    pub has_changes: bool,
}

/// Looks at the working tree in `folder`; one that is no repository has no commit.
///
/// # Errors
/// `Git` or `Io`.
pub fn head(folder: &Path) -> Result<Head> {
    super::own::check_site(folder)?;
    let Ok(repository) = open(folder) else { return Ok(Head::default()) };
    let look = || -> Result<Head, git2::Error> {
        let commit = repository.head().and_then(|head| head.peel_to_commit()).map(|commit| commit.id().to_string()).unwrap_or_default();
        let mut options = StatusOptions::new();
        options.include_untracked(true).exclude_submodules(true).no_refresh(true);
        Ok(Head { commit, has_changes: !repository.statuses(Some(&mut options))?.is_empty() })
    };
    look().map_err(|cause| explain(&cause, "the site", folder))
}

/// The repository in `folder`, and not one further up, which has nothing to do with it.
pub(super) fn open(folder: &Path) -> Result<Repository, git2::Error> {
    let nothing: [&Path; 0] = [];
    let refused = |error: Error| git2::Error::new(ErrorCode::GenericError, git2::ErrorClass::Filesystem, error.message);
    super::own::check_site(folder).map_err(refused)?;
    Repository::open_ext(folder, RepositoryOpenFlags::NO_SEARCH, nothing)
}

/// Why the repository in `folder` cannot be read, and what to do about it; none if it can, or there is none.
pub fn unreadable(folder: &Path) -> Option<Error> {
    if let Err(error) = super::own::check_site(folder) {
        return Some(error);
    }
    let cause = open(folder).err().filter(|cause| cause.code() != ErrorCode::NotFound)?;
    Some(explain(&cause, &folder.to_string_lossy(), folder))
}
