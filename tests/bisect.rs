//! `git bench bisect` in scratch repositories whose script really changes its number.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Prints the number of this revision as a benchmark, and says that it ran.
const BENCH: &str = r#"echo run $(git rev-parse HEAD) >> "$BENCH_LOG"
printf '[{"name": "parse", "unit": "ms", "value": %s}, {"name": "other", "unit": "ms", "value": 7}]\n' "$(sh number.sh)"
"#;

/// A repository with one commit a script, each of which prints the number of its commit.
struct Sandbox {
    folder: TempDir,
    commits: Vec<String>,
}

impl Sandbox {
    fn new(scripts: &[String]) -> Self {
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
    fn of(numbers: &[f64]) -> Self {
        Self::new(&numbers.iter().map(|number| format!("echo {number}")).collect::<Vec<_>>())
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.root().join(name), text).unwrap();
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.folder.path()).env("LC_ALL", "C.UTF-8");
        for (name, value) in [("NAME", "carol"), ("EMAIL", "carol@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("BENCH_LOG", self.log());
        command
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    fn bench(&self, args: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_git-bench"), args).output().unwrap()
    }

    /// Runs it and expects this exit code: standard output and error.
    fn ends(&self, code: i32, args: &[&str]) -> (String, String) {
        let output = self.bench(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        self.is_clean();
        (out, err)
    }

    /// Bisects with these options and the script, and expects this exit code.
    fn bisect(&self, code: i32, options: &[&str]) -> Value {
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
    fn record(&self, places: &[usize]) {
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
    fn ran(&self) -> Vec<usize> {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        log.lines().map(|line| self.place(line.trim_start_matches("run "))).collect()
    }

    fn place(&self, commit: &str) -> usize {
        self.commits.iter().position(|id| id == commit).unwrap_or_else(|| panic!("{commit}"))
    }

    /// Runs in the note of a commit.
    fn runs(&self, at: usize) -> usize {
        let output = self.command("git", &["notes", "--ref", "bench", "show", &self.commits[at]]).output().unwrap();
        text(&output.stdout).lines().filter(|line| line.contains(r#""kind":"run""#)).count()
    }

    /// Holds that no work tree is left.
    fn is_clean(&self) {
        assert_eq!(self.git(&["worktree", "list"]).lines().count(), 1);
        assert!(!self.root().join(".git/bench/worktrees").exists());
        assert!(!self.root().join(".git/worktrees").exists());
        assert_eq!(self.git(&["status", "--porcelain"]), "");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Twelve numbers that change at this place.
fn twelve(at: usize, before: f64, after: f64) -> Vec<f64> {
    (0..12).map(|i| if i < at { before } else { after }).collect()
}

fn distinct(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places.dedup();
    places
}

#[test]
fn the_commit_is_found_and_every_step_is_kept() {
    let sandbox = Sandbox::of(&twelve(7, 100.0, 130.0));
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(0, &["--good", &first]);
    assert_eq!((report["outcome"].as_str(), report["verdict"].as_str()), (Some("found"), Some("regression")));
    assert_eq!(report["found"]["commit"], sandbox.commits[7].as_str());
    assert_eq!(
        (report["found"]["author"].as_str(), report["found"]["subject"].as_str()),
        (Some("carol"), Some("commit 7"))
    );
    assert_eq!((report["before"].as_f64(), report["after"].as_f64()), (Some(100.0), Some(130.0)));
    assert!((report["change"].as_f64().unwrap() - 0.3).abs() < 1e-9);
    assert_eq!((report["commits"].as_u64(), report["benchmark"].as_str()), (Some(11), Some("parse")));
    let ran = sandbox.ran();
    assert_eq!(ran.len(), distinct(ran.clone()).len(), "nothing twice: {ran:?}");
    assert!(ran.len() <= 6, "two ends and four steps: {ran:?}");
    assert_eq!(
        (report["measured"].as_u64(), report["runs"].as_u64()),
        (Some(ran.len() as u64), Some(ran.len() as u64))
    );
    for at in 0..12 {
        assert_eq!(sandbox.runs(at), usize::from(ran.contains(&at)), "{at}");
    }
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), ran.len());
    for step in steps {
        let at = sandbox.place(step["commit"].as_str().unwrap());
        assert_eq!(step["verdict"], if at < 7 { "good" } else { "bad" });
        assert_eq!(step["order"].as_u64(), ran.iter().position(|r| *r == at).map(|i| i as u64 + 1));
    }
    // The whole run is kept, on its commit, as of a clean tree.
    let note = sandbox.git(&["notes", "--ref", "bench", "show", &sandbox.commits[7]]);
    assert!(note.contains(r#"["other","#) && !note.contains(r#""dirty""#), "{note}");
    // The same again measures nothing.
    let again = sandbox.bisect(0, &["--good", &first]);
    assert_eq!((again["found"].clone(), again["measured"].as_u64()), (report["found"].clone(), Some(0)));
    assert_eq!(sandbox.ran().len(), ran.len());
    // Text says the same.
    let (out, _) = sandbox.ends(0, &["bisect", "parse", "--good", &first, "--", "sh", "bench.sh"]);
    let short = &sandbox.commits[7][..8];
    assert!(out.starts_with(&format!("{short} is the first with the new level: regression of parse")), "{out}");
    assert!(
        out.contains("100 ms -> 130 ms (+30.0 %)") && out.contains("carol, ") && out.contains(": commit 7"),
        "{out}"
    );
}

#[test]
fn stored_results_come_first_and_give_the_ends() {
    // A change in what is stored gives both ends; only between its two sides is measured.
    let numbers: Vec<f64> = (0..24).map(|i| if i < 13 { 50.0 } else { 40.0 }).collect();
    let sandbox = Sandbox::of(&numbers);
    sandbox.record(&[0, 1, 2, 4, 6, 8, 16, 17, 18, 20, 22, 23]);
    let report = sandbox.bisect(0, &[]);
    assert_eq!(report["found"]["commit"], sandbox.commits[13].as_str(), "{report}");
    assert_eq!(
        (report["verdict"].as_str(), report["good"]["subject"].as_str()),
        (Some("improvement"), Some("commit 8"))
    );
    let ran = sandbox.ran();
    assert!(ran.len() <= 3 && ran.iter().all(|at| (9..16).contains(at)), "{ran:?}");
    let stored = report["steps"].as_array().unwrap().iter().filter(|step| step["source"] == "stored").count();
    assert_eq!(stored, 7, "8 and 16 to 23: {report}");
    // Without a change there are no ends.
    let sandbox = Sandbox::of(&twelve(12, 100.0, 100.0));
    sandbox.record(&[2, 3, 4, 5, 6, 7, 8]);
    let (_, err) = sandbox.ends(3, &["bisect", "parse", "--", "sh", "bench.sh"]);
    assert!(err.contains("the 7 stored results of 'parse' show no change") && err.contains("--good REV"), "{err}");
    let (_, err) = sandbox.ends(3, &["bisect", "prase", "--", "sh", "bench.sh"]);
    assert!(err.contains("no stored result fits 'prase'; the nearest is 'parse'"), "{err}");
    assert!(sandbox.ran().is_empty());
}

#[test]
fn what_does_not_build_is_skipped_and_makes_a_range() {
    let mut scripts: Vec<String> = twelve(7, 100.0, 200.0).iter().map(|n| format!("echo {n}")).collect();
    for at in [6, 7, 8] {
        scripts[at] = format!("broken {at}");
    }
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(0, &["--good", &first, "--setup", "! grep -q broken number.sh"]);
    assert_eq!((report["outcome"].as_str(), report.get("found")), (Some("range"), None));
    let candidates = report["candidates"].as_array().unwrap();
    let places: Vec<usize> = candidates.iter().map(|c| sandbox.place(c["commit"].as_str().unwrap())).collect();
    assert_eq!(places, [6, 7, 8, 9]);
    assert_eq!(candidates[1]["why"], "the setup ended with exit code 1");
    assert_eq!(candidates[3].get("why"), None);
    assert_eq!((report["before"].as_f64(), report["after"].as_f64()), (Some(100.0), Some(200.0)));
    assert!(sandbox.ran().iter().all(|at| ![6, 7, 8].contains(at)), "the command does not run where the setup failed");
    // A command that fails is the same; elsewhere the commit is still found.
    let mut scripts: Vec<String> = twelve(3, 100.0, 200.0).iter().map(|n| format!("echo {n}")).collect();
    scripts[5] = "exit 9".to_owned();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let args = [
        "bisect",
        "--format",
        "json",
        "parse",
        "--good",
        &first,
        "--",
        "sh",
        "-c",
        "set -e; n=$(sh number.sh); sh bench.sh",
    ];
    let report: Value = serde_json::from_str(&sandbox.ends(0, &args).0).unwrap();
    assert_eq!(report["found"]["commit"], sandbox.commits[3].as_str(), "{report}");
    let steps = report["steps"].as_array().unwrap();
    let skipped = steps.iter().find(|step| step["verdict"] == "skip").unwrap();
    assert_eq!(
        (sandbox.place(skipped["commit"].as_str().unwrap()), skipped["why"].as_str()),
        (5, Some("the command ended with exit code 9"))
    );
}

#[test]
fn an_end_that_cannot_be_measured_is_an_error() {
    let mut scripts: Vec<String> = twelve(7, 100.0, 200.0).iter().map(|n| format!("echo {n}")).collect();
    scripts[0] = "broken".to_owned();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let setup = "! grep -q broken number.sh";
    let args = ["bisect", "parse", "--good", &first, "--setup", setup, "--", "sh", "bench.sh"];
    let (_, err) = sandbox.ends(3, &args);
    assert!(err.contains(&format!("the good end {} cannot be measured: the setup ended with", &first[..8])), "{err}");
    assert!(err.contains("hint: --good REV"), "{err}");
    let (_, err) = sandbox.ends(3, &["bisect", "prase", "--good", "HEAD~3", "--", "sh", "bench.sh"]);
    assert!(err.contains("nothing in its output fits 'prase'; the nearest is 'parse'"), "{err}");
    let (_, err) = sandbox.ends(2, &["bisect", "*", "--good", "HEAD~3", "--", "sh", "bench.sh"]);
    assert!(err.contains("2 series fit: 'other:time', 'parse:time'"), "{err}");
    let (_, err) = sandbox.ends(2, &["bisect", "parse", "--good", "HEAD", "--", "sh", "bench.sh"]);
    assert!(err.contains("nothing lies between"), "{err}");
    let (_, err) = sandbox.ends(4, &["bisect", "parse", "--good", "HEAD", "--bad", "HEAD~3", "--", "sh", "bench.sh"]);
    assert!(err.contains("is not behind the bad one") || err.contains("nothing lies between"), "{err}");
}

#[test]
fn noise_is_answered_by_more_runs() {
    // Every run of a commit prints another number, the same ones in every execution of this test: 6 % noise, 12 % change.
    let noisy = |level: f64, i: usize| {
        format!(
            "n=$(grep -c \"$(git rev-parse HEAD)\" \"$BENCH_LOG\"); awk -v i={i} -v n=$n -v l={level} \
             'BEGIN {{ srand(i * 101 + n * 7 + 3); u = rand() + rand() + rand() + rand() - 2; printf \"%.4f\", l * exp(0.06 * u * 1.73) }}'"
        )
    };
    let scripts: Vec<String> = twelve(5, 100.0, 128.0).iter().enumerate().map(|(i, level)| noisy(*level, i)).collect();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(0, &["--good", &first, "--runs", "8"]);
    assert_eq!(report["found"]["commit"], sandbox.commits[5].as_str(), "{report:#}");
    let ran = sandbox.ran();
    let most = (0..12).map(|at| ran.iter().filter(|r| **r == at).count()).max().unwrap();
    assert!((2..=8).contains(&most), "{ran:?}");
    assert_eq!(report["runs"].as_u64(), Some(ran.len() as u64));
    for at in 0..12 {
        assert_eq!(sandbox.runs(at), ran.iter().filter(|r| **r == at).count());
    }
    // Ends that do not differ are not decidable.
    let scripts: Vec<String> = (0..12).map(|i| noisy(100.0, i)).collect();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(3, &["--good", &first, "--runs", "4"]);
    assert_eq!(
        (report["outcome"].as_str(), report["verdict"].as_str()),
        (Some("undecided"), Some("unchanged")),
        "{report}"
    );
    assert!(report["notes"].to_string().contains("the two ends are the same (noise "), "{report}");
    let ran = sandbox.ran();
    assert!([0, 11].iter().all(|end| ran.iter().filter(|at| *at == end).count() == 4), "{ran:?}");
}

#[test]
fn a_limit_ends_it_and_the_rest_can_follow() {
    let sandbox = Sandbox::of(&twelve(7, 100.0, 130.0));
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(3, &["--good", &first, "--limit", "3"]);
    assert_eq!((report["outcome"].as_str(), report["measured"].as_u64()), (Some("undecided"), Some(3)));
    assert!(report["candidates"].as_array().unwrap().len() > 1, "{report}");
    let (_, err) = sandbox.ends(3, &["bisect", "parse", "--good", &first, "--limit", "1", "--", "sh", "bench.sh"]);
    assert!(err.contains("a larger --limit goes on"), "{err}");
    let report = sandbox.bisect(0, &["--good", &first]);
    assert_eq!(report["found"]["commit"], sandbox.commits[7].as_str());
    let ran = sandbox.ran();
    assert_eq!(ran.len(), distinct(ran.clone()).len(), "{ran:?}");
}

#[test]
fn a_command_is_timed() {
    let scripts: Vec<String> = (0..6)
        .map(|i| format!("echo run $(git rev-parse HEAD) >> $BENCH_LOG; sleep {}", if i < 2 { 0.02 } else { 0.25 }))
        .collect();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let args = ["bisect", "--format", "json", "start", "--time", "--good", &first, "--", "sh", "number.sh"];
    let report: Value = serde_json::from_str(&sandbox.ends(0, &args).0).unwrap();
    assert_eq!(report["found"]["commit"], sandbox.commits[2].as_str(), "{report}");
    assert_eq!(
        (report["benchmark"].as_str(), report["metric"].as_str(), report["unit"].as_str()),
        (Some("start"), Some("time"), Some("s"))
    );
    // The stored name stands for a glob; without one there is no name to record it by.
    let args = ["bisect", "--format", "json", "st*", "--time", "--good", &first, "--", "sh", "number.sh"];
    let report: Value = serde_json::from_str(&sandbox.ends(0, &args).0).unwrap();
    assert_eq!((report["benchmark"].as_str(), report["measured"].as_u64()), (Some("start"), Some(0)), "{report}");
    let (_, err) = sandbox.ends(2, &["bisect", "x*", "--time", "--good", &first, "--", "true"]);
    assert!(err.contains("'x*' does not name what is timed"), "{err}");
}

#[test]
fn the_results_of_another_machine_narrow_it() {
    let sandbox = Sandbox::of(&twelve(7, 100.0, 130.0));
    for (at, value) in [(0, 10.0), (2, 10.1), (4, 9.9), (9, 13.0), (11, 13.1)] {
        let text = format!(r#"[{{"name": "parse", "unit": "ms", "value": {value}}}]"#);
        fs::write(sandbox.folder.path().join("out.json"), text).unwrap();
        let commit = &sandbox.commits[at];
        sandbox.ends(0, &["record", "../out.json", "--commit", commit, "--platform", "machine=ci"]);
    }
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(0, &["--good", &first]);
    assert_eq!(report["found"]["commit"], sandbox.commits[7].as_str(), "{report}");
    let ran = distinct(sandbox.ran());
    assert!(ran.iter().all(|at| (4..=9).contains(at)) && ran.contains(&4) && ran.contains(&9), "{ran:?}");
    assert!(report["notes"].to_string().contains("the stored results of ci leave 5 commits"), "{report}");
    assert_eq!((report["good"]["subject"].as_str(), report["before"].as_f64()), (Some("commit 0"), Some(100.0)));
}

#[test]
fn twins_and_merges_are_understood() {
    // A revert has the tree of its twin: nothing of it is measured.
    let sandbox = Sandbox::of(&twelve(4, 100.0, 130.0));
    let first = sandbox.commits[0].clone();
    let side = sandbox.git(&["rev-parse", "HEAD~2"]);
    sandbox.git(&["checkout", "-q", "-b", "side", &side]);
    sandbox.write("other.txt", "x");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "side"]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
    // The good end lies on the side branch: the search begins where it parts.
    let (out, err) = sandbox.ends(3, &["bisect", "parse", "--good", "side", "--runs", "2", "--", "sh", "bench.sh"]);
    assert!(out.contains("'side' is not on the first parents of the bad end"), "{out}{err}");
    // A merge that brings the change is named, with the way into it.
    sandbox.git(&["checkout", "-q", "-b", "slow", "main"]);
    sandbox.write("number.sh", "echo 200");
    sandbox.git(&["commit", "-q", "-am", "slow"]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge slow", "slow"]);
    let merge = sandbox.git(&["rev-parse", "HEAD"]);
    let args = ["bisect", "parse", "--good", &first, "--", "sh", "bench.sh"];
    let (out, err) = sandbox.ends(0, &args);
    assert!(out.contains(&merge[..8]) || out.contains(&sandbox.commits[4][..8]), "{out}{err}");
    let (out, err) = sandbox.ends(0, &["bisect", "parse", "--good", "HEAD~2", "--", "sh", "bench.sh"]);
    assert!(
        out.starts_with(&merge[..8]) && err.contains("it is a merge: git bench bisect 'parse' --good "),
        "{out}{err}"
    );
}

#[test]
fn a_subfolder_and_a_bare_repository_work() {
    let sandbox = Sandbox::of(&twelve(7, 100.0, 130.0));
    let bare = sandbox.folder.path().join("bare.git");
    sandbox.git(&["clone", "-q", "--bare", ".", &bare.display().to_string()]);
    let args = [
        "-C",
        &bare.display().to_string(),
        "bisect",
        "--format",
        "json",
        "parse",
        "--good",
        "HEAD~11",
        "--",
        "sh",
        "bench.sh",
    ];
    let report: Value = serde_json::from_str(&sandbox.ends(0, &args).0).unwrap();
    assert_eq!(report["found"]["commit"], sandbox.commits[7].as_str());
    assert!(!bare.join("bench/worktrees").exists());
    fs::create_dir(sandbox.root().join("new")).unwrap();
    let args = ["-C", "new", "bisect", "parse", "--good", "HEAD~3", "--", "true"];
    let (_, err) = sandbox.ends(3, &args);
    assert!(err.contains("cannot be measured: it has no folder 'new'"), "{err}");
}

#[test]
fn an_interrupt_leaves_no_work_tree_and_keeps_what_was_measured() {
    let mut scripts: Vec<String> = twelve(7, 100.0, 130.0).iter().map(|n| format!("echo {n}")).collect();
    scripts[5] = "sleep 63.25; echo 1".to_owned();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let args = ["bisect", "parse", "--good", &first, "--", "sh", "bench.sh"];
    let mut child = sandbox
        .command(env!("CARGO_BIN_EXE_git-bench"), &args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !running("63.25") {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never ran");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(sandbox.root().join(".git/bench/worktrees").exists());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!running("63.25"), "the command outlived us");
    sandbox.is_clean();
    assert_eq!((sandbox.runs(0), sandbox.runs(11), sandbox.runs(5)), (1, 1, 0));
}

/// Whether a `sleep` with this argument runs.
fn running(argument: &str) -> bool {
    let output = Command::new("ps").args(["-A", "-o", "args="]).output().unwrap();
    text(&output.stdout).lines().any(|line| line.trim() == format!("sleep {argument}"))
}

#[test]
fn help_names_what_there_is() {
    let sandbox = Sandbox::of(&[1.0]);
    let (out, _) = sandbox.ends(0, &["bisect", "-h"]);
    for word in ["--good", "--bad", "--runs", "--setup", "--from", "--limit", "--time", "PATTERN"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bisect.md").exists());
}
