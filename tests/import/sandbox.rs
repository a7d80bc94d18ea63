//! A repository of its own, with a clean home, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use git_bench::git::{Notes, Repo};
use git_bench::record::{Note, RunRecord};
use serde_json::Value;

/// A temporary folder with a repository `repo` in it.
pub struct Sandbox {
    folder: tempfile::TempDir,
    pub repo: PathBuf,
}

impl Sandbox {
    /// A repository without commits.
    pub fn empty(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repo = folder.path().join("repo");
        let sandbox = Self { folder, repo };
        std::fs::create_dir(&sandbox.repo).unwrap();
        sandbox.git(&[&["init", "-q", "-b", "main"], options].concat());
        sandbox
    }

    /// A repository with this many commits.
    pub fn new(commits: usize) -> Self {
        let sandbox = Self::empty(&[]);
        for i in 0..commits {
            std::fs::write(sandbox.repo.join("file"), format!("{i}")).unwrap();
            sandbox.git(&["add", "file"]);
            sandbox.git(&["commit", "-q", "-m", &format!("commit {i}")]);
        }
        sandbox
    }

    /// A bare repository made by the corpus' own script; `None` where it does not run here.
    pub fn of_corpus(corpus: &Path, name: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let repo = folder.path().join("repo.git");
        let done = Command::new("sh").arg(corpus.join("repos/open.sh")).arg(name).arg(&repo).output().ok()?;
        done.status.success().then_some(Self { folder, repo })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.repo).env_clear();
        for name in ["PATH", "TMPDIR", "SYSTEMROOT"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_NO_LAZY_FETCH", "1");
        command.env("GIT_BENCH_NOW", "2026-01-02T03:04:05Z");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-01T00:00:00Z");
        }
        command
    }

    /// Runs git, which must succeed, and gives its output.
    pub fn git(&self, args: &[&str]) -> String {
        let done = self.command("git").args(args).output().unwrap();
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs git with this on its standard input.
    pub fn git_with(&self, args: &[&str], input: &str) {
        let path = self.file("input", input);
        let done = self.command("git").args(args).stdin(std::fs::File::open(path).unwrap()).output().unwrap();
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Runs git-bench.
    pub fn bench(&self, args: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_git-bench")).args(args).output().unwrap()
    }

    /// Runs `git bench import ... --format json`, which must succeed, and gives the report.
    pub fn import(&self, args: &[&str]) -> Value {
        let done = self.bench(&[&["import", "--format", "json"], args].concat());
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    }

    /// Imports it again, which must change nothing, and gives the report.
    pub fn again(&self, args: &[&str]) -> Value {
        let tip = self.tip();
        let report = self.import(args);
        assert_eq!(self.tip(), tip, "{args:?}: a second import moves the ref");
        assert_eq!(report["new"], 0, "{args:?}");
        report
    }

    /// The notes commit, if there is one.
    pub fn tip(&self) -> Option<String> {
        let done = self.command("git").args(["rev-parse", "-q", "--verify", "refs/notes/bench"]).output().unwrap();
        done.status.success().then(|| String::from_utf8(done.stdout).unwrap())
    }

    /// The id of a revision.
    pub fn id(&self, revision: &str) -> String {
        self.git(&["rev-parse", revision])
    }

    /// Writes a file beside the repository and gives its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A path beside the repository.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Every run in the notes; what cannot be read is a failure.
    pub fn runs(&self) -> Vec<RunRecord> {
        let repo = Repo::at(&self.repo).unwrap();
        let notes = Notes::of_ref(&repo, "refs/notes/bench").unwrap();
        let mut runs = Vec::new();
        for (_, blobs) in notes.list().unwrap() {
            for blob in blobs {
                let note = Note::parse(&notes.blob(blob).unwrap());
                assert!(note.unreadable.is_empty() && note.conflicts.is_empty(), "{note:?}");
                runs.extend(note.runs);
            }
        }
        runs
    }

    /// `name metric value n` of every measurement, sorted.
    pub fn rows(&self) -> Vec<String> {
        let row = |m: &git_bench::record::Row| format!("{} {} {:?} {:?}", m.name, m.metric, m.value, m.n);
        let mut rows: Vec<_> = self.runs().iter().flat_map(|run| &run.m).map(row).collect();
        rows.sort();
        rows
    }
}

/// The reasons in a report, each with its place.
pub fn reasons(report: &Value) -> Vec<String> {
    let row = |row: &Value| format!("{}: {}", row["place"].as_str().unwrap(), row["why"].as_str().unwrap());
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

/// An exit code and the last lines of stderr.
pub fn failure(done: &Output) -> (i32, String) {
    (done.status.code().unwrap(), String::from_utf8_lossy(&done.stderr).into_owned())
}
