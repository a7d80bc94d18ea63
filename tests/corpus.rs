//! The readers against the key of the corpus: `GIT_BENCH_CORPUS` names the folder that holds `formats/ANSWERS.json`.

// Skips are said on standard output.
#![allow(clippy::print_stdout)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{claims, input, newest, numbered, registered};
use git_bench::import::ReadOptions;
use git_bench::model::{Measurement, Tests};
use serde_json::Value;

#[test]
fn readers_find_what_the_key_says() {
    let Some(root) = std::env::var_os("GIT_BENCH_CORPUS").map(|dir| PathBuf::from(dir).join("formats")) else {
        println!("skipped: GIT_BENCH_CORPUS is not set");
        return;
    };
    let key = std::fs::read(root.join("ANSWERS.json")).expect("ANSWERS.json");
    let key: Value = serde_json::from_slice(&key).expect("ANSWERS.json is JSON");
    let only = std::env::var("GIT_BENCH_FORMAT").ok();
    let (mut faults, mut score) = (Vec::new(), BTreeMap::<&str, [usize; 2]>::new());
    let mut skipped = 0;
    for (path, entry) in key.as_object().expect("ANSWERS.json is an object") {
        let format = entry["format"].as_str();
        if only.as_deref().is_some_and(|only| Some(only) != format) {
            continue;
        }
        let known = format.is_some_and(|name| registered(name).is_some());
        let found = check(&root, path, entry, known.then_some(format).flatten());
        skipped += usize::from(!known && found.is_ok());
        let row = score.entry(format.unwrap_or("(none)")).or_default();
        row[1] += usize::from(known);
        match found {
            Ok(()) => row[0] += usize::from(known),
            Err(fault) => faults.push(format!("{path}: {fault}")),
        }
    }
    for (format, [right, all]) in score.iter().filter(|(_, [_, all])| *all > 0) {
        println!("{format}: {right} of {all}");
    }
    println!("{skipped} of no registered reader, and claimed by none");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

fn check(root: &Path, path: &str, entry: &Value, format: Option<&str>) -> Result<(), String> {
    let input = input(&root.join(path));
    let claimed = claims(&input);
    if claimed != format.into_iter().collect::<Vec<_>>() {
        return Err(format!("claimed by {claimed:?}, expected {format:?}"));
    }
    let Some(reader) = format.and_then(registered) else { return Ok(()) };
    let runs = reader.read(&input, &ReadOptions::default()).map_err(|e| e.chain())?;
    if let Some(count) = entry["runs"].as_u64().filter(|count| *count != runs.len() as u64) {
        return Err(format!("{} runs, expected {count}", runs.len()));
    }
    let run = newest(&runs).ok_or("no run")?;
    let want = &entry["metrics"].as_array().ok_or("no metrics in the key")?[..];
    let got = numbered(run);
    let total = entry["total"].as_u64().unwrap_or(want.len() as u64);
    let mut faults = Vec::new();
    for row in want {
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        match got.iter().find(|m| m.name == text("name") && m.metric == text("metric")) {
            None => faults.push(format!("no {} {}", text("name"), text("metric"))),
            Some(m) if !same(m, row) => faults.push(format!("{row}\n    found {m:?}")),
            Some(_) => {}
        }
    }
    if got.len() as u64 != total {
        faults.push(format!("{} metrics, expected {total}", got.len()));
        let known = |m: &&Measurement| want.iter().any(|row| row["name"] == *m.name && row["metric"] == *m.metric);
        if want.len() as u64 == total {
            faults.extend(got.iter().filter(|m| !known(m)).map(|m| format!("not in the key: {} {}", m.name, m.metric)));
        }
    }
    let tests = run.tests.map_or(Value::Null, |t| Value::from(<[u64; 5]>::from(t).to_vec()));
    if tests != entry["tests"] {
        faults.push(format!("tests {tests}, expected {}", entry["tests"]));
    }
    let Tests { failed, errors, .. } = run.tests.unwrap_or_default();
    if run.failures.len() as u64 != failed + errors {
        faults.push(format!("{} failures for {failed} failed and {errors} errors", run.failures.len()));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n  ")) }
}

fn same(m: &Measurement, row: &Value) -> bool {
    let value = match (m.value, row["value"].as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
        (a, b) => a.is_none() && b.is_none(),
    };
    value
        && m.failed() == row["failed"].as_bool().unwrap_or_else(|| row["value"].is_null())
        && m.unit.as_str() == row["unit"]
        && m.better.as_str() == row["better"]
        && m.n == row["n"].as_u64()
}
