//! Commands about the app as a whole.

use std::path::PathBuf;

use backlot::app::{App, Settings, Snapshot};
use backlot::error::{Code, Error, Result};
use tauri::{AppHandle, State, WebviewWindow};

use super::blocking;
use crate::watchdog::{Restored, Shown, Watchdog};

#[tauri::command]
pub async fn app_snapshot(app: State<'_, App>) -> Result<Snapshot> {
    blocking(&app, |app| Ok(app.snapshot())).await
}

/// The interface has painted once: there is something to show.
#[tauri::command]
pub fn app_ready(handle: AppHandle) {
    crate::window::show(&handle);
}

/// Ends the program, as closing the window does.
#[tauri::command]
pub fn app_quit(handle: AppHandle) {
    crate::closing::begin(&handle);
}

/// What was typed last is with the host: nothing keeps the program from ending.
#[tauri::command]
pub fn app_handed_over(closing: State<'_, crate::closing::Closing>) {
    closing.handed_over();
}

/// Reports what the interface shows, for [`window_restored`].
#[tauri::command]
pub fn window_shows(watchdog: State<'_, Watchdog>, shown: Shown) {
    watchdog.note(shown);
}

/// What the interface showed before its web process ended; none after an ordinary start.
#[tauri::command]
pub fn window_restored(watchdog: State<'_, Watchdog>) -> Option<Restored> {
    watchdog.take_restored()
}

#[tauri::command]
pub async fn settings_get(app: State<'_, App>) -> Result<Settings> {
    blocking(&app, App::settings).await
}

#[tauri::command]
pub async fn settings_set(app: State<'_, App>, settings: Settings) -> Result<Settings> {
    blocking(&app, move |app| app.set_settings(settings)).await
}

/// Asks for a folder with the system's own dialog; none if the person changes her mind.
#[tauri::command]
pub async fn pick_folder(window: WebviewWindow, title: String) -> Result<Option<PathBuf>> {
    let picked = on_main_thread(&window, move |dialog| dialog.set_title(title).pick_folder()).await?;
    Ok(picked.await.map(|folder| folder.path().to_owned()))
}

/// Asks for files with the system's own dialog; none if the person changes her mind.
#[tauri::command]
pub async fn pick_files(window: WebviewWindow, title: String) -> Result<Vec<PathBuf>> {
    let picked = on_main_thread(&window, move |dialog| dialog.set_title(title).pick_files()).await?;
    Ok(picked.await.into_iter().flatten().map(|file| file.path().to_owned()).collect())
}

/// Asks with the system's own dialog where a new file shall be; none if the person changes her mind.
#[tauri::command]
pub async fn pick_new_file(window: WebviewWindow, title: String, name: String) -> Result<Option<PathBuf>> {
    let picked = on_main_thread(&window, move |dialog| dialog.set_title(title).set_file_name(name).save_file()).await?;
    Ok(picked.await.map(|file| file.path().to_owned()))
}

/// Begins a dialog on the main thread, as macOS demands; it is awaited elsewhere.
async fn on_main_thread<T: Send + 'static>(
    window: &WebviewWindow,
    begin: impl FnOnce(rfd::AsyncFileDialog) -> T + Send + 'static,
) -> Result<T> {
    let failed = |_| Error::new(Code::Internal, "The dialog could not be opened.");
    let (sender, mut begun) = tauri::async_runtime::channel(1);
    let parent = window.clone();
    let posted = window.run_on_main_thread(move || {
        let _ = sender.try_send(begin(rfd::AsyncFileDialog::new().set_parent(&parent)));
    });
    posted.map_err(failed)?;
    begun.recv().await.ok_or_else(|| Error::new(Code::Internal, "The dialog could not be opened."))
}
