//! Pictures of the window as a person sees it: what the display shows, not what the webview would draw.
//!
//! WebDriver's own pictures hang where WebKitGTK draws without OpenGL: it waits for a drawing that only a change would bring.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat as Layout, MapState};

/// The number of the window on the display that a program shows under a title; none if it shows none.
///
/// A program names itself in `_NET_WM_PID` (Extended Window Manager Hints, section "Application Window Properties").
pub fn window_of(program: u32, title: &str) -> Option<u32> {
    let (display, screen) = x11rb::connect(None).expect("there is a display");
    let atom = |name: &[u8]| display.intern_atom(false, name).expect("a request").reply().expect("an answer").atom;
    let (process, name) = (atom(b"_NET_WM_PID"), atom(b"_NET_WM_NAME"));
    let mut pending = vec![display.setup().roots[screen].root];
    let mut found = None;
    // A window may end at any moment: what cannot be asked about it any more is none of the program's.
    while let Some(window) = pending.pop() {
        let property = |atom| display.get_property(false, window, atom, AtomEnum::ANY, 0, 1024).ok()?.reply().ok();
        let is_of_program = property(process).and_then(|one| one.value32()?.next()).is_some_and(|id| id == program);
        let is_named = is_of_program && property(name).is_some_and(|one| one.value == title.as_bytes());
        let is_shown = is_named
            && display
                .get_window_attributes(window)
                .is_ok_and(|request| request.reply().is_ok_and(|one| one.map_state == MapState::VIEWABLE));
        if is_shown {
            found = Some(window);
        }
        pending.extend(display.query_tree(window).ok().and_then(|request| request.reply().ok()).into_iter().flat_map(|tree| tree.children));
    }
    found
}

/// A picture of the window with this number on the display, as far as it is on the screen: PNG.
pub fn of_window(window: u32) -> Vec<u8> {
    let (display, screen) = x11rb::connect(None).expect("there is a display");
    let root = &display.setup().roots[screen];
    let size = display.get_geometry(window).expect("a request").reply().expect("its size");
    let place = display.translate_coordinates(window, root.root, 0, 0).expect("a request").reply().expect("its place");
    let (left, top) = (place.dst_x.max(0), place.dst_y.max(0));
    let length = |start: i16, from: i16, length: u16, whole: u16| {
        let end = (i32::from(start) + i32::from(length)).min(i32::from(whole));
        u16::try_from(end - i32::from(from)).expect("the window is on the screen")
    };
    let width = length(place.dst_x, left, size.width, root.width_in_pixels);
    let height = length(place.dst_y, top, size.height, root.height_in_pixels);
    let request = display.get_image(Layout::Z_PIXMAP, root.root, left, top, width, height, u32::MAX);
    let pixels = request.expect("a request").reply().expect("the screen's pixels").data;
    // Blue, green, red and nothing, as every display of 24 bits on a little-endian machine has them.
    let rgb = pixels.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
    let picture = RgbImage::from_raw(width.into(), height.into(), rgb).expect("four bytes for each pixel");
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut png, ImageFormat::Png).expect("a picture in memory");
    png.into_inner()
}
