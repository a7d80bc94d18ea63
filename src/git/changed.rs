//! The paths in which two commits differ, as the program git tells them; replacements do not count, somebody may have pushed them.

use super::{Id, Repo};
use crate::{Error, Result};

/// One path that a commit adds, changes or takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathChange {
    /// The path.
    pub path: String,
    /// Whether it is taken away.
    pub gone: bool,
    /// Whether it is a plain file, and not executable.
    pub plain: bool,
    /// Size of the new file in bytes; `None` where it is gone or no file.
    pub size: Option<usize>,
}

impl Repo {
    /// The paths in which two commits differ; against `None`, all of them.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a commit or a tree is not here.
    pub fn changed_paths(&self, old: Option<Id>, new: Id) -> Result<Vec<PathChange>> {
        let tree = match old {
            Some(old) => old.to_string(),
            None => self.git().text(&["hash-object", "-t", "tree", "/dev/null"])?,
        };
        let new = new.to_string();
        let output = self.git().output(&[
            "--no-replace-objects",
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-renames",
            &tree,
            &new,
        ])?;
        if !output.status.success() {
            return Err(Error::data(format!("cannot compare '{tree}' and '{new}'"))
                .because(super::program::last_words(&output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut parts = text.split('\0');
        let odb = self.inner().odb()?;
        let mut found = Vec::new();
        // ':100644 100644 OLD NEW M' and the path.
        while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
            let words: Vec<&str> = head.split(' ').collect();
            let [_, mode, _, id, kind] = words[..] else { continue };
            let size = super::id(id).and_then(|id| odb.read_header(id).ok()).map(|(size, _)| size);
            let gone = kind.starts_with('D');
            found.push(PathChange {
                path: path.to_owned(),
                gone,
                plain: mode == "100644",
                size: size.filter(|_| !gone),
            });
        }
        Ok(found)
    }

    /// Addresses of the committers of the commits that `new` brings, each once, in lower case; what a ref reaches already
    /// is not new.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the history cannot be read.
    pub fn new_committers(&self, new: Id) -> Result<Vec<String>> {
        let new = new.to_string();
        let text = self.git().text(&[
            "--no-replace-objects",
            "log",
            "--format=%ce",
            "--no-show-signature",
            &new,
            "--not",
            "--all",
        ])?;
        let mut found: Vec<String> = text.lines().map(str::to_lowercase).collect();
        found.sort();
        found.dedup();
        Ok(found)
    }
}
