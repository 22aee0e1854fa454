//! Pictures of demos for lists: taken of their first page in the background, by whoever can show a page, and kept in the cache.
//!
//! A picture is made again when the site is another one than the one it was taken of; meanwhile the old one is shown. Who has no
//! way to take pictures shows the one that a site came with.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{App, Change};
use crate::error::{Error, Result};
use crate::media::small_jpeg;
use crate::preview::Quiet;
use crate::site::shown;
use crate::store::{self, disk, read_disposable, write_disposable};
use crate::workspace::demo as names;

/// How long nothing changes before a picture is taken anew: long enough not to be in the way of whoever stops to think.
const CALM: Duration = Duration::from_secs(5);
/// How wide pictures are kept, in pixels: twice as wide as the widest list shows them.
const WIDTH: u32 = 640;
/// The quality of pictures, 1 to 100.
const QUALITY: u8 = 84;
/// How many files of a site are looked at for changes.
const MOST: usize = 20_000;
/// Counted up when pictures are taken otherwise.
const VERSION: u8 = 1;

/// Demos whose pictures may be old, and when to look.
#[derive(Debug, Default)]
pub(super) struct Portraits {
    wanted: Mutex<HashMap<Uuid, Instant>>,
    changed: Condvar,
}

impl Portraits {
    fn wanted(&self) -> MutexGuard<'_, HashMap<Uuid, Instant>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits for work.
    pub fn wake(&self) {
        self.changed.notify_all();
    }
}

/// A demo that is to have its picture taken: its first page is at an address for as long as this lives.
#[derive(Debug)]
pub struct Sitting {
    /// The demo.
    pub demo: Uuid,
    /// The address of its first page.
    pub address: String,
    stamp: u64,
    _served: Quiet,
}

impl App {
    /// A demo's picture: taken of its first page, or else the one its site came with, if any. If it may be an old one, a new one
    /// is taken when there is time, and told of.
    pub fn demo_screenshot(&self, id: Uuid) -> Option<Vec<u8>> {
        self.want_portrait(id, Duration::ZERO);
        // Empty is what is kept where none could be taken.
        let kept = read_disposable(&self.portrait(id)).and_then(|kept| Some(kept.get(HEAD..)?.to_vec())).filter(|kept| !kept.is_empty());
        kept.or_else(|| {
            let site = self.site_of(id)?;
            ["screenshot.jpg", "screenshot.png", "screenshot.webp"]
                .iter()
                .find_map(|name| crate::site::file::read(&site, name).ok().flatten())
        })
    }

    /// Follows what changes from now on, so that pictures that are old by then are taken anew: for whoever takes them.
    pub fn follow_looks(&self) {
        let (events, inner) = (self.subscribe(), Arc::downgrade(&self.0));
        thread::spawn(move || {
            for event in events.iter() {
                let demo = match event.body {
                    Change::DemoChanged { demo } => demo.demo.id,
                    // Also what is not saved yet: it puts the picture off.
                    Change::DocumentChanged(standing) => standing.demo,
                    Change::ContentChanged { demo } | Change::MediaChanged { demo } => demo,
                    _ => continue,
                };
                let Some(app) = inner.upgrade().map(App) else { return };
                // Its picture is looked at once nothing has changed for a while.
                app.want_portrait(demo, CALM);
            }
        });
    }

    fn want_portrait(&self, demo: Uuid, after: Duration) {
        self.0.portraits.wanted().insert(demo, Instant::now() + after);
        self.0.portraits.wake();
    }

    /// Waits until there is a demo whose picture is old; none when the program ends.
    pub fn next_sitting(&self) -> Option<Sitting> {
        loop {
            let demo = self.next_wanted()?;
            match self.sit(demo) {
                Ok(Some(sitting)) => return Some(sitting),
                Ok(None) => {}
                Err(error) => tracing::debug!(%demo, %error, "no picture of a demo can be taken"),
            }
        }
    }

