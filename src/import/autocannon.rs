//! autocannon's JSON result (`-j`).

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time};

/// Reader of autocannon's JSON.
pub struct Autocannon;

impl Importer for Autocannon {
    fn name(&self) -> &'static str {
        "autocannon"
    }

    fn doc(&self) -> &'static str {
        "JSON result of autocannon"
    }

    fn example(&self) -> &'static str {
        "autocannon -j -d 10 http://localhost:3000/ > autocannon.json"
    }

    fn claims(&self, input: &Input) -> bool {
        let keys = ["latency", "requests", "throughput", "2xx"];
        input.json().is_some_and(|value| keys.iter().all(|key| value.get(key).is_some()))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let fault = |place: &str| broken(input, "autocannon result", place, "expected an object");
        let result = input.json().and_then(Value::as_object).ok_or_else(|| fault("file"))?;
        let name = name(result);
        let block = |key: &str| json::object_at(result, key).ok_or_else(|| fault(key));
        let (latency, requests, throughput) = (block("latency")?, block("requests")?, block("throughput")?);
        let seconds = json::u64_at(result, "samples");
        let all = json::u64_at(latency, "totalCount");
        let mut measurements = vec![
            read_block(&name, "throughput", "req/s", Better::Higher, requests, seconds),
            read_block(&name, "bytes", "B/s", Better::Higher, throughput, seconds),
            read_block(&name, "latency", "ms", Better::Lower, latency, all),
        ];
        // Before version 3 the keys were p975 and p99.
        for (metric, keys) in [("p97_5", ["p97_5", "p975"]), ("p99", ["p99", "p99"])] {
            if let Some(value) = keys.iter().find_map(|key| latency.get(*key)) {
                measurements.push(Measurement::new(&name, metric, "ms", Better::Lower, json::number(value)).count(all));
            }
        }
        for key in ["errors", "timeouts", "mismatches", "non2xx", "resets"] {
            if let Some(count) = json::f64_at(result, key) {
                measurements.push(Measurement::new(&name, key, "count", Better::None, Some(count)));
            }
        }
        let time = ["finish", "start"].iter().find_map(|key| Time::parse(json::str_at(result, key)?));
        let duration = json::f64_at(result, "duration");
        Ok(vec![Run { harness: Some("autocannon".into()), time, duration, measurements, ..Run::default() }])
    }
}

/// The title, else path and query of the (first) URL: neither host nor port.
fn name(result: &Map<String, Value>) -> String {
    if let Some(title) = json::str_at(result, "title") {
        return title.to_owned();
    }
    let url = match result.get("url") {
        Some(Value::Array(urls)) => urls.first().and_then(Value::as_str),
        other => other.and_then(Value::as_str),
    };
    let url = url.unwrap_or_default().split('#').next().unwrap_or_default();
    let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
    match behind.find(['/', '?']).and_then(|at| behind.get(at..)) {
        Some(path) if path.starts_with('?') => format!("/{path}"),
        Some(path) => path.to_owned(),
        None => "/".into(),
    }
}

fn read_block(
    name: &str,
    metric: &str,
    unit: &str,
    better: Better,
    block: &Map<String, Value>,
    n: Option<u64>,
) -> Measurement {
    let number = |key| json::f64_at(block, key);
    let value = number("average").or_else(|| number("mean"));
    let mut read = Measurement::new(name, metric, unit, better, value).count(n);
    (read.mean, read.stddev, read.median) = (number("mean"), number("stddev"), number("p50"));
    (read.min, read.max) = (number("min"), number("max"));
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_host() {
        for (json, want) in [
            (r#"{"title":"home","url":"http://x/"}"#, "home"),
            (r#"{"title":null,"url":"http://127.0.0.1:3000/a?b=1#c"}"#, "/a?b=1"),
            (r#"{"url":"https://user@host:1"}"#, "/"),
            (r#"{"url":["http://h?x=1","http://h/2"]}"#, "/?x=1"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(name(value.as_object().unwrap()), want);
        }
    }

    #[test]
    fn faults_are_named() {
        let input = Input::file("a", br#"{"latency":{},"requests":[],"throughput":{},"2xx":1}"#.to_vec());
        let error = Autocannon.read(&input, &ReadOptions::default()).unwrap_err();
        assert!(Autocannon.claims(&input) && error.message.contains("requests: expected an object"));
    }
}
