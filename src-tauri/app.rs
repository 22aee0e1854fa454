//! The app without a window: opens a workspace, wires the features together, and ends in order.
//!
//! The window, the CLI and other programs are thin shells over this. What must always hold:
//! - Truth is on the disk. What is kept in memory is the last view of it, from which changes are told; a look at the disk
//!   ([`App::refresh`]) after each action, and whenever the disk says that something changed, finds the differences.
//! - Closing cancels what is under way and waits for it, so that nothing half-made is left for the next start.

mod creations;
mod demos;
mod doctor;
mod editing;
mod exports;
mod identity;
mod imports;
mod jobs;
mod log;
mod notices;
mod portraits;
mod previews;
mod rendered;
mod settings;
mod site_watch;
mod view;
mod warnings;
mod watch;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

pub use self::previews::Serving as ServingPreview;
use crate::autosave::Autosave;
pub use crate::autosave::Delays as SaveDelays;
use crate::cancel::Cancel;
use crate::clock::Clock;
use crate::content::ContentOf;
use crate::demo::Demos;
use crate::demo::model::DemoView;
use crate::error::{Code, Error, Result};
use crate::event::{Hub, Subscription};
use crate::export::Exports;
use crate::export::model::Build;
use crate::git::{Limits, Worker};
use crate::media::Media;
pub use crate::media::MediaFile;
use crate::media::model::MediaImport;
pub use crate::media::model::{MediaChange as MediaMetadata, MediaListing};
use crate::preview::Previews;
pub use crate::preview::{Change as SiteChange, PartChange as SitePart, Start as StartPreview};
use crate::progress::{OnProgress, Progress};
use crate::store::disk;
use crate::template::Templates;
use crate::template::model::Template;
use crate::workspace::Workspace;
pub use doctor::{Finding, Remedy};
pub use exports::BuildOrder;
pub use log::start_log;
pub use portraits::Sitting;
pub use settings::{Privacy, Settings};
pub use view::{AppEvent, Change, Notice, SlugCheck, Snapshot};
pub use watch::Watch;

/// How long closing takes at the most: its parts share this time.
const CLOSING: Duration = Duration::from_millis(4_500);

/// How to open a workspace.
#[derive(Debug, Clone)]
pub struct Options {
    /// The workspace's folder; made if it is not there.
    pub root: PathBuf,
    /// The program that becomes git's worker when started with [`crate::git::worker::ARGUMENT`].
    pub program: PathBuf,
    /// The time.
    pub clock: Clock,
    /// How long edits wait to be saved, where nobody chose otherwise.
    pub delays: SaveDelays,
}

/// An open workspace. Clones share it.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    workspace: Workspace,
    demos: Demos,
    templates: Templates,
    autosave: Autosave,
    previews: Previews,
    /// What makes the pages of the sites that are rendered.
    sites_rendered: rendered::Rendered,
    /// What is noticed of the sites that this process serves.
    sites: site_watch::Sites,
    clock: Clock,
    /// How long edits wait where nobody chose.
    delays: SaveDelays,
    hub: Hub<Change>,
    /// What was told last, by demo; and the templates.
    told: Mutex<Told>,
    running: Mutex<HashMap<String, Running>>,
    imports: jobs::Jobs<MediaImport>,
    /// Fetches of submodules, by demo.
    fetches: jobs::Jobs<()>,
    /// The demos whose media were listed, each with the revision of then.
    media_listed: Mutex<HashMap<Uuid, Option<String>>>,
    exports: Exports,
    portraits: portraits::Portraits,
    builds: jobs::Jobs<Build>,
    ended: Condvar,
    closing: AtomicBool,
    /// Wakes the watch, when there is one.
    notice: Mutex<Option<Sender<watch::Told>>>,
}

#[derive(Debug, Default)]
struct Told {
    demos: HashMap<Uuid, DemoView>,
    templates: Vec<Template>,
    notices: Vec<Notice>,
}

/// A creation that this process works on.
#[derive(Debug, Clone)]
struct Running {
    cancel: Cancel,
    progress: Option<Progress>,
}

