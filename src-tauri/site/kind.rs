//! The kinds of files that media may be, told by their bytes: a name can say anything.
//!
//! The list is the one that Widgetizer takes, and AVIF, MP4, WebM and plain text with it. What a browser would run (HTML,
//! scripts, programs) is not on it.

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture, be it animated.
    Png,
    /// A GIF picture, be it animated.
    Gif,
    /// A WebP picture, be it animated.
    WebP,
    /// An AVIF picture.
    Avif,
    /// An SVG drawing.
    Svg,
    /// An MP4 film.
    Mp4,
    /// A WebM film.
    WebM,
    /// An MP3 sound.
    Mp3,
    /// A PDF document.
    Pdf,
    /// Plain text.
    Text,
    /// Plain text, marked up.
    Markdown,
    /// A table as plain text.
    Csv,
}

/// How many bytes of a file's beginning [`Kind::sniff`] wants to see.
pub const HEAD: usize = 65_536;
/// How many bytes must look like plain text for a file to be taken for it.
const PLAIN: usize = 4096;

impl Kind {
    /// What a file is, by the first [`HEAD`] bytes of it. Only of plain text the name's ending is asked.
    ///
    /// # Errors
    /// What it is instead, as the end of the sentence “It is …”.
    pub fn sniff(head: &[u8], name: &str) -> Result<Self, &'static str> {
        if let Some(found) = by_magic(head) {
            return found;
        }
        let Some(text) = as_text(&head[..head.len().min(PLAIN)]) else {
            // Drawing programs wrote SVG in other encodings too.
            let is_svg = other_encoding(head).is_some_and(|text| root(&text).is_some_and(is_svg));
            return if is_svg { Ok(Self::Svg) } else { Err("of a kind that is not known here") };
        };
        let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
        if text.starts_with('<') {
            // Comments and entities may stand before the root, and be long.
            return if root(String::from_utf8_lossy(head).trim_start_matches('\u{feff}')).is_some_and(is_svg) {
                Ok(Self::Svg)
            } else {
                Err("a document of HTML or XML, which may hold scripts")
            };
        }
        if text.starts_with("#!") || text.starts_with("<?") {
            return Err("a script");
        }
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("txt") => Ok(Self::Text),
            Some("md" | "markdown") => Ok(Self::Markdown),
            Some("csv") => Ok(Self::Csv),
            _ if head.is_empty() => Err("empty"),
            _ => Err("text of a kind that is not known here"),
        }
    }

    /// The kind that a media type names, as the catalogue does.
    pub fn of_mime(mime: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.mime() == mime)
    }

    /// The kind of a stored file, by the ending of its name.
    pub fn of_ending(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        let ending = if ending == "jpeg" { "jpg" } else { &ending };
        Self::ALL.into_iter().find(|kind| kind.extension() == ending)
    }

    const ALL: [Self; 13] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::WebP,
        Self::Avif,
        Self::Svg,
        Self::Mp4,
        Self::WebM,
        Self::Mp3,
        Self::Pdf,
        Self::Text,
        Self::Markdown,
        Self::Csv,
    ];

    /// The media type, such as `image/png`.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
            Self::Svg => "image/svg+xml",
            Self::Mp4 => "video/mp4",
            Self::WebM => "video/webm",
            Self::Mp3 => "audio/mpeg",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Csv => "text/csv",
        }
    }

    /// The ending that names of such files get.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Avif => "avif",
            Self::Svg => "svg",
            Self::Mp4 => "mp4",
            Self::WebM => "webm",
            Self::Mp3 => "mp3",
            Self::Pdf => "pdf",
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Csv => "csv",
        }
    }

    /// The folder for files of this kind, from the site's root.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::WebP | Self::Avif | Self::Svg => "uploads/images",
            Self::Mp4 | Self::WebM => "uploads/videos",
            Self::Mp3 => "uploads/audios",
            Self::Pdf | Self::Text | Self::Markdown | Self::Csv => "uploads/files",
        }
    }

    /// Whether it is shown as a picture.
    pub fn is_image(self) -> bool {
        self.folder() == "uploads/images"
    }

    /// Whether it is plain text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Markdown | Self::Csv)
    }
}

