//! Commands about previews.

use backlot::app::{App, StartPreview};
use backlot::error::Result;
use backlot::preview::model::{Decision, Log, Offer, Preview};
use tauri::State;
use uuid::Uuid;

use super::blocking;

#[tauri::command]
pub async fn preview_list(app: State<'_, App>) -> Result<Vec<Preview>> {
    blocking(&app, |app| Ok(app.previews())).await
}

#[tauri::command]
pub async fn preview_start(app: State<'_, App>, demo: Uuid, port: Option<u16>) -> Result<Preview> {
    blocking(&app, move |app| app.start_preview(demo, StartPreview { port, is_background: false })).await
}

#[tauri::command]
pub async fn preview_stop(app: State<'_, App>, demo: Uuid) -> Result<Preview> {
    blocking(&app, move |app| app.stop_preview(demo)).await
}

#[tauri::command]
pub async fn preview_offer(app: State<'_, App>, demo: Uuid) -> Result<Option<Offer>> {
    blocking(&app, move |app| app.preview_offer(demo)).await
}

#[tauri::command]
pub async fn preview_trust(app: State<'_, App>, demo: Uuid, key: String, decision: Decision) -> Result<Offer> {
    blocking(&app, move |app| app.decide_preview(demo, &key, decision)).await
}

#[tauri::command]
pub async fn preview_log(app: State<'_, App>, demo: Uuid) -> Result<Log> {
    blocking(&app, move |app| app.preview_log(demo)).await
}
