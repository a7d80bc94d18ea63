//! Reading a notes tree at any fanout, also where layouts are mixed.
//!
//! git stores the note of `abcd...` at `abcd...`, `ab/cd...` or deeper; a tree that several programs wrote may hold more
//! than one of these, and they all count.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::rc::Rc;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Id, Repo};
use crate::{Error, Result};

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) name: Vec<u8>,
    pub(super) is_tree: bool,
    pub(super) id: Id,
}

/// Bytes of a tree that are searched as they are, for one name: some 250 entries. Larger trees are parsed first, so that
/// many names cost no more than their logarithm.
const SCANNED: usize = 16 * 1024;

/// A tree. Most are asked for one name only and are never parsed.
#[derive(Debug, Default)]
pub(super) struct RawTree {
    data: Vec<u8>,
    id_len: usize,
    leaves: OnceCell<Vec<Leaf>>,
    /// It was searched once; the next time it is worth parsing.
    searched: Cell<bool>,
}

impl RawTree {
    pub(super) fn new(data: Vec<u8>, id_len: usize) -> Self {
        Self { data, id_len, ..Self::default() }
    }

    /// A tree of these entries.
    fn of(mut leaves: Vec<Leaf>) -> Self {
        leaves.sort_by(|a, b| a.name.cmp(&b.name));
        Self { leaves: OnceCell::from(leaves), ..Self::default() }
    }

    /// Its entries, sorted by name (bytewise).
    pub(super) fn leaves(&self) -> &[Leaf] {
        self.leaves.get_or_init(|| parse_tree(&self.data, self.id_len))
    }

    /// The blob of this name, and the tree that is named by its first two digits.
    fn find(&self, name: &[u8]) -> (Option<Id>, Option<Id>) {
        let digits = name.get(..2).filter(|_| name.len() > 2);
        if self.leaves.get().is_none() && self.data.len() <= SCANNED && !self.searched.replace(true) {
            let (mut blob, mut tree) = (None, None);
            for entry in entries(&self.data, self.id_len) {
                match entry.is_tree {
                    false if entry.name == name => blob = blob.or_else(|| entry.id()),
                    true if Some(entry.name) == digits => tree = tree.or_else(|| entry.id()),
                    _ => {}
                }
            }
            return (blob, tree);
        }
        let leaves = self.leaves();
        let named = |name: &[u8], is_tree: bool| {
            let start = leaves.partition_point(|leaf| leaf.name.as_slice() < name);
            leaves[start..].iter().take_while(|l| l.name == name).find(|l| l.is_tree == is_tree).map(|l| l.id)
        };
        (named(name, false), digits.and_then(|digits| named(digits, true)))
    }
}

/// The notes as of one commit of the notes ref. Trees are read once and kept.
pub struct Notes<'r> {
    repo: &'r Repo,
    odb: git2::Odb<'r>,
    tip: Option<Id>,
    root: Option<Id>,
    trees: RefCell<BTreeMap<Id, Rc<RawTree>>>,
}

impl<'r> Notes<'r> {
    /// The notes at this commit; `None` = no notes yet.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the commit or the object database cannot be read.
    pub fn at(repo: &'r Repo, tip: Option<Id>) -> Result<Self> {
        let root = match tip {
            Some(id) => Some(
                repo.inner()
                    .find_commit(id)
                    .map_err(|e| Error::data(format!("cannot read the notes commit '{id}'")).because(e))?
                    .tree_id(),
            ),
            None => None,
        };
        Ok(Self { repo, odb: repo.inner().odb()?, tip, root, trees: RefCell::default() })
    }

    /// The notes that a ref points at.
    ///
    /// # Errors
    /// As [`Notes::at`].
    pub fn of_ref(repo: &'r Repo, name: &str) -> Result<Self> {
        Self::at(repo, repo.read_ref(name)?)
    }

    /// The commit of the notes ref that is read.
    pub fn tip(&self) -> Option<Id> {
        self.tip
    }

