//! Changes gathered in memory under a store's lock, to be committed together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::contents::{self, hash, hash_file, is_there, read_text};
use super::elements::Elements;
use super::journal::{self, Target};
use super::json;
use super::lock::Guard;
use super::schema::Document;
use super::splice::{self, Edit};
use crate::error::{Code, Error, Result};

mod kept;

/// The right to read and change a store's documents, for as long as it lives. Nothing is written before the commit.
#[derive(Debug)]
pub struct Batch {
    root: PathBuf,
    /// What was on disk when it was first looked at.
    base: BTreeMap<String, Option<Found>>,
    /// What shall be there.
    overlay: Overlay,
    /// Documents cut up as they were found.
    cut: BTreeMap<String, Elements>,
    lock: Guard,
    /// Keeps operations off until this is over.
    _held_off: Option<Guard>,
}

/// What was written: the documents as a commit left them.
#[derive(Debug, Default)]
pub struct Committed(BTreeMap<String, (Arc<str>, OnceLock<String>)>);

impl Committed {
    /// The text of a document that was read or changed; none if it was neither, or is no text, or not there.
    pub fn text(&self, name: &str) -> Option<Arc<str>> {
        self.0.get(name).map(|(text, _)| text.clone())
    }

    /// The revision of a document that was read or changed; none if it was neither, or is no text, or not there.
    pub fn revision(&self, name: &str) -> Option<&str> {
        let (text, revision) = self.0.get(name)?;
        Some(revision.get_or_init(|| contents::revision(text)))
    }
}

/// Names with what shall be there; none removes the document.
pub(super) type Overlay = BTreeMap<String, Option<New>>;

/// What a file was found to hold.
#[derive(Debug, Clone)]
enum Found {
    Text(Arc<str>),
    /// Something else, by its hash alone.
    Bytes(String),
}

/// What a file shall hold.
#[derive(Debug, Clone)]
pub(super) enum New {
    Text(Arc<str>),
    /// A text with edits in its elements.
    Cut(Elements),
    /// A synced file below the store's root, with its hash.
    Staged {
        path: String,
        hash: String,
    },
}

impl New {
    /// The contents, if they are text.
    pub fn text(&self) -> Option<Arc<str>> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Cut(elements) => Some(elements.join()),
            Self::Staged { .. } => None,
        }
    }
}

impl Batch {
    pub(super) fn new(root: PathBuf, lock: Guard, held_off: Option<Guard>) -> Self {
        Self { root, base: BTreeMap::new(), overlay: Overlay::new(), cut: BTreeMap::new(), lock, _held_off: held_off }
    }

    /// The store's directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The text of a document as it stands in this batch; none if there is none.
    ///
    /// # Errors
    /// `Corrupt` if it is not UTF-8; `NotWritable` or `Io`.
    pub fn text(&mut self, name: &str) -> Result<Option<Arc<str>>> {
        let is_binary = || Error::new(Code::Corrupt, format!("{} is not text. It was left as it is.", self.root.join(name).display()));
        match self.overlay.get(name) {
            Some(None) => return Ok(None),
            Some(Some(New::Text(text))) => return Ok(Some(text.clone())),
            Some(Some(New::Staged { .. })) => return Err(is_binary()),
            Some(Some(New::Cut(elements))) => {
                let text = elements.join();
                self.overlay.insert(name.to_owned(), Some(New::Text(text.clone())));
                return Ok(Some(text));
            }
            None => {}
        }
        match self.base.get(name) {
            Some(None) => return Ok(None),
            Some(Some(Found::Text(text))) => return Ok(Some(text.clone())),
            Some(Some(Found::Bytes(_))) => return Err(is_binary()),
            None => {}
        }
        let text: Option<Arc<str>> = read_text(&self.root.join(name))?.map(Arc::from);
        self.base.insert(name.to_owned(), text.clone().map(Found::Text));
        Ok(text)
    }

