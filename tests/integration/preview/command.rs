//! A site's own dev command: never before it is trusted, and never after it is stopped.

use std::fs;
use std::time::{Duration, Instant};

use backlot::app::{Change, StartPreview};
use backlot::preview::model::{Decision, Kind, State};
use serde_json::{Value, json};

use super::http::{get, is_open, own_address, port_of, until};
use super::{Stopped, is_alive, record, signal, workspace};
use crate::support::{TestWorkspace, commit, open};

/// A dev server as they are: a grandchild in its own session, one that was forked twice, one that does not mind SIGTERM.
const SERVER: &str = r#"
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const mode = process.argv[2] ?? 'serve';
const note = () => fs.appendFileSync('../pids', process.pid + '\n');
note();
if (mode === 'child') {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
} else if (mode === 'parent') {
  // Gone at once: its child belongs to nobody.
  spawn(process.execPath, [__filename, 'child'], { detached: true, stdio: 'ignore' }).unref();
} else if (mode === 'serve') {
  spawn(process.execPath, [__filename, 'child'], { detached: true, stdio: 'ignore' }).unref();
  spawn(process.execPath, [__filename, 'parent'], { detached: true, stdio: 'ignore' }).unref();
  spawn(process.execPath, [__filename, 'child'], { stdio: 'inherit' });
  const port = Number(process.env.OWN_PORT ?? process.env.PORT);
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/crash') { console.error('\u001b[31mBoom: the last words\u001b[0m'); process.exit(3); }
    response.end(`dev ${request.url} browser=${process.env.BROWSER} host=${request.headers.host}`);
  });
  server.listen(port, process.env.OWN_HOST ?? '127.0.0.1', () => {
    console.log(`\u001b[32m➜\u001b[39m  Local: http://localhost:\u001b[1m${server.address().port}\u001b[22m/`);
  });
} else if (mode === 'crash') {
  console.log('starting');
  console.error('Error: cannot find module "vite"');
  process.exit(1);
}
"#;

const PACKAGE: &str = r#"{"scripts":{"dev":"node server.js"}}"#;

pub fn site(extra: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut files =
        vec![("index.html", "<body>As a file</body>"), ("server.js", SERVER), ("package.json", PACKAGE), ("package-lock.json", "{}")];
    files.retain(|(name, _)| !extra.iter().any(|(other, _)| other == name));
    files.extend(extra);
    files
}

