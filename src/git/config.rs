//! git config, read once by the program (libgit2 does not see `git -c`).

use std::process::{Child, Stdio};

use super::Git;
use crate::Result;

/// Where a value comes from, in git's order: later wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `/etc/gitconfig`.
    System,
    /// `~/.gitconfig`.
    Global,
    /// `.git/config`.
    Local,
    /// `.git/config.worktree`.
    Worktree,
    /// `git -c` and the environment.
    Command,
}

/// One value of git config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Where it was set.
    pub scope: Scope,
    /// The key; section and last part in lower case, the part between as written.
    pub key: String,
    /// The value; empty for a key without one.
    pub value: String,
}

/// A read of git config that was begun and goes on beside us.
#[derive(Debug)]
pub struct ConfigRead(Child);

impl Git {
    /// Begins to read every value whose key fits the pattern (an extended regular expression).
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the program cannot be started.
    pub fn begin_config(&self, pattern: &str) -> Result<ConfigRead> {
        let mut command = self.command(&["config", "--null", "--show-scope", "--get-regexp", pattern]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map(ConfigRead)
            .map_err(super::program::not_started)
    }
}

impl ConfigRead {
    /// The values, in git's order.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`] where the configuration cannot be parsed.
    pub fn finish(self) -> Result<Vec<ConfigEntry>> {
        let output = self.0.wait_with_output().map_err(super::program::not_started)?;
        // 1 = nothing fits.
        if !output.status.success() && output.status.code() != Some(1) {
            return Err(crate::Error::usage("cannot read git's configuration")
                .because(super::program::last_words(&output.stderr))
                .hint("git config --list --show-origin shows where it is wrong"));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut parts = text.split('\0');
        let mut entries = Vec::new();
        while let (Some(scope), Some(pair)) = (parts.next(), parts.next()) {
            let (key, value) = pair.split_once('\n').unwrap_or((pair, ""));
            let scope = match scope {
                "system" => Scope::System,
                "global" => Scope::Global,
                "local" => Scope::Local,
                "worktree" => Scope::Worktree,
                _ => Scope::Command,
            };
            entries.push(ConfigEntry { scope, key: key.to_owned(), value: value.to_owned() });
        }
        Ok(entries)
    }
}
