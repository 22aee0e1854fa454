//! Pictures and other media, made for a test.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// What no picture that is kept may say: it stands in all metadata that are put into one.
pub const SECRET: &str = "SECRET-PLACE";

/// A picture in which no two of different seeds are alike: red grows to the right, green downwards.
pub fn pixels(width: u32, height: u32, seed: u8) -> RgbImage {
    let part = |at: u32, of: u32| u8::try_from(at * 255 / of.max(1)).expect("a byte");
    RgbImage::from_fn(width, height, |x, y| Rgb([part(x, width), part(y, height), seed]))
}

pub fn jpeg(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&pixels(width, height, seed)).expect("a JPEG");
    bytes
}

fn encoded(image: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

pub fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encoded(pixels(width, height, seed).into(), ImageFormat::Png)
}

/// Half of it may be seen through.
pub fn clear_png(width: u32, height: u32) -> Vec<u8> {
    let image = RgbaImage::from_fn(width, height, |x, _| Rgba([200, 10, 10, if x < width / 2 { 0 } else { 255 }]));
    encoded(image.into(), ImageFormat::Png)
}

pub fn webp(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encoded(pixels(width, height, seed).into(), ImageFormat::WebP)
}

pub fn gif(width: u32, height: u32, frames: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for seed in 0..frames {
        let image = DynamicImage::from(pixels(width, height, seed * 40)).into_rgba8();
        encoder.encode_frame(Frame::new(image)).expect("a frame");
    }
    drop(encoder);
    bytes
}

/// Where a camera was, as its EXIF data say it: 52° 31′ 12.34″ in three fractions.
pub const PLACE: [u8; 24] = [52, 0, 0, 0, 1, 0, 0, 0, 31, 0, 0, 0, 1, 0, 0, 0, 0xd2, 4, 0, 0, 100, 0, 0, 0];

/// EXIF data that say how to turn the image, and two secrets: the camera's owner, and where it was.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x03\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x30, 0xa4, 2, 0, 13, 0, 0, 0, 50, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 64, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(SECRET.as_bytes());
    tiff.extend([0; 2]);
    // The directory of the place: its latitude.
    tiff.extend([1, 0, 2, 0, 5, 0, 3, 0, 0, 0, 82, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(PLACE);
    tiff
}

/// A JPEG with EXIF data, a comment, XMP data, and something behind its end.
pub fn jpeg_with_metadata(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let plain = jpeg(width, height, 7);
    let mut bytes = plain[..2].to_vec();
    let exif = [b"Exif\0\0".as_slice(), &exif(orientation)].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), SECRET.as_bytes()].concat();
    for (marker, body) in [(0xe1, exif), (0xe1, xmp), (0xfe, SECRET.as_bytes().to_vec()), (0xed, SECRET.as_bytes().to_vec())] {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(body.len() + 2).expect("short").to_be_bytes());
        bytes.extend(body);
    }
    bytes.extend(&plain[2..]);
    bytes.extend(SECRET.as_bytes());
    bytes
}

/// One chunk of a PNG.
pub fn chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len()).expect("short").to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(body);
    bytes.extend(crc32fast::hash(&bytes[4..]).to_be_bytes());
    bytes
}

/// A PNG with these chunks behind its header.
pub fn png_with(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    // Eight bytes of signature; 25 of the header.
    [&png[..33], &chunks.concat(), &png[33..]].concat()
}

pub fn png_with_metadata(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let text = [b"Comment\0".as_slice(), SECRET.as_bytes()].concat();
    png_with(&png(width, height, 3), &[chunk(*b"tEXt", &text), chunk(*b"eXIf", &exif(orientation)), chunk(*b"prVt", SECRET.as_bytes())])
}

/// A PNG that says it is so large, and has next to nothing in it.
pub fn huge_png(width: u32, height: u32) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let signature = b"\x89PNG\r\n\x1a\n".to_vec();
    [signature, chunk(*b"IHDR", &header), chunk(*b"IDAT", &[0x78, 0x9c, 3, 0, 0, 0, 0, 1]), chunk(*b"IEND", &[])].concat()
}

/// A small PNG whose colour profile becomes a hundred megabytes when it is unpacked.
pub fn bomb_png() -> Vec<u8> {
    let zeros = encoded(DynamicImage::new_luma8(20_000, 5_000), ImageFormat::Png);
    // The compressed pixels of an empty picture are a bomb.
    let packed: Vec<u8> = chunks_of(&zeros).into_iter().filter(|(kind, _)| kind == b"IDAT").flat_map(|(_, body)| body).collect();
    let profile = [b"bomb\0\0".as_slice(), &packed].concat();
    png_with(&png(300, 200, 1), &[chunk(*b"iCCP", &profile)])
}

