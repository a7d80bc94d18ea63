//! `git bench run` in real repositories, with real commands.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A repository of its own, with a home of its own and nothing of the user's configuration.
struct Sandbox {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir_all(sandbox.root()).unwrap();
        fs::create_dir_all(sandbox.home()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        sandbox.commit("first", &[("a.txt", "a")]);
        sandbox
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("homes/carol")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn commit(&self, subject: &str, files: &[(&str, &str)]) -> String {
        for (name, text) in files {
            self.write(name, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
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

    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    fn bench(&self, args: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_git-bench"), args).output().unwrap()
    }

    /// Runs it and expects this exit code.
    fn ends(&self, code: i32, args: &[&str]) -> (String, String) {
        let output = self.bench(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        (out, err)
    }

    fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = ["--format", "json"].iter().chain(args).copied().collect();
        serde_json::from_str(&self.ends(0, &args).0).unwrap()
    }

    /// The runs in the note of a revision.
    fn runs(&self, revision: &str) -> Vec<Value> {
        let output = self.command("git", &["notes", "--ref", "bench", "show", revision]).output().unwrap();
        let lines = text(&output.stdout);
        let lines = lines.lines().filter(|line| line.contains(r#""kind":"run""#));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn payload(&self) -> Value {
        serde_json::from_str(&self.ends(0, &["show", "--payload"]).0).unwrap()
    }

    /// All that was written below `.git`, and the notes.
    fn kept(&self) -> String {
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

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn rows(run: &Value) -> Vec<(String, String, Option<f64>)> {
    let row = |row: &Value| (row[0].as_str().unwrap().into(), row[1].as_str().unwrap().into(), row[4].as_f64());
    run["m"].as_array().unwrap().iter().map(row).collect()
}

/// Two benchmarks as pytest-benchmark writes them.
const PYTEST: &str = r#"{"machine_info": {"node": "lab-host"}, "benchmarks": [
  {"group": null, "name": "test_a", "fullname": "t.py::test_a", "params": null, "param": null, "extra_info": {},
   "stats": {"min": 0.5, "max": 1.5, "mean": 1.0, "stddev": 0.5, "rounds": 3, "median": 1.0, "iterations": 1,
             "ops": 1.0, "total": 3.0, "data": [0.5, 1.0, 1.5], "q1": 0.5, "q3": 1.5, "iqr": 1.0}}],
 "datetime": "2024-05-01T10:00:00+00:00", "version": "4.0.0"}"#;

#[test]
fn a_command_is_measured_and_recorded() {
    let sandbox = Sandbox::new();
    let report = sandbox.json(&["run", "-n", "3", "--warmup", "1", "--", "sleep", "0.01"]);
    assert_eq!((report["benchmarks"][0]["runs"].as_u64(), report["command"].as_str()), (Some(3), Some("run")));
    let run = &sandbox.runs("HEAD")[0];
    let names: Vec<String> = rows(run).iter().map(|(name, metric, _)| format!("{name} {metric}")).collect();
    assert_eq!(names, ["sleep 0.01 memory", "sleep 0.01 system", "sleep 0.01 time", "sleep 0.01 user"]);
    let time = &run["m"][2];
    assert!(time[4].as_f64().unwrap() >= 0.01, "{time}");
    assert_eq!((time[2].as_str(), time[3].as_str(), time[5].as_u64()), (Some("s"), Some("lower"), Some(3)));
    assert_eq!(run["m"][0][2].as_str(), Some("B"));
    let payload = sandbox.payload();
    assert_eq!(payload["execution"]["command"], serde_json::json!(["sleep", "0.01"]));
    assert_eq!(payload["execution"]["exit_code"], 0);
    assert!(payload["execution"]["duration_seconds"].as_f64().unwrap() > 0.03);
    // Measured again it is another run, though nothing changed.
    sandbox.ends(0, &["run", "-n", "1", "--suite", "night", "--name", "nap", "--", "sleep", "0.01"]);
    let runs = sandbox.runs("HEAD");
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().any(|run| run["suite"] == "night" && rows(run)[0].0 == "nap"));
}

#[test]
fn a_failure_is_recorded_and_its_code_passed_on() {
    let sandbox = Sandbox::new();
    sandbox.ends(3, &["run", "--", "sh", "-c", "exit 3"]);
    let run = &sandbox.runs("HEAD")[0];
    assert_eq!(rows(run), [("sh -c 'exit 3'".to_owned(), "time".to_owned(), None)]);
    assert_eq!(sandbox.payload()["execution"]["exit_code"], 3);
    sandbox.ends(124, &["run", "--timeout", "50ms", "--", "sleep", "5"]);
    sandbox.ends(143, &["run", "--", "sh", "-c", "kill -TERM $$"]);
    let (_, err) = sandbox.ends(2, &["run", "--", "no-such-program-here"]);
    assert!(err.contains("error: cannot run 'no-such-program-here'") && err.contains("hint:"), "{err}");
}

#[test]
fn parameters_make_benchmarks() {
    let sandbox = Sandbox::new();
    sandbox.ends(0, &["run", "-n", "1", "-L", "x", "a,b", "--name", "echo", "--", "echo", "{x}"]);
    sandbox.ends(0, &["run", "-n", "1", "-P", "n", "1", "3", "-D", "2", "--", "echo", "{n}"]);
    let mut names: Vec<String> = sandbox.runs("HEAD").iter().flat_map(rows).map(|row| row.0).collect();
    names.sort();
    names.dedup();
    assert_eq!(names, ["echo 1[n=1]", "echo 3[n=3]", "echo[x=a]", "echo[x=b]"]);
}

#[test]
fn the_seed_gives_the_order() {
    let sandbox = Sandbox::new();
    let order = |seed: &str| {
        let log = sandbox.root().join("log");
        let _ = fs::remove_file(&log);
        let vs = "sh -c 'echo b >> log'";
        let args = ["run", "-n", "12", "--seed", seed, "--vs", vs, "--", "sh", "-c", "echo a >> log"];
        let (_, err) = sandbox.ends(0, &args);
        assert!(err.contains(&format!("--seed {seed} ")), "{err}");
        fs::read_to_string(log).unwrap().replace('\n', "")
    };
    let first = order("7");
    assert_eq!(first.len(), 24);
    assert_eq!((first.matches('a').count(), first, order("7") == order("8")), (12, order("7"), false));
    // Without a seed one is printed.
    let (_, err) = sandbox.ends(0, &["run", "-n", "1", "--vs", "true", "--", "true"]);
    assert!(err.contains("--seed "), "{err}");
}

#[test]
fn a_revision_is_measured_beside_this_one() {
    let sandbox = Sandbox::new();
    let base = sandbox.commit("fast", &[("src/app.sh", "sleep 0.01"), (".gitignore", "/app\n/log\n")]);
    sandbox.commit("slow", &[("src/app.sh", "sleep 0.03")]);
    let setup = "cp src/app.sh app; pwd >> log";
    let args = ["run", "-n", "5", "--base", "HEAD~", "--setup", setup, "--", "sh", "app"];
    let report = sandbox.json(&args);
    assert_eq!(report["verdict"], "regression", "{report}");
    assert!(report["seed"].is_u64() && report["comparisons"][0]["against"] == base[..12]);
    let (old, new) = (&sandbox.runs(&base)[0], &sandbox.runs("HEAD")[0]);
    let time = |run: &Value| rows(run)[2].2.unwrap();
    assert!((0.01..0.03).contains(&time(old)) && time(new) >= 0.03, "{old} {new}");
    assert_eq!((new["base"].as_str(), old.get("dirty"), new.get("dirty")), (Some(&*base), None, None));
    assert_eq!(rows(old)[2].0, rows(new)[2].0);
    assert_eq!(fs::read_to_string(sandbox.root().join("log")).unwrap().lines().count(), 1, "once here");
    left_nothing(&sandbox);
    // The two are what 'diff' compares.
    assert_eq!(sandbox.json(&["diff", "HEAD~", "HEAD", "--metric", "time"])["series"][0]["verdict"], "regression");
    let (_, err) = sandbox.ends(2, &["run", "--base", "HEAD~", "--setup", "exit 4", "--", "true"]);
    assert!(err.contains("the setup 'exit 4' ended in the base with exit code 4"), "{err}");
    let (_, err) = sandbox.ends(4, &["run", "--base", "nothing", "--", "true"]);
    assert!(err.contains("unknown revision 'nothing'"), "{err}");
    left_nothing(&sandbox);
}

#[test]
fn uncommitted_changes_are_measured_against_their_own_commit() {
    let sandbox = Sandbox::new();
    sandbox.commit("app", &[("app.sh", "exit 0")]);
    sandbox.write("app.sh", "exit 0 # changed");
    sandbox.ends(0, &["run", "-n", "2", "--base", "HEAD", "--", "sh", "app.sh"]);
    let mut dirty: Vec<bool> = sandbox.runs("HEAD").iter().map(|run| run.get("dirty").is_some()).collect();
    dirty.sort_unstable();
    assert_eq!(dirty, [false, true]);
    // What fails in the base is not recorded there.
    sandbox.write("new.sh", "exit 0");
    let (_, err) = sandbox.ends(
        127,
        &["run", "-n", "1", "--base", "HEAD", "--name", "n", "--", "sh", "-c", "test -f new.sh || exit 127"],
    );
    assert!(err.contains("is not recorded there"), "{err}");
    assert_eq!(sandbox.runs("HEAD").iter().flat_map(rows).filter(|row| row.0 == "n").count(), 4);
}

#[test]
fn measuring_goes_on_until_it_is_decided() {
    let sandbox = Sandbox::new();
    let args = ["run", "-n", "5", "--until-decided", "--limit", "40", "--vs", "sleep 0.04", "--", "sleep", "0.01"];
    let report = sandbox.json(&args);
    assert_eq!((report["verdict"].as_str(), report["benchmarks"][0]["runs"].as_u64()), (Some("improvement"), Some(5)));
    // Too little of it is inconclusive, and says how to go on.
    let (out, err) = sandbox.ends(0, &["run", "-n", "2", "--vs", "sleep 0.02", "--", "sleep", "0.01"]);
    assert!(out.contains("inconclusive") && err.contains("--until-decided"), "{out} {err}");
    // At the limit it ends, decided or not.
    let report = sandbox.json(&["run", "-n", "1", "--until-decided", "--limit", "3", "--vs", "true", "--", "true"]);
    assert_eq!((report["verdict"].as_str(), report["benchmarks"][1]["runs"].as_u64()), (Some("inconclusive"), Some(3)));
}

#[test]
fn a_harness_is_wrapped() {
    let sandbox = Sandbox::new();
    sandbox.write("out.json", PYTEST);
    sandbox.ends(0, &["run", "--from", "pytest-benchmark", "--", "sh", "-c", "cat out.json"]);
    let runs = sandbox.runs("HEAD");
    assert_eq!(rows(&runs[0]).iter().filter(|row| row.1 == "time").count(), 1, "{}", runs[0]);
    let payload = sandbox.payload();
    let execution = &payload["execution"];
    assert_eq!(execution["command"], serde_json::json!(["sh", "-c", "cat out.json"]));
    assert_eq!((execution["exit_code"].as_i64(), execution["duration_seconds"].is_number()), (Some(0), true));
    assert_eq!(payload["attachments"][0]["name"], "stdout.json");
    // The same bytes recorded from the file are the same run.
    let (_, err) = sandbox.ends(0, &["record", "out.json"]);
    assert!(err.contains("already recorded"), "{err}");
    // What it prints is shown on request.
    let (out, _) = sandbox.ends(0, &["run", "--from", "auto", "--again", "--show-output", "--", "cat", "out.json"]);
    assert_eq!(out, PYTEST);
}

#[test]
fn a_harness_writes_a_file() {
    let sandbox = Sandbox::new();
    sandbox.write("in.json", PYTEST);
    let wrap = ["run", "--from", "pytest-benchmark", "--output", "out.json", "--"];
    let with = |words: &[&'static str]| wrap.iter().chain(words).copied().collect::<Vec<&str>>();
    sandbox.ends(0, &with(&["cp", "in.json", "out.json"]));
    assert_eq!(sandbox.runs("HEAD").len(), 1);
    let (_, err) = sandbox.ends(4, &with(&["true"]));
    assert!(err.contains("'out.json' was not written by the command"), "{err}");
    fs::remove_file(sandbox.root().join("out.json")).unwrap();
    let (_, err) = sandbox.ends(4, &with(&["true"]));
    assert!(err.contains("the command did not write 'out.json'"), "{err}");
    let (_, err) = sandbox.ends(9, &with(&["sh", "-c", "exit 9"]));
    assert!(err.contains("nothing was recorded"), "{err}");
    let (_, err) = sandbox.ends(2, &["run", "--from", "no-format", "--", "true"]);
    assert!(err.contains("unknown format 'no-format'"), "{err}");
}

#[test]
fn pytest_is_told_where_to_write() {
    let sandbox = Sandbox::new();
    let script = r#"#!/bin/sh
for word; do case "$word" in --junit-xml=*) file=${word#--junit-xml=};; esac; done
cat > "$file" <<END
<testsuites><testsuite name="pytest" tests="2" failures="1" errors="0" skipped="0" time="0.3">
<testcase classname="t" name="test_a" time="0.1"/>
<testcase classname="t" name="test_b" time="0.2"><failure message="no">$HOME/t.py:3 host</failure></testcase>
</testsuite></testsuites>
END
exit 1
"#;
    let path = sandbox.write("bin/pytest", script);
    sandbox.command("chmod", &["+x", "bin/pytest"]).status().unwrap();
    let program = path.to_str().unwrap();
    let args = ["run", "--from", "pytest", "--", program, "tests/", "--tb=short", "-k", "fast"];
    let (_, err) = sandbox.ends(1, &args);
    assert!(err.contains("1 of 2 tests passed"), "{err}");
    let payload = sandbox.payload();
    let execution = &payload["execution"];
    assert_eq!(execution["test_path"], "tests/");
    assert_eq!(execution["pytest_args"], serde_json::json!(["--tb=short", "-k", "fast"]));
    assert_eq!((execution["exit_code"].as_i64(), &payload["results"]["failed"]), (Some(1), &serde_json::json!(1)));
    assert!(payload["failures"].to_string().contains("~/t.py:3"), "{}", payload["failures"]);
    assert!(
        !fs::read_dir(sandbox.root().join(".git/bench"))
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with("run-") })
    );
}

#[test]
fn success_alone_is_pushed() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "--bare", "../remote"]);
    sandbox.git(&["remote", "add", "origin", "../remote"]);
    sandbox.git(&["push", "-q", "origin", "main"]);
    let shared = || sandbox.git(&["ls-remote", "origin", "refs/notes/bench"]);
    sandbox.write("out.json", PYTEST);
    let wrap = ["run", "--from", "auto", "--push=success", "--", "sh", "-c"];
    let with = |script: &'static str| wrap.iter().copied().chain([script]).collect::<Vec<_>>();
    let (_, err) = sandbox.ends(7, &with("cat out.json; exit 7"));
    assert!(err.contains("not pushed"), "{err}");
    assert_eq!((sandbox.payload()["execution"]["exit_code"].as_i64(), shared().as_str()), (Some(7), ""));
    sandbox.ends(0, &with("sed s/1.0/2.0/g out.json"));
    let pushed = shared();
    assert!(!pushed.is_empty());
    sandbox.ends(3, &["run", "--push", "--", "sh", "-c", "exit 3"]);
    assert_ne!(shared(), pushed);
}

#[test]
fn nothing_secret_is_kept() {
    let mut sandbox = Sandbox::new();
    sandbox.variables.push(("MY_API_KEY".into(), "hunter2222".into()));
    sandbox.variables.push(("USER".into(), "caroline".into()));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let home = sandbox.home().join("data/x").display().to_string();
    let inside = sandbox.root().join("a.txt").display().to_string();
    let script = "cat \"$3\" > /dev/null; true";
    let words =
        ["--token=hunter1111", &home, &inside, "https://u:hunter3333@example.com/", &host, "/tmp/of/caroline/y"];
    let args: Vec<&str> = ["run", "-n", "2", "--", "sh", "-c", script].into_iter().chain(words).collect();
    sandbox.ends(0, &args);
    sandbox.write("out.json", PYTEST);
    let args: Vec<&str> =
        ["run", "--from", "auto", "--", "sh", "-c", "cat out.json"].into_iter().chain(words).collect();
    sandbox.ends(0, &args);
    let kept = sandbox.kept();
    let root = sandbox.root().display().to_string();
    for secret in ["hunter", &*sandbox.home().display().to_string(), &root, "caroline"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    assert!(kept.contains("--token=***") && kept.contains("~/data/x a.txt"), "{kept}");
    let common = ["localhost", ""].contains(&&*host) || host.len() < 3;
    assert!(common || !kept.contains(&format!("/ {host} /")), "{host} in {kept}");
}

#[test]
fn patterns_are_hidden_everywhere() {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "acme-branch"]);
    let commit = sandbox.commit("for acme-corp", &[("b.txt", "b")]);
    sandbox.write("out.json", &PYTEST.replace("test_a", "test_acme-corp").replace("lab-host", "acme-\\u0068ost"));
    sandbox.write("notes.txt", "by acme-labs\n");
    let record = ["record", "out.json", "--redact", "acme*", "--attach", "notes.txt", "--meta", "k=acme-meta"];
    sandbox.ends(0, &record);
    let run = ["run", "-n", "1", "--redact", "acme*", "--suite", "s", "--", "sh", "-c", "true", "acme-run"];
    sandbox.ends(0, &run);
    let kept = sandbox.kept();
    assert!(!kept.contains("acme"), "{kept}");
    assert!(kept.contains("by ***") && kept.contains("test_***") && kept.contains(&commit), "{kept}");
    let (_, err) = sandbox.ends(2, &["record", "out.json", "--redact", "**"]);
    assert!(err.contains("would hide everything"), "{err}");
}

