//! The media doctor: what is not as it should be, what could be done about it, and doing that so that it can be undone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use serde_json::json;

use super::catalogue::{self, Entry};
use super::hashes::Hashes;
use super::in_use::InUse;
use super::model::{FindingKind, MediaFinding};
use super::picture::Header;
use super::prepare::{Variant, Workshop};
use super::source::Source;
use super::trash::Bin;
use super::{Media, container, sniff};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;
use crate::site::media::CATALOGUE;
use crate::site::sizes::{Size, is_size_of};
use crate::site::{file, usage};
use crate::store::{Batch, disk, hash_reader};

impl Media {
    /// Everything about the demo's media that is not as it should be. Changes nothing.
    ///
    /// # Errors
    /// `Corrupt` if the catalogue cannot be understood.
    pub fn check(&self) -> Result<Vec<MediaFinding>> {
        let site = self.site();
        let entries = self.entries()?;
        let usages = usage::scan(&site);
        let files = files_below(&site)?;
        let in_use = InUse::search(&site, entries.iter().flat_map(Entry::paths).chain(files.keys().map(String::as_str)));
        let mut findings = Vec::new();
        for entry in &entries {
            let used_in = usages.noted(&entry.path, &entry.sizes, &entry.used_in);
            let about = |kind, path: &str, message: String, remedy: Option<&str>| MediaFinding {
                kind,
                id: Some(entry.id.clone()),
                path: path.to_owned(),
                message,
                remedy: remedy.map(str::to_owned),
            };
            let is_there = files.contains_key(&entry.path);
            if !is_there {
                let (message, remedy) = match in_use.why(entry.paths()) {
                    None => ("The file is not there, and nothing uses it.".to_owned(), Some("Takes the item off the list.")),
                    Some(why) => (format!("The file is not there, and {why}. Replace it, or take it out there."), None),
                };
                findings.push(about(FindingKind::MissingFile, &entry.path, message, remedy));
            }
            for (size, path) in entry.variants().filter(|(_, path)| !files.contains_key(*path)) {
                let remedy = (is_there && can_be_made(entry, path)).then_some("Makes it anew from the picture.");
                findings.push(about(FindingKind::MissingSize, path, format!("The size “{size}” of {} is not there.", entry.path), remedy));
            }
            if entry.used_in != used_in {
                let message = format!("The list says it is used in {}, the pages say {}.", listed(&entry.used_in), listed(&used_in));
                findings.push(about(FindingKind::StaleUsage, &entry.path, message, Some("Notes what the pages say.")));
            }
            if entry.mime.starts_with("image/") && entry.metadata["alt"].as_str().is_none_or(|alt| alt.trim().is_empty()) {
                let message = "The picture has no words for who cannot see it. Describe it.".to_owned();
                findings.push(about(FindingKind::MissingAlt, &entry.path, message, None));
            }
        }
        sniff::find_wrong_contents(&site, &entries, &files, &mut findings);
        Unlisted::new(&entries, &files, self.sizes()).find(&in_use, &mut findings);
        find_duplicates(&site, &entries, &files, &mut findings);
        Ok(findings)
    }

