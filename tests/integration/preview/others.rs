//! An open app hears of the previews that other processes run, with nobody asking.

use std::fs;

use backlot::app::{Change, StartPreview};
use backlot::event::Subscription;
use backlot::preview::model::{Decision, Kind, Preview, State};

use super::command::{DIRECT, site, start_trusted};
use super::http::{PATIENCE, get, own_address, port_of, try_ask};
use super::{SITE, Stopped, record, signal, start, workspace};
use crate::support::open;

/// Waits until a preview is told of that is as `wanted` says.
pub fn told(events: &Subscription<Change>, wanted: impl Fn(&Preview) -> bool) -> Preview {
    loop {
        let event = events.recv_timeout(PATIENCE).expect("it is told");
        match event.body {
            Change::PreviewChanged { preview } if wanted(&preview) => return preview,
            _ => {}
        }
    }
}

fn is_stopped(preview: &Preview) -> bool {
    preview.state == State::Stopped
}

fn runs(preview: &Preview) -> bool {
    preview.address().is_some()
}

#[test]
fn a_preview_that_another_process_starts_and_stops_is_told_of() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    for _ in 0..2 {
        let port = start(&workspace, "one");
        let heard = told(&events, runs);
        assert_eq!((heard.address().map(port_of), heard.kind), (Some(port), Some(Kind::Files)));
        workspace.json(&["preview", "stop", "one"]);
        told(&events, is_stopped);
    }
    app.close();
}

#[test]
fn what_another_process_ran_when_the_app_was_opened_is_told_of_when_that_is_killed() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let app = open(&workspace);
    let events = app.subscribe();
    let _watch = app.watch().unwrap();
    told(&events, runs);
    let owner = record(&workspace, "one").unwrap()["owner"]["pid"].as_u64().unwrap();
    // A killed process tells nobody, and writes nothing down.
    signal(owner, "-KILL");
    told(&events, is_stopped);
    let demo = app.demo("one").unwrap().demo.id;
    assert!(app.previews().is_empty() && workspace.names("state/previews").contains(&format!("{demo}.json")));
    // What this process runs from here on is told as before.
    let own = app.start_preview(demo, StartPreview { port: Some(port), is_background: false }).unwrap();
    told(&events, |preview| *preview == own);
    app.stop_preview(demo).unwrap();
    told(&events, is_stopped);
    app.close();
}

#[test]
fn two_apps_tell_of_each_other_s_previews() {
    let workspace = workspace(SITE);
    let (one, two) = (open(&workspace), open(&workspace));
    let (_watch_one, _watch_two) = (one.watch().unwrap(), two.watch().unwrap());
    let (hears_one, hears_two) = (one.subscribe(), two.subscribe());
    let demo = one.demo("one").unwrap().demo.id;
    for (runner, other) in [(&one, &hears_two), (&two, &hears_one)] {
        let own = runner.start_preview(demo, StartPreview::default()).unwrap();
        told(other, |preview| *preview == own);
        runner.stop_preview(demo).unwrap();
        told(other, is_stopped);
    }
    one.close();
    two.close();
}

#[test]
fn what_becomes_of_another_process_s_preview_is_told_of_though_no_record_says_so() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let app = open(&workspace);
    let events = app.subscribe();
    let _watch = app.watch().unwrap();
    told(&events, runs);
    let (site, aside) = (workspace.site("one"), workspace.beside("aside"));
    fs::rename(&site, &aside).unwrap();
    let gone = told(&events, |preview| matches!(preview.state, State::Failed { .. }));
    let State::Failed { error } = gone.state else { unreachable!() };
    assert!(error.message.contains("folder is gone"), "{}", error.message);
    fs::rename(&aside, &site).unwrap();
    told(&events, runs);
    assert_eq!(get(port, "/").status, 200);
    app.close();
}

#[test]
fn a_command_whose_folder_is_gone_or_elsewhere_is_explained_and_begins_anew_where_the_site_is() {
    let workspace = workspace(&site(&[DIRECT]));
    let _stopped = Stopped(&workspace, &["one", "two"]);
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    let demo = app.demo("one").unwrap().demo.id;
    let offer = app.preview_offer(demo).unwrap().unwrap();
    app.decide_preview(demo, &offer.key, Decision::Trusted).unwrap();
    app.start_preview(demo, StartPreview::default()).unwrap();
    let began = told(&events, runs);
    let why = |preview: Preview| match preview.state {
        State::Failed { error } => error.message,
        _ => unreachable!(),
    };
    let (folder, aside) = (workspace.site("one"), workspace.beside("aside"));
    fs::rename(&folder, &aside).unwrap();
    let gone = why(told(&events, |preview| matches!(preview.state, State::Failed { .. })));
    assert!(gone.contains("folder is gone") && gone.contains(folder.to_str().unwrap()), "{gone}");
    fs::rename(&aside, &folder).unwrap();
    assert_eq!(told(&events, runs), began, "it went on meanwhile");
    app.rename(demo, None, Some("two")).unwrap();
    let moved = why(told(&events, |preview| matches!(preview.state, State::Failed { .. })));
    let new = workspace.site("two");
    assert!(moved.contains(folder.to_str().unwrap()) && moved.contains(new.to_str().unwrap()), "{moved}");
    // Another process sees the same, and starting it again is all that it takes.
    assert_eq!(workspace.json(&["preview", "show", "two"])["error"]["message"], moved);
    app.start_preview(demo, StartPreview::default()).unwrap();
    let again = told(&events, runs);
    assert!(again.address() != began.address() && get(port_of(again.address().unwrap()), "/here").text().contains("dev /here"));
    app.close();
}

#[test]
fn a_command_of_another_process_is_told_of_until_it_crashes() {
    let workspace = workspace(&site(&[DIRECT]));
    let _stopped = Stopped(&workspace, &["one"]);
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    let port = start_trusted(&workspace);
    let heard = told(&events, runs);
    assert_eq!((heard.address(), heard.kind), (Some(own_address(&workspace, port).as_str()), Some(Kind::Command)));
    let _ = try_ask(port, "GET", "/crash", &[]);
    let failed = told(&events, |preview| matches!(preview.state, State::Failed { .. }));
    let State::Failed { error } = failed.state else { unreachable!() };
    assert!(error.message.contains("ended with status 3"), "{}", error.message);
    app.close();
}
