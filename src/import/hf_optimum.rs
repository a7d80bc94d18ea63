//! optimum-benchmark of Hugging Face: `benchmark.json`, or `benchmark_report.json` alone.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run};

/// Reader of optimum-benchmark's JSON.
pub struct HfOptimum;

/// What a stage of a report has.
const BLOCKS: &[&str] = &["memory", "latency", "throughput", "energy", "efficiency"];

impl Importer for HfOptimum {
    fn name(&self) -> &'static str {
        "hf-optimum"
    }

    fn doc(&self) -> &'static str {
        "benchmark.json or benchmark_report.json of optimum-benchmark"
    }

    fn example(&self) -> &'static str {
        "optimum-benchmark --config-dir examples --config-name pytorch_bert"
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(document) = input.json().and_then(Value::as_object) else { return false };
        match document.get("report") {
            Some(report) => document.contains_key("config") && report.as_object().is_some_and(is_report),
            None => is_report(document),
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let document = input.json().and_then(Value::as_object);
        let document =
            document.ok_or_else(|| broken(input, "optimum-benchmark report", "file", "expected an object"))?;
        let config = json::object_at(document, "config");
        let name = config.and_then(|config| json::str_at(config, "name"));
        let mut measurements = Vec::new();
        for (stage, value) in json::object_at(document, "report").unwrap_or(document) {
            let name = name.map_or_else(|| stage.clone(), |name| format!("{name}/{stage}"));
            if let Some(blocks) = value.as_object() {
                read_stage(&name, blocks, &mut measurements);
            }
        }
        let empty = Map::new();
        let host = config.and_then(|config| json::object_at(config, "environment")).unwrap_or(&empty);
        let harness = match json::str_at(host, "optimum_benchmark_version") {
            Some(version) => format!("optimum-benchmark {version}"),
            None => "optimum-benchmark".into(),
        };
        let (platform, environment) = read_host(host);
        Ok(vec![Run { harness: Some(harness), measurements, platform, environment, ..Run::default() }])
    }
}

fn is_report(report: &Map<String, Value>) -> bool {
    let is_stage = |stage: &Value| {
        let Some(stage) = stage.as_object() else { return false };
        let block = |(key, block): (&String, &Value)| {
            BLOCKS.contains(&key.as_str()) && (block.is_null() || block.get("unit").is_some())
        };
        stage.contains_key("latency") && stage.iter().all(block)
    };
    !report.is_empty() && report.values().all(is_stage)
}

/// Throughput and efficiency are rescalings of latency and energy.
fn read_stage(name: &str, blocks: &Map<String, Value>, out: &mut Vec<Measurement>) {
    if let Some(latency) = json::object_at(blocks, "latency") {
        let number = |key| json::f64_at(latency, key);
        let samples = json::numbers_at(latency, "values");
        let mut read = Measurement::new(name, "latency", unit(latency, "s"), Better::Lower, number("mean"));
        read.n = json::u64_at(latency, "count");
        (read.mean, read.stddev, read.median) = (number("mean"), number("stdev"), number("p50"));
        out.push(read.sampled(samples));
    }
    if let Some(memory) = json::object_at(blocks, "memory") {
        for (key, value) in memory.iter().filter(|(key, value)| key.starts_with("max_") && !value.is_null()) {
            let metric = if key == "max_ram" { "memory" } else { key };
            out.push(Measurement::new(name, metric, unit(memory, "MB"), Better::Lower, json::number(value)));
        }
    }
    if let Some(energy) = json::object_at(blocks, "energy")
        && let Some(total) = json::f64_at(energy, "total")
    {
        out.push(Measurement::new(name, "energy", unit(energy, "kWh"), Better::None, Some(total)));
    }
}

fn unit<'a>(block: &'a Map<String, Value>, default: &'a str) -> &'a str {
    json::str_at(block, "unit").unwrap_or(default)
}

fn read_host(host: &Map<String, Value>) -> (Facts, Facts) {
    let (mut platform, mut environment) = (Facts::new(), Facts::new());
    facts::put(&mut platform, "cpu_model", json::str_at(host, "cpu"));
    facts::put_count(&mut platform, "cpu_count", json::u64_at(host, "cpu_count"));
    facts::put_count(&mut platform, "memory_mb", json::f64_at(host, "cpu_ram_mb").map(|mb| mb as u64));
    facts::put(&mut platform, "os", json::str_at(host, "system").map(facts::os).as_deref());
    facts::put(&mut platform, "arch", json::str_at(host, "machine").map(facts::arch).as_deref());
    let gpu = json::str_at(host, "gpu").or_else(|| json::array_at(host, "gpu").first().and_then(Value::as_str));
    facts::put(&mut platform, "gpu_model", gpu);
    facts::put_count(&mut platform, "gpu_count", json::u64_at(host, "gpu_count"));
    for (key, value) in host.iter().filter(|(key, _)| key.ends_with("_version")) {
        facts::put(&mut environment, key, value.as_str());
    }
    (platform, environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_of_a_report_alone() {
        let text = r#"{"load":{"memory":{"unit":"MB","max_ram":900.5,"max_allocated":null,"max_reserved":7},"latency":null,"energy":null},
            "forward":{"latency":{"unit":"s","count":2,"mean":1.5,"values":[1,2]},"throughput":{"unit":"samples/s","value":3},
            "energy":{"unit":"kWh","cpu":1,"total":2e-7}}}"#;
        let input = Input::file("b.json", text.into());
        assert!(HfOptimum.claims(&input));
        let run = HfOptimum.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run
            .measurements
            .iter()
            .map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.value, m.n))
            .collect();
        assert_eq!(
            rows,
            [
                ("load", "memory", "MB", Some(900.5), None),
                ("load", "max_reserved", "MB", Some(7.0), None),
                ("forward", "latency", "s", Some(1.5), Some(2)),
                ("forward", "energy", "kWh", Some(2e-7), None),
            ]
        );
    }

    #[test]
    fn other_objects_are_left_alone() {
        for text in [r#"{"parse":{"latency":{"value":1.5}}}"#, r#"{"report":{"a":1}}"#, "{}"] {
            assert!(!HfOptimum.claims(&Input::file("b", text.into())), "{text}");
        }
    }
}
