//! Fetches the submodules of a site into a staging folder, each complete and looked through, those within them as well.
//!
//! The layout is git's own: what belongs to a submodule's repository is below `.git/modules/`, and its folder has a file `.git` that
//! says where. Nothing of the site itself is touched here.
//!
//! What names the URLs is not trusted: a repository on this machine is a submodule only of one that was fetched from this machine
//! as well. A template from elsewhere could otherwise pull in whatever is here (CVE-2022-39253).

use std::cell::Cell;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{FetchOptions, Oid, Repository};
use serde::{Deserialize, Serialize};

use super::check::{Limits, check, refuse_name};
use super::failure::explain;
use super::mirror::{FetchJob, fetch};
use super::refs::{self, Refs};
use super::source::Source;
use super::submodules::{MOST, Submodule, list, submodules};
use super::{encoding, head};
use crate::error::{Code, Error, Result};
use crate::progress::{Phase, Progress};
use crate::store::{create_staged, disk};

/// How deep submodules may be within each other.
const DEPTH: usize = 5;

/// Which submodules to fetch, and where to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubmoduleJob {
    /// The working tree whose submodules are fetched.
    pub site: PathBuf,
    /// An empty folder, for one folder `<number>/` each, with `git/` and `tree/`.
    pub staging: PathBuf,
    /// What URLs that begin with `./` or `../` are relative to: where the site comes from, if that is known.
    pub origin: Option<String>,
    /// How large all of them may be together.
    pub limits: Limits,
}

/// A submodule that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedSubmodule {
    /// Its name, and its folder below `.git/modules/`.
    pub name: String,
    /// Its folder, from the root of the site.
    pub path: String,
    /// Where it was fetched from.
    pub url: String,
}

/// Fetches every submodule that is not there. Runs in the worker; nothing is synced. The answer is in the order of the numbers.
///
/// # Errors
/// `InvalidInput` or `UnsupportedUrl` for where one comes from, those of a fetch, `HostileRepository`, `TooLarge`.
pub(super) fn fetch_submodules(job: &SubmoduleJob, report: &dyn Fn(Progress)) -> Result<Vec<FetchedSubmodule>> {
    let all = submodules(&job.site)?;
    let mut work = Work { report, left: job.limits, to_receive: job.limits.bytes, limit: job.limits.bytes, count: 0 };
    let mut fetched = Vec::new();
    for (number, submodule) in all.iter().filter(|submodule| !submodule.is_fetched).enumerate() {
        let staged = job.staging.join(number.to_string());
        let at = Place {
            git: staged.join("git"),
            tree: staged.join("tree"),
            final_git: format!(".git/modules/{}", submodule.name),
            final_tree: submodule.path.clone(),
        };
        check_names(submodule, &all)?;
        let url = work.one(submodule, job.origin.as_deref(), &at, 1)?;
        fetched.push(FetchedSubmodule { name: submodule.name.clone(), path: submodule.path.clone(), url });
    }
    Ok(fetched)
}

/// Where a submodule is built, and where it will be.
struct Place {
    git: PathBuf,
    tree: PathBuf,
    /// From the root of the site.
    final_git: String,
    final_tree: String,
}

struct Work<'a> {
    report: &'a dyn Fn(Progress),
    /// What may still be written.
    left: Limits,
    /// How many bytes may still come.
    to_receive: u64,
    /// How many all of them may have, for a person.
    limit: u64,
    count: usize,
}

