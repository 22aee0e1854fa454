//! What is kept, what is removed, and that a second time changes nothing.

use super::*;

const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn read(document: &str) -> (String, Vec<String>) {
    let drawing = sanitize(document.as_bytes()).unwrap_or_else(|error| panic!("{}: {document}", error.message));
    let again = sanitize(&drawing.bytes).unwrap();
    let text = String::from_utf8(drawing.bytes).unwrap();
    assert_eq!(String::from_utf8(again.bytes).unwrap(), text, "once more: {document}");
    assert_eq!(again.dimensions, drawing.dimensions);
    (text, drawing.notes.into_iter().map(|note| note.message).collect())
}

/// A drawing with `inner` in it, without its root.
fn clean(inner: &str) -> (String, Vec<String>) {
    let root = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='10'>";
    let (text, removed) = read(&format!("{root}{inner}</svg>"));
    let start = text.find("width=\"10\">").map_or(text.len(), |at| at + "width=\"10\">".len());
    (text[start..].strip_suffix("</svg>\n").unwrap_or_default().to_owned(), removed)
}

#[test]
fn drawing_programs_output_is_kept() {
    let drawing = "<?xml version=\"1.0\"?><!-- Made by hand: a < b -->\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\" [<!ENTITY ns_svg \"http://www.w3.org/2000/svg\"><!ENTITY st0 \"fill:#0f0\">]>\n<svg xmlns=\"&ns_svg;\" viewBox=\"0 0 8 8\"><style><![CDATA[.a > .b { fill: #f00 }]]></style><g class=\"a\"><path class=\"b\" style=\"&st0;\" d=\"M0 0h8v8z\" data-x=\"1>0\"/></g></svg>";
    let (text, removed) = read(drawing);
    assert_eq!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><style>.a &gt; .b { fill: #f00 }</style><g class=\"a\"><path class=\"b\" style=\"fill:#0f0\" d=\"M0 0h8v8z\" data-x=\"1&gt;0\"/></g></svg>\n"
    );
    assert_eq!(removed, [""; 0]);
}

#[test]
fn harmless_content_is_kept_as_it_is_written() {
    for inner in [
        "<style>#späti{fill:red}</style><rect id=\"späti\" aria-labelledby=\"töö\"/><use href=\"#späti\" xlink:href=\"#späti\"/>",
        "<path id=\"ä\" d=\"M0 0h8\"/><text><textPath href=\"#ä\">along</textPath></text>",
        "<text xml:space=\"preserve\"> a <tspan>b</tspan> <tspan>c</tspan>\n</text>",
        "<text xml:lang=\"de\" systemLanguage=\"de\">ß</text>",
        "<rect fill=\"url(#ä)\" paint-order=\"stroke\" mask-type=\"alpha\" style=\"mix-blend-mode:multiply;--x:1\"/>",
        "<filter id=\"f\"><feDropShadow dx=\"1\" flood-color=\"var(--x)\"/><feImage href=\"#f\"/></filter>",
        "<clipPath id=\"c\" clipPathUnits=\"objectBoundingBox\"><circle r=\".5\"/></clipPath><marker id=\"m\" orient=\"auto-start-reverse\"/>",
        "<rect id=\"r\"><animate attributeName=\"fill\" values=\"red;url(#ä);blue\" begin=\"ä.click;r.end+1s\" dur=\"1s\"/></rect>",
        "<set attributeName=\"visibility\" to=\"hidden\"/><animateMotion dur=\"1s\"><mpath href=\"#ä\"/></animateMotion>",
        "<switch><g systemLanguage=\"xx\"/><g/></switch><a href=\"#ä\"><title>T</title><desc>D &lt;b&gt;</desc></a><a href=\"#\"/>",
        "<style media=\"print\">@media (prefers-color-scheme:dark){rect{fill:#fff}}</style>",
        "<symbol id=\"s\" viewBox=\"0 0 1 1\"/><use xlink:href=\"#s\" xlink:title=\"S\"/>",
        "<rect class=\"a\" transform-origin=\"1 2\" transform=\"rotate(1)\" vector-effect=\"non-scaling-stroke\" tabindex=\"0\" role=\"img\"/>",
        "<rect aria-label=\"a&#10;b&#9;&quot;\"/>",
    ] {
        let xlink = inner.contains("xlink:");
        let (text, removed) = clean(inner);
        assert_eq!(text, inner);
        assert_eq!((removed, xlink), (Vec::new(), inner.contains("xlink:")));
    }
    let (text, removed) =
        read("<s:svg xmlns:s='http://www.w3.org/2000/svg' xmlns:l='http://www.w3.org/1999/xlink'><s:use l:href='#a'/></s:svg>");
    let root = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">";
    assert_eq!((text, removed), (format!("{root}<use xlink:href=\"#a\"/></svg>\n"), Vec::new()));
}

