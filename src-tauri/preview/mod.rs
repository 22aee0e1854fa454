//! Previews: each demo's site on a port of this machine, for a browser or the app's own frame.
//!
//! What must always hold:
//! - What is said of a preview is what its process and an answer from its port say, never that somebody asked for it.
//! - A site's own command runs only after a person trusted exactly what was shown; staying without is remembered as well.
//! - A preview is run by one process, which holds its lock; when that process dies, whatever it had started ends too.
//! - Nobody but this machine's own browser gets an answer, nothing outside of the site is ever shown, and what is shown cannot
//!   reach the app: see [`guard`], [`path`] and [`site`].
//! - Stopping frees the port at once and ends every connection within a second.

mod body;
mod command;
mod connections;
mod dev;
mod follow;
mod guard;
mod host;
mod join;
mod live;
mod mime;
pub mod model;
mod notice;
mod paint;
mod path;
mod port;
mod printed;
mod probe;
mod quiet;
mod range;
mod record;
mod relay;
mod respond;
mod running;
mod search;
mod server;
mod site;
mod source;
mod ticket;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use tokio::runtime::Runtime;
use uuid::Uuid;

pub use self::follow::Follow;
use self::join::Taken;
pub use self::live::{Change, PartChange};
use self::model::{Decision, Kind, Log, Offer, Preview, State};
pub use self::quiet::Quiet;
use self::record::Records;
use self::running::Running;
pub use self::site::Found;
pub use self::source::{Page, Source};
use self::ticket::Tickets;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::store::{Mode, Wait};
use crate::workspace::{Workspace, demo as names};

/// How much of a command's log is shown.
const LOG: u64 = 128 * 1024;

/// What previews must know of the world, which the app tells them.
pub trait Surroundings: fmt::Debug + Send + Sync {
    /// Where a demo's site is now, and what renders it.
    ///
    /// # Errors
    /// `NotFound` if the demo is gone.
    fn site(&self, demo: Uuid) -> Result<Found>;

    /// The commit that the demo's site stands on; the one that it began as if that cannot be told.
    ///
    /// # Errors
    /// `NotFound` if the demo is gone.
    fn commit(&self, demo: Uuid) -> Result<String>;

    /// Whether previews are for this user alone.
    fn is_private(&self) -> bool;

    /// A preview is another one now.
    fn tell(&self, preview: Preview);

    /// A dev command said something, in whole lines.
    fn said(&self, demo: Uuid, text: &str);
}

/// How a preview is started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// The port to take; none for any that is free.
    pub port: Option<u16>,
    /// Whether this process does nothing else, so that it may be ended if it does not answer.
    pub is_background: bool,
}

/// The previews of a workspace. Clones share them.
#[derive(Debug, Clone)]
pub struct Previews(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    clock: Clock,
    program: PathBuf,
    around: Box<dyn Surroundings>,
    runtime: OnceLock<Runtime>,
    /// Those that this process runs.
    running: Mutex<HashMap<Uuid, Arc<Running>>>,
    ended: Condvar,
    is_closing: AtomicBool,
}

impl Previews {
    /// The previews of `workspace`. `program` is the one that becomes the keeper of a command. Nothing is begun before the first start.
    pub fn new(workspace: Workspace, clock: Clock, program: PathBuf, around: Box<dyn Surroundings>) -> Self {
        Self(Arc::new(Inner {
            records: Records::new(workspace),
            clock,
            program,
            around,
            runtime: OnceLock::new(),
            running: Mutex::default(),
            ended: Condvar::new(),
            is_closing: AtomicBool::new(false),
        }))
    }

    /// Ends and forgets what processes that died had started.
    pub fn recover(&self) {
        for demo in self.0.records.demos() {
            let Ok(held) = self.0.records.lock(demo).take(Mode::Exclusive, Wait::Try) else { continue };
            let settled = match self.0.records.read(demo) {
                // What failed by itself is kept until somebody has seen it.
                Ok(Some(record)) if record.failed.is_none() => self.0.records.settle(&held, &record),
                Ok(_) => self.0.records.forget_foreign(&held, demo),
                Err(error) => Err(error),
            };
            if let Err(error) = settled {
                tracing::warn!(%demo, %error, "a preview of a process that died could not be settled");
            }
        }
    }

    /// Every preview that is not stopped, of all processes.
    pub fn list(&self) -> Vec<Preview> {
        let previews = self.0.records.demos().into_iter().map(|demo| self.show(demo));
        previews.filter(|preview| preview.state != State::Stopped).collect()
    }

