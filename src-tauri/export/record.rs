//! What is kept of the builds of each demo: one document a demo, the newest first.
//!
//! Whether a build runs is known by the lock that its process holds, not by what the record says. A copy of the workspace has
//! locks of its own, so a record is bound to the workspace's folder: what a copy brought along is forgotten, and the place of
//! that build, which is outside of both, is left alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{Build, State};
use super::target::{MANIFEST, foreign, is_zip};
use crate::error::{Error, Result};
use crate::process::Identity;
use crate::store::{self, Document, Guard, Lock, Mode, Output, Store, Wait, disk};
use crate::workspace::{Binding, Workspace};

/// How many builds of one demo are remembered.
const MOST: usize = 50;

/// The builds of one demo.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Builds {
    builds: Vec<Kept>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    build: Build,
    /// The workspace that it was made in; none in a record of an older Backlot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bound: Option<Binding>,
    /// Whether the folder beside its place, in which it was built, could not be removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    left: bool,
}

impl Document for Builds {}

/// The records of a workspace.
#[derive(Debug, Clone)]
pub(super) struct Records {
    workspace: Workspace,
    store: Store,
}

impl Records {
    pub fn new(workspace: Workspace) -> Self {
        let store = Store::new(workspace.builds(), &workspace.locks(), "builds");
        Self { workspace, store }
    }

    /// Takes the lock that says that a build runs.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull` or `Io`.
    pub fn hold(&self, build: Uuid) -> Result<Guard> {
        self.lock(build).take(Mode::Exclusive, Wait::Try)
    }

    fn lock(&self, build: Uuid) -> Lock {
        Lock::new(&self.workspace.locks(), &format!("build-{build}"), "build the demo's site")
    }

    /// The builds of a demo, the newest first; what dead processes left of any is settled.
    ///
    /// # Errors
    /// `NewerSchema`, `Corrupt`, `NotWritable` or `Io`.
    pub fn list(&self, demo: Uuid, now: Timestamp) -> Result<Vec<Build>> {
        let kept = self.store.read::<Builds>(&name(demo))?.unwrap_or_default().builds;
        for kept in kept.iter().filter(|kept| kept.left && !kept.build.state.is_running()) {
            if let Err(error) = self.clear(kept) {
                tracing::warn!(build = %kept.build.id, %error, "what a build left beside its place is still there");
            }
        }
        let is_left = |kept: &&Kept| kept.build.state.is_running() && self.hold(kept.build.id).is_ok();
        let left: Vec<Kept> = kept.iter().filter(is_left).cloned().collect();
        if left.is_empty() {
            return Ok(kept.into_iter().map(|kept| kept.build).collect());
        }
        for Kept { build, bound, .. } in left {
            let build = match bound {
                // It came with a copy of the workspace: whoever works on it does so for the original.
                Some(bound) if !self.workspace.is_own(&bound) => {
                    self.forget(&build)?;
                    continue;
                }
                None if !self.is_known_dead(&build) => build,
                _ => self.settle(build),
            };
            let state = if build.state.is_running() { State::Interrupted } else { build.state };
            self.put(&Build { state, finished: Some(now), ..build })?;
        }
        Ok(self.store.read::<Builds>(&name(demo))?.unwrap_or_default().builds.into_iter().map(|kept| kept.build).collect())
    }

    /// Removes what a dead build left beside its place; finds out whether it got there.
    fn settle(&self, build: Build) -> Build {
        let target = std::path::Path::new(&build.target);
        // It had told what it was about to put there, and did.
        let is_dir = disk::is_dir(target).map_err(|cause| Error::io("look at", target, &cause));
        let found = is_dir.and_then(|is_dir| store::hash_file(&if is_dir { target.join(MANIFEST) } else { target.to_owned() }));
        let is_there = match found {
            Ok(found) => !build.digest.is_empty() && found.as_ref() == Some(&build.digest),
            Err(error) => {
                // What is beside it may be what it replaced: nothing is removed.
                tracing::warn!(build = %build.id, %error, "whether a build got to its place is not known");
                return Build { state: State::Interrupted, ..build };
            }
        };
        let digests = self.digests();
        Output::sweep(target, &build.id.to_string(), is_there, &|path| foreign(path, is_zip(target), &digests));
        let state = if is_there { State::Done } else { State::Interrupted };
        Build { state, ..build }
    }

