//! Reading records: of one commit, of its twins, of all.

use crate::Result;
use crate::git::{Id, Notes};
use crate::record::Note;

/// The records as of one state of the notes ref.
pub struct Reader<'r> {
    notes: Notes<'r>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(notes: Notes<'r>) -> Self {
        Self { notes }
    }

    /// The notes that are read.
    pub fn notes(&self) -> &Notes<'r> {
        &self.notes
    }

    /// What the note of an object (a commit, or the tree of one) says; empty where it has none.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the note is not in this clone.
    pub fn note(&self, object: Id) -> Result<Note> {
        Ok(self.notes.read(object)?.map(|content| Note::parse(&content)).unwrap_or_default())
    }

    /// The notes of several objects, in order. With more than a few, they are parsed by a second thread while the next
    /// ones are read: inflating and parsing cost about the same.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note is not in this clone.
    pub fn notes_of(&self, objects: &[Id]) -> Result<Vec<Note>> {
        if objects.len() < 8 {
            return objects.iter().map(|id| self.note(*id)).collect();
        }
        std::thread::scope(|scope| {
            let (send, contents) = std::sync::mpsc::channel::<Option<Vec<u8>>>();
            let parser = scope.spawn(move || {
                contents.iter().map(|c| c.map(|bytes| Note::parse(&bytes)).unwrap_or_default()).collect::<Vec<_>>()
            });
            for id in objects {
                // The parser only ends where this end hangs up.
                let _ = send.send(self.notes.read(*id)?);
            }
            drop(send);
            parser.join().map_err(|_| crate::Error::data("the parser of notes died"))
        })
    }

    /// The notes of other commits with this tree: of each the commit and what its note says of this tree (its runs with
    /// this tree, and every accept).
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note is not in this clone.
    pub fn twins(&self, tree: Id, except: Id) -> Result<Vec<(Id, Note)>> {
        let mut found = Vec::new();
        let hex = tree.to_string();
        for twin in self.note(tree)?.twins {
            let Ok(commit) = twin.commit.parse::<Id>() else { continue };
            if commit == except || found.iter().any(|(known, _)| *known == commit) {
                continue;
            }
            let mut note = self.note(commit)?;
            note.runs.retain(|run| run.tree.as_deref() == Some(hex.as_str()));
            if !note.runs.is_empty() || !note.accepts.is_empty() {
                found.push((commit, note));
            }
        }
        Ok(found)
    }

    /// Every noted object with what its note says, sorted by id; `visit` is called once an object and returns `false` to
    /// stop.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note is not in this clone.
    pub fn each(&self, visit: &mut dyn FnMut(Id, &[u8]) -> bool) -> Result<()> {
        for (object, blobs) in self.notes.list()? {
            let mut content = Vec::new();
            for blob in blobs {
                content.extend_from_slice(&self.notes.blob(blob)?);
                content.push(b'\n');
            }
            if !visit(object, &content) {
                break;
            }
        }
        Ok(())
    }
}
