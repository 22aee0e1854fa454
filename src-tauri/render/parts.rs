//! Renders parts: keeps the HTML of parts whose inputs did not change, and engines that know what they need to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use blake3::Hasher;
use serde_json::{Value, json};

use super::engine::work_done;
use super::runner::{Helper, Known, Order, PART_LIMIT, Piece, Runner, Shared, failed};

/// How long all parts of a page may take that are not known yet.
const PAGE_LIMIT: Duration = Duration::from_secs(5);
/// How many bytes of HTML are kept before the oldest half is let go.
const KEPT: usize = 16 * 1024 * 1024;
/// How many parts must be unknown for a second engine to be worth it.
const MANY: usize = 8;

/// What is rendered.
pub(super) struct Job {
    /// The template's name.
    file: String,
    text: Arc<str>,
    told: String,
}

impl Job {
    /// A template, what it sees, and what its render knows of its surroundings besides what all of the page's do.
    pub fn new(file: String, text: Arc<str>, scope: &Value, view: &Value) -> Self {
        let told = json!({ "file": file, "scope": scope, "view": view }).to_string();
        Self { file, text, told }
    }

    /// The template.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The engines and what was made with them.
#[derive(Default)]
pub(super) struct Parts {
    runner: Runner,
    helper: Option<Helper>,
    /// Other threads are busy with other pages of the same site.
    is_one_of_many: bool,
    known: Known,
    snippets_hash: Option<blake3::Hash>,
    /// Pieces by their inputs: used since the last half was let go, and before.
    young: HashMap<blake3::Hash, Arc<Piece>>,
    old: HashMap<blake3::Hash, Arc<Piece>>,
    size: usize,
    /// What the parts of this page took so far.
    spent: Duration,
    /// How many parts were rendered, not known, since the page began.
    rendered: usize,
    /// Whether a part of this page had less than its time, so that the next try may make more of it.
    is_short: bool,
}

impl Parts {
    /// Parts for one of many renderers of a site, which keeps to one thread.
    pub fn of_many() -> Self {
        Self { is_one_of_many: true, ..Self::default() }
    }

    /// Begins a page: its parts have their time anew.
    pub fn begin(&mut self) {
        self.spent = Duration::ZERO;
        self.rendered = 0;
        self.is_short = false;
    }

    /// Leaves the time of one part, whatever the others took: for the layout, without which nothing is seen as it should be.
    pub fn leave_time(&mut self) {
        self.spent = self.spent.min(PAGE_LIMIT.saturating_sub(PART_LIMIT));
    }

    /// Whether all parts since the page began would be the same if they were rendered again.
    pub fn are_lasting(&self) -> bool {
        !self.is_short
    }

    /// Lets the engines go, which are made anew in milliseconds. What was made with them is kept.
    pub fn rest(&mut self) {
        self.runner = Runner::default();
        self.helper = None;
    }

    /// Starts the engines, unless they run.
    ///
    /// # Errors
    /// Why the first does not start; without the second it works too.
    pub fn start(&mut self) -> Result<(), String> {
        self.has_helper();
        self.runner.start()
    }

    /// Whether a snippet says the word.
    pub fn mentions(&self, word: &str) -> bool {
        self.known.snippets.values().any(|text| text.contains(word))
    }

    /// How many parts were rendered since the page began, and how long they took.
    pub fn work(&self) -> (usize, Duration) {
        (self.rendered, self.spent)
    }

    /// Sets a part of what all renders see: `media`, `icons`, `theme`, `collections`, `view`.
    pub fn share(&mut self, part: &'static str, json: String) {
        let hash = blake3::hash(json.as_bytes());
        if self.known.shared.get(part).is_none_or(|known| known.hash != hash) {
            self.known.shared.insert(part, Shared { json: json.into(), hash });
        }
    }

    /// Sets the snippets, by the names of their files.
    pub fn set_snippets(&mut self, snippets: HashMap<String, Arc<str>>) {
        if self.snippets_hash.is_some() && *self.known.snippets == snippets {
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
        self.known.snippets = Arc::new(snippets);
    }

    /// Renders many parts that are not known yet in two engines at once, for [`Parts::render`] to find. Where that is not worth
    /// it, or not possible, it does nothing.
    pub fn ahead<'a>(&mut self, jobs: impl Iterator<Item = &'a Job>) {
        let unknown: Vec<Order> = jobs
            .map(|job| (self.key(job), job))
            .filter(|(key, _)| !self.young.contains_key(key) && !self.old.contains_key(key))
            .map(|(key, job)| Order { key, file: job.file.clone(), text: job.text.clone(), told: job.told.clone() })
            .collect();
        if unknown.len() < MANY || !self.has_helper() {
            return;
        }
        let (ours, theirs) = halves(unknown);
        let Some(helper) = &self.helper else { return };
        let budget = PAGE_LIMIT.saturating_sub(self.spent) / 2;
        let (runner, known) = (&mut self.runner, &self.known);
        let (theirs, ours) = helper.together(known, theirs, budget, || runner.deliver(known, ours, PART_LIMIT, budget));
        if theirs.is_none() {
            self.helper = None;
        }
        for delivered in theirs.into_iter().chain([ours]) {
            self.spent += delivered.spent;
            self.rendered += delivered.pieces.len();
            for (key, piece) in delivered.pieces.into_iter().filter(|(_, piece)| piece.is_lasting) {
                self.keep(key, Arc::new(piece));
            }
        }
    }