impl App {
    /// Opens the workspace, making it if it is not there, and settles what dead processes left in it.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull` or `Io` if its folders cannot be made; `NewerSchema` or `Corrupt` if `backlot.json` says so.
    pub fn open(options: Options) -> Result<Self> {
        let workspace = Workspace::resolve(&options.root)?;
        for folder in workspace.folders() {
            disk::create_dir_all(&folder).map_err(|cause| Error::io("make the workspace's folder", &folder, &cause))?;
        }
        for place in workspace.made_later() {
            disk::check(&place).map_err(|cause| Error::io("open", &place, &cause))?;
        }
        disk::refuse_links(&workspace.state()).map_err(|cause| Error::io("open", &workspace.state(), &cause))?;
        let workspace = identity::identify(workspace, &options.clock)?;
        let worker = Worker::new(options.program.clone(), workspace.locks());
        let demos = Demos::new(workspace.clone(), worker.clone(), options.clock.clone(), Limits::default());
        let templates = Templates::new(workspace.clone(), worker, options.clock.clone(), Limits::default());
        demos.recover()?;
        let delays = settings::delays(&workspace, options.delays);
        let app = Self(Arc::new_cyclic(|inner| Inner {
            autosave: Autosave::new(workspace.clone(), options.clock.clone(), delays, Box::new(editing::Around(inner.clone()))),
            previews: Previews::new(workspace.clone(), options.clock.clone(), options.program, Box::new(previews::Around(inner.clone()))),
            exports: Exports::new(workspace.clone(), options.clock.clone()),
            sites_rendered: rendered::Rendered::default(),
            sites: site_watch::Sites::default(),
            workspace,
            demos,
            templates,
            clock: options.clock,
            delays: options.delays,
            hub: Hub::default(),
            told: Mutex::default(),
            running: Mutex::default(),
            imports: jobs::Jobs::default(),
            fetches: jobs::Jobs::default(),
            media_listed: Mutex::default(),
            builds: jobs::Jobs::default(),
            portraits: portraits::Portraits::default(),
            ended: Condvar::new(),
            closing: AtomicBool::new(false),
            notice: Mutex::default(),
        }));
        app.0.previews.recover();
        app.0.exports.recover();
        doctor::recover(&app.0.workspace);
        Ok(app)
    }

    /// The workspace's folder.
    pub fn root(&self) -> &Path {
        self.0.workspace.root()
    }

