//! Bencher Metric Format: `{"name": {"measure": {"value": 1}}}`, and its successor with parameters,
//! `{"name": [{"parameters": {"k": 1}, "measures": {"measure": {"value": 1}}}]}`.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of Bencher Metric Format.
pub struct BencherBmf;

impl Importer for BencherBmf {
    fn name(&self) -> &'static str {
        "bencher-bmf"
    }

    fn doc(&self) -> &'static str {
        "Bencher Metric Format (bencher.dev)"
    }

    fn example(&self) -> &'static str {
        "bencher mock | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(Value::Object(map)) = input.json() else { return false };
        !map.is_empty()
            && map.values().all(is_benchmark)
            && map.values().any(|v| measures(v).any(|(_, m)| !m.is_empty()))
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        let Some(Value::Object(map)) = input.json() else { return Ok(vec![Run::default()]) };
        let mut run = Run::default();
        for (name, benchmark) in map {
            for (params, values) in measures(benchmark) {
                let params: Vec<_> = params.into_iter().flatten().map(|(k, v)| (k, json::plain(v))).collect();
                let full = json::with_params(name, &params);
                for (word, value) in values {
                    let (metric, unit, better) = measure(word);
                    let value = value.get("value").unwrap_or(&Value::Null);
                    if !value.is_null() && json::number(value).is_none() {
                        let place = format!("{name}.{word}.value");
                        return Err(broken(input, "Bencher Metric Format", &place, "expected a number"));
                    }
                    let better = if better == Better::None { options.better.unwrap_or(better) } else { better };
                    run.measurements.push(Measurement::new(&full, metric, unit, better, json::number(value)));
                }
            }
        }
        Ok(vec![run])
    }
}

/// Whether every measure is an object of value and bounds alone.
fn is_benchmark(value: &Value) -> bool {
    let shaped = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => list.iter().all(|one| one.get("measures").is_some_and(Value::is_object)),
        _ => false,
    };
    let metric = |value: &Value| {
        value.as_object().is_some_and(|map| {
            map.contains_key("value") && map.keys().all(|k| matches!(&**k, "value" | "lower_value" | "upper_value"))
        })
    };
    shaped && measures(value).all(|(_, values)| values.values().all(metric))
}

type Object = Map<String, Value>;

/// The measures of a benchmark, for each set of its parameters.
fn measures(benchmark: &Value) -> impl Iterator<Item = (Option<&Object>, &Object)> {
    let one = benchmark.as_object().map(|map| (None, map));
    let list = benchmark.as_array().into_iter().flatten().filter_map(Value::as_object);
    one.into_iter()
        .chain(list.filter_map(|map| Some((json::object_at(map, "parameters"), json::object_at(map, "measures")?))))
}

/// Metric, unit and direction of a measure, by its name or slug: those that Bencher has built in, else its own word.
pub(super) fn measure(word: &str) -> (String, &'static str, Better) {
    let lower = word.to_lowercase();
    match lower.replace([' ', '_'], "-").as_str() {
        "latency" => ("latency".into(), "ns", Better::Lower),
        "throughput" => ("throughput".into(), "ops/s", Better::Higher),
        "build-time" => ("build-time".into(), "s", Better::Lower),
        "file-size" => ("size".into(), "B", Better::Lower),
        "instructions" => ("instructions".into(), "instructions", Better::Lower),
        _ => (lower, "", Better::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let (reader, runs) =
            super::super::read(&Input::file("b.json", text.into()), None, &ReadOptions::default()).unwrap();
        assert_eq!(reader.name(), "bencher-bmf");
        let one = |m: &Measurement| format!("{} {} {:?} {} {}", m.name, m.metric, m.value, m.unit, m.better.as_str());
        runs[0].measurements.iter().map(one).collect()
    }

    #[test]
    fn built_in_measures_have_units() {
        let found = rows(
            r#"{"a::b": {"Latency": {"value": "3.5", "lower_value": 1}, "file-size": {"value": 2}, "Max Blocks": {"value": 1}},
            "c": {"throughput": {"value": null}}}"#,
        );
        assert_eq!(
            found,
            [
                "a::b latency Some(3.5) ns lower",
                "a::b size Some(2.0) B lower",
                "a::b max blocks Some(1.0)  none",
                "c throughput None ops/s higher"
            ]
        );
    }

    #[test]
    fn parameters_follow_the_name() {
        let found = rows(
            r#"{"a": {"latency": {"value": 1}}, "b": [{"parameters": {"n": 16, "k": "x"}, "measures": {"latency": {"value": 2}}}]}"#,
        );
        assert_eq!(found, ["a latency Some(1.0) ns lower", "b[n=16,k=x] latency Some(2.0) ns lower"]);
    }

    #[test]
    fn a_value_that_is_no_number_is_named() {
        let input = Input::file("b.json", br#"{"a": {"latency": {"value": "fast"}}}"#.to_vec());
        let error = super::super::read(&input, None, &ReadOptions::default()).err().unwrap();
        assert!(error.message.contains("a.latency.value: expected a number"), "{}", error.message);
        assert!(!BencherBmf.claims(&Input::file("b.json", br#"{"a": {"b": {"value": 1, "unit": "s"}}}"#.to_vec())));
    }
}