    /// The repository that is read.
    pub(crate) fn repo(&self) -> &'r Repo {
        self.repo
    }

    /// The tree that is read.
    pub(super) fn root(&self) -> Option<Id> {
        self.root
    }

    pub(super) fn odb(&self) -> &git2::Odb<'r> {
        &self.odb
    }

    pub(super) fn raw_tree(&self, id: Id) -> Result<Rc<RawTree>> {
        if let Some(known) = self.trees.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let object = self.odb.read(id).map_err(|e| {
            Error::data(format!("a tree of the notes is missing ('{id}')"))
                .because(e)
                .hint("git bench pull fetches the notes whole; git fsck tells what else is missing")
        })?;
        let tree = Rc::new(RawTree::new(object.data().to_vec(), self.repo.hex_len() / 2));
        self.trees.borrow_mut().insert(id, Rc::clone(&tree));
        Ok(tree)
    }

    /// Remembers a tree that was written and may not be in the object database yet.
    pub(super) fn remember(&self, id: Id, leaves: Vec<Leaf>) {
        self.trees.borrow_mut().insert(id, Rc::new(RawTree::of(leaves)));
    }

    /// The note of an object: the pieces of all layouts, one after the other; `None` where it has none.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the tree or the note is not in this clone.
    pub fn read(&self, object: Id) -> Result<Option<Vec<u8>>> {
        let mut content: Option<Vec<u8>> = None;
        for blob in self.blobs(object)? {
            let piece = self.blob(blob)?;
            match &mut content {
                None => content = Some(piece),
                Some(all) => {
                    end_line(all);
                    all.extend_from_slice(&piece);
                }
            }
        }
        Ok(content)
    }

    fn blobs(&self, object: Id) -> Result<Vec<Id>> {
        let hex = object.to_string().into_bytes();
        let (mut at, mut rest, mut found) = (self.root, hex.as_slice(), Vec::new());
        while let Some(id) = at {
            let (blob, tree) = self.raw_tree(id)?.find(rest);
            found.extend(blob);
            at = tree;
            rest = rest.get(2..).unwrap_or_default();
        }
        Ok(found)
    }

    /// Whether an object has a note.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the tree is not in this clone.
    pub fn contains(&self, object: Id) -> Result<bool> {
        Ok(!self.blobs(object)?.is_empty())
    }

    /// Whether the note of an object, if it has any, is these bytes and nothing else: told by their id, without reading it.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the tree is not in this clone.
    pub fn is_at_most(&self, object: Id, content: &[u8]) -> Result<bool> {
        Ok(match self.blobs(object)?[..] {
            [] => true,
            [blob] => Self::blob_id(object, content) == Some(blob),
            _ => false,
        })
    }

    /// The bytes of a note's blob.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where it is not in this clone.
    pub fn blob(&self, id: Id) -> Result<Vec<u8>> {
        let object = self.odb.read(id).map_err(|e| {
            Error::data(format!("a note is missing ('{id}')"))
                .because(e)
                .hint("git bench pull --refetch fetches the notes whole (a partial clone leaves blobs out)")
        })?;
        Ok(object.data().to_vec())
    }

    /// The id of a blob with these bytes, in the form of ids that `like` has. Only compared with ids that git made, so that
    /// the digest needs no search for collisions, which takes libgit2 four times as long.
    pub fn blob_id(like: Id, content: &[u8]) -> Option<Id> {
        let head = format!("blob {}\0", content.len());
        match like.as_bytes().len() {
            32 => Id::from_bytes(&Sha256::new().chain_update(head).chain_update(content).finalize()).ok(),
            _ => Id::from_bytes(&Sha1::new().chain_update(head).chain_update(content).finalize()).ok(),
        }
    }

    /// Every object that has a note, sorted by id, with the blobs of its note. Paths that are no notes are passed over.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a tree is not in this clone.
    pub fn list(&self) -> Result<Vec<(Id, Vec<Id>)>> {
        let mut found = Vec::new();
        if let Some(root) = self.root {
            self.list_below(root, &mut Vec::new(), &mut found)?;
        }
        Ok(grouped(found))
    }

    /// The same by two threads, where there are trees enough below the first.
    ///
    /// # Errors
    /// As [`Notes::list`]; [`crate::Kind::Data`] where the repository cannot be opened again.
    pub fn list_by_two(&self) -> Result<Vec<(Id, Vec<Id>)>> {
        const WORTH_A_THREAD: usize = 64;
        let Some(root) = self.root else { return Ok(Vec::new()) };
        let leaves = self.leaves(root)?;
        if leaves.iter().filter(|leaf| leaf.is_tree).count() < WORTH_A_THREAD {
            return self.list();
        }
        let directory = self.repo.common_dir().to_owned();
        let (one, two) = leaves.split_at(leaves.len() / 2);
        let found = std::thread::scope(|scope| {
            let other = scope.spawn(move || {
                let repo = Repo::at(&directory)?;
                let mut found = Vec::new();
                Notes::at(&repo, None)?.list_leaves(two.to_vec(), &mut Vec::new(), &mut found)?;
                Ok::<_, Error>(found)
            });
            let mut found = Vec::new();
            self.list_leaves(one.to_vec(), &mut Vec::new(), &mut found)?;
            match other.join() {
                Ok(more) => found.extend(more?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            Ok::<_, Error>(found)
        })?;
        Ok(grouped(found))
    }

    fn leaves(&self, tree: Id) -> Result<Vec<Leaf>> {
        let object = self.odb.read(tree).map_err(|e| Error::data("a tree of the notes is missing").because(e))?;
        Ok(parse_tree(object.data(), self.repo.hex_len() / 2))
    }

    pub(super) fn list_below(&self, tree: Id, prefix: &mut Vec<u8>, found: &mut Vec<(Id, Id)>) -> Result<()> {
        self.list_leaves(self.leaves(tree)?, prefix, found)
    }

    fn list_leaves(&self, leaves: Vec<Leaf>, prefix: &mut Vec<u8>, found: &mut Vec<(Id, Id)>) -> Result<()> {
        let hex_len = self.repo.hex_len();
        for leaf in leaves {
            if !leaf.name.iter().all(u8::is_ascii_hexdigit) {
                continue;
            }
            let length = prefix.len();
            prefix.extend_from_slice(&leaf.name);
            if leaf.is_tree {
                if leaf.name.len() == 2 && prefix.len() < hex_len {
                    self.list_below(leaf.id, prefix, found)?;
                }
            } else if prefix.len() == hex_len
                && let Some(id) = std::str::from_utf8(prefix).ok().and_then(super::id)
            {
                found.push((id, leaf.id));
            }
            prefix.truncate(length);
        }
        Ok(())
    }
}

/// Pairs of an object and a blob of its note: sorted, each object once.
fn grouped(mut found: Vec<(Id, Id)>) -> Vec<(Id, Vec<Id>)> {
    found.sort();
    let mut grouped: Vec<(Id, Vec<Id>)> = Vec::with_capacity(found.len());
    for (object, blob) in found {
        match grouped.last_mut() {
            Some((last, blobs)) if *last == object => blobs.push(blob),
            _ => grouped.push((object, vec![blob])),
        }
    }
    grouped
}

/// An entry as it lies in a tree.
struct Entry<'t> {
    name: &'t [u8],
    is_tree: bool,
    id: &'t [u8],
}

