//! What was removed from a demo's media, and how it comes back.
//!
//! A removed file first gets a second name in a staging folder; then one transaction takes it out of the site, puts the second
//! name into a folder of the demo's trash and writes the record that knows the way back. A process that dies before leaves
//! nothing in the trash, and what it staged is swept by whoever takes the lock next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Media;
use super::catalogue::{self, Entry};
use super::hashes::Hashes;
use super::in_use::InUse;
use super::model::MediaUse;
use crate::error::{Code, Error, Result};
use crate::site::file_uses::{self, FileUses};
use crate::site::{references, usage};
use crate::store::{Batch, Document, Staging, disk, share, sync_dir};
use crate::workspace::demo as names;

/// The record in a folder of the trash.
const RECORD: &str = "record.json";
/// How long what was removed can come back, in days.
const KEPT: i64 = 30;

/// The way back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// Items that were taken out of the catalogue, in the order of their places in it.
    items: Vec<Removed>,
    /// Files that were taken out of the site.
    files: Vec<Kept>,
    /// Items that were changed.
    changed: Vec<Changed>,
    /// Files that were made.
    made: Vec<Made>,
    /// An item that got another file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaced: Option<Replaced>,
}

/// An item that got another file, and how it had its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Replaced {
    id: String,
    /// The item as it stood in the text.
    before: String,
    /// Where the new file is, and since when: by these the item is known to have it still.
    path: String,
    uploaded: String,
    /// Where references went.
    moved: BTreeMap<String, String>,
    made: Vec<Made>,
}

