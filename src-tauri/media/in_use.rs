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

    /// What uses one of these files: documents, by the names that they have in the catalogue, and the paths of other texts. What
    /// could not be searched, if nothing else does.
    pub fn places<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> BTreeSet<String> {
        let mut places = BTreeSet::new();
        for path in paths {
            places.extend(self.documents.of(path, &Value::Null));
            places.extend(self.texts.of(path).into_iter().map(|one| references::place(&one.file).unwrap_or(one.file)));
        }
        if places.is_empty() {
            places.extend(self.texts.unread().iter().cloned());
        }
        places
    }
}
