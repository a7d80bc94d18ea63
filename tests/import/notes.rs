//! Histories in the notes of other trackers.

use serde_json::json;

use crate::sandbox::{Sandbox, reasons};

fn note(sandbox: &Sandbox, name: &str, revision: &str, text: &str) {
    let path = sandbox.file("note", &text.replace('|', "\u{1c}"));
    sandbox.git(&["notes", &format!("--ref={name}"), "add", "-f", "-F", &path, revision]);
}

#[test]
fn git_perf_notes_grow_run_by_run() {
    let sandbox = Sandbox::new(3);
    let before = "0|build|100.5|3.0|os=x\n0|build|101.5|5.0|os=x\n0|size|102|7|os=x\n";
    note(&sandbox, "refs/notes/perf-v3", "HEAD", before);
    note(&sandbox, "refs/notes/perf-v3", "HEAD~1", "0|build|50|1.0|os=x\n");
    note(&sandbox, "refs/notes/perf-v3", "HEAD~2", "Reviewed-by: Ada\n");
    let report = sandbox.import(&["git-perf", "."]);
    assert_eq!((&report["new"], &report["samples"], &report["not_taken"]), (&json!(2), &json!(4), &json!(1)));
    assert!(reasons(&report)[0].starts_with(&format!("note of {}: ", sandbox.id("HEAD~2"))), "{:?}", reasons(&report));
    assert_eq!(sandbox.again(&["git-perf"])["known"], 2);
    // The job of another system ends, the first one is run again; a merge of notes has sorted the lines.
    note(&sandbox, "refs/notes/perf-v3", "HEAD", &format!("0|build|100|9|os=y\n{before}0|build|900|4.0|os=x\n"));
    let report = sandbox.import(&["git-perf", ".", "--ref", "perf-v3"]);
    assert_eq!((&report["new"], &report["known"]), (&json!(2), &json!(2)));
    assert_eq!(
        sandbox.rows(),
        [
            "build[os=x] value Some(1.0) Some(1)",
            "build[os=x] value Some(4.0) Some(1)",
            "build[os=x] value Some(4.0) Some(2)",
            "build[os=y] value Some(9.0) Some(1)",
            "size[os=x] value Some(7.0) Some(1)",
        ]
    );
    assert!(sandbox.runs().iter().all(|run| run.env.is_empty() && run.payload.is_none()));
}

#[test]
fn more_samples_than_a_line_holds_have_a_payload() {
    let sandbox = Sandbox::new(1);
    let text: String = (0..20).map(|i| format!("0|build|{i}|{i}\n")).collect();
    note(&sandbox, "refs/notes/perf-v3", "HEAD", &text);
    assert_eq!(sandbox.import(&["git-perf", "."])["payloads"], 1);
    assert_eq!(sandbox.again(&["git-perf", "."])["payloads"], 0);
    let shown = sandbox.bench(&["show", "--payload"]);
    let payload: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(payload["benchmarks"][0]["metrics"]["value"]["samples"].as_array().unwrap().len(), 20);
}

#[test]
fn git_metrics_notes_are_read_from_another_repository() {
    let (other, sandbox) = (Sandbox::new(1), Sandbox::new(1));
    let text = "[[metrics]]\nname = \"size\"\nvalue = 3\n[metrics.tags]\narch = \"arm\"\n";
    note(&other, "refs/notes/metrics", "HEAD", text);
    let path = other.repo.to_str().unwrap();
    let report = sandbox.import(&["git-metrics", path]);
    assert_eq!(report["new"], 1, "{report:#}");
    // A note states no time: that of the commit stands for it.
    assert_eq!(sandbox.runs()[0].time.0, 1_767_225_600);
    assert_eq!(sandbox.rows(), ["size[arch=arm] value Some(3.0) None"]);
    sandbox.again(&["git-metrics", path]);
}
