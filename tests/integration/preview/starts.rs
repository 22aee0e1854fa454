//! Several processes start one preview at once: all get the one that runs, whatever state it was in.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Child;

use backlot::app::App;
use backlot::cancel::Cancel;
use backlot::error::Code;
use backlot::preview::model::Preview;
use serde_json::{Value, json};
use uuid::Uuid;

use super::command::site;
use super::http::{PATIENCE, get, is_open, until};
use super::{Stopped, is_alive, record, signal, workspace};
use crate::support::{TestWorkspace, open};

/// A server that answers once a connection to the test is closed; neither it nor its child minds SIGTERM.
const LATE: &str = r"
const fs = require('node:fs');
fs.appendFileSync('../pids', process.pid + '\n');
process.on('SIGTERM', () => {});
if (process.argv[2] === 'child') setInterval(() => {}, 1000);
else {
  require('node:child_process').spawn(process.execPath, [__filename, 'child'], { detached: true, stdio: 'ignore' }).unref();
  if (fs.existsSync('fail')) { console.log('no such module'); process.exit(1); }
  console.log('compiling');
  require('node:net').connect(Number(fs.readFileSync('control', 'utf8')), '127.0.0.1').on('close', () => {
    require('node:http').createServer((request, response) => response.end('late')).listen(Number(process.env.PORT), '127.0.0.1', () =>
      console.log('http://localhost:' + process.env.PORT));
  }).resume();
}
";

