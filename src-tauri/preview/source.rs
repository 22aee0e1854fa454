//! What renders the pages of a site, as far as a preview must know it. The app brings it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;

use crate::error::Result;

/// How many pages are kept.
const MOST: usize = 256;

/// Makes the pages of one site. Its methods are called on threads for blocking work, several at once.
pub trait Source: fmt::Debug + Send + Sync {
    /// The page of that name (`/`, `/about`, `/blog/first`), made now; none if there is no such page.
    ///
    /// # Errors
    /// Why it cannot be made; the message is shown in its place.
    fn page(&self, page: &str) -> Result<Option<Page>>;

    /// Stands for everything that the page is made of: as long as it is the same the page is not made again. None if that
    /// cannot be told, and the page is made each time.
    fn stamp(&self, page: &str) -> Option<u64> {
        let _ = page;
        None
    }

    /// The name of the page that is shown where there is none.
    fn missing(&self) -> Option<String> {
        None
    }

    /// The file below the site's folder that a path of the rendered site shows (`assets/base.css`); none if it shows none.
    fn file(&self, path: &str) -> Option<String> {
        Some(path.to_owned())
    }
}

/// A page as a browser gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its HTML.
    pub html: String,
}

/// The pages that were made last.
#[derive(Debug, Default)]
pub(super) struct Pages(Mutex<HashMap<String, Slot>>);

/// One page. Who makes it holds it, so that it is made once however many ask.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// A page that was made, and what it was made of.
#[derive(Debug)]
pub(super) struct Kept {
    pub stamp: u64,
    pub made: Made,
}

/// A page without the script, and the hash of it.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub html: Bytes,
    pub hash: String,
}

impl Made {
    pub fn new(page: Page) -> Self {
        let hash = blake3::hash(page.html.as_bytes()).to_hex()[..24].to_owned();
        Self { html: page.html.into(), hash }
    }
}

impl Pages {
    /// The place of a page.
    pub fn slot(&self, page: &str) -> Slot {
        let mut slots = self.slots();
        if slots.len() >= MOST {
            slots.clear();
        }
        slots.entry(page.to_owned()).or_default().clone()
    }

    /// Forgets one page, or all. What is being made at this moment is not kept either.
    pub fn forget(&self, page: Option<&str>) {
        let mut slots = self.slots();
        match page {
            Some(page) => drop(slots.remove(page)),
            None => slots.clear(),
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
