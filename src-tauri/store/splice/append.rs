//! Many elements of a list at once: added, put back in their places, taken out. Each in one pass, however many they are.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Layout, check, find, items, render, replaced, root, skip_value, values};
use crate::error::{Code, Error, Result};

/// `text` with these elements added at the end of the array at `path`.
///
/// # Errors
/// `Corrupt` if `text` is not JSON; `InvalidInput` if there is no array at `path`.
pub fn append(text: &str, path: &[&str], elements: &[Value]) -> Result<String> {
    let at = list(text, path)?;
    let layout = match values(text.as_bytes(), at).last() {
        Some(last) => Layout::of(text, last.start),
        None => Layout::of(text, at).deeper(),
    };
    let elements: Vec<(usize, String)> = elements.iter().map(|element| (usize::MAX, render(element, &layout))).collect();
    put_back(text, path, &elements)
}

/// `text` with these elements, each as JSON, put into the array at `path`, in such a way that each has its index then; those
/// whose index is beyond the end come last. They must be in the order of their indices.
///
/// # Errors
/// As for [`append`].
pub fn put_back(text: &str, path: &[&str], elements: &[(usize, String)]) -> Result<String> {
    let at = list(text, path)?;
    let present = values(text.as_bytes(), at);
    if elements.is_empty() {
        return Ok(text.to_owned());
    }
    let Some(last) = present.last() else {
        let (outer, end) = (Layout::of(text, at), skip_value(text.as_bytes(), at));
        let inner = outer.deeper();
        let joined = elements.iter().map(|(_, element)| element.as_str()).collect::<Vec<_>>().join(&format!(",{}", inner.gap()));
        return Ok(replaced(text, at..end, &format!("[{}{joined}{}]", inner.line(), outer.line())));
    };
    let gap = format!(",{}", Layout::of(text, last.start).gap());
    let (mut new, mut done, mut index) = (String::with_capacity(text.len() * 2), 0, 0);
    let mut waiting = elements.iter().peekable();
    for place in &present {
        while let Some((_, element)) = waiting.next_if(|(wanted, _)| *wanted <= index) {
            new.push_str(&text[done..place.start]);
            done = place.start;
            new.push_str(element);
            new.push_str(&gap);
            index += 1;
        }
        index += 1;
    }
    new.push_str(&text[done..last.end]);
    for (_, element) in waiting {
        new.push_str(&gap);
        new.push_str(element);
    }
    new.push_str(&text[last.end..]);
    Ok(new)
}

/// `text` without the elements of these indices of the array at `path`.
///
/// # Errors
/// As for [`append`].
pub fn take_out(text: &str, path: &[&str], indices: &BTreeSet<usize>) -> Result<String> {
    let at = list(text, path)?;
    let present = values(text.as_bytes(), at);
    let (mut new, mut done) = (String::with_capacity(text.len()), 0);
    let mut last_kept: Option<usize> = None;
    for (index, place) in present.iter().enumerate() {
        if indices.contains(&index) {
            continue;
        }
        match last_kept {
            // What stands between two that stay stays, unless something was taken out there.
            Some(before) if before + 1 == index => {}
            Some(before) => {
                new.push_str(&text[done..present[before + 1].start]);
                done = place.start;
            }
            None if index > 0 => {
                new.push_str(&text[done..present[0].start]);
                done = place.start;
            }
            None => {}
        }
        last_kept = Some(index);
    }
    if let Some(last) = present.last() {
        match last_kept {
            Some(kept) => {
                new.push_str(&text[done..present[kept].end]);
                done = last.end;
            }
            None => {
                new.push_str(&text[done..=at]);
                done = skip_value(text.as_bytes(), at) - 1;
            }
        }
    }
    new.push_str(&text[done..]);
    Ok(new)
}

