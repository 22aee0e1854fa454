//! What a workspace holds, as a person would describe it: equal before and after a call that changed nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use backlot::preview::model::State as PreviewState;

use crate::support::plain::plain;
use crate::support::{TestWorkspace, open};

/// The folder beside the workspace where builds go.
pub const OUTSIDE: &str = "outside";
/// Of a demo's folder what is no content: logs, locks, backups, and what the program notes for itself.
const NO_CONTENT: &[&str] =
    &[".tmp", ".staged", ".backup", "activity.log", "autosave.json", "demo.json", "demo.status.json", "logs", "quarantine", ".git"];

/// Everything, by what it is; ids and times are left out, since each run draws its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State(pub BTreeMap<String, String>);

impl State {
    /// Reads it, as whoever opens the workspace next finds it: what was cut off is settled first.
    pub fn read(workspace: &TestWorkspace) -> Self {
        let mut state = BTreeMap::new();
        let app = open(workspace);
        let mut put = |key: String, value: String| {
            let mut key = key;
            while state.contains_key(&key) {
                key.push('+');
            }
            state.insert(key, value);
        };
        for view in app.demos().expect("the demos can be listed") {
            let demo = &view.demo;
            match &view.folder {
                Some(folder) => {
                    put(format!("demo {}", demo.slug), format!("{} {:?} {}", demo.name, demo.tags, view.status.state.name()));
                    files(folder, &format!("demo {}/", demo.slug), &mut put);
                }
                None => put(format!("creation {}", demo.slug), view.status.state.name().to_owned()),
            }
            let preview = app.preview(demo.id).state;
            if !matches!(preview, PreviewState::Stopped) {
                put(format!("preview {}", demo.slug), preview.name().to_owned());
            }
        }
        for view in app.trash().expect("the trash can be listed") {
            let demo = &view.demo;
            put(format!("trash {}", demo.slug), format!("{} {:?}", demo.name, demo.tags));
            files(&view.folder.expect("a folder"), &format!("trash {}/", demo.slug), &mut put);
        }
        for template in app.templates() {
            put(format!("template {}", template.key), format!("{} {} {}", template.url, template.branch, template.commit));
        }
        put("settings".to_owned(), app.settings().map_or_else(|error| error.to_string(), |settings| format!("{settings:?}")));
        let aside = fs::read_dir(workspace.root.join(".trash")).into_iter().flatten().flatten();
        for folder in aside.filter(|entry| entry.file_name().to_string_lossy().starts_with("doctor-")) {
            files(&folder.path(), "doctor/", &mut put);
        }
        files(&workspace.root.join("state/trust"), "trust/", &mut put);
        files(&workspace.beside(OUTSIDE), "outside/", &mut put);
        Self(state)
    }

    /// The same without what a creation that fails leaves on purpose: its record, and the template that it fetched.
    pub fn without_records(&self) -> Self {
        let is_kept = |(key, _): &(&String, &String)| !key.starts_with("creation ") && !key.starts_with("template ");
        Self(self.0.iter().filter(is_kept).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// The same without an earlier build that was kept beside the new one, since nobody could say that it is as it was built; the
    /// answer must name it.
    pub fn without_kept(mut self, answer: &str) -> Self {
        self.0.retain(|key, _| {
            let kept = key.strip_prefix("outside/").map(|path| path.split('/').next().unwrap_or_default());
            !kept.is_some_and(|kept| kept.contains("-kept") && answer.contains(kept))
        });
        self
    }

    /// In what two of them differ, for a person.
    pub fn difference(&self, other: &Self) -> String {
        let mut lines = Vec::new();
        for (key, value) in &self.0 {
            match other.0.get(key) {
                None => lines.push(format!("only before: {key}: {value:.80}")),
                Some(now) if now != value => lines.push(format!("{key}: {value:.200} became {now:.200}")),
                Some(_) => {}
            }
        }
        lines.extend(other.0.iter().filter(|(key, _)| !self.0.contains_key(*key)).map(|(key, value)| format!("new: {key}: {value:.80}")));
        lines.truncate(6);
        lines.join("; ")
    }
}

/// Every file below a folder with its contents; a text as it is, anything else by its hash.
fn files(folder: &Path, prefix: &str, put: &mut impl FnMut(String, String)) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if NO_CONTENT.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{}", plain(&name));
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            files(&entry.path(), &format!("{path}/"), put);
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap_or_default();
        let contents = String::from_utf8(bytes).map_or_else(|bytes| blake(bytes.as_bytes()), |text| plain(&text));
        put(path, contents);
    }
}

fn blake(bytes: &[u8]) -> String {
    backlot::store::hash(bytes)
}

/// What a dead process left anywhere that the next one should have removed.
pub fn left_over(workspace: &TestWorkspace) -> Vec<String> {
    let mut left = Vec::new();
    let mut pending = vec![workspace.root.clone(), workspace.beside(OUTSIDE)];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_temp = matches!(name.as_str(), ".tmp" | ".staged" | ".staging");
            if is_temp {
                left.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path().display().to_string()));
            } else if name == "txn.json" || name.ends_with(".backlot") {
                left.push(path.display().to_string());
            } else if is_folder && name == ".trash" && folder != workspace.root {
                // Pages are documents, media are folders with a record.
                let folders = fs::read_dir(&path).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
                left.extend(
                    folders.filter(|entry| !entry.path().join("record.json").exists()).map(|entry| entry.path().display().to_string()),
                );
            } else if is_folder && name != "site" && name != "mirror.git" && name != "locks" {
                pending.push(path);
            }
        }
    }
    left
}