    /// Does what the remedies of these findings say, as far as they still hold; gives what [`Media::restore`] needs to undo it.
    ///
    /// # Errors
    /// `InvalidInput` if none of them has a remedy; `Corrupt`; those of [`crate::store::Store::transact`].
    pub fn repair(&self, findings: &[MediaFinding]) -> Result<String> {
        let findings: Vec<&MediaFinding> = findings.iter().filter(|finding| finding.remedy.is_some()).collect();
        if findings.is_empty() {
            return Err(Error::new(Code::InvalidInput, "None of these can be repaired by the doctor. Nothing was changed."));
        }
        let (site, now) = (self.site(), self.clock.now());
        let of_kind = |kind| findings.iter().filter(move |finding| finding.kind == kind).copied();
        let entries = self.entries()?;
        let staging = self.store.stage()?;
        let made = self.make_sizes(&entries, of_kind(FindingKind::MissingSize), staging.path());
        staging.sync(&Cancel::new())?;
        let hashes = Hashes::of(&site, of_kind(FindingKind::Orphan).map(|finding| finding.path.as_str()));
        let files = files_below(&site)?;
        let mut in_use = InUse::search(&site, entries.iter().flat_map(Entry::paths).chain(files.keys().map(String::as_str)));
        let mut bin = Bin::new(self)?;
        self.change("repair media", |batch| {
            self.sweep_trash(now);
            in_use.refresh(batch, &site);
            let needs_all = findings.iter().any(|finding| matches!(finding.kind, FindingKind::Orphan | FindingKind::MissingFile));
            if let Some(doubt) = in_use.doubt().filter(|_| needs_all) {
                // When they were found, all of it could be searched.
                let message = format!("Not everything could be searched for uses ({doubt}). Nothing was changed; run the doctor again.");
                return Err(Error::new(Code::Io, message));
            }
            let now_listed = catalogue::read(batch)?;
            let unlisted = Unlisted::new(&now_listed, &files, self.sizes());
            for path in of_kind(FindingKind::Orphan).map(|finding| finding.path.as_str()) {
                if !unlisted.is_listed(path) && in_use.why(unlisted.alike(path)).is_none() {
                    bin.put(batch, &hashes, path)?;
                }
            }
            for (id, variants) in &made {
                add_sizes(batch, &mut bin, &site, id, variants)?;
            }
            let usages = usage::scan_batch(batch, &site);
            for id in of_kind(FindingKind::StaleUsage).filter_map(|finding| finding.id.as_deref()) {
                let Ok(index) = catalogue::find(batch, id) else { continue };
                let (before, entry) = (catalogue::text(batch, index)?, catalogue::entry(batch, index)?);
                let used_in = usages.noted(&entry.path, &entry.sizes, &entry.used_in);
                catalogue::edit(batch, index, &[catalogue::set(&["usedIn"], Some(used_in.into()))])?;
                bin.note_change(id, before, catalogue::text(batch, index)?);
            }
            let mut gone = BTreeSet::new();
            for id in of_kind(FindingKind::MissingFile).filter_map(|finding| finding.id.as_deref()) {
                let Ok(index) = catalogue::find(batch, id) else { continue };
                let entry = catalogue::entry(batch, index)?;
                let is_there = file::is_file(&site, entry.path.trim_start_matches('/'))?;
                if !is_there && in_use.why(entry.paths()).is_none() {
                    gone.insert(index);
                    bin.note_item(batch, index, id)?;
                    // What is left of it, its smaller pictures, would be orphans.
                    for (_, path) in entry.variants() {
                        bin.put(batch, &hashes, path)?;
                    }
                }
            }
            bin.close(batch)?;
            if gone.is_empty() { Ok(()) } else { catalogue::take_out(batch, &gone) }
        })?;
        Ok(bin.token())
    }

    /// Makes the sizes that are missing in a staging folder. A picture that cannot be decoded is left for a person.
    fn make_sizes<'a>(
        &self,
        entries: &[Entry],
        missing: impl Iterator<Item = &'a MediaFinding>,
        folder: &Path,
    ) -> BTreeMap<String, Vec<(String, Variant)>> {
        let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for finding in missing {
            wanted.entry(finding.id.as_deref().unwrap_or_default()).or_default().insert(&finding.path);
        }
        let mut made = BTreeMap::new();
        for (number, (id, paths)) in wanted.into_iter().enumerate() {
            let Some(entry) = entries.iter().find(|entry| entry.id == id) else { continue };
            match self.make_sizes_of(entry, &paths, &folder.join(number.to_string())) {
                Ok(variants) => drop(made.insert(id.to_owned(), variants)),
                Err(error) => tracing::warn!(id, %error, "sizes of a picture could not be made"),
            }
        }
        made
    }

    fn make_sizes_of(&self, entry: &Entry, paths: &BTreeSet<&str>, base: &Path) -> Result<Vec<(String, Variant)>> {
        let place = file::place(&self.site(), entry.path.trim_start_matches('/')).map_err(|cause| super::linked(&cause))?;
        let mut source = Source::open(&place)?;
        let clean = container::clean(source.kind, &source.read()?)?;
        let cancel = Cancel::new();
        let picture = Header::read(source.kind, &clean)?.decode(&cancel)?;
        let known = self.sizes();
        let mut made = Vec::new();
        for (name, path) in entry.variants().filter(|(_, path)| paths.contains(path)) {
            let listed = entry.sizes[name]["width"].as_u64().and_then(|width| u32::try_from(width).ok());
            let site = known.iter().find(|size| size.name == name);
            let width = listed.filter(|width| *width > 0).or_else(|| site.map(|size| size.width)).unwrap_or(150);
            let size = Size { name: name.to_owned(), width, quality: site.map_or(85, |size| size.quality) };
            let workshop = Workshop { folder: base, sizes: &[size], cancel: &cancel, known: &|_, _| None };
            let kind = Kind::of_ending(path).unwrap_or(source.kind);
            made.extend(workshop.variants(kind, &picture, base)?.into_iter().map(|variant| (path.to_owned(), variant)));
        }
        Ok(made)
    }
}

