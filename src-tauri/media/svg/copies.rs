//! How much a browser must draw for a small document: `use` copies an element with all copies in it, and ten in ten in ten of
//! them are as good as an entity that expands without end.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

/// The most elements that a document may become by its copies.
const MOST: u64 = 1_000_000;

/// An element with a name, or the root.
#[derive(Debug, Default)]
struct Part {
    /// The elements in it that are in no other part.
    own: u64,
    /// The parts in it.
    inner: Vec<usize>,
    /// The names of what is copied into it.
    copies: Vec<String>,
    /// How many elements it becomes, once that is known.
    total: Option<u64>,
}

/// What a document copies into what.
#[derive(Debug, Default)]
pub(super) struct Copies {
    parts: Vec<Part>,
    names: HashMap<String, usize>,
    /// The part that each open element belongs to.
    open: Vec<usize>,
}

impl Copies {
    pub fn open(&mut self, id: Option<&str>) {
        let outer = self.open.last().copied();
        let part = match (outer, id) {
            (Some(outer), None) => outer,
            _ => {
                self.parts.push(Part::default());
                let part = self.parts.len() - 1;
                if let Some(outer) = outer {
                    self.parts[outer].inner.push(part);
                }
                if let Some(id) = id {
                    // Of several with one name browsers take the first.
                    self.names.entry(id.to_owned()).or_insert(part);
                }
                part
            }
        };
        self.parts[part].own += 1;
        self.open.push(part);
    }

    /// Notes that the element that is open copies another.
    pub fn copy(&mut self, href: &str) {
        if let (Some(part), Some(id)) = (self.open.last(), href.trim().strip_prefix('#')) {
            self.parts[*part].copies.push(percent_decode_str(id).decode_utf8_lossy().into_owned());
        }
    }

    pub fn close(&mut self) {
        self.open.pop();
    }

    /// Whether all copies together are more than a browser should be asked to draw. What copies itself is drawn once.
    pub fn are_too_many(&mut self) -> bool {
        let needs: Vec<Vec<usize>> = self
            .parts
            .iter()
            .map(|part| part.inner.iter().copied().chain(part.copies.iter().filter_map(|name| self.names.get(name).copied())).collect())
            .collect();
        let mut entered = vec![false; self.parts.len()];
        let mut pending: Vec<usize> = if self.parts.is_empty() { Vec::new() } else { vec![0] };
        while let Some(part) = pending.last().copied() {
            // It was needed several times: its parts are added up once.
            if self.parts[part].total.is_some() {
                pending.pop();
                continue;
            }
            if !entered[part] {
                entered[part] = true;
                pending.extend(needs[part].iter().filter(|need| !entered[**need]));
                continue;
            }
            pending.pop();
            let sum = needs[part].iter().filter_map(|need| self.parts[*need].total).fold(self.parts[part].own, u64::saturating_add);
            self.parts[part].total = Some(sum);
        }
        self.parts.first().and_then(|root| root.total).is_some_and(|total| total > MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups of `width` copies of the group before, `depth` of them.
    fn nested(depth: usize, width: usize) -> bool {
        let mut copies = Copies::default();
        copies.open(None);
        for level in 0..depth {
            copies.open(Some(&format!("ä{level}")));
            for _ in 0..width {
                copies.open(None);
                copies.copy(&format!("#%C3%A4{}", level.wrapping_sub(1)));
                copies.close();
            }
            copies.close();
        }
        copies.close();
        copies.are_too_many()
    }

    #[test]
    fn copies_of_copies_are_counted() {
        assert!(!nested(5, 10) && !nested(1, 100_000) && !nested(500, 1));
        assert!(nested(7, 10) && nested(40, 2) && nested(30, 1_000) && nested(100_000, 1));
        let mut itself = Copies::default();
        itself.open(Some("a"));
        itself.copy("#a");
        itself.copy("#missing");
        assert!(!itself.are_too_many());
        assert!(!Copies::default().are_too_many());
    }

    /// Every sum is made once: made anew for each copy, 90 billion parts would have to be added up here.
    #[test]
    fn a_part_that_is_copied_often_is_added_up_once() {
        let mut copies = Copies::default();
        copies.open(None);
        for (id, copied) in [(Some("b"), None), (Some("a"), Some("#b")), (None, Some("#a"))] {
            copies.open(id);
            for _ in 0..if copied.is_some() { 300_000 } else { 0 } {
                copies.open(None);
                copies.copy(copied.unwrap_or_default());
                copies.close();
            }
            copies.close();
        }
        copies.close();
        assert!(copies.are_too_many());
    }
}
