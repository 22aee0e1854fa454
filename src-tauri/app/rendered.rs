//! Sites that are rendered: the pages of [`crate::render`], as [`crate::preview`] serves them, with what is not saved yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use uuid::Uuid;

use super::{App, Inner};
use crate::error::Result;
use crate::preview::{Page, Source};
use crate::render::Renderer;
use crate::render::model::{PageRequest, Project};
use crate::site::held::Held;
use crate::site::shown;
use crate::store;

/// Where files may come that a page is made of, beside those it was made of before.
const FOLDERS: &[&str] = &["", "pages", "menus", "collections", "snippets", "assets", "widgets", "locales"];
/// Of how many pages it is known what they are made of.
const MOST: usize = 512;

/// The renderers of this process, one for each site that is shown.
#[derive(Debug, Default)]
pub(super) struct Rendered(Mutex<HashMap<Uuid, (PathBuf, Arc<RenderedSite>)>>);

impl Rendered {
    /// What makes the pages of a demo's site; none if it is served as files.
    pub fn source(&self, app: &App, demo: Uuid, site: &Path) -> Option<Arc<dyn Source>> {
        if !shown::is_rendered(site) {
            return None;
        }
        let mut known = self.known();
        if let Some((folder, source)) = known.get(&demo)
            && folder == site
            && source.held.is_in_place()
        {
            return Some(source.clone());
        }
        let held = Held::open(site).ok()?;
        let renderer = Renderer::new(site);
        renderer.warm();
        let source = Arc::new(RenderedSite {
            app: Arc::downgrade(&app.0),
            demo,
            folder: site.to_owned(),
            held,
            renderer,
            changes: AtomicU64::new(0),
            made_of: Mutex::default(),
        });
        known.insert(demo, (site.to_owned(), source.clone()));
        Some(source)
    }

    /// Files of a demo's site changed: they are read anew.
    pub fn invalidate(&self, demo: Uuid, paths: &[String]) {
        if let Some((_, source)) = self.known().get(&demo) {
            source.renderer.invalidate(paths);
            source.changes.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The site of a demo is no longer shown.
    pub fn forget(&self, demo: Uuid) {
        self.known().remove(&demo);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Uuid, (PathBuf, Arc<RenderedSite>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A site whose pages are rendered.
#[derive(Debug)]
struct RenderedSite {
    app: Weak<Inner>,
    demo: Uuid,
    folder: PathBuf,
    /// The folder itself, whatever has its name.
    held: Held,
    renderer: Renderer,
    /// How often something of the site was seen to change.
    changes: AtomicU64,
    /// The files and folders that pages were made of, by page.
    made_of: Mutex<HashMap<String, BTreeSet<PathBuf>>>,
}

impl RenderedSite {
    /// The demo's name, which may change while it is shown.
    fn name(&self) -> String {
        self.app.upgrade().and_then(|inner| inner.demos.name(self.demo).ok()).unwrap_or_default()
    }

    /// What is written in the site's documents and not on the disk.
    fn unsaved(&self) -> BTreeMap<String, Arc<str>> {
        self.app.upgrade().map(|inner| inner.autosave.written(self.demo).into_iter().collect()).unwrap_or_default()
    }

    /// Notes what a page was made of. Of pictures and style sheets it holds no more than their addresses.
    fn note(&self, page: &str, used: &BTreeSet<String>) {
        let is_inside = |path: &&String| match path.split_once('/') {
            Some(("uploads" | "assets", _)) => Path::new(path).extension().is_some_and(|kind| kind == "json"),
            _ => true,
        };
        let files = used.iter().filter(is_inside).map(|path| self.folder.join(path));
        // A file that comes or goes changes its folder.
        let folders = FOLDERS.iter().map(|folder| self.folder.join(folder));
        let paths = files.flat_map(|file| [file.parent().unwrap_or(&self.folder).to_owned(), file]).chain(folders).collect();
        let mut known = self.made_of.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(page.to_owned(), paths);
    }

    /// Forgets what a page was made of: it is made anew when it is asked for next.
    fn forget(&self, page: &str) {
        self.made_of.lock().unwrap_or_else(PoisonError::into_inner).remove(page);
    }
}

impl Source for RenderedSite {
    fn page(&self, page: &str) -> Result<Option<Page>> {
        let Some(route) = self.renderer.route(page)? else { return Ok(None) };
        let name = self.name();
        let project = Project { site_title: name.clone(), name, ..Project::default() };
        let request = PageRequest { project, overrides: self.unsaved(), ..PageRequest::new(route.source) };
        let rendered = self.renderer.page(request)?;
        // A page is rendered by path: it may be of another demo that got the folder's name.
        self.held.check_in_place()?;
        for problem in &rendered.problems {
            tracing::info!(page, ?problem, "a part of a page could not be rendered");
        }
        if rendered.is_lasting {
            self.note(page, &rendered.used);
        } else {
            self.forget(page);
        }
        Ok(Some(Page { html: rendered.html }))
    }

    fn stamp(&self, page: &str) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        {
            let known = self.made_of.lock().unwrap_or_else(PoisonError::into_inner);
            store::mark(known.get(page)?)?.hash(&mut hasher);
        }
        self.changes.load(Ordering::Relaxed).hash(&mut hasher);
        self.name().hash(&mut hasher);
        self.unsaved().hash(&mut hasher);
        Some(hasher.finish())
    }

    fn missing(&self) -> Option<String> {
        Some("/404".to_owned())
    }

    /// What a build would have, so that nothing works here alone.
    fn file(&self, path: &str) -> Option<String> {
        shown::file(&self.folder, path, true).ok().flatten()
    }
}
