//! Where on the base branch a run counts.

use std::collections::HashMap;

use git_bench::export::Place;
use git_bench::git::{self, Id};
use git_bench::record::RunRecord;
use git_bench::{Error, Result};

use crate::cli::context::Context;

/// The first-parent commits of the base branch and their trees, by how many lie before them.
#[derive(Debug, Default)]
pub(crate) struct Places {
    commits: HashMap<Id, (u64, Id)>,
    trees: HashMap<Id, u64>,
}

impl Places {
    /// Walks the base branch to its root. Where that cannot be, no run has a place, and it is said why; what is written for
    /// good is not written without places from a shallow clone.
    pub(crate) fn of_base(context: &Context, for_good: bool) -> Result<Self> {
        let base = context.base()?;
        let Some(tip) = base.tip else {
            context.warn("no base branch is known here, so the column position stays empty");
            context.hint("git config bench.base BRANCH names it");
            return Ok(Self::default());
        };
        let mut walk = context.repo()?.first_parents(tip);
        let mut found = Vec::new();
        for step in walk.by_ref() {
            let step = step?;
            found.push((step.id, step.tree));
        }
        if walk.ended_early() {
            if for_good {
                return Err(Error::no_data(
                    "this clone is shallow, so positions on the base branch are not known, and parts are never \
                     written again",
                )
                .hint("git fetch --unshallow brings the whole history"));
            }
            // Counted from somewhere else the numbers would be others.
            context.warn("this clone is shallow, so the column position stays empty");
            context.hint("git fetch --unshallow brings the whole history");
            return Ok(Self::default());
        }
        let mut places = Self::default();
        for (position, (id, tree)) in found.into_iter().rev().enumerate() {
            let position = position as u64;
            places.commits.insert(id, (position, tree));
            places.trees.entry(tree).or_insert(position);
        }
        Ok(places)
    }

    /// The place of a run: of its commit, if what was measured is that commit's tree; else of the first commit with that
    /// tree.
    pub(crate) fn of(&self, run: &RunRecord) -> Option<Place> {
        let tree = run.tree.as_deref().and_then(git::id);
        if let Some((position, own)) = git::id(&run.commit).and_then(|id| self.commits.get(&id))
            && tree.is_none_or(|tree| tree == *own)
        {
            return Some(Place::Commit(*position));
        }
        self.trees.get(&tree?).map(|position| Place::Tree(*position))
    }
}
