//! Pages to HTML, in the way that Widgetizer's themes expect, by LiquidJS itself.
//!
//! A [`Renderer`] is of one site and owns a thread, on which an engine lives ([`engine`]); for long pages another thread with
//! another engine helps ([`runner`]). What must always hold:
//! - A template sees what it is given and nothing else: no file is read but of the site, never through a link, and never by
//!   the engine. It can take no more than a second and 64 MB; after that the engine is thrown away, and the next part has a
//!   new one.
//! - What goes wrong in a part of a page is said in its place, with file and line; all others are as they should be.
//! - Text is escaped unless a template says otherwise.
//! - A part whose inputs did not change is not rendered again: what is typed into one widget costs that widget and the layout.

mod around;
mod builtin;
mod collections;
mod engine;
mod files;
mod head;
mod links;
pub mod model;
mod notice;
mod page;
mod parts;
mod rich;
mod runner;
mod settings;
mod theme;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::{Code, Error, Result};
use files::Files;
use model::{PageRequest, Part, Rendered, Route};
use parts::Parts;

/// How long an answer is waited for. Parts have limits of their own, in the time that their thread works; this is for a
/// machine that does not let it.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long an engine is kept that nobody needs.
const IDLE: Duration = Duration::from_secs(120);

/// Renders the pages of one site. Clones share its threads, which end with the last of them.
#[derive(Debug, Clone)]
pub struct Renderer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    site: PathBuf,
    /// Others render the same site at the same time.
    is_one_of_many: bool,
    jobs: Mutex<Option<Sender<Job>>>,
}

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

/// What lives on the thread.
struct Worker {
    files: Files,
    parts: Parts,
}

impl Renderer {
    /// A renderer of the site at `site`. Nothing is read and no thread is started before it is asked for something.
    pub fn new(site: &Path) -> Self {
        Self { inner: Arc::new(Inner { site: site.to_owned(), is_one_of_many: false, jobs: Mutex::default() }) }
    }

    /// One of several renderers of the site at `site`, for each core its own: it keeps to its thread, where one alone takes
    /// another to help with long pages.
    pub fn one_of_many(site: &Path) -> Self {
        Self { inner: Arc::new(Inner { site: site.to_owned(), is_one_of_many: true, jobs: Mutex::default() }) }
    }

    /// Starts its thread and the engine on it, so that the first page need not wait for them. It returns at once.
    pub fn warm(&self) {
        let told = self.send(Box::new(|worker| {
            if let Err(cause) = worker.parts.start() {
                tracing::warn!(cause, "the renderer's engine could not be started ahead");
            }
        }));
        if let Err(error) = told {
            tracing::warn!(%error, "the renderer could not be started ahead");
        }
    }

    /// A whole page.
    ///
    /// # Errors
    /// `NotFound` if there is no such page; `Corrupt` if its document cannot be understood; `WrongState` if the site has no
    /// `layout.liquid`; `Timeout` if this machine gives it no time. Whatever is wrong with a template is in
    /// [`Rendered::problems`] instead.
    pub fn page(&self, request: PageRequest) -> Result<Rendered> {
        self.ask(move |worker| page::render(&worker.files, &mut worker.parts, &request))?
    }

    /// One part of a page alone, to be painted in the place of the one that is there.
    ///
    /// # Errors
    /// As for [`Renderer::page`]; `NotFound` if the page has no such part.
    pub fn part(&self, request: PageRequest, part: Part) -> Result<Rendered> {
        self.ask(move |worker| page::render_part(&worker.files, &mut worker.parts, &request, &part))?
    }

    /// Everything that has an address, by the files it becomes.
    ///
    /// # Errors
    /// `Timeout` if this machine gives it no time.
    pub fn routes(&self) -> Result<Vec<Route>> {
        self.ask(|worker| page::routes(&worker.files))
    }

    /// What is shown at a path of the site's address: `/`, `/about`, `/about.html`, `/news/opening.html`.
    ///
    /// # Errors
    /// `Timeout` if this machine gives it no time.
    pub fn route(&self, path: &str) -> Result<Option<Route>> {
        let path = path.trim_start_matches('/');
        let file = match path {
            "" => "index.html".to_owned(),
            path if path.strip_suffix(".html").is_some() => path.to_owned(),
            path => format!("{}.html", path.trim_end_matches('/')),
        };
        Ok(self.routes()?.into_iter().find(|route| route.file == file))
    }

    /// How many parts of the last page were rendered, because they were not known.
    ///
    /// # Errors
    /// `Timeout` if this machine gives it no time.
    pub fn parts_rendered(&self) -> Result<usize> {
        self.ask(|worker| worker.parts.work().0)
    }

    /// Files of the site that have changed, or folders in which anything may have: they are read anew.
    ///
    /// Changes are found without it too, but on file systems with coarse clocks.
    pub fn invalidate(&self, paths: &[String]) {
        let paths = paths.to_vec();
        let told = self.send(Box::new(move |worker| paths.iter().for_each(|path| worker.files.forget(path))));
        if told.is_err() {
            tracing::warn!(site = %self.inner.site.display(), "the renderer could not be told of changed files");
        }
    }

    fn ask<T: Send + 'static>(&self, work: impl FnOnce(&mut Worker) -> T + Send + 'static) -> Result<T> {
        let (answer, wait) = channel();
        self.send(Box::new(move |worker| drop(answer.send(work(worker)))))?;
        wait.recv_timeout(PATIENCE).map_err(|cause| {
            // Whatever it is stuck in, the next one who asks gets another thread.
            *self.jobs() = None;
            tracing::error!(site = %self.inner.site.display(), %cause, "the renderer did not answer");
            match cause {
                RecvTimeoutError::Timeout => {
                    Error::new(Code::Timeout, "The page could not be rendered in time: this machine is too busy. Try again.")
                }
                RecvTimeoutError::Disconnected => {
                    Error::new(Code::Internal, "The page could not be rendered; the log has the cause. Try again.")
                }
            }
        })
    }

    fn send(&self, job: Job) -> Result<()> {
        let mut jobs = self.jobs();
        let job = match jobs.as_ref() {
            None => job,
            Some(sender) => match sender.send(job) {
                Ok(()) => return Ok(()),
                Err(unsent) => unsent.0,
            },
        };
        // There is no thread yet, or it broke down.
        let (sender, receiver) = channel();
        let files = Files::new(self.inner.site.clone());
        let parts = if self.inner.is_one_of_many { Parts::of_many } else { Parts::default };
        let started = thread::Builder::new()
            .name("render".to_owned())
            .stack_size(engine::THREAD_STACK)
            .spawn(move || work(Worker { files, parts: parts() }, &receiver));
        started.map_err(|cause| Error::io("start the renderer", &self.inner.site, &cause))?;
        drop(sender.send(job));
        *jobs = Some(sender);
        Ok(())
    }

    fn jobs(&self) -> std::sync::MutexGuard<'_, Option<Sender<Job>>> {
        self.inner.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what is asked for until nobody can ask any more.
fn work(mut worker: Worker, jobs: &Receiver<Job>) {
    loop {
        match jobs.recv_timeout(IDLE) {
            Ok(job) => job(&mut worker),
            Err(RecvTimeoutError::Timeout) => worker.parts.rest(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
