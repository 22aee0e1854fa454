//! Character references of HTML (`&amp;`, `&#38;`, `&eacute;`): decoded as a browser decodes them, and encoded on the way out.
//!
//! Whatever reads a URL or a text out of HTML decodes it here, all of it and once; whatever puts one back encodes it here, once.

use std::borrow::Cow;

use web_atoms::NAMED_ENTITIES;

/// The longest name, in bytes: `CounterClockwiseContourIntegral;`.
const LONGEST_NAME: usize = 32;

/// What numbers from 0x80 on stand for that are control characters of Unicode (HTML Living Standard, "numeric character
/// reference end state").
const WINDOWS_1252: [u16; 32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018,
    0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
];

/// The value of an attribute, decoded. In `?a=1&copy=2` there is no reference.
pub fn attribute(value: &str) -> Cow<'_, str> {
    decoded(value, true)
}

/// A text between tags, decoded.
pub fn text(value: &str) -> Cow<'_, str> {
    decoded(value, false)
}

/// A text as it is written between tags, or as the value of an attribute in double quotes.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            c => written.push(c),
        }
    }
    Cow::Owned(written)
}

/// What the reference at the start of `rest`, which begins with `&`, stands for, and its length; none if it is just text.
pub fn reference(rest: &str, in_attribute: bool) -> Option<(String, usize)> {
    match rest.strip_prefix("&#") {
        Some(number) => numeric(number).map(|(c, length)| (c.to_string(), length + 2)),
        None => named(rest.strip_prefix('&')?, in_attribute).map(|(text, length)| (text, length + 1)),
    }
}

fn decoded(value: &str, in_attribute: bool) -> Cow<'_, str> {
    let Some(first) = value.find('&') else { return Cow::Borrowed(value) };
    let mut made = String::with_capacity(value.len());
    made.push_str(&value[..first]);
    let mut rest = &value[first..];
    while !rest.is_empty() {
        let taken = match reference(rest, in_attribute) {
            Some((text, length)) => {
                made.push_str(&text);
                length
            }
            // The `&` itself, with all up to the next one.
            None => {
                let end = rest[1..].find('&').map_or(rest.len(), |at| at + 1);
                made.push_str(&rest[..end]);
                end
            }
        };
        rest = &rest[taken..];
        if !rest.starts_with('&') {
            let end = rest.find('&').unwrap_or(rest.len());
            made.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    Cow::Owned(made)
}

/// What follows on `&#`: the character, and how many bytes it takes.
fn numeric(rest: &str) -> Option<(char, usize)> {
    let (digits, radix, prefix) = match rest.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16, 1),
        None => (rest, 10, 0),
    };
    let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    if length == 0 {
        return None;
    }
    let number = digits[..length].chars().fold(0_u32, |number, c| {
        let digit = c.to_digit(radix).unwrap_or_default();
        number.saturating_mul(radix).saturating_add(digit)
    });
    let number = match number {
        0 => 0xFFFD,
        0x80..=0x9F => u32::from(WINDOWS_1252[(number - 0x80) as usize]),
        number => number,
    };
    let end = usize::from(digits[length..].starts_with(';'));
    Some((char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER), prefix + length + end))
}

/// What follows on `&`: the longest name that is one. Some old ones need no semicolon.
fn named(rest: &str, in_attribute: bool) -> Option<(String, usize)> {
    let letters = rest.bytes().take(LONGEST_NAME).take_while(u8::is_ascii_alphanumeric).count();
    let longest = letters + usize::from(rest[letters..].starts_with(';'));
    let (length, (first, second)) =
        (1..=longest).rev().find_map(|length| Some((length, *NAMED_ENTITIES.get(&rest[..length]).filter(|found| found.0 != 0)?)))?;
    let is_closed = rest[..length].ends_with(';');
    if in_attribute && !is_closed && rest[length..].starts_with(|c: char| c == '=' || c.is_ascii_alphanumeric()) {
        return None;
    }
    let chars = [first, second].into_iter().filter(|number| *number != 0).filter_map(char::from_u32);
    Some((chars.collect(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_as_a_browser_decodes_them() {
        for (written, in_attribute, in_text) in [
            ("a &amp; b &AMP; c", "a & b & c", "a & b & c"),
            ("&lt;b&gt; &quot;&#39;&apos;&#x27;&#X27;", "<b> \"''''", "<b> \"''''"),
            ("c&#43;&#43; &#x2F;about&sol; &eacute; &Eacute &nbsp;.", "c++ /about/ é É \u{a0}.", "c++ /about/ é É \u{a0}."),
            ("?a=1&copy=2&copyb&copy;&copy", "?a=1&copy=2&copyb©©", "?a=1©=2©b©©"),
            ("&notit; &notin; &not it", "&notit; ∉ ¬ it", "¬it; ∉ ¬ it"),
            ("&ampamp; &amp;amp; &amp;lt;", "&ampamp; &amp; &lt;", "&amp; &amp; &lt;"),
            ("&NotEqualTilde; &CounterClockwiseContourIntegral;", "≂̸ ∳", "≂̸ ∳"),
            ("&#128; &#x80 &#0; &#xD800; &#x110000; &#99999999999;", "€ € � � � �", "€ € � � � �"),
            (
                "& && &; &# &#; &#x; &#xg; &unknown; &é; &",
                "& && &; &# &#; &#x; &#xg; &unknown; &é; &",
                "& && &; &# &#; &#x; &#xg; &unknown; &é; &",
            ),
            ("", "", ""),
        ] {
            assert_eq!((&*attribute(written), &*text(written)), (in_attribute, in_text), "{written}");
        }
        assert!(NAMED_ENTITIES.keys().all(|name| name.len() <= LONGEST_NAME));
    }

    #[test]
    fn what_is_encoded_is_decoded_again() {
        for value in ["", "plain", "a & b", "&amp;", "<a href=\"x\" title='y'>", "?a=1&copy=2", "é&eacute;"] {
            assert_eq!((&*attribute(&escaped(value)), &*text(&escaped(value))), (value, value));
        }
    }
}
