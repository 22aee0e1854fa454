//! The engine: LiquidJS inside QuickJS, with limits of memory, stack and time.
//!
//! It can do nothing but turn text into text: there is no function of ours that it could call, and what a template names is
//! looked for among the texts that were handed in. After it ran into a limit it is in no known state and must be dropped.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rquickjs::context::intrinsic::{Date, Eval, Json, MapSet, Promise, RegExp, RegExpCompiler};
use rquickjs::{Context, Ctx, Function, Object, Runtime};
use serde::Deserialize;
use serde_json::Value;

/// LiquidJS and what is around it: see `js/engine.js`.
const SCRIPT: &str = include_str!("engine.js");

/// How much memory an engine may use.
const MEMORY: usize = 64 * 1024 * 1024;
/// How much it uses before it first looks for what is not needed any more, which takes milliseconds: a page needs less.
const GARBAGE: usize = 8 * 1024 * 1024;
/// How deep it may go. Real templates need some kilobytes of it.
const STACK: usize = 2 * 1024 * 1024;
/// The stack of the thread it runs on: what QuickJS uses beyond what it counts has room.
pub(super) const THREAD_STACK: usize = 16 * 1024 * 1024;

/// What a template could not do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure {
    pub message: String,
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// The engine came to one of its ends.
    pub is_limit: bool,
}

/// What became of a render.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Empty if it failed.
    pub html: String,
    pub failure: Option<Failure>,
    /// What was enqueued up to its end, as pairs of keys and entries that a later render takes over.
    pub assets: Value,
    /// Files of the site that the HTML refers to.
    pub used: Vec<String>,
}

/// One engine. It stays on the thread that made it.
pub(super) struct Engine {
    // Dropped in this order.
    context: Context,
    _runtime: Runtime,
    deadline: Rc<Cell<Option<Duration>>>,
}

impl Engine {
    /// Starts an engine.
    ///
    /// # Errors
    /// Why it does not start: a defect of this program, or no memory left on the machine.
    pub fn new() -> Result<Self, String> {
        Self::with_memory(MEMORY)
    }

    fn with_memory(memory: usize) -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|cause| cause.to_string())?;
        runtime.set_memory_limit(memory);
        runtime.set_gc_threshold(GARBAGE);
        runtime.set_max_stack_size(STACK);
        let deadline = Rc::new(Cell::new(None));
        let seen = deadline.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || seen.get().is_some_and(|deadline| work_done() > deadline))));
        let context = Context::builder()
            .with::<Date>()
            .with::<Eval>()
            .with::<RegExpCompiler>()
            .with::<RegExp>()
            .with::<Json>()
            .with::<MapSet>()
            .with::<Promise>()
            .build(&runtime)
            .map_err(|cause| cause.to_string())?;
        let loaded = context.with(|ctx| ctx.eval::<(), _>(SCRIPT).map_err(|_| thrown(&ctx)));
        loaded.map_err(|cause| format!("the engine's script failed: {cause}"))?;
        Ok(Self { context, _runtime: runtime, deadline })
    }

    /// Makes a template known under the name of its file, or forgets it.
    ///
    /// # Errors
    /// What was thrown; the engine must be dropped.
    pub fn define(&self, file: &str, text: Option<&str>) -> Result<(), String> {
        self.call(|_, engine| engine.get::<_, Function>("define")?.call((file, text)))
    }

    /// Sets a part of what renders share, given as JSON.
    ///
    /// # Errors
    /// What was thrown; the engine must be dropped.
    pub fn put(&self, part: &str, json: &str) -> Result<(), String> {
        self.call(|_, engine| engine.get::<_, Function>("put")?.call((part, json)))
    }

    /// Renders one template within `limit` of the thread's own time.
    ///
    /// # Errors
    /// What stopped it, when not even the engine could tell; it must be dropped.
    pub fn render(&self, job: &str, limit: Duration) -> Result<Outcome, String> {
        self.deadline.set(Some(work_done() + limit));
        let rendered = self.call(|_, engine| engine.get::<_, Function>("render")?.call::<_, Vec<String>>((job,)));
        let deadline = self.deadline.take();
        match rendered {
            Ok(answer) => {
                let [html, told] = <[String; 2]>::try_from(answer).map_err(|_| "the engine gave no answer".to_owned())?;
                let told: Told = serde_json::from_str(&told).map_err(|cause| cause.to_string())?;
                Ok(Outcome { html, failure: told.problem, assets: told.assets, used: told.used })
            }
            Err(_) if deadline.is_some_and(|deadline| work_done() > deadline) => {
                Err(format!("It took longer than {} ms.", limit.as_millis()))
            }
            Err(cause) => Err(if cause.is_empty() { "It needs more memory than a template may have.".to_owned() } else { cause }),
        }
    }

    fn call<T>(&self, work: impl for<'js> FnOnce(Ctx<'js>, Object<'js>) -> rquickjs::Result<T>) -> Result<T, String> {
        self.context.with(|ctx| {
            let engine = ctx.globals().get::<_, Object>("backlot");
            engine.and_then(|engine| work(ctx.clone(), engine)).map_err(|error| match error {
                rquickjs::Error::Exception => thrown(&ctx),
                other => other.to_string(),
            })
        })
    }
}

