//! Making a demo: from a starter, from a repository on this machine, twice under one name.

use crate::sources::{Mode, Server, git, repository};
use crate::steps::{create, is_whole, see_ready, start_from_starter, start_from_url};
use crate::window::{A_CLONE, CONTROL, ENTER, SOON, Stage, TAB, names_in};
use std::fs;

#[test]
fn creates_a_demo_from_a_starter() {
    let stage = Stage::new();
    let window = stage.open();
    // An empty workspace shows the create flow at once, with the three starters.
    for key in ["bakery", "portfolio", "saas"] {
        window.see(&format!("template-card-{key}"));
    }
    start_from_starter(&window, "bakery", "Corner Bakery");
    window.see_value("slug-input", "corner-bakery");
    window.click("create-button");

    see_ready(&window, "corner-bakery");
    window.see_text("demo-name", "Corner Bakery", SOON);
    window.see_text("demo-folder", "demos/corner-bakery", SOON);
    is_whole(&stage, "corner-bakery");
}

#[test]
fn creates_a_demo_from_a_repository_chosen_in_the_folder_dialog() {
    let stage = Stage::new();
    let source = repository(&stage.work().join("My theme"));
    let window = stage.open();
    window.choose(&source, |window| window.click("from-folder"));
    window.fill("name-input", "From a folder");
    window.click("create-button");

    see_ready(&window, "from-a-folder");
    is_whole(&stage, "from-a-folder");
    assert_eq!(git(&stage.demo("from-a-folder").join("site"), &["rev-parse", "HEAD"]), git(&source, &["rev-parse", "HEAD"]));
}

#[test]
fn creates_a_demo_from_a_branch_of_a_path_that_is_typed() {
    let stage = Stage::new();
    let source = repository(&stage.work().join("theme"));
    git(&source, &["checkout", "--quiet", "-b", "spring"]);
    git(&source, &["commit", "--quiet", "--allow-empty", "--message", "Spring"]);
    let spring = git(&source, &["rev-parse", "HEAD"]);
    git(&source, &["checkout", "--quiet", "main"]);

    let window = stage.open();
    start_from_url(&window, &source.display().to_string(), "Spring");
    window.fill("branch-input", "spring");
    window.click("create-button");
    see_ready(&window, "spring");
    is_whole(&stage, "spring");
    assert_eq!(git(&stage.demo("spring").join("site"), &["rev-parse", "HEAD"]), spring);
}

#[test]
fn creates_a_demo_over_https() {
    let mut stage = Stage::new();
    let server = Server::start(&mut stage, Mode::Serve);
    let window = stage.open();
    start_from_url(&window, &server.url(), "Remote");
    window.click("create-button");
    see_ready(&window, "remote");
    is_whole(&stage, "remote");
}

#[test]
fn puts_assets_chosen_in_the_dialog_into_the_demo() {
    let stage = Stage::new();
    let logo = stage.work().join("our logo.svg");
    fs::write(&logo, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>"#).unwrap();
    let window = stage.open();
    start_from_starter(&window, "saas", "With a logo");
    window.choose(&logo, |window| window.click("asset-add"));
    window.see_text("asset", "our logo.svg", SOON);
    window.click("create-button");
    see_ready(&window, "with-a-logo");

    let uploads = stage.demo("with-a-logo").join("site/uploads");
    let images = names_in(&uploads.join("images"));
    assert!(images.iter().any(|name| name.contains("logo")), "the logo is not among {images:?}");
    // It is an ordinary change, for the user to commit or not.
    assert_ne!(git(&stage.demo("with-a-logo").join("site"), &["status", "--porcelain"]), "");
}

#[test]
fn a_slug_that_is_taken_is_said_while_typing_and_a_free_one_is_offered() {
    let stage = Stage::new();
    let window = stage.open();
    create(&window, "bakery", "Twin", "twin");
    let first = fs::read_to_string(stage.demo("twin").join("demo.json")).unwrap();

    window.click("new-demo");
    start_from_starter(&window, "portfolio", "Twin");
    // Worked out from the name it is free; typed, it is what was typed.
    window.see_value("slug-input", "twin-2");
    window.fill("slug-input", "twin");
    window.see("slug-error");
    window.see_text("slug-suggestion", "twin-2", SOON);
    window.click("slug-suggestion");
    window.see_value("slug-input", "twin-2");
    window.see_gone("slug-error");
    window.click("create-button");

    see_ready(&window, "twin-2");
    is_whole(&stage, "twin-2");
    assert_eq!(fs::read_to_string(stage.demo("twin").join("demo.json")).unwrap(), first, "the first demo was touched");
}

#[test]
fn of_two_windows_that_create_one_slug_one_wins_and_the_other_says_so() {
    let mut stage = Stage::new();
    let server = Server::start(&mut stage, Mode::Hang);
    let (one, other) = (stage.open(), stage.open());
    // Both are filled in while the slug is still free.
    start_from_url(&one, &server.url(), "Contested");
    start_from_starter(&other, "bakery", "Contested");
    other.fill("slug-input", "contested");
    one.see_value("slug-input", "contested");
    one.click("create-button");
    one.see_text("badge-contested", "Cloning", SOON);
    other.click("create-button");
    other.until("the second window to refuse", SOON, |_| Ok((other.shows("slug-error") || other.shows("create-error")).then_some(())));

    server.set(Mode::Serve);
    see_ready(&one, "contested");
    other.see_text("badge-contested", "Ready", A_CLONE);
    is_whole(&stage, "contested");
}

#[test]
fn creates_a_demo_with_the_keyboard_alone() {
    let stage = Stage::new();
    let window = stage.open();
    window.see("template-card-bakery");
    let tab_to = |wanted: &str| {
        for _ in 0..40 {
            if window.focus().starts_with(wanted) {
                return;
            }
            window.press(&[TAB]);
        }
        panic!("Tab never reaches {wanted}; it is at {}", window.focus());
    };
    tab_to("template-card-");
    window.press(&[" "]);
    tab_to("name-input");
    window.type_text("By hand");
    window.press(&[CONTROL, ENTER]);
    see_ready(&window, "by-hand");
    is_whole(&stage, "by-hand");
}
