//! Whether something uses a file: documents, as they stand in a batch, and every other text of the site, searched before the lock
//! is taken. In doubt a file is used.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::site::file_uses::{self, FileUses};
use crate::site::references;
use crate::site::usage::{self, Usages};
use crate::store::Batch;

/// What a site uses of some files.
#[derive(Debug)]
pub(super) struct InUse {
    documents: Usages,
    texts: FileUses,
}

impl InUse {
    /// Searches every document and every other text of the site for these paths.
    pub fn search<'p>(site: &Path, paths: impl Iterator<Item = &'p str>) -> Self {
        Self { documents: usage::scan_with_menus(site), texts: file_uses::search(site, paths) }
    }

    /// Reads the documents again, as they stand in a batch.
    pub fn refresh(&mut self, batch: &mut Batch, site: &Path) {
        self.documents = usage::scan_batch_with_menus(batch, site);
    }

    /// That one of these files is used, as the end of a sentence: “is used in about, assets/site.css”. None if nothing uses them, and
    /// everything was searched.
    pub fn why<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Option<String> {
        let mut places = BTreeSet::new();
        let mut is_certain = false;
        for path in paths {
            let documents = self.documents.of(path, &Value::Null);
            let texts = self.texts.of(path);
            is_certain |= !documents.is_empty() || texts.iter().any(|one| one.is_certain);
            places.extend(documents);
            places.extend(texts.into_iter().map(|one| references::place(&one.file).unwrap_or(one.file)));
        }
        let listed = |places: &mut dyn Iterator<Item = &String>| places.map(String::as_str).collect::<Vec<_>>().join(", ");
        match (places.is_empty(), self.doubt()) {
            (false, _) if is_certain => Some(format!("is used in {}", listed(&mut places.iter()))),
            (false, _) => Some(format!("may be used in {}", listed(&mut places.iter()))),
            (true, Some(doubt)) => Some(format!("may be used: not everything could be searched ({doubt})")),
            (true, None) => None,
        }
    }

    /// What could not be searched, and why; none if everything was.
    pub fn doubt(&self) -> Option<String> {
        let damaged = self.documents.damaged().iter().map(|place| format!("{place} is damaged"));
        let unread = self.documents.unread().map(|error| error.message.clone());
        let unread: Vec<String> = self.texts.unread().iter().cloned().chain(damaged).chain(unread).collect();
        (!unread.is_empty()).then(|| unread.join(", "))
    }
}