#[test]
fn the_price_table_and_the_flags_fill_the_execution() {
    let sandbox = Sandbox::new();
    sandbox.commit("price", &[("bench.toml", "[price]\n\"big\" = 36000\n")]);
    sandbox.ends(0, &["run", "-n", "2", "--platform", "instance_type=big", "--spot", "--", "sleep", "0.01"]);
    let run = &sandbox.runs("HEAD")[0];
    let (cost, seconds) = (run["cost"].as_f64().unwrap(), run["duration"].as_f64().unwrap());
    assert!((cost - seconds * 10.0).abs() < 1e-6 * cost && run["spot"] == true, "{run}");
    let args = ["run", "-n", "1", "--suite", "s", "--cost", "1.5", "--platform", "instance_type=big", "--", "true"];
    sandbox.ends(0, &args);
    assert!(sandbox.runs("HEAD").iter().any(|run| run["cost"] == 1.5));
}

#[test]
fn tools_tell_their_versions() {
    let sandbox = Sandbox::new();
    if !sandbox.command("python3", &["--version"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no python3");
        return;
    }
    sandbox.ends(0, &["run", "-n", "1", "--tools", "python", "--", "true"]);
    assert!(sandbox.runs("HEAD")[0]["env"]["python_version"].as_str().unwrap().starts_with('3'));
    let (_, err) = sandbox.ends(2, &["run", "--tools", "cobol", "--", "true"]);
    assert!(err.contains("unknown tool 'cobol'"), "{err}");
}

#[test]
fn an_interrupt_leaves_nothing() {
    let sandbox = Sandbox::new();
    for (setup, command, unique) in [("sleep 61.25", "true", "61.25"), ("true", "sleep 62.25", "62.25")] {
        let args = ["run", "--base", "HEAD", "--setup", setup, "--", "sh", "-c", command];
        let mut child = sandbox
            .command(env!("CARGO_BIN_EXE_git-bench"), &args)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !running(unique) {
            assert!(begun.elapsed() < Duration::from_secs(20), "it never ran");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert!(!running(unique), "the command outlived us");
        left_nothing(&sandbox);
        assert!(sandbox.runs("HEAD").is_empty());
    }
}

/// Whether a `sleep` with this argument runs.
fn running(argument: &str) -> bool {
    let output = Command::new("ps").args(["-A", "-o", "args="]).output().unwrap();
    text(&output.stdout).lines().any(|line| line.trim() == format!("sleep {argument}"))
}

fn left_nothing(sandbox: &Sandbox) {
    assert_eq!(sandbox.git(&["worktree", "list"]).lines().count(), 1);
    assert!(!sandbox.root().join(".git/bench/worktrees").exists());
    assert!(!sandbox.root().join(".git/worktrees").exists());
}

#[test]
fn wrong_words_are_told() {
    let sandbox = Sandbox::new();
    for (args, said) in [
        (&["run", "--until-decided", "--", "true"][..], "needs something to decide"),
        (&["run", "--vs", "a | b", "--", "true"], "which only a shell understands"),
        (&["run", "-n", "0", "--", "true"], "at least 1"),
        (&["run", "--setup", "x", "--", "true"], "--base"),
        (&["run", "--from", "auto", "-n", "3", "--", "true"], "cannot be used with"),
        (&["run", "-L", "x", "1,2", "--", "true"], "does not use the parameter 'x'"),
        (&["run", "true"], "--"),
    ] {
        let (_, err) = sandbox.ends(2, args);
        assert!(err.contains(said), "{args:?}: {err}");
    }
    assert!(sandbox.runs("HEAD").is_empty());
}
