//! A look through the whole workspace for what is not as it should be.
//!
//! It says what it found and what it would do about it, and does that only when asked. It changes files under the locks of those
//! who work with them, after another look. What it takes out of the way goes, whole, into a folder of its own in the trash with a
//! list of where it came from, so that it can be put back. What cannot be read is not damaged: it is reported, and left.

mod aside;
#[cfg(unix)]
mod owners;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use self::aside::Asides;
use super::App;
use crate::demo::model::{Demo, DemoWarning, Status};
use crate::error::{Code, Result};
use crate::site::{copies, input, media, shown};
use crate::store::{Document, Log, Store, disk};
use crate::template::model::Template;
use crate::workspace::{Workspace, demo as demo_names, template as template_names};

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(export, rename = "WorkspaceFinding")]
pub struct Finding {
    /// Where.
    pub path: PathBuf,
    /// What is wrong, for a person.
    pub problem: String,
    /// What can be done about it by the doctor; none if only a person can.
    pub remedy: Option<Remedy>,
    /// Whether it was done.
    pub fixed: bool,
}

/// What the doctor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "WorkspaceRemedy")]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Put aside, to be put back with the undo.
    MoveAside,
    /// Finish a committed transaction and remove temps, as the next change would.
    Finish,
    /// Cut off the torn last line of a log, as the next line would; nothing whole is in it.
    CutTail,
    /// Give a copy an id of its own, as the next listing would.
    NewId,
}

/// A JSON object of whatever kind.
#[derive(Debug, Serialize, Deserialize)]
struct AnyDocument {}

impl Document for AnyDocument {}

/// What became of a document of ours.
#[derive(Debug)]
enum Condition {
    Fine,
    Absent,
    /// It is there, and the system does not let it be read.
    Unreadable(String),
    /// It is no JSON document.
    Damaged(String),
    /// It is one, and not one that this version knows: of a newer Backlot, or changed by hand.
    Unknown(String),
}

/// Removes what doctors left that were killed before they moved anything.
pub(super) fn recover(workspace: &Workspace) {
    Asides::sweep(workspace);
}

