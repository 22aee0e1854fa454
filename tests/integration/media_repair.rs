//! Images that every browser shows are taken, whatever is wrong with the file around their pixels, and repaired.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::AnimationDecoder as _;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use serde_json::Value;

use crate::support::TestWorkspace;
use crate::support::corpus::{self, HEIGHT, Sample, WIDTH, progressive_jpeg, with_wrong_checksum};
use crate::support::media::assert_whole;
use crate::support::pictures::{PLACE, SECRET, animated_png, chunk, chunks_of, gif, jpeg, png};

/// Every frame of an image: its pixels and how long it is shown.
fn frames(bytes: &[u8]) -> Vec<(image::RgbaImage, (u32, u32))> {
    let source = Cursor::new(bytes);
    let frames = match image::guess_format(bytes).unwrap() {
        image::ImageFormat::Gif => GifDecoder::new(source).unwrap().into_frames(),
        image::ImageFormat::Png if PngDecoder::new(source.clone()).unwrap().is_apng().unwrap() => {
            PngDecoder::new(source).unwrap().apng().unwrap().into_frames()
        }
        image::ImageFormat::WebP if WebPDecoder::new(source.clone()).unwrap().has_animation() => {
            WebPDecoder::new(source).unwrap().into_frames()
        }
        _ => return vec![(image::load_from_memory(bytes).unwrap().into_rgba8(), (0, 1))],
    };
    frames.map(|frame| frame.unwrap()).map(|frame| (frame.buffer().clone(), frame.delay().numer_denom_ms())).collect()
}

