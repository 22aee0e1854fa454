//! Keys that stand twice in one object of a JSON text.

use std::collections::HashSet;

use super::{items, skip_space};

/// The path of a key that stands twice in one object, if there is one. `text` must be JSON.
///
/// `serde_json` and JavaScript take the last of both, other readers the first: what such a text means is not known.
pub fn duplicate_key(text: &str) -> Option<Vec<String>> {
    let mut pending: Vec<(usize, Vec<String>)> = vec![(skip_space(text.as_bytes(), 0), Vec::new())];
    while let Some((at, path)) = pending.pop() {
        let is_object = text.as_bytes().get(at) == Some(&b'{');
        let mut keys = HashSet::new();
        for item in items(text, at) {
            let place = || path.iter().chain([&item.key]).cloned().collect();
            if matches!(text.as_bytes().get(item.value.start), Some(b'{' | b'[')) {
                pending.push((item.value.start, place()));
            }
            if is_object && keys.contains(&item.key) {
                return Some(place());
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
