//! Operations on a demo's documents: pages, header and footer, menus, theme settings, and the edits of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::DemoRef;
use crate::autosave::model::{Conflict, Draft, Edited, LeftDrafts, OpenDocument};
use crate::content::model::{Change, Content, DocumentInfo, DocumentName, PageInfo, Removed, Shown, TextHit};

/// Which side of a conflict is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ConflictSide {
    /// What was edited here.
    Mine,
    /// What is on the disk.
    Theirs,
}

operations! { CONTENT:
    /// The pages, menus and other documents of a demo, and the widgets its theme has.
    read list_content for (Window, Cli, Agent): ListContent {
        /// The demo.
        demo: DemoRef,
    } -> Content
        = |call, request| call.app.content(&request.demo.0)?.list();

    /// What is in a document, as it is on the disk.
    read show_document for (Window, Cli, Agent): ShowDocument {
        /// The demo.
        demo: DemoRef,
        /// The document: `pages/about`, or a page by its slug alone.
        document: String,
    } -> Shown
        = |call, request| {
            let content = call.app.content(&request.demo.0)?;
            content.show(&content.named(&request.document)?)
        };

    /// Sets one value in a document. What is edited of the demo in this process is saved first.
    write set_document_value for (Window, Cli, Agent): SetDocumentValue {
        /// The demo.
        demo: DemoRef,
        /// The document: `pages/about`, or a page by its slug alone.
        document: String,
        /// Where the value is, as a JSON pointer (RFC 6901).
        pointer: String,
        /// The value.
        value: Value,
        /// Only if the document is still of this revision.
        expect_rev: Option<String>,
    } -> Shown
        = |call, request| {
            let SetDocumentValue { demo, document, pointer, value, expect_rev } = request;
            call.app.set_value(call.demo(&demo)?, &document, &pointer, value, expect_rev.as_deref())
        };

    /// The texts of a demo in which something is found, and where.
    read search_content for (Window, Cli, Agent): SearchContent {
        /// The demo.
        demo: DemoRef,
        /// What is looked for.
        query: String,
    } -> Vec<TextHit>
        = |call, request| call.app.content(&request.demo.0)?.search(&request.query);

    /// Adds an empty page.
    write add_page for (Window, Cli, Agent): AddPage {
        /// The demo.
        demo: DemoRef,
        /// The page's name.
        name: String,
    } -> PageInfo
        = |call, request| call.app.add_page(call.demo(&request.demo)?, &request.name);

    /// Copies a page.
    write duplicate_page for (Window, Cli, Agent): DuplicatePage {
        /// The demo.
        demo: DemoRef,
        /// The page: `pages/about`, or its slug alone.
        page: String,
    } -> PageInfo
        = |call, request| call.app.duplicate_page(call.demo(&request.demo)?, &request.page);

    /// Gives a page another name, another slug, or both; links to it follow.
    write rename_page for (Window, Cli, Agent): RenamePage {
        /// The demo.
        demo: DemoRef,
        /// The page: `pages/about`, or its slug alone.
        page: String,
        /// Its new name.
        name: Option<String>,
        /// Its new slug.
        slug: Option<String>,
    } -> PageInfo
        = |call, request| {
            let RenamePage { demo, page, name, slug } = request;
            call.app.rename_page(call.demo(&demo)?, &page, name.as_deref(), slug.as_deref())
        };

    /// Removes a page. Answers with what brings it back, and with the links to it that remain.
    write remove_page for (Window, Cli, Agent): RemovePage {
        /// The demo.
        demo: DemoRef,
        /// The page: `pages/about`, or its slug alone.
        page: String,
    } -> Removed
        = |call, request| call.app.remove_page(call.demo(&request.demo)?, &request.page);

    /// Brings a removed page back.
    write restore_page for (Window, Cli, Agent): RestorePage {
        /// The demo.
        demo: DemoRef,
        /// What removing it answered with.
        token: String,
    } -> PageInfo
        = |call, request| call.app.restore_page(call.demo(&request.demo)?, &request.token);

    /// Adds an empty menu.
    write add_menu for (Window, Cli, Agent): AddMenu {
        /// The demo.
        demo: DemoRef,
        /// The menu's name.
        name: String,
    } -> DocumentInfo
        = |call, request| call.app.add_menu(call.demo(&request.demo)?, &request.name);

    /// Removes a menu. Answers with what brings it back, and with what still shows it.
    write remove_menu for (Window, Cli, Agent): RemoveMenu {
        /// The demo.
        demo: DemoRef,
        /// The menu.
        menu: DocumentName,
    } -> Removed
        = |call, request| call.app.remove_menu(call.demo(&request.demo)?, &request.menu);

    /// Brings a removed menu back.
    write restore_menu for (Window, Cli, Agent): RestoreMenu {
        /// The demo.
        demo: DemoRef,
        /// What removing it answered with.
        token: String,
    } -> DocumentInfo
        = |call, request| call.app.restore_menu(call.demo(&request.demo)?, &request.token);

    /// Opens a document for editing.
    write open_document for (Window): OpenForEditing {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
    } -> OpenDocument
        = |call, request| call.app.open_document(call.demo(&request.demo)?, &request.document);

    /// The window no longer shows a document; what is not saved of the demo is saved.
    write close_document for (Window): CloseDocument {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
    } -> ()
        = |call, request| call.app.close_document(call.demo(&request.demo)?, &request.document);

    /// Edits an open document. It is saved by itself.
    write edit_document for (Window): EditDocument {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
        /// The change.
        change: Change,
    } -> Edited
        = |call, request| call.app.change_document(call.demo(&request.demo)?, &request.document, &request.change);

    /// Takes back the last change of an open document.
    write undo_edit for (Window): UndoEdit {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
    } -> Edited
        = |call, request| call.app.undo_document(call.demo(&request.demo)?, &request.document);

    /// Makes the change again that was taken back last.
    write redo_edit for (Window): RedoEdit {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
    } -> Edited
        = |call, request| call.app.redo_document(call.demo(&request.demo)?, &request.document);

    /// Keeps a text typed for an open document that is not JSON yet; none once it is finished or given up.
    write keep_unfinished_text for (Window): KeepUnfinishedText {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
        /// The text.
        text: Option<String>,
    } -> ()
        = |call, request| call.app.keep_unfinished(call.demo(&request.demo)?, &request.document, request.text.as_deref());

    /// Saves at once what is not saved, of a demo or of all.
    write save_edits for (Window): SaveEdits {
        /// The demo; all without it.
        demo: Option<DemoRef>,
    } -> ()
        = |call, request| call.app.flush(request.demo.map(|demo| call.demo(&demo)).transpose()?);

    /// What does not go together in an open document: what was edited here, and what is on the disk.
    read show_conflict for (Window): ShowConflict {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
    } -> Option<Conflict>
        = |call, request| call.app.conflict(call.demo(&request.demo)?, &request.document);

    /// Ends a conflict with one of its two sides.
    write resolve_conflict for (Window): ResolveConflict {
        /// The demo.
        demo: DemoRef,
        /// The document.
        document: DocumentName,
        /// The side that is kept.
        keep: ConflictSide,
    } -> OpenDocument
        = |call, request| call.app.resolve_conflict(call.demo(&request.demo)?, &request.document, request.keep == ConflictSide::Mine);

    /// The edits of a demo that programs which ended did not save.
    read list_drafts for (Window, Cli): ListDrafts {
        /// The demo.
        demo: DemoRef,
    } -> Vec<Draft>
        = |call, request| call.app.drafts(call.demo(&request.demo)?);

    /// The demos with edits that programs which ended did not save.
    read list_demos_with_drafts for (Window, Cli): ListDemosWithDrafts {} -> Vec<LeftDrafts>
        = |call, _| Ok(call.app.left_drafts());

    /// Applies such edits to their document.
    write apply_draft for (Window): ApplyDraft {
        /// The demo.
        demo: DemoRef,
        /// The draft's id.
        draft: String,
    } -> ()
        = |call, request| call.app.settle_draft(call.demo(&request.demo)?, &request.draft, true);

    /// Gives such edits up; `restore_draft` undoes that while the program runs.
    write discard_draft for (Window): DiscardDraft {
        /// The demo.
        demo: DemoRef,
        /// The draft's id.
        draft: String,
    } -> ()
        = |call, request| call.app.settle_draft(call.demo(&request.demo)?, &request.draft, false);

    /// Offers edits again that were given up.
    write restore_draft for (Window): RestoreDraft {
        /// The demo.
        demo: DemoRef,
        /// The draft's id.
        draft: String,
    } -> ()
        = |call, request| call.app.restore_draft(call.demo(&request.demo)?, &request.draft);
}
