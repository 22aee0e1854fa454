//! Tests of changes: each kind by example, and all of them together at random.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::content::schema::Types;

const PAGE: &str = r#"{
  "name": "A",
  "theirs": [1.50, 1e3, "\u00e9"],
  "widgets": {
    "a": { "type": "hero", "settings": { "title": "One", "n": 2.0 }, "blocks": { "x": { "type": "fact", "settings": {} }, "y": { "type": "fact" } }, "blocksOrder": ["y", "x"], "more": 1.0 },
    "b": { "type": "plain" }
  },
  "widgetsOrder": ["b", "a"]
}
"#;

fn page() -> DocumentName {
    "pages/a".parse().unwrap()
}

fn types() -> Vec<WidgetType> {
    let setting = |kind: &str, id: &str, default: Value| {
        let mut setting: crate::content::model::Setting =
            serde_json::from_value(json!({"type": kind, "id": id, "label": "", "options": [], "raw": null})).unwrap();
        setting.default = Some(default).filter(|default| !default.is_null());
        setting
    };
    let fact = crate::content::model::BlockType {
        kind: "fact".to_owned(),
        label: "Fact".to_owned(),
        settings: vec![setting("icon", "icon", json!("star")), setting("text", "text", json!("Fact"))],
    };
    let hero = WidgetType {
        kind: "hero".to_owned(),
        label: "Opening".to_owned(),
        settings: vec![
            setting("header", "", Value::Null),
            setting("text", "title", json!("Hello")),
            setting("image", "image", Value::Null),
            setting("link", "link", Value::Null),
            setting("checkbox", "on", Value::Null),
            setting("select", "tone", Value::Null),
            setting("unheard-of", "x", json!(1)),
        ],
        blocks: vec![fact.clone()],
        max_blocks: Some(3),
        default_blocks: vec![("fact".to_owned(), json!({"text": "First"}).as_object().unwrap().clone()), ("fact".to_owned(), Map::new())],
        ..WidgetType::default()
    };
    let plain = WidgetType { kind: "plain".to_owned(), blocks: vec![fact], ..WidgetType::default() };
    let broken = WidgetType { kind: "broken".to_owned(), problem: Some("It is bad.".to_owned()), ..WidgetType::default() };
    let header = WidgetType { kind: "header".to_owned(), global: true, blocks: hero.blocks.clone(), ..WidgetType::default() };
    vec![hero, plain, broken, header]
}

fn change(change: Value) -> Change {
    serde_json::from_value(change).unwrap()
}

fn made(text: &str, what: Value) -> Applied {
    apply(&page(), text, &change(what), &types()).unwrap()
}

fn refused_with(text: &str, what: Value) -> (Code, String) {
    let error = apply(&page(), text, &change(what), &types()).unwrap_err();
    assert!(error.message.contains("Nothing was changed"), "{}", error.message);
    (error.code, error.message)
}

fn parsed(text: &str) -> Value {
    fit::parse(&page(), text).unwrap()
}

#[test]
fn what_is_typed_is_cut_into_the_text() {
    let edits = json!([{"path": ["widgets", "a", "settings", "title"], "value": "Two"}, {"path": ["widgets", "b", "settings", "x"], "value": null}]);
    let applied = made(PAGE, json!({"kind": "set", "edits": edits, "label": "title"}));
    assert!(applied.text.starts_with(&PAGE[..PAGE.find("One").unwrap()]), "{}", applied.text);
    assert_eq!(parsed(&applied.text)["widgets"]["b"], json!({"type": "plain", "settings": {"x": null}}));
    assert_eq!((serde_json::to_value(&applied.edits).unwrap(), applied.added), (edits, None));
    let removed = made(PAGE, json!({"kind": "set", "edits": [{"path": ["theirs"]}]}));
    assert_eq!(removed.text, PAGE.replace("  \"theirs\": [1.50, 1e3, \"\\u00e9\"],\n", ""));
    assert_eq!(refused_with(PAGE, json!({"kind": "set", "edits": [{"path": ["widgets", "a"]}]})).0, Code::InvalidInput);
    assert_eq!(refused_with(PAGE, json!({"kind": "set", "edits": [{"path": ["name", "x"], "value": 1}]})).0, Code::InvalidInput);
    assert_eq!(refused_with("{", json!({"kind": "set", "edits": []})).0, Code::Corrupt);
    // What does not fit already may be mended part by part.
    let mended =
        made("{\"widgets\": {}, \"widgetsOrder\": [\"x\"]}", json!({"kind": "set", "edits": [{"path": ["widgetsOrder"], "value": []}]}));
    assert_eq!(mended.text, "{\"widgets\": {}, \"widgetsOrder\": []}");
}

