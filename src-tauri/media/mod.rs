//! Media: the files a demo's pages show, and the catalogue that describes them.
//!
//! What must always hold:
//! - A file and its entry in the catalogue come and go together, in one transaction.
//! - An edit of the catalogue is cut into its text: what it does not touch keeps every byte.
//! - Usage is what a scan of the site's documents finds, never what somebody remembered.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::site::media::{self, CATALOGUE};
use crate::site::usage;
use crate::store::splice::Edit;
use crate::store::{Batch, Document, Store, copy_hashed, revision};
use crate::workspace::{Workspace, demo as names};

/// The media of one demo.
#[derive(Debug, Clone)]
pub struct Media {
    folder: PathBuf,
    store: Store,
    clock: Clock,
}

/// The catalogue as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listing {
    /// The catalogue's revision, to be given back with a change; none while there is no catalogue.
    pub rev: Option<String>,
    /// The items, with every field they have.
    pub files: Vec<Value>,
}

/// New metadata of an item; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// What the picture shows, for who cannot see it.
    pub alt: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its caption.
    pub caption: Option<String>,
}

/// The catalogue's array of items.
const FILES: &str = "files";

/// What must be known of a catalogue to find an item in it.
#[derive(Debug, Serialize, Deserialize)]
struct Catalogue {
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    id: Value,
    #[serde(default)]
    path: String,
    #[serde(default)]
    sizes: Value,
    #[serde(default, rename = "usedIn")]
    used_in: Vec<String>,
}

// The catalogue is the user's: it is read as a document of ours is, damage and all, and never stamped.
impl Document for Catalogue {}

impl Media {
    /// The media of the demo `id` in `folder`.
    pub fn new(workspace: &Workspace, folder: &Path, id: Uuid, clock: Clock) -> Self {
        Self { folder: folder.to_owned(), store: Store::of_demo(workspace, folder, id), clock }
    }

    /// Every item.
    ///
    /// # Errors
    /// `Corrupt` if the catalogue cannot be understood and no good copy is kept.
    pub fn list(&self) -> Result<Listing> {
        let text = match self.store.read::<Catalogue>(&catalogue())? {
            Some(_) => self.store.text(&catalogue())?,
            None => None,
        };
        let Some(text) = text else { return Ok(Listing { rev: None, files: Vec::new() }) };
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        Ok(Listing { rev: Some(revision(&text)), files: document["files"].as_array().cloned().unwrap_or_default() })
    }

    /// The catalogue's revision; none while there is no catalogue.
    ///
    /// # Errors
    /// `Corrupt` if it is not text; `NotWritable` or `Io`.
    pub fn revision(&self) -> Result<Option<String>> {
        Ok(self.store.text(&catalogue())?.map(|text| revision(&text)))
    }

    /// Changes an item's metadata. With `expect_rev` only if the catalogue is still of that revision.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the catalogue was changed since; `Corrupt`, also when two items have that id.
    pub fn set(&self, id: &str, metadata: &Metadata, expect_rev: Option<&str>) -> Result<Listing> {
        let (item, committed) = self.store.transact_told("change a media item", |batch| {
            let index = find(batch, id, expect_rev)?;
            let fields = [("alt", &metadata.alt), ("title", &metadata.title), ("caption", &metadata.caption)];
            let edits: Vec<Edit> = fields
                .into_iter()
                .filter_map(|(field, value)| {
                    Some(Edit { path: vec!["metadata".to_owned(), field.to_owned()], value: Some(value.as_ref()?.as_str().into()) })
                })
                .collect();
            batch.edit_element::<Catalogue>(&catalogue(), FILES, index, &edits)?;
            shown(batch, index)
        })?;
        // Not that of this change alone: others may share its write, and what it saw in between was never on disk.
        Ok(Listing { rev: committed.revision(&catalogue()).map(str::to_owned), files: vec![item] })
    }

