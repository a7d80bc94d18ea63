//! A commit, copied out of libgit2.

use super::{Id, Repo};
use crate::Result;

/// What we need of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: Id,
    /// The tree that it records.
    pub tree: Id,
    /// Its parents, the first parent first; empty at a root and at the boundary of a shallow clone.
    pub parents: Vec<Id>,
    /// Committer's time, seconds since 1970.
    pub time: i64,
    /// Name of the author.
    pub author: String,
    /// First line of the message.
    pub subject: String,
}

impl Repo {
    /// The commit with this id; `None` where it is not in this clone or no commit.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the object database cannot be read.
    pub fn commit(&self, id: Id) -> Result<Option<Commit>> {
        let found = match self.inner().find_commit(id) {
            Ok(found) => found,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Commit {
            id,
            tree: found.tree_id(),
            parents: found.parent_ids().collect(),
            time: found.time().seconds(),
            author: String::from_utf8_lossy(found.author().name_bytes()).into_owned(),
            subject: found.summary_bytes().map(|s| String::from_utf8_lossy(s).into_owned()).unwrap_or_default(),
        }))
    }

    /// The message of a commit; empty where it is not here.
    pub fn message(&self, id: Id) -> String {
        self.inner()
            .find_commit(id)
            .map(|c| String::from_utf8_lossy(c.message_bytes()).into_owned())
            .unwrap_or_default()
    }

    /// The parents that the raw commit object names, also those that a shallow clone has cut off.
    pub fn raw_parents(&self, id: Id) -> Vec<Id> {
        let Ok(odb) = self.inner().odb() else { return Vec::new() };
        let Ok(object) = odb.read(id) else { return Vec::new() };
        String::from_utf8_lossy(object.data())
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.strip_prefix("parent "))
            .filter_map(super::id)
            .collect()
    }
}

pub(super) fn is_absent(error: &git2::Error) -> bool {
    error.code() == git2::ErrorCode::NotFound
        || (error.class() == git2::ErrorClass::Invalid && error.message().contains("type"))
}
