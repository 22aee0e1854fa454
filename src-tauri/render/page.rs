//! Puts a page together: header, widgets, footer, and the layout around them.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::around::Around;
use super::collections::{self, Collection};
use super::files::{Files, Read, Seen};
use super::links::Links;
use super::model::{Mode, PageRequest, Part, Problem, Rendered, Route, Source, is_name};
use super::parts::{Job, Parts};
use super::settings::{Filler, Schema, Words};
use super::theme::Theme;
use super::{builtin, head, notice};
use crate::error::{Code, Error, Result};
use crate::site::input::{self, Damage, ICONS};
use crate::site::locale;
use crate::site::shown::LAYOUT;

const CATALOGUE: &str = crate::site::media::CATALOGUE;

/// A page being put together.
pub(super) struct Page<'a> {
    seen: &'a Seen<'a>,
    parts: &'a mut Parts,
    request: &'a PageRequest,
    filler: Filler<'a>,
    collections: &'a [Collection],
    around: Around,
    theme: Theme,
    media: Value,
    /// The page's file when published.
    file: String,
    problems: Vec<Problem>,
    assets: Vec<(String, Value)>,
    used: Vec<String>,
    has_listed: bool,
    schemas: HashMap<String, Rc<Schema>>,
}

/// Renders what is asked for.
///
/// # Errors
/// `NotFound` if there is no such page; `Corrupt` if it cannot be understood; `WrongState` if the site has no layout.
pub(super) fn render(files: &Files, parts: &mut Parts, request: &PageRequest) -> Result<Rendered> {
    with_page(files, parts, request, |page, document| {
        if page.seen.template(LAYOUT).is_none() {
            if let Some(damage) = page.seen.damage(LAYOUT) {
                return Err(unreadable(&damage));
            }
            return Err(Error::new(Code::WrongState, "The site has no layout.liquid: it is not made of templates, and shown as it is."));
        }
        Ok(page.whole(document))
    })
}

/// Renders one part alone.
///
/// # Errors
/// As [`render`]; `NotFound` if the page has no such part.
pub(super) fn render_part(files: &Files, parts: &mut Parts, request: &PageRequest, part: &Part) -> Result<Rendered> {
    with_page(files, parts, request, |page, document| match part {
        Part::Header => Ok(page.global(Part::Header)),
        Part::Footer => Ok(page.global(Part::Footer)),
        Part::Layout => Ok(page.whole(document)),
        Part::Item => Ok(page.main(document)),
        Part::Widget(id) => page
            .widget_at(document, id)
            .ok_or_else(|| Error::new(Code::NotFound, format!("There is no widget “{id}” in {}.", request.source)).field("part")),
    })
}

/// Everything with an address, in the order of its files.
pub(super) fn routes(files: &Files) -> Vec<Route> {
    let none = std::collections::BTreeMap::new();
    let seen = Seen::new(files, &none);
    let pages = seen.names("pages", ".json").into_iter().filter(|slug| is_name(slug));
    let mut routes: Vec<Route> = pages.map(|slug| Route { file: format!("{slug}.html"), source: Source::Page(slug) }).collect();
    for collection in Collection::all(&seen).iter().filter(|collection| collection.has_pages) {
        let items = collection.items.iter().map(|item| &item.slug);
        routes.extend(items.map(|slug| Route { file: collection.file(slug), source: Source::Item(collection.kind.clone(), slug.clone()) }));
    }
    routes.sort_by(|a, b| a.file.cmp(&b.file));
    routes
}

