//! The UI's packages and its build, each skipped when what it would make is there already.

use crate::setup::stamp;
use crate::step::{self, Failure, Result, told};
use crate::{paths, rust};
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How npm is called on this system.
pub const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// What is not a source of the UI's build: its output, packages, and what its tests leave.
const NOT_SOURCES: &[&str] = &["node_modules", "dist", "coverage", "test-results", "artifacts", ".svelte-kit"];

/// `npm …` in the UI's folder.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(NPM);
    command.args(arguments).current_dir(paths::ui());
    rust::tidy(&mut command);
    if let Some(chromium) = paths::program(crate::system::CHROMIUM) {
        command.env("BACKLOT_CHROMIUM", chromium);
    }
    command
}

/// Whether package.json has a script of this name.
pub fn has_script(name: &str) -> bool {
    let package = fs::read_to_string(paths::ui().join("package.json")).unwrap_or_default();
    let scripts = package.split_once("\"scripts\"").map_or("", |(_, rest)| rest.split_once('}').map_or(rest, |(scripts, _)| scripts));
    scripts.contains(&format!("\"{name}\":"))
}

/// Installs the UI's packages when package-lock.json is not the one they were installed from.
pub fn install() -> Result<()> {
    let lock = paths::ui().join("package-lock.json");
    let wanted = hash_of(std::slice::from_ref(&lock)).ok_or_else(|| Failure::new(format!("{} is missing", lock.display())))?;
    let mark = paths::ui().join("node_modules/.backlot-lock-hash");
    if fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let install = || npm(&["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=warn"]);
    if step::quiet("installs the UI's packages (npm ci)", &mut install()).is_err() {
        step::quiet("once more: installs the UI's packages (npm ci)", &mut install())?;
    }
    stamp(&mark, &wanted)
}

/// Builds the UI when its sources or its output are not those of the last build.
pub fn build() -> Result<()> {
    let mark = paths::ui().join("node_modules/.backlot-build-hash");
    let state = || Some(format!("{} {}", sources()?, hash_of(&files(&paths::ui().join("dist"), &[]))?));
    if fs::read_to_string(&mark).is_ok_and(|found| Some(found) == state()) {
        println!("→ the UI is built already");
        return Ok(());
    }
    step::quiet("builds the UI", &mut npm(&["run", "build"]))?;
    let built = state().ok_or_else(|| Failure::new("`npm run build` made no ui/dist"))?;
    stamp(&mark, &built)
}

fn sources() -> Option<String> {
    hash_of(&files(&paths::ui(), NOT_SOURCES))
}

/// Every file below a folder in a fixed order, but for folders of these names.
pub fn files(folder: &Path, except: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return vec![] };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let skipped = |path: &PathBuf| path.file_name().is_some_and(|name| except.iter().any(|other| name == *other));
    entries.retain(|path| !skipped(path));
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path, except) } else { vec![path] }).collect()
}

/// A hash of the names and contents of files; nothing when there are none or one cannot be read.
fn hash_of(files: &[PathBuf]) -> Option<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.as_os_str().as_encoded_bytes());
        hasher.write_u8(0);
        hasher.write(&fs::read(file).map_err(told::<std::io::Error>("read", file)).ok()?);
    }
    (!files.is_empty()).then(|| format!("{:016x}", hasher.finish()))
}
