//! What cannot be measured, or is not to be.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::{Sandbox, distinct, running, twelve};

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
    let (_, err) = sandbox.ends(2, &["bisect", "parse", "--good", "HEAD", "--bad", "HEAD~3", "--", "sh", "bench.sh"]);
    assert!(err.contains("the good end is older than the bad one"), "{err}");
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

#[test]
fn help_names_what_there_is() {
    let sandbox = Sandbox::of(&[1.0]);
    let (out, _) = sandbox.ends(0, &["bisect", "-h"]);
    for word in ["--good", "--bad", "--runs", "--setup", "--from", "--limit", "--time", "PATTERN"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bisect.md").exists());
}
