//! WebKitWebDriver as a process, and the program that it starts.

use crate::webdriver::Session;
use crate::window::{SOON, Stage, wait};
use rustix::process::{Pid, Signal};
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running WebKitWebDriver, and everything that it starts, in a process group of its own.
pub struct Driver {
    process: Child,
    pub port: u16,
    pub log: PathBuf,
}

impl Driver {
    /// Starts one that listens; what it and the program say goes to the stage's log.
    pub fn start(stage: &Stage) -> Self {
        assert!(
            std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty()),
            "these tests open a window, and there is no display: run them through `cargo xtask e2e` or `cargo xtask test`"
        );
        let log = stage.log();
        // Between asking for a free port and the driver taking it, somebody else may: then another is asked for.
        for _ in 0..5 {
            let port = free_port();
            let output = File::options().create(true).append(true).open(&log).expect("the log opens");
            let mut command = Command::new("WebKitWebDriver");
            stage.prepare(&mut command);
            command.args(["--host=127.0.0.1", &format!("--port={port}")]).stdin(Stdio::null());
            command.stdout(output.try_clone().expect("the log is shared")).stderr(output).process_group(0);
            let process = command.spawn().expect("WebKitWebDriver starts: `cargo xtask setup` installs it");
            let mut driver = Self { process, port, log: log.clone() };
            if wait(SOON, || driver.has_started()).expect("the driver starts or ends") {
                return driver;
            }
        }
        panic!("WebKitWebDriver could not be started: {}", fs::read_to_string(&log).unwrap_or_default());
    }

    /// The process of the program that the driver started.
    pub fn program(&self, program: &Path) -> Option<Pid> {
        child_of(self.process.id(), program)
    }

    fn has_started(&mut self) -> Option<bool> {
        if self.process.try_wait().expect("the driver is ours").is_some() {
            return Some(false);
        }
        Session::is_ready(self.port).then_some(true)
    }

    /// What the program said.
    pub fn log(&self) -> String {
        format!("--- what the program said ---\n{}", fs::read_to_string(&self.log).unwrap_or_default())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(self.process.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Sends a signal to a process, which may be gone.
pub fn send(process: Pid, signal: Signal) {
    let _ = rustix::process::kill_process(process, signal);
}

/// The children of a process that run a program of this name.
pub fn children(parent: u32, name: &str) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_one = |folder: &Path| {
        let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
        let is_child = status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|pid| pid.trim() == parent.to_string()));
        is_child && fs::read_link(folder.join("exe")).is_ok_and(|exe| exe.ends_with(name))
    };
    let found = processes.filter(|entry| is_one(&entry.path()));
    found.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// The child of a process that runs this program.
fn child_of(parent: u32, program: &Path) -> Option<Pid> {
    let program = fs::canonicalize(program).ok()?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut found = processes.filter(|entry| fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == program)).filter(|entry| {
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|pid| pid.trim() == parent.to_string()))
    });
    Pid::from_raw(found.next()?.file_name().to_str()?.parse().ok()?)
}

/// Whether a process still runs; one that ended and is not yet collected by its parent does not.
pub fn is_alive(process: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains("zombie") && !line.contains("dead"))
}
