//! Previews come and go: in several processes, with crashes, and with folders that vanish.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use backlot::app::{Change, StartPreview};
use backlot::preview::model::State;

use super::http::{Listening, get, is_open, port_of, send, try_ask, until};
use super::{SITE, Stopped, is_alive, record, signal, start, workspace};
use crate::support::open;

#[test]
fn several_run_at_once_each_at_its_own_port() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one", "two", "three"]);
    let source = workspace.beside("source");
    for demo in ["two", "three"] {
        workspace.json(&["demo", "create", demo, "--template", source.to_str().unwrap()]);
        fs::write(workspace.site(demo).join("index.html"), format!("<body>I am {demo}</body>")).unwrap();
    }
    let ports = [start(&workspace, "one"), start(&workspace, "two"), start(&workspace, "three")];
    assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
    assert!(get(ports[1], "/").text().contains("I am two") && get(ports[2], "/").text().contains("I am three"));
    let listed = workspace.json(&["preview", "list"]);
    let listed: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["slug"].as_str().unwrap(), row["kind"].as_str().unwrap(), row["address"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(listed.iter().map(|row| (row.0, row.1)).collect::<Vec<_>>(), [("one", "files"), ("three", "files"), ("two", "files")]);
    assert_eq!(port_of(&listed[0].2), ports[0]);
    assert_eq!(start(&workspace, "one"), ports[0], "a preview that runs is joined");
    assert_eq!(workspace.json(&["preview", "stop", "two"])["state"], "stopped");
    assert!(!is_open(ports[1]) && is_open(ports[0]) && is_open(ports[2]));
    assert_eq!(workspace.json(&["preview", "stop", "two"])["state"], "stopped", "what is stopped stays so");
    assert_eq!(workspace.json(&["preview", "show", "two"])["state"], "stopped");
    assert_eq!(workspace.json(&["preview", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn two_processes_see_and_stop_each_other_s_previews() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let app = open(&workspace);
    let events = app.subscribe();
    let demo = app.demo("one").unwrap().demo.id;
    let mine = app.start_preview(demo, StartPreview::default()).unwrap();
    let port = port_of(mine.address().unwrap());
    let State::Running { pid, .. } = mine.state else { panic!("{mine:?}") };
    assert_eq!(pid, std::process::id());
    assert_eq!(workspace.json(&["preview", "start", "one"])["port"], port, "the other process joins it");
    let taken = workspace.refused(&["preview", "start", "one", "--port", "2"]);
    assert_eq!((taken["code"].as_str(), taken["field"].as_str()), (Some("InUse"), Some("port")));
    assert_eq!(workspace.json(&["preview", "stop", "one"])["state"], "stopped");
    assert!(!is_open(port) && app.preview(demo).state == State::Stopped);
    until("the app hears that its preview was stopped", || {
        events.try_iter().any(|event| matches!(event.body, Change::PreviewChanged { preview } if preview.state == State::Stopped))
    });
    let port = start(&workspace, "one");
    assert_eq!(app.preview(demo).address().map(port_of), Some(port));
    assert_eq!(app.start_preview(demo, StartPreview::default()).unwrap().address().map(port_of), Some(port));
    app.stop_preview(demo).unwrap();
    assert!(!is_open(port));
    app.close();
    assert_eq!(app.start_preview(demo, StartPreview::default()).unwrap_err().code, backlot::error::Code::WrongState);
}

#[test]
fn many_who_start_at_once_get_one_preview() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let children: Vec<_> = (0..6).map(|_| workspace.start(&["preview", "start", "one"])).collect();
    let ports: Vec<_> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["port"].as_u64().unwrap()
        })
        .collect();
    assert!(ports.iter().all(|port| *port == ports[0]), "{ports:?}");
}

#[test]
fn a_port_that_is_taken_is_named_with_who_has_it() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let refused = workspace.refused(&["preview", "start", "one", "--port", &port.to_string()]);
    assert_eq!((refused["code"].as_str(), refused["field"].as_str()), (Some("InUse"), Some("port")));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(&port.to_string()) && message.contains(&std::process::id().to_string()), "{message}");
    assert!(record(&workspace, "one").is_none(), "nothing was started");
    drop(listener);
    assert_eq!(workspace.json(&["preview", "start", "one", "--port", &port.to_string()])["port"], port);
    assert_eq!(get(port, "/").status, 200);
}

