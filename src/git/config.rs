//! git config, read once: by libgit2 where it surely sees what git sees, else by the program.

use std::process::{Child, Stdio};

use git2::ConfigLevel;

use super::{Git, Repo};
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

impl Repo {
    /// Every value whose key begins with one of the words, in git's order; `None` where only the program git can tell
    /// them: where a file includes another (libgit2 does not know all conditions), a work tree has its own file, that of a
    /// bare repository may not count, the repository is another user's, one cannot be read, or the system's file says one of them and `system` is false (it may be none of git's).
    pub fn config_entries(&self, beginnings: &[&str], system: bool) -> Option<Vec<ConfigEntry>> {
        let config = self.inner().config().ok().filter(|_| self.is_own())?;
        let mut all = config.entries(None).ok()?;
        let mut entries = Vec::new();
        while let Some(entry) = all.next() {
            let entry = entry.ok()?;
            let key = entry.name().ok()?;
            let elsewhere = ["extensions.worktreeconfig", "safe.barerepository"].contains(&key);
            if key.starts_with("include") || elsewhere {
                return None;
            }
            if !beginnings.iter().any(|b| key.starts_with(b)) {
                continue;
            }
            let scope = match entry.level() {
                ConfigLevel::System if system => Scope::System,
                ConfigLevel::XDG | ConfigLevel::Global => Scope::Global,
                ConfigLevel::Local => Scope::Local,
                _ => return None,
            };
            let value = if entry.has_value() { entry.value().ok()? } else { "" };
            entries.push((entry.level() as i32, ConfigEntry { scope, key: key.to_owned(), value: value.to_owned() }));
        }
        entries.sort_by_key(|(level, _)| *level);
        Some(entries.into_iter().map(|(_, entry)| entry).collect())
    }
}

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
