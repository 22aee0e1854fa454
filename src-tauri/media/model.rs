//! What the shells are shown of media: the catalogue, imports, findings.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use crate::error::Error;

/// The catalogue as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MediaListing {
    /// The catalogue's revision, to be given back with a change; none while there is no catalogue.
    pub rev: Option<String>,
    /// The items, with every field they have.
    #[ts(as = "Vec<MediaItem>")]
    pub files: Vec<Value>,
}

/// An item as it stands in `media.json`; a field that is not described here is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct MediaItem {
    /// Its id.
    pub id: String,
    /// The name of its file.
    pub filename: String,
    /// What the file was called where it came from.
    pub original_name: String,
    /// The media type, such as `image/png`.
    #[serde(rename = "type")]
    pub mime: String,
    /// In bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// When it was added, RFC 3339.
    pub uploaded: String,
    /// From the site's root, such as `/uploads/images/a.jpg`.
    pub path: String,
    /// What a person says of it.
    pub metadata: MediaMetadata,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub width: Option<u32>,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub height: Option<u32>,
    /// `about`, `global:header`, `global:theme-settings`.
    pub used_in: Vec<String>,
    /// Smaller pictures of it, by what the size is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sizes: Option<std::collections::BTreeMap<String, MediaSize>>,
}

/// A smaller picture of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MediaSize {
    /// From the site's root.
    pub path: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// What a person says of an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct MediaMetadata {
    /// What the picture shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub alt: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub title: Option<String>,
    /// Its caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub caption: Option<String>,
    /// What must be seen of it wherever it is cropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub focal_point: Option<FocalPoint>,
}

/// A point of a picture, 0 to 1 from the left and from the top.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FocalPoint {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// New metadata of an item; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct MediaChange {
    /// What the picture shows, for who cannot see it.
    #[serde(default)]
    #[ts(optional)]
    pub alt: Option<String>,
    /// Its title.
    #[serde(default)]
    #[ts(optional)]
    pub title: Option<String>,
    /// Its caption.
    #[serde(default)]
    #[ts(optional)]
    pub caption: Option<String>,
    /// The focal point; null takes it away.
    #[serde(default, deserialize_with = "some")]
    #[ts(optional, as = "Option<Option<FocalPoint>>")]
    pub focal_point: Option<Option<FocalPoint>>,
}

/// Tells a null from what was not said.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<FocalPoint>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A place that uses an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MediaUse {
    /// `pages/about`, `global/header`, `theme`, `menus/main`.
    pub document: String,
    /// The document's name for a person.
    pub name: String,
    /// Keys and indices from the document's root to the text.
    pub path: Vec<String>,
    /// The id of the widget it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub widget: Option<String>,
    /// The id of the block it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub block: Option<String>,
}

/// An import, as far as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MediaImport {
    /// Its own id.
    pub id: Uuid,
    /// The demo's id.
    pub demo: Uuid,
    /// Whether it goes on.
    pub state: ImportState,
    /// Files so far.
    pub done: usize,
    /// Files in all.
    pub total: usize,
    /// The file that is worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub current: Option<String>,
    /// Ids of what was added.
    pub added: Vec<String>,
    /// Files whose bytes are there already.
    pub duplicates: Vec<DuplicateFile>,
    /// What could not be taken, and why.
    pub failed: Vec<FailedFile>,
}

/// Whether an import goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Files are worked on.
    Running,
    /// Every file was looked at.
    Done,
    /// It was stopped; what it had added stays.
    Cancelled,
}

/// A file whose bytes are there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DuplicateFile {
    /// The file that was not added.
    pub file: String,
    /// The item that has its bytes.
    pub id: String,
}

/// A file that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FailedFile {
    /// The file.
    pub file: String,
    /// Why.
    pub error: Error,
}

/// Something about a demo's media that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MediaFinding {
    /// What sort of thing it is.
    pub kind: FindingKind,
    /// The item, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub id: Option<String>,
    /// The file, from the site's root.
    pub path: String,
    /// What is wrong, in words.
    pub message: String,
    /// What the repair would do; none when it takes a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub remedy: Option<String>,
}

/// What sort of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An item whose file is not there.
    MissingFile,
    /// A file that no item is about.
    Orphan,
    /// Two items of the same bytes.
    Duplicate,
    /// What the catalogue says of usage is not what the pages say.
    StaleUsage,
    /// A picture without words for who cannot see it.
    MissingAlt,
    /// A smaller picture that is not there.
    MissingSize,
}
