//! Editing a page of a hundred widgets: how long a keystroke takes the host, and how long a save takes once it is due.
//!
//! `cargo xtask bench edit` runs this. The rival of a save is the least that makes one document durable: its text written to a
//! new file, synced, renamed over the old, and the folder synced, with no lock, no draft, no merge and no usage kept. The two
//! take turns, so that a busy moment of the machine meets them alike.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "a benchmark makes its own documents, and its rival is the bare system call")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use backlot::app::{App, Change, Options, SaveDelays};
use backlot::clock::Clock;
use backlot::content::model::{Change as DocumentChange, DocumentName, Edit};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How many widgets the page has.
const WIDGETS: usize = 100;
/// How long a save waits after the last edit here. What is measured begins when it is over.
const DEBOUNCE: Duration = Duration::from_millis(30);

fn main() -> ExitCode {
    if let Some(ended) = backlot::git::worker::main() {
        return ended;
    }
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [data, report] => bench(data.as_ref(), report.as_ref(), 400),
        [data, report, "--quick"] => bench(data.as_ref(), report.as_ref(), 60),
        _ => {
            println!("Run it with `cargo xtask bench edit`.");
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
    let root = data.join("edit");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let delays = SaveDelays { debounce: DEBOUNCE, ..SaveDelays::default() };
    let app = App::open(Options { root: root.clone(), program: std::env::current_exe()?, clock: Clock::system(), delays })?;
    let request = serde_json::from_value(json!({"slug": "one", "template": "bakery"}))?;
    app.create(request, &|_| (), &backlot::cancel::Cancel::new())?;
    let demo = app.demo("one")?;
    let site = demo.folder.ok_or("the demo has no folder")?.join("site");
    let page = site.join("pages/long.json");
    let text = long_page(&site)?;
    fs::write(&page, &text)?;

    let document: DocumentName = "pages/long".parse()?;
    let events = app.subscribe();
    app.open_document(demo.demo.id, &document)?;
    let rival = root.join("rival.json");
    let (mut keys, mut saves, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let path = ["widgets", &format!("hero-{}", round % WIDGETS), "settings", "title"].map(str::to_owned).to_vec();
        let edits = vec![Edit { path, value: Some(format!("Slow bread, {round}").into()) }];
        let pressed = Instant::now();
        let edited = app.change_document(demo.demo.id, &document, &DocumentChange::Set { edits, label: None })?;
        let answered = Instant::now();
        keys.push(answered - pressed);
        let saved = loop {
            let event = events.recv_timeout(Duration::from_secs(20))?;
            if let Change::DocumentChanged(standing) = event.body
                && standing.version >= edited.version
                && matches!(standing.save, backlot::autosave::model::SaveState::Saved { .. })
            {
                break Instant::now();
            }
        };
        saves.push((saved - pressed).saturating_sub(DEBOUNCE));
        let begun = Instant::now();
        replace(&rival, &fs::read(&page)?)?;
        bare.push(begun.elapsed());
    }
    app.close();
    if !fs::read_to_string(&page)?.contains(&format!("Slow bread, {}", rounds - 1)) {
        return Err("the last edit is not on the disk".into());
    }
    let text = told(&mut keys, &mut saves, &mut bare, text.len());
    println!("{text}");
    fs::write(report, text)?;
    Ok(fs::remove_dir_all(root)?)
}

/// The starter's first page with its hero a hundred times.
fn long_page(site: &Path) -> Result<String, Failure> {
    let mut page: Value = serde_json::from_str(&fs::read_to_string(site.join("pages/index.json"))?)?;
    let hero = page["widgets"]["hero"].take();
    let ids: Vec<String> = (0..WIDGETS).map(|number| format!("hero-{number}")).collect();
    page["widgets"] = Value::Object(ids.iter().map(|id| (id.clone(), hero.clone())).collect());
    page["widgetsOrder"] = json!(ids);
    page["slug"] = "long".into();
    Ok(serde_json::to_string_pretty(&page)?)
}

fn replace(target: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temp: PathBuf = target.with_extension("tmp");
    let mut file = File::create(&temp)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temp, target)?;
    Ok(File::open(target.parent().ok_or("a folder")?)?.sync_all()?)
}

fn told(keys: &mut [Duration], saves: &mut [Duration], bare: &mut [Duration], size: usize) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = format!(
        "# Editing, measured\n\n\
         Written by `cargo xtask bench edit` on {}: {cores} cores, {}. A page of {WIDGETS} widgets ({} KB), {} edits.\n\n\
         *Keystroke*: from the edit's arrival at the host to its answer. *Save*: from the moment an edit is due until `saved` is told: \
         the page, its date, the usage of media and the note for the draft log, in one durable transaction. *Bare replace*: the same \
         text written, synced and renamed with nothing else, in turn with it. Milliseconds.\n\n\
         | | p50 | p99 | longest |\n| --- | ---: | ---: | ---: |\n",
        Clock::system().now().strftime("%Y-%m-%d"),
        std::env::consts::OS,
        size / 1000,
        keys.len(),
    );
    let mut middles = Vec::new();
    for (name, times) in [("Keystroke", keys), ("Save", saves), ("Bare replace", bare)] {
        times.sort_unstable();
        let at = |hundredths: usize| {
            times.get((times.len() * hundredths / 100).min(times.len() - 1)).map_or(0.0, Duration::as_secs_f64) * 1000.0
        };
        let _ = writeln!(text, "| {name} | {:.1} | {:.1} | {:.1} |", at(50), at(99), at(100));
        middles.push(at(50));
    }
    if let [_, save, bare] = middles[..] {
        let _ = writeln!(text, "\nA save takes {:.1} times the bare replace at the median.", save / bare);
    }
    text
}
