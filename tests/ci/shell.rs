//! A job: a checkout, the variables of a CI, and stubs for what is not here.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::{Repo, Sandbox};

/// A program that writes down how it was called.
pub struct Stub<'s> {
    sandbox: &'s Sandbox,
    name: &'static str,
}

/// Writes down the arguments, one call a line, and keeps the files that they name (`body=@FILE`) or standard input; then
/// prints what lies in NAME.answer.
const STUB: &str = r#"#!/bin/bash
me=$(basename "$0"); log=$(dirname "$0")/../stubs/$me
printf '%q ' "$@" >> "$log.calls"; echo >> "$log.calls"
for word in "$@"; do
  case $word in *body@*|*body=@*) cat "${word#*@}" > "$log.body";; esac
done
[ -t 0 ] || cat > "$log.stdin"
case "$*" in *--paginate*|*per_page*) if [ -e "$log.answer" ]; then cat "$log.answer"; fi;; esac
if [ -e "$log.fails" ] && grep -qF -- "$1 $2" "$log.fails"; then exit 1; fi
exit 0
"#;

impl<'s> Stub<'s> {
    /// Puts it on the PATH.
    pub fn new(sandbox: &'s Sandbox, name: &'static str) -> Self {
        let path = sandbox.path("bin").join(name);
        std::fs::create_dir_all(sandbox.path("stubs")).unwrap();
        std::fs::write(&path, STUB).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { sandbox, name }
    }

    fn file(&self, what: &str) -> std::path::PathBuf {
        self.sandbox.path("stubs").join(format!("{}.{what}", self.name))
    }

    /// What it prints where it is asked for a list.
    pub fn answers(&self, text: &str) {
        std::fs::write(self.file("answer"), text).unwrap();
    }

    /// The first two words of calls that fail, one a line.
    pub fn fails(&self, words: &str) {
        std::fs::write(self.file("fails"), words).unwrap();
    }

    /// The calls since the last time, one a line.
    pub fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.file("calls")).unwrap_or_default();
        let _ = std::fs::remove_file(self.file("calls"));
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// The file that the last call named as a body.
    pub fn body(&self) -> String {
        std::fs::read_to_string(self.file("body")).unwrap_or_default()
    }

    /// What the last call read from standard input.
    pub fn stdin(&self) -> String {
        std::fs::read_to_string(self.file("stdin")).unwrap_or_default()
    }
}

/// A checkout with the variables of a CI.
pub struct Job {
    /// The checkout.
    pub repo: Repo,
    /// The variables.
    pub variables: Vec<(String, String)>,
}

/// How a piece of shell ended.
pub struct Ended {
    /// Exit code.
    pub code: i32,
    /// Standard output and error.
    pub text: String,
}

impl Job {
    /// A job in this checkout.
    pub fn new(repo: Repo, variables: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { repo, variables: variables.iter().map(own).collect() }
    }

    /// Runs shell with these further variables.
    pub fn shell(&self, words: &[&str], script: &str, more: &[(String, String)]) -> Ended {
        let mut command: Command = self.repo.sandbox.command(words[0]);
        let variables = self.variables.iter().chain(more).map(|(name, value)| (name, value));
        command.current_dir(self.repo.path()).args(&words[1..]).arg(script).envs(variables);
        command.stdin(std::process::Stdio::null());
        let output = command.output().unwrap();
        let text = [&output.stdout[..], &output.stderr].concat();
        Ended { code: output.status.code().unwrap_or(-1), text: String::from_utf8_lossy(&text).into_owned() }
    }

    /// A file of the checkout, empty where it is not there.
    pub fn read(&self, name: impl AsRef<Path>) -> String {
        std::fs::read_to_string(self.repo.path().join(name)).unwrap_or_default()
    }
}

impl Ended {
    /// It ended so.
    #[track_caller]
    pub fn is(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}", self.text);
        self
    }
}
