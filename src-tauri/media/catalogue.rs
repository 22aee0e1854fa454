//! `media.json` within a batch: finding items in it, and the edits that change it.
//!
//! It is the user's: what is not understood of an item is left as it is, and an edit touches nothing beside it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::site::media::{self, CATALOGUE};
use crate::store::splice::{self, Edit};
use crate::store::{Batch, Document, revision};
use crate::workspace::demo as names;

/// What must be known of a catalogue to find an item in it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Catalogue {
    pub files: Vec<Entry>,
}

/// What must be known of an item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    id: Value,
    #[serde(default, deserialize_with = "lenient")]
    pub path: String,
    #[serde(default, deserialize_with = "lenient", rename = "type")]
    pub mime: String,
    #[serde(default)]
    pub sizes: Value,
    #[serde(default, deserialize_with = "lenient")]
    pub width: Option<u32>,
    #[serde(default, deserialize_with = "lenient", rename = "usedIn")]
    pub used_in: Vec<String>,
    #[serde(default)]
    pub metadata: Value,
}

/// What is not as it should be counts as not there: one odd item must not close the whole library.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

// The catalogue is the user's: it is read as a document of ours is, damage and all, and never stamped.
impl Document for Catalogue {}

impl Entry {
    /// Its id, whatever JSON it is.
    pub fn id(&self) -> String {
        match &self.id {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        }
    }

    /// Its variants: what the size is called, and the path.
    pub fn variants(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sizes.as_object().into_iter().flatten().filter_map(|(name, size)| Some((name.as_str(), size["path"].as_str()?)))
    }

    /// Every path of it that a page may refer to: its own, and those of its variants.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.path.as_str()).chain(self.variants().map(|(_, path)| path))
    }
}

/// The catalogue's name in the demo's store.
pub(super) fn name() -> String {
    format!("{}/{CATALOGUE}", names::SITE)
}

/// The name in the demo's store of a path such as `/uploads/images/a.jpg`; none for one that leads elsewhere.
pub(super) fn stored(path: &str) -> Option<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let is_plain = path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains(['\\', '\0']);
    (path.starts_with("uploads/") && path != CATALOGUE && is_plain).then(|| format!("{}/{path}", names::SITE))
}

/// Everything in the catalogue; nothing if there is none.
pub(super) fn read(batch: &mut Batch) -> Result<Vec<Entry>> {
    Ok(batch.read::<Catalogue>(&name())?.map(|listed| listed.files).unwrap_or_default())
}

/// Refuses when the catalogue is of another revision than was seen.
pub(super) fn expect(batch: &mut Batch, rev: Option<&str>) -> Result<()> {
    if let Some(expected) = rev {
        let found = batch.text(&name())?.map(|text| revision(&text));
        if found.as_deref() != Some(expected) {
            return Err(Error::new(
                Code::Conflict,
                "The media were changed by somebody else since you looked. Nothing was changed; look again and repeat.",
            )
            .field("expect_rev"));
        }
    }
    Ok(())
}

/// The place of an item among the entries.
pub(super) fn find<'a>(entries: &'a [Entry], id: &str) -> Result<(usize, &'a Entry)> {
    let mut found = entries.iter().enumerate().filter(|(_, entry)| entry.id() == id);
    let item = found
        .next()
        .ok_or_else(|| Error::new(Code::NotFound, format!("There is no media item {id}. “backlot media list” shows those there are.")))?;
    if let Some((second, _)) = found.next() {
        return Err(Error::new(
            Code::Corrupt,
            format!(
                "Two media items have the id {id} (entries {} and {} of media.json). Nothing was changed; give one of them another id.",
                item.0 + 1,
                second + 1
            ),
        ));
    }
    Ok(item)
}

/// Sets one field of an item, or takes it away.
pub(super) fn set(index: usize, path: &[&str], value: Option<Value>) -> Edit {
    let path = ["files", &index.to_string()].into_iter().chain(path.iter().copied()).map(str::to_owned).collect();
    Edit { path, value }
}

/// Adds items at the end, making the catalogue if there is none.
pub(super) fn append(batch: &mut Batch, items: Vec<Value>) -> Result<()> {
    match batch.text(&name())? {
        Some(text) => batch.set_text(&name(), splice::append(&text, &["files"], &items)?),
        None => batch.set_text(&name(), media::catalogue(items)),
    }
}

/// One item as it stands in the batch.
pub(super) fn shown(batch: &mut Batch, index: usize) -> Result<Value> {
    let text = batch.text(&name())?.unwrap_or_default();
    Ok(splice::get(&text, &["files", &index.to_string()]).and_then(|item| serde_json::from_str(item).ok()).unwrap_or_default())
}
