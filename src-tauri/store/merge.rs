//! Two changes of one JSON document brought together, when they are about different things.
//!
//! A three-way merge over the tree, as version control does it over lines: what only one side changed is taken from it; what
//! both changed alike is taken once; anything else is a conflict. Lists of words without doubles, such as the order of a page's
//! widgets, are merged as orders. The result is *their* text with *my* changes cut into it, so their bytes stay.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json;
use super::splice::{self, Edit};

/// What comes of two changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// Both are in this text.
    Clean(String),
    /// Both changed these places, each in another way. The empty path stands for the whole document.
    Conflict(Vec<Vec<String>>),
}

/// Merges `mine` and `theirs`, which both began as `base`.
pub fn merge(base: &str, mine: &str, theirs: &str) -> Merged {
    if mine == theirs || mine == base {
        return Merged::Clean(theirs.to_owned());
    }
    if theirs == base {
        return Merged::Clean(mine.to_owned());
    }
    match walk(base, mine, theirs) {
        Some(Walk { edits, conflicts, .. }) if conflicts.is_empty() => {
            splice::apply(theirs, &edits).map_or_else(|_| Merged::Conflict(vec![Vec::new()]), Merged::Clean)
        }
        Some(Walk { conflicts, .. }) => Merged::Conflict(conflicts),
        None => Merged::Conflict(vec![Vec::new()]),
    }
}

/// As [`merge`], but where both changed the same place `mine` is taken.
pub fn replay(base: &str, mine: &str, theirs: &str) -> String {
    if mine == base {
        return theirs.to_owned();
    }
    if theirs == base {
        return mine.to_owned();
    }
    let replayed = walk(base, mine, theirs).and_then(|walk| {
        let edits: Vec<Edit> = walk.edits.into_iter().chain(walk.overrides).collect();
        splice::apply(theirs, &edits).ok()
    });
    replayed.unwrap_or_else(|| mine.to_owned())
}

#[derive(Debug, Default)]
struct Walk {
    /// What is mine alone.
    edits: Vec<Edit>,
    /// What is mine where there is a conflict.
    overrides: Vec<Edit>,
    conflicts: Vec<Vec<String>>,
    path: Vec<String>,
}

fn walk(base: &str, mine: &str, theirs: &str) -> Option<Walk> {
    let parse = |text: &str| json::parse::<Value>(text).ok();
    let (base, mine, theirs) = (parse(base)?, parse(mine)?, parse(theirs)?);
    let mut walk = Walk::default();
    walk.go(Some(&base), Some(&mine), Some(&theirs));
    Some(walk)
}

impl Walk {
    fn go(&mut self, base: Option<&Value>, mine: Option<&Value>, theirs: Option<&Value>) {
        if mine == theirs || mine == base {
            return;
        }
        if theirs == base {
            self.edits.push(Edit { path: self.path.clone(), value: mine.cloned() });
            return;
        }
        match (base, mine, theirs) {
            (Some(Value::Object(_)) | None, Some(Value::Object(mine)), Some(Value::Object(theirs))) => {
                let keys: BTreeSet<&String> = base.and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys).collect();
                let added = mine.keys().chain(theirs.keys()).filter(|key| !keys.contains(key));
                let mut seen = BTreeSet::new();
                for key in keys.iter().copied().chain(added) {
                    if seen.insert(key) {
                        self.path.push(key.clone());
                        self.go(base.and_then(|base| base.get(key)), mine.get(key), theirs.get(key));
                        self.path.pop();
                    }
                }
            }
            (Some(Value::Array(base)), Some(Value::Array(mine)), Some(Value::Array(theirs)))
                if base.len() == mine.len() && base.len() == theirs.len() && words(mine).is_none() =>
            {
                for (index, ((base, mine), theirs)) in base.iter().zip(mine).zip(theirs).enumerate() {
                    self.path.push(index.to_string());
                    self.go(Some(base), Some(mine), Some(theirs));
                    self.path.pop();
                }
            }
            (Some(Value::Array(old)), Some(Value::Array(my)), Some(Value::Array(their))) => {
                let order = words(old).zip(words(my)).zip(words(their)).and_then(|((old, my), their)| merge_orders(&old, &my, &their));
                match order {
                    Some(order) => self.edits.push(Edit { path: self.path.clone(), value: Some(order.into()) }),
                    None => self.conflict(mine),
                }
            }
            _ => self.conflict(mine),
        }
    }

    fn conflict(&mut self, mine: Option<&Value>) {
        self.conflicts.push(self.path.clone());
        self.overrides.push(Edit { path: self.path.clone(), value: mine.cloned() });
    }
}

/// The words of a list, if it holds nothing else and none twice.
fn words(list: &[Value]) -> Option<Vec<&str>> {
    let words: Vec<&str> = list.iter().map(Value::as_str).collect::<Option<_>>()?;
    let distinct: BTreeSet<&str> = words.iter().copied().collect();
    (distinct.len() == words.len()).then_some(words)
}

