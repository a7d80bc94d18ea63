//! The result file of our own, which any script can write (`docs/formats.md`): only `benchmarks` or `results` is
//! required.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Facts, Failure, Measurement, Run, Tests, Time, Unit, canonical, schema};

/// Reader of `schema/result.v1.json`: one object, or an array or JSON lines of such objects, each a run.
pub struct GitBench;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(schema::RESULT_V1).unwrap_or(Value::Null));

/// Top-level keys that only other harnesses write beside `benchmarks`.
const OTHERS: &[&str] = &["machine_info", "context", "layout", "HostEnvironmentInfo", "pyperf", "profiles"];

impl Importer for GitBench {
    fn name(&self) -> &'static str {
        "git-bench"
    }

    fn doc(&self) -> &'static str {
        "our own result file (schema/result.v1.json), also an array or lines of them"
    }

    fn example(&self) -> &'static str {
        r#"echo '{"benchmarks":[{"name":"parse","latency_ms":1.52}]}'"#
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            Some(Value::Object(map)) => is_result(map),
            Some(Value::Array(items)) => {
                !items.is_empty() && items.iter().all(|item| item.as_object().is_some_and(is_result))
            }
            Some(_) => false,
            None => {
                input.json_lines().is_some_and(|lines| lines.iter().all(|line| line.as_object().is_some_and(is_result)))
            }
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let documents: Vec<(&Value, String)> = match input.json() {
            Some(Value::Array(items)) => items.iter().enumerate().map(|(i, v)| (v, format!("[{i}]."))).collect(),
            Some(one) => vec![(one, String::new())],
            None => input
                .json_lines()
                .unwrap_or_default()
                .iter()
                .enumerate()
                .map(|(i, v)| (v, format!("object {}: ", i + 1)))
                .collect(),
        };
        let single = matches!(input.json(), Some(Value::Object(_)));
        documents
            .into_iter()
            .map(|(value, place)| {
                schema::validate(&SCHEMA, value)
                    .map_err(|f| broken(input, "result file", &format!("{place}{}", f.path), &f.expected))?;
                let Value::Object(document) = value else { return Ok(Run::default()) };
                let mut run = read_document(document)
                    .map_err(|f| broken(input, "result file", &format!("{place}{}", f.path), &f.expected))?;
                run.entry = (!single).then(|| canonical(value).into_bytes());
                Ok(run)
            })
            .collect()
    }
}

fn is_result(map: &Map<String, Value>) -> bool {
    if OTHERS.iter().any(|key| map.contains_key(*key)) {
        return false;
    }
    let tested = json::object_at(map, "results").is_some_and(|r| r.contains_key("total_tests"));
    match map.get("benchmarks") {
        Some(Value::Array(items)) => items.iter().all(|item| {
            item.as_object().is_some_and(|b| {
                let foreign = b.get("stats").is_some_and(Value::is_object)
                    || b.get("runs").is_some_and(Value::is_array)
                    || b.contains_key("run_name");
                !foreign
            })
        }),
        Some(_) => tested || map.contains_key("metadata"),
        None => tested,
    }
}

