//! What the tests share: a workspace in a temp folder, the real CLI, and real git repositories.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod corpus;
pub mod documents;
pub mod media;
pub mod pictures;
pub mod plain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The CLI under test.
pub const BACKLOT: &str = env!("CARGO_BIN_EXE_backlot");

/// A workspace in a temp folder, driven through the real CLI.
pub struct TestWorkspace {
    temp: TempDir,
    pub root: PathBuf,
}

impl TestWorkspace {
    pub fn new() -> Self {
        let temp = tempfile::tempdir().expect("a temp folder");
        let root = temp.path().join("workspace");
        Self { temp, root }
    }

    /// A workspace with the demo `one`, of a starter.
    pub fn with_demo(starter: &str) -> Self {
        let workspace = Self::new();
        workspace.json(&["demo", "create", "one", "--template", starter]);
        workspace
    }

    /// Has previews answer at 127.0.0.1, whoever else has an account on this machine.
    pub fn share_previews(&self) {
        fs::create_dir_all(self.root.join("state")).expect("a folder");
        fs::write(self.root.join("state/settings.json"), r#"{"preview_private": "off"}"#).expect("the settings");
    }

    /// A file beside the workspace; answers with its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.beside(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        path.to_str().expect("a name in UTF-8").to_owned()
    }

    /// A folder beside the workspace.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// A git repository beside the workspace with these files in one commit on `main`.
    pub fn repository(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let path = self.beside(name);
        init(&path);
        commit(&path, files, "First");
        path
    }

    /// A git repository beside the workspace with `count` small files in one commit.
    pub fn large_repository(&self, name: &str, count: usize) -> PathBuf {
        let path = self.beside(name);
        init(&path);
        for index in 0..count {
            let file = path.join(format!("d{}/f{index}.txt", index % 50));
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(file, format!("file {index}\n").repeat(20)).expect("a file");
        }
        commit(&path, &[], "Many");
        path
    }

    /// The CLI with `arguments` on this workspace, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BACKLOT);
        command.arg("--workspace").arg(&self.root).args(arguments).env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    fn in_json(&self, arguments: &[&str]) -> Command {
        // In front: what follows a “--” is no option.
        let all: Vec<&str> = ["--json"].into_iter().chain(arguments.iter().copied()).collect();
        self.command(&all)
    }

    /// Runs the CLI to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the CLI starts")
    }

    /// Runs the CLI with `--json` and gives what it printed; it must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.in_json(arguments).output().expect("the CLI starts");
        assert!(output.status.success(), "{arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    }

    /// Runs the CLI with `--json`; it must be refused, and the error is given.
    pub fn refused(&self, arguments: &[&str]) -> Value {
        let output = self.in_json(arguments).output().expect("the CLI starts");
        assert_eq!(output.status.code(), Some(1), "{arguments:?} is refused: {}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stderr).unwrap_or_else(|_| panic!("one JSON error, not {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Starts the CLI and leaves it running.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.in_json(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the CLI starts")
    }

    pub fn site(&self, slug: &str) -> PathBuf {
        self.root.join("demos").join(slug).join("site")
    }

    /// The demo's state as `demo show` tells it.
    pub fn state(&self, slug: &str) -> String {
        self.json(&["demo", "show", slug])["status"]["state"].as_str().unwrap_or_default().to_owned()
    }

    /// The names in a folder of the workspace, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.root.join(folder))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A demo's clone is whole: nothing changed, nothing missing, by git's own word.
    pub fn assert_pristine(&self, slug: &str) {
        assert_eq!(git(&self.site(slug), &["status", "--porcelain"]), "", "{slug} is clean");
        assert_eq!(git(&self.site(slug), &["fsck", "--full"]), "", "git fsck has nothing to say of {slug}");
    }
}

/// The workspace opened in this very process.
pub fn open(workspace: &TestWorkspace) -> backlot::app::App {
    let options = backlot::app::Options {
        root: workspace.root.clone(),
        program: BACKLOT.into(),
        clock: backlot::clock::Clock::system(),
        delays: backlot::app::SaveDelays::default(),
    };
    backlot::app::App::open(options).expect("the workspace opens")
}

/// A small file system of its own. Mounting needs root: elsewhere there is none.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    pub fn mount(at: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(at).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }

    pub fn resize(&self, size: &str) {
        let resized = Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(&self.0).status().expect("mount starts");
        assert!(resized.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Runs git in `folder`, apart from the user's own settings; it must succeed. Gives what it printed.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = git_command(folder).args(arguments).output().expect("git starts");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Gives git `input` and takes the id it answers with.
pub fn git_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    use std::io::Write;
    let mut child = git_command(folder).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn git_command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "safe.directory=*"]);
    command.args(["-c", "core.autocrlf=false", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"]);
    command
}

/// Sends one process a signal. Never a group, and never process 1.
pub fn signal(process: u32, signal: rustix::process::Signal) {
    let process = i32::try_from(process).ok().filter(|id| *id > 1).and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(process.expect("the id of a process that a test started"), signal).expect("the process is there");
}

/// Makes an empty repository on the branch `main`.
pub fn init(path: &Path) {
    fs::create_dir_all(path).expect("a folder");
    git(path, &["init", "--quiet", "--initial-branch=main"]);
}

/// Writes files and commits everything.
pub fn commit(path: &Path, files: &[(&str, &str)], message: &str) {
    for (name, text) in files {
        let file = path.join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
    git(path, &["add", "--all"]);
    git(path, &["commit", "--quiet", "--message", message]);
}

/// A host that accepts connections and never says a word: what is fetched from it hangs until it is given up.
pub struct SilentHost {
    listener: std::net::TcpListener,
}

impl SilentHost {
    pub fn new() -> Self {
        Self { listener: std::net::TcpListener::bind("127.0.0.1:0").expect("a port") }
    }

    /// The URL of a repository that will never come.
    pub fn url(&self) -> String {
        format!("ssh://git@{}/site.git", self.listener.local_addr().expect("an address"))
    }

    /// Waits until somebody has connected: the clone is under way. What is given keeps the connection open.
    pub fn connected(&self) -> std::net::TcpStream {
        self.listener.accept().expect("a connection").0
    }
}
