//! Locks: a dead holder frees them at once, a stopped one is named, and nobody steals (G1, G7).

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::moments::CALLS;
use crate::support::{BACKLOT, TestWorkspace, signal};

fn with_media() -> (TestWorkspace, Vec<String>) {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", "saas"]);
    let listed = workspace.json(&["media", "list", "one"]);
    let ids = listed["files"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    (workspace, ids)
}

fn alt(workspace: &TestWorkspace, id: &str) -> String {
    let listed = workspace.json(&["media", "list", "one"]);
    let item = listed["files"].as_array().unwrap().iter().find(|item| item["id"] == id).unwrap().clone();
    item["metadata"]["alt"].as_str().unwrap().to_owned()
}

/// An update that stops, by SIGSTOP, with the demo's lock in hand: its temp is synced and not renamed yet. Gives strace and the stopped process.
fn stopped_holder(workspace: &TestWorkspace, id: &str) -> (Child, String) {
    let mut command = Command::new("strace");
    command.args(["-e", "trace=fsync", "-e", "inject=fsync:signal=SIGSTOP:when=1", BACKLOT, "--workspace"]);
    command.arg(&workspace.root).args(["media", "set", "one", id, "--alt", "by the stopped one"]);
    let mut strace = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("strace is installed");
    // strace says so on its error output when the process has stopped.
    let told = BufReader::new(strace.stderr.take().unwrap()).lines().map_while(Result::ok).find(|line| line.contains("stopped by SIGSTOP"));
    assert!(told.is_some(), "it stopped");
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", strace.id())).unwrap();
    (strace, children.split_whitespace().next().expect("the stopped process").to_owned())
}

#[test]
fn a_stopped_holder_is_named_as_stopped_and_goes_on_where_it_was() {
    let (workspace, ids) = with_media();
    let (mut strace, pid) = stopped_holder(&workspace, &ids[0]);
    let refused = workspace.refused(&["media", "set", "one", &ids[1], "--alt", "x"]);
    assert_eq!(refused["code"], "Locked");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(&pid) && message.contains("stopped") && message.contains("change a media item"), "{message}");
    // Readers are not kept waiting.
    assert_ne!(alt(&workspace, &ids[0]), "by the stopped one");
    signal(pid.parse().unwrap(), Signal::CONT);
    strace.wait().unwrap();
    assert_eq!(alt(&workspace, &ids[0]), "by the stopped one");
}

