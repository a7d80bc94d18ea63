//! A repository to run in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A repository of its own, with a home of its own and nothing of the user's configuration.
pub struct Sandbox {
    folder: TempDir,
    /// Variables of the environment besides.
    pub variables: Vec<(String, String)>,
}

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir_all(sandbox.root()).unwrap();
        fs::create_dir_all(sandbox.home()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        sandbox.commit("first", &[("a.txt", "a")]);
        sandbox
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("homes/carol")
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn commit(&self, subject: &str, files: &[(&str, &str)]) -> String {
        for (name, text) in files {
            self.write(name, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub fn command(&self, program: &str, args: &[&str]) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_git-bench")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", path).env("HOME", self.home()).env("LC_ALL", "C.UTF-8");
        for (name, value) in [("NAME", "carol"), ("EMAIL", "carol@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.envs(self.variables.iter().map(|(k, v)| (k, v)));
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

    /// Runs it and expects this exit code.
    pub fn ends(&self, code: i32, args: &[&str]) -> (String, String) {
        let output = self.bench(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        (out, err)
    }

    pub fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = ["--format", "json"].iter().chain(args).copied().collect();
        serde_json::from_str(&self.ends(0, &args).0).unwrap()
    }

    /// The runs in the note of a revision.
    pub fn runs(&self, revision: &str) -> Vec<Value> {
        let output = self.command("git", &["notes", "--ref", "bench", "show", revision]).output().unwrap();
        let lines = text(&output.stdout);
        let lines = lines.lines().filter(|line| line.contains(r#""kind":"run""#));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn payload(&self) -> Value {
        serde_json::from_str(&self.ends(0, &["show", "--payload"]).0).unwrap()
    }

    /// All that was written below `.git`, and the notes.
    pub fn kept(&self) -> String {
        let mut all = String::new();
        for revision in self.git(&["rev-list", "--all"]).lines() {
            let output = self.command("git", &["notes", "--ref", "bench", "show", revision]).output().unwrap();
            all.push_str(&text(&output.stdout));
        }
        let mut folders = vec![self.root().join(".git/bench")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                all.push_str(&format!("\n{}\n", entry.path().display()).replace(&*self.root().to_string_lossy(), ""));
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    all.push_str(&text(&fs::read(entry.path()).unwrap()));
                }
            }
        }
        all
    }
}

/// As text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Name, metric and value of each row.
pub fn rows(run: &Value) -> Vec<(String, String, Option<f64>)> {
    let row = |row: &Value| (row[0].as_str().unwrap().into(), row[1].as_str().unwrap().into(), row[4].as_f64());
    run["m"].as_array().unwrap().iter().map(row).collect()
}

/// Two benchmarks as pytest-benchmark writes them.
pub const PYTEST: &str = r#"{"machine_info": {"node": "lab-host"}, "benchmarks": [
  {"group": null, "name": "test_a", "fullname": "t.py::test_a", "params": null, "param": null, "extra_info": {},
   "stats": {"min": 0.5, "max": 1.5, "mean": 1.0, "stddev": 0.5, "rounds": 3, "median": 1.0, "iterations": 1,
             "ops": 1.0, "total": 3.0, "data": [0.5, 1.0, 1.5], "q1": 0.5, "q3": 1.5, "iqr": 1.0}}],
 "datetime": "2024-05-01T10:00:00+00:00", "version": "4.0.0"}"#;
