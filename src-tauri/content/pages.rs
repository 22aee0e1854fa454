//! What is done with whole pages, and with one document from outside the window: each in one transaction of the demo's store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::change::{self, stamped};
use super::links::Target;
use super::model::{Change, Content, DocumentName, Edit, PageInfo, Place, Removed, Shown, TextHit};
use super::read::{self, name_of, page_info_of};
use super::schema::Types;
use super::{fit, search, slug};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::site::usage::{self, Changed};
use crate::site::{documents, file};
use crate::store::{Batch, Document, Store, json, revision, splice};
use crate::workspace::{Workspace, demo as names};

/// The page that every site begins with.
const INDEX: &str = "index";

/// The content of one demo.
#[derive(Debug, Clone)]
pub struct ContentOf {
    demo: Uuid,
    pub(super) site: PathBuf,
    pub(super) store: Store,
    pub(super) clock: Clock,
}

/// A page or menu that was removed, as it is kept in the demo's trash.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Trashed {
    pub document: DocumentName,
    pub removed_at: jiff::Timestamp,
    /// Byte for byte.
    pub text: String,
}

impl Document for Trashed {}

impl ContentOf {
    /// The content of the demo `id` in `folder`.
    pub fn new(workspace: &Workspace, folder: &Path, id: Uuid, clock: Clock) -> Self {
        Self { demo: id, site: folder.join(names::SITE), store: Store::of_demo(workspace, folder, id), clock }
    }

    /// Everything there is to edit. What cannot be understood is listed with the reason.
    ///
    /// # Errors
    /// Only those of finishing what a dead process committed; see [`Store::recover`].
    pub fn list(&self) -> Result<Content> {
        read::content(&self.store)
    }

    /// The types of widgets that the site knows.
    pub fn types(&self) -> Types {
        Types::load(&self.site)
    }

    /// The document that somebody means: by its full name, or a page by its slug alone.
    ///
    /// # Errors
    /// `InvalidInput` if it can be none.
    pub fn named(&self, text: &str) -> Result<DocumentName> {
        let is_page = !text.contains('/') && (text != "theme" || file::check(&self.site, "pages/theme.json").is_ok());
        if is_page { DocumentName::page(text) } else { text.parse() }
    }

    /// A document as it stands on disk.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is reached through a link; `Corrupt` if it is not text; `NotWritable` or `Io`.
    pub fn show(&self, document: &DocumentName) -> Result<Shown> {
        let text = read::text(&self.store, document)?.ok_or_else(|| read::absent(document))?;
        let problem = fit::parse(document, &text).err();
        let value = json::parse(&text).ok();
        let is_json = value.is_some();
        Ok(Shown { rev: revision(&text), document: value.unwrap_or_default(), problem, text: Some(text).filter(|_| !is_json) })
    }

    /// Sets the value at a JSON pointer (RFC 6901) in a document. With `expect_rev` only if it is still of that revision.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if the pointer leads nowhere or the document would not be one any more; `Conflict` if it was
    /// changed since; `Corrupt` if it is not JSON.
    pub fn set(&self, document: &DocumentName, pointer: &str, value: Value, expect_rev: Option<&str>) -> Result<Shown> {
        let change = Change::Set { edits: vec![Edit { path: parse_pointer(pointer)?, value: Some(value) }], label: None };
        self.store.transact("change a document", |batch| {
            let text = read::text_in(batch, &self.site, document)?;
            if expect_rev.is_some_and(|expected| expected != revision(&text)) {
                let message =
                    format!("{document} was changed by somebody else since you looked. Nothing was changed; look again and repeat.");
                return Err(Error::new(Code::Conflict, message).field("expect_rev"));
            }
            let new = change::apply(document, &text, &change, &[])?.text;
            let new = if *new == *text { new } else { stamped(&new, self.clock.now()) };
            self.put(batch, vec![(document.path(), Some(new))])
        })?;
        // Not within the change: others may share its write, and what they saw in between was never on disk.
        self.show(document).map_err(|cause| Error::unread(&format!("{document} was changed"), &cause))
    }

