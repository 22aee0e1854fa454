//! Commands about templates.

use backlot::app::App;
use backlot::cancel::Cancel;
use backlot::error::Result;
use backlot::template::model::Template;
use tauri::State;

use super::{blocking, data_url};

#[tauri::command]
pub async fn template_add(app: State<'_, App>, source: String, branch: Option<String>) -> Result<Template> {
    blocking(&app, move |app| app.add_template(&source, branch.as_deref(), &|_| (), &Cancel::new())).await
}

#[tauri::command]
pub async fn template_refresh(app: State<'_, App>, key: String) -> Result<Template> {
    blocking(&app, move |app| app.refresh_template(&key, &|_| (), &Cancel::new())).await
}

#[tauri::command]
pub async fn template_remove(app: State<'_, App>, key: String) -> Result<()> {
    blocking(&app, move |app| app.remove_template(&key)).await
}

#[tauri::command]
pub async fn template_thumbnail(app: State<'_, App>, key: String) -> Result<Option<String>> {
    blocking(&app, move |app| Ok(app.template_screenshot(&key).and_then(data_url))).await
}
