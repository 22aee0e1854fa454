//! A store: a directory of documents under one lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::lock::{Guard, Lock, Mode, Wait};
use super::replace::{replace, sweep, sync_dir};
use super::splice;
use crate::error::{Code, Error, Result};

/// The newest schema of state documents that this version writes.
const SCHEMA: u64 = 1;
/// How many unreadable files a store keeps.
const QUARANTINED: usize = 10;

/// A directory of documents, changed only while its lock is held.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    locks: PathBuf,
    lock_id: String,
}

/// The right to change a store's documents, for as long as it lives.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    _lock: Guard,
}

impl Store {
    /// The store of the documents in `root`, under the lock `lock_id` in the folder `locks`. Nothing is created.
    pub fn new(root: PathBuf, locks: &Path, lock_id: impl Into<String>) -> Self {
        Self { root, locks: locks.to_owned(), lock_id: lock_id.into() }
    }

    /// Reads a document without the lock; `None` when there is none.
    ///
    /// # Errors
    /// `Corrupt` if it cannot be understood and no good copy is kept; `NewerSchema` never: reading is always allowed.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        match read_text(&self.root.join(name))? {
            None => Ok(None),
            Some(text) => match parse(&text) {
                Ok(document) => Ok(Some(document)),
                // Under the lock a good copy can be put back; and what was read may just have been replaced.
                Err(_) => self.write("restore a damaged document")?.read(name),
            },
        }
    }

    /// Takes the store's lock, for `purpose`, and removes what a dead writer left behind.
    ///
    /// # Errors
    /// `Locked` if it cannot be had in time.
    pub fn write(&self, purpose: &str) -> Result<Writer> {
        let lock = Lock::new(&self.locks, &self.lock_id, purpose).take(Mode::Exclusive, Wait::Patiently)?;
        sweep(&self.root.join(".tmp"));
        Ok(Writer { root: self.root.clone(), _lock: lock })
    }

    /// Reads, changes and replaces a document in one hold of the lock.
    ///
    /// `change` is given what is there and returns what shall be there, or `None` to leave it as it is.
    ///
    /// # Errors
    /// Those of `change`, in which case nothing is written, and those of [`Writer::put`].
    pub fn update<T, R>(&self, name: &str, purpose: &str, change: impl FnOnce(Option<&T>) -> Result<(Option<T>, R)>) -> Result<R>
    where
        T: Serialize + DeserializeOwned,
    {
        let writer = self.write(purpose)?;
        let old = writer.read::<T>(name)?;
        let (new, result) = change(old.as_ref())?;
        if let Some(new) = new {
            writer.put(name, &new)?;
        }
        Ok(result)
    }
}

impl Writer {
    /// Reads a document; a damaged one is moved to `quarantine/` and its last good copy put back.
    ///
    /// # Errors
    /// `Corrupt` if it cannot be understood and no good copy is kept. It is never replaced by defaults.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.root.join(name);
        let Some(text) = read_text(&path)? else { return Ok(None) };
        let cause = match parse(&text) {
            Ok(document) => return Ok(Some(document)),
            Err(cause) => cause,
        };
        let backup = self.root.join(".backup").join(name);
        let good = read_text(&backup).ok().flatten().and_then(|text| parse(&text).ok().map(|document| (text, document)));
        let Some((good, document)) = good else {
            return Err(Error::new(
                Code::Corrupt,
                format!(
                    "{} cannot be understood ({cause}) and no good copy is kept. It was left as it is; mend it by hand or put it aside.",
                    path.display()
                ),
            ));
        };
        let aside = self.quarantine(name)?;
        self.write_text(name, &good)?;
        tracing::warn!(path = %path.display(), aside = %aside.display(), error = %cause, "a damaged document was put aside and its last good copy restored");
        Ok(Some(document))
    }

    /// Replaces a document, or makes it. Its `rev` is counted up, its `schema` set, and what `document` does not know of
    /// the old text is kept. Durable when it returns.
    ///
    /// # Errors
    /// `NewerSchema` if a newer Backlot wrote it; otherwise as for a file: `DiskFull`, `NotWritable`, `Io`, `Indeterminate`.
    pub fn put<T: Serialize + DeserializeOwned>(&self, name: &str, document: &T) -> Result<()> {
        let mut new = to_value(document)?;
        let text = match read_text(&self.root.join(name))? {
            None => {
                stamp(&mut new, 1);
                pretty(&new)
            }
            Some(text) => {
                let known =
                    parse::<T>(&text).map_err(|cause| Error::new(Code::Corrupt, format!("{name} cannot be understood: {cause}.")))?;
                let old = serde_json::from_str::<Value>(&text).unwrap_or_default();
                let schema = old.get("schema").and_then(Value::as_u64).unwrap_or(SCHEMA);
                if schema > SCHEMA {
                    return Err(Error::new(
                        Code::NewerSchema,
                        format!(
                            "{} was written by a newer Backlot (schema {schema}). It is opened read-only and was left unchanged; update Backlot.",
                            self.root.join(name).display()
                        ),
                    ));
                }
                let mut known = to_value(&known)?;
                let rev = old.get("rev").and_then(Value::as_u64).unwrap_or_default();
                stamp(&mut known, rev);
                stamp(&mut new, rev + 1);
                self.keep_backup(name);
                splice::apply(&text, &splice::diff(&known, &new))?
            }
        };
        self.write_text(name, &text)
    }

    /// Removes a document; it is no error if there is none.
    ///
    /// # Errors
    /// `NotWritable` or `Io`.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.root.join(name);
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(Error::io("remove", &path, &cause)),
            _ => {}
        }
        let _ = fs::remove_file(self.root.join(".backup").join(name));
        path.parent().map_or(Ok(()), sync_dir).map_err(|cause| Error::io("remove", &path, &cause))
    }

    fn write_text(&self, name: &str, text: &str) -> Result<()> {
        let target = self.root.join(name);
        let temps = self.root.join(".tmp");
        for folder in target.parent().into_iter().chain([temps.as_path()]) {
            fs::create_dir_all(folder).map_err(|cause| Error::io("make the folder", folder, &cause))?;
        }
        replace(&target, &temps, text.as_bytes())
    }

    /// Keeps the document as it stands as the last good copy. A link, not a copy: it costs no space until the next change.
    fn keep_backup(&self, name: &str) {
        let backup = self.root.join(".backup").join(name);
        let kept = backup
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| match fs::remove_file(&backup) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
                _ => Ok(()),
            })
            .and_then(|()| fs::hard_link(self.root.join(name), &backup).or_else(|_| fs::copy(self.root.join(name), &backup).map(|_| ())));
        if let Err(cause) = kept {
            tracing::warn!(name, error = %cause, "no backup could be kept");
        }
    }

    fn quarantine(&self, name: &str) -> Result<PathBuf> {
        let folder = self.root.join("quarantine");
        fs::create_dir_all(&folder).map_err(|cause| Error::io("make the folder", &folder, &cause))?;
        // Ids of version 7 sort by time.
        let aside = folder.join(format!("{}-{}", uuid::Uuid::now_v7(), name.replace(['/', '\\'], "_")));
        fs::rename(self.root.join(name), &aside).map_err(|cause| Error::io("put aside", &self.root.join(name), &cause))?;
        let mut kept: Vec<_> = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        kept.sort();
        for old in kept.iter().rev().skip(QUARANTINED) {
            let _ = fs::remove_file(old);
        }
        Ok(aside)
    }
}

