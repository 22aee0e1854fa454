//! A site's own dev command while it runs: what it says, where it answers, how it ends.
//!
//! Where it answers is found out, not believed: it is given a free port as `PORT`, and what it prints is looked through for
//! URLs (see [`super::printed`]); which of them is the site's is found by asking there (see [`super::search`]).

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::command::shown;
use super::model::Offer;
use super::port;
use super::printed::{Candidates, urls_in};
use super::search::{self, search};
use crate::error::{Code, Error, Result};
use crate::process::{Capped, Ended, Lines, Marked, Order, Tree};

/// How large the log grows.
const LOG: u64 = 5 * 1024 * 1024;
/// How many of the last lines are kept for a message.
const LAST: usize = 12;
/// How long the command has to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// What is to be run.
#[derive(Debug)]
pub(super) struct Setup {
    pub demo: Uuid,
    /// The program that becomes the tree's keeper.
    pub program: PathBuf,
    /// The site.
    pub folder: PathBuf,
    pub offer: Offer,
    pub log: PathBuf,
    /// The port that it is asked to take.
    pub port: u16,
    pub mark: String,
}

/// Who hears of it.
pub(super) trait Listener: fmt::Debug + Send + Sync {
    /// It answers now, or no longer does.
    fn changed(&self);
    /// It said something, in whole lines.
    fn said(&self, text: &str);
    /// It ended by itself, or shall be given up; with the reason.
    fn ended(&self, error: Error);
}

/// Where the command answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nowhere yet.
    Starting,
    /// There.
    At(Place),
    /// It did there, and does not any more.
    Silent(Place),
    /// Only at this port, which browsers block.
    Blocked(u16),
}

/// An address: of scheme, host, port and base path, such as `http://<demo id>.localhost:4321/docs/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub address: String,
    /// For a browser that does not resolve the address.
    pub fallback: Option<String>,
    pub port: u16,
}

/// A running command.
#[derive(Debug)]
pub(super) struct Dev {
    tree: Tree,
    shared: Arc<Shared>,
    search: AbortHandle,
}

/// What the command and the search for it have in common.
#[derive(Debug)]
pub(super) struct Shared {
    /// Whose site it is.
    pub demo: Uuid,
    command: String,
    needs_install: bool,
    listener: Arc<dyn Listener>,
    /// Woken when a URL is printed.
    pub printed: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    standing: Standing,
    last: VecDeque<String>,
    candidates: Candidates,
    log: Option<Capped>,
    failed: Option<Error>,
}

impl Dev {
    /// Starts the command. It was trusted before.
    pub fn start(runtime: &Handle, setup: Setup, listener: Arc<dyn Listener>) -> Result<Self> {
        let shared = Arc::new(Shared {
            demo: setup.demo,
            command: shown(&setup.offer.command),
            needs_install: setup.offer.needs_install,
            listener,
            printed: Notify::new(),
            state: Mutex::new(State {
                standing: Standing::Starting,
                last: VecDeque::new(),
                candidates: Candidates::given(setup.port),
                failed: None,
                log: Capped::open(&setup.log, LOG).inspect_err(|cause| tracing::warn!(error = %cause, "a dev command has no log")).ok(),
            }),
        });
        shared.said(&[format!("$ {}", shared.command)]);
        let set = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let environment = [
            set("PORT", &setup.port.to_string()),
            set("HOST", "127.0.0.1"),
            set("BROWSER", "none"),
            set("NO_COLOR", "1"),
            ("FORCE_COLOR".to_owned(), None),
        ];
        let order = Order {
            command: setup.offer.command,
            folder: setup.folder,
            environment: environment.into_iter().collect(),
            mark: setup.mark,
            grace: GRACE,
        };
        let (hears, ends) = (shared.clone(), shared.clone());
        let mut lines = Lines::default();
        let on_output = move |bytes: &[u8]| {
            let mut whole = Vec::new();
            lines.push(bytes, |line| whole.push(line.to_owned()));
            hears.said(&whole);
        };
        let tree = Tree::start(&setup.program, &order, on_output, move |ended| ends.ended(ended))?;
        let search = runtime.spawn(search(shared.clone(), tree.marked().clone())).abort_handle();
        Ok(Self { tree, shared, search })
    }