/// What `render` of `js/engine.js` tells besides the HTML.
#[derive(Deserialize)]
struct Told {
    problem: Option<Failure>,
    assets: Value,
    used: Vec<String>,
}

/// The message of what was thrown; empty when there was no memory left for any.
fn thrown(ctx: &Ctx<'_>) -> String {
    let value = ctx.catch();
    let message = value.as_object().and_then(|error| error.get::<_, String>("message").ok());
    message.or_else(|| value.as_string().and_then(|text| text.to_string().ok())).unwrap_or_default()
}

/// How long this thread has worked. A machine that is busy with other things does not shorten a template's time.
#[cfg(unix)]
pub(super) fn work_done() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(not(unix))]
pub(super) fn work_done() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Runs on a thread with the stack that an engine needs.
    fn on_its_thread(work: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new().stack_size(THREAD_STACK).spawn(work).unwrap();
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }

    /// What the engine is to say: LiquidJS's words, or its own where Node has others for what LiquidJS says nothing of.
    fn words(case: &Value, made: &Value) -> String {
        let Some(words) = case["error"].as_str() else {
            return made["error"].as_str().filter(|words| words.starts_with("A value here")).unwrap_or("A value here …").to_owned();
        };
        let words = words.rsplit_once(", line:").map_or(words, |(words, _)| words);
        let words = words.rsplit_once(", file:").map_or(words, |(words, _)| words);
        let missing = words.strip_prefix("ENOENT: Failed to lookup \"").and_then(|rest| rest.split('"').next());
        missing.map_or_else(|| words.to_owned(), |name| format!("There is no snippet “{name}”."))
    }

    fn file(case: &Value) -> String {
        match case["file"].as_str() {
            None | Some("case") => "case".to_owned(),
            Some(name) => format!("snippets/{name}.liquid"),
        }
    }

    #[test]
    fn wherever_memory_ends_it_says_so_and_can_be_dropped() {
        on_its_thread(|| {
            let templates = [
                "{% for i in (1..100000000) %}{{ i }}{% endfor %}".to_owned(),
                "{% assign s = 'xxxxxxxx' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}{{ s }}".to_owned(),
                "{% assign a = 'a,b' | split: ',' %}{% for i in (1..40) %}{% assign a = a | concat: a %}{% endfor %}{{ a | size }}"
                    .to_owned(),
                "{{ 'x' }}".repeat(100_000),
                "{% for i in (1..100000) %}{% assign b = b | push: i | uniq %}{% assign c = c | append: i | json | escape %}{% endfor %}"
                    .to_owned(),
            ];
            let mut memory = 1_500_000;
            for template in templates.iter().cycle().take(40) {
                memory += memory / 29 + 1013;
                let Ok(engine) = Engine::with_memory(memory) else { continue };
                let rendered = engine
                    .define("case", Some(template))
                    .and_then(|()| engine.render(r#"{"file": "case", "scope": {}, "view": {}}"#, Duration::from_millis(300)));
                match rendered {
                    Ok(outcome) => {
                        let failure = outcome.failure.unwrap();
                        assert!(failure.is_limit && failure.message.contains("memory"), "{memory}: {failure:?}");
                    }
                    Err(cause) => assert!(cause.contains("memory") || cause.contains("longer than"), "{memory}: {cause}"),
                }
            }
        });
    }

    #[test]
    fn it_makes_what_liquidjs_makes_in_node() {
        on_its_thread(|| {
            let corpus: Value = serde_json::from_str(include_str!("../../tests/fixtures/liquid/corpus.json")).unwrap();
            let mut differences = Vec::new();
            let mut count = 0;
            for set in corpus.as_array().unwrap() {
                let engine = Engine::new().unwrap();
                for (name, text) in set["snippets"].as_object().unwrap() {
                    engine.define(&format!("snippets/{name}.liquid"), text.as_str()).unwrap();
                }
                for case in set["cases"].as_array().unwrap() {
                    count += 1;
                    engine.define("case", case["template"].as_str()).unwrap();
                    let job = json!({"file": "case", "scope": set["data"], "view": {}}).to_string();
                    let outcome = engine.render(&job, Duration::from_secs(5)).unwrap();
                    let made = match outcome.failure {
                        None => json!({"html": outcome.html}),
                        Some(Failure { message, file, line, column, .. }) => {
                            json!({"error": message, "file": file, "line": line, "column": column})
                        }
                    };
                    let wanted = match case.get("html") {
                        Some(html) => json!({"html": html}),
                        None => json!({"error": words(case, &made), "file": file(case), "line": case["line"], "column": case["column"]}),
                    };
                    if made != wanted {
                        differences.push(format!("{}\n  here {made}\n  Node {wanted}", case["template"]));
                    }
                }
            }
            assert!(count > 1400, "only {count} cases");
            assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
        });
    }
}
