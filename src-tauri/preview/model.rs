//! What is shown of previews.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::error::Error;

/// How a site is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewKind")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Its pages are rendered from templates.
    Rendered,
    /// Its files as they are.
    Files,
    /// By its own dev command.
    Command,
}

/// Whether a preview runs, as its process and a request to it tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewState")]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Nothing runs.
    Stopped,
    /// Its process runs, and does not answer yet.
    Starting {
        /// Since when.
        #[ts(type = "string")]
        since: Timestamp,
    },
    /// It answers.
    Running {
        /// Where, such as `http://6f1d3c52-0a0e-4c1c-9d7a-0f6b7a3b9c11.localhost:40123`: the address to use.
        address: String,
        /// The same for a browser that does not know names below `localhost`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        fallback: Option<String>,
        /// The port of that address.
        port: u16,
        /// The process that serves it.
        pid: u32,
        /// Since when.
        #[ts(type = "string")]
        since: Timestamp,
    },
    /// It ended by itself, or has nothing to show.
    Failed {
        /// Why, and what to do.
        error: Error,
    },
}

/// The preview of a demo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Preview {
    /// The demo's id.
    pub demo: Uuid,
    /// How it is served; none while nothing runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub kind: Option<Kind>,
    /// Whether it runs.
    #[serde(flatten)]
    pub state: State,
}

impl Preview {
    /// The preview of a demo that has none.
    pub fn stopped(demo: Uuid) -> Self {
        Self { demo, kind: None, state: State::Stopped }
    }

    /// Where it answers, if it does.
    pub fn address(&self) -> Option<&str> {
        match &self.state {
            State::Running { address, .. } => Some(address),
            _ => None,
        }
    }
}

/// The URL of a page's path at an address, which may have a base path.
pub fn page_url(address: &str, page: &str) -> String {
    let path = address.find("://").and_then(|at| address[at + 3..].find('/').map(|path| at + 3 + path)).unwrap_or(address.len());
    let (origin, base) = address.split_at(path);
    let folder = base.trim_end_matches('/');
    let is_within = page.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    // What refers to the base path itself is complete.
    if !folder.is_empty() && is_within {
        return format!("{origin}{page}");
    }
    match page.strip_prefix('/') {
        // The home page is at the base path as it was given: with its slash, or without.
        Some("") if !base.is_empty() => address.to_owned(),
        Some(_) => format!("{origin}{folder}{page}"),
        None => format!("{origin}{folder}/{page}"),
    }
}

impl State {
    /// The state in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Starting { .. } => "starting",
            Self::Running { .. } => "running",
            Self::Failed { .. } => "failed",
        }
    }
}

/// What a person said of a dev command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewDecision")]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing yet, or something of it has changed since.
    #[default]
    Undecided,
    /// It may run.
    Trusted,
    /// The site is served as files.
    Restricted,
}

/// A command that a site brings to serve itself, and everything that a person must see to trust it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewOffer")]
pub struct Offer {
    /// The command, word by word. `{port}` stands for the port that it is given when it starts.
    pub command: Vec<String>,
    /// What the command runs in turn: the scripts of `package.json` by their names.
    pub scripts: Vec<Script>,
    /// The file that names it, `package.json` or `backlot.json`, or by which the site's generator was recognized.
    pub found_in: String,
    /// The commit that the demo's site stands on.
    pub commit: String,
    /// The file that fixes the versions of what is installed, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub lockfile: Option<Lockfile>,
    /// What to install, if the program of the command is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub missing: Option<String>,
    /// Whether the packages it needs are not installed: `npm install` or the like comes first.
    pub needs_install: bool,
    /// Stands for all of the above that is decided on; deciding names it, so that nothing else is decided than what was shown.
    pub key: String,
    /// What was decided.
    pub decision: Decision,
    /// What is different from what was decided on before, if it was: `command`, `scripts`, `commit`, `lockfile`.
    pub changed: Vec<String>,
}

/// A script of `package.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewScript")]
pub struct Script {
    /// Its name.
    pub name: String,
    /// The shell line that it is.
    pub line: String,
}

/// A lockfile and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewLockfile")]
pub struct Lockfile {
    /// Its name.
    pub name: String,
    /// The BLAKE3 of its bytes.
    pub hash: String,
}

/// The end of what a dev command said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewLog")]
pub struct Log {
    /// Its text, plain.
    pub text: String,
    /// Whether there is more before it.
    pub is_cut: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_below_the_base_path() {
        for (address, page, url) in [
            ("http://127.0.0.1:4321", "/", "http://127.0.0.1:4321/"),
            ("http://127.0.0.1:4321", "/about?a=b", "http://127.0.0.1:4321/about?a=b"),
            ("http://127.0.0.1:4321/", "/about", "http://127.0.0.1:4321/about"),
            ("http://127.0.0.1:4321/docs/", "/", "http://127.0.0.1:4321/docs/"),
            ("http://127.0.0.1:4321/docs", "/", "http://127.0.0.1:4321/docs"),
            ("https://localhost:4321/docs", "/about", "https://localhost:4321/docs/about"),
            ("https://localhost:4321/docs/", "about", "https://localhost:4321/docs/about"),
            ("http://127.0.0.1:4321/docs/", "/docs/about", "http://127.0.0.1:4321/docs/about"),
            ("http://127.0.0.1:4321/docs/", "/docs?x", "http://127.0.0.1:4321/docs?x"),
            ("http://127.0.0.1:4321/docs/", "/documents", "http://127.0.0.1:4321/docs/documents"),
        ] {
            assert_eq!(page_url(address, page), url, "{address} {page}");
        }
    }
}
