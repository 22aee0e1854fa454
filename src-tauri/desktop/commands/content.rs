//! Commands about the documents of a demo.

use backlot::app::App;
use backlot::autosave::model::{Conflict, Draft, Edited, LeftDrafts, OpenDocument};
use backlot::content::model::{Change, Content, DocumentInfo, DocumentName, PageInfo, Removed, TextHit};
use backlot::error::Result;
use tauri::State;
use uuid::Uuid;

use super::blocking;

#[tauri::command]
pub async fn content_list(app: State<'_, App>, demo: Uuid) -> Result<Content> {
    blocking(&app, move |app| app.content(&demo.to_string())?.list()).await
}

#[tauri::command]
pub async fn document_open(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<OpenDocument> {
    blocking(&app, move |app| app.open_document(demo, &document)).await
}

#[tauri::command]
pub async fn document_close(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<()> {
    blocking(&app, move |app| app.close_document(demo, &document)).await
}

#[tauri::command]
pub async fn document_change(app: State<'_, App>, demo: Uuid, document: DocumentName, change: Change) -> Result<Edited> {
    blocking(&app, move |app| app.change_document(demo, &document, &change)).await
}

#[tauri::command]
pub async fn document_undo(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<Edited> {
    blocking(&app, move |app| app.undo_document(demo, &document)).await
}

#[tauri::command]
pub async fn document_redo(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<Edited> {
    blocking(&app, move |app| app.redo_document(demo, &document)).await
}

#[tauri::command]
pub async fn document_keep_unfinished(app: State<'_, App>, demo: Uuid, document: DocumentName, text: Option<String>) -> Result<()> {
    blocking(&app, move |app| app.keep_unfinished(demo, &document, text.as_deref())).await
}

#[tauri::command]
pub async fn document_flush(app: State<'_, App>, demo: Option<Uuid>) -> Result<()> {
    blocking(&app, move |app| app.flush(demo)).await
}

#[tauri::command]
pub async fn document_conflict(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<Option<Conflict>> {
    blocking(&app, move |app| app.conflict(demo, &document)).await
}

/// Which side of a conflict is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    Mine,
    Theirs,
}

#[tauri::command]
pub async fn document_resolve(app: State<'_, App>, demo: Uuid, document: DocumentName, keep: Keep) -> Result<OpenDocument> {
    blocking(&app, move |app| app.resolve_conflict(demo, &document, keep == Keep::Mine)).await
}

#[tauri::command]
pub async fn draft_list(app: State<'_, App>, demo: Uuid) -> Result<Vec<Draft>> {
    blocking(&app, move |app| app.drafts(demo)).await
}

#[tauri::command]
pub async fn draft_left(app: State<'_, App>) -> Result<Vec<LeftDrafts>> {
    blocking(&app, move |app| Ok(app.left_drafts())).await
}

#[tauri::command]
pub async fn draft_restore(app: State<'_, App>, demo: Uuid, id: String) -> Result<()> {
    blocking(&app, move |app| app.restore_draft(demo, &id)).await
}

#[tauri::command]
pub async fn draft_apply(app: State<'_, App>, demo: Uuid, id: String) -> Result<()> {
    blocking(&app, move |app| app.settle_draft(demo, &id, true)).await
}

#[tauri::command]
pub async fn draft_discard(app: State<'_, App>, demo: Uuid, id: String) -> Result<()> {
    blocking(&app, move |app| app.settle_draft(demo, &id, false)).await
}

#[tauri::command]
pub async fn page_add(app: State<'_, App>, demo: Uuid, name: String) -> Result<PageInfo> {
    blocking(&app, move |app| app.add_page(demo, &name)).await
}

#[tauri::command]
pub async fn page_duplicate(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<PageInfo> {
    blocking(&app, move |app| app.duplicate_page(demo, &document)).await
}

#[tauri::command]
pub async fn page_rename(app: State<'_, App>, demo: Uuid, document: DocumentName, name: String, slug: Option<String>) -> Result<PageInfo> {
    blocking(&app, move |app| app.rename_page(demo, &document, &name, slug.as_deref())).await
}

#[tauri::command]
pub async fn page_remove(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<Removed> {
    blocking(&app, move |app| app.remove_page(demo, &document)).await
}

#[tauri::command]
pub async fn page_restore(app: State<'_, App>, demo: Uuid, token: String) -> Result<PageInfo> {
    blocking(&app, move |app| app.restore_page(demo, &token)).await
}

#[tauri::command]
pub async fn menu_add(app: State<'_, App>, demo: Uuid, name: String) -> Result<DocumentInfo> {
    blocking(&app, move |app| app.add_menu(demo, &name)).await
}

#[tauri::command]
pub async fn menu_remove(app: State<'_, App>, demo: Uuid, document: DocumentName) -> Result<Removed> {
    blocking(&app, move |app| app.remove_menu(demo, &document)).await
}

#[tauri::command]
pub async fn menu_restore(app: State<'_, App>, demo: Uuid, token: String) -> Result<DocumentInfo> {
    blocking(&app, move |app| app.restore_menu(demo, &token)).await
}

#[tauri::command]
pub async fn page_search(app: State<'_, App>, demo: Uuid, query: String) -> Result<Vec<TextHit>> {
    blocking(&app, move |app| app.content(&demo.to_string())?.search(&query)).await
}
