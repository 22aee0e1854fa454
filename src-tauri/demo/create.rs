//! The creation protocol: a demo's folder appears complete, by one rename, or not at all.
//!
//! What must always hold:
//! - There is no folder under `demos/` before the clone is complete and synced.
//! - The same request id gives the same demo, whoever asks and however often; nothing is guessed from names and times.
//! - A failure at any point removes what was begun, keeps the record, and touches nothing else.
//! - A record is settled only by who holds its locks; the kernel frees those of a dead process.
//!
//! Locks are taken in the order request → slug → template → demo → state.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::Demos;
use super::activity::What;
use super::model::{CreateDemo, Demo, DemoView, Origin, State, Status};
use super::organize::{check_assets, organize};
use super::record::{Record, validate_request_id};
use super::slug;
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::git::CloneJob;
use crate::progress::{OnProgress, Phase, Progress};
use crate::store::{Guard, Mode, Staging, Wait, write_new};
use crate::workspace::{FolderId, demo as names};

/// How long a start that settles a dead creation is waited for.
const SETTLING: Duration = Duration::from_millis(500);
/// How often a creation looks whether another process asked it to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// Where a creation gets what it clones from; the app stands between demos and templates.
pub trait TemplateSource: Sync {
    /// Makes sure that the template (by key, URL or path) is there, and keeps it until the answer is dropped.
    ///
    /// # Errors
    /// What the source refuses with.
    fn prepare(
        &self,
        wanted: &str,
        branch: Option<&str>,
        on_progress: OnProgress<'_>,
        cancel: &Cancel,
    ) -> Result<Box<dyn PreparedTemplate>>;
}

/// A template that is ready to be cloned from.
pub trait PreparedTemplate {
    /// Where the demo comes from; its commit is not known yet.
    fn origin(&self) -> Origin;
    /// The bare repository.
    fn mirror(&self) -> &std::path::Path;
    /// What the clone calls its origin, if anything.
    fn remote(&self) -> Option<String>;
}

/// What asking for a demo leads to.
#[derive(Debug)]
pub enum Begun {
    /// The request was fulfilled before: this is its demo.
    Done(Box<DemoView>),
    /// The creation is recorded and waits to be run.
    Recorded(Box<Creation>),
}

/// A recorded creation with its locks; [`Creation::run`] brings the demo into being.
#[derive(Debug)]
pub struct Creation {
    demos: Demos,
    record: Record,
    slug: Guard,
    request: Guard,
}

/// How a creation ended. What is left of it to be removed goes when this is dropped, which may take a while; its locks are free
/// already, so that it can be tried again or dismissed at once.
#[derive(Debug)]
pub struct Ended {
    /// The demo, or why there is none.
    pub result: Result<DemoView>,
    _leftover: Option<Staging>,
}

impl Demos {
    /// Records that a demo is wanted, under the locks of its request and its slug.
    ///
    /// # Errors
    /// `InvalidInput`; `RequestIdReused`; `InProgress`, naming the holder, when another creation of the slug is alive;
    /// `AlreadyExists`; `Cancelled` while waiting for another process with the same request. Then nothing was changed.
    pub fn begin(&self, mut request: CreateDemo, cancel: &Cancel) -> Result<Begun> {
        let request_id = request.request_id.get_or_insert_with(|| crate::clock::new_id().to_string()).clone();
        check(&mut request)?;
        validate_request_id(&request_id)?;
        let request_lock = self.records.request_lock(&request_id).take(Mode::Exclusive, Wait::Until(cancel))?;
        let known = self.records.get(&request_id)?;
        if let Some(record) = &known {
            if record.request != request {
                return Err(Error::new(Code::RequestIdReused, format!("The request id {request_id} was used before, for another demo or with other values. Nothing was created; use a new id.")).field("request_id"));
            }
            if let Some(view) = self.fulfilled(record)? {
                return Ok(Begun::Done(Box::new(view)));
            }
        }
        check_assets(&request.assets)?;
        let slug_lock = self
            .records
            .slug_lock(&request.slug, &format!("create the demo “{}”", request.slug))
            .take(Mode::Exclusive, Wait::Try)
            .or_else(|held| {
                // A start that settles what a crash left holds the lock for a moment; that is no creation.
                let lock = self.records.slug_lock(&request.slug, &format!("create the demo “{}”", request.slug));
                let is_settling = lock.holder().is_some_and(|holder| holder.purpose == super::recover::PURPOSE);
                if is_settling { lock.take(Mode::Exclusive, Wait::Upto(SETTLING)) } else { Err(held) }
            })
            .map_err(|error| error.field("slug"))?;
        // The rename may have been done by an owner that died before it could note so.
        if let Some(record) = &known
            && let Some(view) = self.settle_done(record)?
        {
            return Ok(Begun::Done(Box::new(view)));
        }
        // Its record may have been removed long after.
        let is_of_request = |view: &DemoView| view.demo.request_id == request_id && view.demo.name == request.name;
        if let Some(view) = self.load_at(&self.workspace.demo(&request.slug)).filter(is_of_request) {
            return Ok(Begun::Done(Box::new(view)));
        }
        if self.is_taken(&request.slug)? {
            return Err(Error::new(
                Code::AlreadyExists,
                format!(
                    "There is a demo “{0}” already, and it was left untouched. “{1}” is free.",
                    request.slug,
                    self.suggest(&request.slug)
                ),
            )
            .field("slug"));
        }
        let now = self.clock.now();
        let record = Record {
            demo: known.map_or_else(
                || Demo {
                    schema: 0,
                    rev: 0,
                    id: crate::clock::new_id(),
                    slug: request.slug.clone(),
                    name: request.name.clone(),
                    tags: request.tags.clone(),
                    brief: request.brief.clone(),
                    template: Origin { url: request.template.clone(), ..Origin::default() },
                    version_id: String::new(),
                    request_id: request_id.clone(),
                    created_at: now,
                    moving: None,
                    folder_id: None,
                },
                |known| known.demo,
            ),
            status: Status::new(State::Cloning { progress: None }, "Cloning the template.", now),
            request,
        };
        self.records.clear_cancel(&request_id);
        self.records.put(&record)?;
        self.supersede(&record);
        self.note(What::Requested, &record.clone().view(), &record.request.template);
        Ok(Begun::Recorded(Box::new(Creation { demos: self.clone(), record, slug: slug_lock, request: request_lock })))
    }

