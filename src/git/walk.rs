//! The first-parent ancestry of a commit, lazily, newest first, as git tells it: with replacements and grafts.

use std::collections::BTreeSet;

use super::commit::is_absent;
use super::{Id, Repo};
use crate::Result;

/// One commit of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestry {
    /// The commit.
    pub id: Id,
    /// Its tree.
    pub tree: Id,
    /// Committer's time, seconds since 1970.
    pub time: i64,
    /// Its parents, the first parent first.
    pub parents: Vec<Id>,
}

/// A lazy walk along first parents.
pub struct Walk<'r> {
    repo: &'r Repo,
    next: Option<Id>,
    cut: BTreeSet<Id>,
    ended_early: bool,
}

impl Repo {
    /// Looks at what a command will soon ask for, so that it lies ready: these revisions (or ranges), and the
    /// newest `depth` first parents of where they meet. For a time when something else is waited for; what is wrong shows
    /// when it is asked for.
    pub fn foresee(&self, revisions: &[&str], depth: usize) {
        // What the program git answers is not kept.
        if self.is_reftable() || !self.rewritten().is_empty() {
            return;
        }
        let words = revisions.iter().flat_map(|words| words.split("..")).map(|word| word.trim_start_matches('.'));
        let ids: Vec<Id> = words
            .filter_map(|word| self.resolve(if word.is_empty() { "HEAD" } else { word }).ok())
            .map(|found| found.id)
            .collect();
        let start = match ids[..] {
            [a, b] => self.merge_base(a, b),
            [one] => Some(one),
            _ => None,
        };
        if let Some(start) = start.filter(|_| depth > 0) {
            let steps: Vec<Ancestry> = self.first_parents(start).take(depth).map_while(Result::ok).collect();
            self.foreseen.borrow_mut().extend(steps.into_iter().map(|step| (step.id, step)));
        }
    }

    /// Walks from this commit (included) along first parents to the root.
    pub fn first_parents(&self, from: Id) -> Walk<'_> {
        let cut = std::fs::read_to_string(self.common_dir().join("shallow"))
            .map(|text| text.lines().filter_map(|line| super::id(line.trim())).collect())
            .unwrap_or_default();
        Walk { repo: self, next: Some(from), cut, ended_early: false }
    }
}

impl Walk<'_> {
    /// Whether the walk ended at the boundary of a shallow clone, or at a commit that is not here.
    pub fn ended_early(&self) -> bool {
        self.ended_early
    }

    /// Reads a commit; `None` ends the walk early: it is not here.
    fn look_at(&mut self, id: Id) -> Result<Option<Ancestry>> {
        let rewritten = self.repo.rewritten();
        let commit = match self.repo.inner().find_commit(rewritten.object(id)) {
            Ok(commit) => commit,
            Err(error) if is_absent(&error) => {
                self.ended_early = true;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let parents = rewritten.parents(id).map_or_else(|| commit.parent_ids().collect(), <[Id]>::to_vec);
        Ok(Some(Ancestry { id, tree: commit.tree_id(), time: commit.time().seconds(), parents }))
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Ancestry>;

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.next.take()?;
        let foreseen = self.repo.foreseen.borrow().get(&id).cloned();
        match foreseen.map_or_else(|| self.look_at(id).transpose(), |step| Some(Ok(step)))? {
            Ok(step) => {
                if self.cut.contains(&id) {
                    self.ended_early = true;
                } else {
                    self.next = step.parents.first().copied();
                }
                Some(Ok(step))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