    /// A new page of that name, with a slug made of it.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is none, or if the folder of the pages is a link; `DiskFull`, `NotWritable` or `Io`.
    pub fn add_page(&self, name: &str) -> Result<PageInfo> {
        let name = checked_name(name, "page")?;
        self.store.transact("add a page", |batch| {
            let document = self.free_page(batch, name)?;
            let now = self.clock.now().to_string();
            let slug = document.slug();
            let page = json!({
                "name": name,
                "slug": slug,
                "id": slug,
                "uuid": Uuid::new_v4(),
                "created": now,
                "updated": now,
                "seo": {"description": "", "og_title": "", "og_image": "", "canonical_url": "", "robots": "index,follow"},
                "widgets": {},
                "widgetsOrder": [],
            });
            let mut text = serde_json::to_string_pretty(&page).unwrap_or_default();
            text.push('\n');
            let info = page_info_of(&document, &text);
            self.put(batch, vec![(document.path(), Some(text))])?;
            Ok(info)
        })
    }

    /// A copy of a page, with a name, slug and id of its own.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt` if it is not JSON; as for [`ContentOf::add_page`].
    pub fn duplicate_page(&self, document: &DocumentName) -> Result<PageInfo> {
        is_page(document)?;
        self.store.transact("duplicate a page", |batch| {
            let text = read::text_in(batch, &self.site, document)?;
            let page = as_object(document, &text)?;
            let others = self.others_in(batch, document)?;
            let pages = others.iter().filter(|(other, ..)| other.slug().is_some());
            let mut taken: Vec<String> = pages.map(|(other, _, value)| read::title(other, value)).collect();
            let name = read::title(document, &page);
            taken.push(name.clone());
            let name = copy_name(&name, &taken);
            let copy = self.free_page(batch, &name)?;
            let now = self.clock.now().to_string();
            let mut edits = vec![set("name", &name), set("slug", copy.slug().unwrap_or_default())];
            edits.push(set("uuid", &Uuid::new_v4().to_string()));
            edits.extend(page.get("id").map(|_| set("id", copy.slug().unwrap_or_default())));
            edits.extend(["created", "updated"].into_iter().filter(|key| page.get(*key).is_some()).map(|key| set(key, &now)));
            let text = splice::apply(&text, &edits)?;
            let info = page_info_of(&copy, &text);
            self.put(batch, vec![(copy.path(), Some(text))])?;
            Ok(info)
        })
    }

    /// Gives a page another name or another slug or both: with the slug its file moves, and every link to it follows.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput`, also for the slug of the index page; `AlreadyExists` if there is a page of that slug;
    /// `Corrupt` if it is not JSON.
    pub fn rename_page(&self, document: &DocumentName, name: Option<&str>, slug: Option<&str>) -> Result<PageInfo> {
        let old = is_page(document)?.to_owned();
        let name = name.map(|name| checked_name(name, "page")).transpose()?;
        let new = slug.filter(|new| *new != old);
        if let Some(new) = new {
            slug::validate(new)?;
            if old == INDEX {
                return Err(Error::new(
                    Code::InvalidInput,
                    "The first page of a site is index.html; its address cannot be changed. Nothing was changed.",
                )
                .field("slug"));
            }
        }
        self.store.transact("rename a page", |batch| {
            let text = read::text_in(batch, &self.site, document)?;
            let page = as_object(document, &text)?;
            let named = name.filter(|name| page.get("name").and_then(Value::as_str) != Some(*name)).map(|name| set("name", name));
            let Some(new) = new else {
                let Some(named) = named else { return Ok(page_info_of(document, &text)) };
                let text = stamped(&splice::apply(&text, &[named])?, self.clock.now());
                self.put(batch, vec![(document.path(), Some(text.clone()))])?;
                return Ok(page_info_of(document, &text));
            };
            let moved = DocumentName::page(new)?;
            self.check_place(&moved)?;
            if batch.exists(&name_of(&moved))? {
                let message = format!("There is a page “{new}” already. Nothing was changed; take another address.");
                return Err(Error::new(Code::AlreadyExists, message).field("slug"));
            }
            let others = self.others_in(batch, document)?;
            let target = Target { slug: &old, uuid: unique_uuid(&page, &others) };
            let mut changes = vec![(document.path(), None)];
            for (other, text, value) in &others {
                let edits = target.moved(value, new);
                if !edits.is_empty() {
                    changes.push((other.path(), Some(splice::apply(text, &edits)?)));
                }
            }
            let mut edits = target.moved(&page, new);
            edits.extend(named);
            edits.push(set("slug", new));
            edits.extend(page.get("id").map(|_| set("id", new)));
            let text = stamped(&splice::apply(&text, &edits)?, self.clock.now());
            let info = page_info_of(&moved, &text);
            changes.push((moved.path(), Some(text)));
            self.put(batch, changes)?;
            Ok(info)
        })
    }

