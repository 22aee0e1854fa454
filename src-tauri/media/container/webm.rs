//! WebM: elements within elements (RFC 8794, RFC 9559).
//!
//! Nothing moves, since a file refers to its own bytes by their positions: elements of metadata become empty ones of the same
//! size. Tags, attachments, the title, the date and file names go.

use std::io::{Read, Seek, SeekFrom};

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Cleaning, Flaw};
use crate::store::Patch;

/// More elements than any encoder writes.
const ELEMENTS: u32 = 4_000_000;
/// How much of an element is looked through for what is in it.
const LOOK: u64 = 1_000_000;

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const SEEK_HEAD: u32 = 0x114d_9b74;
const SEEK: u32 = 0x4dbb;
const INFO: u32 = 0x1549_a966;
const ATTACHMENTS: u32 = 0x1941_a469;
const TAGS: u32 = 0x1254_c367;
const CHECKSUM: u32 = 0xbf;
const VOID: u32 = 0xec;
const DATE: u32 = 0x4461;
/// The title, and the names of this file, the one before and the one behind it.
const NAMES: [u32; 4] = [0x7ba9, 0x7384, 0x003c_83ab, 0x003e_83bb];

/// An element: what it is, and where it and its contents are.
#[derive(Debug, Clone, Copy)]
struct Header {
    id: u32,
    at: u64,
    body: u64,
    /// None while it goes on until another one of its level comes.
    end: Option<u64>,
}

/// What makes a WebM one without metadata.
///
/// # Errors
/// `Laborious`.
pub(super) fn film(mut stream: impl Read + Seek) -> Result<Cleaning, Flaw> {
    let end = stream.seek(SeekFrom::End(0)).map_err(|_| Flaw::Damaged)?;
    let mut walk = Walk { stream, elements: 0, cleaning: Cleaning::default() };
    walk.children(0, end, 0)?;
    Ok(walk.cleaning)
}

struct Walk<S> {
    stream: S,
    elements: u32,
    cleaning: Cleaning,
}

impl<S: Read + Seek> Walk<S> {
    fn children(&mut self, from: u64, to: u64, depth: u32) -> Result<(), Flaw> {
        let before = self.cleaning.patches.len();
        let mut checksum = None;
        let mut at = from;
        while at < to {
            self.elements += 1;
            if self.elements > ELEMENTS {
                return Err(Flaw::Laborious);
            }
            let Some(found) = self.header(at) else { break };
            let end = found.end.unwrap_or(to).min(to);
            if end < found.body {
                break;
            }
            at = end;
            match found.id {
                SEGMENT | SEEK_HEAD | INFO if depth < 3 => self.children(found.body, end, depth + 1)?,
                // It has no length, and what is in it is passed over one by one.
                CLUSTER if found.end.is_none() => at = found.body,
                TAGS => self.void(found, end, NoteSubject::Tags),
                ATTACHMENTS => self.void(found, end, NoteSubject::EmbeddedFiles),
                DATE => self.void(found, end, NoteSubject::Dates),
                id if NAMES.contains(&id) => self.void(found, end, NoteSubject::Tags),
                SEEK if self.leads_to_metadata(found, end) => self.cleaning.patches.push(void(found.at, end)),
                CHECKSUM => checksum = Some(void(found.at, end)),
                VOID => self.empty(found, end),
                _ => {}
            }
        }
        // It was that of what is different now.
        if self.cleaning.patches.len() > before {
            self.cleaning.patches.extend(checksum);
        }
        Ok(())
    }

    fn header(&mut self, at: u64) -> Option<Header> {
        self.stream.seek(SeekFrom::Start(at)).ok()?;
        let mut bytes = Vec::with_capacity(12);
        (&mut self.stream).take(12).read_to_end(&mut bytes).ok()?;
        let first = *bytes.first()?;
        let id_length = first.leading_zeros() as usize + 1;
        let id = bytes.get(..id_length).filter(|_| id_length <= 4)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        let rest = bytes.get(id_length..)?;
        let size_length = rest.first()?.leading_zeros() as usize + 1;
        let size = rest.get(..size_length).filter(|_| size_length <= 8)?;
        let marker = 1_u64 << (7 * size_length);
        let size = size.iter().fold(0, |size, byte| size << 8 | u64::from(*byte)) & (marker - 1);
        let body = at + (id_length + size_length) as u64;
        let end = if size == marker - 1 { None } else { Some(body.checked_add(size)?) };
        Some(Header { id, at, body, end })
    }

    fn read(&mut self, at: u64, end: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let count = end.saturating_sub(at).min(LOOK);
        let read = self.stream.seek(SeekFrom::Start(at)).and_then(|_| (&mut self.stream).take(count).read_to_end(&mut bytes));
        if read.is_err() {
            bytes.clear();
        }
        bytes
    }

    fn void(&mut self, found: Header, end: u64, subject: NoteSubject) {
        if self.read(found.body, end).windows(8).any(|part| part == b"LOCATION") {
            note::add(&mut self.cleaning.notes, ImportNote::removed(NoteSubject::Location));
        }
        note::add(&mut self.cleaning.notes, ImportNote::removed(subject));
        self.cleaning.patches.push(void(found.at, end));
    }

    /// Whether an entry of the table of contents is about an element that goes.
    fn leads_to_metadata(&mut self, found: Header, end: u64) -> bool {
        let entry = self.read(found.body, end);
        [TAGS, ATTACHMENTS].iter().any(|id| entry.windows(4).any(|part| part == id.to_be_bytes()))
    }

    /// Takes out what was left in an element that is to be empty.
    fn empty(&mut self, found: Header, end: u64) {
        if self.read(found.body, end).iter().any(|byte| *byte != 0) {
            note::add(&mut self.cleaning.notes, ImportNote::removed(NoteSubject::OtherData));
            self.cleaning.patches.push(Patch::over(found.body, end - found.body, Vec::new(), 0));
        }
    }
}

/// An empty element in the place of another one.
fn void(at: u64, end: u64) -> Patch {
    let length = end - at;
    let head = match u8::try_from(length.saturating_sub(2)) {
        Ok(short) if short < 0x7f => vec![0xec, 0x80 | short],
        _ => {
            let [_, size @ ..] = (length - 9).to_be_bytes();
            [[0xec, 0x01].as_slice(), &size].concat()
        }
    };
    Patch::over(at, length, head, 0)
}
