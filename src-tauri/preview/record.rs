//! What every process of the workspace knows of the previews that run: a record each, and the lock of who runs it.
//!
//! Whether a preview runs is never read from its record: it runs if its lock is held and its server answers. The record says
//! where to ask, with a token that only this user's processes can read, and what to end should its owner be dead. It is bound to
//! the workspace and its folder: a copy of the workspace has the records too, and must neither ask nor end anybody.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{Decision, Kind, Preview, State};
use super::probe;
use crate::error::{Code, Error, Result};
use crate::process::{Identity, Marked};
use crate::store::{Document, Guard, Lock, Mode, Store, Wait, disk, is_there};
use crate::workspace::{Binding, FolderId, Workspace};

/// How long an owner may take to say how its preview is.
const ANSWER: Duration = Duration::from_secs(1);

/// A preview that runs, or failed when nobody looked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub demo: Uuid,
    /// The workspace that it is run for; none in a record of an older Backlot. In a copy of that workspace it means nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Binding>,
    pub kind: Kind,
    /// Who runs it.
    pub owner: Identity,
    /// Whether its owner does nothing else.
    pub is_background: bool,
    /// Where its owner is asked.
    pub port: u16,
    /// What shows that the workspace asks.
    pub token: String,
    pub since: Timestamp,
    /// What its own command's processes are known by, should they outlive their keeper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Marked>,
    /// Why it ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Error>,
}

impl Document for Record {}

/// How a demo's preview was found to be.
#[derive(Debug)]
pub(super) enum Observed {
    /// Nothing runs; while its lock is held it is about to begin, or has just ended.
    Stopped { is_held: bool },
    /// It failed, and that was noted; while its lock is held it is about to be started again, or its end has just been noted.
    Noted { preview: Preview, is_held: bool },
    /// Its owner answers.
    Said { preview: Preview, record: Box<Record> },
    /// Its owner is there and does not answer.
    Mute(Preview),
    /// Its owner is there, and nobody is at its port: it begins, or ends.
    Between,
}

/// What was decided about a demo's dev command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trust {
    pub demo: Uuid,
    pub command: Vec<String>,
    /// The BLAKE3 of the scripts that the command runs.
    pub scripts: String,
    pub commit: String,
    /// The BLAKE3 of the lockfile; empty if there is none.
    pub lockfile: String,
    pub decision: Decision,
    pub at: Timestamp,
    /// Where it was decided: in a copy of the workspace, or for a copy of the demo, it is to be decided again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Binding>,
    /// The demo's folder then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<FolderId>,
}

impl Document for Trust {}

/// The records of a workspace.
#[derive(Debug, Clone)]
pub(super) struct Records {
    workspace: Workspace,
    previews: Store,
    trust: Store,
}

impl Records {
    pub fn new(workspace: Workspace) -> Self {
        let locks = workspace.locks();
        Self {
            previews: Store::new(workspace.previews(), &locks, "previews"),
            trust: Store::new(workspace.trust(), &locks, "trust"),
            workspace,
        }
    }

    /// The lock of who runs a demo's preview.
    pub fn lock(&self, demo: Uuid) -> Lock {
        Lock::new(&self.workspace.locks(), &format!("preview-{demo}"), "run the demo's preview")
    }

    /// A demo's record, if it is of this workspace.
    pub fn read(&self, demo: Uuid) -> Result<Option<Record>> {
        let record = self.previews.read::<Record>(&name(demo))?;
        Ok(record.filter(|record| record.bound.as_ref().is_none_or(|bound| self.workspace.is_own(bound))))
    }

    /// Forgets a record that came with a copy of the workspace. To be called with the preview's lock held.
    pub fn forget_foreign(&self, _held: &Guard, demo: Uuid) -> Result<()> {
        if self.read(demo)?.is_none() { self.remove(demo) } else { Ok(()) }
    }

    /// Whether the workspace is still where this process opened it.
    pub fn is_in_place(&self) -> bool {
        self.workspace.is_in_place()
    }

    /// What a new record is bound to.
    pub fn binding(&self) -> Option<Binding> {
        self.workspace.binding().cloned()
    }

    /// Notes how a preview is now. Only the holder of its lock may.
    pub fn put(&self, record: &Record) -> Result<()> {
        private(&self.workspace.previews())?;
        self.previews.put(&name(record.demo), "note that a preview runs", record)?;
        // The folder is this user's alone already.
        restrict(&self.workspace.previews().join(name(record.demo)), 0o600)
    }

    /// Forgets a preview. Only the holder of its lock may.
    pub fn remove(&self, demo: Uuid) -> Result<()> {
        if !is_there(&self.workspace.previews().join(name(demo)))? {
            return Ok(());
        }
        self.previews.transact("note that a preview has ended", |batch| batch.remove(&name(demo)))
    }

