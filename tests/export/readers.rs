//! Real readers of exports: a Python with DuckDB, pyarrow and the published models of services. `.ci/servers install` fetches
//! them; without them these tests pass over it with a line that says so, and fail with `CI=true`.

// Skips are said on standard error.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, result, seed};

/// Where the packages are; `None`, with a word, where they are not.
pub fn packages() -> Option<PathBuf> {
    let named = std::env::var_os("GIT_BENCH_TEST_PYTHON").filter(|v| !v.is_empty()).map(PathBuf::from);
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-tools/python");
    let found = named.unwrap_or(here);
    if found.join("duckdb").is_dir() {
        return Some(found);
    }
    let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let how = "python3 with pip, then .ci/servers install";
    assert!(!must, "no readers of exports: {how}");
    eprintln!("skipped: no readers of exports: {how}");
    None
}

/// Has a reader read; `task` names what and where.
#[track_caller]
pub fn read(packages: Option<&Path>, mode: &str, task: &Value) -> Value {
    use std::io::Write;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/read.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(mode).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(packages) = packages {
        command.env("PYTHONPATH", packages);
    }
    let mut child = command.env("PYTHONDONTWRITEBYTECODE", "1").spawn().unwrap();
    child.stdin.take().unwrap().write_all(task.to_string().as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{mode}: {out}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{mode}: {e}: {out}\n{err}"))
}

/// Lines of an export in JSON Lines.
pub fn lines(sandbox: &Sandbox, args: &[&str]) -> Vec<Value> {
    let out = sandbox.ok(&[&["export", "--format", "jsonl"], args].concat()).out;
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs of two machines, three suites, with hostile names.
pub fn full() -> Sandbox {
    let sandbox = Sandbox::new(3);
    sandbox.record(&seed("aws", 1.51), "HEAD~2");
    sandbox.record(&seed("gcp", 1.53), "HEAD~1");
    sandbox.record(&result("=1+1,\"x\"\u{202e}\u{5d0}", 10.0, "2024-01-14T12:00:00Z"), "HEAD");
    let mut long = result(&"ü".repeat(500), 11.0, "2024-01-20T11:00:00Z");
    long["metadata"]["suite"] = "a b/c=d".into();
    sandbox.record(&long, "HEAD");
    let mut failed = result("parse/small", 12.0, "2024-01-20T11:30:00Z");
    failed["benchmarks"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "broken", "metrics": {"time": {"value": null, "unit": "us"}}}));
    sandbox.record(&failed, "HEAD~1");
    sandbox
}

#[test]
fn parquet_is_what_was_recorded() {
    let sandbox = full();
    let Some(packages) = packages() else { return };
    sandbox.ok(&["export", "--format", "parquet", "--out", "lake"]);
    let mut wanted = lines(&sandbox, &[]);
    for line in &mut wanted {
        line.as_object_mut().unwrap().remove("version");
    }
    assert!(wanted.len() > 8);
    let lake = sandbox.path("repo/lake");
    for reader in ["duckdb-parquet", "pyarrow-parquet"] {
        let got = read(Some(&packages), reader, &json!({"folder": lake}));
        assert_eq!(sorted(got.as_array().unwrap().clone()), sorted(wanted.clone()), "{reader}");
    }
}

#[test]
fn csv_and_json_lines_are_read_by_duckdb_and_pyarrow() {
    let sandbox = full();
    let Some(packages) = packages() else { return };
    sandbox.ok(&["export", "--out", "all.csv"]);
    sandbox.ok(&["export", "--format", "jsonl", "--out", "all.jsonl"]);
    let wanted: Vec<(Value, Value)> =
        lines(&sandbox, &[]).iter().map(|line| (line["value"].clone(), line["position"].clone())).collect();
    for (reader, file) in [("duckdb-csv", "all.csv"), ("pyarrow-csv", "all.csv"), ("duckdb-jsonl", "all.jsonl")] {
        let got = read(Some(&packages), reader, &json!({"file": sandbox.path("repo").join(file)}));
        let got: Vec<(Value, Value)> =
            got.as_array().unwrap().iter().map(|line| (line["value"].clone(), line["position"].clone())).collect();
        assert_eq!(got, wanted, "{reader}");
    }
}

/// In an order of their own, whole numbers as such.
fn sorted(mut rows: Vec<Value>) -> Vec<String> {
    for row in &mut rows {
        for value in row.as_object_mut().unwrap().values_mut() {
            if let Some(number) = value.as_f64() {
                *value = number.into();
            }
        }
        row.sort_all_objects();
    }
    let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    rows.sort();
    rows
}
