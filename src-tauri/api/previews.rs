//! Operations on previews.

use super::{Call, DemoRef};
use crate::error::{Code, Error, Result};
use crate::preview::model::{Decision, Log, Offer, Preview, State, page_url};
use uuid::Uuid;

operations! { PREVIEWS:
    /// The previews that run, or failed, of all programs.
    read list_previews for (Window, Cli, Agent): ListPreviews {} -> Vec<Preview>
        = |call, _| Ok(call.app.previews());

    /// The preview of a demo.
    read show_preview for (Window, Cli, Agent): ShowPreview {
        /// The demo.
        demo: DemoRef,
    } -> Preview
        = |call, request| Ok(call.app.preview(call.demo(&request.demo)?));

    /// Starts a demo's preview, or joins the one that runs. What is not saved of the demo is saved first.
    long start_preview for (Window, Cli, Agent): StartDemoPreview {
        /// The demo.
        demo: DemoRef,
        /// The port to take; any that is free without it.
        port: Option<u16>,
    } -> Preview
        = |call, request| call.host.start_preview(call, call.demo(&request.demo)?, request.port);

    /// Stops a demo's preview, whichever program runs it.
    write stop_preview for (Window, Cli, Agent): StopPreview {
        /// The demo.
        demo: DemoRef,
    } -> Preview
        = |call, request| call.app.stop_preview(call.demo(&request.demo)?);

    /// The command that a site brings to serve itself, and what was decided about it; none if it brings none.
    read show_preview_command for (Window, Cli, Agent): ShowPreviewCommand {
        /// The demo.
        demo: DemoRef,
    } -> Option<Offer>
        = |call, request| call.app.preview_offer(call.demo(&request.demo)?);

    /// Decides whether that command may run.
    write decide_preview_command for (Window, Cli): DecidePreviewCommand {
        /// The demo.
        demo: DemoRef,
        /// The key of the command that was shown; another one may be there by now.
        key: String,
        /// What is decided.
        decision: Decision,
    } -> Offer
        = |call, request| call.app.decide_preview(call.demo(&request.demo)?, &request.key, request.decision);

    /// The end of what the site's own command printed, also after it has ended.
    read show_preview_log for (Window, Cli, Agent): ShowPreviewLog {
        /// The demo.
        demo: DemoRef,
    } -> Log
        = |call, request| call.app.preview_log(call.demo(&request.demo)?);

    /// Shows a page of a preview in the person's browser.
    read open_preview for (Window): OpenPreview {
        /// The demo.
        demo: DemoRef,
        /// The page's path, such as `/about`.
        page: String,
    } -> ()
        = |call, request| {
            let demo = call.demo(&request.demo)?;
            let url = page_of(call, demo, &request.page)?;
            // Whoever lists processes sees what a browser is started with: never the address of a private preview.
            let path = url.splitn(4, '/').nth(3).unwrap_or_default();
            let shown = call.app.preview_ticket(demo, path)?.unwrap_or_else(|| url.clone());
            call.host.open_url(&shown)
        };

    /// Shows a page of a preview in a window of its own, with a process of its own.
    read open_preview_window for (Window): OpenPreviewWindow {
        /// The demo.
        demo: DemoRef,
        /// The page's path, such as `/about`.
        page: String,
    } -> ()
        = |call, request| {
            let demo = call.demo(&request.demo)?;
            let name = call.app.demo(&demo.to_string())?.demo.name;
            call.host.open_page(demo, &page_of(call, demo, &request.page)?, &name)
        };
}

/// The URL of a page of a preview that runs; that of its home page if `page` would lead elsewhere.
fn page_of(call: &Call<'_>, demo: Uuid, page: &str) -> Result<String> {
    let State::Running { address, .. } = call.app.preview(demo).state else {
        return Err(Error::new(Code::WrongState, "The preview is not running. Start it first."));
    };
    Ok(page_url(&address, page))
}
