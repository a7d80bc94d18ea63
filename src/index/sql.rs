//! One statement of the user's own, which can only read.

use rusqlite::types::ValueRef;

use super::Index;
use crate::{Error, Result};

/// A value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Text; blobs as hex digits.
    Text(String),
}

/// What a statement gave.
#[derive(Clone, Debug, Default)]
pub struct SqlRows {
    /// Names of the columns; where one stands twice the further ones get `#2`, `#3`.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Scalar>>,
}

/// Words that a statement may begin with; `ATTACH`, `VACUUM INTO` and the like count as reading for SQLite.
const FIRST: &[&str] = &["select", "with", "values", "explain"];

impl Index {
    /// Runs one statement over the index.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`] where it is no SQL, more than one statement, or would write.
    pub fn sql(&self, text: &str) -> Result<SqlRows> {
        let first: String = text.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
        if !FIRST.contains(&first.to_ascii_lowercase().as_str()) {
            return Err(Error::usage("--sql takes one statement that begins with SELECT, WITH, VALUES or EXPLAIN")
                .hint("the views are runs, measurements, samples, machines and benchmarks: docs/query.md"));
        }
        self.db.execute_batch("PRAGMA query_only = 1").map_err(super::fault::told)?;
        self.selected_rows(text).map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::Unknown) | None => wrong(&error),
            Some(rusqlite::ErrorCode::ReadOnly) => Error::usage("--sql only reads, and this would write")
                .hint("the index is made from the notes: git bench record, drop and prune change them"),
            Some(_) => super::fault::told(error),
        })
    }

    fn selected_rows(&self, text: &str) -> rusqlite::Result<SqlRows> {
        let mut statement = self.db.prepare(text.trim_end().trim_end_matches(';'))?;
        if !statement.readonly() {
            return Err(rusqlite::Error::InvalidQuery);
        }
        let mut columns: Vec<String> = Vec::new();
        for name in statement.column_names() {
            let count = columns.iter().filter(|c| *c == name || c.starts_with(&format!("{name}#"))).count();
            columns.push(if count == 0 { name.to_owned() } else { format!("{name}#{}", count + 1) });
        }
        let mut found = Vec::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let cells = (0..columns.len()).map(|i| {
                Ok(match row.get_ref(i)? {
                    ValueRef::Null => Scalar::Null,
                    ValueRef::Integer(n) => Scalar::Integer(n),
                    ValueRef::Real(v) => Scalar::Real(v),
                    ValueRef::Text(bytes) => Scalar::Text(String::from_utf8_lossy(bytes).into_owned()),
                    ValueRef::Blob(bytes) => Scalar::Text(bytes.iter().map(|b| format!("{b:02x}")).collect()),
                })
            });
            found.push(cells.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        Ok(SqlRows { columns, rows: found })
    }
}

fn wrong(error: &rusqlite::Error) -> Error {
    Error::usage(format!("wrong SQL: {error}"))
        .hint("the views are runs, measurements, samples, machines and benchmarks: docs/query.md")
}
