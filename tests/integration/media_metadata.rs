//! Videos, sounds, documents and AVIF images lose what they say of people and places, and nothing else; what stays is reported.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::support::TestWorkspace;
use crate::support::documents::{Part, pdf};
use crate::support::media::assert_whole;
use crate::support::pictures::{PLACE, SECRET, boxes};

fn recorded(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media-corpus/recorded").join(name)).unwrap()
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

/// Adds one file; gives what is stored and its notes. What was cleaned must need no cleaning any more.
fn add(workspace: &TestWorkspace, name: &str, bytes: &[u8]) -> (Vec<u8>, BTreeSet<String>) {
    let added = workspace.json(&["media", "add", "one", &workspace.file(name, bytes)]);
    let path = added["files"][0]["path"].as_str().unwrap_or_else(|| panic!("{name}: {added}"));
    let kept = fs::read(workspace.site("one").join(&path[1..])).unwrap();
    let again = workspace.json(&["media", "add", "one", &workspace.file(&format!("again-{name}"), &kept)]);
    assert_eq!(again["duplicates"][0]["id"], added["files"][0]["id"], "{name}");
    let notes = added["notes"][0]["notes"].as_array().cloned().unwrap_or_default();
    let text = |note: &Value| format!("{} {}", note["effect"].as_str().unwrap(), note["subject"].as_str().unwrap());
    (kept, notes.iter().map(text).collect())
}

fn set(notes: &[&str]) -> BTreeSet<String> {
    notes.iter().map(|note| (*note).to_owned()).collect()
}

/// The positions at which two files of one length differ.
fn differences(a: &[u8], b: &[u8]) -> Vec<usize> {
    assert_eq!(a.len(), b.len());
    (0..a.len()).filter(|at| a[*at] != b[*at]).collect()
}

#[test]
fn videos_and_sounds_lose_places_tags_and_dates_and_not_a_frame() {
    let workspace = TestWorkspace::with_demo("saas");
    let film: &[&str] = &["removed location", "removed tags", "removed dates"];
    let cases: [(&str, &[&str]); 5] = [
        ("located.mp4", film),
        ("located-udta.mp4", film),
        ("tagged.webm", &["removed location", "removed tags", "removed dates"]),
        ("live.webm", &["removed tags"]),
        ("tagged.mp3", &["removed tags"]),
    ];
    for (name, notes) in cases {
        let bytes = recorded(name);
        let (kept, said) = add(&workspace, name, &bytes);
        assert!(has(&bytes, SECRET.as_bytes()) && !has(&kept, SECRET.as_bytes()), "{name}");
        for place in [b"+52.52".as_slice(), b"loci", b"ISO6709", b"\xa9xyz"] {
            assert!(!has(&kept, place), "{name}");
        }
        let expected = set(notes);
        let unexpected: Vec<_> = said.symmetric_difference(&expected).filter(|note| !note.contains("other_data")).collect();
        assert!(unexpected.is_empty(), "{name}: {said:?}");
        if name.ends_with("mp3") {
            // Only from the front and the back.
            let at = bytes.windows(kept.len()).position(|part| part == kept).unwrap();
            assert!(at > 0 && at + kept.len() + 128 == bytes.len(), "{at}");
        } else {
            let data = if name.ends_with("mp4") { position(&bytes, b"mdat") } else { position(&bytes, b"\x1f\x43\xb6\x75") };
            let length = if name.ends_with("mp4") { number(&bytes, data - 4) - 8 } else { 500 };
            assert!(differences(&bytes, &kept).iter().all(|at| !(data..data + length).contains(at)), "{name}: the frames are others");
        }
    }
    assert_whole(&workspace);
}

fn position(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|part| part == what).unwrap()
}

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

