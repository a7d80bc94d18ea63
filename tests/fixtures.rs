//! Every reader has fixtures of its own, and finds in them what `expected.json` beside them says:
//! `{"file name": {"tests": [total, passed, failed, skipped, errors] or null, "metrics": [[name, metric, unit, better,
//! value, n], ...]}}`; a folder's name ends in `/`; `"runs": N` where a file holds more than one (the metrics are the
//! newest run's). `GIT_BENCH_BLESS=1` writes what is found; then read it against the file.

mod common;

use std::fs;
use std::path::Path;

use common::{children, claims, fixtures, input, newest, numbered};
use git_bench::import::{IMPORTERS, Importer, ReadOptions};
use serde_json::{Map, Value, json};

#[test]
fn every_reader_finds_what_is_in_its_fixtures() {
    let bless = std::env::var_os("GIT_BENCH_BLESS").is_some();
    let mut faults = Vec::new();
    for reader in IMPORTERS {
        let folder = fixtures().join(reader.name());
        let files: Vec<_> = match folder.is_dir() {
            true => children(&folder).into_iter().filter(|f| !f.ends_with("expected.json")).collect(),
            false => Vec::new(),
        };
        if files.is_empty() {
            faults.push(format!("{}: no fixture in {}", reader.name(), folder.display()));
            continue;
        }
        let mut found = Map::new();
        for file in files {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let name = if file.is_dir() { name + "/" } else { name };
            match look(*reader, &file) {
                Ok(value) => _ = found.insert(name, value),
                Err(fault) => faults.push(format!("{}/{name}: {fault}", reader.name())),
            }
        }
        let at = folder.join("expected.json");
        if bless {
            fs::write(&at, written(&found)).unwrap();
        }
        let want: Value = serde_json::from_slice(&fs::read(&at).unwrap_or_default()).unwrap_or_default();
        for name in found.keys().chain(want.as_object().into_iter().flatten().map(|(name, _)| name)) {
            if !same(found.get(name).unwrap_or(&Value::Null), want.get(name).unwrap_or(&Value::Null)) {
                let (found, want) = (found.get(name), want.get(name));
                faults.push(format!("{}/{name}: found\n{found:?}\nexpected\n{want:?}", reader.name()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_fixture_belongs_to_a_reader() {
    for folder in children(&fixtures()) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        assert!(IMPORTERS.iter().any(|i| i.name() == name), "{name} is no reader");
    }
    assert!(IMPORTERS.is_sorted_by_key(|i| i.name()), "readers are sorted by name");
}

fn look(reader: &dyn Importer, file: &Path) -> Result<Value, String> {
    let input = input(file);
    let claimed = claims(&input);
    if claimed != reader.unasked().then_some(reader.name()).into_iter().collect::<Vec<_>>() {
        return Err(format!("claimed by {claimed:?}"));
    }
    let runs = reader.read(&input, &ReadOptions::default()).map_err(|e| e.chain())?;
    if let Some(run) = runs.iter().find(|run| reader.many() && runs.len() > 1 && run.entry.is_none()) {
        return Err(format!("the run of {:?} has no entry", run.commit));
    }
    let run = newest(&runs).ok_or("no run")?;
    let metrics: Vec<Value> = numbered(run)
        .iter()
        .map(|m| json!([m.name, m.metric, m.unit.as_str(), m.better.as_str(), m.value, m.n]))
        .collect();
    let mut found = json!({ "tests": run.tests.map(<[u64; 5]>::from), "metrics": metrics });
    if runs.len() > 1 {
        found["runs"] = runs.len().into();
    }
    Ok(found)
}

/// Equal, where 2048 and 2048.0 are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// One metric a line.
fn written(found: &Map<String, Value>) -> String {
    let files: Vec<String> = found
        .iter()
        .map(|(name, value)| {
            let runs = value.get("runs").map(|n| format!("\"runs\": {n}, ")).unwrap_or_default();
            let metrics: Vec<String> =
                value["metrics"].as_array().unwrap().iter().map(|m| format!("    {m}")).collect();
            let metrics = if metrics.is_empty() { "[]".into() } else { format!("[\n{}]", metrics.join(",\n")) };
            format!("  {}: {{{runs}\"tests\": {}, \"metrics\": {metrics}}}", Value::from(name.as_str()), value["tests"])
        })
        .collect();
    format!("{{\n{}\n}}\n", files.join(",\n"))
}
