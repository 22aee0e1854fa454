//! SVG: a document that could do anything, made into a picture that can only be looked at.

use svg_hush::Filter;
use svg_hush::data_url_filter::{DataUrl, DataUrlFilterResult};

use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;

/// The most bytes of a picture inside a picture.
const INSIDE: usize = 2_000_000;
/// Deeper than any drawing program nests; programs that show pictures have fallen over more.
const DEEPEST: usize = 500;

/// A document without scripts, handlers, foreign elements, entities, and references to anywhere else; and its width and
/// height, if it says them.
///
/// # Errors
/// `InvalidInput` if it is not well-formed, has no drawing in it, or expands to far more than it is.
pub(super) fn sanitised(bytes: &[u8]) -> Result<(Vec<u8>, Option<(u32, u32)>)> {
    let mut filter = Filter::new();
    filter.set_data_url_filter(only_small_pictures);
    let mut clean = Vec::with_capacity(bytes.len());
    filter.filter(bytes, &mut clean).map_err(|cause| {
        tracing::debug!(error = %cause, "an SVG was refused");
        Error::new(Code::InvalidInput, "The SVG is damaged, or has no drawing in it. It was not added; export it once more.")
    })?;
    let text = String::from_utf8_lossy(&clean);
    if depth(&text) > DEEPEST {
        return Err(Error::new(Code::InvalidInput, "The SVG is nested far too deeply. It was not added."));
    }
    let dimensions = dimensions(&text);
    Ok((clean, dimensions))
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

/// How deep the elements of a document are nested. It was written by the filter, so it is well-formed.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for tag in text.split('<').skip(1) {
        if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !tag.starts_with(['?', '!']) && !tag.split('>').next().unwrap_or_default().ends_with('/') {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// Width and height in pixels by the attributes of the root element, or by its view box.
fn dimensions(text: &str) -> Option<(u32, u32)> {
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

    fn clean(inner: &str) -> String {
        let document = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='10'>{inner}<rect width='1'/></svg>"
        );
        String::from_utf8(sanitised(document.as_bytes()).unwrap().0).unwrap()
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
            "<set attributeName='href' to='javascript:alert(1)'/>",
            "<animate attributeName='onload' values='alert(1)'/>",
            "<image href='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'/>",
            "<image href='data:image/png;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'/>",
            "<iframe src='https://evil.example'/>",
            "<?xml-stylesheet href='https://evil.example/a.css'?>",
        ];
        for inner in hostile {
            let clean = clean(inner);
            for word in ["script", "onload", "evil.example", "javascript", "foreignObject", "iframe", "data:"] {
                assert!(!clean.contains(word), "{inner}\n{clean}");
            }
            assert!(clean.contains("<rect"), "{clean}");
        }
        let pixel =
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        assert!(clean(&format!("<image href='{pixel}'/>")).contains(pixel));
    }

    #[test]
    fn a_bomb_and_what_is_no_drawing_are_refused() {
        let mut bomb = "<!DOCTYPE svg [<!ENTITY a '0123456789'>".to_owned();
        for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]) {
            bomb.push_str(&format!("<!ENTITY {name} '{}'>", format!("&{of};").repeat(10)));
        }
        bomb.push_str("]><svg xmlns='http://www.w3.org/2000/svg'><text>&i;</text></svg>");
        let deep = format!("<svg xmlns='http://www.w3.org/2000/svg'>{}{}</svg>", "<g>".repeat(100_000), "</g>".repeat(100_000));
        for refused in [bomb.as_str(), &deep, "<svg", "<svg>", "<html/>", "", "<svg/>"] {
            assert_eq!(sanitised(refused.as_bytes()).unwrap_err().code, Code::InvalidInput, "{refused:.80}");
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