#[test]
fn every_box_of_a_video_that_may_name_a_place_becomes_free_space() {
    let workspace = TestWorkspace::with_demo("saas");
    let xmp = [b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac".as_slice(), SECRET.as_bytes()].concat();
    let user = boxes(&[(b"\xa9xyz", b"\0\x12\x15\xc7+27.5916+086.5640/"), (b"name", SECRET.as_bytes())]);
    let handler = |kind: &[u8; 4]| [[0; 8].as_slice(), kind, &[0; 13]].concat();
    let track = |kind: &[u8; 4]| boxes(&[(b"mdia", &boxes(&[(b"hdlr", &handler(kind))])), (b"udta", SECRET.as_bytes())]);
    // The samples of a video and those of its data take turns.
    let tabled = |kind: &[u8; 4], offsets: [u32; 2], size: u32| {
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        let tables = boxes(&[
            (b"stsz", &words(&[0, 0, 3, size, size, size])),
            (b"stsc", &words(&[0, 2, 1, 2, 1, 2, 1, 1])),
            (b"stco", &words(&[0, 2, offsets[0], offsets[1]])),
        ]);
        boxes(&[(b"mdia", &boxes(&[(b"hdlr", &handler(kind)), (b"minf", &boxes(&[(b"stbl", &tables)]))]))])
    };
    let movie = |kind: &[u8; 4]| {
        let header = [[0; 4].as_slice(), &[0xe0; 8], &[0; 88]].concat();
        boxes(&[(b"mvhd", &header), (b"trak", &track(kind)), (b"udta", &user), (b"uuid", &xmp)])
    };
    let film = |kind: &[u8; 4]| {
        boxes(&[
            (b"ftyp", b"isom\0\0\x02\0isomiso2mp41"),
            (b"free", SECRET.as_bytes()),
            (b"moov", &movie(kind)),
            (b"uuid", &xmp),
            (b"meta", SECRET.as_bytes()),
            (b"mdat", &[7; 500]),
        ])
    };
    let notes = ["removed location", "removed tags", "removed xmp", "removed dates", "removed other_data"];
    let plain = film(b"vide");
    let (kept, said) = add(&workspace, "plain.mp4", &plain);
    assert_eq!(said, set(&notes));
    assert!(!has(&kept, SECRET.as_bytes()) && !has(&kept, b"+27.5916") && !has(&kept, &[0xe0; 8]));
    assert_eq!((kept.len(), position(&kept, b"mdat")), (plain.len(), position(&plain, b"mdat")));
    // A track of data whose samples cannot be told from those of the video stays, and that is said.
    let (_, said) = add(&workspace, "unknown.mp4", &film(b"meta"));
    assert_eq!(said, set(&[notes.as_slice(), &["kept data_tracks"]].concat()));
    let data = [b"VIDEO-1 VIDEO-2 ".as_slice(), SECRET.as_bytes(), SECRET.as_bytes(), b"VIDEO-3 ", SECRET.as_bytes()].concat();
    let drone = |shift: u32| {
        let movie = boxes(&[
            (b"trak", &tabled(b"vide", [32, 32 + 16 + 24], 8)),
            (b"trak", &tabled(b"meta", [32 + 16 - shift, 32 + 16 + 24 + 8], 12)),
        ]);
        // The data come first, so that their positions are known.
        boxes(&[(b"ftyp", b"isom\0\0\x02\0isommp41"), (b"mdat", &data), (b"moov", &movie)])
    };
    for (shift, note, stays) in [(0, "removed data_tracks", false), (1, "kept data_tracks", true)] {
        let (kept, said) = add(&workspace, &format!("drone-{shift}.mp4"), &drone(shift));
        assert_eq!((said, has(&kept, SECRET.as_bytes())), (set(&[note]), stays));
        assert!(["VIDEO-1 ", "VIDEO-2 ", "VIDEO-3 "].iter().all(|sample| has(&kept, sample.as_bytes())), "{shift}");
    }
}

#[test]
fn an_avif_loses_its_exif_and_xmp_data_and_keeps_every_position_and_its_orientation() {
    let workspace = TestWorkspace::with_demo("saas");
    let bytes = recorded("located.avif");
    // Its encoder shortens fractions.
    let place = [52, 0, 0, 0, 1, 0, 0, 0, 31, 0, 0, 0, 1, 0, 0, 0, 0x69, 2, 0, 0, 50, 0, 0, 0];
    assert!(has(&bytes, SECRET.as_bytes()) && has(&bytes, &place) && has(&bytes, b"irot"));
    let (kept, said) = add(&workspace, "located.avif", &bytes);
    assert_eq!(said, set(&["removed exif", "removed location", "removed xmp"]));
    assert!(!has(&kept, SECRET.as_bytes()) && !has(&kept, &place));
    // Only the bytes of these two items are others.
    let metadata = position(&bytes, b"Exif\0\0II") - 4..position(&bytes, b"<x:xmpmeta") + 60;
    assert!(differences(&bytes, &kept).into_iter().all(|at| metadata.contains(&at)));
}

#[test]
fn a_pdf_loses_its_properties_or_says_what_it_keeps() {
    let workspace = TestWorkspace::with_demo("saas");
    for is_deflated in [false, true] {
        let bytes = pdf(if is_deflated { &[Part::Image, Part::DeflatedXmp] } else { &[Part::Image] });
        let (kept, said) = add(&workspace, &format!("plain-{is_deflated}.pdf"), &bytes);
        assert_eq!(said, set(&["removed properties", "removed xmp", "removed exif", "removed location"]));
        // The image's own comments are part of its bytes.
        let properties = &kept[..position(&kept, b"DCTDecode")];
        assert!(!has(properties, SECRET.as_bytes()) && !has(properties, b"5345435245") && !has(&kept, &PLACE), "{is_deflated}");
        assert!(has(&kept, b"/Author ()") && has(&kept, b"/Producer <>") && has(&kept, b"(kept)") && !has(&kept, b"D:2026"));
        differences(&bytes, &kept);
        if is_deflated {
            let at = position(&kept, b"FlateDecode");
            let start = at + position(&kept[at..], b"stream\n") + 7;
            let mut xmp = String::new();
            flate2::read::ZlibDecoder::new(&kept[start..]).read_to_string(&mut xmp).unwrap();
            assert!(xmp.trim().is_empty() && xmp.len() > 50, "{xmp}");
        }
    }
    let kept_whole = [
        ("hidden", Part::HiddenProperties, "a compressed part of the file"),
        ("encrypted", Part::Encryption, "encrypted"),
        ("signed", Part::Signature, "signed"),
    ];
    for (name, part, why) in kept_whole {
        let bytes = pdf(&[part]);
        let added = workspace.json(&["media", "add", "one", &workspace.file(&format!("{name}.pdf"), &bytes)]);
        let notes = added["notes"][0]["notes"].as_array().unwrap();
        let kept = notes.iter().find(|note| note["effect"] == "kept").unwrap_or_else(|| panic!("{name}: {added}"));
        assert!(kept["message"].as_str().unwrap().contains(why) && kept["subject"] == "properties", "{kept}");
        let stored = fs::read(workspace.site("one").join(&added["files"][0]["path"].as_str().unwrap()[1..])).unwrap();
        assert!(name == "hidden" || stored == bytes, "{name}");
    }
}

#[test]
fn the_command_line_says_what_was_done_to_a_file() {
    let workspace = TestWorkspace::with_demo("saas");
    let film = workspace.file("located.mp4", recorded("located.mp4"));
    let output = workspace.command(&["media", "add", "one", &film]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("Added /uploads/videos/located.mp4\n  Removed "), "{text}");
    assert!(text.contains("\n  Removed the location.") && text.contains("\n  Removed recording dates."), "{text}");
    // A file that takes another one's place is treated alike.
    let listed = workspace.json(&["media", "list", "one"]);
    let item = listed["files"].as_array().unwrap().iter().find(|item| item["filename"] == "located.mp4").unwrap();
    let other = workspace.file("other.mp4", recorded("located-udta.mp4"));
    let replaced = workspace.json(&["media", "replace", "one", item["id"].as_str().unwrap(), &other]);
    assert!(replaced["notes"].as_array().unwrap().iter().any(|note| note["subject"] == "location"), "{replaced}");
    let catalogue = fs::read_to_string(workspace.site("one").join("uploads/media.json")).unwrap();
    assert!(!catalogue.contains("notes") && !catalogue.contains("Removed"), "the catalogue says nothing that others do not know");
}
