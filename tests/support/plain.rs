//! Texts without what is drawn anew each time, so that two runs can be compared.

/// A text without ids, times and hashes.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_inside = plain.ends_with(|c: char| c.is_ascii_alphanumeric());
        let found = if is_inside { None } else { drawn(rest) };
        let taken = found.map_or(first.len_utf8(), |(length, name)| {
            plain.push_str(name);
            length
        });
        if found.is_none() {
            plain.push(first);
        }
        rest = &rest[taken..];
    }
    plain
}

/// How long the id or time is that a text begins with, and what stands for it.
fn drawn(text: &str) -> Option<(usize, &'static str)> {
    let starts = |pattern: &str| {
        let fits = |(found, wanted): (u8, u8)| match wanted {
            b'x' => found.is_ascii_hexdigit(),
            b'0' => found.is_ascii_digit(),
            _ => found == wanted,
        };
        text.len() >= pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
    };
    if starts("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
        return Some((36, "ID"));
    }
    if starts("0000-00-00T00:00:00") {
        let length = 19 + text[19..].find(|c: char| !(c.is_ascii_digit() || c == '.' || c == 'Z')).unwrap_or(text.len() - 19);
        return Some((length, "TIME"));
    }
    None
}
