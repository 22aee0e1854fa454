//! Autosave against a real store on a disk, with a demo of two pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use super::model::{DocumentStanding, LeftDrafts, SaveState};
use super::*;
use crate::store::splice::{self, Edit};

const ABOUT: &str = "{\n  \"title\": \"About\",\n  \"n\": 12345678901234567890,\n  \"intro\": \"Hello\"\n}\n";

#[derive(Debug)]
struct World {
    folder: PathBuf,
    told: Mutex<Sender<DocumentStanding>>,
}

impl Surroundings for World {
    fn folder(&self, _demo: Uuid) -> Result<PathBuf> {
        Ok(self.folder.clone())
    }
    fn is_there(&self, _demo: Uuid, folder: &Path) -> bool {
        folder.exists()
    }
    fn problem(&self, _document: &str, text: &str) -> Option<String> {
        serde_json::from_str::<Value>(text).err().map(|cause| cause.to_string())
    }
    fn complete(&self, _batch: &mut Batch, _folder: &Path, _changed: &[Changed]) -> Result<()> {
        Ok(())
    }
    fn tell(&self, change: DocumentStanding) {
        let _ = self.told.lock().unwrap().send(change);
    }
}

struct Desk {
    _root: tempfile::TempDir,
    workspace: Workspace,
    demo: Uuid,
    autosave: Autosave,
    told: Receiver<DocumentStanding>,
}

/// Nothing is saved by time alone.
const NEVER: Delays = Delays { debounce: Duration::from_secs(3600), cap: Duration::from_secs(3600), draft: Duration::from_secs(3600) };

fn desk(delays: Delays) -> Desk {
    let root = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(root.path().to_owned());
    for folder in workspace.folders().into_iter().chain([workspace.demo("one").join("site/pages")]) {
        fs::create_dir_all(folder).unwrap();
    }
    let desk = Desk { demo: Uuid::now_v7(), ..sit_down(root, workspace, delays) };
    for page in ["about", "index"] {
        fs::write(desk.file(page), ABOUT).unwrap();
        desk.autosave.open(desk.demo, &format!("pages/{page}"), &format!("pages/{page}.json")).unwrap();
    }
    desk
}

fn sit_down(root: tempfile::TempDir, workspace: Workspace, delays: Delays) -> Desk {
    let (told, heard) = channel();
    let world = World { folder: workspace.demo("one"), told: told.into() };
    let autosave = Autosave::new(workspace.clone(), Clock::system(), delays, Box::new(world));
    Desk { _root: root, workspace, demo: Uuid::nil(), autosave, told: heard }
}

impl Desk {
    fn file(&self, page: &str) -> PathBuf {
        self.workspace.demo("one").join(format!("site/pages/{page}.json"))
    }
    fn disk(&self, page: &str) -> String {
        fs::read_to_string(self.file(page)).unwrap()
    }
    fn set(&self, page: &str, key: &str, value: &str) -> Edited {
        let edits = [Edit { path: vec![key.to_owned()], value: Some(value.into()) }];
        let work =
            |text: &str| Ok(Worked { text: splice::apply(text, &edits)?, edits: Vec::new(), added: None, label: Some(key.to_owned()) });
        self.autosave.change(self.demo, &format!("pages/{page}"), work).unwrap()
    }
    fn text(&self, page: &str) -> String {
        self.autosave.open(self.demo, &format!("pages/{page}"), &format!("pages/{page}.json")).unwrap().text
    }
    fn state(&self, page: &str) -> SaveState {
        self.autosave.open(self.demo, &format!("pages/{page}"), &format!("pages/{page}.json")).unwrap().save
    }
    /// Waits until a page is told to be in such a state.
    fn until(&self, page: &str, is_it: impl Fn(&SaveState) -> bool) -> SaveState {
        loop {
            let change = self.told.recv_timeout(Duration::from_secs(20)).expect("a change is told");
            if change.document == format!("pages/{page}") && is_it(&change.save) {
                return change.save;
            }
        }
    }
    fn drafts(&self) -> usize {
        fs::read_dir(self.workspace.drafts()).unwrap().count()
    }
    /// Waits until every edit is in the draft log.
    fn until_drafted(&self) {
        while self.autosave.state().sessions.values().any(|session| session.drafted < session.edit) {
            std::thread::yield_now();
        }
    }
    /// The process dies, and its lock and sessions with it; another one begins.
    fn die(self) -> Self {
        let Self { _root: root, workspace, autosave, demo, .. } = self;
        autosave.state().is_closing = true;
        autosave.0.changed.notify_all();
        let timer = autosave.state().timer.take();
        timer.unwrap().join().unwrap();
        drop(autosave);
        Self { demo, ..sit_down(root, workspace, NEVER) }
    }
}

