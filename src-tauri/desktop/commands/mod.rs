//! The commands that the window calls, one line each over [`App`].
//!
//! Every one that may touch the disk runs on a thread for blocking work: the main thread is the window's.

mod app;
mod content;
mod demo;
mod export;
mod media;
mod preview;
mod template;

use backlot::app::App;
use backlot::error::{Code, Error, Result};
use tauri::ipc::Invoke;

/// Every command; `tests/tidy.rs` holds that these are the ones the interface calls.
pub fn all() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        app::app_snapshot,
        app::app_ready,
        app::app_quit,
        app::app_handed_over,
        app::window_shows,
        app::window_restored,
        app::settings_get,
        app::settings_set,
        app::pick_folder,
        app::pick_files,
        app::pick_new_file,
        demo::demo_slug_check,
        demo::demo_slug_suggest,
        demo::demo_create,
        demo::demo_cancel,
        demo::demo_retry,
        demo::demo_dismiss,
        demo::demo_rename,
        demo::demo_tag,
        demo::demo_delete,
        demo::demo_restore,
        demo::demo_purge,
        demo::demo_trash,
        demo::demo_open_folder,
        demo::demo_warnings,
        demo::demo_fetch_submodules,
        demo::demo_cancel_fetch,
        demo::demo_thumbnail,
        content::content_list,
        content::document_open,
        content::document_close,
        content::document_change,
        content::document_undo,
        content::document_redo,
        content::document_keep_unfinished,
        content::document_flush,
        content::document_conflict,
        content::document_resolve,
        content::draft_list,
        content::draft_left,
        content::draft_restore,
        content::draft_apply,
        content::draft_discard,
        content::page_add,
        content::page_duplicate,
        content::page_rename,
        content::page_remove,
        content::page_restore,
        content::menu_add,
        content::menu_remove,
        content::menu_restore,
        content::page_search,
        media::media_list,
        media::media_set,
        media::media_import,
        media::media_imports,
        media::media_cancel_import,
        media::media_replace,
        media::media_rename,
        media::media_remove,
        media::media_restore,
        media::media_uses,
        media::media_check,
        media::media_repair,
        preview::preview_list,
        preview::preview_start,
        preview::preview_stop,
        preview::preview_offer,
        preview::preview_trust,
        preview::preview_log,
        preview::preview_open,
        preview::preview_open_window,
        export::build_list,
        export::build_outline,
        export::build_start,
        export::build_cancel,
        export::build_place,
        export::build_show,
        template::template_add,
        template::template_refresh,
        template::template_remove,
        template::template_thumbnail,
    ]
}

/// Does `work` with the app on a thread for blocking work.
async fn blocking<T: Send + 'static>(app: &App, work: impl FnOnce(&App) -> Result<T> + Send + 'static) -> Result<T> {
    let app = app.clone();
    let done = tauri::async_runtime::spawn_blocking(move || work(&app)).await;
    done.unwrap_or_else(|cause| {
        tracing::error!(error = %cause, "a command ended by itself");
        Err(Error::new(Code::Internal, "Backlot met a defect of its own; the log says more. What was saved is safe."))
    })
}

/// A picture as a URL that holds it.
fn data_url(bytes: Vec<u8>) -> Option<String> {
    use base64::Engine;
    let mime = match bytes.get(..4)? {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G'] => "image/png",
        b"RIFF" => "image/webp",
        _ => return None,
    };
    Some(format!("data:{mime};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes)))
}
