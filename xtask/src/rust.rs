//! How cargo is called: always with the same features and profile, so that nothing is compiled twice.

use crate::{paths, scratch};
use std::ffi::OsStr;
use std::process::Command;

/// Which of cargo's profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

/// `cargo …` at the root, without what `cargo run` put into our environment about this very program.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(paths::root());
    tidy(&mut command);
    command
}

/// Takes what cargo said about this program out of a command's environment, and fixes the target folder and where temporary files are.
pub fn tidy(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if about_this_program(&name) {
            command.env_remove(name);
        }
    }
    command.env("CARGO_TARGET_DIR", paths::target());
    if let Some(folder) = scratch::folder() {
        command.env("TMPDIR", folder);
    }
}

/// Cargo's arguments for what is built and tested: the window's features, in one profile, and always of the whole workspace. Of one
/// package alone cargo would choose other features for what it shares with the others, and compile all of that twice.
pub fn with_window<'a>(words: &[&'a str], profile: Profile) -> Vec<&'a str> {
    let mut words = words.to_vec();
    words.splice(1..1, ["--features", "desktop", "--workspace"]);
    if profile == Profile::Release {
        words.insert(1, "--release");
    }
    words
}

/// Where cargo puts a profile's programs.
pub fn programs(profile: Profile) -> std::path::PathBuf {
    paths::target().join(match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    })
}

fn about_this_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_CRATE_NAME" || name == "CARGO_BIN_NAME"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_s_features_come_right_after_the_command() {
        assert_eq!(with_window(&["test", "--lib"], Profile::Dev), ["test", "--features", "desktop", "--workspace", "--lib"]);
        assert_eq!(with_window(&["build"], Profile::Release), ["build", "--release", "--features", "desktop", "--workspace"]);
    }
}
