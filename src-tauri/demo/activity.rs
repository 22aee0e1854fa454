//! The audit trail: what was done to which demo, when, and by which program.
//!
//! Every line stands twice: in `state/activity.log`, which survives the purge of a demo, and in the demo's own folder, which
//! travels with it. The state of a demo is never read from here: that is `demo.status.json` and the place of its folder.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::Demo;
use crate::error::Result;
use crate::store::{Entries, Log};
use crate::workspace::Workspace;
use std::path::Path;

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When it was done.
    pub at: Timestamp,
    /// What was done.
    pub what: What,
    /// To which demo.
    pub demo: Uuid,
    /// What the demo's folder was called then.
    pub slug: String,
    /// More about it, for a person; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The program that did it, and its process id.
    pub by: String,
}

/// What was done to a demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Its creation was asked for, for the first time or again.
    Requested,
    /// It was put in its place.
    Created,
    /// Its creation failed or was cancelled.
    Failed,
    /// Its creation was cut off.
    Interrupted,
    /// Its failed creation was dismissed.
    Dismissed,
    /// It got another name or slug.
    Renamed,
    /// It got other tags.
    Tagged,
    /// It went to the trash.
    Deleted,
    /// It came back from the trash.
    Restored,
    /// It was removed for good.
    Purged,
}

/// Notes one line in the workspace's trail and, where it has a folder, in the demo's own. That it cannot be noted does not
/// undo what was done: it is logged.
pub(super) fn note(workspace: &Workspace, folder: Option<&Path>, at: Timestamp, what: What, demo: &Demo, detail: &str) {
    let line = [entry(at, what, demo, detail)];
    let logs = [Some(trail(workspace)), folder.map(|folder| own_trail(workspace, folder, demo.id))];
    for log in logs.into_iter().flatten() {
        if let Err(cause) = log.append(&line) {
            tracing::warn!(slug = demo.slug, error = %cause, "the audit trail could not be written");
        }
    }
}

/// One line, for who writes it into a folder that is still being built.
pub(super) fn entry(at: Timestamp, what: What, demo: &Demo, detail: &str) -> Activity {
    let program = std::env::args_os().next().and_then(|path| Some(Path::new(&path).file_name()?.to_string_lossy().into_owned()));
    let by = format!("{} ({})", program.unwrap_or_default(), std::process::id());
    Activity { at, what, demo: demo.id, slug: demo.slug.clone(), detail: detail.to_owned(), by }
}

/// The trail of the workspace, of every demo there ever was.
///
/// # Errors
/// `NotWritable` or `Io` if it cannot be read.
pub(super) fn read(workspace: &Workspace) -> Result<Entries<Activity>> {
    trail(workspace).read()
}

fn trail(workspace: &Workspace) -> Log {
    Log::new(workspace.state().join("activity.log"), &workspace.locks(), "activity")
}

fn own_trail(workspace: &Workspace, folder: &Path, id: Uuid) -> Log {
    Log::new(folder.join("activity.log"), &workspace.locks(), &format!("activity-{id}"))
}