#[test]
fn a_text_is_taken_as_it_is_unless_it_breaks_what_was_whole() {
    let new = PAGE.replace("One", "Two");
    let applied = made(PAGE, json!({"kind": "set_text", "text": new}));
    assert_eq!((applied.text, applied.edits.len()), (new, 1));
    assert_eq!(refused_with(PAGE, json!({"kind": "set_text", "text": "{"})).0, Code::InvalidInput);
    assert_eq!(made(PAGE, json!({"kind": "set_text", "text": "[]"})).text, "[]", "JSON is enough");
    assert_eq!(made("{", json!({"kind": "set_text", "text": "{{"})).text, "{{", "it was broken before");
    let mended = made("{", json!({"kind": "set_text", "text": "{\"widgets\": {}}"}));
    assert_eq!(mended.edits, [Edit { path: vec![], value: Some(json!({"widgets": {}})) }]);
}

#[test]
fn what_others_changed_since_a_text_was_begun_stays_in_it() {
    let now = PAGE.replace("One", "Theirs");
    let mine = PAGE.replace("\"widgetsOrder\"", "\"mine\": 1, \"widgetsOrder\"");
    let applied = made(&now, json!({"kind": "set_text", "text": mine, "base": PAGE}));
    let page = parsed(&applied.text);
    assert_eq!((&page["mine"], applied.text.contains("Theirs")), (&json!(1), true));
    assert_eq!(applied.edits, [Edit { path: vec!["mine".into()], value: Some(json!(1)) }]);
    let both = made(&now, json!({"kind": "set_text", "text": PAGE.replace("One", "Mine"), "base": PAGE}));
    assert!(both.text.contains("Mine") && !both.text.contains("Theirs"), "where both changed the same, what is typed counts");
}

