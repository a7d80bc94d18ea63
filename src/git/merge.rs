//! Merging notes: the union of lines, by tree difference.

use std::collections::BTreeSet;

use super::notes::{Leaf, Notes};
use super::{Change, Id, Repo};
use crate::Result;

/// What becomes of the lines of one note after the union (sorted, without blank ones): lines that a `drop` names go.
pub type Settle<'a> = &'a dyn Fn(Vec<&[u8]>) -> Vec<Vec<u8>>;

impl Repo {
    /// The changes that bring the lines of `theirs` into `ours`: for every note where they differ (since `base`, if there
    /// is one) the union of both sides' lines.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a tree or a note is not in this clone.
    pub fn union_changes(
        &self,
        ours: &Notes<'_>,
        theirs: &Notes<'_>,
        base: Option<Id>,
        settle: Settle<'_>,
    ) -> Result<Vec<Change>> {
        let base = Notes::at(self, base)?;
        let since = if base.tip().is_some() { &base } else { ours };
        let mut differing = BTreeSet::new();
        differ(since, since.root(), theirs, theirs.root(), &mut Vec::new(), &mut differing)?;
        let mut changes = Vec::new();
        for object in differing {
            let Some(other) = theirs.read(object)? else { continue };
            let mine = ours.read(object)?;
            let union = union_lines(mine.as_deref().unwrap_or_default(), &other, settle);
            let known = lines(mine.as_deref().unwrap_or_default());
            let same =
                mine.is_some() && known.len() == union.len() && union.iter().all(|l| known.contains(l.as_slice()));
            if !same {
                let content = union.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
                changes.push((object, Some(content)));
            }
        }
        Ok(changes)
    }
}

impl Notes<'_> {
    /// Objects whose notes may differ between these notes and those of another notes commit, sorted by id. Compared by
    /// subtree id, so the cost follows the difference; an over-estimate where fanouts differ.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the commit or a tree is not in this clone.
    pub fn differing(&self, since: Id) -> Result<Vec<Id>> {
        let old = Notes::at(self.repo(), Some(since))?;
        let mut differing = BTreeSet::new();
        differ(&old, old.root(), self, self.root(), &mut Vec::new(), &mut differing)?;
        Ok(differing.into_iter().collect())
    }
}

fn lines(content: &[u8]) -> BTreeSet<&[u8]> {
    content.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).collect()
}

fn union_lines(a: &[u8], b: &[u8], settle: Settle<'_>) -> Vec<Vec<u8>> {
    let mut all = lines(a);
    all.extend(lines(b));
    settle(all.into_iter().collect())
}

/// Objects whose notes differ between two trees, compared by subtree id; an over-estimate where fanouts differ.
fn differ(
    a_notes: &Notes<'_>,
    a: Option<Id>,
    b_notes: &Notes<'_>,
    b: Option<Id>,
    prefix: &mut Vec<u8>,
    out: &mut BTreeSet<Id>,
) -> Result<()> {
    if a == b {
        return Ok(());
    }
    let empty: &[Leaf] = &[];
    let a_tree = a.map(|id| a_notes.raw_tree(id)).transpose()?;
    let b_tree = b.map(|id| b_notes.raw_tree(id)).transpose()?;
    let a_leaves = a_tree.as_ref().map_or(empty, |t| t.leaves());
    let b_leaves = b_tree.as_ref().map_or(empty, |t| t.leaves());
    let names: BTreeSet<(&[u8], bool)> =
        a_leaves.iter().chain(b_leaves).map(|l| (l.name.as_slice(), l.is_tree)).collect();
    let find = |leaves: &[Leaf], name: &[u8], is_tree: bool| {
        let start = leaves.partition_point(|l| l.name.as_slice() < name);
        leaves[start..].iter().take_while(|l| l.name == name).find(|l| l.is_tree == is_tree).map(|l| l.id)
    };
    for (name, is_tree) in names {
        let (in_a, in_b) = (find(a_leaves, name, is_tree), find(b_leaves, name, is_tree));
        if in_a == in_b || !name.iter().all(u8::is_ascii_hexdigit) {
            continue;
        }
        let length = prefix.len();
        prefix.extend_from_slice(name);
        if is_tree && name.len() == 2 {
            differ(a_notes, in_a, b_notes, in_b, prefix, out)?;
        } else if !is_tree && let Some(id) = std::str::from_utf8(prefix).ok().and_then(super::id) {
            out.insert(id);
        }
        prefix.truncate(length);
    }
    Ok(())
}
