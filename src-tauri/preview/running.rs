//! A preview that this process runs: its lock, its server, and its command if it has one.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;

use super::command;
use super::dev::{self, Dev, Setup, Standing};
use super::host::Names;
use super::live::Change;
use super::model::{Kind, Offer, Preview, State};
use super::record::Record;
use super::server::{Owner, Served, Server, Shared};
use super::site::{Place, Site};
use super::{Inner, Start, log_of, port};
use crate::error::{Code, Error, Result};
use crate::process::{Identity, Marked};
use crate::store::Guard;

/// How long a server has to end.
const SERVER: Duration = Duration::from_secs(1);
/// How long a command's tree has, its grace included.
const TREE: Duration = Duration::from_secs(4);

/// A preview of this process.
pub(super) struct Running {
    demo: Uuid,
    inner: Weak<Inner>,
    kind: Kind,
    since: Timestamp,
    port: u16,
    record: Record,
    shared: Arc<Shared>,
    server: Server,
    dev: OnceLock<Dev>,
    /// Where its command was started.
    home: Option<Home>,
    /// Taken by who ends it.
    held: Mutex<Option<Guard>>,
}

/// The folder in which a command was started, and knows its way about.
struct Home {
    site: Site,
    began: Arc<Place>,
}

/// What the server and the command know of the preview that they belong to.
struct Desk {
    demo: Uuid,
    inner: Weak<Inner>,
}

impl Running {
    /// Starts to serve, with the lock held; the command of the offer if there is one, else the site itself.
    pub fn start(inner: &Arc<Inner>, demo: Uuid, held: Guard, start: Start, offer: Option<Offer>) -> Result<Arc<Self>> {
        let desk = Arc::new(Desk { demo, inner: Arc::downgrade(inner) });
        let runtime = inner.runtime()?.handle();
        let mut dev_port = None;
        let around = Arc::downgrade(inner);
        let site = Site::new(Box::new(move || around.upgrade().ok_or_else(ending)?.around.site(demo)))?;
        let mut home = None;
        let (listener, port, kind, served) = match &offer {
            Some(_) => {
                // The command is to have the port that was asked for; its own server is only asked how it is.
                let (free, port) = port::listen(start.port)?;
                drop(free);
                dev_port = Some(port);
                home = Some(Home { began: site.look_anew().place?, site });
                let (listener, port) = port::listen(None)?;
                (listener, port, Kind::Command, Served::Command(Box::new(address_of(desk.clone()))))
            }
            None => {
                let (listener, port) = port::listen(start.port)?;
                let kind = if site.is_rendered() { Kind::Rendered } else { Kind::Files };
                (listener, port, kind, Served::Site(site))
            }
        };
        let mark = Uuid::new_v4().to_string();
        let mut record = Record {
            demo,
            bound: inner.records.binding(),
            kind,
            owner: Identity::own(),
            is_background: start.is_background,
            port,
            token: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
            since: inner.clock.now(),
            tree: offer.is_some().then(|| Marked { mark: mark.clone(), command: None }),
            failed: None,
        };
        // Noted before anything runs: whoever finds the record ends what it speaks of.
        inner.records.put(&record)?;
        let is_private = offer.is_none() && inner.around.is_private();
        let names = if is_private { Names::private(demo, port, &record.token) } else { Names::of(demo, port) };
        let shared = Arc::new(Shared::new(names, &record.token, served, desk.clone()));
        let started = Server::start(runtime, listener, shared.clone()).and_then(|server| {
            let dev = match (offer, dev_port) {
                (Some(offer), Some(port)) => {
                    let found = inner.around.site(demo)?;
                    let offer = command::at_port(offer, port);
                    let setup =
                        Setup { demo, program: inner.program.clone(), log: log_of(&found)?, folder: found.folder, offer, port, mark };
                    Some(Dev::start(runtime, setup, desk)?)
                }
                _ => None,
            };
            Ok((server, dev))
        });
        let (server, dev) = match started {
            Ok(started) => started,
            Err(error) => {
                let _ = inner.records.remove(demo);
                return Err(error);
            }
        };
        if let Some(dev) = &dev {
            record.tree = Some(dev.marked().clone());
            if let Err(error) = inner.records.put(&record) {
                tracing::warn!(%demo, %error, "a command's process could not be noted; its mark is");
            }
        }
        let running = Arc::new(Self {
            demo,
            inner: Arc::downgrade(inner),
            kind,
            since: record.since,
            port,
            record,
            shared,
            server,
            dev: dev.map(OnceLock::from).unwrap_or_default(),
            home,
            held: Mutex::new(Some(held)),
        });
        inner.running().insert(demo, running.clone());
        // Who asked before that heard that it begins.
        running.shared.followers.tell();
        // It may have ended before anybody could be told.
        if let Some(error) = running.dev.get().and_then(Dev::failed) {
            running.fail(error);
        }
        if inner.is_closing.load(std::sync::atomic::Ordering::SeqCst) {
            running.stop();
        }
        Ok(running)
    }

