//! One writer of notes at a time in one repository; and what a writer that was killed has left.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, Result};

/// A ref's lock that stays as it is for this long, after its owner died, is nobody's.
const SETTLED: Duration = Duration::from_millis(400);

/// An exclusive lock on a file, released when dropped or when the process dies. While refs are moved their names stand in
/// the file, so that the next writer knows whose `.lock` files were left by one that was killed.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Waits for the lock on `directory/lock`, making the directory where it is missing. Refs lie below `refs`: what a
    /// killed writer has left of them there is cleared away.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the file cannot be made or locked.
    pub fn acquire(directory: &Path, refs: &Path) -> Result<Self> {
        let path = directory.join("lock");
        let cannot = |e: std::io::Error| {
            Error::data(format!("cannot lock '{}'", path.display()))
                .because(e)
                .hint("git bench needs to write in the git directory; check its owner and the free space")
        };
        std::fs::create_dir_all(directory).map_err(cannot)?;
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(cannot)?;
        file.lock().map_err(cannot)?;
        let mut lock = Self { file };
        lock.clear_after_the_dead(refs);
        Ok(lock)
    }

    /// These refs are about to be moved.
    pub(super) fn begin(&mut self, names: &[&str]) {
        // Without the mark only the healing is missing.
        let _ = self.file.rewind().and_then(|()| self.file.write_all((names.join("\n") + "\n").as_bytes()));
    }

    /// They are moved.
    pub(super) fn end(&mut self) {
        let _ = self.file.set_len(0);
    }

    fn clear_after_the_dead(&mut self, refs: &Path) {
        let mut names = String::new();
        if self.file.read_to_string(&mut names).is_err() || names.is_empty() {
            return;
        }
        let plain = |name: &&str| name.starts_with("refs/") && !name.split('/').any(|part| part == "..");
        let left: Vec<PathBuf> =
            names.lines().filter(plain).map(|name| refs.join(format!("{name}.lock"))).filter(|p| p.exists()).collect();
        if !left.is_empty() {
            // Another program may have made a lock of its own since; that one moves on.
            let before: Vec<_> = left.iter().map(|path| state(path)).collect();
            std::thread::sleep(SETTLED);
            for (path, before) in left.iter().zip(before) {
                if before.is_some() && state(path) == before {
                    let _ = std::fs::remove_file(path);
                }
            }
        }
        self.end();
    }
}

fn state(path: &Path) -> Option<(u64, std::time::SystemTime)> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.len(), data.modified().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_writer_named_is_cleared_away() {
        let dir = tempfile::tempdir().unwrap();
        let (bench, git) = (dir.path().join("bench"), dir.path().join("git"));
        std::fs::create_dir_all(git.join("refs/notes")).unwrap();
        let at = |name: &str| git.join(format!("refs/notes/{name}.lock"));
        let mut lock = Lock::acquire(&bench, &git).unwrap();
        for name in ["ours", "others"] {
            std::fs::write(at(name), "").unwrap();
        }
        lock.begin(&["refs/notes/ours", "refs/notes/../../escape", "refs/notes/none"]);
        std::fs::write(dir.path().join("escape.lock"), "").unwrap();
        // As if the process had died: the names stay.
        drop(lock);
        let mut lock = Lock::acquire(&bench, &git).unwrap();
        assert!(!at("ours").exists() && at("others").exists() && dir.path().join("escape.lock").exists());
        std::fs::write(at("ours"), "").unwrap();
        lock.begin(&["refs/notes/ours"]);
        lock.end();
        drop(lock);
        let _lock = Lock::acquire(&bench, &git).unwrap();
        assert!(at("ours").exists(), "nobody died");
    }
}
