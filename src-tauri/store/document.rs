//! A store: a directory of documents under one lock.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::batch::{Batch, Committed, check_schema, parse, pretty, stamp, to_value};
use super::contents::read_text;
use super::disk;
use super::group;
use super::journal;
use super::lock::{Guard, Lock, Mode, Wait};
use super::operation;
use super::owner;
use super::replace::{self, sweep};
use super::schema::Document;
use super::staging::Staging;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// Where large files of a transaction are prepared, below the store's root.
const STAGED: &str = ".staged";

/// A directory of documents, changed only while its lock is held.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    locks: PathBuf,
    lock_id: String,
    /// The lock of the operations that saves must leave alone, if there are such.
    operations: Option<String>,
    /// The demo whose folder the root is, if it is one's.
    demo: Option<Uuid>,
    patience: Option<Duration>,
}

impl Store {
    /// The store of the documents in `root`, under the lock `lock_id` in the folder `locks`. Nothing is created.
    pub fn new(root: PathBuf, locks: &Path, lock_id: impl Into<String>) -> Self {
        Self { root, locks: locks.to_owned(), lock_id: lock_id.into(), operations: None, demo: None, patience: None }
    }

    /// The store's directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The store of a demo's documents, wherever its folder is.
    pub fn of_demo(workspace: &Workspace, folder: &Path, id: Uuid) -> Self {
        let store = Self::new(folder.to_owned(), &workspace.locks(), format!("demo-{id}"));
        Self { operations: Some(operation::lock_id(id)), demo: Some(id), ..store }
    }

    /// The same store for who holds the lock of operations.
    pub(super) fn within_operation(self) -> Self {
        Self { operations: None, ..self }
    }

    /// The same store, whose lock is not waited for longer than this.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// Reads a document of ours without the lock; none when there is none.
    ///
    /// # Errors
    /// `Corrupt` if it cannot be understood and no good copy is kept; `NewerSchema` never: reading is always allowed.
    pub fn read<T: Document>(&self, name: &str) -> Result<Option<T>> {
        if !journal::is_pending(&self.root)?
            && let Ok(text) = read_text(&self.root.join(name))
        {
            match text.map(|text| parse(&text)) {
                None => return Ok(None),
                Some(Ok(document)) => return Ok(Some(document)),
                Some(Err(_)) => {}
            }
        }
        // Under the lock what was committed is finished, a good copy put back, and what was being replaced is read again.
        self.mend("restore a damaged document", |batch| batch.read(name))
    }

    /// Refuses a document that a newer Backlot wrote.
    ///
    /// # Errors
    /// `NewerSchema`; `Corrupt`, `NotWritable` or `Io` if it cannot be read.
    pub fn check_schema<T: Document>(&self, name: &str) -> Result<()> {
        self.text(name)?.map_or(Ok(()), |text| check_schema::<T>(&self.root.join(name), &text))
    }

