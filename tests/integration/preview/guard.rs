//! Who gets an answer, and what is never shown.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::symlink;

use super::http::{ask, get, try_ask};
use super::{SITE, Stopped, record, start, workspace};

#[test]
fn nothing_outside_of_the_site_is_shown_however_it_is_asked_for() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    // Beside the site, at every depth that a path could reach.
    fs::write(workspace.root.join("demos/one/secret.txt"), "SECRET").unwrap();
    fs::write(workspace.root.join("secret.txt"), "SECRET").unwrap();
    let encodings = [
        "..",
        ".%2e",
        "%2e.",
        "%2e%2e",
        "%2E%2e",
        "%252e%252e",
        "%25252e%25252e",
        "%c0%ae%c0%ae",
        "%e0%80%ae%e0%80%ae",
        "%uff0e%uff0e",
        "%ef%bc%8e%ef%bc%8e",
        "..%00",
        "%2e%2e%5c",
        "..%5c..",
        "..;",
        ". .",
        "%2e%2e%20",
    ];
    for dots in encodings {
        let dots = dots.replace(' ', "%20");
        for slash in ["/", "%2f", "%252f", "%5c", "\\"] {
            for path in [
                format!("/{dots}{slash}secret.txt"),
                format!("/assets{slash}{dots}{slash}{dots}{slash}secret.txt"),
                format!("/{dots}{slash}{dots}{slash}{dots}{slash}secret.txt"),
                format!(
                    "/{dots}{slash}{dots}{slash}{dots}{slash}{dots}{slash}{dots}{slash}{dots}{slash}{dots}{slash}{dots}{slash}etc/passwd"
                ),
            ] {
                let answer = get(port, &path);
                assert!([400, 404].contains(&answer.status), "{path}: {}", answer.status);
                assert!(!answer.text().contains("SECRET") && !answer.text().contains("root:"), "{path}");
            }
        }
    }
    for path in ["//etc/passwd", "/%2fetc/passwd", "/c:/secret.txt", "/file:///etc/passwd", "/proc/self/environ"] {
        assert!([400, 404].contains(&get(port, path).status), "{path}");
    }
}

#[test]
fn links_out_of_the_site_are_refused_and_those_within_it_are_not() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let site = workspace.site("one");
    let outside = workspace.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.html"), "SECRET").unwrap();
    symlink(outside.join("secret.html"), site.join("absolute.html")).unwrap();
    symlink("../../../../outside/secret.html", site.join("relative.html")).unwrap();
    symlink(&outside, site.join("folder")).unwrap();
    symlink("/proc/self", site.join("proc")).unwrap();
    symlink("../demo.json", site.join("demo.txt")).unwrap();
    symlink("about.html", site.join("inside.html")).unwrap();
    for path in
        ["/absolute.html", "/absolute", "/relative.html", "/folder/secret.html", "/folder/", "/folder/secret", "/proc/environ", "/demo.txt"]
    {
        let answer = get(port, path);
        assert!([403, 404].contains(&answer.status) && !answer.text().contains("SECRET"), "{path}: {} {}", answer.status, answer.text());
    }
    assert!(get(port, "/inside").text().contains("About"));
    // A folder that becomes a link while it is served.
    fs::rename(site.join("blog"), outside.join("blog")).unwrap();
    symlink(outside.join("blog"), site.join("blog")).unwrap();
    assert!(!get(port, "/blog/").text().contains("Blog"));
}

#[test]
fn other_names_for_this_machine_and_scripts_of_other_sites_get_no_answer() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let with = |headers: &[(&str, &str)]| ask(port, "GET", "/", headers);
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1:1".to_owned(),
        format!("[::1]:{port}"),
    ] {
        let answer = with(&[("Host", &host)]);
        assert_eq!((answer.status, answer.header("content-type")), (421, Some("text/plain; charset=utf-8")), "{host}");
        assert!(!answer.text().contains("Home"));
    }
    assert_eq!(with(&[("Host", &format!("localhost:{port}"))]).status, 200);
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(with(&[("Origin", origin)]).status, 403, "{origin}");
    }
    for origin in ["tauri://localhost", "http://tauri.localhost", &format!("http://127.0.0.1:{port}")] {
        let answer = with(&[("Origin", origin)]);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{origin}");
    }
    assert_eq!(with(&[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]).status, 403);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
        let answer = ask(port, method, "/", &[("Content-Length", "0")]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    // Only this machine's own address is listened at.
    let addresses =
        std::process::Command::new("hostname").arg("-I").output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    for address in addresses.unwrap_or_default().split_whitespace().filter(|address| !address.contains(':')) {
        assert!(std::net::TcpStream::connect((address, port)).is_err(), "{address} is listened at");
    }
}

#[test]
fn only_the_workspace_s_own_processes_may_ask_and_stop() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let record = record(&workspace, "one").unwrap();
    let token = record["token"].as_str().unwrap();
    assert!(token.len() >= 32);
    let folder = workspace.root.join("state/previews");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        assert_eq!(mode(&entry.path()), 0o600);
    }
    let short = &token[1..];
    for token in ["", "x", short] {
        assert_eq!(ask(port, "GET", "/__backlot/state", &[("X-Backlot-Token", token)]).status, 403);
        assert_eq!(ask(port, "GET", "/__backlot/follow", &[("X-Backlot-Token", token)]).status, 403);
        assert_eq!(ask(port, "POST", "/__backlot/stop", &[("X-Backlot-Token", token), ("Content-Length", "0")]).status, 403);
    }
    assert_eq!(ask(port, "GET", "/__backlot/stop", &[("X-Backlot-Token", token)]).status, 405);
    assert_eq!(ask(port, "GET", "/__backlot/state", &[("X-Backlot-Token", token), ("Origin", "https://evil.example")]).status, 403);
    assert!(get(port, "/").status == 200 && !get(port, "/").text().contains(token));
    let state = ask(port, "GET", "/__backlot/state", &[("X-Backlot-Token", token)]);
    let state: serde_json::Value = serde_json::from_slice(&state.body).unwrap();
    assert_eq!((state["state"].as_str(), state["port"].as_u64()), (Some("running"), Some(port.into())));
}

#[test]
fn what_is_no_request_and_what_never_ends_does_no_harm() {
    use std::io::{Read, Write};
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    for bytes in
        [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"\r\n\r\n\r\n", b"GET  HTTP/9\r\n\r\n"]
    {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(super::http::PATIENCE)).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    }
    let long = format!("/{}", "a".repeat(100_000));
    assert!(try_ask(port, "GET", &long, &[]).map_or(true, |answer| answer.status >= 400));
    // Many that say nothing at all keep nobody else out.
    let _silent: Vec<_> = (0..100).map(|_| std::net::TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
    assert_eq!(get(port, "/").status, 200);
}