impl Work<'_> {
    /// Fetches one submodule and those within it; gives where it came from.
    fn one(&mut self, submodule: &Submodule, origin: Option<&str>, at: &Place, depth: usize) -> Result<String> {
        self.count += 1;
        if depth > DEPTH || self.count > MOST {
            let message = format!("There are more than {MOST} submodules, or more than {DEPTH} within each other. Nothing was changed.");
            return Err(Error::new(Code::TooLarge, message));
        }
        let named = |error: Error| Error {
            message: error.message.replacen("The template", &format!("The submodule “{}”", submodule.path), 1),
            field: None,
            ..error
        };
        let url = source(submodule, origin)?.url();
        let limits = Limits { bytes: self.to_receive, ..self.left };
        let job = FetchJob { source: url.clone(), mirror: at.git.clone(), is_new: true, wanted: None, limits };
        let fetched = self.receiving(|report| fetch(&job, report)).map_err(|error| match error.code {
            Code::TooLarge => self.too_large(),
            _ => named(error),
        })?;
        let failed = |cause: git2::Error| explain(&cause, &url, &at.git);
        let repository = Repository::open_bare(&at.git).map_err(failed)?;
        let id = Oid::from_str(&submodule.commit).map_err(failed)?;
        let to_receive = self.to_receive;
        let commit = match self.receiving(|report| Ok(find(&repository, &url, id, to_receive, report)))? {
            Some(commit) => commit,
            None if self.to_receive == 0 => return Err(self.too_large()),
            None => return Err(unreachable(submodule, &url)),
        };
        let tree = commit.tree().map_err(failed)?;
        let contents = check(&repository, &tree, self.left, &|| (self.report)(Progress::start(Phase::Checking))).map_err(named)?;
        self.left.files = self.left.files.saturating_sub(contents.files);
        self.left.bytes = self.left.bytes.saturating_sub(contents.bytes);

        follow_origin(&repository, &url, &fetched.branch)?;
        disk::create_dir_all(&at.tree).map_err(|cause| Error::io("make the folder", &at.tree, &cause))?;
        repository.set_workdir(&at.tree, false).map_err(failed)?;
        let start = Progress { files_total: contents.files, ..Progress::start(Phase::CheckingOut) };
        let mut checkout = CheckoutBuilder::new();
        checkout.force().progress(|_, done, _| {
            (self.report)(Progress { files: (done as u64).min(contents.files), ..start.clone() });
        });
        repository.checkout_tree(tree.as_object(), Some(&mut checkout)).map_err(failed)?;
        drop(checkout);
        repository.set_head_detached(id).map_err(failed)?;
        super::own::remove_probes(&repository, &at.tree)?;
        encoding::apply(&repository, &at.tree)?;
        link(&repository, at)?;

        let within = list(&repository.index().map_err(failed)?, &at.tree)?;
        for nested in &within {
            check_names(nested, &within)?;
            let place = Place {
                git: at.git.join("modules").join(&nested.name),
                tree: at.tree.join(&nested.path),
                final_git: format!("{}/modules/{}", at.final_git, nested.name),
                final_tree: format!("{}/{}", at.final_tree, nested.path),
            };
            let from = self.one(nested, Some(&url), &place, depth + 1)?;
            note(&repository, &nested.name, &from).map_err(failed)?;
        }
        Ok(url)
    }

    /// Does what receives something, and takes that off what may still come.
    fn receiving<R>(&mut self, receive: impl FnOnce(&dyn Fn(Progress)) -> Result<R>) -> Result<R> {
        let received = Cell::new(0);
        let tell = |progress: Progress| {
            received.set(progress.bytes.max(received.get()));
            (self.report)(progress);
        };
        let result = receive(&tell);
        self.to_receive = self.to_receive.saturating_sub(received.get());
        result
    }

    fn too_large(&self) -> Error {
        let message = format!(
            "The submodules together send more than {} MB, the limit in the settings. Nothing was changed; raise the limit, then retry.",
            self.limit / 1_000_000
        );
        Error::new(Code::TooLarge, message)
    }
}

/// Notes in the site's own settings that submodules are in use, as “git submodule init” does.
///
/// # Errors
/// `NotWritable` or `Git`.
pub fn note_submodules(site: &Path, fetched: &[FetchedSubmodule]) -> Result<()> {
    let failed = |cause: git2::Error| explain(&cause, "the site", site);
    super::own::check_site(site)?;
    let repository = head::open(site).map_err(failed)?;
    fetched.iter().try_for_each(|submodule| note(&repository, &submodule.name, &submodule.url)).map_err(failed)
}

