//! What shows where a part of a page could not be rendered, and where parts begin and end.

use super::head::attribute;
use super::model::{Mode, Part, Problem};

/// The HTML in the place of a part that failed.
pub(super) fn in_place(problem: &Problem, mode: Mode) -> String {
    shown(&title(&problem.part), problem, mode)
}

/// The HTML that says of a file that the whole page was made without it.
pub(super) fn of_file(problem: &Problem, mode: Mode) -> String {
    shown(&format!("{} could not be read", problem.file), problem, mode)
}

fn shown(title: &str, problem: &Problem, mode: Mode) -> String {
    match mode {
        Mode::Publish => format!("<!-- {} -->", comment(&problem.to_string())),
        Mode::Preview => format!(
            "<div role=\"alert\" data-backlot-problem style=\"all:initial;display:block;box-sizing:border-box;margin:16px;padding:14px 18px;\
             border-left:4px solid #d97706;border-radius:6px;background:#fff7ed;color:#431407;font:14px/1.5 system-ui,sans-serif\">\
             <strong style=\"font-weight:600\">{}</strong><br>{}<br>\
             <code style=\"font:13px/1.5 ui-monospace,monospace;color:#9a3412\">{}</code></div>",
            attribute(title),
            attribute(&problem.message),
            attribute(&place(problem)),
        ),
    }
}

fn title(part: &Part) -> String {
    match part {
        Part::Header => "The header could not be shown".to_owned(),
        Part::Footer => "The footer could not be shown".to_owned(),
        Part::Widget(id) => format!("The widget “{id}” could not be shown"),
        Part::Item => "This entry could not be shown".to_owned(),
        Part::Layout => "The layout could not be shown".to_owned(),
    }
}

fn place(problem: &Problem) -> String {
    if problem.line == 0 { problem.file.clone() } else { format!("{}:{}", problem.file, problem.line) }
}

/// The HTML of a part with comments around it, by which the preview knows what was clicked and what is to be repainted.
///
/// Comments, since they stand anywhere between elements and change no layout, whatever a template makes: several elements, a
/// style sheet first, or mere text. Attributes would need an element that is there once and comes first.
pub(super) fn marked(html: &str, part: &Part, mode: Mode) -> String {
    let name = match part {
        Part::Header => "global:header".to_owned(),
        Part::Footer => "global:footer".to_owned(),
        Part::Widget(id) => format!("widget:{}", encoded(id)),
        Part::Item => "item".to_owned(),
        Part::Layout => return html.to_owned(),
    };
    named(html, &name, mode)
}

/// The HTML with comments around it that name it.
pub(super) fn named(html: &str, name: &str, mode: Mode) -> String {
    match mode {
        Mode::Publish => html.to_owned(),
        Mode::Preview => format!("<!--backlot:{name}-->{html}<!--/backlot:{name}-->"),
    }
}

/// An id in a comment, as `encodeURIComponent` has it, but that two hyphens never stand side by side.
fn encoded(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for c in id.chars() {
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, '_' | '.') || (c == '-' && !text.is_empty() && !text.ends_with('-'));
        if is_plain {
            text.push(c);
        } else {
            let mut bytes = [0; 4];
            text.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    text
}

/// Text that ends no comment early.
fn comment(text: &str) -> String {
    text.replace(['<', '>'], " ").replace("--", "- -").trim_end_matches('-').to_owned()
}

/// A page for a site whose layout could not be rendered: what there is to show, without its looks.
pub(super) fn bare_page(title: &str, problem: &str, parts: [&str; 3]) -> String {
    let parts = parts.join("\n");
    format!(
        "<!doctype html>\n<html>\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{problem}\n{parts}\n</body>\n</html>\n",
        attribute(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_problem_or_an_id_becomes_markup() {
        let problem = Problem {
            part: Part::Widget("a--><script>".to_owned()),
            file: "widgets/<x>/widget.liquid".to_owned(),
            line: 3,
            message: "tag \"<b>\" --> not found".to_owned(),
        };
        let shown = in_place(&problem, Mode::Preview);
        assert!(
            shown.contains("tag &quot;&lt;b&gt;&quot;")
                && shown.contains("widgets/&lt;x&gt;/widget.liquid:3")
                && !shown.contains("<script"),
            "{shown}"
        );
        assert_eq!(in_place(&problem, Mode::Publish), "<!-- widgets/ x /widget.liquid:3: tag \" b \" - -  not found -->");
        assert_eq!(
            marked("<p>", &problem.part, Mode::Preview),
            "<!--backlot:widget:a-%2D%3E%3Cscript%3E--><p><!--/backlot:widget:a-%2D%3E%3Cscript%3E-->"
        );
        assert_eq!(
            marked("x", &Part::Widget("-ü_1.b".to_owned()), Mode::Preview).split("-->").next(),
            Some("<!--backlot:widget:%2D%C3%BC_1.b")
        );
        assert_eq!(marked("x", &Part::Header, Mode::Publish), "x");
    }
}
