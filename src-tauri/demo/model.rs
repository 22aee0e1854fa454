//! What a demo is, as it stands on disk and as it crosses an edge.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::error::Error;

/// `demo.json`: who a demo is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Demo {
    /// Never changes and is never used twice.
    pub id: Uuid,
    /// The folder's name under `demos/`.
    pub slug: String,
    /// What a person calls it.
    pub name: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What is known of the business it is for.
    #[serde(default)]
    pub brief: Brief,
    /// Where it was cloned from.
    pub template: Origin,
    /// The commit it began as; empty while it is not known yet.
    #[serde(default)]
    pub version_id: String,
    /// The request that created it.
    pub request_id: String,
    /// When it was asked for.
    #[ts(type = "string")]
    pub created_at: Timestamp,
}

/// What is known of the business a demo is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(default)]
pub struct Brief {
    /// The business's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub business: String,
    /// One line under the name.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub tagline: String,
    /// A paragraph about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub description: String,
    /// Where to write to.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub email: String,
    /// Where to call.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub phone: String,
    /// Where to go.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub address: String,
    /// The main colour, as `#rrggbb`.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub primary_color: String,
    /// The second colour, as `#rrggbb`.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub accent_color: String,
    /// A font family.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub font: String,
}

/// Where a demo was cloned from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Origin {
    /// The template's key; empty while it is not known yet.
    #[serde(default)]
    pub key: String,
    /// The template's URL or path, or `starter:<key>`.
    pub url: String,
    /// The branch that was cloned; empty while it is not known yet.
    #[serde(default)]
    pub branch: String,
    /// The commit that was cloned; empty while it is not known yet.
    #[serde(default)]
    pub commit: String,
}

/// What state a demo is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Its files are being brought in.
    Cloning {
        /// How far it is, when this process or a neighbour knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        progress: Option<Progress>,
    },
    /// Its brief and assets are being put in place.
    Organizing {
        /// How far it is, when this process or a neighbour knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        progress: Option<Progress>,
    },
    /// It is complete.
    Ready,
    /// Its creation failed; nothing of it is left but the record.
    Failed {
        /// Why.
        error: Error,
    },
    /// Its creation was cut off by a crash, a kill or a power cut; nothing of it is left but the record.
    Interrupted,
    /// It is in the trash.
    Trashed,
}

impl State {
    /// The state's name, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cloning { .. } => "cloning",
            Self::Organizing { .. } => "organizing",
            Self::Ready => "ready",
            Self::Failed { .. } => "failed",
            Self::Interrupted => "interrupted",
            Self::Trashed => "trashed",
        }
    }

    /// Whether a creation in this state is still at work, provided its holder lives.
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Cloning { .. } | Self::Organizing { .. })
    }
}

/// `demo.status.json`: what state a demo is in, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Status {
    /// The state, with what belongs to it.
    #[serde(flatten)]
    pub state: State,
    /// One line for a person.
    #[serde(default)]
    pub message: String,
    /// Since when.
    #[ts(type = "string")]
    pub updated_at: Timestamp,
}

/// What a creation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
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

/// A demo with its state, as lists, replies and events carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DemoView {
    /// Who it is.
    #[serde(flatten)]
    pub demo: Demo,
    /// What state it is in.
    pub status: Status,
    /// Its folder, or none while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub folder: Option<PathBuf>,
}

/// What is asked for when a demo is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CreateDemo {
    /// The folder's name: lower-case letters, digits and inner hyphens, at most 63.
    pub slug: String,
    /// What a person calls it; the slug in title case when empty.
    #[serde(default)]
    pub name: String,
    /// The template's key, URL or path.
    pub template: String,
    /// The branch to clone; the template's own default when there is none.
    #[serde(default)]
    #[ts(optional)]
    pub branch: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What is known of the business.
    #[serde(default)]
    pub brief: Brief,
    /// Files to put into the demo's media.
    #[serde(default)]
    #[ts(type = "Array<string>")]
    pub assets: Vec<PathBuf>,
    /// Makes the request idempotent: the same id gives the same demo. One is made when there is none.
    #[serde(default)]
    #[ts(optional)]
    pub request_id: Option<String>,
}

impl Brief {
    /// The keys a brief has, in the order a form shows them.
    pub const KEYS: [&str; 9] = ["business", "tagline", "description", "email", "phone", "address", "primary_color", "accent_color", "font"];

    /// The filled-in values by key.
    pub fn filled(&self) -> BTreeMap<&'static str, &str> {
        let values = [
            &self.business,
            &self.tagline,
            &self.description,
            &self.email,
            &self.phone,
            &self.address,
            &self.primary_color,
            &self.accent_color,
            &self.font,
        ];
        Self::KEYS.into_iter().zip(values).filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key, value.as_str())).collect()
    }
}
