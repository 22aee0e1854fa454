//! Pages of a rendered site that are open show what is typed, before it is saved and without being loaded again.

use std::fs;

use backlot::app::{App, StartPreview};
use backlot::content::model::{Change, DocumentName};
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{Listening, get, port_of};
use crate::support::{TestWorkspace, open};

struct Stage {
    workspace: TestWorkspace,
    app: App,
    demo: Uuid,
    port: u16,
}

impl Stage {
    /// A bakery whose preview runs, with these documents open.
    fn new(documents: &[&str]) -> Self {
        let workspace = TestWorkspace::with_demo("bakery");
        workspace.share_previews();
        let app = open(&workspace);
        let demo = app.demo("one").unwrap().demo.id;
        let port = port_of(app.start_preview(demo, StartPreview::default()).unwrap().address().unwrap());
        for document in documents {
            app.open_document(demo, &name(document)).unwrap();
        }
        Self { workspace, app, demo, port }
    }

    /// Opens a page as a browser does: loads it, then listens.
    fn page(&self, path: &'static str) -> Open {
        let html = get(self.port, path).text();
        let (listening, hello) = Listening::begin_as(self.port, path);
        assert!(html.contains(&format!("data-version=\"{hello}\"")), "nothing was missed in between");
        Open { path, listening }
    }

    fn change(&self, document: &str, change: &Value) {
        let change: Change = serde_json::from_value(change.clone()).unwrap();
        self.app.change_document(self.demo, &name(document), &change).unwrap();
    }

    fn set(&self, document: &str, path: &[&str], value: &Value) {
        self.change(document, &json!({"kind": "set", "edits": [{"path": path, "value": value}]}));
    }
}

/// A page that is open.
struct Open {
    path: &'static str,
    listening: Listening,
}

impl Open {
    /// The next message that is about this page.
    fn next(&mut self) -> Value {
        loop {
            let message = self.listening.next().expect("the preview goes on");
            if message["page"] == self.path {
                return message;
            }
        }
    }
}

fn name(document: &str) -> DocumentName {
    document.parse().unwrap()
}

/// The names of the parts that a message is about.
fn names(message: &Value) -> Vec<&str> {
    assert_eq!(message["kind"], "parts", "{message}");
    message["parts"].as_array().unwrap().iter().map(|part| part["name"].as_str().unwrap()).collect()
}

#[test]
fn what_is_typed_is_painted_part_by_part_and_saving_it_paints_nothing() {
    let stage = Stage::new(&["pages/index", "global/footer", "theme"]);
    let mut home = stage.page("/");
    let mut about = stage.page("/about");

    stage.set("pages/index", &["widgets", "hero", "settings", "title"], &json!("Bread & <time>"));
    let message = home.next();
    assert_eq!(names(&message), ["widget:hero"]);
    let html = message["parts"][0]["html"].as_str().unwrap();
    assert!(html.contains("Bread &amp; &lt;time&gt;"), "{html}");
    assert!(!message["parts"][0]["before"].as_str().unwrap().contains("Bread &amp;"));
    assert!(get(stage.port, "/").text().contains("Bread &amp; &lt;time&gt;"), "who loads it now sees it too");
    let on_disk = || fs::read_to_string(stage.workspace.site("one").join("pages/index.json")).unwrap();
    assert!(!on_disk().contains("Bread &"), "it is not saved yet");

    // What is saved is what is shown: nothing is told of it. What is told next is the next edit.
    stage.app.flush(Some(stage.demo)).unwrap();
    assert!(on_disk().contains("Bread &"));
    stage.set("global/footer", &["settings", "tagline"], &json!("Closed on Mondays"));
    for page in [&mut home, &mut about] {
        assert_eq!(names(&page.next()), ["global:footer"], "it stands on every page");
    }

    // And back.
    stage.app.undo_document(stage.demo, &name("pages/index")).unwrap();
    let message = home.next();
    assert_eq!(names(&message), ["widget:hero"]);
    assert!(message["parts"][0]["before"].as_str().unwrap().contains("Bread &amp;"));

    // A colour of the theme is in the head of every page.
    let theme: Value = serde_json::from_str(&fs::read_to_string(stage.workspace.site("one").join("theme.json")).unwrap()).unwrap();
    let colors = theme["settings"]["global"]["colors"].as_array().unwrap();
    let at = colors.iter().position(|setting| setting["type"] == "color" && setting["outputAsCssVar"] == true).unwrap();
    stage.set("theme", &["settings", "global", "colors", &at.to_string(), "value"], &json!("#123456"));
    for page in [&mut home, &mut about] {
        let message = page.next();
        assert_eq!(names(&message), ["head:theme_settings"]);
        assert!(message["parts"][0]["html"].as_str().unwrap().contains("#123456"));
    }
    stage.app.close();
}

