//! Reads a demo's documents: through the store, so that what another process committed is in them, and never through a link.

use std::io;
use std::path::Path;

use serde_json::Value;

use super::fit;
use super::icons;
use super::model::{Content, DocumentInfo, DocumentName, PageInfo};
use super::schema::{self, Types};
use crate::error::{Code, Error, Result};
use crate::site::locale::{Locale, readable};
use crate::site::{copies, documents, file};
use crate::store::{Batch, Store};
use crate::workspace::demo::SITE;

/// The name of a document in the demo's store.
pub(super) fn name_of(document: &DocumentName) -> String {
    format!("{SITE}/{}", document.path())
}

/// The text of a document; none if there is none.
///
/// # Errors
/// `InvalidInput` if it is reached through a link, is no file, or is too large; `Corrupt` if it is not text.
pub(super) fn text(store: &Store, document: &DocumentName) -> Result<Option<String>> {
    if store.is_pending()? {
        store.recover()?;
    }
    if !is_there(&store.root().join(SITE), document)? {
        return Ok(None);
    }
    store.text(&name_of(document))
}

/// As [`text`], as it stands in a batch.
///
/// # Errors
/// `NotFound` if there is none; as for [`text`].
pub(super) fn text_in(batch: &mut Batch, site: &Path, document: &DocumentName) -> Result<std::sync::Arc<str>> {
    let name = name_of(document);
    if (batch.is_changed(&name) || is_there(site, document)?)
        && let Some(text) = batch.text(&name)?
    {
        return Ok(text);
    }
    Err(absent(document))
}

pub(super) fn absent(document: &DocumentName) -> Error {
    Error::new(Code::NotFound, format!("There is no document {document}. “backlot page list” shows the pages there are."))
}

/// Whether there is a file of its own in the document's place.
fn is_there(site: &Path, document: &DocumentName) -> Result<bool> {
    match file::check(site, &document.path()) {
        Ok(_) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) if matches!(cause.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge) => {
            let message = format!("The document {document} is not read: {cause}. It was left as it is.");
            Err(Error::new(Code::InvalidInput, message).field("document"))
        }
        Err(cause) => Err(Error::io("read", &site.join(document.path()), &cause)),
    }
}

/// Everything there is to edit in the demo of the store.
pub(super) fn content(store: &Store) -> Result<Content> {
    if store.is_pending()? {
        store.recover()?;
    }
    let site = store.root().join(SITE);
    let locale = Locale::load(&site);
    let mut content = Content { widget_types: Types::load_with(&site, &locale).to_vec(), icons: icons::load(&site), ..Content::default() };
    for document in documents::edited(&site)?.iter().filter_map(|path| DocumentName::at(path)) {
        let read = match text(store, &document) {
            Ok(None) => continue,
            Ok(Some(text)) => fit::parse(&document, &text).map_err(|problem| (problem, fit::json(&text).unwrap_or_default())),
            Err(error) => Err((error.message, Value::Null)),
        };
        let read = match read {
            Ok(value) if copies::is_in_copy(&document.path()) => Err((copies::said(&document.path()), value)),
            read => read,
        };
        let (value, problem) = match read {
            Ok(value) => (value, None),
            Err((problem, value)) => (value, Some(problem)),
        };
        if document.slug().is_some() {
            content.pages.push(page_info(&document, &value, problem));
            continue;
        }
        if document == DocumentName::theme() && problem.is_none() {
            content.theme_groups = schema::theme_groups(&value, &locale);
        }
        let info = DocumentInfo { name: title(&document, &value), document, problem };
        if info.document.global_type().is_some() {
            content.globals.insert(if info.document.global_type() == Some("header") { 0 } else { content.globals.len() }, info);
        } else if info.document.menu_name().is_some() {
            content.menus.push(info);
        } else {
            content.theme = Some(info);
        }
    }
    content.pages.sort_by(|a, b| (a.slug != "index", &a.slug).cmp(&(b.slug != "index", &b.slug)));
    Ok(content)
}

/// A page as the list shows it.
pub(super) fn page_info(document: &DocumentName, page: &Value, problem: Option<String>) -> PageInfo {
    PageInfo {
        slug: document.slug().unwrap_or_default().to_owned(),
        name: title(document, page),
        uuid: page.get("uuid").and_then(Value::as_str).map(str::to_owned),
        widgets: page.get("widgets").and_then(Value::as_object).map_or(0, serde_json::Map::len),
        document: document.clone(),
        problem,
    }
}

/// As [`page_info`], of a text.
pub(super) fn page_info_of(document: &DocumentName, text: &str) -> PageInfo {
    match fit::parse(document, text) {
        Ok(page) => page_info(document, &page, None),
        Err(problem) => page_info(document, &fit::json(text).unwrap_or_default(), Some(problem)),
    }
}

/// What a person calls a document.
pub(super) fn title(document: &DocumentName, value: &Value) -> String {
    let said = || value.get("name").and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty());
    if let Some(name) = document.slug().or(document.menu_name()) {
        return said().map_or_else(|| readable(name), str::to_owned);
    }
    document.global_type().map_or_else(|| "Theme settings".to_owned(), readable)
}