/// Writes a new document with no sync of its own, into a folder that is still being built and is synced as a whole.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Io`.
pub fn write_new<T: Serialize>(path: &Path, document: &T) -> Result<()> {
    let mut value = to_value(document)?;
    stamp(&mut value, 1);
    super::replace::create(path, pretty(&value).as_bytes()).map_err(|cause| Error::io("write", path, &cause))
}

/// Writes a file with no sync of its own, into a folder that is still being built and is synced as a whole.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Io`.
pub fn write_staged(path: &Path, text: &str) -> Result<()> {
    super::replace::overwrite(path, text.as_bytes()).map_err(|cause| Error::io("write", path, &cause))
}

fn read_text(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path, &cause)),
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}

fn to_value<T: Serialize>(document: &T) -> Result<Value> {
    serde_json::to_value(document).map_err(|cause| Error::new(Code::Internal, format!("A document could not be written as JSON: {cause}.")))
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Puts `schema` and `rev` first, as every state document has them.
fn stamp(document: &mut Value, rev: u64) {
    let Value::Object(members) = document else { return };
    members.shift_remove("schema");
    members.shift_remove("rev");
    members.shift_insert(0, "schema".to_owned(), SCHEMA.into());
    members.shift_insert(1, "rev".to_owned(), rev.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Count {
        count: u64,
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("s"), &folder.path().join("locks"), "s");
        (folder, store)
    }

    fn count_up(store: &Store) -> Result<u64> {
        store.update::<Count, _>("a.json", "count", |old| {
            let count = old.map_or(0, |old| old.count) + 1;
            Ok((Some(Count { count }), count))
        })
    }

    #[test]
    fn updates_of_many_threads_are_all_there() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|_| assert!(count_up(&store).is_ok())));
            }
        });
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 80 }));
        assert_eq!(fs::read_dir(store.root.join(".tmp")).unwrap().count(), 0);
    }

    #[test]
    fn unknown_fields_are_kept_and_the_revision_counts_up() {
        let (_folder, store) = store();
        fs::create_dir_all(&store.root).unwrap();
        let path = store.root.join("a.json");
        fs::write(&path, "{\"theirs\": 12345678901234567890.50, \"count\": 4, \"rev\": 7, \"schema\": 1}").unwrap();
        assert_eq!(count_up(&store).unwrap(), 5);
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"theirs\": 12345678901234567890.50, \"count\": 5, \"rev\": 8, \"schema\": 1}");
    }

    #[test]
    fn a_damaged_document_goes_to_quarantine_and_its_good_copy_comes_back() {
        let (_folder, store) = store();
        count_up(&store).unwrap();
        count_up(&store).unwrap();
        fs::write(store.root.join("a.json"), "{\"count\": 2, \0").unwrap();
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 1 }));
        assert_eq!(fs::read_dir(store.root.join("quarantine")).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_document_without_a_good_copy_is_an_error_and_stays_as_it_is() {
        let (_folder, store) = store();
        fs::create_dir_all(&store.root).unwrap();
        for damaged in ["", "{", "[]"] {
            fs::write(store.root.join("a.json"), damaged).unwrap();
            assert_eq!(count_up(&store).unwrap_err().code, Code::Corrupt);
            assert_eq!(fs::read_to_string(store.root.join("a.json")).unwrap(), damaged);
        }
    }

    #[test]
    fn a_document_of_a_newer_backlot_is_read_and_not_written() {
        let (_folder, store) = store();
        fs::create_dir_all(&store.root).unwrap();
        fs::write(store.root.join("a.json"), "{\"schema\": 99, \"rev\": 1, \"count\": 3}").unwrap();
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 3 }));
        assert_eq!(count_up(&store).unwrap_err().code, Code::NewerSchema);
    }
}
