//! Images as cameras, programs and broken transfers leave them. The committed ones, in `tests/fixtures/media-corpus/images`,
//! are what this code makes, so that a browser can be shown them before and after an import.

use super::pictures::{
    SECRET, animated_png, animated_webp, chunk, chunks_of, gif, jpeg, jpeg_with_metadata, piece, pixels, png, png_with, png_with_metadata,
    riff, webp, webp_size, webp_with_metadata,
};

/// The size of every image in the corpus.
pub const WIDTH: u32 = 48;
pub const HEIGHT: u32 = 32;

/// An image, and what an import says and makes of it.
pub struct Sample {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// An image without defects that has the same pixels.
    pub same: Vec<u8>,
    /// The notes, as `effect subject`.
    pub notes: &'static [&'static str],
}

fn sample(name: &'static str, bytes: Vec<u8>, same: &[u8], notes: &'static [&'static str]) -> Sample {
    Sample { name, bytes, same: same.to_vec(), notes }
}

/// A JPEG in several scans.
pub fn progressive_jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_progressive(true);
    let (width, height) = (u16::try_from(WIDTH).expect("short"), u16::try_from(HEIGHT).expect("short"));
    encoder.encode(&pixels(WIDTH, HEIGHT, 11), width, height, jpeg_encoder::ColorType::Rgb).expect("a JPEG");
    bytes
}

/// Images with a defect that browsers forgive.
pub fn defective() -> Vec<Sample> {
    let mut all = jpegs();
    all.extend(gifs());
    all.extend(pngs());
    all.extend(webps());
    all
}

fn jpegs() -> Vec<Sample> {
    let (plain, other, progressive) = (jpeg(WIDTH, HEIGHT, 7), jpeg(WIDTH, HEIGHT, 9), progressive_jpeg());
    let without_end = |bytes: &[u8]| bytes[..bytes.len() - 2].to_vec();
    // Behind each segment up to the compressed data.
    let mut stray = plain[..2].to_vec();
    let mut at = 2;
    while plain[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([plain[at + 2], plain[at + 3]]));
        stray.extend(&plain[at..end]);
        stray.extend(b"\0\x11\xff\0\xff\xff");
        at = end;
    }
    stray.extend(&plain[at..]);
    let filled = [&plain[..2], &[0xff; 5], &plain[2..]].concat();
    vec![
        sample("no-end.jpg", without_end(&plain), &plain, &["repaired end_mark"]),
        sample("half-an-end.jpg", plain[..plain.len() - 1].to_vec(), &plain, &["repaired end_mark"]),
        sample("no-end-progressive.jpg", without_end(&progressive), &progressive, &["repaired end_mark"]),
        sample("no-end-and-another.jpg", [without_end(&other), plain.clone()].concat(), &other, &["repaired end_mark"]),
        sample("stray-bytes.jpg", stray, &plain, &["removed stray_bytes"]),
        sample("fill-bytes.jpg", filled, &plain, &[]),
        sample("appended.jpg", [plain.as_slice(), SECRET.as_bytes()].concat(), &plain, &["removed appendix"]),
    ]
}

fn gifs() -> Vec<Sample> {
    let (still, moving) = (gif(WIDTH, HEIGHT, 1), gif(WIDTH, HEIGHT, 3));
    let comment = [b"\x21\xfe\x0c".as_slice(), SECRET.as_bytes(), b"\0"].concat();
    let cut_comment = [&still[..still.len() - 1], &comment[..8]].concat();
    let with_comment = [&moving[..moving.len() - 1], &comment, b";"].concat();
    vec![
        sample("no-trailer.gif", still[..still.len() - 1].to_vec(), &still, &["repaired end_mark"]),
        sample("no-trailer-moving.gif", moving[..moving.len() - 1].to_vec(), &moving, &["repaired end_mark"]),
        sample("no-block-end.gif", still[..still.len() - 2].to_vec(), &still, &["repaired end_mark"]),
        sample("no-block-end-moving.gif", moving[..moving.len() - 2].to_vec(), &moving, &["repaired end_mark"]),
        sample("zeros-for-trailer.gif", [&still[..still.len() - 1], &[0; 9]].concat(), &still, &["repaired end_mark", "removed appendix"]),
        sample("cut-comment.gif", cut_comment, &still, &["repaired end_mark"]),
        sample("comment.gif", with_comment, &moving, &["removed comments"]),
        sample("appended.gif", [still.as_slice(), SECRET.as_bytes()].concat(), &still, &["removed appendix"]),
    ]
}

