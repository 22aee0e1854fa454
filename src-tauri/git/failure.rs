//! What libgit2 says, in words for a person.

use std::path::Path;

use git2::{ErrorClass, ErrorCode};

use crate::error::{Code, Error};

/// The error to show for `cause`, met while working between `source` (a URL or path) and the folder `target`.
pub(super) fn explain(cause: &git2::Error, source: &str, target: &Path) -> Error {
    tracing::debug!(code = ?cause.code(), class = ?cause.class(), message = cause.message(), source, "git failed");
    let text = cause.message();
    let has = |parts: &[&str]| parts.iter().any(|part| text.to_ascii_lowercase().contains(part));
    // libgit2 hands on the system's words, which may be in any language: the disk itself is asked as well.
    let is_full =
        has(&["no space left", "disk quota", "file too large"]) || fs4::available_space(target).is_ok_and(|free| free < 64 * 1024);
    if is_full
        && matches!(
            cause.class(),
            ErrorClass::Os
                | ErrorClass::Filesystem
                | ErrorClass::Odb
                | ErrorClass::Indexer
                | ErrorClass::Zlib
                | ErrorClass::None
                | ErrorClass::Checkout
                | ErrorClass::Index
                | ErrorClass::Reference
        )
    {
        return Error::disk_full(target);
    }
    let is_unreachable = has(&["failed to connect", "failed to resolve", "could not resolve", "timed out"]);
    let network = is_unreachable || matches!(cause.class(), ErrorClass::Net | ErrorClass::Http | ErrorClass::Ssh | ErrorClass::Ssl);
    let (code, message) = match cause.code() {
        ErrorCode::Auth => (
            Code::AuthRefused,
            format!(
                "{source} refused access. Check that you may read it, and that the SSH agent or git's credential helper knows your key or password; then retry."
            ),
        ),
        ErrorCode::Certificate => (
            Code::AuthRefused,
            format!("The identity of {source} could not be verified. Connect to it once with git or ssh to accept its key, then retry."),
        ),
        ErrorCode::Owner => (
            Code::NotWritable,
            format!(
                "{source} belongs to another user, so git refuses to read it. Allow it with “git config --global --add safe.directory {source}”, then retry."
            ),
        ),
        ErrorCode::Timeout => (Code::Timeout, format!("{source} stopped answering. Check the connection, then retry.")),
        _ if is_unreachable => {
            (Code::NoNetwork, format!("{source} could not be reached ({text}). Check the address and the connection, then retry."))
        }
        _ if network
            && has(&["status code: 401", "status code: 403", "authentication", "credentials", "too many redirects", "publickey"]) =>
        {
            (
                Code::AuthRefused,
                format!(
                    "{source} refused access. Check that you may read it, and that the SSH agent or git's credential helper knows your key or password; then retry."
                ),
            )
        }
        _ if network && has(&["status code: 404", "not found", "does not exist", "could not read from remote"]) => {
            (Code::NotFound, format!("There is no repository at {source}. Check the address, then retry."))
        }
        _ if network => {
            (Code::NoNetwork, format!("{source} could not be reached ({text}). Check the address and the connection, then retry."))
        }
        _ if has(&["permission denied", "read-only file system"]) => {
            (Code::NotWritable, format!("A file could not be read or written ({text}). Check the permissions, then retry."))
        }
        _ => (Code::Git, format!("Git failed on {source}: {text}. What was begun has been removed.")),
    };
    Error::new(code, message)
}