/// The demo `one` with that server, and where it connects to; trusted.
fn late() -> (TestWorkspace, TcpListener) {
    let workspace = workspace(&site(&[("backlot.json", r#"{"preview":{"command":["node","late.js"]}}"#)]));
    let control = TcpListener::bind("127.0.0.1:0").unwrap();
    fs::write(workspace.site("one").join("late.js"), LATE).unwrap();
    fs::write(workspace.site("one").join("control"), control.local_addr().unwrap().port().to_string()).unwrap();
    (workspace, control)
}

fn starts(workspace: &TestWorkspace, count: usize) -> Vec<Child> {
    (0..count).map(|_| workspace.start(&["preview", "start", "one"])).collect()
}

/// The addresses that all of them print; each must end well.
fn addresses(children: Vec<Child>) -> Vec<Value> {
    let ended = children.into_iter().map(|child| child.wait_with_output().unwrap());
    ended
        .map(|output| {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice::<Value>(&output.stdout).unwrap()["address"].clone()
        })
        .collect()
}

fn pids(workspace: &TestWorkspace) -> Vec<u64> {
    let text = fs::read_to_string(workspace.root.join("demos/one/pids")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

fn is_starting(workspace: &TestWorkspace) -> bool {
    workspace.json(&["preview", "show", "one"])["state"] == "starting"
}

/// Waits until the command runs: its connection.
fn accepted(control: &TcpListener) -> TcpStream {
    control.accept().unwrap().0
}

#[test]
fn a_start_that_is_under_way_is_joined() {
    let (workspace, control) = late();
    let _stopped = Stopped(&workspace, &["one"]);
    let first = workspace.start(&["preview", "start", "one", "--trust-command"]);
    let held = accepted(&control);
    until("it starts", || is_starting(&workspace));
    let more = starts(&workspace, 4);
    // The processes of the others ended once they knew that it is being started: one is left, which serves it.
    let serving = || {
        let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u64>().ok());
        let root = workspace.root.to_str().unwrap();
        let is_of = |pid: &u64| {
            let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.contains(root) && line.contains("__preview")
        };
        processes.filter(is_of).count()
    };
    until("the others wait", || serving() == 1);
    drop(held);
    let all = addresses(std::iter::once(first).chain(more).collect());
    assert!(all[0].is_string() && all.iter().all(|address| *address == all[0]), "{all:?}");
    // The command and its child, which may still be about to start.
    until("the tree is complete", || pids(&workspace).len() >= 2);
    assert_eq!(pids(&workspace).len(), 2, "one command ran");
    let port = u16::try_from(workspace.json(&["preview", "show", "one"])["port"].as_u64().unwrap()).unwrap();
    assert_eq!(get(port, "/").text(), "late");
    // Its end is the end of the tree, which does not mind SIGTERM.
    assert_eq!(workspace.json(&["preview", "stop", "one"])["state"], "stopped");
    assert!(pids(&workspace).iter().all(|pid| !is_alive(*pid)) && !is_open(port));
}

/// Waits for the preview that is starting, on a thread of its own; returns once it waits.
fn joined(app: &App, demo: Uuid) -> std::thread::JoinHandle<backlot::error::Result<Preview>> {
    let (waits, heard) = std::sync::mpsc::channel();
    let app = app.clone();
    let joined = std::thread::spawn(move || app.join_preview(demo, &Cancel::new(), |line| drop(waits.send(line.to_owned()))));
    // How far it is: what its command said last.
    while heard.recv_timeout(PATIENCE).unwrap() != "compiling" {}
    joined
}

#[test]
fn whoever_waits_for_a_start_hears_why_it_failed_or_was_stopped() {
    let (workspace, control) = late();
    let _stopped = Stopped(&workspace, &["one"]);
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let first = workspace.start(&["preview", "start", "one", "--trust-command"]);
    let held = accepted(&control);
    until("it starts", || is_starting(&workspace));
    let second = joined(&app, demo);
    let command = record(&workspace, "one").unwrap()["tree"]["command"]["pid"].as_u64().unwrap();
    signal(command, "-KILL");
    let output = first.wait_with_output().unwrap();
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["message"].as_str().unwrap().contains("signal 9"), "{error}");
    assert!(second.join().unwrap().unwrap_err().message.contains("signal 9"));
    drop(held);
    let first = workspace.start(&["preview", "start", "one"]);
    let _held = accepted(&control);
    until("it starts", || is_starting(&workspace));
    let second = joined(&app, demo);
    workspace.json(&["preview", "stop", "one"]);
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(1));
    assert_eq!(second.join().unwrap().unwrap_err().code, Code::Cancelled);
    assert!(pids(&workspace).iter().all(|pid| !is_alive(*pid)));
    assert!(record(&workspace, "one").is_none());
    app.close();
}

#[test]
fn a_start_that_is_cancelled_leaves_nothing_running() {
    let (workspace, control) = late();
    let _stopped = Stopped(&workspace, &["one"]);
    let first = workspace.start(&["preview", "start", "one", "--trust-command"]);
    let _held = accepted(&control);
    until("it starts", || is_starting(&workspace));
    signal(u64::from(first.id()), "-TERM");
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(1));
    assert!(pids(&workspace).iter().all(|pid| !is_alive(*pid)));
    assert!(record(&workspace, "one").is_none());
}

#[test]
fn many_who_start_a_preview_that_failed_get_one_preview() {
    let (workspace, control) = late();
    let _stopped = Stopped(&workspace, &["one"]);
    let site = workspace.site("one");
    fs::write(site.join("fail"), "").unwrap();
    assert_eq!(workspace.refused(&["preview", "start", "one", "--trust-command"])["code"], "CommandFailed");
    assert_eq!(workspace.json(&["preview", "show", "one"])["state"], "failed");
    fs::remove_file(site.join("fail")).unwrap();
    let children = starts(&workspace, 6);
    drop(accepted(&control));
    let all = addresses(children);
    assert!(all[0].is_string() && all.iter().all(|address| *address == all[0]), "{all:?}");
}

#[test]
fn many_who_start_a_preview_that_has_nothing_to_show_get_one_preview() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    // It goes away once it was found and asked again, as long as a file says so.
    let script = "const fs = require('node:fs');
let count = 0;
const server = require('node:http').createServer((request, response) => {
  response.end('site');
  count += 1;
  if (count > 1 && fs.existsSync('twice')) setImmediate(() => server.close());
});
server.listen(Number(process.env.PORT), '127.0.0.1');
setInterval(() => {}, 1000);
process.on('SIGTERM', () => {});";
    fs::write(workspace.site("one").join("leaving.js"), script).unwrap();
    fs::write(workspace.site("one").join("twice"), "").unwrap();
    fs::write(workspace.site("one").join("backlot.json"), json!({"preview": {"command": ["node", "leaving.js"]}}).to_string()).unwrap();
    assert_eq!(workspace.json(&["preview", "start", "one", "--trust-command"])["state"], "running");
    until("it is silent", || workspace.json(&["preview", "show", "one"])["state"] == "failed");
    fs::remove_file(workspace.site("one").join("twice")).unwrap();
    let all = addresses(starts(&workspace, 6));
    assert!(all[0].is_string() && all.iter().all(|address| *address == all[0]), "{all:?}");
}
