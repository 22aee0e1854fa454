//! Live reload: pages that are open hear what changed, and show it without losing their place.
//!
//! Every change has a number, and a page carries the number it was made at: a page that missed one, while it loaded or was cut
//! off, sees that by the numbers and loads itself again.
//!
//! A browser has few connections to a server, so its tabs share one: a worker listens for all of them and says which pages are
//! open. What a browser without such workers shows, and the app, listens for itself.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many pages may listen at once.
const MOST: usize = 64;
/// How many messages may wait for a page before it is cut off, to come again and see by the numbers that it missed some.
const WAITING: usize = 32;

/// How many pages may share a connection.
const SHARING: usize = 256;

/// The script of the worker that listens for all tabs.
pub(super) const WORKER: &str = include_str!("live-worker.js");
/// Where it is.
pub(super) const WORKER_PATH: &str = "/__backlot/live-worker.js";
/// Where it says which pages are open.
pub(super) const PAGES_PATH: &str = "/__backlot/live/pages";

/// The script that every page is given.
const SCRIPT: &str = include_str!("live.js");
/// Where it is.
pub(super) const SCRIPT_PATH: &str = "/__backlot/live.js";
/// Where pages listen.
pub(super) const PATH: &str = "/__backlot/live";

/// What changed of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// One page, by its path, such as `/about`.
    Page {
        /// Its path.
        page: String,
    },
    /// Parts of a page, which stand on it between comments of their names; all around them is as it was.
    Parts {
        /// The page's path.
        page: String,
        /// Each of them, in no order.
        parts: Vec<PartChange>,
    },
    /// Style sheets only.
    Style,
    /// Files that a page may show, by their paths from the site's root.
    Files {
        /// The paths.
        files: Vec<String>,
    },
    /// Anything.
    All,
}

/// A part of a page that is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartChange {
    /// What the comments around it say behind `backlot:`.
    pub name: String,
    /// What stood between them when it was told last.
    pub before: String,
    /// What stands there now.
    pub html: String,
}

/// The pages that listen to one preview.
#[derive(Debug)]
pub(super) struct Live(Mutex<State>);

#[derive(Debug)]
struct State {
    version: u64,
    /// How many have come to listen so far.
    count: u64,
    pages: Vec<Listener>,
    has_ended: bool,
}

/// A page that listens, or several that share a connection.
#[derive(Debug)]
struct Listener {
    id: u64,
    /// Their paths, as far as they said so.
    pages: BTreeSet<String>,
    sender: Sender<Bytes>,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    version: String,
    #[serde(flatten)]
    change: &'a Change,
}

impl Live {
    pub fn new() -> Self {
        // Begins anywhere, so that a page of an earlier preview at this port never takes itself for one of this.
        let version = uuid::Uuid::new_v4().as_u64_pair().0 >> 8;
        Self(Mutex::new(State { version, count: 0, pages: Vec::new(), has_ended: false }))
    }

    /// The number of the last change.
    pub fn version(&self) -> u64 {
        self.state().version
    }

    /// Everything that changes from now on, for a page of that path, beginning with the number so far; none if too many listen
    /// already.
    pub fn listen(&self, page: Option<String>) -> Option<Receiver<Bytes>> {
        let mut state = self.state();
        state.pages.retain(|listener| !listener.sender.is_closed());
        if state.has_ended || state.pages.len() >= MOST {
            return None;
        }
        let (sender, receiver) = channel(WAITING);
        state.count += 1;
        let id = state.count;
        sender.try_send(format!("retry: 500\n{}", hello(state.version, id, 0)).into()).ok()?;
        state.pages.push(Listener { id, pages: page.into_iter().collect(), sender });
        Some(receiver)
    }

    /// Takes the pages that are shown over a shared connection, and greets those that are new over it, with the number so far;
    /// whether it is there. `call` is said again in the greeting.
    pub fn share(&self, id: u64, pages: BTreeSet<String>, call: u64) -> bool {
        let mut state = self.state();
        let greeting = hello(state.version, id, call);
        let Some(listener) = state.pages.iter_mut().find(|listener| listener.id == id) else { return false };
        if pages.len() > SHARING || listener.sender.try_send(greeting.into()).is_err() {
            return false;
        }
        listener.pages = pages;
        true
    }

    /// The paths of the pages that listen.
    pub fn pages(&self) -> BTreeSet<String> {
        self.state().pages.iter().filter(|listener| !listener.sender.is_closed()).flat_map(|listener| listener.pages.clone()).collect()
    }

    /// A page that was shown may be another one, and nobody who listens need hear of it.
    pub fn pass(&self) {
        self.state().version += 1;
    }

    /// Tells every page.
    pub fn tell(&self, change: &Change) {
        let mut state = self.state();
        state.version += 1;
        let message = Message { version: format!("{:x}", state.version), change };
        let Ok(json) = serde_json::to_string(&message) else { return };
        send(&mut state, &Bytes::from(format!("data: {json}\n\n")));
    }

    /// Says that the preview is still there, which finds out who is not.
    pub fn ping(&self) {
        send(&mut self.state(), &Bytes::from_static(b":\n\n"));
    }

    /// Lets go of every page; no more may come.
    pub fn end(&self) {
        let mut state = self.state();
        state.pages.clear();
        state.has_ended = true;
    }

