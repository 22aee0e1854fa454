//! Where the files of an item go: names that nothing else has, in whatever case.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::prepare::Prepared;
use crate::error::Result;
use crate::site::{file, media};
use crate::store::Batch;
use crate::workspace::demo as names;

/// The names that files have, or items claim.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    site: &'a Path,
    folders: HashSet<String>,
    paths: HashSet<String>,
}

impl<'a> Taken<'a> {
    /// The names under `site`, and these paths.
    pub fn new<'p>(site: &'a Path, paths: impl Iterator<Item = &'p str>) -> Self {
        let paths = paths.map(|path| path.trim_start_matches('/').to_lowercase()).collect();
        Self { site, folders: HashSet::new(), paths }
    }

    /// Gives names up that are about to be free.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if a folder of theirs cannot be listed.
    pub fn free<'p>(&mut self, site_paths: impl Iterator<Item = &'p str>) -> Result<()> {
        for path in site_paths {
            let path = path.trim_start_matches('/');
            if let Some((folder, _)) = path.rsplit_once('/') {
                self.look_into(folder)?;
            }
            self.paths.remove(&path.to_lowercase());
        }
        Ok(())
    }

    /// The first free name for a file and its variants.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn name_for(&mut self, original: &str, prepared: &Prepared) -> Result<String> {
        self.look_into(prepared.kind.folder())?;
        let is_free = |name: &String| {
            let variants = prepared.variants.iter().map(|variant| variant_name(name, &variant.name, variant.kind.extension()));
            let mut wanted = std::iter::once(name.clone()).chain(variants);
            wanted.all(|name| self.is_free(prepared.kind.folder(), &name))
        };
        let name = media::names(original, prepared.kind.extension()).find(is_free).unwrap_or_default();
        self.take(prepared.kind.folder(), &name)?;
        Ok(name)
    }

    /// Takes a name, and says whether it was free.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if the folder cannot be listed.
    pub fn take(&mut self, folder: &str, name: &str) -> Result<bool> {
        self.look_into(folder)?;
        Ok(self.paths.insert(format!("{folder}/{name}").to_lowercase()))
    }

    /// Of a folder that was looked into.
    fn is_free(&self, folder: &str, name: &str) -> bool {
        !self.paths.contains(&format!("{folder}/{name}").to_lowercase())
    }

    fn look_into(&mut self, folder: &str) -> Result<()> {
        if !self.folders.contains(folder) {
            for entry in file::entries(self.site, folder)? {
                self.paths.insert(format!("{folder}/{}", entry.file_name().to_string_lossy()).to_lowercase());
            }
            self.folders.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// Gives the files of an item their places, and says of the smaller ones what the catalogue says of them.
pub(super) fn put(batch: &mut Batch, taken: &mut Taken<'_>, prepared: &Prepared, filename: &str) -> Result<Value> {
    let folder = prepared.kind.folder();
    batch.adopt(&format!("{}/{folder}/{filename}", names::SITE), &prepared.main.path, &prepared.main.hash)?;
    put_variants(batch, taken, prepared, filename)
}

/// As [`put`], of the smaller files alone.
pub(super) fn put_variants(batch: &mut Batch, taken: &mut Taken<'_>, prepared: &Prepared, filename: &str) -> Result<Value> {
    let folder = prepared.kind.folder();
    let mut sizes = Map::new();
    for variant in &prepared.variants {
        let extension = variant.kind.extension();
        let mut name = variant_name(filename, &variant.name, extension);
        let mut number = 2;
        while !taken.take(folder, &name)? {
            name = variant_name(filename, &format!("{}-{number}", variant.name), extension);
            number += 1;
        }
        batch.adopt(&format!("{}/{folder}/{name}", names::SITE), &variant.file.path, &variant.file.hash)?;
        sizes.insert(variant.name.clone(), json!({"path": format!("/{folder}/{name}"), "width": variant.width, "height": variant.height}));
    }
    Ok(Value::Object(sizes))
}

/// What a smaller picture is kept as: `a-thumb.jpg` beside `a.jpg`, as Widgetizer has it.
pub(super) fn variant_name(filename: &str, size: &str, extension: &str) -> String {
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    format!("{stem}-{size}.{extension}")
}
