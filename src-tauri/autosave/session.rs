//! One document that is being edited: its text, what is not saved of it, and what can be undone. Nothing here touches a disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::model::{Conflict, EditView, SaveState};
use crate::store::merge::{self, Merged};
use crate::store::{json, splice};

/// How many steps can be undone.
const STEPS: usize = 200;
/// Edits with one label that follow each other so quickly are undone together.
const TOGETHER: Duration = Duration::from_millis(1200);
/// The first and the longest pause before a failed save is tried again.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// A document that is being edited.
#[derive(Debug)]
pub(super) struct Session {
    /// Where it is, from the site's root.
    pub path: String,
    /// What was last seen on the disk, which the edits build on; none if it is not there.
    pub base: Option<Arc<str>>,
    /// The text with all edits.
    pub text: Arc<str>,
    /// Counts the changes of the text, whoever made them.
    pub version: u64,
    /// The number of the last edit, of the last one saved, and of the last one in the draft log.
    pub edit: u64,
    pub saved: u64,
    pub drafted: u64,
    pub standing: Standing,
    /// How many windows show it.
    pub viewers: usize,
    pub last_used: Instant,
    /// What is typed for it and is no JSON yet, so that it cannot be in the text.
    pub unfinished: Option<Arc<str>>,
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// When the first and the last edit was made that is not saved, and the first that is not in the draft log.
    pub first_unsaved: Option<Instant>,
    pub last_edit: Option<Instant>,
    pub first_undrafted: Option<Instant>,
}

/// Where a session stands with the disk.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Standing {
    Saved {
        at: Option<Timestamp>,
    },
    Unsaved,
    Saving,
    /// Somebody else left this text, or none.
    Conflict {
        theirs: Option<Arc<str>>,
    },
    Failed {
        error: crate::error::Error,
        retry_at: Instant,
        pause: Duration,
    },
}

#[derive(Debug)]
struct Step {
    before: Arc<str>,
    after: Arc<str>,
    label: Option<String>,
    at: Instant,
}

impl Session {
    pub fn new(path: String, text: Arc<str>) -> Self {
        Self {
            path,
            base: Some(text.clone()),
            text,
            version: 1,
            edit: 0,
            saved: 0,
            drafted: 0,
            standing: Standing::Saved { at: None },
            viewers: 0,
            last_used: Instant::now(),
            unfinished: None,
            undo: Vec::new(),
            redo: Vec::new(),
            first_unsaved: None,
            last_edit: None,
            first_undrafted: None,
        }
    }

    /// Whether there are edits that are not on the disk.
    pub fn is_dirty(&self) -> bool {
        self.edit > self.saved
    }

    /// Whether something would be lost with it: edits that are not on the disk, or an unfinished text.
    pub fn holds_something(&self) -> bool {
        self.is_dirty() || self.unfinished.is_some()
    }

