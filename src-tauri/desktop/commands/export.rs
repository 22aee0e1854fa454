//! Commands about builds of sites.

use std::path::PathBuf;

use backlot::app::{App, BuildOrder};
use backlot::error::{Code, Error, Result};
use backlot::export::model::{Build, Outline};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt as _;
use uuid::Uuid;

use super::blocking;

#[tauri::command]
pub async fn build_list(app: State<'_, App>, demo: Uuid) -> Result<Vec<Build>> {
    blocking(&app, move |app| app.builds(&demo.to_string())).await
}

#[tauri::command]
pub async fn build_outline(app: State<'_, App>, demo: Uuid) -> Result<Outline> {
    blocking(&app, move |app| app.build_outline(&demo.to_string())).await
}

#[tauri::command]
pub async fn build_start(app: State<'_, App>, demo: Uuid, target: PathBuf, site_url: String, as_files: bool) -> Result<Build> {
    let order = BuildOrder { target, site_url, as_files };
    blocking(&app, move |app| app.start_build(&demo.to_string(), &order)).await
}

#[tauri::command]
pub async fn build_cancel(app: State<'_, App>, id: Uuid) -> Result<()> {
    blocking(&app, move |app| {
        app.cancel_build(id);
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn build_place(app: State<'_, App>, demo: Uuid, folder: PathBuf) -> Result<PathBuf> {
    blocking(&app, move |app| app.build_place(&demo.to_string(), &folder)).await
}

/// Opens the folder of a build, or the one that its zip file is in, with the file manager.
#[expect(clippy::disallowed_methods, reason = "a build is outside the workspace")]
#[tauri::command]
pub async fn build_show(app: State<'_, App>, handle: AppHandle, demo: Uuid, id: Uuid) -> Result<()> {
    blocking(&app, move |app| {
        let build = app.builds(&demo.to_string())?.into_iter().find(|build| build.id == id);
        let target = PathBuf::from(build.map(|build| build.target).unwrap_or_default());
        let folder = if target.is_dir() { Some(target.as_path()) } else { target.parent().filter(|_| target.is_file()) };
        let Some(folder) = folder else {
            return Err(Error::new(Code::NotFound, "The build is no longer where it was put. Build again to have it."));
        };
        let opened = handle.opener().open_path(folder.to_string_lossy(), None::<&str>);
        opened.map_err(|cause| Error::new(Code::Io, format!("No file manager would open {} ({cause}).", folder.display())))
    })
    .await
}