    /// The text of a document without the lock; none when there is none.
    ///
    /// # Errors
    /// `Corrupt` if it is not UTF-8; `NotWritable` or `Io`.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        if journal::is_pending(&self.root)? {
            self.recover()?;
        }
        read_text(&self.root.join(name))
    }

    /// Changes any number of documents in one hold of the lock, all of them or none; waiting updates of other threads
    /// share the hold. Durable when it returns.
    ///
    /// # Errors
    /// Those of `change`, when nothing of it is written; `Locked` if the lock cannot be had in time; `Busy` while a longer
    /// operation is under way; `DiskFull`, `NotWritable` or `Io`, when nothing was changed; `Indeterminate`, when reading again tells.
    pub fn transact<R>(&self, purpose: &str, change: impl FnOnce(&mut Batch) -> Result<R>) -> Result<R> {
        self.transact_told(purpose, change).map(|(result, _)| result)
    }

    /// As [`Store::transact`]; tells also how the documents were left. Others may have shared the hold: their changes are in it.
    ///
    /// # Errors
    /// As for [`Store::transact`].
    pub fn transact_told<R>(&self, purpose: &str, change: impl FnOnce(&mut Batch) -> Result<R>) -> Result<(R, Arc<Committed>)> {
        let open = || {
            let held_off = self.operations.as_ref().map(|id| operation::hold_off(&self.locks, id, purpose)).transpose()?;
            self.open(purpose, held_off)
        };
        group::run(&self.key(self.operations.is_some()), open, change)
    }

    /// Brings to an end or back what somebody left behind, which an operation does not stand in the way of.
    fn mend<R>(&self, purpose: &str, change: impl FnOnce(&mut Batch) -> Result<R>) -> Result<R> {
        group::run(&self.key(false), || self.open(purpose, None), change).map(|(result, _)| result)
    }

    fn key(&self, heeds_operations: bool) -> group::Key {
        group::Key { root: self.root.clone(), lock_id: self.lock_id.clone(), heeds_operations }
    }

    /// Reads, changes and replaces one document in one hold of the lock.
    ///
    /// `change` is given what is there and returns what shall be there, or none to leave it as it is.
    ///
    /// # Errors
    /// As for [`Store::transact`].
    pub fn update<T: Document, R>(
        &self,
        name: &str,
        purpose: &str,
        change: impl FnOnce(Option<&T>) -> Result<(Option<T>, R)>,
    ) -> Result<R> {
        self.transact(purpose, |batch| {
            let old = batch.read::<T>(name)?;
            let (new, result) = change(old.as_ref())?;
            if let Some(new) = new {
                batch.put(name, &new)?;
            }
            Ok(result)
        })
    }

    /// Replaces one document of ours, or makes it.
    ///
    /// # Errors
    /// As for [`Store::transact`].
    pub fn put<T: Document>(&self, name: &str, purpose: &str, document: &T) -> Result<()> {
        self.transact(purpose, |batch| batch.put(name, document))
    }

    /// Whether a transaction is committed and not finished: what is read without the lock may be of before it.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if that cannot be looked at.
    pub fn is_pending(&self) -> Result<bool> {
        journal::is_pending(&self.root)
    }

    /// Whether something is left of a writer: of a dead one, or of one that is at work this very moment.
    pub fn needs_recovery(&self) -> bool {
        let has_entries = |name: &str| match disk::read_dir(self.root.join(name)) {
            Ok(mut entries) => entries.next().is_some(),
            // Whoever goes on gets the error.
            Err(cause) => !matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        };
        has_entries(".tmp") || has_entries(STAGED) || journal::is_pending(&self.root).unwrap_or(true)
    }

    /// Removes what a dead writer left and finishes what it committed, if there is anything of the kind.
    ///
    /// # Errors
    /// As for [`Store::transact`].
    pub fn recover(&self) -> Result<()> {
        if self.needs_recovery() {
            return self.mend("finish what another process began", |_| Ok(()));
        }
        Ok(())
    }

    /// A folder on the store's file system to prepare large files in, without the lock; [`Batch::adopt`] takes them over.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Io`.
    pub fn stage(&self) -> Result<Staging> {
        Staging::begin_in(&self.root.join(STAGED), &self.locks, Some(journal::path(&self.root)))
    }

    /// Takes the lock, finishes what a dead writer committed, and removes what it left behind.
    fn open(&self, purpose: &str, held_off: Option<Guard>) -> Result<Batch> {
        let lock =
            Lock::new(&self.locks, &self.lock_id, purpose).take(Mode::Exclusive, self.patience.map_or(Wait::Patiently, Wait::Upto))?;
        disk::refuse_links(&self.root).map_err(|cause| Error::io("open the folder", &self.root, &cause))?;
        if let Some(demo) = self.demo {
            owner::check(&self.root, demo)?;
        }
        sweep(&self.root.join(".tmp"))?;
        journal::recover(&self.root)?;
        // After the journal: what it still needed of a dead owner's folder is in its place now.
        Staging::sweep_in(&self.root.join(STAGED), &self.locks)?;
        Ok(Batch::new(self.root.clone(), lock, held_off))
    }
}

/// Writes a new document with no sync of its own, into a folder that is still being built and is synced as a whole.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Io`.
pub fn write_new<T: Document>(path: &Path, document: &T) -> Result<()> {
    let mut value = to_value(document)?;
    stamp(&mut value, T::SCHEMA, 1);
    replace::create(path, pretty(&value).as_bytes()).map_err(|cause| Error::io("write", path, &cause))
}