/// Where the repository in `site` comes from, if it says.
pub fn origin(site: &Path) -> Option<String> {
    let repository = head::open(site).ok()?;
    Some(repository.find_remote("origin").ok()?.url().ok()?.to_owned())
}

fn note(repository: &Repository, name: &str, url: &str) -> Result<(), git2::Error> {
    let mut config = repository.config()?;
    config.set_bool(&format!("submodule.{name}.active"), true)?;
    config.set_str(&format!("submodule.{name}.url"), url)
}

/// The commit of a submodule: among what was fetched, or asked for by its name, if it has no more than `limit` bytes.
fn find<'a>(repository: &'a Repository, url: &str, id: Oid, limit: u64, report: &dyn Fn(Progress)) -> Option<git2::Commit<'a>> {
    if let Ok(commit) = repository.find_commit(id) {
        return Some(commit);
    }
    let go_on = |progress: Progress| {
        let is_within = progress.bytes <= limit;
        report(progress);
        is_within
    };
    let mut options = FetchOptions::new();
    options.remote_callbacks(super::mirror::callbacks(&go_on)).proxy_options(super::mirror::proxy());
    repository.remote_anonymous(url).and_then(|mut remote| remote.download(&[id.to_string()], Some(&mut options))).ok()?;
    repository.find_commit(id).ok()
}

fn unreachable(submodule: &Submodule, url: &str) -> Error {
    let message = format!(
        "The submodule “{}” points to commit {}, which is on no branch of {url}. Nothing was changed. Ask whoever keeps the template to \
         push that commit, then retry.",
        submodule.path, submodule.commit
    );
    Error::new(Code::Git, message)
}

/// The branches of a fresh mirror become those of its origin.
fn follow_origin(repository: &Repository, url: &str, branch: &str) -> Result<()> {
    let failed = |cause: git2::Error| explain(&cause, url, repository.path());
    let own = refs::read(repository).map_err(failed)?;
    let moved = own.into_iter().map(|(name, target)| match name.strip_prefix("refs/heads/") {
        Some(branch) => (format!("refs/remotes/origin/{branch}"), target),
        None => (name, target),
    });
    refs::replace(repository, &moved.collect::<Refs>())?;
    repository.remote("origin", url).map_err(failed)?;
    let to = format!("refs/remotes/origin/{branch}");
    repository.reference_symbolic("refs/remotes/origin/HEAD", &to, true, "clone").map_err(failed).map(drop)
}

/// Tells the repository where its working tree will be, and the tree where its repository will be.
fn link(repository: &Repository, at: &Place) -> Result<()> {
    let up = |path: &str| "../".repeat(path.split('/').count());
    let failed = |cause: git2::Error| explain(&cause, "the submodule", &at.git);
    let mut config = repository.config().map_err(failed)?;
    config.set_bool("core.bare", false).map_err(failed)?;
    config.set_str("core.worktree", &format!("{}{}", up(&at.final_git), at.final_tree)).map_err(failed)?;
    let file = at.tree.join(".git");
    let text = format!("gitdir: {}{}\n", up(&at.final_tree), at.final_git);
    create_staged(&file, text.as_bytes()).map_err(|cause| Error::io("write", &file, &cause))
}

/// Refuses a name that would lead out of `.git/modules/`, or into the folder of another submodule.
fn check_names(submodule: &Submodule, all: &[Submodule]) -> Result<()> {
    let parts: Vec<&str> = submodule.name.split('/').collect();
    let is_inside = |other: &Submodule| submodule.name != other.name && submodule.name.starts_with(&format!("{}/", other.name));
    let is_twin = all.iter().filter(|other| other.name == submodule.name).count() > 1;
    if parts.iter().any(|part| refuse_name(part).is_some()) || is_twin || all.iter().any(is_inside) {
        let message = format!(
            "The submodule “{}” has the name “{}” in .gitmodules, which is not safe. Nothing was changed.",
            submodule.path.escape_debug(),
            submodule.name.escape_debug()
        );
        return Err(Error::new(Code::HostileRepository, message));
    }
    Ok(())
}

