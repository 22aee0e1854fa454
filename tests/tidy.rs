//! The rules of the house: what a compiler cannot hold, a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What everything may use.
const BASE: &[&str] = &["error", "event", "clock", "workspace", "cancel", "progress"];
/// The features: none imports another, the app wires them.
const FEATURES: &[&str] = &["autosave", "content", "demo", "export", "media", "preview", "render", "template"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|cause| panic!("{}: {cause}", next.display())).flatten() {
            let path: PathBuf = entry.path();
            if path.is_dir() {
                if !["node_modules", "dist", "bindings", "fixtures"].iter().any(|skipped| path.ends_with(skipped)) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The code of a file: without comments and without what follows the first test module.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// What stands behind each `prefix` in the code, up to the first character that is no part of a name.
fn mentions<'a>(code: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    code.match_indices(prefix)
        .filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .map(|(at, _)| &code[at + prefix.len()..])
        .map(|rest| &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())])
        .collect()
}

#[test]
fn imports_run_downward_only() {
    let mut allowed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for base in BASE {
        allowed.insert(base, BASE.to_vec());
    }
    allowed.insert("store", [BASE, &["store"]].concat());
    allowed.insert("git", [BASE, &["store", "site", "git"]].concat());
    allowed.insert("process", [BASE, &["store", "process"]].concat());
    allowed.insert("site", [BASE, &["store", "site"]].concat());
    for feature in FEATURES {
        allowed.insert(feature, [BASE, &["store", "git", "process", "site", feature]].concat());
    }
    allowed.insert("app", [BASE, &["store", "git", "process", "site", "app"], FEATURES].concat());
    allowed.insert("api", [BASE, &["app", "api"], FEATURES].concat());
    for (name, text) in files("src-tauri", &[".rs"]) {
        let module = name.strip_prefix("src-tauri/").unwrap().split(['/', '.']).next().unwrap();
        let code = code(&text);
        if ["cli", "desktop"].contains(&module) {
            for used in mentions(&code, "backlot::") {
                let fine = ["api", "app"].contains(&used)
                    || BASE.contains(&used)
                    || (used == "git" && mentions(&code, "backlot::git::") == BTreeSet::from(["worker"]))
                    || (used == "process" && mentions(&code, "backlot::process::").is_subset(&BTreeSet::from(["main", "detach"])));
                let model = FEATURES.contains(&used) && mentions(&code, &format!("backlot::{used}::")) == BTreeSet::from(["model"]);
                assert!(fine || model, "{name} uses {used}: a shell goes through the app, and knows features only by their models");
            }
            continue;
        }
        let Some(allowed) = allowed.get(module) else {
            assert!(
                ["lib", "build"].contains(&module),
                "{name}: the module {module} has no place in the import rule; give it one here and in ARCHITECTURE.md"
            );
            continue;
        };
        for used in mentions(&code, "crate::") {
            assert!(allowed.contains(&used), "{name} imports {used}, which is not below it");
        }
    }
}

#[test]
fn the_library_knows_no_window_and_each_library_has_one_user() {
    let users = [
        ("git2", "git"),
        ("gix", "git"),
        ("fs4", "store"),
        ("tauri", "desktop"),
        ("rfd", "desktop"),
        ("clap", "cli"),
        ("notify", "app"),
        ("hyper", "preview"),
        ("cap_std", "preview"),
        ("process_wrap", "process"),
        ("include_dir", "template"),
        ("image", "media"),
        ("flate2", "media"),
        ("fast_image_resize", "media"),
        ("jpeg_encoder", "media"),
        ("webp", "media"),
        ("data_url", "media"),
        ("encoding_rs", "media"),
        ("xml", "media"),
        ("rquickjs", "render"),
        ("lol_html", "export"),
        ("ammonia", "render"),
        ("cssparser", "export"),
        ("zip", "export"),
        ("webkit2gtk", "desktop"),
        ("web_atoms", "site"),
        ("aho_corasick", "site"),
    ];
    for (name, text) in files("src-tauri", &[".rs"]) {
        let module = name.strip_prefix("src-tauri/").unwrap().split(['/', '.']).next().unwrap();
        for (library, user) in users {
            let used = code(&text).lines().any(|line| line.contains(&format!("{library}::")) && !line.contains(&format!("_{library}::")));
            // Free space is asked for where git runs out of it; a drawing has style sheets; a repository may keep files in other
            // encodings than UTF-8.
            let is_exception = module == "build"
                || (library == "encoding_rs" && name == "src-tauri/git/encoding.rs")
                || (library == "fs4" && name == "src-tauri/git/failure.rs")
                || (library == "cssparser" && name == "src-tauri/media/svg/css.rs");
            assert!(!used || module == user || is_exception, "{name} uses {library}; only {user} does");
        }
    }
}

