//! What demos are cloned from in these tests: real git repositories, and a server that can be slow or dead.

use crate::window::Stage;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Makes a git repository with one commit of a small site in it.
pub fn repository(path: &Path) -> PathBuf {
    let pages = path.join("pages");
    fs::create_dir_all(&pages).unwrap();
    fs::create_dir_all(path.join("uploads")).unwrap();
    fs::write(pages.join("index.json"), r#"{"name":"Home","slug":"index"}"#).unwrap();
    // Enough, and of no pattern, for a clone over a slow line to take seconds.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for number in 0..120 {
        let noise: Vec<u8> = (0..512).flat_map(|_| next(&mut state).to_le_bytes()).collect();
        fs::write(path.join(format!("uploads/{number:03}.bin")), noise).unwrap();
    }
    git(path, &["init", "--quiet", "--initial-branch=main"]);
    git(path, &["add", "--all"]);
    git(path, &["commit", "--quiet", "--message", "A site"]);
    path.to_path_buf()
}

/// A repository of a site of plain files.
pub fn site(path: &Path, files: &[(&str, &str)]) -> PathBuf {
    fs::create_dir_all(path).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    git(path, &["init", "--quiet", "--initial-branch=main"]);
    git(path, &["add", "--all"]);
    git(path, &["commit", "--quiet", "--message", "One"]);
    path.to_owned()
}

/// Runs git in a folder, and answers what it printed.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Tess Ter").env(format!("GIT_{role}_EMAIL"), "tess@example.com");
    }
    let output = command.arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// How a server answers.
#[derive(Debug, Clone, Copy)]
pub enum Mode {
    Serve,
    Trickle,
    Hang,
    Refuse,
}

/// A git server over https on this machine, trusted by what runs on the stage; ended when dropped.
pub struct Server {
    process: Child,
    mode: PathBuf,
    port: u16,
}

impl Server {
    /// Serves a new repository.
    pub fn start(stage: &mut Stage, mode: Mode) -> Self {
        let folder = stage.work().join("server");
        let repository = repository(&folder.join("site"));
        let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
        let written = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .expect("openssl starts: `cargo xtask setup` installs it");
        assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
        stage.set("SSL_CERT_FILE", &certificate);

        let switch = folder.join("mode");
        write_mode(&switch, mode);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/git_server.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .args([repository, key, certificate, switch.clone()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, mode: switch, port: line.trim().parse().expect("the server names its port") }
    }

    /// What is typed to clone from it.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}/site.git", self.port)
    }

    /// From now on it answers like this.
    pub fn set(&self, mode: Mode) {
        write_mode(&self.mode, mode);
    }
}

fn write_mode(switch: &Path, mode: Mode) {
    let word = match mode {
        Mode::Serve => "serve",
        Mode::Trickle => "trickle",
        Mode::Hang => "hang",
        Mode::Refuse => "refuse",
    };
    // Beside and renamed, so that the server never reads an empty word.
    let new = switch.with_extension("new");
    fs::write(&new, word).unwrap();
    fs::rename(&new, switch).unwrap();
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
