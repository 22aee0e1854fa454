//! The only writer of state: every document of Backlot's own is read, changed and replaced here.
//!
//! What must always hold:
//! - A document changes only while its store's lock is held, by one `rename` of a synced file: a reader without the
//!   lock sees the old or the new text, never a torn one.
//! - A read-modify-write happens inside the lock; what is acknowledged is on disk, its directory synced.
//! - What cannot be understood is never replaced by defaults: it goes to quarantine and the last good copy comes back,
//!   or the read fails.
//! - Temps exist only while their writer holds the lock, so whoever holds it next removes what a dead one left.
#![expect(clippy::disallowed_methods, reason = "the raw calls are banned everywhere else so that they are here")]

mod batch;
mod cache;
mod contents;
pub mod disk;
mod disposable;
mod document;
mod elements;
mod group;
mod journal;
pub mod json;
mod lock;
mod log;
pub mod merge;
mod operation;
mod outbox;
mod output;
mod owner;
mod patch;
mod relocate;
mod replace;
mod schema;
pub mod splice;
mod staging;

pub use batch::{Batch, Committed};
pub use cache::{Cache, mark};
pub use contents::{hash, hash_file, hash_reader, is_there, revision};
pub use disposable::{read_disposable, write_disposable};
pub use document::{Store, write_new, write_staged};
pub use elements::Elements;
pub use lock::{Guard, Holder, Lock, Mode, Wait};
pub use log::{Entries, Log};
pub use operation::Operation;
pub use outbox::Message;
pub use output::{Foreign, Output};
pub use patch::{Patch, copy_patched, patched};
pub use relocate::{relocate, unconfirmed_removal};
pub use replace::{
    copy_new, copy_open, create_staged, no_replace_rename, rename_into_empty, replace_owned, share, sync_dir, sync_file, sync_tree, touch,
};
pub use schema::Document;
pub use staging::{Staging, work_lock};
