//! What a template is, as it stands on disk and as it crosses an edge.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::Error;
use crate::git::damaged_branch;
use crate::store::Document;

/// Where a template comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It came with Backlot.
    Starter,
    /// A repository on this machine.
    Path,
    /// A repository elsewhere.
    Url,
}

/// `template.json`, and how a template crosses an edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Template {
    /// Its name in commands, and its folder's name.
    pub key: String,
    /// What a person calls it.
    pub name: String,
    /// One line about it.
    #[serde(default)]
    pub description: String,
    /// Where it comes from.
    pub kind: Kind,
    /// Its URL or absolute path, or `starter:<key>`.
    pub url: String,
    /// The branch that is cloned when none is named; empty for a starter that was never used.
    #[serde(default)]
    pub branch: String,
    /// That branch's commit in the mirror; empty for a starter that was never used.
    #[serde(default)]
    pub commit: String,
    /// When it was added; none for a starter that was never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub added_at: Option<Timestamp>,
    /// When its mirror was last brought up to date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub refreshed_at: Option<Timestamp>,
    /// The full names of branches and tags that the mirror does not have, since an object of theirs is missing in the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub left_out: Vec<String>,
    /// Which version of a starter's files its mirror holds, as their hash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(skip)]
    pub contents: String,
}

impl Document for Template {}

impl Template {
    /// Why a branch is not in the mirror: it is damaged in the source, or as `error` says.
    pub(super) fn explain_missing(&self, branch: &str, error: Error) -> Error {
        let is_damaged = self.left_out.iter().any(|name| name.strip_prefix("refs/heads/") == Some(branch));
        if is_damaged { damaged_branch(&self.url, branch) } else { error }
    }
}
