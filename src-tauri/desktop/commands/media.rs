//! Commands about the media of a demo.

use std::collections::BTreeMap;
use std::path::PathBuf;

use backlot::app::App;
use backlot::cancel::Cancel;
use backlot::error::Result;
use backlot::media::model::{MediaChange, MediaFinding, MediaImport, MediaListing, MediaUse};
use serde_json::Value;
use tauri::State;
use uuid::Uuid;

use super::blocking;

#[tauri::command]
pub async fn media_list(app: State<'_, App>, demo: Uuid) -> Result<MediaListing> {
    blocking(&app, move |app| app.list_media(demo)).await
}

#[tauri::command]
pub async fn media_set(app: State<'_, App>, demo: Uuid, id: String, change: MediaChange) -> Result<Option<Value>> {
    blocking(&app, move |app| Ok(app.media(&demo.to_string())?.set(&id, &change, None)?.files.pop())).await
}

#[tauri::command]
pub async fn media_import(app: State<'_, App>, demo: Uuid, files: Vec<PathBuf>) -> Result<MediaImport> {
    blocking(&app, move |app| app.start_import(&demo.to_string(), files)).await
}

#[tauri::command]
pub async fn media_cancel_import(app: State<'_, App>, id: Uuid) -> Result<()> {
    blocking(&app, move |app| {
        app.cancel_import(id);
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn media_replace(app: State<'_, App>, demo: Uuid, id: String, file: PathBuf) -> Result<MediaListing> {
    blocking(&app, move |app| app.change_media(&demo.to_string(), |media| media.replace(&id, &file, &Cancel::new()))).await
}

#[tauri::command]
pub async fn media_imports(app: State<'_, App>, demo: Uuid) -> Result<Vec<MediaImport>> {
    blocking(&app, move |app| app.imports(&demo.to_string())).await
}

#[tauri::command]
pub async fn media_rename(app: State<'_, App>, demo: Uuid, id: String, filename: String) -> Result<MediaListing> {
    blocking(&app, move |app| app.change_media(&demo.to_string(), |media| media.rename(&id, &filename))).await
}

#[tauri::command]
pub async fn media_remove(app: State<'_, App>, demo: Uuid, ids: Vec<String>, even_if_used: bool) -> Result<String> {
    blocking(&app, move |app| app.change_media(&demo.to_string(), |media| media.remove(&ids, even_if_used))).await
}

#[tauri::command]
pub async fn media_restore(app: State<'_, App>, demo: Uuid, token: String) -> Result<()> {
    blocking(&app, move |app| app.change_media(&demo.to_string(), |media| media.restore(&token))).await
}

#[tauri::command]
pub async fn media_uses(app: State<'_, App>, demo: Uuid, ids: Vec<String>) -> Result<BTreeMap<String, Vec<MediaUse>>> {
    blocking(&app, move |app| app.settled_media(demo)?.uses_of_all(&ids)).await
}

#[tauri::command]
pub async fn media_check(app: State<'_, App>, demo: Uuid) -> Result<Vec<MediaFinding>> {
    blocking(&app, move |app| app.settled_media(demo)?.check()).await
}

#[tauri::command]
pub async fn media_repair(app: State<'_, App>, demo: Uuid, findings: Vec<MediaFinding>) -> Result<String> {
    blocking(&app, move |app| app.change_media(&demo.to_string(), |media| media.repair(&findings))).await
}
