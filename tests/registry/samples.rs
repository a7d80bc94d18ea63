//! One report of each kind with every field set, and one line of each kind with every key.

use git_bench::report::bisected::{Bisected, Candidate, Step, Told};
use git_bench::report::blame::{Blame, Blamed};
use git_bench::report::changes::{AcceptedSeries, Changes, End, FirstBad, Machine, Missing, SeriesChange, Side};
use git_bench::report::history::{Change, Log, Point, Series};
use git_bench::report::runs::{Measured, Run, Shown};
use git_bench::report::tables::Listing;
use git_bench::report::{Tone, VERSION, Verdict};
use serde_json::{Value, json};

/// A full commit id.
pub const COMMIT: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const NAME: &str = "parse/small";
const TIME: &str = "2024-01-15T10:30:00Z";

fn end(asked: &str) -> End {
    End {
        commit: Some(COMMIT.into()),
        subject: Some("Parse faster".into()),
        asked: asked.into(),
        asked_commit: COMMIT.into(),
        distance: 2,
        reason: Some("2 commits back: the nearest that was measured".into()),
    }
}

fn side(value: f64) -> Side {
    Side { value: Some(value), n: Some(30), runs: 2, commit: COMMIT.into() }
}

fn missing(why: &str) -> Missing {
    Missing {
        benchmark: NAME.into(),
        metric: "time".into(),
        environment: "0123456789ab".into(),
        suite: "default".into(),
        why: why.into(),
    }
}

fn series(verdict: Verdict) -> SeriesChange {
    SeriesChange {
        benchmark: NAME.into(),
        metric: "time".into(),
        unit: "us".into(),
        better: "lower".into(),
        environment: "0123456789ab".into(),
        suite: "default".into(),
        base: side(100.0),
        head: side(110.0),
        change: Some(0.1),
        difference: 10.0,
        verdict,
        threshold: 0.02,
        noise: Some(0.004),
        p: Some(0.001),
        q: Some(0.002),
        interval: Some((0.09, 0.11)),
        smallest_effect: Some(0.012),
        more_runs: Some(3),
        first_bad: Some(FirstBad {
            commit: COMMIT.into(),
            after: COMMIT.into(),
            unmeasured: 1,
            author: "Alice".into(),
            subject: "Parse faster".into(),
        }),
        notes: vec!["older points in 'B' are left out".into()],
    }
}

/// A report of `check` with all four verdicts.
pub fn changes() -> Changes {
    let mut changes = Changes::new("check", end("merge base of main and HEAD"), end("HEAD"));
    changes.outcome = Some("fail");
    changes.environments = vec![Machine {
        environment: "0123456789ab".into(),
        label: "a lab".into(),
        suite: "default".into(),
        base_env: vec!["os: linux".into(), "rustc: 1.94".into()],
        head_env: vec!["os: linux".into(), "rustc: 1.95".into()],
    }];
    changes.series =
        [Verdict::Unchanged, Verdict::Improvement, Verdict::Inconclusive, Verdict::Regression].map(series).into();
    changes.missing = vec![missing("missing at head")];
    changes.new = vec![missing("new at head")];
    changes.accepted = vec![AcceptedSeries {
        benchmark: NAME.into(),
        metric: "time".into(),
        environment: "0123456789ab".into(),
        suite: "default".into(),
        id: "550e8400-e29b-41d4-a716-446655440001".into(),
        commit: COMMIT.into(),
        reason: "known".into(),
        until: Some(TIME.into()),
    }];
    changes.common_factor = Some(1.02);
    changes.notes = vec!["most series moved together".into()];
    changes.show_env = true;
    changes.settle();
    changes
}

fn change(verdict: &str) -> Change {
    Change {
        commit: COMMIT.into(),
        after: COMMIT.into(),
        unmeasured: 1,
        author: "Alice".into(),
        subject: "Parse slower".into(),
        time: TIME.into(),
        before: 100.0,
        level: 120.0,
        change: Some(0.2),
        verdict: verdict.into(),
        index: 1,
    }
}

/// A report of `blame`: one series with a change, one without.
pub fn blame() -> Blame {
    let with = Blamed {
        benchmark: NAME.into(),
        metric: "time".into(),
        unit: "us".into(),
        environment: "0123456789ab".into(),
        label: "a lab".into(),
        suite: "default".into(),
        level: 120.0,
        change: Some(change("regression")),
        first: None,
        points: 3,
    };
    let without = Blamed { change: None, first: Some(COMMIT.into()), ..with.clone() };
    let notes = vec!["the history ends here".into()];
    Blame { version: VERSION, command: "blame", from: COMMIT.into(), series: vec![with, without], notes }
}