/// One order out of two that began as `base`; none if both moved what was there.
fn merge_orders(base: &[&str], mine: &[&str], theirs: &[&str]) -> Option<Vec<String>> {
    let kept = |list: &[&str]| -> Vec<String> {
        list.iter()
            .filter(|word| base.contains(word) && mine.contains(word) && theirs.contains(word))
            .map(|word| (*word).to_owned())
            .collect()
    };
    let (old, my, their) = (kept(base), kept(mine), kept(theirs));
    // One side gives the order, the other only what it added and removed.
    let (order, other) = if their == old || my == their {
        (mine, theirs)
    } else if my == old {
        (theirs, mine)
    } else {
        return None;
    };
    let mut merged: Vec<&str> = order.iter().copied().filter(|word| !base.contains(word) || other.contains(word)).collect();
    for (index, word) in other.iter().enumerate() {
        if base.contains(word) || merged.contains(word) {
            continue;
        }
        let before = other[..index].iter().rev().find_map(|earlier| merged.iter().position(|there| there == earlier));
        merged.insert(before.map_or(0, |at| at + 1), word);
    }
    Some(merged.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r#"{"a": 1.00, "w": {"x": {"t": "old", "n": 1}, "y": {}}, "order": ["x", "y"], "rows": [1, 2]}"#;

    fn clean(mine: &str, theirs: &str) -> String {
        match merge(BASE, mine, theirs) {
            Merged::Clean(text) => text,
            Merged::Conflict(paths) => panic!("{paths:?}"),
        }
    }

    fn conflict(mine: &str, theirs: &str) -> Vec<String> {
        match merge(BASE, mine, theirs) {
            Merged::Clean(text) => panic!("{text}"),
            Merged::Conflict(paths) => paths.iter().map(|path| path.join("/")).collect(),
        }
    }

    #[test]
    fn what_only_one_side_changed_is_taken_and_their_bytes_stay() {
        let mine = BASE.replace("\"old\"", "\"mine\"").replace("[1, 2]", "[1, 5]");
        let theirs = BASE.replace("\"n\": 1", "\"n\":   2").replace("[1, 2]", "[4, 2]");
        assert_eq!(clean(&mine, &theirs), theirs.replace("\"old\"", "\"mine\"").replace("[4, 2]", "[4, 5]"));
        assert_eq!(clean(BASE, &theirs), theirs);
        assert_eq!(clean(&mine, BASE), mine);
        assert_eq!(clean(&mine, &mine), mine);
    }

    #[test]
    fn the_same_place_changed_in_two_ways_is_a_conflict_and_mine_can_be_made_to_win() {
        let mine = BASE.replace("\"old\"", "\"mine\"").replace("1.00", "3");
        let theirs = BASE.replace("\"old\"", "\"theirs\"").replace("[1, 2]", "[1, 2, 3]");
        assert_eq!(conflict(&mine, &theirs), ["w/x/t"]);
        assert_eq!(replay(BASE, &mine, &theirs), mine.replace("[1, 2]", "[1, 2, 3]"));
        let removed = BASE.replace(r#"{"t": "old", "n": 1}"#, "null");
        assert_eq!(conflict(&mine, &removed), ["w/x"]);
        assert_eq!(conflict("{", &theirs), [""]);
        assert_eq!(replay(BASE, "{", &theirs), "{");
    }

    #[test]
    fn orders_are_merged_unless_both_moved() {
        let order = |order: &str| BASE.replace(r#"["x", "y"]"#, order);
        let cases = [
            (r#"["x", "m", "y"]"#, r#"["x", "y", "t"]"#, r#"["x","m","y","t"]"#),
            (r#"["y", "x"]"#, r#"["x", "y", "t"]"#, r#"["y","t","x"]"#),
            (r#"["x"]"#, r#"["t", "x", "y"]"#, r#"["t","x"]"#),
            (r#"["x", "m"]"#, r#"["x"]"#, r#"["x","m"]"#),
            (r#"["y", "x"]"#, r#"["y", "x", "t"]"#, r#"["y","x","t"]"#),
        ];
        for (mine, theirs, merged) in cases {
            let text = clean(&order(mine), &order(theirs));
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["order"].to_string(), merged, "{mine} and {theirs}");
        }
        let three = BASE.replace(r#"["x", "y"]"#, r#"["x", "y", "z"]"#);
        let moved = |order: &str| BASE.replace(r#"["x", "y"]"#, order);
        let Merged::Conflict(paths) = merge(&three, &moved(r#"["y", "x", "z"]"#), &moved(r#"["x", "z", "y"]"#)) else { panic!() };
        assert_eq!(paths, [["order"]]);
    }

    #[test]
    fn what_both_added_is_taken_once_or_is_a_conflict() {
        let add = |member: &str| BASE.replace("\"y\": {}", &format!("\"y\": {{}}, {member}"));
        assert_eq!(clean(&add(r#""z": {"p": 1}"#), &add(r#""z": {"q": 2}"#)), add(r#""z": {"q": 2, "p": 1}"#));
        assert_eq!(conflict(&add(r#""z": {"p": 1}"#), &add(r#""z": {"p": 2}"#)), ["w/z/p"]);
    }
}
