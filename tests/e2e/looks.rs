//! Every screen, light and dark: nothing serious for axe-core to find, and a picture of each.
//!
//! `cargo xtask e2e --screenshots looks` refreshes those in `docs/screenshots`.

use crate::sources::{Mode, Server};
use crate::steps::{see_ready, start_from_starter, start_from_url};
use crate::window::{CONTROL, ESCAPE, SOON, Stage};

#[test]
fn every_screen_is_accessible_in_light() {
    look_at_every_screen(Stage::new(), "light");
}

#[test]
fn every_screen_is_accessible_in_dark() {
    look_at_every_screen(Stage::dark(), "dark");
}

fn look_at_every_screen(mut stage: Stage, theme: &str) {
    let server = Server::start(&mut stage, Mode::Trickle);
    let window = stage.open();
    let dark = window.run("return matchMedia('(prefers-color-scheme: dark)').matches");
    assert_eq!(dark, theme == "dark", "the desktop's preference does not reach the page");
    let look = |screen: &str| {
        window.is_accessible(&format!("{screen}-{theme}"));
        window.screenshot(&format!("{screen}-{theme}"));
    };

    window.see("template-card-bakery");
    look("first");
    start_from_starter(&window, "bakery", "Corner Bakery");
    window.click("brief-toggle");
    look("create");
    window.click("create-button");
    see_ready(&window, "corner-bakery");
    for (slug, name, template) in [("studio-north", "Studio North", "portfolio"), ("ledger", "Ledger", "saas")] {
        stage.backlot(&["demo", "create", slug, "--template", template, "--name", name, "--tag", "spring"]);
        see_ready(&window, slug);
    }
    window.click("demo-row-corner-bakery");
    window.see("demo-detail");
    look("ready");

    window.click("new-demo");
    start_from_url(&window, &stage.work().join("missing").display().to_string(), "Rye and Co");
    window.click("create-button");
    window.see_text("badge-rye-and-co", "Failed", SOON);
    window.see("failure-message");
    look("failed");

    window.press(&[CONTROL, "k"]);
    window.see("palette-input");
    look("palette");
    window.press(&[ESCAPE]);
    window.see_gone("palette-input");

    window.click("new-demo");
    window.fill("name-input", "Ledger");
    window.fill("slug-input", "ledger");
    window.see("slug-error");
    look("slug-taken");

    window.click("demo-row-ledger");
    window.click("delete-button");
    window.see("undo-button");
    look("undo");
    window.click("trash-open");
    window.see("restore-ledger");
    look("trash");

    window.click("new-demo");
    start_from_url(&window, &server.url(), "Harbour Coffee");
    // The draft still has what was typed for the folder's name.
    window.fill("slug-input", "harbour-coffee");
    window.click("create-button");
    window.see_text("badge-harbour-coffee", "Cloning", SOON);
    window.see_text("progress", "%", SOON);
    // It stands still for as long as it is looked at.
    server.set(Mode::Hang);
    look("cloning");
    window.click("cancel-button");
    window.see_text("badge-harbour-coffee", "Cancelled", SOON);
    look("cancelled");
}