    /// Removes a page, whatever is in it; it is kept in the demo's trash. Links to it stay as they are, and are told.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the index page; `Corrupt` if it is not text.
    pub fn remove_page(&self, document: &DocumentName) -> Result<Removed> {
        let slug = is_page(document)?;
        if slug == INDEX {
            let message = "The first page of a site cannot be removed. Nothing was changed; empty it, or remove its widgets.";
            return Err(Error::new(Code::InvalidInput, message).field("document"));
        }
        let token = crate::clock::new_id().to_string();
        self.store.transact("remove a page", |batch| {
            let text = read::text_in(batch, &self.site, document)?;
            let page = fit::json(&text).unwrap_or_default();
            let others = self.others_in(batch, document)?;
            let target = Target { slug, uuid: unique_uuid(&page, &others) };
            let linked = others.iter().map(|(other, _, value)| (other, target.linked_from(value)));
            let places = linked.flat_map(|(other, paths)| paths.into_iter().map(move |path| Place::new(other.clone(), path))).collect();
            let trashed = Trashed { document: document.clone(), removed_at: self.clock.now(), text: text.to_string() };
            batch.put(&in_trash(&token), &trashed)?;
            self.put(batch, vec![(document.path(), None)])?;
            Ok(Removed::new(token.clone(), places))
        })
    }

    /// Brings a removed page back as it was; under another slug if there is a page in its place by now.
    ///
    /// # Errors
    /// `NotFound` if the token is none, or was used; `Corrupt` if the trash cannot be understood.
    pub fn restore_page(&self, token: &str) -> Result<PageInfo> {
        let name = in_trash(&Uuid::parse_str(token).map_err(|_| absent_in_trash("page"))?.to_string());
        self.store.transact("restore a page", |batch| {
            let Trashed { document, text, .. } = batch.read(&name)?.ok_or_else(|| absent_in_trash("page"))?;
            let slug = is_page(&document)?;
            self.check_place(&document)?;
            let (document, text) = if batch.exists(&name_of(&document))? {
                let free = self.free_page(batch, slug)?;
                let new = free.slug().unwrap_or_default();
                let page = fit::json(&text).unwrap_or_default();
                let edits: Vec<_> = ["slug", "id"].into_iter().filter(|key| page.get(*key).is_some()).map(|key| set(key, new)).collect();
                let text = if edits.is_empty() { text } else { splice::apply(&text, &edits)? };
                (free, text)
            } else {
                (document, text)
            };
            batch.remove(&name)?;
            let info = page_info_of(&document, &text);
            self.put(batch, vec![(document.path(), Some(text))])?;
            Ok(info)
        })
    }

    /// Every place where a text stands in the demo's documents, at most 500.
    ///
    /// # Errors
    /// As for [`ContentOf::list`].
    pub fn search(&self, query: &str) -> Result<Vec<TextHit>> {
        search::search(&self.store, &self.types(), query)
    }

    /// Gives documents their new texts, or removes them, and notes where media are used now.
    ///
    /// Folders move under the lock that is held: if the demo is no longer here, none is made anew in its place.
    pub(super) fn put(&self, batch: &mut Batch, documents: Vec<(String, Option<String>)>) -> Result<()> {
        let identity = batch.text(names::IDENTITY)?.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        if identity.is_none_or(|identity| identity["id"].as_str() != Some(self.demo.to_string().as_str())) {
            return Err(Error::new(
                Code::NotFound,
                "The demo was renamed or deleted this moment. Nothing was changed; look again and repeat.",
            ));
        }
        let mut changed = Vec::new();
        for (path, text) in documents {
            let name = format!("{}/{path}", names::SITE);
            changed.push(Changed { before: batch.text(&name)?, path });
            match text {
                Some(text) => batch.set_text(&name, text)?,
                None => batch.remove(&name)?,
            }
        }
        usage::note(batch, &self.site, &changed)
    }

    /// A page that is not there yet, for a name.
    fn free_page(&self, batch: &Batch, name: &str) -> Result<DocumentName> {
        self.check_folder("pages")?;
        let slug = slug::free(name, "page", |slug| batch.exists(&format!("{}/pages/{slug}.json", names::SITE)))?;
        let document = DocumentName::page(&slug)?;
        self.check_place(&document)?;
        Ok(document)
    }

