//! Mirrors: bare repositories with every branch and tag of a template, brought up to date in one place.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use git2::{
    AutotagOption, Config, Cred, CredentialType, Direction, FetchOptions, ProxyOptions, RemoteCallbacks, Repository, RepositoryInitOptions,
};
use serde::{Deserialize, Serialize};

use super::check::Limits;
use super::failure::{explain, is_partial, partial};
use super::refs::{self, Refs};
use super::salvage::{Salvaged, salvage};
use crate::error::{Code, Error, Result};
use crate::progress::{Phase, Progress};

/// Every branch and tag, and nothing else: no pull requests, no notes.
const REFSPECS: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/// What to fetch, and where to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FetchJob {
    /// An `https` or `ssh` URL, or an absolute path.
    pub source: String,
    /// The bare repository.
    pub mirror: PathBuf,
    /// Whether the mirror is made, or must be there: one that was removed meanwhile does not come back.
    pub is_new: bool,
    /// The branch that a demo is to be created from, if somebody named one.
    #[serde(default)]
    pub wanted: Option<String>,
    /// How much may be received.
    pub limits: Limits,
}

/// What a fetch found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The source's default branch.
    pub branch: String,
    /// That branch's commit.
    pub commit: String,
    /// The full names of branches and tags that could not be fetched, since an object of theirs is missing.
    #[serde(default)]
    pub left_out: Vec<String>,
}

/// Brings the mirror up to date. Runs in the worker.
///
/// # Errors
/// `NotFound`, `NotARepository`, `EmptyRepository`, `AuthRefused`, `NoNetwork`, `DiskFull`, `NotWritable` or `Git`.
pub(super) fn fetch(job: &FetchJob, report: &dyn Fn(Progress)) -> Result<Fetched> {
    check_local(&job.source)?;
    super::own::check(&job.mirror)?;
    super::own::remove_locks(&job.mirror)?;
    let explain = |cause: git2::Error| explain(&cause, &job.source, job.mirror.parent().unwrap_or(&job.mirror));
    let repository = match Repository::open_bare(&job.mirror) {
        Ok(repository) => repository,
        Err(_) if !job.is_new => {
            return Err(Error::new(Code::NotFound, "The template was removed meanwhile. Nothing was changed; add it again."));
        }
        Err(_) => Repository::init_opts(&job.mirror, RepositoryInitOptions::new().bare(true).external_template(false).mkpath(true))
            .map_err(explain)?,
    };
    report(Progress::start(Phase::Fetching));
    let is_too_large = Cell::new(false);
    let go_on = |progress: Progress| {
        is_too_large.set(progress.bytes > job.limits.bytes);
        report(progress);
        !is_too_large.get()
    };
    let known = refs::read(&repository).map_err(explain)?;
    let downloaded = download(&repository, job, &go_on, &explain).or_else(|error| match open_local(&job.source) {
        Some(source) if error.code == Code::Git && !is_too_large.get() => partly(&source, &repository, job, &go_on, &explain, error),
        _ => Err(error),
    });
    let mut found = downloaded.map_err(|error| if is_too_large.get() { too_large(job) } else { error })?;
    if let Some(source) = open_local(&job.source) {
        let unreadable = refs::unreadable(&source, &found.refs);
        found.left_out.extend(unreadable.into_iter().filter(|name| !found.left_out.contains(name)).collect::<Vec<_>>());
    }
    for name in &found.left_out {
        // What it was before is complete.
        if let Some(before) = known.get(name) {
            found.refs.insert(name.clone(), *before);
        }
    }
    refs::replace(&repository, &found.refs)?;
    repository.set_head(&format!("refs/heads/{}", found.branch)).map_err(explain)?;
    let commit = branch_commit(&job.mirror, &found.branch)?;
    Ok(Fetched { branch: found.branch, commit, left_out: found.left_out })
}

/// What is in a mirror after its objects were fetched.
struct Found {
    branch: String,
    refs: Refs,
    left_out: Vec<String>,
}