fn read_document(document: &Map<String, Value>) -> Result<Run, schema::Fault> {
    let empty = Map::new();
    let metadata = json::object_at(document, "metadata").unwrap_or(&empty);
    let execution = json::object_at(document, "execution").unwrap_or(&empty);
    let text = |map: &Map<String, Value>, key: &str| json::str_at(map, key).map(str::to_owned);
    let facts = |key: &str| -> Facts {
        json::object_at(document, key).into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let failures: Vec<Failure> = json::array_at(document, "failures")
        .iter()
        .filter_map(|failure| serde_json::from_value(failure.clone()).ok())
        .collect();
    let mut measurements = Vec::new();
    for (i, benchmark) in json::array_at(document, "benchmarks").iter().enumerate() {
        if let Value::Object(benchmark) = benchmark {
            read_benchmark(benchmark, &format!("benchmarks[{i}]"), &mut measurements)?;
        }
    }
    Ok(Run {
        harness: text(execution, "harness"),
        commit: text(metadata, "commit").or_else(|| text(metadata, "commit_sha")),
        branch: text(metadata, "branch"),
        who: text(metadata, "developer"),
        time: json::str_at(metadata, "timestamp").and_then(Time::parse),
        measurements,
        tests: tests(document, failures.len() as u64),
        failures,
        platform: facts("platform"),
        environment: facts("environment"),
        duration: json::f64_at(execution, "duration_seconds"),
        document: Some(document.clone()),
        ..Run::default()
    })
}

fn tests(document: &Map<String, Value>, failures: u64) -> Option<Tests> {
    let Some(results) = json::object_at(document, "results") else {
        return (failures > 0).then_some(Tests { total: failures, failed: failures, ..Tests::default() });
    };
    let count = |key| json::u64_at(results, key);
    let (passed, skipped, errors) =
        (count("passed").unwrap_or(0), count("skipped").unwrap_or(0), count("errors").unwrap_or(0));
    let failed = count("failed").unwrap_or(failures);
    let total = count("total_tests").unwrap_or(passed + failed + skipped + errors);
    Some(Tests { total, passed, failed, skipped, errors })
}

fn read_benchmark(
    benchmark: &Map<String, Value>,
    place: &str,
    out: &mut Vec<Measurement>,
) -> Result<(), schema::Fault> {
    let mut params: Vec<(String, String)> = Vec::new();
    for (key, value) in benchmark {
        match value {
            Value::String(text) if key != "name" => {
                if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity" | "-NaN") {
                    let expected = format!("{text} is no number (a failed benchmark is null)");
                    return Err(schema::Fault { path: format!("{place}.{key}"), expected });
                }
                params.push((key.clone(), text.clone()));
            }
            Value::Object(map) if key == "params" => {
                params.extend(map.iter().map(|(k, v)| (k.clone(), json::plain(v))));
            }
            _ => {}
        }
    }
    let name = json::with_params(json::str_at(benchmark, "name").unwrap_or_default(), &params);
    for (key, value) in benchmark {
        let (metric, unit) = split_suffix(key);
        match value {
            Value::Number(number) => {
                let better = direction(metric, &Unit::new(unit));
                out.push(Measurement::new(&name, metric, unit, better, number.as_f64()).count(Some(1)));
            }
            Value::Null if !unit.is_empty() || Better::of_metric(metric) != Better::None => {
                out.push(Measurement::new(&name, metric, unit, direction(metric, &Unit::new(unit)), None));
            }
            Value::Object(metrics) if key == "metrics" => {
                for (metric, value) in metrics {
                    if let Value::Object(fields) = value {
                        out.push(read_metric(&name, metric, fields));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_metric(name: &str, metric: &str, fields: &Map<String, Value>) -> Measurement {
    let number = |key| json::f64_at(fields, key);
    let samples = json::numbers_at(fields, "samples");
    let unit = json::str_at(fields, "unit").unwrap_or("");
    let better =
        json::str_at(fields, "better").and_then(Better::parse).unwrap_or_else(|| direction(metric, &Unit::new(unit)));
    let mean_of = |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let value = if fields.contains_key("value") { number("value") } else { number("mean").or(mean_of(&samples)) };
    let n = json::u64_at(fields, "n").unwrap_or(samples.len().max(1) as u64);
    let mut read = Measurement::new(name, metric, unit, better, value).count(Some(n));
    (read.mean, read.stddev, read.median) = (number("mean"), number("stddev"), number("median"));
    (read.min, read.max) = (number("min"), number("max"));
    read.sampled(samples)
}

/// The unit suffix of a short-form field: `latency_ms` is (`latency`, `ms`).
pub(super) fn split_suffix(key: &str) -> (&str, &str) {
    for (suffix, unit) in [
        ("_ns", "ns"),
        ("_us", "us"),
        ("_ms", "ms"),
        ("_s", "s"),
        ("_mb", "MB"),
        ("_gb", "GB"),
        ("_bytes", "B"),
        ("_pct", "%"),
        ("_usd", "USD"),
    ] {
        if let Some(metric) = key.strip_suffix(suffix).filter(|m| !m.is_empty()) {
            return (metric, unit);
        }
    }
    (key, "")
}

/// The direction that a metric's own name says, word by word, else that of its unit: times and sizes are better lower.
pub(super) fn direction(metric: &str, unit: &Unit) -> Better {
    let words = || metric.split(['_', '-', '.', ' ']);
    let of_words = |want| words().any(|word| Better::of_metric(word) == want);
    if of_words(Better::Higher) || unit.is_rate() || words().any(|w| matches!(w, "bandwidth" | "speedup")) {
        Better::Higher
    } else if of_words(Better::Lower) || unit.is_time() || unit.is_bytes() {
        Better::Lower
    } else {
        Better::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Run>> {
        super::super::read(&Input::file("r.json", text.into()), None, &ReadOptions::default()).map(|(_, runs)| runs)
    }

    #[test]
    fn the_short_form_names_unit_and_direction() {
        let runs = read(r#"{"benchmarks":[{"name":"mm","dtype":"fp16","latency_ms":1.5,"throughput":7,"ok":true,"memory_mb":null}]}"#)
            .unwrap();
        let rows: Vec<_> = runs[0]
            .measurements
            .iter()
            .map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.better, m.value, m.n))
            .collect();
        assert_eq!(
            rows,
            [
                ("mm[dtype=fp16]", "latency", "ms", Better::Lower, Some(1.5), Some(1)),
                ("mm[dtype=fp16]", "throughput", "", Better::Higher, Some(7.0), Some(1)),
                ("mm[dtype=fp16]", "memory", "MB", Better::Lower, None, None),
            ]
        );
    }

    #[test]
    fn the_long_form_is_read() {
        let text = r#"{"benchmarks":[{"name":"a","params":{"n":5},"metrics":{"time":{"value":2,"unit":"ms","samples":[1,2,3]}}}]}"#;
        let m = read(text).unwrap()[0].measurements[0].clone();
        assert_eq!((m.name.as_str(), m.n, m.stddev, m.better), ("a[n=5]", Some(3), Some(1.0), Better::Lower));
    }

    #[test]
    fn faults_are_named_by_path() {
        for (text, want) in [
            (r#"{"benchmarks":[{"name":"a","latency_ms":NaN}]}"#, "benchmarks[0].latency_ms: NaN is no number"),
            (r#"{"benchmarks":[{"latency_ms":1}]}"#, "benchmarks[0]: 'name' is missing"),
            (
                r#"[{"benchmarks":[{"name":"a"}]},{"benchmarks":[{"name":3}]}]"#,
                "[1].benchmarks[0].name: expected string",
            ),
            (
                r#"{"benchmarks":[{"name":"a","metrics":{"t":{"value":1,"n":-2}}}]}"#,
                "benchmarks[0].metrics.t.n: -2 is less",
            ),
        ] {
            let message = read(text).unwrap_err().message;
            assert!(message.contains(want), "{message}");
        }
    }

    #[test]
    fn lines_are_runs_with_entries_of_their_own() {
        let runs =
            read("{\"benchmarks\":[{\"name\":\"a\",\"x\":1}]}\n{\"benchmarks\":[{\"name\":\"a\",\"x\":2}]}\n").unwrap();
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0].entry.as_deref(), Some(br#"{"benchmarks":[{"name":"a","x":1}]}"#.as_slice()));
    }
}
