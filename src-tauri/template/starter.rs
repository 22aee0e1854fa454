//! The starter templates that come inside the program.

use std::sync::LazyLock;

use include_dir::{Dir, File, include_dir};

use super::model::{Kind, Template};
use crate::git::SourceFile;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/starters");

/// One starter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Starter {
    pub key: &'static str,
    name: &'static str,
    description: &'static str,
}

const STARTERS: [Starter; 3] = [
    Starter {
        key: "bakery",
        name: "Bakery",
        description: "A neighbourhood bakery or café: menu, opening hours, story and a place to visit.",
    },
    Starter {
        key: "portfolio",
        name: "Portfolio",
        description: "A design or architecture studio: large pictures, selected work, a short and clear voice.",
    },
    Starter {
        key: "saas",
        name: "SaaS landing page",
        description: "A software product: features, prices, questions, and one clear thing to do next.",
    },
];

pub(super) fn all() -> impl Iterator<Item = &'static Starter> {
    STARTERS.iter()
}

pub(super) fn find(key: &str) -> Option<&'static Starter> {
    all().find(|starter| starter.key == key)
}

impl Starter {
    /// How the starter is listed before its first use.
    pub fn template(&self) -> Template {
        Template {
            key: self.key.to_owned(),
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            kind: Kind::Starter,
            url: format!("starter:{}", self.key),
            branch: String::new(),
            commit: String::new(),
            added_at: None,
            refreshed_at: None,
            left_out: Vec::new(),
            contents: String::new(),
        }
    }

    /// Every file, sorted by path.
    pub fn files(&self) -> Vec<SourceFile<'static>> {
        let mut files = Vec::new();
        if let Some(folder) = FILES.get_dir(self.key) {
            collect(folder, &mut files);
        }
        let prefix = self.key.len() + 1;
        let mut files: Vec<_> = files
            .into_iter()
            .filter_map(|file| Some(SourceFile { path: file.path().to_str()?.get(prefix..)?, contents: file.contents() }))
            .collect();
        files.sort_by_key(|file| file.path);
        files
    }

    /// One file's contents.
    pub fn file(&self, path: &str) -> Option<&'static [u8]> {
        FILES.get_file(format!("{}/{path}", self.key)).map(File::contents)
    }

    /// Tells one version of the starter from another.
    pub fn hash(&self) -> String {
        static HASHES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
            all()
                .map(|starter| {
                    let mut hasher = blake3::Hasher::new();
                    for file in starter.files() {
                        hasher.update(&(file.path.len() as u64).to_le_bytes()).update(file.path.as_bytes());
                        hasher.update(&(file.contents.len() as u64).to_le_bytes()).update(file.contents);
                    }
                    (starter.key, hasher.finalize().to_hex().to_string())
                })
                .collect()
        });
        HASHES.iter().find(|(key, _)| *key == self.key).map(|(_, hash)| hash.clone()).unwrap_or_default()
    }

    /// What the commit says.
    pub fn message(&self) -> String {
        format!("{} starter of Backlot {}", self.name, env!("CARGO_PKG_VERSION"))
    }
}

fn collect<'a>(folder: &'a Dir<'a>, files: &mut Vec<&'a File<'a>>) {
    files.extend(folder.files());
    folder.dirs().for_each(|child| collect(child, files));
}
