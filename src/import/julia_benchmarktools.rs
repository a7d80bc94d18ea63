//! What `BenchmarkTools.save` of Julia writes.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json, scan};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run};

/// Reader of BenchmarkTools.jl's JSON: groups of trials or of their estimates.
pub struct JuliaBenchmarkTools;

impl Importer for JuliaBenchmarkTools {
    fn name(&self) -> &'static str {
        "julia-benchmarktools"
    }

    fn doc(&self) -> &'static str {
        "JSON saved by BenchmarkTools.jl"
    }

    fn example(&self) -> &'static str {
        "julia -e 'using BenchmarkTools; BenchmarkTools.save(\"output.json\", median(run(suite)))'"
    }

    fn claims(&self, input: &Input) -> bool {
        let versions = input.json().and_then(Value::as_array).and_then(|items| items.first());
        versions.is_some_and(|first| first.get("Julia").is_some() && first.get("BenchmarkTools").is_some())
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let items = input.json().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let values = items.get(1).and_then(Value::as_array);
        let values = values.ok_or_else(|| broken(input, "BenchmarkTools file", "[1]", "expected an array"))?;
        let mut measurements = Vec::new();
        for value in values {
            walk(value, &mut Vec::new(), &mut measurements);
        }
        let text = |key: &str| items.first().and_then(|versions| versions.get(key)).and_then(Value::as_str);
        let mut environment = Facts::new();
        facts::put(&mut environment, "julia_version", text("Julia"));
        let harness = Some(format!("BenchmarkTools {}", text("BenchmarkTools").unwrap_or_default()).trim().to_owned());
        Ok(vec![Run { harness, measurements, environment, ..Run::default() }])
    }
}

/// A value is a pair of its type's name and its fields. The depth is bounded by that of the JSON.
fn walk<'a>(value: &'a Value, path: &mut Vec<&'a str>, out: &mut Vec<Measurement>) {
    let Some((kind, fields)) = value.get(0).and_then(Value::as_str).zip(value.get(1).and_then(Value::as_object)) else {
        return;
    };
    match kind {
        "BenchmarkGroup" => {
            for (key, child) in json::object_at(fields, "data").into_iter().flatten() {
                path.push(key);
                walk(child, path, out);
                path.pop();
            }
        }
        "Trial" | "TrialEstimate" => {
            let name = if path.is_empty() { "benchmark".to_owned() } else { path.join("/") };
            read_trial(&name, kind == "Trial", fields, out);
        }
        _ => {}
    }
}

fn read_trial(name: &str, whole: bool, fields: &Map<String, Value>, out: &mut Vec<Measurement>) {
    let times = json::array_at(fields, "times");
    let n = whole.then_some(times.len() as u64);
    for (metric, one, many) in [("time", "time", "times"), ("gctime", "gctime", "gctimes")] {
        let samples: Vec<f64> = json::numbers_at(fields, many);
        let value = if whole { Some(scan::mean(&samples)) } else { json::f64_at(fields, one) };
        out.push(Measurement::new(name, metric, "ns", Better::Lower, value).count(n).sampled(samples));
    }
    for (metric, unit, key) in [("memory", "B", "memory"), ("allocations", "count", "allocs")] {
        out.push(Measurement::new(name, metric, unit, Better::Lower, json::f64_at(fields, key)).count(n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_are_the_mean_of_their_times() {
        let text = r#"[{"Julia":"1.10.4","BenchmarkTools":{"major":1}},[["BenchmarkGroup",{"tags":[],"data":{"a":["BenchmarkGroup",{"data":{
            "(\"b\", 1)":["Trial",{"allocs":2,"memory":64,"times":[10.0,20.0,60.0],"gctimes":[0.0,0.0,3.0],"params":["Parameters",{"samples":10000}]}]}}]}}]]]"#;
        let input = Input::file("j.json", text.into());
        assert!(JuliaBenchmarkTools.claims(&input));
        let run = JuliaBenchmarkTools.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> =
            run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.value, m.n)).collect();
        assert_eq!(
            rows,
            [
                ("a/(\"b\", 1)", "time", Some(30.0), Some(3)),
                ("a/(\"b\", 1)", "gctime", Some(1.0), Some(3)),
                ("a/(\"b\", 1)", "memory", Some(64.0), Some(3)),
                ("a/(\"b\", 1)", "allocations", Some(2.0), Some(3)),
            ]
        );
    }

    #[test]
    fn faults_are_named() {
        let input = Input::file("j", br#"[{"Julia":"1","BenchmarkTools":"1"},3]"#.to_vec());
        let error = JuliaBenchmarkTools.read(&input, &ReadOptions::default()).unwrap_err();
        assert!(error.message.contains("[1]: expected an array"));
    }
}
