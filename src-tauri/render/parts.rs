//! Renders parts: keeps an engine that knows what it needs to, and the HTML of parts whose inputs did not change.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use blake3::Hasher;
use serde_json::{Value, json};

use super::engine::{Engine, Failure, work_done};

/// How long one part may take.
pub(super) const PART_LIMIT: Duration = Duration::from_secs(1);
/// How long all parts of a page may take that are not known yet.
const PAGE_LIMIT: Duration = Duration::from_secs(5);
/// How many bytes of HTML are kept before the oldest half is let go.
const KEPT: usize = 16 * 1024 * 1024;
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
}

/// What is rendered.
pub(super) struct Job<'a> {
    /// The template's name.
    pub file: &'a str,
    pub text: &'a Arc<str>,
    pub scope: Value,
    /// What this render knows of its surroundings besides what all of the page's do.
    pub view: Value,
}

/// Something that all renders see, as JSON.
struct Shared {
    json: Arc<str>,
    hash: blake3::Hash,
}

/// The engine and what was made with it.
#[derive(Default)]
pub(super) struct Parts {
    engine: Option<Running>,
    shared: HashMap<&'static str, Shared>,
    snippets: HashMap<String, Arc<str>>,
    snippets_hash: Option<blake3::Hash>,
    /// Pieces by their inputs: used since the last half was let go, and before.
    young: HashMap<blake3::Hash, Arc<Piece>>,
    old: HashMap<blake3::Hash, Arc<Piece>>,
    size: usize,
    /// What the parts of this page took so far.
    spent: Duration,
    /// How many parts were rendered, not known, since the page began.
    rendered: usize,
}

/// An engine and what it was told.
struct Running {
    engine: Engine,
    shared: HashMap<&'static str, blake3::Hash>,
    texts: HashMap<String, Arc<str>>,
    parsed: usize,
}

impl Parts {
    /// Begins a page: its parts have their time anew.
    pub fn begin(&mut self) {
        self.spent = Duration::ZERO;
        self.rendered = 0;
    }

    /// Lets the engine go, which is made anew in milliseconds. What was made with it is kept.
    pub fn rest(&mut self) {
        self.engine = None;
    }

    /// Starts an engine, unless there is one.
    ///
    /// # Errors
    /// Those of [`Engine::new`].
    pub fn start(&mut self) -> Result<(), String> {
        if self.engine.is_none() {
            let engine = Engine::new()?;
            self.engine = Some(Running { engine, shared: HashMap::new(), texts: HashMap::new(), parsed: 0 });
        }
        Ok(())
    }

    /// Whether a snippet says the word.
    pub fn mentions(&self, word: &str) -> bool {
        self.snippets.values().any(|text| text.contains(word))
    }

    /// How many parts were rendered since the page began, and how long they took.
    pub fn work(&self) -> (usize, Duration) {
        (self.rendered, self.spent)
    }

    /// Sets a part of what all renders see: `media`, `icons`, `theme`, `collections`, `view`.
    pub fn share(&mut self, part: &'static str, json: String) {
        let hash = blake3::hash(json.as_bytes());
        if self.shared.get(part).is_none_or(|known| known.hash != hash) {
            self.shared.insert(part, Shared { json: json.into(), hash });
        }
    }

    /// Sets the snippets, by the names of their files.
    pub fn set_snippets(&mut self, snippets: HashMap<String, Arc<str>>) {
        if self.snippets_hash.is_some() && self.snippets == snippets {
            return;
        }
        let mut names: Vec<&String> = snippets.keys().collect();
        names.sort();
        let mut hasher = Hasher::new();
        for name in names {
            put(&mut hasher, name.as_bytes());
            put(&mut hasher, snippets[name].as_bytes());
        }
        self.snippets_hash = Some(hasher.finalize());
        self.snippets = snippets;
    }

