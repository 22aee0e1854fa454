//! Media: the files a demo's pages show, and the catalogue that describes them.
//!
//! What must always hold:
//! - A file and its entry in the catalogue come and go together, in one transaction.
//! - An edit of the catalogue is cut into its text: what it does not touch keeps every byte.
//! - Usage is what a scan of the site finds, never what somebody remembered. In doubt a file is used.
//! - What comes from outside is hostile until shown otherwise: told by its bytes, limited before it is decoded, cleaned.
//! - Nothing is read or written through a link.

mod catalogue;
mod change;
mod container;
mod doctor;
mod frames;
mod hashes;
mod import;
mod in_use;
mod limits;
pub mod model;
mod note;
mod picture;
mod place;
mod prepare;
mod sniff;
mod source;
mod svg;
mod thumbnail;
mod trash;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;
use crate::site::media::CATALOGUE;
use crate::site::sizes::{self, Size};
use crate::site::{file, input, usage};
use crate::store::disk;
use crate::store::splice::Edit;
use crate::store::{self, Batch, Store, revision};
use crate::workspace::{Workspace, demo as names};
use catalogue::{Catalogue, Entry};
pub use import::OnImport;
use model::{FocalChange, FocalPoint, MediaChange, MediaListing};
pub use thumbnail::{MediaFile, Thumbnail, small_jpeg};

/// The media of one demo.
#[derive(Debug, Clone)]
pub struct Media {
    workspace: Workspace,
    folder: PathBuf,
    id: Uuid,
    store: Store,
    clock: Clock,
}

impl Media {
    /// The media of the demo `id` in `folder`.
    pub fn new(workspace: &Workspace, folder: &Path, id: Uuid, clock: Clock) -> Self {
        Self { workspace: workspace.clone(), folder: folder.to_owned(), id, store: Store::of_demo(workspace, folder, id), clock }
    }

    /// The demo's id.
    pub fn demo(&self) -> Uuid {
        self.id
    }

    /// Every item.
    ///
    /// # Errors
    /// `Corrupt` if the catalogue cannot be understood and no good copy is kept.
    pub fn list(&self) -> Result<MediaListing> {
        self.check_catalogue()?;
        let text = match self.store.read::<Catalogue>(&catalogue::name())? {
            Some(_) => self.store.text(&catalogue::name())?,
            None => None,
        };
        let Some(text) = text else { return Ok(MediaListing::default()) };
        let document: Value = store::json::parse(&text).unwrap_or_default();
        let files = document["files"].as_array().into_iter().flatten().cloned().map(shown).collect();
        Ok(MediaListing { rev: Some(revision(&text)), files, ..MediaListing::default() })
    }

    /// Changes an item's metadata. With `expect_rev` only if the catalogue is still of that revision.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the catalogue was changed since; `InvalidInput` for a focal point outside the picture; `Corrupt`,
    /// also when two items have that id.
    pub fn set(&self, id: &str, change: &MediaChange, expect_rev: Option<&str>) -> Result<MediaListing> {
        if let FocalChange::Set(FocalPoint { x, y }) = change.focal_point
            && !((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y))
        {
            let why = "A focal point lies between 0 and 1, from the left and from the top. Nothing was changed.";
            return Err(Error::new(Code::InvalidInput, why).field("focalPoint"));
        }
        self.check_catalogue()?;
        let (item, committed) = self.store.transact_told("change a media item", |batch| {
            self.check_there()?;
            catalogue::expect(batch, expect_rev)?;
            let index = catalogue::find(batch, id)?;
            let mut edits: Vec<Edit> = Vec::new();
            if !catalogue::entry(batch, index)?.metadata.is_object() {
                edits.push(catalogue::set(&["metadata"], Some(json!({}))));
            }
            for (field, value) in [("alt", &change.alt), ("title", &change.title), ("caption", &change.caption)] {
                edits.extend(value.as_ref().map(|value| catalogue::set(&["metadata", field], Some(value.as_str().into()))));
            }
            catalogue::edit(batch, index, &edits)?;
            let point = match change.focal_point {
                FocalChange::Set(point) => Some(json!({"x": point.x, "y": point.y})),
                _ => None,
            };
            if change.focal_point != FocalChange::Keep {
                catalogue::edit_parts(batch, index, vec![catalogue::set(&["metadata", "focalPoint"], point)])?;
            }
            catalogue::shown(batch, index)
        })?;
        // Not that of this change alone: others may share its write, and what it saw in between was never on disk.
        let rev = committed.revision(&catalogue::name()).map(str::to_owned);
        Ok(MediaListing { rev, files: vec![shown(item)], ..MediaListing::default() })
    }