/// Where a submodule of what was fetched from `origin` comes from.
fn source(submodule: &Submodule, origin: Option<&str>) -> Result<Source> {
    let source = Source::parse(&resolved(submodule, origin)?)?;
    let is_local = |source: &Source| matches!(source, Source::Path(_));
    if !is_local(&source) || origin.and_then(|origin| Source::parse(origin).ok()).as_ref().is_some_and(is_local) {
        return Ok(source);
    }
    let message = format!(
        "The submodule “{}” cannot be fetched: its URL “{}” is a repository on this machine, and what it is a part of comes from \
         elsewhere. Nothing was changed. Ask whoever keeps the template for an https or ssh URL.",
        submodule.path.escape_debug(),
        submodule.url.escape_debug()
    );
    Err(Error::new(Code::UnsupportedUrl, message))
}

/// The URL of a submodule, made absolute as git does.
fn resolved(submodule: &Submodule, origin: Option<&str>) -> Result<String> {
    let refuse = |why: &str| {
        let Submodule { path, url, .. } = submodule;
        Err(Error::new(
            Code::InvalidInput,
            format!("The submodule “{path}” cannot be fetched: its URL “{url}” {why}. Nothing was changed."),
        ))
    };
    let mut rest = submodule.url.as_str();
    if rest.is_empty() {
        return refuse("is not in .gitmodules");
    }
    if !rest.starts_with("./") && !rest.starts_with("../") {
        let is_absolute = rest.starts_with('/') || rest.contains("://") || (rest.contains('@') && rest.contains(':'));
        return if is_absolute { Ok(rest.to_owned()) } else { refuse("is neither absolute nor relative to the template") };
    }
    let Some(origin) = origin else { return refuse("is relative to where the site comes from, which is not known") };
    let mut base = origin.trim_end_matches('/').to_owned();
    loop {
        if let Some(next) = rest.strip_prefix("./") {
            rest = next;
        } else if let Some(next) = rest.strip_prefix("../") {
            rest = next;
            let start = base.find("://").map_or(0, |at| at + 3);
            match base[start..].rfind(['/', ':']).map(|at| start + at) {
                Some(at) if base[at..].starts_with('/') && at > start => base.truncate(at),
                // What is before the colon of `git@host:path` is the host.
                Some(at) if base[at..].starts_with(':') && !base.contains("://") && base.len() > at + 1 => base.truncate(at + 1),
                _ => return refuse("leads out of where the template comes from"),
            }
        } else {
            break;
        }
    }
    Ok(if base.ends_with([':', '/']) { format!("{base}{rest}") } else { format!("{base}/{rest}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submodule(name: &str, url: &str) -> Submodule {
        Submodule { name: name.to_owned(), path: "sub".to_owned(), url: url.to_owned(), commit: String::new(), is_fetched: false }
    }

    #[test]
    fn relative_urls_are_resolved_as_git_does() {
        let cases = [
            ("https://a.example/me/site.git", "../theme.git", Some("https://a.example/me/theme.git")),
            ("https://a.example/me/site.git/", "../../you/theme", Some("https://a.example/you/theme")),
            ("https://a.example/me/site", "./theme", Some("https://a.example/me/site/theme")),
            ("https://a.example/site", "../../theme", None),
            ("https://a.example:8443/site", "../theme", Some("https://a.example:8443/theme")),
            ("ssh://git@a.example/me/site", "../theme", Some("ssh://git@a.example/me/theme")),
            ("git@a.example:me/site.git", "../theme.git", Some("git@a.example:me/theme.git")),
            ("git@a.example:site.git", "../theme.git", Some("git@a.example:theme.git")),
            ("git@a.example:site.git", "../../theme.git", None),
            ("/srv/sites/one", "../theme", Some("/srv/sites/theme")),
            ("/srv", "../../theme", None),
            ("/srv/one", "/other/theme", Some("/other/theme")),
            ("/srv/one", "https://a.example/theme", Some("https://a.example/theme")),
            ("/srv/one", "theme", None),
            ("/srv/one", "", None),
        ];
        for (origin, url, expected) in cases {
            assert_eq!(resolved(&submodule("a", url), Some(origin)).ok().as_deref(), expected, "{url} from {origin}");
        }
        assert!(resolved(&submodule("a", "../b"), None).is_err());
    }

    #[test]
    fn what_is_on_this_machine_is_fetched_only_for_what_is_from_this_machine() {
        let local = ["/srv/private", "file:///srv/private", "FILE:///srv/private", "file://localhost/srv/private"];
        for url in local {
            assert!(source(&submodule("a", url), Some("/srv/one")).is_ok(), "{url}");
            assert!(source(&submodule("a", url), Some("file:///srv/one")).is_ok(), "{url}");
            for origin in [Some("https://a.example/one"), Some("ssh://git@a.example/one"), Some("git@a.example:one"), None] {
                let error = source(&submodule("a", url), origin).unwrap_err();
                assert_eq!(error.code, Code::UnsupportedUrl, "{url} of {origin:?}");
            }
        }
        for origin in [Some("/srv/one"), Some("https://a.example/one"), None] {
            assert!(source(&submodule("a", "https://b.example/two"), origin).is_ok());
        }
    }

    /// A repository whose history holds that many bytes, and whose last commit next to none; gives that one.
    fn with_history(at: &Path, bytes: usize) -> Oid {
        let repository = Repository::init(at).unwrap();
        repository.set_head("refs/heads/main").unwrap();
        let author = git2::Signature::new("A", "a@a.example", &git2::Time::new(0, 0)).unwrap();
        // Bytes that zlib cannot make fewer.
        let noise = std::iter::successors(Some(1_u32), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)));
        let noise: Vec<u8> = noise.map(|n| n.to_be_bytes()[0]).take(bytes).collect();
        let mut last = None;
        for contents in [&noise[..], b"small"] {
            let mut tree = repository.treebuilder(None).unwrap();
            tree.insert("a.bin", repository.blob(contents).unwrap(), 0o100_644).unwrap();
            let tree = repository.find_tree(tree.write().unwrap()).unwrap();
            let parent = last.map(|id| repository.find_commit(id).unwrap());
            let parents: Vec<_> = parent.iter().collect();
            last = Some(repository.commit(Some("HEAD"), &author, &author, "One", &tree, &parents).unwrap());
        }
        last.unwrap()
    }

    #[test]
    fn what_submodules_send_counts_together_whatever_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        let commit = with_history(&source, 400_000);
        let origin = source.to_string_lossy().into_owned();
        let submodule = Submodule { commit: commit.to_string(), ..submodule("a", &origin) };
        let mut work = Work { report: &|_| (), left: Limits::default(), to_receive: 600_000, limit: 600_000, count: 0 };
        let mut one = |name: &str| {
            let staged = folder.path().join(name);
            let (git, tree) = (staged.join("git"), staged.join("tree"));
            let at = Place { git, tree, final_git: ".git/modules/a".to_owned(), final_tree: "a".to_owned() };
            work.one(&submodule, Some(&origin), &at, 1).map_err(|error| error.code)
        };
        assert_eq!(one("first"), Ok(origin.clone()));
        assert_eq!(one("second"), Err(Code::TooLarge));
    }

    #[test]
    fn names_stay_in_their_folder() {
        let all = |names: &[&str]| names.iter().map(|name| submodule(name, "/x")).collect::<Vec<_>>();
        let is_fine = |names: &[&str]| all(names).iter().all(|one| check_names(one, &all(names)).is_ok());
        assert!(is_fine(&["a", "themes/b", "c.d e"]));
        for names in [&["../a"][..], &["a/../../b"], &[".git"], &["/etc"], &[""], &["a", "a"], &["a", "a/modules/b"], &["a\\b"], &["a//b"]]
        {
            assert!(!is_fine(names), "{names:?}");
        }
    }
}
