//! What the doctor takes out of the way, and how it comes back.
//!
//! Each run that moves something has a folder in the trash, `doctor-<number>`, with a list of where its files came from: paths
//! from the workspace's root, so that a copy of the workspace puts them back into itself. The list is there, synced, before the
//! first file is moved; whatever a run was killed at, the files in the folder are those that can be put back. The undo takes the
//! folder with the highest number, whatever the clock said.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::store::{Document, Guard, Lock, Mode, Store, Wait, disk, relocate, sync_dir};
use crate::workspace::Workspace;

/// What the folders of the doctor's own begin with, in the trash.
const FOLDER: &str = "doctor-";
/// The list of what such a folder holds.
const LIST: &str = "moved.json";
/// How long another doctor is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Moved {
    /// Where each file in the folder came from, in the order of their numbers.
    from: Vec<String>,
}

impl Document for Moved {}

/// The folders of the doctor's own, of which one process at a time makes and empties some.
#[derive(Debug)]
pub(super) struct Asides<'a> {
    workspace: &'a Workspace,
    _alone: Guard,
}

/// One of them, while it is being filled.
#[derive(Debug)]
pub(super) struct Aside<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    from: Vec<String>,
}

impl<'a> Asides<'a> {
    /// Keeps other doctors away.
    ///
    /// # Errors
    /// `Locked`, naming the process that has it; `NotWritable` or `Io`.
    pub fn open(workspace: &'a Workspace, purpose: &str) -> Result<Self> {
        let lock = Lock::new(&workspace.locks(), "doctor", purpose);
        Ok(Self { workspace, _alone: lock.take(Mode::Exclusive, Wait::Upto(PATIENCE))? })
    }

