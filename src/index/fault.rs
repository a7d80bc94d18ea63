//! What can go wrong with the file, by what is to be done about it.

use rusqlite::ErrorCode;

use crate::Error;

/// Why the index could not be used.
#[derive(Debug)]
pub(super) enum Fault {
    /// No index of ours, or a broken one: it is made anew.
    Damaged(String),
    /// Another program holds it.
    Busy,
    /// It can be neither written nor made here: read-only, no rights, a full disk.
    Denied(String),
    /// Of a newer git-bench, with the version of its tables; left alone.
    Newer(i64),
    /// Nothing that another index would mend: the notes cannot be read.
    Fatal(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure,
            ) => Self::Denied(error.to_string()),
            // A missing table, a text where a number must be: the file is not what we wrote.
            _ => Self::Damaged(error.to_string()),
        }
    }
}

/// An error of a question that was put to an index that opened well.
pub(super) fn told(error: rusqlite::Error) -> Error {
    Error::data("cannot read the index").because(error).hint("git bench query --rebuild makes it anew from the notes")
}

/// Whether an error says that the index is damaged, so that it should be made anew and asked again.
pub fn is_damaged(error: &Error) -> bool {
    error.source.as_ref().and_then(|e| e.downcast_ref::<rusqlite::Error>()).is_some_and(|e| {
        !matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::OperationInterrupted))
    })
}
