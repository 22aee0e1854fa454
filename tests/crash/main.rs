//! The promises about creations, proved by killing the real program.
//!
//! Each test kills at a known moment: before the N-th system call of one kind, for N = 1, 2, 3 … until the program gets
//! through (`SQLite` tests its commits so). strace does the killing and counts each kind of call by itself. A short form
//! runs always; `BACKLOT_TORTURE=1` runs every single moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use support::{BACKLOT, SilentHost, TestWorkspace};

/// The calls that change something, or make a change durable, and every how many of them a run is killed in the short form.
const CALLS: [(&str, usize); 9] = [
    ("renameat2", 1),
    ("rename", 1),
    ("fsync", 1),
    ("mkdir", 3),
    ("unlink", 2),
    ("write", 3),
    ("openat", 12),
    ("flock", 6),
    ("link,linkat", 1),
];

/// Runs the CLI and kills it as it is about to make the `nth` call of one kind.
fn run_killed(workspace: &TestWorkspace, call: &str, nth: usize, arguments: &[&str]) -> Output {
    let mut command = Command::new("strace");
    command.args(["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=SIGKILL:when={nth}")]);
    command.arg(BACKLOT).arg("--workspace").arg(&workspace.root).arg("--json").args(arguments);
    command.output().expect("strace is installed: `cargo xtask setup` does it")
}

fn was_killed(output: &Output) -> bool {
    output.status.signal() == Some(9) || output.status.code() == Some(137)
}

/// For moment after moment: calls `before` with a fresh name, kills `arguments` (with that name for `{}`), calls `check`.
fn at_every_moment(workspace: &TestWorkspace, arguments: &[&str], before: impl Fn(&str), check: impl Fn(&str)) {
    let every = std::env::var_os("BACKLOT_TORTURE").is_some();
    let mut kills = 0;
    for (call, stride) in CALLS {
        let stride = if every { 1 } else { stride };
        for nth in (1..).step_by(stride) {
            let name = format!("{}-{nth}", call.replace([',', '_'], "-"));
            let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace("{}", &name)).collect();
            before(&name);
            let output = run_killed(workspace, call, nth, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
            let killed = was_killed(&output);
            assert!(killed || output.status.success(), "{call} {nth}: {}", String::from_utf8_lossy(&output.stderr));
            check(&name);
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 10, "only {kills} runs were killed: the moments are not the ones that matter");
}

fn demo_is_whole_or_absent(workspace: &TestWorkspace, slug: &str) {
    if workspace.root.join("demos").join(slug).exists() {
        assert!(workspace.root.join("demos").join(slug).join("demo.json").is_file(), "{slug} is half there");
        workspace.assert_pristine(slug);
    }
}

#[test]
fn a_creation_killed_at_any_moment_leaves_a_whole_demo_or_none_and_can_be_retried() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one"), ("dir/b.txt", "two")]);
    let template = source.to_str().unwrap();
    workspace.json(&["template", "add", template]);
    let create = ["demo", "create", "{}", "--template", template, "--request-id", "r-{}"];
    at_every_moment(
        &workspace,
        &create,
        |_| (),
        |slug| {
            demo_is_whole_or_absent(&workspace, slug);
            // The next start settles what was left.
            let listed = workspace.json(&["demo", "list", "--search", slug]);
            assert_eq!(workspace.names(".staging"), [""; 0]);
            assert_eq!(workspace.names("state/.tmp"), [""; 0]);
            let state = listed
                .as_array()
                .unwrap()
                .iter()
                .find(|demo| demo["slug"] == slug)
                .map(|demo| demo["status"]["state"].as_str().unwrap().to_owned());
            match state.as_deref() {
                Some("ready") => {}
                Some("interrupted") => drop(workspace.json(&["demo", "retry", slug])),
                // It was killed before it had said a word about it.
                None => drop(workspace.json(&["demo", "create", slug, "--template", template])),
                other => panic!("{slug} is {other:?}"),
            }
            workspace.assert_pristine(slug);
            // The same request gives the same demo, whatever happened in between.
            if state.is_some() {
                let again = workspace.json(&["demo", "create", slug, "--template", template, "--request-id", &format!("r-{slug}")]);
                assert_eq!(again["id"], workspace.json(&["demo", "show", slug])["id"]);
            }
            workspace.json(&["demo", "delete", slug]);
            workspace.json(&["demo", "purge", slug]);
        },
    );
}

#[test]
fn a_template_whose_first_fetch_is_killed_at_any_moment_is_whole_or_absent() {
    let workspace = TestWorkspace::new();
    let folder = workspace.beside("sources");
    let make = |name: &str| drop(workspace.repository(&format!("sources/{name}"), &[("a.txt", name)]));
    at_every_moment(&workspace, &["template", "add", &format!("{}/{{}}", folder.display())], make, |name| {
        let keys = workspace.json(&["template", "list"]);
        let is_listed = keys.as_array().unwrap().iter().any(|template| template["key"] == name);
        assert_eq!(workspace.names("templates").contains(&name.to_owned()), is_listed, "{name} is half there");
        assert_eq!(workspace.names(".staging"), [""; 0]);
        workspace.json(&["template", "add", folder.join(name).to_str().unwrap()]);
        workspace.json(&["demo", "create", name, "--template", name]);
        workspace.assert_pristine(name);
    });
}

#[test]
fn deleting_and_restoring_killed_at_any_moment_loses_nothing() {
    for (verb, other) in [("delete", "restore"), ("restore", "delete")] {
        let workspace = TestWorkspace::new();
        let id = workspace.json(&["demo", "create", "kept", "--template", "bakery"])["id"].clone();
        let everywhere = || {
            let lists = [workspace.json(&["demo", "list"]), workspace.json(&["demo", "list", "--trash"])];
            lists.iter().flat_map(|listed| listed.as_array().unwrap().clone()).collect::<Vec<_>>()
        };
        let begin = |_: &str| {
            let is_trashed = everywhere()[0]["status"]["state"] == "trashed";
            if is_trashed == (verb == "delete") {
                workspace.json(&["demo", other, "kept"]);
            }
        };
        at_every_moment(&workspace, &["demo", verb, "kept"], begin, |_| {
            let everywhere = everywhere();
            assert_eq!(everywhere.len(), 1, "{everywhere:?}");
            assert_eq!(everywhere[0]["id"], id);
        });
        if everywhere()[0]["status"]["state"] == "trashed" {
            workspace.json(&["demo", "restore", "kept"]);
        }
        workspace.assert_pristine("kept");
    }
}

#[test]
fn a_killed_worker_is_a_failed_creation_without_leftovers() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let child = workspace.start(&["demo", "create", "one", "--template", &host.url()]);
    let _connection = host.connected();
    let workers = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
    for worker in workers.split_whitespace() {
        assert!(Command::new("kill").args(["-9", worker]).status().unwrap().success());
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stderr).unwrap()["code"], "Git");
    assert_eq!((workspace.state("one"), workspace.names(".staging")), ("failed".to_owned(), vec![]));
}

#[test]
fn a_worker_does_not_outlive_its_parent() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let mut child = workspace.start(&["demo", "create", "one", "--template", &host.url()]);
    let mut connection = host.connected();
    child.kill().unwrap();
    child.wait().unwrap();
    // Its connection ends with it: reading past what it said gives the end of the stream.
    connection.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    std::io::copy(&mut connection, &mut std::io::sink()).expect("the worker hangs up");
}
