//! What a change of a document does to its text. Pure: a text goes in, a text and the edits that made it come out.
//!
//! What must always hold:
//! - A change is cut into the text; what it does not touch keeps every byte.
//! - A document that fits (see [`super::fit`]) fits afterwards; a change that would break it is refused.
//! - The ids of what is new are like Widgetizer's, and there is no second one of them in the document.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::fit::{self, order_of};
use super::fresh;
use super::model::{Change, Clip, ClipKind, DocumentName, Edit, WidgetType};
use super::schema::find;
use crate::error::{Code, Error, Result};
use crate::store::{merge, splice};

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The new text.
    pub text: String,
    /// What was changed; for [`Change::Set`] what was sent. Made in order on the content before, they give the content now.
    pub edits: Vec<Edit>,
    /// The id of the widget or block that is new.
    pub added: Option<String>,
}

/// Makes a change in the text of a document, for which the widget types of its site are needed.
///
/// # Errors
/// `InvalidInput` or `NotFound` if it cannot be made; `Corrupt` if the document does not fit, so that it is only to be
/// changed as text. Nothing is changed then.
pub fn apply(document: &DocumentName, text: &str, change: &Change, types: &[WidgetType]) -> Result<Applied> {
    match change {
        Change::SetText { text: new, base } => {
            // A text that is not JSON is taken or refused as it is.
            let base = base.as_deref().filter(|base| *base != text && [base, new.as_str()].iter().all(|text| fit::json(text).is_ok()));
            let new = base.map_or_else(|| new.clone(), |base| merge::replay(base, new, text));
            set_text(document, text, &new)
        }
        Change::Set { edits, .. } => set(document, text, edits),
        _ => {
            let content = fit::parse(document, text).map_err(|problem| {
                Error::new(Code::Corrupt, format!("{document} can only be changed as text. {problem} Nothing was changed."))
            })?;
            let (edits, added) = restructure(document, &content, change, types)?;
            let text = splice::apply(text, &to_splice(&edits))?;
            fit::parse(document, &text).map_err(|problem| would_break(document, &problem))?;
            Ok(Applied { text, edits, added })
        }
    }
}

/// The text with the time of its last change, if it is of a document that tells it.
pub fn stamped(text: &str, now: Timestamp) -> String {
    let edit = splice::Edit { path: vec!["updated".to_owned()], value: Some(now.to_string().into()) };
    let tells = fit::json(text).is_ok_and(|document| document.get("updated").is_some_and(Value::is_string));
    if tells { splice::apply(text, &[edit]).unwrap_or_else(|_| text.to_owned()) } else { text.to_owned() }
}

fn set(document: &DocumentName, text: &str, edits: &[Edit]) -> Result<Applied> {
    fit::json(text)
        .map_err(|problem| Error::new(Code::Corrupt, format!("{document} can only be changed as text. {problem} Nothing was changed.")))?;
    let new = splice::apply(text, &to_splice(edits))?;
    if let Err(problem) = fit::parse(document, &new)
        && fit::parse(document, text).is_ok()
    {
        return Err(would_break(document, &problem));
    }
    Ok(Applied { text: new, edits: edits.to_vec(), added: None })
}

fn set_text(document: &DocumentName, text: &str, new: &str) -> Result<Applied> {
    let edits = match (fit::json(text), fit::json(new)) {
        (Ok(old), Ok(new)) => splice::diff(&old, &new).into_iter().map(Edit::from).collect(),
        (Err(_), Ok(new)) => vec![Edit { path: Vec::new(), value: Some(new) }],
        (_, Err(problem)) => {
            // What is broken already may be mended a step at a time.
            if fit::parse(document, text).is_ok() {
                return Err(would_break(document, &problem));
            }
            Vec::new()
        }
    };
    Ok(Applied { text: new.to_owned(), edits, added: None })
}

fn would_break(document: &DocumentName, problem: &str) -> Error {
    Error::new(Code::InvalidInput, format!("{document} would not be what it is any more. {problem} Nothing was changed."))
}

fn to_splice(edits: &[Edit]) -> Vec<splice::Edit> {
    edits.iter().cloned().map(splice::Edit::from).collect()
}

type Restructured = Result<(Vec<Edit>, Option<String>)>;