/// Writes a file with no sync of its own, into a folder that is still being built and is synced as a whole.
///
/// # Errors
/// `DiskFull`, `NotWritable` or `Io`.
pub fn write_staged(path: &Path, text: &str) -> Result<()> {
    replace::overwrite(path, text.as_bytes()).map_err(|cause| Error::io("write", path, &cause))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Barrier;

    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use super::*;
    use crate::error::Code;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Count {
        count: u64,
    }

    impl Document for Count {}

    /// The same document two schemas later: first `count` became `total`, then a unit was added.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Total {
        #[serde(alias = "count")]
        total: u64,
        #[serde(default)]
        unit: String,
    }

    impl Document for Total {
        const SCHEMA: u64 = 3;

        fn migrate(from: u64, document: &mut Value) -> Result<()> {
            match from {
                1 => {
                    let count = document["count"].take();
                    document["total"] = count;
                    if let Value::Object(members) = document {
                        members.shift_remove("count");
                    }
                }
                _ => document["unit"] = "pieces".into(),
            }
            Ok(())
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("s"), &folder.path().join("locks"), "s");
        fs::create_dir_all(&store.root).unwrap();
        (folder, store)
    }

    fn count_up(store: &Store, name: &str) -> Result<u64> {
        store.update::<Count, _>(name, "count", |old| {
            let count = old.map_or(0, |old| old.count) + 1;
            Ok((Some(Count { count }), count))
        })
    }

    fn inode(path: &Path) -> u64 {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).unwrap().ino()
    }

    #[test]
    fn updates_of_many_threads_are_all_there_and_share_their_writes() {
        let (_folder, store) = store();
        let barrier = Barrier::new(16);
        let mut results: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        (0..10).map(|_| count_up(&store, "a.json").unwrap()).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        results.sort_unstable();
        assert_eq!(results, (1..=160).collect::<Vec<_>>(), "every update saw the one before it");
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 160 }));
        assert_eq!(fs::read_dir(store.root.join(".tmp")).unwrap().count(), 0);
    }

    #[test]
    fn of_the_updates_that_share_a_write_a_failed_and_a_panicked_one_take_only_themselves_back() {
        let (_folder, store) = store();
        let barrier = Barrier::new(9);
        let failed = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..9)
                .map(|number| {
                    let (store, barrier) = (&store, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        store.transact("try", |batch| {
                            let old = batch.read::<Count>("a.json")?.map_or(0, |old| old.count);
                            batch.put("a.json", &Count { count: old + 1 })?;
                            match number % 3 {
                                0 => Err(Error::new(Code::InvalidInput, "no")),
                                1 => panic!("on purpose"),
                                _ => Ok(()),
                            }
                        })
                    })
                })
                .collect();
            threads.into_iter().filter(|_| true).map(|thread| thread.join().unwrap()).filter(Result::is_err).count()
        });
        assert_eq!((failed, store.read::<Count>("a.json").unwrap()), (6, Some(Count { count: 3 })));
    }

    #[test]
    fn unknown_fields_are_kept_and_the_revision_counts_up() {
        let (_folder, store) = store();
        let path = store.root.join("a.json");
        fs::write(&path, "{\"theirs\": 12345678901234567890.50, \"count\": 4, \"rev\": 7, \"schema\": 1}").unwrap();
        assert_eq!(count_up(&store, "a.json").unwrap(), 5);
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"theirs\": 12345678901234567890.50, \"count\": 5, \"rev\": 8, \"schema\": 1}");
    }

    #[test]
    fn a_damaged_document_goes_to_quarantine_and_its_good_copy_comes_back() {
        let (_folder, store) = store();
        count_up(&store, "a.json").unwrap();
        count_up(&store, "a.json").unwrap();
        for damage in [b"{\"count\": 2, \0".as_slice(), b"", b"{", b"\xff\xfe"] {
            fs::write(store.root.join("a.json"), damage).unwrap();
            assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 1 }));
        }
        assert_eq!(fs::read_dir(store.root.join("quarantine")).unwrap().count(), 4);
    }

    #[test]
    fn a_damaged_document_without_a_good_copy_is_an_error_and_stays_as_it_is() {
        let (_folder, store) = store();
        for damaged in ["", "{", "[]"] {
            fs::write(store.root.join("a.json"), damaged).unwrap();
            assert_eq!(count_up(&store, "a.json").unwrap_err().code, Code::Corrupt);
            assert_eq!(fs::read_to_string(store.root.join("a.json")).unwrap(), damaged);
        }
    }

    #[test]
    fn a_document_of_a_newer_backlot_is_read_and_not_written() {
        let (_folder, store) = store();
        fs::write(store.root.join("a.json"), "{\"schema\": 99, \"rev\": 1, \"count\": 3}").unwrap();
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 3 }));
        assert_eq!(count_up(&store, "a.json").unwrap_err().code, Code::NewerSchema);
    }

    #[test]
    fn an_older_document_is_migrated_when_it_is_written_and_kept_aside() {
        let (_folder, store) = store();
        let old = "{\"schema\": 1, \"rev\": 4, \"count\": 3, \"theirs\": 1.0}";
        fs::write(store.root.join("a.json"), old).unwrap();
        store
            .update::<Total, _>("a.json", "add", |old| Ok((Some(Total { total: old.unwrap().total + 1, unit: "pieces".to_owned() }), ())))
            .unwrap();
        let new: Value = serde_json::from_str(&fs::read_to_string(store.root.join("a.json")).unwrap()).unwrap();
        assert_eq!(new, serde_json::json!({"schema": 3, "rev": 5, "total": 4, "unit": "pieces", "theirs": 1.0}));
        assert_eq!(fs::read_to_string(store.root.join(".backup/a.json.schema1")).unwrap(), old);
    }

    #[test]
    fn several_documents_change_together_through_a_journal_that_is_gone_afterwards() {
        let (_folder, store) = store();
        count_up(&store, "gone.json").unwrap();
        store
            .transact("change three", |batch| {
                batch.put("a.json", &Count { count: 1 })?;
                batch.set_text("site/pages/b.json", "{ }")?;
                batch.remove("gone.json")
            })
            .unwrap();
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 1 }));
        assert_eq!(fs::read_to_string(store.root.join("site/pages/b.json")).unwrap(), "{ }");
        assert!(!store.root.join("gone.json").exists() && !store.root.join("txn.json").exists());
    }

    /// The journal of a transaction that died right after its commit point, over `a.json` and `b.json`.
    fn committed(store: &Store, version: u32) {
        let targets = serde_json::json!(["a.json", "b.json"].map(|name| {
            let old = fs::read(store.root.join(name)).ok().map(|old| blake3::hash(&old).to_hex().to_string());
            let new = "{\"count\": 9}";
            serde_json::json!({"name": name, "old": old, "new": blake3::hash(new.as_bytes()).to_hex().to_string(), "contents": new})
        }));
        let checksum = blake3::hash(targets.to_string().as_bytes()).to_hex().to_string();
        fs::write(
            store.root.join("txn.json"),
            serde_json::json!({"version": version, "checksum": checksum, "targets": targets}).to_string(),
        )
        .unwrap();
    }

    #[test]
    fn a_committed_transaction_is_finished_by_whoever_comes_next() {
        let (_folder, store) = store();
        count_up(&store, "a.json").unwrap();
        committed(&store, 1);
        // A reader comes first: it must not see the old state of one and the new of the other.
        assert_eq!(store.read::<Count>("b.json").unwrap(), Some(Count { count: 9 }));
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 9 }));
        assert!(!store.root.join("txn.json").exists());
    }

    #[test]
    fn what_somebody_else_wrote_in_the_middle_of_a_transaction_stays_and_ours_is_kept_aside() {
        let (_folder, store) = store();
        count_up(&store, "a.json").unwrap();
        committed(&store, 1);
        fs::write(store.root.join("a.json"), "{\"count\": 77}").unwrap();
        assert_eq!(store.read::<Count>("b.json").unwrap(), Some(Count { count: 9 }));
        assert_eq!(store.read::<Count>("a.json").unwrap(), Some(Count { count: 77 }));
        assert_eq!(fs::read_dir(store.root.join("quarantine")).unwrap().count(), 1);
    }

    #[test]
    fn a_journal_of_a_newer_backlot_makes_the_store_read_only_and_a_damaged_one_is_put_aside() {
        let (_folder, store) = store();
        count_up(&store, "a.json").unwrap();
        committed(&store, 2);
        assert_eq!(count_up(&store, "a.json").unwrap_err().code, Code::NewerSchema);
        assert!(store.root.join("txn.json").exists());
        committed(&store, 1);
        let damaged = fs::read_to_string(store.root.join("txn.json")).unwrap().replace('9', "8");
        fs::write(store.root.join("txn.json"), damaged).unwrap();
        assert_eq!(count_up(&store, "a.json").unwrap(), 2);
        assert_eq!(fs::read_dir(store.root.join("quarantine")).unwrap().count(), 1);
    }

    #[test]
    fn a_change_within_a_change_is_an_error_and_no_deadlock() {
        let (_folder, store) = store();
        let inner = store.transact("outer", |_| Ok(count_up(&store, "a.json").unwrap_err().code)).unwrap();
        assert_eq!(inner, Code::Internal);
        assert_eq!(count_up(&store, "a.json").unwrap(), 1);
    }

    #[test]
    fn nothing_is_written_when_the_lock_file_was_removed_meanwhile() {
        let (_folder, store) = store();
        count_up(&store, "a.json").unwrap();
        let refused = store.transact("lose the lock", |batch| {
            fs::remove_file(store.locks.join("s.lock")).unwrap();
            batch.put("a.json", &Count { count: 9 })
        });
        assert_eq!(refused.unwrap_err().code, Code::Locked);
        assert_eq!(count_up(&store, "a.json").unwrap(), 2);
    }

    #[test]
    fn a_batch_without_a_change_writes_nothing() {
        let (_folder, store) = store();
        count_up(&store, "a.json").unwrap();
        let before = inode(&store.root.join("a.json"));
        store.transact("look", |batch| batch.set_text("a.json", fs::read_to_string(store.root.join("a.json")).unwrap())).unwrap();
        assert_eq!(inode(&store.root.join("a.json")), before);
    }
}
