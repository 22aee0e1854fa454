//! Moments: the program is killed, or made to fail, at its N-th system call of one kind, for N = 1, 2, 3 … until it gets through.
//!
//! strace does it, and counts each kind of call by itself. `BACKLOT_TORTURE=1` takes every single moment; otherwise a stride
//! keeps the test short.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use crate::support::{BACKLOT, TestWorkspace};

/// The calls that change something, or make a change durable, and every how many of them a run is struck in the short form.
pub const CALLS: [(&str, usize); 10] = [
    ("renameat2", 1),
    ("renameat", 1),
    ("fsync", 1),
    ("mkdirat", 3),
    ("unlinkat", 2),
    ("write", 3),
    ("openat", 12),
    ("openat2", 24),
    ("flock", 6),
    ("linkat", 1),
];

/// What strikes the program.
#[derive(Debug, Clone, Copy)]
pub enum Strike {
    /// SIGKILL, before the call is made.
    Kill,
    /// The call fails with this error; at that one moment, or there and at every later call of its kind.
    Fail(&'static str, Lasting),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    Once,
    FromThenOn,
}

/// How a run ended.
pub struct Ended {
    pub output: Output,
    /// Whether the moment came at all: the last run of each kind of call gets through.
    pub was_struck: bool,
}

impl Ended {
    pub fn succeeded(&self) -> bool {
        self.output.status.success()
    }

    pub fn was_killed(&self) -> bool {
        self.output.status.signal() == Some(9) || self.output.status.code() == Some(137)
    }

    /// The error's code in what was printed, if that is one.
    pub fn code(&self) -> String {
        let error: serde_json::Value = serde_json::from_slice(&self.output.stderr).unwrap_or_default();
        error["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Runs the CLI, struck at its `nth` call of one kind.
fn run(workspace: &TestWorkspace, strike: Strike, call: &str, nth: usize, arguments: &[String]) -> Ended {
    let log = workspace.beside("strace.log");
    let effect = match strike {
        Strike::Kill => format!("signal=SIGKILL:when={nth}"),
        Strike::Fail(error, Lasting::Once) => format!("error={error}:when={nth}"),
        Strike::Fail(error, Lasting::FromThenOn) => format!("error={error}:when={nth}+"),
    };
    let mut command = Command::new("strace");
    command.arg("-o").arg(&log).args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:{effect}")]);
    command.arg(BACKLOT).arg("--workspace").arg(&workspace.root).arg("--json").args(arguments);
    let output = command.output().expect("strace is installed: `cargo xtask setup` does it");
    let log = std::fs::read_to_string(&log).unwrap_or_default();
    Ended { was_struck: log.contains("(INJECTED)") || log.contains("killed by SIGKILL"), output }
}

/// For moment after moment: calls `before` with a fresh name, strikes `arguments` (with that name for `{}`), calls `check`.
pub fn at_every_moment(workspace: &TestWorkspace, strike: Strike, arguments: &[&str], before: impl Fn(&str), check: impl Fn(&str, &Ended)) {
    let every = std::env::var_os("BACKLOT_TORTURE").is_some();
    let mut strikes = 0;
    for (call, stride) in CALLS {
        let stride = if every { 1 } else { stride };
        for nth in (1..).step_by(stride) {
            assert!(nth < 2_000, "{call} is made more often in every run: what `check` leaves behind keeps the moments from ending");
            let name = format!("{}-{nth}", call.replace([',', '_'], "-"));
            let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace("{}", &name)).collect();
            before(&name);
            let ended = run(workspace, strike, call, nth, &arguments);
            check(&name, &ended);
            if !ended.was_struck {
                assert!(ended.succeeded(), "{call} {nth}: {}", String::from_utf8_lossy(&ended.output.stderr));
                break;
            }
            strikes += 1;
        }
    }
    assert!(strikes > 10, "only {strikes} runs were struck: the moments are not the ones that matter");
}