fn restructure(document: &DocumentName, content: &Value, change: &Change, types: &[WidgetType]) -> Restructured {
    match change {
        Change::AddWidget { widget_type, index } => {
            let mut list = List::widgets(document, content)?;
            let kind = widget_of(types, widget_type)?;
            if let Some(problem) = &kind.problem {
                return Err(refused(format!("“{}” cannot be added, since its schema is broken: {problem}", kind.label)));
            }
            Ok(list.insert(&fresh::widget_id(), fresh::widget(kind), *index))
        }
        Change::DuplicateWidget { widget } => {
            let mut list = List::widgets(document, content)?;
            let (at, copy) = (list.position(widget)?, fresh::copy(list.get(widget)?));
            Ok(list.insert(&fresh::widget_id(), copy, at + 1))
        }
        Change::RemoveWidget { widget } => List::widgets(document, content)?.remove(widget),
        Change::MoveWidget { widget, index } => List::widgets(document, content)?.shift(widget, *index),
        Change::AddBlock { widget, block_type, index } => {
            let mut list = List::blocks(document, content, widget.as_deref())?;
            let owner = list.owner_type(types).ok_or_else(|| no_type(&list.owner))?;
            let block = fresh::block(owner, block_type).ok_or_else(|| {
                Error::new(Code::NotFound, format!("“{}” holds no blocks of the type “{block_type}”. Nothing was changed.", owner.label))
            })?;
            list.check_room(types)?;
            Ok(list.insert(&fresh::block_id(), block, *index))
        }
        Change::DuplicateBlock { widget, block } => {
            let mut list = List::blocks(document, content, widget.as_deref())?;
            let (at, copy) = (list.position(block)?, list.get(block)?.clone());
            list.check_room(types)?;
            Ok(list.insert(&fresh::block_id(), copy, at + 1))
        }
        Change::RemoveBlock { widget, block } => List::blocks(document, content, widget.as_deref())?.remove(block),
        Change::MoveBlock { widget, block, to, index } => {
            let from = List::blocks(document, content, widget.as_deref())?;
            match to.as_deref().filter(|to| Some(*to) != widget.as_deref()) {
                None => from.shift(block, *index),
                Some(to) => carry(from, block, List::blocks(document, content, Some(to))?, *index, types),
            }
        }
        Change::Paste { clip, widget, index } => paste(document, content, clip, widget.as_deref(), *index, types),
        Change::Set { .. } | Change::SetText { .. } => Ok((Vec::new(), None)),
    }
}

fn paste(document: &DocumentName, content: &Value, clip: &Clip, widget: Option<&str>, index: usize, types: &[WidgetType]) -> Restructured {
    let kind = clip.content.get("type").and_then(Value::as_str).ok_or_else(|| refused("What is on the clipboard has no type."))?;
    match clip.backlot {
        ClipKind::Widget => {
            let mut list = List::widgets(document, content)?;
            widget_of(types, kind)?;
            Ok(list.insert(&fresh::widget_id(), fresh::copy(&clip.content), index))
        }
        ClipKind::Block => {
            let mut list = List::blocks(document, content, widget)?;
            list.check_fit(kind, clip.of.as_deref(), types)?;
            Ok(list.insert(&fresh::block_id(), clip.content.clone(), index))
        }
    }
}

/// Takes a block from one widget to another of the same page.
fn carry(from: List, block: &str, mut to: List, index: usize, types: &[WidgetType]) -> Restructured {
    let value = from.get(block)?.clone();
    let kind = value.get("type").and_then(Value::as_str).ok_or_else(|| refused(format!("The block “{block}” has no type.")))?;
    to.check_fit(kind, Some(from.owner.as_str()), types)?;
    let id = if to.things.contains_key(block) { fresh::block_id() } else { block.to_owned() };
    let (mut edits, _) = from.remove(block)?;
    let (inserted, added) = to.insert(&id, value, index);
    edits.extend(inserted);
    Ok((edits, added))
}

/// Things with ids in an order: the widgets of a page, or the blocks of a widget.
struct List<'a> {
    things: &'a Map<String, Value>,
    order: Vec<String>,
    /// Where the things and their order stand.
    at: Vec<String>,
    keys: [&'static str; 2],
    has_things: bool,
    has_order: bool,
    /// The type of the widget that holds the blocks, and whether it is a global one.
    owner: String,
    global: bool,
}

