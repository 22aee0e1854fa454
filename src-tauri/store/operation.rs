//! Long work on a demo into which nobody may save meanwhile: a restore, a reset, a merge, the run of an agent.
//!
//! Such work has a lock of its own beside that of the store, which is only ever held for milliseconds. Whoever saves holds it
//! shared for as long as the save takes, and is told `Busy` at once while an operation has it; edits stay where they are.

use std::path::Path;
use std::time::Duration;

use uuid::Uuid;

use super::document::Store;
use super::lock::{Guard, Lock, Mode, Wait};
use crate::error::{Code, Error, Result};
use crate::workspace::Workspace;

/// How long the saves that are under way are waited for.
const SAVES: Duration = Duration::from_secs(3);

/// An operation under way; dropping it ends it.
#[derive(Debug)]
pub struct Operation {
    store: Store,
    _lock: Guard,
}

impl Operation {
    /// Begins an operation on the demo `id` in `folder`, for `purpose` (shown to who wants to save meanwhile).
    ///
    /// # Errors
    /// `Busy`, naming the other operation, if there is one; `NotWritable` or `Io`.
    pub fn begin(workspace: &Workspace, folder: &Path, id: Uuid, purpose: &str) -> Result<Self> {
        let lock = Lock::new(&workspace.locks(), &lock_id(id), purpose).take(Mode::Exclusive, Wait::Upto(SAVES));
        Ok(Self { store: Store::of_demo(workspace, folder, id).within_operation(), _lock: lock.map_err(busy)? })
    }

    /// The demo's store, as only the operation may change it.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Holds off operations on a demo for as long as a save takes.
///
/// # Errors
/// `Busy`, naming the operation that is under way.
pub(super) fn hold_off(locks: &Path, lock_id: &str, purpose: &str) -> Result<Guard> {
    Lock::new(locks, lock_id, purpose).take(Mode::Shared, Wait::Try).map_err(busy)
}

/// The name of the lock of a demo's operations.
pub(super) fn lock_id(demo: Uuid) -> String {
    format!("demo-{demo}-operation")
}

fn busy(refused: Error) -> Error {
    match refused.code {
        Code::InProgress | Code::Locked => Error::new(
            Code::Busy,
            format!("Something longer is under way in this demo, and nothing is saved into it meanwhile. {}", refused.message),
        ),
        _ => refused,
    }
}
