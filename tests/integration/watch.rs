//! An open app notices what others do.

use std::path::Path;
use std::time::{Duration, Instant};

use backlot::app::{Change, Notice};
use backlot::event::Subscription;
use backlot::progress::Phase;

use crate::support::{TestWorkspace, open};

/// Long enough for any machine; what is awaited comes as an event.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for the event that `wanted` is looking for; numbers must follow each other without a gap.
fn wait_for(events: &Subscription<Change>, last: &mut u64, wanted: impl Fn(&Change) -> bool) {
    loop {
        let event = events.recv_timeout(PATIENCE).expect("the change is noticed");
        // What the snapshot holds already.
        if event.seq <= *last {
            continue;
        }
        assert_eq!(event.seq, *last + 1);
        *last = event.seq;
        if wanted(&event.body) {
            return;
        }
    }
}

#[test]
fn a_demo_made_renamed_by_hand_and_removed_by_others_is_noticed() {
    let workspace = TestWorkspace::new();
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    let mut last = app.snapshot().unwrap().seq;
    let is = |slug: &'static str, state: &'static str| move |change: &Change| matches!(change, Change::DemoChanged { demo } if demo.demo.slug == slug && demo.status.state.name() == state);
    workspace.json(&["demo", "create", "theirs", "--template", "bakery"]);
    wait_for(&events, &mut last, is("theirs", "ready"));
    workspace.json(&["demo", "rename", "theirs", "--name", "Renamed"]);
    wait_for(&events, &mut last, |change| matches!(change, Change::DemoChanged { demo } if demo.demo.name == "Renamed"));
    let folder = |name: &str| workspace.root.join("demos").join(name);
    std::fs::rename(folder("theirs"), folder("by-hand")).unwrap();
    wait_for(&events, &mut last, is("by-hand", "ready"));
    std::fs::remove_dir_all(folder("by-hand")).unwrap();
    wait_for(&events, &mut last, |change| matches!(change, Change::DemoRemoved { .. }));
    assert!(app.snapshot().unwrap().demos.is_empty());
}

#[test]
fn media_that_others_add_are_noticed_though_no_document_is_open() {
    let workspace = TestWorkspace::with_demo("bakery");
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    let mut last = app.snapshot().unwrap().seq;
    let demo = app.demo("one").unwrap().demo.id;
    let before = app.list_media(demo).unwrap();
    for (name, count) in [("first.png", 1), ("second.png", 2)] {
        let picture = workspace.file(name, crate::support::pictures::png(20 * count, 10, 7));
        workspace.json(&["media", "add", "one", &picture]);
        wait_for(&events, &mut last, |change| matches!(change, Change::MediaChanged { demo: told } if *told == demo));
        assert_eq!(app.list_media(demo).unwrap().files.len(), before.files.len() + count as usize);
    }
}

#[test]
fn a_creation_tells_how_far_it_is_and_closing_interrupts_it() {
    let workspace = TestWorkspace::new();
    let host = crate::support::SilentHost::new();
    let source = workspace.large_repository("source", 300);
    let app = open(&workspace);
    let events = app.subscribe();
    let request = |slug: &str, template: &str| serde_json::from_value(serde_json::json!({ "slug": slug, "template": template })).unwrap();
    app.start_create(request("one", source.to_str().unwrap())).unwrap();
    let mut last = 0;
    let mut phases = Vec::new();
    loop {
        let event = events.recv_timeout(PATIENCE).expect("the creation goes on");
        assert_eq!(event.seq, last + 1);
        last = event.seq;
        let Change::DemoChanged { demo } = event.body else { continue };
        match demo.status.state {
            backlot::demo::model::State::Cloning { progress: Some(progress) } => {
                phases.push((progress.phase, progress.files, progress.files_total));
            }
            backlot::demo::model::State::Ready => break,
            _ => {}
        }
    }
    for phase in [Phase::Fetching, Phase::Checking, Phase::CheckingOut, Phase::Syncing] {
        assert!(phases.iter().any(|(seen, ..)| *seen == phase), "{phase:?} in {phases:?}");
    }
    assert!(phases.contains(&(Phase::CheckingOut, 300, 300)), "{phases:?}");
    app.start_create(request("two", &host.url())).unwrap();
    let _connection = host.connected();
    app.close();
    assert_eq!(state(&workspace.root, "two"), "interrupted");
    assert!(app.start_create(request("three", "bakery")).is_err());
}

