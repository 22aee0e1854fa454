//! An item's file replaced or renamed: whatever refers to it follows, in the transaction that moves it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use super::catalogue::{self, Entry};
use super::hashes::Hashes;
use super::model::MediaListing;
use super::place::{self, Taken};
use super::prepare::{Outcome, Prepared, Workshop};
use super::trash::{Bin, Replaced};
use super::{Media, shown};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::file_uses::{self, FileUses};
use crate::site::kind::Kind;
use crate::site::{name, references};
use crate::store::splice::Edit;
use crate::store::{Batch, share, sync_dir};
use crate::workspace::demo as names;

impl Media {
    /// Puts another file in the place of an item's. The item keeps its id and what is said of it; a file of the same kind keeps
    /// the path too, for any other every reference follows to a new one. The old file goes to the demo's trash: the answer has
    /// what [`Media::restore`] needs to bring it back.
    ///
    /// # Errors
    /// `NotFound`; what [`Media::import`] would say of the file; `Cancelled`; `Corrupt`; those of [`crate::store::Store::transact`].
    pub fn replace(&self, id: &str, file: &Path, cancel: &Cancel) -> Result<MediaListing> {
        let entry = self.entries()?.into_iter().find(|entry| entry.id == id).ok_or_else(|| catalogue::not_found(id))?;
        let staging = self.store.stage()?;
        let sizes = self.sizes();
        let workshop = Workshop { folder: staging.path(), sizes: &sizes, cancel, known: &|_, _| None };
        let Outcome::Ready(prepared) = workshop.prepare(file, 0)? else {
            return Err(Error::new(Code::Internal, "The file was taken for another one. Nothing was changed."));
        };
        staging.sync(cancel)?;
        self.folder_of(prepared.kind)?;
        let site = self.site();
        let hashes = Hashes::of(&site, entry.paths());
        let original = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let now = self.clock.now();
        let texts = file_uses::search(&site, entry.paths());
        let mut left = None;
        let mut bin = Bin::new(self)?;
        let replaced = self.change_one("replace a media file", id, |batch, index, entry| {
            self.sweep_trash(now);
            let before = catalogue::text(batch, index)?;
            let entries = catalogue::read(batch)?;
            let mut taken = Taken::new(&site, entries.iter().flat_map(Entry::paths));
            taken.free(entry.paths())?;
            for path in entry.paths() {
                bin.put(batch, &hashes, path)?;
            }
            let old_name = file_name(&entry.path);
            let is_same_kind = Kind::of_ending(old_name) == Some(prepared.kind);
            let (path, filename) = if let (true, Some(stored)) = (is_same_kind, catalogue::stored(&entry.path)) {
                crate::site::file::place(&site, entry.path.trim_start_matches('/')).map_err(|cause| super::linked(&cause))?;
                batch.adopt_over(&stored, &prepared.main.path, &prepared.main.hash)?;
                let (folder, filename) = split(&entry.path);
                taken.take(folder, filename)?;
                (entry.path.clone(), filename.to_owned())
            } else {
                let folder = prepared.kind.folder();
                let filename = taken.name_for(old_name, &prepared)?;
                batch.adopt(&format!("{}/{folder}/{filename}", names::SITE), &prepared.main.path, &prepared.main.hash)?;
                (format!("/{folder}/{filename}"), filename)
            };
            let sizes = place::put_variants(batch, &mut taken, &prepared, &filename)?;
            let moved = moves(entry, &path, &sizes);
            let mut made = vec![(path.clone(), prepared.main.hash.clone())];
            for variant in &prepared.variants {
                if let Some(path) = sizes[&variant.name]["path"].as_str() {
                    made.push((path.to_owned(), variant.file.hash.clone()));
                }
            }
            catalogue::edit_parts(batch, index, described(&prepared, &path, &filename, &original, sizes, now))?;
            bin.note_replaced(Replaced::new(id, before, &path, now, moved.clone(), made));
            bin.close(batch)?;
            let rest = references::follow(batch, &site, &moved, &texts)?;
            left = (!moved.is_empty()).then_some(rest);
            Ok(())
        })?;
        Ok(MediaListing { token: Some(bin.token()), notes: prepared.notes, warnings: warnings(left, &texts), ..replaced })
    }

