//! Paints open pages anew: whatever may have changed of a site, the pages that listen are made again, and told of what is
//! different in them.
//!
//! What is told is worked out from the pages, not from what happened to the files: a save of what is shown already tells
//! nothing, and an edit of one widget tells that widget. What must always hold: between what a page was told last and what is
//! compared with it nothing is lost. Therefore what a page was served is kept until nobody listens at it any more, and a page
//! that was served and did not listen yet sees by the numbers that it may be another one (see [`super::live`]).

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use tokio::sync::{Notify, watch};

use super::live::{Change, PartChange};
use super::respond::{blocking, made};
use super::server::{Shared, stopped};

/// How many pages are kept that were served; of more, all are forgotten.
const MOST: usize = 256;
/// Around a part stand comments that begin so, and say its name.
const BEGIN: &str = "<!--backlot:";
/// Behind that name.
const CLOSE: &str = "-->";

/// What the pages that listen show, as far as they were told.
#[derive(Debug, Default)]
pub(super) struct Painter {
    wanted: Notify,
    shown: Mutex<HashMap<String, Bytes>>,
}

impl Painter {
    /// Something may be different: the pages that listen are looked at soon. Does not wait.
    pub fn want(&self) {
        self.wanted.notify_one();
    }

    /// A page was served. What it shows is what will be compared, unless another is there that shows something older.
    pub fn served(&self, page: &str, html: &Bytes) {
        let mut shown = self.shown();
        if shown.len() < MOST {
            shown.entry(page.to_owned()).or_insert_with(|| html.clone());
        }
    }

    /// Keeps what pages show at which somebody listens; whether there was any other.
    fn keep(&self, listened: &BTreeSet<String>) -> bool {
        let mut shown = self.shown();
        let before = shown.len();
        shown.retain(|page, _| listened.contains(page));
        shown.len() < before
    }

    /// What is to be told of a page that is `now` (none if it cannot be made); from then on it shows that.
    fn turn(&self, page: &str, now: Option<Bytes>) -> Option<Change> {
        let mut shown = self.shown();
        let before = shown.remove(page);
        let told = match (&before, &now) {
            (Some(before), Some(now)) => difference(page, before, now),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => Some(Change::Page { page: page.to_owned() }),
        };
        if let Some(now) = now {
            shown.insert(page.to_owned(), now);
        }
        told
    }

    fn shown(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Paints whenever it is wanted, until the server stops. What is wanted while it paints, however often, is painted once more.
pub(super) async fn run(shared: Arc<Shared>, mut stopping: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = stopped(&mut stopping) => return,
            () = shared.painter.wanted.notified() => paint(&shared).await,
        }
    }
}

async fn paint(shared: &Arc<Shared>) {
    let place = blocking({
        let shared = shared.clone();
        move || shared.place()
    });
    let Ok(Some(source)) = place.await.map(|place| place.source.clone()) else { return };
    let listened = shared.live.pages();
    if shared.painter.keep(&listened) {
        shared.live.pass();
    }
    for page in listened {
        let now = made(shared, &source, &page).await;
        if let Some(change) = shared.painter.turn(&page, now.ok().flatten().map(|made| made.html)) {
            shared.live.tell(&change);
        }
    }
}

/// What is to be told of a page that was `before` and is `now`.
fn difference(page: &str, before: &[u8], now: &[u8]) -> Option<Change> {
    if before == now {
        return None;
    }
    let parts = || {
        let (before, now) = (split(std::str::from_utf8(before).ok()?)?, split(std::str::from_utf8(now).ok()?)?);
        let is_alike = before.len() == now.len() && before.iter().zip(&now).all(|(before, now)| before.is_beside(now));
        let names: BTreeSet<&str> = now.iter().filter_map(|piece| piece.name).collect();
        let is_clear = names.len() == now.iter().filter(|piece| piece.name.is_some()).count();
        let changed = before.iter().zip(&now).filter(|(before, now)| before.text != now.text);
        let parts = changed.map(|(before, now)| PartChange {
            name: now.name.unwrap_or_default().to_owned(),
            before: before.text.to_owned(),
            html: now.text.to_owned(),
        });
        (is_alike && is_clear).then(|| parts.collect())
    };
    let page = page.to_owned();
    Some(parts().map_or_else(|| Change::Page { page: page.clone() }, |parts| Change::Parts { page: page.clone(), parts }))
}

