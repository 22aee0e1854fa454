//! Fetching from a repository on this machine of which a part is missing: every branch and tag that is complete is
//! fetched, the others are named.
//!
//! libgit2's own way of fetching from a path takes everything or nothing, whatever was asked for.

use std::io::Write as _;

use git2::{Oid, Repository};

use super::refs::{self, Refs};
use crate::error::{Error, Result};
use crate::progress::{Phase, Progress};

/// What could be fetched.
pub(super) struct Salvaged {
    /// The branches and tags that are complete, now also in the mirror.
    pub refs: Refs,
    /// The names of those that are not.
    pub damaged: Vec<String>,
}

/// Fetches every branch and tag of `source` that is complete. `go_on` is told how far it is, and ends it by answering no.
///
/// # Errors
/// Those of `explain` if the source cannot be read at all, or `go_on` ended it.
pub(super) fn salvage(
    source: &Repository,
    mirror: &Repository,
    go_on: &dyn Fn(Progress) -> bool,
    explain: &dyn Fn(git2::Error) -> Error,
) -> Result<Salvaged> {
    let all: Vec<(String, Oid)> = refs::read(source).map_err(explain)?.into_iter().collect();
    let mut work = Work { source, mirror, go_on, salvaged: Salvaged { refs: Refs::new(), damaged: Vec::new() }, ended: None };
    work.take(&all);
    match work.ended {
        Some(cause) => Err(explain(cause)),
        None => Ok(work.salvaged),
    }
}

struct Work<'a> {
    source: &'a Repository,
    mirror: &'a Repository,
    go_on: &'a dyn Fn(Progress) -> bool,
    salvaged: Salvaged,
    /// Why nothing more is tried.
    ended: Option<git2::Error>,
}

impl Work<'_> {
    /// Fetches these references, all at once if that is possible, else each half by itself.
    fn take(&mut self, some: &[(String, Oid)]) {
        if some.is_empty() || self.ended.is_some() {
            return;
        }
        match self.copy(some) {
            Ok(()) => self.salvaged.refs.extend(some.iter().cloned()),
            Err(cause) if cause.code() == git2::ErrorCode::User => self.ended = Some(cause),
            Err(cause) => match some {
                [(name, _)] => {
                    tracing::warn!(name, error = %cause, "a branch or tag of a template is damaged");
                    self.salvaged.damaged.push(name.clone());
                }
                _ => {
                    let (first, second) = some.split_at(some.len() / 2);
                    self.take(first);
                    self.take(second);
                }
            },
        }
    }

    /// Copies what these references need and the mirror does not have, as one pack.
    fn copy(&self, some: &[(String, Oid)]) -> Result<(), git2::Error> {
        let mut pack = self.source.packbuilder()?;
        let mut walk = self.source.revwalk()?;
        for (_, target) in some {
            let object = self.source.find_object(*target, None)?;
            match object.kind() {
                Some(git2::ObjectType::Commit) => walk.push(*target)?,
                _ => {
                    pack.insert_recursive(*target, None)?;
                    if let Ok(commit) = object.peel_to_commit() {
                        walk.push(commit.id())?;
                    }
                }
            }
        }
        for known in self.salvaged.refs.values() {
            if let Ok(commit) = self.source.find_object(*known, None).and_then(|known| known.peel_to_commit()) {
                walk.hide(commit.id())?;
            }
        }
        pack.insert_walk(&mut walk)?;
        let total = pack.object_count() as u64;
        let objects = self.mirror.odb()?;
        let mut writer = objects.packwriter()?;
        let (mut bytes, mut failed) = (0, None);
        let packed = pack.foreach(|chunk| {
            bytes += chunk.len() as u64;
            if !(self.go_on)(Progress { objects_total: total, bytes, ..Progress::start(Phase::Fetching) }) {
                failed = Some(git2::Error::new(git2::ErrorCode::User, git2::ErrorClass::None, "ended"));
            } else if let Err(cause) = writer.write_all(chunk) {
                failed = Some(git2::Error::new(git2::ErrorCode::GenericError, git2::ErrorClass::Odb, cause.to_string()));
            }
            failed.is_none()
        });
        match failed {
            Some(cause) => Err(cause),
            None => packed.and_then(|()| writer.commit().map(drop)),
        }
    }
}
