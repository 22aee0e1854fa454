//! A group of files put into the demo: one sync, one transaction.

use serde_json::Value;
use uuid::Uuid;

use super::super::place::{self, Taken};
use super::super::{Media, catalogue};
use super::{Prepared, Shared};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::media;

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
    matches!(error.code, Code::DiskFull | Code::NotWritable | Code::NotFound | Code::Corrupt | Code::NewerSchema)
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
                let filename = taken.name_for(&original, prepared)?;
                let sizes = place::put(batch, &mut taken, prepared, &filename)?;
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
