//! What is done with whole menus: each in one transaction of the demo's store, as with pages.

use serde_json::{Value, json};
use uuid::Uuid;

use super::fit;
use super::model::{DocumentInfo, DocumentName, Place, Removed};
use super::pages::{ContentOf, Trashed, absent_in_trash, checked_name, in_trash, set};
use super::read::{self, name_of};
use super::slug;
use crate::error::{Code, Error, Result};
use crate::store::{Batch, splice};
use crate::workspace::demo as names;

impl ContentOf {
    /// A new menu of that name, without items; its file is called after it.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is none, or if the folder of the menus is a link; `DiskFull`, `NotWritable` or `Io`.
    pub fn add_menu(&self, name: &str) -> Result<DocumentInfo> {
        let name = checked_name(name, "menu")?;
        self.store.transact("add a menu", |batch| {
            let document = self.free_menu(batch, name)?;
            let now = self.clock.now().to_string();
            let menu = json!({
                "id": document.menu_name(),
                "uuid": Uuid::new_v4(),
                "name": name,
                "description": "",
                "created": now,
                "updated": now,
                "items": [],
            });
            let mut text = serde_json::to_string_pretty(&menu).unwrap_or_default();
            text.push('\n');
            let info = DocumentInfo { document: document.clone(), name: name.to_owned(), problem: None };
            self.put(batch, vec![(document.path(), Some(text))])?;
            Ok(info)
        })
    }

    /// Removes a menu, whatever is in it; it is kept in the demo's trash. What shows it stays as it is, and is told.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is no menu; `Corrupt` if it is not text.
    pub fn remove_menu(&self, document: &DocumentName) -> Result<Removed> {
        let file = is_menu(document)?;
        let token = crate::clock::new_id().to_string();
        self.store.transact("remove a menu", |batch| {
            let text = read::text_in(batch, &self.site, document)?;
            let menu = fit::json(&text).unwrap_or_default();
            let others = self.others_in(batch, document)?;
            let uuid = menu.get("uuid").and_then(Value::as_str).filter(|uuid| !uuid.is_empty());
            let is_shared = others.iter().any(|(other, _, value)| other.menu_name().is_some() && value["uuid"].as_str() == uuid);
            let known_by: Vec<&str> = [Some(file), uuid.filter(|_| !is_shared)].into_iter().flatten().collect();
            let mut places = Vec::new();
            for (other, _, value) in others.iter().filter(|(other, ..)| other.slug().is_some() || other.global_type().is_some()) {
                settings_that_are(value, &known_by, false, &mut Vec::new(), &mut |path| places.push(Place::new(other.clone(), path)));
            }
            let trashed = Trashed { document: document.clone(), removed_at: self.clock.now(), text: text.to_string() };
            batch.put(&in_trash(&token), &trashed)?;
            self.put(batch, vec![(document.path(), None)])?;
            Ok(Removed::new(token.clone(), places))
        })
    }

    /// Brings a removed menu back as it was; under another file name if there is a menu in its place by now.
    ///
    /// # Errors
    /// `NotFound` if the token is none, or was used; `InvalidInput` if it is that of a page; `Corrupt` if the trash cannot be
    /// understood.
    pub fn restore_menu(&self, token: &str) -> Result<DocumentInfo> {
        let name = in_trash(&Uuid::parse_str(token).map_err(|_| absent_in_trash("menu"))?.to_string());
        self.store.transact("restore a menu", |batch| {
            let Trashed { document, text, .. } = batch.read(&name)?.ok_or_else(|| absent_in_trash("menu"))?;
            let file = is_menu(&document)?;
            self.check_place(&document)?;
            let (document, text) = if batch.exists(&name_of(&document))? {
                let free = self.free_menu(batch, file)?;
                let has_id = fit::json(&text).is_ok_and(|menu| menu.get("id").is_some());
                let edit = set("id", free.menu_name().unwrap_or_default());
                let text = if has_id { splice::apply(&text, &[edit])? } else { text };
                (free, text)
            } else {
                (document, text)
            };
            batch.remove(&name)?;
            let (value, problem) = match fit::parse(&document, &text) {
                Ok(menu) => (menu, None),
                Err(problem) => (fit::json(&text).unwrap_or_default(), Some(problem)),
            };
            let info = DocumentInfo { name: read::title(&document, &value), document: document.clone(), problem };
            self.put(batch, vec![(document.path(), Some(text))])?;
            Ok(info)
        })
    }

    /// A menu that is not there yet, for a name.
    fn free_menu(&self, batch: &Batch, name: &str) -> Result<DocumentName> {
        self.check_folder("menus")?;
        let file = slug::free(name, "menu", |file| batch.exists(&format!("{}/menus/{file}.json", names::SITE)))?;
        let document = DocumentName::menu(&file)?;
        self.check_place(&document)?;
        Ok(document)
    }
}

/// Calls `found` with the path of each setting of a widget or block whose value is one of these.
fn settings_that_are(value: &Value, wanted: &[&str], inside: bool, path: &mut Vec<String>, found: &mut dyn FnMut(Vec<String>)) {
    match value {
        Value::String(text) if inside && wanted.contains(&text.as_str()) => found(path.clone()),
        Value::Object(members) => {
            for (key, value) in members {
                path.push(key.clone());
                settings_that_are(value, wanted, inside || key == "settings", path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn is_menu(document: &DocumentName) -> Result<&str> {
    let refusal = || Error::new(Code::InvalidInput, format!("{document} is no menu. Nothing was changed.")).field("document");
    document.menu_name().ok_or_else(refusal)
}
