//! A repository in a folder of its own, and the program in a clean environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use git_bench::git::{Identity, Repo};
use git_bench::index::{Filter, Index, Named, Options, Wanted};
use git_bench::model::schema::{SCHEMAS, validate};
use git_bench::model::{Facts, IDENTITY, describe, environment_key};
use git_bench::record::Note;
use git_bench::store::{self, Store};
use serde_json::{Value, json};

pub const NOW: &str = "2024-01-20T12:00:00Z";

pub struct Sandbox {
    dir: tempfile::TempDir,
}

/// What a command said.
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Said {
    /// Standard output as JSON, which fits `schema/report.v1.json`.
    pub fn json(&self) -> Value {
        let json = serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}{}", self.out, self.err));
        let schema = SCHEMAS.iter().find(|(name, _)| *name == "report").unwrap().1;
        if let Err(fault) = validate(&serde_json::from_str(schema).unwrap(), &json) {
            panic!("schema/report.v1.json: {}: {}", fault.path, fault.expected);
        }
        json
    }
}

fn said(output: Output) -> Said {
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

impl Sandbox {
    /// A repository `repo` with this many commits.
    pub fn new(commits: usize) -> Self {
        let sandbox = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir(sandbox.path("repo")).unwrap();
        sandbox.git("repo", &["init", "-q", "-b", "main"]);
        for i in 0..commits {
            std::fs::write(sandbox.path("repo/file"), i.to_string()).unwrap();
            sandbox.git("repo", &["add", "file"]);
            sandbox.git("repo", &["commit", "-qm", &format!("commit {i}")]);
        }
        sandbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, program: &str, repo: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path(repo))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_BENCH_NOW", NOW)
            .env("LC_ALL", "C.UTF-8");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Test").env(format!("GIT_{role}_EMAIL"), "test@example.com");
            command.env(format!("GIT_{role}_DATE"), "2024-01-10T00:00:00Z");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn git(&self, repo: &str, args: &[&str]) -> String {
        let said = said(self.command("git", repo).args(args).output().unwrap());
        assert_eq!(said.code, 0, "git {args:?}: {}", said.err);
        said.out
    }

    pub fn start(&self, args: &[&str]) -> std::process::Child {
        self.command(env!("CARGO_BIN_EXE_git-bench"), "repo").args(args).spawn().unwrap()
    }

    pub fn at(&self, repo: &str, args: &[&str]) -> Said {
        said(self.command(env!("CARGO_BIN_EXE_git-bench"), repo).args(args).output().unwrap())
    }

    /// The same with these variables.
    pub fn with(&self, args: &[&str], variables: &[(&str, &str)]) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_git-bench"), "repo");
        said(command.args(args).envs(variables.iter().copied()).output().unwrap())
    }

    /// Runs `git bench` in `repo`, whatever comes of it.
    pub fn bench(&self, args: &[&str]) -> Said {
        self.at("repo", args)
    }

    /// The same; it must end well.
    pub fn ok(&self, args: &[&str]) -> Said {
        let said = self.bench(args);
        assert_eq!(said.code, 0, "git bench {args:?}: {}{}", said.out, said.err);
        said
    }

    /// Records a result file.
    pub fn record(&self, result: &Value, commit: &str) {
        self.record_at("repo", result, commit);
    }

    pub fn record_at(&self, repo: &str, result: &Value, commit: &str) {
        let file = self.path("result.json");
        std::fs::write(&file, result.to_string()).unwrap();
        let said = self.at(repo, &["record", "-q", "--again", file.to_str().unwrap(), "--commit", commit]);
        assert_eq!(said.code, 0, "{}", said.err);
    }

    pub fn index(&self) -> PathBuf {
        self.path("repo/.git/bench/index.sqlite")
    }

    /// Run lines of the notes, as they count, and of the index: they must be the same.
    pub fn same(&self) -> usize {
        let repo = Repo::at(&self.path("repo")).unwrap();
        let identity = Identity { name: "t".into(), email: "t".into(), time: 0 };
        let store = Store::new(&repo, store::Options { notes_ref: "refs/notes/bench".into(), identity });
        let mut wanted = Vec::new();
        let reader = store.reader().unwrap();
        reader
            .each(&mut |_, content| {
                wanted.extend(Note::parse(content).runs.iter().map(|run| String::from_utf8(run.to_line()).unwrap()));
                true
            })
            .unwrap();
        let name = |env: &Facts| Named {
            environment: environment_key(env, IDENTITY),
            label: describe(env),
            platform: git_bench::payload::keys::platform(env),
            hardware: git_bench::payload::keys::hardware(env),
        };
        let index = Index::open(&store, &Options { naming: "test", name: &name }).unwrap();
        let all = Wanted { measurements: true, ..Wanted::default() };
        let found = index.runs(&Filter::default(), &all).unwrap();
        let mut got: Vec<String> =
            found.runs.iter().map(|run| String::from_utf8(run.record.to_line()).unwrap()).collect();
        wanted.sort();
        got.sort();
        assert_eq!(got, wanted);
        assert_eq!(found.total, got.len());
        got.len()
    }
}

/// The seed's example with this cloud and latency.
pub fn seed(cloud: &str, latency: f64) -> Value {
    let (instance, throughput, cost) = match cloud {
        "aws" => ("p4d.24xlarge", 1_250_000, 16.82),
        _ => ("a2-highgpu-8g", 1_220_000, 15.08),
    };
    json!({
        "metadata": {"timestamp": "2024-01-15T10:30:00Z", "developer": "alice", "branch": "main"},
        "platform": {"cloud": cloud, "instance_type": instance, "gpu_model": "NVIDIA A100", "gpu_count": 8},
        "execution": {"duration_seconds": 1847, "estimated_cost_usd": cost},
        "results": {"total_tests": 157, "passed": 150, "failed": 2, "skipped": 5, "errors": 0},
        "benchmarks": [{"name": "flash_attention_forward", "latency_ms": latency, "throughput": throughput,
            "memory_mb": 2048}],
    })
}

/// A result of one benchmark at a time.
pub fn result(name: &str, value: f64, time: &str) -> Value {
    json!({
        "metadata": {"timestamp": time, "developer": "bob", "branch": "main"},
        "platform": {"machine": "lab"},
        "benchmarks": [{"name": name, "metrics": {"time": {"value": value, "unit": "ms", "samples": [value, value + 1.0]}}}],
    })
}

/// Whether a file is there.
pub fn exists(path: &Path) -> bool {
    path.exists()
}
