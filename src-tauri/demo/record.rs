//! Creation records: until a demo's folder is in place, its record is the truth about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::model::{CreateDemo, Demo, DemoView, Status};
use crate::error::{Code, Error, Result};
use crate::store::{self, Cache, Document, Lock, Store, disk};
use crate::workspace::Workspace;

/// `state/creations/<request-id>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// What was asked for, to tell a repeated request from another one.
    pub request: CreateDemo,
    /// Who the demo is, or is going to be.
    pub demo: Demo,
    /// How far its creation is.
    pub status: Status,
}

impl Document for Record {}

impl Record {
    pub fn view(self) -> DemoView {
        DemoView { demo: self.demo, status: self.status, folder: None }
    }
}

/// The records of a workspace.
#[derive(Debug, Clone)]
pub(super) struct Records {
    workspace: Workspace,
    store: Store,
    /// What was read last.
    known: Arc<Cache<Record>>,
}

impl Records {
    pub fn new(workspace: Workspace) -> Self {
        let store = Store::new(workspace.state(), &workspace.locks(), "state");
        Self { workspace, store, known: Arc::default() }
    }

    pub fn get(&self, request_id: &str) -> Result<Option<Record>> {
        self.store.read(&name(request_id))
    }

    /// Every record; one that cannot be read is left where it is and out of the list.
    pub fn all(&self) -> Vec<Record> {
        let is_pending = self.store.is_pending().unwrap_or(true);
        disk::read_dir(self.workspace.creations())
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let path = entry.path();
                if path.extension().is_none_or(|kind| kind != "json") {
                    return None;
                }
                let known = || serde_json::from_slice::<Record>(&disk::read(&path).ok()?).ok();
                if let Some(record) = (!is_pending).then(|| self.known.get(&path, known)).flatten() {
                    return Some(Record::clone(&record));
                }
                match self.get(path.file_stem()?.to_str()?) {
                    Ok(record) => record,
                    Err(cause) => {
                        tracing::warn!(path = %path.display(), error = %cause, "a creation record cannot be read");
                        None
                    }
                }
            })
            .collect()
    }

    /// Writes a record.
    pub fn put(&self, record: &Record) -> Result<()> {
        self.store.put(&name(&record.demo.request_id), "note how far a creation is", record)
    }

    /// Removes what a dead writer left, if it left anything.
    pub fn sweep(&self) {
        if let Err(cause) = self.store.recover() {
            tracing::warn!(error = %cause, "what a dead process left could not be settled");
        }
    }

    pub fn remove(&self, request_id: &str) -> Result<()> {
        let removed = self.store.transact("dismiss a creation", |batch| batch.remove(&name(request_id)));
        self.clear_cancel(request_id);
        removed
    }

    /// Held for as long as anybody works on this request.
    pub fn request_lock(&self, request_id: &str) -> Lock {
        Lock::new(&self.workspace.locks(), &format!("request-{request_id}"), "create a demo")
    }

    /// Held by whoever brings a demo of this slug into being or gives the slug away.
    pub fn slug_lock(&self, slug: &str, purpose: &str) -> Lock {
        Lock::new(&self.workspace.locks(), &format!("slug-{slug}"), purpose)
    }

    /// Asks whoever works on the request to stop, in whichever process it is.
    pub fn ask_cancel(&self, request_id: &str) -> Result<()> {
        let mark = self.cancel_mark(request_id);
        store::touch(&mark).map_err(|cause| Error::io("ask the creation to stop", &mark, &cause))
    }

    pub fn is_cancel_asked(&self, request_id: &str) -> bool {
        disk::exists(self.cancel_mark(request_id)).unwrap_or(false)
    }

    pub fn clear_cancel(&self, request_id: &str) {
        let _ = disk::remove_file(self.cancel_mark(request_id));
    }

    fn cancel_mark(&self, request_id: &str) -> PathBuf {
        self.workspace.creations().join(format!("{request_id}.cancel"))
    }
}

/// Why a text is no creation record that this version knows.
///
/// # Errors
/// The reason, for a person.
pub fn check_record(text: &[u8]) -> std::result::Result<(), String> {
    serde_json::from_slice::<Record>(text).map(drop).map_err(|cause| cause.to_string())
}

/// A request id is a file's name, so it is held to what every system takes.
///
/// # Errors
/// `InvalidInput` for the field `request_id`.
pub(super) fn validate_request_id(id: &str) -> Result<()> {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    if id.is_empty() || id.len() > 100 || id.starts_with('.') || id.ends_with('.') || !id.bytes().all(is_plain) {
        return Err(Error::new(
            Code::InvalidInput,
            "A request id has 1 to 100 letters, digits, hyphens, underscores or dots. Nothing was created.",
        )
        .field("request_id"));
    }
    Ok(())
}

fn name(request_id: &str) -> String {
    Path::new("creations").join(format!("{request_id}.json")).to_string_lossy().into_owned()
}
