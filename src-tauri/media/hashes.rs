//! Hashes of stored files, made before the lock is taken: reading a film takes longer than a demo may be locked.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::site::file;
use crate::store::{disk, hash_reader};

/// The hashes of some files of a site, good for as long as the files are not touched.
#[derive(Debug)]
pub(super) struct Hashes<'a> {
    site: &'a Path,
    known: HashMap<String, (Stamp, String)>,
}

type Stamp = (u64, Option<SystemTime>);

fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.len(), metadata.modified().ok())
}

impl<'a> Hashes<'a> {
    /// Hashes these files; what is not there, no file of the site's own, or cannot be read now, is left out.
    pub fn of<'p>(site: &'a Path, paths: impl Iterator<Item = &'p str>) -> Self {
        let known = paths.filter_map(|path| Some((path.to_owned(), read(site, path).ok()??))).collect();
        Self { site, known }
    }

    /// The hash of a file as it is now; none if there is no such file.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if it cannot be read.
    pub fn get(&self, path: &str) -> Result<Option<String>> {
        let within = path.trim_start_matches('/');
        let Ok(place) = file::place(self.site, within) else { return Ok(None) };
        let found = match disk::symlink_metadata(&place) {
            Err(cause) if file::is_absent(&cause) => None,
            found => Some(found.map_err(|cause| Error::io("read", &place, &cause))?),
        };
        let found = found.filter(Metadata::is_file).map(|metadata| stamp(&metadata));
        match (found, self.known.get(path)) {
            (None, _) => Ok(None),
            (Some(found), Some((known, hash))) if found == *known => Ok(Some(hash.clone())),
            _ => Ok(read(self.site, path)?.map(|(_, hash)| hash)),
        }
    }
}

fn read(site: &Path, path: &str) -> Result<Option<(Stamp, String)>> {
    let path = path.trim_start_matches('/');
    let hashed = file::open(site, path).and_then(|file| Ok((stamp(&file.metadata()?), hash_reader(file)?)));
    match hashed {
        Ok(hashed) => Ok(Some(hashed)),
        Err(cause) if file::is_absent(&cause) => Ok(None),
        Err(cause) => Err(Error::io("read", &site.join(path), &cause)),
    }
}
