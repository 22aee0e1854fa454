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
    if let Some(message) = unreadable(text, source) {
        return Error::new(Code::Git, message);
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

/// What to do about a repository in a format that is not read here; none if it is another failure.
fn unreadable(text: &str, source: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let is_here = Path::new(source).is_absolute();
    if text.contains("extensions.refstorage") {
        return Some(format!(
            "{source} stores its branches in the “reftable” format, which Backlot cannot read. Nothing was created. Convert it with \
             “git -C {source} refs migrate --ref-format=files” (git 2.48 or later), which keeps every branch and commit, then retry; or \
             make a copy with “git clone --mirror --ref-format=files {source} COPY.git” and use that as the template."
        ));
    }
    if text.contains("object format") {
        let copy = if is_here { source } else { "CLONE" };
        return Some(format!(
            "{source} uses SHA-256 object names, which Backlot cannot read. Nothing was created. Use a copy with SHA-1 names instead: \
             “git init COPY”, then “git -C {copy} fast-export --all | git -C COPY fast-import”, then create the demo from COPY."
        ));
    }
    if text.contains("extensions.partialclone") {
        return Some(partial(source).message);
    }
    let extension = text.split_once("unsupported extension name extensions.")?.1;
    Some(format!(
        "{source} uses the git extension “{extension}”, which Backlot cannot read. Nothing was created. Make a clone of it with \
         “git clone”, then use the clone as the template."
    ))
}

/// What to do about a repository of which git downloads parts only when it needs them.
pub(super) fn partial(source: &str) -> Error {
    let origin = config(source).and_then(|config| config.get_string("remote.origin.url").ok());
    let instead = origin.map_or_else(|| "the repository that it was cloned from".to_owned(), |url| format!("its origin, {url}"));
    let message = format!(
        "{source} is a partial clone: some of its files were never downloaded. Nothing was created. Use {instead}, as the template instead, \
         or make a complete clone with “git clone” without “--filter”."
    );
    Error::new(Code::Git, message)
}

/// Whether git downloads parts of the repository at `source` only when it needs them.
pub(super) fn is_partial(source: &str) -> bool {
    let is_set = |config: git2::Config| {
        let mut entries = config.entries(Some("^remote\\..*\\.(promisor|partialclonefilter)$")).ok()?;
        entries.next().map(|entry| entry.is_ok())
    };
    config(source).and_then(is_set).unwrap_or(false)
}

/// The settings of a repository on this machine, whatever its format.
#[expect(clippy::disallowed_methods, reason = "a source is outside the workspace")]
fn config(source: &str) -> Option<git2::Config> {
    let source = Path::new(source);
    let inner = source.join(".git");
    git2::Config::open(&if inner.is_dir() { inner } else { source.to_owned() }.join("config")).ok()
}
