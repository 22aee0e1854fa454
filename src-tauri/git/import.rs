//! Makes a repository out of files that come from somewhere else than git: an embedded starter.

use std::path::Path;

use git2::{FileMode, Oid, Repository, RepositoryInitOptions, Signature, Time};

use super::failure::explain;
use super::mirror::Fetched;
use crate::error::{Code, Error, Result};

/// One file to import.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Its path from the root, with `/` between the parts.
    pub path: &'a str,
    /// Its contents.
    pub contents: &'a [u8],
}

/// The branch an imported repository has.
const BRANCH: &str = "main";

/// Commits `files` to the bare repository `mirror`, which is made if it is not there. The same files over the same
/// history give the same commit.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Git`.
pub fn import(mirror: &Path, files: &[SourceFile<'_>], message: &str) -> Result<Fetched> {
    super::own::check(mirror)?;
    super::own::remove_locks(mirror)?;
    let imported = || -> Result<Oid, git2::Error> {
        let repository = match Repository::open_bare(mirror) {
            Ok(repository) => repository,
            Err(_) => Repository::init_opts(
                mirror,
                RepositoryInitOptions::new().bare(true).external_template(false).mkpath(true).initial_head(BRANCH),
            )?,
        };
        let mut index = git2::Index::new()?;
        for file in files {
            let id = repository.blob(file.contents)?;
            index.add(&entry(file, id))?;
        }
        let tree = repository.find_tree(index.write_tree_to(&repository)?)?;
        let parent = repository.find_reference(&format!("refs/heads/{BRANCH}")).and_then(|head| head.peel_to_commit()).ok();
        if let Some(parent) = parent.as_ref().filter(|parent| parent.tree_id() == tree.id()) {
            return Ok(parent.id());
        }
        // A fixed time: who creates a demo from a starter gets the same commit on every machine.
        let author = Signature::new("Backlot", "starters@backlot.invalid", &Time::new(1_767_225_600, 0))?;
        let parents: Vec<_> = parent.iter().collect();
        repository.commit(Some(&format!("refs/heads/{BRANCH}")), &author, &author, message, &tree, &parents)
    };
    let commit = imported().map_err(|cause| explain(&cause, "the starter", mirror.parent().unwrap_or(mirror)))?;
    if files.is_empty() {
        return Err(Error::new(Code::EmptyRepository, "The starter has no files."));
    }
    Ok(Fetched { branch: BRANCH.to_owned(), commit: commit.to_string(), left_out: Vec::new() })
}

fn entry(file: &SourceFile<'_>, id: Oid) -> git2::IndexEntry {
    let zero = git2::IndexTime::new(0, 0);
    git2::IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: FileMode::Blob.into(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: file.path.as_bytes().to_vec(),
    }
}
