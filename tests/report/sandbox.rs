//! A repository with a history, and the program in a clean environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use git_bench::model::schema::{SCHEMAS, validate};
use serde_json::{Value, json};

/// What a call said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub struct Sandbox {
    folder: PathBuf,
    /// Goes away with the sandbox.
    _kept: Option<tempfile::TempDir>,
    commits: AtomicI64,
    pages: AtomicI64,
}

/// One benchmark of a run: name, mean in seconds, standard deviation, rounds.
pub type Bench<'n> = (&'n str, f64, f64, u64);

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::at(folder.path().to_owned(), Some(folder))
    }

    fn at(folder: PathBuf, kept: Option<tempfile::TempDir>) -> Self {
        let sandbox = Self { folder, _kept: kept, commits: AtomicI64::new(0), pages: AtomicI64::new(0) };
        std::fs::create_dir_all(sandbox.root()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox
    }

    pub fn root(&self) -> PathBuf {
        self.path("widgets")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &self.folder);
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C.UTF-8").env("GIT_BENCH_NOW", "2024-06-01T12:00:00Z");
        // The first of January 2024, and a day for each commit.
        let date = format!("{} +0000", 1_704_067_200 + 86_400 * self.commits.load(Relaxed));
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
            command.env(format!("GIT_{role}_DATE"), &date);
        }
        command
    }

    pub fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// A commit, a day after the one before it.
    pub fn commit(&self, subject: &str) -> String {
        let number = self.commits.fetch_add(1, Relaxed) + 1;
        std::fs::write(self.root().join("file"), number.to_string()).unwrap();
        self.git(&["add", "file"]);
        self.git(&["commit", "-qm", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub fn bench(&self, args: &[&str]) -> Said {
        let output = self.command(env!("CARGO_BIN_EXE_git-bench"), args).output().unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it and expects this exit code.
    #[track_caller]
    pub fn ends(&self, code: i32, args: &[&str]) -> Said {
        let said = self.bench(args);
        assert_eq!(said.code, code, "{args:?}\n{}\n{}", said.out, said.err);
        said
    }

    /// The report as JSON, which fits its schema.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let said = self.ends(0, &[&["report", "--format", "json"], args].concat());
        let json: Value = serde_json::from_str(&said.out).unwrap();
        let schema = SCHEMAS.iter().find(|(name, _)| *name == "report").unwrap().1;
        if let Err(fault) = validate(&serde_json::from_str(schema).unwrap(), &json) {
            panic!("schema/report.v1.json: {}: {}", fault.path, fault.expected);
        }
        json
    }

    /// Records a run of HEAD on a machine.
    #[track_caller]
    pub fn record(&self, machine: &str, benches: &[Bench]) {
        let benches: Vec<Value> = benches
            .iter()
            .map(|(name, mean, stddev, rounds)| {
                let stats =
                    json!({"mean": mean, "stddev": stddev, "rounds": rounds, "median": mean, "min": mean, "max": mean});
                json!({"name": name, "fullname": name, "stats": stats})
            })
            .collect();
        self.record_text(machine, &json!({"machine_info": {}, "benchmarks": benches}).to_string());
    }

    /// Records a file of any harness for HEAD.
    #[track_caller]
    pub fn record_text(&self, machine: &str, text: &str) {
        let file = self.path("result");
        std::fs::write(&file, text).unwrap();
        let machine = format!("machine={machine}");
        self.ends(0, &["record", "-q", file.to_str().unwrap(), "--commit", "HEAD", "--platform", &machine]);
    }

    /// Writes the page and gives its path.
    #[track_caller]
    pub fn page(&self, code: i32, args: &[&str]) -> PathBuf {
        let file = self.path(&format!("page{}.html", self.pages.fetch_add(1, Relaxed)));
        self.ends(code, &[&["report", "--out", file.to_str().unwrap()], args].concat());
        file
    }
}

/// Noise that is the same in every run: about -1 to 1.
pub fn noise(i: usize) -> f64 {
    ((i * 7919 + 13) % 101) as f64 / 50.0 - 1.0
}

/// Names that must do nothing.
pub const INJECTED: &[&str] =
    &["<img src=x onerror=window.hit=1>", "</script><script>window.hit=2</script>", "\"><svg onload=window.hit=3>"];

/// A history of 30 commits on two machines, with a step at the 13th that was accepted and one at the 19th that was not, a
/// benchmark that failed once, injected names, a branch `feature` of 3 commits, and tags `v1`, `v2`.
///
/// It is made once, below the target directory, and only looked at.
pub fn history() -> &'static Sandbox {
    static HISTORY: LazyLock<Sandbox> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report/history");
        let _ = std::fs::remove_dir_all(&folder);
        made(Sandbox::at(folder, None))
    });
    &HISTORY
}

fn made(sandbox: Sandbox) -> Sandbox {
    sandbox.git(&["remote", "add", "origin", "git@github.com:example/widgets.git"]);
    for i in 0..30 {
        sandbox.commit(&format!("change {i}"));
        measure(&sandbox, i, 1.0);
        if i == 12 {
            sandbox.ends(0, &["accept", "HEAD", "parse*", "--reason", "order matters more"]);
        }
        if i == 4 || i == 20 {
            sandbox.git(&["tag", if i == 4 { "v1" } else { "v2" }]);
        }
    }
    sandbox.git(&["checkout", "-qb", "feature"]);
    for i in 30..33 {
        sandbox.commit(&format!("feature {i}"));
        measure(&sandbox, i, 0.5);
    }
    sandbox
}

fn measure(sandbox: &Sandbox, i: usize, factor: f64) {
    let parse = 0.010 * if i >= 12 { 1.5 } else { 1.0 } * (1.0 + 0.005 * noise(i)) * factor;
    let print = 0.002 * if i >= 18 { 1.4 } else { 1.0 } * (1.0 + 0.005 * noise(i + 50));
    let mut benches = vec![("parse/large", parse, 0.0001, 30), ("print", print, 0.00002, 20)];
    benches.extend(INJECTED.iter().map(|name| (*name, 0.001 * (1.0 + 0.01 * noise(i + 7)), 0.00001, 10)));
    sandbox.record("runner-a", &benches);
    sandbox.record("runner-b", &[("parse/large", parse * 1.3, 0.0002, 30)]);
}

/// Whether something stands in a text, with the text where it does not.
#[track_caller]
pub fn holds(text: &str, wanted: &[&str]) {
    for want in wanted {
        assert!(text.contains(want), "'{want}' is not in\n{}", &text[..text.len().min(4000)]);
    }
}

/// The text of a file.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
