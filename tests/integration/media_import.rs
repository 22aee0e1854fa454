//! Files added to a demo's media: what is kept of them, in which sizes, under which names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use backlot::app::Change;
use backlot::cancel::Cancel;
use backlot::media::model::ImportState;
use image::GenericImageView as _;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::media::{assert_whole, uploads};
use crate::support::pictures::{self, SECRET};
use crate::support::{SmallDisk, TestWorkspace, open, signal};

fn demo() -> TestWorkspace {
    TestWorkspace::with_demo("saas")
}

/// Adds one file, which must be taken; gives its item and its bytes.
fn add(workspace: &TestWorkspace, name: &str, bytes: impl AsRef<[u8]>) -> (Value, Vec<u8>) {
    let file = workspace.file(name, bytes);
    let added = workspace.json(&["media", "add", "one", &file]);
    let item = added["files"][0].clone();
    let kept = stored(workspace, &item["path"]);
    assert_eq!(item["size"], kept.len(), "{item}");
    (item, kept)
}

fn stored(workspace: &TestWorkspace, path: &Value) -> Vec<u8> {
    let path = path.as_str().expect("a path");
    fs::read(workspace.site("one").join(&path[1..])).unwrap_or_else(|cause| panic!("{path}: {cause}"))
}

fn says(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|part| part == what.as_bytes())
}