/// Adds samples in one import; gives for each what is stored, its item and its notes.
fn add(workspace: &TestWorkspace, samples: &[Sample]) -> Vec<(Vec<u8>, Value, BTreeSet<String>)> {
    let files: Vec<String> = samples.iter().map(|sample| workspace.file(sample.name, &sample.bytes)).collect();
    let arguments: Vec<&str> = ["--json", "media", "add", "one"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = workspace.command(&arguments).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["failed"], Value::Array(Vec::new()));
    let items: BTreeMap<&str, &Value> =
        answer["files"].as_array().unwrap().iter().map(|item| (item["originalName"].as_str().unwrap(), item)).collect();
    samples
        .iter()
        .map(|sample| {
            let item = items.get(sample.name).unwrap_or_else(|| panic!("{} is not there", sample.name));
            let path = workspace.site("one").join(&item["path"].as_str().unwrap()[1..]);
            let noted = answer["notes"].as_array().unwrap().iter().find(|noted| noted["id"] == item["id"]);
            let notes = noted.map_or_else(Vec::new, |noted| noted["notes"].as_array().unwrap().clone());
            let notes = notes.iter().map(|note| format!("{} {}", note["effect"].as_str().unwrap(), note["subject"].as_str().unwrap()));
            (fs::read(path).unwrap(), (*item).clone(), notes.collect())
        })
        .collect()
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

#[test]
fn defects_that_browsers_forgive_are_repaired_and_reported() {
    let workspace = TestWorkspace::with_demo("saas");
    // One after the other: several samples become the same image.
    for sample in corpus::defective() {
        let taken = add(&workspace, std::slice::from_ref(&sample));
        let (kept, item, notes) = &taken[0];
        assert_eq!(frames(kept), frames(&sample.same), "{}", sample.name);
        assert_eq!(notes, &sample.notes.iter().map(|note| (*note).to_owned()).collect(), "{}", sample.name);
        assert!(!has(kept, SECRET.as_bytes()), "{}", sample.name);
        assert_eq!((&item["width"], &item["height"]), (&WIDTH.into(), &HEIGHT.into()), "{}", sample.name);
        // What was repaired needs no repair any more.
        let again = workspace.json(&["media", "add", "one", &workspace.file("again", kept)]);
        assert_eq!(again["duplicates"][0]["id"], item["id"], "{}", sample.name);
        workspace.json(&["media", "remove", "one", item["id"].as_str().unwrap()]);
    }
    assert_whole(&workspace);
}

#[test]
fn metadata_are_removed_and_animations_stand_upright() {
    let workspace = TestWorkspace::with_demo("saas");
    let samples = corpus::described();
    for (sample, (kept, item, notes)) in samples.iter().zip(add(&workspace, &samples)) {
        assert!(has(&sample.bytes, SECRET.as_bytes()) && has(&sample.bytes, &PLACE), "{}", sample.name);
        assert!(!has(&kept, SECRET.as_bytes()) && !has(&kept, &PLACE), "{}", sample.name);
        assert_eq!(notes, sample.notes.iter().map(|note| (*note).to_owned()).collect(), "{}", sample.name);
        let shown = (item["width"].as_u64().unwrap(), item["height"].as_u64().unwrap());
        let same = frames(&sample.same);
        if sample.name == "turned-moving.webp" {
            let turned: Vec<_> = same.into_iter().map(|(pixels, delay)| (image::imageops::rotate90(&pixels), delay)).collect();
            assert_eq!(frames(&kept), turned);
            assert_eq!(shown, (HEIGHT.into(), WIDTH.into()));
        } else {
            assert_eq!(frames(&kept), same, "{}", sample.name);
        }
        if sample.name == "turned-moving.png" {
            // Browsers turn it, as they turn what came.
            let exif = chunks_of(&kept).into_iter().find(|(kind, _)| kind == b"eXIf").unwrap().1;
            assert_eq!(image::metadata::Orientation::from_exif_chunk(&exif), image::metadata::Orientation::from_exif(6));
            assert_eq!((exif.len(), shown), (26, (HEIGHT.into(), WIDTH.into())));
        }
    }
    assert_whole(&workspace);
}

#[test]
fn images_without_all_their_pixels_are_refused() {
    let workspace = TestWorkspace::with_demo("saas");
    let (baseline, progressive) = (jpeg(300, 200, 1), progressive_jpeg());
    let (still, moving) = (png(300, 200, 1), animated_png(60, 40, 3, 1));
    let (gif, moving_gif) = (gif(60, 40, 1), gif(60, 40, 3));
    let mut cut: Vec<(String, Vec<u8>)> = Vec::new();
    let mut cut_each = |name: &str, bytes: &[u8], behind: &[usize]| {
        for behind in behind {
            cut.push((format!("{behind}-{name}"), bytes[..bytes.len() - behind].to_vec()));
        }
    };
    cut_each("baseline.jpg", &baseline, &[6, 10, 20, 100, 500, 1000]);
    cut_each("progressive.jpg", &progressive, &[5, 20, 60, 120]);
    cut_each("still.png", &still, &[40, 100, 200]);
    cut_each("moving.png", &moving, &[40, 100]);
    cut_each("still.gif", &gif, &[20, 100, 500]);
    cut_each("moving.gif", &moving_gif, &[20, 100, 500]);
    // Damaged, and not only a checksum of it.
    let mut packed: Vec<u8> = chunks_of(&still).into_iter().filter(|(kind, _)| kind == b"IDAT").flat_map(|(_, body)| body).collect();
    let last = packed.len() - 1;
    packed[last] ^= 1;
    let damaged = [&still[..33], &chunk(*b"IDAT", &packed), &chunk(*b"IEND", &[])].concat();
    cut.push(("both.png".to_owned(), with_wrong_checksum(&damaged, *b"IDAT")));
    cut.push(("header.png".to_owned(), with_wrong_checksum(&still, *b"IHDR")));
    cut.push(("before.jpg".to_owned(), [b"\0\0".as_slice(), &baseline].concat()));
    let files: Vec<String> = cut.iter().map(|(name, bytes)| workspace.file(&format!("cut/{name}"), bytes)).collect();
    let arguments: Vec<&str> = ["--json", "media", "add", "one"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = workspace.command(&arguments).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let taken: Vec<_> = answer["files"].as_array().unwrap().iter().map(|item| item["originalName"].as_str().unwrap()).collect();
    assert_eq!(taken, [""; 0]);
    for failed in answer["failed"].as_array().unwrap() {
        let message = failed["error"]["message"].as_str().unwrap();
        assert!(["damaged", "not known"].iter().any(|word| message.contains(word)), "{failed}");
    }
    assert_whole(&workspace);
}

/// Run with `BACKLOT_WRITE_CORPUS=1` to write the files after a change of `support/corpus.rs`.
#[test]
fn the_committed_corpus_is_what_its_code_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media-corpus/images");
    let samples: Vec<Sample> = corpus::defective().into_iter().chain(corpus::described()).collect();
    if std::env::var_os("BACKLOT_WRITE_CORPUS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for sample in &samples {
            fs::write(folder.join(sample.name), &sample.bytes).unwrap();
        }
    }
    for sample in &samples {
        assert!(fs::read(folder.join(sample.name)).is_ok_and(|bytes| bytes == sample.bytes), "{}", sample.name);
    }
    assert!(samples.iter().map(|sample| sample.bytes.len()).sum::<usize>() < 200_000);
}
