//! Media items: files under `uploads/`, described in `uploads/media.json`.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::name;
use crate::store::splice::Edit;

/// The document that lists the media, from the site's root.
pub const CATALOGUE: &str = "uploads/media.json";

/// Names for a file in its folder, the first free one of which it gets: plain letters, digits and hyphens.
pub fn names(original: &str, extension: &str) -> impl Iterator<Item = String> {
    let stem = name::stem(original);
    (1_u32..).map(move |number| if number == 1 { format!("{stem}.{extension}") } else { format!("{stem}-{number}.{extension}") })
}

/// What is to be said of a new file in the catalogue.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// The media type.
    pub mime: &'a str,
    /// Its folder, from the site's root.
    pub folder: &'a str,
    /// What it is kept as.
    pub filename: &'a str,
    /// What it was called where it came from.
    pub original: &'a str,
    /// Its bytes.
    pub size: u64,
    /// An image's width and height in pixels.
    pub dimensions: Option<(u32, u32)>,
    /// An image's variants, as the catalogue has them.
    pub sizes: Value,
}

/// A new item of the catalogue.
pub fn item(id: Uuid, new: &New<'_>, now: Timestamp) -> Value {
    let mut item = json!({
        "id": id,
        "filename": new.filename,
        "originalName": name::shown(new.original),
        "type": new.mime,
        "size": new.size,
        "uploaded": now.to_string(),
        "path": format!("/{}/{}", new.folder, new.filename),
        "metadata": {"alt": "", "title": "", "caption": ""},
        "usedIn": [],
    });
    if let Some((width, height)) = new.dimensions {
        item["width"] = width.into();
        item["height"] = height.into();
        item["sizes"] = new.sizes.clone();
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