    /// Renders a part, or gives what is known of it. What had less than its time is not kept: it would stay away when what took
    /// the time is mended.
    pub fn render(&mut self, job: &Job) -> Arc<Piece> {
        let key = self.key(job);
        if let Some(piece) = self.young.get(&key) {
            return piece.clone();
        }
        let piece = self.old.remove(&key).unwrap_or_else(|| Arc::new(self.make(job)));
        if piece.is_lasting {
            self.keep(key, piece.clone());
        } else {
            self.is_short = true;
        }
        piece
    }

    fn has_helper(&mut self) -> bool {
        if self.helper.is_none() && !self.is_one_of_many && std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
            let started = Helper::start().inspect_err(|error| tracing::warn!(%error, "there is no second thread to render with"));
            self.helper = started.ok();
        }
        self.helper.is_some()
    }

    fn key(&self, job: &Job) -> blake3::Hash {
        let mut hasher = Hasher::new();
        put(&mut hasher, job.text.as_bytes());
        put(&mut hasher, job.told.as_bytes());
        hasher.update(self.snippets_hash.as_ref().map_or(&[0; 32], |hash| hash.as_bytes()));
        for part in ["media", "icons", "theme", "collections", "view"] {
            hasher.update(self.known.shared.get(part).map_or(&[0; 32], |shared| shared.hash.as_bytes()));
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

    fn make(&mut self, job: &Job) -> Piece {
        if self.spent >= PAGE_LIMIT {
            let message = format!("The parts of this page took longer than {} s together; this one was left out.", PAGE_LIMIT.as_secs());
            return Piece { is_lasting: false, ..failed(&job.file, message) };
        }
        let limit = PART_LIMIT.min(PAGE_LIMIT.saturating_sub(self.spent));
        let start = work_done();
        let piece = self.runner.render(&self.known, &job.file, &job.text, &job.told, limit);
        self.spent += work_done().saturating_sub(start);
        self.rendered += 1;
        piece
    }
}

/// Two halves of about the same work. What has one template stays together, so that it is parsed once.
fn halves(orders: Vec<Order>) -> (Vec<Order>, Vec<Order>) {
    /// What a render costs besides parsing, as bytes of a template that could be parsed instead.
    const RENDER: usize = 1024;
    let mut weights: HashMap<String, usize> = HashMap::new();
    for order in &orders {
        *weights.entry(order.file.clone()).or_insert(order.text.len()) += RENDER;
    }
    let mut files: Vec<(&String, &usize)> = weights.iter().collect();
    files.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let (mut ours, mut theirs) = (0, 0);
    let mut is_theirs: HashMap<&String, bool> = HashMap::new();
    for (file, weight) in files {
        is_theirs.insert(file, theirs < ours);
        *if theirs < ours { &mut theirs } else { &mut ours } += weight;
    }
    let (theirs, ours) = orders.into_iter().partition(|order| is_theirs.get(&order.file) == Some(&true));
    (ours, theirs)
}

/// A length before each part keeps two parts from reading as one.
fn put(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::super::engine::THREAD_STACK;
    use super::*;

    #[test]
    fn what_had_less_than_its_time_is_rendered_again_and_what_had_all_of_it_is_kept() {
        let work = || {
            let endless = format!("{}{}", "{% for i in (1..1000) %}{% assign a = i %}".repeat(8), "{% endfor %}".repeat(8));
            let job = Job::new("widgets/endless/widget.liquid".to_owned(), endless.into(), &json!({}), &json!({}));
            let mut parts = Parts::default();
            let mut told = |spent| {
                parts.begin();
                parts.spent = spent;
                let message = parts.render(&job).failure.as_ref().unwrap().message.clone();
                (message, parts.rendered, parts.are_lasting())
            };
            let left_out = "The parts of this page took longer than 5 s together; this one was left out.";
            assert_eq!(told(PAGE_LIMIT), (left_out.to_owned(), 0, false));
            assert_eq!(told(PAGE_LIMIT.saturating_sub(Duration::from_millis(7))), ("It took longer than 7 ms.".to_owned(), 1, false));
            assert_eq!(told(Duration::ZERO), ("It took longer than 1000 ms.".to_owned(), 1, true));
            assert_eq!(told(PAGE_LIMIT), ("It took longer than 1000 ms.".to_owned(), 0, true));
        };
        std::thread::Builder::new().stack_size(THREAD_STACK).spawn(work).unwrap().join().unwrap();
    }

    #[test]
    fn two_engines_share_the_work_by_templates() {
        let order = |file: &str, length: usize| Order {
            key: blake3::hash(b""),
            file: file.to_owned(),
            text: "x".repeat(length).into(),
            told: String::new(),
        };
        let (ours, theirs) =
            halves(vec![order("a", 4000), order("b", 1000), order("a", 4000), order("c", 1000), order("b", 1000), order("d", 10)]);
        let names = |orders: &[Order]| orders.iter().map(|order| order.file.clone()).collect::<String>();
        assert_eq!((names(&ours).as_str(), names(&theirs).as_str()), ("aa", "bcbd"));
    }
}
