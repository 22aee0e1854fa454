//! Which bytes a demo has already, or is about to have: duplicates are found before anything dear is done with them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::super::catalogue::Entry;
use crate::site::file;
use crate::store::{disk, hash_file};

/// The stored files of a demo by their size, and the files of this import by their hash.
#[derive(Debug, Default)]
pub(super) struct Known {
    by_size: HashMap<u64, Vec<Stored>>,
    ids: HashSet<String>,
    claimed: HashMap<String, String>,
}

#[derive(Debug)]
struct Stored {
    id: String,
    place: PathBuf,
    /// Read when a file of the same size comes.
    hash: Option<String>,
}

impl Known {
    pub fn of(site: &Path, entries: &[Entry]) -> Self {
        let mut known = Self::default();
        known.learn(site, entries);
        known
    }

    /// Takes up the items that are not known yet.
    pub fn learn(&mut self, site: &Path, entries: &[Entry]) {
        for entry in entries {
            let id = entry.id.clone();
            if !self.ids.insert(id.clone()) {
                continue;
            }
            let place = file::place(site, entry.path.trim_start_matches('/')).ok();
            if let Some(place) = place
                && let Ok(found) = disk::symlink_metadata(&place)
                && found.is_file()
            {
                self.by_size.entry(found.len()).or_default().push(Stored { id, place, hash: None });
            }
        }
    }

    /// The item that has these bytes; none if there is none, and then they belong to `id`.
    pub fn claim(&mut self, size: u64, hash: &str, id: &str) -> Option<String> {
        if let Some(stored) = self.stored(size, hash) {
            return Some(stored);
        }
        match self.claimed.get(hash) {
            Some(other) if other != id => Some(other.clone()),
            Some(_) => None,
            None => {
                self.claimed.insert(hash.to_owned(), id.to_owned());
                None
            }
        }
    }

    /// The item of the demo that has these bytes.
    pub fn stored(&mut self, size: u64, hash: &str) -> Option<String> {
        for stored in self.by_size.get_mut(&size)? {
            if stored.hash.is_none() {
                stored.hash = hash_file(&stored.place).ok().flatten();
            }
            if stored.hash.as_deref() == Some(hash) {
                return Some(stored.id.clone());
            }
        }
        None
    }

    /// Notes that an item of this import is in the demo now.
    pub fn added(&mut self, id: &str) {
        self.ids.insert(id.to_owned());
    }

    /// Gives back what a file that failed had claimed.
    pub fn give_up(&mut self, id: &str) {
        self.claimed.retain(|_, owner| owner != id);
    }

    /// Whether there is an item of this id.
    pub fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}
