//! `cargo xtask run` and `cargo xtask dev`: Backlot, opened.

use crate::display::Display;
use crate::rust::{self, Profile};
use crate::setup::{self, Purpose};
use crate::step::{self, Failure, Result, told};
use crate::{declared, paths, system, ui};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Builds Backlot and opens it; where there is no display, drives the real window once instead.
pub fn run(profile: Profile) -> Result<()> {
    if has_display() {
        setup::prepare(Purpose::Build)?;
        ui::build()?;
        step::loud(
            "builds Backlot",
            &mut rust::cargo(&rust::with_window(&["build", "--bin", "backlot", "--bin", "backlot-desktop"], profile)),
        )?;
        let mut app = Command::new(rust::programs(profile).join("backlot-desktop"));
        app.current_dir(paths::root());
        step::loud("opens Backlot", &mut app)
    } else {
        setup::prepare(Purpose::Headless)?;
        ui::build()?;
        tour(profile)
    }
}

/// Opens Backlot with the UI served by Vite: a change of the UI is seen at once, one of the Rust code rebuilds.
pub fn dev() -> Result<()> {
    if !has_display() {
        return Err(Failure::new("`cargo xtask dev` opens a window, and there is no display (DISPLAY and WAYLAND_DISPLAY are not set)"));
    }
    setup::prepare(Purpose::Build)?;
    // Tauri runs it in a folder of its own choosing, unless told which.
    let server = format!(r#"{{"script":"npm run serve -- --port 1420 --strictPort","cwd":{:?}}}"#, paths::ui().display().to_string());
    let config = format!(r#"{{"build":{{"devUrl":"http://localhost:1420","beforeDevCommand":{server}}}}}"#);
    let mut command = tauri(&["dev", "--config", &config]);
    step::loud("opens Backlot, reloading on change", &mut command)
}

/// Tauri's own command line, as npm installed it, at the root.
pub fn tauri(arguments: &[&str]) -> Command {
    let name = if cfg!(windows) { "tauri.cmd" } else { "tauri" };
    let mut command = Command::new(paths::ui().join("node_modules/.bin").join(name));
    command.args(arguments).current_dir(paths::root());
    rust::tidy(&mut command);
    command
}

/// Drives the real window on a virtual display: creates a demo from a starter, and tells where it is.
fn tour(profile: Profile) -> Result<()> {
    println!("  no display here: the window is opened on a virtual one, and driven as a user would");
    let build = rust::with_window(&["test", "--test", "e2e", "--no-run"], profile);
    step::loud("builds Backlot and what drives its window", &mut rust::cargo(&build))?;

    let workspace = match std::env::var_os("BACKLOT_WORKSPACE").filter(|folder| !folder.is_empty()) {
        Some(folder) => std::path::absolute(&folder).unwrap_or_else(|_| folder.into()),
        None => paths::own().join(format!("run-{}", std::process::id())),
    };
    let screenshot = paths::own().join("run.png");
    let report = paths::own().join("run.txt");
    fs::create_dir_all(&workspace).map_err(told("make", &workspace))?;
    let _ = fs::remove_file(&report);

    let words = ["test", "--quiet", "--test", "e2e", "--", "--exact", "--nocapture", "tour::creates_a_demo_and_tells_where_it_is"];
    let mut drive = rust::cargo(&rust::with_window(&words, profile));
    drive.env("BACKLOT_TOUR_WORKSPACE", &workspace).env("BACKLOT_TOUR_SCREENSHOT", &screenshot).env("BACKLOT_TOUR_REPORT", &report);
    let display = Display::start()?;
    step::driven("opens the window and creates a demo from a starter", &mut display.command(&drive))?;

    let demo = PathBuf::from(fs::read_to_string(&report).map_err(told("read", &report))?.trim());
    if !demo.join("demo.json").is_file() {
        return Err(Failure::new(format!("the window said that the demo is ready, but {} is not a demo", demo.display())));
    }
    println!("\nThe demo:       {}\nThe screenshot: {}", demo.display(), screenshot.display());
    Ok(())
}

/// `cargo xtask run` where there is no display, with nothing on its PATH but what it declares: a new machine has no more.
pub fn with_declared_programs() -> Result<()> {
    let path = declared::path(&[system::BUILD, system::WINDOW])?;
    let own = std::env::current_exe().map_err(|error| Failure::new(format!("this program does not find itself: {error}")))?;
    let mut command = Command::new(own);
    command.arg("run").current_dir(paths::root()).env("PATH", &path).env("CARGO_TARGET_DIR", paths::target());
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "BACKLOT_WORKSPACE"] {
        command.env_remove(name);
    }
    step::loud("runs `cargo xtask run` with no other programs than it declares", &mut command)
}

fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