    /// The demo of a record that says it is done.
    fn fulfilled(&self, record: &Record) -> Result<Option<DemoView>> {
        if record.status.state != State::Ready {
            return Ok(None);
        }
        match self.find_anywhere(record.demo.id)? {
            Some(view) => Ok(Some(view)),
            None => Err(Error::new(
                Code::WrongState,
                format!(
                    "The request {} made the demo “{}”, which has been deleted for good since. Nothing was created; use a new request id to create it anew.",
                    record.demo.request_id, record.demo.slug
                ),
            )),
        }
    }

    /// Notes that a record's demo is in place, if it is. Only for who holds the record's locks.
    pub(super) fn settle_done(&self, record: &Record) -> Result<Option<DemoView>> {
        let Some(view) = self.load_at(&self.workspace.demo(&record.demo.slug)).filter(|view| view.demo.id == record.demo.id) else {
            return Ok(None);
        };
        let status = Status::new(State::Ready, "Ready.", self.clock.now());
        self.records.put(&Record { demo: view.demo.clone(), status, ..record.clone() })?;
        Ok(Some(view))
    }

    /// A new request takes the place of failed and interrupted ones of its slug. Their locks are free, since the slug's is ours.
    fn supersede(&self, new: &Record) {
        for old in self.records.all() {
            if old.demo.slug == new.demo.slug
                && old.demo.request_id != new.demo.request_id
                && old.status.state != State::Ready
                && let Ok(_alone) = self.records.request_lock(&old.demo.request_id).take(Mode::Exclusive, Wait::Try)
                && let Err(cause) = self.records.remove(&old.demo.request_id)
            {
                tracing::warn!(request = old.demo.request_id, error = %cause, "a superseded creation could not be removed");
            }
        }
    }
}

impl Creation {
    /// The demo as it is recorded.
    pub fn view(&self) -> DemoView {
        self.record.clone().view()
    }

