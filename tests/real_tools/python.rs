//! Harnesses of Python, from PyPI.

use std::fs;

use serde_json::Value;

use crate::install::pip;
use crate::{Row, bench, bench_code, json, ran, recorded, repository, row, rows, run, series};

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn pytest_benchmark() {
    let Some(pytest) = pip("pytest", &["pytest-benchmark", "pytest"]) else { return };
    let folder = repository();
    let test = "import pytest\n@pytest.mark.parametrize('n', [10, 100])\ndef test_sum(benchmark, n):\n    \
                benchmark(sum, range(n))\ndef test_plain():\n    pass\ndef test_bad():\n    assert 1 == 2\n";
    fs::write(folder.path().join("test_b.py"), test).unwrap();
    ran(folder.path(), &pytest, &["-q", "--benchmark-json=out.json", "-k", "sum"]);
    bench(folder.path(), &["record", "out.json"]);
    let recorded = rows(folder.path());
    let file = json(&folder.path().join("out.json"));
    let benchmarks = file["benchmarks"].as_array().unwrap();
    assert_eq!((benchmarks.len(), recorded.iter().filter(|row| row.metric == "time").count()), (2, 2));
    for one in benchmarks {
        let mean = one["stats"]["mean"].as_f64();
        let near = recorded.iter().filter(|row| row.metric == "time" && row.unit == "s" && row.value == mean);
        assert_eq!(near.count(), 1, "{one} in {recorded:?}");
    }
    // Wrapped without a word on files: benchmarks and tests are one run, and the exit code is passed on.
    let folder = repository();
    fs::write(folder.path().join("test_b.py"), test).unwrap();
    let wrap = ["run", "--from", "pytest", "--", pytest.to_str().unwrap(), "-q", "test_b.py"];
    let (code, told) = bench_code(folder.path(), &wrap);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(run(folder.path())["tests"], serde_json::json!([4, 3, 1, 0, 0]));
    assert_eq!(rows(folder.path()).iter().filter(|row| row.metric == "time").count(), 2);
}

const GOOGLE: &str = r#"
import google_benchmark as bm

@bm.register
def sums(state):
    while state:
        sum(range(100))

@bm.register
@bm.option.arg(10)
@bm.option.arg(1000)
@bm.option.unit(bm.kMicrosecond)
def counted(state):
    while state:
        sum(range(state.range(0)))
    state.counters["things"] = 7
    state.items_processed = state.iterations * state.range(0)

@bm.register
def failing(state):
    state.skip_with_error("no device")
    while state:
        pass

bm.main()
"#;

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn google_benchmark() {
    let Some(python) = pip("python", &["google-benchmark"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("b.py"), GOOGLE).unwrap();
    let fast = "--benchmark_min_time=0.01s";
    let out = ["--benchmark_out=out.json", "--benchmark_out_format=json", "--benchmark_repetitions=3"];
    let console = ran(folder.path(), &python, &[&["b.py", fast], &out[..]].concat());
    fs::write(file("out.txt"), &console).unwrap();
    let csv = ran(folder.path(), &python, &["b.py", fast, "--benchmark_format=csv"]);
    fs::write(file("out.csv"), &csv).unwrap();

    let found = recorded(&file("out.json"));
    let written = json(&file("out.json"));
    let measured = |row: &&Value| row["run_type"] == "iteration";
    let lines: Vec<&Value> = written["benchmarks"].as_array().unwrap().iter().filter(measured).collect();
    assert_eq!(lines.len(), 12, "{written}");
    let mean = |name: &str, key: &str| {
        let values = lines.iter().filter(|row| row["run_name"] == name).map(|row| row[key].as_f64().unwrap());
        Some(values.sum::<f64>() / 3.0)
    };
    for (name, unit) in [("sums", "ns"), ("counted/10", "us"), ("counted/1000", "us")] {
        for (metric, key) in [("time", "real_time"), ("cpu_time", "cpu_time")] {
            let got = row(&found, name, metric);
            assert_eq!((got.value, got.unit.as_str(), got.n), (mean(name, key), unit, Some(3)), "{name} {metric}");
        }
    }
    for name in ["counted/10", "counted/1000"] {
        let got = row(&found, name, "throughput");
        assert_eq!((got.value, got.unit.as_str()), (mean(name, "items_per_second"), "items/s"));
        assert_eq!(row(&found, name, "things").value, Some(7.0));
    }
    assert_eq!((row(&found, "failing", "time").value, found.len()), (None, 11), "{found:#?}");

    // The console shows the same run, rounded to three or four digits.
    let shown = recorded(&file("out.txt"));
    assert_eq!(series(&shown), series(&found));
    for (shown, row) in shown.iter().zip(&found) {
        let near = |(a, b): (f64, f64)| (a - b).abs() <= 2e-3 * b;
        assert!(shown.value.zip(row.value).is_none_or(near) && shown.n == row.n, "{shown:?} {row:?}");
        assert_eq!((shown.value.is_some(), &shown.unit), (row.value.is_some(), &row.unit));
    }
    // CSV is another run, without the user's counter, which needs a flag of its own there.
    let listed = recorded(&file("out.csv"));
    let counters = |row: &&Row| row.metric != "things";
    assert_eq!(series(&listed), series(&found.iter().filter(counters).cloned().collect::<Vec<_>>()));
    for line in csv.lines().filter(|line| line.starts_with("\"counted")) {
        let fields: Vec<&str> = line.split(',').collect();
        let got = row(&listed, fields[0].trim_matches('"'), "time");
        assert_eq!((got.value, got.unit.as_str()), (fields[2].parse().ok(), fields[4]), "{line}");
    }
}
