//! What refs reach, and whether this clone sees enough of the history to say so.

use super::{Id, Repo};
use crate::{Error, Result};

/// Why this clone cannot say which commits no branch reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Partial {
    /// The history is cut.
    Shallow,
    /// Only some branches of this remote are fetched.
    SomeBranches(String),
    /// This branch or tag of the remote is not here as it is there.
    Behind(String, String),
}

impl Repo {
    /// Every commit that a ref, HEAD or the HEAD of a work tree reaches here, sorted. Replaced and grafted commits count by
    /// their own parents and by those that were given to them, so that neither hides a commit.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the history cannot be read.
    pub fn reachable(&self) -> Result<Vec<Id>> {
        let mut found = self.rev_list(&[])?;
        let replaced = !self.refs_below("refs/replace/")?.is_empty();
        if replaced {
            found.extend(self.rev_list(&["--no-replace-objects"])?);
        }
        // Grafts have no switch: what the raw commits name is walked by ourselves.
        if self.common_dir().join("info/grafts").exists() {
            self.follow_raw(&mut found);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn rev_list(&self, global: &[&str]) -> Result<Vec<Id>> {
        let mut args = global.to_vec();
        args.extend(["rev-list", "--all"]);
        let trees = self.git().try_text(&["worktree", "list", "--porcelain"]).unwrap_or_default();
        let heads: Vec<&str> =
            trees.lines().filter_map(|l| l.strip_prefix("HEAD ")).filter(|id| id.bytes().any(|b| b != b'0')).collect();
        args.extend(heads);
        Ok(self.git().text(&args)?.lines().filter_map(super::id).collect())
    }

    fn follow_raw(&self, found: &mut Vec<Id>) {
        let mut known: std::collections::BTreeSet<Id> = found.iter().copied().collect();
        let mut open = found.clone();
        while let Some(id) = open.pop() {
            for parent in self.raw_parents(id) {
                if known.insert(parent) {
                    open.push(parent);
                    found.push(parent);
                }
            }
        }
    }

    /// Why a commit that no ref reaches here may be reached by a branch or a tag all the same; `None` where it may not, as far as
    /// this remote goes (`None` = there is no remote).
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] where the remote cannot be reached.
    pub fn partial_view(&self, remote: Option<&str>) -> Result<Option<Partial>> {
        if self.is_shallow() {
            return Ok(Some(Partial::Shallow));
        }
        let Some(remote) = remote else { return Ok(None) };
        let fetched = self.git().try_text(&["config", "--get-all", &format!("remote.{remote}.fetch")]);
        let all = |line: &str| {
            let source = line.trim_start_matches('+').split(':').next().unwrap_or_default();
            matches!(source, "refs/heads/*" | "refs/*")
        };
        if !fetched.unwrap_or_default().lines().any(all) {
            return Ok(Some(Partial::SomeBranches(remote.to_owned())));
        }
        let behind = self.remote_tips(remote)?.into_iter().find(|(_, id)| !self.has(*id));
        Ok(behind.map(|(name, _)| Partial::Behind(remote.to_owned(), name)))
    }
}

impl Partial {
    /// The error of a question that this clone cannot answer, with what makes it answerable.
    pub fn error(&self, what: &str) -> Error {
        match self {
            Self::Shallow => Error::data(format!("{what} cannot be judged in a shallow clone"))
                .hint("git fetch --unshallow, then run it again"),
            Self::SomeBranches(remote) => {
                Error::data(format!("{what} cannot be judged here: only some branches of '{remote}' are fetched"))
                    .hint(format!("git remote set-branches {remote} '*' && git fetch {remote}, then run it again"))
            }
            Self::Behind(remote, name) => {
                Error::data(format!("{what} cannot be judged here: '{name}' of '{remote}' is not here as it is there"))
                    .hint(format!("git fetch --tags {remote}, then run it again"))
            }
        }
    }
}
