//! A document of many elements, cut up once for each hold of the lock and joined once for the commit.
//!
//! A catalogue of hundreds of items is changed one item at a time, and many changes share a hold. Found and edited in the
//! whole text, each would cost a walk over all of it; cut up, each costs its own item.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::splice::{self, Edit};
use crate::error::Result;

/// The elements of one array of a document, and the edits made to them.
#[derive(Debug, Clone)]
pub struct Elements {
    /// The text that was cut up.
    base: Arc<str>,
    array: String,
    places: Arc<[Range<usize>]>,
    by_id: Arc<HashMap<String, Vec<usize>>>,
    edited: BTreeMap<usize, Arc<str>>,
}

impl Elements {
    /// Cuts up the array that is the member `array` of a document; `text` must be JSON. An array that is not there has no elements.
    pub(super) fn cut(text: Arc<str>, array: &str) -> Self {
        let places: Arc<[_]> = splice::elements(&text, array).into();
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::with_capacity(places.len());
        for (index, place) in places.iter().enumerate() {
            if let Some(id) = splice::get(&text[place.clone()], &["id"]) {
                by_id.entry(plain(id)).or_default().push(index);
            }
        }
        Self { base: text, array: array.to_owned(), places, by_id: Arc::new(by_id), edited: BTreeMap::new() }
    }

    /// Whether these are the elements of `array` in this very text.
    pub(super) fn are_of(&self, text: &Arc<str>, array: &str) -> bool {
        self.is_text(text) && self.is_array(array)
    }

    /// Whether this very text was cut up.
    pub(super) fn is_text(&self, text: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.base, text)
    }

    pub(super) fn is_array(&self, array: &str) -> bool {
        self.array == array
    }

    /// The indices of the elements whose `id` is this; a number is known by its digits.
    pub fn find(&self, id: &str) -> &[usize] {
        self.by_id.get(id).map_or(&[], Vec::as_slice)
    }

    /// The text of an element; none if there are not so many.
    pub fn get(&self, index: usize) -> Option<&str> {
        match self.edited.get(&index) {
            Some(text) => Some(text),
            None => self.base.get(self.places.get(index)?.clone()),
        }
    }

    /// Makes edits, whose paths begin at the element, in the text of one of them; its `id` is not for them.
    ///
    /// # Errors
    /// Those of [`splice::apply`].
    pub(super) fn edit(&mut self, index: usize, edits: &[Edit]) -> Result<()> {
        if let Some(text) = self.get(index) {
            let text = splice::apply(text, edits)?;
            self.edited.insert(index, text.into());
        }
        Ok(())
    }

    /// The whole text, edits and all.
    pub(super) fn join(&self) -> Arc<str> {
        if self.edited.is_empty() {
            return self.base.clone();
        }
        let mut text = String::with_capacity(self.base.len() + 1024);
        let mut done = 0;
        for (index, new) in &self.edited {
            let Some(place) = self.places.get(*index) else { continue };
            text.push_str(&self.base[done..place.start]);
            text.push_str(new);
            done = place.end;
        }
        text.push_str(&self.base[done..]);
        text.into()
    }
}

/// An id as it is asked for: a string without its quotes, anything else as it stands.
fn plain(id: &str) -> String {
    match serde_json::from_str(id) {
        Ok(Value::String(id)) => id,
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::store::{Document, Store};

    const TEXT: &str = "{\n  \"x\": 1.0,\n  \"files\": [\n    {\"id\": \"a\", \"n\": 1},\n    {\"n\": [2, {\"id\": 9}], \"id\": 7},\n    3\n  ],\n  \"y\": []\n}\n";

    #[test]
    fn elements_are_found_by_their_own_id_and_edited_alone() {
        let mut elements = Elements::cut(TEXT.into(), "files");
        assert_eq!((elements.find("a"), elements.find("7"), elements.find("9")), (&[0][..], &[1][..], &[][..]));
        assert_eq!((elements.get(2), elements.get(3)), (Some("3"), None));
        assert_eq!(*elements.join(), *TEXT);
        let edit = |value: i32| Edit { path: vec!["n".to_owned()], value: Some(value.into()) };
        elements.edit(1, &[edit(5)]).unwrap();
        elements.edit(0, &[edit(4)]).unwrap();
        elements.edit(0, &[edit(6)]).unwrap();
        assert_eq!(elements.get(0), Some("{\"id\": \"a\", \"n\": 6}"));
        assert_eq!(*elements.join(), *TEXT.replace("\"n\": 1", "\"n\": 6").replace("[2, {\"id\": 9}]", "5"));
        assert!(elements.edit(2, &[edit(1)]).is_err());
    }

    #[test]
    fn an_array_that_is_not_there_has_no_elements() {
        for text in ["{}", "[]", "{\"files\": {\"id\": 1}}", "3"] {
            let elements = Elements::cut(text.into(), "files");
            assert_eq!((elements.get(0), &*elements.join()), (None, text));
        }
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Things {
        files: Vec<Value>,
    }

    impl Document for Things {}

    /// Updates that share a hold edit the whole text and single elements of it by turns.
    #[test]
    fn elements_are_cut_anew_from_a_text_that_was_changed_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("s"), &folder.path().join("locks"), "s");
        let edit = |path: &[&str], value: i32| Edit { path: path.iter().map(|&part| part.to_owned()).collect(), value: Some(value.into()) };
        store.transact("begin", |batch| batch.set_text("a.json", TEXT)).unwrap();
        store
            .transact("edit", |batch| {
                batch.edit_element::<Things>("a.json", "files", 0, &[edit(&["n"], 4)])?;
                batch.edit("a.json", &[edit(&["x"], 5)])?;
                batch.edit_element::<Things>("a.json", "files", 1, &[edit(&["n"], 6)])
            })
            .unwrap();
        let all = TEXT.replace("\"n\": 1", "\"n\": 4").replace("1.0", "5").replace("[2, {\"id\": 9}]", "6");
        assert_eq!(store.text("a.json").unwrap(), Some(all), "every edit is there");
    }
}