#[test]
fn what_is_no_change_within_parts_is_a_page_to_be_loaded() {
    let stage = Stage::new(&["pages/index"]);
    let mut home = stage.page("/");
    let mut about = stage.page("/about");
    stage.change("pages/index", &json!({"kind": "remove_widget", "widget": "hero"}));
    let message = home.next();
    assert_eq!((message["kind"].as_str(), message["page"].as_str()), (Some("page"), Some("/")));
    assert!(!get(stage.port, "/").text().contains("<!--backlot:widget:hero-->"));
    drop(home);

    // What others change on the disk is painted as well; another page is not told of this one.
    let id = stage.app.demo("one").unwrap().demo.id;
    assert_eq!(id, stage.demo);
    let home = stage.page("/");
    stage.workspace.json(&["page", "set", "one", "about", "/seo/title", "\"All about us\""]);
    let message = about.next();
    assert_eq!(names(&message), ["head:seo"]);
    assert!(message["parts"][0]["html"].as_str().unwrap().contains("All about us"));
    drop(home);

    // A page that was served and does not listen yet sees by the number that it is old.
    let html = get(stage.port, "/").text();
    stage.set("pages/index", &["seo", "title"], &json!("Meanwhile"));
    stage.set("pages/index", &["seo", "description"], &json!("And again"));
    super::http::until("the number is another one", || {
        let (_, hello) = Listening::begin_as(stage.port, "/");
        !html.contains(&format!("data-version=\"{hello}\""))
    });
    stage.app.close();
}

#[test]
fn pages_show_the_name_that_their_demo_has_now() {
    let stage = Stage::new(&[]);
    let mut home = stage.page("/");
    stage.app.rename(stage.demo, Some("Rye & Co"), None).unwrap();
    let message = home.next();
    assert!(names(&message).contains(&"head:seo") && message["parts"].to_string().contains(" - Rye &amp; Co</title>"), "{message}");
    assert!(get(stage.port, "/about").text().contains(" - Rye &amp; Co</title>"));
    drop(home);
    // By another process, and with another folder.
    stage.workspace.json(&["demo", "rename", "one", "two", "--name", "Crumb"]);
    super::http::until("the new name is shown", || get(stage.port, "/").text().contains(" - Crumb</title>"));
    stage.app.close();
}

#[test]
fn a_part_that_cannot_be_rendered_is_told_in_its_place_and_mended_there() {
    let stage = Stage::new(&["pages/index"]);
    let mut home = stage.page("/");
    let template = stage.workspace.site("one").join("widgets/hero/widget.liquid");
    let text = fs::read_to_string(&template).unwrap();
    fs::write(&template, "{% nonsense %}").unwrap();
    let message = home.next();
    assert_eq!(names(&message), ["widget:hero"]);
    let html = message["parts"][0]["html"].as_str().unwrap();
    assert!(html.contains("role=\"alert\"") && html.contains("widgets/hero/widget.liquid:1"), "{html}");
    fs::write(&template, text).unwrap();
    let mended = home.next();
    assert_eq!(mended["parts"][0]["html"], message["parts"][0]["before"]);
    stage.app.close();
}
