//! Writing notes: edited trees, one commit, compare-and-swap.
//!
//! libgit2's own `note()` flattens the tree and moves the ref without a compare (1,000 concurrent appends keep about
//! 100), and so does `git notes append`; neither is used.

use std::time::Duration;

use git2::{ObjectType, Signature};

use super::notes::{Leaf, Notes};
use super::pack::{Pack, Sink};
use super::{Id, Lock, Repo};
use crate::{Error, Result};

/// Who commits the notes, and when (seconds since 1970).
#[derive(Clone, Debug)]
pub struct Identity {
    /// Name of the committer.
    pub name: String,
    /// Address of the committer.
    pub email: String,
    /// Seconds since 1970, UTC.
    pub time: i64,
}

/// The new note of an object; `None` takes the note away.
pub type Change = (Id, Option<Vec<u8>>);

/// What a writer wants of the notes it was shown.
#[derive(Debug, Default)]
pub struct Edit {
    /// Start from this notes commit instead of the tip (a fast-forward, with changes on top if there are any).
    pub onto: Option<Id>,
    /// The notes that change.
    pub changes: Vec<Change>,
    /// Further parents of the commit: notes that are merged into these.
    pub merged: Vec<Id>,
}

/// A tree with more notes than this is split by the next two digits.
const SPLIT: usize = 256;

/// From here on the new objects of one write go into one pack instead of loose files.
const PACK_FROM: usize = 200;

/// How often a lost compare-and-swap is tried again.
const TRIES: u32 = 50;