#[test]
fn embedded_images_are_kept_under_their_true_type() {
    for (written, kept) in [
        (format!("data:image/png;base64,{PIXEL}"), format!("data:image/png;base64,{PIXEL}")),
        (format!("data:image/jpg;base64,{PIXEL}"), format!("data:image/png;base64,{PIXEL}")),
        (format!(" DATA:image/x-png;charset=utf-8;BASE64,{PIXEL}"), format!("data:image/png;base64,{PIXEL}")),
        (
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Crect onclick='x()'/%3E%3C/svg%3E".to_owned(),
            "data:image/svg+xml,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22%3E%3Crect/%3E%3C/svg%3E%0A".to_owned(),
        ),
    ] {
        let (text, _) = clean(&format!("<image href=\"{written}\"/><style>a{{cursor:url(\"{written}\")}}</style>"));
        assert_eq!(text, format!("<image href=\"{kept}\"/><style>a{{cursor:url(\"{kept}\")}}</style>"));
    }
    // A header of a font is enough to be told as one; browsers check the rest.
    let font = "@font-face{font-family:X;src:url(data:application/octet-stream;base64,d09GMgAB)}";
    assert_eq!(
        clean(&format!("<style>{font}</style>")).0,
        format!("<style>{}</style>", font.replace("application/octet-stream", "font/woff2"))
    );
    assert_eq!(clean("<style>a{cursor:url(data:font/woff2;base64,d09GMgAB)}</style>").0, "<style>a{}</style>");
}

