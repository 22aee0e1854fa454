//! A clone out of a mirror: a repository of its own, its objects linked, its files checked out.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{Repository, RepositoryInitOptions};
use serde::{Deserialize, Serialize};

use super::check::{Limits, check};
use super::failure::explain;
use super::mirror::branch_commit;
use crate::error::{Error, Result};
use crate::progress::{Phase, Progress};
use crate::store::copy_new;

/// What to clone, and where to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloneJob {
    /// The mirror to clone from.
    pub mirror: PathBuf,
    /// The new working copy; must not exist.
    pub site: PathBuf,
    /// The branch to check out.
    pub branch: String,
    /// What the clone calls its origin; a starter has none.
    pub origin: Option<String>,
    /// How large it may be.
    pub limits: Limits,
}

/// What a clone has become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cloned {
    /// The commit that is checked out.
    pub commit: String,
}

/// Makes the clone. Runs in the worker; nothing is synced, and what is left of a failed one is the caller's to remove.
///
/// # Errors
/// `BranchMissing`, `HostileRepository`, `TooLarge`, `DiskFull`, `NotWritable` or `Git`.
pub(super) fn clone(job: &CloneJob, report: &dyn Fn(Progress)) -> Result<Cloned> {
    let explain = |cause: git2::Error| explain(&cause, "the template", job.site.parent().unwrap_or(&job.site));
    report(Progress::start(Phase::Checking));
    let mirror = Repository::open_bare(&job.mirror).map_err(explain)?;
    let commit = branch_commit(&job.mirror, &job.branch)?;
    // What is checked is what is written: a fetch may move every branch meanwhile. The objects are linked after the branches
    // were looked at, so that whatever these point to is there.
    let branches = branches_and_tags(&mirror).map_err(explain)?;
    let pinned = git2::Oid::from_str(&commit).map_err(explain)?;
    let tree = mirror.find_commit(pinned).and_then(|commit| commit.tree()).map_err(explain)?;
    let contents = check(&mirror, &tree, job.limits, &|| report(Progress::start(Phase::Checking)))?;

    let repository = Repository::init_opts(
        &job.site,
        RepositoryInitOptions::new().no_reinit(true).external_template(false).mkpath(true).initial_head(&job.branch),
    )
    .map_err(explain)?;
    let objects = link_objects(&mirror.path().join("objects"), &repository.path().join("objects"))?;
    write_refs(&branches, &mirror, &repository, pinned, job).map_err(explain)?;

    let start = Progress { objects, objects_total: objects, files_total: contents.files, ..Progress::start(Phase::CheckingOut) };
    report(start.clone());
    let written = Cell::new(0);
    let mut checkout = CheckoutBuilder::new();
    checkout.force().progress(|path, done, _| {
        let size = path.and_then(|path| fs::symlink_metadata(job.site.join(path)).ok()).map_or(0, |file| file.len());
        written.set(written.get() + size);
        report(Progress { files: (done as u64).min(contents.files), bytes: written.get(), ..start.clone() });
    });
    let tree = repository.find_tree(tree.id()).map_err(explain)?;
    repository.checkout_tree(tree.as_object(), Some(&mut checkout)).map_err(explain)?;
    report(Progress { files: contents.files, bytes: contents.bytes, ..start });
    Ok(Cloned { commit })
}

/// Every branch and tag of the mirror, with what it points to.
fn branches_and_tags(mirror: &Repository) -> Result<Vec<(String, git2::Oid)>, git2::Error> {
    let mut found = Vec::new();
    for reference in mirror.references()? {
        let reference = reference?;
        if let (Ok(name), Some(target)) = (reference.name(), reference.target())
            && (name.starts_with("refs/heads/") || name.starts_with("refs/tags/"))
        {
            found.push((name.to_owned(), target));
        }
    }
    Ok(found)
}

/// Gives the clone every branch of the mirror as its origin's, every tag, and the branch it is on.
fn write_refs(
    found: &[(String, git2::Oid)],
    mirror: &Repository,
    clone: &Repository,
    pinned: git2::Oid,
    job: &CloneJob,
) -> Result<(), git2::Error> {
    let mut config = clone.config()?;
    let tracked = job.origin.is_some();
    if let Some(origin) = &job.origin {
        clone.remote("origin", origin)?;
        config.set_str(&format!("branch.{}.remote", job.branch), "origin")?;
        config.set_str(&format!("branch.{}.merge", job.branch), &format!("refs/heads/{}", job.branch))?;
    }
    clone.reference(&format!("refs/heads/{}", job.branch), pinned, true, "clone")?;
    for (name, target) in found {
        match name.strip_prefix("refs/heads/") {
            Some(branch) if tracked => {
                let target = if branch == job.branch { pinned } else { *target };
                clone.reference(&format!("refs/remotes/origin/{branch}"), target, true, "clone")?;
            }
            Some(_) => {}
            None => drop(clone.reference(name, *target, true, "clone")?),
        }
    }
    if let (true, Ok(head)) = (tracked, mirror.find_reference("HEAD"))
        && let Ok(Some(branch)) =
            head.symbolic_target().map(|target| target.and_then(|target| target.strip_prefix("refs/heads/").map(str::to_owned)))
    {
        clone.reference_symbolic("refs/remotes/origin/HEAD", &format!("refs/remotes/origin/{branch}"), true, "clone")?;
    }
    Ok(())
}

/// Links every object file, packed or loose, and copies where a link cannot be made; answers how many objects there are.
fn link_objects(from: &Path, to: &Path) -> Result<u64> {
    let mut objects = 0;
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        fs::create_dir_all(&to).map_err(|cause| Error::io("make the folder", &to, &cause))?;
        for entry in fs::read_dir(&from).map_err(|cause| Error::io("read", &from, &cause))? {
            let entry = entry.map_err(|cause| Error::io("read", &from, &cause))?;
            let name = entry.file_name();
            let (source, target) = (entry.path(), to.join(&name));
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if name != "info" {
                    folders.push((source, target));
                }
                continue;
            }
            // What another fetch is writing right now has no name of its own yet.
            if name.to_string_lossy().starts_with("pack_git2_") || name.to_string_lossy().starts_with("tmp_") {
                continue;
            }
            link_or_copy(&source, &target).map_err(|cause| Error::io("link", &target, &cause))?;
            objects += match source.extension() {
                Some(kind) if kind == "idx" => objects_in(&source),
                Some(_) => 0,
                None => 1,
            };
        }
    }
    Ok(objects)
}

fn link_or_copy(source: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(source, target) {
        // Across file systems, too many links, or a system that lets no one link what is not his: a copy is as good.
        Err(cause) if !matches!(cause.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::StorageFull | io::ErrorKind::NotFound) => {
            copy_new(source, target).map(drop)
        }
        done => done,
    }
}

/// The number of objects in a pack, from its index: the last entry of the fan-out table (gitformat-pack(5), version 2).
fn objects_in(index: &Path) -> u64 {
    use std::io::{Read, Seek, SeekFrom};
    let count = || -> io::Result<u32> {
        let mut file = fs::File::open(index)?;
        file.seek(SeekFrom::Start(8 + 255 * 4))?;
        let mut last = [0; 4];
        file.read_exact(&mut last)?;
        Ok(u32::from_be_bytes(last))
    };
    count().map_or(0, u64::from)
}