    pub fn save_state(&self) -> SaveState {
        match &self.standing {
            Standing::Saved { at } => SaveState::Saved { at: *at },
            Standing::Unsaved => SaveState::Unsaved,
            Standing::Saving => SaveState::Saving,
            Standing::Conflict { .. } => SaveState::Conflict,
            Standing::Failed { error, .. } => SaveState::Failed { error: error.clone() },
        }
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// An edit by the person in front of the window: it can be undone.
    pub fn edited(&mut self, text: Arc<str>, label: Option<String>, now: Instant) {
        if text == self.text {
            return;
        }
        let before = std::mem::replace(&mut self.text, text.clone());
        self.redo.clear();
        match self.undo.last_mut() {
            Some(last) if label.is_some() && last.label == label && last.after == before && now - last.at < TOGETHER => {
                last.after = text;
                last.at = now;
            }
            _ => {
                self.undo.push(Step { before, after: text, label, at: now });
                if self.undo.len() > STEPS {
                    self.undo.remove(0);
                }
            }
        }
        self.touched(now);
    }

    /// Takes the last step back; what others changed meanwhile stays. None if there is none.
    pub fn undo(&mut self, now: Instant) -> Option<Vec<EditView>> {
        let step = self.undo.pop()?;
        let text = merge::replay(&step.after, &step.before, &self.text);
        let edits = self.turn(text.into(), now);
        self.redo.push(step);
        Some(edits)
    }

    /// Makes the step again that was taken back last.
    pub fn redo(&mut self, now: Instant) -> Option<Vec<EditView>> {
        let step = self.redo.pop()?;
        let text = merge::replay(&step.before, &step.after, &self.text);
        let edits = self.turn(text.into(), now);
        // It stands for itself from now on, however soon the next edit comes.
        self.undo.push(Step { label: None, ..step });
        Some(edits)
    }

    fn turn(&mut self, text: Arc<str>, now: Instant) -> Vec<EditView> {
        let before = std::mem::replace(&mut self.text, text);
        self.touched(now);
        difference(&before, &self.text)
    }

    fn touched(&mut self, now: Instant) {
        self.version += 1;
        self.edit += 1;
        self.first_unsaved.get_or_insert(now);
        self.first_undrafted.get_or_insert(now);
        self.last_edit = Some(now);
        if !matches!(self.standing, Standing::Saving | Standing::Conflict { .. }) {
            self.standing = Standing::Unsaved;
        }
    }

    /// Somebody else left `theirs` on the disk. Answers whether anything about the session is different now.
    pub fn met(&mut self, theirs: Option<Arc<str>>) -> bool {
        let conflicting = match &self.standing {
            Standing::Conflict { theirs } => theirs.as_ref(),
            _ => self.base.as_ref(),
        };
        if conflicting == theirs.as_ref() || self.standing == Standing::Saving {
            return false;
        }
        let Some(theirs) = theirs else {
            if self.is_dirty() {
                self.standing = Standing::Conflict { theirs: None };
                return true;
            }
            return false;
        };
        if !self.is_dirty() {
            self.base = Some(theirs.clone());
            self.set_text(theirs);
            return true;
        }
        match merge::merge(self.base.as_deref().unwrap_or_default(), &self.text, &theirs) {
            Merged::Clean(text) => {
                self.base = Some(theirs);
                self.set_text(text.into());
                self.standing = Standing::Unsaved;
            }
            Merged::Conflict(_) => self.standing = Standing::Conflict { theirs: Some(theirs) },
        }
        true
    }

    fn set_text(&mut self, text: Arc<str>) {
        if self.text != text {
            self.text = text;
            self.version += 1;
        }
    }

    /// A save put `written` on the disk, which holds every edit up to the number `edit`, when the text was `sent`. `is_merged`
    /// says that it holds changes of somebody else too; otherwise it differs in its date at the most.
    pub fn was_saved(&mut self, sent: &str, written: Arc<str>, edit: u64, is_merged: bool, at: Timestamp) {
        self.saved = edit;
        // Edits made while the save was under way stand on what was sent.
        let text: Arc<str> = if *self.text == *sent { written.clone() } else { merge::replay(sent, &self.text, &written).into() };
        self.base = Some(written);
        if is_merged {
            self.set_text(text);
        } else {
            self.text = text;
        }
        if self.is_dirty() {
            self.standing = Standing::Unsaved;
            self.first_unsaved = self.last_edit;
        } else {
            self.standing = Standing::Saved { at: Some(at) };
            self.first_unsaved = None;
            self.first_undrafted = None;
        }
    }

    /// A save found what does not go together.
    pub fn was_refused(&mut self, theirs: Option<Arc<str>>) {
        self.standing = Standing::Conflict { theirs };
    }

    /// A save failed.
    pub fn has_failed(&mut self, error: crate::error::Error, pause_before: Option<Duration>, now: Instant) {
        let pause = pause_before.map_or(RETRY.0, |pause| (pause * 2).min(RETRY.1));
        self.standing = Standing::Failed { error, retry_at: now + pause, pause };
    }

    /// What does not go together, if anything.
    pub fn conflict(&self) -> Option<Conflict> {
        let Standing::Conflict { theirs } = &self.standing else { return None };
        let paths = match (&self.base, theirs) {
            (Some(base), Some(theirs)) => match merge::merge(base, &self.text, theirs) {
                Merged::Conflict(paths) => paths,
                Merged::Clean(_) => Vec::new(),
            },
            _ => vec![Vec::new()],
        };
        let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        Some(Conflict { base: text(&self.base), mine: self.text.as_ref().to_owned(), theirs: text(theirs), paths })
    }

    /// Ends a conflict with what is written here, on top of what does not contradict it.
    pub fn keep_mine(&mut self, now: Instant) {
        let Standing::Conflict { theirs } = self.standing.clone() else { return };
        self.standing = Standing::Unsaved;
        if let (Some(base), Some(theirs)) = (&self.base, &theirs) {
            let text = merge::replay(base, &self.text, theirs);
            self.set_text(text.into());
        }
        self.base = theirs;
        self.touched(now);
    }

    /// Ends a conflict with what is on the disk. What was written here can be had back by undo. None: it is gone there.
    pub fn take_theirs(&mut self, now: Instant) -> Option<()> {
        let Standing::Conflict { theirs } = &self.standing else { return Some(()) };
        let theirs = theirs.clone()?;
        let before = self.text.clone();
        self.base = Some(theirs.clone());
        self.set_text(theirs.clone());
        self.undo.push(Step { before, after: theirs, label: None, at: now });
        self.redo.clear();
        self.saved = self.edit;
        (self.first_unsaved, self.first_undrafted) = (None, None);
        self.standing = Standing::Saved { at: None };
        Some(())
    }

    /// When it is to be saved: so long after the last edit, but not later than that after the first.
    pub fn due(&self, debounce: Duration, cap: Duration) -> Option<Instant> {
        match &self.standing {
            Standing::Unsaved => Some((self.last_edit? + debounce).min(self.first_unsaved? + cap)),
            Standing::Failed { retry_at, .. } => Some(*retry_at),
            _ => None,
        }
    }
}

/// The edits between two texts; the whole, or nothing, where one is not JSON.
fn difference(before: &str, after: &str) -> Vec<EditView> {
    let parse = |text: &str| json::parse::<Value>(text).ok();
    match (parse(before), parse(after)) {
        (Some(before), Some(after)) => splice::diff(&before, &after).into_iter().map(EditView::from).collect(),
        (None, Some(after)) => vec![EditView { path: Vec::new(), value: Some(after) }],
        (_, None) => Vec::new(),
    }
}
