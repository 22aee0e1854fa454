//! `package.json`: what a site of somebody's own making says of the commands that serve or build it.

use std::path::Path;

use serde_json::Value;

use super::{file, input};
use crate::error::Result;
use crate::store::{disk, json};

/// The file.
pub const PACKAGE: &str = "package.json";
/// Lockfiles and whose they are.
pub const LOCKFILES: &[(&str, &str)] = &[
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
];

/// What the file says; null if it is not there or no JSON.
///
/// # Errors
/// `NotWritable` or `Io` if it may be there and cannot be read.
pub fn read(site: &Path) -> Result<Value> {
    let text = file::read(site, PACKAGE)?.and_then(|bytes| json::decode(bytes).ok());
    Ok(text.and_then(|text| input::understand(PACKAGE, json::without_mark(&text)).ok()).unwrap_or_default())
}

/// The lockfile beside it, if there is one.
pub fn lockfile(site: &Path) -> Option<&'static str> {
    LOCKFILES.iter().map(|(name, _)| *name).find(|name| disk::symlink_metadata(site.join(name)).is_ok())
}

/// Who runs its scripts: whose lockfile there is, else the one it names, else npm.
pub fn manager(package: &Value, lockfile: Option<&str>) -> &'static str {
    let named = package["packageManager"].as_str().and_then(|manager| manager.split('@').next());
    let is_ours = |(name, manager): &&(&'static str, &'static str)| match lockfile {
        Some(lockfile) => *name == lockfile,
        None => Some(*manager) == named,
    };
    LOCKFILES.iter().find(is_ours).map_or("npm", |(_, manager)| *manager)
}

/// The command that a site brings to build itself, in the words of a terminal, and the line that it stands for; none if it
/// brings none.
///
/// # Errors
/// As [`read`].
pub fn build_script(site: &Path) -> Result<Option<(String, String)>> {
    Ok(script_that_builds(&read(site)?, site))
}

/// As [`build_script`], of a file that was read.
pub fn script_that_builds(package: &Value, site: &Path) -> Option<(String, String)> {
    let line = package["scripts"]["build"].as_str().map(str::trim).filter(|line| !line.is_empty())?;
    Some((format!("{} run build", manager(package, lockfile(site))), line.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_command_that_builds_a_site_is_that_of_its_package_manager() {
        let site = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(site.path().join(name), text).unwrap();
        assert_eq!(build_script(site.path()).unwrap(), None);
        for other in ["{", "[]", "{}", r#"{"scripts": {"dev": "vite"}}"#, r#"{"scripts": {"build": " "}}"#, r#"{"scripts": {"build": 7}}"#]
        {
            write(PACKAGE, other);
            assert_eq!(build_script(site.path()).unwrap(), None, "{other}");
        }
        let command = || build_script(site.path()).unwrap().map(|(command, line)| format!("{command}: {line}"));
        write(PACKAGE, r#"{"scripts": {"build": "vite build"}}"#);
        assert_eq!(command().as_deref(), Some("npm run build: vite build"));
        write(PACKAGE, r#"{"packageManager": "pnpm@9.1.0", "scripts": {"build": "vite build"}}"#);
        assert_eq!(command().as_deref(), Some("pnpm run build: vite build"));
        write(PACKAGE, r#"{"packageManager": "rm -rf", "scripts": {"build": "vite build"}}"#);
        assert_eq!(command().as_deref(), Some("npm run build: vite build"));
        write("yarn.lock", "");
        assert_eq!(command().as_deref(), Some("yarn run build: vite build"));
    }
}