fn about(title: &str, intro: &str) -> String {
    ABOUT.replace("\"About\"", &format!("\"{title}\"")).replace("Hello", intro)
}

#[test]
fn edits_are_saved_some_time_after_the_last_and_every_other_byte_stays() {
    let desk = desk(Delays { debounce: Duration::from_millis(60), ..Delays::default() });
    assert_eq!(desk.set("about", "title", "One").save, SaveState::Unsaved);
    desk.set("about", "title", "Two");
    desk.until("about", |state| matches!(state, SaveState::Saving));
    desk.until("about", |state| matches!(state, SaveState::Saved { .. }));
    assert_eq!(desk.disk("about"), about("Two", "Hello"));
    assert_eq!(desk.drafts(), 0);
}

#[test]
fn however_many_edits_follow_they_are_saved_in_the_end() {
    let desk = desk(Delays { debounce: Duration::from_secs(3600), cap: Duration::from_millis(100), ..Delays::default() });
    desk.set("about", "title", "One");
    desk.until("about", |state| matches!(state, SaveState::Saved { .. }));
    assert_eq!(desk.disk("about"), about("One", "Hello"));
}

#[test]
fn a_flush_saves_all_documents_in_one_transaction() {
    let desk = desk(NEVER);
    desk.set("about", "title", "One");
    desk.set("index", "intro", "Two");
    desk.autosave.flush(None).unwrap();
    assert_eq!((desk.disk("about"), desk.disk("index")), (about("One", "Hello"), about("About", "Two")));
    assert!(matches!(desk.state("about"), SaveState::Saved { at: Some(_) }));
}

#[test]
fn what_somebody_else_changed_elsewhere_in_the_document_is_merged() {
    let desk = desk(NEVER);
    desk.set("about", "title", "Mine");
    fs::write(desk.file("about"), about("About", "Theirs")).unwrap();
    let before = desk.set("about", "title", "Mine").version;
    desk.autosave.flush(None).unwrap();
    assert_eq!(desk.disk("about"), about("Mine", "Theirs"));
    let open = desk.autosave.open(desk.demo, "pages/about", "pages/about.json").unwrap();
    assert!(open.version > before && open.text == about("Mine", "Theirs"), "the window must look again");
}

#[test]
fn what_somebody_else_changed_in_a_clean_document_is_shown() {
    let desk = desk(NEVER);
    fs::write(desk.file("about"), about("Theirs", "Hello")).unwrap();
    desk.autosave.look(None);
    desk.until("about", |state| matches!(state, SaveState::Saved { .. }));
    assert_eq!(desk.text("about"), about("Theirs", "Hello"));
}

#[test]
fn the_same_place_changed_twice_is_a_conflict_and_either_can_be_kept() {
    for keeps_mine in [true, false] {
        let desk = desk(NEVER);
        desk.set("about", "title", "Mine");
        desk.set("index", "title", "Other");
        fs::write(desk.file("about"), about("Theirs", "Changed")).unwrap();
        desk.autosave.flush(None).unwrap();
        assert_eq!(desk.state("about"), SaveState::Conflict);
        assert_eq!(desk.disk("about"), about("Theirs", "Changed"), "nothing is overwritten");
        assert_eq!(desk.disk("index"), about("Other", "Hello"), "the other document is saved all the same");
        let conflict = desk.autosave.conflict(desk.demo, "pages/about").unwrap().unwrap();
        assert_eq!(conflict.paths, [["title"]]);
        let open = desk.autosave.resolve(desk.demo, "pages/about", keeps_mine).unwrap();
        assert!(matches!(open.save, SaveState::Saved { .. }), "{:?}", open.save);
        assert_eq!(desk.disk("about"), about(if keeps_mine { "Mine" } else { "Theirs" }, "Changed"));
        assert_eq!(open.text, desk.disk("about"));
        if !keeps_mine {
            desk.autosave.undo(desk.demo, "pages/about").unwrap();
            assert!(desk.text("about").contains("Mine"), "what was given up can be had back");
        }
    }
}

