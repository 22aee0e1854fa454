//! Builds of demos' sites: what [`crate::export`] must know of demos, and what the shells ask of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;

use uuid::Uuid;

use super::{App, Change};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::export::model::{Build, Outline};
use crate::export::{Begun, Order, Pages};
use crate::render::Renderer;
use crate::render::model::{Mode, PageRequest, Project, Route};
use crate::site::held::Held;
use crate::site::{copies, documents, shown};
use crate::workspace::demo as names;

/// Where a demo's site is to be built, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildOrder {
    /// A new folder, or a file that ends with `.zip`.
    pub target: PathBuf,
    /// Where the site will be published, such as `https://example.com`; empty if nobody said.
    pub site_url: String,
    /// Whether the files of a site that is not finished, such as sources of a generator, are handed over as they are.
    pub as_files: bool,
}

/// A renderer as builds use it.
struct Published {
    renderer: Renderer,
    project: Project,
    routes: Vec<Route>,
    left_out: Vec<String>,
}

impl Pages for Published {
    fn files(&self) -> Result<Vec<String>> {
        Ok(self.routes.iter().map(|route| route.file.clone()).collect())
    }

    fn left_out(&self) -> Vec<String> {
        self.left_out.clone()
    }

    fn html(&self, file: &str) -> Result<String> {
        let route = self.routes.iter().find(|route| route.file == file);
        let route = route.ok_or_else(|| Error::new(Code::NotFound, format!("There is no page {file} any more. Build again.")))?;
        let request = PageRequest { mode: Mode::Publish, project: self.project.clone(), ..PageRequest::new(route.source.clone()) };
        let rendered = self.renderer.page(request)?;
        match rendered.problems.first() {
            None => Ok(rendered.html),
            Some(problem) => {
                let what = problem.to_string();
                let message = format!("{} cannot be shown as it should be. {}.", route.source, what.trim_end_matches('.'));
                Err(Error::new(Code::Corrupt, message))
            }
        }
    }
}

impl App {
    /// The builds of a demo, the newest first. Those that this process works on say how far they are.
    ///
    /// # Errors
    /// `NotFound`; `NewerSchema`, `Corrupt`, `NotWritable` or `Io`.
    pub fn builds(&self, demo: &str) -> Result<Vec<Build>> {
        let id = self.demo(demo)?.demo.id;
        let running = self.0.builds.list();
        let told = |build: Build| running.iter().find(|one| one.id == build.id && build.state.is_running()).cloned().unwrap_or(build);
        Ok(self.0.exports.list(id)?.into_iter().map(told).collect())
    }

    /// What a build of a demo's site would be made of.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if the demo is not complete.
    pub fn build_outline(&self, demo: &str) -> Result<Outline> {
        let id = self.demo(demo)?.demo.id;
        crate::export::outline(&self.0.demos.folder(id)?.join(names::SITE))
    }

