//! gobenchdata's history: an array of runs, one a commit, in any order.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Found, Importer, Input, ReadOptions, broken, facts, go_bench, json, scan};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run, Time, canonical};

/// Reader of `benchmarks.json` of gobenchdata.
pub struct Gobenchdata;

impl Importer for Gobenchdata {
    fn name(&self) -> &'static str {
        "gobenchdata"
    }

    fn doc(&self) -> &'static str {
        "history file of gobenchdata (benchmarks.json), one run a commit"
    }

    fn example(&self) -> &'static str {
        "go test -bench . -benchmem ./... | gobenchdata --json benchmarks.json"
    }

    fn many(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input) -> bool {
        let run = |value: &Value| {
            value.get("Suites").is_some_and(Value::is_array)
                && ["Date", "Version"].iter().any(|k| value.get(k).is_some())
        };
        match input.json() {
            Some(Value::Array(items)) => !items.is_empty() && items.iter().all(run),
            Some(one) => run(one),
            None => false,
        }
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        Found::all(self.read_each(input, options)?)
    }

    fn read_each(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Found>> {
        let items: &[Value] = match input.json() {
            Some(Value::Array(items)) => items,
            Some(one) => std::slice::from_ref(one),
            None => return Err(broken(input, "gobenchdata file", "file", "expected JSON")),
        };
        let names = items.iter().flat_map(suites).flat_map(|suite| json::array_at(suite, "Benchmarks"));
        let suffix = go_bench::common_suffix(names.filter_map(|b| b.get("Name")?.as_str()));
        let read = |(i, item): (usize, &Value)| {
            let run = read_run(item, suffix);
            let run = run.map_err(|(place, want)| broken(input, "gobenchdata file", &format!("[{i}]{place}"), want));
            Found::new(format!("[{i}]"), run)
        };
        Ok(items.iter().enumerate().map(read).collect())
    }
}

