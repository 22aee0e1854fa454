//! The submodules of a working tree: what `.gitmodules` says of them, and whether their files are there.

use std::path::Path;

use git2::{ErrorCode, Index};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::failure::explain;
use crate::error::{Error, Result};
use crate::site::file;
use crate::store::disk;

/// A repository within another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Submodule {
    /// Its name in `.gitmodules`; its path if it is not in there.
    pub name: String,
    /// Its folder, from the root of the site.
    pub path: String,
    /// Where it comes from, as `.gitmodules` says; empty if it does not say.
    pub url: String,
    /// The commit that belongs to the site's.
    pub commit: String,
    /// Whether its files are there.
    pub is_fetched: bool,
}

/// The mode of a submodule's entry in an index or a tree.
const GITLINK: u32 = 0o160_000;
/// How many submodules are looked at.
pub(super) const MOST: usize = 200;

/// The submodules of the working tree in `site`, in the order of their paths; none if it is no repository.
///
/// # Errors
/// `Git`, `NotWritable` or `Io` if there is a repository and it cannot be read.
pub fn submodules(site: &Path) -> Result<Vec<Submodule>> {
    let is_repository = file::is_dir(site, ".git")?;
    match super::head::open(site).and_then(|repository| repository.index()) {
        // libgit2 says the same of one that it cannot read.
        Err(cause) if cause.code() == ErrorCode::NotFound && !is_repository => Ok(Vec::new()),
        index => list(&index.map_err(|cause| explain(&cause, "the site", site))?, site),
    }
}

/// The submodules of an index whose working tree is in `site`.
///
/// # Errors
/// `NotWritable` or `Io` if what is said of them cannot be read.
pub(super) fn list(index: &Index, site: &Path) -> Result<Vec<Submodule>> {
    let sections = file::read_text(site, ".gitmodules")?.map(|text| parse(&text)).unwrap_or_default();
    let entries = index.iter().filter(|entry| entry.mode == GITLINK).take(MOST);
    let known = entries.filter_map(|entry| {
        let path = String::from_utf8(entry.path).ok()?;
        let inner = format!("{path}/.git");
        let is_fetched = match file::place(site, &inner).and_then(disk::exists) {
            Err(cause) if !file::is_absent(&cause) => return Some(Err(Error::io("look at", &site.join(&inner), &cause))),
            found => found.unwrap_or(false),
        };
        let section = sections.iter().find(|section| section.path == path);
        Some(Ok(Submodule {
            name: section.map_or_else(|| path.clone(), |section| section.name.clone()),
            url: section.map(|section| section.url.clone()).unwrap_or_default(),
            commit: entry.id.to_string(),
            path,
            is_fetched,
        }))
    });
    known.collect()
}

/// A section `[submodule "name"]` of `.gitmodules`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Section {
    name: String,
    path: String,
    url: String,
}

/// The sections of `.gitmodules`. Unlike libgit2's reader this one includes no other files.
fn parse(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut is_inside = false;
    // A line that ends with a backslash goes on in the next one.
    for line in text.replace("\\\r\n", "").replace("\\\n", "").lines() {
        let line = line.trim();
        if let Some(head) = line.strip_prefix('[') {
            let name = head.split_once(']').map(|(head, _)| head.trim()).and_then(submodule_name);
            is_inside = name.is_some();
            sections.extend(name.map(|name| Section { name, ..Section::default() }));
        } else if let (true, Some((key, written)), Some(section)) = (is_inside, line.split_once('='), sections.last_mut()) {
            match key.trim().to_ascii_lowercase().as_str() {
                "path" => section.path = value(written),
                "url" => section.url = value(written),
                _ => {}
            }
        }
    }
    sections
}

/// The name in `submodule "name"`.
fn submodule_name(head: &str) -> Option<String> {
    let (section, quoted) = head.split_once(char::is_whitespace)?;
    let quoted = quoted.trim().strip_prefix('"')?.strip_suffix('"')?;
    section.eq_ignore_ascii_case("submodule").then(|| unescaped(quoted))
}

/// A value as git-config(1) writes it: quoted or not, with a comment behind it or none.
fn value(written: &str) -> String {
    let mut out = String::new();
    let mut is_quoted = false;
    let mut chars = written.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\\' => out.extend(chars.next()),
            '#' | ';' if !is_quoted => break,
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

fn unescaped(text: &str) -> String {
    let mut chars = text.chars();
    let mut out = String::new();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gitmodules_is_read_as_git_does_and_includes_nothing() {
        let text = "[include]\n\tpath = /etc/passwd\n[submodule \"themes/a \\\"b\\\"\"]\n\tpath = themes/a # here\n\turl = \"https://a.example/x;y.git\"\n\
            [core]\n\turl = no\n[Submodule \"lib\"]\r\n  PATH=lib\r\n  url = ../lib.git\n  ignore = all\n";
        let section = |name: &str, path: &str, url: &str| Section { name: name.to_owned(), path: path.to_owned(), url: url.to_owned() };
        assert_eq!(parse(text), [section("themes/a \"b\"", "themes/a", "https://a.example/x;y.git"), section("lib", "lib", "../lib.git")]);
        assert_eq!(parse("[submodule \"open\npath = x"), []);
    }
}