#[test]
fn nothing_that_runs_or_loads_is_left_and_what_went_is_named() {
    let hostile = [
        ("<script>alert(1)</script>", "Removed scripts."),
        ("<g onload='alert(1)'/>", "event handlers: onload"),
        ("<g ONCLICK='alert(1)'/>", "event handlers: ONCLICK"),
        ("<foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload='alert(1)'/></foreignObject>", "foreignObject"),
        ("<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>", "HTML content"),
        ("<a href='javascript:alert(1)'><text>1</text></a>", "script:alert(1)"),
        ("<a xlink:href=' &#10;java&#9;script:alert(1)'><text>1</text></a>", "script:alert(1)"),
        ("<a href='//evil.example'><text>1</text></a>", "//evil.example"),
        ("<image href='https://evil.example/track.png'/>", "https://evil.example/track.png"),
        ("<image href='//evil.example/track.png'/>", "//evil.example/track.png"),
        ("<image href='track.png'/>", "track.png"),
        ("<feImage href='https://evil.example/track.png'/>", "evil.example"),
        ("<use xlink:href='https://evil.example/a.svg#x'/>", "evil.example"),
        ("<use href='data:image/svg+xml,x#x'/>", "embedded files"),
        ("<linearGradient xlink:href='evil.svg#g'/>", "evil.svg#g"),
        ("<textPath href='evil.svg#g'/>", "evil.svg#g"),
        ("<style>@import url(https://evil.example/a.css); rect { fill: url('https://evil.example/b.svg#c') }</style>", "@import"),
        ("<style>rect { fill: image-set(\"//evil.example\" 1x) }</style>", "//evil.example"),
        ("<style>@font-face { src: url(//evil.example/f.woff) }</style>", "//evil.example/f.woff"),
        ("<style type='text/less'>a{}</style>", "text/less"),
        ("<style><g/>@import 'https://evil.example';</style>", "elements: g"),
        ("<rect style='fill: url(https://evil.example/b.svg#c)'/>", "evil.example"),
        ("<rect fill='url(https://evil.example/b.svg#c)'/>", "evil.example"),
        ("<rect filter='url(evil.svg#c)'/>", "evil.svg#c"),
        ("<rect clip-path='\\75rl(evil.svg#c)'/>", "evil.svg#c"),
        ("<animate attributeName='onload' values='alert(1)'/>", "of onload"),
        ("<animate attributeName='href' values='javascript:alert(1)'/>", "of href"),
        ("<set attributeName=' xlink:href ' to='javascript:alert(1)'/>", "of xlink:href"),
        ("<set attributeName='style' to='fill:url(//evil.example)'/>", "of style"),
        ("<set attributeName='fill' to='url(//evil.example#a)'/>", "//evil.example#a"),
        ("<animate attributeName='mask' values='none;url(//evil.example#a)'/>", "//evil.example#a"),
        ("<image href='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'/>", "embedded files"),
        ("<image href='data:image/png;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'/>", "embedded files"),
        ("<image href='data:text/html,&lt;script>alert(1)&lt;/script>'/>", "embedded files"),
        ("<iframe src='https://evil.example'/>", "iframe"),
        ("<handler type='application/ecmascript'>alert(1)</handler>", "handler"),
        ("<g xml:base='https://evil.example/'/>", "xml:base"),
        ("<desc><style>&lt;/style></style></desc>", "elements: style"),
        ("<metadata><x:a xmlns:x='urn:x'>Ann Author</x:a></metadata>", "metadata"),
        ("<x:a xmlns:x='urn:x' onload='alert(1)'/>", "do not use: x"),
        ("<g x:onload='alert(1)' xmlns:x='urn:x'/>", "do not use: x"),
        ("<g src='//evil.example'/>", "attributes: src"),
    ];
    for (inner, named) in hostile {
        let (text, removed) = clean(&format!("{inner}<rect/>"));
        for word in [
            "script",
            "onload",
            "ONCLICK",
            "evil",
            "foreignObject",
            "iframe",
            "data:",
            "import",
            "/style",
            "handler",
            "Author",
            "track",
            "src",
        ] {
            assert!(!text.replace("</style>", "").contains(word), "{inner}\n{text}");
        }
        assert!(text.ends_with("<rect/>"), "{text}");
        assert!(removed.iter().any(|what| what.contains(named)), "{inner}: {removed:?}");
    }
    let (_, removed) = read("<?xml-stylesheet href='https://evil.example/a.css'?><svg xmlns='http://www.w3.org/2000/svg'/>");
    assert!(removed[0].contains("xml-stylesheet"), "{removed:?}");
}

#[test]
fn bombs_and_documents_that_are_no_drawing_are_refused() {
    let mut bomb = "<!DOCTYPE svg [<!ENTITY a '0123456789'>".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]) {
        let ten = format!("&{of};").repeat(10);
        bomb = format!("{bomb}<!ENTITY {name} '{ten}'>");
    }
    bomb.push_str("]><svg xmlns='http://www.w3.org/2000/svg'><text>&i;</text></svg>");
    let deep = format!("<svg xmlns='http://www.w3.org/2000/svg'>{}{}</svg>", "<g>".repeat(100_000), "</g>".repeat(100_000));
    let quadratic = format!(
        "<!DOCTYPE svg [<!ENTITY a '{}'>]><svg xmlns='http://www.w3.org/2000/svg'><text>{}</text></svg>",
        "x".repeat(100_000),
        "&a;".repeat(100_000)
    );
    let root = "<svg xmlns='http://www.w3.org/2000/svg'";
    let copies = (1..9).map(|level| format!("<g id='a{level}'>{}</g>", format!("<use href='#a{}'/>", level - 1).repeat(10)));
    let copies = format!("{root}><g id='a0'/>{}</svg>", copies.collect::<String>());
    for refused in [
        bomb.as_str(),
        &deep,
        &quadratic,
        &copies,
        &format!("<!DOCTYPE svg [<!ENTITY a '&#60;g>'>]>{root}>&a;</svg>"),
        &format!("<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{root}>&a;</svg>"),
        &format!("<!DOCTYPE svg [<!ENTITY % a SYSTEM 'http://x.example/a.dtd'>%a;]>{root}/>"),
        &format!("{root}>&nbsp;</svg>"),
        &format!("{root} a='1' a='2'/>"),
        &format!("{root}/>{root}/>"),
        &format!("{root}><g></svg>"),
        "<svg",
        "<svg>",
        "<html/>",
        "",
        "<svg/>",
    ] {
        let error = sanitize(refused.as_bytes()).unwrap_err();
        assert_eq!(error.code, Code::InvalidInput, "{refused:.80}");
        assert!(error.message.contains("not added"), "{}", error.message);
    }
}

