//! A demo's documents as they cross an edge.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use ts_rs::TS;

pub use super::name::DocumentName;
use crate::error::Result;
use crate::store::splice;

/// A page in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct PageInfo {
    /// The page.
    pub document: DocumentName,
    /// Its file's name, a part of its address.
    pub slug: String,
    /// What a person calls it; the slug in words when it does not say.
    pub name: String,
    /// Its own id, which links to it carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub uuid: Option<String>,
    /// How many widgets it has.
    pub widgets: usize,
    /// Why the page cannot be edited by a form, when it does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<String>,
}

/// Any other document in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct DocumentInfo {
    /// The document.
    pub document: DocumentName,
    /// What a person calls it.
    pub name: String,
    /// Why it cannot be edited by a form, when it does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<String>,
}

/// One of the values a setting may have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Choice {
    /// The value.
    pub value: Value,
    /// What a person reads.
    pub label: String,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Setting {
    /// The type as the schema says it, known or not.
    #[serde(rename = "type")]
    pub kind: String,
    /// The key of its value; empty for a `header`.
    pub id: String,
    /// What a person reads.
    pub label: String,
    /// Help below the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub description: Option<String>,
    /// Shown in the empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub placeholder: Option<String>,
    /// The value that a new widget gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub default: Option<Value>,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max: Option<f64>,
    /// The step between numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub step: Option<f64>,
    /// What the number counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unit: Option<String>,
    /// Everything the schema says of it.
    pub raw: Value,
}

/// A type of block that a widget can hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct BlockType {
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What a person reads.
    pub label: String,
    /// Its fields.
    pub settings: Vec<Setting>,
}

/// A type of widget.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct WidgetType {
    /// The type: the name of its folder.
    #[serde(rename = "type")]
    pub kind: String,
    /// What a person reads.
    pub label: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub description: Option<String>,
    /// Other words to find it by.
    pub aliases: Vec<String>,
    /// Its fields.
    pub settings: Vec<Setting>,
    /// The blocks it can hold.
    pub blocks: Vec<BlockType>,
    /// How many blocks at the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_blocks: Option<usize>,
    /// One of header and footer: not to be added to a page.
    pub global: bool,
    /// Why its schema cannot be understood; its settings are shown as raw JSON then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<String>,
    /// The blocks that a new one begins with: their types and what of their settings differs from the defaults.
    #[serde(skip)]
    pub default_blocks: Vec<(String, serde_json::Map<String, Value>)>,
}

/// A group of the theme's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct ThemeGroup {
    /// The key in `settings.global`.
    pub key: String,
    /// What a person reads.
    pub label: String,
    /// Its fields, one for each element of the group, in its order.
    pub settings: Vec<Setting>,
}

/// An icon of the theme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Icon {
    /// What a setting says.
    pub name: String,
    /// Its markup, of drawing elements alone.
    pub svg: String,
}

/// Everything there is to edit in a demo.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The pages, `index` first.
    pub pages: Vec<PageInfo>,
    /// The header and the footer.
    pub globals: Vec<DocumentInfo>,
    /// The menus.
    pub menus: Vec<DocumentInfo>,
    /// The theme's settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub theme: Option<DocumentInfo>,
    /// The groups of the theme's settings.
    pub theme_groups: Vec<ThemeGroup>,
    /// The types of widgets.
    pub widget_types: Vec<WidgetType>,
    /// The theme's icons.
    pub icons: Vec<Icon>,
}

/// One value set at a path of keys and indices, or removed when there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Edit {
    /// Keys and indices from the root.
    pub path: Vec<String>,
    /// The new value, which may be `null`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    #[ts(optional)]
    pub value: Option<Value>,
}

/// What is there is a value, `null` too; what is absent is none.
fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl From<Edit> for splice::Edit {
    fn from(edit: Edit) -> Self {
        Self { path: edit.path, value: edit.value }
    }
}

impl From<splice::Edit> for Edit {
    fn from(edit: splice::Edit) -> Self {
        Self { path: edit.path, value: edit.value }
    }
}

