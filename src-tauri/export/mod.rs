//! A demo's whole site as a folder or a zip file that stands on its own: static HTML with relative addresses.
//!
//! What must always hold:
//! - A build is in its place whole, by one rename, or nothing of it is left: whatever is cancelled, killed or full.
//! - Nothing that a person put or changed at that place is ever replaced ([`target`]).
//! - The same site gives the same bytes ([`plan`]).
//! - Each build has a record that says how it ended, also when its process did not live to say so ([`record`]).
//!
//! How pages are rendered is for the caller to know ([`Pages`]).

mod address;
mod crawlers;
pub mod model;
mod names;
mod plain;
mod plan;
mod record;
mod references;
mod refuse;
mod steady;
mod target;
mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use uuid::Uuid;

use crate::cancel::Cancel;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::git;
use crate::site::held::Held;
use crate::site::input;
use crate::store::{Guard, Output};
use crate::workspace::Workspace;
use model::{Build, Phase, Sources, State};
use plan::{Plan, RenderedPage};
use record::Records;
pub use refuse::outline;
use target::Target;

/// How many notes are kept of a build.
const MOST_NOTES: usize = 50;

/// Renders the pages of one site, on one thread.
pub trait Pages: Send {
    /// The file that each page becomes, from the site's root.
    ///
    /// # Errors
    /// What keeps them from being known.
    fn files(&self) -> Result<Vec<String>>;

    /// What has no file of its own, and why.
    fn left_out(&self) -> Vec<String>;

    /// The HTML of the page that becomes `file`.
    ///
    /// # Errors
    /// What is wrong with it, with file and line.
    fn html(&self, file: &str) -> Result<String>;
}

/// What is to be built.
pub struct Order {
    /// The demo.
    pub demo: Uuid,
    /// The folder of its site.
    pub site: PathBuf,
    /// The same, held open since before anything of it was read; none to plan a build and write nothing.
    pub held: Option<Held>,
    /// A new folder, or a file that ends with `.zip`.
    pub target: PathBuf,
    /// Where the site will be published, such as `https://example.com`; empty if nobody said.
    pub site_url: String,
    /// Whether what is there of a site that is not finished, or lacks submodules, is handed over as it is.
    pub as_files: bool,
    /// What renders its pages, one for each thread; none if it is served as it stands.
    pub pages: Vec<Box<dyn Pages>>,
}

/// Who is told how a build is. Calls come from the threads that work, some ten a second at the most.
pub type OnBuild<'a> = &'a (dyn Fn(&Build) + Sync);

/// Builds of a workspace's demos.
#[derive(Debug, Clone)]
pub struct Exports {
    workspace: Workspace,
    clock: Clock,
    records: Records,
}

/// A build that was begun: it has a record, and whoever looks sees that it runs.
pub struct Begun {
    build: Build,
    target: Target,
    order: Order,
    _running: Guard,
}

impl Begun {
    /// What is known of it.
    pub fn build(&self) -> &Build {
        &self.build
    }
}

impl Exports {
    /// The builds of a workspace.
    pub fn new(workspace: Workspace, clock: Clock) -> Self {
        Self { records: Records::new(workspace.clone()), workspace, clock }
    }

    /// The builds of a demo, the newest first.
    ///
    /// # Errors
    /// `NewerSchema`, `Corrupt`, `NotWritable` or `Io`.
    pub fn list(&self, demo: Uuid) -> Result<Vec<Build>> {
        self.records.list(demo, self.clock.now())
    }

    /// Settles what dead processes left of builds.
    pub fn recover(&self) {
        for demo in self.records.demos() {
            if let Err(error) = self.list(demo) {
                tracing::warn!(%demo, %error, "what was left of builds could not be settled");
            }
        }
    }

