//! Benchmarks: the rivals are installed, the bench is built, and what it found is written into the documentation.

use crate::setup::stamp;
use crate::step::{self, Failure, Result, told};
use crate::ui::NPM;
use crate::{paths, rust};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How often every cell is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounds {
    Several,
    One,
}

/// The store against what else one could take, into docs/benchmarks/store.md.
pub fn store(rounds: Rounds) -> Result<()> {
    let rivals = install()?;
    let data = paths::own().join("bench/data");
    let report = paths::root().join("docs/benchmarks/store.md");
    for folder in [data.as_path(), report.parent().unwrap_or(&data)] {
        fs::create_dir_all(folder).map_err(told("make", folder))?;
    }
    let mut command = rust::cargo(&["bench", "--quiet", "--bench", "store", "--"]);
    command.args([&rivals, &data, &report]);
    if rounds == Rounds::One {
        command.arg("--quick");
    }
    step::loud("measures the store and its rivals", &mut command)
}

/// Keystrokes and saves of a long page, into docs/benchmarks/editing.md.
pub fn edit(rounds: Rounds) -> Result<()> {
    alone("edit", "editing", "measures keystrokes and saves", rounds)
}

/// An import of photographs against the bare decoding and encoding, into docs/benchmarks/media.md.
pub fn media(rounds: Rounds) -> Result<()> {
    alone("media", "media", "measures an import of photographs", rounds)
}

/// A page of thirty widgets, cold, and with one of them changed, into docs/benchmarks/render.md.
pub fn render(rounds: Rounds) -> Result<()> {
    alone("render", "render", "measures the rendering of a page", rounds)
}

/// A site of two hundred pages, built, into docs/benchmarks/export.md.
pub fn export(rounds: Rounds) -> Result<()> {
    alone("export", "export", "measures the building of a site", rounds)
}

/// Ten previews at once under load, into docs/benchmarks/preview.md.
pub fn preview(rounds: Rounds) -> Result<()> {
    alone("preview", "preview", "measures previews under load", rounds)
}

/// Runs a benchmark that brings its own rival and writes docs/benchmarks/`report`.md.
fn alone(bench: &str, report: &str, what: &str, rounds: Rounds) -> Result<()> {
    let data = paths::own().join("bench/data");
    let report = paths::root().join("docs/benchmarks").join(report).with_extension("md");
    for folder in [data.as_path(), report.parent().unwrap_or(&data)] {
        fs::create_dir_all(folder).map_err(told("make", folder))?;
    }
    let mut command = rust::cargo(&["bench", "--quiet", "--bench", bench, "--"]);
    command.args([&data, &report]);
    if rounds == Rounds::One {
        command.arg("--quick");
    }
    step::loud(what, &mut command)
}

/// Copies the rivals' workers beside the packages that they need, and installs those when they are others than last time.
fn install() -> Result<PathBuf> {
    let sources = paths::root().join("benches/rivals");
    let folder = paths::own().join("bench/rivals");
    fs::create_dir_all(&folder).map_err(told("make", &folder))?;
    for source in crate::ui::files(&sources, &["node_modules", "__pycache__"]) {
        let copy = folder.join(source.file_name().unwrap_or_default());
        fs::copy(&source, &copy).map_err(told("write", &copy))?;
    }
    let wanted = text(&sources.join("package-lock.json"))? + &text(&sources.join("requirements.txt"))?;
    let mark = folder.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(folder);
    }
    let mut npm = Command::new(NPM);
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=warn"]).current_dir(&folder);
    step::quiet("installs the rivals' packages (npm ci)", &mut npm)?;
    let python = paths::program(&["python3", "python"])
        .ok_or_else(|| Failure::new("there is no python3 on the PATH, which two of the store's rivals need"))?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--no-deps", "--disable-pip-version-check", "--target", "python"]);
    pip.args(["--requirement", "requirements.txt"]).current_dir(&folder);
    step::quiet("installs the rivals' packages (pip install)", &mut pip)?;
    stamp(&mark, &wanted)?;
    Ok(folder)
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(told("read", path))
}