    /// Where it answers.
    pub fn standing(&self) -> Standing {
        self.shared.state().standing.clone()
    }

    /// What its processes are known by.
    pub fn marked(&self) -> &Marked {
        self.tree.marked()
    }

    /// Why it ended by itself, if it has.
    pub fn failed(&self) -> Option<Error> {
        self.shared.state().failed.clone()
    }

    /// Why it does not answer any more.
    pub fn silence(&self, place: &Place) -> Error {
        let message = format!("“{}” runs but does not answer at {} any more. Its log may say why.", self.shared.command, place.address);
        Error::new(Code::CommandFailed, message)
    }

    /// Why what it serves cannot be opened.
    pub fn blocked(&self, port: u16) -> Error {
        self.shared.blocked(port)
    }

    /// Asks the whole tree to end. Does not wait.
    pub fn stop(&self) {
        self.search.abort();
        self.tree.stop();
    }

    /// Waits until the whole tree has ended; whether it has.
    pub fn wait(&self, patience: Duration) -> bool {
        self.tree.wait(patience).is_some()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.search.abort();
    }
}

impl Shared {
    fn said(&self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let text = lines.join("\n") + "\n";
        let mut state = self.state();
        for line in lines {
            for printed in urls_in(line) {
                state.candidates.note(printed);
                self.printed.notify_one();
            }
            if !line.trim().is_empty() {
                state.last.push_back(line.clone());
            }
        }
        while state.last.len() > LAST {
            state.last.pop_front();
        }
        if let Some(Err(cause)) = state.log.as_mut().map(|log| log.write(text.as_bytes())) {
            tracing::warn!(error = %cause, "what a dev command says is not logged any more");
            state.log = None;
        }
        drop(state);
        self.listener.said(&text);
    }

    fn ended(&self, ended: Ended) {
        let how = match ended {
            Ended::Stopped => return,
            Ended::Exited(0) => "ended".to_owned(),
            Ended::Exited(status) => format!("ended with status {status}"),
            Ended::Signalled(signal) => format!("was ended by signal {signal}"),
            Ended::Lost => "was ended from outside".to_owned(),
        };
        self.said(&[format!("[{how}]")]);
        let mut state = self.state();
        let last: Vec<&str> =
            state.last.iter().map(String::as_str).filter(|line| !line.starts_with("$ ") && !line.starts_with('[')).collect();
        let said = if last.is_empty() { String::new() } else { format!("\n\n{}", last.join("\n")) };
        let hint =
            if self.needs_install { " Its packages are not installed: install them in the site's folder (npm install, say)." } else { "" };
        let error = Error::new(Code::CommandFailed, format!("“{}” {how}.{hint}{said}", self.command));
        state.failed = Some(error.clone());
        drop(state);
        self.listener.ended(error);
    }

    /// The places where the site may be.
    pub fn candidates(&self) -> Candidates {
        self.state().candidates.clone()
    }

    /// Notes that the command itself answers at a port.
    pub fn own(&self, port: u16) {
        self.state().candidates.own(port);
    }

    /// The preview fails for that reason, and the command ends.
    pub fn give_up(&self, why: &Error) {
        self.listener.ended(why.clone());
    }

    /// Why what the command serves cannot be opened.
    pub fn blocked(&self, port: u16) -> Error {
        let service = port::blocked(port).unwrap_or_default();
        let message = format!(
            "“{}” serves the site at port {port} ({service}), which browsers block. Set another port in the site's settings, then start \
             the preview again.",
            self.command
        );
        Error::new(Code::CommandFailed, message)
    }

    /// Why the command is given up.
    pub fn mute(&self) -> Error {
        let patience = search::PATIENCE.as_secs() / 60;
        let message = format!("“{}” runs, but nothing answered within {patience} minutes. Its log may say why.", self.command);
        Error::new(Code::Timeout, message)
    }

    /// Takes where the command answers now.
    pub fn stand(&self, standing: Standing) {
        let mut state = self.state();
        if state.standing != standing {
            state.standing = standing;
            drop(state);
            self.listener.changed();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
