//! Where an operation can be struck: every system call that it makes, killed there or failed in each way that call can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output, Stdio};

use crate::moments::{Ended, Lasting, Strike};
use crate::support::{BACKLOT, TestWorkspace};

/// The calls that change something or make a change durable, and what they fail with.
const CALLS: &[(&str, &[&str])] = &[
    ("renameat2", &["ENOSPC", "EIO", "EROFS"]),
    ("rename", &["ENOSPC", "EIO", "EROFS"]),
    ("link", &["ENOSPC", "EIO", "EROFS"]),
    ("linkat", &["ENOSPC", "EIO", "EROFS"]),
    ("mkdir", &["ENOSPC", "EIO", "EROFS"]),
    ("rmdir", &["EIO", "EROFS"]),
    ("unlink", &["EIO", "EROFS"]),
    ("unlinkat", &["EIO", "EROFS"]),
    ("fchmod", &["EIO", "EROFS"]),
    ("chmod", &["EIO", "EROFS"]),
    ("write", &["ENOSPC", "EIO"]),
    ("pwrite64", &["ENOSPC", "EIO"]),
    ("copy_file_range", &["ENOSPC", "EIO"]),
    ("ftruncate", &["ENOSPC", "EIO"]),
    ("fsync", &["ENOSPC", "EIO"]),
    ("fdatasync", &["ENOSPC", "EIO"]),
    ("syncfs", &["ENOSPC", "EIO"]),
    ("flock", &["ENOLCK", "EIO"]),
    ("openat", &["ENOSPC", "EIO", "EROFS"]),
    ("openat2", &["EIO"]),
];
/// The calls that only read.
const READS: &[(&str, &[&str])] = &[("read", &["EIO"]), ("getdents64", &["EIO"])];

/// One moment of an operation, and what happens then.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub call: &'static str,
    pub nth: usize,
    pub strike: Strike,
    /// Whether the call is one that could change something.
    pub writes: bool,
}

/// Runs the CLI under strace. With `follows` its threads and children too.
fn strace(workspace: &TestWorkspace, follows: bool, options: &[String], arguments: &[String]) -> (Output, String) {
    let log = workspace.beside("strace.log");
    let mut command = Command::new("strace");
    command.arg("-o").arg(&log).args(options).stdin(Stdio::null());
    if follows {
        // Stops at the calls that are asked for and at no others.
        command.args(["-f", "--seccomp-bpf"]);
    }
    command.arg(BACKLOT).arg("--workspace").arg(&workspace.root).arg("--json").args(arguments);
    let output = command.output().expect("strace is installed: `cargo xtask setup` does it");
    (output, std::fs::read_to_string(&log).unwrap_or_default())
}

/// Every point of an operation, from a run that nothing happens to; and how that run ended.
pub fn points(workspace: &TestWorkspace, follows: bool, every: bool, arguments: &[String]) -> (Vec<Point>, Output) {
    let calls: Vec<_> = CALLS.iter().chain(if every { READS } else { &[] }).collect();
    let traced: Vec<&str> = calls.iter().map(|(call, _)| *call).collect();
    let (output, log) = strace(workspace, follows, &["-y".to_owned(), "-e".to_owned(), format!("trace={}", traced.join(","))], arguments);
    // strace counts by thread and by call.
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut most: BTreeMap<(&str, usize), bool> = BTreeMap::new();
    let mut loads: BTreeSet<(&str, usize)> = BTreeSet::new();
    for line in log.lines() {
        let (thread, line) = if follows { line.split_once(' ').unwrap_or(("", line)) } else { ("", line) };
        let Some((call, rest)) = line.trim_start().split_once('(') else { continue };
        let nth = seen.entry((thread, call)).or_default();
        *nth += 1;
        if rest.contains("anon_inode:[eventfd]") {
            // It wakes another thread; no disk is asked, and no disk can fail it.
            continue;
        }
        if call == "read" && rest.split_once('>').is_some_and(|(file, _)| file.contains(".so")) {
            // The loader reads the program's own libraries: without them there is no program.
            loads.insert((call, *nth));
            continue;
        }
        let writes = match call {
            "openat" => rest.contains("O_WRONLY") || rest.contains("O_RDWR") || rest.contains("O_CREAT"),
            call => !matches!(call, "openat2" | "read" | "getdents64" | "flock"),
        };
        *most.entry((call, *nth)).or_default() |= writes;
    }
    // What strikes the call of that number strikes it in every thread.
    most.retain(|point, _| !loads.contains(point));
    let mut points = Vec::new();
    for ((call, nth), writes) in most {
        let Some((call, errors)) = calls.iter().find(|(known, _)| *known == call) else { continue };
        let mut add = |strike| points.push(Point { call, nth, strike, writes });
        add(Strike::Kill);
        for error in *errors {
            // What only reads finds no full disk and none that is read-only.
            if writes || *error == "EIO" || *call == "flock" {
                add(Strike::Fail(error, Lasting::Once));
            }
            if writes && *error != "EIO" {
                add(Strike::Fail(error, Lasting::FromThenOn));
            }
        }
    }
    (points, output)
}

/// Runs an operation, struck at a point.
pub fn strike(workspace: &TestWorkspace, follows: bool, point: Point, arguments: &[String]) -> Ended {
    let Point { call, nth, strike, .. } = point;
    let effect = match strike {
        Strike::Kill => format!("signal=SIGKILL:when={nth}"),
        Strike::Fail(error, Lasting::Once) => format!("error={error}:when={nth}"),
        Strike::Fail(error, Lasting::FromThenOn) => format!("error={error}:when={nth}+"),
    };
    let options = ["-e".to_owned(), format!("trace={call}"), "-e".to_owned(), format!("inject={call}:{effect}")];
    let (output, log) = strace(workspace, follows, &options, arguments);
    Ended { was_struck: log.contains("(INJECTED)") || log.contains("killed by SIGKILL"), output }
}