    /// The preview of a demo, as its process and its port say.
    pub fn show(&self, demo: Uuid) -> Preview {
        self.0.records.look(demo)
    }

    /// The URL by which a browser is sent to a page of a private preview, once; none if the preview is not private. `page` is
    /// the path of the page, with its query.
    ///
    /// # Errors
    /// `Corrupt` or `Io` if the preview's record cannot be read.
    pub fn ticket(&self, demo: Uuid, page: &str) -> Result<Option<String>> {
        let Preview { kind: Some(Kind::Rendered | Kind::Files), state: State::Running { fallback: None, port, .. }, .. } = self.show(demo)
        else {
            return Ok(None);
        };
        let Some(record) = self.0.records.read(demo)? else { return Ok(None) };
        let ticket = Tickets::new(&record.token).write(self.0.clock.now());
        Ok(Some(format!("http://127.0.0.1:{port}{}{ticket}/{}", ticket::PATH, page.trim_start_matches('/'))))
    }

    /// Starts a demo's preview, or joins the one that runs already. One that runs and has nothing to show begins anew.
    ///
    /// # Errors
    /// `NotFound` if the demo or its site is gone; `NotTrusted` if its command is to be decided on first; `InUse` if the port
    /// is taken, or the preview runs at another; `InProgress` if another process is at it and does not answer; those of the
    /// command.
    pub fn start(&self, demo: Uuid, start: Start) -> Result<Preview> {
        port::check(start.port)?;
        let held = match self.0.take(demo, start)? {
            Taken::Free(held) => held,
            Taken::Running(preview) => {
                // It may have been begun by another process, of which nobody here has heard.
                self.0.around.tell(preview.clone());
                return Ok(preview);
            }
        };
        if let Some(record) = self.0.records.read(demo)? {
            self.0.records.settle(&held, &record)?;
        }
        let found = self.0.around.site(demo)?;
        let offer = if found.source.is_some() { None } else { self.offer_of(demo, &found)? };
        let offer = match offer {
            Some(offer) if offer.decision == Decision::Undecided => return Err(undecided(&offer)),
            offer => offer.filter(|offer| offer.decision == Decision::Trusted),
        };
        if let Some(missing) = offer.as_ref().and_then(|offer| offer.missing.as_ref()) {
            return Err(Error::new(Code::NotFound, format!("{missing}. Nothing was started.")));
        }
        let running = Running::start(&self.0, demo, held, start, offer)?;
        let preview = running.view();
        self.0.around.tell(preview.clone());
        Ok(preview)
    }

    /// Whether this process runs the preview of a demo.
    pub fn is_own(&self, demo: Uuid) -> bool {
        self.0.running().contains_key(&demo)
    }

    /// Stops a demo's preview, whichever process runs it, and returns when nothing of it is left.
    ///
    /// # Errors
    /// `Locked` if its process does not answer, naming it; `Indeterminate` if it was asked to stop and its state is unknown.
    pub fn stop(&self, demo: Uuid) -> Result<Preview> {
        let own = self.0.running().get(&demo).cloned();
        if let Some(running) = own {
            running.stop();
            running.wait();
            return Ok(Preview::stopped(demo));
        }
        if self.0.records.read(demo)?.is_none() {
            return Ok(Preview::stopped(demo));
        }
        let (held, was_asked) = self.0.end(demo)?;
        let record = self.0.records.read(demo);
        let settled = record.and_then(|record| record.map_or(Ok(()), |record| self.0.records.settle(&held, &record)));
        settled.map_err(|error| join::unless_asked(error, was_asked))?;
        drop(held);
        let stopped = Preview::stopped(demo);
        self.0.around.tell(stopped.clone());
        Ok(stopped)
    }

    /// Tells the preview of a demo, if this process runs it, that something of the site is different.
    pub fn changed(&self, demo: Uuid, change: &Change) {
        let running = self.0.running().get(&demo).cloned();
        if let Some(running) = running {
            running.changed(change);
        }
    }

    /// The pages of a demo's site may be others: if this process renders them, those that are open are painted anew. Does not wait.
    pub fn repaint(&self, demo: Uuid) {
        if let Some(running) = self.0.running().get(&demo) {
            running.repaint();
        }
    }

    /// The demos whose sites this process serves itself.
    pub fn served(&self) -> Vec<Uuid> {
        self.0.running().iter().filter(|(_, running)| running.kind() != Kind::Command).map(|(demo, _)| *demo).collect()
    }

    /// Looks whether the folders that are served are still there, and tells if not.
    pub fn look(&self) {
        let running: Vec<Arc<Running>> = self.0.running().values().cloned().collect();
        for running in running {
            running.look();
        }
    }

