//! The place of a build: a folder or a zip file outside the workspace, which is free or holds an earlier build, unchanged.
//!
//! Whatever a person, or another program, has put or changed there is never replaced. A folder says by its manifest what a build
//! put into it; a zip file is known by its hash, which the record of its build has.
#![expect(clippy::disallowed_methods, reason = "where a build goes is outside the workspace")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::store;
use crate::workspace::Workspace;

/// The file in a built folder that says what a build put into it.
pub(super) const MANIFEST: &str = ".backlot-build.json";
/// What systems put into folders by themselves.
const LITTER: &[&str] = &[".DS_Store", "Thumbs.db", "desktop.ini", ".directory"];

/// What a build put into a folder: the BLAKE3 of every file, by path.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// For whoever opens it.
    pub about: String,
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    pub fn of(files: BTreeMap<String, String>) -> Self {
        let about = "Made by Backlot. Building to this folder again replaces it, unless something in it was added or changed.";
        Self { about: about.to_owned(), files }
    }
}

/// A place that may be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub path: PathBuf,
    pub is_zip: bool,
    /// Whether an earlier build is there.
    pub replaces: bool,
}

impl Target {
    /// Looks whether a build may be put at `path`. `digests` are those of earlier zip files.
    ///
    /// # Errors
    /// `InvalidInput` for a place that cannot be; `NotFound` if its folder is not there; `AlreadyExists` if something else is there.
    pub fn check(path: &Path, workspace: &Workspace, digests: &[String]) -> Result<Self> {
        let refuse = |message: String| Error::new(Code::InvalidInput, message).field("target");
        let path = std::path::absolute(path).map_err(|cause| Error::io("find", path, &cause))?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(refuse(format!("{} cannot be a build's place. Name a new folder, or a file that ends with .zip.", path.display())));
        };
        let parent = parent.canonicalize().map_err(|_| {
            Error::new(
                Code::NotFound,
                format!("There is no folder {}. Make it, or choose another place. Nothing was built.", parent.display()),
            )
            .field("target")
        })?;
        let path = parent.join(name);
        if !parent.is_dir() {
            return Err(refuse(format!("{} is no folder. Nothing was built.", parent.display())));
        }
        let root = workspace.root().canonicalize().unwrap_or_else(|_| workspace.root().to_owned());
        if path.starts_with(&root) || root.starts_with(&path) {
            return Err(refuse(format!(
                "{} belongs to the workspace, which builds stay out of. Choose a place elsewhere.",
                path.display()
            )));
        }
        let is_zip = is_zip(&path);
        let replaces = match fs::symlink_metadata(&path) {
            Err(_) => false,
            Ok(_) => match foreign(&path, is_zip, digests)? {
                Some(why) => return Err(taken(&path, &why)),
                None => true,
            },
        };
        Ok(Self { path, is_zip, replaces })
    }
}

/// Whether a place is that of a zip file.
pub(super) fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

fn taken(path: &Path, why: &str) -> Error {
    let message = format!("{} is there already: {why}. It was left untouched; choose another place, or move it away.", path.display());
    Error::new(Code::AlreadyExists, message).field("target")
}

/// What keeps something from being replaced, if anything: all of it must be as an earlier build left it. An empty folder is free.
///
/// # Errors
/// `NotWritable` or `Io` if it cannot be read.
pub(super) fn foreign(path: &Path, is_zip: bool, digests: &[String]) -> Result<Option<String>> {
    let found = fs::symlink_metadata(path).map_err(|cause| Error::io("read", path, &cause))?;
    if is_zip && found.is_file() {
        let is_known = store::hash_file(path)?.is_some_and(|digest| digests.contains(&digest));
        return Ok((!is_known).then(|| "it was not made by Backlot, or has been changed since".to_owned()));
    }
    if is_zip || !found.is_dir() {
        return Ok(Some("it is something else than a build".to_owned()));
    }
    let found = foreign_files(path)?;
    Ok(found.first().map(|first| match found.len() {
        1 => first.clone(),
        2 => format!("{first}, and {}", found[1]),
        count => format!("{first}, {}, and {} more", found[1], count - 2),
    }))
}

/// The files in a folder that no build left so, each with what is wrong with it.
fn foreign_files(folder: &Path) -> Result<Vec<String>> {
    let manifest = fs::read(folder.join(MANIFEST)).ok().and_then(|text| serde_json::from_slice::<Manifest>(&text).ok());
    let known = manifest.unwrap_or_default().files;
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let at = folder.join(&inner);
        for entry in fs::read_dir(&at).map_err(|cause| Error::io("read", &at, &cause))? {
            let entry = entry.map_err(|cause| Error::io("read", &at, &cause))?;
            let name = entry.file_name();
            let path = inner.join(&name);
            let kind = entry.file_type().map_err(|cause| Error::io("read", &entry.path(), &cause))?;
            let shown = path.to_string_lossy().replace('\\', "/");
            if LITTER.iter().any(|litter| name == *litter) || (shown == MANIFEST && !known.is_empty()) {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            match known.get(&shown).filter(|_| kind.is_file()) {
                None => found.push(format!("{shown} in it is of no build")),
                Some(hash) if store::hash_file(&entry.path())?.as_ref() != Some(hash) => {
                    found.push(format!("{shown} in it has been changed"));
                }
                Some(_) => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_build_left_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().join("Backlot"));
        fs::create_dir_all(workspace.root()).unwrap();
        let check = |name: &str, digests: &[String]| Target::check(&folder.path().join(name), &workspace, digests);
        let out = folder.path().join("out");
        assert!(matches!(check("out", &[]), Ok(Target { replaces: false, is_zip: false, .. })));
        assert!(matches!(check("out.ZIP", &[]), Ok(Target { replaces: false, is_zip: true, .. })));
        fs::create_dir_all(out.join("a")).unwrap();
        assert!(check("out", &[]).unwrap().replaces, "an empty folder is free");
        fs::write(out.join("a/b"), "x").unwrap();
        assert_eq!(check("out", &[]).unwrap_err().code, Code::AlreadyExists);
        let files = BTreeMap::from([("a/b".to_owned(), store::hash(b"x")), ("gone".to_owned(), store::hash(b""))]);
        fs::write(out.join(MANIFEST), serde_json::to_string(&Manifest::of(files)).unwrap()).unwrap();
        fs::write(out.join(".DS_Store"), "").unwrap();
        assert!(check("out", &[]).unwrap().replaces);
        fs::write(out.join("a/b"), "y").unwrap();
        assert!(check("out", &[]).unwrap_err().message.contains("a/b in it has been changed"));
        fs::write(out.join("a/b"), "x").unwrap();
        fs::write(out.join("CNAME"), "x").unwrap();
        assert!(check("out", &[]).unwrap_err().message.contains("CNAME in it is of no build"));
        fs::write(folder.path().join("z.zip"), "zip").unwrap();
        assert_eq!(check("z.zip", &[]).unwrap_err().code, Code::AlreadyExists);
        assert!(check("z.zip", &[store::hash(b"zip")]).unwrap().replaces);
        for (name, code) in [
            ("none/out", Code::NotFound),
            ("Backlot/out", Code::InvalidInput),
            ("Backlot", Code::InvalidInput),
            ("z.zip/x", Code::InvalidInput),
            ("", Code::InvalidInput),
        ] {
            assert_eq!(check(name, &[]).unwrap_err().code, code, "{name}");
        }
    }
}
