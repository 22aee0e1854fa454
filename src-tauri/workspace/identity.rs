//! Which folder a folder is, so that it can be told apart from its copies.
//!
//! A path says where something is and an id in a file says what it claims to be; both are the same in a copy made by `cp -a` or
//! `tar`. The device and inode of a folder are not: a rename keeps them, a copy has others. Device numbers may change when the
//! machine starts, so a folder with the recorded inode at the recorded path is taken for the same one.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The folder of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Where it was when this was written. What is no UTF-8 in it is replaced: it is only compared.
    pub path: String,
    /// The device that it is on; 0 where the system does not say.
    pub device: u64,
    /// Its inode; 0 where the system does not say.
    pub inode: u64,
}

/// What a record of processes or paths belongs to: one workspace in one folder. A record of another one is never acted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The id in `backlot.json`.
    pub workspace: Uuid,
    /// The workspace's folder.
    pub root: Root,
}

/// The folder of a demo, which keeps this under every name and on its way through the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderId {
    /// Its inode.
    pub inode: u64,
    /// When the file system made it, where it says so: an inode number is used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<Timestamp>,
}

impl Root {
    /// The folder at `path`.
    ///
    /// # Errors
    /// The system's, if there is none.
    pub fn of(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let (device, inode) = numbers(&std::fs::metadata(&path)?);
        Ok(Self { path: path.to_string_lossy().into_owned(), device, inode })
    }

    /// Whether both are one folder.
    pub fn is_same(&self, other: &Self) -> bool {
        let is_same_path = self.path == other.path;
        if self.inode == 0 || other.inode == 0 {
            is_same_path
        } else {
            self.inode == other.inode && (self.device == other.device || is_same_path)
        }
    }

    /// Whether that folder is still at its path.
    pub fn is_there(&self) -> bool {
        Self::of(Path::new(&self.path)).is_ok_and(|found| found.is_same(self))
    }
}

impl Binding {
    /// Whether both are of one workspace in one folder.
    pub fn is_same(&self, other: &Self) -> bool {
        self.workspace == other.workspace && self.root.is_same(&other.root)
    }
}

impl FolderId {
    /// The identity of the folder at `path`; none if there is no folder, or the system does not say.
    pub fn of(path: &Path) -> Option<Self> {
        let found = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_dir)?;
        let (_, inode) = numbers(&found);
        let born = found.created().ok().and_then(|at| Timestamp::try_from(at).ok());
        (inode != 0).then_some(Self { inode, born })
    }
}

#[cfg(unix)]
fn numbers(found: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn numbers(_found: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_is_the_same_under_another_name_and_its_copy_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        std::fs::create_dir(at("a")).unwrap();
        let (root, folder) = (Root::of(&at("a")).unwrap(), FolderId::of(&at("a")).unwrap());
        std::fs::rename(at("a"), at("b")).unwrap();
        std::fs::create_dir(at("a")).unwrap();
        assert!(Root::of(&at("b")).unwrap().is_same(&root) && FolderId::of(&at("b")).unwrap() == folder);
        assert!(!Root::of(&at("a")).unwrap().is_same(&root) && FolderId::of(&at("a")).unwrap() != folder);
        assert!(!root.is_there() && Root::of(&at("b")).unwrap().is_there());
        let renumbered = Root { device: root.device + 1, ..root.clone() };
        assert!(renumbered.is_same(&root), "devices get other numbers when the machine starts");
        assert!(!Root { path: "/elsewhere".to_owned(), ..renumbered }.is_same(&root), "inodes of two disks may be the same");
        assert_eq!(FolderId::of(&at("none")), None);
    }
}
