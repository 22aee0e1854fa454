//! Autosave against a model: edits, saves, changes by others, crashes and new starts, at random.
//!
//! What the model knows of every field: the last value that was acknowledged, and the last that was sent. After each crash, with
//! the drafts applied, the field holds one that is no older than the one and no newer than the other; a value that somebody else
//! wrote over what was saved never gives way to an edit from before it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::editor::{Editor, version};
use crate::support::TestWorkspace;

const DOCUMENTS: [&str; 4] = ["pages/index", "pages/about", "global/header", "global/footer"];
const FIELDS: [&str; 3] = ["a", "b", "image"];

/// The document that blocks are added to, and its widget that holds them.
const WITH_BLOCKS: usize = 0;
const HOLDER: &str = "hero";

/// Something in a document that holds a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A field, by its number; null where there is none.
    Field(usize),
    /// A block, by its id: how often it is there, which is 1 or 0.
    Block(String),
}

/// What is known of one place.
#[derive(Debug, Clone)]
struct Known {
    /// Values in the order in which they were sent; the last is the newest.
    sent: Vec<Value>,
    /// How many of them are acknowledged.
    acknowledged: usize,
    /// The document's version with the last of them.
    version: u64,
}

impl Known {
    /// What is on the disk is what there is to lose.
    fn on_disk(value: Value) -> Self {
        Self { sent: vec![value], acknowledged: 1, version: 0 }
    }

    fn newest(&self) -> &Value {
        self.sent.last().unwrap()
    }
}