/// Fetches everything that the source has.
fn download(
    mirror: &Repository,
    job: &FetchJob,
    go_on: &dyn Fn(Progress) -> bool,
    explain: &dyn Fn(git2::Error) -> Error,
) -> Result<Found> {
    let mut remote = mirror.remote_anonymous(&job.source).map_err(explain)?;
    let mut connection = remote.connect_auth(Direction::Fetch, Some(callbacks(go_on)), Some(proxy())).map_err(explain)?;
    let advertised = connection.list().map_err(explain)?.iter().map(|head| (head.name().to_owned(), head.oid()));
    let refs: Refs = advertised.filter(|(name, _)| refs::is_ours(name) && !name.ends_with("^{}")).collect();
    let default = connection.default_branch().ok().and_then(|name| Some(name.as_str().ok()?.strip_prefix("refs/heads/")?.to_owned()));
    let branch = pick_default(default, &branches(&refs)).ok_or_else(|| empty(&job.source))?;
    let mut options = FetchOptions::new();
    options.remote_callbacks(callbacks(go_on)).proxy_options(proxy()).download_tags(AutotagOption::None).update_fetchhead(false);
    connection.remote().download(&REFSPECS, Some(&mut options)).map_err(explain)?;
    Ok(Found { branch, refs, left_out: Vec::new() })
}

/// Fetches the branches and tags of a damaged repository on this machine that are complete. `error` is what keeps the whole of it
/// from being fetched.
fn partly(
    source: &Repository,
    mirror: &Repository,
    job: &FetchJob,
    go_on: &dyn Fn(Progress) -> bool,
    explain: &dyn Fn(git2::Error) -> Error,
    error: Error,
) -> Result<Found> {
    let Salvaged { refs, mut damaged } = salvage(source, mirror, go_on, explain)?;
    let unreadable = refs::unreadable(source, &refs);
    damaged.extend(unreadable.into_iter().filter(|name| !damaged.contains(name)).collect::<Vec<_>>());
    let is_partial = is_partial(&job.source);
    // Where nothing of them is missing, it was something else that nobody asked for, such as a stash.
    if refs.is_empty() && damaged.is_empty() {
        return Err(if is_partial { partial(&job.source) } else { error });
    }
    let default = source.head().ok().and_then(|head| Some(head.name().ok()?.strip_prefix("refs/heads/")?.to_owned()));
    let default = default.unwrap_or_else(|| "main".to_owned());
    let is_damaged = |branch: &str| damaged.iter().any(|name| name.strip_prefix("refs/heads/") == Some(branch));
    // The branch that is asked for will do as the template's own; another one would be a guess.
    let branch = match &job.wanted {
        _ if !is_damaged(&default) => pick_default(Some(default), &branches(&refs)).ok_or_else(|| empty(&job.source))?,
        Some(wanted) if !is_damaged(wanted) && refs.contains_key(&format!("refs/heads/{wanted}")) => wanted.clone(),
        _ if is_partial => return Err(partial(&job.source)),
        wanted => return Err(damaged_branch(&job.source, wanted.as_deref().unwrap_or(&default))),
    };
    Ok(Found { branch, refs, left_out: damaged })
}

/// A branch that cannot be cloned, since a part of it is missing.
pub fn damaged_branch(source: &str, branch: &str) -> Error {
    let message = format!(
        "The branch “{branch}” of {source} is damaged: an object of it is missing. Nothing was created. “git fsck” in the repository \
         shows what is missing; fetch it from a complete copy, or choose another branch, then retry."
    );
    Error::new(Code::Git, message).field("branch")
}

fn empty(source: &str) -> Error {
    let message = format!("{source} has no commits yet, so there is nothing to clone. Commit something to it, then retry.");
    Error::new(Code::EmptyRepository, message)
}

fn too_large(job: &FetchJob) -> Error {
    let message = format!(
        "{} sends more than {} MB, the limit in the settings. Nothing was kept; raise the limit, then retry.",
        job.source,
        job.limits.bytes / 1_000_000
    );
    Error::new(Code::TooLarge, message)
}