fn by_magic(head: &[u8]) -> Option<Result<Kind, &'static str>> {
    let is = |magic: &[u8]| head.starts_with(magic);
    Some(match head {
        [0xff, 0xd8, 0xff, ..] => Ok(Kind::Jpeg),
        _ if is(b"\x89PNG\r\n\x1a\n") => Ok(Kind::Png),
        _ if is(b"GIF87a") || is(b"GIF89a") => Ok(Kind::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, rest @ ..] => match rest.get(..4) {
            Some(b"WEBP") => Ok(Kind::WebP),
            Some(b"WAVE") => Err("a WAV sound; save it as MP3"),
            _ => Err("a film that browsers do not play; save it as MP4 or WebM"),
        },
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => by_brand(head),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => {
            if head.iter().take(64).collect::<Vec<_>>().windows(4).any(|four| four.iter().copied().eq(b"webm")) {
                Ok(Kind::WebM)
            } else {
                Err("a Matroska film, which browsers do not play; save it as MP4 or WebM")
            }
        }
        // Layer III of MPEG audio, with and without tags.
        _ if is(b"ID3") => Ok(Kind::Mp3),
        [0xff, second, ..] if second & 0xe6 == 0xe2 => Ok(Kind::Mp3),
        _ if is(b"%PDF-") => Ok(Kind::Pdf),
        _ if is(b"MZ") || is(b"\x7fELF") || is(b"\xca\xfe\xba\xbe") || is(b"\xcf\xfa\xed\xfe") => Err("a program"),
        _ if is(b"PK\x03\x04") || is(b"PK\x05\x06") => Err("an archive or an office document"),
        _ if is(b"\x1f\x8b") => Err("a compressed file"),
        _ if is(b"II*\0") || is(b"MM\0*") => Err("a TIFF picture, which browsers do not show; save it as JPEG or PNG"),
        _ if is(b"8BPS") => Err("a Photoshop document; save it as JPEG or PNG"),
        _ if is(b"BM") && head.get(6..10) == Some(&[0; 4]) => Err("a BMP picture; save it as PNG"),
        _ if is(b"\0\0\x01\0") => Err("an icon of Windows; save it as PNG"),
        _ if is(b"OggS") => Err("an Ogg file; save it as MP3 or WebM"),
        _ => return None,
    })
}

/// Files of the ISO base media format say in brands what they are.
fn by_brand(head: &[u8]) -> Result<Kind, &'static str> {
    let length = head.first_chunk().map_or(0, |length| u32::from_be_bytes(*length)) as usize;
    let brands: Vec<&[u8]> = head.get(8..length.min(head.len())).unwrap_or_default().chunks_exact(4).collect();
    let has = |wanted: &[&[u8; 4]]| brands.iter().any(|brand| wanted.iter().any(|known| brand == &known.as_slice()));
    if has(&[b"avif", b"avis"]) {
        Ok(Kind::Avif)
    } else if has(&[b"heic", b"heix", b"hevc", b"mif1", b"msf1"]) {
        Err("a HEIC picture, which most browsers do not show; save it as JPEG")
    } else if brands.first().is_some_and(|brand| brand.starts_with(b"M4A") || brand.starts_with(b"M4B")) {
        Err("an M4A sound; save it as MP3")
    } else if has(&[b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"]) {
        Ok(Kind::Mp4)
    } else {
        Err("a film or picture that not every browser shows; save it as MP4 or JPEG")
    }
}

/// The beginning as text, if it is UTF-8 without control characters; a character may be cut off at the end.
fn as_text(head: &[u8]) -> Option<&str> {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(cause) if cause.error_len().is_none() => str::from_utf8(&head[..cause.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    (!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))).then_some(text)
}

