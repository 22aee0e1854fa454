//! Pages to HTML: the starters, what goes wrong, and what is meant to do harm.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backlot::render::Renderer;
use backlot::render::model::{Mode, PageRequest, Part, Project, Rendered, Source};
use serde_json::{Value, json};

fn starter(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("starters").join(name)
}

/// A site in a temp folder, of these files.
pub struct Site(pub tempfile::TempDir);

impl Site {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.write(
            "layout.liquid",
            "<title>{{ page_title }}</title>{{ header | raw }}<main>{{ main_content | raw }}</main>{{ footer | raw }}",
        );
        for (path, text) in files {
            site.write(path, text);
        }
        site
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn renderer(&self) -> Renderer {
        Renderer::new(self.0.path())
    }
}

/// A page of these widgets, each of a type of its own name.
fn page(widgets: &[&str]) -> String {
    let entries: serde_json::Map<String, Value> =
        widgets.iter().map(|kind| (format!("id-{kind}"), json!({ "type": kind, "settings": {} }))).collect();
    json!({ "name": "Page", "widgets": entries }).to_string()
}

/// A page to be rendered.
pub fn request(source: &str) -> PageRequest {
    PageRequest::new(source.parse().unwrap())
}

fn main_of(rendered: &Rendered) -> &str {
    rendered.html.split("<main>").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap()
}

#[test]
fn every_page_of_every_starter_renders_for_both_uses() {
    for name in ["bakery", "portfolio", "saas"] {
        let site = starter(name);
        let renderer = Renderer::new(&site);
        let routes = renderer.routes().unwrap();
        assert!(routes.len() >= 4, "{name}");
        for route in routes {
            for mode in [Mode::Preview, Mode::Publish] {
                let rendered = renderer.page(PageRequest { mode, ..PageRequest::new(route.source.clone()) }).unwrap();
                assert_eq!(rendered.problems, [], "{name}/{}", route.source);
                let html = &rendered.html;
                assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{name}/{}", route.source);
                assert!(
                    !html.contains("{{") && !html.contains("{%") && !html.contains("[object Object]") && !html.contains("undefined"),
                    "{html}"
                );
                assert_eq!(html.matches("<h1").count(), 1, "{name}/{} has one h1", route.source);
                for used in rendered.used.iter().filter(|path| path.starts_with("assets/") || path.starts_with("uploads/")) {
                    assert!(site.join(used).is_file(), "{name}/{} uses {used}", route.source);
                }
                let absolute = html.contains("=\"/assets/") || html.contains("=\"/uploads/") || html.contains("href=\"/index.html\"");
                assert_eq!(absolute, mode == Mode::Preview, "{name}/{}", route.source);
                assert_eq!(html.contains("<!--backlot:"), mode == Mode::Preview);
                let opened = html.matches("<!--backlot:widget:").count();
                assert_eq!(opened, html.matches("<!--/backlot:widget:").count());
            }
        }
    }
}