impl App {
    /// Looks through the workspace; with `fix` it does what it can about what it finds.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull` or `Io` when something cannot be put aside; what was done until then stays done.
    pub fn doctor(&self, fix: bool) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        self.look_at_creations(&mut findings);
        self.look_at_templates(&mut findings);
        for template in self.0.templates.list().into_iter().filter(|template| !template.left_out.is_empty()) {
            let path = self.0.workspace.template(&template.key);
            let problem = format!(
                "An object of {} is missing in {}, so it is not in the template. “git fsck” there shows what is missing.",
                crate::site::lfs::listed(&template.left_out),
                template.url
            );
            findings.push(Finding { path, problem, remedy: None, fixed: false });
        }
        for entry in entries(&self.0.workspace.demos()).into_iter().filter(|path| !name_of(path).starts_with('.')) {
            match crate::demo::linked(&entry) {
                Some(error) => findings.push(Finding { path: entry, problem: error.message, remedy: None, fixed: false }),
                None if disk::is_dir(&entry).unwrap_or(false) => self.look_at_demo(&entry, &mut findings),
                None => {}
            }
        }
        self.look_at_copies(&mut findings);
        #[cfg(unix)]
        owners::look(&self.0.workspace, &mut findings);
        if let Some(problem) = super::watch::limit(&self.0.workspace) {
            findings.push(Finding { path: self.0.workspace.demos(), problem, remedy: None, fixed: false });
        }
        let trail = self.0.workspace.state().join("activity.log");
        look_at_log(&trail, &self.0.workspace.locks(), "activity", &mut findings);
        look_at_store(&Store::new(self.0.workspace.state(), &self.0.workspace.locks(), "state"), &mut findings);
        if fix {
            self.treat(&mut findings)?;
        }
        Ok(findings)
    }

    /// Puts back what the doctor put aside last. Answers where it is again.
    ///
    /// # Errors
    /// `NotFound` if nothing was put aside; `AlreadyExists` if something new is in one of the places, which stays; `InProgress`
    /// while somebody works with one of them.
    pub fn undo_doctor(&self) -> Result<Vec<PathBuf>> {
        let put_back = Asides::open(&self.0.workspace, "put back what the doctor moved")?.undo()?;
        self.refresh();
        Ok(put_back)
    }

    fn look_at_creations(&self, findings: &mut Vec<Finding>) {
        findings.extend(entries(&self.0.workspace.creations()).iter().filter_map(|path| look_at_creation(path)));
    }

    fn look_at_templates(&self, findings: &mut Vec<Finding>) {
        findings.extend(folders(&self.0.workspace.templates()).iter().filter_map(|path| look_at_template(path)));
    }

    fn look_at_copies(&self, findings: &mut Vec<Finding>) {
        let short = |folder: &Path| folder.strip_prefix(self.0.workspace.root()).unwrap_or(folder).display().to_string();
        for (copy, original) in self.0.demos.copies() {
            let is_listed = copy.starts_with(self.0.workspace.demos());
            let next = if is_listed { " It gets one of its own when the demos are listed." } else { "" };
            let problem = format!("This demo has the id of {}, of which it is a copy.{next}", short(&original));
            findings.push(Finding { path: copy, problem, remedy: is_listed.then_some(Remedy::NewId), fixed: false });
        }
    }

    fn look_at_demo(&self, folder: &Path, findings: &mut Vec<Finding>) {
        let mut report = |path: PathBuf, problem: String| findings.push(Finding { path, problem, remedy: None, fixed: false });
        let identity = folder.join(demo_names::IDENTITY);
        if !disk::exists(&identity).unwrap_or(true) {
            return report(folder.to_owned(), "A folder that is no demo: it has no demo.json. Move it away, or leave it.".to_owned());
        }
        for (name, condition) in [
            (demo_names::IDENTITY, condition::<Demo>(&identity)),
            (demo_names::STATUS, condition::<Status>(&folder.join(demo_names::STATUS))),
        ] {
            let problem = match condition {
                Condition::Fine | Condition::Absent => continue,
                Condition::Unreadable(why) => format!("The demo's {name} {why}. It was left as it is; make it readable."),
                Condition::Damaged(why) => {
                    format!("The demo's {name} {why}, and no good copy was there to restore. Its site is untouched; mend the file by hand.")
                }
                Condition::Unknown(why) => {
                    format!("The demo's {name} {why}. Its site is untouched; update Backlot, or mend the file by hand.")
                }
            };
            report(folder.join(name), problem);
        }
        let site = folder.join(demo_names::SITE);
        if let Some(error) = crate::git::unreadable(&site) {
            report(site.clone(), error.message);
        } else if crate::git::head_of(&site).is_none() {
            report(site.clone(), "The demo's site is no git repository, or has no commit.".to_owned());
        }
        for warning in crate::demo::warnings(&site, &[]).into_iter().filter(DemoWarning::is_problem) {
            report(site.clone(), warning.message);
        }
        let damaged = input::damaged(&site);
        if damaged.is_empty()
            && let Some(error) = super::exports::why_not_built(&site)
        {
            report(site.clone(), format!("The site cannot be built. {}", error.message.trim_end_matches(" Nothing was built.")));
        }
        for damage in damaged {
            let is_needed = shown::is_rendered(&site) || damage.path == shown::LAYOUT;
            let build = if is_needed { " The site cannot be built until this is fixed." } else { "" };
            let backup = if damage.path == media::CATALOGUE {
                " A good copy may be in .backup; the next change to the media restores it."
            } else {
                ""
            };
            report(site.join(&damage.path), format!("{}{build}{backup}", damage.message));
        }
        for path in copies::list(&site) {
            report(site.join(&path), copies::said(&path));
        }
        let id = disk::read(&identity)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            .and_then(|demo| Uuid::parse_str(demo["id"].as_str()?).ok());
        if let Some(id) = id {
            look_at_store(&Store::of_demo(&self.0.workspace, folder, id), findings);
            look_at_log(&folder.join("activity.log"), &self.0.workspace.locks(), &format!("activity-{id}"), findings);
        }
    }

    fn treat(&self, findings: &mut [Finding]) -> Result<()> {
        let asides = Asides::open(&self.0.workspace, "put right what the doctor found")?;
        let moving: Vec<PathBuf> =
            findings.iter().filter(|finding| finding.remedy == Some(Remedy::MoveAside)).map(|finding| finding.path.clone()).collect();
        let aside = if moving.is_empty() { None } else { Some(asides.begin(&moving)?) };
        let mut copies = None;
        for finding in findings.iter_mut() {
            let path = &finding.path;
            let done = match finding.remedy {
                Some(Remedy::MoveAside) => {
                    let still = || look_at_creation(path).or_else(|| look_at_template(path)).is_some_and(|found| found.remedy.is_some());
                    // What is not to be moved any more was put right by others.
                    aside.as_ref().map_or(Ok(()), |aside| aside.take(path, still).map(drop))
                }
                Some(Remedy::Finish) => self.store_at(path).map_or(Ok(()), |store| store.recover()),
                Some(Remedy::CutTail) => self.log_at(path).map_or(Ok(()), |log| log.cut_torn_tail()),
                Some(Remedy::NewId) => {
                    let left = copies.get_or_insert_with(|| {
                        let _ = self.0.demos.list();
                        self.0.demos.copies()
                    });
                    if left.iter().any(|(copy, _)| copy == path) {
                        continue;
                    }
                    Ok(())
                }
                None => continue,
            };
            match done {
                Ok(()) => finding.fixed = true,
                // The others are put right all the same.
                Err(error) if error.code == Code::Indeterminate => finding.problem = format!("{} {}", finding.problem, error.message),
                Err(error) => finding.problem = format!("{} It was left as it is: {}", finding.problem, error.message),
            }
        }
        self.refresh();
        Ok(())
    }

    fn store_at(&self, root: &Path) -> Option<Store> {
        if root == self.0.workspace.state() {
            return Some(Store::new(root.to_owned(), &self.0.workspace.locks(), "state"));
        }
        Some(Store::of_demo(&self.0.workspace, root, id_of(root)?))
    }

    fn log_at(&self, path: &Path) -> Option<Log> {
        let folder = path.parent()?;
        let lock = if folder == self.0.workspace.state() { "activity".to_owned() } else { format!("activity-{}", id_of(folder)?) };
        Some(Log::new(path.to_owned(), &self.0.workspace.locks(), &lock))
    }
}