    /// What only its own and the workspace's processes know of it.
    pub fn token(&self) -> &str {
        &self.record.token
    }

    /// How it is served.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How it is.
    pub fn view(&self) -> Preview {
        let running = |address, fallback, port| State::Running { address, fallback, port, pid: std::process::id(), since: self.since };
        let state = match (self.dev.get(), &self.shared.served) {
            (Some(dev), _) => match (self.at_home(), dev.standing()) {
                (Err(error), _) => State::Failed { error },
                (Ok(()), Standing::Starting) => State::Starting { since: self.since },
                (Ok(()), Standing::At(place)) => running(place.address, place.fallback, place.port),
                (Ok(()), Standing::Silent(place)) => State::Failed { error: dev.silence(&place) },
                (Ok(()), Standing::Blocked(port)) => State::Failed { error: dev.blocked(port) },
            },
            (None, Served::Site(_)) => match self.shared.place_now() {
                Ok(_) => running(self.shared.names.address(), self.shared.names.fallback(), self.port),
                Err(error) => State::Failed { error },
            },
            (None, Served::Command(_)) => State::Starting { since: self.since },
        };
        Preview { demo: self.demo, kind: Some(self.kind), state }
    }

    /// Something of the site is different.
    pub fn changed(&self, change: &Change) {
        self.shared.changed(change);
    }

    /// The pages that are open may be others.
    pub fn repaint(&self) {
        self.shared.painter.want();
    }

    /// Looks whether the site is still there; news are told.
    pub fn look(&self) {
        let _ = if self.kind == Kind::Command { self.at_home() } else { self.shared.place_now().map(drop) };
    }

    /// Whether the folder in which its command was started is still the site's; news are told.
    fn at_home(&self) -> Result<()> {
        let Some(home) = &self.home else { return Ok(()) };
        let look = home.site.look_anew();
        if look.has_changed {
            self.shared.owner.site_changed();
        }
        let place = match look.place {
            // The whole workspace was moved, with the command in it.
            Err(_) if self.shared.owner.is_moved() => return Ok(()),
            place => place?,
        };
        if place.is_same(&home.began) {
            return Ok(());
        }
        let message = format!(
            "The site's folder is another one now, {}; its own command still works in the one that was at {}. Nothing was stopped; \
             start the preview again to have the command run where the site is.",
            place.folder().display(),
            home.began.folder().display()
        );
        Err(Error::new(Code::WrongState, message))
    }

    /// Begins to end: asks the command, frees the port, lets go of the pages. Whoever waits brings it to its end. Does not wait.
    pub fn stop(self: &Arc<Self>) {
        self.server.stop();
        if let Some(dev) = self.dev.get() {
            dev.stop();
        }
        let running = self.clone();
        std::thread::spawn(move || running.wait());
    }

    /// Waits until nothing of it is left.
    pub fn wait(&self) {
        // One ends it, and who comes later waits for that.
        let held = self.held();
        self.end(held, None, None);
    }