    /// A place for a build in a folder that a person chose: the folder itself if it is empty or holds an earlier build, else one
    /// in it of that name, or of the next one that is free.
    ///
    /// # Errors
    /// `InvalidInput` or `NotFound` if there can be none.
    pub fn place_in(&self, folder: &Path, name: &str) -> Result<PathBuf> {
        let mut tried = folder.to_owned();
        for number in 2.. {
            match Target::check(&tried, &self.workspace, &[]) {
                Err(error) if error.code == Code::AlreadyExists && number < 1_000 => {
                    tried = folder.join(match number {
                        2 => name.to_owned(),
                        number => format!("{name}-{}", number - 1),
                    });
                }
                checked => return checked.map(|target| target.path),
            }
        }
        Ok(tried)
    }

    /// Looks whether the order can be carried out, and notes that it is under way.
    ///
    /// # Errors
    /// `InvalidInput`, `NotFound` or `AlreadyExists` for its target (`field` is `target`) or address (`site_url`); `DiskFull`,
    /// `NotWritable` or `Io` if no record can be kept. Nothing was built.
    pub fn begin(&self, mut order: Order) -> Result<Begun> {
        order.site_url = site_url(&order.site_url)?;
        match order.pages.is_empty() {
            _ if order.as_files => {}
            true => refuse::check_finished(&order.site, &outline(&order.site)?)?,
            false => refuse::check_submodules(&refuse::missing_submodules(&order.site, true).unwrap_or_default())?,
        }
        // What is left of a dead build may stand where this one is to be.
        self.list(order.demo)?;
        let target = Target::check(&order.target, &self.workspace, &self.records.digests())?;
        let head = git::head(&order.site).unwrap_or_else(|error| {
            tracing::warn!(%error, "a build has no commit to be told");
            git::Head::default()
        });
        let build = Build {
            id: crate::clock::new_id(),
            demo: order.demo,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: head.commit,
            has_changes: head.has_changes,
            target: target.path.display().to_string(),
            site_url: order.site_url.clone(),
            started: self.clock.now(),
            finished: None,
            state: State::Running { phase: Phase::Rendering, done: 0, total: 0 },
            pages: 0,
            media: 0,
            files: 0,
            bytes: 0,
            notes: Vec::new(),
            digest: String::new(),
        };
        let running = self.records.hold(build.id)?;
        self.records.put(&build)?;
        Ok(Begun { build, target, order, _running: running })
    }

    /// Carries out what was begun; the answer says how it ended, and so does the record.
    pub fn run(&self, begun: Begun, on_build: OnBuild<'_>, cancel: &Cancel) -> Build {
        let Begun { mut build, target, mut order, _running } = begun;
        on_build(&build);
        let outcome = self.carry_out(&mut build, &target, &mut order, on_build, cancel);
        build.state = match outcome {
            Ok(()) => State::Done,
            Err(error) if error.code == Code::Cancelled => State::Cancelled,
            Err(error) => State::Failed { error },
        };
        build.finished = Some(self.clock.now());
        let is_unconfirmed = matches!(&build.state, State::Failed { error } if error.code == Code::Indeterminate);
        if build.state != State::Done && !is_unconfirmed {
            (build.pages, build.media, build.files, build.bytes) = (0, 0, 0, 0);
            build.digest.clear();
        }
        if let Err(error) = self.records.put(&build) {
            tracing::error!(build = %build.id, %error, "how a build ended could not be noted");
        }
        on_build(&build);
        build
    }