fn look_at_store(store: &Store, findings: &mut Vec<Finding>) {
    if store.needs_recovery() {
        let problem = "What a process that ended was writing here was left behind; the next change would settle it.".to_owned();
        findings.push(Finding { path: store.root().to_owned(), problem, remedy: Some(Remedy::Finish), fixed: false });
    }
}

fn look_at_log(path: &Path, locks: &Path, lock: &str, findings: &mut Vec<Finding>) {
    let Ok(read) = Log::new(path.to_owned(), locks, lock).read::<Value>() else { return };
    if !read.bad_lines.is_empty() {
        let lines = read.bad_lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        findings.push(Finding {
            path: path.to_owned(),
            problem: format!("Lines of the log do not match their checksums: {lines}. They are kept as they are."),
            remedy: None,
            fixed: false,
        });
    }
    if read.has_torn_tail {
        findings.push(Finding {
            path: path.to_owned(),
            problem: "The last line of the log is torn.".to_owned(),
            remedy: Some(Remedy::CutTail),
            fixed: false,
        });
    }
}

fn id_of(folder: &Path) -> Option<Uuid> {
    let identity: Value = serde_json::from_slice(&disk::read(folder.join(demo_names::IDENTITY)).ok()?).ok()?;
    Uuid::parse_str(identity["id"].as_str()?).ok()
}

