//! Autosave against a model: edits, saves, changes by others, crashes and new starts, at random.
//!
//! What the model knows of every field: the last value that was acknowledged, and the last that was sent. After each crash, with
//! the drafts applied, the field holds one that is no older than the one and no newer than the other; a value that somebody else
//! wrote over what was saved never gives way to an edit from before it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::editor::Editor;
use crate::support::TestWorkspace;

const DOCUMENTS: [&str; 4] = ["pages/index", "pages/about", "global/header", "global/footer"];
const FIELDS: [&str; 3] = ["a", "b", "image"];

/// What is known of one field.
#[derive(Debug, Default, Clone)]
struct Field {
    /// Values in the order in which they were sent; the last is the newest.
    sent: Vec<Value>,
    /// How many of them are acknowledged.
    acknowledged: usize,
    /// The document's version with the last of them.
    version: u64,
}

struct Model {
    workspace: TestWorkspace,
    fields: BTreeMap<(usize, usize), Field>,
    images: Vec<String>,
    random: u64,
    counter: u64,
}

impl Model {
    fn new(seed: u64) -> Self {
        let workspace = TestWorkspace::new();
        workspace.json(&["demo", "create", "one", "--template", "bakery"]);
        let files = workspace.json(&["media", "list", "one"]);
        let images = files["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect();
        Self { workspace, fields: BTreeMap::new(), images, random: seed, counter: 0 }
    }

    /// xorshift64*, so that a run can be had again by its seed.
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    fn value(&mut self, field: usize) -> Value {
        self.counter += 1;
        if FIELDS[field] == "image" {
            let at = usize::try_from(self.below(self.images.len() as u64)).unwrap();
            // Not the same twice, so that the model can tell them apart.
            return json!(format!("{}?n={}.", self.images[at], self.counter));
        }
        // None is a part of another, nor of anything else that stands in a document or a draft: they are looked for as text.
        json!(format!("edit-{}.", self.counter))
    }

    fn path(document: usize, field: usize) -> Vec<&'static str> {
        // Unknown fields of a widget's settings are kept, and are looked through for media as every other.
        if DOCUMENTS[document].starts_with("pages/") { vec!["seo", FIELDS[field]] } else { vec!["settings", FIELDS[field]] }
    }

    fn edit(&mut self, editor: &mut Editor) -> bool {
        let document = usize::try_from(self.below(DOCUMENTS.len() as u64)).unwrap();
        let field = usize::try_from(self.below(FIELDS.len() as u64)).unwrap();
        let value = self.value(field);
        let path = Self::path(document, field);
        let version = editor.edit(DOCUMENTS[document], &[(&path, value.clone())]);
        let known = self.fields.entry((document, field)).or_default();
        known.sent.push(value);
        known.version = version.unwrap_or(u64::MAX);
        version.is_some()
    }

    /// What was told to be saved is acknowledged.
    fn note(&mut self, saved: &BTreeMap<String, u64>) {
        for ((document, _), field) in &mut self.fields {
            if saved.get(DOCUMENTS[*document]).is_some_and(|version| *version >= field.version) {
                field.acknowledged = field.sent.len();
            }
        }
    }

    /// Everything that was sent so far is acknowledged, be it only by the draft log.
    fn all_acknowledged(&mut self) {
        self.fields.values_mut().for_each(|field| field.acknowledged = field.sent.len());
    }

    /// Somebody else changes a field, and knows that it is done.
    fn change_outside(&mut self) {
        let document = usize::try_from(self.below(DOCUMENTS.len() as u64)).unwrap();
        let field = usize::try_from(self.below(FIELDS.len() as u64)).unwrap();
        let value = self.value(field);
        let pointer = format!("/{}", Self::path(document, field).join("/"));
        self.workspace.json(&["page", "set", "one", DOCUMENTS[document], &pointer, &value.to_string()]);
        let known = self.fields.entry((document, field)).or_default();
        known.sent = vec![value];
        known.acknowledged = 1;
        known.version = 0;
    }

    /// After a crash: the next program starts, and its person takes every draft.
    fn recover(&mut self) {
        let app = crate::support::open(&self.workspace);
        let demo = app.demo("one").unwrap().demo.id;
        for draft in app.drafts(demo).unwrap() {
            app.settle_draft(demo, &draft.id, true).unwrap();
        }
        assert_eq!(app.drafts(demo).unwrap(), [], "a draft is offered once");
        app.close();
        self.check();
        // What is on the disk is what there is to lose from now on.
        for ((document, field), known) in &mut self.fields {
            known.sent = found(&self.workspace, *document, *field).into_iter().collect();
            known.acknowledged = known.sent.len();
        }
    }

    fn check(&self) {
        for ((document, field), known) in &self.fields {
            let found = found(&self.workspace, *document, *field);
            let at = known.sent.iter().position(|sent| Some(sent) == found.as_ref());
            let name = format!("{} {}", DOCUMENTS[*document], FIELDS[*field]);
            match at {
                Some(at) => assert!(at + 1 >= known.acknowledged, "{name} lost an acknowledged edit: {found:?} of {known:?}"),
                None => assert_eq!(known.acknowledged, 0, "{name} holds {found:?}, which is none of {known:?}"),
            }
        }
        // Usage is what a full scan finds: looking again changes nothing.
        let catalogue = self.workspace.site("one").join("uploads/media.json");
        let before = std::fs::read_to_string(&catalogue).unwrap();
        self.workspace.json(&["media", "usage", "one"]);
        assert_eq!(std::fs::read_to_string(&catalogue).unwrap(), before, "usage equals what a full scan finds");
        assert_eq!(std::fs::read_dir(self.workspace.root.join("demos/one/.tmp")).unwrap().count(), 0);
    }

