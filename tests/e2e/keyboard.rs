//! A page edited whole by keyboard alone: no click is made, and every way is one that a person finds.

use std::fs;

use serde_json::Value;

use crate::edit::with_demo;
use crate::window::{CONTROL, DELETE, ENTER, ESCAPE, SOON, Stage, TAB, Window, wait};

const ALT: &str = "\u{e00a}";
const DOWN: &str = "\u{e015}";
const UP: &str = "\u{e013}";
const SHIFT: &str = "\u{e008}";

/// A window that is only ever told of keys.
struct Keyboard<'stage> {
    stage: &'stage Stage,
    window: Window,
}

impl Keyboard<'_> {
    fn press(&self, keys: &[&str]) {
        self.window.press(keys);
    }

    /// Whether what has the focus is in what a CSS selector finds.
    fn is_in(&self, selector: &str) -> bool {
        let script = "return document.activeElement?.closest(arguments[0]) !== null";
        self.window.run_with(script, &[selector.into()]).as_bool() == Some(true)
    }

    /// Presses a key until the focus is in what a CSS selector finds.
    fn go(&self, key: &str, selector: &str) {
        for _ in 0..80 {
            if self.is_in(selector) {
                return;
            }
            self.press(&[key]);
        }
        panic!("{selector} is not reached; the focus is in {}", self.window.focus());
    }

    /// Waits until the focus is in what a CSS selector finds.
    fn arrive(&self, selector: &str) {
        let arrived = wait(SOON, || self.is_in(selector).then_some(()));
        assert!(arrived.is_some(), "the focus is in {}, not in {selector}", self.window.focus());
    }

    fn field(&self, id: &str) {
        self.go(TAB, &format!("[data-testid='field-{id}'] :is(input, textarea, select, button, [contenteditable])"));
    }

    /// Writes a text in a field of the form, in place of what is there.
    fn write(&self, id: &str, text: &str) {
        self.field(id);
        self.press(&[CONTROL, "a"]);
        self.window.type_text(text);
    }

    fn add(&self, name: &str) {
        self.window.see("add-search");
        self.window.type_text(name);
        self.press(&[ENTER]);
        self.window.see_gone("add-search");
    }

    /// Waits until a document of the site is as wanted on the disk, and answers it.
    fn see_saved(&self, document: &str, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        self.press(&[CONTROL, "s"]);
        let path = self.stage.demo("corner").join("site").join(document);
        let read = || -> Value { serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap() };
        wait(SOON, || Some(read()).filter(&is_it)).unwrap_or_else(|| panic!("{what}: {:#}", read()))
    }
}

const HOME: &str = "pages/index.json";

