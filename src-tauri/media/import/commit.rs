//! A group of files put into the demo: one sync, one transaction.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::{Media, catalogue};
use super::{Prepared, Shared};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::media;
use crate::store::Batch;
use crate::workspace::demo as names;

/// Files that are ready, with their numbers and the ids that they get.
#[derive(Debug, Default)]
pub(super) struct Group(Vec<(usize, String, Prepared)>);

impl Group {
    pub fn push(&mut self, number: usize, id: String, prepared: Prepared) {
        self.0.push((number, id, prepared));
    }

    /// Puts them in the order of their numbers.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|(number, ..)| *number);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_iter(self) -> impl Iterator<Item = (usize, String, Prepared)> {
        self.0.into_iter()
    }
}

/// What became of a group.
#[derive(Debug, Default)]
pub(super) struct Committed {
    pub added: Vec<String>,
    /// Files that somebody else added in the meantime, with the ids of their items.
    pub duplicates: Vec<(usize, String)>,
}

/// Whether an error means that no other file will fare better.
pub(super) fn is_the_end(error: &Error) -> bool {
    matches!(error.code, Code::DiskFull | Code::NotWritable | Code::Corrupt | Code::NewerSchema)
}

impl Media {
    /// Puts a group into the demo, all of it or nothing.
    ///
    /// # Errors
    /// `Cancelled` before the transaction was begun; those of [`crate::store::Store::transact`].
    pub(super) fn commit(&self, group: &Group, shared: &Shared, cancel: &Cancel) -> Result<Committed> {
        shared.staging.sync(cancel)?;
        let now = self.clock.now();
        let site = self.site();
        let done = self.change("add media", |batch| {
            let entries = catalogue::read(batch)?;
            let mut known = shared.known();
            known.learn(&site, &entries);
            let mut taken = Taken::new(&site, entries.iter().flat_map(catalogue::Entry::paths));
            let mut committed = Committed::default();
            let mut items = Vec::new();
            for (number, id, prepared) in &group.0 {
                if let Some(there) = known.stored(prepared.main.size, &prepared.main.hash) {
                    committed.duplicates.push((*number, there));
                    continue;
                }
                let original = shared.files.get(*number).and_then(|found| found.path.file_name());
                let original = original.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                self.folder_of(prepared.kind)?;
                let filename = taken.name_for(&original, prepared);
                let sizes = place(batch, prepared, &filename)?;
                items.push(item(id, prepared, &filename, &original, sizes, now));
                committed.added.push(id.clone());
            }
            if !items.is_empty() {
                catalogue::append(batch, items)?;
            }
            Ok(committed)
        });
        let committed = match done {
            // It is recorded: whoever takes the lock next finishes it, and that may as well be now.
            Err(cause) if cause.code == Code::Indeterminate => {
                self.store.recover().map_err(|_| cause)?;
                Committed { added: group.0.iter().map(|(_, id, _)| id.clone()).collect(), ..Committed::default() }
            }
            done => done?,
        };
        let mut known = shared.known();
        committed.added.iter().for_each(|id| known.added(id));
        drop(known);
        for (_, id, prepared) in &group.0 {
            if !committed.added.contains(id) {
                prepared.remove();
            }
        }
        Ok(committed)
    }
}

fn item(id: &str, prepared: &Prepared, filename: &str, original: &str, sizes: Value, now: jiff::Timestamp) -> Value {
    let new = media::New {
        mime: prepared.kind.mime(),
        folder: prepared.kind.folder(),
        filename,
        original,
        size: prepared.main.size,
        dimensions: prepared.dimensions,
        sizes,
    };
    media::item(Uuid::parse_str(id).unwrap_or_default(), &new, now)
}

/// Gives the files of an item their places, and says of the smaller ones what the catalogue says of them.
pub(in super::super) fn place(batch: &mut Batch, prepared: &Prepared, filename: &str) -> Result<Value> {
    let folder = prepared.kind.folder();
    batch.adopt(&format!("{}/{folder}/{filename}", names::SITE), &prepared.main.path, &prepared.main.hash)?;
    place_variants(batch, prepared, filename)
}

/// As [`place`], of the smaller files alone.
pub(in super::super) fn place_variants(batch: &mut Batch, prepared: &Prepared, filename: &str) -> Result<Value> {
    let folder = prepared.kind.folder();
    let mut sizes = Map::new();
    for variant in &prepared.variants {
        let name = variant_name(filename, &variant.name, variant.kind.extension());
        batch.adopt_over(&format!("{}/{folder}/{name}", names::SITE), &variant.file.path, &variant.file.hash)?;
        sizes.insert(variant.name.clone(), json!({"path": format!("/{folder}/{name}"), "width": variant.width, "height": variant.height}));
    }
    Ok(Value::Object(sizes))
}

/// What a smaller picture is kept as: `a-thumb.jpg` beside `a.jpg`, as Widgetizer has it.
pub(in super::super) fn variant_name(filename: &str, size: &str, extension: &str) -> String {
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    format!("{stem}-{size}.{extension}")
}

/// The names that files have, or items claim, in whatever case.
#[derive(Debug)]
pub(in super::super) struct Taken<'a> {
    site: &'a Path,
    folders: HashSet<&'static str>,
    paths: HashSet<String>,
}

impl<'a> Taken<'a> {
    /// The names under `site`, and these paths.
    pub fn new<'p>(site: &'a Path, paths: impl Iterator<Item = &'p str>) -> Self {
        let paths = paths.map(|path| path.trim_start_matches('/').to_lowercase()).collect();
        Self { site, folders: HashSet::new(), paths }
    }

    /// The first free name for a file and its variants, which is taken then.
    pub fn name_for(&mut self, original: &str, prepared: &Prepared) -> String {
        let names = media::names(original, prepared.kind.extension());
        names.into_iter().find(|name| self.take(name, prepared)).unwrap_or_default()
    }

    /// Takes a name for a file and its variants, if all of them are free.
    pub fn take(&mut self, name: &str, prepared: &Prepared) -> bool {
        let folder = prepared.kind.folder();
        if self.folders.insert(folder) {
            for entry in fs::read_dir(self.site.join(folder)).into_iter().flatten().flatten() {
                self.paths.insert(format!("{folder}/{}", entry.file_name().to_string_lossy().to_lowercase()));
            }
        }
        let variants = prepared.variants.iter().map(|variant| variant_name(name, &variant.name, variant.kind.extension()));
        let wanted: Vec<String> =
            std::iter::once(name.to_owned()).chain(variants).map(|name| format!("{folder}/{name}").to_lowercase()).collect();
        if wanted.iter().any(|path| self.paths.contains(path)) {
            return false;
        }
        self.paths.extend(wanted);
        true
    }
}