    /// Whether the process of a build that does not say where it runs has ended. The lock does not tell: in a copy of a
    /// workspace it is another one. Its holder was noted beside it.
    fn is_known_dead(&self, build: &Build) -> bool {
        self.workspace.binding().is_none() || self.holder(build).is_some_and(|pid| !Identity::is_used(pid))
    }

    /// Who worked on a build, by what was noted beside its lock.
    fn holder(&self, build: &Build) -> Option<u32> {
        self.lock(build.id).holder().map(|holder| holder.pid)
    }

    /// Notes that the folder beside a build's place could not be removed; the next look does it.
    ///
    /// # Errors
    /// Those of [`Store::update`].
    pub fn leave(&self, build: &Build) -> Result<()> {
        self.mark(build, true)
    }

    /// Removes the folder that a build left beside its place, and notes that it is gone. That of another workspace is its own.
    fn clear(&self, kept: &Kept) -> Result<()> {
        let is_own = kept.bound.as_ref().is_none_or(|bound| self.workspace.is_own(bound));
        let target = std::path::Path::new(&kept.build.target);
        if is_own && !Output::clear(target, &kept.build.id.to_string()) {
            return Ok(());
        }
        self.mark(&kept.build, false)
    }

    fn mark(&self, build: &Build, left: bool) -> Result<()> {
        self.store.update(&name(build.demo), "note what a build left", |known: Option<&Builds>| {
            let mut builds = known.cloned().unwrap_or_default();
            builds.builds.iter_mut().filter(|kept| kept.build.id == build.id).for_each(|kept| kept.left = left);
            Ok((Some(builds), ()))
        })
    }

    /// Forgets a build.
    fn forget(&self, build: &Build) -> Result<()> {
        self.store.update(&name(build.demo), "forget a build of another workspace", |known: Option<&Builds>| {
            let mut builds = known.cloned().unwrap_or_default();
            builds.builds.retain(|kept| kept.build.id != build.id);
            Ok((Some(builds), ()))
        })
    }

    /// Notes how a build is.
    ///
    /// # Errors
    /// Those of [`Store::update`].
    pub fn put(&self, build: &Build) -> Result<()> {
        self.store.update(&name(build.demo), "note how a build is", |known: Option<&Builds>| {
            let mut builds = known.cloned().unwrap_or_default();
            match builds.builds.iter_mut().find(|kept| kept.build.id == build.id) {
                Some(kept) => kept.build = build.clone(),
                None => builds.builds.insert(0, Kept { build: build.clone(), bound: self.workspace.binding().cloned(), left: false }),
            }
            builds.builds.truncate(MOST);
            Ok((Some(builds), ()))
        })
    }

    /// The demos of which there are builds.
    pub fn demos(&self) -> Vec<Uuid> {
        let entries = disk::read_dir(self.workspace.builds()).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok()).collect()
    }

    /// The digests of the builds of all demos.
    pub fn digests(&self) -> Vec<String> {
        let of = |demo| self.store.read::<Builds>(&name(demo)).ok().flatten().unwrap_or_default().builds;
        let builds = self.demos().into_iter().flat_map(of);
        // One that the disk did not confirm may be there all the same; a build that did not get there has no digest.
        builds
            .map(|kept| kept.build)
            .filter(|build| !build.state.is_running() && !build.digest.is_empty())
            .map(|build| build.digest)
            .collect()
    }
}

fn name(demo: Uuid) -> String {
    format!("{demo}.json")
}
