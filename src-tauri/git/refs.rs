//! Branches and tags in one file, `packed-refs`, instead of a file each.
//!
//! A repository with some thousand branches would otherwise cost as many files in every mirror and every demo.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use git2::{ObjectType, Odb, Oid, Reference, Repository};

use crate::error::{Error, Result};
use crate::store::{create_staged, disk, replace_owned};

/// Full names, such as `refs/heads/main`, and what they point to.
pub(super) type Refs = BTreeMap<String, Oid>;

/// The file, in a repository's own folder.
const PACKED: &str = "packed-refs";

/// Every branch and tag of a repository. What cannot be resolved is left out.
pub(super) fn read(repository: &Repository) -> Result<Refs, git2::Error> {
    let mut found = Refs::new();
    for reference in repository.references()? {
        let Ok(reference) = reference else { continue };
        let Ok(name) = reference.name().map(str::to_owned) else { continue };
        if !is_ours(&name) {
            continue;
        }
        if let Some(target) = reference.resolve().ok().and_then(|resolved| resolved.target()) {
            found.insert(name, target);
        }
    }
    Ok(found)
}

/// The branches and tags of a repository on this machine that have a file and are not among `known`: the file is empty, say.
pub(super) fn unreadable(repository: &Repository, known: &Refs) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec!["refs/heads".to_owned(), "refs/tags".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in disk::read_dir(repository.commondir().join(&folder)).into_iter().flatten().flatten() {
            let Some(name) = entry.file_name().to_str().map(|name| format!("{folder}/{name}")) else { continue };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(name),
                Ok(kind) if kind.is_file() && is_ours(&name) && !known.contains_key(&name) => found.push(name),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Whether it is the name of a branch or a tag, and one that git takes: a source may say anything, and it is written to a file of
/// lines.
pub(super) fn is_ours(name: &str) -> bool {
    (name.starts_with("refs/heads/") || name.starts_with("refs/tags/")) && Reference::is_valid_name(name)
}

/// Gives a repository that is still being built its references.
pub(super) fn write_new(repository: &Repository, refs: &Refs) -> Result<()> {
    let path = repository.path().join(PACKED);
    let bytes = packed(repository, refs)?;
    create_staged(&path, bytes.as_bytes()).map_err(|cause| Error::io("write", &path, &cause))
}

/// Gives a mirror these branches and tags instead of those it has, by one rename. Only for who has the mirror to itself;
/// whoever reads it meanwhile sees the old or the new ones.
pub(super) fn replace(mirror: &Repository, refs: &Refs) -> Result<()> {
    let path = mirror.path().join(PACKED);
    replace_owned(&path, packed(mirror, refs)?.as_bytes()).map_err(|cause| Error::io("write", &path, &cause))?;
    // A file of its own would win over the line in the packed ones. Mirrors of earlier versions have them.
    for kind in ["refs/heads", "refs/tags"] {
        remove_loose(&mirror.path().join(kind)).map_err(|cause| Error::io("tidy up", &mirror.path().join(kind), &cause))?;
    }
    Ok(())
}

/// Removes every file below `folder`, then the folders that are empty; `folder` itself stays.
fn remove_loose(folder: &Path) -> std::io::Result<()> {
    let entries = match disk::read_dir(folder) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            disk::remove_dir_all(entry.path())?;
        } else {
            disk::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The file's text: sorted, each tag that is an object followed by what it is a tag of (gitformat: packed-refs, "fully-peeled").
fn packed(repository: &Repository, refs: &Refs) -> Result<String> {
    let failed = |cause: git2::Error| super::failure::explain(&cause, "the template", repository.path());
    let objects = repository.odb().map_err(failed)?;
    let mut text = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    for (name, target) in refs {
        let _ = writeln!(text, "{target} {name}");
        if let Some(peeled) = peeled(repository, &objects, *target) {
            let _ = writeln!(text, "^{peeled}");
        }
    }
    Ok(text)
}

/// What a tag object is a tag of; none if it is no tag object.
fn peeled(repository: &Repository, objects: &Odb<'_>, target: Oid) -> Option<Oid> {
    let (_, kind) = objects.read_header(target).ok()?;
    if kind != ObjectType::Tag {
        return None;
    }
    Some(repository.find_tag(target).ok()?.as_object().peel(ObjectType::Any).ok()?.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_git_takes_are_ours() {
        for name in ["refs/heads/main", "refs/heads/a/b", "refs/tags/v1.0", "refs/heads/größe"] {
            assert!(is_ours(name), "{name}");
        }
        let harmful = ["refs/heads/a\n0 refs/heads/b", "refs/heads/../../config", "refs/heads/a b", "refs/heads/", "refs/tags/a.lock"];
        for name in harmful.into_iter().chain(["refs/pull/1/head", "refs/notes/commits", "HEAD"]) {
            assert!(!is_ours(name), "{name:?}");
        }
    }
}
