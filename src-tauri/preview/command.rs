//! The command that a site brings to serve itself: found, shown, and decided on by a person before it ever runs. The sources of a
//! site generator bring that of the generator.
//!
//! A decision is about everything that was shown: the command word by word, the scripts of `package.json` behind it, the commit
//! that the site stands on, and the lockfile. If any of it is different the question is asked again.

use std::path::Path;

use serde_json::Value;

use super::model::{Decision, Lockfile, Offer, Script};
use super::record::Trust;
use crate::error::Result;
use crate::site::generator::{self, Generator, PORT};
use crate::site::package::{self, LOCKFILES, PACKAGE};
use crate::site::{file, input};
use crate::store::disk;

/// The scripts that serve a site while it is worked on, in the order of preference.
const SCRIPTS: &[&str] = &["dev", "start", "serve"];
/// What a template says of itself to Backlot.
const SETTINGS: &str = "backlot.json";
/// Stands for the hash of a lockfile that is a link, or too large: nobody can say that it is the same.
const UNREADABLE: &str = "unreadable";

/// The command of the site in `root`, if it has one, and what was decided about it.
///
/// # Errors
/// `NotWritable` or `Io` if a file that defines the command cannot be read.
pub(super) fn offer(root: &Path, commit: &str, trust: Option<&Trust>) -> Result<Option<Offer>> {
    let package = package::read(root)?;
    let generator = generator::recognize(root)?;
    Ok(offer_of(root, commit, trust, &package, generator))
}

fn offer_of(root: &Path, commit: &str, trust: Option<&Trust>, package: &Value, generator: Option<Generator>) -> Option<Offer> {
    let other = || generator.as_ref().and_then(|found| found.lockfile).filter(|name| disk::exists(root.join(name)).unwrap_or(true));
    let lockfile = package::lockfile(root);
    let manager = package::manager(package, lockfile).to_owned();
    let lockfile = lockfile.or_else(other).map(|name| {
        let hash =
            file::read(root, name).ok().flatten().map_or_else(|| UNREADABLE.to_owned(), |bytes| blake3::hash(&bytes).to_hex().to_string());
        Lockfile { name: name.to_owned(), hash }
    });
    let script = || SCRIPTS.iter().find(|script| package["scripts"][**script].is_string());
    let mut missing = None;
    let (command, found_in) = if let Some(command) = set(root) {
        (command, SETTINGS.to_owned())
    } else if let Some(script) = script() {
        (vec![manager, "run".to_owned(), (*script).to_owned()], PACKAGE.to_owned())
    } else {
        let found = generator?;
        let command = found.serve?;
        missing = command.first().filter(|program| !is_installed(program)).map(|program| {
            format!("“{program}” was not found, which {} needs. Install it, then start the preview again: {}", found.name, found.install)
        });
        (command, found.found_by)
    };
    let scripts = scripts_of(&command, package);
    let has_packages =
        ["dependencies", "devDependencies"].iter().any(|kind| package[*kind].as_object().is_some_and(|list| !list.is_empty()));
    let mut offer = Offer {
        command,
        scripts,
        found_in,
        commit: commit.to_owned(),
        needs_install: has_packages
            && !disk::is_dir(root.join("node_modules")).unwrap_or(false)
            && !disk::exists(root.join(".pnp.cjs")).unwrap_or(false),
        lockfile,
        missing,
        key: String::new(),
        decision: Decision::Undecided,
        changed: Vec::new(),
    };
    offer.key = key(&offer);
    if let Some(trust) = trust {
        offer.changed = changed(&offer, trust);
        if offer.changed.is_empty() {
            offer.decision = trust.decision;
        }
    }
    Some(offer)
}

/// What is to be remembered of a decision about an offer.
pub(super) fn decided(demo: uuid::Uuid, offer: &Offer, decision: Decision, at: jiff::Timestamp) -> Trust {
    Trust {
        demo,
        command: offer.command.clone(),
        scripts: scripts_hash(offer),
        commit: offer.commit.clone(),
        lockfile: lockfile_hash(offer),
        decision,
        at,
        bound: None,
        folder: None,
    }
}

/// The offer with the port that its command is to take in the place of [`PORT`].
pub(super) fn at_port(offer: Offer, port: u16) -> Offer {
    let command = offer.command.iter().map(|word| word.replace(PORT, &port.to_string())).collect();
    Offer { command, ..offer }
}

