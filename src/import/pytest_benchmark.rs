//! pytest-benchmark's JSON, saved or by `--benchmark-json`.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run, Time};

/// Reader of pytest-benchmark's JSON. `ops` is the inverse of the mean and left out.
pub struct PytestBenchmark;

impl Importer for PytestBenchmark {
    fn name(&self) -> &'static str {
        "pytest-benchmark"
    }

    fn doc(&self) -> &'static str {
        "JSON of pytest-benchmark"
    }

    fn example(&self) -> &'static str {
        "pytest --benchmark-json=bench.json && git bench record bench.json"
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(Value::Object(map)) = input.json() else { return false };
        let Some(Value::Array(benchmarks)) = map.get("benchmarks") else { return false };
        let ours = |b: &Value| b.get("stats").is_some_and(|s| s.get("rounds").is_some() && s.get("mean").is_some());
        map.get("machine_info").is_some_and(Value::is_object) || (!benchmarks.is_empty() && benchmarks.iter().all(ours))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let Some(Value::Object(map)) = input.json() else { return Ok(Vec::new()) };
        let version = json::str_at(map, "version").map(|v| format!(" {v}")).unwrap_or_default();
        let mut run = Run {
            harness: Some(format!("pytest-benchmark{version}")),
            time: json::str_at(map, "datetime").and_then(Time::parse),
            ..Run::default()
        };
        if let Some(commit) = json::object_at(map, "commit_info") {
            let id = json::str_at(commit, "id").filter(|id| id.len() >= 7 && id.bytes().all(|b| b.is_ascii_hexdigit()));
            run.commit = id.map(str::to_owned);
            let branch = json::str_at(commit, "branch").filter(|b| !b.starts_with('('));
            run.branch = branch.filter(|b| *b != "unknown").map(str::to_owned);
        }
        if let Some(machine) = json::object_at(map, "machine_info") {
            read_machine(machine, &mut run.platform, &mut run.environment);
        }
        for (i, benchmark) in json::array_at(map, "benchmarks").iter().enumerate() {
            let fault = |place: &str, what: &str| {
                broken(input, "pytest-benchmark file", &format!("benchmarks[{i}]{place}"), what)
            };
            let Value::Object(benchmark) = benchmark else { return Err(fault("", "expected an object")) };
            let name = json::str_at(benchmark, "fullname").or_else(|| json::str_at(benchmark, "name"));
            let name = name.ok_or_else(|| fault("", "'fullname' is missing"))?;
            let stats = json::object_at(benchmark, "stats").ok_or_else(|| fault("", "'stats' is missing"))?;
            if !stats.contains_key("mean") {
                return Err(fault(".stats", "'mean' is missing"));
            }
            run.measurements.push(measurement(name, stats));
        }
        Ok(vec![run])
    }
}

fn measurement(name: &str, stats: &Map<String, Value>) -> Measurement {
    let number = |key| json::f64_at(stats, key);
    let rounds = json::u64_at(stats, "rounds");
    let mut read = Measurement::new(name, "time", "s", Better::Lower, number("mean")).count(rounds);
    (read.mean, read.stddev, read.median) = (number("mean"), number("stddev"), number("median"));
    (read.min, read.max) = (number("min"), number("max"));
    let samples = json::numbers_at(stats, "data");
    // Cut by hand in some files: then they are not what the statistics were made from.
    if rounds.is_none_or(|n| n == samples.len() as u64) { read.sampled(samples) } else { read }
}

fn read_machine(machine: &Map<String, Value>, platform: &mut Facts, environment: &mut Facts) {
    let text = |key| json::str_at(machine, key);
    let empty = Map::new();
    let cpu = json::object_at(machine, "cpu").unwrap_or(&empty);
    let os = text("system").map(facts::os);
    facts::put(platform, "arch", text("machine").map(facts::arch).as_deref());
    facts::put(platform, "os", os.as_deref());
    let release = if os.as_deref() == Some("windows") { "os_version" } else { "kernel" };
    facts::put(platform, release, text("release"));
    facts::put(platform, "cpu_model", json::str_at(cpu, "brand_raw").or_else(|| json::str_at(cpu, "brand")));
    facts::put_count(platform, "cpu_count", json::u64_at(cpu, "count"));
    for key in ["python_version", "python_implementation", "python_compiler"] {
        facts::put(environment, key, text(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Run> {
        let input = Input::file("p.json", text.into());
        assert!(PytestBenchmark.claims(&input));
        PytestBenchmark.read(&input, &ReadOptions::default()).map(|mut runs| runs.remove(0))
    }

    #[test]
    fn machine_commit_and_cut_data() {
        let run = read(
            r#"{"machine_info":{"node":"secret","machine":"AMD64","system":"Darwin","release":"23.1","cpu":{"brand":"M1","count":8},
            "python_version":"3.12.1"},"commit_info":{"id":"0123456789abcdef","branch":"main","dirty":true},"datetime":"2024-01-15T10:30:00",
            "version":"4.0.0","benchmarks":[{"name":"a","fullname":"t.py::a","stats":{"mean":0.5,"rounds":9,"data":[0.5,"..."]}},
            {"name":"b","fullname":"t.py::b","stats":{"mean":NaN,"rounds":1,"data":[NaN]}}]}"#,
        )
        .unwrap();
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value, m.n, m.samples.len())).collect();
        assert_eq!(rows, [("t.py::a", Some(0.5), Some(9), 0), ("t.py::b", None, Some(1), 0)]);
        assert_eq!(
            Value::from_iter(run.platform),
            serde_json::json!({"arch":"x86_64","cpu_count":8,"cpu_model":"M1","kernel":"23.1","os":"macos"})
        );
        assert_eq!((run.commit.as_deref(), run.branch.as_deref()), (Some("0123456789abcdef"), Some("main")));
    }

    #[test]
    fn a_benchmark_without_statistics_is_named() {
        let error = read(r#"{"machine_info":{},"benchmarks":[{"fullname":"a","stats":{}}]}"#).unwrap_err();
        assert!(error.message.ends_with("benchmarks[0].stats: 'mean' is missing"), "{}", error.message);
    }
}