impl Entry<'_> {
    fn id(&self) -> Option<Id> {
        Id::from_bytes(self.id).ok()
    }
}

/// Reads `mode SP name NUL id` entries; stops at the first broken one.
fn entries(mut data: &[u8], id_len: usize) -> impl Iterator<Item = Entry<'_>> {
    std::iter::from_fn(move || {
        let space = data.iter().take(8).position(|b| *b == b' ')?;
        let name = CStr::from_bytes_until_nul(&data[space + 1..]).ok()?.to_bytes();
        let nul = space + 1 + name.len();
        let id = data.get(nul + 1..nul + 1 + id_len)?;
        let entry = Entry { name, is_tree: data[..space] == *b"40000", id };
        data = &data[nul + 1 + id_len..];
        Some(entry)
    })
}

/// The entries of a tree, sorted by name (bytewise).
fn parse_tree(data: &[u8], id_len: usize) -> Vec<Leaf> {
    let mut leaves = Vec::with_capacity(data.len() / (id_len + 12));
    let leaf = |e: Entry<'_>| Some(Leaf { name: e.name.to_vec(), is_tree: e.is_tree, id: e.id()? });
    leaves.extend(entries(data, id_len).map_while(leaf));
    if !leaves.is_sorted_by(|a, b| a.name <= b.name) {
        leaves.sort_by(|a, b| a.name.cmp(&b.name));
    }
    leaves
}

/// Ends the last line with a newline.
pub(super) fn end_line(content: &mut Vec<u8>) {
    if content.last().is_some_and(|b| *b != b'\n') {
        content.push(b'\n');
    }
}
