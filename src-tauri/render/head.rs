//! What a page's head tells search engines and social networks.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use super::model::Project;

/// Text as it may stand in HTML, attributes included.
pub(super) fn attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The page's title: its own, then the site's.
pub(super) fn title(page: &Value, project: &Project) -> String {
    let own = said(page, "/seo/title").or_else(|| said(page, "/name")).unwrap_or_default();
    match project.site_title.trim() {
        "" => own.to_owned(),
        site if own.is_empty() => site.to_owned(),
        site => format!("{own} - {site}"),
    }
}

/// What the `seo` tag shows. `media` are the items of the catalogue by the names of their files.
pub(super) fn seo(page: &Value, project: &Project, media: &Value) -> String {
    let own = said(page, "/seo/title").or_else(|| said(page, "/name")).unwrap_or_default();
    let shared = said(page, "/seo/og_title").unwrap_or(own);
    let description = said(page, "/seo/description");
    let image = said(page, "/seo/og_image").and_then(|image| absolute_image(image, project, media));
    let mut lines = vec![format!("<title>{}</title>", attribute(&title(page, project)))];
    let mut meta = |key: &str, name: &str, content: &str| lines.push(format!("<meta {key}=\"{name}\" content=\"{}\">", attribute(content)));
    if let Some(description) = description {
        meta("name", "description", description);
    }
    meta("name", "robots", said(page, "/seo/robots").unwrap_or("index,follow"));
    meta("property", "og:title", shared);
    meta("property", "og:type", said(page, "/seo/og_type").unwrap_or("website"));
    if let Some(description) = description {
        meta("property", "og:description", description);
    }
    if let Some(image) = &image {
        meta("property", "og:image", image);
    }
    let card = if image.is_some() { said(page, "/seo/twitter_card").unwrap_or("summary_large_image") } else { "summary" };
    meta("name", "twitter:card", card);
    meta("name", "twitter:title", shared);
    if let Some(description) = description {
        meta("name", "twitter:description", description);
    }
    if let Some(image) = &image {
        meta("name", "twitter:image", image);
    }
    if let Some(url) = canonical(page, project) {
        lines.push(format!("<link rel=\"canonical\" href=\"{}\">", attribute(&url)));
    }
    lines.join("\n    ")
}

/// What a favicon setting means for the links of a head: `site_icons` of the layout.
pub(super) fn icons(favicon: &str, root: &str, media: &Value) -> Value {
    let Some(path) = favicon.strip_prefix("/uploads/") else { return serde_json::json!({}) };
    let kind = item(favicon, media).and_then(|item| item.get("type")?.as_str());
    let is_svg = kind == Some("image/svg+xml") || path.to_ascii_lowercase().ends_with(".svg");
    let href = format!("{root}uploads/{}", written(path));
    serde_json::json!({
        "primaryIconHref": href,
        "primaryIconType": kind.unwrap_or(if is_svg { "image/svg+xml" } else { "" }),
        "primaryIconSizes": if is_svg { "any" } else { "" },
        "legacyIconHref": if is_svg { "" } else { &href },
        "appleTouchIconHref": href,
        "manifestHref": "",
    })
}

fn canonical(page: &Value, project: &Project) -> Option<String> {
    if let Some(url) = said(page, "/seo/canonical_url") {
        return Some(url.to_owned());
    }
    let base = site_url(project)?;
    match said(page, "/slug")? {
        "index" | "home" => Some(format!("{base}/")),
        slug => Some(format!("{base}/{slug}.html")),
    }
}

/// A picture's address with its host, since others load it: the large variant where there is one.
fn absolute_image(image: &str, project: &Project, media: &Value) -> Option<String> {
    if image.starts_with("https://") || image.starts_with("http://") {
        return Some(image.to_owned());
    }
    let base = site_url(project)?;
    let large = item(image, media).and_then(|item| item.pointer("/sizes/large/path")?.as_str());
    let path = &*written(large.unwrap_or(image));
    Some(if path.starts_with('/') { format!("{base}{path}") } else { format!("{base}/uploads/images/{path}") })
}

/// What would end a path in a URL. What follows a name is no query here: settings hold paths of files.
const ENDS: &AsciiSet = &CONTROLS.add(b' ').add(b'?').add(b'#');

/// A file's path as a URL has it.
fn written(path: &str) -> String {
    utf8_percent_encode(path, ENDS).to_string()
}

fn site_url(project: &Project) -> Option<&str> {
    let url = project.site_url.trim().trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    (!host.is_empty()).then_some(url)
}

fn item<'a>(path: &str, media: &'a Value) -> Option<&'a Value> {
    media.get(path.rsplit('/').next()?)
}

fn said<'a>(page: &'a Value, pointer: &str) -> Option<&'a str> {
    page.pointer(pointer).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_tells_what_it_is_and_nothing_it_does_not_know() {
        let page = json!({"name": "About & more", "slug": "about", "seo": {"description": "Who \"we\" are", "og_image": "/uploads/images/a.jpg", "canonical_url": " "}});
        let bare = seo(&page, &Project::default(), &json!({}));
        assert!(bare.starts_with("<title>About &amp; more</title>"), "{bare}");
        assert!(
            bare.contains("<meta name=\"description\" content=\"Who &quot;we&quot; are\">") && bare.contains("content=\"index,follow\"")
        );
        assert!(
            !bare.contains("og:image") && !bare.contains("canonical") && bare.contains("\"twitter:card\" content=\"summary\""),
            "{bare}"
        );
        let project = Project { site_title: "Morrow".to_owned(), site_url: "https://m.example/".to_owned(), ..Project::default() };
        let media = json!({"a.jpg": {"sizes": {"large": {"path": "/uploads/images/a-large.jpg"}}}});
        let full = seo(&page, &project, &media);
        for line in [
            "<title>About &amp; more - Morrow</title>",
            "<link rel=\"canonical\" href=\"https://m.example/about.html\">",
            "<meta property=\"og:image\" content=\"https://m.example/uploads/images/a-large.jpg\">",
            "<meta name=\"twitter:card\" content=\"summary_large_image\">",
        ] {
            assert!(full.contains(line), "{line} in {full}");
        }
        assert!(seo(&json!({"slug": "index"}), &project, &media).contains("href=\"https://m.example/\""));
        assert_eq!(title(&json!({}), &project), "Morrow");
        assert_eq!(icons("/uploads/images/a.svg", "../", &media)["primaryIconHref"], "../uploads/images/a.svg");
        assert_eq!(icons("", "/", &media), json!({}));
    }
}
