//! `cargo xtask fresh`: both commands of the README where nothing was installed by hand.
//!
//! debootstrap makes a minimal Debian in a folder. Into it come what the README asks for (rustup's cargo with the C linker that it
//! asks for, Node with npm), how this machine reaches the package registries (certificates, settings, proxies), and a clone of the
//! last commit: nothing else of this machine. Then both commands run in it as root, as they are in the README.

use crate::clean_root::Root;
use crate::step::{self, Failure, Result, told};
use crate::{clean_root, paths, signal, ui};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Where the clone is, within the root.
const CLONE: &str = "root/backlot";

/// Runs both commands of the README in a clean system root, and prints how long each step took.
pub fn run() -> Result<()> {
    clean_root::is_possible("cargo xtask fresh")?;
    let mut steps = Vec::new();
    let mut timed = |what: &str, step: &mut dyn FnMut() -> Result<()>| {
        let started = Instant::now();
        let outcome = step();
        steps.push((what.to_owned(), started.elapsed(), outcome.is_ok()));
        outcome
    };
    let outcome = (|| {
        let mut root = None;
        timed("a minimal Debian", &mut || {
            root = Some(Root::fresh("fresh-root")?);
            Ok(())
        })?;
        let Some(mut root) = root else { return Err(Failure::new("no system root was made")) };
        timed("what the README asks for", &mut || {
            toolchain(&mut root)?;
            node(&root)?;
            settings(&root)?;
            sources(&root)
        })?;
        for words in ["cargo xtask run", "cargo xtask test"] {
            timed(words, &mut || {
                let outcome = step::loud(&format!("runs `{words}` in the clean root"), &mut inside(&root, words));
                end_what_remains(&root);
                outcome
            })?;
        }
        Ok(())
    })();
    println!();
    for (what, time, passed) in &steps {
        println!("  {what:<28} {:>8}  {}", minutes(*time), if *passed { "" } else { "FAILED" });
    }
    outcome
}

fn minutes(time: Duration) -> String {
    format!("{:.1} min", time.as_secs_f64() / 60.0)
}

/// rustup's programs, its toolchains (not to be written to), and the C linker that rustup asks for when it is installed.
fn toolchain(root: &mut Root) -> Result<()> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let folder = |name: &str, below: &str| std::env::var_os(name).map_or_else(|| home.join(below), PathBuf::from);
    let (rustup, cargo) = (folder("RUSTUP_HOME", ".rustup"), folder("CARGO_HOME", ".cargo"));
    if !rustup.join("toolchains").is_dir() || !cargo.join("bin/rustup").exists() {
        return Err(Failure::new("`cargo xtask fresh` hands in rustup's toolchain, and there is none here"));
    }
    root.bind(&rustup, "root/.rustup")?;
    for name in ["bin", "config.toml", "config"] {
        hand_in(root, &cargo.join(name), &format!("root/.cargo/{name}"))?;
    }
    step::quiet("fetches the package lists there", &mut root.chroot(&["apt-get", "update"]))?;
    let linker = ["apt-get", "install", "--yes", "--no-install-recommends", "gcc", "libc6-dev"];
    step::quiet("installs the C linker that rustup asks for", &mut root.chroot(&linker))
}

/// Node and npm, as two folders of this machine.
fn node(root: &Root) -> Result<()> {
    let found = |name: &str| {
        let program = paths::program(&[name]).and_then(|path| fs::canonicalize(path).ok());
        program.ok_or_else(|| Failure::new(format!("`cargo xtask fresh` hands in {name}, and there is none here")))
    };
    let npm = found(ui::NPM)?;
    // …/npm/bin/npm-cli.js
    let package = npm.ancestors().nth(2).ok_or_else(|| Failure::new(format!("{} is not where npm's package has it", npm.display())))?;
    hand_in(root, &found("node")?, "usr/local/bin/node")?;
    hand_in(root, package, "usr/local/lib/node_modules/npm")?;
    let words = ["ln", "-sf", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm"];
    step::quiet("puts npm on the PATH there", &mut root.chroot(&words))
}

/// How this machine's npm reaches its registry; cargo's and apt's settings came with them.
fn settings(root: &Root) -> Result<()> {
    let global = step::output(Command::new(ui::NPM).args(["config", "get", "globalconfig"]));
    if let Some(global) = global.map(PathBuf::from).filter(|path| path.is_file()) {
        hand_in(root, &global, "usr/local/etc/npmrc")?;
    }
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    if home.join(".npmrc").is_file() {
        hand_in(root, &home.join(".npmrc"), "root/.npmrc")?;
    }
    // A certificate that a variable names is looked for under the same path.
    for (_, value) in clean_root::registry_variables() {
        let path = PathBuf::from(value);
        if let Ok(within) = path.strip_prefix("/")
            && path.is_file()
            && !root.path.join(within).exists()
        {
            hand_in(root, &path, &within.to_string_lossy())?;
        }
    }
    Ok(())
}

/// A clone of the last commit.
fn sources(root: &Root) -> Result<()> {
    if step::output(Command::new("git").args(["status", "--porcelain"]).current_dir(paths::root()))
        .is_some_and(|changed| !changed.is_empty())
    {
        println!("  what is not committed yet takes no part");
    }
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", "--no-local"]).arg(paths::root()).arg(root.path.join(CLONE));
    step::quiet("clones the last commit into it", &mut clone)
}

/// A command line of the README, in the clone.
fn inside(root: &Root, words: &str) -> Command {
    let mut command = root.chroot(&["sh", "-c", &format!("cd /{CLONE} && exec {words}")]);
    command.env("PATH", "/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// Ends what the commands left running: its root is ours, so nothing else is.
fn end_what_remains(root: &Root) {
    let Ok(root) = fs::canonicalize(&root.path) else { return };
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if fs::read_link(process.path().join("root")).is_ok_and(|found| found == root) {
            println!("  left running, and ended now: {}", command_line(&process.path()));
            #[cfg(target_os = "linux")]
            signal::end(id);
        }
    }
}

fn command_line(process: &Path) -> String {
    let words = fs::read(process.join("cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&words).replace('\0', " ").trim().to_owned()
}

/// Copies a file or a folder of this machine into the root, following links.
fn hand_in(root: &Root, from: &Path, to: &str) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    let to = root.path.join(to);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(told("make", folder))?;
    }
    step::quiet(&format!("hands in {}", from.display()), Command::new("cp").args(["-aL", "--no-target-directory"]).arg(from).arg(&to))
}