/// The command without npm, whose own start is slow.
pub const DIRECT: (&str, &str) = ("backlot.json", r#"{"preview":{"command":["node","server.js"]}}"#);

/// The processes that the server started, itself first, once there are so many.
fn pids(workspace: &TestWorkspace, count: usize) -> Vec<u64> {
    let path = workspace.root.join("demos/one/pids");
    let read = || fs::read_to_string(&path).unwrap_or_default().lines().filter_map(|line| line.parse().ok()).collect::<Vec<u64>>();
    until("the tree is complete", || read().len() >= count);
    read()
}

pub fn start_trusted(workspace: &TestWorkspace) -> u16 {
    let preview = workspace.json(&["preview", "start", "one", "--trust-command"]);
    assert_eq!((preview["state"].as_str(), preview["kind"].as_str()), (Some("running"), Some("command")), "{preview}");
    port_of(preview["address"].as_str().unwrap())
}

fn all_gone(pids: &[u64]) {
    for pid in pids {
        until(&format!("process {pid} is gone"), || !is_alive(*pid));
    }
}

#[test]
fn nothing_runs_before_it_is_trusted_and_the_decision_is_remembered() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let refused = workspace.refused(&["preview", "start", "one"]);
    assert_eq!(refused["code"], "NotTrusted");
    assert!(refused["message"].as_str().unwrap().contains("npm run dev"), "{refused}");
    let offer = workspace.json(&["preview", "command", "one"]);
    let demo = workspace.json(&["demo", "show", "one"]);
    assert_eq!(
        (&offer["command"], &offer["scripts"]),
        (&json!(["npm", "run", "dev"]), &json!([{"name": "dev", "line": "node server.js"}]))
    );
    assert_eq!((&offer["commit"], offer["lockfile"]["name"].as_str()), (&demo["template"]["commit"], Some("package-lock.json")));
    assert_eq!((offer["decision"].as_str(), offer["lockfile"]["hash"].as_str().unwrap().len()), (Some("undecided"), 64));
    assert!(!workspace.root.join("demos/one/pids").exists(), "nothing has run");
    // Staying without it is remembered.
    let restricted = workspace.json(&["preview", "start", "one", "--restricted"]);
    assert_eq!((restricted["kind"].as_str(), restricted["state"].as_str()), (Some("files"), Some("running")));
    workspace.json(&["preview", "stop", "one"]);
    let again = workspace.json(&["preview", "start", "one"]);
    assert_eq!(again["kind"], "files");
    assert!(get(port_of(again["address"].as_str().unwrap()), "/").text().contains("As a file"));
    workspace.json(&["preview", "stop", "one"]);
    assert!(!workspace.root.join("demos/one/pids").exists(), "nothing has run");
    // Anything that was shown and is different asks again.
    let site = workspace.site("one");
    for (file, text, part) in
        [("package.json", r#"{"scripts":{"dev":"node server.js crash"}}"#, "scripts"), ("package-lock.json", "{ }", "lockfile")]
    {
        let before = fs::read(site.join(file)).unwrap();
        fs::write(site.join(file), text).unwrap();
        assert_eq!(workspace.refused(&["preview", "start", "one"])["code"], "NotTrusted", "{file}");
        assert_eq!(workspace.json(&["preview", "command", "one"])["changed"], json!([part]));
        fs::write(site.join(file), before).unwrap();
        assert_eq!(workspace.json(&["preview", "command", "one"])["decision"], "restricted");
    }
}

#[test]
fn another_commit_of_the_site_asks_again_also_when_nothing_that_was_shown_is_different() {
    let workspace = workspace(&site(&[("vite.config.js", "export default {}")]));
    let _stopped = Stopped(&workspace, &["one"]);
    workspace.json(&["preview", "start", "one", "--restricted"]);
    workspace.json(&["preview", "stop", "one"]);
    commit(&workspace.site("one"), &[("vite.config.js", "import 'evil'")], "As a pull brings it");
    assert_eq!(workspace.refused(&["preview", "start", "one"])["code"], "NotTrusted");
    let offer = workspace.json(&["preview", "command", "one"]);
    assert_eq!((offer["decision"].as_str(), &offer["changed"]), (Some("undecided"), &json!(["commit"])));
    assert_ne!(offer["commit"], workspace.json(&["demo", "show", "one"])["template"]["commit"]);
}

#[test]
fn what_is_decided_is_what_was_shown() {
    let workspace = workspace(&site(&[DIRECT]));
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let shown = app.preview_offer(demo).unwrap().unwrap();
    fs::write(workspace.site("one").join("backlot.json"), r#"{"preview":{"command":["node","evil.js"]}}"#).unwrap();
    let refused = app.decide_preview(demo, &shown.key, Decision::Trusted).unwrap_err();
    assert_eq!(refused.code, backlot::error::Code::Conflict);
    assert_eq!(app.start_preview(demo, StartPreview::default()).unwrap_err().code, backlot::error::Code::NotTrusted);
    app.close();
}

#[test]
fn a_trusted_command_is_found_at_its_address_and_ended_with_its_whole_tree() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start_trusted(&workspace);
    let page = get(port, "/x").text();
    assert!(page.contains("dev /x browser=none"), "{page}");
    let pids = pids(&workspace, 5);
    let log = workspace.json(&["preview", "log", "one"]);
    let text = log["text"].as_str().unwrap();
    assert!(text.starts_with("$ npm run dev\n") && text.contains(&format!("➜  Local: http://localhost:{port}/\n")), "{text}");
    // Its server of our own shows the way.
    let own = u16::try_from(record(&workspace, "one").unwrap()["port"].as_u64().unwrap()).unwrap();
    let way = get(own, "/about?a=b");
    let address = own_address(&workspace, port);
    assert_eq!((way.status, way.header("location")), (302, Some(format!("{address}/about?a=b").as_str())));
    assert_eq!(workspace.json(&["preview", "list"])[0]["address"], address);
    let living: Vec<u64> = pids.iter().copied().filter(|pid| is_alive(*pid)).collect();
    assert!(living.len() >= 4, "the server, and what it left in sessions of their own: {living:?} of {pids:?}");
    let begun = Instant::now();
    assert_eq!(workspace.json(&["preview", "stop", "one"])["state"], "stopped");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(living.iter().all(|pid| !is_alive(*pid)), "nothing of the tree is left when stopping returns");
    assert!(!is_open(port) && !is_open(own) && record(&workspace, "one").is_none());
    assert_eq!(workspace.json(&["preview", "log", "one"])["text"], log["text"], "what it said stays");
    assert_eq!(workspace.json(&["preview", "start", "one"])["kind"], "command", "trust is remembered");
}

#[test]
fn a_command_that_crashes_is_explained_with_its_last_words() {
    let workspace = workspace(&site(&[("backlot.json", r#"{"preview":{"command":["node","server.js","crash"]}}"#)]));
    let failed = workspace.refused(&["preview", "start", "one", "--trust-command"]);
    assert_eq!(failed["code"], "CommandFailed");
    let message = failed["message"].as_str().unwrap();
    assert!(message.contains("“node server.js crash” ended with status 1") && message.contains("cannot find module \"vite\""), "{message}");
    let shown = workspace.json(&["preview", "show", "one"]);
    assert_eq!((&shown["state"], &shown["error"]), (&json!("failed"), &failed));
    assert_eq!(workspace.json(&["preview", "list"])[0]["state"], "failed");
    assert_eq!(workspace.json(&["preview", "stop", "one"])["state"], "stopped", "which puts it away");
    assert_eq!(workspace.json(&["preview", "list"]), json!([]));
}

#[test]
fn a_command_that_crashes_later_is_noticed_by_the_app_with_what_it_said() {
    let workspace = workspace(&site(&[DIRECT]));
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let events = app.subscribe();
    let offer = app.preview_offer(demo).unwrap().unwrap();
    app.decide_preview(demo, &offer.key, Decision::Trusted).unwrap();
    let begun = app.start_preview(demo, StartPreview::default()).unwrap();
    assert_eq!((begun.kind, begun.state.name()), (Some(Kind::Command), "starting"), "it is not said to run before it answers");
    let mut said = String::new();
    let mut next = || loop {
        match events.recv_timeout(super::http::PATIENCE).unwrap().body {
            Change::PreviewChanged { preview } => return (preview, said.clone()),
            Change::PreviewSaid { text, .. } => said += &text,
            _ => {}
        }
    };
    let mut preview = next().0;
    while preview.state.name() == "starting" {
        preview = next().0;
    }
    let port = port_of(preview.address().unwrap());
    let pids = pids(&workspace, 5);
    let _ = super::http::try_ask(port, "GET", "/crash", &[]);
    let (failed, said) = next();
    let State::Failed { error } = &failed.state else { panic!("{failed:?}") };
    assert!(error.message.contains("ended with status 3") && error.message.contains("Boom: the last words"), "{}", error.message);
    assert!(said.contains("Boom: the last words\n") && !said.contains('\u{1b}'), "{said}");
    all_gone(&pids);
    assert_eq!(app.preview(demo), failed);
    let again = app.start_preview(demo, StartPreview::default()).unwrap();
    assert_eq!(again.state.name(), "starting");
    app.stop_preview(demo).unwrap();
    app.close();
}

#[test]
fn closing_the_app_ends_every_tree_in_time() {
    let workspace = workspace(&site(&[DIRECT]));
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let offer = app.preview_offer(demo).unwrap().unwrap();
    app.decide_preview(demo, &offer.key, Decision::Trusted).unwrap();
    app.start_preview(demo, StartPreview::default()).unwrap();
    let pids = pids(&workspace, 5);
    let begun = Instant::now();
    app.close();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
    assert!(record(&workspace, "one").is_none());
}

#[test]
fn a_tree_ends_with_the_process_that_started_it() {
    let workspace = workspace(&site(&[DIRECT]));
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start_trusted(&workspace);
    let pids = pids(&workspace, 5);
    let owner = record(&workspace, "one").unwrap()["owner"]["pid"].as_u64().unwrap();
    signal(owner, "-KILL");
    all_gone(&pids);
    until("the port is free", || !is_open(port));
    assert_eq!(workspace.json(&["preview", "list"]), json!([]));
}

#[test]
fn what_outlives_even_its_keeper_is_ended_at_the_next_start() {
    let workspace = workspace(&site(&[DIRECT]));
    let _stopped = Stopped(&workspace, &["one"]);
    start_trusted(&workspace);
    let pids = pids(&workspace, 5);
    kill_with_keeper(&workspace);
    assert!(pids.iter().filter(|pid| is_alive(**pid)).count() >= 3, "the tree goes on by itself");
    // Any command of ours is the next start.
    until("the next start has settled it", || record(&workspace, "one").is_none());
    all_gone(&pids);
    assert!(start_trusted(&workspace) > 0);
}

#[test]
fn a_command_that_cleared_its_environment_is_ended_at_the_next_start_as_well() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let path = format!("PATH={}", std::env::var("PATH").unwrap());
    // Two layers of it: what the command starts has no mark either.
    let inner = format!(
        "require('node:child_process').spawn(process.execPath, ['server.js'], {{ stdio: 'inherit', env: {{ OWN_PORT: '{port}' }} }})"
    );
    let command = json!({"preview": {"command": ["env", "-i", path, "node", "-e", inner]}}).to_string();
    fs::write(workspace.site("one").join("backlot.json"), command).unwrap();
    fs::write(workspace.site("one").join("server.js"), UNMARKED).unwrap();
    assert_eq!(start_trusted(&workspace), port);
    let pids = pids(&workspace, 2);
    kill_with_keeper(&workspace);
    assert!(pids.iter().all(|pid| is_alive(*pid)) && is_open(port), "it goes on by itself");
    until("the next start has settled it", || record(&workspace, "one").is_none());
    all_gone(&pids);
    assert!(!is_open(port));
}

/// A dev server with a child in a session of its own.
const UNMARKED: &str = r"
const note = (pid) => require('node:fs').appendFileSync('../pids', pid + '\n');
const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore', env: {} });
note(process.pid);
note(child.pid);
require('node:http').createServer((request, response) => response.end('unmarked')).listen(Number(process.env.OWN_PORT), '127.0.0.1', () => {
  console.log('http://127.0.0.1:' + process.env.OWN_PORT);
});
";

/// Kills the process of the preview of `one` and the keeper of its command, so that nobody is left who would end that.
fn kill_with_keeper(workspace: &TestWorkspace) {
    let record = record(workspace, "one").unwrap();
    let owner = record["owner"]["pid"].as_u64().unwrap();
    let command = record["tree"]["command"]["pid"].as_u64().unwrap();
    let keeper = fs::read_to_string(format!("/proc/{command}/stat")).unwrap();
    let keeper: u64 = keeper.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    // Stopped first, so that neither can do anything about the other's end.
    signal(owner, "-STOP");
    signal(keeper, "-KILL");
    signal(owner, "-KILL");
    until("both are dead", || !is_alive(owner) && !is_alive(keeper));
}

#[test]
fn a_server_at_a_port_of_its_own_or_on_another_loopback_is_found() {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let command = |port: u16, host: &str| {
        json!({"preview": {"command": ["env", format!("OWN_PORT={port}"), format!("OWN_HOST={host}"), "node", "server.js"]}}).to_string()
    };
    let workspace = workspace(&site(&[DIRECT]));
    let _stopped = Stopped(&workspace, &["one"]);
    let own = free();
    fs::write(workspace.site("one").join("backlot.json"), command(own, "127.0.0.1")).unwrap();
    assert_eq!(start_trusted(&workspace), own, "it did not take the port that it was given");
    workspace.json(&["preview", "stop", "one"]);
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let own = free();
    fs::write(workspace.site("one").join("backlot.json"), command(own, "::1")).unwrap();
    let port = start_trusted(&workspace);
    assert!(
        get(port, "/six").text().contains(&format!("dev /six browser=none host=127.0.0.1:{port}")),
        "passed on from where a frame may show it"
    );
    workspace.json(&["preview", "stop", "one"]);
    assert!(!is_open(port));
}

/// Somebody who answers `other` at a port of 127.0.0.1.
fn other() -> u16 {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in other.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nother\n");
        }
    });
    taken
}

#[test]
fn somebody_else_at_the_same_port_of_another_loopback_is_not_taken_for_the_site() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let port = other();
    let workspace = workspace(&site(&[]));
    let command = ["env".to_owned(), format!("OWN_PORT={port}"), "OWN_HOST=::1".to_owned(), "node".to_owned(), "server.js".to_owned()];
    fs::write(workspace.site("one").join("backlot.json"), json!({"preview": {"command": command}}).to_string()).unwrap();
    let _stopped = Stopped(&workspace, &["one"]);
    let shown = start_trusted(&workspace);
    assert_ne!(shown, port);
    assert!(get(shown, "/").text().contains("dev / "));
}

#[test]
fn a_secure_server_is_named_by_its_number_where_its_name_leads_to_somebody_else_as_well() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    // What speaks https is not spoken with: that somebody listens is enough.
    let server =
        |port: u16| format!("require('node:net').createServer().listen({port}, '::1', () => console.log('https://localhost:{port}/'))");
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (port, host) in [(free, "localhost"), (other(), "[::1]")] {
        let command = json!({"preview": {"command": ["node", "-e", server(port)]}}).to_string();
        fs::write(workspace.site("one").join("backlot.json"), command).unwrap();
        let preview = workspace.json(&["preview", "start", "one", "--trust-command"]);
        assert_eq!(preview["address"], format!("https://{host}:{port}"));
        workspace.json(&["preview", "stop", "one"]);
    }
}

