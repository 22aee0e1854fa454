//! Previews of demos: what [`crate::preview`] must know of demos, and what the shells ask of it.

use std::sync::Weak;

use uuid::Uuid;

use super::view::Change;
use super::{App, Inner};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::preview::model::{Decision, Log, Offer, Preview, State};
use crate::preview::{Change as SiteChange, Found, Start, Surroundings};
use crate::workspace::demo as names;

/// What previews ask of the app.
#[derive(Debug)]
pub(super) struct Around(pub(super) Weak<Inner>);

impl Around {
    fn app(&self) -> Result<App> {
        self.0.upgrade().map(App).ok_or_else(|| Error::new(Code::Cancelled, "Backlot is ending."))
    }
}

impl Surroundings for Around {
    fn site(&self, demo: Uuid) -> Result<Found> {
        let app = self.app()?;
        let folder = app.0.demos.folder(demo)?.join(names::SITE);
        let source = app.0.sites_rendered.source(&app, demo, &folder);
        Ok(Found { folder, source })
    }

    fn commit(&self, demo: Uuid) -> Result<String> {
        let app = self.app()?;
        // What was pulled or committed since the demo began is what would run.
        let head = crate::git::head_of(&app.0.demos.folder(demo)?.join(names::SITE));
        head.map_or_else(|| Ok(app.demo(&demo.to_string())?.demo.template.commit), |head| Ok(head.commit))
    }

    fn is_private(&self) -> bool {
        self.app().is_ok_and(|app| app.has_private_previews())
    }

    fn tell(&self, preview: Preview) {
        if let Ok(app) = self.app() {
            if preview.state == State::Stopped {
                app.0.sites_rendered.forget(preview.demo);
            }
            app.watch_served();
            app.0.hub.emit(Change::PreviewChanged { preview });
        }
    }

    fn said(&self, demo: Uuid, text: &str) {
        if let Ok(app) = self.app() {
            app.0.hub.emit(Change::PreviewSaid { demo, text: text.to_owned() });
        }
    }
}

/// What becomes of a preview that this process is to serve.
#[derive(Debug)]
pub enum Serving<'a> {
    /// Another process is starting it.
    Joined,
    /// Its command said something, in whole lines.
    Said(&'a str),
    /// It answers.
    Ready(&'a Preview),
}

/// A preview that answers, or why it does not.
fn answering(preview: Preview) -> Result<Preview> {
    match preview.state {
        State::Failed { error } => Err(error),
        State::Stopped => Err(Error::new(Code::Cancelled, "The preview was stopped before it answered.")),
        State::Starting { .. } | State::Running { .. } => Ok(preview),
    }
}

impl App {
    /// Every preview that is not stopped, of all processes.
    pub fn previews(&self) -> Vec<Preview> {
        self.0.previews.list()
    }

    /// The preview of a demo.
    pub fn preview(&self, demo: Uuid) -> Preview {
        self.0.previews.show(demo)
    }

    /// Starts a demo's preview, or joins the one that runs; what is unsaved of the demo is saved before.
    ///
    /// # Errors
    /// Those of [`crate::preview::Previews::start`].
    pub fn start_preview(&self, demo: Uuid, start: Start) -> Result<Preview> {
        // What cannot be saved is told by its document; the preview shows what is on the disk.
        let _ = self.flush(Some(demo));
        self.0.previews.start(demo, start)
    }

    /// The URL by which a browser is sent to a page of a private preview, once; none if it is not private.
    ///
    /// # Errors
    /// Those of [`crate::preview::Previews::ticket`].
    pub fn preview_ticket(&self, demo: Uuid, page: &str) -> Result<Option<String>> {
        self.0.previews.ticket(demo, page)
    }

    /// Stops a demo's preview, whichever process runs it.
    ///
    /// # Errors
    /// Those of [`crate::preview::Previews::stop`].
    pub fn stop_preview(&self, demo: Uuid) -> Result<Preview> {
        self.0.previews.stop(demo)
    }

    /// Waits until a demo's preview that is starting answers, whichever process starts it. `on_line` is given the last line of
    /// what its command says, whenever that is another one.
    ///
    /// # Errors
    /// Why it ended before it answered; those of [`crate::preview::Previews::join`].
    pub fn join_preview(&self, demo: Uuid, cancel: &Cancel, on_line: impl FnMut(&str)) -> Result<Preview> {
        answering(self.0.previews.join(demo, cancel, on_line)?)
    }

    /// Starts a demo's preview in this process and serves it until somebody stops it. `on_progress` is given what its command
    /// says, and the preview once it answers. Returns at once if another process runs it, or is starting it.
    ///
    /// # Errors
    /// Those of [`App::start_preview`]; why it ended before it answered.
    pub fn serve_preview(&self, demo: Uuid, start: Start, mut on_progress: impl FnMut(Serving<'_>)) -> Result<()> {
        let mut last = self.0.hub.seq();
        let events = self.subscribe();
        let mut preview = self.start_preview(demo, start)?;
        if !self.0.previews.is_own(demo) && preview.address().is_none() {
            on_progress(Serving::Joined);
            return Ok(());
        }
        while matches!(preview.state, State::Starting { .. }) {
            let Ok(event) = events.recv() else { break };
            let is_gap = event.seq != last + 1;
            last = event.seq;
            if is_gap {
                preview = self.preview(demo);
            }
            match event.body {
                Change::PreviewChanged { preview: told } if told.demo == demo => preview = told,
                Change::PreviewSaid { demo: of, text } if of == demo => on_progress(Serving::Said(&text)),
                _ => {}
            }
        }
        drop(events);
        on_progress(Serving::Ready(&answering(preview)?));
        self.0.previews.wait(demo);
        Ok(())
    }

    /// The command that a demo's site brings to serve itself, and what was decided about it, if there is one.
    ///
    /// # Errors
    /// `NotFound` if the demo is gone.
    pub fn preview_offer(&self, demo: Uuid) -> Result<Option<Offer>> {
        self.0.previews.offer(demo)
    }

    /// Remembers what a person decided about a demo's command.
    ///
    /// # Errors
    /// Those of [`crate::preview::Previews::decide`].
    pub fn decide_preview(&self, demo: Uuid, key: &str, decision: Decision) -> Result<Offer> {
        self.0.previews.decide(demo, key, decision)
    }

    /// The end of what a demo's dev command said.
    ///
    /// # Errors
    /// Those of [`crate::preview::Previews::log`].
    pub fn preview_log(&self, demo: Uuid) -> Result<Log> {
        self.0.previews.log(demo)
    }

    /// Tells the preview of a demo, if this process runs it, what is different.
    pub fn preview_changed(&self, demo: Uuid, change: &SiteChange) {
        self.0.previews.changed(demo, change);
    }

    /// The preview of a demo that is gone ends.
    pub(super) fn end_preview(&self, demo: Uuid) {
        if let Err(error) = self.0.previews.stop(demo) {
            tracing::warn!(%demo, %error, "the preview of a deleted demo could not be stopped");
        }
    }
}