/// The beginning as text in UTF-16, or in an encoding that has ASCII where ASCII has it.
fn other_encoding(head: &[u8]) -> Option<String> {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    let text = match head {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [b'<', 0, ..] => units(head, u16::from_le_bytes),
        [0, b'<', ..] => units(head, u16::from_be_bytes),
        _ => String::from_utf8_lossy(head).into_owned(),
    };
    (text.trim_start().starts_with('<') && !text.contains('\0')).then_some(text)
}

fn is_svg(root: &str) -> bool {
    root == "svg" || root.ends_with(":svg")
}

/// The name of the root element of a document of XML, behind its declaration, comments and type.
fn root(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start();
        let end = if text.starts_with("<?") {
            text.find("?>")? + 2
        } else if text.starts_with("<!--") {
            text.find("-->")? + 3
        } else if text.starts_with("<!") {
            // A type with an internal subset ends behind that.
            let close = text.find('>')?;
            match text.find('[') {
                Some(open) if open < close => {
                    let subset = open + text[open..].find(']')?;
                    subset + text[subset..].find('>')? + 1
                }
                _ => close + 1,
            }
        } else {
            let name = text.strip_prefix('<')?;
            return Some(&name[..name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?]);
        };
        text = text.get(end..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn svg_is_found_in_every_encoding_and_behind_a_long_beginning() {
        let text =
            format!("<?xml version='1.0' encoding='x'?><!-- Größe {} -->\n<svg xmlns='http://www.w3.org/2000/svg'/>", "-".repeat(9_000));
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let little: Vec<u8> = units(&format!("\u{feff}{text}")).into_iter().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units(&text).into_iter().flat_map(u16::to_be_bytes).collect();
        for bytes in [text.clone().into_bytes(), latin, little, big] {
            assert_eq!(Kind::sniff(&bytes[..bytes.len().min(HEAD)], "a.svg"), Ok(Kind::Svg), "{:?}", &bytes[..4]);
        }
        let page: Vec<u8> = units("<html><svg></svg></html>").into_iter().flat_map(u16::to_le_bytes).collect();
        assert!(Kind::sniff(&page, "a.svg").is_err());
    }

    #[test]
    fn bytes_tell_what_a_file_is_whatever_it_is_called() {
        let cases: [(&[u8], &str, Result<Kind, ()>); 24] = [
            (b"\xff\xd8\xff\xe0", "a.png", Ok(Kind::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0", "a.jpg", Ok(Kind::Png)),
            (b"GIF89a", "a", Ok(Kind::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", "a.exe", Ok(Kind::WebP)),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "a", Ok(Kind::Avif)),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.jpg", Err(())),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "a", Ok(Kind::Mp4)),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a.mp4", Err(())),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "a", Ok(Kind::WebM)),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "a.webm", Err(())),
            (b"ID3\x04", "a", Ok(Kind::Mp3)),
            (b"\xff\xfb\x90", "a", Ok(Kind::Mp3)),
            (b"\xff\xf1\x50", "a.mp3", Err(())),
            (b"%PDF-1.7\n", "a.html", Ok(Kind::Pdf)),
            (b"MZ\x90", "a.jpg", Err(())),
            (b"<!DOCTYPE html><html>", "a.svg", Err(())),
            (b"  <svg xmlns='http://www.w3.org/2000/svg'>", "a.jpg", Ok(Kind::Svg)),
            ("\u{feff}<?xml version='1.0'?><!-- c --><!DOCTYPE svg [<!ENTITY a 'b'>]>\n<s:svg x=''>".as_bytes(), "a", Ok(Kind::Svg)),
            (b"<p>Read me</p>", "a.md", Err(())),
            (b"alert(1)", "a.js", Err(())),
            (b"Hello \xc3", "a.txt", Ok(Kind::Text)),
            (b"a,b\n1,2\n", "A.CSV", Ok(Kind::Csv)),
            (b"Hello \0", "a.txt", Err(())),
            (b"", "a.jpg", Err(())),
        ];
        for (head, name, kind) in cases {
            assert_eq!(Kind::sniff(head, name).map_err(drop), kind, "{name}: {}", head.escape_ascii());
        }
    }
}
