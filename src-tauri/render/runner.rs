//! An engine on its thread, and a second one on a thread of its own for pages of which much is to be rendered.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::engine::{Engine, Failure, THREAD_STACK, work_done};

/// How long one part may take.
pub(super) const PART_LIMIT: Duration = Duration::from_secs(1);
/// How many bytes of templates an engine parses before it is replaced by a new one: what it holds of them is some thirty
/// times as much.
const PARSED: usize = 512 * 1024;
/// The longest HTML of one part.
const LONGEST: usize = 8 * 1024 * 1024;

/// What came of one part.
#[derive(Debug)]
pub(super) struct Piece {
    pub html: String,
    pub failure: Option<Failure>,
    /// What it enqueued, as pairs of keys and entries.
    pub assets: Vec<(String, Value)>,
    pub used: Vec<String>,
    /// Whether the same inputs would make it again: not what had less than its time, or no engine at all.
    pub is_lasting: bool,
}

/// What every engine of a site is told before it renders.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// By the part of it, as JSON.
    pub shared: HashMap<&'static str, Shared>,
    /// By the names of their files.
    pub snippets: Arc<HashMap<String, Arc<str>>>,
}

/// Something that all renders see, as JSON.
#[derive(Clone)]
pub(super) struct Shared {
    pub json: Arc<str>,
    pub hash: blake3::Hash,
}

/// A render that is asked for.
pub(super) struct Order {
    /// What its result is known by.
    pub key: blake3::Hash,
    /// The template's name.
    pub file: String,
    pub text: Arc<str>,
    /// File, scope and view, as the engine takes them.
    pub told: String,
}

/// What became of orders, and how long they took.
#[derive(Default)]
pub(super) struct Delivered {
    pub pieces: Vec<(blake3::Hash, Piece)>,
    pub spent: Duration,
}

/// An engine that is started when it is needed, and what it was told.
#[derive(Default)]
pub(super) struct Runner(Option<Running>);

struct Running {
    engine: Engine,
    shared: HashMap<&'static str, blake3::Hash>,
    texts: HashMap<String, Arc<str>>,
    parsed: usize,
}

impl Runner {
    /// Starts the engine, unless it runs.
    ///
    /// # Errors
    /// Those of [`Engine::new`].
    pub fn start(&mut self) -> Result<(), String> {
        if self.0.is_none() {
            self.0 = Some(Running { engine: Engine::new()?, shared: HashMap::new(), texts: HashMap::new(), parsed: 0 });
        }
        Ok(())
    }

    /// Renders what is ordered, within `limit` of this thread's time for each and `budget` for all; what would begin after that
    /// is left out of what is delivered.
    pub fn deliver(&mut self, known: &Known, orders: Vec<Order>, limit: Duration, budget: Duration) -> Delivered {
        let mut delivered = Delivered::default();
        for order in orders {
            if delivered.spent >= budget {
                break;
            }
            let start = work_done();
            let piece = self.render(known, &order.file, &order.text, &order.told, limit);
            delivered.spent += work_done().saturating_sub(start);
            delivered.pieces.push((order.key, piece));
        }
        delivered
    }

    /// Renders one template within `limit` of this thread's time. After a limit the engine is gone, and the next one is new.
    pub fn render(&mut self, known: &Known, file: &str, text: &Arc<str>, told: &str, limit: Duration) -> Piece {
        if self.0.as_ref().is_some_and(|running| running.parsed > PARSED) {
            self.0 = None;
        }
        if let Err(cause) = self.start() {
            return Piece { is_lasting: false, ..failed(file, cause) };
        }
        let outcome = match self.ready(known, file, text) {
            Ok(engine) => engine.render(told, limit),
            Err(cause) => {
                self.0 = None;
                return failed(file, cause);
            }
        };
        let piece = match outcome {
            Ok(outcome) if outcome.html.len() > LONGEST => failed(file, "It makes more than 8 MB of HTML.".to_owned()),
            Ok(outcome) => {
                Piece { html: outcome.html, failure: outcome.failure, assets: pairs(outcome.assets), used: outcome.used, is_lasting: true }
            }
            // With all the time that a part may have it might have come to its end.
            Err(cause) => Piece { is_lasting: limit >= PART_LIMIT, ..failed(file, cause) },
        };
        if piece.failure.as_ref().is_some_and(|failure| failure.is_limit) {
            self.0 = None;
        }
        piece
    }

    /// The engine that runs, told everything that the template needs.
    fn ready(&mut self, known: &Known, file: &str, text: &Arc<str>) -> Result<&Engine, String> {
        let running = self.0.as_mut().ok_or("the engine is gone")?;
        for (part, shared) in &known.shared {
            if running.shared.get(part) != Some(&shared.hash) {
                running.engine.put(part, &shared.json)?;
                running.shared.insert(part, shared.hash);
            }
        }
        let gone: Vec<String> =
            running.texts.keys().filter(|name| name.starts_with("snippets/") && !known.snippets.contains_key(*name)).cloned().collect();
        for name in gone {
            running.engine.define(&name, None)?;
            running.texts.remove(&name);
        }
        for (name, text) in known.snippets.iter() {
            running.define(name, text)?;
        }
        running.define(file, text)?;
        Ok(&running.engine)
    }
}

impl Running {
    fn define(&mut self, name: &str, text: &Arc<str>) -> Result<(), String> {
        if self.texts.get(name).is_none_or(|known| !Arc::ptr_eq(known, text) && known != text) {
            self.engine.define(name, Some(text))?;
            self.parsed += text.len();
            self.texts.insert(name.to_owned(), text.clone());
        }
        Ok(())
    }
}

/// A runner on a thread of its own, which ends when this is dropped.
pub(super) struct Helper {
    orders: Sender<Task>,
    delivered: Receiver<Delivered>,
}

/// What a helper is to do: to start its engine, and to render.
struct Task {
    known: Known,
    orders: Vec<Order>,
    budget: Duration,
}

impl Helper {
    /// Starts the thread, and the engine on it.
    ///
    /// # Errors
    /// Why there is no thread.
    pub fn start() -> std::io::Result<Self> {
        let (orders, tasks) = channel::<Task>();
        let (deliver, delivered) = channel();
        let work = move || {
            let mut runner = Runner::default();
            if let Err(cause) = runner.start() {
                tracing::warn!(cause, "a second engine could not be started ahead");
            }
            for Task { known, orders, budget } in tasks {
                if deliver.send(runner.deliver(&known, orders, PART_LIMIT, budget)).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("render-2".to_owned()).stack_size(THREAD_STACK).spawn(work)?;
        Ok(Self { orders, delivered })
    }

    /// Renders `theirs` while `meanwhile` works; nothing is delivered of them if the thread broke down, and then it is of no
    /// more use.
    pub fn together<T>(
        &self,
        known: &Known,
        theirs: Vec<Order>,
        budget: Duration,
        meanwhile: impl FnOnce() -> T,
    ) -> (Option<Delivered>, T) {
        let is_sent = self.orders.send(Task { known: known.clone(), orders: theirs, budget }).is_ok();
        let ours = meanwhile();
        (if is_sent { self.delivered.recv().ok() } else { None }, ours)
    }
}

/// A part that was stopped from outside.
pub(super) fn failed(file: &str, message: String) -> Piece {
    let failure = Failure { message, file: file.to_owned(), line: 0, column: 0, is_limit: true };
    Piece { html: String::new(), failure: Some(failure), assets: Vec::new(), used: Vec::new(), is_lasting: true }
}

fn pairs(assets: Value) -> Vec<(String, Value)> {
    serde_json::from_value(assets).unwrap_or_default()
}
