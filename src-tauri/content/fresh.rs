//! New widgets and blocks, made as Widgetizer makes them: filled from the schema, with ids of the same kind.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fit::order_of;
use super::model::{Setting, WidgetType};

pub(super) fn widget_id() -> String {
    format!("widget_{}", Uuid::new_v4())
}

pub(super) fn block_id() -> String {
    format!("block_{}", Uuid::new_v4())
}

/// A new widget of a type, with the blocks that the type begins with.
pub(super) fn widget(kind: &WidgetType) -> Value {
    let mut blocks = Map::new();
    for (block, settings) in kind.default_blocks.iter().take(kind.max_blocks.unwrap_or(usize::MAX)) {
        let known = kind.blocks.iter().find(|known| known.kind == *block);
        let mut filled = known.map(|known| defaults(&known.settings)).unwrap_or_default();
        filled.extend(settings.clone());
        blocks.insert(block_id(), json!({ "type": block, "settings": filled }));
    }
    let order: Vec<&String> = blocks.keys().collect();
    json!({ "type": kind.kind, "settings": defaults(&kind.settings), "blocks": blocks, "blocksOrder": order })
}

/// A new block; none if the widget has none of this type.
pub(super) fn block(owner: &WidgetType, kind: &str) -> Option<Value> {
    let known = owner.blocks.iter().find(|known| known.kind == kind)?;
    Some(json!({ "type": kind, "settings": defaults(&known.settings) }))
}

/// A copy of a widget whose blocks have ids of their own; whatever else it has is kept.
pub(super) fn copy(widget: &Value) -> Value {
    let mut copy = widget.clone();
    let Some(members) = copy.as_object_mut() else { return copy };
    let Some(old) = members.get("blocks").and_then(Value::as_object) else { return copy };
    let mut blocks = Map::new();
    for id in order_of(members, "blocksOrder", old) {
        if let Some(block) = old.get(&id) {
            blocks.insert(block_id(), block.clone());
        }
    }
    if members.contains_key("blocksOrder") {
        let order: Vec<String> = blocks.keys().cloned().collect();
        members.insert("blocksOrder".to_owned(), order.into());
    }
    members.insert("blocks".to_owned(), blocks.into());
    copy
}

fn defaults(settings: &[Setting]) -> Map<String, Value> {
    let with_value = settings.iter().filter(|setting| setting.kind != "header");
    with_value.filter_map(|setting| Some((setting.id.clone(), setting.default.clone().or_else(|| blank(setting))?))).collect()
}

/// What stands for nothing where the schema gives no default; none where nothing is the same as no value.
fn blank(setting: &Setting) -> Option<Value> {
    match setting.kind.as_str() {
        "text" | "textarea" | "richtext" | "code" | "image" | "video" | "file" | "icon" | "menu" => Some("".into()),
        "checkbox" => Some(false.into()),
        "gallery" | "table" => Some(json!([])),
        "link" => Some(json!({ "href": "", "text": "", "target": "_self" })),
        _ => None,
    }
}