    /// Clones, checks, organises, syncs and puts the demo in its place.
    ///
    /// `is_closing` tells a cancel by the user from the program's end: the latter leaves the creation `interrupted`.
    ///
    /// What stopped it stands in the record too, and nothing else is left.
    pub fn run(
        mut self,
        templates: &dyn TemplateSource,
        on_progress: OnProgress<'_>,
        cancel: &Cancel,
        is_closing: &dyn Fn() -> bool,
    ) -> Ended {
        let request_id = self.record.demo.request_id.clone();
        let (done, watched) = channel::<()>();
        let built = thread::scope(|scope| {
            let records = self.demos.records.clone();
            scope.spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = watched.recv_timeout(GLANCE) {
                    if records.is_cancel_asked(&request_id) {
                        cancel.cancel();
                    }
                }
            });
            let built = self.build(templates, on_progress, cancel);
            drop(done);
            built
        });
        self.demos.records.clear_cancel(&self.record.demo.request_id);
        let (result, leftover) = match built {
            // The folder is there and durable: whatever happens to the record now, recovery finds it done.
            Ok(view) => {
                if let Err(cause) = self.settle(view.status.clone()) {
                    tracing::warn!(slug = view.demo.slug, error = %cause, "the record of a finished creation could not be settled");
                }
                self.demos.note(What::Created, &view, &view.demo.version_id);
                (Ok(view), None)
            }
            Err((error, staging)) => {
                let leftover = self.fail(&error, staging, is_closing());
                (Err(error), leftover)
            }
        };
        drop(self.slug);
        drop(self.request);
        Ended { result, _leftover: leftover }
    }

    fn build(
        &mut self,
        templates: &dyn TemplateSource,
        on_progress: OnProgress<'_>,
        cancel: &Cancel,
    ) -> Result<DemoView, (Error, Option<Staging>)> {
        let without = |error| (error, None);
        let request = self.record.request.clone();
        let template = templates.prepare(&request.template, request.branch.as_deref(), on_progress, cancel).map_err(without)?;
        self.record.demo.template = template.origin();
        let staging = Staging::begin(&self.demos.workspace).map_err(without)?;
        match self.fill(&staging, template.as_ref(), on_progress, cancel) {
            Ok(()) => {}
            Err(error) => return Err((error, Some(staging))),
        }
        on_progress(Progress::start(Phase::Syncing));
        let folder = self.demos.workspace.demo(&request.slug);
        staging.commit(&folder, cancel).map_err(without)?;
        self.demos.load_at(&folder).ok_or_else(|| {
            without(Error::new(Code::Indeterminate, "The demo was put in place and is gone again. Listing the demos tells."))
        })
    }

    fn fill(&mut self, staging: &Staging, template: &dyn PreparedTemplate, on_progress: OnProgress<'_>, cancel: &Cancel) -> Result<()> {
        let site = staging.path().join(names::SITE);
        let demo = &mut self.record.demo;
        let job = CloneJob {
            mirror: template.mirror().to_owned(),
            site: site.clone(),
            branch: demo.template.branch.clone(),
            origin: template.remote(),
            limits: self.demos.limits,
        };
        let cloned = self.demos.worker.clone_site(job, staging.id(), on_progress, cancel)?;
        demo.template.commit.clone_from(&cloned.commit);
        demo.version_id = cloned.commit;
        if self.record.request.submodules {
            self.demos.add_submodules(&site, template.remote(), staging, on_progress, cancel)?;
        }
        let demo = &mut self.record.demo;
        if !self.record.request.assets.is_empty() || !demo.brief.filled().is_empty() {
            let (brief, assets) = (demo.brief.clone(), self.record.request.assets.clone());
            self.settle(Status::new(
                State::Organizing { progress: None },
                "Putting the brief and the assets in place.",
                self.demos.clock.now(),
            ))?;
            organize(&site, &brief, &assets, self.demos.clock.now(), on_progress, cancel)?;
        }
        // The rename into place keeps it.
        self.record.demo.folder_id = FolderId::of(staging.path());
        write_new(&staging.path().join(names::IDENTITY), &self.record.demo)?;
        let ready = Status::new(State::Ready, "Ready.", self.demos.clock.now());
        write_new(&staging.path().join(names::STATUS), &ready)
    }

    /// Notes why it ended; gives back what is still to be removed.
    fn fail(&mut self, error: &Error, mut staging: Option<Staging>, is_closing: bool) -> Option<Staging> {
        let was_cut_off = error.code == Code::Cancelled && is_closing;
        let (state, message) = if was_cut_off {
            (State::Interrupted, "Backlot was closed before the demo was complete. Nothing of it is left; retry to begin anew.".to_owned())
        } else {
            (State::Failed { error: error.clone() }, error.message.clone())
        };
        let status = Status::new(state, message, self.demos.clock.now());
        // A cancel is answered before the files are gone, which may take a while; on a full disk they must go first.
        if error.code != Code::Cancelled {
            drop(staging.take());
        }
        if let Err(cause) = self.settle(status) {
            tracing::warn!(slug = self.record.demo.slug, error = %cause, "why a creation failed could not be noted");
        }
        let what = if was_cut_off { What::Interrupted } else { What::Failed };
        self.demos.note(what, &self.view(), &error.message);
        staging
    }

    fn settle(&mut self, status: Status) -> Result<()> {
        self.record.status = status;
        self.demos.records.put(&self.record)
    }
}

/// Brings a request into the one form it is kept and compared in.
fn check(request: &mut CreateDemo) -> Result<()> {
    slug::validate(&request.slug)?;
    request.name = request.name.trim().to_owned();
    if request.name.is_empty() {
        request.name = slug::title(&request.slug);
    }
    super::check_name(&request.name)?;
    request.template = request.template.trim().to_owned();
    request.branch = request.branch.take().map(|branch| branch.trim().to_owned()).filter(|branch| !branch.is_empty());
    request.tags = super::clean_tags(&request.tags)?;
    super::check_brief(&mut request.brief)?;
    for asset in &mut request.assets {
        *asset = std::path::absolute(&*asset).map_err(|cause| Error::io("find", asset, &cause))?;
    }
    Ok(())
}
