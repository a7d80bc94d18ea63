//! Tables in parts: only what is new, and nothing twice.

// Skips are said on standard error.
#![allow(clippy::print_stderr)]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use crate::readers::{full, packages, read};
use crate::sandbox::{Sandbox, result};

/// Files below a folder, by their path in it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

fn data(folder: &Path) -> BTreeSet<String> {
    files(folder).into_iter().filter(|file| file.starts_with("date=")).collect()
}

/// Ids of the runs in all parts of JSON Lines.
fn ids(folder: &Path) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for file in data(folder) {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let runs: BTreeSet<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].to_string())
            .collect();
        ids.extend(runs);
    }
    ids.sort();
    ids
}

#[test]
fn only_what_is_new_is_written() {
    let sandbox = full();
    let lake = sandbox.path("repo/lake");
    for format in ["parquet", "jsonl", "csv"] {
        let out = format!("lake/{format}/");
        let first = sandbox.ok(&["export", "--format", format, "--out", &out]);
        assert!(first.err.contains("wrote 10 rows of 5 runs in 4 parts"), "{}", first.err);
        let before = files(&lake.join(format));
        let again = sandbox.ok(&["export", "--format", format, "--out", &out]);
        assert!(again.err.contains("nothing is new; 5 runs were there already"), "{}", again.err);
        assert_eq!(files(&lake.join(format)), before);
    }
    assert!(data(&lake.join("csv")).iter().any(|file| file.starts_with("date=2024-01-20/suite=a%20b%2Fc%3Dd/part-")));
    sandbox.record(&result("new", 1.0, "2024-01-20T11:45:00Z"), "HEAD");
    let url = format!("file://{}", lake.join("jsonl").display());
    let said = sandbox.ok(&["export", "--format", "jsonl", "--out", &url]);
    assert!(said.err.contains("wrote 1 row of 1 run in 1 part"), "{}", said.err);
    let all = ids(&lake.join("jsonl"));
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (6, 6));
}

#[test]
fn what_was_lost_comes_again_and_what_was_dropped_is_told() {
    let sandbox = full();
    let lake = sandbox.path("repo/lake");
    let export = |more: &[&str]| sandbox.ok(&[&["export", "--format", "jsonl", "--out", "lake/"], more].concat());
    // A part of it only, by a filter, then the rest.
    export(&["--platform", "aws"]);
    assert_eq!(ids(&lake).len(), 1);
    export(&[]);
    let all = ids(&lake);
    assert_eq!(all.len(), 5);
    // As if it had ended half-way: the list is there, a part is not.
    let lost = data(&lake).into_iter().find(|file| file.contains("2024-01-20")).unwrap();
    std::fs::remove_file(lake.join(lost)).unwrap();
    assert_ne!(ids(&lake), all);
    export(&[]);
    assert_eq!(ids(&lake), all);
    let gone = all[0].trim_matches('"');
    sandbox.ok(&["drop", gone, "--reason", "wrong"]);
    let said = export(&[]);
    assert!(said.err.contains("warning: 1 run there no longer count here"), "{}", said.err);
    assert!(said.err.contains("hint: git bench export --anew"), "{}", said.err);
    let said = export(&["--anew"]);
    assert!(said.err.contains("removed 5 parts"), "{}", said.err);
    assert_eq!(ids(&lake), all[1..]);
}

#[test]
fn a_foreign_list_is_an_error() {
    let sandbox = Sandbox::new(1);
    sandbox.record(&result("a", 1.0, "2024-01-01T00:00:00Z"), "HEAD");
    let folder = sandbox.path("repo/lake/_git-bench");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("csv-0.json"), "[]").unwrap();
    let said = sandbox.bench(&["export", "--out", "lake/"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("'_git-bench/csv-0.json' is no list"), "{}", said.err);
}

/// Straight to a bucket of a real S3 server, which `.ci/servers start` has started.
#[test]
fn a_bucket_is_a_place_as_well() {
    let Some(endpoint) = std::env::var("GIT_BENCH_TEST_S3").ok().filter(|v| !v.is_empty()) else {
        let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!must, "GIT_BENCH_TEST_S3 is not set: run .ci/test");
        return eprintln!("skipped: no S3 server: .ci/servers start");
    };
    let sandbox = full();
    // The endpoint is that of the store with the same bucket.
    for (key, value) in [("url", "s3://bench/payloads"), ("endpoint", &endpoint), ("region", "us-east-1")] {
        sandbox.git("repo", &["config", &format!("bench.store.shared.{key}"), value]);
    }
    let keys = [
        ("AWS_ACCESS_KEY_ID", "testkey"),
        ("AWS_SECRET_ACCESS_KEY", "testsecret"),
        ("AWS_ALLOW_HTTP", "true"),
        ("NO_PROXY", "127.0.0.1,localhost"),
    ];
    let place = format!("s3://bench/lake-{}", std::process::id());
    let export = |more: &[&str]| {
        let said = sandbox.with(&[&["export", "--format", "parquet", "--out", &place], more].concat(), &keys);
        assert_eq!(said.code, 0, "{}", said.err);
        said.err
    };
    assert!(export(&[]).contains("wrote 10 rows of 5 runs in 4 parts"));
    assert!(export(&[]).contains("nothing is new; 5 runs were there already"));
    assert!(export(&["--anew"]).contains("removed 4 parts"));
    assert!(export(&[]).contains("nothing is new; 5 runs were there already"));
    let said = sandbox.with(&["export", "--format", "parquet", "--out", "s3://no-such-bucket/lake"], &keys);
    assert_ne!(said.code, 0);
    let Some(packages) = packages() else { return };
    let host = endpoint.trim_start_matches("http://");
    let task = json!({"place": place.trim_start_matches("s3://"), "endpoint": host});
    let got = read(Some(&packages), "pyarrow-s3", &task);
    assert_eq!(got.as_array().unwrap().len(), 10);
}
