//! What was told last, so that only a change is told: `<git common dir>/bench/notified.json`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::report::Verdict;
use crate::report::changes::Changes;
use crate::{Error, Result};

/// Branches that are remembered; beyond them the ones that were told longest ago are forgotten.
const BRANCHES: usize = 500;

/// What was told last, by branch and hook.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    #[serde(default)]
    version: u32,
    #[serde(default)]
    branches: BTreeMap<String, Branch>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Branch {
    /// When something was told last, seconds since 1970.
    #[serde(default)]
    time: i64,
    /// The outcome by the name of the hook.
    #[serde(default)]
    told: BTreeMap<String, String>,
}

/// The outcome as it is remembered: the word, and which series regressed or are missing. Another series that regresses is
/// another outcome; another size of the same regression is not.
pub fn fingerprint(changes: &Changes) -> String {
    let outcome = changes.outcome.unwrap_or("no-data");
    if outcome == "pass" {
        return outcome.to_owned();
    }
    let worse = changes.series.iter().filter(|s| s.verdict == Verdict::Regression);
    let worse = worse.map(|s| [&s.benchmark, &s.metric, &s.environment, &s.suite]);
    let gone = changes.missing.iter().map(|m| [&m.benchmark, &m.metric, &m.environment, &m.suite]);
    let mut names: Vec<_> = worse.chain(gone).collect();
    names.sort();
    let mut hash = Sha256::new();
    for part in names.into_iter().flatten() {
        hash.update(part);
        hash.update([0]);
    }
    let digest: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{outcome} {digest}")
}

impl Memory {
    /// The file in the bench folder of a repository.
    pub fn file(bench: &Path) -> PathBuf {
        bench.join("notified.json")
    }

    /// Reads it; what is not there or broken remembers nothing.
    pub fn read(path: &Path) -> Self {
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Whether this outcome is another one than what the hook was told last of the branch. A branch of which it was told
    /// nothing counts as passing.
    pub fn is_news(&self, branch: &str, hook: &str, outcome: &str) -> bool {
        let last = self.branches.get(branch).and_then(|branch| branch.told.get(hook));
        last.map_or("pass", String::as_str) != outcome
    }

    /// Remembers what a hook was told.
    pub fn tell(&mut self, branch: &str, hook: &str, outcome: &str, time: i64) {
        let known = self.branches.entry(branch.to_owned()).or_default();
        known.time = time;
        known.told.insert(hook.to_owned(), outcome.to_owned());
        while self.branches.len() > BRANCHES {
            let oldest = self.branches.iter().min_by_key(|(_, branch)| branch.time).map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { break };
            self.branches.remove(&oldest);
        }
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the folder cannot be written.
    pub fn write(&mut self, path: &Path) -> Result<()> {
        self.version = 1;
        let cannot = |e: std::io::Error| Error::data("cannot remember what was notified").because(e);
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        let beside = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = std::fs::write(&beside, &text).or_else(|e| match (e.kind(), path.parent()) {
            (ErrorKind::NotFound, Some(folder)) => {
                std::fs::create_dir_all(folder)?;
                std::fs::write(&beside, &text)
            }
            _ => Err(e),
        });
        written.and_then(|()| std::fs::rename(&beside, path)).map_err(|e| {
            let _ = std::fs::remove_file(&beside);
            cannot(e)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::changes::{End, Missing};

    #[test]
    fn only_another_outcome_is_news() {
        let mut memory = Memory::default();
        assert!(!memory.is_news("main", "slack", "pass") && memory.is_news("main", "slack", "fail 1"));
        memory.tell("main", "slack", "fail 1", 1);
        assert!(!memory.is_news("main", "slack", "fail 1") && memory.is_news("main", "slack", "fail 2"));
        assert!(memory.is_news("main", "slack", "pass") && memory.is_news("main", "webhook", "fail 1"));
        assert!(memory.is_news("dev", "slack", "fail 1"));
        for i in 0..600 {
            memory.tell(&format!("b{i}"), "slack", "pass", 10 + i);
        }
        assert_eq!((memory.branches.len(), memory.branches.contains_key("main")), (500, false));
    }

    #[test]
    fn it_outlives_the_process_and_a_broken_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = Memory::file(&folder.path().join("bench"));
        let mut memory = Memory::read(&path);
        memory.tell("main", "slack", "fail 1", 1);
        memory.write(&path).unwrap();
        assert!(!Memory::read(&path).is_news("main", "slack", "fail 1"));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        std::fs::write(&path, "{").unwrap();
        assert!(Memory::read(&path).is_news("main", "slack", "fail 1"));
    }

    #[test]
    fn the_outcome_is_its_word_and_its_series() {
        let mut changes = Changes::new("check", End::default(), End::default());
        changes.outcome = Some("pass");
        assert_eq!(fingerprint(&changes), "pass");
        changes.outcome = Some("no-data");
        let nothing = fingerprint(&changes);
        changes.missing.push(Missing {
            benchmark: "a".into(),
            metric: "time".into(),
            environment: "e".into(),
            suite: "s".into(),
            why: "gone".into(),
        });
        assert!(nothing.starts_with("no-data ") && fingerprint(&changes) != nothing);
    }
}
