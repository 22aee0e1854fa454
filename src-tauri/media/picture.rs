//! Pixels: decoded once, turned upright, made smaller step by step, encoded.
//!
//! What others made is decoded in Rust, within limits that were checked on the header. AVIF is never decoded: the decoders
//! there are would make the program half as large again, so it is kept as it is and has no smaller variants.

use std::io::Cursor;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, Limits};

use super::container::Clean;
use super::limits::{DECODED, Share, check_pixels};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;

/// What a decoder may take for itself, beside the pixels: a compressed colour profile of more than that is left out.
const ASIDE: u64 = 16_000_000;

/// How a picture that has to be encoded again is: hardly to be told from the original.
pub(super) const FINE: u8 = 90;

/// A decoded picture: 8 bits a channel, upright.
#[derive(Debug)]
pub(super) struct Picture {
    pub width: u32,
    pub height: u32,
    /// What the pixels are: one, two, three or four bytes each.
    layout: PixelType,
    pixels: Vec<u8>,
    /// The profile that says what the colours mean.
    icc: Option<Vec<u8>>,
    // The last to go: so much may be decoded by others then.
    _share: Option<Share>,
}

/// A picture whose header was read and found to be within the limits.
pub(super) struct Header<'a> {
    decoder: Box<dyn ImageDecoder + 'a>,
    orientation: Orientation,
    cost: u64,
}

impl<'a> Header<'a> {
    /// Reads a picture's header. Nothing is decoded, and nothing large is allocated.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be understood; `TooLarge`.
    pub fn read(kind: Kind, clean: &'a Clean) -> Result<Self> {
        let source = Cursor::new(clean.bytes.as_slice());
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(ASIDE);
        let decoder: Box<dyn ImageDecoder> = match kind {
            Kind::Jpeg => Box::new(JpegDecoder::new(source).map_err(damaged)?),
            Kind::Png => Box::new(PngDecoder::with_limits(source, limits).map_err(damaged)?),
            Kind::Gif => Box::new(GifDecoder::new(source).map_err(damaged)?),
            Kind::WebP => Box::new(WebPDecoder::new(source).map_err(damaged)?),
            _ => return Err(Error::new(Code::Internal, "This is no picture that can be decoded.")),
        };
        let (width, height) = decoder.dimensions();
        check_pixels(width, height)?;
        let size = decoder.total_bytes();
        if size > DECODED {
            return Err(Error::new(
                Code::TooLarge,
                "The picture takes too much memory once it is decoded. It was not added; save it with 8 bits a channel.",
            ));
        }
        let orientation = clean.exif.as_deref().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
        // A progressive JPEG is gathered in coefficients of two bytes; a picture that is turned is there twice.
        let progressive = if kind == Kind::Jpeg && clean.scans > 1 { size * 2 } else { 0 };
        let turned = if orientation == Orientation::NoTransforms { 0 } else { size };
        Ok(Self { decoder, orientation, cost: size + progressive + turned })
    }

    /// Width and height in pixels, as it is shown.
    pub fn dimensions(&self) -> (u32, u32) {
        let (width, height) = self.decoder.dimensions();
        match self.orientation {
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => (height, width),
            _ => (width, height),
        }
    }

    /// Whether the pixels stand otherwise than they are shown.
    pub fn is_turned(&self) -> bool {
        self.orientation != Orientation::NoTransforms
    }

    /// How the image is to be turned, as EXIF data say it.
    pub fn orientation(&self) -> u8 {
        self.orientation.to_exif()
    }

    /// Decodes it, once there is room for it.
    ///
    /// # Errors
    /// `Cancelled`; `InvalidInput` if the pixels are damaged or missing.
    pub fn decode(mut self, cancel: &Cancel) -> Result<Picture> {
        let share = Share::take(self.cost, cancel)?;
        let icc = self.decoder.icc_profile().ok().flatten();
        let color = self.decoder.color_type();
        let mut image = DynamicImage::from_decoder(self.decoder).map_err(damaged)?;
        image.apply_orientation(self.orientation);
        let image = match color {
            ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => image,
            ColorType::L16 => DynamicImage::ImageLuma8(image.into_luma8()),
            ColorType::La16 => DynamicImage::ImageLumaA8(image.into_luma_alpha8()),
            ColorType::Rgb16 | ColorType::Rgb32F => DynamicImage::ImageRgb8(image.into_rgb8()),
            _ => DynamicImage::ImageRgba8(image.into_rgba8()),
        };
        let (width, height) = (image.width(), image.height());
        let layout = match image.color().channel_count() {
            1 => PixelType::U8,
            2 => PixelType::U8x2,
            3 => PixelType::U8x3,
            _ => PixelType::U8x4,
        };
        let picture = Picture { width, height, layout, pixels: image.into_bytes(), icc, _share: Some(share) };
        Ok(Picture { icc: picture.icc.as_ref().filter(|icc| picture.is_described_by(icc)).cloned(), ..picture })
    }
}

impl Picture {
    /// A picture of rows of red, green and blue; none if the bytes are not those of its size.
    pub fn of_rgb(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let bytes = u64::from(width) * u64::from(height) * 3;
        let fits = width > 0 && height > 0 && u64::try_from(pixels.len()) == Ok(bytes);
        fits.then_some(Self { width, height, layout: PixelType::U8x3, pixels, icc: None, _share: None })
    }