fn order(page: &Value) -> Vec<&str> {
    page["widgetsOrder"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[test]
fn a_whole_page_is_edited_by_keyboard_alone() {
    let stage = with_demo();
    let window = stage.open();
    window.see("badge-corner");
    let keyboard = Keyboard { stage: &stage, window };
    let window = &keyboard.window;

    // A heading: to the list by Tab, through it by arrows, into the form by Enter.
    keyboard.press(&[CONTROL, "2"]);
    window.see("widget-tree");
    keyboard.go(TAB, "[data-testid=widget-tree]");
    keyboard.go(DOWN, "[data-testid=row-hero]");
    keyboard.press(&[ENTER]);
    keyboard.write("title", "By hand alone");
    keyboard.see_saved(HOME, "the heading", |page| page["widgets"]["hero"]["settings"]["title"] == "By hand alone");

    // A new widget, and one place up.
    keyboard.press(&[CONTROL, SHIFT, "a"]);
    keyboard.add("image-text");
    let page = keyboard.see_saved(HOME, "the widget", |page| order(page).len() == 8);
    let new = order(&page)[1].to_owned();
    assert_eq!(page["widgets"][&new]["type"], "image-text", "it is after the one that was chosen");
    let settings = |page: &Value| page["widgets"][&new]["settings"].clone();
    keyboard.press(&[CONTROL, SHIFT, "l"]);
    keyboard.arrive(&format!("[data-testid=row-{new}]"));
    keyboard.press(&[ALT, UP]);
    keyboard.see_saved(HOME, "the widget moved up", |page| order(page)[0] == new);
    keyboard.arrive(&format!("[data-testid=row-{new}]"));

    // A field of every kind that it has.
    keyboard.press(&[ENTER]);
    keyboard.write("eyebrow", "Since 2014");
    keyboard.write("title", "Three farms");
    keyboard.write("intro", "All our grain.");
    keyboard.go(TAB, "[data-testid=rich-text]");
    keyboard.press(&[CONTROL, "a"]);
    window.type_text("Slow ");
    keyboard.press(&[CONTROL, "b"]);
    window.type_text("bread");
    keyboard.field("cta");
    choose(&keyboard, "Web address");
    keyboard.press(&[TAB]);
    window.type_text("https://example.com/grain");
    keyboard.press(&[TAB]);
    window.type_text("Our grain");
    keyboard.go(TAB, "[data-testid=choose-image]");
    keyboard.press(&[ENTER]);
    window.see("media-picker-search");
    window.type_text("shop");
    keyboard.press(&[DOWN]);
    keyboard.press(&[ENTER]);
    window.see_gone("media-picker");
    keyboard.arrive("[data-testid=field-image]");
    keyboard.write("caption", "The shop");
    keyboard.field("image_side");
    keyboard.press(&[DOWN]);
    let page =
        keyboard.see_saved(HOME, "every field", |page| settings(page)["caption"] == "The shop" && settings(page)["image_side"] == "right");
    let saved = settings(&page);
    assert_eq!(
        (&saved["eyebrow"], &saved["title"], &saved["intro"]),
        (&"Since 2014".into(), &"Three farms".into(), &"All our grain.".into())
    );
    assert_eq!(saved["text"], "<p>Slow <strong>bread</strong></p>");
    assert_eq!((&saved["cta"]["href"], &saved["cta"]["text"]), (&"https://example.com/grain".into(), &"Our grain".into()));
    assert!(saved["image"].as_str().unwrap().contains("shop"), "{saved}");

    // A block in it, of the one type there is.
    keyboard.go(TAB, "[data-testid=add-block]");
    keyboard.press(&[ENTER]);
    keyboard.arrive("[data-testid=widget-tree]");
    keyboard.press(&[ENTER]);
    keyboard.write("text", "Stone-milled");
    keyboard.see_saved(HOME, "the block", |page| {
        let blocks = page["widgets"][&new]["blocks"].as_object().unwrap();
        blocks.values().any(|block| block["settings"]["text"] == "Stone-milled")
    });

    // A colour of the theme.
    keyboard.go(TAB, "[data-testid=document-list]");
    keyboard.go(DOWN, "[data-testid=document-theme]");
    keyboard.press(&[ENTER]);
    window.see("group-colors");
    keyboard.go(TAB, "[data-testid=group-colors]");
    keyboard.press(&[ENTER]);
    keyboard.go(TAB, "[data-testid=field-primary_color] input");
    keyboard.press(&[CONTROL, "a"]);
    window.type_text("#123456");
    keyboard.see_saved("theme.json", "the colour", |theme| {
        theme["settings"]["global"]["colors"].as_array().unwrap().iter().any(|color| color["value"] == "#123456")
    });

    // Away with the widget, and back by Undo.
    keyboard.go(TAB, "[data-testid=document-list]");
    keyboard.go(UP, "[data-testid='document-pages/index']");
    keyboard.press(&[ENTER]);
    window.see("widget-tree");
    keyboard.go(TAB, "[data-testid=widget-tree]");
    keyboard.go(DOWN, &format!("[data-testid=row-{new}]"));
    keyboard.press(&[DELETE]);
    keyboard.see_saved(HOME, "the widget gone", |page| order(page).len() == 7);
    keyboard.press(&[CONTROL, "z"]);
    let page = keyboard.see_saved(HOME, "the widget back", |page| order(page).first() == Some(&new.as_str()));
    assert_eq!(settings(&page), saved);

    keyboard.press(&[ESCAPE]);
    window.is_accessible("the editor");
    window.resize(900, 600);
    window.is_accessible("the editor in a small window");
}

/// Chooses an entry of the list that has the focus, by arrows.
fn choose(keyboard: &Keyboard, name: &str) {
    let shown = "return document.activeElement.selectedOptions?.[0]?.label ?? ''";
    for key in [DOWN, UP] {
        for _ in 0..8 {
            if keyboard.window.run(shown) == name {
                return;
            }
            keyboard.press(&[key]);
        }
    }
    panic!("no entry {name} in {}: {}", keyboard.window.focus(), keyboard.window.run(shown));
}