    /// As [`Self::wait`], no longer than `until` then: what is left is ended by whoever keeps its processes.
    pub fn wait_until(&self, until: Instant) {
        if let Ok(held) = self.held.try_lock() {
            return self.end(held, None, Some(until));
        }
        // Another thread ends it.
        let Some(inner) = self.inner.upgrade() else { return };
        let left = until.saturating_duration_since(Instant::now());
        drop(inner.ended.wait_timeout_while(inner.running(), left, |running| running.contains_key(&self.demo)));
    }

    /// It ended by itself.
    fn fail(&self, error: Error) {
        let held = self.held();
        self.server.stop();
        if let Some(dev) = self.dev.get() {
            dev.stop();
        }
        self.end(held, Some(error), None);
    }

    fn end(&self, mut held: MutexGuard<'_, Option<Guard>>, failed: Option<Error>, until: Option<Instant>) {
        let Some(guard) = held.take() else { return };
        let within = |limit: Duration| until.map_or(limit, |until| limit.min(until.saturating_duration_since(Instant::now())));
        if !self.server.wait(within(SERVER)) {
            tracing::warn!(demo = %self.demo, "a preview's server is slow to end");
        }
        let has_ended = self.dev.get().is_none_or(|dev| dev.wait(within(TREE)));
        let Some(inner) = self.inner.upgrade() else { return };
        let noted = match (&failed, has_ended) {
            (Some(error), _) => inner.records.put(&Record { failed: Some(error.clone()), ..self.record.clone() }),
            (None, true) => inner.records.remove(self.demo),
            // The record stays: the next start ends what it speaks of.
            (None, false) => Ok(()),
        };
        if let Err(error) = noted {
            tracing::warn!(demo = %self.demo, %error, "the end of a preview could not be noted");
        }
        // Whoever takes the lock next finds the record as it shall be.
        drop(guard);
        inner.running().remove(&self.demo);
        inner.ended.notify_all();
        let state = failed.map_or(State::Stopped, |error| State::Failed { error });
        let kind = (state != State::Stopped).then_some(self.kind);
        inner.around.tell(Preview { demo: self.demo, kind, state });
    }

    fn held(&self) -> MutexGuard<'_, Option<Guard>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("demo", &self.demo).field("kind", &self.kind).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Desk {
    fn running(&self) -> Option<Arc<Running>> {
        self.inner.upgrade()?.running().get(&self.demo).cloned()
    }

    fn tell(&self) {
        if let (Some(inner), Some(running)) = (self.inner.upgrade(), self.running()) {
            running.shared.followers.tell();
            inner.around.tell(running.view());
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("demo", &self.demo).finish_non_exhaustive()
    }
}

impl Owner for Desk {
    fn view(&self) -> Preview {
        // Between the note of it and its place in the list it begins.
        let beginning = || State::Starting { since: self.now() };
        self.running().map_or_else(|| Preview { demo: self.demo, kind: None, state: beginning() }, |running| running.view())
    }

    fn now(&self) -> Timestamp {
        self.inner.upgrade().map(|inner| inner.clock.now()).unwrap_or_default()
    }

    fn stop(&self) {
        if let Some(running) = self.running() {
            running.stop();
        }
    }

    fn site_changed(&self) {
        self.tell();
    }

    fn is_moved(&self) -> bool {
        self.inner.upgrade().is_some_and(|inner| !inner.records.is_in_place())
    }
}

impl dev::Listener for Desk {
    fn changed(&self) {
        self.tell();
    }

    fn said(&self, text: &str) {
        if let Some(inner) = self.inner.upgrade() {
            inner.around.said(self.demo, text);
        }
    }

    fn ended(&self, error: Error) {
        let desk = Self { demo: self.demo, inner: self.inner.clone() };
        // Not on the thread that must go on for the tree to have ended.
        std::thread::spawn(move || {
            if let Some(running) = desk.running() {
                running.fail(error);
            }
        });
    }
}

/// Where a preview's command answers.
fn address_of(desk: Arc<Desk>) -> impl Fn() -> Option<String> {
    move || match desk.running()?.dev.get()?.standing() {
        Standing::At(place) => Some(place.address),
        Standing::Starting | Standing::Silent(_) | Standing::Blocked(_) => None,
    }
}

fn ending() -> Error {
    Error::new(Code::Cancelled, "Backlot is ending.")
}
