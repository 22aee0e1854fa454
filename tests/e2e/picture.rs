//! Pictures of the window as a person sees it: what the display shows, not what the webview would draw.
//!
//! WebDriver's own pictures hang where WebKitGTK draws without OpenGL: it waits for a drawing that only a change would bring.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat as Layout};

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