    /// Everything there is, and the number of the last event in it.
    ///
    /// # Errors
    /// Those of [`Self::demos`].
    pub fn snapshot(&self) -> Result<Snapshot> {
        self.try_refresh()?;
        // Nothing is told while this is held, so the number and the view belong together.
        let told = self.told();
        let mut demos: Vec<DemoView> = told.demos.values().cloned().collect();
        demos.sort_by(|a, b| b.demo.created_at.cmp(&a.demo.created_at).then_with(|| a.demo.slug.cmp(&b.demo.slug)));
        Ok(Snapshot {
            seq: self.0.hub.seq(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            workspace: self.root().display().to_string(),
            demos,
            templates: told.templates.clone(),
            notices: told.notices.clone(),
        })
    }

    /// Every event from now on.
    pub fn subscribe(&self) -> Subscription<Change> {
        self.0.hub.subscribe()
    }

    /// Reads the disk and emits what differs from what was emitted last. What cannot be read is not taken for gone.
    pub fn refresh(&self) {
        if let Err(error) = self.try_refresh() {
            tracing::warn!(%error, "the demos could not be listed");
        }
    }

    fn try_refresh(&self) -> Result<()> {
        if !self.is_in_place() {
            return Ok(());
        }
        let mut told = self.told();
        let demos: HashMap<Uuid, DemoView> = self.demos()?.into_iter().map(|view| (view.demo.id, view)).collect();
        let templates = self.0.templates.list();
        for (id, view) in &demos {
            let before = told.demos.get(id);
            if before.is_none_or(|before| before.demo.name != view.demo.name) {
                // Its pages show it.
                self.0.previews.repaint(*id);
            }
            if before != Some(view) {
                self.0.hub.emit(Change::DemoChanged { demo: Box::new(view.clone()) });
            }
        }
        for id in told.demos.keys().filter(|id| !demos.contains_key(id)) {
            self.0.hub.emit(Change::DemoRemoved { id: *id });
        }
        if told.templates != templates {
            self.0.hub.emit(Change::TemplatesChanged { templates: templates.clone() });
        }
        told.demos = demos;
        told.templates = templates;
        drop(told);
        self.0.previews.look();
        Ok(())
    }

    /// The media of a demo.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if the demo is not complete.
    pub fn media(&self, slug_or_id: &str) -> Result<Media> {
        let view = self.demo(slug_or_id)?;
        let Some(folder) = view.folder else {
            return Err(Error::new(
                Code::WrongState,
                format!("“{}” is {}; it has media once it is ready.", view.demo.slug, view.status.state.name()),
            ));
        };
        Ok(Media::new(&self.0.workspace, &folder, view.demo.id, self.0.clock.clone()))
    }

    /// The content of a demo: its pages, global widgets, menus and theme settings.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if the demo is not complete.
    pub fn content(&self, slug_or_id: &str) -> Result<ContentOf> {
        let view = self.demo(slug_or_id)?;
        let Some(folder) = view.folder else {
            return Err(Error::new(
                Code::WrongState,
                format!("“{}” is {}; it has pages once it is ready.", view.demo.slug, view.status.state.name()),
            ));
        };
        Ok(ContentOf::new(&self.0.workspace, &folder, view.demo.id, self.0.clock.clone()))
    }

    /// Every template, starters first.
    pub fn templates(&self) -> Vec<Template> {
        self.0.templates.list()
    }

    /// See [`Templates::show`].
    ///
    /// # Errors
    /// `NotFound`.
    pub fn template(&self, key: &str) -> Result<Template> {
        self.0.templates.show(key)
    }

    /// See [`Templates::add`].
    ///
    /// # Errors
    /// Those of [`Templates::add`].
    pub fn add_template(&self, source: &str, branch: Option<&str>, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Template> {
        self.told_after(self.0.templates.add(source, branch, on_progress, cancel))
    }

    /// See [`Templates::refresh`].
    ///
    /// # Errors
    /// Those of [`Templates::refresh`].
    pub fn refresh_template(&self, key: &str, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<Template> {
        self.told_after(self.0.templates.refresh(key, on_progress, cancel))
    }

    /// See [`Templates::remove`].
    ///
    /// # Errors
    /// Those of [`Templates::remove`].
    pub fn remove_template(&self, key: &str) -> Result<()> {
        self.told_after(self.0.templates.remove(key))
    }

    /// A template's picture; see [`Templates::screenshot`].
    pub fn template_screenshot(&self, key: &str) -> Option<Vec<u8>> {
        self.0.templates.screenshot(key)
    }

    /// Tells of whatever other processes change from now on, for as long as the answer lives.
    ///
    /// # Errors
    /// `Io` if the system has no thread for it. Where it cannot watch folders they are looked at every few seconds.
    pub fn watch(&self) -> Result<Watch> {
        Watch::start(self.clone())
    }

    /// Tells that the program ends as soon as everything is saved, so that a window may hand over what it still has.
    pub fn tell_closing(&self) {
        self.0.hub.emit(Change::Closing);
    }

    /// The first half of [`App::close`], which does not wait: what is under way begins to stop, and knows why.
    pub fn begin_closing(&self) {
        self.0.closing.store(true, Ordering::SeqCst);
        self.running().values().for_each(|creation| creation.cancel.cancel());
        self.0.previews.begin_closing();
        self.0.imports.cancel_all();
        self.0.fetches.cancel_all();
        self.0.builds.cancel_all();
        self.0.portraits.wake();
    }

    /// Ends in order: nothing new is begun, what is under way is stopped and becomes `interrupted`. Returns within five seconds.
    pub fn close(&self) {
        let until = Instant::now() + CLOSING;
        self.begin_closing();
        self.0.autosave.close(until);
        let mut running = self.running();
        while !running.is_empty() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { break };
            running = self.0.ended.wait_timeout(running, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(running);
        self.0.imports.wait(until);
        self.0.fetches.wait(until);
        self.0.builds.wait(until);
        self.0.previews.close(until);
        self.0.sites.end();
    }

    /// Tells how far one creation is, without a look at all the others.
    fn tell_progress(&self, id: Uuid) {
        let mut told = self.told();
        let running = self.running().clone();
        if let Some(old) = told.demos.get(&id) {
            let view = demos::with_progress(old.clone(), &running);
            if *old != view {
                told.demos.insert(id, view.clone());
                self.0.hub.emit(Change::DemoChanged { demo: Box::new(view) });
            }
        }
    }

    fn told_after<T>(&self, result: Result<T>) -> Result<T> {
        self.refresh();
        result
    }

    /// Wakes the watch: there may be more to watch.
    fn notice(&self) {
        if let Some(watch) = &*self.0.notice.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = watch.send(watch::Told::Changed(Vec::new()));
        }
    }

    fn is_closing(&self) -> bool {
        self.0.closing.load(Ordering::SeqCst)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