    /// Begins to build a demo's site; events tell how it goes on.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` if the demo is not complete, or the program ends; those of [`crate::export::Exports::begin`].
    pub fn start_build(&self, demo: &str, order: &BuildOrder) -> Result<Build> {
        let begun = self.begin_build(demo, order)?;
        let build = begun.build().clone();
        let cancel = Cancel::new();
        let app = self.clone();
        // Known before anybody can ask for it to be stopped.
        let (ready, wait) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let _ending = app.0.builds.begin(begun.build().id, &cancel);
            let _ = ready.send(());
            app.run_build(begun, &|_| (), &cancel);
        });
        let _ = wait.recv();
        Ok(build)
    }

    /// Builds a demo's site, and returns when that has ended.
    ///
    /// # Errors
    /// Those of [`App::start_build`]; why it failed; `Cancelled`.
    pub fn build(&self, demo: &str, order: &BuildOrder, on_build: crate::export::OnBuild<'_>, cancel: &Cancel) -> Result<Build> {
        let begun = self.begin_build(demo, order)?;
        let _ending = self.0.builds.begin(begun.build().id, cancel);
        let build = self.run_build(begun, on_build, cancel);
        match build.state {
            crate::export::model::State::Failed { error } => Err(error),
            crate::export::model::State::Cancelled => Err(Error::new(Code::Cancelled, "Cancelled. Nothing was built.")),
            _ => Ok(build),
        }
    }

    /// A place for a build of a demo in a folder that a person chose; see [`crate::export::Exports::place_in`].
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput`.
    pub fn build_place(&self, demo: &str, folder: &Path) -> Result<PathBuf> {
        self.0.exports.place_in(folder, &self.demo(demo)?.demo.slug)
    }

    /// The folder that a build of a demo is in, or that its zip file is in; none if the build is no longer where it was put.
    ///
    /// # Errors
    /// Those of [`App::builds`].
    #[expect(clippy::disallowed_methods, reason = "a build is outside the workspace")]
    pub fn build_folder(&self, demo: &str, id: Uuid) -> Result<Option<PathBuf>> {
        let build = self.builds(demo)?.into_iter().find(|build| build.id == id);
        let target = PathBuf::from(build.map(|build| build.target).unwrap_or_default());
        if target.is_dir() {
            return Ok(Some(target));
        }
        Ok(target.parent().filter(|_| target.is_file()).map(Path::to_owned))
    }

    /// Stops a build of this process; nothing is left of it. Whatever has ended is left alone.
    pub fn cancel_build(&self, id: Uuid) {
        self.0.builds.cancel(id);
    }

    fn begin_build(&self, demo: &str, order: &BuildOrder) -> Result<Begun> {
        let view = self.demo(demo)?;
        let Some(folder) = view.folder else {
            let message = format!("“{}” is {}; it can be built once it is ready.", view.demo.slug, view.status.state.name());
            return Err(Error::new(Code::WrongState, message));
        };
        if self.is_closing() {
            return Err(Error::new(Code::WrongState, "Backlot is being closed; nothing new is begun."));
        }
        // What is built is what is seen; what cannot be saved would be left out without a word.
        self.flush(Some(view.demo.id))?;
        let site = folder.join(names::SITE);
        let held = Held::open(&site).map_err(|cause| Error::io("open", &site, &cause))?;
        // Another demo may have got the folder's name since it was looked up.
        if !self.0.demos.is_there(view.demo.id, &folder) {
            let message = format!("“{}” was renamed or deleted just now. Nothing was built; look again.", view.demo.slug);
            return Err(Error::new(Code::NotFound, message));
        }
        let project = Project {
            name: view.demo.name.clone(),
            site_title: view.demo.name,
            site_url: order.site_url.trim().trim_end_matches('/').to_owned(),
            ..Project::default()
        };
        let pages = pages(&site, &project)?;
        let BuildOrder { target, site_url, as_files } = order.clone();
        self.0.exports.begin(Order { demo: view.demo.id, site, held: Some(held), target, site_url, as_files, pages })
    }

    fn run_build(&self, begun: Begun, on_build: crate::export::OnBuild<'_>, cancel: &Cancel) -> Build {
        let tell = |build: &Build| {
            self.0.builds.told(build.id, build);
            on_build(build);
            self.0.hub.emit(Change::BuildChanged { build: build.clone() });
        };
        self.0.exports.run(begun, &tell, cancel)
    }
}

/// Why a site that is rendered could not be built, with every page rendered and nothing written; none if it could.
pub(super) fn why_not_built(site: &Path) -> Option<Error> {
    if !shown::is_rendered(site) {
        return None;
    }
    let checked = pages(site, &Project::default()).and_then(|pages| crate::export::check(site, pages, &Cancel::new()));
    checked.err()
}

/// What renders a site's pages, for as many threads as there are cores; nothing for a site that is served as it stands.
fn pages(site: &Path, project: &Project) -> Result<Vec<Box<dyn Pages>>> {
    if !shown::is_rendered(site) {
        return Ok(Vec::new());
    }
    let first = Renderer::one_of_many(site);
    let mut routes = first.routes()?;
    let left_out = left_out(site, &mut routes)?;
    let threads = thread::available_parallelism().map_or(1, usize::from).min(routes.len().max(1));
    let renderers = std::iter::once(first).chain((1..threads).map(|_| Renderer::one_of_many(site)));
    let published = |renderer| Published { renderer, project: project.clone(), routes: routes.clone(), left_out: left_out.clone() };
    Ok(renderers.map(|renderer| Box::new(published(renderer)) as Box<dyn Pages>).collect())
}

/// Takes out of the routes all but the first of those that would be the same file; says so, and what pages have no route at all.
fn left_out(site: &Path, routes: &mut Vec<Route>) -> Result<Vec<String>> {
    let sources: BTreeSet<String> = routes.iter().map(|route| route.source.path()).collect();
    let is_page = |path: &String| path.strip_prefix("pages/").is_some_and(|rest| !rest.contains('/'));
    let pages = documents::list(site)?
        .into_iter()
        .filter(|path| is_page(path) && !path.starts_with("pages/.") && !sources.contains(path) && !copies::is_in_copy(path));
    let mut left_out: Vec<String> =
        pages.map(|path| format!("{path} was left out: its name cannot be that of a page. Rename it without : and \\.")).collect();
    let mut kept: Vec<Route> = Vec::with_capacity(routes.len());
    for route in routes.drain(..) {
        match kept.last().filter(|last| last.file == route.file) {
            Some(first) => {
                left_out.push(format!("{} was left out: {} is that of {}.", route.source.path(), route.file, first.source.path()));
            }
            None => kept.push(route),
        }
    }
    *routes = kept;
    Ok(left_out)
}