/// Looks at a file of the creations; none if nothing is wrong with it, or it is elsewhere.
fn look_at_creation(path: &Path) -> Option<Finding> {
    if path.parent().and_then(Path::file_name).is_none_or(|folder| folder != "creations") {
        return None;
    }
    let stem = path.with_extension("");
    let (problem, remedy) = if path.extension().is_some_and(|kind| kind == "json") {
        let known = disk::read(path).map(|text| crate::demo::check_record(&text));
        match condition::<AnyDocument>(path) {
            Condition::Absent => return None,
            Condition::Unreadable(why) => (format!("A creation record {why}. It was left as it is; make it readable."), None),
            Condition::Damaged(why) => (format!("A creation record {why}."), Some(Remedy::MoveAside)),
            Condition::Fine | Condition::Unknown(_) => {
                let why = known.ok()?.err()?;
                (format!("A creation record is not known to this version ({why}). It was left as it is; update Backlot."), None)
            }
        }
    } else if disk::is_file(path).unwrap_or(false) && !disk::exists(stem.with_extension("json")).unwrap_or(true) {
        ("A sign to cancel a creation that there is no record of.".to_owned(), Some(Remedy::MoveAside))
    } else {
        return None;
    };
    Some(Finding { path: path.to_owned(), problem, remedy, fixed: false })
}

/// Looks at a template; none if nothing is wrong with it, or it is elsewhere.
fn look_at_template(path: &Path) -> Option<Finding> {
    if path.parent().and_then(Path::file_name).is_none_or(|folder| folder != "templates") || !disk::is_dir(path).unwrap_or(false) {
        return None;
    }
    let identity = template_names::IDENTITY;
    let (problem, remedy) = match condition::<Template>(&path.join(identity)) {
        Condition::Fine => mirror(path)?,
        Condition::Absent => (format!("The template's {identity} is not there."), Some(Remedy::MoveAside)),
        Condition::Damaged(why) => (format!("The template's {identity} {why}."), Some(Remedy::MoveAside)),
        Condition::Unreadable(why) => (format!("The template's {identity} {why}. It was left as it is; make it readable."), None),
        Condition::Unknown(why) => (format!("The template's {identity} {why}. It was left as it is; update Backlot."), None),
    };
    // It may have been removed meanwhile.
    disk::is_dir(path).unwrap_or(false).then(|| Finding { path: path.to_owned(), problem, remedy, fixed: false })
}

/// What is wrong with a template's mirror.
fn mirror(template: &Path) -> Option<(String, Option<Remedy>)> {
    let mirror = template.join(template_names::MIRROR);
    if crate::git::head_of(&mirror).is_some() {
        return None;
    }
    let denied = |cause: &std::io::Error| cause.kind() != std::io::ErrorKind::NotFound;
    let closed =
        [disk::read_dir(&mirror).map(drop), disk::read_dir(mirror.join("objects")).map(drop), disk::read(mirror.join("HEAD")).map(drop)];
    let closed = closed.into_iter().filter_map(std::result::Result::err).find(denied);
    Some(closed.map_or_else(
        || {
            (
                "The template's mirror is not there or damaged. It is fetched anew when it is added again.".to_owned(),
                Some(Remedy::MoveAside),
            )
        },
        |cause| (format!("The template's mirror cannot be read ({cause}). It was left as it is; make it readable."), None),
    ))
}

/// What became of a document; what is said of it is the end of a sentence.
fn condition<T: Document>(path: &Path) -> Condition {
    let text = match disk::read(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Condition::Absent,
        Err(cause) => return Condition::Unreadable(format!("cannot be read ({cause})")),
        Ok(text) => text,
    };
    match serde_json::from_slice::<serde_json::Map<String, Value>>(&text) {
        Err(cause) => Condition::Damaged(format!("cannot be understood ({cause})")),
        Ok(document) if document.get("schema").and_then(Value::as_u64).is_some_and(|schema| schema > T::SCHEMA) => {
            Condition::Unknown("was written by a newer Backlot".to_owned())
        }
        Ok(_) => match serde_json::from_slice::<T>(&text) {
            Ok(_) => Condition::Fine,
            Err(cause) => Condition::Unknown(format!("is not known to this version ({cause})")),
        },
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = disk::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    entries(parent).into_iter().filter(|path| disk::is_dir(path).unwrap_or(false) && !name_of(path).starts_with('.')).collect()
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
