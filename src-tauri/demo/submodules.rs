//! Fetches the submodules of a demo's site: all of them appear, or none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{Demos, gone};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::git::{self, FetchedSubmodule, SubmoduleJob};
use crate::progress::{OnProgress, Phase, Progress};
use crate::store::{Mode, Staging, Wait, disk, no_replace_rename, rename_into_empty, sync_dir, sync_file};
use crate::workspace::demo as names;

/// The folder in a demo's staging folder for what is not in its place yet.
const STAGED: &str = "submodules";

impl Demos {
    /// Fetches every submodule of a demo that is not there; a person was shown where they come from. Answers their folders.
    ///
    /// # Errors
    /// `NotFound`, `WrongState`; `InProgress` while somebody renames or deletes the demo; those of [`SubmoduleJob`]; `AlreadyExists` if
    /// something is in the way; `Cancelled`. Then nothing was changed.
    pub fn fetch_submodules(&self, id: Uuid, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Vec<String>> {
        let view = self.complete(id)?;
        let _slug = self.records.slug_lock(&view.demo.slug, "fetch the submodules of a demo").take(Mode::Exclusive, Wait::Try)?;
        let site = self.workspace.demo(&view.demo.slug).join(names::SITE);
        if view.folder.is_none_or(|folder| folder.join(names::SITE) != site) {
            return Err(gone(&view.demo.slug));
        }
        let staging = Staging::begin(&self.workspace)?;
        // What is left of the work goes with `staging`, or later if it cannot go now: the submodules are in their places.
        self.place_submodules(&site, git::origin(&site), &staging, on_progress, cancel)
    }

    /// Fetches the submodules of a site that is in `staging` itself.
    pub(super) fn add_submodules(
        &self,
        site: &Path,
        origin: Option<String>,
        staging: &Staging,
        on_progress: OnProgress<'_>,
        cancel: &Cancel,
    ) -> Result<()> {
        self.place_submodules(site, origin, staging, on_progress, cancel)?;
        // The folder becomes the demo's.
        let staged = staging.path().join(STAGED);
        disk::remove_dir_all(&staged).map_err(|cause| Error::io("remove", &staged, &cause))
    }

    /// Fetches the submodules of the site at `site` within `staging`, and puts them in their places.
    fn place_submodules(
        &self,
        site: &Path,
        origin: Option<String>,
        staging: &Staging,
        on_progress: OnProgress<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<String>> {
        let staged = staging.path().join(STAGED);
        disk::create_dir_all(&staged).map_err(|cause| Error::io("make the folder", &staged, &cause))?;
        let job = SubmoduleJob { site: site.to_owned(), staging: staged.clone(), origin, limits: self.limits };
        let fetched = self.worker.fetch_submodules(job, staging.id(), on_progress, cancel)?;
        on_progress(Progress::start(Phase::Syncing));
        staging.sync(cancel)?;
        cancel.check()?;
        put_in_place(site, &staged, &fetched)?;
        Ok(fetched.into_iter().map(|submodule| submodule.path).collect())
    }
}

/// Puts every submodule in its place; if one cannot be put there, those before it are taken away again.
fn put_in_place(site: &Path, staged: &Path, fetched: &[FetchedSubmodule]) -> Result<()> {
    let placed = fetched.iter().enumerate().try_for_each(|(number, submodule)| {
        let from = staged.join(number.to_string());
        let repository = site.join(".git/modules").join(&submodule.name);
        if let Some(parent) = repository.parent() {
            disk::create_dir_all(parent).map_err(|cause| Error::io("make the folder", parent, &cause))?;
        }
        no_replace_rename(&from.join("git"), &repository).map_err(|cause| known(&repository, &cause))?;
        let folder = crate::site::file::place(site, &submodule.path).map_err(|cause| occupied(&site.join(&submodule.path), &cause))?;
        rename_into_empty(&from.join("tree"), &folder).map_err(|cause| occupied(&folder, &cause))
    });
    let noted = placed.and_then(|()| git::note_submodules(site, fetched));
    noted.and_then(|()| sync_places(site, fetched)).inspect_err(|_| take_back(site, staged, fetched))
}

/// Makes durable that the submodules are in their places, which the site's own settings say as well; what is in them is already.
fn sync_places(site: &Path, fetched: &[FetchedSubmodule]) -> Result<()> {
    let own = site.join(".git");
    let mut folders = BTreeSet::from([own.as_path()]);
    let places: Vec<(PathBuf, PathBuf)> =
        fetched.iter().map(|submodule| (own.join("modules").join(&submodule.name), site.join(&submodule.path))).collect();
    for (repository, folder) in &places {
        folders.extend(repository.ancestors().skip(1).take_while(|above| *above != own));
        folders.extend(folder.parent());
    }
    let config = own.join("config");
    sync_file(&config).map_err(|cause| Error::io("write to the disk", &config, &cause))?;
    folders.into_iter().try_for_each(|folder| sync_dir(folder).map_err(|cause| Error::io("write to the disk", folder, &cause)))
}

fn take_back(site: &Path, staged: &Path, fetched: &[FetchedSubmodule]) {
    for (number, submodule) in fetched.iter().enumerate() {
        let from = staged.join(number.to_string());
        let (folder, repository) = (site.join(&submodule.path), site.join(".git/modules").join(&submodule.name));
        // What is still here was never put there.
        if !disk::exists(from.join("tree")).unwrap_or(true) {
            let back = no_replace_rename(&folder, &from.join("tree")).and_then(|()| disk::create_dir(&folder));
            if let Err(cause) = back {
                tracing::warn!(path = %folder.display(), error = %cause, "a submodule could not be taken back");
            }
        }
        if !disk::exists(from.join("git")).unwrap_or(true)
            && let Err(cause) = no_replace_rename(&repository, &from.join("git"))
        {
            tracing::warn!(path = %repository.display(), error = %cause, "a submodule's repository could not be taken back");
        }
    }
}

/// A submodule was there before, or a process was killed while it put it in place. What is in there may be somebody's work.
fn known(repository: &Path, cause: &std::io::Error) -> Error {
    if cause.kind() != std::io::ErrorKind::AlreadyExists {
        return Error::io("put in place", repository, cause);
    }
    let message = format!(
        "The repository of a submodule is in {} already. Nothing was changed. “git submodule update --init --recursive” in the site's folder \
         uses it.",
        repository.display()
    );
    Error::new(Code::AlreadyExists, message)
}

fn occupied(place: &Path, cause: &std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::DirectoryNotEmpty | std::io::ErrorKind::InvalidInput => Error::new(
            Code::AlreadyExists,
            format!("{} is not empty, so no submodule can be put there. Nothing was changed; move it away, then retry.", place.display()),
        ),
        _ => Error::io("put in place", place, cause),
    }
}
