//! A program that edits documents with autosave, to be killed: this very test binary, started once more.
//!
//! It is told what to do in lines of JSON on its standard input, and tells what happened in lines of JSON on its output.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use backlot::app::{App, Change, Options, SaveDelays};
use backlot::clock::Clock;
use backlot::content::model::{Change as DocumentChange, DocumentName};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{BACKLOT, TestWorkspace};

/// Names the workspace to the child, and tells it that it is one.
const WORKSPACE: &str = "BACKLOT_TEST_EDITOR";
/// How long edits wait in the child, in milliseconds: for a save after the last and after the first, and for a draft.
const DELAYS: &str = "BACKLOT_TEST_DELAYS";

/// The child's side: not a test of its own.
#[test]
fn the_editor_does_what_it_is_told() {
    let Some(root) = std::env::var_os(WORKSPACE) else { return };
    let delays: Vec<u64> = std::env::var(DELAYS).unwrap_or_default().split(' ').filter_map(|part| part.parse().ok()).collect();
    let [debounce, cap, draft] = [0, 1, 2].map(|at| Duration::from_millis(delays[at]));
    let options =
        Options { root: root.into(), program: BACKLOT.into(), clock: Clock::system(), delays: SaveDelays { debounce, cap, draft } };
    let app = App::open(options).unwrap();
    let events = app.subscribe();
    std::thread::spawn(move || {
        for event in events.iter() {
            if let Change::DocumentChanged(standing) = event.body {
                say(&json!({"document": standing.document, "version": standing.version, "save": standing.save}));
            }
        }
    });
    let demo: Uuid = app.demo("one").unwrap().demo.id;
    for line in std::io::stdin().lines() {
        let order: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let document: Option<DocumentName> = order["document"].as_str().map(|name| name.parse().unwrap());
        match order["do"].as_str().unwrap() {
            "open" => drop(app.open_document(demo, &document.unwrap()).unwrap()),
            "edit" => {
                let change: DocumentChange = serde_json::from_value(order["change"].clone()).unwrap();
                let edited = app.change_document(demo, &document.unwrap(), &change).unwrap();
                say(&json!({"edited": true, "version": edited.version, "added": edited.added}));
            }
            "undo" => {
                let document = document.unwrap();
                let undone = app.undo_document(demo, &document).unwrap();
                let text = app.open_document(demo, &document).unwrap().text;
                say(&json!({"edited": true, "version": undone.version, "text": text}));
            }
            "flush" => say(&json!({"flushed": app.flush(None).is_ok()})),
            "close" => {
                app.close();
                say(&json!({"closed": true}));
            }
            other => panic!("{other}"),
        }
    }
}

fn say(value: &Value) {
    let mut output = std::io::stdout().lock();
    // On a line of its own: the test harness leaves its cursor where it likes.
    let _ = writeln!(output, "\n{value}").and_then(|()| output.flush());
}

/// The version in an answer.
pub fn version(answer: &Value) -> u64 {
    answer["version"].as_u64().unwrap()
}

/// The parent's side.
pub struct Editor {
    child: Child,
    orders: ChildStdin,
    heard: Receiver<Value>,
    /// The version that is told to be saved of each document.
    pub saved: BTreeMap<String, u64>,
}

impl Editor {
    /// Starts it, with these delays in milliseconds, before the program words of `wrapper` if there are any.
    pub fn start(workspace: &TestWorkspace, delays: &str, wrapper: &[&str]) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut words = wrapper.iter().map(std::ffi::OsStr::new).chain([this.as_os_str()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(["--exact", "editor::the_editor_does_what_it_is_told", "--nocapture", "--test-threads=1"]);
        command.env(WORKSPACE, &workspace.root).env(DELAYS, delays);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let (sender, heard) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok).filter(|line| line.starts_with('{')) {
                if let Ok(value) = serde_json::from_str(&line) {
                    let _ = sender.send(value);
                }
            }
        });
        let orders = child.stdin.take().unwrap();
        Self { child, orders, heard, saved: BTreeMap::new() }
    }

    pub fn open(&mut self, document: &str) {
        self.order(&json!({"do": "open", "document": document}));
    }

    /// Sets values; answers the version the document has then. None if the program is dead.
    pub fn edit(&mut self, document: &str, edits: &[(&[&str], Value)]) -> Option<u64> {
        let edits: Vec<Value> = edits.iter().map(|(path, value)| json!({"path": path, "value": value})).collect();
        self.change(document, &json!({"kind": "set", "edits": edits})).map(|edited| version(&edited))
    }

    /// Makes a change; answers the version the document has then, and what was added. None if the program is dead.
    pub fn change(&mut self, document: &str, change: &Value) -> Option<Value> {
        self.order(&json!({"do": "edit", "document": document, "change": change}));
        self.wait(|value| value.get("edited").is_some())
    }

    /// Takes back the last change of a document; answers its version and its text then. None if the program is dead.
    pub fn undo(&mut self, document: &str) -> Option<Value> {
        self.order(&json!({"do": "undo", "document": document}));
        self.wait(|value| value.get("edited").is_some())
    }

    pub fn flush(&mut self) -> bool {
        self.order(&json!({"do": "flush"}));
        self.wait(|value| value.get("flushed").is_some()).is_some_and(|value| value["flushed"] == true)
    }

    pub fn close(mut self) {
        self.order(&json!({"do": "close"}));
        assert!(self.wait(|value| value.get("closed").is_some()).is_some());
        drop(self.orders);
        assert!(self.child.wait().unwrap().success());
    }

    /// Kills it, and hears everything that it still said.
    pub fn kill(mut self) -> BTreeMap<String, u64> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        while let Ok(value) = self.heard.recv_timeout(Duration::from_secs(5)) {
            self.note(&value);
        }
        self.saved
    }

    fn order(&mut self, order: &Value) {
        // A dead program hears nothing; who waits for its answer finds out.
        let _ = writeln!(self.orders, "{order}").and_then(|()| self.orders.flush());
    }

    fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> Option<Value> {
        loop {
            let value = self.heard.recv_timeout(Duration::from_secs(30)).ok()?;
            self.note(&value);
            if is_it(&value) {
                return Some(value);
            }
        }
    }

    fn note(&mut self, value: &Value) {
        assert_ne!(value["save"]["state"], "conflict", "nobody changed what is being edited: {value}");
        if let (Some(document), Some(version), Some("saved")) =
            (value["document"].as_str(), value["version"].as_u64(), value["save"]["state"].as_str())
        {
            self.saved.insert(document.to_owned(), version);
        }
    }
}
