//! One writer of notes at a time in one repository.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::{Error, Result};

/// An exclusive lock on a file, released when dropped or when the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock on `directory/lock`, making the directory where it is missing.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the file cannot be made or locked.
    pub fn acquire(directory: &Path) -> Result<Self> {
        let path = directory.join("lock");
        let cannot = |e: std::io::Error| {
            Error::data(format!("cannot lock '{}'", path.display()))
                .because(e)
                .hint("git bench needs to write in the git directory; check its owner and the free space")
        };
        std::fs::create_dir_all(directory).map_err(cannot)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(cannot)?;
        file.lock().map_err(cannot)?;
        Ok(Self { _file: file })
    }
}
