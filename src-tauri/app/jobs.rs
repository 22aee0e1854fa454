//! Long work of this process that can be stopped: imports of media, fetches of submodules, builds of sites.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use uuid::Uuid;

use crate::cancel::Cancel;

/// Jobs that run, by id, each with what was told of it last.
#[derive(Debug)]
pub(super) struct Jobs<T> {
    running: Mutex<HashMap<Uuid, (Cancel, Option<T>)>>,
    ended: Condvar,
}

impl<T> Default for Jobs<T> {
    fn default() -> Self {
        Self { running: Mutex::default(), ended: Condvar::new() }
    }
}

impl<T: Clone> Jobs<T> {
    /// Notes that a job runs, until the answer is dropped, also by a panic.
    pub fn begin(&self, id: Uuid, cancel: &Cancel) -> Ending<'_, T> {
        self.running().insert(id, (cancel.clone(), None));
        Ending(self, id)
    }

    /// Notes what is told of a job.
    pub fn told(&self, id: Uuid, state: &T) {
        if let Some((_, told)) = self.running().get_mut(&id) {
            *told = Some(state.clone());
        }
    }

    /// What was told last of those that run.
    pub fn list(&self) -> Vec<T> {
        self.running().values().filter_map(|(_, told)| told.clone()).collect()
    }

    /// Asks one to stop. Whatever has ended is left alone.
    pub fn cancel(&self, id: Uuid) {
        if let Some((cancel, _)) = self.running().get(&id) {
            cancel.cancel();
        }
    }

    /// Asks all of them to stop.
    pub fn cancel_all(&self) {
        self.running().values().for_each(|(cancel, _)| cancel.cancel());
    }

    /// Waits until all of them have ended, but no longer than this.
    pub fn wait(&self, until: Instant) {
        let mut running = self.running();
        while !running.is_empty() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { break };
            running = self.ended.wait_timeout(running, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, (Cancel, Option<T>)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a job when it ends.
pub(super) struct Ending<'a, T>(&'a Jobs<T>, Uuid);

impl<T> Drop for Ending<'_, T> {
    fn drop(&mut self) {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
        self.0.ended.notify_all();
    }
}