/// What a widget without blocks has of them.
static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl<'a> List<'a> {
    fn widgets(document: &DocumentName, content: &'a Value) -> Result<Self> {
        if document.slug().is_none() {
            return Err(refused(format!("{document} is no page, and only pages have widgets.")));
        }
        Ok(Self::of(content, Vec::new(), ["widgets", "widgetsOrder"], String::new(), false))
    }

    fn blocks(document: &DocumentName, content: &'a Value, widget: Option<&str>) -> Result<Self> {
        let keys = ["blocks", "blocksOrder"];
        match (widget, document.global_type()) {
            (Some(id), None) => {
                let widgets = Self::widgets(document, content)?;
                let owner = widgets.get(id)?;
                let kind = owner.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                Ok(Self::of(owner, vec!["widgets".to_owned(), id.to_owned()], keys, kind, false))
            }
            (None, Some(kind)) => Ok(Self::of(content, Vec::new(), keys, kind.to_owned(), true)),
            (Some(_), Some(_)) => Err(refused(format!("{document} is one widget itself; leave the widget out."))),
            (None, None) => Err(refused("Say which widget of the page the block belongs to.")),
        }
    }

    fn of(owner: &'a Value, at: Vec<String>, keys: [&'static str; 2], kind: String, global: bool) -> Self {
        let members = owner.as_object().unwrap_or(&NONE);
        let things = members.get(keys[0]).and_then(Value::as_object);
        Self {
            order: order_of(members, keys[1], things.unwrap_or(&NONE)),
            things: things.unwrap_or(&NONE),
            at,
            keys,
            has_things: things.is_some(),
            has_order: members.contains_key(keys[1]),
            owner: kind,
            global,
        }
    }

    fn owner_type<'t>(&self, types: &'t [WidgetType]) -> Option<&'t WidgetType> {
        find(types, &self.owner, self.global)
    }

    /// Whether a block of this type, from a widget of the type `of`, can be one of these.
    fn check_fit(&self, kind: &str, of: Option<&str>, types: &[WidgetType]) -> Result<()> {
        // A block of a widget whose schema cannot be read can only come from one of the same type.
        let is_known = match self.owner_type(types).filter(|owner| owner.problem.is_none()) {
            Some(owner) => owner.blocks.iter().any(|block| block.kind == kind),
            None => of == Some(self.owner.as_str()),
        };
        if !is_known {
            let message = format!("“{}” holds no blocks of the type “{kind}”. Nothing was changed.", self.owner);
            return Err(Error::new(Code::NotFound, message));
        }
        self.check_room(types)
    }

    fn check_room(&self, types: &[WidgetType]) -> Result<()> {
        match self.owner_type(types).and_then(|owner| owner.max_blocks) {
            Some(most) if self.order.len() >= most => {
                Err(refused(format!("“{}” holds at most {most} blocks. Remove one first.", self.owner)))
            }
            _ => Ok(()),
        }
    }

    fn position(&self, id: &str) -> Result<usize> {
        let what = if self.keys[0] == "widgets" { "widget" } else { "block" };
        let found = self.order.iter().position(|known| known == id);
        found.ok_or_else(|| Error::new(Code::NotFound, format!("There is no {what} “{id}” any more. Nothing was changed.")))
    }

    fn get(&self, id: &str) -> Result<&'a Value> {
        self.position(id)?;
        self.things.get(id).ok_or_else(|| refused(format!("There is no “{id}”.")))
    }

    fn insert(&mut self, id: &str, value: Value, index: usize) -> (Vec<Edit>, Option<String>) {
        self.order.insert(index.min(self.order.len()), id.to_owned());
        let set = if self.has_things {
            Edit { path: self.path(&[self.keys[0], id]), value: Some(value) }
        } else {
            // Who applies the edits need not make parents that are missing.
            Edit { path: self.path(&[self.keys[0]]), value: Some(serde_json::json!({ id: value })) }
        };
        (vec![set, self.reorder()], Some(id.to_owned()))
    }

    fn remove(mut self, id: &str) -> Restructured {
        let index = self.position(id)?;
        self.order.remove(index);
        let mut edits = vec![Edit { path: self.path(&[self.keys[0], id]), value: None }];
        if self.has_order {
            edits.push(self.reorder());
        }
        Ok((edits, None))
    }

    fn shift(mut self, id: &str, index: usize) -> Restructured {
        let from = self.position(id)?;
        let id = self.order.remove(from);
        let to = index.min(self.order.len());
        self.order.insert(to, id);
        Ok((if to == from { Vec::new() } else { vec![self.reorder()] }, None))
    }

    fn reorder(&self) -> Edit {
        Edit { path: self.path(&[self.keys[1]]), value: Some(self.order.clone().into()) }
    }

    fn path(&self, keys: &[&str]) -> Vec<String> {
        self.at.iter().map(String::as_str).chain(keys.iter().copied()).map(str::to_owned).collect()
    }
}

/// The type of a page's widget.
fn widget_of<'t>(types: &'t [WidgetType], kind: &str) -> Result<&'t WidgetType> {
    if let Some(found) = find(types, kind, false) {
        return Ok(found);
    }
    if find(types, kind, true).is_some() {
        return Err(refused(format!("“{kind}” stands on every page already and cannot be added to one.")));
    }
    Err(no_type(kind))
}

fn no_type(kind: &str) -> Error {
    Error::new(Code::NotFound, format!("The theme of this demo has no widget of the type “{kind}”. Nothing was changed."))
}

fn refused(message: impl Into<String>) -> Error {
    let mut message = message.into();
    if !message.ends_with('.') {
        message.push('.');
    }
    Error::new(Code::InvalidInput, format!("{message} Nothing was changed."))
}

#[cfg(test)]
mod tests;
