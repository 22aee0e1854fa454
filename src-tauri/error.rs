//! The one error that crosses an edge of the library: a code the caller can act on, a message a person can read.
//!
//! A message says what happened, what was left unchanged, and what to do. The cause goes to the log, never to the user.
//! A code exists only where somebody switches on it (the window, a script, a test).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The result of everything that can fail at an edge.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is. Written in JSON by its name, for example `"InProgress"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub enum Code {
    /// A value given by the caller cannot be used; `field` names it.
    InvalidInput,
    /// The demo, template or file asked for is not there.
    NotFound,
    /// Something of that name is already there; it was left untouched.
    AlreadyExists,
    /// Another living process is doing this right now.
    InProgress,
    /// The request id was used before with other parameters.
    RequestIdReused,
    /// A lock could not be had in time; the message names its holder.
    Locked,
    /// A longer operation on the demo is under way; saves wait until it is over.
    Busy,
    /// The work was cancelled by the user.
    Cancelled,
    /// The thing was changed by somebody else since it was looked at.
    Conflict,
    /// The thing is used elsewhere; the message says where.
    InUse,
    /// The state the thing is in does not allow this.
    WrongState,
    /// The file was written by a newer Backlot and is opened read-only.
    NewerSchema,
    /// A file could not be understood and there is no good copy to go back to.
    Corrupt,
    /// The source is there but is not a git repository.
    NotARepository,
    /// The repository has no commits.
    EmptyRepository,
    /// The repository has no such branch.
    BranchMissing,
    /// The host could not be reached.
    NoNetwork,
    /// The host refused the credentials, or there were none to offer.
    AuthRefused,
    /// Only `https`, `ssh`, `file` and local paths are cloned.
    UnsupportedUrl,
    /// The repository holds something that is not safe to check out.
    HostileRepository,
    /// The repository is larger than the limits in the settings.
    TooLarge,
    /// The other side stopped answering.
    Timeout,
    /// The caller may not do that.
    Forbidden,
    /// A command of the site's own is to be decided on before it may run.
    NotTrusted,
    /// A command of the site's own ended by itself; the message has its last words, its log more.
    CommandFailed,
    /// The disk is full.
    DiskFull,
    /// The path cannot be written.
    NotWritable,
    /// Whether the call took effect is not known; reading again tells.
    Indeterminate,
    /// Any other failure of git.
    Git,
    /// Any other failure of the file system.
    Io,
    /// A defect of Backlot itself.
    Internal,
}

/// An error as it crosses an edge: `{code, message, field?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS, thiserror::Error)]
#[ts(export)]
#[error("{message}")]
pub struct Error {
    /// What kind of failure it is.
    pub code: Code,
    /// One message for a person: what happened, what was left unchanged, what to do.
    pub message: String,
    /// The input field that is to blame, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
}

/// A symbolic link in a workspace, where none is followed. As the cause of an [`io::Error`] it becomes the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is a symbolic link. Backlot follows no links inside a workspace; replace it with a real file or folder.", .0.display())]
pub struct Linked(pub PathBuf);

impl From<Linked> for io::Error {
    fn from(link: Linked) -> Self {
        Self::new(io::ErrorKind::InvalidInput, link)
    }
}

impl Error {
    /// An error of `code` with a message for a person.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    /// The same error, blaming the input `field`.
    #[must_use]
    pub fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// A failure of the file system while doing `what` with `path`; the cause is logged.
    ///
    /// A full disk and a path that cannot be written get codes of their own, since a person can do something about them.
    pub fn io(what: impl fmt::Display, path: &Path, cause: &io::Error) -> Self {
        tracing::debug!(path = %path.display(), error = %cause, "{what}");
        let shown = path.display();
        if let Some(link) = cause.get_ref().and_then(|cause| cause.downcast_ref::<Linked>()) {
            return Self::new(Code::NotWritable, link.to_string());
        }
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::disk_full(path),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::new(
                Code::NotWritable,
                format!(
                    "Could not {what}: {shown} is not accessible to you. Nothing was changed. Check the folder's permissions, or choose another one."
                ),
            ),
            _ => Self::new(Code::Io, format!("Could not {what} ({shown}): {cause}. Nothing was changed.")),
        }
    }

    /// Something was done, as `what` says, and cannot be read again for the answer; `cause` goes to the log.
    pub fn unread(what: &str, cause: &Self) -> Self {
        tracing::warn!(error = %cause, "{what}, but it could not be read again");
        Self::new(Code::Indeterminate, format!("{what}, but it could not be read again. Look at it before you go on."))
    }

    /// The disk that holds `path` is full.
    pub fn disk_full(path: &Path) -> Self {
        Self::new(
            Code::DiskFull,
            format!("The disk that holds {} is full. What was begun has been removed; free some space, then retry.", path.display()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_forbidden_path_have_codes_of_their_own() {
        let full = Error::io("write", Path::new("/x"), &io::Error::from(io::ErrorKind::StorageFull));
        let denied = Error::io("write", Path::new("/x"), &io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!((full.code, denied.code), (Code::DiskFull, Code::NotWritable));
    }

    #[test]
    fn a_link_is_named_whatever_was_to_be_done() {
        let error = Error::io("write", Path::new("/x/link/y"), &Linked("/x/link".into()).into());
        assert_eq!(error.code, Code::NotWritable);
        assert!(error.message.starts_with("/x/link is a symbolic link."), "{}", error.message);
    }

    #[test]
    fn an_error_without_a_field_has_no_field_in_json() {
        let json = serde_json::to_string(&Error::new(Code::NotFound, "gone")).unwrap_or_default();
        assert_eq!(json, r#"{"code":"NotFound","message":"gone"}"#);
    }
}