    /// Begins a folder for those files, which must be of the kinds that are put aside.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull` or `Io`.
    pub fn begin(&self, files: &[PathBuf]) -> Result<Aside<'a>> {
        let number = self.all().iter().filter_map(|folder| number(folder)).max().unwrap_or_default() + 1;
        self.remove_empty();
        let folder = self.workspace.trash().join(format!("{FOLDER}{number:06}"));
        disk::create_dir(&folder).map_err(|cause| Error::io("make the folder", &folder, &cause))?;
        // From here on it goes again, unless something is moved into it.
        let mut aside = Aside { workspace: self.workspace, folder, from: Vec::new() };
        aside.from = files.iter().map(|file| self.name_of(file)).collect::<Result<_>>()?;
        list(self.workspace, &aside.folder).put(LIST, "note what is put aside", &Moved { from: aside.from.clone() })?;
        sync_dir(&self.workspace.trash()).map_err(|cause| Error::io("write to the disk", &aside.folder, &cause))?;
        Ok(aside)
    }

    /// Removes what a run left that was killed before it moved anything, if no other doctor is at work.
    pub fn sweep(workspace: &'a Workspace) {
        if !all(workspace).iter().any(|folder| is_empty(folder)) {
            return;
        }
        if let Ok(alone) = Lock::new(&workspace.locks(), "doctor", "remove what a doctor left").take(Mode::Exclusive, Wait::Try) {
            Self { workspace, _alone: alone }.remove_empty();
        }
    }

    fn remove_empty(&self) {
        for folder in self.all().into_iter().filter(|folder| is_empty(folder)) {
            remove_or_warn(&folder);
        }
    }

    /// Puts back what was put aside last. Answers where it is again.
    ///
    /// # Errors
    /// `NotFound` if there is nothing; `AlreadyExists` or `InProgress` if something stands in the way, when nothing is put back;
    /// `Corrupt` if nobody knows any more where it belongs.
    pub fn undo(&self) -> Result<Vec<PathBuf>> {
        let mut lost = None;
        for folder in self.all().into_iter().rev() {
            let numbers = numbers_in(&folder).map_err(|cause| Error::io("read", &folder, &cause))?;
            if numbers.is_empty() {
                // A run was killed before it moved anything, or an undo after it put everything back.
                remove(&folder)?;
                continue;
            }
            let Some(moved) = list(self.workspace, &folder).read::<Moved>(LIST).ok().flatten() else {
                lost.get_or_insert(folder);
                continue;
            };
            let places = self.places(&folder, &moved, &numbers)?;
            let put_back = places.iter().map(|(_, place)| place.clone()).collect();
            self.put_back(&places)?;
            // It is done; the next start removes an empty folder.
            remove_or_warn(&folder);
            return Ok(put_back);
        }
        Err(lost.map_or_else(
            || Error::new(Code::NotFound, "The doctor has put nothing aside."),
            |folder| {
                let message = format!("The list of what is in {} cannot be read. Move the files back by hand.", folder.display());
                Error::new(Code::Corrupt, message)
            },
        ))
    }

    /// Where each file in a folder goes.
    fn places(&self, folder: &Path, moved: &Moved, numbers: &[usize]) -> Result<Vec<(PathBuf, PathBuf)>> {
        let place = |number: &usize| {
            let from = moved.from.get(*number).and_then(|from| self.place_of(from)).ok_or_else(|| {
                let message = format!("{} does not say where {number} in it came from. Nothing was changed.", folder.join(LIST).display());
                Error::new(Code::Corrupt, message)
            })?;
            if disk::symlink_metadata(&from).is_ok() {
                return Err(taken(&from));
            }
            Ok((folder.join(number.to_string()), from))
        };
        numbers.iter().map(place).collect()
    }

    fn put_back(&self, places: &[(PathBuf, PathBuf)]) -> Result<()> {
        let _held = places.iter().map(|(_, place)| hold(self.workspace, place)).collect::<Result<Vec<_>>>()?;
        for (number, (file, place)) in places.iter().enumerate() {
            if let Err(error) = relocate(file, place) {
                // All of them are put back, or none is.
                places[..number].iter().rev().try_for_each(|(file, place)| relocate(place, file))?;
                return Err(if error.code == Code::AlreadyExists { taken(place) } else { error });
            }
        }
        Ok(())
    }

    fn all(&self) -> Vec<PathBuf> {
        all(self.workspace)
    }

    /// A file's path from the root of the workspace.
    fn name_of(&self, file: &Path) -> Result<String> {
        let name = file.strip_prefix(self.workspace.root()).ok().and_then(Path::to_str).map(|name| name.replace('\\', "/"));
        name.ok_or_else(|| Error::new(Code::Internal, format!("{} cannot be put aside.", file.display())))
    }

    /// The place in this workspace that a list names. An older one has whole paths, of wherever the workspace was then.
    fn place_of(&self, from: &str) -> Option<PathBuf> {
        let names: Option<Vec<&str>> = Path::new(from)
            .components()
            .filter(|part| !matches!(part, Component::RootDir | Component::Prefix(_)))
            .map(|part| if let Component::Normal(name) = part { name.to_str() } else { None })
            .collect();
        let names = names?;
        let is_whole = Path::new(from).is_absolute();
        match names.as_slice() {
            [rest @ .., "state", "creations", name] if is_whole || rest.is_empty() => Some(self.workspace.creations().join(name)),
            [rest @ .., "templates", key] if is_whole || rest.is_empty() => Some(self.workspace.template(key)),
            _ => None,
        }
    }
}

impl Aside<'_> {
    /// Moves one of the files here, if it `still` is to be when nobody else works with it. Answers whether it was moved.
    ///
    /// # Errors
    /// `InProgress`, naming who works with it; `NotWritable`, `DiskFull` or `Io`.
    pub fn take(&self, file: &Path, still: impl FnOnce() -> bool) -> Result<bool> {
        let name = file.strip_prefix(self.workspace.root()).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let Some(number) = self.from.iter().position(|from| *from == name) else { return Ok(false) };
        let _held = hold(self.workspace, file)?;
        let state = Store::new(self.workspace.state(), &self.workspace.locks(), "state");
        state.transact("put a file aside", |_| {
            if !still() {
                return Ok(false);
            }
            relocate(file, &self.folder.join(number.to_string()))?;
            Ok(true)
        })
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        if is_empty(&self.folder) {
            remove_or_warn(&self.folder);
        }
    }
}

