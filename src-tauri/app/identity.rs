//! Who a workspace is: its id in `backlot.json`, and the folder that this id is known to be in.
//!
//! A copy of a workspace says everything that the original says of itself. It must not be taken for it: the processes and paths
//! in its records are those of the original. Three cases are told apart when a workspace is opened, by the folder that
//! `backlot.json` names (path, device and inode):
//! - the same folder, under the same path or another one: the same workspace;
//! - another folder, and the one that is named is still there: a copy, which gets an id of its own;
//! - another folder, and the one that is named is gone: the workspace was moved to another disk, or unpacked. It keeps its id.
//!
//! In the last two cases records of before belong to another folder, and nothing is done on behalf of them
//! ([`Workspace::is_own`]). A workspace of an older Backlot names no folder; the first opening notes it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::store::{Document, Store};
use crate::workspace::{Binding, Root, Workspace};

const NAME: &str = "backlot.json";

/// `backlot.json`, which marks a folder as a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Manifest {
    id: Uuid,
    created_at: jiff::Timestamp,
    /// The folder that it was in when it was opened last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root: Option<Root>,
}

impl Document for Manifest {}

/// Makes sure that the workspace has an identity of its own, and binds its records to that.
///
/// # Errors
/// `NewerSchema`, `Corrupt`, `NotWritable`, `DiskFull` or `Io`.
pub(super) fn identify(workspace: Workspace, clock: &Clock) -> Result<Workspace> {
    let failed = |cause: std::io::Error| Error::io("find the workspace", workspace.root(), &cause);
    let root = Root::of(workspace.root()).map_err(failed)?;
    let store = Store::new(workspace.root().to_owned(), &workspace.locks(), "workspace");
    let known = store.read::<Manifest>(NAME)?;
    if known.is_some() {
        store.check_schema::<Manifest>(NAME)?;
    }
    let settled = |known: Option<&Manifest>| {
        let manifest = known.cloned().unwrap_or_else(|| Manifest { id: crate::clock::new_id(), created_at: clock.now(), root: None });
        settle(manifest, &root)
    };
    let id = match &known {
        Some(known) if settle(known.clone(), &root) == *known => known.id,
        known => {
            let noted = store.update::<Manifest, Uuid>(NAME, "note where the workspace is", |known| {
                let manifest = settled(known);
                let id = manifest.id;
                Ok((Some(manifest).filter(|manifest| known != Some(manifest)), id))
            });
            match (noted, known) {
                (Ok(id), _) => id,
                (Err(error), None) => return Err(error),
                // It can be read at least. Under an id that nothing is bound to, nothing is done on behalf of old records.
                (Err(error), Some(known)) => {
                    tracing::warn!(%error, "where the workspace is could not be noted");
                    if known.root.is_some() { settled(Some(known)).id } else { known.id }
                }
            }
        }
    };
    Ok(workspace.bound_to(Binding { workspace: id, root }))
}

/// What a workspace's manifest has to say in the folder that it is in.
fn settle(manifest: Manifest, root: &Root) -> Manifest {
    let Some(known) = &manifest.root else { return Manifest { root: Some(root.clone()), ..manifest } };
    if known.is_same(root) {
        // By another path, such as a link, it may be opened every other time.
        let is_current = known == root || (known.device == root.device && known.path != root.path && known.is_there());
        return if is_current { manifest } else { Manifest { root: Some(root.clone()), ..manifest } };
    }
    let is_copy = known.is_there() && id_in(Path::new(&known.path)) == Some(manifest.id);
    let id = if is_copy { crate::clock::new_id() } else { manifest.id };
    tracing::info!(is_copy, from = known.path, "the workspace is in another folder than before");
    Manifest { id, root: Some(root.clone()), ..manifest }
}

/// The id of the workspace in a folder.
fn id_in(folder: &Path) -> Option<Uuid> {
    let store = Store::new(folder.to_owned(), &Workspace::at(folder.to_owned()).locks(), "workspace");
    let text = store.text(NAME).ok().flatten()?;
    serde_json::from_str::<Manifest>(&text).ok().map(|manifest| manifest.id)
}