    /// The command that a demo's site brings to serve itself, and what was decided about it; none if there is none, or the
    /// site is rendered here.
    ///
    /// # Errors
    /// `NotFound` if the demo is gone.
    pub fn offer(&self, demo: Uuid) -> Result<Option<Offer>> {
        let found = self.0.around.site(demo)?;
        if found.source.is_some() { Ok(None) } else { self.offer_of(demo, &found) }
    }

    /// Remembers what a person decided about the offer of that key.
    ///
    /// # Errors
    /// `Conflict` if something of it has changed since it was shown; `NotFound` if there is nothing to decide.
    pub fn decide(&self, demo: Uuid, key: &str, decision: Decision) -> Result<Offer> {
        let offer = self.offer(demo)?;
        let offer = offer.ok_or_else(|| Error::new(Code::NotFound, "This site brings no command of its own. Nothing was changed."))?;
        if offer.key != key {
            return Err(Error::new(Code::Conflict, "The command, or what it runs, has changed since it was shown. Look at it again."));
        }
        let found = self.0.around.site(demo)?;
        self.0.records.decide(command::decided(demo, &offer, decision, self.0.clock.now()), folder_of(&found)?)?;
        Ok(Offer { decision, changed: Vec::new(), ..offer })
    }

    /// The end of what a demo's dev command said, also after it has ended.
    ///
    /// # Errors
    /// `NotFound` if the demo is gone; `NotWritable` or `Io` if the log cannot be read.
    pub fn log(&self, demo: Uuid) -> Result<Log> {
        let path = log_of(&self.0.around.site(demo)?)?;
        let (text, is_cut) = crate::process::tail(&path, LOG).map_err(|cause| Error::io("read the log", &path, &cause))?;
        Ok(Log { text, is_cut })
    }

    /// Forgets what was decided about a demo that is no more.
    pub fn forget(&self, demo: Uuid) {
        if let Err(error) = self.0.records.forget(demo) {
            tracing::warn!(%demo, %error, "a decision about a demo that is gone could not be removed");
        }
    }

    /// Waits until this process no longer runs the preview of a demo.
    pub fn wait(&self, demo: Uuid) {
        let mut running = self.0.running();
        while running.contains_key(&demo) {
            running = self.0.ended.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing new is begun, and what runs here begins to end. Does not wait.
    pub fn begin_closing(&self) {
        self.0.is_closing.store(true, Ordering::SeqCst);
        let running: Vec<Arc<Running>> = self.0.running().values().cloned().collect();
        for running in running {
            running.stop();
        }
    }

    /// Ends what runs here, all at once, and waits until it has, no longer than `until` then.
    pub fn close(&self, until: Instant) {
        self.begin_closing();
        let running: Vec<Arc<Running>> = self.0.running().values().cloned().collect();
        for running in running {
            running.wait_until(until);
        }
    }

    fn offer_of(&self, demo: Uuid, found: &Found) -> Result<Option<Offer>> {
        let trust = self.0.records.trust(demo, folder_of(found)?)?;
        command::offer(&found.folder, &self.0.around.commit(demo)?, trust.as_ref())
    }
}

impl Inner {
    /// The runtime of all previews of this process.
    fn runtime(&self) -> Result<&Runtime> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).max_blocking_threads(16).thread_name("preview").enable_all();
        let runtime = builder.build().map_err(|cause| Error::new(Code::Io, format!("Previews cannot be served: {cause}.")))?;
        // Another thread may have been quicker; then this one is not needed.
        if let Err(spare) = self.runtime.set(runtime) {
            spare.shutdown_background();
        }
        self.runtime.get().ok_or_else(|| Error::new(Code::Internal, "Previews cannot be served."))
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever lets go of the last of it may be a thread that must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The log of a site's own command.
fn log_of(found: &Found) -> Result<PathBuf> {
    Ok(folder_of(found)?.join(names::LOGS).join("dev.log"))
}

/// The folder of the demo that a site belongs to.
fn folder_of(found: &Found) -> Result<&Path> {
    found.folder.parent().ok_or_else(|| Error::new(Code::Internal, "A site has no demo's folder around it."))
}

fn undecided(offer: &Offer) -> Error {
    let why = if offer.changed.is_empty() { String::new() } else { format!(" since its {} changed", offer.changed.join(" and ")) };
    Error::new(
        Code::NotTrusted,
        format!(
            "This site brings a command of its own to serve it, which was not decided on yet{why}: {}. Nothing was started; trust it, \
             or stay without and have the site's files shown.",
            command::shown(&offer.command)
        ),
    )
}
