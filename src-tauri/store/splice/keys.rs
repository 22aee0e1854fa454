//! Keys that stand twice in one object of a JSON text.

use std::collections::HashSet;

use super::{items, root, values};

/// The path of a key that stands twice in one object, if there is one. `text` must be JSON.
///
/// `serde_json` and JavaScript take the last of both, other readers the first: what such a text means is not known.
pub fn duplicate_key(text: &str) -> Option<Vec<String>> {
    let bytes = text.as_bytes();
    let has_parts = |at: usize| matches!(bytes.get(at), Some(b'{' | b'['));
    let mut pending: Vec<(usize, Vec<String>)> = vec![(root(text), Vec::new())];
    while let Some((at, path)) = pending.pop() {
        let place = |key: &str| path.iter().map(String::as_str).chain([key]).map(str::to_owned).collect();
        if bytes.get(at) == Some(&b'[') {
            let elements = values(bytes, at).into_iter().enumerate().filter(|(_, element)| has_parts(element.start));
            pending.extend(elements.map(|(index, element)| (element.start, place(&index.to_string()))));
            continue;
        }
        let mut keys = HashSet::new();
        for item in items(text, at) {
            if has_parts(item.value.start) {
                pending.push((item.value.start, place(&item.key)));
            }
            if keys.contains(&item.key) {
                return Some(place(&item.key));
            }
            keys.insert(item.key);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_found_wherever_it_is() {
        assert_eq!(duplicate_key("{\"a\": {\"a\": [{\"a\": 1}, {\"a\": 1}]}}"), None);
        let found = |text: &str| duplicate_key(text).map(|path| path.join("/"));
        assert_eq!(found("{\"a\": 1, \"b\": [{}, {\"c\": {\"d\": 1, \"\\u0064\": 2}}]}").as_deref(), Some("b/1/c/d"));
        assert_eq!(found("[1, 1, \"a\", \"a\"]"), None);
    }
}
