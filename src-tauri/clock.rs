//! Time, passed in. Nothing else in the library asks the system what time it is, so that tests choose it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use uuid::{NoContext, Uuid};

/// A source of the current time: the system's, or one a test moves by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `at` (to the millisecond) until it is moved with [`Clock::advance`].
    pub fn fixed(at: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.as_millisecond()))))
    }

    /// The current time, in UTC, to the millisecond. A system whose clock is wrong by thousands of years is taken for one at the
    /// first or the last time that can be written.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(fixed) => timestamp(fixed.load(Ordering::SeqCst)),
            None => timestamp(millis(system())),
        }
    }

    /// Moves a fixed clock forward by `millis` milliseconds; the system's clock is left alone.
    pub fn advance(&self, millis: i64) {
        if let Some(fixed) = &self.0 {
            fixed.fetch_add(millis, Ordering::SeqCst);
        }
    }
}

/// A new id of version 7 (RFC 9562): later ones sort after earlier ones. Before 1970 no time can be in it.
pub fn new_id() -> Uuid {
    id_at(system())
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
fn system() -> SystemTime {
    SystemTime::now()
}

fn id_at(at: SystemTime) -> Uuid {
    if at < SystemTime::UNIX_EPOCH { Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, 0, 0)) } else { Uuid::now_v7() }
}

/// Milliseconds since 1970, negative before.
fn millis(at: SystemTime) -> i64 {
    let count = |age: Duration| i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    at.duration_since(SystemTime::UNIX_EPOCH).map_or_else(|before| -count(before.duration()), count)
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_by_any_number_of_years_gives_a_time_and_ids() {
        let year = Duration::from_secs(31_556_952);
        let epoch = SystemTime::UNIX_EPOCH;
        let at = |time: SystemTime| timestamp(millis(time)).to_string();
        assert_eq!(at(epoch), "1970-01-01T00:00:00Z");
        assert_eq!(at(epoch - Duration::from_millis(1)), "1969-12-31T23:59:59.999Z");
        assert!(at(epoch - year * 100).starts_with("18"), "{}", at(epoch - year * 100));
        assert_eq!(at(epoch + year * 20_000), Timestamp::MAX.to_string());
        assert_eq!(at(epoch - year * 20_000), Timestamp::MIN.to_string());
        let (first, second) = (id_at(epoch - year), id_at(epoch - year));
        assert!(first != second && first.get_version_num() == 7 && first < new_id());
        let written = serde_json::to_string(&Timestamp::MAX).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&written).unwrap(), Timestamp::MAX);
    }
}
