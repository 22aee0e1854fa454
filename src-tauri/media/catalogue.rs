//! `media.json` within a batch: finding items in it, and the edits that change it.
//!
//! It is the user's: what is not understood of an item is left as it is, and an edit touches nothing beside it.

use std::collections::BTreeSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::site::media::{self, CATALOGUE};
use crate::store::splice::{self, Edit};
use crate::store::{Batch, Document, revision};
use crate::workspace::demo as names;

/// The catalogue's array of items.
const FILES: &str = "files";

/// Enough of a catalogue to find an item in it.
#[derive(Debug, Serialize, Deserialize)]
struct Outline {
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "it must be there, whatever is in it")]
    files: Vec<IgnoredAny>,
}

/// All that is understood of a catalogue.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Catalogue {
    #[serde(skip_serializing)]
    pub files: Vec<Entry>,
}

// The catalogue is the user's: it is read as a document of ours is, damage and all, and never stamped.
impl Document for Outline {}
impl Document for Catalogue {}

/// What is understood of an item. What is not as it should be counts as not there: one odd item must not close the whole library.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value")]
pub(super) struct Entry {
    pub id: String,
    pub path: String,
    pub mime: String,
    pub sizes: Value,
    pub used_in: Vec<String>,
    pub metadata: Value,
}

impl From<Value> for Entry {
    fn from(mut item: Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: item["id"].as_str().map_or_else(|| item["id"].to_string(), str::to_owned),
            path: text(&item["path"]),
            mime: text(&item["type"]),
            used_in: item["usedIn"].as_array().into_iter().flatten().filter_map(|place| Some(place.as_str()?.to_owned())).collect(),
            sizes: item.get_mut("sizes").map(Value::take).unwrap_or_default(),
            metadata: item.get_mut("metadata").map(Value::take).unwrap_or_default(),
        }
    }
}

impl Entry {
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
        batch.elements::<Outline>(&name(), FILES)?;
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

/// The index of an item in the catalogue. Costs no walk over all of it when many changes share a hold of the lock.
pub(super) fn find(batch: &mut Batch, id: &str) -> Result<usize> {
    let elements = batch.elements::<Outline>(&name(), FILES)?;
    match elements.map_or(&[][..], |elements| elements.find(id)) {
        [] => Err(not_found(id)),
        [index] => Ok(*index),
        [first, second, ..] => Err(Error::new(
            Code::Corrupt,
            format!(
                "Two media items have the id {id} (entries {} and {} of media.json). Nothing was changed; give one of them another id.",
                first + 1,
                second + 1
            ),
        )),
    }
}

/// Makes edits, whose paths begin at the item, in one item.
pub(super) fn edit(batch: &mut Batch, index: usize, edits: &[Edit]) -> Result<()> {
    batch.edit_element::<Outline>(&name(), FILES, index, edits)
}

/// An edit within an item: a value set, or taken away.
pub(super) fn set(path: &[&str], value: Option<Value>) -> Edit {
    Edit { path: path.iter().copied().map(str::to_owned).collect(), value }
}

/// Adds items at the end, making the catalogue if there is none.
pub(super) fn append(batch: &mut Batch, items: Vec<Value>) -> Result<()> {
    match batch.text(&name())? {
        Some(text) => batch.set_text(&name(), splice::append(&text, &[FILES], &items)?),
        None => batch.set_text(&name(), media::catalogue(items)),
    }
}

/// Takes items out.
pub(super) fn take_out(batch: &mut Batch, indices: &BTreeSet<usize>) -> Result<()> {
    match batch.text(&name())? {
        Some(text) => batch.set_text(&name(), splice::take_out(&text, &[FILES], indices)?),
        None => Ok(()),
    }
}

/// Puts items back in their places, each as it stood in the text.
pub(super) fn put_back(batch: &mut Batch, items: &[(usize, String)]) -> Result<()> {
    match batch.text(&name())? {
        Some(text) => batch.set_text(&name(), splice::put_back(&text, &[FILES], items)?),
        None if items.is_empty() => Ok(()),
        None => batch.set_text(&name(), splice::put_back(&media::catalogue(Vec::new()), &[FILES], items)?),
    }
}

/// The text of one item as it stands in the batch.
pub(super) fn text(batch: &mut Batch, index: usize) -> Result<String> {
    let elements = batch.elements::<Outline>(&name(), FILES)?;
    Ok(elements.and_then(|elements| elements.get(index)).unwrap_or("null").to_owned())
}

/// There is no item of this id.
pub(super) fn not_found(id: &str) -> Error {
    Error::new(Code::NotFound, format!("There is no media item {id}. “backlot media list” shows those there are."))
}

/// One item as it stands in the batch.
pub(super) fn shown(batch: &mut Batch, index: usize) -> Result<Value> {
    let elements = batch.elements::<Outline>(&name(), FILES)?;
    let item = elements.and_then(|elements| elements.get(index)).unwrap_or("null");
    serde_json::from_str(item)
        .map_err(|cause| Error::new(Code::Corrupt, format!("An entry of media.json cannot be understood ({cause}). Nothing was changed.")))
}

/// What is understood of one item as it stands in the batch.
pub(super) fn entry(batch: &mut Batch, index: usize) -> Result<Entry> {
    shown(batch, index).map(Entry::from)
}