    /// Renders a part, or gives what is known of it.
    pub fn render(&mut self, job: &Job<'_>) -> Arc<Piece> {
        let told = json!({ "file": job.file, "scope": job.scope, "view": job.view }).to_string();
        let key = self.key(job.text, &told);
        if let Some(piece) = self.young.get(&key) {
            return piece.clone();
        }
        let piece = self.old.remove(&key).unwrap_or_else(|| Arc::new(self.make(job, &told)));
        self.keep(key, piece.clone());
        piece
    }

    fn key(&self, text: &str, told: &str) -> blake3::Hash {
        let mut hasher = Hasher::new();
        put(&mut hasher, text.as_bytes());
        put(&mut hasher, told.as_bytes());
        hasher.update(self.snippets_hash.as_ref().map_or(&[0; 32], |hash| hash.as_bytes()));
        for part in ["media", "icons", "theme", "collections", "view"] {
            hasher.update(self.shared.get(part).map_or(&[0; 32], |shared| shared.hash.as_bytes()));
        }
        hasher.finalize()
    }

    fn keep(&mut self, key: blake3::Hash, piece: Arc<Piece>) {
        // Whatever a piece holds besides its HTML is small and counted as a kilobyte.
        let size = piece.html.len() + 1024;
        if self.size + size > KEPT / 2 {
            self.old = std::mem::take(&mut self.young);
            self.size = 0;
        }
        self.size += size;
        self.young.insert(key, piece);
    }

    fn make(&mut self, job: &Job<'_>, told: &str) -> Piece {
        if self.spent >= PAGE_LIMIT {
            return failed(
                job.file,
                format!("The parts of this page took longer than {} s together; this one was left out.", PAGE_LIMIT.as_secs()),
            );
        }
        let limit = PART_LIMIT.min(PAGE_LIMIT.saturating_sub(self.spent));
        let start = work_done();
        let piece = self.attempt(job, told, limit);
        self.spent += work_done().saturating_sub(start);
        self.rendered += 1;
        piece
    }

    fn attempt(&mut self, job: &Job<'_>, told: &str, limit: Duration) -> Piece {
        let outcome = match self.ready(job) {
            Ok(engine) => engine.render(told, limit),
            Err(cause) => {
                self.engine = None;
                return failed(job.file, cause);
            }
        };
        let piece = match outcome {
            Ok(outcome) if outcome.html.len() > LONGEST => failed(job.file, "It makes more than 8 MB of HTML.".to_owned()),
            Ok(outcome) => Piece { html: outcome.html, failure: outcome.failure, assets: pairs(outcome.assets), used: outcome.used },
            Err(cause) => failed(job.file, cause),
        };
        if piece.failure.as_ref().is_some_and(|failure| failure.is_limit) {
            self.engine = None;
        }
        piece
    }

    /// The engine, told everything that the job needs.
    fn ready(&mut self, job: &Job<'_>) -> Result<&Engine, String> {
        if self.engine.as_ref().is_some_and(|running| running.parsed > PARSED) {
            self.engine = None;
        }
        self.start()?;
        let running = self.engine.as_mut().ok_or("the engine is gone")?;
        for (part, shared) in &self.shared {
            if running.shared.get(part) != Some(&shared.hash) {
                running.engine.put(part, &shared.json)?;
                running.shared.insert(part, shared.hash);
            }
        }
        let gone: Vec<String> =
            running.texts.keys().filter(|name| name.starts_with("snippets/") && !self.snippets.contains_key(*name)).cloned().collect();
        for name in gone {
            running.engine.define(&name, None)?;
            running.texts.remove(&name);
        }
        for (name, text) in &self.snippets {
            running.define(name, text)?;
        }
        running.define(job.file, job.text)?;
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

/// A length before each part keeps two parts from reading as one.
fn put(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn pairs(assets: Value) -> Vec<(String, Value)> {
    serde_json::from_value(assets).unwrap_or_default()
}

/// A part that was stopped from outside.
fn failed(file: &str, message: String) -> Piece {
    let failure = Failure { message, file: file.to_owned(), line: 0, column: 0, is_limit: true };
    Piece { html: String::new(), failure: Some(failure), assets: Vec::new(), used: Vec::new() }
}
