//! Whose folder a store of a demo changes: looked at under the lock, before anything is.
//!
//! Whoever was given a demo's name looked for its folder before they had the lock. Meanwhile another process may have renamed
//! or deleted the demo, or found that the folder is a copy and given it an id of its own; then another demo's lock guards it.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;
use uuid::Uuid;

use super::disk;
use crate::error::{Code, Error, Result};
use crate::workspace::demo as names;

#[derive(Debug, Deserialize)]
struct Id {
    id: Uuid,
}

/// Refuses to change a folder that is not, or no longer, that demo's. One that has no identity, or one that nobody may read or
/// understand, may be.
///
/// # Errors
/// `NotFound`; `Io` if it cannot be looked at now.
pub(super) fn check(folder: &Path, id: Uuid) -> Result<()> {
    let identity = folder.join(names::IDENTITY);
    let known = match disk::read(&identity) {
        Ok(text) => serde_json::from_slice::<Id>(&text).ok(),
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::IsADirectory) => None,
        Err(cause) => return Err(Error::io("read", &identity, &cause)),
    };
    let is_there = disk::is_dir(folder).map_err(|cause| Error::io("look at", folder, &cause))?;
    if is_there && known.is_none_or(|known| known.id == id) {
        return Ok(());
    }
    Err(Error::new(
        Code::NotFound,
        "The demo was renamed or deleted by another program. Nothing was changed; refresh the list, then try again.",
    ))
}