#[test]
fn a_new_widget_is_filled_from_its_schema() {
    let applied = made(PAGE, json!({"kind": "add_widget", "type": "hero", "index": 1}));
    let (page, id) = (parsed(&applied.text), applied.added.unwrap());
    assert_eq!(page["widgetsOrder"], json!(["b", id, "a"]));
    let widget = &page["widgets"][&id];
    let link = json!({"href": "", "text": "", "target": "_self"});
    assert_eq!(widget["settings"], json!({"title": "Hello", "image": "", "link": link, "on": false, "x": 1}));
    let order: Vec<&str> = widget["blocksOrder"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let blocks: Vec<&Value> = order.iter().map(|id| &widget["blocks"][*id]).collect();
    assert_eq!(
        blocks,
        [
            &json!({"type": "fact", "settings": {"icon": "star", "text": "First"}}),
            &json!({"type": "fact", "settings": {"icon": "star", "text": "Fact"}})
        ]
    );
    assert!(uuid::Uuid::parse_str(id.strip_prefix("widget_").unwrap()).is_ok() && order[0].starts_with("block_"));
    for (kind, code) in [("header", Code::InvalidInput), ("broken", Code::InvalidInput), ("nowhere", Code::NotFound)] {
        assert_eq!(refused_with(PAGE, json!({"kind": "add_widget", "type": kind, "index": 0})).0, code, "{kind}");
    }
    // A page as Widgetizer makes it has no order yet.
    let first = made("{\"widgets\": {}}", json!({"kind": "add_widget", "type": "plain", "index": 9}));
    assert_eq!(parsed(&first.text)["widgetsOrder"], json!([first.added.unwrap()]));
}

#[test]
fn a_copy_stands_after_its_original_with_ids_of_its_own() {
    let applied = made(PAGE, json!({"kind": "duplicate_widget", "widget": "b"}));
    let id = applied.added.unwrap();
    assert_eq!(parsed(&applied.text)["widgetsOrder"], json!(["b", id, "a"]));
    let applied = made(PAGE, json!({"kind": "duplicate_widget", "widget": "a"}));
    let page = parsed(&applied.text);
    let copy = &page["widgets"][applied.added.unwrap()];
    let order = copy["blocksOrder"].as_array().unwrap();
    assert!(order.len() == 2 && order.iter().all(|id| id != "x" && id != "y"));
    assert_eq!(copy["blocks"][order[1].as_str().unwrap()], json!({"type": "fact", "settings": {}}));
    assert_eq!((copy["more"].to_string(), copy["settings"]["n"].to_string()), ("1.0".to_owned(), "2.0".to_owned()));
    assert_eq!(refused_with(PAGE, json!({"kind": "duplicate_widget", "widget": "z"})).0, Code::NotFound);
}

#[test]
fn widgets_move_and_go_with_their_place_in_the_order() {
    assert_eq!(
        made(PAGE, json!({"kind": "move_widget", "widget": "b", "index": 7})).text,
        PAGE.replace("[\"b\", \"a\"]", "[\"a\", \"b\"]")
    );
    let same = made(PAGE, json!({"kind": "move_widget", "widget": "b", "index": 0}));
    assert_eq!((same.text.as_str(), same.edits), (PAGE, vec![]));
    let removed = made(PAGE, json!({"kind": "remove_widget", "widget": "b"}));
    assert_eq!(removed.text, PAGE.replace(",\n    \"b\": { \"type\": \"plain\" }", "").replace("[\"b\", \"a\"]", "[\"a\"]"));
    assert_eq!(refused_with(PAGE, json!({"kind": "remove_widget", "widget": "z"})).0, Code::NotFound);
}

#[test]
fn blocks_come_go_and_move_within_their_widget() {
    let added = made(PAGE, json!({"kind": "add_block", "widget": "a", "type": "fact", "index": 1}));
    let id = added.added.clone().unwrap();
    assert_eq!(parsed(&added.text)["widgets"]["a"]["blocksOrder"], json!(["y", id, "x"]));
    let (code, message) = refused_with(&added.text, json!({"kind": "add_block", "widget": "a", "type": "fact", "index": 0}));
    assert!(code == Code::InvalidInput && message.contains("at most 3"), "{message}");
    assert_eq!(refused_with(&added.text, json!({"kind": "duplicate_block", "widget": "a", "block": "x"})).0, Code::InvalidInput);
    let copied = made(PAGE, json!({"kind": "duplicate_block", "widget": "a", "block": "y"}));
    let id = copied.added.unwrap();
    assert_eq!(parsed(&copied.text)["widgets"]["a"]["blocksOrder"], json!(["y", id, "x"]));
    let moved = made(PAGE, json!({"kind": "move_block", "widget": "a", "block": "x", "index": 0}));
    assert_eq!(moved.text, PAGE.replace("[\"y\", \"x\"]", "[\"x\", \"y\"]"));
    let removed = made(PAGE, json!({"kind": "remove_block", "widget": "a", "block": "x"}));
    assert_eq!(parsed(&removed.text)["widgets"]["a"]["blocks"], json!({"y": {"type": "fact"}}));
    // A widget that had no blocks yet, and one whose type is not known.
    let first = made(PAGE, json!({"kind": "add_block", "widget": "b", "type": "fact", "index": 0}));
    assert_eq!(parsed(&first.text)["widgets"]["b"]["blocksOrder"], json!([first.added.unwrap()]));
    for (what, code) in [
        (json!({"kind": "add_block", "widget": "a", "type": "nowhere", "index": 0}), Code::NotFound),
        (json!({"kind": "add_block", "widget": "z", "type": "fact", "index": 0}), Code::NotFound),
        (json!({"kind": "add_block", "type": "fact", "index": 0}), Code::InvalidInput),
        (json!({"kind": "remove_block", "widget": "a", "block": "z"}), Code::NotFound),
    ] {
        assert_eq!(refused_with(PAGE, what.clone()).0, code, "{what}");
    }
}

#[test]
fn a_block_moves_into_another_widget_that_takes_it() {
    let carried = made(PAGE, json!({"kind": "move_block", "widget": "a", "block": "y", "to": "b", "index": 4}));
    let page = parsed(&carried.text);
    assert_eq!(page["widgets"]["a"]["blocksOrder"], json!(["x"]));
    assert_eq!(page["widgets"]["b"], json!({"type": "plain", "blocks": {"y": {"type": "fact"}}, "blocksOrder": ["y"]}));
    assert_eq!((carried.added.as_deref(), in_window(&parsed(PAGE), &carried.edits)), (Some("y"), page));
    // An id that is taken there is made anew.
    let taken = carried.text.replace("\"x\"", "\"y\"");
    let carried = made(&taken, json!({"kind": "move_block", "widget": "a", "block": "y", "to": "b", "index": 0}));
    let id = carried.added.unwrap();
    assert!(id != "y" && parsed(&carried.text)["widgets"]["b"]["blocksOrder"] == json!([id, "y"]), "{}", carried.text);
    // To itself it is a move like any other.
    let within = made(PAGE, json!({"kind": "move_block", "widget": "a", "block": "x", "to": "a", "index": 0}));
    assert_eq!(within.text, PAGE.replace("[\"y\", \"x\"]", "[\"x\", \"y\"]"));
    let strange = PAGE.replace("\"y\": { \"type\": \"fact\" }", "\"y\": { \"type\": \"odd\" }");
    let full = PAGE.replace(
        "\"plain\" }",
        "\"hero\", \"blocks\": { \"1\": { \"type\": \"fact\" }, \"2\": { \"type\": \"fact\" }, \"3\": { \"type\": \"fact\" } } }",
    );
    for (text, block, to, code) in [
        (strange.as_str(), "y", "b", Code::NotFound),
        (&full, "y", "b", Code::InvalidInput),
        (PAGE, "y", "z", Code::NotFound),
        (PAGE, "z", "b", Code::NotFound),
    ] {
        assert_eq!(refused_with(text, json!({"kind": "move_block", "widget": "a", "block": block, "to": to, "index": 0})).0, code);
    }
}

#[test]
fn a_global_widget_has_blocks_and_no_widgets() {
    let header: DocumentName = "global/header".parse().unwrap();
    let text = "{\"type\": \"header\", \"settings\": {}}";
    let added = apply(&header, text, &change(json!({"kind": "add_block", "type": "fact", "index": 0})), &types()).unwrap();
    let (value, id) = (fit::parse(&header, &added.text).unwrap(), added.added.unwrap());
    assert_eq!(value["blocksOrder"], json!([id]));
    for what in [
        json!({"kind": "add_widget", "type": "hero", "index": 0}),
        json!({"kind": "remove_block", "widget": "a", "block": "x"}),
        json!({"kind": "paste", "clip": {"backlot": "widget", "content": {"type": "hero"}}, "index": 0}),
    ] {
        assert_eq!(apply(&header, text, &change(what), &types()).unwrap_err().code, Code::InvalidInput);
    }
}

#[test]
fn what_is_pasted_gets_new_ids_where_its_type_is_known() {
    let clip = json!({"backlot": "widget", "content": parsed(PAGE)["widgets"]["a"]});
    let pasted = made(PAGE, json!({"kind": "paste", "clip": clip, "index": 0}));
    let (page, id) = (parsed(&pasted.text), pasted.added.unwrap());
    assert_eq!(page["widgetsOrder"], json!([id, "b", "a"]));
    assert!(page["widgets"][&id]["blocks"].get("x").is_none() && page["widgets"][&id]["more"] == page["widgets"]["a"]["more"]);
    let block = json!({"backlot": "block", "of": "elsewhere", "content": {"type": "fact", "settings": {"text": "Hi"}}});
    let pasted = made(PAGE, json!({"kind": "paste", "clip": block, "widget": "a", "index": 1}));
    assert_eq!(parsed(&pasted.text)["widgets"]["a"]["blocks"][pasted.added.unwrap()], block["content"]);
    for (clip, code) in [
        (json!({"backlot": "widget", "content": {"type": "nowhere"}}), Code::NotFound),
        (json!({"backlot": "widget", "content": {"type": "header"}}), Code::InvalidInput),
        (json!({"backlot": "widget", "content": {}}), Code::InvalidInput),
        (json!({"backlot": "widget", "content": {"type": "hero", "settings": []}}), Code::InvalidInput),
        (json!({"backlot": "block", "content": {"type": "nowhere"}}), Code::NotFound),
        (json!({"backlot": "block", "content": 7}), Code::InvalidInput),
    ] {
        assert_eq!(refused_with(PAGE, json!({"kind": "paste", "clip": clip, "widget": "a", "index": 0})).0, code, "{clip}");
    }
}

#[test]
fn what_does_not_fit_is_only_changed_as_text() {
    let (code, message) = refused_with("{\"widgets\": []}", json!({"kind": "add_widget", "type": "hero", "index": 0}));
    assert!(code == Code::Corrupt && message.contains("“widgets” of the page is no object"), "{message}");
}

#[test]
fn the_time_of_the_last_change_is_set_where_there_is_one() {
    let now: Timestamp = "2030-01-02T03:04:05Z".parse().unwrap();
    let text = "{\"updated\": \"2026-09-01T09:00:00Z\", \"x\": {\"updated\": \"\"}, \"n\": 1.0}";
    assert_eq!(stamped(text, now), text.replace("2026-09-01T09:00:00Z", "2030-01-02T03:04:05Z"));
    for text in ["{}", "{", "[]", "{\"updated\": 7}"] {
        assert_eq!(stamped(text, now), text);
    }
}

#[test]
fn a_clip_and_a_change_cross_the_edge_and_come_back() {
    for what in [
        json!({"kind": "set", "edits": [{"path": ["a", "0"], "value": null}, {"path": []}], "label": "x"}),
        json!({"kind": "set_text", "text": "{}"}),
        json!({"kind": "set_text", "text": "{}", "base": "{\"a\": 1}"}),
        json!({"kind": "add_block", "widget": "w", "type": "t", "index": 3}),
        json!({"kind": "move_block", "block": "b", "index": 0}),
        json!({"kind": "move_block", "widget": "v", "block": "b", "to": "w", "index": 0}),
        json!({"kind": "paste", "clip": {"backlot": "block", "of": "x", "content": {"n": 1}}, "widget": "w", "index": 2}),
    ] {
        let change = change(what.clone());
        assert_eq!(serde_json::to_value(&change).unwrap(), what);
        // As text numbers take another way than as a value.
        assert_eq!(serde_json::from_str::<Change>(&what.to_string()).unwrap(), change);
    }
    let spelled =
        serde_json::from_str::<Change>("{\"kind\": \"set\", \"edits\": [{\"path\": [], \"value\": [1.50, 12345678901234567890]}]}")
            .unwrap();
    assert!(serde_json::to_string(&spelled).unwrap().contains("[1.50,12345678901234567890]"));
    assert!(serde_json::from_str::<Change>("{\"kind\": \"move_widget\", \"widget\": \"a\", \"index\": -1}").is_err());
}

/// A small generator (xorshift64*), so that a failure can be had again from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound.max(1)
    }

    fn one_of(&mut self, of: &[String]) -> String {
        if of.is_empty() || self.below(20) == 0 { "nowhere".to_owned() } else { of[self.below(of.len())].clone() }
    }
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