/// Where the array at `path` begins.
fn list(text: &str, path: &[&str]) -> Result<usize> {
    check(text)?;
    let refuse = || Error::new(Code::InvalidInput, format!("There is no list at {} in the document. Nothing was changed.", path.join("/")));
    let mut at = root(text);
    for key in path {
        at = find(&items(text, at), key).ok_or_else(refuse)?.value.start;
    }
    if text.as_bytes().get(at) == Some(&b'[') { Ok(at) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Edit, apply, duplicate_key, elements, get};
    use super::*;

    const TEXTS: [&str; 4] = [
        "{\"files\":[]}",
        "{\n  \"x\": 1.0,\n  \"files\": [\n    {\n      \"a\": 0\n    },\n    1.50\n  ]\n}\n",
        "{\"files\": [1,2 , 3] }",
        "{\n\t\"files\": []\n}",
    ];

    #[test]
    fn elements_are_appended_as_if_one_by_one() {
        let elements = [json!({"a": 1}), json!("two"), json!([])];
        for text in TEXTS {
            let add = |element: &Value| Edit { path: vec!["files".to_owned(), "-".to_owned()], value: Some(element.clone()) };
            assert_eq!(append(text, &["files"], &elements).unwrap(), apply(text, &elements.iter().map(add).collect::<Vec<_>>()).unwrap());
            assert_eq!(append(text, &["files"], &[]).unwrap(), text);
        }
        assert_eq!(append("{\"files\":{}}", &["files"], &elements).unwrap_err().code, Code::InvalidInput);
        assert_eq!(append("{}", &["files"], &elements).unwrap_err().code, Code::InvalidInput);
    }

    #[test]
    fn what_is_taken_out_and_put_back_leaves_no_trace() {
        let text = "{\n  \"files\": [\n    {\"a\": 1.0},\n    [2 ],\n    \"3\",\n    4\n  ],\n  \"y\": []\n}\n";
        let elements = ["{\"a\": 1.0}", "[2 ]", "\"3\"", "4"];
        for subset in 0..16_usize {
            let indices: BTreeSet<usize> = (0..4).filter(|index| subset >> index & 1 == 1).collect();
            let without = take_out(text, &["files"], &indices).unwrap();
            let mut one_by_one = text.to_owned();
            for index in indices.iter().rev() {
                let edit = Edit { path: vec!["files".to_owned(), index.to_string()], value: None };
                one_by_one = apply(&one_by_one, &[edit]).unwrap();
            }
            let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(parsed(&without), parsed(&one_by_one), "{without}");
            let back: Vec<(usize, String)> = indices.iter().map(|index| (*index, elements[*index].to_owned())).collect();
            let again = put_back(&without, &["files"], &back).unwrap();
            assert_eq!(parsed(&again), parsed(text), "{again}");
            if indices.len() < 4 {
                assert_eq!(again, text, "{without}");
            }
        }
        assert_eq!(put_back("[1]", &[], &[(9, "2".to_owned())]).unwrap(), "[1,2]");
    }

    #[test]
    fn a_byte_order_mark_stays_in_front_and_hides_nothing() {
        let text = "\u{feff}{\n  \"a\": 1,\n  \"files\": [\n    1\n  ]\n}\n";
        let edit = |path: &[&str], value: Option<Value>| Edit { path: path.iter().map(|&part| part.to_owned()).collect(), value };
        assert_eq!(apply(text, &[edit(&["a"], Some(2.into()))]).unwrap(), text.replace("1,", "2,"));
        assert_eq!(apply(text, &[edit(&["b"], Some(2.into())), edit(&["a"], None)]).unwrap().matches('\u{feff}').count(), 1);
        assert_eq!(apply(text, &[edit(&[], Some(3.into()))]).unwrap(), "\u{feff}3\n");
        assert_eq!(get(text, &["files", "0"]), Some("1"));
        assert_eq!(elements(text, "files").into_iter().map(|place| &text[place]).collect::<Vec<_>>(), ["1"]);
        assert_eq!(append(text, &["files"], &[2.into()]).unwrap(), text.replace("    1\n", "    1,\n    2\n"));
        assert_eq!(duplicate_key("\u{feff}{\"a\": 1, \"a\": 2}"), Some(vec!["a".to_owned()]));
    }
}