fn with_page(
    files: &Files,
    parts: &mut Parts,
    request: &PageRequest,
    work: impl FnOnce(&mut Page<'_>, &Value) -> Result<String>,
) -> Result<Rendered> {
    let seen = Seen::new(files, &request.overrides);
    let collections = Collection::all(&seen);
    let read = document(&seen, request)?;
    let document = read.as_ref().as_ref().unwrap_or(&Value::Null);
    let file = match &request.source {
        Source::Page(slug) => format!("{slug}.html"),
        Source::Item(kind, slug) => {
            let (collection, _) = collections::find(&collections, kind, slug).ok_or_else(|| absent(&request.source))?;
            collection.file(slug)
        }
    };
    let root = match request.mode {
        Mode::Preview => "/".to_owned(),
        Mode::Publish => "../".repeat(file.matches('/').count()),
    };
    let links = Links::new(&seen, &collections, &root);
    let theme = Theme::new(&seen, &seen.value(input::THEME).unwrap_or_default());
    let layout = seen.template(LAYOUT).unwrap_or_default();
    let language = locale::language(&layout, |group, id| Some(theme.text(group, id).to_owned()));
    parts.begin();
    let mut page = Page {
        seen: &seen,
        parts,
        request,
        filler: Filler { links: &links, words: Words::new(&seen, language) },
        collections: &collections,
        around: Around::new(document, request, &collections),
        theme,
        media: media(&seen),
        file,
        problems: Vec::new(),
        assets: Vec::new(),
        used: Vec::new(),
        has_listed: false,
        schemas: HashMap::new(),
    };
    page.share();
    let html = work(&mut page, document)?;
    let is_lasting = page.parts.are_lasting();
    page.note_damage();
    let Page { problems, used, .. } = page;
    let mut all = referred(&html, &root);
    all.extend(used);
    all.extend(seen.used());
    Ok(Rendered { html, problems, used: all, is_lasting })
}

/// The page's document, which is an object.
fn document(seen: &Seen<'_>, request: &PageRequest) -> Result<Arc<Read>> {
    let read = seen.json(&request.source.path()).ok_or_else(|| absent(&request.source))?;
    match read.as_ref() {
        Ok(_) => Ok(read.clone()),
        Err(damage) => Err(unreadable(damage)),
    }
}

fn unreadable(damage: &Damage) -> Error {
    Error::new(Code::Corrupt, format!("{} cannot be shown. {}", damage.path, damage.message))
}

fn absent(source: &Source) -> Error {
    Error::new(Code::NotFound, format!("There is no {} to be shown.", source.path())).field("document")
}

/// What tags and filters need to know of the catalogue's items, by the names of their files.
fn media(seen: &Seen<'_>) -> Value {
    let Some(catalogue) = seen.json(CATALOGUE) else { return json!({}) };
    let items = catalogue.as_ref().as_ref().ok().and_then(|catalogue| catalogue.get("files")?.as_array()).into_iter().flatten();
    let item = |item: &Value| {
        let kept = ["filename", "type", "path", "width", "height", "sizes", "metadata"];
        let kept: Map<String, Value> = kept.iter().filter_map(|key| Some(((*key).to_owned(), item.get(key)?.clone()))).collect();
        Some((item.get("filename")?.as_str()?.to_owned(), kept.into()))
    };
    Value::Object(items.filter_map(item).collect())
}

/// `{icons, prefix}`, however the theme groups them.
fn icons(seen: &Seen<'_>) -> Value {
    let Some(file) = seen.json(ICONS) else { return json!({ "icons": {}, "prefix": "" }) };
    let none = Map::new();
    let file = file.as_ref().as_ref().ok().and_then(Value::as_object).unwrap_or(&none);
    let groups = file.get("groups").and_then(Value::as_object).into_iter().flat_map(|groups| groups.values());
    let icons = match file.get("icons").and_then(Value::as_object) {
        Some(icons) => icons.clone(),
        None => groups.filter_map(Value::as_object).flatten().map(|(name, icon)| (name.clone(), icon.clone())).collect(),
    };
    json!({ "icons": icons, "prefix": file.get("prefix").and_then(Value::as_str).unwrap_or_default() })
}

/// The uploads and assets that HTML refers to, however it came to do so.
fn referred(html: &str, root: &str) -> std::collections::BTreeSet<String> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '<' | '>' | '?' | '#' | '\\' | ',' | '&');
    let of = |folder: &'static str| {
        html.match_indices(folder).filter_map(move |(at, _)| {
            let before = &html[..at];
            let is_whole = before
                .strip_suffix(root)
                .or_else(|| before.strip_suffix('/'))
                .is_some_and(|rest| rest.ends_with(['"', '\'', '(', ' ', ',', '=', ';']));
            let path = &html[at..];
            is_whole.then(|| path[..path.find(is_end).unwrap_or(path.len())].to_owned())
        })
    };
    of("uploads/").chain(of("assets/")).filter(|path| !path.ends_with('/')).collect()
}

