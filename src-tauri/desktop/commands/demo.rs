//! Commands about demos.

use backlot::app::{App, SlugCheck};
use backlot::cancel::Cancel;
use backlot::demo::model::{CreateDemo, DemoView, DemoWarning};
use backlot::error::{Code, Error, Result};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt;
use uuid::Uuid;

use super::{blocking, data_url};

#[tauri::command]
pub async fn demo_slug_check(app: State<'_, App>, slug: String) -> Result<SlugCheck> {
    blocking(&app, move |app| Ok(app.check_slug(&slug))).await
}

#[tauri::command]
pub async fn demo_slug_suggest(app: State<'_, App>, name: String) -> Result<String> {
    blocking(&app, move |app| Ok(app.suggest_slug(&name))).await
}

#[tauri::command]
pub async fn demo_create(app: State<'_, App>, request: CreateDemo) -> Result<DemoView> {
    blocking(&app, move |app| app.start_create(request)).await
}

#[tauri::command]
pub async fn demo_cancel(app: State<'_, App>, request_id: String) -> Result<DemoView> {
    blocking(&app, move |app| app.cancel(&request_id)).await
}

#[tauri::command]
pub async fn demo_retry(app: State<'_, App>, request_id: String) -> Result<DemoView> {
    blocking(&app, move |app| app.retry(&request_id)).await
}

#[tauri::command]
pub async fn demo_dismiss(app: State<'_, App>, request_id: String) -> Result<()> {
    blocking(&app, move |app| app.dismiss(&request_id)).await
}

#[tauri::command]
pub async fn demo_rename(app: State<'_, App>, id: Uuid, name: Option<String>, slug: Option<String>) -> Result<DemoView> {
    blocking(&app, move |app| app.rename(id, name.as_deref(), slug.as_deref())).await
}

#[tauri::command]
pub async fn demo_tag(app: State<'_, App>, id: Uuid, tags: Vec<String>) -> Result<DemoView> {
    blocking(&app, move |app| app.tag(id, &tags)).await
}

#[tauri::command]
pub async fn demo_delete(app: State<'_, App>, id: Uuid) -> Result<DemoView> {
    blocking(&app, move |app| app.delete(id)).await
}

#[tauri::command]
pub async fn demo_restore(app: State<'_, App>, id: Uuid) -> Result<DemoView> {
    blocking(&app, move |app| app.restore(id)).await
}

#[tauri::command]
pub async fn demo_purge(app: State<'_, App>, id: Uuid) -> Result<()> {
    blocking(&app, move |app| app.purge(id)).await
}

#[tauri::command]
pub async fn demo_trash(app: State<'_, App>) -> Result<Vec<DemoView>> {
    blocking(&app, |app| Ok(app.trash())).await
}

#[tauri::command]
pub async fn demo_open_folder(app: State<'_, App>, handle: AppHandle, id: Uuid) -> Result<()> {
    blocking(&app, move |app| {
        let view = app.demo(&id.to_string())?;
        let folder = view.folder.ok_or_else(|| Error::new(Code::WrongState, "The demo has no folder yet."))?;
        let opened = handle.opener().open_path(folder.to_string_lossy(), None::<&str>);
        opened.map_err(|cause| Error::new(Code::Io, format!("No file manager would open {} ({cause}).", folder.display())))
    })
    .await
}

#[tauri::command]
pub async fn demo_warnings(app: State<'_, App>, id: Uuid) -> Result<Vec<DemoWarning>> {
    blocking(&app, move |app| app.demo_warnings(&id.to_string())).await
}

#[tauri::command]
pub async fn demo_fetch_submodules(app: State<'_, App>, id: Uuid) -> Result<Vec<DemoWarning>> {
    blocking(&app, move |app| {
        app.fetch_submodules(&id.to_string(), &|_| (), &Cancel::new())?;
        app.demo_warnings(&id.to_string())
    })
    .await
}

#[tauri::command]
pub async fn demo_cancel_fetch(app: State<'_, App>, id: Uuid) -> Result<()> {
    blocking(&app, move |app| {
        app.cancel_fetch(id);
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn demo_thumbnail(app: State<'_, App>, id: Uuid) -> Result<Option<String>> {
    blocking(&app, move |app| Ok(app.demo_screenshot(id).and_then(data_url))).await
}