    /// Copies files into the demo and lists them, all of them or none.
    ///
    /// # Errors
    /// `InvalidInput` naming a file that is not there or no file; `DiskFull`, `NotWritable` or `Io`; `Corrupt`.
    pub fn add(&self, files: &[PathBuf]) -> Result<Listing> {
        // The long part, without the lock: copied and synced beside their place.
        let staging = self.store.stage()?;
        let mut copies = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let metadata = fs::metadata(file).map_err(|cause| unusable(file, &cause))?;
            if !metadata.is_file() {
                return Err(Error::new(Code::InvalidInput, format!("{} is not a file. Nothing was added.", file.display())).field("files"));
            }
            let copy = staging.path().join(number.to_string());
            let (size, hash) = copy_hashed(file, &copy).map_err(|cause| {
                if cause.kind() == io::ErrorKind::NotFound { unusable(file, &cause) } else { Error::io("copy the file", &copy, &cause) }
            })?;
            let dimensions = imagesize::size(&copy).ok().map(|size| (size.width, size.height));
            copies.push((file, copy, size, hash, dimensions));
        }
        let (items, committed) = self.store.transact_told("add media", |batch| {
            batch.read::<Catalogue>(&catalogue())?;
            let mut items = Vec::new();
            for (file, copy, size, hash, dimensions) in &copies {
                let kind = media::sniff(file);
                let place = |name: &str| format!("{}/{}/{name}", names::SITE, kind.folder());
                let name = media::names(file).find(|name| !batch.exists(&place(name))).unwrap_or_default();
                batch.adopt(&place(&name), copy, hash)?;
                items.push(media::item(&kind, file, &name, *size, *dimensions, self.clock.now()));
            }
            match batch.text(&catalogue())? {
                Some(_) => batch.edit(&catalogue(), &media::appended(items.clone()))?,
                None => batch.set_text(&catalogue(), media::catalogue(items.clone()))?,
            }
            Ok(items)
        })?;
        Ok(Listing { rev: committed.revision(&catalogue()).map(str::to_owned), files: items })
    }

    /// Scans the site's documents and notes in the catalogue where each item is used. Answers with the whole catalogue.
    ///
    /// # Errors
    /// `Corrupt`, `NotWritable` or `Io`.
    pub fn usage(&self) -> Result<Listing> {
        let usages = usage::scan(&self.folder.join(names::SITE));
        self.store.transact("note where media are used", |batch| {
            let Some(listed) = batch.read::<Catalogue>(&catalogue())? else { return Ok(()) };
            let edits = listed.files.iter().enumerate().filter_map(|(index, entry)| {
                let used_in = usages.of(&entry.path, &entry.sizes);
                let path = ["files", &index.to_string(), "usedIn"].map(str::to_owned).to_vec();
                (used_in != entry.used_in).then(|| Edit { path, value: Some(used_in.into()) })
            });
            let edits: Vec<Edit> = edits.collect();
            batch.edit(&catalogue(), &edits)
        })?;
        self.list()
    }

    /// Removes an item and its file.
    ///
    /// # Errors
    /// `NotFound`; `InUse` naming the places, unless `even_if_used`; `Corrupt`.
    pub fn remove(&self, id: &str, even_if_used: bool) -> Result<()> {
        let usages = usage::scan(&self.folder.join(names::SITE));
        self.store.transact("remove a media item", |batch| {
            let index = find(batch, id, None)?;
            let entry: Entry = serde_json::from_value(shown(batch, index)?).map_err(|cause| not_understood(&cause))?;
            let used_in = usages.of(&entry.path, &entry.sizes);
            if !used_in.is_empty() && !even_if_used {
                return Err(Error::new(
                    Code::InUse,
                    format!("{} is used in {}. It was left as it is; take it out there first.", entry.path, used_in.join(", ")),
                ));
            }
            batch.edit(&catalogue(), &[Edit { path: vec!["files".to_owned(), index.to_string()], value: None }])?;
            // Only a file of the site's own: a path that leads elsewhere is not followed.
            match entry.path.strip_prefix('/') {
                Some(path) if path.starts_with("uploads/") && !path.split('/').any(|part| part == ".." || part.is_empty()) => {
                    batch.remove(&format!("{}/{path}", names::SITE))
                }
                _ => Ok(()),
            }
        })
    }
}

fn catalogue() -> String {
    format!("{}/{CATALOGUE}", names::SITE)
}

/// The index of an item in the catalogue.
fn find(batch: &mut Batch, id: &str, expect_rev: Option<&str>) -> Result<usize> {
    if let Some(expected) = expect_rev {
        batch.read::<Catalogue>(&catalogue())?;
        let found = batch.text(&catalogue())?.map(|text| revision(&text));
        if found.as_deref() != Some(expected) {
            return Err(Error::new(
                Code::Conflict,
                "The media were changed by somebody else since you looked. Nothing was changed; look again and repeat.",
            )
            .field("expect_rev"));
        }
    }
    let elements = batch.elements::<Catalogue>(&catalogue(), FILES)?;
    match elements.map_or(&[][..], |elements| elements.find(id)) {
        [] => Err(Error::new(Code::NotFound, format!("There is no media item {id}. “backlot media list” shows those there are."))),
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

/// One item as it stands in the batch.
fn shown(batch: &mut Batch, index: usize) -> Result<Value> {
    let elements = batch.elements::<Catalogue>(&catalogue(), FILES)?;
    let item = elements.and_then(|elements| elements.get(index)).unwrap_or("null");
    serde_json::from_str(item).map_err(|cause| not_understood(&cause))
}

fn not_understood(cause: &serde_json::Error) -> Error {
    Error::new(Code::Corrupt, format!("An entry of media.json cannot be understood ({cause}). Nothing was changed."))
}

fn unusable(file: &Path, cause: &io::Error) -> Error {
    let why = if cause.kind() == io::ErrorKind::NotFound { "is not there" } else { "cannot be read" };
    Error::new(Code::InvalidInput, format!("{} {why}. Nothing was added.", file.display())).field("files")
}
