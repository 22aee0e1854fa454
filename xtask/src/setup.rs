//! The preparation that every command begins with: system packages, Node, the UI's packages.
//!
//! It installs by itself only where that is safe to assume: with apt, as root or with a sudo that asks nothing.
//! Elsewhere it names the exact command for the system found, and stops.

use crate::rust::cargo;
use crate::step::{self, Failure, Result, told};
use crate::system::{self, Installer, Need};
use crate::{paths, ui};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the machine is prepared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Building, and opening the window on the user's display.
    Build,
    /// Opening the window where there is no display.
    Headless,
    /// Every test.
    Test,
}

/// Makes the machine ready, or says what to do.
pub fn prepare(purpose: Purpose) -> Result<()> {
    match std::env::consts::OS {
        "linux" => packages(purpose)?,
        "macos" => macos()?,
        _ => {}
    }
    if purpose == Purpose::Test {
        components()?;
    }
    node()?;
    ui::install()
}

/// rustup's minimal profile brings neither rustfmt nor clippy.
fn components() -> Result<()> {
    let has = |tool: &str| step::output(&mut cargo(&[tool, "--version"])).is_some();
    if has("fmt") && has("clippy") {
        return Ok(());
    }
    if paths::has(&["rustup"]) {
        return step::quiet(
            "installs rustfmt and clippy",
            Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]).current_dir(paths::root()),
        );
    }
    Err(Failure::new("rustfmt and clippy are needed for the tests: install them the way cargo was installed"))
}

fn packages(purpose: Purpose) -> Result<()> {
    let needs: &[&'static [Need]] = match purpose {
        Purpose::Build => &[system::BUILD],
        Purpose::Headless => &[system::BUILD, system::WINDOW],
        Purpose::Test => &[system::BUILD, system::WINDOW, system::TEST],
    };
    let missing = step::work("looks for what the system must have", || Ok(system::missing(needs)))?;
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        println!("  missing: {}", need.what);
    }
    let installer = Installer::found();
    let root = as_root();
    let (Some(Installer::Apt), Some(root)) = (installer, root) else {
        return Err(to_do(installer, &missing));
    };
    install_with_apt(&root, &missing)?;
    let still = system::missing(needs);
    if still.is_empty() { Ok(()) } else { Err(to_do(installer, &still)) }
}

fn to_do(installer: Option<Installer>, missing: &[Need]) -> Failure {
    let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let what = what.join(", ");
    Failure::new(match installer {
        Some(installer) => {
            format!("this system lacks: {what}.\nInstall it with this, then run the command again:\n    {}", installer.command(missing))
        }
        None => format!(
            "this system lacks: {what}.\nIts package manager is not one known here (apt, dnf, pacman, zypper, apk): install these with it, then run the command again."
        ),
    })
}

fn install_with_apt(root: &[&str], missing: &[Need]) -> Result<()> {
    let packages = Installer::Apt.packages(missing);
    let apt = |words: &[&str]| {
        let mut line: Vec<&str> = root.to_vec();
        line.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]);
        line.extend(words);
        let mut command = Command::new(line[0]);
        command.args(&line[1..]);
        command
    };
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&packages);
    let what = format!("installs {} with apt", packages.join(", "));
    let update = || step::quiet("fetches the current package lists (apt-get update)", &mut apt(&["update"]));
    if lists_are_current(SystemTime::now()) {
        if step::attempt(&what, &mut apt(&install)) {
            return Ok(());
        }
        update()?;
    } else {
        update()?;
        if step::attempt(&what, &mut apt(&install)) {
            return Ok(());
        }
    }
    step::quiet(&format!("once more: {what}"), &mut apt(&install))
}

/// Whether apt's package lists are there and were fetched within a day: an install by older ones asks for versions that are gone.
///
/// When they were fetched is what Ansible's module `apt` goes by: the stamp that Debian's periodic job leaves, else the folder.
fn lists_are_current(now: SystemTime) -> bool {
    let lists = Path::new("/var/lib/apt/lists");
    let entries = fs::read_dir(lists).into_iter().flatten().flatten();
    let has_any = entries.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"));
    let fetched = [Path::new("/var/lib/apt/periodic/update-success-stamp"), lists]
        .into_iter()
        .filter_map(|path| fs::metadata(path).ok()?.modified().ok())
        .max();
    has_any && fetched.is_some_and(|fetched| now.duration_since(fetched).is_ok_and(|age| age < A_DAY))
}

/// The words that make a command run as root: none when we are, `sudo` when it asks nothing.
fn as_root() -> Option<Vec<&'static str>> {
    if step::output(Command::new("id").arg("-u")).as_deref() == Some("0") {
        return Some(vec![]);
    }
    step::output(Command::new("sudo").args(["-n", "true"])).map(|_| vec!["sudo", "-n"])
}

fn macos() -> Result<()> {
    if step::output(Command::new("xcode-select").arg("-p")).is_some() {
        return Ok(());
    }
    Err(Failure::new(
        "this Mac lacks the command line developer tools. Install them with this, then run the command again:\n    xcode-select --install",
    ))
}

/// Vite needs Node 20.19, or 22.12 and later.
fn node() -> Result<()> {
    let found = step::output(Command::new("node").arg("--version"));
    let advice = match std::env::consts::OS {
        "macos" => "brew install node",
        "windows" => "winget install OpenJS.NodeJS.LTS",
        _ => "see https://nodejs.org/en/download (a distribution's own package is often too old)",
    };
    match found.as_deref().map(|version| (version, suits(version))) {
        Some((_, true)) if paths::has(&[ui::NPM]) => Ok(()),
        Some((_, true)) => Err(Failure::new(format!("Node is here, but not npm, which comes with it: {advice}"))),
        Some((version, false)) => Err(Failure::new(format!(
            "Node {version} is too old: the UI needs Node 20.19 or later (22.12 or later of 22). Install a newer one: {advice}"
        ))),
        None => Err(Failure::new(format!("Node is not installed: the UI needs Node 20.19 or later. Install it: {advice}"))),
    }
}

fn suits(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    match (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) {
        (20, minor) => minor >= 19,
        (22, minor) => minor >= 12,
        (major, _) => major >= 23,
    }
}

/// Writes a stamp beside what it is about.
pub fn stamp(path: &Path, contents: &str) -> Result<()> {
    fs::write(path, contents).map_err(told("write", path))
}

#[cfg(test)]
mod tests {
    use super::suits;

    #[test]
    fn node_is_taken_from_20_19_on_but_not_the_early_22() {
        for good in ["v20.19.0", "v20.20.2", "v22.12.0", "v24.0.1"] {
            assert!(suits(good), "{good}");
        }
        for bad in ["v18.20.4", "v20.18.9", "v21.7.0", "v22.11.0", "nonsense"] {
            assert!(!suits(bad), "{bad}");
        }
    }
}
