//! What a clone does not have of its repository, or has in another form: Git LFS, submodules, encodings, sources of generators.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{TestWorkspace, commit, git, init, open, pictures};

/// A pointer of Git LFS, as it is after a clone without filters.
fn pointer(number: u32) -> String {
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n", format!("{number:04x}").repeat(16), 12_345 + number)
}

/// The warning of that code about a demo, as `demo show` tells it.
pub(crate) fn warning(workspace: &TestWorkspace, slug: &str, code: &str) -> Option<Value> {
    let shown = workspace.json(&["demo", "show", slug]);
    shown["warnings"].as_array()?.iter().find(|warning| warning["code"] == code).cloned()
}

pub(crate) fn message(value: &Value) -> &str {
    value["message"].as_str().unwrap_or_default()
}

fn text(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn files_in_lfs_are_named_at_creation_in_the_demo_by_the_doctor_and_by_a_build() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository(
        "source",
        &[
            (".gitattributes", "*.jpg filter=lfs diff=lfs merge=lfs -text\n*.mp4 filter=lfs -text\n"),
            ("index.html", "<img src=\"img/a.jpg\">"),
            ("note.txt", "version https://git-lfs.github.com/spec/v1 is what pointers begin with"),
        ],
    );
    // As a machine without Git LFS commits them: the pointers themselves.
    git(&source, &["config", "filter.lfs.required", "false"]);
    commit(&source, &[("img/a.jpg", &pointer(1)), ("img/b.jpg", &pointer(2)), ("film.mp4", &pointer(3))], "Media");

    let created = workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let told = &created["warnings"][0];
    assert_eq!((told["code"].as_str(), &told["names"]), (Some("lfs_pointers"), &serde_json::json!(["film.mp4", "img/a.jpg", "img/b.jpg"])));
    assert!(message(told).contains("git lfs install") && message(told).contains("git lfs pull"), "{told}");
    assert!(text(&workspace.run(&["demo", "show", "one"])).contains("Warning: 3 files are in Git LFS"));
    let doctor = workspace.run(&["doctor"]);
    assert!(!doctor.status.success() && text(&doctor).contains("img/a.jpg"), "{}", text(&doctor));

    let target = workspace.beside("built");
    for more in [&[][..], &["--as-files"]] {
        let error = workspace.refused(&[&["build", "one", target.to_str().unwrap()], more].concat());
        assert!(["film.mp4", "img/a.jpg", "git lfs pull"].iter().all(|part| message(&error).contains(part)), "{error}");
        assert!(!target.exists(), "nothing is handed over");
    }
    // Once the files are there, all is well.
    for (path, number) in [("img/a.jpg", 1), ("img/b.jpg", 2)] {
        fs::write(workspace.site("one").join(path), pictures::jpeg(60, 40, number)).unwrap();
    }
    fs::write(workspace.site("one").join("film.mp4"), "film").unwrap();
    assert_eq!(warning(&workspace, "one", "lfs_pointers"), None);
    assert!(workspace.run(&["doctor"]).status.success());
    workspace.json(&["build", "one", target.to_str().unwrap()]);
}

#[test]
fn a_rendered_site_is_not_built_with_a_pointer_that_a_page_shows() {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    let listing = workspace.json(&["media", "list", "one"]);
    let items = listing["files"].as_array().unwrap();
    let is_jpeg = |item: &&Value| item["type"] == "image/jpeg";
    let used = items
        .iter()
        .filter(is_jpeg)
        .find(|item| item["usedIn"].as_array().is_some_and(|uses| !uses.is_empty()))
        .expect("an image that is used");
    let path = used["path"].as_str().unwrap().trim_start_matches('/');
    fs::write(site.join(path), pointer(1)).unwrap();
    let target = workspace.beside("built");
    let error = workspace.refused(&["build", "one", target.to_str().unwrap()]);
    assert!(message(&error).contains(path) && message(&error).contains("git lfs pull"), "{error}");
    assert!(!target.exists());
}

