//! Many elements added to a list at once.

use serde_json::Value;

use super::{Layout, find, insert, items, render, replaced, skip_space};
use crate::error::{Code, Error, Result};

/// `text` with these elements added at the end of the array at `path`, in one pass however many they are.
///
/// # Errors
/// `Corrupt` if `text` is not JSON; `InvalidInput` if there is no array at `path`.
pub fn append(text: &str, path: &[&str], elements: &[Value]) -> Result<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .map_err(|cause| Error::new(Code::Corrupt, format!("The text is not JSON: {cause}.")))?;
    let refuse = || Error::new(Code::InvalidInput, format!("There is no list at {} in the document. Nothing was changed.", path.join("/")));
    let mut at = skip_space(text.as_bytes(), 0);
    for key in path {
        at = find(&items(text, at), key).ok_or_else(refuse)?.value.start;
    }
    if text.as_bytes().get(at) != Some(&b'[') {
        return Err(refuse());
    }
    let siblings = items(text, at);
    let (range, layout, mut added) = match siblings.last() {
        Some(last) => (last.whole.end..last.whole.end, Layout::of(text, last.whole.start), String::new()),
        None if elements.is_empty() => return Ok(text.to_owned()),
        // An empty array takes the first like any other new element; the rest are laid out as that one.
        None => {
            let first = insert(text, at, "-", &elements[0])?;
            return append(&first, path, &elements[1..]);
        }
    };
    for element in elements {
        added.push(',');
        added.push_str(&layout.gap());
        added.push_str(&render(element, &layout));
    }
    Ok(replaced(text, range, &added))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Edit, apply};
    use super::*;

    #[test]
    fn elements_are_appended_as_if_one_by_one() {
        let elements = [json!({"a": 1}), json!("two"), json!([])];
        for text in ["{\"files\":[]}", "{\n  \"x\": 1.0,\n  \"files\": [\n    {\n      \"a\": 0\n    }\n  ]\n}\n", "{\"files\": [1,2] }"] {
            let edits = elements
                .iter()
                .map(|element| Edit { path: vec!["files".to_owned(), "-".to_owned()], value: Some(element.clone()) })
                .collect::<Vec<_>>();
            assert_eq!(append(text, &["files"], &elements).unwrap(), apply(text, &edits).unwrap());
            assert_eq!(append(text, &["files"], &[]).unwrap(), text);
        }
        assert_eq!(append("{\"files\":{}}", &["files"], &elements).unwrap_err().code, Code::InvalidInput);
        assert_eq!(append("{}", &["files"], &elements).unwrap_err().code, Code::InvalidInput);
    }
}
