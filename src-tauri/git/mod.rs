//! The only user of git: mirrors of templates, clones out of them, and the checks of what they hold.
//!
//! What must always hold:
//! - A repository is hostile until shown otherwise: its tree is looked through before a byte of it is written, and none
//!   of its hooks and filters ever runs (libgit2 knows neither).
//! - Fetching and cloning run in a child process ([`worker`]), which can be ended at any moment and ends with its
//!   parent, since a call into libgit2 that waits for a network or a disk cannot be cancelled from outside.
//! - A clone stands on its own: its objects are linked or copied, never borrowed from the mirror.

mod check;
mod clone;
mod encoding;
mod failure;
mod head;
mod import;
mod mirror;
mod own;
mod refs;
mod salvage;
mod source;
mod submodule_fetch;
mod submodules;
pub mod worker;

pub use check::Limits;
pub use clone::{CloneJob, Cloned};
pub use encoding::{NotEncoded, not_encoded};
pub use head::{Head, head, unreadable};
pub use import::{SourceFile, import};
pub use mirror::{FetchJob, Fetched, branch_commit, damaged_branch, head_of, missing_refs, read_file};
pub use source::Source;
pub use submodule_fetch::{FetchedSubmodule, SubmoduleJob, note_submodules, origin};
pub use submodules::{Submodule, submodules};
pub use worker::Worker;