/// Puts sizes that were made anew in their places, where they are still missing.
fn add_sizes(batch: &mut Batch, bin: &mut Bin, site: &Path, id: &str, variants: &[(String, Variant)]) -> Result<()> {
    let Ok(index) = catalogue::find(batch, id) else { return Ok(()) };
    let (text, before) = (catalogue::text(batch, index)?, catalogue::shown(batch, index)?);
    for (path, variant) in variants {
        let is_listed = before["sizes"][&variant.name]["path"] == path.as_str();
        let Some(name) = catalogue::stored(path).filter(|_| is_listed) else { continue };
        if batch.exists(&name)? {
            continue;
        }
        file::place(site, path.trim_start_matches('/')).map_err(|cause| super::linked(&cause))?;
        batch.adopt(&name, &variant.file.path, &variant.file.hash)?;
        bin.note_made(path, &variant.file.hash);
        let size = json!({"path": path, "width": variant.width, "height": variant.height});
        if before["sizes"][&variant.name] != size {
            catalogue::edit_parts(batch, index, vec![catalogue::set(&["sizes", &variant.name], Some(size))])?;
        }
    }
    let after = catalogue::text(batch, index)?;
    if after != text {
        bin.note_change(id, text, after);
    }
    Ok(())
}

/// Every file of the site's own under its uploads, with its size in bytes; hidden ones and the catalogue are left out.
///
/// # Errors
/// `NotWritable` or `Io` if a folder or a file cannot be looked at.
fn files_below(site: &Path) -> Result<BTreeMap<String, u64>> {
    let mut files = BTreeMap::new();
    let mut pending = vec!["uploads".to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in file::entries(site, &folder)? {
            let Some(name) = entry.file_name().to_str().map(str::to_owned).filter(|name| !name.starts_with('.')) else { continue };
            let path = format!("{folder}/{name}");
            match disk::find(entry.path()).map_err(|cause| Error::io("look at", &entry.path(), &cause))? {
                Some(found) if found.is_dir() => pending.push(path),
                Some(found) if found.is_file() && path != CATALOGUE => drop(files.insert(format!("/{path}"), found.len())),
                _ => {}
            }
        }
    }
    Ok(files)
}

/// Files that no item is about.
struct Unlisted<'a> {
    listed: HashSet<&'a str>,
    files: &'a BTreeMap<String, u64>,
    sizes: Vec<Size>,
    /// The paths of files and items by [`key`], sorted, so that those alike are found without looking at all.
    by_key: Vec<(String, &'a str)>,
}

impl<'a> Unlisted<'a> {
    fn new(entries: &'a [Entry], files: &'a BTreeMap<String, u64>, sizes: Vec<Size>) -> Self {
        let listed: HashSet<&str> = entries.iter().flat_map(Entry::paths).collect();
        let paths: BTreeSet<&str> = files.keys().map(String::as_str).chain(listed.iter().copied()).collect();
        let mut by_key: Vec<(String, &str)> = paths.into_iter().map(|path| (key(path), path)).collect();
        by_key.sort_unstable();
        Self { listed, files, sizes, by_key }
    }

    fn find(&self, in_use: &InUse, findings: &mut Vec<MediaFinding>) {
        for path in self.files.keys().filter(|path| !self.listed.contains(path.as_str())) {
            let start = "No item of the list is about this file";
            let (message, remedy) = if let Some(why) = in_use.why([path.as_str()]) {
                (format!("{start}, but it {why}. Import it, and choose it there."), None)
            } else if let Some(other) = self.kin(path, in_use) {
                (format!("{start}, but by its name it belongs to {other}, which is used."), None)
            } else {
                (format!("{start}, and nothing uses it."), Some("Moves it to the trash.".to_owned()))
            };
            findings.push(MediaFinding { kind: FindingKind::Orphan, id: None, path: path.clone(), message, remedy });
        }
    }

    /// Whether an item is about the file, or about a picture of which it is a size.
    fn is_listed(&self, path: &str) -> bool {
        self.alike(path).iter().any(|path| self.listed.contains(path))
    }

    /// The file of which this one is a size, or that is a size of it, if an item is about it or something uses it.
    fn kin(&self, path: &str, in_use: &InUse) -> Option<&'a str> {
        let mut alike = self.alike(path);
        alike.retain(|other| *other != path);
        alike.into_iter().find(|other| self.listed.contains(other) || in_use.why([*other]).is_some())
    }

    /// A file with the picture of which it is a size, and the sizes of that or of itself: what uses one of these may mean another.
    fn alike(&self, path: &str) -> BTreeSet<&'a str> {
        let (folder, name) = split(path);
        let key = key(path);
        let separators = key.char_indices().filter(|(at, c)| *at > folder.len() && SEPARATORS.contains(c));
        let mut originals = BTreeSet::from([path]);
        for (at, _) in separators {
            let same = self.starting_with(&key[..at]).take_while(|(other, _)| other.len() == at);
            originals.extend(same.map(|(_, other)| other).filter(|other| {
                let (other_folder, other_name) = split(other);
                other_folder == folder && is_size_of(name, other_name, &self.sizes)
            }));
        }
        let mut alike = BTreeSet::new();
        for original in originals {
            let original_key = self::key(original);
            alike.extend(self.starting_with(&original_key).map(|(_, path)| path).find(|path| *path == original));
            for separator in SEPARATORS {
                let start = format!("{original_key}{separator}");
                let sizes = self.starting_with(&start).map(|(_, path)| path);
                alike.extend(sizes.filter(|path| {
                    let (other_folder, other_name) = split(path);
                    other_folder == folder && is_size_of(other_name, split(original).1, &self.sizes)
                }));
            }
        }
        alike
    }

    /// The paths whose keys start so, the shortest key first.
    fn starting_with<'b>(&'b self, prefix: &'b str) -> impl Iterator<Item = (&'b str, &'a str)> {
        let start = self.by_key.partition_point(|(key, _)| key.as_str() < prefix);
        self.by_key[start..].iter().take_while(move |(key, _)| key.starts_with(prefix)).map(|(key, path)| (key.as_str(), *path))
    }
}

