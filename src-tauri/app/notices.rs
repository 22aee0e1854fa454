//! What a person should know about the workspace as a whole.

use std::mem::discriminant;

use super::App;
use super::view::{Change, Notice};
use crate::error::Error;

impl App {
    /// Whether the workspace that was opened is still at its path. If not, that is told, until it is there again: what would be
    /// read or written there meanwhile is of no workspace, or of another one.
    pub(super) fn is_in_place(&self) -> bool {
        match self.0.workspace.check_in_place() {
            Ok(()) => {
                self.drop_notice(&Notice::WorkspaceMoved { message: String::new() });
                true
            }
            Err(Error { message, .. }) => {
                self.put_notice(Notice::WorkspaceMoved { message });
                false
            }
        }
    }

    /// There is something to know.
    pub(super) fn put_notice(&self, notice: Notice) {
        self.change_notices(|notices| {
            if !notices.contains(&notice) {
                notices.retain(|known| discriminant(known) != discriminant(&notice));
                notices.push(notice);
            }
        });
    }

    /// It is not so any more.
    fn drop_notice(&self, notice: &Notice) {
        self.change_notices(|notices| notices.retain(|known| discriminant(known) != discriminant(notice)));
    }

    fn change_notices(&self, change: impl FnOnce(&mut Vec<Notice>)) {
        let mut told = self.told();
        let before = told.notices.clone();
        change(&mut told.notices);
        if told.notices != before {
            self.0.hub.emit(Change::NoticesChanged { notices: told.notices.clone() });
        }
    }
}
