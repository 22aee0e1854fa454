//! Templates: the git repositories that demos are cloned from, cached in the workspace.
//!
//! What must always hold:
//! - A template's folder appears complete, by one rename: its mirror is fetched in a staging folder.
//! - A mirror only grows while demos are created from it; removing a template waits for them.
//! - The starters need no network: they are in the program and become repositories on first use.

pub mod model;
mod starter;

use std::io;
use std::path::{Path, PathBuf};

use crate::cancel::Cancel;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::git::{self, FetchJob, Fetched, Limits, Source, Worker};
use crate::progress::{OnProgress, Phase, Progress};
use crate::store::{Guard, Lock, Mode, Staging, Store, Wait, disk, relocate, unconfirmed_removal, write_new};
use crate::workspace::{Workspace, template as names};
use model::{Kind, Template};

/// The templates of a workspace.
#[derive(Debug, Clone)]
pub struct Templates {
    workspace: Workspace,
    worker: Worker,
    clock: Clock,
    limits: Limits,
}

/// A template that is ready to be cloned from, and stays so for as long as this lives.
#[derive(Debug)]
pub struct Prepared {
    /// The template.
    pub template: Template,
    /// The branch to clone.
    pub branch: String,
    /// The bare repository to clone from.
    pub mirror: PathBuf,
    /// What the clone shall call its origin; a starter has none.
    pub origin: Option<String>,
    _in_use: Guard,
}

impl Templates {
    /// The templates of `workspace`, fetched by `worker`.
    pub fn new(workspace: Workspace, worker: Worker, clock: Clock, limits: Limits) -> Self {
        Self { workspace, worker, clock, limits }
    }

    /// What is asked for in the one form it is kept and compared in: the key of a template that is there, or the URL or absolute
    /// path of a source.
    ///
    /// # Errors
    /// `InvalidInput` or `UnsupportedUrl` for what is neither.
    pub fn normal(&self, wanted: &str) -> Result<String> {
        let wanted = wanted.trim();
        if self.show(wanted).is_ok() {
            return Ok(wanted.to_owned());
        }
        Source::parse(wanted).map(|source| source.url())
    }

    /// Every template: the starters in their order, then the others by name.
    pub fn list(&self) -> Vec<Template> {
        let mut added = self.added(&mut |error| tracing::warn!(%error, "a template cannot be read, so it is not listed"));
        added.sort_by(|a, b| a.name.to_lowercase().cmp(&b.name.to_lowercase()).then_with(|| a.key.cmp(&b.key)));
        let starters = starter::all().map(|starter| self.load(starter.key).unwrap_or_else(|| starter.template()));
        starters.chain(added).collect()
    }

