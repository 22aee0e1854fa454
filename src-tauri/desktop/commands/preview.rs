//! Commands about previews.

use backlot::app::{App, StartPreview};
use backlot::error::{Code, Error, Result};
use backlot::preview::model::{self, Decision, Log, Offer, Preview};
use tauri::{AppHandle, Manager as _, State, Url};
use tauri_plugin_opener::OpenerExt as _;
use uuid::Uuid;

use super::blocking;
use crate::page_window::PageWindows;

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

/// Shows a page of a preview that runs in the person's own browser. Where it runs is for the host to know.
#[tauri::command]
pub async fn preview_open(app: State<'_, App>, handle: AppHandle, demo: Uuid, page: String) -> Result<()> {
    blocking(&app, move |app| {
        let url = url_of(app, demo, &page)?;
        // Whoever lists processes sees what a browser is started with: never the address of a private preview.
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let shown = app.preview_ticket(demo, &path)?.unwrap_or_else(|| url.to_string());
        let opened = handle.opener().open_url(&shown, None::<&str>);
        opened.map_err(|cause| Error::new(Code::Io, format!("No browser would open {url} ({cause}). Copy the address instead.")))
    })
    .await
}

/// Shows a page of a preview that runs in a window of its own, with a process of its own.
#[tauri::command]
pub async fn preview_open_window(app: State<'_, App>, handle: AppHandle, demo: Uuid, page: String) -> Result<()> {
    blocking(&app, move |app| {
        let url = url_of(app, demo, &page)?;
        let name = app.snapshot().demos.into_iter().find(|one| one.demo.id == demo).map(|one| one.demo.name).unwrap_or_default();
        handle.state::<PageWindows>().open(demo, &url, &name)
    })
    .await
}

/// The URL of a page of a preview that runs; that of its home page if `page` would lead elsewhere.
fn url_of(app: &App, demo: Uuid, page: &str) -> Result<Url> {
    let model::State::Running { address, .. } = app.preview(demo).state else {
        return Err(Error::new(Code::WrongState, "The preview is not running. Start it first."));
    };
    let root = Url::parse(&address).map_err(|cause| Error::new(Code::Internal, format!("{address} is not a URL: {cause}.")))?;
    Ok(Url::parse(&model::page_url(&address, page)).ok().filter(|url| url.origin() == root.origin()).unwrap_or(root))
}