/// Whether a program of that name is where the system looks for programs.
#[expect(clippy::disallowed_methods, reason = "programs are outside the workspace")]
fn is_installed(program: &str) -> bool {
    let endings: &[&str] = if cfg!(windows) { &["", ".exe", ".cmd", ".bat"] } else { &[""] };
    let folders: Vec<_> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    folders.iter().any(|folder: &std::path::PathBuf| endings.iter().any(|ending| folder.join(format!("{program}{ending}")).is_file()))
}

/// A command in the words of a terminal, for a person to read.
pub(super) fn shown(command: &[String]) -> String {
    let plain = |word: &String| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte));
    let quoted = |word: &String| if plain(&word.replace(PORT, "0")) { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) };
    command.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The command that the template sets: `{"preview": {"command": ["npm", "run", "dev"]}}`.
fn set(root: &Path) -> Option<Vec<String>> {
    let settings = input::document(root, SETTINGS).ok()??;
    let command: Vec<String> = serde_json::from_value(settings["preview"]["command"].clone()).ok()?;
    let is_usable = command.first().is_some_and(|program| !program.is_empty()) && command.iter().all(|word| !word.contains('\0'));
    is_usable.then_some(command)
}

/// The scripts that a package manager would run for a command: the one it names, with what runs before and after it.
fn scripts_of(command: &[String], package: &Value) -> Vec<Script> {
    let named = match command {
        [manager, run, script, ..] if run == "run" && LOCKFILES.iter().any(|(_, known)| known == manager) => script,
        [manager, script, ..] if LOCKFILES.iter().any(|(_, known)| known == manager) => script,
        _ => return Vec::new(),
    };
    let names = [format!("pre{named}"), named.clone(), format!("post{named}")];
    let found = names.into_iter().filter_map(|name| Some(Script { line: package["scripts"][&name].as_str()?.to_owned(), name }));
    found.collect()
}

fn scripts_hash(offer: &Offer) -> String {
    let all = serde_json::to_vec(&offer.scripts).unwrap_or_default();
    blake3::hash(&all).to_hex().to_string()
}

fn lockfile_hash(offer: &Offer) -> String {
    offer.lockfile.as_ref().map(|lockfile| lockfile.hash.clone()).unwrap_or_default()
}

fn key(offer: &Offer) -> String {
    let all = serde_json::to_vec(&(&offer.command, &offer.scripts, &offer.commit, &offer.lockfile)).unwrap_or_default();
    blake3::hash(&all).to_hex()[..32].to_owned()
}

