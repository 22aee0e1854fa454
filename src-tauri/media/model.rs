//! What the shells are shown of media: the catalogue, imports, findings.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use crate::error::Error;

pub use super::note::{ImportNote, NoteEffect, NoteSubject};

/// The catalogue as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema, TS)]
#[ts(export)]
pub struct MediaListing {
    /// The catalogue's revision, to be given back with a change; none while there is no catalogue.
    pub rev: Option<String>,
    /// The items, with every field they have.
    #[ts(as = "Vec<MediaItem>")]
    pub files: Vec<Value>,
    /// What takes back the change that this is the answer to, where that can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<String>,
    /// What the change did to the file that was put in place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<_>", optional)]
    pub notes: Vec<ImportNote>,
    /// What a person should look at after the change that this is the answer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub warnings: Vec<String>,
}

/// An item as it stands in `media.json`; a field that is not described here is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct FocalPoint {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// New metadata of an item; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema, TS)]
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
    #[serde(default)]
    #[ts(as = "Option<FocalPoint>", optional = nullable)]
    #[schemars(with = "Option<FocalPoint>")]
    pub focal_point: FocalChange,
}

/// What becomes of a focal point. In JSON a point sets it, null takes it away, and nothing leaves it as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum FocalChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Clear,
    /// It is this one.
    Set(FocalPoint),
}

impl<'de> Deserialize<'de> for FocalChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|point| point.map_or(Self::Clear, Self::Set))
    }
}

/// A place that uses an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct MediaUse {
    /// `pages/about`, `global/header`, `theme`, `menus/main`; the path of a file that is no document: `assets/site.css`.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
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
    /// What was removed from files that were added, kept in them, or repaired. Empty until the import has ended.
    pub notes: Vec<NotedFile>,
}

/// Whether an import goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct DuplicateFile {
    /// The file that was not added.
    pub file: String,
    /// The item that has its bytes.
    pub id: String,
}

/// A file that was added, and what the import did to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct NotedFile {
    /// The file that was imported.
    pub file: String,
    /// Its item.
    pub id: String,
    /// What was done; at least one note.
    pub notes: Vec<ImportNote>,
}

/// A file that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct FailedFile {
    /// The file.
    pub file: String,
    /// Why.
    pub error: Error,
}

/// Something about a demo's media that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
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
    /// A file that is of another kind than the catalogue says, such as a pointer of Git LFS.
    WrongContents,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_tells_a_null_from_what_was_not_said() {
        let point = |change: Value| serde_json::from_value::<MediaChange>(change).unwrap().focal_point;
        assert_eq!(point(json!({"alt": "x"})), FocalChange::Keep);
        assert_eq!(point(json!({"focalPoint": null})), FocalChange::Clear);
        assert_eq!(point(json!({"focalPoint": {"x": 0.5, "y": 1}})), FocalChange::Set(FocalPoint { x: 0.5, y: 1.0 }));
    }

    #[test]
    fn what_the_window_is_told_is_written_as_its_door_says() {
        let failed = FailedFile { file: "/a".to_owned(), error: Error::new(crate::error::Code::DiskFull, "full") };
        let import = MediaImport {
            id: Uuid::nil(),
            demo: Uuid::nil(),
            state: ImportState::Running,
            done: 1,
            total: 2,
            current: None,
            added: vec!["x".to_owned()],
            duplicates: vec![DuplicateFile { file: "/b".to_owned(), id: "y".to_owned() }],
            failed: vec![failed],
            notes: vec![NotedFile { file: "/c".to_owned(), id: "x".to_owned(), notes: vec![ImportNote::removed(NoteSubject::Location)] }],
        };
        let nil = Uuid::nil().to_string();
        assert_eq!(
            serde_json::to_value(import).unwrap(),
            json!({"id": nil, "demo": nil, "state": "running", "done": 1, "total": 2, "added": ["x"], "duplicates": [{"file": "/b", "id": "y"}],
                "failed": [{"file": "/a", "error": {"code": "DiskFull", "message": "full"}}],
                "notes": [{"file": "/c", "id": "x", "notes": [
                    {"effect": "removed", "subject": "location", "message": "Removed the location."}]}]})
        );
        let finding =
            MediaFinding { kind: FindingKind::StaleUsage, id: None, path: "/uploads/a".to_owned(), message: "m".to_owned(), remedy: None };
        assert_eq!(serde_json::to_value(finding).unwrap(), json!({"kind": "stale_usage", "path": "/uploads/a", "message": "m"}));
        let item = json!({"id": "a", "filename": "a.jpg", "originalName": "A.jpg", "type": "image/jpeg", "size": 1, "uploaded": "2026-01-01T00:00:00Z",
            "path": "/uploads/images/a.jpg", "metadata": {"alt": "", "focalPoint": {"x": 0.5, "y": 0.5}}, "width": 2, "height": 1,
            "usedIn": ["about"], "sizes": {"thumb": {"path": "/uploads/images/a-thumb.jpg", "width": 1, "height": 1}}});
        assert_eq!(serde_json::to_value(serde_json::from_value::<MediaItem>(item.clone()).unwrap()).unwrap(), item);
    }
}
