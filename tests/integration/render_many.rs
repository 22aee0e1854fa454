//! Pages of many widgets: of many kinds, in two engines at once, and with one of them changed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use backlot::render::Renderer;
use backlot::render::model::{Mode, PageRequest, Project};
use serde_json::{Value, json};

use crate::render::{Site, request};

/// A theme of many large widgets, each with settings, blocks, a style sheet and a script of its own. Fifty that differ in what
/// they use are in `render_theme.rs`.
fn theme_of(count: usize) -> Site {
    let site = Site::new(&[
        (
            "layout.liquid",
            "<html><head>{% seo %}{% theme_settings %}{% header_assets %}</head><body class=\"{{ body_class }}\">{{ header | raw }}<main>{{ main_content | raw }}</main>{% footer_assets %}</body></html>",
        ),
        (
            "snippets/card.liquid",
            "<div class=\"card\">{% render 'icon', name: icon %}<h3>{{ title }}</h3>{% if text != blank %}<p>{{ text | truncatewords: 12 }}</p>{% endif %}</div>",
        ),
        ("snippets/icon.liquid", "{% if icons[name] %}<svg>{{ icons[name].body | raw }}</svg>{% endif %}"),
        ("assets/icons.json", r#"{"prefix": "x", "icons": {"star": {"body": "<path d='M1 1'/>"}}}"#),
        (
            "theme.json",
            r##"{"settings": {"global": {"colors": [{"type": "color", "id": "ink", "default": "#111", "outputAsCssVar": true}]}}}"##,
        ),
        ("pages/global/header.json", r#"{"type": "header"}"#),
        ("widgets/global/header/widget.liquid", "<header>{% render 'menu', menu: widget.settings.menu, class_list: 'm' %}</header>"),
        ("widgets/global/header/schema.json", r#"{"settings": [{"type": "menu", "id": "menu", "default": "main"}]}"#),
        ("menus/main.json", r#"{"items": [{"label": "Home", "link": "index.html", "items": []}]}"#),
    ]);
    for number in 0..count {
        let kind = format!("kind-{number}");
        let schema = json!({
            "displayName": format!("Kind {number}"),
            "settings": [
                {"type": "text", "id": "title", "default": format!("Title {number}")}, {"type": "richtext", "id": "text", "default": "<p>Some <b>text</b></p>"},
                {"type": "select", "id": "tone", "default": "plain"}, {"type": "range", "id": "columns", "default": 3}, {"type": "image", "id": "image"},
                {"type": "link", "id": "link", "default": {"href": "index.html", "text": "More"}}
            ],
            "blocks": [{"type": "card", "settings": [{"type": "text", "id": "title", "default": "Card"}, {"type": "icon", "id": "icon", "default": "star"}]}]
        });
        let mut template = format!(
            "{{% enqueue_style src: '{kind}.css', priority: {number} %}}{{% enqueue_script src: '{kind}.js', defer: true %}}\
             <section id=\"{{{{ widget.id }}}}\" class=\"w tone-{{{{ widget.settings.tone }}}}\" data-widget-type=\"{kind}\">\n"
        );
        template.push_str(
            "  {% if widget.settings.title != blank %}{% if widget.index == 1 %}<h1>{{ widget.settings.title }}</h1>{% else %}<h2>{{ widget.settings.title }}</h2>{% endif %}{% endif %}
  {% unless widget.settings.text | rte_blank %}<div class=\"rich\">{{ widget.settings.text | raw }}</div>{% endunless %}
  {% assign columns = widget.settings.columns | at_least: 1 | at_most: 4 %}
  <div class=\"grid grid-{{ columns }}\">
    {% for id in widget.blocksOrder %}{% assign block = widget.blocks[id] %}
      {% case block.type %}{% when 'card' %}{% render 'card', title: block.settings.title, icon: block.settings.icon, text: block.settings.text %}{% else %}?{% endcase %}
    {% endfor %}
  </div>
  {% if widget.settings.image != blank %}{% image src: widget.settings.image, size: 'large', srcset: true %}{% else %}{% placeholder_image aspect: 'square' %}{% endif %}
  {% if widget.settings.link.text != blank %}<a href=\"{{ widget.settings.link.href }}\">{{ widget.settings.link.text }}</a>{% endif %}\n",
        );
        let _ = writeln!(template, "</section>{{% comment %}}{}{{% endcomment %}}", "x".repeat(300));
        site.write(&format!("widgets/{kind}/schema.json"), &schema.to_string());
        site.write(&format!("widgets/{kind}/widget.liquid"), &template);
    }
    let widgets: serde_json::Map<String, Value> = (0..count)
        .map(|number| {
            let blocks: serde_json::Map<String, Value> =
                (0..4).map(|block| (format!("b{block}"), json!({"type": "card", "settings": {"text": "Words & more words"}}))).collect();
            (
                format!("w{number}"),
                json!({"type": format!("kind-{number}"), "settings": {"title": format!("<{number}>")}, "blocks": blocks}),
            )
        })
        .collect();
    site.write("pages/index.json", &json!({"name": "Home", "uuid": "u-1", "widgets": widgets}).to_string());
    site
}

#[test]
fn a_page_of_fifty_large_widgets_renders_in_its_order() {
    let site = theme_of(50);
    let rendered = site.renderer().page(request("pages/index")).unwrap();
    assert_eq!(rendered.problems, []);
    let html = &rendered.html;
    assert_eq!((html.matches("<section").count(), html.matches("class=\"card\"").count(), html.matches("<h1>").count()), (50, 200, 1));
    assert!(
        html.contains("<h2>&lt;49&gt;</h2>")
            && html.contains("--colors-ink: #111;")
            && html.contains("<a class=\"\" href=\"/index.html\" aria-current=\"page\">Home</a>"),
        "{html}"
    );
    assert_eq!(html.matches("<link rel=\"stylesheet\" href=\"/widgets/kind-").count(), 50);
    assert!(
        html.find("kind-3.css").unwrap() < html.find("kind-40.css").unwrap()
            && html.find("kind-7.js").unwrap() > html.find("</main>").unwrap()
    );
}

#[test]
fn two_engines_make_what_one_makes_whatever_goes_wrong_in_either() {
    let site = theme_of(50);
    let alone = |source| Renderer::one_of_many(site.0.path()).page(request(source)).unwrap();
    assert_eq!(site.renderer().page(request("pages/index")).unwrap(), alone("pages/index"));
    for (number, template) in [
        (3, "{% for i in (1..100000000) %}{{ i }}{% endfor %}"),
        (17, "{% assign s = 'xxxxxxxx' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}{{ s }}"),
        (18, "{% nothing %}"),
        (40, "{% render 'absent' %}"),
    ] {
        site.write(&format!("widgets/kind-{number}/widget.liquid"), template);
    }
    let renderer = site.renderer();
    let together = renderer.page(request("pages/index")).unwrap();
    assert_eq!(together.problems.len(), 4);
    assert_eq!(together, alone("pages/index"));
    assert_eq!(renderer.page(request("pages/index")).unwrap(), together, "and what was made is known");
}

#[test]
fn what_is_typed_into_one_widget_costs_that_widget_and_the_layout() {
    let site = theme_of(12);
    let renderer = site.renderer();
    let first = renderer.page(request("pages/index")).unwrap();
    assert_eq!(renderer.parts_rendered().unwrap(), 14, "twelve widgets, the header and the layout");
    assert_eq!(renderer.page(request("pages/index")).unwrap(), first);
    assert_eq!(renderer.parts_rendered().unwrap(), 0, "nothing changed");
    let text = fs::read_to_string(site.0.path().join("pages/index.json")).unwrap().replace("\"<5>\"", "\"<new>\"");
    let overrides = BTreeMap::from([("pages/index.json".to_owned(), Arc::from(text))]);
    let edited = renderer.page(PageRequest { overrides, ..request("pages/index") }).unwrap();
    assert_eq!(renderer.parts_rendered().unwrap(), 2, "one widget and the layout");
    assert_eq!(edited.html, first.html.replace("&lt;5&gt;", "&lt;new&gt;"));
    site.write("snippets/card.liquid", "<i class=\"card\">{{ title }}</i>");
    assert!(renderer.page(request("pages/index")).unwrap().html.contains("<i class=\"card\">Card</i>"), "a snippet that changed is seen");
    site.write("theme.json", "{}");
    renderer.invalidate(&["theme.json".to_owned()]);
    assert!(!renderer.page(request("pages/index")).unwrap().html.contains("--colors-ink"));
}

#[test]
fn widgets_and_what_is_around_them_see_page_and_project_and_only_who_asks_is_rendered_again() {
    let said = "[{{ page.name }}|{{ page.slug }}|{{ page.seo.description }}|{{ project.name }}|{{ page.widgets }}]";
    let site = Site::new(&[
        ("layout.liquid", "<main>{{ header | raw }}{{ main_content | raw }}{{ footer | raw }}</main>"),
        ("widgets/asks/widget.liquid", said),
        ("widgets/includes/widget.liquid", "{% include 'said' %}"),
        ("widgets/renders/widget.liquid", "{% render 'said' %}"),
        ("widgets/hands-on/widget.liquid", "{% render 'handed', name: page.name %}"),
        ("widgets/silent/widget.liquid", "<b class=\"page-title\">{{ page_title }}</b>"),
        ("widgets/global/header/widget.liquid", "<h1>{{ page.name }}</h1>"),
        ("widgets/global/footer/widget.liquid", "<i>{{project.name}}</i>"),
        ("snippets/said.liquid", said),
        ("snippets/handed.liquid", "({{ name }}{{ page.name }})"),
        ("pages/global/header.json", "{}"),
        ("pages/global/footer.json", "{}"),
        (
            "collection-types/news/schema.json",
            r#"{"type": "news", "slugPrefix": "news", "hasItemPages": true, "settings": [{"type": "text", "id": "title", "usedAsTitle": true}]}"#,
        ),
        ("collection-types/news/template.liquid", "{{ page.name }} by {{ project.name }}"),
        ("collections/news/open.json", r#"{"uuid": "u-1", "settings": {"title": "We are open"}}"#),
        (
            "pages/index.json",
            r#"{"name": "Home", "seo": {"description": "Us"}, "widgets": {
            "a": {"type": "asks"}, "b": {"type": "includes"}, "c": {"type": "renders"}, "d": {"type": "hands-on"}, "e": {"type": "silent"}}}"#,
        ),
    ]);
    let renderer = site.renderer();
    let shown = |source: &str, overrides: &[(&str, &str)]| {
        let project = Project { name: "Morrow".to_owned(), ..Project::default() };
        let overrides = overrides.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text))).collect();
        let rendered = renderer.page(PageRequest { project, overrides, mode: Mode::Publish, ..request(source) }).unwrap();
        assert_eq!(rendered.problems, []);
        rendered.html
    };
    let all = "[Home|index|Us|Morrow|]";
    let nothing = "[||||]";
    let html = format!("<main><h1>Home</h1>{all}{all}{nothing}(Home)<b class=\"page-title\"></b><i>Morrow</i></main>");
    assert_eq!(shown("pages/index", &[]), html);
    let page = fs::read_to_string(site.0.path().join("pages/index.json")).unwrap().replace("\"Home\"", "\"Start\"");
    assert_eq!(shown("pages/index", &[("pages/index.json", &page)]), html.replace("Home", "Start"));
    assert_eq!(renderer.parts_rendered().unwrap(), 5, "the header, three widgets and the layout");
    assert_eq!(shown("collections/news/open", &[]), "<main><h1>We are open</h1>We are open by Morrow<i>Morrow</i></main>");
}