#[test]
fn every_rust_module_says_what_it_is_and_is_about_one_thing() {
    for (name, text) in ["src-tauri", "tests", "xtask"].iter().flat_map(|folder| files(folder, &[".rs"])) {
        assert!(text.starts_with("//!"), "{name} opens with no `//!`");
        assert!(text.lines().count() <= 500, "{name} has more than 500 lines: a second idea may be hiding in it");
    }
}

#[test]
fn no_secret_loopholes() {
    for (name, text) in files("src-tauri", &[".rs"]) {
        let code = code(&text);
        for banned in ["unsafe {", "todo!(", "unimplemented!(", "#[allow("] {
            assert!(!code.contains(banned), "{name} has {banned}");
        }
        assert!(!code.contains("thread::sleep") || name.starts_with("src-tauri/store/"), "{name} sleeps; wait for an event instead");
    }
    for (name, text) in files("tests", &[".rs"]) {
        assert!(!text.contains(concat!("#[", "ignore")) && !text.contains(concat!("thread::", "sleep(")), "{name} skips or sleeps");
    }
}

#[test]
fn the_store_too_reaches_files_through_its_handles_alone() {
    // Elsewhere `clippy.toml` holds it; in the store it allows the raw calls, since some are for that place.
    for (name, text) in files("src-tauri/store", &[".rs"]) {
        if name.starts_with("src-tauri/store/disk") {
            continue;
        }
        for line in code(&text).lines() {
            let path = line.replace("rustix::fs::", "").replace("os::unix::fs::", "");
            let called = mentions(&path, "fs::").into_iter().any(|used| used.starts_with(char::is_lowercase));
            let is_raw =
                called || ["OpenOptions", "File::open", "File::create", ".exists()", ".is_symlink()"].iter().any(|raw| path.contains(raw));
            assert!(!is_raw || line.contains("/proc/"), "{name} calls the system by path; use store::disk: {}", line.trim());
        }
    }
}

#[test]
fn the_window_has_one_command_and_the_interface_calls_no_other() {
    let main = fs::read_to_string(root().join("src-tauri/desktop/main.rs")).unwrap();
    assert!(main.contains("generate_handler![commands::call]"), "operations are declared in src-tauri/api, not as commands");
    for (name, text) in files("src-tauri/desktop", &[".rs"]) {
        let commands = text.matches("#[tauri::command]").count();
        assert_eq!(commands, usize::from(name == "src-tauri/desktop/commands.rs"), "{name}: an operation is a row in src-tauri/api");
    }
    let door = fs::read_to_string(root().join("ui/src/lib/backend/tauri.ts")).unwrap();
    let called: Vec<&str> = door.match_indices("invoke(").map(|(at, call)| door[at + call.len()..].split(',').next().unwrap()).collect();
    assert_eq!(called, ["'call'"], "ui/src/lib/backend/tauri.ts");
}

#[test]
fn the_interface_has_one_door_and_its_imports_run_downward() {
    for (name, text) in files("ui/src", &[".ts", ".svelte"]) {
        let imports: Vec<&str> = text
            .lines()
            .filter(|line| line.contains("import") || line.contains(" from "))
            .filter_map(|line| line.split(['\'', '"']).nth(1))
            .collect();
        let is_door = name.starts_with("ui/src/lib/backend/tauri.");
        for import in &imports {
            assert!(!import.starts_with("@tauri-apps/") || is_door, "{name} imports {import}; lib/backend is the only door");
            if let Some(feature) = name.strip_prefix("ui/src/features/").and_then(|rest| rest.split('/').next()) {
                let other = import.split("features/").nth(1).and_then(|rest| rest.split('/').next());
                assert!(
                    other.is_none_or(|other| other == feature) && !import.contains("shell/"),
                    "{name} imports {import}; features know lib only"
                );
            }
            if name.starts_with("ui/src/lib/ui/") {
                assert!(
                    !["backend", "bindings", "features", "shell", "state", "commands"]
                        .iter()
                        .any(|domain| import.contains(&format!("/{domain}"))),
                    "{name} imports {import}; lib/ui knows no domain"
                );
            }
        }
        assert!(!name.ends_with(".svelte") || text.lines().count() <= 200, "{name} has more than 200 lines");
    }
}

#[test]
fn one_version_everywhere() {
    let of = |file: &str, key: &str| {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let line = text.lines().find(|line| line.trim_start().starts_with(key)).unwrap_or_else(|| panic!("{file} has no {key}")).to_owned();
        line.split('"').rfind(|part| part.starts_with(|c: char| c.is_ascii_digit())).unwrap().to_owned()
    };
    assert_eq!(of("ui/package.json", "\"version\""), of("Cargo.toml", "version"));
}

#[test]
fn the_lock_file_names_no_registry_of_ours() {
    let lock = fs::read_to_string(root().join("ui/package-lock.json")).unwrap();
    assert!(
        !lock.contains("\"resolved\""),
        "ui/package-lock.json names where packages came from; `npm config set omit-lockfile-registry-resolved true`"
    );
}