    /// Gives an item's file another name, and its variants with it; every reference follows. The ending stays.
    ///
    /// # Errors
    /// `NotFound`, also if the file is gone; `InvalidInput` for a name with nothing in it; `AlreadyExists` if something has that
    /// name; `Corrupt`; those of [`crate::store::Store::transact`].
    pub fn rename(&self, id: &str, filename: &str) -> Result<MediaListing> {
        let entry = self.entries()?.into_iter().find(|entry| entry.id == id).ok_or_else(|| catalogue::not_found(id))?;
        let filename = filename.rsplit(['/', '\\']).next().unwrap_or_default();
        if !filename.chars().any(char::is_alphanumeric) {
            return Err(Error::new(Code::InvalidInput, "A name needs a letter or a digit. Nothing was changed.").field("filename"));
        }
        let staging = self.store.stage()?;
        let site = self.site();
        let hashes = Hashes::of(&site, entry.paths());
        let texts = file_uses::search(&site, entry.paths());
        let mut left = None;
        let renamed = self.change_one("rename a media file", id, |batch, index, entry| {
            let (folder, old_name) = split(&entry.path);
            let ending = old_name.rsplit_once('.').map(|(_, ending)| ending);
            // The ending says what the file is, and that does not change with its name.
            let asked = match ending {
                Some(ending) if filename.to_lowercase().ends_with(&format!(".{}", ending.to_lowercase())) => filename.to_owned(),
                _ => format!("{filename}."),
            };
            let stem = name::stem(&asked);
            let new_name = ending.map_or_else(|| stem.clone(), |ending| format!("{stem}.{ending}"));
            if new_name == old_name {
                return Ok(());
            }
            let entries = catalogue::read(batch)?;
            let mut taken = Taken::new(&site, entries.iter().flat_map(Entry::paths));
            taken.free(entry.variants().map(|(_, path)| path).chain([entry.path.as_str()]))?;
            let mut carrier = Carrier { batch, hashes: &hashes, site: &site, staging: staging.path(), number: 0, moved: BTreeMap::new() };
            if !taken.take(folder, &new_name)? {
                return Err(Error::new(
                    Code::AlreadyExists,
                    format!("There is a file {new_name} already. Nothing was changed; choose another name."),
                )
                .field("filename"));
            }
            let path = format!("/{folder}/{new_name}");
            if !carrier.carry(&entry.path, &path)? {
                return Err(Error::new(Code::NotFound, format!("The file {} is not there, so it cannot be renamed.", entry.path)));
            }
            let mut edits =
                vec![catalogue::set(&["filename"], Some(new_name.clone().into())), catalogue::set(&["path"], Some(path.into()))];
            for (size, variant) in entry.variants() {
                let (folder, file) = split(variant);
                let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
                let mut new = place::variant_name(&new_name, size, ending);
                let mut number = 2;
                while !taken.take(folder, &new)? {
                    new = place::variant_name(&new_name, &format!("{size}-{number}"), ending);
                    number += 1;
                }
                let new = format!("/{folder}/{new}");
                if carrier.carry(variant, &new)? {
                    edits.push(catalogue::set(&["sizes", size, "path"], Some(new.into())));
                }
            }
            let moved = carrier.moved;
            sync_dir(staging.path()).map_err(|cause| Error::io("write to the disk", staging.path(), &cause))?;
            catalogue::edit(batch, index, &edits)?;
            left = Some(references::follow(batch, &site, &moved, &texts)?);
            Ok(())
        })?;
        Ok(MediaListing { warnings: warnings(left, &texts), ..renamed })
    }

    /// Changes one item and what goes with it; answers with the item.
    fn change_one(&self, purpose: &str, id: &str, change: impl FnOnce(&mut Batch, usize, &Entry) -> Result<()>) -> Result<MediaListing> {
        self.check_catalogue()?;
        let (item, committed) = self.store.transact_told(purpose, |batch| {
            self.check_there()?;
            self.sweep_emptied();
            let index = catalogue::find(batch, id)?;
            let entry = catalogue::entry(batch, index)?;
            change(batch, index, &entry)?;
            catalogue::shown(batch, index)
        })?;
        let rev = committed.revision(&catalogue::name()).map(str::to_owned);
        Ok(MediaListing { rev, files: vec![shown(item)], ..MediaListing::default() })
    }
}

