//! Rendering a page of thirty widgets: from cold templates, with templates that are known, and with one widget changed.
//!
//! `cargo xtask bench render` runs this. The kinds take turns within one round, so that a busy moment of the machine meets them
//! alike. *Cold* reads and parses every template, in an engine that was started ahead, as the app starts it with a preview; the
//! first of all pages waits for its thread and its engine too.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "a benchmark makes its own site")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backlot::clock::Clock;
use backlot::render::Renderer;
use backlot::render::model::{PageRequest, Part, Rendered};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How many widgets the page has.
const WIDGETS: usize = 30;

/// What is measured, and how long it may take at the median, in milliseconds.
const KINDS: [(&str, Option<f64>); 5] = [
    ("The page from cold templates", Some(60.0)),
    ("The page from cold templates, and the engine to be started", None),
    ("The page, every widget changed, templates known", None),
    ("The page, one widget changed", Some(10.0)),
    ("That widget alone", Some(10.0)),
];

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [data, report] => bench(data.as_ref(), report.as_ref(), 200),
        [data, report, "--quick"] => bench(data.as_ref(), report.as_ref(), 20),
        _ => {
            println!("Run it with `cargo xtask bench render`.");
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench(data: &Path, report: &Path, rounds: usize) -> Result<(), Failure> {
    let site = data.join("render");
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("starters/bakery"), &site)?;
    let page = long_page(&site)?;
    fs::write(site.join("pages/long.json"), page.to_string())?;
    let kinds: std::collections::BTreeSet<&str> =
        page["widgets"].as_object().into_iter().flat_map(|all| all.values()).filter_map(|widget| widget["type"].as_str()).collect();

    let renderer = Renderer::new(&site);
    let (mut times, mut length) = ([const { Vec::new() }; KINDS.len()], 0);
    whole(&renderer.page(request(&page)?)?)?;
    for round in 0..rounds {
        for is_started in [true, false] {
            let cold = Renderer::new(&site);
            if is_started {
                cold.warm();
                // It answers once that is done.
                cold.parts_rendered()?;
            }
            let asked = request(&page)?;
            let begun = Instant::now();
            let rendered = cold.page(asked)?;
            times[usize::from(!is_started)].push(begun.elapsed());
            length = whole(&rendered)?;
        }

        let mut changed = page.clone();
        (0..WIDGETS).for_each(|number| type_into(&mut changed, number, round));
        let asked = request(&changed)?;
        let begun = Instant::now();
        let rendered = renderer.page(asked)?;
        times[2].push(begun.elapsed());
        whole(&rendered)?;
        expect(renderer.parts_rendered()? >= WIDGETS, "every widget was rendered")?;

        let number = round % WIDGETS;
        type_into(&mut changed, number, rounds + round);
        let asked = request(&changed)?;
        let begun = Instant::now();
        let rendered = renderer.page(asked)?;
        times[3].push(begun.elapsed());
        whole(&rendered)?;
        expect(renderer.parts_rendered()? <= 2, "one widget and the layout were rendered")?;

        type_into(&mut changed, number, 2 * rounds + round);
        let asked = request(&changed)?;
        let begun = Instant::now();
        let rendered = renderer.part(asked, Part::Widget(id(number)))?;
        times[4].push(begun.elapsed());
        expect(rendered.problems.is_empty(), "the widget has no problem")?;
    }
    let text = told(&mut times, kinds.len(), page.to_string().len(), length);
    println!("{text}");
    fs::write(report, text)?;
    Ok(fs::remove_dir_all(site)?)
}

/// A page of the starter's own widgets, those of all its pages in turn.
fn long_page(site: &Path) -> Result<Value, Failure> {
    let mut found = Vec::new();
    for name in ["index", "menu", "about", "contact"] {
        let page: Value = serde_json::from_str(&fs::read_to_string(site.join(format!("pages/{name}.json")))?)?;
        found.extend(page["widgets"].as_object().ok_or("a page has widgets")?.values().cloned());
    }
    let widgets: serde_json::Map<String, Value> =
        found.iter().cycle().take(WIDGETS).enumerate().map(|(number, widget)| (id(number), widget.clone())).collect();
    let order: Vec<String> = (0..WIDGETS).map(id).collect();
    Ok(json!({ "name": "Long", "slug": "long", "widgets": widgets, "widgetsOrder": order }))
}

fn id(number: usize) -> String {
    format!("part-{number}")
}

/// Types another text into the first setting of a widget that has one.
fn type_into(page: &mut Value, number: usize, round: usize) {
    page["widgets"][&id(number)]["settings"]["title"] = format!("Typed {number}, {round}").into();
}

fn request(page: &Value) -> Result<PageRequest, Failure> {
    let overrides = BTreeMap::from([("pages/long.json".to_owned(), Arc::from(page.to_string()))]);
    Ok(PageRequest { overrides, ..PageRequest::new("pages/long".parse()?) })
}

/// How long a page is that has all its widgets and no problem.
fn whole(rendered: &Rendered) -> Result<usize, Failure> {
    expect(rendered.problems.is_empty(), "the page has no problem")?;
    expect(rendered.html.matches("<!--backlot:widget:").count() == WIDGETS, "the page has all its widgets")?;
    Ok(rendered.html.len())
}

fn expect(holds: bool, what: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("not as expected: {what}").into()) }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn told(times: &mut [Vec<Duration>], kinds: usize, json: usize, html: usize) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = format!(
        "# Rendering, measured\n\n\
         Written by `cargo xtask bench render` on {}: {cores} cores, {}. A page of {WIDGETS} widgets of {kinds} types from the bakery \
         starter ({} KB of JSON, {} KB of HTML), {} rounds in which the kinds take turns.\n\n\
         *Cold*: every template is read and parsed. The engine is started ahead where a preview begins; the second row waits for it \
         and its thread too. Everything is measured from the request to its answer. Milliseconds.\n\n\
         | | p50 | p99 | longest | wanted at p50 |\n| --- | ---: | ---: | ---: | ---: |\n",
        Clock::system().now().strftime("%Y-%m-%d"),
        std::env::consts::OS,
        json / 1000,
        html / 1000,
        times[0].len(),
    );
    for ((name, wanted), times) in KINDS.iter().zip(times) {
        times.sort_unstable();
        let at = |hundredths: usize| {
            times.get((times.len() * hundredths / 100).min(times.len() - 1)).map_or(0.0, Duration::as_secs_f64) * 1000.0
        };
        let wanted = wanted.map_or_else(String::new, |most| format!("≤ {most:.0}"));
        let _ = writeln!(text, "| {name} | {:.1} | {:.1} | {:.1} | {wanted} |", at(50), at(99), at(100));
    }
    text
}