    /// The template of that key.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn show(&self, key: &str) -> Result<Template> {
        self.list().into_iter().find(|template| template.key == key).ok_or_else(|| {
            Error::new(Code::NotFound, format!("There is no template “{key}”. “backlot template list” shows those there are."))
                .field("template")
        })
    }

    /// Adds a template by URL or path, or brings it up to date if it is there.
    ///
    /// # Errors
    /// What the source refuses with; then no template is left behind.
    pub fn add(&self, source: &str, branch: Option<&str>, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Template> {
        let source = Source::parse(source)?;
        let template = match self.by_url(&source.url())? {
            Some(known) => {
                let _in_use = self.use_lock(&known.key, "refresh a template").take(Mode::Shared, Wait::Until(cancel))?;
                self.fetch_again(&known, branch, on_progress, cancel)?
            }
            None => self.fetch_new(&source, branch, on_progress, cancel)?,
        };
        if let Some(branch) = branch {
            let found = git::branch_commit(&self.mirror(&template.key), branch);
            found.map_err(|error| template.explain_missing(branch, error))?;
        }
        Ok(template)
    }

    /// Brings a template's mirror up to date.
    ///
    /// # Errors
    /// `NotFound`, or what the source refuses with; then the mirror stays as it was.
    pub fn refresh(&self, key: &str, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Template> {
        let _in_use = self.use_lock(key, "refresh a template").take(Mode::Shared, Wait::Until(cancel))?;
        let template = self.show(key)?;
        match starter::find(&template.key) {
            Some(starter) => self.plant(starter, cancel),
            None => self.fetch_again(&template, None, on_progress, cancel),
        }
    }

    /// Removes a template's cache; its demos are not touched, and a starter stays on offer.
    ///
    /// # Errors
    /// `NotFound`, or `InProgress` while a demo is created from it; those of [`relocate`].
    pub fn remove(&self, key: &str) -> Result<()> {
        self.show(key)?;
        let _alone = self.use_lock(key, "remove a template").take(Mode::Exclusive, Wait::Try)?;
        let folder = self.workspace.template(key);
        // Out of sight by one rename, so that a template is never half there.
        let staging = Staging::begin(&self.workspace)?;
        match relocate(&folder, &staging.path().join(key)) {
            Err(error) if error.code != Code::NotFound => Err(unconfirmed_removal(error, &folder, key)),
            _ => Ok(()),
        }
    }

    /// Makes sure that what is asked for, by key, URL or path, is there to be cloned from.
    ///
    /// A local repository is looked at again each time, so that a demo has its newest commits; a URL is served from the
    /// cache, unless the branch asked for is not in it.
    ///
    /// # Errors
    /// What the source refuses with, or `BranchMissing`.
    pub fn prepare(&self, wanted: &str, branch: Option<&str>, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Prepared> {
        let (mut template, is_key) = match self.show(wanted) {
            Ok(template) => (template, true),
            Err(_) => {
                let source = Source::parse(wanted)?;
                (self.by_url(&source.url())?.map_or_else(|| self.fetch_new(&source, branch, on_progress, cancel), Ok)?, false)
            }
        };
        // From here on the template cannot be removed.
        let in_use = self.use_lock(&template.key, "create a demo").take(Mode::Shared, Wait::Until(cancel))?;
        if let Some(starter) = starter::find(&template.key) {
            template = self.plant(starter, cancel)?;
        } else if self.load(&template.key).is_none() {
            return Err(Error::new(
                Code::NotFound,
                format!("The template “{}” was removed just now. Nothing was created; add it again, then retry.", template.key),
            ));
        }
        let mirror = self.mirror(&template.key);
        let has_branch = |template: &Template| git::branch_commit(&mirror, branch.unwrap_or(&template.branch)).is_ok();
        let is_behind = template.kind == Kind::Path
            && match git::head_of(Path::new(&template.url)) {
                Some(head) => branch.is_some() || head.commit != template.commit || head.branch != template.branch,
                // The source is gone. By its key a template is used all the same, since it is cached; by its path it is an error.
                None => !is_key,
            };
        if template.kind != Kind::Starter && (is_behind || !has_branch(&template)) {
            template = self.fetch_again(&template, branch, on_progress, cancel)?;
        }
        let branch = branch.unwrap_or(&template.branch).to_owned();
        git::branch_commit(&mirror, &branch).map_err(|error| template.explain_missing(&branch, error))?;
        let origin = (template.kind != Kind::Starter).then(|| template.url.clone());
        Ok(Prepared { template, branch, mirror, origin, _in_use: in_use })
    }

    /// The template's own picture, as bytes of a JPEG, PNG or WebP file; none if it has none.
    pub fn screenshot(&self, key: &str) -> Option<Vec<u8>> {
        if let Some(starter) = starter::find(key) {
            return starter.file("screenshot.jpg").map(<[u8]>::to_vec);
        }
        let template = self.load(key)?;
        ["screenshot.jpg", "screenshot.png", "screenshot.webp"]
            .iter()
            .find_map(|name| git::read_file(&self.mirror(key), &template.commit, name))
    }

    fn load(&self, key: &str) -> Option<Template> {
        self.try_load(key).ok().flatten()
    }

    fn try_load(&self, key: &str) -> Result<Option<Template>> {
        if key.starts_with('.') {
            return Ok(None);
        }
        let template: Option<Template> = self.store(key).read(names::IDENTITY)?;
        // The folder's name is the key, whatever somebody wrote or copied.
        Ok(template.map(|template| Template { key: key.to_owned(), ..template }))
    }

    /// Those that are no starters, in no order; `on_unread` learns why one, or all, cannot be read.
    fn added(&self, on_unread: &mut dyn FnMut(Error)) -> Vec<Template> {
        let folder = self.workspace.templates();
        let keys = match disk::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(cause) => {
                on_unread(Error::io("list", &folder, &cause));
                Vec::new()
            }
        };
        let mut read = |key: &str| {
            self.try_load(key).unwrap_or_else(|error| {
                on_unread(error);
                None
            })
        };
        let found = keys.into_iter().filter_map(|entry| read(&entry.file_name().to_string_lossy()));
        found.filter(|template| template.kind != Kind::Starter).collect()
    }

    /// The template from that URL.
    ///
    /// # Errors
    /// `Io` if none is known to be, and one cannot be read now; one that is damaged, or not this user's, is none.
    fn by_url(&self, url: &str) -> Result<Option<Template>> {
        let mut unread = None;
        let added = self.added(&mut |error| {
            if error.code == Code::Io {
                unread.get_or_insert(error);
            }
        });
        match (added.into_iter().find(|template| template.url == url), unread) {
            (None, Some(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }

    fn mirror(&self, key: &str) -> PathBuf {
        self.workspace.template(key).join(names::MIRROR)
    }

    fn store(&self, key: &str) -> Store {
        Store::new(self.workspace.template(key), &self.workspace.locks(), format!("template-{key}"))
    }

    /// Held shared while the template is in use, exclusively to remove it.
    fn use_lock(&self, key: &str, purpose: &str) -> Lock {
        Lock::new(&self.workspace.locks(), &format!("template-use-{key}"), purpose)
    }

    /// Held by whoever fetches from `url`: two fetches of one source would do the same work twice.
    fn fetch_lock(&self, url: &str) -> Lock {
        let hash = blake3::hash(url.as_bytes()).to_hex();
        Lock::new(&self.workspace.locks(), &format!("fetch-{}", &hash[..16]), format!("fetch {url}"))
    }

    fn fetch_new(&self, source: &Source, branch: Option<&str>, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Template> {
        on_progress(Progress::start(Phase::Waiting));
        let url = source.url();
        let _alone = self.fetch_lock(&url).take(Mode::Exclusive, Wait::Until(cancel))?;
        if let Some(known) = self.by_url(&url)? {
            return Ok(known);
        }
        let staging = Staging::begin(&self.workspace)?;
        let mirror = staging.path().join(names::MIRROR);
        let wanted = branch.map(str::to_owned);
        let job = FetchJob { source: url.clone(), mirror, is_new: true, wanted, limits: self.limits };
        let fetched = self.worker.fetch(job, staging.id(), on_progress, cancel)?;
        let now = self.clock.now();
        let mut template = Template {
            key: String::new(),
            name: source.name(),
            description: String::new(),
            kind: if matches!(source, Source::Path(_)) { Kind::Path } else { Kind::Url },
            url,
            branch: fetched.branch,
            commit: fetched.commit,
            added_at: Some(now),
            refreshed_at: Some(now),
            left_out: fetched.left_out,
            contents: String::new(),
        };
        // Keys are given out under one lock, so that two new templates of one name do not meet in the rename.
        let _naming = Lock::new(&self.workspace.locks(), "templates", "name a template").take(Mode::Exclusive, Wait::Until(cancel))?;
        template.key = self.free_key(&template)?;
        write_new(&staging.path().join(names::IDENTITY), &template)?;
        staging.commit(&self.workspace.template(&template.key), cancel)?;
        Ok(template)
    }

    fn fetch_again(&self, template: &Template, branch: Option<&str>, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Template> {
        on_progress(Progress::start(Phase::Waiting));
        let _alone = self.fetch_lock(&template.url).take(Mode::Exclusive, Wait::Until(cancel))?;
        let (source, mirror, wanted) = (template.url.clone(), self.mirror(&template.key), branch.map(str::to_owned));
        let job = FetchJob { source, mirror, is_new: false, wanted, limits: self.limits };
        let fetched = self.worker.fetch(job, &format!("template-{}", template.key), on_progress, cancel)?;
        self.record(template.clone(), fetched)
    }

    /// Makes a starter's repository, or brings it up to date with this version of Backlot.
    fn plant(&self, starter: &starter::Starter, cancel: &Cancel) -> Result<Template> {
        let template = Template { contents: starter.hash(), ..starter.template() };
        let planted = || {
            let known = self.load(starter.key)?;
            let is_whole = git::branch_commit(&self.mirror(starter.key), &known.branch).is_ok_and(|commit| commit == known.commit);
            (is_whole && known.contents == template.contents && known.description == template.description).then_some(known)
        };
        if let Some(known) = planted() {
            return Ok(known);
        }
        let _alone = self.fetch_lock(&template.url).take(Mode::Exclusive, Wait::Until(cancel))?;
        if let Some(known) = planted() {
            return Ok(known);
        }
        if self.load(starter.key).is_some() {
            let fetched = git::import(&self.mirror(starter.key), &starter.files(), &starter.message())?;
            return self.record(template, fetched);
        }
        let staging = Staging::begin(&self.workspace)?;
        let fetched = git::import(&staging.path().join(names::MIRROR), &starter.files(), &starter.message())?;
        let now = self.clock.now();
        let template =
            Template { branch: fetched.branch, commit: fetched.commit, added_at: Some(now), refreshed_at: Some(now), ..template };
        write_new(&staging.path().join(names::IDENTITY), &template)?;
        staging.commit(&self.workspace.template(starter.key), cancel)?;
        Ok(template)
    }

    fn record(&self, template: Template, fetched: Fetched) -> Result<Template> {
        let now = self.clock.now();
        self.store(&template.key).update(names::IDENTITY, "note what was fetched", |old: Option<&Template>| {
            let added_at = old.and_then(|old| old.added_at).or(Some(now));
            let Fetched { branch, commit, left_out } = fetched;
            let template = Template { branch, commit, left_out, added_at, refreshed_at: Some(now), ..template };
            Ok((Some(template.clone()), template))
        })
    }

    /// The name in lower case and hyphens, with a part of the URL's hash when another template is called so.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if nobody can say whether a name is taken.
    fn free_key(&self, template: &Template) -> Result<String> {
        let mut name = slug::slugify(&template.name);
        name.truncate(60);
        let name = name.trim_matches('-').to_owned();
        let name = if name.is_empty() { "template".to_owned() } else { name };
        let hash = blake3::hash(template.url.as_bytes()).to_hex();
        let candidates = std::iter::once(name.clone()).chain((6..=hash.len()).map(|length| format!("{name}-{}", &hash[..length])));
        for key in candidates {
            let folder = self.workspace.template(&key);
            let is_there = disk::exists(&folder).map_err(|cause| Error::io("look at", &folder, &cause))?;
            if !is_there && starter::find(&key).is_none() {
                return Ok(key);
            }
        }
        Ok(name)
    }
}
