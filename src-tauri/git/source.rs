//! Where a template may come from: `https`, `ssh`, `file` and local paths, and nothing else.

use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// A place to fetch from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A repository on this machine, absolute.
    Path(PathBuf),
    /// An `https` or `ssh` URL, or the short form `user@host:path`.
    Url(String),
}

impl Source {
    /// Understands what a person typed: a URL, a path (absolute, relative to the current folder, or from `~`), or `file://`.
    ///
    /// # Errors
    /// `UnsupportedUrl` for any other scheme; `InvalidInput` for a URL with a password in it, which would be kept in clear text.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() || text.contains('\0') || text.starts_with('-') {
            return Err(Error::new(Code::InvalidInput, "Say where the template is: a URL, or a folder on this machine.").field("template"));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(if is_short_ssh(text) { Self::Url(text.to_owned()) } else { Self::Path(absolute(text)?) });
        };
        match scheme.to_ascii_lowercase().as_str() {
            "file" => {
                let path = rest.strip_prefix("localhost").unwrap_or(rest);
                if !path.starts_with('/') {
                    return Err(Error::new(
                        Code::UnsupportedUrl,
                        format!("“{text}” is on another machine. Use an https or ssh URL, or a folder on this one. Nothing was changed."),
                    )
                    .field("template"));
                }
                Ok(Self::Path(absolute(&decoded(path))?))
            }
            "https" | "ssh" => {
                let authority = rest.split('/').next().unwrap_or_default();
                if authority.is_empty() {
                    return Err(Error::new(Code::InvalidInput, format!("“{text}” names no host. Nothing was changed; check the URL."))
                        .field("template"));
                }
                let user = authority.rsplit_once('@').map(|(user, _)| user);
                // Of ssh the name of the user is a part of the address; of https it may be a token.
                if user.is_some_and(|user| user.contains(':') || scheme.eq_ignore_ascii_case("https")) {
                    return Err(Error::new(
                        Code::InvalidInput,
                        "The URL has a user name or a password in it, which would be kept in clear text. Leave out what stands before the “@”: Backlot asks git's credential helper and the SSH agent. Nothing was changed.",
                    )
                    .field("template"));
                }
                Ok(Self::Url(text.to_owned()))
            }
            other => Err(Error::new(
                Code::UnsupportedUrl,
                format!(
                    "Backlot does not clone from “{other}:”. Use an https or ssh URL, or a folder on this machine. Nothing was changed."
                ),
            )
            .field("template")),
        }
    }

    /// The URL or the absolute path, as it is kept and shown.
    pub fn url(&self) -> String {
        match self {
            Self::Path(path) => path.to_string_lossy().into_owned(),
            Self::Url(url) => url.clone(),
        }
    }

    /// The last part of the path without `.git`: what a person would call it.
    pub fn name(&self) -> String {
        let url = self.url();
        let last = url.trim_end_matches(['/', '\\']).rsplit(['/', '\\', ':']).next().unwrap_or_default();
        last.strip_suffix(".git").unwrap_or(last).to_owned()
    }
}

/// Whether it is the short form of an ssh URL, `user@host:path`, and no path or Windows drive.
#[expect(clippy::disallowed_methods, reason = "a source is outside the workspace")]
fn is_short_ssh(text: &str) -> bool {
    match text.split_once(':') {
        Some((host, path)) => host.contains('@') && !host.contains(['/', '\\']) && !path.is_empty() && !Path::new(text).exists(),
        None => false,
    }
}

/// A URL's path with its `%xx` decoded (RFC 3986, section 2.1); what is no such escape stays as it is.
fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[expect(clippy::disallowed_methods, reason = "a source is outside the workspace")]
fn absolute(text: &str) -> Result<PathBuf> {
    let home = text.strip_prefix("~/").and_then(|rest| std::env::home_dir().map(|home| home.join(rest)));
    let path = home.unwrap_or_else(|| PathBuf::from(text));
    let path = std::path::absolute(&path).map_err(|cause| Error::io("find", &path, &cause))?;
    // One repository has one name, however it was reached; what does not exist keeps the name it was given.
    Ok(std::fs::canonicalize(&path).unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_ssh_file_and_paths_are_taken() {
        for url in ["https://example.com/a.git", "ssh://git@example.com/a", "git@example.com:me/a.git"] {
            assert_eq!(Source::parse(url).unwrap(), Source::Url(url.to_owned()));
        }
        assert_eq!(Source::parse("file:///nowhere/a").unwrap(), Source::Path("/nowhere/a".into()));
        assert_eq!(Source::parse("/nowhere/a").unwrap(), Source::Path("/nowhere/a".into()));
        for url in ["http://example.com/a", "git://example.com/a", "ext::sh -c date", "ftp://x/y", "javascript://x"] {
            let parsed = Source::parse(url);
            assert!(!matches!(parsed, Ok(Source::Url(_))), "{url}: {parsed:?}");
        }
        assert_eq!(Source::parse("--upload-pack=date").unwrap_err().code, Code::InvalidInput);
        for url in ["https://me:secret@example.com/a", "https://token@example.com/a", "ssh://me:secret@example.com/a"] {
            assert_eq!(Source::parse(url).unwrap_err().code, Code::InvalidInput, "{url}");
        }
        assert_eq!(Source::parse("file:///nowhere/a%20b%zz").unwrap(), Source::Path("/nowhere/a b%zz".into()));
        assert_eq!(Source::parse("file://elsewhere/a").unwrap_err().code, Code::UnsupportedUrl);
    }

    #[test]
    fn a_source_is_called_by_the_last_part_of_its_path() {
        for (url, name) in
            [("https://example.com/me/bakery.git/", "bakery"), ("git@example.com:site.git", "site"), ("/a/My Site", "My Site")]
        {
            assert_eq!(Source::parse(url).unwrap().name(), name);
        }
    }
}