#[test]
fn width_and_height_are_those_of_the_root_or_its_view_box() {
    let of = |root: &str| {
        let document = format!("<svg xmlns='http://www.w3.org/2000/svg' {root}><rect width=\"1\" height=\"1\"/></svg>");
        sanitize(document.as_bytes()).unwrap().dimensions
    };
    assert_eq!(of("width=\"64\" height=\"32px\""), Some((64, 32)));
    assert_eq!(of("width=\"1in\" height=\"25.4mm\""), Some((96, 96)));
    assert_eq!(of("viewBox=\"0 0 24 12.4\""), Some((24, 12)));
    assert_eq!(of("width=\"48\" viewBox=\"0,0,24,12\""), Some((48, 24)));
    assert_eq!(of("width=\"100%\" height=\"100%\""), None);
}

/// Documents put together by chance from pieces that are hard to read: whatever comes of one, it comes of itself again.
#[test]
fn sanitizing_a_sanitized_document_changes_nothing() {
    let pieces = [
        "<g>",
        "</g>",
        "<style>",
        "</style>",
        "<text> ",
        "</text>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "a{",
        "}",
        ";",
        "/*",
        "*/",
        "\"",
        "'",
        "\\",
        "url(",
        "url(\"#ä",
        ")",
        "#ä",
        "//evil.example/x",
        "https://evil.example",
        "image-set(",
        "@import ",
        "@media x{",
        "--x:",
        ":",
        "fill",
        "<rect style=\"",
        "<rect fill=\"",
        "\"/>",
        "<a href=\"",
        "<set attributeName=\"fill\" to=\"",
        "&#10;",
        "&quot;",
        "&lt;",
        "&amp;",
        "&#x5c;",
        " ",
        "\n",
        "é",
        "(",
        "[",
        "]",
        "{",
        "<!DOCTYPE",
        "data:image/png,",
        "!important",
        "U+26",
        "1e3",
        "-->",
        "<metadata>",
        "</metadata>",
        "<title>",
        "</title>",
        "var(--x)",
        "attr(x)",
        "\r",
        "&#13;",
        "xml:space=\"preserve\"",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut chance = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let mut taken = 0;
    for round in 0..20_000 {
        let some: String = (0..=chance(14)).map(|_| pieces[chance(pieces.len())]).collect();
        // Text that is put into a place is read more often than text that is put anywhere.
        let escaped = some.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let inner = match round % 4 {
            0 => some,
            1 => format!("<style>{escaped}</style>"),
            2 => format!("<rect style=\"{escaped}\" fill=\"{escaped}\"/>"),
            _ => format!("<text>{some}</text>"),
        };
        let document = format!("<svg xmlns=\"{SVG}\">{inner}</svg>");
        let Ok(first) = sanitize(document.as_bytes()) else { continue };
        taken += 1;
        let text = String::from_utf8(first.bytes.clone()).unwrap();
        let second = sanitize(&first.bytes).unwrap_or_else(|error| panic!("{}: {document}\n{text}", error.message));
        assert_eq!(String::from_utf8(second.bytes).unwrap(), text, "{document}");
        assert_eq!(sanitize(document.as_bytes()).unwrap().bytes, first.bytes, "{document}");
        assert_eq!(second.notes, [], "{text}");
    }
    assert!(taken > 4_000, "only {taken} were well-formed");
}

#[test]
fn images_inside_a_drawing_lose_their_metadata() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let mut png = base64.decode(PIXEL).unwrap();
    let chunk = b"tEXtComment\0at home";
    let mut text = u32::try_from(chunk.len() - 4).unwrap().to_be_bytes().to_vec();
    text.extend(chunk);
    text.extend(crc32fast::hash(chunk).to_be_bytes());
    // Behind the header, which has a fixed length.
    png.splice(33..33, text);
    let (drawing, _) = clean(&format!("<image href=\"data:image/png;base64,{}\"/>", base64.encode(&png)));
    let inside = drawing.split("base64,").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(base64.decode(inside).unwrap(), base64.decode(PIXEL).unwrap());
}
