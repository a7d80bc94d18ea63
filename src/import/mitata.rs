//! mitata's JSON output (`format: 'json'`).

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run, Time};

/// Reader of mitata's JSON.
pub struct Mitata;

impl Importer for Mitata {
    fn name(&self) -> &'static str {
        "mitata"
    }

    fn doc(&self) -> &'static str {
        "JSON output of mitata"
    }

    fn example(&self) -> &'static str {
        "node bench.mjs > mitata.json   # await run({ format: 'json' })"
    }

    fn claims(&self, input: &Input) -> bool {
        let keys = ["layout", "benchmarks", "context"];
        input.json().is_some_and(|value| keys.iter().all(|key| value.get(key).is_some()))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let fault = |place: &str, expected: &str| broken(input, "mitata result", place, expected);
        let result = input.json().and_then(Value::as_object).ok_or_else(|| fault("file", "expected an object"))?;
        let benchmarks = result.get("benchmarks").and_then(Value::as_array);
        let benchmarks = benchmarks.ok_or_else(|| fault("benchmarks", "expected an array"))?;
        let layout = json::array_at(result, "layout");
        let mut measurements = Vec::new();
        for (i, value) in benchmarks.iter().enumerate() {
            let place = format!("benchmarks[{i}]");
            let benchmark = value.as_object().ok_or_else(|| fault(&place, "expected an object"))?;
            let runs = benchmark.get("runs").and_then(Value::as_array);
            let runs = runs.ok_or_else(|| fault(&format!("{place}.runs"), "expected an array"))?;
            let group = json::u64_at(benchmark, "group").and_then(|at| layout.get(usize::try_from(at).ok()?));
            let group = group.and_then(|group| group.get("name")?.as_str()).filter(|name| !name.is_empty());
            for run in runs.iter().filter_map(Value::as_object) {
                let own = json::str_at(run, "name").or_else(|| json::str_at(benchmark, "alias"));
                let own = own.ok_or_else(|| fault(&format!("{place}.runs"), "'name' is missing"))?;
                let name = group.map_or_else(|| own.to_owned(), |group| format!("{group}/{own}"));
                read_run(&name, run, &mut measurements);
            }
        }
        let empty = Map::new();
        let context = json::object_at(result, "context").unwrap_or(&empty);
        let (mut platform, mut environment) = (Facts::new(), Facts::new());
        let cpu = json::object_at(context, "cpu").and_then(|cpu| json::str_at(cpu, "name"));
        facts::put(&mut platform, "cpu_model", cpu);
        if let Some((arch, os)) = json::str_at(context, "arch").and_then(|text| text.split_once('-')) {
            facts::put(&mut platform, "arch", Some(&facts::arch(arch)));
            facts::put(&mut platform, "os", Some(&facts::os(os)));
        }
        if let Some(runtime) = json::str_at(context, "runtime") {
            facts::put(&mut environment, &format!("{runtime}_version"), json::str_at(context, "version"));
        }
        let time = context.get("now").and_then(Value::as_i64).map(Time::from_millis);
        Ok(vec![Run { harness: Some("mitata".into()), time, measurements, platform, environment, ..Run::default() }])
    }
}

fn read_run(name: &str, run: &Map<String, Value>, out: &mut Vec<Measurement>) {
    let stats = json::object_at(run, "stats").filter(|_| run.get("error").is_none_or(Value::is_null));
    let Some(stats) = stats else {
        out.push(Measurement::new(name, "time", "ns", Better::Lower, None));
        return;
    };
    let number = |key| json::f64_at(stats, key);
    let mut time = Measurement::new(name, "time", "ns", Better::Lower, number("avg"));
    (time.mean, time.median, time.min, time.max) = (number("avg"), number("p50"), number("min"), number("max"));
    out.push(time.sampled(json::numbers_at(stats, "samples")));
    if let Some(heap) = json::object_at(stats, "heap") {
        let mut memory = Measurement::new(name, "memory", "B", Better::Lower, json::f64_at(heap, "avg"));
        (memory.min, memory.max) = (json::f64_at(heap, "min"), json::f64_at(heap, "max"));
        out.push(memory.count(json::u64_at(heap, "_")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_samples_and_errors() {
        let text = r#"{"layout":[{"name":null},{"name":"g"}],"context":{"arch":"arm64-darwin","runtime":"bun","version":"1.2","noop":{"fn":{"avg":9}}},
            "benchmarks":[{"group":0,"alias":"a","runs":[{"name":"a","stats":{"avg":2.5,"samples":[2,3]}}]},
            {"group":1,"alias":"b","runs":[{"name":"b","error":{"message":"x"}}]}]}"#;
        let input = Input::file("m.json", text.into());
        assert!(Mitata.claims(&input));
        let run = Mitata.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value, m.n)).collect();
        assert_eq!(rows, [("a", Some(2.5), Some(2)), ("g/b", None, None)]);
        assert_eq!(
            (run.platform["os"].as_str(), run.environment["bun_version"].as_str()),
            (Some("macos"), Some("1.2"))
        );
    }

    #[test]
    fn faults_are_named() {
        let input = Input::file("m", br#"{"layout":[],"context":{},"benchmarks":[{"runs":{}}]}"#.to_vec());
        let error = Mitata.read(&input, &ReadOptions::default()).unwrap_err();
        assert!(error.message.contains("benchmarks[0].runs: expected an array"));
    }
}
