//! Creations in this process: begun, run on threads of their own, cancelled, tried again.

use std::path::Path;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use super::{App, Running, SlugCheck};
use crate::cancel::Cancel;
use crate::demo::model::{CreateDemo, DemoView, Origin};
use crate::demo::{Begun, Creation, Ended, PreparedTemplate, TemplateSource};
use crate::error::{Code, Error, Result};
use crate::progress::{OnProgress, Progress};
use crate::template::Prepared;

impl App {
    /// Whether a slug can be used, and one that can.
    pub fn check_slug(&self, slug: &str) -> SlugCheck {
        let error = self.0.demos.check_slug(slug).err();
        let suggestion = if error.is_none() { slug.to_owned() } else { self.suggest_slug(slug) };
        SlugCheck { slug: slug.to_owned(), error, suggestion }
    }

    /// A valid and free slug for a name.
    pub fn suggest_slug(&self, name: &str) -> String {
        self.0.demos.suggest(name)
    }

    /// Creates a demo and returns when it is complete.
    ///
    /// # Errors
    /// Those of the creation protocol; see [`Demos::begin`] and [`Creation::run`].
    pub fn create(&self, mut request: CreateDemo, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<DemoView> {
        request.template = self.0.templates.normal(&request.template)?;
        match self.0.demos.begin(request, cancel)? {
            Begun::Done(view) => Ok(*view),
            Begun::Recorded(creation) => self.run(*creation, on_progress, cancel),
        }
    }

    /// Begins to create a demo and returns as soon as that is recorded; events tell how it goes on.
    ///
    /// # Errors
    /// Those of [`Demos::begin`].
    pub fn start_create(&self, mut request: CreateDemo) -> Result<DemoView> {
        request.template = self.0.templates.normal(&request.template)?;
        if self.is_closing() {
            return Err(Error::new(Code::WrongState, "Backlot is being closed; nothing new is begun."));
        }
        let cancel = Cancel::new();
        let creation = match self.0.demos.begin(request, &cancel)? {
            Begun::Done(view) => return Ok(*view),
            Begun::Recorded(creation) => creation,
        };
        let view = creation.view();
        let app = self.clone();
        self.enter(&view.demo.request_id, &cancel);
        thread::spawn(move || {
            // The outcome is in the record and in the events.
            let _ = app.run(*creation, &|_| (), &cancel);
        });
        Ok(view)
    }

    /// Tries a failed or interrupted creation again, in the background.
    ///
    /// # Errors
    /// `NotFound`, `WrongState`, and those of [`Demos::begin`].
    pub fn retry(&self, request_id: &str) -> Result<DemoView> {
        self.start_create(self.0.demos.request_to_retry(request_id)?)
    }

    /// The creation to try again, to be given to [`App::create`].
    ///
    /// # Errors
    /// `NotFound`, `WrongState`.
    pub fn request_to_retry(&self, request_id: &str) -> Result<CreateDemo> {
        self.0.demos.request_to_retry(request_id)
    }

    /// Stops a creation, be it of this process or of another one, and answers with what has become of it by then.
    ///
    /// # Errors
    /// `NotFound`, `WrongState`.
    pub fn cancel(&self, request_id: &str) -> Result<DemoView> {
        let ours = self.running().get(request_id).cloned();
        match ours {
            Some(running) => running.cancel.cancel(),
            None => self.0.demos.ask_cancel(request_id)?,
        }
        // The answer comes when it has ended, or after 150 ms: a disk that is being synced is not waited for.
        let until = Instant::now() + Duration::from_millis(150);
        loop {
            let is_late = Instant::now() >= until;
            match self.demos() {
                Ok(demos) => {
                    let view = demos.into_iter().find(|view| view.demo.request_id == request_id);
                    let view = view.ok_or_else(|| Error::new(Code::NotFound, "The creation is gone."))?;
                    if is_late || !view.status.state.is_under_way() {
                        self.refresh();
                        return Ok(view);
                    }
                }
                Err(error) if is_late => {
                    let message = format!("The setup was asked to stop; whether it has is not known. {}", error.message);
                    return Err(Error::new(Code::Indeterminate, message));
                }
                Err(_) => {}
            }
            let running = self.running();
            let pause = Duration::from_millis(10);
            drop(self.0.ended.wait_timeout(running, pause).unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn run(&self, creation: Creation, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<DemoView> {
        let view = creation.view();
        let request_id = view.demo.request_id.clone();
        self.enter(&request_id, cancel);
        self.refresh();
        let report = |progress: Progress| {
            on_progress(progress.clone());
            if let Some(running) = self.running().get_mut(&request_id) {
                running.progress = Some(progress);
            }
            self.tell_progress(view.demo.id);
        };
        let ended = creation.run(self, &report, cancel, &|| self.is_closing());
        self.leave(&request_id, cancel);
        self.refresh();
        let Ended { result, .. } = ended;
        result
    }

    /// Forgets a creation of this process, unless the same request is being tried again already.
    fn leave(&self, request_id: &str, cancel: &Cancel) {
        let mut running = self.running();
        if running.get(request_id).is_some_and(|creation| creation.cancel.is_same(cancel)) {
            running.remove(request_id);
        }
        drop(running);
        self.0.ended.notify_all();
    }

    fn enter(&self, request_id: &str, cancel: &Cancel) {
        self.running().insert(request_id.to_owned(), Running { cancel: cancel.clone(), progress: None });
        if self.is_closing() {
            cancel.cancel();
        }
    }
}

/// The app stands between demos, which want something to clone from, and templates, which know where it is.
impl TemplateSource for App {
    fn prepare(
        &self,
        wanted: &str,
        branch: Option<&str>,
        on_progress: OnProgress<'_>,
        cancel: &Cancel,
    ) -> Result<Box<dyn PreparedTemplate>> {
        Ok(Box::new(self.0.templates.prepare(wanted, branch, on_progress, cancel)?))
    }
}

impl PreparedTemplate for Prepared {
    fn origin(&self) -> Origin {
        Origin { key: self.template.key.clone(), url: self.template.url.clone(), branch: self.branch.clone(), commit: String::new() }
    }

    fn mirror(&self) -> &Path {
        &self.mirror
    }

    fn remote(&self) -> Option<String> {
        self.origin.clone()
    }
}
