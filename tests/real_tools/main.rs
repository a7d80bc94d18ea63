//! Today's harnesses, installed from their registries: their fresh output is recorded, and names, metrics and values are those of
//! the files themselves. One that cannot be had here is named, and its test passes over; with `CI=true` that is a failure.
#![cfg(unix)]
#![allow(clippy::print_stderr)]

mod cargo;
mod go;
mod install;
mod node;
mod python;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Runs a program; what it printed, or why it failed.
fn tried(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let (out, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(out.into_owned()) } else { Err(format!("{command:?}: {out}{told}")) }
}

/// Runs a program in a folder; what it printed.
fn ran(folder: &Path, program: impl AsRef<Path>, args: &[&str]) -> String {
    tried(Command::new(program.as_ref()).args(args).current_dir(folder)).unwrap()
}

fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| ran(folder.path(), "git", args);
    git(&["init", "-q", "-b", "main", "."]);
    git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "first"]);
    folder
}

/// `git bench` in a folder: its exit code and what it said.
fn bench_code(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-bench"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env("GIT_COMMITTER_NAME", "t").env("GIT_COMMITTER_EMAIL", "t@example.com");
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn bench(folder: &Path, args: &[&str]) {
    let (code, told) = bench_code(folder, args);
    assert_eq!(code, Some(0), "{args:?}: {told}");
}

/// The one run recorded on HEAD.
fn run(folder: &Path) -> Value {
    let note = ran(folder, "git", &["notes", "--ref", "bench", "show", "HEAD"]);
    let runs: Vec<Value> = note.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(runs.len(), 1, "{note}");
    runs.into_iter().next().unwrap()
}

/// A recorded measurement.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    metric: String,
    unit: String,
    /// None = the benchmark failed.
    value: Option<f64>,
    n: Option<u64>,
}

/// Every row recorded on HEAD, sorted by name and metric.
fn rows(folder: &Path) -> Vec<Row> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |row: &Value| Row {
        name: text(&row[0]),
        metric: text(&row[1]),
        unit: text(&row[2]),
        value: row[4].as_f64(),
        n: row[5].as_u64(),
    };
    run(folder)["m"].as_array().unwrap().iter().map(row).collect()
}

/// What a file holds, recorded in a repository of its own.
fn recorded(file: &Path) -> Vec<Row> {
    let folder = repository();
    bench(folder.path(), &["record", file.to_str().unwrap()]);
    rows(folder.path())
}

/// The row of a name and a metric.
fn row<'a>(rows: &'a [Row], name: &str, metric: &str) -> &'a Row {
    let found = rows.iter().find(|row| row.name == name && row.metric == metric);
    found.unwrap_or_else(|| panic!("no {metric} of '{name}' in {rows:#?}"))
}

/// Names and metrics alone.
fn series(rows: &[Row]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row.name.as_str(), row.metric.as_str())).collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
