//! Adding records: many in one commit, each once, with the twin lines of their trees.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Reader, SEEN, Store};
use crate::git::{self, Change, Edit, Id, Notes};
use crate::record::{Accept, Drop, Note, RunRecord, Twin, lines, settle};
use crate::{Error, Result};

/// What became of a run that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there now.
    New,
    /// It was there already, with the same input.
    Known,
    /// It was taken back by a `drop`, and stays so (histories only).
    Dropped,
    /// Its id is there with other content, and is left as it is (histories only).
    Other,
}

/// The notes that a write is about to change.
pub(super) struct Pending<'n, 'r> {
    notes: &'n Notes<'r>,
    contents: BTreeMap<Id, Vec<u8>>,
}

impl<'n, 'r> Pending<'n, 'r> {
    pub(super) fn new(notes: &'n Notes<'r>) -> Self {
        Self { notes, contents: BTreeMap::new() }
    }

    fn content(&self, object: Id) -> Result<Vec<u8>> {
        match self.contents.get(&object) {
            Some(content) => Ok(content.clone()),
            None => Ok(self.notes.read(object)?.unwrap_or_default()),
        }
    }

    fn append(&mut self, object: Id, line: &[u8]) -> Result<()> {
        let mut content = match self.contents.remove(&object) {
            Some(content) => content,
            None => self.notes.read(object)?.unwrap_or_default(),
        };
        if content.last().is_some_and(|b| *b != b'\n') {
            content.push(b'\n');
        }
        content.extend_from_slice(line);
        content.push(b'\n');
        self.contents.insert(object, content);
        Ok(())
    }

    fn set(&mut self, changes: Vec<Change>) {
        for (object, content) in changes {
            self.contents.insert(object, content.unwrap_or_default());
        }
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.contents.into_iter().map(|(object, content)| (object, Some(content))).collect()
    }

    /// Adds a twin line under the tree, unless the commit is named there.
    fn add_twin(&mut self, tree: Option<&str>, commit: &str) -> Result<()> {
        let Some(tree) = tree.and_then(git::id) else { return Ok(()) };
        let line = Twin { commit: commit.to_owned() }.to_line();
        let content = self.content(tree)?;
        if content.split(|b| *b == b'\n').any(|known| known == line) {
            return Ok(());
        }
        self.append(tree, &line)
    }
}

impl Store<'_> {
    /// Adds runs in one notes commit. A run whose id is there with the same input is left as it is.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where an id is there with other content, or was dropped; then nothing is written.
    pub fn add_runs<R: Borrow<RunRecord>>(&self, runs: &[R]) -> Result<Vec<Added>> {
        let mut added = Vec::new();
        let runs: Vec<&RunRecord> = runs.iter().map(Borrow::borrow).collect();
        let message = match runs[..] {
            [one] => format!("git bench: record {}", one.id),
            _ => format!("git bench: record {} runs", runs.len()),
        };
        self.edit(&message, &mut |pending| {
            added = add_to(pending, &runs)?;
            match added.iter().zip(&runs).find(|(fate, _)| matches!(fate, Added::Dropped | Added::Other)) {
                Some((Added::Dropped, run)) => {
                    let drops = Note::parse(&pending.content(object_id(&run.commit)?)?).drops;
                    let by = drops.into_iter().find(|d| d.target == run.id).map(|d| d.id).unwrap_or_default();
                    Err(was_dropped(run, &format!("dropped by {by}")))
                }
                Some((_, run)) => Err(other_content(run)),
                None => Ok(()),
            }
        })?;
        Ok(added)
    }

    /// Adds the runs of a history in one notes commit. A run that was dropped here, or whose id is there with other content,
    /// is passed over and told.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the notes cannot be written.
    pub fn add_history(&self, runs: &[RunRecord]) -> Result<Vec<Added>> {
        let mut added = Vec::new();
        self.edit(&format!("git bench: import {} runs", runs.len()), &mut |pending| {
            added = add_to(pending, &runs.iter().collect::<Vec<_>>())?;
            Ok(())
        })?;
        Ok(added)
    }

    /// The run of this id and input that is recorded already; `None` where adding it would add it. So a payload is stored
    /// only for a run that is then added.
    ///
    /// # Errors
    /// As [`Store::add_runs`].
    pub fn known(&self, reader: &Reader<'_>, run: &RunRecord) -> Result<Option<RunRecord>> {
        let note = reader.note(object_id(&run.commit)?)?;
        match note.runs.into_iter().find(|known| known.id == run.id) {
            Some(known) if known.input == run.input => Ok(Some(known)),
            Some(_) => Err(other_content(run)),
            None => match note.drops.iter().find(|drop| drop.target == run.id) {
                Some(drop) => Err(was_dropped(run, &format!("dropped by {}", drop.id))),
                None => Ok(None),
            },
        }
    }

    /// What would become of these runs. Nothing is written.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note cannot be read.
    pub fn foresee(&self, runs: &[RunRecord]) -> Result<Vec<Added>> {
        let notes = Notes::of_ref(self.repo, &self.options.notes_ref)?;
        fates(&Pending::new(&notes), &runs.iter().collect::<Vec<_>>())
    }

    /// Adds an accepted change to the note of its commit.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the notes cannot be written.
    pub fn add_accept(&self, accept: &Accept) -> Result<()> {
        self.edit(&format!("git bench: accept {}", accept.id), &mut |pending| {
            pending.append(object_id(&accept.commit)?, &accept.to_line())?;
            pending.add_twin(accept.tree.as_deref(), &accept.commit)
        })
    }

    /// Adds drops, each to the note of this commit that holds its target.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the notes cannot be written.
    pub fn add_drops(&self, drops: &[(Id, Drop)]) -> Result<()> {
        let message = format!("git bench: drop {}", drops.len());
        self.edit(&message, &mut |pending| {
            for (object, drop) in drops {
                pending.append(*object, &drop.to_line())?;
            }
            Ok(())
        })
    }

    pub(super) fn edit(&self, message: &str, add: &mut dyn FnMut(&mut Pending<'_, '_>) -> Result<()>) -> Result<()> {
        let Self { repo, options } = self;
        repo.edit_notes(&options.notes_ref, SEEN, &options.identity, message, &mut |notes| {
            let mut pending = Pending::new(notes);
            pending.set(self.vanished(notes)?);
            add(&mut pending)?;
            Ok(Edit { changes: pending.into_changes(), ..Edit::default() })
        })
        .map(|_| ())
    }

    /// The changes that put back lines which were there when we last looked and are gone without a `drop`.
    pub(super) fn vanished(&self, notes: &Notes<'_>) -> Result<Vec<Change>> {
        let seen = self.repo.read_ref(SEEN)?;
        if seen.is_none() || seen == notes.tip() {
            return Ok(Vec::new());
        }
        let seen = Notes::at(self.repo, seen)?;
        self.repo.union_changes(notes, &seen, None, &settle)
    }
}