    /// How many pages listen.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.state().pages.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first message of a listener, or the greeting of pages that share it.
fn hello(version: u64, id: u64, call: u64) -> String {
    format!("data: {{\"kind\":\"hello\",\"version\":\"{version:x}\",\"listener\":{id},\"call\":{call}}}\n\n")
}

fn send(state: &mut State, bytes: &Bytes) {
    state.pages.retain(|listener| listener.sender.try_send(bytes.clone()).is_ok());
}

/// The script as it is served: it knows whose messages it may heed.
pub(super) fn script() -> Bytes {
    static READY: std::sync::LazyLock<Bytes> =
        std::sync::LazyLock::new(|| SCRIPT.replace("__PARENTS__", &super::guard::parents().join(" ")).into());
    READY.clone()
}

/// A page with the script in it, at the end of its body.
pub(super) fn with_script(html: &[u8], version: u64) -> Vec<u8> {
    let tag = format!("<script src=\"{SCRIPT_PATH}\" data-version=\"{version:x}\"></script>");
    let at = last_body_end(html).unwrap_or(html.len());
    let (before, after) = html.split_at(at);
    [before, tag.as_bytes(), after].concat()
}

/// Where the last `</body` begins. A page may hold such a text earlier, in a script.
fn last_body_end(html: &[u8]) -> Option<usize> {
    let end = b"</body";
    html.windows(end.len()).rposition(|window| window.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(receiver: &mut Receiver<Bytes>) -> Vec<String> {
        std::iter::from_fn(|| receiver.try_recv().ok()).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect()
    }

    #[test]
    fn every_page_hears_every_change_under_its_number() {
        let live = Live::new();
        let first = live.version();
        let mut page = live.listen(None).unwrap();
        live.tell(&Change::Style);
        let part = PartChange { name: "widget:hero".into(), before: "<i></i>".into(), html: "<b>\n</b>".into() };
        live.tell(&Change::Parts { page: "/".into(), parts: vec![part] });
        let heard = texts(&mut page);
        assert_eq!(heard[0], format!("retry: 500\ndata: {{\"kind\":\"hello\",\"version\":\"{first:x}\",\"listener\":1,\"call\":0}}\n\n"));
        assert_eq!(heard[1], format!("data: {{\"version\":\"{:x}\",\"kind\":\"style\"}}\n\n", first + 1));
        assert!(
            heard[2].contains(r#""kind":"parts","page":"/","parts":[{"name":"widget:hero","before":"<i></i>","html":"<b>\n</b>"}]"#)
                && heard[2].lines().count() == 2,
            "{}",
            heard[2]
        );
    }

    #[test]
    fn a_page_that_does_not_listen_is_let_go_and_the_others_are_not() {
        let live = Live::new();
        let _slow = live.listen(None).unwrap();
        let mut quick = live.listen(None).unwrap();
        for _ in 0..WAITING {
            live.tell(&Change::All);
            texts(&mut quick);
        }
        assert_eq!(live.len(), 1);
        drop(quick);
        live.ping();
        assert_eq!(live.len(), 0);
        let pages: Vec<_> = (0..MOST).map(|_| live.listen(None).unwrap()).collect();
        assert!(live.listen(None).is_none(), "there is an end");
        drop(pages);
        assert!(live.listen(None).is_some());
        live.end();
        assert!(live.listen(None).is_none() && live.len() == 0);
    }

    #[test]
    fn the_script_stands_at_the_end_of_the_body() {
        let made = |html: &str| String::from_utf8(with_script(html.as_bytes(), 255)).unwrap();
        let tag = "<script src=\"/__backlot/live.js\" data-version=\"ff\"></script>";
        assert_eq!(made("<body>a</body></html>"), format!("<body>a{tag}</body></html>"));
        assert_eq!(made("<script>'</body>'</script>b</BODY >"), format!("<script>'</body>'</script>b{tag}</BODY >"));
        assert_eq!(made("no body"), format!("no body{tag}"));
        assert_eq!(made(""), tag);
    }

    #[test]
    fn pages_that_share_a_connection_are_greeted_in_order_with_what_changes() {
        let live = Live::new();
        let first = live.version();
        let mut shared = live.listen(None).unwrap();
        let alone = live.listen(Some("/alone".to_owned())).unwrap();
        let pages = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<_>>();
        assert!(live.share(1, pages(&["/", "/about"]), 7));
        live.tell(&Change::Style);
        assert!(live.share(1, pages(&["/about"]), 8));
        assert_eq!(live.pages(), pages(&["/about", "/alone"]));
        let heard = texts(&mut shared);
        let greeting = |version: u64, call: u64| format!("\"version\":\"{version:x}\",\"listener\":1,\"call\":{call}}}\n\n");
        assert!(heard[1].ends_with(&greeting(first, 7)) && heard[2].contains("style") && heard[3].ends_with(&greeting(first + 1, 8)));
        assert!(!live.share(3, pages(&["/"]), 9), "nobody listens under that number");
        drop((shared, alone));
        assert!(!live.share(1, pages(&["/"]), 9) && live.pages().is_empty());
    }

    #[test]
    fn the_script_knows_its_parents() {
        let script = String::from_utf8(script().to_vec()).unwrap();
        assert!(script.contains("tauri://localhost") && !script.contains("__PARENTS__"));
    }
}