/// A page that has one widget of every type a theme knows, with nothing set in it.
fn with_defaults_only(site: &Path) -> (Vec<String>, BTreeMap<String, Arc<str>>) {
    let mut kinds: Vec<String> =
        fs::read_dir(site.join("widgets")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    kinds.retain(|kind| kind != "global");
    kinds.extend(["core-divider", "core-spacer", "core-form"].map(str::to_owned));
    kinds.sort();
    let kinds_and_global: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let bare = page(&kinds_and_global);
    let overrides = [
        ("pages/index.json", bare.as_str()),
        ("pages/global/header.json", r#"{"type": "header"}"#),
        ("pages/global/footer.json", r#"{"type": "footer"}"#),
        ("theme.json", "{}"),
    ];
    (kinds, overrides.map(|(path, text)| (path.to_owned(), Arc::from(text))).into())
}

#[test]
fn every_widget_renders_with_nothing_but_its_schemas_defaults() {
    for name in ["bakery", "portfolio", "saas"] {
        let site = starter(name);
        let (kinds, overrides) = with_defaults_only(&site);
        let renderer = Renderer::new(&site);
        let rendered = renderer.page(PageRequest { overrides: overrides.clone(), ..request("pages/index") }).unwrap();
        assert_eq!(rendered.problems, [], "{name}");
        for kind in kinds {
            let part = Part::Widget(format!("id-{kind}"));
            let alone = renderer.part(PageRequest { overrides: overrides.clone(), ..request("pages/index") }, part).unwrap();
            assert!(alone.html.contains(&format!("data-widget-type=\"{kind}\"")), "{name}/{kind}: {}", alone.html);
            assert!(rendered.html.contains(&alone.html), "{name}/{kind} is the same alone and in its page");
        }
    }
}

#[test]
fn an_error_in_one_widget_shows_in_its_place_with_file_and_line() {
    let site = Site::new(&[
        ("widgets/good/widget.liquid", "<p>good {{ widget.index }}</p>"),
        ("widgets/parse/widget.liquid", "<p>\n{% if widget %}\n<b>"),
        ("widgets/tag/widget.liquid", "<p>\n\n{% nothing %}"),
        ("widgets/snippet/widget.liquid", "{% render 'outer' %}"),
        ("widgets/absent/widget.liquid", "\n{% render 'absent' %}"),
        ("snippets/outer.liquid", "\n{% render 'inner' %}"),
        ("snippets/inner.liquid", "<script>\n\n{{ 'x' | date: }\n"),
        ("pages/global/header.json", "{"),
        ("pages/index.json", &page(&["good", "parse", "tag", "snippet", "absent", "nowhere", "good-2"])),
        ("widgets/good-2/widget.liquid", "<p>last</p>"),
        ("widgets/good-2/schema.json", "{"),
    ]);
    let renderer = site.renderer();
    let rendered = renderer.page(request("pages/index")).unwrap();
    let told: Vec<_> = rendered.problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
    let places = [
        ("pages/global/header.json", 1),
        ("widgets/parse/widget.liquid", 2),
        ("widgets/tag/widget.liquid", 3),
        ("snippets/inner.liquid", 3),
        ("widgets/absent/widget.liquid", 2),
        ("widgets/nowhere/widget.liquid", 0),
        ("widgets/good-2/schema.json", 1),
    ];
    assert_eq!(told, places);
    let main = main_of(&rendered);
    assert!(main.contains("<p>good 1</p>") && main.contains("<p>last</p>"), "{main}");
    assert_eq!(main.matches("role=\"alert\"").count(), 5);
    assert!(main.contains("tag &quot;nothing&quot; not found") && main.contains("widgets/tag/widget.liquid:3"), "{main}");
    assert!(!main.contains("<script>"), "what a template says is no markup in a message: {main}");
    let published = renderer.page(PageRequest { mode: Mode::Publish, ..request("pages/index") }).unwrap();
    assert!(
        published.html.contains("<!-- widgets/tag/widget.liquid:3: tag \"nothing\" not found -->")
            && !published.html.contains("role=\"alert\"")
    );
    assert_eq!(published.problems, rendered.problems);

    site.write("layout.liquid", "<html>\n{% seo %}\n{% broken %}");
    let without_layout = renderer.page(request("pages/index")).unwrap();
    assert!(without_layout.html.contains("layout.liquid:3") && without_layout.html.contains("<p>good 1</p>"), "{}", without_layout.html);
}

#[test]
fn what_a_theme_says_of_itself_is_in_the_language_of_its_layout() {
    let site = Site::new(&[
        ("layout.liquid", "<html lang=\"{{ theme.general.language | default: 'de' }}\"><main>{{ main_content | raw }}</main>"),
        ("locales/en.json", r#"{"hero": {"title": "Welcome", "more": "More"}}"#),
        ("locales/de.json", r#"{"hero": {"title": "Willkommen"}}"#),
        ("locales/fr.json", r#"{"hero": {"title": "Bienvenue", "more": "Plus"}}"#),
        ("widgets/hero/widget.liquid", "{{ widget.settings.title }} {{ widget.settings.more }}"),
        (
            "widgets/hero/schema.json",
            r#"{"settings": [{"type": "text", "id": "title", "default": "tTheme:hero.title"}, {"type": "text", "id": "more", "default": "tTheme:hero.more"}]}"#,
        ),
        ("pages/index.json", &page(&["hero"])),
    ]);
    let renderer = site.renderer();
    let shown = |overrides: &[(&str, &str)]| {
        let overrides = overrides.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text))).collect();
        let rendered = renderer.page(PageRequest { mode: Mode::Publish, overrides, ..request("pages/index") }).unwrap();
        assert_eq!(rendered.problems, []);
        main_of(&rendered).to_owned()
    };
    assert_eq!(shown(&[]), "Willkommen More", "what German lacks is English");
    let french = r#"{"settings": {"global": {"general": [{"type": "text", "id": "language", "value": "fr-CA"}]}}}"#;
    assert_eq!(shown(&[("theme.json", french)]), "Bienvenue Plus", "also if it is not saved yet");
    let silent = "<html><main>{{ main_content | raw }}</main>";
    assert_eq!(shown(&[("layout.liquid", silent)]), "Welcome More");
}

#[test]
fn what_is_not_there_is_told_as_an_error() {
    let site = Site::new(&[("pages/index.json", &page(&[])), ("pages/broken.json", "{"), ("pages/list.json", "[]")]);
    let renderer = site.renderer();
    let code = |source: &str| format!("{:?}", renderer.page(request(source)).unwrap_err().code);
    assert_eq!(
        (code("pages/none"), code("pages/broken"), code("pages/list"), code("collections/a/b")),
        ("NotFound".into(), "Corrupt".into(), "Corrupt".into(), "NotFound".into())
    );
    assert!(renderer.part(request("pages/index"), Part::Widget("x".to_owned())).is_err());
    fs::remove_file(site.0.path().join("layout.liquid")).unwrap();
    assert_eq!(code("pages/index"), "WrongState");
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_site_is_rendered() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("secret.liquid"), "SECRET").unwrap();
    fs::create_dir(out.path().join("widget")).unwrap();
    fs::write(out.path().join("widget/widget.liquid"), "SECRET").unwrap();
    let secret = out.path().join("secret.liquid");
    let reach = |kind: &str| json!({"type": kind});
    let widgets = json!({
        "a": reach("linked"), "b": reach("../../secret"), "c": reach("/etc"), "d": reach("folder"), "e": reach(".."), "f": reach("a/b"), "g": {"type": 7},
        "h": reach("reader"), "i": {"settings": {}}
    });
    let site = Site::new(&[
        ("pages/index.json", &json!({ "widgets": widgets }).to_string()),
        ("widgets/reader/widget.liquid", "{% render '../../secret' %}"),
        ("widgets/linked/schema.json", "{}"),
        ("pages/other.json", &page(&["abs"])),
        ("widgets/abs/widget.liquid", &format!("{{% render '{}' %}}", secret.display())),
    ]);
    std::os::unix::fs::symlink(&secret, site.0.path().join("widgets/linked/widget.liquid")).unwrap();
    std::os::unix::fs::symlink(out.path().join("widget"), site.0.path().join("widgets/folder")).unwrap();
    std::os::unix::fs::symlink(out.path(), site.0.path().join("snippets")).unwrap();
    let renderer = site.renderer();
    let rendered = renderer.page(request("pages/index")).unwrap();
    assert!(!rendered.html.contains("SECRET"), "{}", rendered.html);
    // Of the folder that is a link neither the template nor the schema is read.
    assert_eq!(rendered.problems.len(), 10, "{:?}", rendered.problems);
    assert!(!renderer.page(request("pages/other")).unwrap().html.contains("SECRET"));
}

#[test]
fn templates_that_do_harm_are_stopped_and_the_next_is_unharmed() {
    let hostile: Vec<(&str, String)> = vec![
        ("endless", "{% for i in (1..100000000) %}{{ i }}{% endfor %}".to_owned()),
        ("nested", format!("{}x{}", "{% for i in (1..1000) %}".repeat(8), "{% endfor %}".repeat(8))),
        ("silent", format!("{}{}", "{% for i in (1..1000) %}{% assign a = i %}".repeat(8), "{% endfor %}".repeat(8))),
        ("doubling", "{% assign s = 'xxxxxxxx' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}{{ s }}".to_owned()),
        ("captured", format!("{{% capture s %}}x{{% endcapture %}}{}{{{{ s }}}}", "{% capture s %}{{ s }}{{ s }}{% endcapture %}".repeat(60))),
        ("replaced", "{% assign s = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..20) %}{% assign s = s | replace: 'x', s %}{% endfor %}{{ s | size }}".to_owned()),
        ("listed", "{% assign a = 'a,b' | split: ',' %}{% for i in (1..40) %}{% assign a = a | concat: a %}{% endfor %}{{ a | size }}".to_owned()),
        ("deep", format!("{}x{}", "{% if true %}".repeat(20_000), "{% endif %}".repeat(20_000))),
        ("deep-loops", format!("{}x{}", "{% for i in (1..1) %}".repeat(5_000), "{% endfor %}".repeat(5_000))),
        ("itself", "{% render 'itself' %}".to_owned()),
        ("included", "{% include 'included' %}".to_owned()),
        ("twice", "{% render 'twice' %}{% render 'twice' %}".to_owned()),
        ("ping", "{% render 'pong' %}".to_owned()),
        ("pong", "{% render 'ping' %}".to_owned()),
        ("frame", "{% layout 'frame' %}".to_owned()),
        ("padded", "{{ '2026-01-01 10:00' | date: '%99999999999Y' }}".to_owned()),
        ("sorted", "{% assign a = (1..300000) %}{% for i in (1..100) %}{% assign b = a | sort | reverse | uniq %}{% endfor %}".to_owned()),
        ("expressed", "{% assign a = (1..100000) %}{% assign b = a | where_exp: 'x', 'x == 1 or x == 2' | size %}{{ b }}".to_owned()),
        ("stripped", "{% capture s %}{% for i in (1..60000) %}<{% endfor %}{% endcapture %}{{ s | strip_html | rte_text | rte_blank }}{% for i in (1..999) %}{{ s | rte_text }}{% endfor %}".to_owned()),
        ("spaced", "{% capture s %}{% for i in (1..60000) %} {% endfor %}x{% endcapture %}{% for i in (1..999) %}{{ s | strip | handleize | rte_text | size }}{% endfor %}".to_owned()),
        ("cycled", "{% for i in (1..9999999) %}{% increment a %}{% cycle 1, 2 %}{% endfor %}".to_owned()),
        ("table", "{% tablerow i in (1..9999999) cols: 1 %}{{ i }}{% endtablerow %}".to_owned()),
        ("huge", "<p>".repeat(3_000_000)),
        ("outputs", "{{ 'x' }}".repeat(400_000)),
        ("open", "{{ ".repeat(200_000)),
        ("quotes", format!("{{{{ {} }}}}", "'\\".repeat(200_000))),
        ("ands", format!("{{% if {} %}}x{{% endif %}}", vec!["true"; 100_000].join(" and "))),
        ("filters", format!("{{{{ 1 {} }}}}", "| plus: 1 ".repeat(100_000))),
        ("path", format!("{{{{ a{} }}}}", "[0]".repeat(100_000))),
        ("brackets", format!("{{{{ a{} }}}}", "[a".repeat(50_000))),
        ("ranges", "{% for i in (1..2) %}{{ (1..50000000) | join }}{% endfor %}".to_owned()),
    ];
    let site =
        Site::new(&[("widgets/good/widget.liquid", "<p>{{ 'still' | append: ' here' }}</p>"), ("pages/good.json", &page(&["good"]))]);
    for (name, text) in &hostile {
        site.write(&format!("widgets/{name}/widget.liquid"), text);
        site.write(&format!("snippets/{name}.liquid"), text);
        site.write(&format!("pages/{name}.json"), &page(&[name, "good"]));
    }
    let renderer = site.renderer();
    for (name, _) in &hostile {
        let start = Instant::now();
        let rendered = renderer.page(request(&format!("pages/{name}"))).unwrap();
        let took = start.elapsed();
        let message = rendered.problems.first().map_or("rendered", |problem| problem.message.as_str());
        eprintln!("{name}: {message} ({took:?}, {} bytes)", rendered.html.len());
        let harmless = ["spaced", "expressed", "ands", "filters", "path", "huge", "outputs", "padded"];
        assert!(!rendered.problems.is_empty() || harmless.contains(name), "{name} was not stopped");
        assert!(rendered.html.contains("<p>still here</p>"), "{name} took the rest of its page with it");
        assert!(took < Duration::from_secs(30), "{name} took {took:?}");
        assert!(main_of(&renderer.page(request("pages/good")).unwrap()).contains("<p>still here</p>"), "{name} harmed the next page");
    }
}

#[test]
fn parts_that_were_left_out_for_want_of_time_are_there_once_what_took_it_is_mended() {
    let loops: Vec<String> = (1..=6).map(|number| format!("loop-{number}")).collect();
    let kinds: Vec<&str> = loops.iter().map(String::as_str).chain(["good"]).collect();
    let site = Site::new(&[("widgets/good/widget.liquid", "<p>good</p>"), ("pages/index.json", &page(&kinds))]);
    let write = |text: &str| loops.iter().for_each(|kind| site.write(&format!("widgets/{kind}/widget.liquid"), text));
    write(&format!("{}{}", "{% for i in (1..1000) %}{% assign a = i %}".repeat(8), "{% endfor %}".repeat(8)));
    let renderer = site.renderer();
    let first = renderer.page(request("pages/index")).unwrap();
    let left_out = |rendered: &Rendered| rendered.problems.iter().filter(|problem| problem.message.ends_with("was left out.")).count();
    assert_eq!((first.problems.len(), left_out(&first), first.is_lasting), (7, 2, false), "{:?}", first.problems);
    assert!(!first.html.contains("The layout could not be shown"), "the layout has time of its own: {}", first.html);
    // Five of them are known by now, so that there is time for the others.
    let second = renderer.page(request("pages/index")).unwrap();
    assert_eq!((second.problems.len(), left_out(&second), second.is_lasting), (6, 0, true), "{:?}", second.problems);
    assert!(main_of(&second).contains("<p>good</p>"));

    // The same in a new renderer, where they are mended right after.
    let renderer = site.renderer();
    assert_eq!(left_out(&renderer.page(request("pages/index")).unwrap()), 2);
    write("<i>mended</i>");
    let mended = renderer.page(request("pages/index")).unwrap();
    assert_eq!((&mended.problems, mended.is_lasting), (&Vec::new(), true));
    assert_eq!((mended.html.matches("<i>mended</i>").count(), mended.html.matches("<p>good</p>").count()), (6, 1));
}

#[test]
fn templates_see_what_they_are_given_and_nothing_of_the_engine() {
    let probes = [
        "widget.constructor",
        "widget.settings.constructor.constructor",
        "widget.__proto__",
        "'x'.constructor",
        "widget.toString",
        "globals.constructor",
        "backlot",
        "globalThis",
        "define",
        "Function",
        "widget.settings.__proto__.polluted",
        "widget['constructor']['prototype']",
        "theme.__proto__",
        "icons.constructor",
        "mediaFiles.__proto__",
        "mediaFiles.hasOwnProperty",
    ];
    let template: Vec<String> = probes.iter().map(|probe| format!("[{{{{ {probe} }}}}]")).collect();
    let template = template.concat();
    let polluting = r#"{"widgets": {"w": {"type": "probe", "settings": {"__proto__": {"polluted": "yes"}, "constructor": "mine", "title": "<b>\"'&"}}}}"#;
    let site = Site::new(&[
        (
            "widgets/probe/widget.liquid",
            &format!(
                "{template}{{{{ widget.settings.title }}}}{{{{ 'x' | map: 'constructor' | join }}}}{{{{ '__proto__' | media_meta: 'constructor' }}}}{{{{ 'constructor' | collection | size }}}}"
            ),
        ),
        ("pages/index.json", polluting),
    ]);
    let rendered = site.renderer().page(request("pages/index")).unwrap();
    assert_eq!(rendered.problems, []);
    let main = main_of(&rendered).replace("[]", "");
    assert_eq!(main, "<!--backlot:widget:w-->[yes]&lt;b&gt;&#34;&#39;&amp;0<!--/backlot:widget:w-->", "only what the page itself says");
}

#[test]
fn a_collection_is_listed_and_its_items_have_pages() {
    let item = |title: &str, date: &str, created: &str| {
        json!({"uuid": format!("u-{title}"), "created": created, "settings": {"title": title, "date": date, "body": "<p><a href=\"about.html\">x</a></p>"}}).to_string()
    };
    let site = Site::new(&[
        ("layout.liquid", "{% seo %}<body class=\"{{ body_class }}\">{% asset src: 'base.css' %}{{ header | raw }}<main>{{ main_content | raw }}</main>"),
        ("collection-types/news/schema.json", r#"{"type": "news", "slugPrefix": "journal", "hasItemPages": true, "defaultSort": "date_desc", "settings": [
            {"type": "text", "id": "title", "required": true, "usedAsTitle": true}, {"type": "date", "id": "date", "usedAsDate": true},
            {"type": "richtext", "id": "body"}, {"type": "text", "id": "by", "default": "Staff"}]}"#),
        ("collection-types/news/template.liquid", "<h1>{{ item.settings.title }}</h1>{{ item.settings.date | format_date }} {{ item.settings.by }} {{ item.settings.body | raw }}{{ collection.slugPrefix }} {{ item.url }}"),
        ("collections/news/first.json", &item("First", "2026-01-05", "2026-01-01T00:00:00Z")),
        ("collections/news/second.json", &item("second", "", "2026-01-02T00:00:00Z")),
        ("collections/news/third.json", &item("Third", "2026-03-01", "2026-01-03T00:00:00Z")),
        ("collections/news/empty.json", r#"{"settings": {"title": " "}}"#),
        ("collections/news/broken.json", "{"),
        ("collections/news/_order.json", r#"{"order": ["second", "gone", "first"]}"#),
        ("widgets/list/widget.liquid", "{% for sort in widget.settings.sorts %}{% assign items = 'news' | collection: sort: sort %}{{ sort }}:{% for item in items %}{{ item.slug }} {% endfor %};{% endfor %}{% assign some = 'news' | collection: limit: 1, offset: 1 %}{{ some[0].url }} {{ 'none' | collection | size }}"),
        ("pages/index.json", &json!({"name": "Home", "widgets": {"w": {"type": "list", "settings": {"sorts": ["manual", "created_desc", "created_asc", "title_asc", "title_desc", "date_desc", "date_asc", "odd"]}}}}).to_string()),
        ("pages/about.json", r#"{"uuid": "u-about", "widgets": {}}"#),
        ("pages/global/header.json", r#"{"type": "header", "settings": {"link": {"href": "x", "text": "T", "collectionItemUuid": "u-Third"}, "menu": "main"}}"#),
        ("widgets/global/header/widget.liquid", "{{ widget.settings.link.href }} {% render 'menu', menu: widget.settings.menu %}"),
        ("widgets/global/header/schema.json", r#"{"settings": [{"type": "menu", "id": "menu"}]}"#),
        ("menus/main.json", r#"{"items": [{"label": "Third", "collectionItemUuid": "u-Third"}, {"label": "About", "link": "about.html"}]}"#),
    ]);
    let renderer = site.renderer();
    let rendered = renderer.page(request("pages/index")).unwrap();
    let told: Vec<(&str, u32)> = rendered.problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
    assert_eq!(told, [("collections/news/broken.json", 1)], "lists are without it");
    let main = main_of(&rendered);
    for list in [
        "manual:second first third ;",
        "created_desc:third second first ;",
        "created_asc:first second third ;",
        "title_asc:first second third ;",
        "title_desc:third second first ;",
        "date_desc:third first second ;",
        "date_asc:first third second ;",
        "odd:third first second ;",
    ] {
        assert!(main.contains(list), "{list} in {main}");
    }
    assert!(main.contains(";/journal/first.html 0<"), "{main}");
    assert!(rendered.used.contains("collections/news/third.json"));

    let files: Vec<String> = renderer.routes().unwrap().into_iter().map(|route| route.file).collect();
    assert_eq!(files, ["about.html", "index.html", "journal/first.html", "journal/second.html", "journal/third.html"]);
    assert_eq!(renderer.route("/journal/third").unwrap().unwrap().source, Source::Item("news".to_owned(), "third".to_owned()));
    assert_eq!((renderer.route("/").unwrap().unwrap().file, renderer.route("/no").unwrap()), ("index.html".to_owned(), None));

    let item = PageRequest {
        mode: Mode::Publish,
        project: Project { site_url: "https://x.example".to_owned(), ..Project::default() },
        ..request("collections/news/third")
    };
    let html = renderer.page(item).unwrap().html;
    for expected in [
        "<title>Third</title>",
        "href=\"https://x.example/journal/third.html\"",
        "class=\"collection-news item-third\"",
        "href=\"../assets/base.css\"",
        "<h1>Third</h1>March 1, 2026 Staff <p><a href=\"../about.html\">",
        "journal ../journal/third.html",
        "href=\"../journal/third.html\" aria-current=\"page\">Third",
        "href=\"../about.html\">About",
    ] {
        assert!(html.contains(expected), "{expected} in {html}");
    }
}
