//! The repository: commits, ancestry, notes, refs, remotes. The only user of libgit2 and of the program `git`.
//!
//! libgit2 reads and writes objects; refs go through it too, except in a reftable repository, which it cannot write;
//! the wire (fetch, push) is always the program, so that credentials, ssh and proxies are as the user has them.

mod commit;
mod config;
mod edit;
mod lock;
mod merge;
mod notes;
mod pack;
mod program;
mod refs;
mod remote;
mod repo;
mod walk;

pub use commit::Commit;
pub use config::{ConfigEntry, ConfigRead, Scope};
pub use edit::{Change, Edit, Identity};
pub use git2::Oid as Id;
pub use lock::Lock;
pub use notes::Notes;
pub use program::Git;
pub use remote::{Fetched, Pushed};
pub use repo::{Repo, Resolved};
pub use walk::{Ancestry, Walk};

use crate::Error;

impl From<git2::Error> for Error {
    fn from(error: git2::Error) -> Self {
        let message = error.message().trim_end_matches('.').to_owned();
        Self::data(message)
    }
}
