//! Editing the documents of a demo: what [`Autosave`] does, told by [`crate::content`] what documents are.

use std::path::{Path, PathBuf};
use std::sync::Weak;

use serde_json::Value;
use uuid::Uuid;

use super::view::Change;
use super::{App, Inner};
use crate::autosave::model::{Conflict, DocumentStanding, Draft, Edited, LeftDrafts, OpenDocument};
use crate::autosave::{Surroundings, Worked};
use crate::content::model::{Change as DocumentChange, DocumentInfo, DocumentName, PageInfo, Removed, Shown};
use crate::content::{self, ContentOf, change};
use crate::error::{Code, Error, Result};
use crate::site::usage::Changed;
use crate::store::Batch;
use crate::workspace::demo as names;

/// What autosave asks of the app.
#[derive(Debug)]
pub(super) struct Around(pub(super) Weak<Inner>);

impl Around {
    fn app(&self) -> Result<App> {
        self.0.upgrade().map(App).ok_or_else(|| Error::new(Code::Cancelled, "Backlot is ending."))
    }
}

impl Surroundings for Around {
    fn folder(&self, demo: Uuid) -> Result<PathBuf> {
        self.app()?.0.demos.folder(demo)
    }

    fn is_there(&self, demo: Uuid, folder: &Path) -> bool {
        self.app().is_ok_and(|app| app.0.demos.is_there(demo, folder))
    }

    fn problem(&self, document: &str, text: &str) -> Option<String> {
        document.parse().map_or_else(|error: Error| Some(error.message), |document| content::problem(&document, text))
    }

    fn complete(&self, batch: &mut Batch, folder: &Path, changed: &[Changed]) -> Result<()> {
        content::complete(batch, &folder.join(names::SITE), changed, self.app()?.0.clock.now())
    }

    fn tell(&self, change: DocumentStanding) {
        if let Ok(app) = self.app() {
            // What another program wrote, or a side that was chosen, is shown as well.
            app.0.previews.repaint(change.demo);
            app.0.hub.emit(Change::DocumentChanged(change));
        }
    }
}

impl App {
    /// Opens a document to be edited.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if there can be no such document; `Corrupt` if it is no text.
    pub fn open_document(&self, demo: Uuid, document: &DocumentName) -> Result<OpenDocument> {
        let open = self.0.autosave.open(demo, &document.to_string(), &document.path())?;
        self.notice();
        Ok(open)
    }

    /// The window that showed documents is gone without closing any. What is not saved stays, and is saved in its time.
    pub fn release_documents(&self) {
        self.0.autosave.release_all();
    }

    /// A window no longer shows a document; what is not saved of the demo is saved.
    ///
    /// # Errors
    /// Those of [`App::flush`].
    pub fn close_document(&self, demo: Uuid, document: &DocumentName) -> Result<()> {
        self.0.autosave.close_document(demo, &document.to_string())
    }

    /// Makes a change in an open document; it is saved by itself.
    ///
    /// # Errors
    /// Those of [`change::apply`] and of [`crate::autosave::Autosave::change`].
    pub fn change_document(&self, demo: Uuid, document: &DocumentName, change: &DocumentChange) -> Result<Edited> {
        // Typing needs no types, and must not wait for reading them.
        let types = match change {
            DocumentChange::Set { .. } | DocumentChange::SetText { .. } => content::Types::default(),
            _ => self.content(&demo.to_string())?.types(),
        };
        let label = match change {
            DocumentChange::Set { label, .. } => label.clone(),
            DocumentChange::SetText { .. } => Some("text".to_owned()),
            _ => None,
        };
        let edited = self.0.autosave.change(demo, &document.to_string(), |text| {
            let applied = change::apply(document, text, change, &types)?;
            Ok(Worked {
                text: applied.text,
                edits: applied.edits.into_iter().map(|edit| crate::store::splice::Edit::from(edit).into()).collect(),
                added: applied.added,
                label,
            })
        });
        self.painted(demo, edited)
    }

    /// Takes back the last change of an open document.
    ///
    /// # Errors
    /// `NotFound` if it is not open.
    pub fn undo_document(&self, demo: Uuid, document: &DocumentName) -> Result<Edited> {
        self.painted(demo, self.0.autosave.undo(demo, &document.to_string()))
    }

    /// Makes the change again that was taken back last.
    ///
    /// # Errors
    /// `NotFound` if it is not open.
    pub fn redo_document(&self, demo: Uuid, document: &DocumentName) -> Result<Edited> {
        self.painted(demo, self.0.autosave.redo(demo, &document.to_string()))
    }

    /// What was edited is painted in the pages of the demo's preview that are open.
    fn painted(&self, demo: Uuid, edited: Result<Edited>) -> Result<Edited> {
        if edited.is_ok() {
            self.0.previews.repaint(demo);
        }
        edited
    }

    /// Keeps a text typed for an open document that is no JSON yet, so that no end of the program takes it; none when it is
    /// finished or given up.
    ///
    /// # Errors
    /// Those of [`crate::autosave::Autosave::keep_unfinished`].
    pub fn keep_unfinished(&self, demo: Uuid, document: &DocumentName, text: Option<&str>) -> Result<()> {
        self.0.autosave.keep_unfinished(demo, &document.to_string(), text)
    }

    /// Saves at once what is unsaved, of a demo or of all.
    ///
    /// # Errors
    /// What kept something from being saved; the edits are kept, and it is tried again.
    pub fn flush(&self, demo: Option<Uuid>) -> Result<()> {
        self.0.autosave.flush(demo)
    }

