//! What was removed from an SVG, for the import's report.

use crate::media::model::{ImportNote, NoteSubject};

/// The most names of one kind that are listed.
const MOST: usize = 20;
/// The longest name that is shown, in characters.
const LONGEST: usize = 100;

/// What was removed: each kind once, in the order it was found, with the names of what it was.
#[derive(Debug, Default)]
pub(super) struct Removed(Vec<(NoteSubject, Vec<String>)>);

impl Removed {
    /// Something that has no name.
    pub fn add(&mut self, subject: NoteSubject) {
        self.names(subject);
    }

    /// Something by its name or its URL.
    pub fn add_named(&mut self, subject: NoteSubject, name: &str) {
        let name: String = name.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let names = self.names(subject);
        if !name.is_empty() && names.len() < MOST && !names.contains(&name) {
            names.push(name);
        }
    }

    fn names(&mut self, subject: NoteSubject) -> &mut Vec<String> {
        let at = self.0.iter().position(|(known, _)| *known == subject).unwrap_or_else(|| {
            self.0.push((subject, Vec::new()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// Adds what was removed from a drawing inside this one.
    pub fn extend(&mut self, notes: Vec<ImportNote>) {
        for note in notes {
            self.add(note.subject);
            note.names.iter().for_each(|name| self.add_named(note.subject, name));
        }
    }

    pub fn into_notes(self) -> Vec<ImportNote> {
        self.0.into_iter().map(|(subject, names)| ImportNote::removed(subject).with_names(names)).collect()
    }
}