#[test]
fn a_document_that_somebody_removed_is_a_conflict_with_edits_and_goes_without() {
    let desk = desk(NEVER);
    desk.set("about", "title", "Mine");
    fs::remove_file(desk.file("about")).unwrap();
    fs::remove_file(desk.file("index")).unwrap();
    desk.autosave.look(None);
    assert_eq!(desk.autosave.open(desk.demo, "pages/index", "pages/index.json").unwrap_err().code, Code::NotFound);
    assert_eq!(desk.autosave.conflict(desk.demo, "pages/about").unwrap().unwrap().theirs, None);
    desk.autosave.resolve(desk.demo, "pages/about", true).unwrap();
    assert_eq!(desk.disk("about"), about("Mine", "Hello"));
}

#[test]
fn a_conflict_that_has_ended_is_not_ended_again() {
    for keeps_mine in [true, false] {
        let desk = desk(Delays { draft: Duration::from_millis(1), ..NEVER });
        desk.set("about", "title", "Mine");
        desk.until_drafted();
        fs::write(desk.file("about"), about("Theirs", "Hello")).unwrap();
        desk.autosave.look(None);
        assert_eq!(desk.state("about"), SaveState::Conflict);
        // The other program puts back what was there, while a person looks at the two.
        fs::write(desk.file("about"), about("About", "Changed")).unwrap();
        desk.autosave.look(None);
        assert_eq!(desk.state("about"), SaveState::Unsaved);
        assert_eq!(desk.autosave.resolve(desk.demo, "pages/about", keeps_mine).unwrap_err().code, Code::WrongState);
        assert_eq!((desk.state("about"), desk.text("about")), (SaveState::Unsaved, about("Mine", "Changed")));
        let desk = desk.die();
        assert_eq!(desk.autosave.drafts(desk.demo).unwrap().len(), 1, "nobody gave it up");
    }
}

#[test]
fn the_draft_of_a_document_that_is_renamed_goes_with_it() {
    let desk = desk(Delays { draft: Duration::from_millis(1), ..NEVER });
    desk.set("about", "title", "Mine");
    desk.until_drafted();
    fs::rename(desk.file("about"), desk.file("us")).unwrap();
    desk.autosave.renamed(desk.demo, "pages/about", "pages/us", "pages/us.json");
    let desk = desk.die();
    let drafts = desk.autosave.drafts(desk.demo).unwrap();
    let offered: Vec<_> = drafts.iter().map(|draft| (draft.document.as_str(), draft.merges)).collect();
    assert_eq!(offered, [("pages/us", true)]);
    desk.autosave.apply_draft(desk.demo, &drafts[0].id).unwrap();
    assert_eq!((desk.disk("us"), desk.file("about").exists()), (about("Mine", "Hello"), false));
}

#[test]
fn edits_of_a_removed_document_that_are_let_go_are_not_offered_after_a_crash() {
    let desk = desk(Delays { draft: Duration::from_millis(1), ..NEVER });
    desk.set("about", "title", "Mine");
    desk.set("index", "title", "Other");
    desk.until_drafted();
    fs::remove_file(desk.file("about")).unwrap();
    desk.autosave.look(None);
    assert_eq!(desk.autosave.resolve(desk.demo, "pages/about", false).unwrap_err().code, Code::NotFound);
    assert!(!desk.file("about").exists(), "it is not written again");
    let desk = desk.die();
    let offered: Vec<_> = desk.autosave.drafts(desk.demo).unwrap().into_iter().map(|draft| draft.document).collect();
    assert_eq!(offered, ["pages/index"]);
}

