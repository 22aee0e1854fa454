//! Sites that are rendered: the pages of [`crate::render`], as [`crate::preview`] serves them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::App;
use crate::error::Result;
use crate::preview::{Page, Source};
use crate::render::Renderer;
use crate::render::model::{PageRequest, Project};
use crate::site::file;

/// The file that makes a site one that is rendered.
const LAYOUT: &str = "layout.liquid";

/// The renderers of this process, one for each site that is shown.
#[derive(Debug, Default)]
pub(super) struct Rendered(Mutex<HashMap<Uuid, (PathBuf, Arc<RenderedSite>)>>);

impl Rendered {
    /// What makes the pages of a demo's site; none if it is served as files.
    pub fn source(&self, app: &App, demo: Uuid, site: &Path) -> Option<Arc<dyn Source>> {
        file::place(site, LAYOUT).ok().filter(|layout| layout.is_file())?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((folder, source)) = known.get(&demo)
            && folder == site
        {
            return Some(source.clone());
        }
        let name = app.demo(&demo.to_string()).map(|view| view.demo.name).unwrap_or_default();
        let source = Arc::new(RenderedSite { renderer: Renderer::new(site), name });
        known.insert(demo, (site.to_owned(), source.clone()));
        Some(source)
    }

    /// The site of a demo is no longer shown.
    pub fn forget(&self, demo: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&demo);
    }
}

/// A site whose pages are rendered.
#[derive(Debug)]
struct RenderedSite {
    renderer: Renderer,
    /// The demo's name.
    name: String,
}

impl Source for RenderedSite {
    fn page(&self, page: &str) -> Result<Option<Page>> {
        let Some(route) = self.renderer.route(page)? else { return Ok(None) };
        let project = Project { name: self.name.clone(), site_title: self.name.clone(), ..Project::default() };
        let rendered = self.renderer.page(PageRequest { project, ..PageRequest::new(route.source) })?;
        for problem in &rendered.problems {
            tracing::info!(page, ?problem, "a part of a page could not be rendered");
        }
        Ok(Some(Page { html: rendered.html }))
    }

    fn missing(&self) -> Option<String> {
        Some("/404".to_owned())
    }
}
