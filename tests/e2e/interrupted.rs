//! Creations that do not get to their end: cancelled, failed, killed, told to stop. Each can be tried again.

use crate::sources::{Mode, Server, repository};
use crate::steps::{is_absent, is_whole, see_ready, start_from_url};
use crate::window::{SOON, Stage, Window, wait};
use std::time::{Duration, Instant};

#[test]
fn a_slow_clone_is_cancelled_at_once_and_retried() {
    let mut stage = Stage::new();
    let server = Server::start(&mut stage, Mode::Hang);
    let window = stage.open();
    start_cloning(&window, &server, "Slow", "slow");
    window.see("progress");

    let asked = Instant::now();
    window.click("cancel-button");
    window.see_text("badge-slow", "Cancelled", SOON);
    // The promise is 200 ms; the rest is this test's own looking.
    assert!(asked.elapsed() < Duration::from_secs(2), "cancelling took {:?}", asked.elapsed());
    is_absent(&stage, "slow");

    server.set(Mode::Serve);
    window.click("retry-button");
    see_ready(&window, "slow");
    is_whole(&stage, "slow");
}

#[test]
fn a_clone_that_fails_says_why_and_succeeds_once_the_cause_is_gone() {
    let stage = Stage::new();
    let source = stage.work().join("not-there-yet");
    let window = stage.open();
    start_from_url(&window, &source.display().to_string(), "Second try");
    window.click("create-button");
    window.see_text("badge-second-try", "Failed", SOON);
    let message = window.see("failure-message");
    assert!(message.contains("not-there-yet"), "the message does not name the place: {message}");
    is_absent(&stage, "second-try");

    repository(&source);
    window.click("retry-button");
    see_ready(&window, "second-try");
    is_whole(&stage, "second-try");
}

#[test]
fn a_server_that_asks_who_we_are_is_named_in_the_failure_which_can_be_dismissed() {
    let mut stage = Stage::new();
    let server = Server::start(&mut stage, Mode::Refuse);
    let window = stage.open();
    start_from_url(&window, &server.url(), "Private");
    window.click("create-button");
    window.see_text("badge-private", "Failed", SOON);
    assert!(window.see("failure-message").contains("127.0.0.1"), "{}", window.see("failure-message"));

    window.click("dismiss-button");
    window.see_gone("demo-row-private");
    is_absent(&stage, "private");
    drop(window);
    assert!(!stage.open().shows("demo-row-private"), "a dismissed creation came back");
}

#[test]
fn a_clone_cut_short_by_kill_9_leaves_nothing_and_is_retried() {
    let mut stage = Stage::new();
    let server = Server::start(&mut stage, Mode::Hang);
    let window = stage.open();
    start_cloning(&window, &server, "Killed", "killed");
    window.kill();
    assert!(!stage.demo("killed").exists(), "half a demo is there");

    let window = stage.open();
    window.see_text("badge-killed", "Interrupted", SOON);
    is_absent(&stage, "killed");
    server.set(Mode::Serve);
    window.click("demo-row-killed");
    window.click("retry-button");
    see_ready(&window, "killed");
    is_whole(&stage, "killed");
}

#[test]
fn told_to_end_while_cloning_it_ends_within_five_seconds_and_offers_retry() {
    let mut stage = Stage::new();
    let server = Server::start(&mut stage, Mode::Trickle);
    let window = stage.open();
    start_cloning(&window, &server, "Stopped", "stopped");
    let took = window.terminate();
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    // The child that cloned may end a moment later; it leaves nothing either.
    wait(SOON, || stage.staging().is_empty().then_some(())).expect("staging is empty");
    assert!(!stage.demo("stopped").exists(), "half a demo is there");

    let window = stage.open();
    window.click("demo-row-stopped");
    window.see("retry-button");
    server.set(Mode::Serve);
    window.click("retry-button");
    see_ready(&window, "stopped");
    is_whole(&stage, "stopped");
}

fn start_cloning(window: &Window, server: &Server, name: &str, slug: &str) {
    start_from_url(window, &server.url(), name);
    window.click("create-button");
    window.see_text(&format!("badge-{slug}"), "Cloning", SOON);
}