    /// The demos that have a record.
    pub fn demos(&self) -> Vec<Uuid> {
        let entries = disk::read_dir(self.workspace.previews()).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok()).collect()
    }

    /// How a demo's preview is: by its lock, and by asking its owner. One that is about to end has a moment for it.
    pub fn look(&self, demo: Uuid) -> Preview {
        let ended = || self.lock(demo).take(Mode::Shared, Wait::Upto(ANSWER)).map(drop).is_ok().then(|| self.glance(demo)).flatten();
        self.glance(demo).or_else(ended).unwrap_or_else(|| {
            let error =
                Error::new(Code::Timeout, "The process of this preview is about to begin it, or to end it. Look again in a moment.");
            let kind = self.read(demo).ok().flatten().map(|record| record.kind);
            Preview { demo, kind, state: State::Failed { error } }
        })
    }

    /// How a demo's preview is at this very moment; none while its owner is there but nobody is at its port: it begins, or ends.
    pub fn glance(&self, demo: Uuid) -> Option<Preview> {
        match self.observe(demo) {
            Observed::Stopped { .. } => Some(Preview::stopped(demo)),
            Observed::Noted { preview, .. } | Observed::Said { preview, .. } | Observed::Mute(preview) => Some(preview),
            Observed::Between => None,
        }
    }

    /// How a demo's preview is at this very moment, and who says so.
    pub fn observe(&self, demo: Uuid) -> Observed {
        let Ok(record) = self.read(demo) else { return Observed::Stopped { is_held: false } };
        let is_held = match self.lock(demo).take(Mode::Shared, Wait::Try) {
            Ok(free) => {
                drop(free);
                false
            }
            Err(error) => error.code == Code::InProgress,
        };
        let failed = |kind, error| Preview { demo, kind: Some(kind), state: State::Failed { error } };
        let record = match record {
            None => return Observed::Stopped { is_held },
            Some(Record { kind, failed: Some(error), .. }) => return Observed::Noted { preview: failed(kind, error), is_held },
            Some(_) if !is_held => return Observed::Stopped { is_held },
            Some(record) => record,
        };
        match probe::state(record.port, &record.token, ANSWER) {
            Ok(preview) if preview.demo == demo => Observed::Said { preview, record: Box::new(record) },
            // Who was killed a moment ago may hold its lock until the last of its threads is gone.
            _ if record.owner.has_ended() => Observed::Stopped { is_held },
            Err(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => Observed::Between,
            _ => {
                let message =
                    format!("Process {} runs this preview and does not answer. Stop the preview, or end that process.", record.owner.pid);
                Observed::Mute(failed(record.kind, Error::new(Code::Timeout, message)))
            }
        }
    }

    /// What a dead owner left of a preview is ended and forgotten. To be called with its lock held.
    pub fn settle(&self, _held: &Guard, record: &Record) -> Result<()> {
        // An older record does not say whose processes these are; where they work does.
        let is_own = |tree: &&Marked| record.bound.is_some() || tree.works_in(self.workspace.root());
        if let Some(tree) = record.tree.as_ref().filter(is_own) {
            let left = tree.end();
            if left > 0 {
                tracing::warn!(demo = %record.demo, processes = left, "what a dead preview left running was ended");
            }
        }
        self.remove(record.demo)
    }

    /// What was decided last about the dev command of the demo in `folder`, in this workspace. What an older Backlot noted does
    /// not say where it was decided, and may have come with a copy.
    pub fn trust(&self, demo: Uuid, folder: &Path) -> Result<Option<Trust>> {
        let is_here = |trust: &Trust| match &trust.bound {
            Some(bound) => self.workspace.is_own(bound) && trust.folder == FolderId::of(folder),
            None => self.workspace.binding().is_none(),
        };
        Ok(self.trust.read::<Trust>(&name(demo))?.filter(is_here))
    }

    /// Remembers what was decided about the dev command of the demo in `folder`.
    pub fn decide(&self, trust: Trust, folder: &Path) -> Result<()> {
        private(&self.workspace.trust())?;
        let trust = Trust { bound: self.binding(), folder: FolderId::of(folder), ..trust };
        self.trust.put(&name(trust.demo), "remember a decision about a command", &trust)
    }

    /// Forgets everything of a demo that is no more.
    pub fn forget(&self, demo: Uuid) -> Result<()> {
        if is_there(&self.workspace.trust().join(name(demo)))? {
            self.trust.transact("forget a decision about a command", |batch| batch.remove(&name(demo)))?;
        }
        Ok(())
    }
}

fn name(demo: Uuid) -> String {
    format!("{demo}.json")
}

/// Makes a folder that is this user's alone.
fn private(folder: &PathBuf) -> Result<()> {
    disk::create_dir_all(folder).map_err(|cause| Error::io("make the folder", folder, &cause))?;
    restrict(folder, 0o700)
}

fn restrict(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        disk::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(|cause| Error::io("make private", path, &cause))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}
