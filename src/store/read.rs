//! Reading records: of one commit, of its twins, of all.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use crate::git::{self, Id, Notes, Repo};
use crate::model::parallel::beside;
use crate::record::{Beginnings, Note, Twin};
use crate::{Error, Result};

/// Notes that are handed over at a time.
const TOGETHER: usize = 4;

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

    /// The notes of several objects, in order. With more than a few, a second thread parses while the next ones are read;
    /// what is left when all are read, both parse.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note is not in this clone.
    pub fn notes_of(&self, objects: &[Id]) -> Result<Vec<Note>> {
        if objects.len() < 8 {
            return objects.iter().map(|id| self.note(*id)).collect();
        }
        let (send, contents) = mpsc::channel::<Vec<(usize, Vec<u8>)>>();
        let contents = Arc::new(Mutex::new(contents));
        // The queue ends where the reader hangs up; a lock that a panic left behind still guards it.
        let parse = move || -> Vec<(usize, Note)> {
            let next = || contents.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
            let mut last = Beginnings::default();
            let mut read = |(at, bytes): (usize, Vec<u8>)| (at, Note::parse_after(&bytes, &mut last));
            std::iter::from_fn(next).flatten().map(&mut read).collect()
        };
        let mut notes = vec![Note::default(); objects.len()];
        let other = beside(parse.clone());
        let mut read = Vec::new();
        for (at, id) in objects.iter().enumerate() {
            read.extend(self.notes.read(*id)?.map(|bytes| (at, bytes)));
            // To wake the other costs about as much as to parse one.
            if read.len() == TOGETHER || at + 1 == objects.len() {
                let _ = send.send(std::mem::take(&mut read));
            }
        }
        drop(send);
        let parsed = parse().into_iter().chain(other.join().unwrap_or_default());
        for (at, note) in parsed {
            notes[at] = note;
        }
        Ok(notes)
    }

    /// The notes of other commits with this tree: of each the commit and what its note says of this tree (its runs with
    /// this tree, and every accept).
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note is not in this clone.
    pub fn twins(&self, tree: Id, except: Id) -> Result<Vec<(Id, Note)>> {
        let mut found = Vec::new();
        // Most trees are those of one commit.
        let mut alone = Twin { commit: except.to_string() }.to_line();
        alone.push(b'\n');
        if self.notes.is_at_most(tree, &alone)? {
            return Ok(found);
        }
        let hex = tree.to_string();
        for twin in self.note(tree)?.twins {
            let Some(commit) = git::id(&twin.commit) else { continue };
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

    /// The id of the notes commit that is read; empty where there is none.
    pub fn tip(&self) -> String {
        self.notes.tip().map(|id| id.to_string()).unwrap_or_default()
    }

    /// Ids of objects whose notes may differ from those of an older notes commit (empty = no notes); `None` where that
    /// commit is not here any more.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a tree of the notes is not in this clone.
    pub fn changed_since(&self, tip: &str) -> Result<Option<Vec<Id>>> {
        if tip.is_empty() {
            return Ok(Some(self.notes.list()?.into_iter().map(|(object, _)| object).collect()));
        }
        match git::id(tip) {
            Some(old) if self.notes.repo().has(old) => self.notes.differing(old).map(Some),
            _ => Ok(None),
        }
    }

    /// The notes in a form that other threads can read.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a tree of the notes is not in this clone.
    pub fn source(&self) -> Result<Source> {
        let repo = self.notes.repo();
        Ok(Source { directory: repo.common_dir().to_owned(), list: self.notes.list_by_two()? })
    }
}

/// The records as of one state, to be read by several threads: a repository handle belongs to one.
#[derive(Clone, Debug)]
pub struct Source {
    directory: PathBuf,
    list: Vec<(Id, Vec<Id>)>,
}

impl Source {
    /// Number of notes.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no note.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Leaves out notes that are one twin line, without reading them: such a line names a noted commit and nothing else,
    /// so the id of its blob is known beforehand. Half of all notes are such.
    #[must_use]
    pub fn without_twins(mut self) -> Self {
        let twins = |objects: &[(Id, Vec<Id>)]| -> Vec<Id> {
            let Some((first, _)) = objects.first() else { return Vec::new() };
            let hex = first.to_string();
            let mut line = Twin { commit: hex.clone() }.to_line();
            line.push(b'\n');
            // The same line with another id in its place.
            let Some(at) = line.windows(hex.len()).position(|w| w == hex.as_bytes()) else { return Vec::new() };
            let mut blob = |object: &Id| {
                line[at..at + hex.len()].copy_from_slice(object.to_string().as_bytes());
                Notes::blob_id(*object, &line)
            };
            objects.iter().filter_map(|(object, _)| blob(object)).collect()
        };
        let (one, two) = self.list.split_at(self.list.len() / 2);
        let mut ids = std::thread::scope(|scope| {
            let other = scope.spawn(|| twins(one));
            let mut ids = twins(two);
            // Without them everything is read, which is only slower.
            ids.extend(other.join().unwrap_or_default());
            ids
        });
        ids.sort_unstable();
        self.list.retain(|(_, blobs)| !matches!(blobs[..], [blob] if ids.binary_search(&blob).is_ok()));
        self
    }

    /// Sorts the notes as they lie in the packs, so that reading all of them costs several times less.
    #[must_use]
    pub fn in_pack_order(mut self) -> Self {
        let Ok(repo) = Repo::at(&self.directory) else { return self };
        let mut ids: Vec<Id> = self.list.iter().filter_map(|(_, blobs)| blobs.first().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let places = repo.places(&ids);
        let place = |blobs: &[Id]| {
            let at = blobs.first().and_then(|blob| ids.binary_search(blob).ok());
            at.and_then(|at| places[at]).unwrap_or((usize::MAX, u64::MAX))
        };
        self.list.sort_by_cached_key(|(object, blobs)| (place(blobs), *object));
        self
    }

    /// Reads every `of`-th stretch of `stretch` notes, beginning with number `part`; `visit` returns
    /// `false` to stop.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the repository cannot be opened or a note is not in this clone.
    pub fn each(
        &self,
        part: usize,
        of: usize,
        stretch: usize,
        visit: &mut dyn FnMut(Vec<(Id, Vec<u8>)>) -> bool,
    ) -> Result<()> {
        let repo = Repo::at(&self.directory).map_err(|e| Error::data("cannot open the repository again").because(e))?;
        let notes = Notes::at(&repo, None)?;
        for objects in self.list.chunks(stretch.max(1)).skip(part).step_by(of.max(1)) {
            let mut read = Vec::with_capacity(objects.len());
            for (object, blobs) in objects {
                let mut content = Vec::new();
                for blob in blobs {
                    if content.last().is_some_and(|b| *b != b'\n') {
                        content.push(b'\n');
                    }
                    match content.is_empty() {
                        true => content = notes.blob(*blob)?,
                        false => content.extend_from_slice(&notes.blob(*blob)?),
                    }
                }
                read.push((*object, content));
            }
            if !visit(read) {
                break;
            }
        }
        Ok(())
    }
}