    /// Gives a document this text, whatever was there: for documents that are not ours to stamp.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if what is there cannot be read, which the commit must know.
    pub fn set_text(&mut self, name: &str, text: impl Into<Arc<str>>) -> Result<()> {
        self.text(name)?;
        self.overlay.insert(name.to_owned(), Some(New::Text(text.into())));
        Ok(())
    }

    /// Gives a file that was prepared in a folder of [`super::Store::stage`], and synced, its place. `hash` is the BLAKE3 of its bytes.
    ///
    /// # Errors
    /// `AlreadyExists` if there is something of that name; `InvalidInput` if the file is not below the store's root; those of
    /// [`Batch::exists`].
    pub fn adopt(&mut self, name: &str, staged: &Path, hash: &str) -> Result<()> {
        if self.exists(name)? {
            return Err(Error::new(
                Code::AlreadyExists,
                format!("{} is there already and was left untouched.", self.root.join(name).display()),
            ));
        }
        let new = self.staged(staged, hash)?;
        self.base.entry(name.to_owned()).or_insert(None);
        self.overlay.insert(name.to_owned(), Some(new));
        Ok(())
    }

    /// As [`Batch::adopt`], in the place of whatever file is there.
    ///
    /// # Errors
    /// `InvalidInput` if the file is not below the store's root; `NotWritable` or `Io` if what is there cannot be read.
    pub fn adopt_over(&mut self, name: &str, staged: &Path, hash: &str) -> Result<()> {
        let new = self.staged(staged, hash)?;
        self.look_at(name, None)?;
        self.overlay.insert(name.to_owned(), Some(new));
        Ok(())
    }

    fn staged(&self, staged: &Path, hash: &str) -> Result<New> {
        let path = staged.strip_prefix(&self.root).ok().and_then(Path::to_str);
        let path = path.ok_or_else(|| {
            Error::new(Code::InvalidInput, format!("{} does not belong to the store. Nothing was changed.", staged.display()))
        })?;
        Ok(New::Staged { path: path.to_owned(), hash: hash.to_owned() })
    }

    /// Whether there is a file of that name, as it stands in this batch.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if that cannot be looked at.
    pub fn exists(&self, name: &str) -> Result<bool> {
        match self.overlay.get(name) {
            Some(new) => Ok(new.is_some()),
            None => is_there(&self.root.join(name)),
        }
    }

