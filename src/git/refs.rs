//! Reading refs and moving them by compare-and-swap.

use git2::{ErrorClass, ErrorCode};

use super::{Id, Repo};
use crate::{Error, Result};

impl Repo {
    /// The object that a full ref name points at; `None` where there is no such ref.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the ref is broken.
    pub fn read_ref(&self, name: &str) -> Result<Option<Id>> {
        if self.is_reftable() {
            return Ok(self.git().try_text(&["rev-parse", "--verify", "-q", name]).and_then(|t| super::id(&t)));
        }
        match self.inner().refname_to_id(name) {
            Ok(id) => Ok(Some(id)),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
            Err(error) => Err(Error::data(format!("cannot read the ref '{name}'")).because(error)),
        }
    }

    /// All refs below a prefix (`refs/notes/bench-incoming/`), with what they point at, sorted by name.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where refs cannot be listed.
    pub fn refs_below(&self, prefix: &str) -> Result<Vec<(String, Id)>> {
        let listed = self.git().text(&["for-each-ref", "--format=%(objectname) %(refname)", prefix])?;
        Ok(listed
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(id, name)| Some((name.to_owned(), super::id(id)?)))
            .collect())
    }

    /// Moves a ref from `old` (`None` = it must not exist) to `new`; `false` where another writer was first or the ref is
    /// locked by one, so that trying again makes sense.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the ref cannot be written at all.
    pub fn swap_ref(&self, name: &str, new: Id, old: Option<Id>, message: &str) -> Result<bool> {
        if self.is_reftable() {
            let none = "0".repeat(self.hex_len());
            let old = old.map_or(none, |id| id.to_string());
            let output = self.git().output(&["update-ref", "-m", message, name, &new.to_string(), &old])?;
            return Ok(output.status.success());
        }
        let moved = match old {
            Some(old) => self.inner().reference_matching(name, new, true, old, message),
            None => self.inner().reference(name, new, false, message),
        };
        match moved {
            Ok(_) => Ok(true),
            Err(error) if retry_helps(&error) => Ok(false),
            Err(error) => Err(Error::data(format!("cannot write the ref '{name}'"))
                .because(error)
                .hint("check the owner of the git directory and the free space")),
        }
    }

    /// Deletes a ref if it still points at `old`; a ref that is gone is no error.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where git refuses.
    pub fn delete_ref(&self, name: &str, old: Id) -> Result<()> {
        self.git().text(&["update-ref", "-d", name, &old.to_string()]).map(|_| ())
    }
}

/// A rival writer or a `git gc` beside us: trying again helps.
pub(super) fn retry_helps(error: &git2::Error) -> bool {
    matches!(error.code(), ErrorCode::Modified | ErrorCode::Locked | ErrorCode::Exists)
        || (error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Reference)
        || matches!(error.class(), ErrorClass::Odb)
        || (error.class() == ErrorClass::Os && ["rename", "make directory"].iter().any(|w| error.message().contains(w)))
}

impl Repo {
    /// The ref that a symbolic ref names; `None` where it is none or not there.
    pub fn symbolic_target(&self, name: &str) -> Option<String> {
        if self.is_reftable() {
            return self.git().try_text(&["symbolic-ref", "-q", name]);
        }
        self.inner().find_reference(name).ok()?.symbolic_target().ok().flatten().map(str::to_owned)
    }

    /// The remote that a local branch follows.
    pub fn upstream_remote(&self, branch: &str) -> Option<String> {
        self.inner().config().ok()?.get_string(&format!("branch.{branch}.remote")).ok().filter(|r| r != ".")
    }
}
