//! `cargo xtask bundle`: the installers.

use crate::rust::Profile;
use crate::setup::{self, Purpose};
use crate::step::{self, Failure, Result};
use crate::{clean_root, paths, run, rust, ui};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs that every installer must bring.
pub const PROGRAMS: [&str; 2] = ["backlot", "backlot-desktop"];

/// The UI is built by then, so tauri need not do it again.
const BUILT: &str = r#"{"build":{"beforeBuildCommand":null}}"#;

/// What was built.
#[derive(Debug)]
pub struct Installers {
    pub deb: PathBuf,
}

/// Builds the .deb and the .rpm, and looks that both programs are in them.
pub fn build() -> Result<Installers> {
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("installers are built for Linux only, so far: a .deb and an .rpm"));
    }
    setup::prepare(Purpose::Build)?;
    ui::build()?;
    let folder = rust::programs(Profile::Release).join("bundle");
    for kind in ["deb", "rpm"] {
        let _ = fs::remove_dir_all(folder.join(kind));
    }
    step::loud("builds the release and its installers", &mut run::tauri(&["build", "--bundles", "deb,rpm", "--config", BUILT]))?;
    let deb = one(&folder.join("deb"), "deb")?;
    let rpm = one(&folder.join("rpm"), "rpm")?;
    let list = step::output(Command::new("dpkg-deb").arg("--contents").arg(&deb));
    if let Some(list) = list {
        for program in PROGRAMS {
            if !list
                .lines()
                .any(|line| line.rsplit(' ').next().is_some_and(|path| path.trim_start_matches("./") == format!("usr/bin/{program}")))
            {
                return Err(Failure::new(format!("{} does not bring /usr/bin/{program}:\n{list}", deb.display())));
            }
        }
    }
    println!();
    for path in [&deb, &rpm] {
        #[expect(clippy::cast_precision_loss, reason = "a size for a person")]
        let size = fs::metadata(path).map_or(0, |file| file.len()) as f64 / 1e6;
        println!("{size:6.1} MB  {}", path.display());
    }
    Ok(Installers { deb })
}

/// Builds the installers, then installs and starts the .deb in a clean system root.
pub fn check() -> Result<()> {
    let installers = build()?;
    clean_root::check(&installers.deb)
}

fn one(folder: &Path, ending: &str) -> Result<PathBuf> {
    let found = ui::files(folder, &[]).into_iter().find(|path| path.extension().is_some_and(|found| found == ending));
    found.ok_or_else(|| {
        Failure::new(format!("tauri built no .{ending} in {}; its folder is {}", folder.display(), paths::target().display()))
    })
}