impl Replaced {
    pub fn new(
        id: &str,
        before: String,
        path: &str,
        uploaded: Timestamp,
        moved: BTreeMap<String, String>,
        made: Vec<(String, String)>,
    ) -> Self {
        let made = made.into_iter().map(|(path, hash)| Made { path, hash }).collect();
        Self { id: id.to_owned(), before, path: path.to_owned(), uploaded: uploaded.to_string(), moved, made }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Removed {
    id: String,
    index: usize,
    /// The item as it stood in the text.
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    path: String,
    /// Its name in the folder.
    number: usize,
    hash: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Changed {
    id: String,
    /// The item as it stood in the text.
    before: String,
    after: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Made {
    path: String,
    hash: String,
}

impl Document for Record {}

/// What a removal puts into the trash.
#[derive(Debug)]
pub(super) struct Bin {
    token: Uuid,
    staging: Staging,
    record: Record,
}

impl Bin {
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Io`.
    pub fn new(media: &Media) -> Result<Self> {
        Ok(Self { token: crate::clock::new_id(), staging: media.store.stage()?, record: Record::default() })
    }

    /// Notes an item that the batch takes out of the catalogue.
    pub fn note_item(&mut self, batch: &mut Batch, index: usize, id: &str) -> Result<()> {
        let text = catalogue::text(batch, index)?;
        self.record.items.push(Removed { id: id.to_owned(), index, text });
        Ok(())
    }

    /// Notes how an item was before the batch changed it.
    pub fn note_change(&mut self, id: &str, before: String, after: String) {
        self.record.changed.push(Changed { id: id.to_owned(), before, after });
    }

    /// Notes a file that the batch makes.
    pub fn note_made(&mut self, path: &str, hash: &str) {
        self.record.made.push(Made { path: path.to_owned(), hash: hash.to_owned() });
    }

    /// Notes that the batch gave an item another file.
    pub fn note_replaced(&mut self, replaced: Replaced) {
        self.record.replaced = Some(replaced);
    }

    /// Takes a file out of the site, if it is one of the site's own.
    pub fn put(&mut self, batch: &mut Batch, hashes: &Hashes<'_>, path: &str) -> Result<()> {
        let Some(name) = catalogue::stored(path) else { return Ok(()) };
        let Some(hash) = hashes.get(path)? else { return Ok(()) };
        let number = self.record.files.len();
        let (from, staged) = (batch.root().join(&name), self.staging.path().join(number.to_string()));
        share(&from, &staged).map_err(|cause| Error::io("move to the trash", &from, &cause))?;
        batch.remove_known(&name, Some(&hash))?;
        batch.adopt(&format!("{}/{}/{number}", names::TRASH, self.token), &staged, &hash)?;
        self.record.files.push(Kept { path: path.to_owned(), number, hash });
        Ok(())
    }

    /// Writes the record, as a part of the batch.
    pub fn close(&mut self, batch: &mut Batch) -> Result<()> {
        if !self.record.files.is_empty() {
            let folder = self.staging.path();
            for folder in [Some(folder), folder.parent()].into_iter().flatten() {
                sync_dir(folder).map_err(|cause| Error::io("write to the disk", folder, &cause))?;
            }
        }
        self.record.items.sort_by_key(|item| item.index);
        batch.put(&record_name(self.token), &self.record)
    }

    /// Gives what brings back what the batch took away.
    pub fn token(&self) -> String {
        self.token.to_string()
    }
}

fn record_name(token: Uuid) -> String {
    format!("{}/{token}/{RECORD}", names::TRASH)
}

impl Media {
    /// Every place that uses an item: pages, global widgets, the theme, menus, and other files of the site that name it.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt`.
    pub fn uses(&self, id: &str) -> Result<Vec<MediaUse>> {
        let mut uses = self.uses_of_all(&[id.to_owned()])?;
        uses.remove(id).ok_or_else(|| catalogue::not_found(id))
    }

    /// As [`Media::uses`], of several items by their ids, with one search of the site. An item that is gone has no entry.
    ///
    /// # Errors
    /// `Corrupt` if the catalogue cannot be understood.
    pub fn uses_of_all(&self, ids: &[String]) -> Result<BTreeMap<String, Vec<MediaUse>>> {
        let entries = self.entries()?;
        let meant: Vec<&Entry> = entries.iter().filter(|entry| ids.contains(&entry.id)).collect();
        let site = self.site();
        let texts = file_uses::search(&site, meant.iter().flat_map(|entry| entry.paths()));
        let references = references::find(&site, &meant.iter().map(|entry| entry.paths().collect()).collect::<Vec<_>>())?;
        Ok(meant.into_iter().zip(references).map(|(entry, found)| (entry.id.clone(), uses_of(entry, found, &texts))).collect())
    }

    /// Moves items and their files to the demo's trash, all of them or none; gives what [`Media::restore`] needs.
    ///
    /// # Errors
    /// `NotFound`; `InUse` naming the places, unless `even_if_used`; `Corrupt`; those of [`crate::store::Store::transact`].
    pub fn remove(&self, ids: &[String], even_if_used: bool) -> Result<String> {
        let (site, now) = (self.site(), self.clock.now());
        let entries = self.entries()?;
        let meant = entries.iter().filter(|entry| ids.contains(&entry.id));
        let hashes = Hashes::of(&site, meant.clone().flat_map(Entry::paths));
        let mut in_use = (!even_if_used).then(|| InUse::search(&site, meant.flat_map(Entry::paths)));
        let mut bin = Bin::new(self)?;
        self.change("remove media", |batch| {
            self.sweep_trash(now);
            let entries = catalogue::read(batch)?;
            let mut indices = BTreeSet::new();
            for id in ids {
                indices.insert(catalogue::find(batch, id)?);
            }
            let (removed, left): (Vec<_>, Vec<_>) = entries.iter().enumerate().partition(|(index, _)| indices.contains(index));
            if let Some(in_use) = &mut in_use {
                in_use.refresh(batch, &site);
                refuse_used(in_use, &removed)?;
            }
            // A file that another item is about too stays.
            let stays: BTreeSet<&str> = left.iter().flat_map(|(_, entry)| entry.paths()).collect();
            for (index, entry) in removed {
                bin.note_item(batch, index, &entry.id)?;
                for path in entry.paths().filter(|path| !stays.contains(path)) {
                    bin.put(batch, &hashes, path)?;
                }
            }
            bin.close(batch)?;
            catalogue::take_out(batch, &indices)
        })?;
        Ok(bin.token())
    }

    /// Brings back what [`Media::remove`], [`Media::replace`] or [`Media::repair`] took away, and takes back what that changed.
    ///
    /// # Errors
    /// `NotFound` if there is no such token, or it was used; `AlreadyExists` naming what has taken a place since: nothing is
    /// brought back then.
    pub fn restore(&self, token: &str) -> Result<()> {
        let gone = || Error::new(Code::NotFound, "What was removed is no longer in the trash. Nothing was changed.").field("token");
        let token = Uuid::parse_str(token).map_err(|_| gone())?;
        let record = self.store.read::<Record>(&record_name(token))?.ok_or_else(gone)?;
        let moved = record.replaced.iter().flat_map(|replaced| replaced.moved.values());
        let texts = file_uses::search(&self.site(), moved.map(String::as_str));
        let (site, folder) = (self.site(), self.folder.join(names::TRASH).join(token.to_string()));
        self.change("bring media back", |batch| {
            if !batch.exists(&record_name(token))? {
                return Err(gone());
            }
            let entries = catalogue::read(batch)?;
            if let Some(there) = record.items.iter().find(|item| entries.iter().any(|entry| entry.id == item.id)) {
                return Err(taken(&format!("an item of the id {}", there.id)));
            }
            if let Some(replaced) = &record.replaced {
                clear_replacement(batch, &site, replaced)?;
            }
            for file in &record.files {
                let Some(name) = catalogue::stored(&file.path) else { continue };
                crate::site::file::place(&site, file.path.trim_start_matches('/')).map_err(|cause| super::linked(&cause))?;
                if batch.exists(&name)? {
                    return Err(taken(&format!("a file {}", file.path)));
                }
                batch.adopt(&name, &folder.join(file.number.to_string()), &file.hash)?;
            }
            let items = record.items.iter().map(|item| (item.index, item.text.clone())).collect::<Vec<_>>();
            catalogue::put_back(batch, &items)?;
            self.take_back(batch, &record)?;
            if let Some(replaced) = &record.replaced {
                put_back_replaced(batch, &site, replaced, &texts)?;
            }
            let restored: BTreeSet<&str> = record.items.iter().map(|item| item.id.as_str()).collect();
            note_usage(batch, &site, &restored)?;
            batch.remove(&record_name(token))
        })?;
        let _ = disk::remove_dir_all(&folder);
        Ok(())
    }

    /// What was changed becomes what it was, where nobody changed it since.
    fn take_back(&self, batch: &mut Batch, record: &Record) -> Result<()> {
        for changed in &record.changed {
            let Ok(index) = catalogue::find(batch, &changed.id) else { continue };
            if catalogue::text(batch, index)? == changed.after {
                catalogue::set_text(batch, index, &changed.before)?;
            }
        }
        let site = self.site();
        let hashes = Hashes::of(&site, std::iter::empty());
        for made in &record.made {
            if let Some(name) = catalogue::stored(&made.path)
                && hashes.get(&made.path)?.as_ref() == Some(&made.hash)
            {
                batch.remove_known(&name, Some(&made.hash))?;
            }
        }
        Ok(())
    }

    /// Removes what has been in the trash for too long. Only within a batch.
    pub(super) fn sweep_trash(&self, now: Timestamp) {
        for (token, folder) in self.trashed() {
            let seconds = token.get_timestamp().map_or(0, |time| i64::try_from(time.to_unix().0).unwrap_or(i64::MAX));
            if now.as_second().saturating_sub(seconds) > KEPT * 24 * 60 * 60 {
                let _ = disk::remove_dir_all(folder);
            }
        }
    }

    /// Removes what a dead process left in the trash: a folder whose files were brought back. Only within a batch: nobody else
    /// puts anything there then. What counts is the record on the disk, which a change that shares the batch may still need.
    pub(super) fn sweep_emptied(&self) {
        for (_, folder) in self.trashed() {
            if disk::symlink_metadata(folder.join(RECORD)).is_err_and(|cause| cause.kind() == std::io::ErrorKind::NotFound) {
                let _ = disk::remove_dir_all(folder);
            }
        }
    }

    /// The folders in the trash.
    fn trashed(&self) -> impl Iterator<Item = (Uuid, PathBuf)> {
        let entries = disk::read_dir(self.folder.join(names::TRASH)).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir)).filter_map(|entry| {
            let token = entry.file_name().to_str().and_then(|name| Uuid::parse_str(name).ok())?;
            Some((token, entry.path()))
        })
    }
}

/// Takes the new file of an item out of the site, if the item still has it.
fn clear_replacement(batch: &mut Batch, site: &std::path::Path, replaced: &Replaced) -> Result<()> {
    let other = || {
        let message =
            "The file was replaced, renamed or removed again since, so the one before it was not brought back. Nothing was changed.";
        Error::new(Code::Conflict, message)
    };
    let index = catalogue::find(batch, &replaced.id).map_err(|_| other())?;
    let now = catalogue::shown(batch, index)?;
    if now["path"] != replaced.path.as_str() || now["uploaded"] != replaced.uploaded.as_str() {
        return Err(other());
    }
    let hashes = Hashes::of(site, replaced.made.iter().map(|made| made.path.as_str()));
    for made in &replaced.made {
        match (catalogue::stored(&made.path), hashes.get(&made.path)?) {
            (Some(name), Some(hash)) if hash == made.hash => batch.remove_known(&name, Some(&hash))?,
            (_, None) => {}
            _ => return Err(other()),
        }
    }
    Ok(())
}

/// Where an item is used: the references in documents, then the other texts.
fn uses_of(entry: &Entry, references: Vec<references::Reference>, texts: &FileUses) -> Vec<MediaUse> {
    let shown = references.into_iter().map(|one| {
        let (widget, block) = one.within();
        let (widget, block) = (widget.map(str::to_owned), block.map(str::to_owned));
        MediaUse { document: one.document, name: one.name, path: one.path, widget, block }
    });
    let mut uses: Vec<MediaUse> = shown.collect();
    let texts: BTreeSet<String> = entry.paths().flat_map(|path| texts.of(path)).map(|one| one.file).collect();
    for file in texts {
        let document = references::document_name(&file);
        if !uses.iter().any(|one| one.document == document) {
            uses.push(MediaUse { document, name: file, path: Vec::new(), widget: None, block: None });
        }
    }
    uses
}

/// Gives an item the file that it had, and what is said of that file; what is said of the item stays.
fn put_back_replaced(batch: &mut Batch, site: &std::path::Path, replaced: &Replaced, texts: &FileUses) -> Result<()> {
    let index = catalogue::find(batch, &replaced.id)?;
    let before: Value = serde_json::from_str(&replaced.before).map_err(|cause| {
        Error::new(Code::Corrupt, format!("How the item was before is not known any more: {cause}. Nothing was changed."))
    })?;
    let of_file = ["filename", "originalName", "type", "size", "uploaded", "path", "width", "height", "sizes"];
    catalogue::edit_parts(batch, index, of_file.iter().map(|key| catalogue::set(&[key], before.get(*key).cloned())).collect())?;
    // Several may have become one: what refers to that refers to the whole picture again.
    let mut back: BTreeMap<String, String> = replaced.moved.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    if let Some(path) = before["path"].as_str()
        && let Some(new) = replaced.moved.get(path)
    {
        back.insert(new.clone(), path.to_owned());
    }
    references::follow(batch, site, &back, texts).map(drop)
}

/// Refuses items that something uses, naming the places.
fn refuse_used(in_use: &InUse, removed: &[(usize, &Entry)]) -> Result<()> {
    let Some(why) = in_use.why(removed.iter().flat_map(|(_, entry)| entry.paths())) else { return Ok(()) };
    let message = match removed {
        [(_, entry)] => format!("{} {why}. It was left as it is; take it out there first.", entry.path),
        _ => format!("One of these files {why}. All were left as they are; take them out there first."),
    };
    Err(Error::new(Code::InUse, message))
}

/// Notes of these items where they are used now.
fn note_usage(batch: &mut Batch, site: &std::path::Path, ids: &BTreeSet<&str>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let usages = usage::scan_batch(batch, site);
    for (index, entry) in catalogue::read(batch)?.iter().enumerate().filter(|(_, entry)| ids.contains(entry.id.as_str())) {
        let used_in = usages.noted(&entry.path, &entry.sizes, &entry.used_in);
        if used_in != entry.used_in {
            catalogue::edit(batch, index, &[catalogue::set(&["usedIn"], Some(used_in.into()))])?;
        }
    }
    Ok(())
}

fn taken(what: &str) -> Error {
    Error::new(
        Code::AlreadyExists,
        format!("There is {what} now, where something would be brought back. Nothing was; rename or remove it first."),
    )
}