    /// Refuses a place that is reached through a link.
    pub(super) fn check_place(&self, document: &DocumentName) -> Result<()> {
        self.check_folder(&document.path())
    }

    /// As [`Self::check_place`], of a path from the site's root.
    pub(super) fn check_folder(&self, path: &str) -> Result<()> {
        file::place(&self.site, path).map(drop).map_err(|cause| {
            Error::new(Code::InvalidInput, format!("Nothing is written there: {cause}. Nothing was changed.")).field("document")
        })
    }

    /// Every other document that is JSON, as it stands in the batch.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if one is there and cannot be read.
    pub(super) fn others_in(&self, batch: &mut Batch, document: &DocumentName) -> Result<Vec<Read>> {
        let mut read = Vec::new();
        for path in documents::edited_in(batch, &self.site)? {
            let Some(other) = DocumentName::at(&path).filter(|other| other != document) else { continue };
            let Some(text) = documents::text_in(batch, &self.site, &path)? else { continue };
            if let Ok(value) = fit::json(&text) {
                read.push((other, text, value));
            }
        }
        Ok(read)
    }
}

/// A document, its text and what is in it.
pub(super) type Read = (DocumentName, Arc<str>, Value);

/// A page's id, unless another page has the same: then links that carry it do not tell which of both they mean.
fn unique_uuid<'a>(page: &'a Value, others: &[Read]) -> Option<&'a str> {
    let uuid = page.get("uuid").and_then(Value::as_str).filter(|uuid| !uuid.is_empty())?;
    let is_shared = others.iter().any(|(other, _, value)| other.slug().is_some() && value["uuid"].as_str() == Some(uuid));
    (!is_shared).then_some(uuid)
}

pub(super) fn in_trash(token: &str) -> String {
    format!("{}/{token}.json", names::TRASH)
}

/// That a token names nothing of this kind that was removed.
pub(super) fn absent_in_trash(kind: &str) -> Error {
    let message = format!("There is no removed {kind} of that token; it may be back already. Nothing was changed.");
    Error::new(Code::NotFound, message)
}

pub(super) fn set(key: &str, value: &str) -> splice::Edit {
    splice::Edit { path: vec![key.to_owned()], value: Some(value.into()) }
}

fn is_page(document: &DocumentName) -> Result<&str> {
    let refusal = || Error::new(Code::InvalidInput, format!("{document} is no page. Nothing was changed.")).field("document");
    document.slug().ok_or_else(refusal)
}

fn as_object(document: &DocumentName, text: &str) -> Result<Value> {
    let problem = match fit::json(text) {
        Ok(value) if value.is_object() => return Ok(value),
        Ok(_) => "It is no JSON object.".to_owned(),
        Err(problem) => problem,
    };
    Err(Error::new(Code::Corrupt, format!("{document} can only be changed as text. {problem} Nothing was changed.")))
}

pub(super) fn checked_name<'a>(name: &'a str, kind: &str) -> Result<&'a str> {
    let name = name.trim();
    let refuse = |why: String| Err(Error::new(Code::InvalidInput, why).field("name"));
    if name.is_empty() {
        return refuse(format!("Give the {kind} a name."));
    }
    if name.chars().count() > 200 || name.chars().any(char::is_control) {
        return refuse(format!("A {kind}'s name has at most 200 characters, on one line."));
    }
    Ok(name)
}

/// “About (copy)”, then “About (copy 2)”, also as a copy of a copy.
fn copy_name(name: &str, taken: &[String]) -> String {
    let base = name.rfind(" (copy").filter(|_| name.ends_with(')')).map_or(name, |at| &name[..at]);
    let numbered = (2_u32..).map(|number| format!("{base} (copy {number})"));
    std::iter::once(format!("{base} (copy)")).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// The keys and indices of a JSON pointer.
fn parse_pointer(pointer: &str) -> Result<Vec<String>> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(path) = pointer.strip_prefix('/') else {
        let message = format!("“{pointer}” is no JSON pointer; these begin with a slash, as in /widgets/hero/settings/title.");
        return Err(Error::new(Code::InvalidInput, message).field("pointer"));
    };
    Ok(path.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect())
}