/// The state as the record on disk has it, with no start in between that could have settled it.
fn state(root: &Path, slug: &str) -> String {
    let records = std::fs::read_dir(root.join("state/creations")).unwrap().flatten();
    let records = records.filter_map(|entry| serde_json::from_slice::<serde_json::Value>(&std::fs::read(entry.path()).ok()?).ok());
    let found = records.into_iter().find(|record| record["demo"]["slug"] == slug).unwrap();
    found["status"]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_setting_that_another_process_chooses_counts_at_once() {
    let workspace = TestWorkspace::with_demo("bakery");
    let refused = workspace.refused(&["settings", "set", "save-after-seconds", "61"]);
    assert_eq!(refused["code"], "InvalidInput", "{refused}");
    workspace.json(&["settings", "set", "save-after-seconds", "60"]);
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    let demo = app.demo("one").unwrap().demo.id;
    let page = "pages/index".parse().unwrap();
    app.open_document(demo, &page).unwrap();
    let change = serde_json::json!({"kind": "set", "edits": [{"path": ["seo", "robots"], "value": "noindex"}]});
    app.change_document(demo, &page, &serde_json::from_value(change).unwrap()).unwrap();
    // A minute would be longer than anybody waits here.
    workspace.json(&["settings", "set", "save-after-seconds", "1"]);
    loop {
        let event = events.recv_timeout(PATIENCE).expect("the edit is saved");
        if let Change::DocumentChanged(standing) = event.body
            && serde_json::to_value(&standing.save).unwrap()["state"] == "saved"
        {
            break;
        }
    }
    assert_eq!(app.settings().unwrap().save_after_seconds, 1);
    assert!(std::fs::read_to_string(workspace.site("one").join("pages/index.json")).unwrap().contains("noindex"));
}

#[test]
fn a_workspace_that_is_moved_away_is_noticed_and_so_is_its_return() {
    let workspace = TestWorkspace::with_demo("bakery");
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    let mut last = app.snapshot().unwrap().seq;
    let away = workspace.beside("away");
    std::fs::rename(&workspace.root, &away).unwrap();
    // Another workspace in its place is not it.
    std::fs::create_dir(&workspace.root).unwrap();
    let is_moved = |notices: &[Notice]| matches!(notices, [Notice::WorkspaceMoved { message }] if message.contains("moved or deleted"));
    wait_for(&events, &mut last, |change| {
        assert!(!matches!(change, Change::DemoRemoved { .. }), "the list stays as it was");
        matches!(change, Change::NoticesChanged { notices } if is_moved(notices))
    });
    let snapshot = app.snapshot().unwrap();
    assert!(is_moved(&snapshot.notices) && snapshot.demos.len() == 1);
    let refused = app.demo("one").unwrap_err();
    assert_eq!(refused.code, backlot::error::Code::WrongState, "not that there is no such demo: {refused:?}");
    std::fs::remove_dir(&workspace.root).unwrap();
    std::fs::rename(&away, &workspace.root).unwrap();
    wait_for(&events, &mut last, |change| matches!(change, Change::NoticesChanged { notices } if notices.is_empty()));
}

/// Where the child of a test finds its workspace.
#[cfg(target_os = "linux")]
const CHILD: &str = "BACKLOT_TEST_UNWATCHED";

/// Runs itself again in a system that watches no folder.
#[cfg(target_os = "linux")]
#[test]
fn where_no_more_folders_can_be_watched_changes_are_found_all_the_same() {
    let Some(root) = std::env::var_os(CHILD) else {
        let workspace = TestWorkspace::with_demo("bakery");
        let mut command = std::process::Command::new("strace");
        command.args(["-f", "-e", "trace=inotify_add_watch", "-e", "inject=inotify_add_watch:error=ENOSPC", "-o"]);
        command.arg(workspace.beside("strace.log")).arg(std::env::current_exe().unwrap()).env(CHILD, &workspace.root);
        let name = "watch::where_no_more_folders_can_be_watched_changes_are_found_all_the_same";
        let output = command.args(["--exact", name, "--nocapture"]).output().expect("strace is installed: `cargo xtask setup` does it");
        assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        return;
    };
    let options = backlot::app::Options {
        root: root.clone().into(),
        program: crate::support::BACKLOT.into(),
        clock: backlot::clock::Clock::system(),
        delays: backlot::app::SaveDelays::default(),
    };
    let app = backlot::app::App::open(options).unwrap();
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    let snapshot = app.snapshot().unwrap();
    assert!(matches!(&snapshot.notices[..], [Notice::NotWatched { message }] if message.contains("every 2 seconds")), "{snapshot:?}");
    let mut last = snapshot.seq;
    let demos = Path::new(&root).join("demos");
    std::fs::rename(demos.join("one"), demos.join("two")).unwrap();
    wait_for(&events, &mut last, |change| matches!(change, Change::DemoChanged { demo } if demo.demo.slug == "two"));
}

#[test]
fn a_widget_type_that_somebody_adds_or_changes_is_noticed_while_a_page_is_edited() {
    let workspace = TestWorkspace::with_demo("bakery");
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let demo = app.demo("one").unwrap().demo.id;
    app.open_document(demo, &"pages/index".parse().unwrap()).unwrap();
    let events = app.subscribe();
    let folder = workspace.site("one").join("widgets/extra");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str| {
        let schema = serde_json::json!({"type": "extra", "displayName": name, "settings": []});
        std::fs::write(folder.join("schema.json"), schema.to_string()).unwrap();
    };
    let label = || {
        let types = app.content(&demo.to_string()).unwrap().list().unwrap().widget_types;
        types.into_iter().find(|widget| widget.kind == "extra").map(|widget| widget.label)
    };
    let is_noticed = |patience: Duration| {
        let until = Instant::now() + patience;
        let next = || events.recv_timeout(until.saturating_duration_since(Instant::now())).ok();
        std::iter::from_fn(next).any(|event| matches!(event.body, Change::ContentChanged { demo: told } if told == demo))
    };
    // Until something has been looked at there is nothing to compare a change with.
    let first = (0..40).find(|number| {
        write(&format!("Extra {number}"));
        is_noticed(Duration::from_millis(500))
    });
    assert!(first.is_some(), "a new type is noticed");
    write("Other");
    assert!(is_noticed(PATIENCE), "its change is noticed");
    assert_eq!(label().as_deref(), Some("Other"));
}
