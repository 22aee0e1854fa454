//! What a demo is, as it stands on disk and as it crosses an edge.

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

pub use super::warning::{DemoWarning, WarningCode};
use crate::error::Error;
use crate::progress::Progress;
use crate::store::Document;
use crate::workspace::FolderId;

/// `demo.json`: who a demo is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Demo {
    /// The document's schema; 0 before it is written.
    #[serde(default)]
    #[ts(type = "number")]
    pub schema: u64,
    /// Counts the document's changes; 0 before it is written.
    #[serde(default)]
    #[ts(type = "number")]
    pub rev: u64,
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
    /// A rename that has not reached the folder yet, or just did; see [`Demo::settle`]. Never part of what is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    #[schemars(skip)]
    pub moving: Option<Moving>,
    /// The folder that has this id: in a copy of the folder it is another one. None in a document of an older Backlot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    #[schemars(skip)]
    pub folder_id: Option<FolderId>,
}

/// What a rename will make of a demo. It is written before the folder gets its new name and takes effect by that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    /// The folder's new name.
    pub slug: String,
    /// The demo's new name.
    pub name: String,
}

impl Demo {
    /// Applies a rename if the folder has its new name, and forgets it otherwise: the folder's name is what commits a rename.
    pub(super) fn settle(&mut self, folder: &str) {
        if let Some(Moving { slug, name }) = self.moving.take()
            && slug == folder
        {
            (self.slug, self.name) = (slug, name);
        }
    }
}

/// What is known of the business a demo is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
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

impl Document for Demo {}

impl Document for Status {}

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Status {
    /// The document's schema; 0 before it is written.
    #[serde(default)]
    #[ts(type = "number")]
    pub schema: u64,
    /// Counts the document's changes; 0 before it is written.
    #[serde(default)]
    #[ts(type = "number")]
    pub rev: u64,
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

impl Status {
    /// A state that begins now.
    pub fn new(state: State, message: impl Into<String>, updated_at: Timestamp) -> Self {
        Self { schema: 0, rev: 0, state, message: message.into(), updated_at }
    }
}

/// A demo with its state, as lists, replies and events carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
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

impl DemoView {
    /// Whether every word of `search` is in the name, the slug, the template or a tag, whatever their case.
    pub fn matches(&self, search: &str) -> bool {
        let Demo { name, slug, template, tags, .. } = &self.demo;
        let hay = [name.as_str(), slug, &template.key, &template.url]
            .into_iter()
            .chain(tags.iter().map(String::as_str))
            .map(str::to_lowercase)
            .collect::<Vec<_>>();
        search.to_lowercase().split_whitespace().all(|word| hay.iter().any(|text| text.contains(word)))
    }
}

/// What is asked for when a demo is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
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
    /// Whether the submodules are fetched as well, since where they come from is trusted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub submodules: bool,
    /// Makes the request idempotent: the same id gives the same demo. One is made when there is none.
    #[serde(default)]
    #[ts(optional)]
    pub request_id: Option<String>,
}

impl Brief {
    /// The keys a brief has, in the order a form shows them.
    pub const KEYS: [&str; 9] =
        ["business", "tagline", "description", "email", "phone", "address", "primary_color", "accent_color", "font"];

    /// Every value by key, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut String)> {
        let values = [
            &mut self.business,
            &mut self.tagline,
            &mut self.description,
            &mut self.email,
            &mut self.phone,
            &mut self.address,
            &mut self.primary_color,
            &mut self.accent_color,
            &mut self.font,
        ];
        Self::KEYS.into_iter().zip(values)
    }

    /// The filled-in values by key.
    pub fn filled(&self) -> Vec<(&'static str, String)> {
        self.clone().values_mut().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key, std::mem::take(value))).collect()
    }
}
