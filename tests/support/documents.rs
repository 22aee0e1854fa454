//! PDFs, made for a test: each with properties that say a secret.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::pictures::{SECRET, jpeg_with_metadata};

/// What a document is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its XMP data are compressed.
    DeflatedXmp,
    /// Its properties are in a compressed part of the file.
    HiddenProperties,
    Encryption,
    Signature,
    /// An image with EXIF data.
    Image,
}

/// One page, and what it says of itself.
pub fn pdf(parts: &[Part]) -> Vec<u8> {
    let has = |part: Part| parts.contains(&part);
    let xmp =
        format!("<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>{SECRET}</dc:creator></x:xmpmeta>{}", " ".repeat(400));
    let (xmp, filter) = if has(Part::DeflatedXmp) { (deflated(xmp.as_bytes()), " /Filter /FlateDecode") } else { (xmp.into_bytes(), "") };
    // Some programs leave it to the reference.
    let kind = if has(Part::DeflatedXmp) { "/Type /Metadata /Subtype /XML" } else { "" };
    let mut objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>".to_vec(),
        stream(&format!("{kind}{filter}"), &xmp),
        format!("({SECRET} \\( 2 \\))").into_bytes(),
    ];
    let hex = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    let properties = format!(
        "<< /Author ({SECRET} (and more) \\) ) /Title 5 0 R % {{\n /Producer <{hex}> /Trapped /False /Custom [1 (kept) << /A 2 >>]\n/CreationDate (D:20260102030405) >>"
    );
    if has(Part::HiddenProperties) {
        objects.push(stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &deflated(format!("9 0 {properties}").as_bytes())));
    } else {
        objects.push(properties.into_bytes());
    }
    if has(Part::Image) {
        let dictionary =
            "/Type /XObject /Subtype /Image /Width 48 /Height 32 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode";
        objects.push(stream(dictionary, &jpeg_with_metadata(48, 32, 1)[..]));
    }
    if has(Part::Signature) {
        objects.push(b"<< /Type /Sig /ByteRange [0 10 20 30] /Contents <00> >>".to_vec());
    }
    let info = if has(Part::HiddenProperties) { "9 0 R" } else { "6 0 R" };
    let encrypt = if has(Part::Encryption) { " /Encrypt << /Filter /Standard /V 1 >>" } else { "" };
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in objects.iter().enumerate() {
        table = format!("{table}{:010} 00000 n \n", bytes.len());
        bytes.extend(format!("{} 0 obj\n", number + 1).bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let start = bytes.len();
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R /Info {info}{encrypt} >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    bytes.extend([table.into_bytes(), trailer.into_bytes()].concat());
    bytes
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    [format!("<< {dictionary} /Length {} >>\nstream\n", data.len()).as_bytes(), data, b"\nendstream"].concat()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}