impl Page<'_> {
    /// Tells the engine what all parts see.
    fn share(&mut self) {
        let snippets: HashMap<String, Arc<str>> =
            self.seen.snippets().into_iter().filter_map(|path| Some((path.clone(), self.seen.template(&path)?))).collect();
        let snippets = builtin::with_snippets(snippets);
        self.around.look_at(&snippets);
        self.parts.set_snippets(snippets);
        self.parts.share("media", self.media.to_string());
        self.parts.share("icons", icons(self.seen).to_string());
        self.parts.share("theme", self.theme.values.to_string());
        self.parts.share("collections", "{}".to_owned());
        self.parts.share("view", self.view().to_string());
    }

    /// Tells the engine of the items of all collections, once one of the templates asks for them.
    fn list(&mut self, text: &str) {
        if !self.has_listed && !self.collections.is_empty() && (text.contains("collection") || self.parts.mentions("collection")) {
            self.has_listed = true;
            let listed = collections::listed(self.collections, &self.filler);
            self.parts.share("collections", listed.to_string());
        }
    }

    /// The whole page.
    fn whole(&mut self, document: &Value) -> String {
        let header = self.global(Part::Header);
        let main = self.main(document);
        let footer = self.global(Part::Footer);
        // Above all else, since what is missing because of it may be anything.
        let unsaid: String = self.unsaid().iter().map(|problem| notice::of_file(problem, self.request.mode)).collect();
        let header = format!("{unsaid}{header}");
        let page = self.around.page();
        let title = head::title(page, &self.request.project);
        let mut ready = self.theme.ready.clone();
        ready.insert("seo".to_owned(), head::seo(page, &self.request.project, &self.media).into());
        // What the head shows without scripts can be put in anew, as parts can.
        for tag in ["seo", "fonts", "theme_settings", "custom_css"] {
            if let Some(Value::String(html)) = ready.get_mut(tag) {
                *html = notice::named(html, &format!("head:{tag}"), self.request.mode);
            }
        }
        let scope = json!({
            "header": header,
            "main_content": main,
            "footer": footer,
            "page_title": title,
            "body_class": self.body_class(document),
        });
        let view = json!({ "ready": ready, "assets": self.assets });
        let failed = |page: &Self| page.problems.iter().find(|problem| problem.part == Part::Layout).cloned();
        self.parts.leave_time();
        let html = self.part(Part::Layout, LAYOUT.to_owned(), scope, &view);
        match failed(self) {
            Some(problem) => notice::bare_page(&title, &notice::in_place(&problem, self.request.mode), [&header, &main, &footer]),
            None => html,
        }
    }

    /// What stands between header and footer.
    fn main(&mut self, document: &Value) -> String {
        if let Source::Item(kind, slug) = &self.request.source {
            return self.item(kind, slug);
        }
        let widgets = document.get("widgets").unwrap_or(&Value::Null);
        let mut prepared = Vec::new();
        for (at, id) in order(document).into_iter().enumerate() {
            let part = Part::Widget(id.to_owned());
            let told = self.problems.len();
            let job = self.widget(&part, id, &widgets[id], Some(at + 1));
            // Problems are told in the order of the page.
            let problems = self.problems.split_off(told);
            prepared.push((part, job, problems));
        }
        // What they list must be known before any of them is rendered.
        for (_, job, _) in &prepared {
            job.as_ref().into_iter().for_each(|job| self.list(job.text()));
        }
        self.parts.ahead(prepared.iter().filter_map(|(_, job, _)| job.as_ref().ok()));
        let mut main = String::new();
        for (part, job, problems) in prepared {
            self.problems.extend(problems);
            main.push_str(&self.shown(&part, job));
        }
        main
    }

    /// What an item's template shows.
    fn item(&mut self, kind: &str, slug: &str) -> String {
        let Some((collection, item)) = collections::find(self.collections, kind, slug) else { return String::new() };
        let scope = json!({
            "item": collection.shown(item, &self.filler),
            "collection": collection.schema(),
        });
        let html = self.part(Part::Item, format!("collection-types/{kind}/template.liquid"), scope, &json!({}));
        notice::marked(&html, &Part::Item, self.request.mode)
    }

    /// The header or the footer; nothing if the site has none.
    fn global(&mut self, part: Part) -> String {
        let name = if part == Part::Header { "header" } else { "footer" };
        let path = format!("pages/global/{name}.json");
        let Some(read) = self.seen.json(&path) else { return String::new() };
        let job = match read.as_ref() {
            Ok(instance) => self.widget(&part, name, instance, None),
            Err(damage) => Err(self.fail(Problem::of(&part, damage))),
        };
        self.shown(&part, job)
    }

    /// A widget of the page; none if it is not there.
    fn widget_at(&mut self, document: &Value, id: &str) -> Option<String> {
        let instance = document.get("widgets")?.get(id)?;
        let index = order(document).iter().position(|known| *known == id).map(|at| at + 1);
        let part = Part::Widget(id.to_owned());
        let job = self.widget(&part, id, instance, index);
        Some(self.shown(&part, job))
    }

    /// A part as the page has it: what is made of it, or what is shown in its place.
    fn shown(&mut self, part: &Part, job: std::result::Result<Job, String>) -> String {
        let html = match job {
            Ok(job) => self.made(part.clone(), &job),
            Err(html) => html,
        };
        notice::marked(&html, part, self.request.mode)
    }

    /// What is to be rendered of a widget, or what is shown in its place if that cannot be.
    fn widget(&mut self, part: &Part, id: &str, instance: &Value, index: Option<usize>) -> std::result::Result<Job, String> {
        let usual = if matches!(part, Part::Widget(_)) { "" } else { id };
        let kind = instance.get("type").and_then(Value::as_str).unwrap_or(usual);
        if !is_name(kind) {
            let message = format!("The widget's type “{kind}” is no name of a folder in widgets/.");
            return Err(self.fail(Problem { part: part.clone(), file: self.request.source.path(), line: 0, message }));
        }
        let folder = folder(kind);
        let schema = self.schema(&folder, kind, part);
        let widget = self.filler.widget(&schema, id, kind, instance, index);
        let template = format!("{folder}/widget.liquid");
        self.job(part, template, json!({ "widget": widget }), &json!({ "folder": folder }))
    }

    /// The schema of a type of widget, understood once for the page; what is wrong with it is said of every widget.
    fn schema(&mut self, folder: &str, kind: &str, part: &Part) -> Rc<Schema> {
        if let Some(known) = self.schemas.get(kind) {
            return known.clone();
        }
        let path = format!("{folder}/schema.json");
        let read = self.seen.json(&path);
        let schema = match read.as_deref() {
            Some(Ok(schema)) => Schema::of(schema),
            Some(Err(damage)) => {
                self.problems.push(Problem::of(part, damage));
                return Rc::default();
            }
            None => builtin::schema(kind).map(|schema| Schema::of(&schema)).unwrap_or_default(),
        };
        let schema = Rc::new(schema);
        self.schemas.insert(kind.to_owned(), schema.clone());
        schema
    }

    /// Renders one template, and says in its place what went wrong.
    fn part(&mut self, part: Part, file: String, scope: Value, view: &Value) -> String {
        match self.job(&part, file, scope, view) {
            Ok(job) => self.made(part, &job),
            Err(html) => html,
        }
    }

    /// A template to be rendered, or what is shown in its place if it is not there.
    fn job(&mut self, part: &Part, file: String, scope: Value, view: &Value) -> std::result::Result<Job, String> {
        let text = self.seen.template(&file);
        if let Some(damage) = self.seen.damage(&file) {
            return Err(self.fail(Problem::of(part, &damage)));
        }
        match text.or_else(|| builtin::template(&file)) {
            Some(text) => {
                let scope = self.around.with(scope, &text);
                Ok(Job::new(file, text, &scope, view))
            }
            None => {
                let message = format!("There is no {file}.");
                Err(self.fail(Problem { part: part.clone(), file, line: 0, message }))
            }
        }
    }

    /// The HTML of a part.
    fn made(&mut self, part: Part, job: &Job) -> String {
        self.list(job.text());
        let piece = self.parts.render(job);
        self.used.extend(piece.used.iter().cloned());
        for (key, entry) in &piece.assets {
            // Of several with one source the last counts, in the first one's place.
            match self.assets.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => *known = entry.clone(),
                None => self.assets.push((key.clone(), entry.clone())),
            }
        }
        match &piece.failure {
            Some(failure) => {
                let (file, message) = (failure.file.clone(), failure.message.clone());
                self.fail(Problem { part, file, line: failure.line, message })
            }
            None => piece.html.clone(),
        }
    }

    /// Notes what could not be read and no part says: the page was made without it.
    fn note_damage(&mut self) {
        let unsaid = self.unsaid();
        self.problems.extend(unsaid);
    }

    fn unsaid(&self) -> Vec<Problem> {
        let is_told = |damage: &Damage| self.problems.iter().any(|problem| problem.file == damage.path);
        // Another page says itself what is wrong with it.
        let is_other_page = |damage: &Damage| damage.path.strip_prefix("pages/").is_some_and(|rest| !rest.contains('/'));
        let unsaid = self.seen.damaged().into_iter().filter(|damage| !is_told(damage) && !is_other_page(damage));
        unsaid.map(|damage| Problem::of(&Part::Layout, &damage)).collect()
    }

    fn fail(&mut self, problem: Problem) -> String {
        let shown = notice::in_place(&problem, self.request.mode);
        self.problems.push(problem);
        shown
    }

    /// What every render of the page knows of its surroundings.
    fn view(&self) -> Value {
        let root = self.filler.links.root();
        json!({
            "root": root,
            "mode": if self.request.mode == Mode::Preview { "preview" } else { "publish" },
            "version": self.request.version,
            "path": self.file,
            "ready": self.theme.ready,
            "siteIcons": head::icons(self.theme.text("general", "favicon"), root, &self.media),
            "dateFormat": self.theme.text("general", "date_format"),
        })
    }

    fn body_class(&self, document: &Value) -> String {
        match &self.request.source {
            Source::Item(kind, slug) => format!("collection-{kind} item-{slug}"),
            Source::Page(slug) if self.has_transparent_header(document) => format!("page-{slug} transparent-header"),
            Source::Page(slug) => format!("page-{slug}"),
        }
    }

    /// Whether the header lies over the first widget: both must want it.
    fn has_transparent_header(&self, document: &Value) -> bool {
        let header = self.seen.value("pages/global/header.json").unwrap_or_default();
        let wants = header.pointer("/settings/transparent_on_hero") == Some(&Value::Bool(true));
        let first = || document.get("widgets")?.get(*order(document).first()?)?.get("type")?.as_str();
        let schema = || self.seen.value(&format!("{}/schema.json", folder(first().filter(|kind| is_name(kind))?)));
        wants && schema().is_some_and(|schema| Schema::of(&schema).supports_transparent_header)
    }
}

/// The folder of a widget's template.
fn folder(kind: &str) -> String {
    match kind {
        "header" | "footer" => format!("widgets/global/{kind}"),
        _ => format!("widgets/{kind}"),
    }
}

/// The ids of a page's widgets that are there, in order.
fn order(document: &Value) -> Vec<&str> {
    let none = Map::new();
    let widgets = document.get("widgets").and_then(Value::as_object).unwrap_or(&none);
    match document.get("widgetsOrder").and_then(Value::as_array) {
        Some(order) => order.iter().filter_map(Value::as_str).filter(|id| widgets.contains_key(*id)).collect(),
        None => {
            document.get("widgets").and_then(Value::as_object).into_iter().flat_map(|widgets| widgets.keys().map(String::as_str)).collect()
        }
    }
}