/// A report of `log`.
pub fn log() -> Log {
    let point = |distance: usize, value: f64| Point {
        commit: COMMIT.into(),
        distance,
        time: TIME.into(),
        value,
        n: Some(30),
        runs: 1,
        stddev: Some(0.5),
        twin: Some(COMMIT.into()),
    };
    Log {
        version: VERSION,
        command: "log",
        from: COMMIT.into(),
        walked: 9,
        measured: 2,
        series: vec![Series {
            benchmark: NAME.into(),
            metric: "time".into(),
            unit: "us".into(),
            better: "lower".into(),
            environment: "0123456789ab".into(),
            label: "a lab".into(),
            suite: "default".into(),
            points: vec![point(3, 100.0), point(0, 120.0)],
            changes: ["regression", "improvement", "changed"].map(change).into(),
            other_unit: Some("B".into()),
        }],
        notes: vec!["the history ends here".into()],
        charts: false,
    }
}

/// A report of `show`.
pub fn shown() -> Shown {
    let measured = Measured {
        benchmark: NAME.into(),
        metric: "time".into(),
        unit: "us".into(),
        better: "lower".into(),
        value: Some(100.0),
        n: Some(30),
        stddev: Some(0.5),
        min: Some(99.0),
        max: Some(101.0),
    };
    let failed = Measured { value: None, n: None, stddev: None, min: None, max: None, ..measured.clone() };
    Shown {
        version: VERSION,
        command: "show",
        commit: COMMIT.into(),
        subject: "Parse faster".into(),
        runs: vec![Run {
            id: "550e8400-e29b-41d4-a716-446655440000".into(),
            commit: COMMIT.into(),
            time: TIME.into(),
            suite: "default".into(),
            channel: "pr".into(),
            who: Some("alice".into()),
            branch: Some("fast".into()),
            tag: Some("v1.0.0".into()),
            pr: Some(7),
            harness: Some("criterion 0.8.2".into()),
            environment: "0123456789ab".into(),
            label: "a lab".into(),
            env: json!({"os": "linux", "cpu_count": 8, "turbo": false}).as_object().cloned().unwrap_or_default(),
            tests: Some([5, 3, 1, 1, 0]),
            duration: Some(12.5),
            cost: Some(0.5),
            dirty: true,
            measurements: vec![measured, failed],
            payload: Some("local:daily/x.json".into()),
            origin: Some(format!("{COMMIT}, which has the same tree")),
        }],
        accepts: vec!["550e8400 parse* until 2024-02-01: known".into()],
        drops: vec!["550e8400 at 2024-01-15T10:30:00Z: noise".into()],
        unreadable: vec!["a broken line: expected value".into()],
    }
}

/// A report of `status` and the like.
pub fn listing() -> Listing {
    let mut listing = Listing::new("status");
    listing.columns = vec![("store", 0), ("bytes", 1)];
    listing.fact("ahead", 3);
    listing.line("3 notes to push", Tone::Warn);
    listing.row(&[("store", Value::from("aws")), ("bytes", Value::from(1384))]);
    listing
}

/// One line of each kind, with every key that the schema knows, in the order of `docs/formats.md`.
pub fn lines() -> Vec<(&'static str, Value)> {
    let row = json!(["parse/small[k=v]", "time", "us", "lower", 1.52, 30, 0.5, 1.5, 1.56, [1.5, 1.52, 1.54, 1.56]]);
    let failed = json!(["parse/small", "time", "", "none", null, null, null, null, null, null]);
    let run = json!({
        "v": 1, "kind": "run", "id": "550e8400-e29b-41d4-a716-446655440000", "time": TIME, "who": "alice",
        "commit": COMMIT, "tree": COMMIT, "ctime": 1_705_312_500, "parents": [COMMIT, COMMIT], "measured": COMMIT,
        "branch": "fast", "base": COMMIT, "pr": 7, "tag": "v1.0.0", "suite": "default", "channel": "pr", "dirty": true,
        "env": {"cpu_count": 8, "os": "linux", "turbo": false}, "tests": [5, 3, 1, 1, 0], "duration": 12.5, "cost": 0.5,
        "spot": true, "harness": "criterion 0.8.2", "input": "9f86d081884c7d65", "m": [failed, row],
        "payload": {"sha256": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809", "size": 1384,
                    "key": "pr/pr-7/x.json", "store": "aws"}
    });
    let twin = json!({"v": 1, "kind": "twin", "commit": COMMIT});
    let accept = json!({
        "v": 1, "kind": "accept", "id": "550e8400-e29b-41d4-a716-446655440001", "time": TIME, "who": "alice",
        "commit": COMMIT, "tree": COMMIT, "pattern": "parse*", "metric": "time", "reason": "known", "until": TIME
    });
    let drop = json!({
        "v": 1, "kind": "drop", "id": "550e8400-e29b-41d4-a716-446655440002", "time": TIME, "who": "alice",
        "target": "550e8400-e29b-41d4-a716-446655440000", "reason": "noise",
        "payload": {"sha256": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809", "size": 1384,
                    "key": "pr/pr-7/x.json", "store": "aws"}
    });
    vec![("run", run), ("twin", twin), ("accept", accept), ("drop", drop)]
}

