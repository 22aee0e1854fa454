//! The pages that stand in for one that cannot be shown: what happened, and what to do.

use hyper::StatusCode;

/// A page of ours; it goes away by itself when the site changes.
pub(super) fn page(status: StatusCode, title: &str, text: &str) -> String {
    // A folder that comes back changes no file of the site: such a page looks again by itself.
    let again = if status == StatusCode::SERVICE_UNAVAILABLE { "<meta http-equiv=\"refresh\" content=\"3\">" } else { "" };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">{again}\
         <title>{title}</title><style>:root{{color-scheme:light dark}}body{{margin:0;min-height:100vh;display:grid;place-items:center;\
         font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}}main{{max-width:34rem;padding:2rem}}h1{{font-size:1.25rem;\
         margin:0 0 .5rem}}p{{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}}small{{display:block;margin-top:1.5rem;opacity:.65}}\
         </style></head><body><main><h1>{}</h1><p>{}</p><small>Backlot preview · {}</small></main></body></html>",
        escape(title),
        escape(text),
        status.as_u16(),
        title = escape(title),
    )
}

/// What those pages may do: nothing but look right, and reload.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_text() {
        let page = page(StatusCode::NOT_FOUND, "<b>", "\"<script>alert(1)</script>\" & more");
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("&amp; more"));
    }
}