/// The names of the branches among references.
fn branches(refs: &Refs) -> Vec<String> {
    refs.keys().filter_map(|name| name.strip_prefix("refs/heads/").map(str::to_owned)).collect()
}

/// The repository of a source that is a path; none if it is a URL, or cannot be opened.
fn open_local(source: &str) -> Option<Repository> {
    let path = Path::new(source);
    if !path.is_absolute() {
        return None;
    }
    Repository::open_ext(path, git2::RepositoryOpenFlags::NO_SEARCH, std::iter::empty::<&Path>()).ok()
}

/// The commit a branch of a repository points to.
///
/// # Errors
/// `BranchMissing`, naming the branches that are there; `Git` if there is no repository.
pub fn branch_commit(repository: &Path, branch: &str) -> Result<String> {
    super::own::check(repository)?;
    let opened = Repository::open(repository).map_err(|cause| explain(&cause, "the template's mirror", repository))?;
    match opened.find_reference(&format!("refs/heads/{branch}")).and_then(|found| found.peel_to_commit()) {
        Ok(commit) => Ok(commit.id().to_string()),
        Err(_) => {
            let names = opened.branches(Some(git2::BranchType::Local)).map_err(|cause| explain(&cause, branch, repository))?;
            let mut names: Vec<String> = names.flatten().filter_map(|(branch, _)| Some(branch.name().ok()??.to_owned())).collect();
            names.sort();
            let there = match names.len() {
                0 => "It has no branches.".to_owned(),
                1..=8 => format!("It has {}.", names.join(", ")),
                more => format!("It has {}, and {} more.", names[..8].join(", "), more - 8),
            };
            Err(Error::new(Code::BranchMissing, format!("The template has no branch “{branch}”. {there} Choose one of them, then retry."))
                .field("branch"))
        }
    }
}

/// The default branch of a local repository and its commit, without fetching anything; none if it cannot be told.
pub fn head_of(repository: &Path) -> Option<Fetched> {
    let opened = Repository::open(repository).ok()?;
    let head = opened.head().ok()?;
    let commit = head.peel_to_commit().ok()?.id().to_string();
    Some(Fetched { branch: head.shorthand().ok()?.to_owned(), commit, left_out: Vec::new() })
}

/// Those of these branches and tags of the origin that the repository in `site` does not have, in short.
pub fn missing_refs(site: &Path, names: &[String]) -> Vec<String> {
    let Ok(repository) = super::head::open(site) else { return Vec::new() };
    let is_missing = |name: &&String| {
        let own = name.strip_prefix("refs/heads/").map_or_else(|| (*name).clone(), |branch| format!("refs/remotes/origin/{branch}"));
        repository.find_reference(&own).is_err()
    };
    let short = |name: &String| name.splitn(3, '/').last().unwrap_or_default().to_owned();
    names.iter().filter(is_missing).map(short).collect()
}

/// One file of a commit; none if it is not there.
pub fn read_file(repository: &Path, commit: &str, path: &str) -> Option<Vec<u8>> {
    super::own::check(repository).ok()?;
    let opened = Repository::open(repository).ok()?;
    let tree = opened.find_commit(git2::Oid::from_str(commit).ok()?).ok()?.tree().ok()?;
    let blob = tree.get_path(Path::new(path)).ok()?.to_object(&opened).ok()?.into_blob().ok()?;
    Some(blob.content().to_vec())
}

/// The source's own default, else `main`, `master`, or the first there is.
fn pick_default(default: Option<String>, heads: &[String]) -> Option<String> {
    let there = |name: &str| heads.iter().find(|head| *head == name).cloned();
    default.as_deref().and_then(there).or_else(|| there("main")).or_else(|| there("master")).or_else(|| heads.first().cloned())
}

