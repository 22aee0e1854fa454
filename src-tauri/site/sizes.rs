//! The smaller sizes in which a site keeps its pictures: Widgetizer's, or those that its theme asks for.

use serde_json::Value;

use super::kind::Kind;
use super::name;

/// The quality of smaller pictures where the theme says nothing, 1 to 100.
const QUALITY: u8 = 85;
/// The widest that a theme may ask for, in pixels, and how many sizes.
const WIDEST: u64 = 10_000;
const MOST: usize = 12;

/// A smaller size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// What pages and the catalogue call it; a part of the files' names.
    pub name: String,
    /// In pixels; the height follows from the picture.
    pub width: u32,
    /// 1 to 100, for formats that lose something.
    pub quality: u8,
}

/// The sizes of a site, by its theme's `settings.imageSizes`; `thumb` is always among them.
pub fn of_theme(theme: &Value) -> Vec<Size> {
    let size = |name: &str, width: u32| Size { name: name.to_owned(), width, quality: QUALITY };
    let standard = [size("thumb", 150), size("small", 480), size("medium", 1024), size("large", 1920)];
    let Some(asked) = theme.pointer("/settings/imageSizes").and_then(Value::as_object) else { return standard.to_vec() };
    let mut sizes: Vec<Size> = asked
        .iter()
        // The name becomes a part of a file's name, and of an address.
        .filter(|(key, size)| name::stem(key) == **key && size["enabled"] != Value::Bool(false))
        .filter_map(|(key, size)| {
            let width = size["width"].as_u64().filter(|width| (1..=WIDEST).contains(width))?;
            let quality = size["quality"].as_u64().and_then(|quality| u8::try_from(quality.clamp(1, 100)).ok()).unwrap_or(QUALITY);
            Some(Size { name: key.clone(), width: u32::try_from(width).ok()?, quality })
        })
        .take(MOST)
        .collect();
    if !sizes.iter().any(|size| size.name == "thumb") {
        sizes.insert(0, standard[0].clone());
    }
    sizes
}

/// What smaller pictures are called that other programs made.
const USUAL: &[&str] = &[
    "thumb",
    "thumbnail",
    "small",
    "medium",
    "large",
    "full",
    "scaled",
    "preview",
    "mobile",
    "tablet",
    "desktop",
    "retina",
    "xs",
    "sm",
    "md",
    "lg",
    "xl",
    "xxl",
];

/// Whether a file is, by its name, a size of the picture `original` beside it: `a-thumb.jpg`, `a-300.webp`, `a-300x200.jpg`, `a@2x.jpg`.
pub fn is_size_of(name: &str, original: &str, sizes: &[Size]) -> bool {
    fn stem(name: &str) -> &str {
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
    let (stem, original_stem) = (stem(name), stem(original));
    let is_longer = stem.get(..original_stem.len()).is_some_and(|start| start.eq_ignore_ascii_case(original_stem));
    let is_picture = |name: &str| Kind::of_ending(name).is_some_and(|kind| kind.mime().starts_with("image/"));
    if !is_longer || !is_picture(name) || !is_picture(original) {
        return false;
    }
    let suffix = stem[original_stem.len()..].to_ascii_lowercase();
    let Some(suffix) = suffix.strip_prefix(['-', '_', '@', '.']) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number of one or two digits counts pictures: `photo-2.jpg` is another one.
    let is_width = |text: &str| is_number(text) && text.len() > 2;
    let named = |text: &str| USUAL.contains(&text) || sizes.iter().any(|size| size.name.eq_ignore_ascii_case(text));
    let base = suffix.rsplit_once('-').filter(|(_, number)| is_number(number)).map_or(suffix, |(base, _)| base);
    named(suffix)
        || named(base)
        || is_width(suffix)
        || suffix.strip_suffix(['w', 'x']).is_some_and(is_number)
        || suffix.split_once('x').is_some_and(|(width, height)| is_number(width) && is_number(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_size_is_known_by_its_name() {
        let sizes = [Size { name: "hero".to_owned(), width: 1600, quality: 85 }];
        for name in [
            "a b-thumb.jpg",
            "a b-300.webp",
            "A b-300x200.JPG",
            "a b@2x.png",
            "a b_640w.avif",
            "a b-hero.jpg",
            "a b-small-2.jpg",
            "a b-1x.gif",
        ] {
            assert!(is_size_of(name, "a b.jpg", &sizes), "{name}");
        }
        for name in
            ["a b.jpg", "a b.webp", "a b-2.jpg", "a b-of-me.jpg", "a b300.jpg", "b-thumb.jpg", "a b-thumb.pdf", "a b-x.jpg", "a b-.jpg"]
        {
            assert!(!is_size_of(name, "a b.jpg", &sizes), "{name}");
        }
        assert!(!is_size_of("a-thumb.pdf", "a.pdf", &sizes) && !is_size_of("a-thumb.jpg", "a.pdf", &sizes));
    }

    #[test]
    fn a_theme_replaces_the_sizes_but_there_is_always_a_thumb() {
        let of = |sizes: Value| {
            let sizes = of_theme(&json!({"settings": {"imageSizes": sizes}}));
            sizes.into_iter().map(|size| (size.name, size.width, size.quality)).collect::<Vec<_>>()
        };
        assert_eq!(of_theme(&json!({})).iter().map(|size| size.width).collect::<Vec<_>>(), [150, 480, 1024, 1920]);
        assert_eq!(
            of(json!({"hero": {"width": 1600, "quality": 90}, "small": {"width": 480, "enabled": false}})),
            [("thumb".to_owned(), 150, 85), ("hero".to_owned(), 1600, 90)]
        );
        assert_eq!(
            of(json!({"../x": {"width": 9}, "a": {"width": 0}, "b": {"width": 99_999}, "thumb": {"width": 200}})),
            [("thumb".to_owned(), 200, 85)]
        );
    }
}