#[test]
fn a_picture_comes_with_smaller_ones_of_its_kind_and_shape() {
    let workspace = demo();
    for (name, bytes, ending) in [
        ("Big Photo.jpeg", pictures::jpeg(2400, 1600, 1), "jpg"),
        ("big.png", pictures::png(2400, 1600, 2), "png"),
        ("big.webp", pictures::webp(2400, 1600, 3), "webp"),
    ] {
        let (item, kept) = add(&workspace, name, &bytes);
        assert_eq!(kept, bytes, "not a pixel is touched");
        assert_eq!((&item["width"], &item["height"], &item["originalName"]), (&2400.into(), &1600.into(), &name.into()));
        let sizes = item["sizes"].as_object().unwrap();
        let named: Vec<_> =
            sizes.iter().map(|(name, size)| (name.as_str(), size["width"].as_u64().unwrap(), size["height"].as_u64().unwrap())).collect();
        assert_eq!(named, [("thumb", 150, 100), ("small", 480, 320), ("medium", 1024, 683), ("large", 1920, 1280)]);
        for size in sizes.values() {
            assert!(size["path"].as_str().unwrap().ends_with(&format!(".{ending}")), "{size}");
            let picture = image::load_from_memory(&stored(&workspace, &size["path"])).unwrap();
            let (width, height) = picture.dimensions();
            assert_eq!((size["width"].as_u64(), size["height"].as_u64()), (Some(width.into()), Some(height.into())));
            // The same picture: dark at the upper left, red to the right.
            let [dark, bright] = [picture.get_pixel(2, 2), picture.get_pixel(width - 3, 2)];
            assert!(dark[0] < 12 && bright[0] > 240 && bright[1] < 16, "{dark:?} {bright:?}");
        }
    }
    let (small, _) = add(&workspace, "small.jpg", pictures::jpeg(400, 10, 4));
    assert_eq!(small["sizes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["thumb"], "only what is smaller is made");
    assert_eq!(small["sizes"]["thumb"]["height"], 4);
    let (clear, _) = add(&workspace, "clear.png", pictures::clear_png(600, 400));
    let picture = image::load_from_memory(&stored(&workspace, &clear["sizes"]["small"]["path"])).unwrap();
    assert_eq!((picture.get_pixel(20, 20)[3], picture.get_pixel(470, 20)), (0, image::Rgba([200, 10, 10, 255])), "no dark seam");
    assert_whole(&workspace);
}

#[test]
fn the_theme_says_which_sizes_there_are() {
    let workspace = demo();
    let theme = workspace.site("one").join("theme.json");
    let text = fs::read_to_string(&theme).unwrap();
    let text = text.replacen(
        "\"settings\": {",
        "\"settings\": {\"imageSizes\": {\"hero\": {\"width\": 700}, \"large\": {\"width\": 800, \"enabled\": false}},",
        1,
    );
    fs::write(&theme, text).unwrap();
    let (item, _) = add(&workspace, "a.jpg", pictures::jpeg(1000, 500, 1));
    assert_eq!(item["sizes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["thumb", "hero"]);
    assert_eq!(item["sizes"]["hero"]["path"], "/uploads/images/a-hero.jpg");
}

#[test]
fn metadata_are_gone_and_what_was_turned_stands_upright() {
    let workspace = demo();
    let plain = pictures::jpeg_with_metadata(300, 200, 1);
    let (item, kept) = add(&workspace, "plain.jpg", &plain);
    assert!(says(&plain, SECRET) && !says(&kept, SECRET) && !says(&kept, "Exif"));
    assert_eq!((&item["width"], &item["height"]), (&300.into(), &200.into()));
    // The compressed pixels are those that were there.
    assert_eq!(kept, pictures::jpeg(300, 200, 7));
    // Turned by a quarter to the right: what was at the left is at the top.
    let (item, kept) = add(&workspace, "turned.jpg", pictures::jpeg_with_metadata(300, 200, 6));
    assert!(!says(&kept, SECRET));
    assert_eq!((&item["width"], &item["height"]), (&200.into(), &300.into()));
    let picture = image::load_from_memory(&kept).unwrap();
    assert_eq!(picture.dimensions(), (200, 300));
    let (top, bottom) = (picture.get_pixel(100, 5), picture.get_pixel(100, 294));
    assert!(top[0] < 20 && bottom[0] > 235, "{top:?} {bottom:?}");
    let thumb = image::load_from_memory(&stored(&workspace, &item["sizes"]["thumb"]["path"])).unwrap();
    assert_eq!(thumb.dimensions(), (150, 225));
    let (item, kept) = add(&workspace, "meta.png", pictures::png_with_metadata(40, 30, 8));
    assert!(!says(&kept, SECRET) && image::load_from_memory(&kept).unwrap().dimensions() == (30, 40));
    assert_eq!(item["width"], 30);
    let (_, kept) = add(&workspace, "meta.webp", pictures::webp_with_metadata(31, 20));
    assert!(!says(&kept, SECRET) && image::load_from_memory(&kept).unwrap().dimensions() == (31, 20));
}

#[test]
fn what_moves_goes_on_moving() {
    let workspace = demo();
    let bytes = pictures::gif(400, 300, 3);
    let (item, kept) = add(&workspace, "moving.gif", &bytes);
    assert_eq!(kept, bytes);
    assert_eq!(item["sizes"], serde_json::json!({}), "a page that asks for a size must not get a picture that stands still");
    let (still, _) = add(&workspace, "still.gif", pictures::gif(400, 300, 1));
    assert_eq!(still["sizes"]["thumb"]["path"], "/uploads/images/still-thumb.png");
}

#[test]
fn films_sounds_documents_and_drawings_are_kept_in_their_folders() {
    let workspace = demo();
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 32'><script>alert(1)</script><rect width='64' height='32'/></svg>";
    let cases: [(&str, Vec<u8>, &str, &str); 7] = [
        ("clip.mov", pictures::mp4(), "/uploads/videos/clip.mp4", "video/mp4"),
        ("song.mp3", b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\0".to_vec(), "/uploads/audios/song.mp3", "audio/mpeg"),
        ("Menu.PDF", b"%PDF-1.4\n%%EOF\n".to_vec(), "/uploads/files/menu.pdf", "application/pdf"),
        ("prices.csv", b"bread,3\n".to_vec(), "/uploads/files/prices.csv", "text/csv"),
        ("logo.svg", svg.as_bytes().to_vec(), "/uploads/images/logo-2.svg", "image/svg+xml"),
        ("new.avif", pictures::avif(640, 480), "/uploads/images/new.avif", "image/avif"),
        // A PNG whatever it is called.
        ("really.jpg", pictures::png(20, 10, 1), "/uploads/images/really.png", "image/png"),
    ];
    for (name, bytes, path, kind) in cases {
        let (item, kept) = add(&workspace, name, &bytes);
        assert_eq!((item["path"].as_str(), item["type"].as_str()), (Some(path), Some(kind)));
        if name == "logo.svg" {
            assert!(!says(&kept, "script") && says(&kept, "<rect"));
            assert_eq!((&item["width"], &item["height"]), (&64.into(), &32.into()));
        } else {
            assert_eq!(kept, bytes, "{name}");
        }
        if name == "new.avif" {
            assert_eq!((&item["width"], &item["height"]), (&640.into(), &480.into()));
        }
    }
    assert_whole(&workspace);
}

#[test]
fn the_same_bytes_are_kept_once_and_what_has_them_is_told() {
    let workspace = demo();
    let a = workspace.file("a.jpg", pictures::jpeg(300, 200, 1));
    let again = workspace.file("again.png", pictures::jpeg(300, 200, 1));
    let other = workspace.file("other.jpg", pictures::jpeg(300, 200, 2));
    let first = workspace.json(&["media", "add", "one", &a, &again, &other, &a]);
    assert_eq!((first["files"].as_array().unwrap().len(), first["duplicates"].as_array().unwrap().len()), (2, 2));
    let id = first["files"][0]["id"].clone();
    let second = workspace.json(&["media", "add", "one", &again]);
    assert_eq!((second["files"].as_array().unwrap().len(), &second["duplicates"][0]["id"]), (0, &id));
    assert_eq!(second["duplicates"][0]["file"], again);
    // The metadata make no difference, and neither does it when it came with the template.
    workspace.json(&["media", "add", "one", &workspace.file("b.jpg", pictures::jpeg_with_metadata(300, 200, 1))]);
    let clean = workspace.json(&["media", "add", "one", &workspace.file("c.jpg", pictures::jpeg(300, 200, 7))]);
    assert_eq!(clean["files"].as_array().unwrap().len(), 0);
    let brought = workspace.site("one").join("uploads/images/board.webp");
    let known = workspace.json(&["media", "add", "one", brought.to_str().unwrap()]);
    assert_eq!(known["files"].as_array().unwrap().len(), 0, "{known}");
    assert_whole(&workspace);
}

#[test]
fn names_are_safe_and_free_whatever_they_were() {
    let workspace = demo();
    let mut seed = 0;
    let mut add = |name: &str| {
        seed += 1;
        let file = workspace.file(&format!("folder{seed}/{name}"), pictures::jpeg(20, 10, seed));
        workspace.json(&["media", "add", "one", &file])["files"][0].clone()
    };
    let cases = [
        ("Foo.jpg", "/uploads/images/foo.jpg"),
        ("foo.JPG", "/uploads/images/foo-2.jpg"),
        ("CON.jpg", "/uploads/images/con-file.jpg"),
        (".hidden.jpg", "/uploads/images/hidden.jpg"),
        ("..jpg", "/uploads/images/file.jpg"),
        ("Ein schöner Tag ☀.jpg", "/uploads/images/ein-schoner-tag.jpg"),
        ("a\\..\\b.jpg", "/uploads/images/b.jpg"),
        ("new\nline.jpg", "/uploads/images/new-line.jpg"),
    ];
    for (name, path) in cases {
        let item = add(name);
        assert_eq!(item["path"], path, "{name:?}");
        assert!(!item["originalName"].as_str().unwrap().contains(['\n', '\\']), "{item}");
    }
    let turned = add("photo\u{202e}gpj.exe.jpg");
    assert_eq!(turned["originalName"], "photogpj.exe.jpg");
    let long = add(&"x".repeat(240));
    assert!(long["filename"].as_str().unwrap().len() < 120, "{long}");
    // A name that a variant has is taken, and one that is taken in another case too.
    fs::write(workspace.site("one").join("uploads/images/Taken.JPG"), "theirs").unwrap();
    assert_eq!(add("taken.jpg")["path"], "/uploads/images/taken-2.jpg");
    fs::write(workspace.site("one").join("uploads/images/wide-thumb.jpg"), "theirs").unwrap();
    let wide = workspace.json(&["media", "add", "one", &workspace.file("wide.jpg", pictures::jpeg(300, 10, 99))]);
    assert_eq!(wide["files"][0]["sizes"]["thumb"]["path"], "/uploads/images/wide-2-thumb.jpg");
}

#[test]
fn folders_are_looked_through_and_hidden_files_and_links_in_them_left_out() {
    let workspace = demo();
    let outside = workspace.file("outside/secret.jpg", pictures::jpeg(30, 30, 1));
    workspace.file("album/a.jpg", pictures::jpeg(30, 30, 2));
    workspace.file("album/2024/deep/b.jpg", pictures::jpeg(30, 30, 3));
    workspace.file("album/.DS_Store", "x");
    workspace.file("album/.hidden/c.jpg", pictures::jpeg(30, 30, 4));
    let album = workspace.beside("album");
    std::os::unix::fs::symlink(&outside, album.join("link.jpg")).unwrap();
    std::os::unix::fs::symlink(&album, album.join("loop")).unwrap();
    let output = workspace.command(&["--json", "media", "add", "one", album.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "the links are told");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> = answer["files"].as_array().unwrap().iter().map(|item| item["originalName"].as_str().unwrap()).collect();
    assert_eq!(names, ["a.jpg", "b.jpg"]);
    assert_eq!(answer["failed"].as_array().unwrap().len(), 2);
    // A link that a person names is the file it leads to.
    let link = workspace.beside("by-name.jpg");
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    let named = workspace.json(&["media", "add", "one", link.to_str().unwrap()]);
    assert_eq!(named["files"][0]["originalName"], "by-name.jpg");
}

#[test]
fn what_is_cancelled_stops_at_once_and_what_it_added_is_whole() {
    let workspace = demo();
    let bytes = pictures::jpeg(1600, 1200, 0);
    let files: Vec<_> = (0..400_u32)
        .map(|number| {
            // Not one is the same: the number stands in the table of the last colours' places.
            let mut bytes = bytes.clone();
            let at = bytes.len() - 40;
            bytes[at..at + 2].copy_from_slice(&[u8::try_from(number % 200).unwrap(), u8::try_from(number / 200).unwrap()]);
            workspace.file(&format!("many/{number}.jpg"), bytes).into()
        })
        .collect();
    let app = open(&workspace);
    let cancel = Cancel::new();
    let asked = std::cell::Cell::new(None);
    let done = app
        .import_media(
            "one",
            &files,
            &|import| {
                if !import.added.is_empty() && asked.get().is_none() {
                    cancel.cancel();
                    asked.set(Some(Instant::now()));
                }
            },
            &cancel,
        )
        .unwrap();
    let took = asked.get().expect("something was added").elapsed();
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    assert_eq!((done.state, done.failed.len()), (ImportState::Cancelled, 0));
    assert!(!done.added.is_empty() && done.added.len() < 400);
    // A thread that is in the middle of a picture ends with it, and takes the staging folder with it.
    let until = Instant::now() + Duration::from_secs(10);
    while !workspace.names("demos/one/.staged").is_empty() && Instant::now() < until {
        workspace.json(&["media", "usage", "one"]);
    }
    let listed = workspace.json(&["media", "list", "one"]);
    let ids: BTreeSet<&str> = listed["files"].as_array().unwrap().iter().filter_map(|item| item["id"].as_str()).collect();
    assert!(done.added.iter().all(|id| ids.contains(id.as_str())));
    assert_whole(&workspace);
}

#[test]
fn an_import_in_the_background_is_told_by_events_and_ends_with_the_program() {
    let workspace = demo();
    let files: Vec<_> = (0..20).map(|seed| workspace.file(&format!("many/{seed}.jpg"), pictures::jpeg(400, 300, seed)).into()).collect();
    let app = open(&workspace);
    let events = app.subscribe();
    let begun = app.start_import("one", files).unwrap();
    let mut media_changed = 0;
    let done = loop {
        match events.recv_timeout(Duration::from_secs(60)).expect("an event").body {
            Change::ImportChanged { import } if import.state != ImportState::Running => break import,
            Change::ImportChanged { import } => assert_eq!(import.id, begun.id),
            Change::MediaChanged { demo } => {
                assert_eq!(demo, begun.demo);
                media_changed += 1;
            }
            _ => {}
        }
    };
    assert_eq!((done.state, done.added.len(), done.done, done.total), (ImportState::Done, 20, 20, 20));
    assert!(media_changed > 0);
    app.cancel_import(begun.id);
    app.close();
    assert!(app.start_import("one", vec!["/nowhere".into()]).is_err());
}

#[test]
fn a_full_disk_keeps_what_was_committed_and_leaves_nothing_else() {
    let workspace = TestWorkspace::new();
    let Some(disk) = SmallDisk::mount(&workspace.root, "24m") else {
        eprintln!("not run: a tmpfs cannot be mounted here");
        return;
    };
    workspace.json(&["demo", "create", "one", "--template", "saas"]);
    let before = workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len();
    let files: Vec<String> = (0..60)
        .map(|number| {
            // Films are kept as they are, so what they take is known.
            let film = pictures::boxes(&[(b"ftyp", b"isom\0\0\x02\0isomiso2mp41"), (b"mdat", &vec![number; 500_000])]);
            workspace.file(&format!("films/{number:02}.mp4"), film)
        })
        .collect();
    let arguments: Vec<&str> = ["media", "add", "one"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let error = workspace.refused(&arguments);
    assert_eq!(error["code"], "DiskFull", "{error}");
    let after = workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len();
    assert!(after < before + 60, "it was full");
    workspace.json(&["media", "usage", "one"]);
    assert_whole(&workspace);
    disk.resize("200m");
    workspace.json(&arguments);
    assert_eq!(workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len(), before + 60);
    assert_whole(&workspace);
}

#[test]
fn nothing_is_put_through_a_link_that_a_template_brought() {
    let workspace = demo();
    let outside = workspace.beside("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(workspace.site("one").join("uploads/videos").parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&outside, workspace.site("one").join("uploads/videos")).unwrap();
    let refused = workspace.refused(&["media", "add", "one", &workspace.file("clip.mp4", pictures::mp4())]);
    assert_eq!(refused["code"], "InvalidInput", "{refused}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    let catalogue = workspace.site("one").join("uploads/media.json");
    fs::rename(&catalogue, outside.join("media.json")).unwrap();
    std::os::unix::fs::symlink(outside.join("media.json"), &catalogue).unwrap();
    let before = fs::read(outside.join("media.json")).unwrap();
    let refused = workspace.refused(&["media", "add", "one", &workspace.file("a.jpg", pictures::jpeg(20, 20, 1))]);
    assert_eq!(refused["code"], "InvalidInput", "{refused}");
    assert_eq!(fs::read(outside.join("media.json")).unwrap(), before);
    assert!(!Path::new(&workspace.site("one").join("uploads/images/a.jpg")).exists());
}

#[test]
fn two_imports_of_the_same_files_at_once_add_each_once() {
    let workspace = demo();
    let before = uploads(&workspace).len();
    for seed in 0..30 {
        workspace.file(&format!("many/{seed}.jpg"), pictures::jpeg(120, 90, seed));
    }
    let many = workspace.beside("many");
    let children = [(), ()].map(|()| workspace.start(&["media", "add", "one", many.to_str().unwrap()]));
    let mut told = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (added, duplicates) = (answer["files"].as_array().unwrap().len(), answer["duplicates"].as_array().unwrap().len());
        assert_eq!(added + duplicates, 30);
        told += added;
    }
    assert_eq!((told, uploads(&workspace).len()), (30, before + 30));
    assert_whole(&workspace);
}

#[test]
fn an_import_interrupted_at_the_keyboard_says_what_was_added() {
    let workspace = demo();
    let brought = workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len();
    for seed in 0..150 {
        workspace.file(&format!("many/{seed}.jpg"), pictures::jpeg(1000, 700, seed));
    }
    let many = workspace.beside("many");
    let child = workspace.start(&["media", "add", "one", many.to_str().unwrap()]);
    let count = || workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len() - brought;
    let until = Instant::now() + Duration::from_secs(60);
    while count() == 0 && Instant::now() < until {}
    signal(child.id(), Signal::INT);
    let asked = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(output.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let added = answer["files"].as_array().unwrap().len();
    assert_eq!(error["code"], "Cancelled");
    assert!(error["message"].as_str().unwrap().contains(&format!("{added} of 150 files")), "{error}");
    workspace.json(&["media", "usage", "one"]);
    assert_eq!(count(), added);
    assert_whole(&workspace);
}
