//! What `cargo xtask run` does where there is no display: the first thing a user does, in the real window.

use crate::steps::{is_whole, see_ready, start_from_starter};
use crate::window::{SOON, Stage};
use std::fs;
use std::path::PathBuf;

#[test]
fn creates_a_demo_and_tells_where_it_is() {
    // Among the other tests it keeps nothing; `cargo xtask run` says where the demo, the picture and the report go.
    let told = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let stage = told("BACKLOT_TOUR_WORKSPACE").map_or_else(Stage::new, Stage::on);
    let window = stage.open();
    window.until("the window to show something", SOON, |_| {
        Ok((window.shows("template-card-bakery") || window.shows("demo-list")).then_some(()))
    });
    // In a workspace with demos in it the create flow is one click away.
    if !window.shows("template-card-bakery") {
        window.click("new-demo");
    }
    start_from_starter(&window, "bakery", "Corner Bakery");
    // A free one is worked out from the name.
    let slug = window.until("a folder's name", SOON, |_| Ok(Some(window.value("slug-input")).filter(|slug| !slug.is_empty())));
    window.click("create-button");
    see_ready(&window, &slug);
    window.see("demo-detail");
    is_whole(&stage, &slug);
    window.picture(&told("BACKLOT_TOUR_SCREENSHOT").unwrap_or_else(|| stage.work().join("tour.png")));
    let report = told("BACKLOT_TOUR_REPORT").unwrap_or_else(|| stage.work().join("tour.txt"));
    fs::write(report, stage.demo(&slug).display().to_string()).unwrap();
}