#[test]
fn a_folder_that_is_gone_is_explained_and_served_again_when_it_is_back() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let (site, aside) = (workspace.site("one"), workspace.beside("aside"));
    fs::rename(&site, &aside).unwrap();
    let gone = get(port, "/");
    assert_eq!(gone.status, 503);
    assert!(gone.text().contains("folder is gone") && gone.text().contains("demos/one/site"), "{}", gone.text());
    let shown = workspace.json(&["preview", "show", "one"]);
    assert_eq!((shown["state"].as_str(), shown["error"]["code"].as_str()), (Some("failed"), Some("NotFound")));
    fs::rename(&aside, &site).unwrap();
    until("it is served again", || get(port, "/").status == 200);
    assert_eq!(workspace.json(&["preview", "show", "one"])["state"], "running");
    // A demo that is deleted has no preview.
    workspace.json(&["demo", "delete", "one"]);
    assert!(!is_open(port));
    assert_eq!(workspace.json(&["preview", "list"]), serde_json::json!([]));
}

#[test]
fn a_killed_process_leaves_a_preview_that_is_stopped_and_can_be_started() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let pid = record(&workspace, "one").unwrap()["owner"]["pid"].as_u64().unwrap();
    signal(pid, "-KILL");
    until("it is dead", || !is_alive(pid));
    assert_eq!(workspace.json(&["preview", "list"]), serde_json::json!([]));
    assert_eq!(workspace.json(&["preview", "show", "one"])["state"], "stopped");
    until("the next command has settled it", || record(&workspace, "one").is_none());
    assert_eq!(workspace.json(&["preview", "start", "one", "--port", &port.to_string()])["state"], "running");
    assert_eq!(get(port, "/").status, 200);
}

#[test]
fn a_stopped_process_is_told_apart_and_ended_when_it_does_nothing_else() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let pid = record(&workspace, "one").unwrap()["owner"]["pid"].as_u64().unwrap();
    signal(pid, "-STOP");
    let shown = workspace.json(&["preview", "show", "one"]);
    assert_eq!(shown["state"], "failed", "that somebody started it says nothing");
    assert!(shown["error"]["message"].as_str().unwrap().contains(&pid.to_string()), "{shown}");
    assert_eq!(workspace.json(&["preview", "stop", "one"])["state"], "stopped");
    assert!(!is_alive(pid) && !is_open(port));
}

#[test]
fn idle_connections_do_not_keep_others_out() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    // Pages that listen are not idle, however little they are told.
    let mut page = Listening::begin(port).0;
    let mut idle: Vec<_> = (0..300).map(|_| std::net::TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
    for half in idle.iter_mut().step_by(3) {
        std::io::Write::write_all(half, b"GET / HTTP/1.1\r\nHost: 127").unwrap();
    }
    for _ in 0..5 {
        assert_eq!(get(port, "/").status, 200);
    }
    fs::write(workspace.site("one").join("about.html"), "<body>Changed</body>").unwrap();
    while page.next().unwrap()["kind"] != "page" {}
    drop(idle);
}

#[test]
fn sigterm_ends_a_preview_in_order() {
    let workspace = workspace(SITE);
    let port = start(&workspace, "one");
    let pid = record(&workspace, "one").unwrap()["owner"]["pid"].as_u64().unwrap();
    signal(pid, "-TERM");
    until("it has ended", || !is_alive(pid));
    assert!(!is_open(port) && record(&workspace, "one").is_none());
}

#[test]
fn stopping_ends_every_connection_within_a_second() {
    let workspace = workspace(SITE);
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    fs::write(workspace.site("one").join("large.bin"), vec![7; 50_000_000]).unwrap();
    let port = port_of(app.start_preview(demo, StartPreview::default()).unwrap().address().unwrap());
    let mut pages: Vec<_> = (0..5).map(|_| Listening::begin(port).0).collect();
    // Somebody who began to load something large and does not go on, one who says nothing, one in the middle of a word.
    let mut stuck = send(port, "GET", "/large.bin", &[]).unwrap();
    stuck.read_exact(&mut [0; 1000]).unwrap();
    let mut silent = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut half = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::io::Write::write_all(&mut half, b"GET / HT").unwrap();
    let begun = Instant::now();
    app.stop_preview(demo).unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(1500), "it took {took:?}");
    assert!(pages.iter_mut().all(|page| page.next().is_none()));
    let mut rest = Vec::new();
    let _ = stuck.read_to_end(&mut rest);
    assert!(rest.len() < 50_000_000);
    for stream in [&mut silent, &mut half] {
        assert!(stream.read_to_end(&mut rest).is_err() || rest.len() < 50_000_000);
    }
    assert!(try_ask(port, "GET", "/", &[]).is_err());
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    app.close();
}
