//! A repository whose script really changes its number.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Prints the number of this revision as a benchmark, and says that it ran.
pub const BENCH: &str = r#"echo run $(git rev-parse HEAD) >> "$BENCH_LOG"
printf '[{"name": "parse", "unit": "ms", "value": %s}, {"name": "other", "unit": "ms", "value": 7}]\n' "$(sh number.sh)"
"#;

/// A repository with one commit a script, each of which prints the number of its commit.
pub struct Sandbox {
    pub folder: TempDir,
    pub commits: Vec<String>,
}

impl Sandbox {
    pub fn new(scripts: &[String]) -> Self {
        let mut sandbox = Self { folder: tempfile::tempdir().unwrap(), commits: Vec::new() };
        fs::create_dir_all(sandbox.root()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        sandbox.write("bench.sh", BENCH);
        for (i, script) in scripts.iter().enumerate() {
            // A tree of its own for every commit.
            sandbox.write("number.sh", &format!("# {i}\n{script}\n"));
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", &format!("commit {i}")]);
            sandbox.commits.push(sandbox.git(&["rev-parse", "HEAD"]));
        }
        sandbox
    }

    /// Commits that print these numbers.
    pub fn of(numbers: &[f64]) -> Self {
        Self::new(&numbers.iter().map(|number| format!("echo {number}")).collect::<Vec<_>>())
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.root().join(name), text).unwrap();
    }

    pub fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.folder.path()).env("LC_ALL", "C.UTF-8");
        for (name, value) in [("NAME", "carol"), ("EMAIL", "carol@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("BENCH_LOG", self.log());
        command
    }

    pub fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    pub fn bench(&self, args: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_git-bench"), args).output().unwrap()
    }

    /// Runs it and expects this exit code: standard output and error.
    pub fn ends(&self, code: i32, args: &[&str]) -> (String, String) {
        let output = self.bench(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        self.is_clean();
        (out, err)
    }

    /// Bisects with these options and the script, and expects this exit code.
    pub fn bisect(&self, code: i32, options: &[&str]) -> Value {
        let args: Vec<&str> = ["bisect", "--format", "json", "parse"]
            .iter()
            .chain(options)
            .chain(&["--", "sh", "bench.sh"])
            .copied()
            .collect();
        let (out, err) = self.ends(code, &args);
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}\n{err}"))
    }

    /// Records what the script prints at these commits.
    pub fn record(&self, places: &[usize]) {
        for at in places {
            self.git(&["checkout", "-q", &self.commits[*at]]);
            let output = self.command("sh", &["bench.sh"]).output().unwrap();
            fs::write(self.folder.path().join("out.json"), output.stdout).unwrap();
            self.ends(0, &["record", "../out.json"]);
        }
        self.git(&["checkout", "-q", "main"]);
        let _ = fs::remove_file(self.log());
    }

    /// The commits at which the script ran, in order.
    pub fn ran(&self) -> Vec<usize> {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        log.lines().map(|line| self.place(line.trim_start_matches("run "))).collect()
    }

    pub fn place(&self, commit: &str) -> usize {
        self.commits.iter().position(|id| id == commit).unwrap_or_else(|| panic!("{commit}"))
    }

    /// Runs in the note of a commit.
    pub fn runs(&self, at: usize) -> usize {
        let output = self.command("git", &["notes", "--ref", "bench", "show", &self.commits[at]]).output().unwrap();
        text(&output.stdout).lines().filter(|line| line.contains(r#""kind":"run""#)).count()
    }

    /// Holds that no work tree is left.
    pub fn is_clean(&self) {
        assert_eq!(self.git(&["worktree", "list"]).lines().count(), 1);
        assert!(!self.root().join(".git/bench/worktrees").exists());
        assert!(!self.root().join(".git/worktrees").exists());
        assert_eq!(self.git(&["status", "--porcelain"]), "");
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Twelve numbers that change at this place.
pub fn twelve(at: usize, before: f64, after: f64) -> Vec<f64> {
    (0..12).map(|i| if i < at { before } else { after }).collect()
}

pub fn distinct(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether a `sleep` with this argument runs.
pub fn running(argument: &str) -> bool {
    let output = Command::new("ps").args(["-A", "-o", "args="]).output().unwrap();
    text(&output.stdout).lines().any(|line| line.trim() == format!("sleep {argument}"))
}