/// A change of one document.
///
/// Where a widget or block stands: of a page (`widget` names the widget), or of a global widget (no `widget`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "DocumentChange")]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Edits made by typing or choosing; those with one `label` in quick succession are undone together.
    Set {
        /// The edits, made in order.
        edits: Vec<Edit>,
        /// What they are about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        label: Option<String>,
    },
    /// The whole text, as typed in the raw view; must be JSON unless the document does not fit anyway.
    SetText {
        /// The new text.
        text: String,
        /// The text that it was made from. What others changed elsewhere in the document since then stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        base: Option<String>,
    },
    /// A new widget of a page.
    AddWidget {
        /// Its type.
        #[serde(rename = "type")]
        widget_type: String,
        /// Where it goes.
        #[serde(deserialize_with = "index")]
        index: usize,
    },
    /// A copy of a widget, after it.
    DuplicateWidget {
        /// The widget.
        widget: String,
    },
    /// A widget less.
    RemoveWidget {
        /// The widget.
        widget: String,
    },
    /// A widget at another place.
    MoveWidget {
        /// The widget.
        widget: String,
        /// Where it is afterwards.
        #[serde(deserialize_with = "index")]
        index: usize,
    },
    /// A new block.
    AddBlock {
        /// The widget of a page that holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        widget: Option<String>,
        /// Its type.
        #[serde(rename = "type")]
        block_type: String,
        /// Where it goes.
        #[serde(deserialize_with = "index")]
        index: usize,
    },
    /// A copy of a block, after it.
    DuplicateBlock {
        /// The widget of a page that holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        widget: Option<String>,
        /// The block.
        block: String,
    },
    /// A block less.
    RemoveBlock {
        /// The widget of a page that holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        widget: Option<String>,
        /// The block.
        block: String,
    },
    /// A block at another place, be it in another widget of the page. Refused when that holds no blocks of its type, or no more.
    MoveBlock {
        /// The widget of a page that holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        widget: Option<String>,
        /// The block.
        block: String,
        /// The widget of the page that it goes to, where that is another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
        /// Where it is afterwards.
        #[serde(deserialize_with = "index")]
        index: usize,
    },
    /// What `clip` gave, here or in another demo. Ids are made anew. Refused when the type is not known here.
    Paste {
        /// What is pasted.
        clip: Clip,
        /// The widget of a page that a block goes to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        widget: Option<String>,
        /// Where it goes.
        #[serde(deserialize_with = "index")]
        index: usize,
    },
}

/// A number inside a tagged enum: serde buffers it there as `serde_json` spells it, which only a `Value` reads back.
fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let value = Value::deserialize(deserializer)?;
    value.as_u64().and_then(|index| usize::try_from(index).ok()).ok_or_else(|| serde::de::Error::custom(format!("{value} is no index")))
}

/// What a clip holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ClipKind {
    /// A widget of a page.
    Widget,
    /// A block.
    Block,
}

/// A widget or block on the clipboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Clip {
    /// Which of both it is, and the sign by which a text on the clipboard is known for a clip.
    pub backlot: ClipKind,
    /// The widget type that a block belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub of: Option<String>,
    /// The widget or block.
    pub content: Value,
}

/// Where a text was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct TextHit {
    /// The document.
    pub document: DocumentName,
    /// The page's or document's name.
    pub name: String,
    /// Where the value stands in it.
    pub path: Vec<String>,
    /// The widget it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub widget: Option<String>,
    /// The block it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub block: Option<String>,
    /// The text around the hit.
    pub excerpt: String,
    /// Where the hit begins in it, in UTF-16 units.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A page or menu that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Removed {
    /// What brings it back.
    pub token: String,
    /// The documents that still link to it, or show it.
    pub links: Vec<DocumentName>,
    /// Where in them.
    pub places: Vec<Place>,
}

impl Removed {
    pub(super) fn new(token: String, mut places: Vec<Place>) -> Self {
        places.sort_by(|a, b| a.document.cmp(&b.document));
        let mut links: Vec<DocumentName> = places.iter().map(|place| place.document.clone()).collect();
        links.dedup();
        Self { token, links, places }
    }
}

/// A place in a document, such as one that links to a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Place {
    /// The document it is in.
    pub document: DocumentName,
    /// Keys and indices from the document's root to the text.
    pub path: Vec<String>,
    /// The id of the widget it stands in; none in a menu, or in a header or footer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub widget: Option<String>,
    /// The id of the block it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub block: Option<String>,
}

impl Place {
    /// The place that a path in a document leads to.
    pub(super) fn new(document: DocumentName, path: Vec<String>) -> Self {
        let after = |key: &str, from: usize| path.get(from).filter(|part| *part == key).and_then(|_| path.get(from + 1)).cloned();
        let widget = after("widgets", 0);
        let block = after("blocks", if widget.is_some() { 2 } else { 0 });
        Self { document, path, widget, block }
    }
}

/// A document as it is on the disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "ShownDocument")]
pub struct Shown {
    /// Its revision, to be given back with a change.
    pub rev: String,
    /// What it holds; `null` when it is not JSON.
    pub document: Value,
    /// Why it cannot be edited by a form, when it does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<String>,
    /// Its text; in JSON only when it is not JSON itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<String>,
}