fn any_change(random: &mut Random, content: &Value, types: &[WidgetType]) -> Value {
    let widget = random.one_of(&keys(&content["widgets"]));
    let block = random.one_of(&keys(&content["widgets"][&widget]["blocks"]));
    let kinds: Vec<String> = types.iter().map(|known| known.kind.clone()).collect();
    let owner = content["widgets"][&widget]["type"].as_str().unwrap_or_default();
    let blocks: Vec<String> =
        find(types, owner, false).into_iter().flat_map(|known| &known.blocks).map(|block| block.kind.clone()).collect();
    let index = random.below(12);
    match random.below(12) {
        0 => json!({"kind": "add_widget", "type": random.one_of(&kinds), "index": index}),
        1 => json!({"kind": "duplicate_widget", "widget": widget}),
        2 => json!({"kind": "remove_widget", "widget": widget}),
        3 => json!({"kind": "move_widget", "widget": widget, "index": index}),
        4 => json!({"kind": "add_block", "widget": widget, "type": random.one_of(&blocks), "index": index}),
        5 => json!({"kind": "duplicate_block", "widget": widget, "block": block}),
        6 => json!({"kind": "remove_block", "widget": widget, "block": block}),
        7 => json!({"kind": "move_block", "widget": widget, "block": block, "index": index}),
        11 => {
            json!({"kind": "move_block", "widget": widget, "block": block, "to": random.one_of(&keys(&content["widgets"])), "index": index})
        }
        8 => json!({"kind": "paste", "clip": {"backlot": "widget", "content": content["widgets"][&widget]}, "index": index}),
        9 => {
            let clip = json!({"backlot": "block", "content": content["widgets"][&widget]["blocks"][&block]});
            json!({"kind": "paste", "clip": clip, "widget": widget, "index": index})
        }
        _ => {
            let values = [json!("new \u{2713} \" \\"), json!(1.25), json!(null), json!({"a": [{}]}), json!(true)];
            let path = ["widgets", &widget, "settings", ["title", "fresh"][random.below(2)]];
            json!({"kind": "set", "edits": [{"path": path, "value": values[random.below(values.len())]}]})
        }
    }
}

