//! What is kept of the builds of each demo: one document a demo, the newest first.
//!
//! Whether a build runs is known by the lock that its process holds, not by what the record says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{Build, State};
use super::target::{MANIFEST, foreign, is_zip};
use crate::error::Result;
use crate::store::{self, Document, Guard, Lock, Mode, Output, Store, Wait, disk};
use crate::workspace::Workspace;

/// How many builds of one demo are remembered.
const MOST: usize = 50;

/// The builds of one demo.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Builds {
    builds: Vec<Build>,
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
        let builds = self.store.read::<Builds>(&name(demo))?.unwrap_or_default().builds;
        let is_left = |build: &&Build| build.state.is_running() && self.hold(build.id).is_ok();
        let left: Vec<Build> = builds.iter().filter(is_left).cloned().collect();
        if left.is_empty() {
            return Ok(builds);
        }
        for build in left {
            let target = std::path::Path::new(&build.target);
            // It had told what it was about to put there, and did.
            let at = if disk::is_dir(target) { target.join(MANIFEST) } else { target.to_owned() };
            let is_there = !build.digest.is_empty() && store::hash_file(&at).ok().flatten().as_ref() == Some(&build.digest);
            let digests = self.digests();
            Output::sweep(target, &build.id.to_string(), is_there, &|path| foreign(path, is_zip(target), &digests));
            let state = if is_there { State::Done } else { State::Interrupted };
            self.put(&Build { state, finished: Some(now), ..build })?;
        }
        Ok(self.store.read::<Builds>(&name(demo))?.unwrap_or_default().builds)
    }

    /// Notes how a build is.
    ///
    /// # Errors
    /// Those of [`Store::update`].
    pub fn put(&self, build: &Build) -> Result<()> {
        self.store.update(&name(build.demo), "note how a build is", |known: Option<&Builds>| {
            let mut builds = known.cloned().unwrap_or_default();
            match builds.builds.iter_mut().find(|one| one.id == build.id) {
                Some(one) => *one = build.clone(),
                None => builds.builds.insert(0, build.clone()),
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
        builds.filter(|build| !build.state.is_running() && !build.digest.is_empty()).map(|build| build.digest).collect()
    }
}

fn name(demo: Uuid) -> String {
    format!("{demo}.json")
}
