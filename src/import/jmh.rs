//! JMH's JSON results (`-rf json`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run, Unit};

/// Reader of JMH's JSON results.
pub struct Jmh;

impl Importer for Jmh {
    fn name(&self) -> &'static str {
        "jmh"
    }

    fn doc(&self) -> &'static str {
        "JSON results of JMH"
    }

    fn example(&self) -> &'static str {
        "java -jar benchmarks.jar -rf json -rff jmh-result.json"
    }

    fn claims(&self, input: &Input) -> bool {
        input.json().and_then(Value::as_array).is_some_and(|items| {
            !items.is_empty() && items.iter().all(|i| i.get("benchmark").is_some() && i.get("primaryMetric").is_some())
        })
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let items = input.json().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut entries: Vec<Entry> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let fault = |expected| broken(input, "JMH result", &format!("[{i}]"), expected);
            let entry = item.as_object().ok_or_else(|| fault("expected an object"))?;
            let name = json::str_at(entry, "benchmark").ok_or_else(|| fault("'benchmark' is no name"))?;
            let primary =
                json::object_at(entry, "primaryMetric").ok_or_else(|| fault("'primaryMetric' is no object"))?;
            let params: Vec<(&str, String)> = json::object_at(entry, "params")
                .into_iter()
                .flatten()
                .map(|(key, value)| (key.as_str(), json::plain(value)))
                .collect();
            entries.push(Entry { plain: json::with_params(name, &params), name, params, entry, primary });
        }
        // Mode and threads are part of a name only where nothing else tells two entries apart.
        let mut differ: BTreeMap<String, (&Map<String, Value>, [bool; 2])> = BTreeMap::new();
        for Entry { plain, entry, .. } in &entries {
            let (first, differs) = differ.entry(plain.clone()).or_insert((*entry, [false; 2]));
            for (differs, key) in differs.iter_mut().zip(APART) {
                *differs |= first.get(key) != entry.get(key);
            }
        }
        let mut measurements = Vec::new();
        for Entry { plain, name, params, entry, primary } in &mut entries {
            let differs = differ.get(plain).map(|(_, differs)| *differs).unwrap_or_default();
            for (key, _) in APART.into_iter().zip(differs).filter(|(_, differs)| *differs) {
                params.push((key, entry.get(key).map(json::plain).unwrap_or_default()));
            }
            let name = json::with_params(name, params);
            measurements.push(read_primary(&name, primary));
            for (key, value) in json::object_at(entry, "secondaryMetrics").into_iter().flatten() {
                measurements.extend(value.as_object().and_then(|metric| read_secondary(&name, key, metric)));
            }
        }
        let same = |key| {
            let mut texts = entries.iter().map(|e| json::str_at(e.entry, key));
            let first = texts.next().flatten();
            first.filter(|_| texts.all(|text| text == first))
        };
        let mut environment = Facts::new();
        for (key, field) in [("java_version", "jdkVersion"), ("vm_name", "vmName"), ("vm_version", "vmVersion")] {
            facts::put(&mut environment, key, same(field));
        }
        let harness = same("jmhVersion").map_or_else(|| "jmh".into(), |version| format!("jmh {version}"));
        Ok(vec![Run { harness: Some(harness), measurements, environment, ..Run::default() }])
    }
}

const APART: [&str; 2] = ["mode", "threads"];

struct Entry<'a> {
    /// Name with its own parameters only.
    plain: String,
    name: &'a str,
    params: Vec<(&'a str, String)>,
    entry: &'a Map<String, Value>,
    primary: &'a Map<String, Value>,
}

fn read_primary(name: &str, metric: &Map<String, Value>) -> Measurement {
    let raw = json::str_at(metric, "scoreUnit").unwrap_or_default();
    let (word, better) = match raw.split_once('/') {
        Some((_, "op")) => ("time", Better::Lower),
        Some(("ops", _)) => ("throughput", Better::Higher),
        _ => ("score", Better::None),
    };
    read_metric(name, word, raw, better, metric)
}