/// An old process that still writes while its successor has begun: the successor waits, and both are there.
#[test]
fn a_successor_waits_for_the_old_process_and_nothing_is_lost() {
    let (workspace, ids) = with_media();
    let (mut strace, pid) = stopped_holder(&workspace, &ids[0]);
    let file = workspace.beside("new.txt");
    fs::write(&file, "new").unwrap();
    let successors = [
        workspace.start(&["media", "set", "one", &ids[0], "--title", "by the successor"]),
        workspace.start(&["media", "set", "one", &ids[1], "--alt", "by the successor"]),
        workspace.start(&["media", "add", "one", file.to_str().unwrap()]),
    ];
    signal(pid.parse().unwrap(), Signal::CONT);
    strace.wait().unwrap();
    for successor in successors {
        let output = successor.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let listed = workspace.json(&["media", "list", "one"]);
    let files = listed["files"].as_array().unwrap();
    let first = files.iter().find(|item| item["id"] == ids[0].as_str()).unwrap();
    assert_eq!(
        (first["metadata"]["alt"].as_str(), first["metadata"]["title"].as_str()),
        (Some("by the stopped one"), Some("by the successor"))
    );
    assert_eq!(alt(&workspace, &ids[1]), "by the successor");
    assert_eq!(files.last().unwrap()["originalName"], "new.txt");
}

#[test]
fn a_killed_holder_frees_its_lock_at_once() {
    let (workspace, ids) = with_media();
    let (mut strace, pid) = stopped_holder(&workspace, &ids[0]);
    signal(pid.parse().unwrap(), Signal::KILL);
    strace.wait().unwrap();
    workspace.json(&["media", "set", "one", &ids[0], "--alt", "after"]);
    assert_eq!(alt(&workspace, &ids[0]), "after");
}

/// Eight writers, each with an item of its own, some of whose runs are killed at moments drawn from a fixed seed. Each knows the
/// last value that was acknowledged; what is there before each of its runs and at the end is that one, or one it tried after it.
#[test]
fn no_acknowledged_update_of_many_killed_writers_is_lost() {
    const WRITERS: usize = 8;
    let rounds = if std::env::var_os("BACKLOT_TORTURE").is_some() { 200 } else { 24 };
    let (workspace, ids) = with_media();
    let acknowledged: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..WRITERS)
            .map(|writer| (writer, &ids[writer], &workspace))
            .map(|(writer, id, workspace)| scope.spawn(move || write(workspace, writer, id, rounds)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (writer, (last, tried)) in acknowledged.into_iter().enumerate() {
        assert_kept(&workspace, writer, &ids[writer], last, tried);
    }
    assert_eq!(workspace.names("demos/one/.tmp"), [""; 0]);
}

/// Nobody else writes to a writer's item, so at any time it has the last round that was acknowledged, or one tried after it.
fn assert_kept(workspace: &TestWorkspace, writer: usize, id: &str, last: usize, tried: usize) {
    let text = fs::read(workspace.site("one").join("uploads/media.json")).unwrap();
    let catalogue: Value = serde_json::from_slice(&text).expect("the catalogue is whole");
    let item = catalogue["files"].as_array().unwrap().iter().find(|item| item["id"] == id).unwrap();
    // What was there before the first round is no number.
    let found: usize = item["metadata"]["alt"].as_str().unwrap().parse().unwrap_or(0);
    assert!((last..=tried).contains(&found), "writer {writer}: {found} is there, {last} was acknowledged, {tried} tried");
}

/// Gives the last round that was acknowledged and the last that was tried.
fn write(workspace: &TestWorkspace, writer: usize, id: &str, rounds: usize) -> (usize, usize) {
    let mut seed = 0x9e37_79b9_u64.wrapping_mul(writer as u64 + 1) | 1;
    let mut last = 0;
    for round in 1..=rounds {
        // xorshift64 (Marsaglia, 2003): the same moments in every run.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        assert_kept(workspace, writer, id, last, round - 1);
        let value = round.to_string();
        let arguments = ["--json", "media", "set", "one", id, "--alt", &value];
        let mut command = if round % 3 == 0 {
            let mut strace = Command::new("strace");
            let (call, _) = CALLS[usize::try_from(seed % 5).unwrap()];
            strace.args([
                "-o",
                "/dev/null",
                "-e",
                &format!("trace={call}"),
                "-e",
                &format!("inject={call}:signal=SIGKILL:when={}", seed % 7 + 1),
                BACKLOT,
            ]);
            strace
        } else {
            Command::new(BACKLOT)
        };
        let output = command.arg("--workspace").arg(&workspace.root).args(arguments).output().unwrap();
        if output.status.success() {
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(answer["files"][0]["metadata"]["alt"], value.as_str());
            last = round;
        }
    }
    (last, rounds)
}

/// Limits and permissions: what cannot be written says so, and the old state stands.
#[test]
fn a_file_size_limit_and_a_forbidden_folder_leave_the_old_state() {
    let (workspace, ids) = with_media();
    let before = alt(&workspace, &ids[0]);
    let set = format!("{BACKLOT} --json --workspace {} media set one {} --alt x", workspace.root.display(), ids[0]);
    let limited = Command::new("bash").args(["-c", &format!("trap '' XFSZ; ulimit -f 1; exec {set}")]).output().unwrap();
    assert!(!limited.status.success());
    let error: Value = serde_json::from_slice(&limited.stderr).unwrap();
    assert_eq!(error["code"], "DiskFull", "{error}");
    assert_eq!(alt(&workspace, &ids[0]), before);
    // As somebody else, who may read the folder and not write it. Only root can become somebody else.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        eprintln!("not run: only root can try as another user");
        return;
    }
    for folder in [workspace.root.parent().unwrap(), &workspace.root] {
        assert!(Command::new("chmod").arg("755").arg(folder).status().unwrap().success());
    }
    let copy = workspace.beside("backlot");
    fs::copy(BACKLOT, &copy).unwrap();
    let arguments = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut other = Command::new("setpriv");
    other
        .args(arguments)
        .arg(&copy)
        .arg("--json")
        .arg("--workspace")
        .arg(&workspace.root)
        .args(["media", "set", "one", &ids[0], "--alt", "x"]);
    let refused = other.output().unwrap();
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!(error["code"], "NotWritable", "{error}");
    assert_eq!(alt(&workspace, &ids[0]), before);
}