fn suites(run: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    run.get("Suites").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn read_run(item: &Value, suffix: Option<&str>) -> Result<Run, (String, &'static str)> {
    let mut order: Vec<(String, Vec<&Map<String, Value>>)> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let mut platform = Facts::new();
    for (s, suite) in suites(item).enumerate() {
        facts::put(&mut platform, "os", json::str_at(suite, "Goos").map(facts::os).as_deref());
        facts::put(&mut platform, "arch", json::str_at(suite, "Goarch").map(facts::arch).as_deref());
        for (b, value) in json::array_at(suite, "Benchmarks").iter().enumerate() {
            let place = || format!(".Suites[{s}].Benchmarks[{b}]");
            let benchmark = value.as_object().ok_or_else(|| (place(), "expected an object"))?;
            let name = json::str_at(benchmark, "Name").ok_or_else(|| (place(), "'Name' is missing"))?;
            let name = suffix.and_then(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
            let name = json::str_at(suite, "Pkg").map_or_else(|| name.to_owned(), |pkg| format!("{pkg}.{name}"));
            let at = *index.entry(name.clone()).or_insert(order.len());
            if at == order.len() {
                order.push((name, Vec::new()));
            }
            if let Some((_, lines)) = order.get_mut(at) {
                lines.push(benchmark);
            }
        }
    }
    let branch = item.get("Tags").and_then(Value::as_array).into_iter().flatten().find_map(|tag| {
        let reference = tag.as_str()?.strip_prefix("ref=")?;
        Some(reference.strip_prefix("refs/heads/").or(Some(reference).filter(|r| !r.contains('/')))?.to_owned())
    });
    Ok(Run {
        harness: Some("gobenchdata".into()),
        commit: item.get("Version").and_then(Value::as_str).filter(|v| !v.is_empty()).map(str::to_owned),
        branch,
        time: item.get("Date").and_then(Value::as_i64).map(Time),
        measurements: order.iter().flat_map(|(name, lines)| read_lines(name, lines)).collect(),
        platform,
        entry: Some(canonical(item).into_bytes()),
        ..Run::default()
    })
}

/// Lines of one name are samples of one benchmark; `Runs` is the number of iterations inside one.
fn read_lines(name: &str, lines: &[&Map<String, Value>]) -> Vec<Measurement> {
    let mut found = Vec::new();
    let mut add = |metric: &str, unit: &str, better: Better, values: Vec<f64>| {
        if !values.is_empty() {
            let read = Measurement::new(name, metric, unit, better, Some(scan::mean(&values)));
            found.push(read.count(Some(values.len() as u64)).sampled(values));
        }
    };
    let number = |value: Option<&Value>| value.and_then(json::number);
    let memory = |key: &str| lines.iter().filter_map(|line| number(line.get("Mem")?.get(key))).collect::<Vec<f64>>();
    add("time", "ns", Better::Lower, lines.iter().filter_map(|line| number(line.get("NsPerOp"))).collect());
    add("memory", "B", Better::Lower, memory("BytesPerOp"));
    add("allocations", "count", Better::Lower, memory("AllocsPerOp"));
    let rates = memory("MBPerSec");
    if rates.iter().any(|rate| *rate != 0.0) {
        add("throughput", "MB/s", Better::Higher, rates);
    }
    let mut custom: Vec<(&str, Vec<f64>)> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, value) in lines.iter().filter_map(|line| json::object_at(line, "Custom")).flatten() {
        let at = *index.entry(key).or_insert(custom.len());
        if at == custom.len() {
            custom.push((key, Vec::new()));
        }
        if let Some((_, values)) = custom.get_mut(at) {
            values.extend(json::number(value));
        }
    }
    for (key, values) in custom {
        add(key, key, Better::None, values);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_a_run() {
        let text = r#"[{"Version":"abc","Date":1700000000,"Tags":["ref=refs/heads/main"],"Suites":[{"Goos":"linux","Goarch":"amd64","Pkg":"p",
            "Benchmarks":[{"Name":"BenchmarkX-4","Runs":9,"NsPerOp":2,"Mem":{"BytesPerOp":0,"AllocsPerOp":1,"MBPerSec":0},"Custom":{"Pz":3}},
            {"Name":"BenchmarkX-4","Runs":9,"NsPerOp":4,"Mem":{"BytesPerOp":0,"AllocsPerOp":1,"MBPerSec":0}}]}]},
            {"Version":"abc","Date":1600000000,"Suites":[]}]"#;
        let input = Input::file("b.json", text.into());
        assert!(Gobenchdata.claims(&input));
        let runs = Gobenchdata.read(&input, &ReadOptions::default()).unwrap();
        let rows: Vec<_> =
            runs[0].measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.value, m.n)).collect();
        assert_eq!(
            rows,
            [
                ("p.BenchmarkX", "time", Some(3.0), Some(2)),
                ("p.BenchmarkX", "memory", Some(0.0), Some(2)),
                ("p.BenchmarkX", "allocations", Some(1.0), Some(2)),
                ("p.BenchmarkX", "Pz", Some(3.0), Some(1)),
            ]
        );
        assert_eq!((runs[0].branch.as_deref(), runs[0].commit.as_deref(), runs.len()), (Some("main"), Some("abc"), 2));
        assert_eq!(runs[1].entry.as_deref(), Some(br#"{"Date":1600000000,"Suites":[],"Version":"abc"}"#.as_slice()));
    }

    #[test]
    fn a_nameless_benchmark_is_named_by_its_place() {
        let input = Input::file("b", br#"[{"Date":1,"Suites":[{"Benchmarks":[{"Name":"B"},{}]}]}]"#.to_vec());
        let error = Gobenchdata.read(&input, &ReadOptions::default()).unwrap_err();
        assert!(error.message.contains("[0].Suites[0].Benchmarks[1]: 'Name' is missing"), "{}", error.message);
    }
}