/// What stands between the name of a picture and that of its size.
const SEPARATORS: [char; 4] = ['-', '_', '@', '.'];

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A path without its ending, as names of sizes are compared.
fn key(path: &str) -> String {
    let (folder, name) = split(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{folder}/{stem}").to_ascii_lowercase()
}

fn find_duplicates(site: &Path, entries: &[Entry], files: &BTreeMap<String, u64>, findings: &mut Vec<MediaFinding>) {
    let mut by_size: BTreeMap<u64, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(size) = files.get(&entry.path) {
            by_size.entry(*size).or_default().push(entry);
        }
    }
    for alike in by_size.into_values().filter(|alike| alike.len() > 1) {
        let mut by_hash: HashMap<String, &Entry> = HashMap::new();
        for entry in alike {
            let hash = file::open(site, entry.path.trim_start_matches('/')).and_then(hash_reader);
            let Ok(hash) = hash else { continue };
            match by_hash.get(&hash) {
                Some(first) if first.path != entry.path => findings.push(MediaFinding {
                    kind: FindingKind::Duplicate,
                    id: Some(entry.id.clone()),
                    path: entry.path.clone(),
                    message: format!(
                        "The file is the same as {}, byte by byte. Use one of them everywhere, then remove the other.",
                        first.path
                    ),
                    remedy: None,
                }),
                Some(_) => {}
                None => drop(by_hash.insert(hash, entry)),
            }
        }
    }
}

/// Whether a size can be made of the picture again.
fn can_be_made(entry: &Entry, path: &str) -> bool {
    let is_raster = |kind: Option<Kind>| matches!(kind, Some(Kind::Jpeg | Kind::Png | Kind::Gif | Kind::WebP));
    is_raster(Kind::of_ending(&entry.path)) && is_raster(Kind::of_ending(path)) && catalogue::stored(path).is_some()
}

fn listed(places: &[String]) -> String {
    if places.is_empty() { "nothing".to_owned() } else { places.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
        paths.map(|path| (path, 1)).collect()
    }

    #[test]
    fn a_file_is_alike_its_picture_and_the_sizes_of_both() {
        let names = ["a.jpg", "A-300.webp", "a-thumb.jpg", "a-thumb-2.jpg", "a@2x.png", "a-b.jpg", "a-b-600.jpg", "ab.jpg", "a.b-300.jpg"];
        let paths = names.map(|name| format!("/uploads/images/{name}"));
        let files = files(paths.iter().cloned().chain(["/uploads/other/a-300.jpg".to_owned(), "/uploads/images/x-9.jpg".to_owned()]));
        let unlisted = Unlisted::new(&[], &files, Vec::new());
        let alike = |name: &str| -> Vec<&str> {
            unlisted.alike(&format!("/uploads/images/{name}")).into_iter().map(|path| split(path).1).collect()
        };
        let of_a = ["A-300.webp", "a-thumb-2.jpg", "a-thumb.jpg", "a.jpg", "a@2x.png"];
        for name in of_a {
            assert_eq!(alike(name), of_a, "{name}");
        }
        assert_eq!(alike("a-b-600.jpg"), ["a-b-600.jpg", "a-b.jpg"]);
        assert_eq!(alike("ab.jpg"), ["ab.jpg"]);
        assert_eq!(unlisted.alike("/uploads/other/a-300.jpg"), BTreeSet::from(["/uploads/other/a-300.jpg"]));
    }

    #[test]
    fn many_files_are_compared_by_name_only_with_those_alike() {
        // Comparing each with each would not come to an end.
        let files = files((0..20_000).map(|number| format!("/uploads/images/of-{number}-us.jpg")));
        let unlisted = Unlisted::new(&[], &files, Vec::new());
        assert!(files.keys().all(|path| unlisted.alike(path).len() == 1));
    }
}
