//! Commands of others, run as whole trees of processes and ended as whole trees.
//!
//! A command is not started by the program itself but by a small child of it, the keeper, which is the same program again:
//! - The keeper's standard input stays open for as long as the program lives. When it ends, whatever the reason, the keeper ends
//!   the tree. So nothing outlives a crash, a kill or a power button of the window.
//! - The keeper is the reaper of its descendants (`PR_SET_CHILD_SUBREAPER`): what forks twice or takes a session of its own stays
//!   below it, and is found when the tree is ended.
//! - The command is known by its number and its start, which a record keeps, and every process of the tree has a mark in its
//!   environment. Should the keeper itself be killed, the next start of the program finds by them what is left: see [`Marked`].
//!
//! Elsewhere than on Linux a tree is a process group (Windows: a job); what leaves the group is not ended.

mod accounts;
mod keeper;
mod log;
mod table;
mod tree;

pub use accounts::is_shared_machine;
pub use keeper::main;
pub use log::{Capped, Lines, tail};
pub use table::{Identity, Listener, Marked, listener_on, sockets_on};
pub use tree::{Ended, Order, Tree};

/// Leaves the terminal that this process was started from, so that closing that does not end it.
pub fn detach() {
    #[cfg(unix)]
    if let Err(cause) = rustix::process::setsid() {
        tracing::debug!(error = %cause, "this process leads its group already");
    }
}
