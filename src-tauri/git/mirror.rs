//! Mirrors: bare repositories with every branch and tag of a template, brought up to date in one place.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use git2::{
    AutotagOption, Config, Cred, CredentialType, Direction, FetchOptions, FetchPrune, ProxyOptions, RemoteCallbacks, Repository,
    RepositoryInitOptions,
};
use serde::{Deserialize, Serialize};

use super::failure::explain;
use crate::error::{Code, Error, Result};
use crate::progress::{Phase, Progress};

/// Every branch and tag, and nothing else: no pull requests, no notes.
const REFSPECS: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/// What to fetch, and where to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FetchJob {
    /// An `https` or `ssh` URL, or an absolute path.
    pub source: String,
    /// The bare repository; made if it is not there.
    pub mirror: PathBuf,
}

/// What a fetch found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The source's default branch.
    pub branch: String,
    /// That branch's commit.
    pub commit: String,
}

/// Brings the mirror up to date. Runs in the worker.
///
/// # Errors
/// `NotFound`, `NotARepository`, `EmptyRepository`, `AuthRefused`, `NoNetwork`, `DiskFull`, `NotWritable` or `Git`.
pub(super) fn fetch(job: &FetchJob, report: &dyn Fn(Progress)) -> Result<Fetched> {
    check_local(&job.source)?;
    let explain = |cause: git2::Error| explain(&cause, &job.source, job.mirror.parent().unwrap_or(&job.mirror));
    let repository = match Repository::open_bare(&job.mirror) {
        Ok(repository) => repository,
        Err(_) => Repository::init_opts(&job.mirror, RepositoryInitOptions::new().bare(true).external_template(false).mkpath(true))
            .map_err(explain)?,
    };
    let mut remote = repository.remote_anonymous(&job.source).map_err(explain)?;
    let branch = {
        let connection = remote.connect_auth(Direction::Fetch, Some(callbacks(&|_| ())), Some(proxy())).map_err(explain)?;
        let heads: Vec<String> = connection
            .list()
            .map_err(explain)?
            .iter()
            .filter_map(|head| head.name().strip_prefix("refs/heads/").map(str::to_owned))
            .collect();
        let default = connection.default_branch().ok().and_then(|name| Some(name.as_str().ok()?.strip_prefix("refs/heads/")?.to_owned()));
        pick_default(default, &heads).ok_or_else(|| {
            Error::new(
                Code::EmptyRepository,
                format!("{} has no commits yet, so there is nothing to clone. Commit something to it, then retry.", job.source),
            )
        })?
    };
    report(Progress::start(Phase::Fetching));
    let mut options = FetchOptions::new();
    options
        .remote_callbacks(callbacks(report))
        .proxy_options(proxy())
        .prune(FetchPrune::On)
        .download_tags(AutotagOption::None)
        .update_fetchhead(false);
    remote.fetch(&REFSPECS, Some(&mut options), None).map_err(explain)?;
    repository.set_head(&format!("refs/heads/{branch}")).map_err(explain)?;
    let commit = branch_commit(&job.mirror, &branch)?;
    Ok(Fetched { branch, commit })
}

/// The commit a branch of a repository points to.
///
/// # Errors
/// `BranchMissing`, naming the branches that are there; `NotARepository` if there is no repository.
pub fn branch_commit(repository: &Path, branch: &str) -> Result<String> {
    let opened = Repository::open(repository).map_err(|_| not_a_repository(repository))?;
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
    Some(Fetched { branch: head.shorthand().ok()?.to_owned(), commit: head.peel_to_commit().ok()?.id().to_string() })
}

/// One file of a commit; none if it is not there.
pub fn read_file(repository: &Path, commit: &str, path: &str) -> Option<Vec<u8>> {
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
        Ok(_) => Ok(()),
        Err(cause) if cause.code() == git2::ErrorCode::Owner => Err(explain(&cause, source, path)),
        Err(_) => Err(not_a_repository(path)),
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

fn proxy() -> ProxyOptions<'static> {
    let mut proxy = ProxyOptions::new();
    proxy.auto();
    proxy
}

fn callbacks(report: &dyn Fn(Progress)) -> RemoteCallbacks<'_> {
    let mut callbacks = RemoteCallbacks::new();
    let tried = RefCell::new(Vec::new());
    callbacks.credentials(move |url, user, allowed| credentials(url, user, allowed, &mut tried.borrow_mut()));
    callbacks.transfer_progress(move |stats| {
        report(Progress {
            objects: stats.received_objects() as u64,
            objects_total: stats.total_objects() as u64,
            bytes: stats.received_bytes() as u64,
            ..Progress::start(Phase::Fetching)
        });
        true
    });
    callbacks
}

/// Offers each way in once: libgit2 asks again for as long as the host refuses.
///
/// The order is git's own: the SSH agent, the usual keys, then the user's credential helper.
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