    /// Keeps the picture that was taken, given as rows of red, green and blue, and tells of it. None was taken: it is not tried
    /// again before the site changes.
    ///
    /// # Errors
    /// `InvalidInput` if the bytes are no picture of that size; `Io` if it cannot be kept.
    pub fn portray(&self, sitting: &Sitting, picture: Option<(u32, u32, Vec<u8>)>) -> Result<()> {
        let bytes = match picture {
            Some((width, height, pixels)) => small_jpeg(width, height, pixels, WIDTH, QUALITY)?,
            None => read_disposable(&self.portrait(sitting.demo)).and_then(|kept| Some(kept.get(HEAD..)?.to_vec())).unwrap_or_default(),
        };
        let path = self.portrait(sitting.demo);
        let kept = [&[VERSION][..], &sitting.stamp.to_le_bytes(), &bytes].concat();
        write_disposable(&path, &kept).map_err(|cause| Error::io("keep the picture", &path, &cause))?;
        self.0.hub.emit(Change::ThumbnailChanged { demo: sitting.demo });
        Ok(())
    }

    fn next_wanted(&self) -> Option<Uuid> {
        let mut wanted = self.0.portraits.wanted();
        loop {
            if self.is_closing() {
                return None;
            }
            let now = Instant::now();
            let next = wanted.iter().min_by_key(|(_, due)| **due).map(|(demo, due)| (*demo, *due));
            wanted = match next {
                Some((demo, due)) if due <= now => {
                    wanted.remove(&demo);
                    return Some(demo);
                }
                Some((_, due)) => self.0.portraits.changed.wait_timeout(wanted, due - now).unwrap_or_else(PoisonError::into_inner).0,
                None => self.0.portraits.changed.wait(wanted).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Serves a demo if its picture is old; none if it is not, or there is no page to be shown. The files of a site that a command
    /// of its own serves are not what it looks like: a picture that was taken of them goes.
    fn sit(&self, demo: Uuid) -> Result<Option<Sitting>> {
        let Some(site) = self.site_of(demo) else { return Ok(None) };
        let has_page = ["layout.liquid", "index.html"].iter().any(|name| disk::is_file(site.join(name)).unwrap_or(false));
        if has_page && !shown::is_rendered(&site) && self.0.previews.offer(demo)?.is_some() {
            self.forget_portrait(demo);
            return Ok(None);
        }
        let stamp = stamp(&site);
        if !has_page || self.stamp_kept(demo) == Some(stamp) {
            return Ok(None);
        }
        let served = self.0.previews.quietly(demo)?;
        Ok(Some(Sitting { demo, address: format!("{}/", served.address), stamp, _served: served }))
    }

    /// The sitting is over; what was only needed for it goes.
    pub fn end_sitting(&self, sitting: Sitting) {
        let demo = sitting.demo;
        drop(sitting);
        if !self.0.previews.served().contains(&demo) {
            self.0.sites_rendered.forget(demo);
        }
    }

    fn forget_portrait(&self, demo: Uuid) {
        let path = self.portrait(demo);
        match disk::remove_file(&path) {
            Ok(()) => self.0.hub.emit(Change::ThumbnailChanged { demo }),
            Err(cause) if cause.kind() == ErrorKind::NotFound => {}
            Err(cause) => tracing::warn!(path = %path.display(), error = %cause, "an old picture of a demo could not be removed"),
        }
    }

    fn stamp_kept(&self, demo: Uuid) -> Option<u64> {
        let kept = read_disposable(&self.portrait(demo))?;
        let (version, rest) = kept.split_first()?;
        (*version == VERSION).then(|| rest.first_chunk().map(|stamp| u64::from_le_bytes(*stamp))).flatten()
    }

    fn site_of(&self, id: Uuid) -> Option<PathBuf> {
        let told = self.told().demos.get(&id).cloned();
        Some(told.or_else(|| self.demo(&id.to_string()).ok())?.folder?.join(names::SITE))
    }

    /// Where a demo's picture is kept; a folder for each last two digits of the id, so that none grows too large.
    fn portrait(&self, demo: Uuid) -> PathBuf {
        let id = demo.simple().to_string();
        self.0.workspace.portraits().join(&id[30..]).join(id)
    }
}

/// What stands before a kept picture: the version, and the stamp of what it was taken of.
const HEAD: usize = 1 + size_of::<u64>();

/// What a site is at the moment, as far as its files tell.
fn stamp(site: &Path) -> u64 {
    let mut paths = Vec::new();
    let mut folders = vec![site.to_owned()];
    while let Some(folder) = folders.pop() {
        paths.push(folder.clone());
        let entries = disk::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') || name == "node_modules" || paths.len() >= MOST {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => paths.push(entry.path()),
                _ => {}
            }
        }
    }
    paths.sort();
    store::mark(paths).unwrap_or_default()
}
