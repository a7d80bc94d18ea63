//! The end-of-test summary of k6, by `handleSummary` or by `--summary-export`.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of k6's summaries.
pub struct K6;

impl Importer for K6 {
    fn name(&self) -> &'static str {
        "k6"
    }

    fn doc(&self) -> &'static str {
        "summary of k6 (--summary-export, or the data of handleSummary)"
    }

    fn example(&self) -> &'static str {
        "k6 run --summary-export=summary.json script.js"
    }

    fn claims(&self, input: &Input) -> bool {
        input.json().is_some_and(|v| v.get("metrics").is_some() && v.get("root_group").is_some())
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let fault = |place: &str| broken(input, "k6 summary", place, "expected an object");
        let summary = input.json().and_then(Value::as_object).ok_or_else(|| fault("file"))?;
        let metrics = json::object_at(summary, "metrics").ok_or_else(|| fault("metrics"))?;
        let mut run = Run { harness: Some("k6".into()), ..Run::default() };
        for (name, value) in metrics {
            let metric = value.as_object().ok_or_else(|| fault(&format!("metrics.{name}")))?;
            let (better, crossed) = thresholds(metric);
            let crossed = crossed.into_iter().map(|expression| format!("k6 threshold crossed: {name} {expression}"));
            run.warnings.extend(crossed);
            let base = name.split('{').next().unwrap_or(name);
            if !matches!(base, "vus" | "vus_max") {
                read_metric(name, base, metric, better, &mut run.measurements);
            }
        }
        let state = json::object_at(summary, "state");
        run.duration = state.and_then(|s| json::f64_at(s, "testRunDurationMs")).map(|ms| ms / 1000.0);
        Ok(vec![run])
    }
}

/// What the thresholds say about the better direction, and those that were crossed. `--summary-export` writes whether
/// it was crossed, `handleSummary` whether it is ok.
fn thresholds(metric: &Map<String, Value>) -> (Better, Vec<&String>) {
    let mut directions = Vec::new();
    let mut crossed = Vec::new();
    for (expression, state) in json::object_at(metric, "thresholds").into_iter().flatten() {
        match expression.find(['<', '>']).and_then(|at| expression.as_bytes().get(at)) {
            Some(b'<') => directions.push(Better::Lower),
            Some(_) => directions.push(Better::Higher),
            None => {}
        }
        if state.as_bool().unwrap_or_else(|| state.get("ok").and_then(Value::as_bool) == Some(false)) {
            crossed.push(expression);
        }
    }
    let first = directions.first().copied().unwrap_or_default();
    (if directions.iter().all(|d| *d == first) { first } else { Better::None }, crossed)
}

/// The metrics that are times: `--summary-export` does not say it.
fn is_time(base: &str) -> bool {
    matches!(base, "iteration_duration" | "group_duration")
        || ["http_req_", "ws_", "grpc_", "browser_"].iter().any(|prefix| base.starts_with(prefix))
}

