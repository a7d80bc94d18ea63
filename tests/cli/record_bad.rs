//! Bad input is a named error, and nothing is changed.

use serde_json::json;

use crate::{DATA, Repo, SEED, STORAGE, USAGE, fixture, repo, result, seed_at};

/// A repository in which something is recorded already.
fn with_run() -> Repo {
    let r = repo();
    r.commit("one");
    r.record(&[("parse", 1.5)]);
    r
}

/// The call fails so, and all is as it was.
#[track_caller]
fn refused(r: &Repo, words: &str, input: impl Into<Vec<u8>>, code: i32, text: &str) {
    let before = r.state();
    r.bench(words).stdin(input).run().fails(code, text).tells_not("recorded 1").tells_not("recorded 2");
    r.is_still(&before);
}

#[test]
fn what_no_reader_claims_is_named() {
    let r = with_run();
    let whole = result(&[("parse", 1.6)]);
    for (input, text) in [
        (Vec::new(), "it is empty"),
        (b" \n\n".to_vec(), "it is empty"),
        (whole.as_bytes()[..whole.len() / 2].to_vec(), "broken or cut short"),
        (SEED.as_bytes()[..700].to_vec(), "broken or cut short"),
        (vec![0, 159, 146, 150, 255, 254, 0, 1], "it is binary"),
        (b"hello world\n".to_vec(), "no reader claims it"),
        (b"{}".to_vec(), "no reader claims it"),
        (b"[]".to_vec(), "no reader claims it"),
        (b"null".to_vec(), ""),
    ] {
        refused(&r, "record -", input, DATA, text);
    }
    let empty = r.sandbox.path("empty");
    std::fs::create_dir(&empty).unwrap();
    r.bench("record").arg(empty.to_str().unwrap()).run().fails(DATA, "the folder is empty");
}

#[test]
fn a_cut_file_of_every_first_harness_is_refused() {
    let r = with_run();
    for name in [
        "pytest-benchmark/saved.json",
        "google-benchmark/nan-inf-error.json",
        "hyperfine/hf-1.15-one.json",
        "junit/pytest-9-xunit2.xml",
    ] {
        let whole = fixture(name);
        let before = r.state();
        r.bench("record -").stdin(&whole[..whole.len() * 2 / 3]).run().code(DATA);
        r.is_still(&before);
    }
}

#[test]
fn a_wrong_name_of_a_format_is_told() {
    let r = with_run();
    refused(&r, "record --from hyprfine -", result(&[("a", 1.0)]), USAGE, "unknown format 'hyprfine'");
    refused(&r, "record --from hyperfine -", result(&[("a", 1.0)]), DATA, "hyperfine");
    refused(&r, "record --from junit -", fixture("hyperfine/hf-1.15-one.json"), DATA, "junit");
    refused(&r, "record --from go-bench -", "nothing\n", DATA, "");
}

#[test]
fn the_first_fault_of_our_own_format_is_named_by_its_path() {
    let r = with_run();
    let of = |benchmark: serde_json::Value| json!({"benchmarks": [benchmark]}).to_string();
    for (input, text) in [
        (of(json!({"latency_ms": 1})), "benchmarks[0]: 'name' is missing"),
        (of(json!({"name": 3})), "benchmarks[0].name: expected string"),
        (of(json!({"name": "a", "metrics": {"time": {"value": "1"}}})), "benchmarks[0].metrics.time.value"),
        (
            of(json!({"name": "a", "metrics": {"time": {"value": 1, "better": "up"}}})),
            "benchmarks[0].metrics.time.better",
        ),
        (
            json!({"benchmarks": [], "execution": {"duration_seconds": -4}}).to_string(),
            "execution.duration_seconds: -4 is less than 0",
        ),
        (json!({"benchmarks": [], "metadata": {"timestamp": "now"}}).to_string(), "metadata.timestamp"),
        (json!({"benchmarks": [], "schema_version": "2.0.0"}).to_string(), "schema_version"),
        (json!({"benchmarks": [], "metadata": {"run_id": 17}}).to_string(), "metadata.run_id"),
    ] {
        refused(&r, "record -", input, DATA, text);
    }
}

