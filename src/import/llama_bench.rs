//! llama-bench of llama.cpp: `-o json` and `-o jsonl`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json, scan};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run, Time};

/// Reader of llama-bench's JSON.
pub struct LlamaBench;

/// What does not tell two tests apart: what was measured, and facts of the build, the machine and the model file.
const NO_SETTING: &[&str] = &[
    "build_commit",
    "build_number",
    "cpu_info",
    "gpu_info",
    "model_type",
    "model_size",
    "model_n_params",
    "n_prompt",
    "n_gen",
    "n_depth",
    "test_time",
    "avg_ns",
    "stddev_ns",
    "avg_ts",
    "stddev_ts",
    "samples_ns",
    "samples_ts",
];

impl Importer for LlamaBench {
    fn name(&self) -> &'static str {
        "llama-bench"
    }

    fn doc(&self) -> &'static str {
        "JSON or JSON lines of llama-bench (llama.cpp)"
    }

    fn example(&self) -> &'static str {
        "llama-bench -m model.gguf -o json > llama-bench.json"
    }

    fn claims(&self, input: &Input) -> bool {
        let test = |value: &Value| value.get("model_type").is_some() && value.get("avg_ts").is_some();
        let entries = entries(input);
        (!entries.is_empty() && entries.iter().all(test))
            || scan::first_of_broken_lines(input).is_some_and(|v| test(&v))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let entries = entries(input);
        if entries.is_empty() {
            return Err(broken(input, "llama-bench result", &scan::broken_line(input), "expected a JSON object"));
        }
        let mut tests: Vec<(String, &Map<String, Value>)> = Vec::new();
        for (i, value) in entries.iter().enumerate() {
            let fault = |expected| broken(input, "llama-bench result", &format!("[{i}]"), expected);
            let test = value.as_object().ok_or_else(|| fault("expected an object"))?;
            let model = json::str_at(test, "model_type").ok_or_else(|| fault("'model_type' is no text"))?;
            tests.push((format!("{model}/{}", work(test)), test));
        }
        let mut equals: BTreeMap<&str, Vec<&Map<String, Value>>> = BTreeMap::new();
        for (name, test) in &tests {
            equals.entry(name).or_default().push(test);
        }
        let differ: BTreeMap<&str, Vec<&str>> =
            equals.into_iter().map(|(name, tests)| (name, differing(&tests))).collect();
        let read = |(name, test): &(String, &Map<String, Value>)| {
            let keys = differ.get(name.as_str()).into_iter().flatten();
            let params: Vec<(&str, String)> = keys.filter_map(|key| Some((*key, setting(test, key)?))).collect();
            let name = json::with_params(name, &params);
            let samples = json::numbers_at(test, "samples_ts");
            let value = json::f64_at(test, "avg_ts");
            let mut read = Measurement::new(name, "throughput", "t/s", Better::Higher, value);
            (read.mean, read.stddev) = (read.value, json::f64_at(test, "stddev_ts"));
            read.sampled(samples)
        };
        let measurements = tests.iter().map(read).collect();
        let first = tests.first().map(|(_, test)| *test);
        let text = |key: &str| first.and_then(|test| json::str_at(test, key));
        let (mut platform, mut environment) = (Facts::new(), Facts::new());
        facts::put(&mut platform, "cpu_model", text("cpu_info"));
        facts::put(&mut platform, "gpu_model", text("gpu_info"));
        facts::put(&mut environment, "llama_cpp_commit", text("build_commit"));
        facts::put(&mut environment, "llama_cpp_backends", text("backends"));
        let build = first.and_then(|test| json::u64_at(test, "build_number"));
        let harness = build.map_or_else(|| "llama-bench".into(), |build| format!("llama-bench b{build}"));
        let time = tests.iter().filter_map(|(_, test)| Time::parse(json::str_at(test, "test_time")?)).max();
        Ok(vec![Run { harness: Some(harness), time, measurements, platform, environment, ..Run::default() }])
    }
}

fn entries(input: &Input) -> &[Value] {
    match input.json() {
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => input.json_lines().unwrap_or_default(),
    }
}

/// `pp512`, `tg128`, `pp512+tg128`, and ` @ d4096` where the context is filled before.
fn work(test: &Map<String, Value>) -> String {
    let count = |key| json::u64_at(test, key).unwrap_or(0);
    let name = match (count("n_prompt"), count("n_gen")) {
        (prompt, 0) => format!("pp{prompt}"),
        (0, generated) => format!("tg{generated}"),
        (prompt, generated) => format!("pp{prompt}+tg{generated}"),
    };
    match count("n_depth") {
        0 => name,
        depth => format!("{name} @ d{depth}"),
    }
}

/// The settings that are not the same in all these tests.
fn differing<'a>(tests: &[&'a Map<String, Value>]) -> Vec<&'a str> {
    let Some((first, rest)) = tests.split_first() else { return Vec::new() };
    let keys = first.keys().map(String::as_str).filter(|key| !NO_SETTING.contains(key));
    keys.filter(|key| rest.iter().any(|test| test.get(*key) != first.get(*key))).collect()
}

/// A setting as it stands in the name; a model's file without its folder.
fn setting(test: &Map<String, Value>, key: &str) -> Option<String> {
    let text = json::plain(test.get(key)?);
    Some(if key == "model_filename" { scan::file_name(&text).to_owned() } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_differ_between_equals_are_named() {
        let text = r#"{"model_type":"m","model_filename":"/x/a.gguf","n_threads":4,"flash_attn":false,"n_prompt":8,"n_gen":0,"avg_ts":2,"samples_ts":[1,3]}
{"model_type":"m","model_filename":"/x/a.gguf","n_threads":8,"flash_attn":false,"n_prompt":8,"n_gen":0,"avg_ts":3,"samples_ts":[3]}
{"model_type":"m","model_filename":"/x/b.gguf","n_threads":8,"n_prompt":8,"n_gen":2,"n_depth":16,"avg_ts":3,"samples_ts":[3]}
"#;
        let input = Input::file("l.jsonl", text.into());
        assert!(LlamaBench.claims(&input));
        let run = LlamaBench.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value, m.n)).collect();
        assert_eq!(
            rows,
            [
                ("m/pp8[n_threads=4]", Some(2.0), Some(2)),
                ("m/pp8[n_threads=8]", Some(3.0), Some(1)),
                ("m/pp8+tg2 @ d16", Some(3.0), Some(1)),
            ]
        );
    }
}
