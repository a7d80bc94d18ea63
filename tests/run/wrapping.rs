//! Harnesses that are wrapped.

use std::fs;

use crate::sandbox::{PYTEST, Sandbox, rows};

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