    fn carry_out(&self, build: &mut Build, target: &Target, order: &mut Order, on_build: OnBuild<'_>, cancel: &Cancel) -> Result<()> {
        let told = build.clone();
        let tell = |phase, done, total| on_build(&Build { state: State::Running { phase, done, total }, ..told.clone() });
        let planned = plan(order, &|done, total| tell(Phase::Rendering, done, total), cancel);
        let planned = planned.and_then(|plan| refuse::check_pointers(&order.site, &plan).map(|()| plan));
        cancel.check()?;
        // All that was read so far was read by its path: neither files nor faults of another folder are this demo's.
        let held = order.held.as_ref().ok_or_else(|| Error::new(Code::Internal, "The site was not opened. Nothing was built."))?;
        held.check_in_place().map_err(|error| Error { message: format!("{} Nothing was built.", error.message), ..error })?;
        let plan = planned?;
        let total = plan.files.len();
        (build.pages, build.media, build.files, build.notes) = (plan.pages, plan.media, total, plan.notes.clone());
        let mut output = Output::begin(&target.path, &build.id.to_string())?;
        let on_file = |done| {
            // A step of a hundredth is enough to be seen.
            if done % (total / 100 + 1) == 0 {
                tell(Phase::Writing, done, total);
            }
        };
        let mut put_in_place = || -> Result<Option<PathBuf>> {
            let write = if target.is_zip { write::archive } else { write::folder };
            let written = write(&plan, held, &output.path(), &on_file, cancel)?;
            (build.bytes, build.digest) = (written.bytes, written.digest);
            tell(Phase::Finishing, total, total);
            // Whoever finds this build dead knows by the digest whether it got there.
            self.records.put(build)?;
            let digests = self.records.digests();
            output.commit(target.replaces, &|path| target::foreign(path, target.is_zip, &digests), cancel)
        };
        let outcome = put_in_place();
        if !output.end()
            && let Err(error) = self.records.leave(build)
        {
            tracing::error!(build = %build.id, %error, "that a build left a folder beside its place could not be noted");
        }
        if let Some(kept) = outcome? {
            let what = "What was there was changed at the last moment, so it was kept";
            build.notes.insert(0, format!("{what} as {}.", kept.display()));
        }
        Ok(())
    }
}

/// Everything that will be written, and what there is to say of it.
fn plan(order: &mut Order, on_page: &(dyn Fn(usize, usize) + Sync), cancel: &Cancel) -> Result<Plan> {
    let is_plain = order.pages.is_empty();
    if let Some(missing) = input::missing_layout(&order.site).filter(|_| is_plain && !order.as_files) {
        return Err(Error::new(Code::Corrupt, format!("{missing} Nothing was built.")));
    }
    let mut plan = if is_plain { plain::plan(&order.site, &order.site_url)? } else { plan_of_pages(order, on_page, cancel)? };
    let mut notes = if is_plain { notes_of_sources(&order.site)? } else { Vec::new() };
    let missing = refuse::missing_submodules(&order.site, !is_plain).map_or_else(
        |error| vec![format!("Whether a submodule is missing could not be found out: {error}")],
        |missing| missing.iter().map(|path| format!("The submodule {path} was not fetched; its files are not in the build.")).collect(),
    );
    notes.extend(missing);
    if !plan.files.contains_key("index.html") {
        notes.push("There is no index.html: who opens the site's URL sees no page.".to_owned());
    }
    notes.extend(names::warnings(plan.files.keys().map(String::as_str)));
    notes.append(&mut plan.notes);
    let mut told = BTreeSet::new();
    notes.retain(|note| told.insert(note.clone()));
    if notes.len() > MOST_NOTES {
        let more = notes.split_off(MOST_NOTES - 1).len();
        notes.push(format!("There is more to look at: {more} other notes are not listed."));
    }
    Ok(Plan { notes, ..plan })
}

/// Plans a build of the site at `site` and writes nothing, to see whether it can be built.
///
/// # Errors
/// Why it cannot; as [`Exports::run`] has it, but for the target.
pub fn check(site: &Path, pages: Vec<Box<dyn Pages>>, cancel: &Cancel) -> Result<()> {
    let (site, target) = (site.to_owned(), PathBuf::new());
    let mut order = Order { demo: Uuid::nil(), site, held: None, target, site_url: String::new(), as_files: true, pages };
    plan(&mut order, &|_, _| (), cancel).map(drop)
}

