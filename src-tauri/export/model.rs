//! What is told of builds.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::error::Error;

/// What a build does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "BuildPhase")]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Pages are rendered.
    Rendering,
    /// Files are written beside the place where they will be.
    Writing,
    /// They are made durable, and put in their place.
    Finishing,
}

/// How a build is, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "BuildState")]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum State {
    /// It is under way.
    Running {
        /// What it does.
        phase: Phase,
        /// How many pages or files are done in this phase.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// Everything is in its place.
    Done,
    /// Nothing was put in place.
    Failed {
        /// Why.
        error: Error,
    },
    /// A person stopped it; nothing was put in place.
    Cancelled,
    /// Its process ended before it was done; nothing was put in place.
    Interrupted,
}

impl State {
    /// Whether it is under way.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }
}

/// A build of a demo's site: what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Build {
    /// Its id.
    pub id: Uuid,
    /// Of which demo.
    pub demo: Uuid,
    /// The version of Backlot that made it.
    pub version: String,
    /// The commit that the site's folder was at; empty if it has none.
    pub commit: String,
    /// Whether the site had changes that were not committed.
    pub has_changes: bool,
    /// The folder or zip file that it becomes.
    pub target: String,
    /// Where the site will be published; empty if nobody said.
    pub site_url: String,
    /// When it began.
    #[ts(type = "string")]
    pub started: Timestamp,
    /// When it ended, however it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub finished: Option<Timestamp>,
    /// How it is.
    pub state: State,
    /// How many pages it has.
    #[serde(default)]
    pub pages: usize,
    /// How many media files it has, variants included.
    #[serde(default)]
    pub media: usize,
    /// How many files it has in all.
    #[serde(default)]
    pub files: usize,
    /// How large they are together, in bytes.
    #[serde(default)]
    #[ts(type = "number")]
    pub bytes: u64,
    /// What a person may want to look at: files that pages refer to and that are not there.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The BLAKE3 of the zip, or of a folder's manifest, by which it is known again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(skip)]
    pub digest: String,
}

/// What a build of a site would be made of, told before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(export, rename = "BuildOutline")]
pub struct Outline {
    /// Its pages are rendered and have with them what they use; otherwise its files are taken as they are.
    pub is_rendered: bool,
    /// The command that the site brings to build itself, if it brings one. It is not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub own_command: Option<OwnCommand>,
    /// The generator that the files are sources for, if so. They are handed over only if somebody asks for them as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sources: Option<Sources>,
    /// The folders of submodules that were not fetched and that a build would take something from. It is made without them only if
    /// somebody asks for that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub missing_submodules: Vec<String>,
    /// What keeps it from being built: files that cannot be read, each with what is wrong.
    pub problems: Vec<String>,
}

/// Sources of a site generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(export, rename = "BuildSources")]
pub struct Sources {
    /// What people call the generator.
    pub generator: String,
    /// The file or folder that it was recognized by.
    pub found_by: String,
    /// The command that builds the site.
    pub command: String,
    /// The folder that the command builds it into, as usual.
    pub output: String,
}

/// A command of `package.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(export, rename = "BuildCommand")]
pub struct OwnCommand {
    /// In the words of a terminal: `npm run build`.
    pub command: String,
    /// What it stands for: `vite build`.
    pub line: String,
}