#[test]
fn somebody_who_was_taken_for_the_site_gives_way_to_its_own_server() {
    // A port that was printed and is not of the tree, as that of a container; its own server begins once it hears so.
    let taken = other();
    let signal = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let late = format!(
        "console.log('http://localhost:{taken}/'); require('node:net').connect({}, '127.0.0.1').on('close', () => require('./server.js')).resume();",
        signal.local_addr().unwrap().port()
    );
    let workspace = workspace(&site(&[("backlot.json", r#"{"preview":{"command":["node","late.js"]}}"#)]));
    fs::write(workspace.site("one").join("late.js"), late).unwrap();
    let _stopped = Stopped(&workspace, &["one"]);
    assert_eq!(start_trusted(&workspace), taken);
    drop(signal.accept().unwrap());
    let shown = || port_of(workspace.json(&["preview", "list"])[0]["address"].as_str().unwrap());
    until("its own server is shown", || shown() != taken);
    assert!(get(shown(), "/").text().contains("dev / "));
}

#[test]
fn somebody_else_at_a_port_that_was_printed_is_not_taken_for_the_site() {
    let taken = other();
    let script = format!("console.log('http://localhost:{taken} is in use, trying another one'); require('./server.js')");
    let workspace = workspace(&site(&[("backlot.json", r#"{"preview":{"command":["node","-r","./print.js","server.js"]}}"#)]));
    fs::write(workspace.site("one").join("print.js"), script.replace("require('./server.js')", "")).unwrap();
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start_trusted(&workspace);
    assert_ne!(port, taken);
    assert!(get(port, "/").text().contains("dev /"));
}

#[test]
fn a_program_that_is_not_there_is_named_and_a_port_can_be_given() {
    let workspace = workspace(&site(&[("backlot.json", r#"{"preview":{"command":["no-such-program-at-all"]}}"#)]));
    let _stopped = Stopped(&workspace, &["one"]);
    let failed: Value = workspace.refused(&["preview", "start", "one", "--trust-command"]);
    assert_eq!(failed["code"], "NotFound");
    assert!(failed["message"].as_str().unwrap().contains("no-such-program-at-all"), "{failed}");
    assert_eq!(workspace.json(&["preview", "list"]), json!([]));
    fs::write(workspace.site("one").join("backlot.json"), DIRECT.1).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let preview = workspace.json(&["preview", "start", "one", "--trust-command", "--port", &port.to_string()]);
    assert_eq!(preview["address"], own_address(&workspace, port));
}