/// Files that move within a site: each gets a second name in a staging folder, from where the batch adopts it.
struct Carrier<'a> {
    batch: &'a mut Batch,
    hashes: &'a Hashes<'a>,
    site: &'a Path,
    staging: &'a Path,
    number: usize,
    moved: BTreeMap<String, String>,
}

impl Carrier<'_> {
    /// Answers whether there was a file to move.
    fn carry(&mut self, from: &str, to: &str) -> Result<bool> {
        let (Some(old), Some(new)) = (catalogue::stored(from), catalogue::stored(to)) else { return Ok(false) };
        let Some(hash) = self.hashes.get(from)? else { return Ok(false) };
        crate::site::file::place(self.site, to.trim_start_matches('/')).map_err(|cause| super::linked(&cause))?;
        let (place, staged) = (self.batch.root().join(&old), self.staging.join(self.number.to_string()));
        self.number += 1;
        share(&place, &staged).map_err(|cause| Error::io("move the file", &place, &cause))?;
        self.batch.remove_known(&old, Some(&hash))?;
        self.batch.adopt(&new, &staged, &hash)?;
        self.moved.insert(from.to_owned(), to.to_owned());
        Ok(true)
    }
}

/// What is to be said of an item whose file is another one now.
fn described(prepared: &Prepared, path: &str, filename: &str, original: &str, sizes: Value, now: jiff::Timestamp) -> Vec<Edit> {
    let (width, height) = prepared.dimensions.unzip();
    vec![
        catalogue::set(&["filename"], Some(filename.into())),
        catalogue::set(&["originalName"], Some(name::shown(original).into())),
        catalogue::set(&["type"], Some(prepared.kind.mime().into())),
        catalogue::set(&["size"], Some(prepared.main.size.into())),
        catalogue::set(&["uploaded"], Some(now.to_string().into())),
        catalogue::set(&["path"], Some(path.into())),
        catalogue::set(&["width"], width.map(Value::from)),
        catalogue::set(&["height"], height.map(Value::from)),
        catalogue::set(&["sizes"], prepared.dimensions.map(|_| sizes)),
    ]
}

/// Where references to an item's old files go: a size to the same size, or to the whole picture if there is no such size now.
fn moves(entry: &Entry, path: &str, sizes: &Value) -> BTreeMap<String, String> {
    let empty = Map::new();
    let sizes = sizes.as_object().unwrap_or(&empty);
    let variants = entry.variants().map(|(size, old)| (old, sizes.get(size).and_then(|size| size["path"].as_str()).unwrap_or(path)));
    variants
        .chain([(entry.path.as_str(), path)])
        .filter(|(old, new)| old != new && !old.is_empty())
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .collect()
}

/// What a person should look at after files got other paths: what still has the old ones, or may. Nothing if none got another.
fn warnings(left: Option<BTreeSet<String>>, texts: &FileUses) -> Vec<String> {
    let Some(left) = left else { return Vec::new() };
    let left = left.iter().map(|file| format!("{file} may still use the old name. Check it, and change it there."));
    let unread = texts.unread().iter().map(|why| format!("{why}, so it was not searched for the old name."));
    left.chain(unread).collect()
}

/// The folder of a path, from the site's root, and the file's name.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.rsplit_once('/').unwrap_or(("", path))
}

fn file_name(path: &str) -> &str {
    split(path).1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_size_that_is_gone_leads_to_the_whole_picture() {
        let entry = Entry::from(json!({"id": "a", "path": "/uploads/images/a.jpg", "sizes": {
            "thumb": {"path": "/uploads/images/a-thumb.jpg"}, "large": {"path": "/uploads/images/a-large.jpg"}}}));
        let sizes = json!({"thumb": {"path": "/uploads/images/a-thumb.png"}});
        let expected = [
            ("/uploads/images/a-large.jpg", "/uploads/images/a.png"),
            ("/uploads/images/a-thumb.jpg", "/uploads/images/a-thumb.png"),
            ("/uploads/images/a.jpg", "/uploads/images/a.png"),
        ];
        let expected: BTreeMap<String, String> = expected.into_iter().map(|(old, new)| (old.to_owned(), new.to_owned())).collect();
        assert_eq!(moves(&entry, "/uploads/images/a.png", &sizes), expected);
        assert_eq!(moves(&entry, &entry.path, &entry.sizes), BTreeMap::new());
    }
}
