//! Media items: files under `uploads/`, described in `uploads/media.json`.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::store::splice::Edit;

/// The document that lists the media, from the site's root.
pub const CATALOGUE: &str = "uploads/media.json";

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    mime: String,
    folder: &'static str,
}

impl Kind {
    /// The media type, such as `image/png`.
    pub fn mime(&self) -> &str {
        &self.mime
    }

    /// The folder for files of this kind, from the site's root.
    pub fn folder(&self) -> String {
        format!("uploads/{}", self.folder)
    }
}

/// What a file is, by its first bytes; its name is only asked where those cannot tell.
pub fn sniff(file: &Path) -> Kind {
    let kind = |mime: &str, folder| Kind { mime: mime.to_owned(), folder };
    if let Ok(Some(found)) = infer::get_from_path(file) {
        let folder = match found.matcher_type() {
            infer::MatcherType::Image => "images",
            infer::MatcherType::Video => "videos",
            infer::MatcherType::Audio => "audios",
            _ => "files",
        };
        // infer takes an SVG with an XML declaration for XML.
        if found.mime_type() != "text/xml" {
            return kind(found.mime_type(), folder);
        }
    }
    match file.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("svg") => kind("image/svg+xml", "images"),
        Some("txt" | "md") => kind("text/plain", "files"),
        Some("csv") => kind("text/csv", "files"),
        _ => kind("application/octet-stream", "files"),
    }
}

/// Names for a file in its folder, the first free one of which it gets: plain letters, digits and hyphens.
pub fn names(file: &Path) -> impl Iterator<Item = String> {
    let extension = file.extension().map(|kind| slug::slugify(kind.to_string_lossy())).filter(|kind| !kind.is_empty());
    let mut stem = file
        .file_stem()
        .map(|stem| slug::slugify(stem.to_string_lossy()))
        .filter(|stem| !stem.is_empty())
        .unwrap_or_else(|| "file".to_owned());
    // A name of 255 bytes is the longest that file systems take; a suffix must fit too.
    stem.truncate(100);
    (1_u32..).map(move |number| {
        let stem = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        extension.as_ref().map_or_else(|| stem.clone(), |extension| format!("{stem}.{extension}"))
    })
}

/// A new item of the catalogue for the file `original`, kept as `filename`; `dimensions` are an image's width and height in pixels.
pub fn item(kind: &Kind, original: &Path, filename: &str, size: u64, dimensions: Option<(usize, usize)>, now: Timestamp) -> Value {
    let original = original.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut item = json!({
        "id": Uuid::now_v7(),
        "filename": filename,
        "originalName": original,
        "type": kind.mime,
        "size": size,
        "uploaded": now.to_string(),
        "path": format!("/{}/{filename}", kind.folder()),
        "metadata": {"alt": "", "title": "", "caption": ""},
        "usedIn": [],
    });
    if let Some((width, height)) = dimensions {
        item["width"] = width.into();
        item["height"] = height.into();
        item["sizes"] = json!({});
    }
    item
}

/// The edits that add items to the end of a catalogue.
pub fn appended(items: Vec<Value>) -> Vec<Edit> {
    items.into_iter().map(|item| Edit { path: vec!["files".to_owned(), "-".to_owned()], value: Some(item) }).collect()
}

/// A catalogue of these items, for a site that had none.
pub fn catalogue(items: Vec<Value>) -> String {
    let mut text = serde_json::to_string_pretty(&json!({ "files": items })).unwrap_or_default();
    text.push('\n');
    text
}
