//! The smaller sizes in which a site keeps its pictures: Widgetizer's, or those that its theme asks for.

use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