/// What chunks a PNG has.
pub fn chunks_of(png: &[u8]) -> Vec<([u8; 4], Vec<u8>)> {
    let mut chunks = Vec::new();
    let mut at = 8;
    while at + 8 <= png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().expect("four")) as usize;
        chunks.push((png[at + 4..at + 8].try_into().expect("four"), png[at + 8..at + 8 + length].to_vec()));
        at += length + 12;
    }
    chunks
}

pub fn webp_with_metadata(width: u32, height: u32) -> Vec<u8> {
    let plain = webp(width, height, 9);
    let extended = [vec![0x0c, 0, 0, 0], webp_size(width, height)].concat();
    riff(&[piece(*b"VP8X", &extended), plain[12..].to_vec(), piece(*b"EXIF", &exif(1)), piece(*b"XMP ", SECRET.as_bytes())])
}

/// One chunk of a WebP.
pub fn piece(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = [kind.as_slice(), &u32::try_from(body.len()).expect("short").to_le_bytes(), body].concat();
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// Width and height as a WebP says them.
pub fn webp_size(width: u32, height: u32) -> Vec<u8> {
    [&(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat()
}

/// A WebP of these chunks.
pub fn riff(pieces: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WEBP".as_slice(), &pieces.concat()].concat();
    [b"RIFF".as_slice(), &u32::try_from(body.len()).expect("short").to_le_bytes(), &body].concat()
}

/// An animated WebP without loss, to be turned as its EXIF data say.
pub fn animated_webp(width: u32, height: u32, frames: u8, orientation: u8) -> Vec<u8> {
    let extended = [vec![0x0a, 0, 0, 0], webp_size(width, height)].concat();
    let mut pieces = vec![piece(*b"VP8X", &extended), piece(*b"ANIM", &[0xff, 0xff, 0xff, 0xff, 3, 0])];
    for seed in 0..frames {
        let shown = [vec![0; 6], webp_size(width, height), vec![120, 0, 0, 2], webp(width, height, seed * 40)[12..].to_vec()];
        pieces.push(piece(*b"ANMF", &shown.concat()));
    }
    pieces.push(piece(*b"EXIF", &exif(orientation)));
    riff(&pieces)
}

/// An animated PNG, to be turned as its EXIF data say.
pub fn animated_png(width: u32, height: u32, frames: u8, orientation: u8) -> Vec<u8> {
    let mut number = 0_u32;
    let mut next = || {
        number += 1;
        (number - 1).to_be_bytes()
    };
    let mut inserted =
        vec![chunk(*b"eXIf", &exif(orientation)), chunk(*b"acTL", &[u32::from(frames).to_be_bytes(), 2_u32.to_be_bytes()].concat())];
    let control = |number: [u8; 4]| {
        let size = [width.to_be_bytes(), height.to_be_bytes(), [0; 4], [0; 4]].concat();
        chunk(*b"fcTL", &[number.to_vec(), size, vec![0, 12, 0, 100, 0, 0]].concat())
    };
    inserted.push(control(next()));
    let mut bytes = png_with(&png(width, height, 0), &inserted);
    bytes.truncate(bytes.len() - 12);
    for seed in 1..frames {
        bytes.extend(control(next()));
        for (_, data) in chunks_of(&png(width, height, seed * 40)).into_iter().filter(|(kind, _)| kind == b"IDAT") {
            bytes.extend(chunk(*b"fdAT", &[next().as_slice(), &data].concat()));
        }
    }
    bytes.extend(chunk(*b"IEND", &[]));
    bytes
}

/// Boxes of an MP4 or AVIF file, one behind the other.
pub fn boxes(boxes: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    boxes
        .iter()
        .flat_map(|(kind, body)| [&u32::try_from(body.len() + 8).expect("short").to_be_bytes(), kind.as_slice(), body].concat())
        .collect()
}

pub fn mp4() -> Vec<u8> {
    boxes(&[(b"ftyp", b"isom\0\0\x02\0isomiso2mp41"), (b"moov", &[0; 64]), (b"mdat", &[7; 5_000])])
}

/// An AVIF as far as its header goes: it says its size, and is never decoded.
pub fn avif(width: u32, height: u32) -> Vec<u8> {
    let size = [[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat();
    let properties = boxes(&[(b"ipco", &boxes(&[(b"ispe", &size)]))]);
    let meta = [[0; 4].as_slice(), &boxes(&[(b"iprp", &properties)])].concat();
    boxes(&[(b"ftyp", b"avif\0\0\0\0avifmif1miaf"), (b"meta", &meta), (b"mdat", &[1; 100])])
}
