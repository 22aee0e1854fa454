//! What an import did to a file, so that a person can be told: metadata it removed, metadata it kept, damage it repaired.
//!
//! A note is typed, and its text is made here and nowhere else. Notes are part of the answer to an import. They are never
//! stored: the catalogue keeps the fields that Widgetizer knows.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many names a message lists.
const LISTED: usize = 5;

/// What an import did to one part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct ImportNote {
    /// What was done.
    pub effect: NoteEffect,
    /// What it was done to.
    pub subject: NoteSubject,
    /// Names of the parts in question, such as those of elements; often none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<_>", optional)]
    pub names: Vec<String>,
    /// The note as a sentence.
    pub message: String,
}

/// What an import does to a part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum NoteEffect {
    /// It is not in the imported file.
    Removed,
    /// It is still in the imported file.
    Kept,
    /// It was broken and is correct in the imported file.
    Repaired,
}

/// The parts of a file that notes are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum NoteSubject {
    /// GPS coordinates or the name of a place.
    Location,
    /// EXIF data: camera, owner, date.
    Exif,
    /// XMP data.
    Xmp,
    /// IPTC data, as Photoshop writes it.
    Iptc,
    /// Comments and other text.
    Comments,
    /// When something was recorded.
    Dates,
    /// Tracks of data that a camera recorded with a video, often where it was.
    DataTracks,
    /// Tags of a video or a sound, such as title, artist and cover.
    Tags,
    /// The properties of a document, such as author and title.
    Properties,
    /// Other data that a browser does not use.
    OtherData,
    /// What follows the end of the file's format.
    Appendix,
    /// Bytes between the parts of a file that belong to none.
    StrayBytes,
    /// How an image is to be turned.
    Orientation,
    /// The mark at the end of a file.
    EndMark,
    /// Checksums of parts of a file.
    Checksums,
    /// Lengths that a file states of itself.
    Lengths,
    /// Scripts.
    Scripts,
    /// Attributes that run scripts.
    EventHandlers,
    /// References to other files or sites.
    ExternalReferences,
    /// Rules of a style sheet.
    StyleRules,
    /// Elements.
    Elements,
    /// Attributes.
    Attributes,
    /// Images in a file that are not taken.
    EmbeddedFiles,
    /// The encoding of a text.
    Encoding,
}

impl ImportNote {
    /// Something that was taken out of the file.
    pub fn removed(subject: NoteSubject) -> Self {
        Self::new(NoteEffect::Removed, subject, Vec::new())
    }

    /// Something that is still in the file.
    pub fn kept(subject: NoteSubject) -> Self {
        Self::new(NoteEffect::Kept, subject, Vec::new())
    }

    /// Something that was put right.
    pub fn repaired(subject: NoteSubject) -> Self {
        Self::new(NoteEffect::Repaired, subject, Vec::new())
    }

    /// The same note with the names of what it is about, each once.
    #[must_use]
    pub fn with_names(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut seen = HashSet::new();
        let mut all = self.names;
        all.extend(names.into_iter().map(Into::into));
        all.retain(|name| seen.insert(name.clone()));
        Self::new(self.effect, self.subject, all)
    }

    fn new(effect: NoteEffect, subject: NoteSubject, names: Vec<String>) -> Self {
        let message = message(effect, subject, &names);
        Self { effect, subject, names, message }
    }
}

/// Adds a note unless an equal one is there.
pub(super) fn add(notes: &mut Vec<ImportNote>, note: ImportNote) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

fn message(effect: NoteEffect, subject: NoteSubject, names: &[String]) -> String {
    let verb = match effect {
        NoteEffect::Removed => "Removed",
        NoteEffect::Kept => "Kept",
        NoteEffect::Repaired => "Repaired",
    };
    let noun = match subject {
        NoteSubject::Location => "the location",
        NoteSubject::Exif => "EXIF data",
        NoteSubject::Xmp => "XMP data",
        NoteSubject::Iptc => "IPTC data",
        NoteSubject::Comments => "comments",
        NoteSubject::Dates => "recording dates",
        NoteSubject::DataTracks => "data tracks, which may hold locations",
        NoteSubject::Tags => "tags",
        NoteSubject::Properties => "document properties",
        NoteSubject::OtherData => "data that browsers do not use",
        NoteSubject::Appendix => "data after the end of the image",
        NoteSubject::StrayBytes => "stray bytes",
        NoteSubject::Orientation => "the orientation",
        NoteSubject::EndMark => "the end of the file, which was missing",
        NoteSubject::Checksums => "checksums that did not match",
        NoteSubject::Lengths => "lengths that were wrong",
        NoteSubject::Scripts => "scripts",
        NoteSubject::EventHandlers => "event handlers",
        NoteSubject::ExternalReferences => "references to other files or sites",
        NoteSubject::StyleRules => "style rules",
        NoteSubject::Elements => "elements",
        NoteSubject::Attributes => "attributes",
        NoteSubject::EmbeddedFiles => "embedded files",
        NoteSubject::Encoding => "the text encoding",
    };
    if names.is_empty() {
        return format!("{verb} {noun}.");
    }
    let mut listed = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        listed = format!("{listed} and {} more", names.len() - LISTED);
    }
    format!("{verb} {noun}: {listed}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_a_sentence_that_lists_each_name_once() {
        assert_eq!(ImportNote::removed(NoteSubject::Location).message, "Removed the location.");
        let note = ImportNote::kept(NoteSubject::Properties).with_names(["author", "title", "author"]);
        assert_eq!((note.message.as_str(), note.names.len()), ("Kept document properties: author, title.", 2));
        let many = ImportNote::removed(NoteSubject::Elements).with_names(('a'..='h').map(String::from));
        assert_eq!(many.message, "Removed elements: a, b, c, d, e and 3 more.");
    }
}