    /// The names this batch has changed so far.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.overlay.keys().map(String::as_str)
    }

    /// Whether this batch has changed the document of that name.
    pub fn is_changed(&self, name: &str) -> bool {
        self.overlay.contains_key(name)
    }

    /// Makes the edits in a document's text; what they do not touch keeps every byte.
    ///
    /// # Errors
    /// `NotFound` if there is no such document; those of [`splice::apply`].
    pub fn edit(&mut self, name: &str, edits: &[Edit]) -> Result<()> {
        let text = self
            .text(name)?
            .ok_or_else(|| Error::new(Code::NotFound, format!("{} is not there. Nothing was changed.", self.root.join(name).display())))?;
        self.set_text(name, splice::apply(&text, edits)?)
    }

    /// The elements of the array that is the member `array` of a document, which is read, and mended, as a `T`; none if there
    /// is no document. Costs a walk over the whole text the first time only.
    ///
    /// # Errors
    /// As for [`Batch::read`].
    pub fn elements<T: Document>(&mut self, name: &str, array: &str) -> Result<Option<&Elements>> {
        let is_edited = matches!(self.overlay.get(name), Some(Some(New::Cut(elements))) if elements.is_array(array));
        if !is_edited {
            // What cannot be read at all is for `read` to mend.
            let text = self.text(name).ok().flatten();
            let is_cut = text.as_ref().is_some_and(|text| self.cut.get(name).is_some_and(|cut| cut.are_of(text, array)));
            if !is_cut {
                self.read::<T>(name)?;
                let Some(text) = self.text(name)? else { return Ok(None) };
                self.cut.insert(name.to_owned(), Elements::cut(text, array));
            }
        }
        Ok(match self.overlay.get(name) {
            Some(Some(New::Cut(elements))) => Some(elements),
            _ => self.cut.get(name),
        })
    }

    /// Makes edits, whose paths begin at the element, in one of the elements of an array; not in its `id`.
    ///
    /// # Errors
    /// As for [`Batch::elements`]; those of [`splice::apply`].
    pub fn edit_element<T: Document>(&mut self, name: &str, array: &str, index: usize, edits: &[Edit]) -> Result<()> {
        if let Some(elements) = self.elements::<T>(name, array)? {
            let mut elements = elements.clone();
            elements.edit(index, edits)?;
            self.overlay.insert(name.to_owned(), Some(New::Cut(elements)));
        }
        Ok(())
    }

    /// Removes a document; it is no error if there is none.
    ///
    /// # Errors
    /// As for [`Batch::set_text`].
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.remove_known(name, None)
    }

    /// As [`Batch::remove`], of a file whose BLAKE3 the caller knows, so that a large one is not read while the lock is held.
    ///
    /// # Errors
    /// As for [`Batch::set_text`].
    pub fn remove_known(&mut self, name: &str, hash: Option<&str>) -> Result<()> {
        self.look_at(name, hash)?;
        if self.exists(name)? {
            self.overlay.insert(name.to_owned(), None);
        }
        Ok(())
    }

    /// Remembers what is on disk, unless that is known already.
    fn look_at(&mut self, name: &str, hash: Option<&str>) -> Result<()> {
        if !self.base.contains_key(name) {
            let path = self.root.join(name);
            let found = match hash {
                Some(hash) => is_there(&path)?.then(|| hash.to_owned()),
                None => hash_file(&path)?,
            };
            self.base.insert(name.to_owned(), found.map(Found::Bytes));
        }
        Ok(())
    }

    /// Reads a document of ours; a damaged one goes to `quarantine/` and its last good copy comes back.
    ///
    /// # Errors
    /// `Corrupt` if it cannot be understood and no good copy is kept. It is never replaced by defaults.
    pub fn read<T: Document>(&mut self, name: &str) -> Result<Option<T>> {
        let cause = match self.text(name) {
            Ok(None) => return Ok(None),
            Ok(Some(text)) => match parse::<T>(&text) {
                Ok(document) => return Ok(Some(document)),
                Err(cause) => {
                    check_schema::<T>(&self.root.join(name), &text)?;
                    cause
                }
            },
            Err(cause) if cause.code == Code::Corrupt => cause.message,
            Err(cause) => return Err(cause),
        };
        self.restore(name, &cause)
    }

    /// Replaces a document of ours, or makes it: its `rev` is counted up, its `schema` set, an older schema migrated after
    /// a backup, and what `T` does not know of the old text kept.
    ///
    /// # Errors
    /// `NewerSchema` if a newer Backlot wrote it; `Corrupt` if what is there cannot be understood.
    pub fn put<T: Document>(&mut self, name: &str, document: &T) -> Result<()> {
        let mut new = to_value(document)?;
        let Some(text) = self.text(name)? else {
            stamp(&mut new, T::SCHEMA, 1);
            return self.set_text(name, pretty(&new));
        };
        let text = self.migrate::<T>(name, text)?;
        let known = parse::<T>(&text).map_err(|cause| Error::new(Code::Corrupt, format!("{name} cannot be understood: {cause}.")))?;
        let old = json::parse::<Value>(&text).unwrap_or_default();
        let mut known = to_value(&known)?;
        let rev = old.get("rev").and_then(Value::as_u64).unwrap_or_default();
        stamp(&mut known, schema_of(&old), rev);
        stamp(&mut new, T::SCHEMA, rev + 1);
        self.set_text(name, splice::apply(&text, &splice::diff(&known, &new))?)
    }

    /// What this batch has changed so far, to go back to should the next change fail.
    pub(super) fn mark(&self) -> Overlay {
        self.overlay.clone()
    }

    pub(super) fn go_back(&mut self, mark: Overlay) {
        self.overlay = mark;
    }

    /// Writes what has changed: one document by one replace, several by a journal, so that all of it happens or nothing.
    pub(super) fn commit(self) -> Result<Committed> {
        let changed: Vec<(&String, Option<New>)> = self
            .overlay
            .iter()
            .map(|(name, new)| match new {
                Some(New::Cut(elements)) => (name, Some(New::Text(elements.join()))),
                new => (name, new.clone()),
            })
            .filter(|(name, new)| match (self.base.get(*name), new) {
                (Some(Some(Found::Text(old))), Some(New::Text(new))) => old != new,
                (Some(Some(Found::Bytes(old))), Some(New::Staged { hash, .. })) => old != hash,
                (Some(None) | None, None) => false,
                _ => true,
            })
            .collect();
        if !changed.is_empty() && !self.lock.is_valid() {
            return Err(Error::new(
                Code::Locked,
                format!(
                    "Somebody removed the lock file of {} while it was held, so another process may be writing. Nothing was changed; try again.",
                    self.root.display()
                ),
            ));
        }
        for (name, _) in changed.iter().filter(|(name, _)| self.base.get(*name).is_some_and(Option::is_some)) {
            self.keep_backup(name)?;
        }
        match changed.as_slice() {
            [] => {}
            [(name, new)] => journal::commit_one(&self.root, name, self.base.get(*name).is_some_and(Option::is_some), new.as_ref())?,
            _ => {
                let targets = changed.iter().map(|(name, new)| {
                    let old = self.base.get(*name).and_then(Option::as_ref).map(|found| match found {
                        Found::Text(text) => hash(text.as_bytes()),
                        Found::Bytes(hash) => hash.clone(),
                    });
                    Target::new(name, old, new.as_ref())
                });
                journal::commit(&self.root, targets.collect())?;
            }
        }
        let found = self.base.iter().filter_map(|(name, found)| match found {
            Some(Found::Text(text)) if !self.overlay.contains_key(name) => Some((name.clone(), text.clone())),
            _ => None,
        });
        let mut documents: BTreeMap<String, Arc<str>> = found.collect();
        documents.extend(self.overlay.iter().filter_map(|(name, new)| Some((name.clone(), new.as_ref()?.text()?))));
        Ok(Committed(documents.into_iter().map(|(name, text)| (name, (text, OnceLock::new()))).collect()))
    }
}

