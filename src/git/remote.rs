//! The wire: fetch and push by the program git.

use std::process::Output;
use std::time::Duration;

use super::program::last_words;
use super::{Id, Repo};
use crate::{Error, Result};

/// How a push ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The remote has it now.
    Done,
    /// The remote had it already.
    UpToDate,
    /// Somebody else pushed in between: fetch, merge, push again.
    Raced,
    /// The remote refuses this ref; git's words.
    Refused(String),
}

/// How a fetch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The refs are here.
    Done,
    /// The remote has no such ref.
    Absent,
}

impl Repo {
    /// The names of the remotes, as git lists them.
    pub fn remotes(&self) -> Vec<String> {
        self.inner()
            .remotes()
            .map(|names| names.iter().filter_map(|n| n.ok().flatten().map(str::to_owned)).collect())
            .unwrap_or_default()
    }

    /// Fetches refspecs from a remote.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] with git's words where the remote cannot be reached or reads are refused.
    pub fn fetch(&self, remote: &str, options: &[&str], refspecs: &[String]) -> Result<Fetched> {
        let mut args = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
        args.extend_from_slice(options);
        args.extend_from_slice(&["--", remote]);
        args.extend(refspecs.iter().map(String::as_str));
        let mut output = self.git().output(&args)?;
        for attempt in 1..PASSING {
            if output.status.success() || !passes(&output.stderr) {
                break;
            }
            std::thread::sleep(Duration::from_millis(40 << attempt));
            output = self.git().output(&args)?;
        }
        if output.status.success() {
            return Ok(Fetched::Done);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("couldn't find remote ref") {
            return Ok(Fetched::Absent);
        }
        Err(unreachable(remote, &output, "fetch from"))
    }

    /// Pushes one refspec; `lease` deletes or moves it only if it still points there.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] with git's words where the remote cannot be reached.
    pub fn push(&self, remote: &str, refspec: &str, lease: Option<&str>) -> Result<Pushed> {
        let lease = lease.map(|lease| format!("--force-with-lease={lease}"));
        let mut args = vec!["push", "--porcelain", "--no-verify"];
        args.extend(lease.as_deref());
        args.extend_from_slice(&["--", remote, refspec]);
        let output = self.git().output(&args)?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let all = format!("{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
        for line in stdout.lines() {
            match line.as_bytes() {
                [b'!', b'\t', ..] => {
                    let raced = [
                        "fetch first",
                        "non-fast-forward",
                        "failed to update ref",
                        "stale info",
                        "cannot lock ref",
                        "incorrect old value",
                        "failed to lock",
                        "reference already exists",
                    ]
                    .iter()
                    .any(|word| all.contains(word));
                    if raced || passes(&output.stderr) {
                        return Ok(Pushed::Raced);
                    }
                    return Ok(Pushed::Refused(refusal(line, &output.stderr)));
                }
                [b'=', b'\t', ..] => return Ok(Pushed::UpToDate),
                _ => {}
            }
        }
        if output.status.success() {
            return Ok(Pushed::Done);
        }
        Err(unreachable(remote, &output, "push to"))
    }

    /// What a ref of the remote points at now; `None` where it has no such ref.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] where the remote cannot be reached.
    pub fn remote_refs(&self, remote: &str, pattern: &str) -> Result<Vec<(String, Id)>> {
        self.ls_remote(remote, &["--", remote, pattern])
    }

    /// The tips of all branches and tags of the remote.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] where the remote cannot be reached.
    pub fn remote_tips(&self, remote: &str) -> Result<Vec<(String, Id)>> {
        self.ls_remote(remote, &["--heads", "--tags", "--", remote])
    }

    fn ls_remote(&self, remote: &str, words: &[&str]) -> Result<Vec<(String, Id)>> {
        let mut args = vec!["ls-remote", "--quiet"];
        args.extend_from_slice(words);
        let output = self.git().output(&args)?;
        if !output.status.success() {
            return Err(unreachable(remote, &output, "list the refs of"));
        }
        Ok(String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .filter_map(|(id, name)| Some((name.to_owned(), super::id(id)?)))
            .collect())
    }
}

/// What fails by a `git gc` or another fetch beside us is tried so often.
const PASSING: u32 = 5;

/// Whether git failed by what another git did at the same moment: gc takes empty folders of objects away, a fetch holds the
/// lock of a ref.
fn passes(stderr: &[u8]) -> bool {
    let said = String::from_utf8_lossy(stderr);
    let gone = said.contains("No such file or directory");
    ["unable to create temporary", "unable to write", "failed to write object", "unable to rename"]
        .iter()
        .any(|word| gone && said.contains(word))
        || (said.contains(".lock'") && said.contains("File exists"))
        || said.contains("cannot lock ref")
}

/// Why a push was refused: git's word, then the first that the server itself said.
fn refusal(line: &str, stderr: &[u8]) -> String {
    let why = line.rsplit('\t').next().unwrap_or(line).to_owned();
    let text = String::from_utf8_lossy(stderr);
    let said = text.lines().filter_map(|l| l.strip_prefix("remote:")).map(str::trim);
    let said = said.map(|l| l.trim_start_matches("error: ")).find(|l| !l.is_empty());
    said.map_or(why.clone(), |said| format!("{why}: {said}"))
}

fn unreachable(remote: &str, output: &Output, what: &str) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some(line) = not_written(&said) {
        return Error::storage(format!("cannot {what} '{remote}': {}", last_words(line.as_bytes())))
            .hint("check the free space and the owner of the git directory; nothing is lost");
    }
    Error::storage(format!("cannot {what} '{remote}': {}", last_words(&output.stderr)))
        .hint(format!("git ls-remote {remote} shows whether it can be reached and read"))
}

/// What git said of a file that could not be written here; best where it names the cause.
fn not_written(said: &str) -> Option<&str> {
    const CAUSES: [&str; 3] = ["No space left on device", "Disk quota exceeded", "Read-only file system"];
    let ours = || said.lines().filter(|line| !line.starts_with("remote:"));
    ours()
        .find(|line| CAUSES.iter().any(|cause| line.contains(cause)))
        .or_else(|| ours().find(|line| ["couldn't write", "unable to write"].iter().any(|word| line.contains(word))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_here_is_no_fault_of_the_remote() {
        let full =
            "error: cannot update ref 'x': couldn't write 'x.lock'\nfatal: write error: No space left on device\n";
        assert_eq!(not_written(full), Some("fatal: write error: No space left on device"));
        assert_eq!(
            not_written("error: cannot update ref 'x': couldn't write 'x.lock'\n").map(|line| line.len()),
            Some(53)
        );
        assert_eq!(not_written("remote: fatal: write error: No space left on device\nfatal: it hung up\n"), None);
    }
}
