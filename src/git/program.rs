//! Running the program `git`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::{Error, Result};

/// The program `git`, run in one directory.
#[derive(Clone, Debug)]
pub struct Git {
    directory: PathBuf,
}

impl Git {
    /// `git` as run in this directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Where it runs.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A command with these arguments; standard input is closed.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.directory).args(args).stdin(Stdio::null());
        command
    }

    /// Runs it and returns status, stdout and stderr, whatever the status is.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the program cannot be started.
    pub fn output<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Output> {
        self.command(args).output().map_err(not_started)
    }

    /// Runs it and returns stdout without the last newline.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] with the last line of stderr where it fails.
    pub fn text<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<String> {
        let output = self.output(args)?;
        if !output.status.success() {
            let words: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy()).collect();
            return Err(Error::data(format!("'git {}' fails: {}", words.join(" "), last_words(&output.stderr))));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
    }

    /// Stdout without the last newline where it succeeds and says anything.
    pub fn try_text<S: AsRef<OsStr>>(&self, args: &[S]) -> Option<String> {
        self.text(args).ok().filter(|text| !text.is_empty())
    }
}

pub(super) fn not_started(error: std::io::Error) -> Error {
    Error::data("cannot run 'git'").because(error).hint("install git, or put it on PATH")
}

/// What git said last on stderr, without its prefix.
pub(super) fn last_words(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let said = |line: &&str| {
        let line = line.trim();
        line.starts_with("fatal:") || line.starts_with("error:") || line.starts_with("remote:")
    };
    let line = text.lines().find(said).or_else(|| text.lines().rfind(|l| !l.trim().is_empty()));
    let line = line.unwrap_or("it says nothing").trim();
    line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned()
}
