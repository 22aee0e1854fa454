//! What search engines are told of a site: `robots.txt`, and `sitemap.xml` if it is known where the site will be.

use std::fmt::Write as _;

use super::address::{encoded, escaped};
use crate::site::{entities, markup};

/// The files that tell them, by path. `pages` are the addresses of those to be listed, from the site's root, not encoded; those in
/// a sitemap are absolute (sitemaps.org 0.9), so there is none without `site_url`.
pub(super) fn files(pages: &[String], site_url: &str) -> Vec<(&'static str, String)> {
    let root = site_url.trim_end_matches('/');
    let mut robots = "User-agent: *\nAllow: /\n".to_owned();
    let mut files = Vec::new();
    if !root.is_empty() {
        let mut map =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n".to_owned();
        for page in pages {
            let _ = writeln!(map, "  <url><loc>{}/{}</loc></url>", escaped(root), escaped(&encoded(page)));
        }
        map.push_str("</urlset>\n");
        files.push(("sitemap.xml", map));
        let _ = writeln!(robots, "Sitemap: {root}/sitemap.xml");
    }
    files.push(("robots.txt", robots));
    files
}

/// Whether a page asks not to be listed.
pub(super) fn is_hidden(html: &str) -> bool {
    markup::tags(html).iter().any(|tag| {
        let text = entities::attribute(html.get(tag.range.clone()).unwrap_or_default()).to_ascii_lowercase();
        tag.name.eq_ignore_ascii_case("meta") && text.contains("robots") && text.contains("noindex")
    })
}