/// The document in a text; the words of the refusal are for a message in parentheses.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    json::parse(text).map_err(|fault| fault.reason())
}

pub(super) fn to_value<T: Serialize>(document: &T) -> Result<Value> {
    serde_json::to_value(document).map_err(|cause| Error::new(Code::Internal, format!("A document could not be written as JSON: {cause}.")))
}

pub(super) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Refuses a text that a newer Backlot wrote: it is not damaged, only not understood.
pub(super) fn check_schema<T: Document>(path: &Path, text: &str) -> Result<()> {
    let schema = json::parse::<Value>(text).map_or(1, |document| schema_of(&document));
    if schema <= T::SCHEMA {
        return Ok(());
    }
    Err(Error::new(
        Code::NewerSchema,
        format!(
            "{} was written by a newer Backlot (schema {schema}). It is opened read-only and was left unchanged; update Backlot.",
            path.display()
        ),
    ))
}

/// A document without a schema is of the first one.
fn schema_of(document: &Value) -> u64 {
    document.get("schema").and_then(Value::as_u64).unwrap_or(1)
}

/// Puts `schema` and `rev` first, as every state document has them.
pub(super) fn stamp(document: &mut Value, schema: u64, rev: u64) {
    let Value::Object(members) = document else { return };
    members.shift_remove("schema");
    members.shift_remove("rev");
    members.shift_insert(0, "schema".to_owned(), schema.into());
    members.shift_insert(1, "rev".to_owned(), rev.into());
}
