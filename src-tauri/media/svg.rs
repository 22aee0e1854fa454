//! SVG: a document that could do anything, made into a picture that can only be looked at.

use svg_hush::Filter;
use svg_hush::data_url_filter::{DataUrl, DataUrlFilterResult};

use super::model::ImportNote;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;

/// The most bytes of a picture inside a picture.
const INSIDE: usize = 2_000_000;
/// The most bytes that a document may become by what it says of itself.
const LARGEST: usize = 20_000_000;
/// Deeper than any drawing program nests. A parser's work grows with the depth of each element.
const DEEPEST: usize = 256;

/// A document without scripts, handlers, foreign elements, entities, and references to anywhere else; and what was done to it.
///
/// # Errors
/// `InvalidInput` if it is not well-formed, has no drawing in it, or was made to keep a parser busy.
pub(super) fn clean(bytes: &[u8]) -> Result<(Vec<u8>, Vec<ImportNote>)> {
    check_structure(&String::from_utf8_lossy(bytes))?;
    let mut filter = Filter::new();
    filter.set_data_url_filter(only_small_pictures);
    let mut clean = Vec::with_capacity(bytes.len());
    filter.filter(bytes, &mut clean).map_err(|cause| {
        tracing::debug!(error = %cause, "an SVG was refused");
        Error::new(Code::InvalidInput, "The SVG is damaged, or has no drawing in it. It was not added; export it once more.")
    })?;
    let text = without_far_styles(String::from_utf8_lossy(&clean).into_owned());
    Ok((text.into_bytes(), Vec::new()))
}

/// Refuses what is nested far too deeply, and entities that bring elements or more entities with them.
fn check_structure(text: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::new(Code::InvalidInput, format!("The SVG {why}. It was not added; export it once more.")));
    let (mut depth, mut entity) = (0_usize, 0_usize);
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at..];
        let skip = |end: &str| tag.find(end).map_or(tag.len(), |found| found + end.len());
        let length = if tag.starts_with("<!--") {
            skip("-->")
        } else if tag.starts_with("<![CDATA[") {
            skip("]]>")
        } else if tag.starts_with("<!ENTITY") {
            let length = end_of_tag(tag);
            if tag[1..length].contains(['<', '&', '%']) {
                return refuse("defines entities within entities");
            }
            entity = entity.max(length);
            length
        } else if tag.starts_with("<!DOCTYPE") {
            // What is declared within is looked at tag by tag.
            tag.len().min("<!DOCTYPE".len())
        } else if tag.starts_with("<!") || tag.starts_with("<?") {
            end_of_tag(tag)
        } else if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
            end_of_tag(tag)
        } else {
            let length = end_of_tag(tag);
            if !tag[..length].ends_with("/>") {
                depth += 1;
            }
            length
        };
        if depth > DEEPEST {
            return refuse("is nested far too deeply");
        }
        rest = &tag[length..];
    }
    if entity > 0 && text.matches('&').count().saturating_mul(entity) > LARGEST {
        return refuse("expands to far more than it is");
    }
    Ok(())
}

/// Where a tag ends: behind the first `>` that is not quoted.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.bytes().enumerate() {
        match (quote, c) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    tag.len()
}

/// A style sheet that named another place is left out whole: the filter cuts the place out, and what is left is none any more.
fn without_far_styles(mut text: String) -> String {
    let mut from = 0;
    while let Some(start) = text[from..].find("<style").map(|at| from + at) {
        let open = start + end_of_tag(&text[start..]);
        let Some(close) = text[open..].find("</style>").map(|at| open + at) else { break };
        if text[open..close].contains("://") {
            text.replace_range(open..close, "");
            from = open;
        } else {
            from = close;
        }
    }
    text
}

fn only_small_pictures(url: &DataUrl<'_>) -> DataUrlFilterResult {
    let is_small_picture = url.decode_to_vec().is_ok_and(|(bytes, _)| {
        bytes.len() <= INSIDE && matches!(Kind::sniff(&bytes, ""), Ok(Kind::Jpeg | Kind::Png | Kind::Gif | Kind::WebP))
    });
    let said = url.mime_type();
    if is_small_picture && said.type_ == "image" && matches!(said.subtype.as_str(), "jpeg" | "png" | "gif" | "webp") {
        DataUrlFilterResult::Keep
    } else {
        DataUrlFilterResult::Drop
    }
}