    /// The picture with so many pixels a side.
    ///
    /// # Errors
    /// `Internal` if the pixels do not fit their layout, which cannot be.
    pub fn resized(&self, width: u32, height: u32) -> Result<Self> {
        let source = ImageRef::new(self.width, self.height, &self.pixels, self.layout).map_err(internal)?;
        let mut target = Image::new(width, height, self.layout);
        // Lanczos with three lobes, premultiplied by the transparency.
        Resizer::new().resize(&source, &mut target, None).map_err(internal)?;
        Ok(Self { width, height, layout: self.layout, pixels: target.into_vec(), icc: self.icc.clone(), _share: None })
    }

    /// Whether some of it may be seen through.
    pub fn has_alpha(&self) -> bool {
        matches!(self.layout, PixelType::U8x2 | PixelType::U8x4)
    }

    /// The picture as a file of that kind: JPEG, PNG, or WebP. The quality, 1 to 100, is for those that lose something.
    ///
    /// # Errors
    /// `Internal`; `TooLarge` if the format has no room for so many pixels.
    pub fn encode(&self, kind: Kind, quality: u8) -> Result<Vec<u8>> {
        match kind {
            Kind::Jpeg => self.encode_jpeg(quality),
            Kind::WebP => self.encode_webp(quality),
            _ => self.encode_png(),
        }
    }

    fn encode_jpeg(&self, quality: u8) -> Result<Vec<u8>> {
        let side = |side: u32| u16::try_from(side).map_err(|_| Error::new(Code::TooLarge, "The picture is too large for a JPEG."));
        let mut bytes = Vec::with_capacity(self.pixels.len() / 8);
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
        if let Some(icc) = &self.icc {
            encoder.add_icc_profile(icc).map_err(internal)?;
        }
        let (pixels, color) = match self.layout {
            PixelType::U8 => (self.pixels.as_slice(), jpeg_encoder::ColorType::Luma),
            PixelType::U8x3 => (self.pixels.as_slice(), jpeg_encoder::ColorType::Rgb),
            PixelType::U8x4 => (self.pixels.as_slice(), jpeg_encoder::ColorType::Rgba),
            _ => return self.in_color().encode_jpeg(quality),
        };
        encoder.encode(pixels, side(self.width)?, side(self.height)?, color).map_err(internal)?;
        Ok(bytes)
    }

    fn encode_png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        if let Some(icc) = &self.icc {
            encoder.set_icc_profile(icc.clone()).map_err(internal)?;
        }
        let color = match self.layout {
            PixelType::U8 => ExtendedColorType::L8,
            PixelType::U8x2 => ExtendedColorType::La8,
            PixelType::U8x3 => ExtendedColorType::Rgb8,
            _ => ExtendedColorType::Rgba8,
        };
        encoder.write_image(&self.pixels, self.width, self.height, color).map_err(internal)?;
        Ok(bytes)
    }

    fn encode_webp(&self, quality: u8) -> Result<Vec<u8>> {
        let encoder = match self.layout {
            PixelType::U8x3 => webp::Encoder::from_rgb(&self.pixels, self.width, self.height),
            PixelType::U8x4 => webp::Encoder::from_rgba(&self.pixels, self.width, self.height),
            _ => return self.in_color().encode_webp(quality),
        };
        let encoded = encoder.encode_simple(false, f32::from(quality)).map_err(|cause| internal(format!("{cause:?}")))?;
        Ok(super::container::with_icc(&encoded, self.icc.as_deref(), self.width, self.height, self.has_alpha()))
    }

    /// A grey picture in red, green and blue.
    fn in_color(&self) -> Self {
        let (layout, pixels) = match self.layout {
            PixelType::U8 => (PixelType::U8x3, self.pixels.iter().flat_map(|grey| [*grey; 3]).collect()),
            PixelType::U8x2 => {
                (PixelType::U8x4, self.pixels.as_chunks().0.iter().flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect())
            }
            layout => (layout, self.pixels.clone()),
        };
        // A profile of greys does not describe colours.
        Self { width: self.width, height: self.height, layout, pixels, icc: None, _share: None }
    }

    /// Whether the profile is for pixels like these: a CMYK picture is decoded to RGB, which its profile does not describe.
    fn is_described_by(&self, icc: &[u8]) -> bool {
        let space: &[u8] = if matches!(self.layout, PixelType::U8 | PixelType::U8x2) { b"GRAY" } else { b"RGB " };
        icc.get(16..20) == Some(space)
    }
}

pub(super) fn damaged(cause: image::ImageError) -> Error {
    tracing::debug!(error = %cause, "a picture cannot be decoded");
    if let image::ImageError::Limits(_) = cause {
        return Error::new(Code::TooLarge, "The picture takes too much memory to be decoded. It was not added.");
    }
    Error::new(Code::InvalidInput, "The picture is damaged or of a sort that is not known. It was not added; export it once more.")
}

pub(super) fn internal(cause: impl std::fmt::Display) -> Error {
    tracing::error!(error = %cause, "a picture could not be written");
    Error::new(Code::Internal, "The picture could not be written. It was not added.")
}
