//! The statements of `docs/at-scale.md` give the numbers of `stats` and the verdicts of `check --method window`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::readers::{packages, read};
use crate::sandbox::Sandbox;

/// The statement that begins with this comment.
fn statement(name: &str) -> String {
    let page = include_str!("../../docs/at-scale.md");
    let mark = format!("```sql\n-- {name}\n");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("docs/at-scale.md has no statement '{name}'"));
    rest.split_once("```").unwrap().0.to_owned()
}

/// Forty commits over forty days on two machines; units that change, failures, several runs of one commit, a squash.
fn history() -> Sandbox {
    let sandbox = Sandbox::new(40);
    for day in 0..40 {
        for (machine, factor) in [("lab", 1.0), ("attic", 3.0)] {
            // The attic is measured every other day only.
            if machine == "attic" && day % 2 == 0 && day != 39 {
                continue;
            }
            for run in 0..(1 + day % 3) {
                let noise = f64::from((day * 7 + run * 3) % 5) * 0.001;
                let step = |at: i32, by: f64| if day >= at { by } else { 1.0 };
                let time = |value: f64, unit: &str| json!({"value": value * factor, "unit": unit});
                let unit = if day % 4 == 0 { ("us", 1000.0) } else { ("ms", 1.0) };
                let result = json!({
                    "metadata": {"timestamp": format!("2024-01-{:02}T{:02}:00:00Z", 1 + day % 31, run), "branch": "main"},
                    "platform": {"machine": machine},
                    "benchmarks": [
                        {"name": "steady", "metrics": {"time": time(10.0 + noise, "ms")}},
                        {"name": "slower", "metrics": {"time": time((5.0 + noise) * step(35, 1.3) * unit.1, unit.0)}},
                        {"name": "faster", "metrics": {"throughput": {"value": (100.0 + noise) * step(36, 1.2), "unit": "ops/s"}}},
                        {"name": "smaller", "metrics": {"memory": {"value": (64.0 + noise) * step(37, 0.5), "unit": "MiB"}}},
                        {"name": "odd", "metrics": {"colour": {"value": 1.0 + f64::from(day), "unit": ""}}},
                        {"name": "flaky", "metrics": {"time": {"value": if day % 5 == 0 { Value::Null } else { json!(2.0 + noise) }, "unit": "s"}}},
                    ],
                });
                let mut result = result;
                let (month, date) = if day < 31 { (1, day + 1) } else { (2, day - 30) };
                result["metadata"]["timestamp"] = format!("2024-{month:02}-{date:02}T{:02}:00:00Z", run + 1).into();
                sandbox.record(&result, &format!("HEAD~{}", 39 - day));
            }
        }
    }
    sandbox
}

/// Equal to 12 digits of `scale`, of the numbers themselves where that is 0.
fn close(a: &Value, b: &Value, scale: f64) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * scale.max(a.abs()).max(b.abs()),
        _ => a.is_null() == b.is_null(),
    }
}

