//! The widgets that Widgetizer itself brings: no theme has a schema for them, but pages may use them.

use serde_json::{Value, json};

/// Their types and schemas.
pub fn schemas() -> [(&'static str, Value); 3] {
    [("core-divider", divider()), ("core-spacer", spacer()), ("core-form", form())]
}

fn divider() -> Value {
    json!({
        "displayName": "Divider",
        "description": "A line between two parts of a page.",
        "settings": [
            {"type": "color", "id": "color", "label": "Colour", "default": "#E0E0E0"},
            range("thickness", "Thickness", 1, [1, 10, 1], "px"),
            range("width", "Width", 100, [10, 100, 5], "%"),
            range("padding", "Space above and below", 20, [0, 100, 5], "px"),
        ],
    })
}

fn spacer() -> Value {
    json!({
        "displayName": "Spacer",
        "description": "Empty space between two parts of a page.",
        "settings": [
            range("height", "Height", 40, [10, 200, 10], "px"),
            {"type": "checkbox", "id": "showOnMobile", "label": "Also on small screens", "default": true},
            range("mobileHeight", "Height on small screens", 20, [0, 100, 5], "px"),
        ],
    })
}

fn form() -> Value {
    let schemes = ["standard-primary", "standard-secondary", "highlight-primary", "highlight-secondary"];
    json!({
        "displayName": "Form",
        "description": "Questions that a visitor answers. Sites on Widgetizer's own hosting receive the answers.",
        "aliases": ["contact", "message", "newsletter"],
        "settings": [
            text("form_name", "Name of the form", "Contact"),
            text("submit_label", "Button", "Send message"),
            {"type": "header", "id": "content_header", "label": "Content"},
            text("eyebrow", "Line above the heading", "Contact"),
            checkbox("eyebrow_uppercase", "That line in capitals", false),
            text("title", "Heading", "Get in touch"),
            text("description", "Text below the heading", ""),
            select("heading_alignment", "Heading stands", &["start", "center"], 1),
            {"type": "header", "id": "display_header", "label": "Display"},
            select("style", "Fields are", &["outlined", "underlined"], 0),
            select("sidebar_position", "Side column", &["start", "end"], 1),
            {"type": "header", "id": "appearance_header", "label": "Appearance"},
            select("color_scheme", "Colours", &schemes, 0),
            select("top_spacing", "Space above", &["auto", "small", "none"], 0),
            select("bottom_spacing", "Space below", &["auto", "small", "none"], 0),
        ],
        "blocks": [
            {"type": "field", "displayName": "Field", "settings": [
                text("label", "Question", "Your name"),
                select("type", "Answer is", &["text", "email", "tel", "url", "textarea"], 0),
                text("placeholder", "Hint in the empty field", ""),
                checkbox("required", "Must be answered", false),
            ]},
            {"type": "choice", "displayName": "Choice", "settings": [
                text("label", "Question", "What is it about?"),
                select("type", "Shown as", &["select", "radio"], 0),
                {"type": "textarea", "id": "options", "label": "Answers, one a line", "default": "A question\nAn order\nSomething else"},
                text("placeholder", "Shown before one is chosen", "Choose one"),
                checkbox("required", "Must be answered", false),
            ]},
            {"type": "consent", "displayName": "Consent", "settings": [
                text("label", "What is agreed to", "You may write back to me."),
                checkbox("required", "Must be agreed to", true),
            ]},
            {"type": "info", "displayName": "Info", "settings": [
                text("title", "Title", "Reach us directly"),
                {"type": "richtext", "id": "text", "label": "Text", "default": "<p>hello@example.com</p>"},
            ]},
            {"type": "social", "displayName": "Social links", "settings": []},
        ],
        "defaultBlocks": [
            {"type": "field", "settings": {"label": "Your name", "type": "text", "required": true}},
            {"type": "field", "settings": {"label": "Your e-mail address", "type": "email", "required": true}},
            {"type": "field", "settings": {"label": "Your message", "type": "textarea", "required": true}},
        ],
    })
}

fn text(id: &str, label: &str, default: &str) -> Value {
    json!({"type": "text", "id": id, "label": label, "default": default})
}

fn checkbox(id: &str, label: &str, default: bool) -> Value {
    json!({"type": "checkbox", "id": id, "label": label, "default": default})
}

fn select(id: &str, label: &str, values: &[&str], default: usize) -> Value {
    let options: Vec<Value> = values.iter().map(|value| json!({"value": value, "label": super::locale::readable(value)})).collect();
    json!({"type": "select", "id": id, "label": label, "default": values.get(default), "options": options})
}

fn range(id: &str, label: &str, default: u32, [min, max, step]: [u32; 3], unit: &str) -> Value {
    json!({"type": "range", "id": id, "label": label, "default": default, "min": min, "max": max, "step": step, "unit": unit})
}
