//! What a document of ours is: its schema, and how an older one becomes the present one.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Result;

/// A state document, stamped with `schema` and `rev` by the store.
///
/// A text with a higher schema than [`Document::SCHEMA`] is opened read-only. A lower one is migrated step by step, under
/// the lock and after a backup, when the document is next written.
pub trait Document: Serialize + DeserializeOwned {
    /// The schema this version writes.
    const SCHEMA: u64 = 1;

    /// Takes a document from the schema `from` to the next one.
    ///
    /// # Errors
    /// What makes it impossible; then nothing is written.
    fn migrate(from: u64, document: &mut Value) -> Result<()> {
        let _ = (from, document);
        Ok(())
    }
}
