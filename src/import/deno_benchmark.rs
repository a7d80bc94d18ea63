//! Deno's benchmark data: an array of runs, each a commit, its results grouped by category.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time, canonical};

/// Reader of Deno's benchmark data (denoland/benchmark_data).
pub struct DenoBenchmark;

impl Importer for DenoBenchmark {
    fn name(&self) -> &'static str {
        "deno-benchmark"
    }

    fn doc(&self) -> &'static str {
        "Deno's benchmark_data: an array of runs by category"
    }

    fn example(&self) -> &'static str {
        "git bench import deno-benchmark recent.json"
    }

    fn many(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input) -> bool {
        let runs = entries(input);
        let named = |run: &Value| run.get("sha1").is_some_and(Value::is_string) && run.get("created_at").is_some();
        let measured = |run: &Value| run.get("benchmark").is_some() || run.get("max_memory").is_some();
        runs.first().is_some_and(named) && runs.iter().any(measured)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let one = |(i, value): (usize, &Value)| {
            let Value::Object(map) = value else {
                return Err(broken(input, "Deno benchmark data", &format!("[{i}]"), "expected an object"));
            };
            Ok(read_run(map, value))
        };
        entries(input).iter().enumerate().map(one).collect()
    }
}

fn entries(input: &Input) -> &[Value] {
    match input.json() {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    }
}

fn read_run(map: &Map<String, Value>, value: &Value) -> Run {
    let mut run = Run {
        harness: Some("deno bench".into()),
        commit: json::str_at(map, "sha1").map(str::to_owned),
        time: json::str_at(map, "created_at").and_then(Time::parse),
        entry: Some(canonical(value).into_bytes()),
        ..Run::default()
    };
    for (category, value) in map {
        match value {
            _ if category == "sha1" || category == "created_at" => {}
            Value::Object(leaves) => {
                for (leaf, value) in leaves {
                    push(category, &format!("{category}/{leaf}"), value, &mut run.measurements);
                }
            }
            _ => push(category, category, value, &mut run.measurements),
        }
    }
    run
}

/// A leaf: an object with mean, user and system (seconds), or a number.
fn push(category: &str, name: &str, value: &Value, out: &mut Vec<Measurement>) {
    if let Value::Object(stats) = value {
        let number = |key| json::f64_at(stats, key);
        let mut time = Measurement::new(name, "time", "s", Better::Lower, number("mean"));
        (time.mean, time.stddev) = (number("mean"), number("stddev"));
        (time.min, time.max) = (number("min"), number("max"));
        out.push(time);
        for metric in ["user", "system"] {
            if stats.contains_key(metric) {
                out.push(Measurement::new(name, metric, "s", Better::Lower, number(metric)));
            }
        }
        return;
    }
    let number = json::number(value);
    if number.is_none() && !value.is_null() {
        return;
    }
    let (metric, unit, better) = match category {
        "benchmark" => ("time", "s", Better::Lower),
        c if c.ends_with("_size") => ("size", "B", Better::Lower),
        "max_memory" => ("memory", "B", Better::Lower),
        "lsp_exec_time" => ("time", "ms", Better::Lower),
        c if c.starts_with("max_latency") => ("latency", "ms", Better::Lower),
        c if c.starts_with("req_per_sec") => ("throughput", "req/s", Better::Higher),
        other => (other, "count", Better::None),
    };
    out.push(Measurement::new(name, metric, unit, better, number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_have_metrics_of_their_own() {
        let text = r#"[{"created_at":"2024-10-25T00:05:37Z","sha1":"abc","benchmark":{"hello":{"mean":0.5,"user":0.1,"system":null,"stddev":0.01}},
            "binary_size":{"deno":7},"bundle_size":{},"cargo_deps":770,"max_latency":{"tcp":0.1},"req_per_sec":{"tcp":9},"syscall_count":{"hello":3}}]"#;
        let (_, runs) = super::super::read(&Input::file("d.json", text.into()), None, &ReadOptions::default()).unwrap();
        let one = |m: &Measurement| format!("{} {} {:?} {} {}", m.name, m.metric, m.value, m.unit, m.better.as_str());
        assert_eq!(
            runs[0].measurements.iter().map(one).collect::<Vec<_>>(),
            [
                "benchmark/hello time Some(0.5) s lower",
                "benchmark/hello user Some(0.1) s lower",
                "benchmark/hello system None s lower",
                "binary_size/deno size Some(7.0) B lower",
                "cargo_deps cargo_deps Some(770.0) count none",
                "max_latency/tcp latency Some(0.1) ms lower",
                "req_per_sec/tcp throughput Some(9.0) req/s higher",
                "syscall_count/hello syscall_count Some(3.0) count none",
            ]
        );
        assert_eq!((runs[0].commit.as_deref(), runs[0].time), (Some("abc"), Time::parse("2024-10-25T00:05:37Z")));
    }
}
