//! The command that the window calls: any operation of [`backlot::api`], by its name.
//!
//! It runs on a thread for blocking work: the main thread is the window's.

use backlot::api::Api;
use backlot::cancel::Cancel;
use backlot::error::{Code, Error, Result};
use serde_json::Value;
use tauri::State;

/// Does an operation; the window follows long work by events.
#[tauri::command]
pub async fn call(api: State<'_, Api>, operation: String, request: Value) -> Result<Value> {
    let api = api.inner().clone();
    let done = tauri::async_runtime::spawn_blocking(move || api.dispatch(&operation, request, &|_| (), &Cancel::new())).await;
    done.unwrap_or_else(|cause| {
        tracing::error!(error = %cause, "an operation panicked");
        Err(Error::new(Code::Internal, "Backlot hit an internal error; the log says more. What was saved is safe."))
    })
}