    /// What does not go together in a document, if anything.
    ///
    /// # Errors
    /// `NotFound` if it is not open.
    pub fn conflict(&self, demo: Uuid, document: &DocumentName) -> Result<Option<Conflict>> {
        self.0.autosave.conflict(demo, &document.to_string())
    }

    /// Ends a conflict with one of the two sides.
    ///
    /// # Errors
    /// `NotFound` if the document is not open, or the side to keep has none.
    pub fn resolve_conflict(&self, demo: Uuid, document: &DocumentName, keeps_mine: bool) -> Result<OpenDocument> {
        self.0.autosave.resolve(demo, &document.to_string(), keeps_mine)
    }

    /// The edits that processes which ended did not save.
    ///
    /// # Errors
    /// `NotFound`; `NotWritable` or `Io`.
    pub fn drafts(&self, demo: Uuid) -> Result<Vec<Draft>> {
        self.0.autosave.drafts(demo)
    }

    /// The demos with edits that processes which ended did not save.
    pub fn left_drafts(&self) -> Vec<LeftDrafts> {
        self.0.autosave.left_drafts()
    }

    /// Offers a draft again that was given up in this process.
    ///
    /// # Errors
    /// `NotFound` if it is not kept any more; those of a save.
    pub fn restore_draft(&self, demo: Uuid, id: &str) -> Result<()> {
        let restored = self.0.autosave.restore_draft(demo, id);
        self.0.hub.emit(Change::DraftsChanged { demo });
        restored
    }

    /// Applies one of the drafts, or gives it up.
    ///
    /// # Errors
    /// `NotFound` if there is no such draft any more; `InvalidInput` for applying an unfinished text; those of a save.
    pub fn settle_draft(&self, demo: Uuid, id: &str, applies: bool) -> Result<()> {
        // What is open and unsaved comes first, so that the two meet on the disk.
        self.flush(Some(demo))?;
        let settled = if applies { self.0.autosave.apply_draft(demo, id) } else { self.0.autosave.discard_draft(demo, id) };
        self.0.hub.emit(Change::DraftsChanged { demo });
        settled
    }

    /// Sets the value at a JSON pointer in a document. With `expect_rev` only if it is still of that revision.
    ///
    /// # Errors
    /// Those of [`ContentOf::set`].
    pub fn set_value(&self, demo: Uuid, document: &str, pointer: &str, value: Value, expect_rev: Option<&str>) -> Result<Shown> {
        self.on_pages(demo, |content| content.set(&content.named(document)?, pointer, value, expect_rev))
    }

    /// A new page.
    ///
    /// # Errors
    /// Those of [`ContentOf::add_page`].
    pub fn add_page(&self, demo: Uuid, name: &str) -> Result<PageInfo> {
        self.on_pages(demo, |content| content.add_page(name))
    }

    /// A copy of a page.
    ///
    /// # Errors
    /// Those of [`ContentOf::duplicate_page`].
    pub fn duplicate_page(&self, demo: Uuid, page: &str) -> Result<PageInfo> {
        self.on_pages(demo, |content| content.duplicate_page(&content.named(page)?))
    }

    /// Another name for a page, another slug, or both; what is open of it goes with it.
    ///
    /// # Errors
    /// Those of [`ContentOf::rename_page`].
    pub fn rename_page(&self, demo: Uuid, page: &str, name: Option<&str>, slug: Option<&str>) -> Result<PageInfo> {
        self.on_pages(demo, |content| {
            let document = content.named(page)?;
            let page = content.rename_page(&document, name, slug)?;
            if page.document != document {
                self.0.autosave.renamed(demo, &document.to_string(), &page.document.to_string(), &page.document.path());
            }
            Ok(page)
        })
    }

    /// Removes a page; what it answers with brings it back.
    ///
    /// # Errors
    /// Those of [`ContentOf::remove_page`].
    pub fn remove_page(&self, demo: Uuid, page: &str) -> Result<Removed> {
        self.on_pages(demo, |content| content.remove_page(&content.named(page)?))
    }

    /// Brings a removed page back.
    ///
    /// # Errors
    /// Those of [`ContentOf::restore_page`].
    pub fn restore_page(&self, demo: Uuid, token: &str) -> Result<PageInfo> {
        self.on_pages(demo, |content| content.restore_page(token))
    }

    /// A new menu.
    ///
    /// # Errors
    /// Those of [`ContentOf::add_menu`].
    pub fn add_menu(&self, demo: Uuid, name: &str) -> Result<DocumentInfo> {
        self.on_pages(demo, |content| content.add_menu(name))
    }

    /// Removes a menu; what it answers with brings it back.
    ///
    /// # Errors
    /// Those of [`ContentOf::remove_menu`].
    pub fn remove_menu(&self, demo: Uuid, document: &DocumentName) -> Result<Removed> {
        self.on_pages(demo, |content| content.remove_menu(document))
    }

    /// Brings a removed menu back.
    ///
    /// # Errors
    /// Those of [`ContentOf::restore_menu`].
    pub fn restore_menu(&self, demo: Uuid, token: &str) -> Result<DocumentInfo> {
        self.on_pages(demo, |content| content.restore_menu(token))
    }

    /// Does something with whole pages or menus: what is unsaved is saved before, and what is open looks at the disk after.
    fn on_pages<T>(&self, demo: Uuid, work: impl FnOnce(&ContentOf) -> Result<T>) -> Result<T> {
        self.flush(Some(demo))?;
        let done = work(&self.content(&demo.to_string())?)?;
        self.0.autosave.look(Some(demo));
        self.0.hub.emit(Change::ContentChanged { demo });
        Ok(done)
    }
}