#[test]
fn media_that_are_not_what_the_list_says_are_found() {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    let contents: [(&str, Vec<u8>); 4] = [
        ("pointer", pointer(1).into_bytes()),
        ("page", b"<!doctype html><title>Not found</title>".to_vec()),
        ("text", b"Not found".to_vec()),
        ("other", pictures::png(60, 40, 1)),
    ];
    for (number, (name, bytes)) in contents.iter().enumerate() {
        let file = workspace.file(&format!("{name}.jpg"), pictures::jpeg(60, 40, u8::try_from(number).unwrap()));
        workspace.json(&["media", "add", "one", &file]);
        fs::write(site.join(format!("uploads/images/{name}.jpg")), bytes).unwrap();
    }
    let output = workspace.run(&["--json", "media", "doctor", "one"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = found.as_array().or_else(|| found["findings"].as_array()).unwrap();
    for (name, _) in &contents {
        let path = format!("/uploads/images/{name}.jpg");
        let finding = findings.iter().find(|finding| finding["kind"] == "wrong_contents" && finding["path"] == path.as_str());
        assert!(finding.is_some(), "{name}: {findings:?}");
    }
    assert_eq!(findings.iter().filter(|finding| finding["kind"] == "wrong_contents").count(), contents.len(), "{findings:?}");
}

#[test]
fn submodules_that_are_not_fetched_are_named_with_their_urls() {
    let workspace = TestWorkspace::new();
    let inner = workspace.repository("inner", &[("b.txt", "two")]);
    let outer = workspace.repository("outer", &[("index.html", "one")]);
    git(&outer, &["submodule", "add", "--quiet", inner.to_str().unwrap(), "themes/one"]);
    git(&outer, &["submodule", "add", "--quiet", "--name", "other", inner.to_str().unwrap(), "lib"]);
    git(&outer, &["commit", "--quiet", "--message", "Submodules"]);
    let created = workspace.json(&["demo", "create", "one", "--template", outer.to_str().unwrap()]);
    let told = &created["warnings"][0];
    assert_eq!((told["code"].as_str(), &told["names"]), (Some("submodules"), &serde_json::json!(["lib", "themes/one"])));
    assert_eq!((&told["submodules"][0]["name"], &told["submodules"][0]["url"]), (&"other".into(), &inner.to_str().unwrap().into()));
    let shown = text(&workspace.run(&["demo", "show", "one"]));
    assert!(shown.contains("2 submodules were not fetched") && shown.contains(inner.to_str().unwrap()), "{shown}");
    assert!(text(&workspace.run(&["doctor"])).contains("2 submodules were not fetched"));
    // A build lacks their files, so it is made only when somebody asks for that.
    let target = workspace.beside("built");
    let error = workspace.refused(&["build", "one", target.to_str().unwrap()]);
    assert!(message(&error).contains("lib and themes/one") && error["field"] == "as_files", "{error}");
    let built = workspace.json(&["build", "one", target.to_str().unwrap(), "--as-files"]);
    assert!(built["notes"].to_string().contains("The submodule lib was not fetched"), "{built}");
}

#[test]
fn files_are_written_in_the_encoding_that_their_repository_asks_for() {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("source");
    init(&source);
    let attributes = "utf16.txt text working-tree-encoding=UTF-16 eol=crlf\nbe.txt working-tree-encoding=UTF-16BE\n\
        *.latin working-tree-encoding=ISO-8859-1\n*.sjis working-tree-encoding=SHIFT_JIS\nplain.txt text\n";
    commit(&source, &[(".gitattributes", attributes), ("plain.txt", "é")], "First");
    let be: Vec<u8> = "Grüße".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut marked = vec![0xff, 0xfe];
    marked.extend("one\r\nzwölf\r\n".encode_utf16().flat_map(u16::to_le_bytes));
    let files: [(&str, &[u8]); 4] =
        [("utf16.txt", &marked), ("be.txt", &be), ("folder/a.latin", b"Gr\xfc\xdfe"), ("a.sjis", b"\x93\xfa\x96\x7b")];
    for (path, bytes) in files {
        let path = source.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    git(&source, &["add", "--all"]);
    git(&source, &["commit", "--quiet", "--message", "Encoded"]);
    assert_eq!(git(&source, &["cat-file", "blob", "HEAD:be.txt"]), "Grüße", "in the repository they are UTF-8");
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let site = workspace.site("one");
    for (path, bytes) in files {
        assert_eq!(fs::read(site.join(path)).unwrap(), bytes, "{path}");
    }
    assert_eq!(fs::read_to_string(site.join("plain.txt")).unwrap(), "é");
    // To us as to git nothing has changed.
    let target = workspace.beside("built");
    assert_eq!(workspace.json(&["build", "one", target.to_str().unwrap()])["has_changes"], false);
    workspace.assert_pristine("one");
    assert_eq!(warning(&workspace, "one", "encoding"), None);
}

#[test]
fn an_encoding_that_is_not_known_is_named() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one"), ("b.txt", "€")]);
    commit(&source, &[("c.txt", "x")], "Second");
    // Git itself would refuse to add them so.
    let blob = git(&source, &["rev-parse", "HEAD:a.txt"]);
    assert!(!blob.is_empty());
    fs::write(source.join(".gitattributes"), "a.txt working-tree-encoding=EBCDIC-US\nb.txt working-tree-encoding=ISO-8859-1\n").unwrap();
    git(&source, &["add", ".gitattributes"]);
    git(&source, &["commit", "--quiet", "--message", "Attributes"]);
    let created = workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let told = created["warnings"].as_array().unwrap().iter().find(|warning| warning["code"] == "encoding").unwrap();
    assert!(message(told).contains("a.txt (EBCDIC-US)"), "{told}");
    assert_eq!(fs::read_to_string(workspace.site("one").join("a.txt")).unwrap(), "one");
}

/// A name for the demo, the generator, its command, and the files.
type Sources = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

#[test]
fn sources_of_a_generator_are_named_and_only_handed_over_when_asked_for() {
    let cases: [Sources; 4] = [
        ("hugo", "Hugo", "hugo", &[("hugo.toml", "baseURL = 'x'"), ("layouts/index.html", "{{ .Title }}")]),
        (
            "jekyll",
            "Jekyll",
            "jekyll build",
            &[("_config.yml", "title: a"), ("_layouts/a.html", "{{ content }}"), ("index.html", "---\n---\n")],
        ),
        ("eleventy", "Eleventy", "eleventy", &[(".eleventy.js", ""), ("index.njk", "{{ x }}")]),
        ("mkdocs", "MkDocs", "mkdocs build", &[("mkdocs.yml", "site_name: a"), ("docs/index.md", "# a")]),
    ];
    let workspace = TestWorkspace::new();
    for (slug, name, command, files) in cases {
        let source = workspace.repository(slug, files);
        let created = workspace.json(&["demo", "create", slug, "--template", source.to_str().unwrap()]);
        let told = &created["warnings"][0];
        assert!(told["code"] == "generator" && message(told).contains(name) && message(told).contains(command), "{told}");
        let target = workspace.beside(&format!("built-{slug}"));
        let error = workspace.refused(&["build", slug, target.to_str().unwrap()]);
        assert!(error["field"] == "as_files" && message(&error).contains(name) && message(&error).contains(command), "{error}");
        assert!(!target.exists() && workspace.json(&["builds", slug]) == serde_json::json!([]));
        let built = workspace.json(&["build", slug, target.to_str().unwrap(), "--as-files"]);
        assert!(built["notes"][0].as_str().unwrap().contains(name), "{built}");
        // It is nothing that is wrong.
        assert!(workspace.run(&["doctor"]).status.success());
    }
}

#[cfg(unix)]
#[test]
fn a_demo_folder_that_is_a_link_is_named_and_not_followed() {
    let workspace = TestWorkspace::with_demo("bakery");
    let away = workspace.beside("away");
    fs::rename(workspace.root.join("demos/one"), &away).unwrap();
    std::os::unix::fs::symlink(&away, workspace.root.join("demos/one")).unwrap();
    std::os::unix::fs::symlink("nowhere", workspace.root.join("demos/two")).unwrap();
    std::os::unix::fs::symlink(&away, workspace.root.join("demos/.hidden")).unwrap();
    let before = fs::read_dir(&away).unwrap().count();

    let listed = workspace.json(&["demo", "list"]);
    let slugs: Vec<&str> = listed.as_array().unwrap().iter().map(|demo| demo["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["one", "two"]);
    assert!(text(&workspace.run(&["demo", "list"])).contains("demos/two is a link to nowhere"));
    for (slug, target) in [("one", away.to_str().unwrap()), ("two", "nowhere")] {
        let shown = workspace.json(&["demo", "show", slug]);
        let error = &shown["status"]["error"];
        assert!(shown["status"]["state"] == "failed" && shown["folder"].is_null(), "{shown}");
        assert!(message(error).contains(&format!("demos/{slug} is a link to {target}")), "{shown}");
        for action in [&["demo", "delete", slug][..], &["demo", "rename", slug, "three"], &["page", "list", slug]] {
            let refused = workspace.refused(action);
            assert!(refused["code"] == "WrongState", "{action:?}: {refused}");
        }
        // Its name is taken.
        assert_eq!(workspace.refused(&["demo", "create", slug, "--template", "bakery"])["code"], "AlreadyExists");
    }
    let doctor = text(&workspace.run(&["doctor"]));
    assert!(doctor.contains("demos/one is a link to") && doctor.contains("demos/two is a link to"), "{doctor}");
    assert_eq!(fs::read_dir(&away).unwrap().count(), before, "nothing was written through the link");
    // The window has it as well.
    assert!(open(&workspace).snapshot().unwrap().demos.iter().any(|view| view.demo.slug == "one" && view.folder.is_none()));
    // Once it is a folder again it is the demo that it was.
    fs::remove_file(workspace.root.join("demos/one")).unwrap();
    fs::rename(&away, workspace.root.join("demos/one")).unwrap();
    assert_eq!(workspace.state("one"), "ready");
}

#[test]
fn a_site_in_a_format_that_is_not_read_is_named_by_the_doctor() {
    let workspace = TestWorkspace::with_demo("bakery");
    git(&workspace.site("one"), &["config", "core.repositoryformatversion", "1"]);
    git(&workspace.site("one"), &["config", "extensions.refStorage", "files"]);
    let doctor = text(&workspace.run(&["doctor"]));
    assert!(doctor.contains("reftable"), "{doctor}");
    assert!(Path::new(&workspace.site("one")).exists());
}
