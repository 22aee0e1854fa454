//! How far long work is: counts as they are reported, never estimates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a creation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Another process fetches the same template; this one waits for it.
    Waiting,
    /// Objects come from the template's source into its mirror.
    Fetching,
    /// The commit is looked through before anything of it is written.
    Checking,
    /// Files are written.
    CheckingOut,
    /// Brief and assets are put in place.
    Organizing,
    /// The disk is asked to confirm.
    Syncing,
}

/// How far a creation is: counts as git reports them, never estimates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Git objects received or linked.
    #[ts(type = "number")]
    pub objects: u64,
    /// How many there are in all; 0 while the source has not said.
    #[ts(type = "number")]
    pub objects_total: u64,
    /// Bytes received or written in this phase.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Files written.
    #[ts(type = "number")]
    pub files: u64,
    /// How many there are in all; 0 while it is not known.
    #[ts(type = "number")]
    pub files_total: u64,
}

impl Progress {
    /// The beginning of a phase.
    pub fn start(phase: Phase) -> Self {
        Self { phase, objects: 0, objects_total: 0, bytes: 0, files: 0, files_total: 0 }
    }
}

/// Who is told of progress. Calls come from the thread that does the work, some ten a second at the most.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Sync);