/// Width and height in pixels by the attributes of the root element, or by its view box.
pub(super) fn dimensions(text: &str) -> Option<(u32, u32)> {
    let root = text.split("<svg").nth(1)?;
    let root = &root[..root.find('>')?];
    let attribute = |name: &str| {
        let value = root.split(&format!(" {name}=\"")).nth(1)?;
        Some(&value[..value.find('"')?])
    };
    let view: Vec<f64> = attribute("viewBox")
        .map(|value| value.split([' ', ',']).filter(|part| !part.is_empty()).filter_map(|part| part.parse().ok()).collect())
        .unwrap_or_default();
    let length = |name: &str| {
        let value = attribute(name)?.trim();
        value.strip_suffix("px").unwrap_or(value).parse::<f64>().ok()
    };
    let (view_width, view_height) = (view.get(2).copied(), view.get(3).copied());
    let (width, height) = match (length("width"), length("height"), view_width, view_height) {
        (Some(width), Some(height), ..) => (width, height),
        (Some(width), None, Some(across), Some(down)) => (width, width * down / across),
        (None, Some(height), Some(across), Some(down)) => (height * across / down, height),
        (None, None, Some(across), Some(down)) => (across, down),
        _ => return None,
    };
    Some((whole(width)?, whole(height)?))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was looked at that the number fits")]
fn whole(length: f64) -> Option<u32> {
    (length.is_finite() && (0.5..100_000.0).contains(&length)).then(|| length.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drawing_programs_write_is_kept() {
        let drawing = "<?xml version=\"1.0\"?><!-- Made by hand: a < b -->\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\" [<!ENTITY ns_svg \"http://www.w3.org/2000/svg\">]>\n<svg xmlns=\"&ns_svg;\" viewBox=\"0 0 8 8\"><style><![CDATA[.a > .b { fill: #f00 }]]></style><g class=\"a\"><path class=\"b\" d=\"M0 0h8v8z\" data-x=\"1>0\"/></g></svg>";
        let document = String::from_utf8(clean(drawing.as_bytes()).unwrap().0).unwrap();
        assert!(document.contains("M0 0h8v8z") && document.contains("fill: #f00"), "{document}");
        assert_eq!(dimensions(&document), Some((8, 8)));
        assert_eq!(clean(document.as_bytes()).unwrap().0, document.as_bytes(), "cleaning a clean one changes nothing");
    }

    fn cleaned(inner: &str) -> String {
        let document = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='10'>{inner}<rect width='1'/></svg>"
        );
        String::from_utf8(clean(document.as_bytes()).unwrap().0).unwrap()
    }

    #[test]
    fn nothing_that_acts_or_reaches_out_is_left() {
        let hostile = [
            "<script>alert(1)</script>",
            "<g onload='alert(1)'/>",
            "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload='alert(1)'/></foreignObject>",
            "<a href='javascript:alert(1)'><text>alert</text></a>",
            "<image href='https://evil.example/track.png'/>",
            "<use xlink:href='https://evil.example/a.svg#x'/>",
            "<style>@import url(https://evil.example/a.css); rect { fill: url('https://evil.example/b.svg#c') }</style>",
            "<rect style='fill: url(https://evil.example/b.svg#c)'/>",
            "<animate attributeName='onload' values='alert(1)'/>",
            "<image href='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'/>",
            "<image href='data:image/png;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'/>",
            "<iframe src='https://evil.example'/>",
            "<?xml-stylesheet href='https://evil.example/a.css'?>",
        ];
        for inner in hostile {
            let clean = cleaned(inner);
            for word in ["script", "onload", "evil.example", "javascript", "foreignObject", "iframe", "data:"] {
                assert!(!clean.contains(word), "{inner}\n{clean}");
            }
            assert!(clean.contains("<rect"), "{clean}");
        }
        let pixel =
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        assert!(cleaned(&format!("<image href='{pixel}'/>")).contains(pixel));
    }

    #[test]
    fn a_bomb_and_what_is_no_drawing_are_refused() {
        let mut bomb = "<!DOCTYPE svg [<!ENTITY a '0123456789'>".to_owned();
        for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]) {
            let ten = format!("&{of};").repeat(10);
            bomb = format!("{bomb}<!ENTITY {name} '{ten}'>");
        }
        bomb.push_str("]><svg xmlns='http://www.w3.org/2000/svg'><text>&i;</text></svg>");
        let deep = format!("<svg xmlns='http://www.w3.org/2000/svg'>{}{}</svg>", "<g>".repeat(100_000), "</g>".repeat(100_000));
        let quadratic = format!(
            "<!DOCTYPE svg [<!ENTITY a '{}'>]><svg xmlns='http://www.w3.org/2000/svg'><text>{}</text></svg>",
            "x".repeat(100_000),
            "&a;".repeat(100_000)
        );
        let elements = "<!DOCTYPE svg [<!ENTITY a '&#60;g>'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>";
        for refused in [bomb.as_str(), &deep, &quadratic, elements, "<svg", "<svg>", "<html/>", "", "<svg/>"] {
            assert_eq!(clean(refused.as_bytes()).unwrap_err().code, Code::InvalidInput, "{refused:.80}");
        }
    }

    #[test]
    fn width_and_height_are_those_of_the_root_or_its_view_box() {
        let of = |root: &str| dimensions(&format!("<svg {root}><rect width=\"1\" height=\"1\"/></svg>"));
        assert_eq!(of("width=\"64\" height=\"32px\""), Some((64, 32)));
        assert_eq!(of("viewBox=\"0 0 24 12.4\""), Some((24, 12)));
        assert_eq!(of("width=\"48\" viewBox=\"0,0,24,12\""), Some((48, 24)));
        assert_eq!(of("width=\"100%\" height=\"100%\""), None);
    }
}