/// Holds an engine's answers against those of `git bench`.
fn hold(sandbox: &Sandbox, ask: &dyn Fn(&str) -> Value) {
    let groups = sandbox.ok(&["stats", "--format", "json"]).json()["groups"].clone();
    let key =
        |row: &Value| ["benchmark", "metric", "machine", "unit"].map(|name| row[name].as_str().unwrap().to_owned());
    let got: BTreeMap<_, _> = ask("stats").as_array().unwrap().iter().map(|row| (key(row), row.clone())).collect();
    let wanted: BTreeMap<_, _> = groups.as_array().unwrap().iter().map(|row| (key(row), row.clone())).collect();
    assert_eq!(got.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    assert!(wanted.len() >= 12);
    for (key, row) in &wanted {
        for name in ["n", "failed", "mean", "median", "stddev", "min", "max", "p5", "p90", "p95", "p99"] {
            assert!(close(&got[key][name], &row[name], 0.0), "{key:?} {name}: {} and {}", got[key][name], row[name]);
        }
    }
    let said = sandbox.bench(&["check", "--method", "window", "--format", "json"]);
    let key = |row: &Value| {
        ["benchmark", "metric", "environment", "suite"].map(|name| row[name].as_str().unwrap().to_owned())
    };
    let wanted: BTreeMap<_, _> =
        said.json()["series"].as_array().unwrap().iter().map(|row| (key(row), row.clone())).collect();
    let got: BTreeMap<_, _> = ask("window").as_array().unwrap().iter().map(|row| (key(row), row.clone())).collect();
    assert_eq!(got.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    let mut verdicts = std::collections::BTreeSet::new();
    for (key, row) in &wanted {
        assert_eq!(got[key]["verdict"], row["verdict"], "{key:?}: {} and {row}", got[key]);
        assert!(close(&got[key]["relative_change"], &row["change"], 1.0), "{key:?}: {} and {row}", got[key]);
        verdicts.insert(row["verdict"].to_string());
    }
    assert_eq!(verdicts.len(), 4, "all verdicts are among them: {verdicts:?}");
}

fn lake(sandbox: &Sandbox) -> String {
    sandbox.ok(&["export", "--format", "parquet", "--out", "lake"]);
    sandbox.path("repo/lake").to_str().unwrap().to_owned()
}

fn setup(engine: &str, lake: &str) -> String {
    statement(engine).replace("'lake", &format!("'{lake}"))
}

#[test]
fn duckdb_gives_the_same_numbers_and_verdicts() {
    let Some(packages) = packages() else { return };
    let sandbox = history();
    let setup = setup("duckdb", &lake(&sandbox));
    hold(&sandbox, &|name| read(Some(&packages), "duckdb-sql", &json!({"setup": [setup], "select": statement(name)})));
}

/// Needs a Java and `pip install pyspark` (`GIT_BENCH_TEST_PYSPARK` names the folder, if it is not in Python's own).
#[test]
#[ignore = "needs Java and pyspark; run: cargo test --test export -- --ignored spark"]
fn spark_gives_the_same_numbers_and_verdicts() {
    let packages = std::env::var_os("GIT_BENCH_TEST_PYSPARK").map(std::path::PathBuf::from);
    let sandbox = history();
    let setup = setup("spark", &lake(&sandbox));
    let ask = |name: &str| {
        read(packages.as_deref().map(Path::new), "spark-sql", &json!({"setup": [setup], "select": statement(name)}))
    };
    hold(&sandbox, &ask);
}

/// Writes so many rows in parts, straight by the library, and has DuckDB add them up.
fn sums(rows: u64, per_day: u64) {
    use git_bench::export::parts::{Part, Parts, run_key};
    use git_bench::export::{Machine, Options, Place, Row, exporter};
    use git_bench::model::{Better, Time};
    use git_bench::payload::{self, Payloads};
    use git_bench::record;

    let Some(packages) = packages() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = Payloads::local("export", dir.path(), &payload::Options::default()).unwrap();
    let mut table = Parts::open(&store, "parquet").unwrap();
    let mut run: record::RunRecord =
        serde_json::from_value(json!({"id": "", "time": "2024-01-01T00:00:00Z", "commit": "c".repeat(40),
        "suite": "default", "channel": "daily", "env": {"machine": "lab"}, "input": "0123456789abcdef"}))
        .unwrap();
    let mut measured = record::Row {
        name: String::new(),
        metric: "time".into(),
        unit: "ns".into(),
        better: Better::Lower,
        value: None,
        n: Some(3),
        stddev: None,
        min: None,
        max: None,
        samples: None,
    };
    let machine = Machine { environment: "0123456789ab", label: "lab", platform: "local", hardware: "x86_64" };
    let options = Options { partitioned: true, ..Options::default() };
    for day in 0..rows / per_day {
        let mut writer = exporter("parquet").unwrap().begin(&options);
        run.time = Time(1_000_000_000 + day as i64 * 86_400);
        run.id = format!("{day:08}-0000-4000-8000-000000000000");
        for i in 0..per_day {
            measured.name = format!("group/{}", i % 997);
            // Every 1000th failed.
            measured.value = (!i.is_multiple_of(1000)).then_some((day * per_day + i) as f64);
            writer.add(&Row { run: &run, machine, place: Some(Place::Commit(day)), measured: &measured });
        }
        let part = Part {
            date: run.time.date(),
            suite: run.suite.clone(),
            runs: vec![run_key(&run.id, &run.commit)],
            bytes: writer.finish().documents.concat(),
        };
        table.write(vec![part], &|_| {}).unwrap();
    }
    let setup = setup("duckdb", dir.path().to_str().unwrap());
    let select = "select count(*) as rows, count(value) as there, sum(value) as total, max(position) as last,
        count(distinct benchmark) as names, count(distinct \"date\") as days, min(time) as first from measurements";
    let got = read(Some(&packages), "duckdb-sql", &json!({"setup": [setup], "select": select}));
    let total: u64 = (0..rows).filter(|n| !(n % per_day).is_multiple_of(1000)).sum();
    let want = json!([{"rows": rows, "there": rows - rows / 1000, "total": total as f64, "last": rows / per_day - 1, "names": 997,
        "days": rows / per_day, "first": "2001-09-09T01:46:40Z"}]);
    assert_eq!(got, want);
}

/// More than one row group in a file.
#[test]
fn many_records_add_up() {
    sums(220_000, 110_000);
}

#[test]
#[ignore = "ten million records: cargo test --release --test export -- --ignored ten_million"]
fn ten_million_records_add_up() {
    sums(10_000_000, 100_000);
}