/// A figure of a profiler, or of one method of a group. Reports of profilers that are no number are left out.
fn read_secondary(name: &str, key: &str, metric: &Map<String, Value>) -> Option<Measurement> {
    let raw = json::str_at(metric, "scoreUnit").unwrap_or_default();
    // JMH before 1.36 puts a middle dot before the names of profilers.
    let (word, better) = match key.trim_start_matches('·') {
        "gc.alloc.rate.norm" => ("memory", Better::Lower),
        other => (other, Better::None),
    };
    (raw != "---").then(|| read_metric(name, word, raw, better, metric))
}

fn read_metric(name: &str, word: &str, raw: &str, better: Better, metric: &Map<String, Value>) -> Measurement {
    let mut read = Measurement::new(name, word, Unit::new(raw).as_str(), better, json::f64_at(metric, "score"));
    if read.failed() {
        return read;
    }
    let forks = |key| json::array_at(metric, key).iter().filter_map(Value::as_array).flatten();
    let samples: Vec<f64> = forks("rawData").filter_map(json::number).collect();
    if samples.is_empty() {
        // Sampling mode: of each iteration pairs of a value and how often it was met.
        let pairs = forks("rawDataHistogram").filter_map(Value::as_array).flatten();
        let counts = pairs.filter_map(|pair| pair.get(1)?.as_u64());
        let total = counts.fold(0u64, u64::saturating_add);
        read.n = (total > 0).then_some(total);
        let percentiles = json::object_at(metric, "scorePercentiles");
        let at = |key| percentiles.and_then(|p| json::f64_at(p, key));
        (read.min, read.median, read.max) = (at("0.0"), at("50.0"), at("100.0"));
    }
    read.n = read.n.or((!samples.is_empty()).then_some(samples.len() as u64));
    read.sampled(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Run>> {
        let input = Input::file("j.json", text.into());
        assert!(Jmh.claims(&input));
        Jmh.read(&input, &ReadOptions::default())
    }

    #[test]
    fn modes_threads_and_profilers() {
        let run = read(
            r#"[{"jmhVersion":"1.37","benchmark":"a.B.m","mode":"thrpt","threads":1,"params":{"n":"5"},
                "primaryMetric":{"score":2.0,"scoreError":"NaN","scoreUnit":"ops/ms","rawData":[[1.0,2.0],[3.0]]},
                "secondaryMetrics":{"·gc.alloc.rate.norm":{"score":16.0,"scoreUnit":"B/op","rawData":[[16.0]]},
                    "·stack":{"score":"NaN","scoreUnit":"---","rawData":[["NaN"]]},
                    "gc.alloc.rate":{"score":1.5,"scoreUnit":"MB/sec","rawData":[[1.5]]}}},
              {"benchmark":"a.B.m","mode":"sample","threads":1,"params":{"n":"5"},
                "primaryMetric":{"score":0.5,"scoreUnit":"us/op","rawDataHistogram":[[[[0.4,3],[0.6,4]]]]}},
              {"benchmark":"a.B.x","mode":"avgt","threads":4,"primaryMetric":{"score":"NaN","scoreUnit":"ns/op","rawData":[["NaN"]]}}]"#,
        )
        .unwrap()
        .remove(0);
        let rows: Vec<_> = run
            .measurements
            .iter()
            .map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.value, m.n))
            .collect();
        assert_eq!(
            rows,
            [
                ("a.B.m[n=5,mode=thrpt]", "throughput", "ops/ms", Some(2.0), Some(3)),
                ("a.B.m[n=5,mode=thrpt]", "memory", "B", Some(16.0), Some(1)),
                ("a.B.m[n=5,mode=thrpt]", "gc.alloc.rate", "MB/s", Some(1.5), Some(1)),
                ("a.B.m[n=5,mode=sample]", "time", "us", Some(0.5), Some(7)),
                ("a.B.x", "time", "ns", None, None),
            ]
        );
    }

    #[test]
    fn faults_are_named() {
        let error = read(r#"[{"benchmark":"a","primaryMetric":3}]"#).unwrap_err();
        assert!(error.message.contains("[0]: 'primaryMetric' is no object"));
    }
}
