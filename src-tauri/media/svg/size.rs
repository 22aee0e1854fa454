//! How large an SVG is drawn by itself.

use xml::attribute::OwnedAttribute;

/// Pixels in a unit of length, as CSS has them.
const UNITS: [(&str, f64); 7] =
    [("px", 1.0), ("pt", 96.0 / 72.0), ("pc", 16.0), ("mm", 96.0 / 25.4), ("cm", 96.0 / 2.54), ("in", 96.0), ("q", 96.0 / 101.6)];

/// Width and height in pixels by the attributes of the root element, or by its view box.
pub(super) fn dimensions(root: &[OwnedAttribute]) -> Option<(u32, u32)> {
    let attribute = |name: &str| {
        let found = root.iter().find(|attribute| attribute.name.namespace.is_none() && attribute.name.local_name == name);
        found.map(|attribute| attribute.value.as_str())
    };
    let view: Vec<f64> = attribute("viewBox")
        .map(|value| {
            value
                .split(|c: char| c.is_whitespace() || c == ',')
                .filter(|part| !part.is_empty())
                .filter_map(|part| part.parse().ok())
                .collect()
        })
        .unwrap_or_default();
    let length = |name: &str| attribute(name).and_then(pixels);
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

/// A length in pixels; none if it depends on where the drawing is shown.
fn pixels(length: &str) -> Option<f64> {
    let length = length.trim().to_ascii_lowercase();
    if let Ok(number) = length.parse() {
        return Some(number);
    }
    UNITS.iter().find_map(|(unit, factor)| Some(length.strip_suffix(unit)?.trim_end().parse::<f64>().ok()? * factor))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was checked that the number fits")]
fn whole(length: f64) -> Option<u32> {
    (length.is_finite() && (0.5..100_000.0).contains(&length)).then(|| length.round() as u32)
}
