//! How a browser is sent to a private preview.
//!
//! A browser is started with the URL that it is to show, and every user of the machine can read the command lines of all
//! processes. So the URL is not the preview's own, which is its secret, but one at 127.0.0.1 with a ticket in it: it leads to
//! the preview once, within a minute. Every process of the workspace can write one, with the token of the preview's record.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

/// Where tickets are taken; the ticket follows, and then the path of the page.
pub(super) const PATH: &str = "/__backlot/open/";
/// How long a ticket counts, in seconds.
const LIFE: i64 = 60;

/// What tickets of one preview are written and checked with.
#[derive(Debug)]
pub(super) struct Tickets {
    key: [u8; 32],
    /// Those that were used, with the end of their time.
    used: Mutex<HashMap<String, i64>>,
}

impl Tickets {
    /// Those of the preview with that token.
    pub fn new(token: &str) -> Self {
        Self { key: blake3::derive_key("backlot preview tickets", token.as_bytes()), used: Mutex::default() }
    }

    /// A ticket that counts from now on.
    pub fn write(&self, now: Timestamp) -> String {
        let said = format!("{}-{}", now.as_second() + LIFE, Uuid::new_v4().simple());
        let seal = self.seal(&said);
        format!("{said}-{seal}")
    }

    /// Whether a ticket counts, which it does no more afterwards.
    pub fn take(&self, ticket: &str, now: Timestamp) -> bool {
        let Some((said, seal)) = ticket.rsplit_once('-') else { return false };
        // Hashes are compared in the same time, however much of them is the same.
        let is_ours = blake3::Hash::from_hex(seal).is_ok_and(|seal| seal == self.seal(said));
        let until = said.split('-').next().and_then(|until| until.parse().ok()).unwrap_or(i64::MIN);
        let now = now.as_second();
        if !is_ours || !(now..=now + LIFE).contains(&until) {
            return false;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, until| *until >= now);
        used.insert(said.to_owned(), until).is_none()
    }

    fn seal(&self, said: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key, said.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_counts_once_for_a_minute_and_for_its_own_preview() {
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let (writer, server, other) = (Tickets::new("token"), Tickets::new("token"), Tickets::new("other"));
        let ticket = writer.write(at(0));
        assert!(!other.take(&ticket, at(1)));
        assert!(server.take(&ticket, at(1)));
        assert!(!server.take(&ticket, at(1)), "once");
        let late = writer.write(at(0));
        assert!(!server.take(&late, at(61)));
        let last = writer.write(at(0));
        assert!(server.take(&last, at(60)));
        let (said, seal) = ticket.rsplit_once('-').unwrap();
        for forged in ["", "-", said, seal, &format!("9{said}-{seal}"), &format!("{said}-{}", &seal[1..]), &format!("{ticket}x")] {
            assert!(!server.take(forged, at(1)), "{forged}");
        }
    }
}
