//! How a test controls a session: its calls, its events, and the answers of its dialogs.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use backlot::api::Restored;
use backlot::error::{Code, Error, Result};
use serde::Deserialize;
use serde_json::Value;

/// One such act.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Control {
    /// Calls of an operation wait before it begins.
    Hold { operation: String },
    /// Those that wait go on, and later ones do not wait.
    Release { operation: String },
    /// The next calls of an operation are refused, so many of them, and nothing is done.
    Refuse {
        operation: String,
        error: Refusal,
        #[serde(default = "once")]
        times: usize,
    },
    /// No call of an operation is refused any more.
    Accept { operation: String },
    /// How many calls of an operation have come.
    Calls { operation: String },
    /// Events are kept back.
    HoldEvents,
    /// Those kept back are sent, and later ones are not kept.
    ReleaseEvents,
    /// The next event gets lost.
    SkipEvent,
    /// What the next dialogs answer, one after the other; nothing is what who changes their mind answers.
    Pick { paths: Vec<PathBuf> },
    /// What was opened with other programs so far, in order.
    Opened,
    /// What the window asked of the shell: whether it was shown, asked to quit, and has handed over the last edits.
    Shell,
    /// The window's web process ended, and this is what it goes back to.
    Restore { restored: Restored },
    /// Emits a drag of files over the window, as the shell does.
    Drag { drag: Value },
    /// Emits `closing`, as when the window is closed.
    Close,
}

fn once() -> usize {
    1
}

/// Why a call is refused.
#[derive(Debug, Clone, Deserialize)]
pub struct Refusal {
    code: Code,
    message: String,
    field: Option<String>,
}

/// What is done to calls before they are carried out.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    held: HashSet<String>,
    refusals: HashMap<String, VecDeque<Refusal>>,
    calls: HashMap<String, usize>,
    is_ended: bool,
}

impl Gate {
    /// Lets a call pass, once nobody holds its operation.
    ///
    /// # Errors
    /// What the operation is to be refused with; `Cancelled` if the session ends before.
    pub fn pass(&self, operation: &str) -> Result<()> {
        let mut state = self.state();
        *state.calls.entry(operation.to_owned()).or_default() += 1;
        state = self
            .changed
            .wait_while(state, |state| state.held.contains(operation) && !state.is_ended)
            .unwrap_or_else(PoisonError::into_inner);
        if state.is_ended {
            return Err(Error::new(Code::Cancelled, "The session has ended."));
        }
        match state.refusals.get_mut(operation).and_then(VecDeque::pop_front) {
            None => Ok(()),
            Some(Refusal { code, message, field }) => {
                let error = Error::new(code, message);
                Err(match field {
                    Some(field) => error.field(&field),
                    None => error,
                })
            }
        }
    }

    pub fn hold(&self, operation: String) {
        self.state().held.insert(operation);
    }

    pub fn release(&self, operation: &str) {
        self.state().held.remove(operation);
        self.changed.notify_all();
    }

    pub fn refuse(&self, operation: String, refusal: Refusal, times: usize) {
        self.state().refusals.entry(operation).or_default().extend(std::iter::repeat_n(refusal, times));
    }

    pub fn accept(&self, operation: &str) {
        self.state().refusals.remove(operation);
    }

    pub fn calls(&self, operation: &str) -> usize {
        self.state().calls.get(operation).copied().unwrap_or_default()
    }

    pub fn end(&self) {
        self.state().is_ended = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