/// A piece of a page: a part with its name, or what stands around parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece<'a> {
    name: Option<&'a str>,
    text: &'a str,
}

impl Piece<'_> {
    /// Whether another one may be put in its place: parts of one name, or the same text around them.
    fn is_beside(&self, other: &Piece<'_>) -> bool {
        self.name == other.name && (self.name.is_some() || self.text == other.text)
    }
}

/// The pieces of a page in their order; none if a part does not end.
fn split(html: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(BEGIN) {
        let (name, inside) = rest[at + BEGIN.len()..].split_once(CLOSE)?;
        let end = format!("<!--/backlot:{name}{CLOSE}");
        let (text, after) = inside.split_once(end.as_str())?;
        pieces.push(Piece { name: None, text: &rest[..at] });
        pieces.push(Piece { name: Some(name), text });
        rest = after;
    }
    pieces.push(Piece { name: None, text: rest });
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(parts: &[(&str, &str)]) -> String {
        let parts: Vec<String> = parts.iter().map(|(name, text)| format!("<!--backlot:{name}-->{text}<!--/backlot:{name}-->")).collect();
        let parts = parts.concat();
        format!("<body><!-- mine -->{parts}</body>")
    }

    fn told(before: &str, now: &str) -> Option<Change> {
        difference("/", before.as_bytes(), now.as_bytes())
    }

    #[test]
    fn what_changed_within_parts_is_told_part_by_part() {
        let before = page(&[("global:header", "h"), ("widget:a", "1"), ("widget:b", "2")]);
        assert_eq!(told(&before, &before), None);
        let now = page(&[("global:header", "h"), ("widget:a", "one"), ("widget:b", "")]);
        let part = |name: &str, before: &str, html: &str| PartChange { name: name.into(), before: before.into(), html: html.into() };
        let parts = vec![part("widget:a", "1", "one"), part("widget:b", "2", "")];
        assert_eq!(told(&before, &now), Some(Change::Parts { page: "/".into(), parts }));
    }

    #[test]
    fn whatever_else_changed_is_a_page_to_be_loaded() {
        let before = page(&[("widget:a", "1"), ("widget:b", "2")]);
        let whole = Some(Change::Page { page: "/".into() });
        let around = before.replace("<body>", "<body class=x>");
        let open = before.replace("<!--/backlot:widget:b-->", "");
        let moved = page(&[("widget:b", "2"), ("widget:a", "1")]);
        let more = page(&[("widget:a", "1"), ("widget:b", "2"), ("widget:c", "3")]);
        let twice = page(&[("widget:a", "1"), ("widget:a", "2")]);
        for now in [around.as_str(), &open, &moved, &more, "", "<!--backlot:"] {
            assert_eq!(told(&before, now), whole, "{now}");
            assert_eq!(told(now, &before), whole, "{now}");
        }
        assert_eq!(told(&twice, &page(&[("widget:a", "1"), ("widget:a", "3")])), whole, "it could be either");
    }

    #[test]
    fn what_a_page_shows_is_what_it_was_told_last_even_if_others_were_served_something_newer() {
        let painter = Painter::default();
        let html = |text: &str| Bytes::from(page(&[("widget:a", text)]));
        painter.served("/", &html("1"));
        painter.served("/", &html("2"));
        let change = painter.turn("/", Some(html("2")));
        assert!(matches!(change, Some(Change::Parts { parts, .. }) if parts[0].before == "1" && parts[0].html == "2"));
        assert_eq!(painter.turn("/", Some(html("2"))), None);
        // What cannot be made is loaded, to say why; so is what can be made again.
        let whole = Some(Change::Page { page: "/".into() });
        assert_eq!(painter.turn("/", None), whole);
        assert_eq!(painter.turn("/", None), None);
        assert_eq!(painter.turn("/", Some(html("2"))), whole);
        assert!(!painter.keep(&BTreeSet::from(["/".to_owned()])));
        assert!(painter.keep(&BTreeSet::new()), "who comes back to it is told by the numbers");
    }
}
