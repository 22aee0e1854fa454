//! What a person should know about a demo that is complete, and what to do about it: what its repository has and a clone has not.
//!
//! It is found out anew each time, from the files of the site: nothing of it is kept that could become wrong.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::git::{self, NotEncoded, Submodule};
use crate::site::generator;
use crate::site::lfs::{self, listed};

/// Something about a demo that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct DemoWarning {
    /// What it is about.
    pub code: WarningCode,
    /// What is so, and what to do about it, in one message.
    pub message: String,
    /// The files, submodules or branches it is about, the first hundred of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub names: Vec<String>,
    /// The submodules that can be fetched, if it is about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Submodule>>", optional)]
    pub submodules: Vec<Submodule>,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Files are in Git LFS and were not downloaded.
    LfsPointers,
    /// Submodules were not fetched.
    Submodules,
    /// Files are not in the encoding that the repository asks for.
    Encoding,
    /// The files are sources of a site generator.
    Generator,
    /// Branches of the template are damaged and not in the demo.
    DamagedBranches,
}

/// How many names a warning lists.
const MOST_NAMES: usize = 100;

impl DemoWarning {
    fn new(code: WarningCode, message: String, mut names: Vec<String>) -> Self {
        names.truncate(MOST_NAMES);
        Self { code, message, names, submodules: Vec::new() }
    }

    /// Whether something is missing or wrong; otherwise it is only good to know.
    pub fn is_problem(&self) -> bool {
        !matches!(self.code, WarningCode::Generator | WarningCode::DamagedBranches)
    }
}

/// The warnings about the site in a folder. `left_out` are the branches and tags that its template's mirror does not have.
pub fn warnings(site: &Path, left_out: &[String]) -> Vec<DemoWarning> {
    let all = [pointers(site), submodules(site), encodings(site), sources(site), damaged(site, left_out)];
    all.into_iter().flatten().collect()
}

fn pointers(site: &Path) -> Option<DemoWarning> {
    let names = lfs::pointers(site);
    let message = match names.as_slice() {
        [] => return None,
        [one] => format!("{one} is in Git LFS and was not downloaded: the file is only a pointer to it. {}.", lfs::REMEDY),
        more => {
            let (count, first) = (more.len(), listed(more));
            format!("{count} files are in Git LFS and were not downloaded, so only pointers to them are here: {first}. {}.", lfs::REMEDY)
        }
    };
    Some(DemoWarning::new(WarningCode::LfsPointers, message, names))
}

const FETCH_IT: &str = "Fetch it if you trust where it comes from; submodules within it are fetched too, from the URLs it names.";
const FETCH_THEM: &str = "Fetch them if you trust where they come from; submodules within them are fetched too, from the URLs they name.";

fn submodules(site: &Path) -> Option<DemoWarning> {
    let missing: Vec<Submodule> = git::submodules(site).unwrap_or_default().into_iter().filter(|submodule| !submodule.is_fetched).collect();
    let from = |submodule: &Submodule| match submodule.url.as_str() {
        "" => format!("{} (of which .gitmodules names no URL)", submodule.path),
        url => format!("{} (from {url})", submodule.path),
    };
    let all: Vec<String> = missing.iter().map(from).collect();
    let message = match missing.len() {
        0 => return None,
        1 => format!("The submodule {} was not fetched, so its folder is empty. {FETCH_IT}", all[0]),
        count => format!("{count} submodules were not fetched, so their folders are empty: {}. {FETCH_THEM}", listed(&all)),
    };
    let names = missing.iter().map(|submodule| submodule.path.clone()).collect();
    Some(DemoWarning { submodules: missing, ..DemoWarning::new(WarningCode::Submodules, message, names) })
}

fn encodings(site: &Path) -> Option<DemoWarning> {
    let wrong = git::not_encoded(site);
    let all: Vec<String> = wrong.iter().map(|NotEncoded { path, encoding }| format!("{path} ({encoding})")).collect();
    let (are, them) = if all.len() == 1 { ("This file is", "it") } else { ("These files are", "them") };
    let message = format!(
        "{are} not in the encoding that .gitattributes asks for: {}. Backlot wrote {them} in UTF-8; convert {them} with “git checkout” in \
         the site's folder if a program needs the other encoding.",
        listed(&all)
    );
    let names: Vec<String> = wrong.into_iter().map(|file| file.path).collect();
    (!names.is_empty()).then(|| DemoWarning::new(WarningCode::Encoding, message, names))
}

fn sources(site: &Path) -> Option<DemoWarning> {
    let found = generator::recognize(site).ok().flatten()?;
    let message = format!(
        "The files are sources for {} ({}), not finished pages. Its own command builds the site: “{}”.",
        found.name,
        found.found_by,
        found.build.join(" ")
    );
    Some(DemoWarning::new(WarningCode::Generator, message, Vec::new()))
}

fn damaged(site: &Path, left_out: &[String]) -> Option<DemoWarning> {
    let names: Vec<String> = git::missing_refs(site, left_out);
    let message = format!(
        "An object of {} is missing in the template's repository, so it is not in this demo. “git fsck” there shows what is missing.",
        listed(&names)
    );
    (!names.is_empty()).then(|| DemoWarning::new(WarningCode::DamagedBranches, message, names))
}
