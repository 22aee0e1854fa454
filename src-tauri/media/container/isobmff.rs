//! AVIF and MP4: boxes one behind the other (ISO/IEC 14496-12). Neither is decoded here.
//!
//! Nothing moves, since a file refers to its own bytes by their positions: metadata become free space of the same size. The
//! location, tags, XMP data, recording dates and data tracks of a film go, and the EXIF and XMP items of an image.

use std::io::{Cursor, Read, Seek, SeekFrom};

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::samples::{Tables, are_apart};
use super::{Clean, Cleaning, Flaw, items};
use crate::store::{Patch, patched};

/// More boxes than any encoder writes.
const BOXES: u32 = 1_000_000;
/// How deep the boxes that matter lie.
const DEPTH: u32 = 6;
/// How much of a box is looked through for what is in it.
const LOOK: u64 = 1_000_000;
/// How long a table of samples may be.
const TABLE: u64 = 64_000_000;
/// The identity of a box with XMP data.
const XMP: [u8; 16] = *b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";
/// Boxes that say where a film was made, and keys that do.
const PLACES: [&[u8]; 5] = [b"\xa9xyz", b"loci", b"location.ISO6709", b"location.name", b"GPSLatitude"];

/// A box: what it is, and where it and its contents are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub kind: [u8; 4],
    pub at: u64,
    pub body: u64,
    pub end: u64,
}

/// An AVIF without metadata.
pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut walk = Walk::new(Cursor::new(bytes), true);
    let boxes = walk.top()?;
    let mut cleaning = walk.cleaning;
    if let Some(meta) = boxes.iter().find(|one| &one.kind == b"meta") {
        items::clean(bytes, *meta, &mut cleaning)?;
    }
    Ok(Clean { bytes: patched(bytes, cleaning.patches), scans: 1, notes: cleaning.notes, ..Clean::default() })
}

/// What makes a film one without metadata.
pub(super) fn film(stream: impl Read + Seek) -> Result<Cleaning, Flaw> {
    let mut walk = Walk::new(stream, false);
    walk.top()?;
    Ok(walk.cleaning)
}

/// The boxes between two positions; what is no box ends them.
pub(super) fn boxes(bytes: &[u8], from: u64, to: u64) -> Vec<Header> {
    let mut walk = Walk::new(Cursor::new(bytes), true);
    walk.between(from, to).unwrap_or_default()
}

struct Walk<S> {
    stream: S,
    is_image: bool,
    boxes: u32,
    tracks: Vec<Header>,
    has_fragments: bool,
    cleaning: Cleaning,
}

impl<S: Read + Seek> Walk<S> {
    fn new(stream: S, is_image: bool) -> Self {
        Self { stream, is_image, boxes: 0, tracks: Vec::new(), has_fragments: false, cleaning: Cleaning::default() }
    }

    /// Goes through the whole file, of which every box at the top must be there to its end.
    fn top(&mut self) -> Result<Vec<Header>, Flaw> {
        let end = self.stream.seek(SeekFrom::End(0)).map_err(|_| Flaw::Damaged)?;
        let mut all = Vec::new();
        let mut at = 0;
        while at < end {
            let found = self.header(at, end)?;
            if found.end > end {
                return Err(Flaw::Truncated);
            }
            at = found.end;
            all.push(found);
        }
        for found in &all {
            self.visit(*found, DEPTH)?;
        }
        self.drop_data_tracks()?;
        Ok(all)
    }

    fn between(&mut self, from: u64, to: u64) -> Result<Vec<Header>, Flaw> {
        let mut all = Vec::new();
        let mut at = from;
        while at + 8 <= to {
            match self.header(at, to) {
                Ok(found) if found.end <= to => {
                    at = found.end;
                    all.push(found);
                }
                Err(Flaw::Laborious) => return Err(Flaw::Laborious),
                // Some pad with zeros.
                _ => break,
            }
        }
        Ok(all)
    }

    fn header(&mut self, at: u64, end: u64) -> Result<Header, Flaw> {
        self.boxes += 1;
        if self.boxes > BOXES {
            return Err(Flaw::Laborious);
        }
        self.stream.seek(SeekFrom::Start(at)).map_err(|_| Flaw::Damaged)?;
        let mut head = [0; 8];
        self.stream.read_exact(&mut head).map_err(|_| Flaw::Truncated)?;
        let [l0, l1, l2, l3, k0, k1, k2, k3] = head;
        let (length, body) = match u32::from_be_bytes([l0, l1, l2, l3]) {
            // Up to the end of the file.
            0 => (end - at, 8),
            1 => {
                let mut long = [0; 8];
                self.stream.read_exact(&mut long).map_err(|_| Flaw::Truncated)?;
                (u64::from_be_bytes(long), 16)
            }
            length => (u64::from(length), 8),
        };
        if length < body {
            return Err(Flaw::Damaged);
        }
        Ok(Header { kind: [k0, k1, k2, k3], at, body: at + body, end: at.checked_add(length).ok_or(Flaw::Damaged)? })
    }

    fn visit(&mut self, found: Header, depth: u32) -> Result<(), Flaw> {
        match &found.kind {
            b"moov" | b"trak" | b"mdia" | b"moof" | b"traf" | b"mvex" if depth > 0 => {
                match &found.kind {
                    b"trak" => self.tracks.push(found),
                    b"moof" => self.has_fragments = true,
                    _ => {}
                }
                for inner in self.between(found.body, found.end)? {
                    self.visit(inner, depth - 1)?;
                }
            }
            b"mvhd" | b"tkhd" | b"mdhd" => self.forget_dates(found),
            // The items of an image are in it.
            b"meta" if self.is_image && depth == DEPTH => {}
            b"udta" | b"meta" | b"uuid" => self.free(found),
            b"free" | b"skip" | b"wide" => self.empty(found),
            _ => {}
        }
        Ok(())
    }

