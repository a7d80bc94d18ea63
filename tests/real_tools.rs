//! Today's harnesses, installed from their registries: their fresh output is recorded, and names and values are those of the
//! files themselves.
#![cfg(unix)]
#![allow(clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Where tools are installed, once.
fn tools() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-tools");
    fs::create_dir_all(&path).unwrap();
    path
}

/// Runs a program of the system; what it printed.
fn ran(folder: &Path, program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).current_dir(folder).stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {said}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| ran(folder.path(), "git", args).unwrap();
    git(&["init", "-q", "-b", "main", "."]);
    git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "first"]);
    folder
}

fn bench(folder: &Path, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-bench"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env("GIT_COMMITTER_NAME", "t").env("GIT_COMMITTER_EMAIL", "t@example.com");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Name, metric and value of every row recorded on HEAD.
fn rows(folder: &Path) -> Vec<(String, String, f64)> {
    let note = ran(folder, "git", &["notes", "--ref", "bench", "show", "HEAD"]).unwrap();
    let runs: Vec<Value> = note.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(runs.len(), 1, "{note}");
    let row = |row: &Value| {
        (row[0].as_str().unwrap().to_owned(), row[1].as_str().unwrap().to_owned(), row[4].as_f64().unwrap())
    };
    runs[0]["m"].as_array().unwrap().iter().map(row).collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The value of a row.
fn value(rows: &[(String, String, f64)], name: &str, metric: &str) -> f64 {
    let found = rows.iter().find(|row| row.0 == name && row.1 == metric);
    found.unwrap_or_else(|| panic!("no {metric} of '{name}' in {rows:?}")).2
}

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn pytest_benchmark() {
    let venv = tools().join("pytest");
    let pytest = venv.join("bin/pytest");
    if !pytest.exists() {
        ran(&tools(), "python3", &["-m", "venv", venv.to_str().unwrap()]).unwrap();
        ran(&tools(), venv.join("bin/pip").to_str().unwrap(), &["install", "-q", "pytest", "pytest-benchmark"])
            .unwrap();
    }
    let pytest = pytest.to_str().unwrap();
    let folder = repository();
    let test = "import pytest\n@pytest.mark.parametrize('n', [10, 100])\ndef test_sum(benchmark, n):\n    \
                benchmark(sum, range(n))\ndef test_plain():\n    pass\ndef test_bad():\n    assert 1 == 2\n";
    fs::write(folder.path().join("test_b.py"), test).unwrap();
    ran(folder.path(), pytest, &["-q", "--benchmark-json=out.json", "-k", "sum"]).unwrap();
    bench(folder.path(), &["record", "out.json"]);
    let recorded = rows(folder.path());
    let file = json(&folder.path().join("out.json"));
    let benchmarks = file["benchmarks"].as_array().unwrap();
    assert_eq!((benchmarks.len(), recorded.iter().filter(|row| row.1 == "time").count()), (2, 2));
    for one in benchmarks {
        let mean = one["stats"]["mean"].as_f64().unwrap();
        let near = recorded.iter().filter(|row| row.1 == "time" && row.2 == mean);
        assert_eq!(near.count(), 1, "{one} in {recorded:?}");
    }
    // Wrapped without a word on files: benchmarks and tests are one run, and the exit code is passed on.
    let folder = repository();
    fs::write(folder.path().join("test_b.py"), test).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-bench"));
    command.args(["run", "--from", "pytest", "--", pytest, "-q", "test_b.py"]).current_dir(folder.path());
    command.env("GIT_COMMITTER_NAME", "t").env("GIT_COMMITTER_EMAIL", "t@example.com").stdin(Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let note = ran(folder.path(), "git", &["notes", "--ref", "bench", "show", "HEAD"]).unwrap();
    let run: Value = serde_json::from_str(note.trim()).unwrap();
    assert_eq!(run["tests"], serde_json::json!([4, 3, 1, 0, 0]), "{run}");
    assert_eq!(rows(folder.path()).iter().filter(|row| row.1 == "time").count(), 2);
}

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn hyperfine() {
    let root = tools().join("hyperfine");
    let program = root.join("bin/hyperfine");
    if !program.exists() {
        // The newest may need a newer compiler than this one: then one that this one builds.
        let installed = [None, Some("1.20.0")].iter().any(|version| {
            let mut command = Command::new("cargo");
            command
                .args(["install", "-q", "hyperfine", "--root"])
                .arg(&root)
                .arg("--target-dir")
                .arg(root.join("target"));
            command.args(version.iter().flat_map(|version| ["--version", version])).stdin(Stdio::null());
            command.status().unwrap().success()
        });
        assert!(installed, "cargo cannot install hyperfine");
    }
    let folder = repository();
    let words = ["-N", "-r", "3", "-L", "t", "0.01,0.02", "sleep {t}"];
    ran(folder.path(), program.to_str().unwrap(), &[&words[..], &["--export-json", "out.json"]].concat()).unwrap();
    bench(folder.path(), &["record", "out.json"]);
    let recorded = rows(folder.path());
    for result in json(&folder.path().join("out.json"))["results"].as_array().unwrap() {
        let mean = result["mean"].as_f64().unwrap();
        let name = recorded.iter().find(|row| row.1 == "time" && row.2 == mean);
        let name = &name.unwrap_or_else(|| panic!("{result} in {recorded:?}")).0;
        assert!(name.contains(result["parameters"]["t"].as_str().unwrap()), "{name}");
        assert_eq!(recorded.iter().filter(|row| row.0 == *name && row.1 == "time").count(), 1);
    }
    // Wrapped, it is told to write a file.
    let folder = repository();
    let wrap = ["run", "--from", "hyperfine", "--", program.to_str().unwrap()];
    bench(folder.path(), &[&wrap[..], &words[..]].concat());
    assert_eq!(rows(folder.path()).iter().filter(|row| row.1 == "time").count(), 2);
}

/// A folder with a package from npm in it.
fn npm(package: &str) -> Option<PathBuf> {
    let folder = tools().join(package);
    if !folder.join("node_modules").join(package).exists() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("package.json"), "{\"private\":true,\"type\":\"module\"}").unwrap();
        if ran(&folder, "npm", &["install", "--silent", "--no-fund", "--no-audit", package]).is_none() {
            eprintln!("skipped: there is no npm");
            return None;
        }
    }
    Some(folder)
}

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn vitest() {
    let Some(place) = npm("vitest") else { return };
    let text = "import { bench, describe } from 'vitest'\ndescribe('sort', () => {\n  \
                bench('small', () => { [3, 1, 2].sort() }, { time: 50 })\n  \
                bench('large', () => { Array.from({ length: 500 }, (_, i) => -i).sort() }, { time: 50 })\n})\n";
    fs::write(place.join("sort.bench.js"), text).unwrap();
    let file = place.join("out.json");
    ran(&place, "npx", &["vitest", "bench", "--run", "--outputJson", "out.json"]).unwrap();
    let folder = repository();
    bench(folder.path(), &["record", file.to_str().unwrap()]);
    let recorded = rows(folder.path());
    let groups = json(&file);
    let benchmarks: Vec<Value> = groups["files"][0]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["benchmarks"].as_array().unwrap().clone())
        .collect();
    assert_eq!(benchmarks.len(), 2, "{groups}");
    for one in benchmarks {
        let (name, mean) = (one["name"].as_str().unwrap(), one["mean"].as_f64().unwrap());
        let fits = |row: &&(String, String, f64)| row.0.contains(name) && row.1 == "time" && row.2 == mean;
        assert_eq!(recorded.iter().filter(fits).count(), 1, "{name} {mean} in {recorded:?}");
    }
}

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn tinybench() {
    let Some(place) = npm("tinybench") else { return };
    let text = "import { Bench } from 'tinybench'\nconst bench = new Bench({ time: 50 })\n\
                bench.add('sort', () => { [3, 1, 2].sort() })\nbench.add('join', () => { [3, 1, 2].join() })\n\
                await bench.run()\nconsole.log(JSON.stringify(bench.tasks.map(({ name, result }) => ({ name, result }))))\n";
    fs::write(place.join("b.mjs"), text).unwrap();
    let printed = ran(&place, "node", &["b.mjs"]).unwrap();
    fs::write(place.join("out.json"), &printed).unwrap();
    let folder = repository();
    bench(folder.path(), &["record", place.join("out.json").to_str().unwrap()]);
    let recorded = rows(folder.path());
    let tasks: Value = serde_json::from_str(&printed).unwrap();
    for task in tasks.as_array().unwrap() {
        let mean = task["result"]["latency"]["mean"].as_f64().unwrap();
        let name = task["name"].as_str().unwrap();
        let got = recorded.iter().filter(|row| row.0 == name).map(|row| row.2);
        assert!(got.clone().any(|got| got == mean), "{name} {mean} in {recorded:?}");
        assert!(value(&recorded, name, &recorded.iter().find(|row| row.0 == name).unwrap().1) > 0.0);
    }
}