/// The folders of the doctor's own, the last one last. Those of an older Backlot, which are named by time, come first.
fn all(workspace: &Workspace) -> Vec<PathBuf> {
    let entries = disk::read_dir(workspace.trash()).into_iter().flatten().flatten();
    let own = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(FOLDER));
    let folders = own.filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir)).map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = folders.collect();
    folders.sort_by_key(|folder| (number(folder), folder.clone()));
    folders
}

/// The lock of whoever works with a creation or a template.
fn hold(workspace: &Workspace, file: &Path) -> Result<Guard> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let id = if file.parent() == Some(&workspace.templates()) {
        format!("template-use-{name}")
    } else {
        format!("request-{}", name.rsplit_once('.').map_or(name.as_ref(), |(stem, _)| stem))
    };
    Lock::new(&workspace.locks(), &id, "let the doctor move it").take(Mode::Exclusive, Wait::Try)
}

/// The store of a folder's list.
fn list(workspace: &Workspace, folder: &Path) -> Store {
    Store::new(folder.to_owned(), &workspace.locks(), "doctor-list")
}

/// The number of a folder; none if an older Backlot made it.
fn number(folder: &Path) -> Option<u64> {
    let name = folder.file_name()?.to_str()?.strip_prefix(FOLDER)?;
    name.bytes().all(|digit| digit.is_ascii_digit()).then(|| name.parse().ok()).flatten()
}

/// The numbers of the files in a folder.
fn numbers_in(folder: &Path) -> io::Result<Vec<usize>> {
    let mut numbers: Vec<usize> = disk::read_dir(folder)?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Whether there is nothing in a folder but its list and what the list's store keeps. What cannot be read is not empty.
fn is_empty(folder: &Path) -> bool {
    let is_own = |name: &str| name == LIST || name.starts_with('.');
    disk::read_dir(folder)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_own))))
}

fn remove(folder: &Path) -> Result<()> {
    disk::remove_dir_all(folder).map_err(|cause| Error::io("remove", folder, &cause))
}

fn remove_or_warn(folder: &Path) {
    if let Err(error) = remove(folder) {
        tracing::warn!(%error, "an empty folder of the doctor's is still there");
    }
}

fn taken(place: &Path) -> Error {
    let message = format!("There is something new at {}, which was left as it is. Move it away, then undo again.", place.display());
    Error::new(Code::AlreadyExists, message)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_list_only_leads_to_places_of_this_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().to_owned());
        let asides = Asides::open(&workspace, "test").unwrap();
        let place = |from: &str| asides.place_of(from).map(|place| place.strip_prefix(folder.path()).unwrap().display().to_string());
        assert_eq!(place("state/creations/a.json").as_deref(), Some("state/creations/a.json"));
        assert_eq!(place("/elsewhere/ws/state/creations/a.json").as_deref(), Some("state/creations/a.json"));
        assert_eq!(place("/elsewhere/templates/key").as_deref(), Some("templates/key"));
        for from in ["../templates/key", "demos/one", "/etc/passwd", "templates/../x", "x/templates/key", ""] {
            assert_eq!(place(from), None, "{from}");
        }
    }

    #[test]
    fn the_order_is_that_of_the_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(folder.path().to_owned());
        for name in
            ["doctor-000010", "doctor-000009", "doctor-ffff0000-0000-7000-8000-000000000000", "doctor-01890000-0000-7000-8000-000000000000"]
        {
            fs::create_dir_all(workspace.trash().join(name)).unwrap();
        }
        let asides = Asides::open(&workspace, "test").unwrap();
        let names: Vec<_> = asides.all().iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names[2..], ["doctor-000009", "doctor-000010"]);
        assert!(names[0].starts_with("doctor-0189"));
        assert_eq!(asides.begin(&[]).unwrap().folder.file_name().unwrap(), "doctor-000011");
    }
}
