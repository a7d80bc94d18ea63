//! benchmark.js: the benchmarks of a suite as JSON, `JSON.stringify(suite.map(b => b))`.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time};

/// Reader of benchmark.js benchmarks dumped as JSON.
pub struct BenchmarkJsJson;

impl Importer for BenchmarkJsJson {
    fn name(&self) -> &'static str {
        "benchmarkjs-json"
    }

    fn doc(&self) -> &'static str {
        "benchmark.js: the benchmarks of a suite as JSON"
    }

    fn example(&self) -> &'static str {
        "suite.on('complete', () => console.log(JSON.stringify(suite.slice())))"
    }

    fn claims(&self, input: &Input) -> bool {
        let items = benchmarks(input);
        let one = |item: &&Map<String, Value>| {
            item.get("name").is_some_and(Value::is_string) && (item.contains_key("hz") || item.contains_key("error"))
        };
        let samples = |item: &&Map<String, Value>| {
            item.contains_key("hz")
                && json::object_at(item, "stats").is_some_and(|stats| stats.get("sample").is_some_and(Value::is_array))
        };
        items.iter().any(samples) && items.iter().all(one)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("benchmark.js".into()), ..Run::default() };
        for (i, item) in benchmarks(input).into_iter().enumerate() {
            let name = json::str_at(item, "name")
                .ok_or_else(|| broken(input, "benchmark.js dump", &format!("[{i}].name"), "expected a name"))?;
            let stats = json::object_at(item, "stats");
            let samples = stats.map(|s| json::numbers_at(s, "sample")).unwrap_or_default();
            let failed =
                item.get("error").is_some_and(|e| !matches!(e, Value::Null | Value::Bool(false))) || samples.is_empty();
            let mut measured = Measurement::new(name, "time", "s", Better::Lower, None);
            if let Some(stats) = stats.filter(|_| !failed) {
                let mean = json::f64_at(stats, "mean");
                (measured.value, measured.mean) = (mean, mean);
                measured.stddev = json::f64_at(stats, "deviation").filter(|_| samples.len() > 1);
                measured = measured.sampled(samples);
                measured.value = measured.value.or(measured.mean);
            }
            run.measurements.push(measured);
            let began = json::object_at(item, "times").and_then(|times| json::f64_at(times, "timeStamp"));
            run.time = run.time.max(began.filter(|t| *t > 0.0).map(|t| Time::from_millis(t as i64)));
        }
        Ok(vec![run])
    }
}

/// The objects of the array; of a suite that was written whole, those at `"0"`, `"1"`, ...
fn benchmarks(input: &Input) -> Vec<&Map<String, Value>> {
    match input.json() {
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => {
            items.iter().filter_map(Value::as_object).collect()
        }
        Some(Value::Object(suite)) if suite.contains_key("length") => {
            (0..).map_while(|i: usize| suite.get(&i.to_string())?.as_object()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_or_no_sample_is_a_failure() {
        let text = r#"[{"name":"a","hz":2,"stats":{"sample":[0.4,0.6],"mean":0.5,"deviation":0.1},"times":{"timeStamp":1700000000123}},
            {"name":"b","hz":0,"error":{},"stats":{"sample":[],"mean":0}},
            {"name":"c","hz":null,"stats":{"sample":[]}}]"#;
        let (_, runs) = super::super::read(&Input::file("b.json", text.into()), None, &ReadOptions::default()).unwrap();
        let rows: Vec<_> = runs[0].measurements.iter().map(|m| (&*m.name, m.value, m.n, m.stddev)).collect();
        assert_eq!(rows, [("a", Some(0.5), Some(2), Some(0.1)), ("b", None, None, None), ("c", None, None, None)]);
        assert_eq!(runs[0].time, Some(Time(1700000000)));
    }

    #[test]
    fn a_whole_suite_is_read() {
        let text = r#"{"0":{"name":"a","hz":2,"stats":{"sample":[0.5],"mean":0.5}},"length":1,"name":"suite"}"#;
        let (reader, runs) =
            super::super::read(&Input::file("b.json", text.into()), None, &ReadOptions::default()).unwrap();
        assert_eq!((reader.name(), runs[0].measurements.len()), ("benchmarkjs-json", 1));
    }
}