struct Model {
    workspace: TestWorkspace,
    places: BTreeMap<(usize, Place), Known>,
    /// What was edited since everything was saved last: a change by others there would be a conflict, which is another test's.
    touched: BTreeSet<(usize, Place)>,
    /// What others changed since the program looked at the disk last: an edit there would be one too.
    foreign: BTreeSet<(usize, Place)>,
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
        let fields = |document| (0..FIELDS.len()).map(move |field| (document, Place::Field(field)));
        let places = (0..DOCUMENTS.len()).flat_map(fields).map(|place| (place, Known::on_disk(Value::Null))).collect();
        Self { workspace, places, touched: BTreeSet::new(), foreign: BTreeSet::new(), images, random: seed, counter: 0 }
    }

    /// xorshift64*, so that a run can be had again by its seed.
    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        usize::try_from(self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % limit
    }

    fn any_field(&mut self) -> (usize, usize) {
        (self.below(DOCUMENTS.len()), self.below(FIELDS.len()))
    }

    fn value(&mut self, field: usize) -> Value {
        self.counter += 1;
        if FIELDS[field] == "image" {
            let at = self.below(self.images.len());
            // Not the same twice, so that the model can tell them apart.
            return json!(format!("{}?n={}.", self.images[at], self.counter));
        }
        json!(format!("edit-{}.", self.counter))
    }

    fn path(document: usize, field: usize) -> [&'static str; 2] {
        // Unknown fields of a widget's settings are kept, and are looked through for media as every other.
        [if DOCUMENTS[document].starts_with("pages/") { "seo" } else { "settings" }, FIELDS[field]]
    }

    /// A value was sent, and is in the document's version.
    fn send(&mut self, place: (usize, Place), value: Value, version: u64) {
        self.touched.insert(place.clone());
        let known = self.places.entry(place).or_insert_with(|| Known::on_disk(json!(0)));
        known.sent.push(value);
        known.version = version;
    }

    fn edit(&mut self, editor: &mut Editor) {
        let (document, field) = self.any_field();
        let place = (document, Place::Field(field));
        if self.foreign.contains(&place) {
            return;
        }
        let value = self.value(field);
        let version = editor.edit(DOCUMENTS[document], &[(&Self::path(document, field), value.clone())]);
        self.send(place, value, version.unwrap());
    }

    fn add_block(&mut self, editor: &mut Editor) {
        let change = json!({"kind": "add_block", "widget": HOLDER, "type": "fact", "index": self.below(3)});
        let added = editor.change(DOCUMENTS[WITH_BLOCKS], &change).unwrap();
        let id = added["added"].as_str().unwrap().to_owned();
        self.send((WITH_BLOCKS, Place::Block(id)), json!(1), version(&added));
    }

    /// The last change of a document is taken back; what that is, the program knows: its answer is held against it.
    fn undo(&mut self, editor: &mut Editor) {
        let document = self.below(DOCUMENTS.len());
        if self.foreign.iter().any(|(of, _)| *of == document) {
            return;
        }
        let undone = editor.undo(DOCUMENTS[document]).unwrap();
        let text = undone["text"].as_str().unwrap();
        for (place, known) in self.places.clone().into_iter().filter(|((of, _), _)| *of == document) {
            let value = found(text, document, &place.1);
            if value != *known.newest() {
                self.send(place, value, version(&undone));
            }
        }
    }

    /// What was told to be saved is acknowledged.
    fn note(&mut self, saved: &BTreeMap<String, u64>) {
        for ((document, _), known) in &mut self.places {
            if saved.get(DOCUMENTS[*document]).is_some_and(|version| *version >= known.version) {
                known.acknowledged = known.sent.len();
            }
        }
    }

    /// Everything that was sent so far is acknowledged, be it only by the draft log.
    fn all_acknowledged(&mut self) {
        self.places.values_mut().for_each(|known| known.acknowledged = known.sent.len());
    }

    /// Everything is saved, and the program looks at the disk, as its watch has it do.
    fn flush(&mut self, editor: &mut Editor) {
        if editor.flush() {
            self.all_acknowledged();
            for document in DOCUMENTS {
                editor.open(document);
            }
            self.touched.clear();
            self.foreign.clear();
        }
    }

    /// Somebody else changes a field that nobody is editing, and knows that it is done.
    fn change_outside(&mut self) {
        let (document, field) = self.any_field();
        let place = (document, Place::Field(field));
        if self.touched.contains(&place) {
            return;
        }
        let value = self.value(field);
        let pointer = format!("/{}", Self::path(document, field).join("/"));
        self.workspace.json(&["page", "set", "one", DOCUMENTS[document], &pointer, &value.to_string()]);
        self.places.insert(place.clone(), Known::on_disk(value));
        self.foreign.insert(place);
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
        for ((document, place), known) in &mut self.places {
            *known = Known::on_disk(found(&on_disk(&self.workspace, *document), *document, place));
        }
        self.touched.clear();
        self.foreign.clear();
    }

    fn check(&self) {
        for ((document, place), known) in &self.places {
            let found = found(&on_disk(&self.workspace, *document), *document, place);
            let at = known.sent.iter().rposition(|sent| *sent == found);
            let name = format!("{} {place:?}", DOCUMENTS[*document]);
            let at = at.unwrap_or_else(|| panic!("{name} holds {found:?}, which is none of {known:?}"));
            assert!(at + 1 >= known.acknowledged, "{name} lost an acknowledged edit: {found:?} of {known:?}");
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
        for _ in 0..=self.below(40) {
            match self.below(14) {
                0 => self.flush(&mut editor),
                1 => {
                    self.flush(&mut editor);
                    self.change_outside();
                }
                // Into a document that is being edited, or whose save is under way.
                2 => self.change_outside(),
                3 => self.add_block(&mut editor),
                4 => self.undo(&mut editor),
                _ => self.edit(&mut editor),
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
        let until = Instant::now() + Duration::from_secs(20);
        let is_kept = |document: usize, text: &str| {
            let mut own = self.places.iter().filter(|(place, _)| place.0 == document && !self.foreign.contains(place));
            own.all(|((_, place), known)| found(text, document, place) == *known.newest())
        };
        while !(0..DOCUMENTS.len()).all(|document| is_kept(document, &kept(&self.workspace, document))) {
            assert!(Instant::now() < until, "edits are in the draft log in time");
            std::thread::yield_now();
        }
        self.all_acknowledged();
    }
}

/// What the draft log holds of a document last, or else the disk.
fn kept(workspace: &TestWorkspace, document: usize) -> String {
    let logs = workspace.names("state/drafts");
    let logs: Vec<String> =
        logs.iter().map(|name| std::fs::read_to_string(workspace.root.join("state/drafts").join(name)).unwrap_or_default()).collect();
    // A line is a checksum and an entry; one that is still being written is not kept yet.
    let entries = logs.iter().flat_map(|log| log.split_inclusive('\n')).filter(|line| line.ends_with('\n'));
    let entries = entries.map(|line| serde_json::from_str::<Value>(line.split_once(' ').unwrap().1).unwrap());
    let last = entries.rev().find(|entry| entry["document"] == DOCUMENTS[document]);
    last.map_or_else(|| on_disk(workspace, document), |entry| entry["text"].as_str().unwrap().to_owned())
}

fn on_disk(workspace: &TestWorkspace, document: usize) -> String {
    let name = DOCUMENTS[document];
    let path = if name.starts_with("global/") { format!("pages/{name}.json") } else { format!("{name}.json") };
    std::fs::read_to_string(workspace.site("one").join(path)).unwrap()
}

/// What a place of a document holds.
fn found(text: &str, document: usize, place: &Place) -> Value {
    let text: Value = serde_json::from_str(text).unwrap();
    match place {
        Place::Field(field) => {
            let [parent, key] = Model::path(document, *field);
            text[parent][key].clone()
        }
        Place::Block(id) => {
            let holder = &text["widgets"][HOLDER];
            let order = holder["blocksOrder"].as_array().unwrap().iter().filter(|one| *one == id).count();
            assert_eq!(order > 0, holder["blocks"].get(id).is_some(), "the order of blocks names those that are there: {holder}");
            json!(order)
        }
    }
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
    let wrapper = ["strace", "-f", "-e", "trace=flock,rename,renameat,renameat2,openat,openat2", "-o", trace.to_str().unwrap()];
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
    let holds = trace.lines().filter(|line| line.contains("openat") && line.contains(&format!("demo-{demo}.holder\""))).count();
    assert_eq!((journals, holds), (1, 1), "one journal, one hold of the demo's lock");
    let used = workspace.json(&["media", "list", "one"])["files"][0]["usedIn"].clone();
    for place in ["index", "global:header", "global:footer"] {
        assert!(used.as_array().unwrap().contains(&json!(place)), "{used}");
    }
}
