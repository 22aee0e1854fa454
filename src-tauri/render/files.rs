//! The files of a site as a request sees them: what is not saved yet stands for what is on disk.
//!
//! Nothing is read through a link or outside the site. What was read is kept for as long as its file does not change.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;
use crate::site::input::{self, Damage};
use crate::site::{copies, file};
use crate::store::{Cache, disk};

/// How deep folders of snippets are looked into.
const DEEPEST: usize = 5;

/// What a document holds, or why it cannot be read.
pub(super) type Read = Result<Value, Damage>;

/// What was read of a site.
#[derive(Debug)]
pub(super) struct Files {
    site: PathBuf,
    texts: Cache<Arc<str>>,
    templates: Cache<Result<Arc<str>, Damage>>,
    values: Cache<Read>,
}

impl Files {
    pub fn new(site: PathBuf) -> Self {
        Self { site, texts: Cache::default(), templates: Cache::default(), values: Cache::default() }
    }

    /// Reads a file anew when it is asked for next; a folder with everything in it.
    pub fn forget(&self, path: &str) {
        let path = self.site.join(path);
        self.texts.forget(&path);
        self.templates.forget(&path);
        self.values.forget(&path);
    }
}

/// The files as one request sees them, with a note of all that were looked at.
pub(super) struct Seen<'a> {
    files: &'a Files,
    overrides: &'a BTreeMap<String, Arc<str>>,
    used: RefCell<BTreeSet<String>>,
    /// What the overrides hold, as far as it was asked for.
    parsed: RefCell<HashMap<String, Arc<Read>>>,
    /// What was asked for and cannot be read.
    damaged: RefCell<BTreeMap<String, Damage>>,
}

impl<'a> Seen<'a> {
    pub fn new(files: &'a Files, overrides: &'a BTreeMap<String, Arc<str>>) -> Self {
        Self { files, overrides, used: RefCell::default(), parsed: RefCell::default(), damaged: RefCell::default() }
    }

    /// Everything that was looked at, there or not.
    pub fn used(self) -> BTreeSet<String> {
        self.used.into_inner()
    }

    /// Notes that a file matters.
    pub fn note(&self, path: &str) {
        if !self.used.borrow().contains(path) {
            self.used.borrow_mut().insert(path.to_owned());
        }
    }

    /// Why a file cannot be read that was asked for; none if it can, or is not there.
    pub fn damage(&self, path: &str) -> Option<Damage> {
        self.damaged.borrow().get(path).cloned()
    }

    /// All that was asked for and cannot be read.
    pub fn damaged(&self) -> Vec<Damage> {
        self.damaged.borrow().values().cloned().collect()
    }

    fn note_damage(&self, damage: &Damage) {
        self.damaged.borrow_mut().entry(damage.path.clone()).or_insert_with(|| damage.clone());
    }

    /// The text of a template; none if there is none, or it cannot be read ([`Seen::damage`]).
    pub fn template(&self, path: &str) -> Option<Arc<str>> {
        self.note(path);
        if let Some(text) = self.overrides.get(path) {
            return Some(text.clone());
        }
        let read = || input::template(&self.files.site, path).map(|text| text.map(Arc::from)).transpose();
        match self.files.templates.get(&self.files.site.join(path), read)?.as_ref() {
            Ok(text) => Some(text.clone()),
            Err(damage) => {
                self.note_damage(damage);
                None
            }
        }
    }

    /// The text of a file; none if there is none, or it is none of the site's own.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.note(path);
        if let Some(text) = self.overrides.get(path) {
            return Some(text.clone());
        }
        let read = || self.unless_damaged(path, file::read_text(&self.files.site, path)).map(Arc::from);
        let text = self.files.texts.get(&self.files.site.join(path), read)?;
        Some(text.as_ref().clone())
    }

    /// What was read; nothing of what cannot be, which is noted.
    fn unless_damaged<T: Default>(&self, path: &str, read: Result<T, Error>) -> T {
        read.unwrap_or_else(|error| {
            self.note_damage(&Damage::whole(path, error.message));
            T::default()
        })
    }

    /// What a document holds; none if there is none, or why it cannot be read.
    pub fn json(&self, path: &str) -> Option<Arc<Read>> {
        self.note(path);
        let read = match self.overrides.get(path) {
            Some(text) => {
                let mut parsed = self.parsed.borrow_mut();
                parsed.entry(path.to_owned()).or_insert_with(|| Arc::new(input::understand(path, text))).clone()
            }
            None => {
                let read = || input::document(&self.files.site, path).transpose();
                self.files.values.get(&self.files.site.join(path), read)?
            }
        };
        if let Err(damage) = read.as_ref() {
            self.note_damage(damage);
        }
        Some(read)
    }

    /// As [`Seen::json`], for what is left out when it cannot be understood.
    pub fn value(&self, path: &str) -> Option<Value> {
        self.json(path)?.as_ref().as_ref().ok().cloned()
    }

    /// The names of the files in a folder that end with `ending`, without it, in order.
    pub fn names(&self, folder: &str, ending: &str) -> Vec<String> {
        let entries = self.unless_damaged(folder, file::entries(&self.files.site, folder));
        let on_disk = entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
        let unsaved = self.overrides.keys().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        let unsaved = unsaved.filter(|name| !name.contains('/')).map(str::to_owned);
        let names: BTreeSet<String> = on_disk.chain(unsaved).filter_map(|name| Some(name.strip_suffix(ending)?.to_owned())).collect();
        names.into_iter().filter(|name| !name.is_empty() && !name.starts_with('.') && !copies::is_copy(name)).collect()
    }

    /// The folders in a folder.
    pub fn folders(&self, folder: &str) -> Vec<String> {
        let entries = self.unless_damaged(folder, file::entries(&self.files.site, folder));
        let folders = entries.into_iter().filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir));
        let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.retain(|name| !name.starts_with('.') && !copies::is_copy(name));
        names.sort();
        names
    }

    /// Every snippet: paths from the site's root.
    pub fn snippets(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![("snippets".to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            found.extend(self.names(&folder, ".liquid").into_iter().map(|name| format!("{folder}/{name}.liquid")));
            if depth < DEEPEST {
                folders.extend(self.folders(&folder).into_iter().map(|name| (format!("{folder}/{name}"), depth + 1)));
            }
        }
        found.sort();
        found
    }
}
