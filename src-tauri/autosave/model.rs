//! What the window is told of documents that are being edited.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use crate::error::Error;
use crate::store::splice;

/// Where an edited document stands with the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SaveState {
    /// Everything is on the disk.
    Saved {
        /// When it was last saved here; none if nothing was changed yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "string")]
        at: Option<Timestamp>,
    },
    /// There are edits that wait to be saved.
    Unsaved,
    /// They are being saved.
    Saving,
    /// Somebody else changed the same on the disk.
    Conflict,
    /// They could not be saved; it is tried again by itself, and when asked to.
    Failed {
        /// Why.
        error: Error,
    },
}

/// One change: a value set at a path of keys and indices, or removed when there is none.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, TS)]
#[ts(export, rename = "DocumentEdit")]
pub struct EditView {
    /// Keys and indices from the root.
    pub path: Vec<String>,
    /// The new value; none removes what is there. (`null` is a value.)
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub value: Option<Value>,
}

impl From<splice::Edit> for EditView {
    fn from(edit: splice::Edit) -> Self {
        Self { path: edit.path, value: edit.value }
    }
}

/// A document as it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct OpenDocument {
    /// The demo.
    pub demo: Uuid,
    /// The document's name, such as `pages/about`.
    pub document: String,
    /// Counts the changes.
    #[ts(type = "number")]
    pub version: u64,
    /// The document as JSON; none when it is edited as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub content: Option<Value>,
    /// Its text.
    pub text: String,
    /// What is on the disk, as it was last seen; none if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub saved: Option<String>,
    /// Why it is edited as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<String>,
    /// What was typed as its text and is no JSON yet; it is no part of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unfinished: Option<String>,
    /// Where it stands with the disk.
    pub save: SaveState,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to do again.
    pub can_redo: bool,
}

/// What a change did.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct Edited {
    /// The document's version after it.
    #[ts(type = "number")]
    pub version: u64,
    /// The edits that bring what is shown to what is there.
    pub edits: Vec<EditView>,
    /// The id of the widget or block that is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub added: Option<String>,
    /// Where the document stands with the disk.
    pub save: SaveState,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to do again.
    pub can_redo: bool,
}

/// Two changes of one document that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(export)]
pub struct Conflict {
    /// What both began with; none if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub base: Option<String>,
    /// The text with the edits made here.
    pub mine: String,
    /// What is on the disk; none if somebody removed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub theirs: Option<String>,
    /// Where both changed something.
    pub paths: Vec<Vec<String>>,
}

/// Edits of a process that ended before they were saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(export)]
pub struct Draft {
    /// Names it to apply or discard it.
    pub id: String,
    /// The document's name.
    pub document: String,
    /// When the last of them was made.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The text with the edits.
    pub mine: String,
    /// What is on the disk now; none if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub theirs: Option<String>,
    /// Whether they can be applied without undoing what is on the disk.
    pub merges: bool,
    /// Whether it is a text that is no JSON yet: it cannot be applied, only taken up again.
    pub unfinished: bool,
}

/// A demo with edits of processes that ended before they were saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(export)]
pub struct LeftDrafts {
    /// The demo.
    pub demo: Uuid,
    /// How many documents have such edits.
    pub documents: usize,
}

/// A document whose version or state changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct DocumentStanding {
    /// The demo.
    pub demo: Uuid,
    /// The document's name.
    pub document: String,
    /// Its version now.
    #[ts(type = "number")]
    pub version: u64,
    /// Where it stands with the disk.
    pub save: SaveState,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to do again.
    pub can_redo: bool,
}