impl Repo {
    /// Edits the notes under the writers' lock: `edit` sees the notes as they are and says what it wants; nothing wanted,
    /// no commit. `seen` is a ref that remembers the tip afterwards, moved under the same lock. Returns that tip.
    ///
    /// # Errors
    /// What `edit` says; [`crate::Kind::Data`] where nothing could be written.
    pub fn edit_notes(
        &self,
        ref_name: &str,
        seen: &str,
        who: &Identity,
        message: &str,
        edit: &mut dyn FnMut(&Notes<'_>) -> Result<Edit>,
    ) -> Result<Option<Id>> {
        let mut lock = Lock::acquire(&self.bench_dir(), self.common_dir())?;
        let moved = self.edit_locked(&mut lock, ref_name, seen, who, message, edit);
        lock.end();
        moved
    }

    /// Moves a ref of ours by compare-and-swap under the writers' lock; see [`Repo::swap_ref`].
    ///
    /// # Errors
    /// As [`Repo::swap_ref`].
    pub fn swap_ref_alone(&self, name: &str, new: Id, old: Option<Id>, message: &str) -> Result<bool> {
        let mut lock = Lock::acquire(&self.bench_dir(), self.common_dir())?;
        lock.begin(&[name]);
        let mut moved = self.swap_ref(name, new, old, message);
        for attempt in 1..5 {
            if !matches!(moved, Ok(false)) {
                break;
            }
            std::thread::sleep(jitter(attempt, 100));
            moved = self.swap_ref(name, new, old, message);
        }
        lock.end();
        moved
    }

    /// Clears away what a writer of ours has left that was killed while it moved a ref.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the writers' lock cannot be had.
    pub fn heal(&self) -> Result<()> {
        Lock::acquire(&self.bench_dir(), self.common_dir()).map(|_| ())
    }

    fn edit_locked(
        &self,
        lock: &mut Lock,
        ref_name: &str,
        seen: &str,
        who: &Identity,
        message: &str,
        edit: &mut dyn FnMut(&Notes<'_>) -> Result<Edit>,
    ) -> Result<Option<Id>> {
        for attempt in 0..TRIES {
            let notes = Notes::of_ref(self, ref_name)?;
            let wanted = edit(&notes)?;
            lock.begin(&[ref_name, seen]);
            let moved = match self.commit_edit(&notes, wanted, who, message) {
                Ok(new) if new == notes.tip() => Some(new),
                Ok(Some(new)) => self.swap_ref(ref_name, new, notes.tip(), message)?.then_some(Some(new)),
                Ok(None) => Some(None),
                // A `git gc` beside us may take a pack away under our feet.
                Err(error) if attempt + 1 < TRIES && error.source.as_ref().is_some_and(|s| odb_fault(&**s)) => None,
                Err(error) => return Err(error),
            };
            if let Some(tip) = moved {
                self.remember(seen, tip)?;
                return Ok(tip);
            }
            std::thread::sleep(jitter(attempt, 100));
        }
        Err(Error::data(format!("cannot move '{ref_name}': other writers were faster {TRIES} times"))
            .hint("try again; git bench status tells what is there"))
    }

    fn remember(&self, seen: &str, tip: Option<Id>) -> Result<()> {
        let known = self.read_ref(seen)?;
        match tip {
            Some(tip) if known != Some(tip) => self.swap_ref(seen, tip, known, "git bench: seen").map(|_| ()),
            _ => Ok(()),
        }
    }

    fn commit_edit(&self, notes: &Notes<'_>, wanted: Edit, who: &Identity, message: &str) -> Result<Option<Id>> {
        let Edit { onto, mut changes, merged } = wanted;
        let other = onto.map(|id| Notes::at(self, Some(id))).transpose()?;
        let base = other.as_ref().unwrap_or(notes);
        if changes.is_empty() && merged.is_empty() {
            return Ok(base.tip());
        }
        self.commit_changes(base, &mut changes, &merged, who, message).map(Some)
    }

    fn commit_changes(
        &self,
        notes: &Notes<'_>,
        changes: &mut [Change],
        merged: &[Id],
        who: &Identity,
        message: &str,
    ) -> Result<Id> {
        if changes.len() <= PACK_FROM {
            return write_commit(notes, notes.odb(), changes, merged, who, message);
        }
        let pack = Pack::new(self.hex_len());
        let commit = write_commit(notes, &pack, changes, merged, who, message)?;
        pack.store(&self.common_dir().join("objects/pack"))?;
        notes.odb().refresh()?;
        Ok(commit)
    }
}

/// Waits between tries: full jitter below `cap` milliseconds, growing. The process id and the address of a local spread
/// concurrent writers; no quality of randomness is needed.
fn jitter(attempt: u32, cap: u64) -> Duration {
    let spread = u64::from(std::process::id()).wrapping_mul(0x9e37_79b9).wrapping_add(u64::from(attempt) * 0x85eb_ca6b);
    let limit = (2u64 << attempt.min(6)).min(cap);
    Duration::from_millis(spread % limit.max(1))
}

fn odb_fault(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<git2::Error>()
        .is_some_and(|e| matches!(e.class(), git2::ErrorClass::Odb | git2::ErrorClass::Os))
}

fn write_commit(
    notes: &Notes<'_>,
    sink: &dyn Sink,
    changes: &mut [Change],
    merged: &[Id],
    who: &Identity,
    message: &str,
) -> Result<Id> {
    changes.sort_by_key(|(object, _)| *object);
    let mut edits = Vec::with_capacity(changes.len());
    for (object, content) in changes.iter() {
        let blob = match content {
            Some(bytes) => Some(sink.write(ObjectType::Blob, bytes)?),
            None => None,
        };
        edits.push((object.to_string().into_bytes(), blob));
    }
    let tree = match edit_tree(notes, sink, notes.root(), 0, &edits)? {
        Some(tree) => tree,
        None => write_tree(sink, &mut [])?,
    };
    let time = git2::Time::new(who.time, 0);
    let signature = Signature::new(&who.name, &who.email, &time)
        .or_else(|_| Signature::new("git-bench", "git-bench@localhost", &time))?;
    let mut commit = format!("tree {tree}\n").into_bytes();
    for parent in notes.tip().into_iter().chain(merged.iter().copied()) {
        commit.extend_from_slice(format!("parent {parent}\n").as_bytes());
    }
    for role in ["author ", "committer "] {
        let (name, email) = (signature.name_bytes(), signature.email_bytes());
        let stamp = format!("> {} +0000\n", who.time);
        [role.as_bytes(), name, b" <", email, stamp.as_bytes()].iter().for_each(|part| commit.extend_from_slice(part));
    }
    commit.extend_from_slice(format!("\n{message}").as_bytes());
    sink.write(ObjectType::Commit, &commit)
}

/// An edit of a tree: the object's hex digits and its new blob.
type TreeEdit = (Vec<u8>, Option<Id>);

/// Applies edits (sorted by object) to the tree at this depth (two digits a level); `None` = the tree became empty.
fn edit_tree(
    notes: &Notes<'_>,
    sink: &dyn Sink,
    tree: Option<Id>,
    depth: usize,
    edits: &[TreeEdit],
) -> Result<Option<Id>> {
    let mut leaves: Vec<Leaf> = match tree {
        Some(id) => notes.raw_tree(id)?.leaves().to_vec(),
        None => Vec::new(),
    };
    let mut at = 0;
    while at < edits.len() {
        let rest = &edits[at].0[2 * depth..];
        let digits = &rest[..2];
        let same = edits[at..].iter().take_while(|(hex, _)| hex[2 * depth..].starts_with(digits)).count();
        let group = &edits[at..at + same];
        at += same;
        let subtree = leaves.iter().position(|l| l.is_tree && l.name == digits);
        let mut deeper = Vec::new();
        for (hex, blob) in group {
            let rest = &hex[2 * depth..];
            match leaves.iter().position(|l| !l.is_tree && l.name == rest) {
                // The note stays where it is; a second layout of it further down is folded into it.
                Some(found) => {
                    match blob {
                        Some(id) => leaves[found].id = *id,
                        None => drop(leaves.remove(found)),
                    }
                    if subtree.is_some() {
                        deeper.push((hex.clone(), None));
                    }
                }
                None if rest.len() > 2 && (subtree.is_some() || (depth == 0 && blob.is_some())) => {
                    deeper.push((hex.clone(), *blob));
                }
                None => {
                    if let Some(id) = blob {
                        leaves.push(Leaf { name: rest.to_vec(), is_tree: false, id: *id });
                    }
                }
            }
        }
        if deeper.is_empty() {
            continue;
        }
        // Removals above may have moved it.
        let subtree = leaves.iter().position(|l| l.is_tree && l.name == digits);
        let edited = edit_tree(notes, sink, subtree.map(|i| leaves[i].id), depth + 1, &deeper)?;
        match (subtree, edited) {
            (Some(i), Some(id)) => leaves[i].id = id,
            (Some(i), None) => drop(leaves.remove(i)),
            (None, Some(id)) => leaves.push(Leaf { name: digits.to_vec(), is_tree: true, id }),
            (None, None) => {}
        }
    }
    split(notes, sink, &mut leaves)?;
    if leaves.is_empty() {
        return Ok(None);
    }
    let id = write_tree(sink, &mut leaves)?;
    if depth > 0 {
        // The tree above may be split next, and reads this one.
        notes.remember(id, leaves);
    }
    Ok(Some(id))
}

/// Moves the notes of a crowded tree one level down, once.
fn split(notes: &Notes<'_>, sink: &dyn Sink, leaves: &mut Vec<Leaf>) -> Result<()> {
    let is_note = |l: &Leaf| !l.is_tree && l.name.len() > 2 && l.name.iter().all(u8::is_ascii_hexdigit);
    if leaves.iter().filter(|l| is_note(l)).count() <= SPLIT {
        return Ok(());
    }
    let (mut moved, mut kept): (Vec<Leaf>, Vec<Leaf>) = leaves.drain(..).partition(is_note);
    moved.sort_by(|a, b| a.name.cmp(&b.name));
    for group in moved.chunk_by(|a, b| a.name[..2] == b.name[..2]) {
        let digits = &group[0].name[..2];
        let at = kept.iter().position(|l| l.is_tree && l.name == digits);
        let mut below = match at {
            Some(i) => notes.raw_tree(kept[i].id)?.leaves().to_vec(),
            None => Vec::new(),
        };
        for leaf in group {
            let name = leaf.name[2..].to_vec();
            if !below.iter().any(|l| !l.is_tree && l.name == name) {
                below.push(Leaf { name, is_tree: false, id: leaf.id });
            }
        }
        let id = write_tree(sink, &mut below)?;
        match at {
            Some(i) => kept[i].id = id,
            None => kept.push(Leaf { name: digits.to_vec(), is_tree: true, id }),
        }
    }
    *leaves = kept;
    Ok(())
}

fn write_tree(sink: &dyn Sink, leaves: &mut [Leaf]) -> Result<Id> {
    // git sorts the name of a tree as if it ended in a slash.
    let key = |l: &Leaf| {
        let mut name = l.name.clone();
        if l.is_tree {
            name.push(b'/');
        }
        name
    };
    leaves.sort_by_cached_key(key);
    let mut data = Vec::with_capacity(leaves.len() * 68);
    for leaf in leaves.iter() {
        data.extend_from_slice(if leaf.is_tree { b"40000 " } else { b"100644 " });
        data.extend_from_slice(&leaf.name);
        data.push(0);
        data.extend_from_slice(leaf.id.as_bytes());
    }
    sink.write(ObjectType::Tree, &data)
}
