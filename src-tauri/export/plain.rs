//! What a build of a site consists of that is served as it stands: every file of it that a server would show.
//!
//! Where its pages and style sheets refer to other files of the site from its root (`/css/site.css`) or without an ending
//! (`about`), they do so by relative addresses of files, so that the whole may stand anywhere, or be opened from a folder. All else
//! keeps every byte: what a script names is not known well enough to be changed.

use std::collections::BTreeSet;
use std::path::Path;

use super::address::{Inner, encoded, inner, path_of, relative};
use super::crawlers;
use super::plan::{Contents, MISSING, Plan, conflict_in, ends_with};
use super::references::{self, Use};
use crate::error::{Error, Result};
use crate::site::{copies, file, markup, name, shown};
use crate::store::disk;

/// The plan of the site at `site`, which will be at `site_url`, if that is not empty.
///
/// # Errors
/// `Io` if a folder cannot be read.
pub(super) fn plan(site: &Path, site_url: &str) -> Result<Plan> {
    let mut plan = Plan::default();
    take_all(site, &mut plan)?;
    let files: BTreeSet<String> = plan.files.keys().cloned().collect();
    let base = path_of(site_url);
    let mut turner = Turner { site, files: &files, base: &base, left_out: BTreeSet::new(), notes: Vec::new() };
    let mut listed = Vec::new();
    for path in &files {
        let is_page = is_page(path);
        if !is_page && !ends_with(path, &["css"]) {
            continue;
        }
        let from = match plan.files.get(path) {
            Some(Contents::Site(from)) => from,
            _ => path,
        };
        let Some(text) = file::read_text(site, from)? else {
            turner.notes.push(format!("{path} is no text in UTF-8, or too large; the links in it are as they were."));
            continue;
        };
        turner.notes.extend(conflict_in(path, &text));
        if is_page {
            plan.pages += 1;
            if path != MISSING && !crawlers::is_hidden(&text) {
                // A server shows a folder by its index.
                listed.push(
                    path.strip_suffix("index.html").filter(|folder| folder.is_empty() || folder.ends_with('/')).unwrap_or(path).to_owned(),
                );
            }
        }
        let turned = if is_page { turner.page(path, &text) } else { Some(turner.sheet(path, &text)) };
        if let Some(turned) = turned.filter(|turned| *turned != text) {
            plan.files.insert(path.clone(), Contents::Bytes(turned.into_bytes().into()));
        }
    }
    let Turner { left_out, notes, .. } = turner;
    plan.notes.extend(notes);
    plan.notes.extend(left_out.into_iter().map(|(path, from)| format!("{path} is left out of a build; {from} refers to it.")));
    plan.notes.sort();
    // Without an address there is nothing to tell that the site does not tell itself.
    if !site_url.is_empty() {
        for (path, text) in crawlers::files(&listed, site_url) {
            plan.files.entry(path.to_owned()).or_insert_with(|| Contents::Bytes(text.into_bytes().into()));
        }
    }
    Ok(plan)
}

/// Notes every file that a server would show. Of links, those to files of the site are as good as copies.
fn take_all(site: &Path, plan: &mut Plan) -> Result<()> {
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let at = site.join(&folder);
        let entries = disk::read_dir(&at).map_err(|cause| Error::io("read", &at, &cause))?;
        for entry in entries {
            let entry = entry.map_err(|cause| Error::io("read", &at, &cause))?;
            let Ok(name) = entry.file_name().into_string() else {
                plan.notes.push(format!("{} has a name that is not text; it was left out.", entry.path().display()));
                continue;
            };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type().map_err(|cause| Error::io("read", &entry.path(), &cause))?;
            match () {
                () if copies::is_copy(&name) => plan.notes.push(copies::said(&path)),
                () if !shown::is_public(&path) => {
                    let why = name::not_in_url(&name).map(|why| format!("{path} was left out: no URL leads to it, since {why}."));
                    plan.notes.extend(why);
                }
                () if kind.is_dir() => folders.push(path),
                () => match shown::file(site, &path, false)? {
                    Some(from) => drop(plan.files.insert(path, Contents::Site(from))),
                    None if kind.is_symlink() => {
                        plan.notes.push(format!("{path} was left out: it is a link to a folder, out of the site, or to a hidden file."));
                    }
                    None => plan.notes.push(format!("{path} was left out: it is not a regular file.")),
                },
            }
        }
    }
    Ok(())
}

fn is_page(path: &str) -> bool {
    ends_with(path, &["html", "htm"])
}

