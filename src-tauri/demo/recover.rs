//! What becomes of creations that are not done: cancelled, dismissed, tried again, settled after a crash.

use jiff::SignedDuration;

use super::Demos;
use super::activity::What;
use super::model::{CreateDemo, DemoView, State, Status};
use super::record::{Record, validate_request_id};
use crate::error::{Code, Error, Result};
use crate::store::{Mode, Staging, Wait};

/// How long the record of a creation that is done answers a request that is repeated.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What the locks of a dead creation are held for while it is settled.
pub(super) const PURPOSE: &str = "see what became of a creation";

impl Demos {
    /// The creation to try again: its request, with the same id.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it neither failed nor was interrupted.
    pub fn request_to_retry(&self, request_id: &str) -> Result<CreateDemo> {
        let record = self.record(request_id)?;
        match record.status.state {
            State::Failed { .. } | State::Interrupted => Ok(record.request),
            _ => Err(Error::new(
                Code::WrongState,
                format!(
                    "“{}” is {}; only a creation that failed or was interrupted is tried again.",
                    record.demo.slug,
                    record.status.state.name()
                ),
            )),
        }
    }

    /// Asks whoever works on a creation, in whichever process, to stop.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if nobody works on it.
    pub fn ask_cancel(&self, request_id: &str) -> Result<()> {
        let record = self.record(request_id)?;
        if !record.status.state.is_under_way() {
            return Err(Error::new(
                Code::WrongState,
                format!("“{}” is {}; there is nothing to cancel.", record.demo.slug, record.status.state.name()),
            ));
        }
        self.records.ask_cancel(request_id)
    }

    /// Removes the record of a creation that failed or was interrupted.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if it is under way or done; `InProgress` while it is being tried again.
    pub fn dismiss(&self, request_id: &str) -> Result<()> {
        let _alone = self.records.request_lock(request_id).take(Mode::Exclusive, Wait::Try)?;
        let record = self.record(request_id)?;
        match record.status.state {
            State::Failed { .. } | State::Interrupted => {
                self.records.remove(request_id)?;
                self.note(What::Dismissed, &record.view(), "");
                Ok(())
            }
            _ => Err(Error::new(
                Code::WrongState,
                format!(
                    "“{}” is {}; only a creation that failed or was interrupted is dismissed.",
                    record.demo.slug,
                    record.status.state.name()
                ),
            )),
        }
    }

    /// Settles what dead processes left: records, staging folders, half-removed trash. What a living one holds is left alone.
    ///
    /// # Errors
    /// `NotWritable` if there is a link where the folder of these is; `Io`.
    pub fn recover(&self) -> Result<()> {
        self.records.sweep();
        for record in self.records.all() {
            if record.status.state.is_under_way()
                && let Ok(_request) = self.records.request_lock(&record.demo.request_id).take(Mode::Exclusive, Wait::Try)
                && let Ok(_slug) = self.records.slug_lock(&record.demo.slug, PURPOSE).take(Mode::Exclusive, Wait::Try)
                && let Err(cause) = self.settle_dead(&record.demo.request_id)
            {
                tracing::warn!(request = record.demo.request_id, error = %cause, "a creation could not be settled");
            }
            if self.is_over(&record)
                && let Ok(_request) = self.records.request_lock(&record.demo.request_id).take(Mode::Exclusive, Wait::Try)
                && let Err(cause) = self.records.remove(&record.demo.request_id)
            {
                tracing::warn!(request = record.demo.request_id, error = %cause, "the record of a finished creation could not be removed");
            }
        }
        self.settle_renames();
        Staging::sweep(&self.workspace)
    }

    /// Whether a creation is done for so long that nobody repeats its request.
    fn is_over(&self, record: &Record) -> bool {
        record.status.state == State::Ready && self.clock.now().duration_since(record.status.updated_at) > KEPT
    }

    /// Ends renames that were cut off: what the folder's name says has happened is noted, the rest is forgotten.
    fn settle_renames(&self) {
        for (folder, demo) in self.registry.unsettled() {
            let Some(moving) = &demo.moving else { continue };
            // Whoever renames holds this lock.
            let Ok(_alone) = self.records.slug_lock(&moving.slug, PURPOSE).take(Mode::Exclusive, Wait::Try) else { continue };
            let view = DemoView { status: Status::new(State::Ready, "Ready.", demo.created_at), folder: Some(folder), demo };
            if let Err(cause) = self.change(&view, |_| ()) {
                tracing::warn!(slug = view.demo.slug, error = %cause, "a rename that was cut off could not be settled");
            }
        }
    }

    fn settle_dead(&self, request_id: &str) -> Result<()> {
        // Read again under the locks: it may have been settled just before they were free.
        let Some(record) = self.records.get(request_id)?.filter(|record| record.status.state.is_under_way()) else { return Ok(()) };
        if self.settle_done(&record)?.is_none() {
            let status = Status::new(
                State::Interrupted,
                "Backlot ended before the demo was complete. Nothing of it is left; retry to begin anew.",
                self.clock.now(),
            );
            let record = Record { status, ..record };
            self.records.put(&record)?;
            self.note(What::Interrupted, &record.view(), "It ended without a word.");
        }
        self.records.clear_cancel(request_id);
        Ok(())
    }

    fn record(&self, request_id: &str) -> Result<Record> {
        validate_request_id(request_id)?;
        self.records
            .get(request_id)?
            .ok_or_else(|| Error::new(Code::NotFound, format!("There is no creation of the request {request_id}.")))
    }
}
