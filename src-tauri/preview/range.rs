//! The part of a file that is asked for, as players do with videos (RFC 9110, section 14).

/// What a `Range` comes to for a file of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: no range, more than one, or none that can be understood.
    Whole,
    /// From the first byte to the last, both in it.
    Part(u64, u64),
    /// Nothing of it is there.
    Nothing,
}

/// Understands a `Range` for a file of `size` bytes.
pub(super) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let range = header.and_then(|header| header.split_once('=')).filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"));
    let Some((first, last)) = range.and_then(|(_, range)| range.trim().split_once('-')) else { return Wanted::Whole };
    // Only digits: what else `parse` would take, a sign, is no position.
    let number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let end = size.saturating_sub(1);
    match (first, last) {
        ("", last) => match number(last) {
            Some(0) => Wanted::Nothing,
            Some(_) if size == 0 => Wanted::Nothing,
            Some(count) => Wanted::Part(size.saturating_sub(count), end),
            None => Wanted::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), _) if first >= size && (last.is_empty() || number(last).is_some_and(|last| last >= first)) => Wanted::Nothing,
            (Some(first), None) if last.is_empty() => Wanted::Part(first, end),
            (Some(first), Some(last)) if first <= last => Wanted::Part(first, last.min(end)),
            _ => Wanted::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part_and_anything_unclear_is_the_whole() {
        let of = |header| wanted(Some(header), 1000);
        assert_eq!(wanted(None, 1000), Wanted::Whole);
        assert_eq!(of("bytes=0-499"), Wanted::Part(0, 499));
        assert_eq!(of("bytes=500-"), Wanted::Part(500, 999));
        assert_eq!(of("bytes=0-5000"), Wanted::Part(0, 999));
        assert_eq!(of("bytes=-1"), Wanted::Part(999, 999));
        assert_eq!(of("bytes=-5000"), Wanted::Part(0, 999));
        assert_eq!(of("BYTES=999-999"), Wanted::Part(999, 999));
        for nothing in ["bytes=1000-", "bytes=1000-2000", "bytes=-0"] {
            assert_eq!(of(nothing), Wanted::Nothing, "{nothing}");
        }
        for whole in [
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-1",
            "bytes=2000-1",
            "bytes=0-1,5-6",
            "items=0-1",
            "bytes=+1-2",
            "bytes=--1",
            "0-1",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(of(whole), Wanted::Whole, "{whole}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nothing);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Nothing);
    }
}