    /// Takes out the tracks of data that cameras and drones record with a video, such as where they were, and their samples.
    fn drop_data_tracks(&mut self) -> Result<(), Flaw> {
        let (mut dropped, mut kept) = (Vec::new(), Vec::new());
        for track in std::mem::take(&mut self.tracks) {
            let handler = self.inside(track, &[b"mdia", b"hdlr"])?.map(|found| self.read(found.body, 12)).unwrap_or_default();
            let is_data = handler.get(8..12).is_some_and(|kind| matches!(kind, b"meta" | b"camm"));
            if is_data { dropped.push(track) } else { kept.push(track) }
        }
        if dropped.is_empty() {
            return Ok(());
        }
        let mut shown = Some(Vec::new());
        for track in kept {
            let ranges = self.samples(track)?;
            shown = shown.zip(ranges).map(|(all, ranges)| [all, ranges].concat());
        }
        if let Some(shown) = &mut shown {
            shown.sort_unstable();
        }
        for track in dropped {
            let ranges = if self.has_fragments { None } else { self.samples(track)? };
            // A sample of the video may be no part of it, whatever the file says.
            let ranges = ranges.filter(|ranges| shown.as_ref().is_some_and(|shown| are_apart(ranges, shown)));
            let Some(ranges) = ranges else {
                note::add(&mut self.cleaning.notes, ImportNote::kept(NoteSubject::DataTracks));
                continue;
            };
            note::add(&mut self.cleaning.notes, ImportNote::removed(NoteSubject::DataTracks));
            self.cleaning.patches.push(Patch::over(track.at + 4, 4, b"free".to_vec(), 0));
            self.cleaning.patches.push(Patch::over(track.body, track.end - track.body, Vec::new(), 0));
            self.cleaning.patches.extend(ranges.into_iter().map(|(at, length)| Patch::over(at, length, Vec::new(), 0)));
        }
        Ok(())
    }

    /// The box at the end of a path of boxes.
    fn inside(&mut self, from: Header, path: &[&[u8; 4]]) -> Result<Option<Header>, Flaw> {
        let mut found = from;
        for kind in path {
            let Some(inner) = self.between(found.body, found.end)?.into_iter().find(|inner| inner.kind == **kind) else {
                return Ok(None);
            };
            found = inner;
        }
        Ok(Some(found))
    }

    /// Where the samples of a track are; none if that cannot be found out.
    fn samples(&mut self, track: Header) -> Result<Option<Vec<(u64, u64)>>, Flaw> {
        let Some(tables) = self.inside(track, &[b"mdia", b"minf", b"stbl"])? else { return Ok(None) };
        let mut found = Tables::default();
        for table in self.between(tables.body, tables.end)? {
            let bytes = match &table.kind {
                b"stsz" => &mut found.sizes,
                b"stsc" => &mut found.chunks,
                b"stco" | b"co64" => &mut found.offsets,
                _ => continue,
            };
            *bytes = self.read(table.body, (table.end - table.body).min(TABLE));
            found.are_long |= &table.kind == b"co64";
        }
        Ok(found.ranges())
    }

    fn read(&mut self, at: u64, count: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = self.stream.seek(SeekFrom::Start(at)).and_then(|_| (&mut self.stream).take(count).read_to_end(&mut bytes));
        if read.is_err() {
            bytes.clear();
        }
        bytes
    }

    /// Makes a box of metadata one of free space, and says what was in it.
    fn free(&mut self, found: Header) {
        let content = self.read(found.body, (found.end - found.body).min(LOOK));
        // A box that says nothing is no metadata.
        if content.iter().all(|byte| *byte == 0) {
            return;
        }
        let has = |what: &[u8]| content.windows(what.len()).any(|part| part == what);
        if PLACES.iter().any(|place| has(place)) {
            note::add(&mut self.cleaning.notes, ImportNote::removed(NoteSubject::Location));
        }
        let subject = match &found.kind {
            b"uuid" if content.starts_with(&XMP) => NoteSubject::Xmp,
            b"uuid" => NoteSubject::OtherData,
            _ => NoteSubject::Tags,
        };
        note::add(&mut self.cleaning.notes, ImportNote::removed(subject));
        self.cleaning.patches.push(Patch::over(found.at + 4, 4, b"free".to_vec(), 0));
        self.cleaning.patches.push(Patch::over(found.body, found.end - found.body, Vec::new(), 0));
    }

    /// Takes out what was left in free space.
    fn empty(&mut self, found: Header) {
        let mut at = found.body;
        while at < found.end {
            let part = self.read(at, (found.end - at).min(LOOK));
            if part.is_empty() {
                return;
            }
            if part.iter().any(|byte| *byte != 0) {
                note::add(&mut self.cleaning.notes, ImportNote::removed(NoteSubject::OtherData));
                self.cleaning.patches.push(Patch::over(found.body, found.end - found.body, Vec::new(), 0));
                return;
            }
            at += part.len() as u64;
        }
    }

    /// A time of zero is one that is not known.
    fn forget_dates(&mut self, found: Header) {
        let head = self.read(found.body, 20);
        let length = if head.first() == Some(&1) { 16 } else { 8 };
        let Some(dates) = head.get(4..4 + length).filter(|_| found.end - found.body >= 20) else { return };
        if dates.iter().any(|byte| *byte != 0) {
            note::add(&mut self.cleaning.notes, ImportNote::removed(NoteSubject::Dates));
            self.cleaning.patches.push(Patch::over(found.body + 4, length as u64, Vec::new(), 0));
        }
    }
}