/// A result file with every field that `schema/result.v1.json` knows.
pub fn result() -> Value {
    let sha256 = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809";
    json!({
        "schema_version": "1.0.0",
        "metadata": {
            "run_id": "550e8400-e29b-41d4-a716-446655440000", "timestamp": TIME, "developer": "alice", "branch": "fast",
            "commit_sha": "4b825dc", "commit_message": "Parse faster", "base_commit": "e83c516", "pr_number": 7,
            "commit": COMMIT, "tree": COMMIT, "measured": COMMIT, "tag": "v1.0.0", "suite": "default", "channel": "pr",
            "dirty": true
        },
        "platform": {
            "cloud": "aws", "instance_type": "p4d.24xlarge", "region": "us-west-2", "gpu_model": "NVIDIA A100",
            "gpu_count": 8, "hardware": "nvidia", "machine": "lab", "cpu_model": "x", "cpu_count": 96,
            "memory_mb": 1024.5, "os": "linux", "os_version": "6.1", "arch": "x86_64", "kernel": "6.1.0"
        },
        "execution": {
            "test_path": "tests/", "pytest_args": ["-v"], "duration_seconds": 12.5, "spot_instance": true,
            "estimated_cost_usd": 16.82, "command": ["make", "bench"], "exit_code": 0, "harness": "pytest 8"
        },
        "environment": {
            "python_version": "3.12", "pytorch_version": "2.1", "cuda_version": "12", "pip_freeze": ["a==1", "b==2"]
        },
        "results": {"total_tests": 5, "passed": 3, "failed": 1, "skipped": 1, "errors": 0, "pass_rate": 60.0},
        "benchmarks": [
            {"name": "short", "latency_ms": 1.52, "throughput": 1_250_000, "dtype": "fp16"},
            {"name": "long", "params": {"k": "v"}, "metrics": {"time": {
                "value": 1.52, "unit": "ms", "better": "lower", "n": 4, "mean": 1.52, "stddev": 0.02, "median": 1.52,
                "min": 1.5, "max": 1.56, "samples": [1.5, 1.52, 1.54, 1.56]}, "memory": {"value": null}}}
        ],
        "failures": [{"test": "tests/a.py::test", "error": "assert", "traceback": "..."}],
        "attachments": [{"name": "raw.json", "key": "attachments/x/y.json", "sha256": sha256, "size": 12}]
    })
}

/// The report of `bisect`.
pub fn bisected() -> Bisected {
    let told = || Told {
        commit: COMMIT.into(),
        author: "Carol".into(),
        subject: "Parse faster".into(),
        time: TIME.into(),
        value: Some(1.5),
    };
    Bisected {
        version: VERSION,
        command: "bisect",
        outcome: "found",
        benchmark: NAME.into(),
        metric: "time".into(),
        unit: "ms".into(),
        better: "lower".into(),
        environment: "0123456789ab".into(),
        label: "lab".into(),
        suite: "default".into(),
        good: told(),
        bad: told(),
        found: Some(told()),
        candidates: vec![Candidate { at: told(), why: Some("the setup ended with exit code 1".into()) }],
        before: Some(1.0),
        after: Some(1.5),
        change: Some(0.5),
        verdict: "regression",
        commits: 11,
        measured: 3,
        runs: 4,
        steps: vec![Step {
            at: told(),
            verdict: "unknown",
            source: "measured",
            order: Some(1),
            runs: 2,
            label: "lab".into(),
            why: Some("its runs scatter too much".into()),
        }],
        notes: vec!["a remark".into()],
    }
}