/// A path is looked at first: libgit2 has one vague error for everything that can be wrong with it.
#[expect(clippy::disallowed_methods, reason = "a source is outside the workspace")]
fn check_local(source: &str) -> Result<()> {
    let path = Path::new(source);
    if !path.is_absolute() {
        return Ok(());
    }
    match std::fs::metadata(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::new(
                Code::NotFound,
                format!("There is nothing at {source}. Check the path, or put the repository back; then retry."),
            )
            .field("template"));
        }
        Err(cause) => return Err(Error::io("read", path, &cause)),
        Ok(_) => {}
    }
    match Repository::open_ext(path, git2::RepositoryOpenFlags::NO_SEARCH, std::iter::empty::<&Path>()) {
        Ok(found) if found.is_shallow() => Err(Error::new(
            Code::Git,
            format!("{source} is a shallow clone: a part of its history is missing, so no whole copy can be made. Run “git fetch --unshallow” in it, then retry."),
        )
        .field("template")),
        Ok(_) => Ok(()),
        Err(cause) if cause.code() == git2::ErrorCode::NotFound => Err(not_a_repository(path)),
        Err(cause) => Err(explain(&cause, source, path)),
    }
}

fn not_a_repository(path: &Path) -> Error {
    Error::new(
        Code::NotARepository,
        format!(
            "{} is not a git repository. Choose the folder that holds “.git”, or make it one with “git init” and a commit; then retry.",
            path.display()
        ),
    )
    .field("template")
}

pub(super) fn proxy() -> ProxyOptions<'static> {
    let mut proxy = ProxyOptions::new();
    proxy.auto();
    proxy
}

/// `go_on` is told how far the transfer is, and ends it by answering no.
pub(super) fn callbacks(go_on: &dyn Fn(Progress) -> bool) -> RemoteCallbacks<'_> {
    let mut callbacks = RemoteCallbacks::new();
    let tried = RefCell::new(Vec::new());
    callbacks.credentials(move |url, user, allowed| credentials(url, user, allowed, &mut tried.borrow_mut()));
    callbacks.transfer_progress(move |stats| {
        go_on(Progress {
            objects: stats.received_objects() as u64,
            objects_total: stats.total_objects() as u64,
            bytes: stats.received_bytes() as u64,
            ..Progress::start(Phase::Fetching)
        })
    });
    callbacks
}

/// Offers each way in once: libgit2 asks again for as long as the host refuses.
///
/// The order is git's own: the SSH agent, the usual keys, then the user's credential helper.
#[expect(clippy::disallowed_methods, reason = "keys are outside the workspace")]
fn credentials(url: &str, user: Option<&str>, allowed: CredentialType, tried: &mut Vec<String>) -> Result<Cred, git2::Error> {
    let user = user.unwrap_or("git");
    let mut first = |way: String| {
        let is_new = !tried.contains(&way);
        if is_new {
            tried.push(way);
        }
        is_new
    };
    if allowed.contains(CredentialType::USERNAME) && first("username".to_owned()) {
        return Cred::username(user);
    }
    if allowed.contains(CredentialType::SSH_KEY) {
        if first("agent".to_owned())
            && let Ok(cred) = Cred::ssh_key_from_agent(user)
        {
            return Ok(cred);
        }
        let ssh = std::env::home_dir().unwrap_or_default().join(".ssh");
        for name in ["id_ed25519", "id_ecdsa", "id_rsa"] {
            let key = ssh.join(name);
            if key.is_file() && first(name.to_owned()) {
                return Cred::ssh_key(user, None, &key, None);
            }
        }
    }
    if allowed.contains(CredentialType::USER_PASS_PLAINTEXT)
        && first("helper".to_owned())
        && let Ok(cred) = Config::open_default().and_then(|config| Cred::credential_helper(&config, url, None))
    {
        return Ok(cred);
    }
    Err(git2::Error::new(git2::ErrorCode::Auth, git2::ErrorClass::Net, "no credentials are left to offer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_branch_is_the_sources_own_if_it_is_there() {
        let heads: Vec<String> = ["dev", "main"].map(str::to_owned).to_vec();
        assert_eq!(pick_default(Some("dev".to_owned()), &heads).as_deref(), Some("dev"));
        assert_eq!(pick_default(Some("gone".to_owned()), &heads).as_deref(), Some("main"));
        assert_eq!(pick_default(None, &heads[..1]).as_deref(), Some("dev"));
        assert_eq!(pick_default(Some("main".to_owned()), &[]), None);
    }
}
