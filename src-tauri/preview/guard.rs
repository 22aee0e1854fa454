//! Who may ask: requests that name this very server, from its own pages, the app, or a person's address bar.
//!
//! Any web page in any browser can send requests to a port of this machine. Against a name of somebody else's that was made
//! to point here (DNS rebinding) `Host` is checked, which is also how another user is kept from a private preview; against
//! scripts of other sites `Origin` and `Sec-Fetch-Site`.

use http::request::Parts;
use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::{Method, StatusCode};

use super::host::{Named, Names};

/// Where the app's own window comes from.
const APP: &[&str] = &["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
/// Where it comes from while the interface is worked on.
const WORKSHOP: &str = "http://localhost:1420";

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub status: StatusCode,
    pub reason: &'static str,
}

/// The origins whose pages may show a preview in a frame, and talk with it.
pub(super) fn parents() -> Vec<&'static str> {
    let workshop = cfg!(debug_assertions).then_some(WORKSHOP);
    APP.iter().copied().chain(workshop).collect()
}

/// Looks whether a request may be answered by the server of these names. `is_known` says whether it comes from a process of the
/// workspace.
pub(super) fn check(request: &Parts, names: &Names, is_known: bool) -> Result<(), Refused> {
    let refuse = |status, reason| Err(Refused { status, reason });
    let is_own = |host: &str| names.named(host).is_some();
    let is_shown = |host: &str| names.named(host) == Some(Named::Shown);
    let mut hosts = request.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return refuse(StatusCode::BAD_REQUEST, "A request names exactly one Host.");
    };
    let authority = request.uri.authority().map(http::uri::Authority::as_str);
    if !host.to_str().is_ok_and(is_own) || authority.is_some_and(|authority| !is_own(authority)) {
        return refuse(StatusCode::MISDIRECTED_REQUEST, "This is not the address of this preview.");
    }
    if !is_known && (!host.to_str().is_ok_and(is_shown) || authority.is_some_and(|authority| !is_shown(authority))) {
        return refuse(
            StatusCode::FORBIDDEN,
            "This preview is private. Open it from Backlot, or at the address that `backlot preview list` prints.",
        );
    }
    if let Some(origin) = request.headers.get(ORIGIN) {
        let is_known = |origin: &str| parents().contains(&origin) || origin.strip_prefix("http://").is_some_and(is_shown);
        if !origin.to_str().is_ok_and(is_known) {
            return refuse(StatusCode::FORBIDDEN, "This preview answers to its own pages and to Backlot only.");
        }
    }
    // A person may follow a link from anywhere; a page of somebody else may not use what is here as a part of itself.
    if says(&request.headers, "sec-fetch-site", "cross-site") && !says(&request.headers, "sec-fetch-mode", "navigate") {
        return refuse(StatusCode::FORBIDDEN, "This preview is no part of other sites.");
    }
    // One would go on to answer for its pages when the preview has ended, or is another one.
    if request.headers.contains_key("service-worker") {
        return refuse(StatusCode::FORBIDDEN, "Previews have no service workers.");
    }
    Ok(())
}

/// Looks whether what a site shows may be asked for like this.
pub(super) fn check_reading(method: &Method) -> Result<(), Refused> {
    if [Method::GET, Method::HEAD].contains(method) {
        return Ok(());
    }
    Err(Refused { status: StatusCode::METHOD_NOT_ALLOWED, reason: "A preview is only looked at: GET and HEAD." })
}

fn says(headers: &HeaderMap, name: &str, value: &str) -> bool {
    headers.get(name).is_some_and(|said| said.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn asked(uri: &str, headers: &[(&str, &str)]) -> Result<(), u16> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap().into_parts().0, &Names::loopback(4321), false).map_err(|refused| refused.status.as_u16())
    }

    #[test]
    fn only_its_own_name_and_port_are_answered() {
        for host in ["127.0.0.1:4321", "localhost:4321", "LOCALHOST:4321"] {
            assert_eq!(asked("/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4321",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.evil.example:4321",
            "localhost.evil:4321",
            "[::1]:4321",
            "0.0.0.0:4321",
            "user@127.0.0.1:4321",
            "127.0.0.1:4321:4321",
            "",
        ] {
            assert_eq!(asked("/", &[("host", host)]), Err(421), "{host}");
        }
        assert_eq!(asked("http://evil.example/", &[("host", "127.0.0.1:4321")]), Err(421));
        assert_eq!(asked("http://127.0.0.1:4321/", &[("host", "127.0.0.1:4321")]), Ok(()));
        assert_eq!(asked("/", &[]), Err(400));
        assert_eq!(asked("/", &[("host", "127.0.0.1:4321"), ("host", "evil.example")]), Err(400));
    }

    #[test]
    fn scripts_of_others_are_refused_and_the_app_and_the_page_itself_are_not() {
        let from = |name: &str, value: &str| asked("/", &[("host", "127.0.0.1:4321"), (name, value)]);
        for origin in ["http://127.0.0.1:4321", "http://localhost:4321", "tauri://localhost", "http://tauri.localhost"] {
            assert_eq!(from("origin", origin), Ok(()), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1:4322",
            "https://127.0.0.1:4321",
            "tauri://localhost.evil",
            "http://tauri.localhost:1",
            "",
        ] {
            assert_eq!(from("origin", origin), Err(403), "{origin}");
        }
        assert_eq!(from("sec-fetch-site", "cross-site"), Err(403));
        assert_eq!(from("sec-fetch-site", "same-origin"), Ok(()));
        let link = [("host", "127.0.0.1:4321"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(asked("/", &link), Ok(()), "a link somewhere else may lead here");
        assert_eq!(from("service-worker", "script"), Err(403));
    }

    #[test]
    fn private_previews_are_shown_under_their_own_name_and_the_workspace_may_ask_under_any() {
        let names = Names::private(uuid::Uuid::from_u128(1), 4321, "token");
        let own = names.address();
        let asked = |host: &str, origin: Option<&str>, is_known| {
            let mut request = Request::builder().uri("/").header("host", host);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            check(&request.body(()).unwrap().into_parts().0, &names, is_known).map_err(|refused| refused.status.as_u16())
        };
        let host = own.strip_prefix("http://").unwrap();
        assert_eq!((asked(host, None, false), asked(host, Some(&own), false)), (Ok(()), Ok(())));
        assert_eq!((asked("127.0.0.1:4321", None, false), asked("127.0.0.1:4321", None, true)), (Err(403), Ok(())));
        assert_eq!((asked("evil.example:4321", None, true), asked(host, Some("http://127.0.0.1:4321"), false)), (Err(421), Err(403)));
    }
}
