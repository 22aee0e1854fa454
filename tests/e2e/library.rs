//! A demo's media in the real window: brought in by the hundred, hostile ones among them, replaced.

use crate::window::{SOON, Stage, Window, names_in, wait};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

fn with_demo() -> Stage {
    let stage = Stage::new();
    stage.backlot(&["demo", "create", "corner", "--template", "bakery", "--name", "Corner Bakery"]);
    stage
}

fn open_library(stage: &Stage) -> Window {
    let window = stage.open();
    window.see("badge-corner");
    window.click("tab-media");
    window.see("media-hero.jpg");
    window
}

fn listed(stage: &Stage) -> Vec<Value> {
    let listing: Value = serde_json::from_str(&stage.backlot(&["--json", "media", "list", "corner"])).unwrap();
    listing["files"].as_array().unwrap().clone()
}

/// What is in a folder of the site that no entry of the catalogue names, and what is named and not there.
fn strays(stage: &Stage) -> Vec<String> {
    let site = stage.demo("corner").join("site");
    let mut named: Vec<String> = listed(stage)
        .iter()
        .flat_map(|item| {
            let sizes = item["sizes"].as_object().into_iter().flat_map(|sizes| sizes.values()).map(|size| size["path"].clone());
            sizes.chain([item["path"].clone()]).filter_map(|path| path.as_str().map(str::to_owned)).collect::<Vec<_>>()
        })
        .collect();
    named.sort();
    let mut there: Vec<String> = names_in(&site.join("uploads/images")).into_iter().map(|name| format!("/uploads/images/{name}")).collect();
    there.sort();
    let missing = named.iter().filter(|path| !site.join(&path[1..]).exists()).cloned();
    there.iter().filter(|path| !named.contains(path)).cloned().chain(missing).collect()
}

/// A picture that no other is like.
fn picture(path: &Path, number: u8) {
    static SCENE: LazyLock<image::RgbImage> = LazyLock::new(|| {
        image::RgbImage::from_fn(800, 600, |x, y| {
            let mix = (x.wrapping_mul(31) ^ y.wrapping_mul(17)) % 251;
            image::Rgb([u8::try_from(mix).unwrap(), u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap()])
        })
    });
    let mut pixels = SCENE.clone();
    for at in 0..64 {
        pixels.put_pixel(at, at, image::Rgb([number, number ^ 0xff, 0]));
    }
    pixels.save(path).unwrap();
}

#[test]
fn two_hundred_pictures_are_brought_in_until_it_is_stopped_half_way() {
    let stage = with_demo();
    let before = listed(&stage).len();
    let folder = stage.work().join("shoot");
    fs::create_dir(&folder).unwrap();
    for number in 0..200 {
        picture(&folder.join(format!("photo-{number:03}.jpg")), number);
    }
    let window = open_library(&stage);
    window.drop_files(&[&folder]);
    window.see("media-import");
    wait(Duration::from_secs(60), || (listed(&stage).len() > before + 20).then_some(())).expect("pictures come in");
    window.screenshot("import");
    window.click("media-import-cancel");
    window.see("media-summary");
    let added = listed(&stage).len() - before;
    assert!((20..200).contains(&added), "{added} were added");
    assert_eq!(strays(&stage), [""; 0], "what was brought in is whole, and nothing else is there");
    window.is_accessible("the library after an import");
}

#[test]
fn a_hostile_drawing_is_made_harmless_and_a_disguised_page_is_refused() {
    let stage = with_demo();
    let evil = stage.work().join("evil.svg");
    let text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\" onload=\"document.title='owned'\">\
        <script>document.title='owned'</script><a href=\"javascript:alert(1)\"><rect width=\"10\" height=\"10\" fill=\"red\"/></a>\
        <image href=\"http://127.0.0.1:1/x.png\"/></svg>";
    fs::write(&evil, text).unwrap();
    let window = open_library(&stage);
    window.drop_files(&[&evil]);
    window.see("media-evil.svg");
    window.click("media-summary-close");
    let kept = fs::read_to_string(stage.demo("corner").join("site/uploads/images/evil.svg")).unwrap();
    for danger in ["script", "onload", "javascript", "127.0.0.1"] {
        assert!(!kept.contains(danger), "{danger} is in {kept}");
    }
    assert_ne!(window.run("return document.title"), "owned");

    let page = stage.work().join("photo.jpg");
    fs::write(&page, "<!doctype html><script>alert(1)</script>").unwrap();
    window.choose(&page, |window| window.click("media-add"));
    window.see_text("media-summary", "1 refused", SOON);
    window.click("media-summary-more");
    window.see_text("media-summary", "photo.jpg", SOON);
    assert_eq!(strays(&stage), [""; 0]);
}

#[test]
fn a_picture_that_three_pages_show_is_replaced_on_all_of_them() {
    let stage = with_demo();
    let old = "/uploads/images/hero.jpg";
    for page in ["index", "about", "menu"] {
        stage.backlot(&["page", "set", "corner", page, "/seo/og_image", &format!("\"{old}\"")]);
    }
    let new = stage.work().join("New front.png");
    picture(&new, 7);
    let window = open_library(&stage);
    window.click("media-hero.jpg");
    window.see_text("media-uses", "Menu", SOON);
    window.screenshot("media-details");
    window.choose(&new, |window| window.click("media-replace"));
    let path = wait(SOON, || {
        let item = listed(&stage).into_iter().find(|item| item["originalName"] == "New front.png")?;
        Some(item["path"].as_str().unwrap().to_owned())
    });
    let path = path.expect("the file was replaced");
    assert_eq!(Path::new(&path).extension().unwrap(), "png", "{path}");
    for page in ["index", "about", "menu"] {
        let text = fs::read_to_string(stage.demo("corner").join(format!("site/pages/{page}.json"))).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["seo"]["og_image"], path.as_str(), "{page}");
        assert!(!text.contains(old), "{page} still shows the old one");
    }
    assert_eq!(strays(&stage), [""; 0]);
}

#[test]
fn the_editor_and_the_library_are_accessible_in_the_dark() {
    let stage = Stage::dark();
    stage.backlot(&["demo", "create", "corner", "--template", "bakery", "--name", "Corner Bakery"]);
    let window = stage.open();
    window.see("badge-corner");
    window.click("tab-content");
    window.click("row-hero");
    window.see("field-title");
    window.screenshot("editor-dark");
    window.is_accessible("the editor in the dark");
    window.click("tab-media");
    window.see("media-hero.jpg");
    window.screenshot("library-dark");
    window.is_accessible("the library in the dark");
}
