//! A PATH of nothing but what a purpose declares: what a command runs beyond that is missing on a new machine, although the
//! developer's own has it.

use crate::paths;
use crate::step::{self, Failure, Result, told};
use crate::system::Need;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every system has: GNU coreutils, and the shell that npm's scripts run in.
const ALWAYS: &[&str] = &[
    "[", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env", "expr", "false", "head", "id", "ln", "ls", "mkdir",
    "mktemp", "mv", "printf", "pwd", "readlink", "realpath", "rm", "rmdir", "sh", "sleep", "sort", "tail", "test", "touch", "tr", "true",
    "uname", "uniq", "wc",
];
/// What the README asks for besides cargo.
const ASKED_FOR: &[&str] = &["node", "npm"];

/// Makes a folder with links to the declared programs, and answers with its path: the whole PATH of a command.
pub fn path(needs: &[&'static [Need]]) -> Result<PathBuf> {
    let folder = paths::own().join("declared");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(told("make", &folder))?;
    let declared = needs.iter().flat_map(|group| group.iter()).flat_map(|need| need.programs.iter());
    for name in declared.chain(ALWAYS).chain(ASKED_FOR) {
        // A need may be met by one of several programs: those that are not here are not linked.
        if let Some(program) = paths::program(&[name]) {
            link(&program, &folder.join(name))?;
        }
    }
    for (name, program) in toolchain()? {
        link(&program, &folder.join(name))?;
    }
    Ok(folder)
}

/// Cargo and the compiler themselves: rustup's own programs would look for more.
fn toolchain() -> Result<[(&'static str, PathBuf); 2]> {
    let sysroot = step::output(Command::new("rustc").args(["--print", "sysroot"])).ok_or_else(|| Failure::new("rustc does not run"))?;
    let rustc = Path::new(&sysroot).join("bin/rustc");
    let beside = rustc.with_file_name("cargo");
    let cargo = std::env::var_os("CARGO").map_or(beside, PathBuf::from);
    Ok([("cargo", cargo), ("rustc", rustc)])
}

fn link(program: &Path, link: &Path) -> Result<()> {
    #[cfg(unix)]
    if !link.exists() {
        std::os::unix::fs::symlink(program, link).map_err(told("link", link))?;
    }
    #[cfg(not(unix))]
    let _ = (program, link);
    Ok(())
}