    /// One program's life: some edits, some saves, and its end, violent or not.
    fn live(&mut self) {
        // Now and then saves come so late that only the draft log has the edits.
        let is_slow = self.below(3) == 0;
        let mut editor = Editor::start(&self.workspace, if is_slow { "60000 60000 5" } else { "8 40 5" }, &[]);
        for document in DOCUMENTS {
            editor.open(document);
        }
        for _ in 0..=self.below(30) {
            match self.below(12) {
                0 => {
                    if editor.flush() {
                        self.all_acknowledged();
                    }
                }
                // In between, others write; what is unsaved of the same field would be a conflict, which is another test's.
                1 => {
                    if editor.flush() {
                        self.all_acknowledged();
                        self.change_outside();
                        // As the watch has the program look; otherwise the next edit of the field would be a conflict.
                        for document in DOCUMENTS {
                            editor.open(document);
                        }
                    }
                }
                _ => {
                    self.edit(&mut editor);
                }
            }
            if self.below(6) == 0 {
                std::thread::yield_now();
            }
        }
        match self.below(4) {
            0 => {
                editor.close();
                self.all_acknowledged();
            }
            1 => {
                // A second is what the draft log may take; here it is set to some milliseconds, and waited for by its file.
                if is_slow {
                    self.wait_for_drafts();
                }
                let saved = editor.kill();
                self.note(&saved);
            }
            _ => {
                let saved = editor.kill();
                self.note(&saved);
            }
        }
    }

    /// Waits until the draft log holds every edit that is not on the disk.
    fn wait_for_drafts(&mut self) {
        let newest: Vec<(usize, Value)> =
            self.fields.iter().filter_map(|((document, _), field)| Some((*document, field.sent.last()?.clone()))).collect();
        let until = std::time::Instant::now() + Duration::from_secs(20);
        loop {
            let drafts: String = self
                .workspace
                .names("state/drafts")
                .iter()
                .map(|name| std::fs::read_to_string(self.workspace.root.join("state/drafts").join(name)).unwrap_or_default())
                // A line that is still being written is not kept yet.
                .map(|log| log.rfind('\n').map_or(String::new(), |end| log[..=end].to_owned()))
                .collect();
            let is_kept = |(document, value): &(usize, Value)| {
                let text = value.as_str().unwrap();
                let disk = std::fs::read_to_string(file(&self.workspace, *document)).unwrap();
                drafts.contains(text) || disk.contains(text)
            };
            if newest.iter().all(is_kept) {
                return self.all_acknowledged();
            }
            assert!(std::time::Instant::now() < until, "edits are in the draft log in time");
            std::thread::yield_now();
        }
    }
}

fn file(workspace: &TestWorkspace, document: usize) -> std::path::PathBuf {
    let name = DOCUMENTS[document];
    let path = if name.starts_with("global/") { format!("pages/{name}.json") } else { format!("{name}.json") };
    workspace.site("one").join(path)
}

fn found(workspace: &TestWorkspace, document: usize, field: usize) -> Option<Value> {
    let text = std::fs::read_to_string(file(workspace, document)).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    for key in Model::path(document, field) {
        value = value.get_mut(key)?.take();
    }
    Some(value)
}

#[test]
fn whatever_is_edited_saved_changed_by_others_and_killed_nothing_acknowledged_is_lost_or_applied_twice() {
    let torture = std::env::var_os("BACKLOT_TORTURE").is_some();
    let seed: u64 = std::env::var("BACKLOT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| std::process::id().into());
    println!("BACKLOT_SEED={seed} does the same again, as far as time lets it");
    let mut model = Model::new(seed | 1);
    for round in 0..if torture { 150 } else { 14 } {
        model.live();
        model.recover();
        if round % 3 == 0 {
            model.change_outside();
            model.recover();
        }
    }
}

#[test]
fn pages_and_global_widgets_and_usage_are_saved_by_one_hold_of_the_lock_and_one_journal() {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    let trace = workspace.beside("trace.txt");
    let image = workspace.json(&["media", "list", "one"])["files"][0]["path"].as_str().unwrap().to_owned();
    let wrapper = ["strace", "-f", "-e", "trace=flock,rename,renameat,renameat2,openat", "-o", trace.to_str().unwrap()];
    let mut editor = Editor::start(&workspace, "60000 60000 60000", &wrapper);
    for document in ["pages/index", "global/header", "global/footer"] {
        editor.open(document);
        let path: &[&str] = if document == "pages/index" { &["seo", "og_image"] } else { &["settings", "picture"] };
        editor.edit(document, &[(path, json!(image))]).unwrap();
    }
    assert!(editor.flush());
    editor.close();
    let trace = std::fs::read_to_string(trace).unwrap();
    let journals = trace.lines().filter(|line| line.contains("rename") && line.contains("txn.json\"")).count();
    let demo = workspace.json(&["demo", "show", "one"])["id"].as_str().unwrap().to_owned();
    let holds = trace.lines().filter(|line| line.contains("openat") && line.contains(&format!("/demo-{demo}.holder\""))).count();
    assert_eq!((journals, holds), (1, 1), "one journal, one hold of the demo's lock");
    let used = workspace.json(&["media", "list", "one"])["files"][0]["usedIn"].clone();
    for place in ["index", "global:header", "global:footer"] {
        assert!(used.as_array().unwrap().contains(&json!(place)), "{used}");
    }
}
