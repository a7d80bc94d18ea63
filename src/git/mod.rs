//! The repository: commits, ancestry, notes, refs, remotes. The only user of libgit2 and of the program `git`.
//!
//! libgit2 reads and writes objects; refs go through it too, except in a reftable repository, which it cannot write;
//! the wire (fetch, push) is always the program, so that credentials, ssh and proxies are as the user has them.

mod changed;
mod commit;
mod config;
mod edit;
mod lock;
mod merge;
mod notes;
mod pack;
mod places;
mod program;
mod reach;
mod refs;
mod remote;
mod repo;
mod rewritten;
mod walk;

pub use changed::PathChange;
pub use commit::Commit;
pub use config::{ConfigEntry, ConfigRead, Scope};
pub use edit::{Change, Edit, Identity};
pub use git2::Oid as Id;
pub use lock::Lock;
pub use notes::Notes;
pub use places::Place;
pub use program::Git;
pub use reach::Partial;
pub use remote::{Fetched, Pushed};
pub use repo::{Repo, Resolved};
pub use walk::{Ancestry, Walk};

use crate::Error;

/// The id that 40 hex digits name, or 64 in a SHA-256 repository; `None` for every other text.
pub fn id(hex: &str) -> Option<Id> {
    let format = match hex.len() {
        40 => git2::ObjectFormat::Sha1,
        64 => git2::ObjectFormat::Sha256,
        _ => return None,
    };
    Id::from_str_ext(hex, format).ok()
}

impl From<git2::Error> for Error {
    fn from(error: git2::Error) -> Self {
        let message = error.message().trim_end_matches('.').to_owned();
        Self::data(message)
    }
}