/// Turns the addresses in a site's files.
struct Turner<'a> {
    site: &'a Path,
    files: &'a BTreeSet<String>,
    /// Where the site will be on its server, for the one page that is shown at addresses of any depth.
    base: &'a str,
    /// What is referred to and no part of a build, with who does so.
    left_out: BTreeSet<(String, String)>,
    notes: Vec<String>,
}

impl Turner<'_> {
    /// A page with its references turned; none if they cannot be.
    fn page(&mut self, path: &str, html: &str) -> Option<String> {
        let is_base = |tag: &markup::Tag<'_>| {
            tag.name.eq_ignore_ascii_case("base") && tag.attributes.iter().any(|(name, _)| name.eq_ignore_ascii_case("href"))
        };
        if markup::tags(html).iter().any(is_base) {
            self.notes.push(format!("{path} says by <base> what its links are relative to, so they are as they were."));
            return None;
        }
        match references::html(html, &mut |purpose, address| self.turn(path, purpose, address)) {
            Ok(turned) => Some(turned),
            Err(cause) => {
                self.notes.push(format!("{path} could not be read as HTML: {cause}. The links in it are as they were."));
                None
            }
        }
    }

    /// A style sheet with its references turned.
    fn sheet(&mut self, path: &str, css: &str) -> String {
        references::css(css, &mut |purpose, address| self.turn(path, purpose, address))
    }

    /// Another address for one that stands in a file of the site; none if it is not of the site, or leads there from everywhere.
    fn turn(&mut self, from: &str, purpose: Use, address: &str) -> Option<String> {
        let Inner { written, path, rest, whole, found } = inner(from, address)?;
        let Some(target) = self.target(&found, purpose) else {
            if !shown::is_public(&found) && file::resolve(self.site, &found).is_ok() {
                self.left_out.insert((found, from.to_owned()));
            }
            return None;
        };
        let is_missing_page = from == MISSING;
        if target == found && !path.starts_with('/') && !is_missing_page {
            return None;
        }
        let target = if target == found { whole } else { encoded(&target) };
        let turned = if is_missing_page { format!("{}{target}", self.base) } else { relative(from, &target) };
        Some(format!("{turned}{rest}")).filter(|turned| turned != written)
    }

    /// The file that a server shows at a path: itself, the index of a folder, or a page whose ending is not said.
    fn target(&self, found: &str, purpose: Use) -> Option<String> {
        let known = |path: String| self.files.contains(&path).then_some(path);
        let bare = found.trim_end_matches('/');
        if bare == found && self.files.contains(found) {
            return Some(found.to_owned());
        }
        if purpose == Use::File {
            return None;
        }
        if bare.is_empty() {
            return known("index.html".to_owned());
        }
        known(format!("{bare}/index.html")).or_else(|| known(format!("{bare}.html")).filter(|_| bare == found))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn site(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    /// The text of a file that is another one in the build; none if it is copied.
    fn text(plan: &Plan, path: &str) -> Option<String> {
        match &plan.files[path] {
            Contents::Bytes(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
            Contents::Site(_) => None,
        }
    }

    #[test]
    fn pages_and_style_sheets_refer_to_files_by_relative_addresses_and_all_else_is_as_it_was() {
        let page = b"<link href=\"/css/site.css?v=1\"><style>b{background:url(/img/a%20b.png)}</style><a href=\"/\">h</a><a href=\"/about#x\">a</a><a href=\"/blog/\">b</a>\
            <a href=\"/blog\">b</a><a href=\"one\">o</a><a href=\"./one.html\">o</a><a href=\"/none\">n</a><a href=\"https://x.example/about\">x</a><a href=\"#top\">t</a>\
            <img src=\"/img/a b.png\" srcset=\"/img/a%20b.png 1x, /img/b.png 2x\" alt=\"/about\" data-page=\"/about\"><script>go('/about')</script>";
        let folder = site(&[
            ("index.html", b"<a href=\"about.html\">a</a><a href=\"blog/\">b</a>"),
            ("about.html", b"<a href=\"index.html\">h</a>"),
            ("blog/index.html", page),
            ("blog/one.html", b"<a href=\"../about.html\">a</a>"),
            ("blog.html", b"shadowed by the folder"),
            ("404.html", b"<link href=\"css/site.css\"><a href=\"/\">h</a><a href=\"about\">a</a>"),
            ("css/site.css", b"@import '/css/more.css'; a{background:url(/img/b.png)} b{background:url(../img/b.png)}"),
            ("css/more.css", b"a{}"),
            ("img/a b.png", b"png"),
            ("img/b.png", b"png"),
            ("app.js", b"fetch('/data.json')"),
        ]);
        let plan = plan(folder.path(), "https://a.example/shop").unwrap();
        assert_eq!(
            text(&plan, "blog/index.html").unwrap(),
            "<link href=\"../css/site.css?v=1\"><style>b{background:url(\"../img/a%20b.png\")}</style><a href=\"../index.html\">h</a><a href=\"../about.html#x\">a</a><a href=\"index.html\">b</a>\
             <a href=\"index.html\">b</a><a href=\"one.html\">o</a><a href=\"./one.html\">o</a><a href=\"/none\">n</a><a href=\"https://x.example/about\">x</a><a href=\"#top\">t</a>\
             <img src=\"../img/a b.png\" srcset=\"../img/a%20b.png 1x, ../img/b.png 2x\" alt=\"/about\" data-page=\"/about\"><script>go('/about')</script>"
        );
        assert_eq!(text(&plan, "index.html").unwrap(), "<a href=\"about.html\">a</a><a href=\"blog/index.html\">b</a>");
        assert_eq!(
            text(&plan, "404.html").unwrap(),
            "<link href=\"/shop/css/site.css\"><a href=\"/shop/index.html\">h</a><a href=\"/shop/about.html\">a</a>",
            "it is shown at any depth"
        );
        assert_eq!(
            text(&plan, "css/site.css").unwrap(),
            "@import \"more.css\"; a{background:url(\"../img/b.png\")} b{background:url(../img/b.png)}"
        );
        for path in ["about.html", "blog/one.html", "css/more.css", "app.js", "img/b.png"] {
            assert_eq!(text(&plan, path), None, "{path} is copied");
        }
        assert_eq!((plan.pages, &plan.notes), (6, &Vec::new()));
    }

    #[test]
    fn links_with_character_references_lead_to_the_files_they_name() {
        let page = "<a href=\"/about/?q=&lt;b&gt;\">1</a><a href='/about/?v=1&#43;2&amp;w=&copy=3'>2</a><a href=\"/tags/c&#43;&#43;/\">3</a>\
            <a href=\"&#x2F;about&#x2F;\">4</a><a href=/caf&eacute;.html>5</a><p style=\"background:url(&#34;/img/a&amp;b.png&#34;)\">\
            <noscript><img src=\"/img/a&amp;b.png\" srcset=\"/img/a&#38;b.png 1x&#44; /img/c%20d.png 2x\"></noscript>\
            <meta http-equiv=refresh content='0; url=&quot;/about/&quot;'><a href=\"https://x.example/?a=&lt;&#43;\" title='&#47;'>6</a>";
        let folder = site(&[
            ("deep/index.html", page.as_bytes()),
            ("about/index.html", b"x"),
            ("tags/c++/index.html", b"x"),
            ("café.html", b"x"),
            ("img/a&b.png", b"png"),
            ("img/c d.png", b"png"),
        ]);
        let plan = plan(folder.path(), "").unwrap();
        assert_eq!(
            text(&plan, "deep/index.html").unwrap(),
            "<a href=\"../about/index.html?q=&lt;b&gt;\">1</a><a href=\"../about/index.html?v=1+2&amp;w=&amp;copy=3\">2</a>\
             <a href=\"../tags/c++/index.html\">3</a><a href=\"../about/index.html\">4</a><a href=\"../café.html\">5</a>\
             <p style=\"background:url(&quot;../img/a&amp;b.png&quot;)\"><noscript><img src=\"../img/a&amp;b.png\" srcset=\"../img/a&amp;b.png 1x, ../img/c%20d.png 2x\"></noscript>\
             <meta http-equiv=refresh content=\"0; url=&quot;../about/index.html&quot;\"><a href=\"https://x.example/?a=&lt;&#43;\" title='&#47;'>6</a>"
        );
        assert!(plan.notes.is_empty());
    }

    #[test]
    fn a_name_with_a_colon_is_not_taken_for_a_scheme() {
        let folder = site(&[
            ("index.html", b"<a href=\"/a:b.html\">a</a><a href=\"/c/d:e.html\">d</a>"),
            ("a:b.html", b"<a href=\"/a:b.html\">a</a>"),
            ("c/d:e.html", b"<a href=\"/a:b.html\">a</a>"),
        ]);
        let plan = plan(folder.path(), "").unwrap();
        assert_eq!(text(&plan, "index.html").unwrap(), "<a href=\"./a:b.html\">a</a><a href=\"c/d:e.html\">d</a>");
        assert_eq!(text(&plan, "a:b.html").unwrap(), "<a href=\"./a:b.html\">a</a>");
        assert_eq!(text(&plan, "c/d:e.html").unwrap(), "<a href=\"../a:b.html\">a</a>");
    }

    #[test]
    fn pages_that_are_gone_to_or_shown_within_others_are_found_as_links_are() {
        let folder = site(&[
            ("index.html", b"x"),
            ("map/index.html", b"x"),
            ("about.html", b"x"),
            (
                "blog/index.html",
                b"<meta http-equiv=\"refresh\" content=\"0; url=/about.html\"><iframe src=\"/map/\"></iframe><object data=\"/map\"></object>\
                  <embed src=\"/about\"><img src=\"/map/\">",
            ),
            ("old.html", b"<meta http-equiv=\"refresh\" content=\"0;/map/#x\"><meta name=\"x\" content=\"0;/map/\">"),
        ]);
        let plan = plan(folder.path(), "").unwrap();
        assert_eq!(
            text(&plan, "blog/index.html").unwrap(),
            "<meta http-equiv=\"refresh\" content=\"0; url=../about.html\"><iframe src=\"../map/index.html\"></iframe><object data=\"../map/index.html\"></object>\
             <embed src=\"../about.html\"><img src=\"/map/\">"
        );
        assert_eq!(
            text(&plan, "old.html").unwrap(),
            "<meta http-equiv=\"refresh\" content=\"0;map/index.html#x\"><meta name=\"x\" content=\"0;/map/\">"
        );
    }

    #[test]
    fn search_engines_are_told_where_the_site_will_be_unless_it_does_so_itself() {
        let files: &[(&str, &[u8])] = &[
            ("index.html", b"x"),
            ("blog/index.html", b"x"),
            ("blog/my post.html", b"x"),
            ("hidden.html", b"<meta name=\"robots\" content=\"noindex\">"),
            ("404.html", b"x"),
            ("index.html.txt", b"x"),
        ];
        let folder = site(files);
        let told = plan(folder.path(), "https://a.example").unwrap();
        let map = text(&told, "sitemap.xml").unwrap();
        let listed: Vec<&str> = map.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next()).collect();
        assert_eq!(listed, ["https://a.example/blog/", "https://a.example/blog/my%20post.html", "https://a.example/"]);
        assert!(text(&told, "robots.txt").unwrap().ends_with("Sitemap: https://a.example/sitemap.xml\n"));
        assert!(!plan(folder.path(), "").unwrap().files.contains_key("robots.txt"));
        fs::write(folder.path().join("sitemap.xml"), "own").unwrap();
        fs::write(folder.path().join("robots.txt"), "own").unwrap();
        let own = plan(folder.path(), "https://a.example").unwrap();
        assert_eq!((text(&own, "sitemap.xml"), text(&own, "robots.txt")), (None, None));
    }

    #[test]
    fn what_cannot_be_turned_is_as_it_was_and_said() {
        let folder = site(&[
            ("base.html", b"<base href=\"/\"><a href=\"/about\">a</a>"),
            (
                "about.html",
                b"<script src=\"/node_modules/x/x.js\"></script><img src=\"/.private/a.png\" width=\".5\"><a href=\"/.well-known/a\">w</a>",
            ),
            ("latin.html", b"<a href=\"/about\">\xe9</a>"),
            (".well-known/a", b"x"),
            ("node_modules/x/x.js", b"x"),
            (".private/a.png", b"x"),
            ("merged.html", b"a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> theirs\n"),
        ]);
        let plan = plan(folder.path(), "").unwrap();
        assert_eq!((text(&plan, "base.html"), text(&plan, "latin.html")), (None, None));
        assert!(text(&plan, "about.html").unwrap().contains("href=\".well-known/a\""));
        assert_eq!(
            plan.notes,
            [
                ".private/a.png is left out of a build; about.html refers to it.",
                "base.html says by <base> what its links are relative to, so they are as they were.",
                "latin.html is no text in UTF-8, or too large; the links in it are as they were.",
                "merged.html has an unresolved merge conflict at line 2 column 1.",
                "node_modules/x/x.js is left out of a build; about.html refers to it.",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_site_of_files_is_what_a_server_would_show_of_it() {
        let folder = site(&[
            ("index.html", b""),
            (".git/config", b"x"),
            (".well-known/a", b""),
            ("node_modules/x/index.js", b""),
            ("a/b.css", b""),
            (".env", b"x"),
        ]);
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("a/link")).unwrap();
        let plan = plan(folder.path(), "").unwrap();
        assert_eq!(plan.files.keys().collect::<Vec<_>>(), [".well-known/a", "a/b.css", "index.html"]);
        assert_eq!(
            (plan.pages, plan.notes),
            (1, vec!["a/link was left out: it is a link to a folder, out of the site, or to a hidden file.".to_owned()])
        );
    }
}
