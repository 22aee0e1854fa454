//! A clone out of a mirror: a repository of its own, its objects linked, its files checked out.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{Repository, RepositoryInitOptions};
use serde::{Deserialize, Serialize};

use super::check::{Limits, check};
use super::encoding;
use super::failure::explain;
use super::mirror::branch_commit;
use super::refs::{self, Refs};
use crate::error::{Error, Result};
use crate::progress::{Phase, Progress};
use crate::store::{copy_new, disk};

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
    super::own::check(&job.mirror)?;
    super::own::check_site(&job.site)?;
    let mirror = Repository::open_bare(&job.mirror).map_err(explain)?;
    let commit = branch_commit(&job.mirror, &job.branch)?;
    // What is checked is what is written: a fetch may move every branch meanwhile. The objects are linked after the branches
    // were looked at, so that whatever these point to is there.
    let branches = refs::read(&mirror).map_err(explain)?;
    let pinned = git2::Oid::from_str(&commit).map_err(explain)?;
    let tree = mirror.find_commit(pinned).and_then(|commit| commit.tree()).map_err(explain)?;
    let contents = check(&mirror, &tree, job.limits, &|| report(Progress::start(Phase::Checking)))?;

    let repository = Repository::init_opts(
        &job.site,
        RepositoryInitOptions::new().no_reinit(true).external_template(false).mkpath(true).initial_head(&job.branch),
    )
    .map_err(explain)?;
    let objects = link_objects(&mirror.path().join("objects"), &repository.path().join("objects"))?;
    write_refs(&branches, &mirror, &repository, pinned, job)?;

    let start = Progress { objects, objects_total: objects, files_total: contents.files, ..Progress::start(Phase::CheckingOut) };
    report(start.clone());
    let written = Cell::new(0);
    let mut checkout = CheckoutBuilder::new();
    checkout.force().progress(|path, done, _| {
        let size = path.and_then(|path| disk::symlink_metadata(job.site.join(path)).ok()).map_or(0, |file| file.len());
        written.set(written.get() + size);
        report(Progress { files: (done as u64).min(contents.files), bytes: written.get(), ..start.clone() });
    });
    let tree = repository.find_tree(tree.id()).map_err(explain)?;
    repository.checkout_tree(tree.as_object(), Some(&mut checkout)).map_err(explain)?;
    super::own::remove_probes(&repository, &job.site)?;
    encoding::apply(&repository, &job.site)?;
    report(Progress { files: contents.files, bytes: contents.bytes, ..start });
    Ok(Cloned { commit })
}

/// Gives the clone every branch of the mirror as its origin's, every tag, and the branch it is on.
fn write_refs(found: &Refs, mirror: &Repository, clone: &Repository, pinned: git2::Oid, job: &CloneJob) -> Result<()> {
    let explain = |cause: git2::Error| explain(&cause, "the template", &job.site);
    let tracked = job.origin.is_some();
    if let Some(origin) = &job.origin {
        follow_origin(clone, origin, &job.branch).map_err(explain)?;
    }
    let mut refs = Refs::new();
    for (name, target) in found {
        match name.strip_prefix("refs/heads/") {
            Some(branch) if tracked => {
                let target = if branch == job.branch { pinned } else { *target };
                refs.insert(format!("refs/remotes/origin/{branch}"), target);
            }
            Some(_) => {}
            None => drop(refs.insert(name.clone(), *target)),
        }
    }
    refs::write_new(clone, &refs)?;
    clone.reference(&format!("refs/heads/{}", job.branch), pinned, true, "clone").map_err(explain)?;
    if let (true, Ok(head)) = (tracked, mirror.find_reference("HEAD"))
        && let Ok(Some(branch)) =
            head.symbolic_target().map(|target| target.and_then(|target| target.strip_prefix("refs/heads/").map(str::to_owned)))
    {
        let to = format!("refs/remotes/origin/{branch}");
        clone.reference_symbolic("refs/remotes/origin/HEAD", &to, true, "clone").map_err(explain)?;
    }
    Ok(())
}

/// Notes where the clone comes from, and which branch of that it follows.
fn follow_origin(clone: &Repository, origin: &str, branch: &str) -> Result<(), git2::Error> {
    clone.remote("origin", origin)?;
    let mut config = clone.config()?;
    config.set_str(&format!("branch.{branch}.remote"), "origin")?;
    config.set_str(&format!("branch.{branch}.merge"), &format!("refs/heads/{branch}"))
}

/// Links every object file, packed or loose, and copies where a link cannot be made; answers how many objects there are.
fn link_objects(from: &Path, to: &Path) -> Result<u64> {
    let mut objects = 0;
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        disk::create_dir_all(&to).map_err(|cause| Error::io("make the folder", &to, &cause))?;
        for entry in disk::read_dir(&from).map_err(|cause| Error::io("read", &from, &cause))? {
            let entry = entry.map_err(|cause| Error::io("read", &from, &cause))?;
            let name = entry.file_name();
            let (source, target) = (entry.path(), to.join(&name));
            if entry.file_type().is_ok_and(disk::Kind::is_dir) {
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
    match disk::hard_link(source, target) {
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
        let mut file = disk::open(index)?;
        file.seek(SeekFrom::Start(8 + 255 * 4))?;
        let mut last = [0; 4];
        file.read_exact(&mut last)?;
        Ok(u32::from_be_bytes(last))
    };
    count().map_or(0, u64::from)
}