#[test]
fn a_number_that_is_none_is_refused_in_our_own_format() {
    let r = with_run();
    for word in ["NaN", "Infinity", "-Infinity"] {
        let text = format!(r#"{{"benchmarks":[{{"name":"a","latency_ms":{word}}}]}}"#);
        refused(&r, "record -", text, DATA, &format!("benchmarks[0].latency_ms: {word} is no number"));
    }
    let text = r#"{"benchmarks":[{"name":"a","metrics":{"time":{"value":NaN,"unit":"s"}}}]}"#;
    refused(&r, "record -", text, DATA, "benchmarks[0].metrics.time.value");
    // A benchmark that failed is null.
    r.bench("record -").stdin(r#"{"benchmarks":[{"name":"a","latency_ms":null}]}"#).run().ok().tells("1 failed");
}

#[test]
fn a_negative_time_is_refused_in_any_format() {
    let r = with_run();
    refused(&r, "record -", result(&[("parse", -1.5)]), DATA, "'parse': a latency of -1.5 ms cannot be");
    let text = String::from_utf8(fixture("go-bench/go1.19-count5.txt")).unwrap();
    let line = text.lines().find(|l| l.contains(" ns/op")).unwrap();
    let value = line.split_whitespace().nth(2).unwrap();
    refused(&r, "record -", text.replacen(value, &format!("-{value}"), 1), DATA, "cannot be");
    // What is no time may be below zero.
    let text = r#"{"benchmarks":[{"name":"a","metrics":{"score":{"value":-1}}}]}"#;
    r.bench("record -").stdin(text).run().ok();
}

#[test]
fn a_line_over_the_limit_is_refused() {
    let r = with_run();
    let name = "n".repeat(1_000_000);
    let benchmarks: Vec<_> = (0..11).map(|i| json!({"name": format!("{name}{i}"), "latency_ms": 1})).collect();
    let text = json!({"platform": {"machine": "lab"}, "benchmarks": benchmarks}).to_string();
    // Named, because detection of 11 MB takes seconds in a debug build.
    refused(&r, "record --from git-bench -", text, DATA, "over the limit of 10485760 of a note line");
}

#[test]
fn one_fault_among_many_runs_keeps_them_all_out() {
    let r = with_run();
    let line = |ms: f64, id: &str| {
        let metadata = if id.is_empty() { json!({}) } else { json!({"run_id": id}) };
        json!({"metadata": metadata, "platform": {"machine": "lab"}, "benchmarks": [{"name": "a", "latency_ms": ms}]})
    };
    refused(&r, "record -", json!([line(1.0, ""), line(-2.0, "")]).to_string(), DATA, "cannot be");
    let head = r.id("HEAD");
    r.bench("record -").stdin(seed_at(&head)).run().ok();
    let clash = json!([line(1.0, ""), line(2.0, "550e8400-e29b-41d4-a716-446655440000")]).to_string();
    refused(&r, "record -", clash, DATA, "was recorded before with other content");
    // Several inputs of one call: the last is broken.
    let good = r.file("good.json", result(&[("b", 1.0)]));
    let bad = r.file("bad.json", "{");
    let before = r.state();
    r.bench("record").arg(&good).arg(&bad).run().fails(DATA, "bad.json");
    r.is_still(&before);
}

#[test]
fn what_is_not_there_is_told() {
    let r = with_run();
    let before = r.state();
    r.bench("record nowhere.json").run().fails(DATA, "cannot read 'nowhere.json'");
    refused(&r, "record - --store nas", result(&[("a", 1.0)]), USAGE, "unknown store 'nas'");
    refused(&r, "record - --platform lab", result(&[("a", 1.0)]), USAGE, "--platform lab");
    refused(&r, "record - --commit nothing", result(&[("a", 1.0)]), DATA, "unknown revision 'nothing'");
    refused(&r, "record - --tag v9", result(&[("a", 1.0)]), DATA, "there is no tag 'v9' here");
    r.bench("record --no-such-flag").run().code(USAGE);
    r.is_still(&before);
}

#[test]
fn what_cannot_be_written_is_told_and_nothing_is_noted() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let r = with_run();
    let payloads = r.path().join(".git/bench/payloads");
    set_permissions(&payloads, Permissions::from_mode(0o500)).unwrap();
    // root may write anywhere.
    if std::fs::write(payloads.join("probe"), "").is_ok() {
        let _ = std::fs::remove_file(payloads.join("probe"));
        std::fs::remove_dir_all(&payloads).unwrap();
        std::fs::write(&payloads, "in the way").unwrap();
    }
    let refs = r.git("for-each-ref");
    let ran = r.bench("record -").stdin(result(&[("a", 1.0)])).run().code(STORAGE);
    assert!(ran.err.starts_with("error: "), "{}", ran.told());
    assert_eq!(r.git("for-each-ref"), refs);
    let _ = set_permissions(&payloads, Permissions::from_mode(0o700));
}