#[test]
fn a_text_that_is_not_finished_is_kept_beside_its_document_until_it_is() {
    let desk = desk(NEVER);
    let keep = |text| desk.autosave.keep_unfinished(desk.demo, "pages/about", text).unwrap();
    let kept = || desk.autosave.open(desk.demo, "pages/about", "pages/about.json").unwrap();
    keep(Some("{\"title\": \"Ha"));
    assert_eq!((kept().unfinished.as_deref(), kept().text.as_str()), (Some("{\"title\": \"Ha"), ABOUT));
    desk.set("about", "title", "Mine");
    desk.autosave.flush(None).unwrap();
    assert_eq!(desk.disk("about"), about("Mine", "Hello"), "the document is saved without it");
    assert_eq!(desk.drafts(), 1, "and it is kept on");
    fs::remove_file(desk.file("about")).unwrap();
    desk.autosave.look(None);
    assert!(kept().unfinished.is_some(), "also when the file is gone");
    keep(None);
    assert_eq!(desk.drafts(), 0);
}

#[test]
fn a_text_that_is_not_finished_outlives_its_process_and_its_documents_name() {
    let desk = desk(NEVER);
    desk.autosave.keep_unfinished(desk.demo, "pages/about", Some("{")).unwrap();
    desk.autosave.keep_unfinished(desk.demo, "pages/about", Some("{\"title\": \"Ha")).unwrap();
    desk.autosave.keep_unfinished(desk.demo, "pages/index", Some("[")).unwrap();
    fs::rename(desk.file("index"), desk.file("start")).unwrap();
    desk.autosave.renamed(desk.demo, "pages/index", "pages/start", "pages/start.json");
    let desk = desk.die();
    let drafts = desk.autosave.drafts(desk.demo).unwrap();
    let offered: Vec<_> = drafts.iter().map(|draft| (draft.document.as_str(), draft.mine.as_str(), draft.unfinished)).collect();
    assert_eq!(offered, [("pages/about", "{\"title\": \"Ha", true), ("pages/start", "[", true)]);
    assert_eq!(desk.autosave.apply_draft(desk.demo, &drafts[0].id).unwrap_err().code, Code::InvalidInput);
    assert_eq!(desk.disk("about"), ABOUT, "it is never written as it is");
    for draft in &drafts {
        desk.autosave.discard_draft(desk.demo, &draft.id).unwrap();
    }
    assert_eq!(desk.autosave.drafts(desk.demo).unwrap(), []);
}

#[test]
fn a_save_that_fails_says_so_keeps_the_edits_and_is_tried_again() {
    let desk = desk(NEVER);
    desk.set("about", "title", "Mine");
    let site = desk.workspace.demo("one");
    fs::rename(&site, desk.workspace.root().join("away")).unwrap();
    assert!(desk.autosave.flush(None).is_err());
    desk.until("about", |state| matches!(state, SaveState::Failed { .. }));
    fs::rename(desk.workspace.root().join("away"), &site).unwrap();
    // By itself, after a pause.
    desk.until("about", |state| matches!(state, SaveState::Saved { .. }));
    assert_eq!(desk.disk("about"), about("Mine", "Hello"));
}

#[test]
fn changes_are_undone_and_done_again_and_what_others_wrote_stays() {
    let desk = desk(NEVER);
    desk.set("about", "title", "T");
    desk.set("about", "title", "Ti");
    desk.set("about", "intro", "Other");
    desk.autosave.flush(None).unwrap();
    fs::write(desk.file("about"), desk.disk("about").replace("12345678901234567890", "7")).unwrap();
    desk.autosave.look(None);
    let undone = desk.autosave.undo(desk.demo, "pages/about").unwrap();
    assert_eq!(undone.edits.len(), 1);
    assert_eq!(undone.edits[0].path, ["intro"]);
    let undone = desk.autosave.undo(desk.demo, "pages/about").unwrap();
    assert!(!undone.can_undo && undone.can_redo, "typing is undone in one step");
    assert_eq!(desk.text("about"), ABOUT.replace("12345678901234567890", "7"));
    desk.autosave.redo(desk.demo, "pages/about").unwrap();
    desk.autosave.flush(None).unwrap();
    assert_eq!(desk.disk("about"), about("Ti", "Hello").replace("12345678901234567890", "7"));
}

#[test]
fn a_draft_of_which_everything_is_on_the_disk_goes() {
    let desk = desk(Delays { draft: Duration::from_millis(1), ..NEVER });
    desk.set("about", "title", "Saved by somebody else");
    desk.until_drafted();
    let desk = desk.die();
    fs::write(desk.file("about"), about("Saved by somebody else", "Hello")).unwrap();
    assert_eq!((desk.autosave.drafts(desk.demo).unwrap().len(), desk.drafts()), (0, 0));
}