/// Makes the edits as the window does.
fn in_window(content: &Value, edits: &[Edit]) -> Value {
    let mut content = content.clone();
    for edit in edits {
        let (last, parents) = edit.path.split_last().unwrap();
        let place = parents.iter().fold(&mut content, |value, key| &mut value[key.as_str()]);
        match &edit.value {
            Some(value) => place[last.as_str()] = value.clone(),
            None => drop(place.as_object_mut().unwrap().shift_remove(last)),
        }
    }
    content
}

#[test]
fn whatever_is_done_a_page_stays_one_and_what_is_not_touched_keeps_its_bytes() {
    const THEIRS: &str = "\"theirs\": [1.50, 1e3, -0, 12345678901234567890, \"\\u00e9\\/\", {\"a\" :  1.0 }]";
    let (mut changed, mut refused) = (0, 0);
    for (seed, name) in ["bakery", "portfolio", "saas"].iter().enumerate() {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("starters").join(name);
        let types = Types::load(&site);
        for entry in fs::read_dir(site.join("pages")).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            let mut random = Random(0x9E37_79B9 + seed as u64);
            let mut text = fs::read_to_string(entry.path()).unwrap().replacen("{\n", &format!("{{\n  {THEIRS},\n"), 1);
            text = text.replace("\"settings\": {\n", &format!("\"settings\": {{\n  {THEIRS},\n"));
            for step in 0..40 {
                let before = parsed(&text);
                let what = any_change(&mut random, &before, &types);
                let Ok(applied) = apply(&page(), &text, &change(what.clone()), &types) else {
                    refused += 1;
                    continue;
                };
                changed += 1;
                let at = format!("{name}/{:?}, step {step}: {what}", entry.file_name());
                let after = parsed(&applied.text);
                assert_eq!(in_window(&before, &applied.edits), after, "{at}");
                let mut order: Vec<&str> = after["widgetsOrder"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
                let mut ids = keys(&after["widgets"]);
                order.sort_unstable();
                ids.sort();
                assert_eq!(order, ids, "{at}");
                assert!(applied.text.starts_with(&format!("{{\n  {THEIRS},\n")), "{at}");
                for id in ids.iter().filter(|id| applied.edits.iter().all(|edit| edit.path.get(1) != Some(*id))) {
                    let part = |text: &str| splice::get(text, &["widgets", id]).unwrap().to_owned();
                    assert_eq!(part(&applied.text), part(&text), "{at}");
                }
                for id in ids.iter().filter(|id| before["widgets"].get(id.as_str()).is_some()) {
                    let theirs = splice::get(&applied.text, &["widgets", id, "settings", "theirs"]);
                    assert_eq!(theirs, splice::get(&text, &["widgets", id, "settings", "theirs"]), "{at}");
                }
                text = applied.text;
            }
        }
    }
    assert!(changed > 300 && refused > 20, "{changed} changes, {refused} refused: too few to tell anything");
}
