//! The URLs that an SVG may keep: parts of itself, and images and fonts inside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_url::DataUrl;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::removed::Removed;
use crate::media::container;
use crate::media::limits::check_pixels;
use crate::site::kind::Kind;

/// The most bytes of a file inside a drawing.
const INSIDE: usize = 8_000_000;
/// How deep a drawing may stand in a drawing.
const DEEPEST: u8 = 1;

/// What a data URL of a drawing must escape to be read as one everywhere.
const ESCAPED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'\'').add(b'(').add(b')').add(b'<').add(b'>').add(b'\\').add(b'`');

/// What a URL is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A part of the same document.
    Part,
    /// A part of it, or an image.
    Image,
    /// A font, or what an image may be.
    Font,
}

/// A URL as it is written out; none if it may not be kept. `depth` is how many drawings this one stands in.
pub(super) fn kept(url: &str, used: Use, depth: u8, removed: &mut Removed) -> Option<String> {
    let url = url.trim();
    if url.starts_with('#') {
        return Some(url.to_owned());
    }
    if used == Use::Part || !is_embedded(url) {
        return None;
    }
    let data = DataUrl::process(url).ok()?;
    let (bytes, fragment) = data.decode_to_vec().ok()?;
    if bytes.len() > INSIDE {
        return None;
    }
    let mime = data.mime_type();
    if mime.type_ == "image" && mime.subtype == "svg+xml" {
        let drawing = (depth < DEEPEST).then(|| super::sanitize_at(&bytes, depth + 1).ok())??;
        removed.extend(drawing.notes);
        let fragment = fragment.map(|fragment| format!("#{}", fragment.to_percent_encoded())).unwrap_or_default();
        return Some(format!("data:image/svg+xml,{}{fragment}", utf8_percent_encode(str::from_utf8(&drawing.bytes).ok()?, ESCAPED)));
    }
    if let Some((kind, mime)) = raster(&bytes) {
        // An image inside is no more than one by itself: what it says about a person goes.
        let clean = kind.map(|kind| container::clean(kind, &bytes)).transpose().ok()?;
        if let Some(clean) = clean.filter(|clean| clean.bytes != bytes) {
            removed.extend(clean.notes);
            return Some(format!("data:{mime};base64,{}", STANDARD.encode(clean.bytes)));
        }
    }
    let mime = raster(&bytes).map(|(_, mime)| mime).or_else(|| font(&bytes).filter(|_| used == Use::Font))?;
    let (head, payload) = url[5..].split_once(',')?;
    let is_base64 = head.rsplit_once(';').is_some_and(|(_, last)| last.trim().eq_ignore_ascii_case("base64"));
    let payload = payload.split('#').next()?;
    Some(format!("data:{mime}{},{payload}", if is_base64 { ";base64" } else { "" }))
}

/// Whether it is a file inside the document rather than one elsewhere.
pub(super) fn is_embedded(url: &str) -> bool {
    url.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// The kind and the media type of an image that every browser shows, by its bytes: what the URL says of itself is often a little
/// wrong.
fn raster(bytes: &[u8]) -> Option<(Option<Kind>, &'static str)> {
    let size = imagesize::blob_size(bytes).ok()?;
    check_pixels(u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?).ok()?;
    match Kind::sniff(bytes, "") {
        Ok(kind @ (Kind::Jpeg | Kind::Png | Kind::Gif | Kind::WebP | Kind::Avif)) => Some((Some(kind), kind.mime())),
        _ if bytes.starts_with(b"BM") => Some((None, "image/bmp")),
        _ => None,
    }
}

/// The media type of a font, by its bytes.
fn font(bytes: &[u8]) -> Option<&'static str> {
    match bytes.first_chunk()? {
        b"wOFF" => Some("font/woff"),
        b"wOF2" => Some("font/woff2"),
        b"OTTO" => Some("font/otf"),
        b"\0\x01\0\0" | b"true" => Some("font/ttf"),
        _ => None,
    }
}
