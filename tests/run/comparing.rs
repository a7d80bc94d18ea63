//! Two commands that take turns.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::{Sandbox, rows, text};

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
    sandbox.commit("slow", &[("src/app.sh", "sleep 0.2")]);
    let setup = "cp src/app.sh app; pwd >> log";
    let args = ["run", "-n", "5", "--base", "HEAD~", "--setup", setup, "--", "sh", "app"];
    let report = sandbox.json(&args);
    assert_eq!(report["verdict"], "regression", "{report}");
    assert!(report["seed"].is_u64() && report["comparisons"][0]["against"] == base[..12]);
    let (old, new) = (&sandbox.runs(&base)[0], &sandbox.runs("HEAD")[0]);
    let time = |run: &Value| rows(run)[2].2.unwrap();
    assert!(time(old) < time(new) && time(new) >= 0.2, "{old} {new}");
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
    let args = ["run", "-n", "5", "--until-decided", "--limit", "40", "--vs", "sleep 0.2", "--", "sleep", "0.01"];
    let report = sandbox.json(&args);
    let runs = report["benchmarks"][0]["runs"].as_u64().unwrap();
    assert!(report["verdict"] == "improvement" && [5, 8, 12, 18, 27].contains(&runs), "{report}");
    // Too little of it is inconclusive, and says how to go on.
    let (out, err) = sandbox.ends(0, &["run", "-n", "2", "--vs", "sleep 0.02", "--", "sleep", "0.01"]);
    assert!(out.contains("inconclusive") && err.contains("--until-decided"), "{out} {err}");
    // At the limit it ends, decided or not.
    let report = sandbox.json(&["run", "-n", "1", "--until-decided", "--limit", "3", "--vs", "true", "--", "true"]);
    assert_eq!((report["verdict"].as_str(), report["benchmarks"][1]["runs"].as_u64()), (Some("inconclusive"), Some(3)));
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
