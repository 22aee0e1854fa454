//! A look through the whole workspace for what is not as it should be.
//!
//! It says what it found and what it would do about it, and does that only when asked. What it takes out of the way goes, whole,
//! into a folder of its own in the trash with a list of where it came from, so that it can be put back.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::App;
use crate::demo::model::DemoWarning;
use crate::error::{Code, Error, Result};
use crate::site::{copies, input, media, shown};
use crate::store::{Document, Log, Store, disk, no_replace_rename, write_new};
use crate::workspace::{demo as demo_names, template as template_names};

/// What the folders of the doctor's own begin with, in the trash.
const ASIDE: &str = "doctor-";
/// The list of what such a folder holds.
const LIST: &str = "moved.json";

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Put aside, to be put back with the undo.
    MoveAside,
    /// Finish a committed transaction and remove temps, as the next change would.
    Finish,
    /// Cut off the torn last line of a log, as the next line would; nothing whole is in it.
    CutTail,
}

#[derive(Debug, Serialize, Deserialize)]
struct Moved {
    /// Where each file in the folder came from, in the order of their numbers.
    from: Vec<PathBuf>,
}

impl Document for Moved {}

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
                None if disk::is_dir(&entry) => self.look_at_demo(&entry, &mut findings),
                None => {}
            }
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
    /// `NotFound` if nothing was put aside; `AlreadyExists` if something new is in one of the places, which stays.
    pub fn undo_doctor(&self) -> Result<Vec<PathBuf>> {
        let mut asides: Vec<PathBuf> =
            folders(&self.0.workspace.trash()).into_iter().filter(|folder| name_of(folder).starts_with(ASIDE)).collect();
        asides.sort();
        let aside = asides.pop().ok_or_else(|| Error::new(Code::NotFound, "The doctor has put nothing aside."))?;
        let text = disk::read_to_string(aside.join(LIST)).map_err(|cause| Error::io("read", &aside.join(LIST), &cause))?;
        let moved: Moved = serde_json::from_str(&text)
            .map_err(|cause| Error::new(Code::Corrupt, format!("{} cannot be understood: {cause}.", aside.join(LIST).display())))?;
        for (number, place) in moved.from.iter().enumerate() {
            let from = aside.join(number.to_string());
            if !disk::exists(&from) {
                continue;
            }
            no_replace_rename(&from, place).map_err(|cause| match cause.kind() {
                std::io::ErrorKind::AlreadyExists => Error::new(
                    Code::AlreadyExists,
                    format!("There is something new at {}, which was left as it is. Move it away, then undo again.", place.display()),
                ),
                _ => Error::io("put back", place, &cause),
            })?;
        }
        disk::remove_dir_all(&aside).map_err(|cause| Error::io("remove", &aside, &cause))?;
        self.refresh();
        Ok(moved.from)
    }

    fn look_at_creations(&self, findings: &mut Vec<Finding>) {
        for path in entries(&self.0.workspace.creations()) {
            let stem = path.with_extension("");
            if path.extension().is_some_and(|kind| kind == "json") {
                if let Some(problem) = unreadable(&path) {
                    findings.push(Finding {
                        problem: format!("A creation record {problem}."),
                        path,
                        remedy: Some(Remedy::MoveAside),
                        fixed: false,
                    });
                }
            } else if disk::is_file(&path) && !disk::exists(stem.with_extension("json")) {
                findings.push(Finding {
                    path,
                    problem: "A sign to cancel a creation that there is no record of.".to_owned(),
                    remedy: Some(Remedy::MoveAside),
                    fixed: false,
                });
            }
        }
    }

    fn look_at_templates(&self, findings: &mut Vec<Finding>) {
        for path in folders(&self.0.workspace.templates()) {
            let problem = unreadable(&path.join(template_names::IDENTITY))
                .map(|problem| format!("The template's {} {problem}.", template_names::IDENTITY))
                .or_else(|| {
                    crate::git::head_of(&path.join(template_names::MIRROR))
                        .is_none()
                        .then(|| "The template's mirror is not there or damaged. It is fetched anew when it is added again.".to_owned())
                });
            if let Some(problem) = problem {
                findings.push(Finding { path, problem, remedy: Some(Remedy::MoveAside), fixed: false });
            }
        }
    }

    fn look_at_demo(&self, folder: &Path, findings: &mut Vec<Finding>) {
        let mut report = |path: PathBuf, problem: String| findings.push(Finding { path, problem, remedy: None, fixed: false });
        let identity = folder.join(demo_names::IDENTITY);
        if !disk::exists(&identity) {
            return report(folder.to_owned(), "A folder that is no demo: it has no demo.json. Move it away, or leave it.".to_owned());
        }
        for name in [demo_names::IDENTITY, demo_names::STATUS] {
            if let Some(problem) = unreadable(&folder.join(name)).filter(|_| disk::exists(folder.join(name))) {
                report(
                    folder.join(name),
                    format!(
                        "The demo's {name} {problem}, and no good copy was there to restore. Its site is untouched; mend the file by hand."
                    ),
                );
            }
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
        let aside = self.0.workspace.trash().join(format!("{ASIDE}{}", Uuid::now_v7()));
        let moving: Vec<PathBuf> =
            findings.iter().filter(|finding| finding.remedy == Some(Remedy::MoveAside)).map(|finding| finding.path.clone()).collect();
        if !moving.is_empty() {
            disk::create_dir_all(&aside).map_err(|cause| Error::io("make the folder", &aside, &cause))?;
            // The list first: what was moved can be put back even if this stops half way.
            write_new(&aside.join(LIST), &Moved { from: moving.clone() })?;
        }
        for finding in findings.iter_mut() {
            match finding.remedy {
                Some(Remedy::MoveAside) => {
                    let number = moving.iter().position(|path| *path == finding.path).unwrap_or_default();
                    no_replace_rename(&finding.path, &aside.join(number.to_string()))
                        .map_err(|cause| Error::io("put aside", &finding.path, &cause))?;
                }
                Some(Remedy::Finish) => self.store_at(&finding.path).map_or(Ok(()), |store| store.recover())?,
                Some(Remedy::CutTail) => self.log_at(&finding.path).map_or(Ok(()), |log| log.cut_torn_tail())?,
                None => continue,
            }
            finding.fixed = true;
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

/// Why a file is no JSON document, as the end of a sentence; none if it is one.
fn unreadable(path: &Path) -> Option<String> {
    match disk::read(path) {
        Err(cause) => Some(format!("cannot be read ({cause})")),
        Ok(bytes) => {
            serde_json::from_slice::<serde_json::Map<String, Value>>(&bytes).err().map(|cause| format!("cannot be understood ({cause})"))
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = disk::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    entries(parent).into_iter().filter(|path| disk::is_dir(path) && !name_of(path).starts_with('.')).collect()
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