fn changed(offer: &Offer, trust: &Trust) -> Vec<String> {
    let parts = [
        ("command", offer.command == trust.command),
        ("scripts", scripts_hash(offer) == trust.scripts),
        ("commit", offer.commit == trust.commit),
        ("lockfile", lockfile_hash(offer) == trust.lockfile && trust.lockfile != UNREADABLE),
    ];
    parts.iter().filter(|(_, is_same)| !is_same).map(|(part, _)| (*part).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn site(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn command(files: &[(&str, &str)]) -> Option<String> {
        Some(shown(&offer(site(files).path(), "c", None).unwrap()?.command))
    }

    #[test]
    fn the_command_is_found_with_the_package_manager_of_the_lockfile() {
        let package = |rest: &str| format!(r#"{{"scripts":{{"build":"x","start":"s","dev":"vite"}}{rest}}}"#);
        let package = package("");
        assert_eq!(command(&[]), None);
        assert_eq!(command(&[("package.json", r#"{"scripts":{"build":"x"}}"#)]), None);
        assert_eq!(command(&[("package.json", "not json")]), None);
        assert_eq!(command(&[("package.json", &package)]).as_deref(), Some("npm run dev"));
        assert_eq!(command(&[("package.json", r#"{"scripts":{"serve":"a","start":"b"}}"#)]).as_deref(), Some("npm run start"));
        for (lockfile, manager) in LOCKFILES {
            assert_eq!(command(&[("package.json", &package), (lockfile, "x")]), Some(format!("{manager} run dev")));
        }
        assert_eq!(
            command(&[("package.json", r#"{"packageManager":"pnpm@9.1.0","scripts":{"dev":"x"}}"#)]).as_deref(),
            Some("pnpm run dev")
        );
        assert_eq!(command(&[("package.json", r#"{"packageManager":"rm -rf /","scripts":{"dev":"x"}}"#)]).as_deref(), Some("npm run dev"));
        let settings = r#"{"preview":{"command":["python3","-m","http.server","my file"]}}"#;
        assert_eq!(command(&[("package.json", &package), ("backlot.json", settings)]).as_deref(), Some("python3 -m http.server 'my file'"));
        assert_eq!(command(&[("backlot.json", r#"{"preview":{"command":"rm -rf /"}}"#)]), None, "a shell line is no command");
        assert_eq!(command(&[("backlot.json", r#"{"preview":{"command":[]}}"#)]), None);
    }

    #[test]
    fn sources_of_a_generator_bring_its_command_unless_the_site_names_another() {
        let hugo = ("hugo.toml", "");
        let line = "hugo server --bind 127.0.0.1 --port {port}";
        assert_eq!(command(&[hugo]).as_deref(), Some(line));
        assert_eq!(command(&[hugo, ("package.json", r#"{"scripts":{"build":"x"}}"#)]).as_deref(), Some(line));
        assert_eq!(command(&[hugo, ("package.json", r#"{"scripts":{"start":"x"}}"#)]).as_deref(), Some("npm run start"));
        assert_eq!(command(&[hugo, ("backlot.json", r#"{"preview":{"command":["make"]}}"#)]).as_deref(), Some("make"));
        assert_eq!(command(&[("conf.py", "project = 'a'"), ("index.rst", "")]), None, "Sphinx serves nothing");
        let folder = site(&[("pelicanconf.py", ""), ("requirements.txt", "pelican")]);
        let found = offer(folder.path(), "c", None).unwrap().unwrap();
        assert_eq!((found.found_in.as_str(), found.lockfile.unwrap().name.as_str()), ("pelicanconf.py", "requirements.txt"));
    }

    #[test]
    fn the_port_is_filled_in_when_the_command_starts_and_is_no_part_of_the_decision() {
        let folder = site(&[("mkdocs.yml", "")]);
        let found = offer(folder.path(), "c", None).unwrap().unwrap();
        let trust = decided(Uuid::nil(), &found, Decision::Trusted, Timestamp::UNIX_EPOCH);
        let started = at_port(found, 4321);
        assert_eq!(shown(&started.command), "mkdocs serve --dev-addr 127.0.0.1:4321");
        assert_eq!(offer(folder.path(), "c", Some(&trust)).unwrap().unwrap().decision, Decision::Trusted);
    }

    #[test]
    fn what_the_command_runs_is_shown_with_it() {
        let folder = site(&[(
            "package.json",
            r#"{"scripts":{"predev":"a","dev":"vite","postdev":"b","other":"c"},"devDependencies":{"vite":"1"}}"#,
        )]);
        let found = offer(folder.path(), "c0ffee", None).unwrap().unwrap();
        let scripts: Vec<_> = found.scripts.iter().map(|script| (script.name.as_str(), script.line.as_str())).collect();
        assert_eq!(scripts, [("predev", "a"), ("dev", "vite"), ("postdev", "b")]);
        assert!(found.needs_install && found.lockfile.is_none() && found.commit == "c0ffee");
    }

    #[test]
    fn a_decision_holds_until_anything_that_was_shown_is_different() {
        let package = r#"{"scripts":{"dev":"vite"}}"#;
        let folder = site(&[("package.json", package), ("package-lock.json", "1")]);
        let first = offer(folder.path(), "c1", None).unwrap().unwrap();
        assert_eq!(first.decision, Decision::Undecided);
        for decision in [Decision::Trusted, Decision::Restricted] {
            let trust = decided(Uuid::nil(), &first, decision, Timestamp::UNIX_EPOCH);
            let again = |commit: &str| offer(folder.path(), commit, Some(&trust)).unwrap().unwrap();
            assert_eq!((again("c1").decision, again("c1").key), (decision, first.key.clone()));
            assert_eq!((again("c2").decision, again("c2").changed), (Decision::Undecided, vec!["commit".to_owned()]));
            fs::write(folder.path().join("package-lock.json"), "2").unwrap();
            assert_eq!(again("c1").changed, ["lockfile"]);
            assert_ne!(again("c1").key, first.key);
            fs::write(folder.path().join("package-lock.json"), "1").unwrap();
            fs::write(folder.path().join("package.json"), r#"{"scripts":{"dev":"vite && curl evil"}}"#).unwrap();
            assert_eq!(again("c1").changed, ["scripts"]);
            fs::write(folder.path().join("backlot.json"), r#"{"preview":{"command":["evil"]}}"#).unwrap();
            assert_eq!(again("c1").changed, ["command", "scripts"]);
            fs::remove_file(folder.path().join("backlot.json")).unwrap();
            fs::write(folder.path().join("package.json"), package).unwrap();
            assert_eq!(again("c1").decision, decision);
        }
    }
}
