//! Previews over real sockets, by real processes.

mod built;
mod command;
#[cfg(unix)]
mod generators;
mod guard;
mod http;
mod life;
mod live;
mod moves;
mod origins;
mod others;
mod painted;
mod portraits;
mod relay;
mod rendered;
mod serving;
mod starter;
mod starts;

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::TestWorkspace;

/// A site of files, as a demo `one`.
const SITE: &[(&str, &str)] = &[
    ("index.html", "<!doctype html><link rel=\"stylesheet\" href=\"/assets/site.css\"><body><h1>Home</h1></body>"),
    ("about.html", "<body>About</body>"),
    ("blog/index.html", "<body>Blog</body>"),
    ("assets/site.css", "body { color: red }"),
    ("assets/a.js", "1"),
    ("assets/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
    ("assets/unknown.zzz", "<html>"),
    ("downloads/readme", "no ending"),
];

/// A workspace with the demo `one` of that site.
fn workspace(site: &[(&str, &str)]) -> TestWorkspace {
    let workspace = TestWorkspace::new();
    workspace.share_previews();
    let source = workspace.repository("source", site);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    workspace
}

/// Starts the preview of a demo in the background; gives its port.
fn start(workspace: &TestWorkspace, demo: &str) -> u16 {
    let preview = workspace.json(&["preview", "start", demo]);
    assert_eq!(preview["state"], "running", "{preview}");
    u16::try_from(preview["port"].as_u64().unwrap()).unwrap()
}

/// Ends whatever a test leaves, by the workspace's own means.
struct Stopped<'a>(&'a TestWorkspace, &'a [&'a str]);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        for demo in self.1 {
            let _ = self.0.run(&["preview", "stop", demo]);
        }
    }
}

/// The record of a demo's preview, if there is one.
fn record(workspace: &TestWorkspace, demo: &str) -> Option<Value> {
    let id = workspace.json(&["demo", "show", demo])["id"].as_str().unwrap().to_owned();
    serde_json::from_slice(&fs::read(workspace.root.join("state/previews").join(format!("{id}.json"))).ok()?).ok()
}

/// Sends a process a signal.
fn signal(pid: u64, name: &str) {
    let known = [("-KILL", Signal::KILL), ("-STOP", Signal::STOP), ("-TERM", Signal::TERM), ("-CONT", Signal::CONT)];
    let (_, signal) = known.into_iter().find(|(known, _)| *known == name).expect("a signal that tests send");
    crate::support::signal(pid.try_into().unwrap(), signal);
}

/// Whether a process still runs; one that ended and is not yet collected does not.
fn is_alive(pid: u64) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}
