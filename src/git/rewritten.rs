//! Commits whose parents git tells differently than they do themselves: `git replace` and grafts, which libgit2 does not
//! know.

use std::collections::BTreeMap;

use super::{Id, Repo};

/// What is told differently; empty in almost every repository.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    /// The object that stands for another.
    replaced: BTreeMap<Id, Id>,
    /// The parents that a commit is given.
    grafted: BTreeMap<Id, Vec<Id>>,
}

impl Rewritten {
    pub(super) fn read(repo: &Repo) -> Self {
        let mut found = Self::default();
        let off = repo.inner().config().and_then(|c| c.get_bool("core.usereplacerefs")).is_ok_and(|on| !on);
        if !off && may_replace(repo) {
            let refs = repo.refs_below("refs/replace/").unwrap_or_default();
            let named = refs.into_iter().filter_map(|(name, by)| Some((super::id(name.rsplit('/').next()?)?, by)));
            found.replaced = named.collect();
        }
        let text = std::fs::read_to_string(repo.common_dir().join("info/grafts")).unwrap_or_default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut ids = line.split_whitespace().map(super::id);
            if let Some(Some(commit)) = ids.next() {
                found.grafted.insert(commit, ids.flatten().collect());
            }
        }
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.replaced.is_empty() && self.grafted.is_empty()
    }

    /// The object to read for a commit. A replacement may be replaced in turn; git follows a few.
    pub(super) fn object(&self, id: Id) -> Id {
        let mut at = id;
        for _ in 0..5 {
            match self.replaced.get(&at) {
                Some(by) => at = *by,
                None => break,
            }
        }
        at
    }

    /// The parents that a graft gives a commit.
    pub(super) fn parents(&self, id: Id) -> Option<&[Id]> {
        self.grafted.get(&id).map(Vec::as_slice)
    }
}

/// Whether there may be refs below `refs/replace/`, without asking git.
fn may_replace(repo: &Repo) -> bool {
    if repo.is_reftable() {
        return true;
    }
    let loose = std::fs::read_dir(repo.common_dir().join("refs/replace")).is_ok_and(|mut found| found.next().is_some());
    // An id, a space, a name.
    let packed = std::fs::read(repo.common_dir().join("packed-refs")).unwrap_or_default();
    loose || packed.split(|b| *b == b'\n').any(|line| line.get(repo.hex_len() + 1..).is_some_and(is_replacement))
}

fn is_replacement(name: &[u8]) -> bool {
    name.starts_with(b"refs/replace/")
}
