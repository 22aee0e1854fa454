//! Sources of a site generator are served by the generator's own command, once it is trusted and there.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::http::{get, port_of};
use super::{Stopped, workspace};
use crate::support::TestWorkspace;

/// Stands for the programs of generators: serves at the port that its arguments name, and says how it was called.
const PROGRAM: &str = r"#!/usr/bin/env node
const words = process.argv.slice(2);
const port = Number(words.join(' ').match(/(?:port[= ]|127\.0\.0\.1:)(\d+)/)[1]);
require('node:http').createServer((request, response) => response.end(`called with ${words.join(' ')}`)).listen(port, '127.0.0.1');
";

/// Runs the CLI with the folder `programs` in front of the usual ones, or with it alone.
fn run(workspace: &TestWorkspace, arguments: &[&str], is_alone: bool) -> (bool, Value) {
    let own = workspace.beside("programs");
    let usual: Vec<_> = if is_alone { Vec::new() } else { std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect() };
    let path: OsString = std::env::join_paths(std::iter::once(own).chain(usual)).unwrap();
    let output = workspace.command(&[&["--json"], arguments].concat()).env("PATH", path).output().unwrap();
    let printed = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), serde_json::from_slice(&printed).unwrap())
}

/// A program, the files of a site, and how the program is called for it.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

#[test]
fn a_generators_command_serves_its_sources_at_the_port_of_the_preview() {
    let cases: [Case; 3] = [
        ("hugo", &[("hugo.toml", ""), ("content/a.md", "# a")], "server --bind 127.0.0.1 --port"),
        ("mkdocs", &[("mkdocs.yml", ""), ("docs/index.md", "# a")], "serve --dev-addr 127.0.0.1:"),
        ("bundle", &[("_config.yml", ""), ("Gemfile", "gem 'jekyll'")], "exec jekyll serve --host 127.0.0.1 --port"),
    ];
    for (program, files, expected) in cases {
        let workspace = workspace(files);
        let _stopped = Stopped(&workspace, &["one"]);
        fs::create_dir_all(workspace.beside("programs")).unwrap();
        // What is not there is named with where to get it; nothing is started.
        let (_, offer) = run(&workspace, &["preview", "command", "one"], true);
        assert!(offer["missing"].as_str().unwrap().contains(&format!("“{program}” was not found")), "{offer}");
        let (_, refused) = run(&workspace, &["preview", "start", "one", "--trust-command"], true);
        assert!(refused["code"] == "NotFound" && refused["message"].as_str().unwrap().contains("https://"), "{refused}");

        let path = workspace.beside("programs").join(program);
        fs::write(&path, PROGRAM).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let (_, offer) = run(&workspace, &["preview", "command", "one"], false);
        assert_eq!((&offer["missing"], &offer["command"][0]), (&Value::Null, &json!(program)));
        assert!(offer["command"].to_string().contains("{port}"), "{offer}");
        let (is_started, preview) = run(&workspace, &["preview", "start", "one"], false);
        assert!(is_started && preview["kind"] == "command", "what was trusted before is trusted: {preview}");
        let address = preview["address"].as_str().unwrap();
        let page = get(port_of(address), "/").text();
        assert!(page.contains(&format!("called with {expected}")) && !page.contains("{port}"), "{page}");
    }
}