/// What was not done to files that are taken as they are.
fn notes_of_sources(site: &Path) -> Result<Vec<String>> {
    let outline = outline(site)?;
    let mut notes = Vec::new();
    if let Some(Sources { generator, command, .. }) = &outline.sources {
        notes.push(format!("The files are sources for {generator}, taken as they are; “{command}” builds the site."));
    } else if let Some(own) = &outline.own_command {
        notes.push(format!("The site's own command, {}, was not run: its files were taken as they are.", own.command));
    }
    Ok(notes)
}

/// As [`plan`], of a site that is rendered.
fn plan_of_pages(order: &mut Order, on_page: &(dyn Fn(usize, usize) + Sync), cancel: &Cancel) -> Result<Plan> {
    check_input(&order.site)?;
    let Some(first) = order.pages.first() else { return Ok(Plan::default()) };
    let files = first.files()?;
    if files.is_empty() {
        return Err(Error::new(Code::WrongState, "The site has no page, so there is nothing to build. Add one, then build again."));
    }
    let left_out = first.left_out();
    let rendered = render(&mut order.pages, &files, on_page, cancel)?;
    let mut plan = plan::of_pages(&order.site, rendered, &order.site_url)?;
    plan.notes.splice(0..0, left_out);
    Ok(plan)
}

/// Refuses a site of which something cannot be read that its pages are made of: they would be built without it.
fn check_input(site: &Path) -> Result<()> {
    let damaged = input::damaged(site);
    let Some(first) = damaged.first() else { return Ok(()) };
    let others = match damaged.len() {
        1 => String::new(),
        2 => format!(" {} cannot be read either.", damaged[1].path),
        count => format!(" {} other files have problems too.", count - 1),
    };
    Err(Error::new(Code::Corrupt, format!("{first}{others} Nothing was built.")))
}

/// Renders every page, on as many threads as there are renderers.
fn render(
    pages: &mut [Box<dyn Pages>],
    files: &[String],
    on_page: &(dyn Fn(usize, usize) + Sync),
    cancel: &Cancel,
) -> Result<Vec<RenderedPage>> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let rendered: Mutex<Vec<RenderedPage>> = Mutex::default();
    let failed: Mutex<Vec<(usize, Error)>> = Mutex::default();
    thread::scope(|scope| {
        for renderer in pages {
            let (next, done, rendered, failed) = (&next, &done, &rendered, &failed);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(number).filter(|_| !cancel.is_cancelled()) else { return };
                    match renderer.html(file) {
                        Ok(html) => rendered.lock().unwrap_or_else(PoisonError::into_inner).push(RenderedPage { file: file.clone(), html }),
                        Err(error) => failed.lock().unwrap_or_else(PoisonError::into_inner).push((number, error)),
                    }
                    on_page(done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
                }
            });
        }
    });
    cancel.check()?;
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_by_key(|(number, _)| *number);
    if let Some((_, first)) = failed.first() {
        let others = match failed.len() {
            1 => String::new(),
            count => format!(" {} other pages have problems too.", count - 1),
        };
        return Err(Error { message: format!("{}{others} Nothing was built.", first.message), ..first.clone() });
    }
    let mut rendered = rendered.into_inner().unwrap_or_else(PoisonError::into_inner);
    rendered.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(rendered)
}

/// The address of a site as it is used: with its scheme, without a slash at the end; empty if it is.
fn site_url(written: &str) -> Result<String> {
    let url = written.trim().trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_fine = |host: &str| {
        !host.is_empty() && !host.starts_with('/') && !host.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"?#".contains(c))
    };
    if url.is_empty() || host.is_some_and(is_fine) {
        return Ok(url.to_owned());
    }
    let message = format!("“{written}” is no address of a site. Use one such as https://example.com. Nothing was built.");
    Err(Error::new(Code::InvalidInput, message).field("site_url"))
}