fn read_metric(name: &str, base: &str, metric: &Map<String, Value>, better: Better, out: &mut Vec<Measurement>) {
    let values = json::object_at(metric, "values").unwrap_or(metric);
    let has = |key: &str| values.contains_key(key);
    let contains = json::str_at(metric, "contains");
    let kind = json::str_at(metric, "type").unwrap_or(match () {
        () if has("passes") || has("fails") => "rate",
        () if has("avg") || has("med") || values.keys().any(|key| percentile(key).is_some()) => "trend",
        () if has("count") || has("rate") => "counter",
        () => "gauge",
    });
    let number = |key: &str| json::f64_at(values, key);
    // What the harness's own metrics mean is known; thresholds say it of all others.
    let known = |own: Better| if own == Better::None { better } else { own };
    match kind {
        "trend" => {
            let time = contains.map_or_else(|| is_time(base), |what| what == "time");
            let (word, unit, own) = if time {
                ("latency", "ms", Better::Lower)
            } else {
                ("avg", if contains == Some("data") { "B" } else { "" }, Better::None)
            };
            let n = json::u64_at(values, "count");
            if has("avg") {
                let mut read = Measurement::new(name, word, unit, known(own), number("avg")).count(n);
                if !read.failed() {
                    (read.mean, read.median) = (read.value, number("med"));
                    (read.min, read.max) = (number("min"), number("max"));
                }
                out.push(read);
            }
            for key in values.keys() {
                if let Some(percent) = percentile(key) {
                    out.push(Measurement::new(name, format!("p{percent}"), unit, known(own), number(key)).count(n));
                }
            }
        }
        "counter" => {
            let (word, unit, own) = match base {
                "data_sent" | "data_received" => ("throughput", "B/s", Better::Higher),
                "http_reqs" | "iterations" => ("throughput", "/s", Better::Higher),
                _ => ("rate", if contains == Some("data") { "B/s" } else { "/s" }, Better::None),
            };
            out.push(Measurement::new(name, word, unit, known(own), number("rate")));
        }
        "rate" => {
            let n = json::u64_at(values, "passes").zip(json::u64_at(values, "fails")).map(|(a, b)| a.saturating_add(b));
            let value = number("rate").or_else(|| number("value"));
            out.push(Measurement::new(name, "rate", "", better, value).count(n));
        }
        "gauge" => {
            let unit = match contains {
                Some("time") => "ms",
                Some("data") => "B",
                _ => "",
            };
            out.push(Measurement::new(name, "value", unit, better, number("value")));
        }
        _ => {}
    }
}

/// `95` of `p(95)`.
fn percentile(key: &str) -> Option<&str> {
    key.strip_prefix("p(")?.strip_suffix(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Run>> {
        let input = Input::file("k.json", text.into());
        assert!(K6.claims(&input));
        K6.read(&input, &ReadOptions::default())
    }

    #[test]
    fn flat_and_typed_metrics() {
        let run = read(
            r#"{"root_group":{},"state":{"testRunDurationMs":1500},"metrics":{
                "http_req_duration{a:b}":{"p(99.9)":3,"avg":1,"med":1,"min":0,"max":4},
                "mine":{"avg":2,"thresholds":{"avg<1":true}},
                "http_reqs":{"count":5,"rate":2.5},"errs":{"count":5,"rate":0.5},
                "checks":{"passes":3,"fails":1,"value":0.75,"thresholds":{"rate>0.5":false}},
                "vus":{"value":1,"min":1,"max":1},
                "q":{"type":"gauge","contains":"default","values":{"value":7,"min":1,"max":9}},
                "t":{"type":"trend","contains":"time","values":{"avg":9,"count":4},"thresholds":{"avg<5":{"ok":false}}},
                "r":{"type":"rate","contains":"default","values":{"rate":0.5,"passes":1,"fails":1}}}}"#,
        )
        .unwrap()
        .remove(0);
        let rows: Vec<_> = run
            .measurements
            .iter()
            .map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.better, m.value, m.n))
            .collect();
        let (low, high, none) = (Better::Lower, Better::Higher, Better::None);
        assert_eq!(
            rows,
            [
                ("http_req_duration{a:b}", "latency", "ms", low, Some(1.0), None),
                ("http_req_duration{a:b}", "p99.9", "ms", low, Some(3.0), None),
                ("mine", "avg", "", low, Some(2.0), None),
                ("http_reqs", "throughput", "/s", high, Some(2.5), None),
                ("errs", "rate", "/s", none, Some(0.5), None),
                ("checks", "rate", "", high, Some(0.75), Some(4)),
                ("q", "value", "", none, Some(7.0), None),
                ("t", "latency", "ms", low, Some(9.0), Some(4)),
                ("r", "rate", "", none, Some(0.5), Some(2)),
            ]
        );
        assert_eq!(run.warnings, ["k6 threshold crossed: mine avg<1", "k6 threshold crossed: t avg<5"]);
        assert_eq!(run.duration, Some(1.5));
    }

    #[test]
    fn faults_are_named() {
        let error = read(r#"{"root_group":{},"metrics":{"a":1}}"#).unwrap_err();
        assert!(error.message.contains("metrics.a: expected an object"));
    }
}