/// A PNG with the checksum of every chunk of a kind changed.
pub fn with_wrong_checksum(png: &[u8], wrong: [u8; 4]) -> Vec<u8> {
    let mut bytes = png[..8].to_vec();
    for (kind, body) in chunks_of(png) {
        bytes.extend(chunk(kind, &body));
        if kind == wrong {
            let at = bytes.len() - 1;
            bytes[at] ^= 0x5a;
        }
    }
    bytes
}

fn pngs() -> Vec<Sample> {
    let (plain, moving) = (png(WIDTH, HEIGHT, 7), animated_png(WIDTH, HEIGHT, 3, 1));
    let text = [b"Comment\0".as_slice(), SECRET.as_bytes()].concat();
    let with_text = png_with(&plain, &[chunk(*b"tEXt", &text)]);
    let with_gamma = png_with(&plain, &[chunk(*b"gAMA", &200_000_u32.to_be_bytes())]);
    let checksums: &[&str] = &["repaired checksums"];
    vec![
        sample("no-iend.png", plain[..plain.len() - 12].to_vec(), &plain, &["repaired end_mark"]),
        sample("cut-iend.png", plain[..plain.len() - 5].to_vec(), &plain, &["repaired end_mark"]),
        sample("cut-checksum.png", plain[..plain.len() - 14].to_vec(), &plain, &["repaired end_mark"]),
        sample(
            "no-iend-moving.png",
            moving[..moving.len() - 12].to_vec(),
            &moving,
            &["repaired end_mark", "removed exif", "removed location"],
        ),
        sample("wrong-idat.png", with_wrong_checksum(&plain, *b"IDAT"), &plain, checksums),
        sample("wrong-iend.png", with_wrong_checksum(&plain, *b"IEND"), &plain, &[]),
        sample("wrong-text.png", with_wrong_checksum(&with_text, *b"tEXt"), &plain, &["removed comments"]),
        sample("wrong-gamma.png", with_wrong_checksum(&with_gamma, *b"gAMA"), &plain, &["removed other_data"]),
        sample(
            "wrong-frames.png",
            with_wrong_checksum(&moving, *b"fdAT"),
            &moving,
            &["repaired checksums", "removed exif", "removed location"],
        ),
        sample("appended.png", [plain.as_slice(), SECRET.as_bytes()].concat(), &plain, &["removed appendix"]),
    ]
}

fn webps() -> Vec<Sample> {
    let plain = webp(WIDTH, HEIGHT, 7);
    let extended = [vec![0, 0, 0, 0], webp_size(WIDTH, HEIGHT)].concat();
    let with_xmp = riff(&[piece(*b"VP8X", &extended), plain[12..].to_vec(), piece(*b"XMP ", SECRET.as_bytes())]);
    let mut long = plain.clone();
    long[4..8].copy_from_slice(&u32::try_from(plain.len() + 92).expect("short").to_le_bytes());
    vec![
        sample("long.webp", long, &plain, &["repaired lengths"]),
        sample("cut-xmp.webp", with_xmp[..with_xmp.len() - 6].to_vec(), &plain, &["repaired end_mark", "repaired lengths"]),
        sample("appended.webp", [plain.as_slice(), SECRET.as_bytes()].concat(), &plain, &["removed appendix"]),
    ]
}

/// Images with metadata, some of them to be turned.
pub fn described() -> Vec<Sample> {
    let everything: &[&str] = &["removed exif", "removed location", "removed xmp", "removed comments", "removed iptc", "removed appendix"];
    let still_png: &[&str] = &["removed comments", "removed exif", "removed location", "removed other_data"];
    let turned_webp: &[&str] = &["removed exif", "removed location", "repaired orientation"];
    let turned_png: &[&str] = &["removed exif", "removed location", "kept orientation"];
    vec![
        sample("camera.jpg", jpeg_with_metadata(WIDTH, HEIGHT, 1), &jpeg(WIDTH, HEIGHT, 7), everything),
        sample("text.png", png_with_metadata(WIDTH, HEIGHT, 1), &png(WIDTH, HEIGHT, 3), still_png),
        sample(
            "camera.webp",
            webp_with_metadata(WIDTH, HEIGHT),
            &webp(WIDTH, HEIGHT, 9),
            &["removed exif", "removed location", "removed xmp"],
        ),
        sample("turned-moving.webp", animated_webp(WIDTH, HEIGHT, 3, 6), &animated_webp(WIDTH, HEIGHT, 3, 1), turned_webp),
        sample("turned-moving.png", animated_png(WIDTH, HEIGHT, 3, 6), &animated_png(WIDTH, HEIGHT, 3, 1), turned_png),
    ]
}
