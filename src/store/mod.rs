//! Notes and records together: append, read, share. Nothing here is lost: lines go only where a `drop` names them.

mod append;
pub mod gate;
mod prune;
mod read;
pub mod retention;
mod sync;

pub use append::Added;
pub use prune::Survey;
pub use read::{Reader, Source};
pub use sync::{Pulled, PushOptions, Pushed, Standing};

use crate::Result;
use crate::git::{Identity, Notes, Repo};

/// Remembers the last notes tip that a writer of ours saw, so that lines lost to other writers are put back.
const SEEN: &str = "refs/bench/seen";

/// How the store writes.
#[derive(Clone, Debug)]
pub struct Options {
    /// The notes ref, `refs/notes/bench`.
    pub notes_ref: String,
    /// Who commits notes.
    pub identity: Identity,
}

/// The records of one repository.
pub struct Store<'r> {
    repo: &'r Repo,
    options: Options,
}

impl<'r> Store<'r> {
    /// The store of a repository.
    pub fn new(repo: &'r Repo, options: Options) -> Self {
        Self { repo, options }
    }

    /// The repository.
    pub fn repo(&self) -> &'r Repo {
        self.repo
    }

    /// The notes ref.
    pub fn notes_ref(&self) -> &str {
        &self.options.notes_ref
    }

    /// A reader of the records as they are now.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the notes ref is broken.
    pub fn reader(&self) -> Result<Reader<'r>> {
        Ok(Reader::new(Notes::of_ref(self.repo, &self.options.notes_ref)?))
    }
}
