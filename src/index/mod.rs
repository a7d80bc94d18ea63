//! The read model: all runs that count, in one SQLite file `<git common dir>/bench/index.sqlite`.
//!
//! It is a cache. It is made from the notes, brought up to date by the difference between the notes tree that it holds and
//! today's, and may be deleted at any time. A reader sees the notes as they were when it opened, in one transaction; where
//! the file is damaged it is made anew, and where it cannot be used (held, read-only, of a newer git-bench) a temporary
//! index in memory answers. What happened is in [`Index::remarks`].
//!
//! ```text
//! notes ─ Source::each (2 threads: inflate, parse) ─▶ Writer (names become numbers) ─▶ index.sqlite ─▶ Filter ─▶ runs, values
//! ```

mod build;
mod fault;
mod filter;
mod open;
mod parse;
mod read;
mod schema;
mod sql;
mod values;
mod write;

pub use fault::is_damaged;
pub use filter::{Filter, SeriesName};
pub use read::{Found, FoundRun, Wanted};
pub use sql::{Scalar, SqlRows};
pub use values::{Field, RowValue, Tally, Values};

use crate::Result;
use crate::model::Facts;
use crate::store::Store;

/// What people call a machine, from its env.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The environment key, by the configured identity.
    pub environment: String,
    /// The configured label, else a description.
    pub label: String,
    /// The cloud, `local` where it is in none.
    pub platform: String,
    /// `nvidia`, `tpu`, `amd`, or the architecture.
    pub hardware: String,
}

/// How machines are named.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Differs wherever `name` gives other names; kept in the index.
    pub naming: &'a str,
    /// The names of a machine.
    pub name: &'a dyn Fn(&Facts) -> Named,
}

/// An open index.
#[derive(Debug)]
pub struct Index {
    db: rusqlite::Connection,
    remarks: Vec<String>,
}

impl Index {
    /// Opens the index of a store, as of its notes now.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the notes cannot be read.
    pub fn open(store: &Store<'_>, options: &Options<'_>) -> Result<Self> {
        open::open(store, options, false)
    }

    /// The same, made anew.
    ///
    /// # Errors
    /// As [`Index::open`].
    pub fn rebuild(store: &Store<'_>, options: &Options<'_>) -> Result<Self> {
        open::open(store, options, true)
    }

    /// What the user should know of how it was opened.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Lines of notes that could not be read, over all.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the index is damaged.
    pub fn unreadable(&self) -> Result<u64> {
        let sum = "SELECT coalesce(sum(lines), 0) FROM unreadable";
        self.db.query_row(sum, [], |row| row.get::<_, i64>(0)).map(|n| n as u64).map_err(fault::told)
    }
}
