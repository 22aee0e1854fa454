//! `media://localhost/<demo>/<thumb|full>/<path>`: what the window shows of a demo's media, for the window alone.

use backlot::api::media_response;
use backlot::app::App;
use tauri::http::{Request, header};
use tauri::{Manager, UriSchemeContext, UriSchemeResponder, Wry};

/// Answers on a thread for blocking work.
pub fn answer(context: UriSchemeContext<'_, Wry>, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let app = context.app_handle().state::<App>().inner().clone();
    tauri::async_runtime::spawn_blocking(move || {
        let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok());
        responder.respond(media_response::respond(&app, request.uri().path(), range));
    });
}