pub(super) fn object_id(hex: &str) -> Result<Id> {
    git::id(hex).ok_or_else(|| Error::data(format!("'{hex}' is no full commit id")))
}

/// Adds runs to the notes of their commits, and says what became of each.
fn add_to(pending: &mut Pending<'_, '_>, runs: &[&RunRecord]) -> Result<Vec<Added>> {
    let fates = fates(pending, runs)?;
    let new: Vec<&RunRecord> =
        runs.iter().zip(&fates).filter(|(_, fate)| **fate == Added::New).map(|(r, _)| *r).collect();
    for (run, line) in new.iter().zip(lines(&new)) {
        pending.append(object_id(&run.commit)?, &line)?;
        pending.add_twin(run.tree.as_deref(), &run.commit)?;
    }
    Ok(fates)
}

/// What is to become of each run. Notes are parsed once a commit, not once a run.
fn fates(pending: &Pending<'_, '_>, runs: &[&RunRecord]) -> Result<Vec<Added>> {
    let mut notes: BTreeMap<Id, BTreeMap<String, Option<String>>> = BTreeMap::new();
    let mut fates = Vec::with_capacity(runs.len());
    for run in runs {
        let object = object_id(&run.commit)?;
        let known = match notes.entry(object) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => {
                let note = Note::parse(&pending.content(object)?);
                let runs = note.runs.into_iter().map(|r| (r.id, Some(r.input)));
                slot.insert(runs.chain(note.drops.into_iter().map(|d| (d.target, None))).collect())
            }
        };
        fates.push(match known.get(&run.id) {
            Some(None) => Added::Dropped,
            Some(Some(input)) if *input == run.input => Added::Known,
            Some(_) => Added::Other,
            None => {
                known.insert(run.id.clone(), Some(run.input.clone()));
                Added::New
            }
        });
    }
    Ok(fates)
}

fn was_dropped(run: &RunRecord, drop: &str) -> Error {
    Error::data(format!("run {} was {drop}", run.id))
        .hint("git bench record --again ... records it as a new run")
        .hint("git bench show tells why it was dropped")
}

fn other_content(run: &RunRecord) -> Error {
    Error::data(format!("run id {} was recorded before with other content", run.id))
        .hint("git bench record --again ... records it as a new run")
        .hint(format!("git bench show {} shows what is there", &run.commit[..run.commit.len().min(12)]))
}