#[test]
fn what_a_dead_process_did_not_save_is_offered_once_and_merged() {
    let desk = desk(Delays { draft: Duration::from_millis(1), ..NEVER });
    desk.set("about", "title", "Unsaved");
    desk.set("index", "title", "Other");
    desk.until_drafted();
    assert_eq!(desk.autosave.drafts(desk.demo).unwrap(), [], "a living writer saves its own");
    let desk = desk.die();
    let demo = desk.demo;
    fs::write(desk.file("about"), about("About", "Theirs")).unwrap();
    fs::write(desk.file("index"), about("Changed", "Hello")).unwrap();
    let drafts = desk.autosave.drafts(demo).unwrap();
    let offered: Vec<_> = drafts.iter().map(|draft| (draft.document.as_str(), draft.merges)).collect();
    assert_eq!(offered, [("pages/about", true), ("pages/index", false)]);
    desk.autosave.apply_draft(demo, &drafts[0].id).unwrap();
    assert_eq!(desk.disk("about"), about("Unsaved", "Theirs"));
    assert_eq!(desk.autosave.apply_draft(demo, &drafts[0].id).unwrap_err().code, Code::NotFound, "not twice");
    desk.autosave.discard_draft(demo, &drafts[1].id).unwrap();
    assert_eq!(desk.disk("index"), about("Changed", "Hello"));
    assert_eq!(desk.autosave.drafts(demo).unwrap(), []);
}

#[test]
fn a_draft_that_is_given_up_can_be_had_back_while_the_process_lives_and_is_gone_after() {
    let desk = desk(Delays { draft: Duration::from_millis(1), ..NEVER });
    desk.set("about", "title", "Unsaved");
    desk.set("index", "title", "Other");
    desk.until_drafted();
    let desk = desk.die();
    let demo = desk.demo;
    let drafts = desk.autosave.drafts(demo).unwrap();
    assert_eq!(desk.autosave.left_drafts(), [LeftDrafts { demo, documents: 2 }]);
    desk.autosave.apply_draft(demo, &drafts[1].id).unwrap();
    desk.autosave.discard_draft(demo, &drafts[0].id).unwrap();
    assert_eq!((desk.autosave.drafts(demo).unwrap(), desk.autosave.left_drafts()), (Vec::new(), Vec::new()));
    desk.autosave.restore_draft(demo, &drafts[0].id).unwrap();
    assert_eq!(desk.autosave.drafts(demo).unwrap(), drafts[..1], "as it was");
    desk.autosave.discard_draft(demo, &drafts[0].id).unwrap();
    assert_eq!(desk.disk("about"), ABOUT);
    let Desk { _root: root, workspace, .. } = desk;
    let desk = Desk { demo, ..sit_down(root, workspace, NEVER) };
    assert_eq!((desk.autosave.left_drafts(), desk.drafts()), (Vec::new(), 0), "nothing of it stays");
    assert_eq!(desk.autosave.restore_draft(demo, &drafts[0].id).unwrap_err().code, Code::NotFound);
}

#[test]
fn closing_saves_and_takes_no_more_edits() {
    let desk = desk(Delays::default());
    desk.set("about", "title", "Last");
    desk.autosave.close(Instant::now() + Duration::from_secs(10));
    assert_eq!(desk.disk("about"), about("Last", "Hello"));
    let refused = desk.autosave.undo(desk.demo, "pages/about").unwrap_err();
    assert_eq!((refused.code, desk.drafts()), (Code::Cancelled, 0));
}

#[test]
fn closing_keeps_a_draft_before_it_waits_for_a_lock() {
    let desk = desk(NEVER);
    desk.set("about", "title", "Last");
    let store = desk.autosave.store(desk.demo, &desk.workspace.demo("one"));
    let ends = std::thread::scope(|scope| {
        let closing = store.transact("keep others waiting", |_| {
            let closing = scope.spawn(|| desk.autosave.close(Instant::now() + Duration::from_secs(10)));
            while desk.drafts() == 0 {
                std::thread::yield_now();
            }
            Ok(closing)
        });
        closing.unwrap().join()
    });
    ends.unwrap();
    assert_eq!((desk.disk("about"), desk.drafts()), (about("Last", "Hello"), 0), "saved all the same, when its turn came");
}