    /// Scans the site's documents and notes in the catalogue where each item is used. Answers with the whole catalogue.
    ///
    /// # Errors
    /// `Corrupt`, `NotWritable` or `Io`.
    pub fn usage(&self) -> Result<MediaListing> {
        let site = self.site();
        self.change("note where media are used", |batch| {
            let entries = catalogue::read(batch)?;
            let usages = usage::scan_batch(batch, &site).whole()?;
            for (index, entry) in entries.iter().enumerate() {
                let used_in = usages.noted(&entry.path, &entry.sizes, &entry.used_in);
                if used_in != entry.used_in {
                    catalogue::edit(batch, index, &[catalogue::set(&["usedIn"], Some(used_in.into()))])?;
                }
            }
            Ok(())
        })?;
        self.list().map_err(|cause| Error::unread("Where media are used was noted", &cause))
    }

    /// The revision of the catalogue; none while there is none.
    ///
    /// # Errors
    /// `Corrupt`, `NotWritable` or `Io`.
    pub fn revision(&self) -> Result<Option<String>> {
        Ok(self.store.text(&catalogue::name())?.map(|text| revision(&text)))
    }

    fn site(&self) -> PathBuf {
        self.folder.join(names::SITE)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        self.check_catalogue()?;
        Ok(self.store.read::<Catalogue>(&catalogue::name())?.map(|listed| listed.files).unwrap_or_default())
    }

    /// The sizes in which this site keeps its pictures.
    fn sizes(&self) -> Vec<Size> {
        let theme = input::document(&self.site(), input::THEME).ok().flatten();
        sizes::of_theme(&theme.unwrap_or(Value::Null))
    }

    /// Changes the catalogue and what goes with it, all of it or nothing.
    fn change<R>(&self, purpose: &str, change: impl FnOnce(&mut Batch) -> Result<R>) -> Result<R> {
        self.check_catalogue()?;
        self.store.transact(purpose, |batch| {
            self.check_there()?;
            self.sweep_emptied();
            change(batch)
        })
    }

    /// Makes sure, under the demo's lock, that it is still the demo that is in the folder: it may have been renamed or deleted
    /// meanwhile, and nothing is put where it was.
    fn check_there(&self) -> Result<()> {
        let gone = || Err(Error::new(Code::NotFound, "The demo was renamed or deleted meanwhile. Nothing was changed; open it again."));
        let site = self.site();
        if !disk::is_dir(&site).map_err(|cause| Error::io("look at", &site, &cause))? {
            return gone();
        }
        let identity = disk::read(self.folder.join(names::IDENTITY)).ok();
        let id = identity
            .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
            .and_then(|demo| Uuid::parse_str(demo["id"].as_str()?).ok());
        if id.is_some_and(|id| id != self.id) { gone() } else { Ok(()) }
    }

    /// A template may have put a link where the catalogue belongs.
    fn check_catalogue(&self) -> Result<()> {
        file::place(&self.site(), CATALOGUE).map(drop).map_err(|cause| linked(&cause))
    }

    /// Makes sure that the folder for files of a kind is no link.
    fn folder_of(&self, kind: Kind) -> Result<()> {
        file::place(&self.site(), kind.folder()).map(drop).map_err(|cause| linked(&cause))
    }
}

fn linked(cause: &std::io::Error) -> Error {
    Error::new(Code::InvalidInput, format!("The site's media cannot be used: {cause}, and links are not followed. Nothing was changed."))
}

/// An item as it is shown: what every item has is there, whatever the catalogue says of it.
fn shown(mut item: Value) -> Value {
    if let Some(members) = item.as_object_mut() {
        for side in ["width", "height"] {
            if members.get(side).is_some_and(Value::is_null) {
                members.shift_remove(side);
            }
        }
        for (field, empty) in [("metadata", json!({})), ("usedIn", json!([]))] {
            if !members.get(field).is_some_and(|value| value.is_object() || value.is_array()) {
                members.insert(field.to_owned(), empty);
            }
        }
    }
    item
}
