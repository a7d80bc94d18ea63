//! github-action-benchmark's history: `window.BENCHMARK_DATA = {...}`, or the object alone.

use serde_json::{Deserializer, Map, Value};

use super::{Found, Importer, Input, ReadOptions, broken, json, units};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time, canonical};

/// Reader of data.js.
pub struct GithubActionBenchmark;

const VARIABLE: &str = "BENCHMARK_DATA";

impl Importer for GithubActionBenchmark {
    fn name(&self) -> &'static str {
        "github-action-benchmark-datajs"
    }

    fn doc(&self) -> &'static str {
        "github-action-benchmark's data.js, or its external data file"
    }

    fn example(&self) -> &'static str {
        "git bench import github-action-benchmark dev/bench/data.js"
    }

    fn many(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            Some(Value::Object(map)) => is_data(map),
            Some(_) => false,
            None => script(input).is_some(),
        }
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        Found::all(self.read_each(input, options)?)
    }

    fn read_each(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Found>> {
        let fault = |place: &str, want: &str| broken(input, "data.js", place, want);
        let parsed;
        let data = match input.json() {
            Some(data) => data,
            None => {
                let text = script(input).ok_or_else(|| fault("the file", "expected 'window.BENCHMARK_DATA = {'"))?;
                parsed = first_value(text).map_err(|e| fault("the object", "expected JSON").because(e))?;
                &parsed
            }
        };
        let suites =
            data.get("entries").and_then(Value::as_object).ok_or_else(|| fault("entries", "expected an object"))?;
        let mut found = Vec::new();
        for (suite, entries) in suites {
            let Some(entries) = entries.as_array() else {
                let place = format!("entries.{suite}");
                let error = fault(&place, "expected an array");
                found.push(Found::new(place, Err(error)));
                continue;
            };
            for (i, entry) in entries.iter().enumerate() {
                let place = format!("entries.{suite}[{i}]");
                let run = read_entry(suite, entry, options);
                let run = run.map_err(|(below, want)| fault(&format!("{place}{below}"), want));
                found.push(Found::new(place, run));
            }
        }
        Ok(found)
    }
}

/// The run of an element of a suite; a fault is its place below the element, and what was expected there.
fn read_entry(suite: &str, entry: &Value, options: &ReadOptions) -> Result<Run, (String, &'static str)> {
    let map = entry.as_object().ok_or((String::new(), "expected an object"))?;
    let benches = map.get("benches").and_then(Value::as_array).ok_or((".benches".into(), "expected an array"))?;
    let mut run = read_run(map);
    run.entry = Some(canonical(entry).into_bytes());
    let tool = json::str_at(map, "tool").unwrap_or("");
    for (j, bench) in benches.iter().enumerate() {
        let measured = read_bench(suite, tool, bench, options);
        run.measurements.push(measured.ok_or_else(|| (format!(".benches[{j}]"), "expected a name and a value"))?);
    }
    Ok(run)
}

/// The text from the first brace on, where the variable is named before it.
fn script(input: &Input) -> Option<&str> {
    let text = input.text()?;
    let at = text.find('{')?;
    text[..at].contains(VARIABLE).then_some(&text[at..])
}

/// The first JSON value of a text; whatever follows it (`;`) is passed over.
fn first_value(text: &str) -> serde_json::Result<Value> {
    match Deserializer::from_str(text).into_iter().next() {
        Some(Ok(value)) => Ok(value),
        // Bare NaN: the whole text must then be the object.
        _ => json::parse(text.trim_end().trim_end_matches(';').as_bytes()),
    }
}

fn is_data(map: &Map<String, Value>) -> bool {
    let entry = |value: &Value| value.get("benches").is_some() && value.get("commit").is_some();
    let suite = |value: &Value| value.as_array().is_some_and(|list| list.first().is_none_or(entry));
    json::object_at(map, "entries").is_some_and(|suites| suites.values().all(suite))
        && (map.contains_key("lastUpdate") || map.contains_key("repoUrl"))
}

fn read_run(map: &Map<String, Value>) -> Run {
    let commit = json::object_at(map, "commit");
    let told = || json::str_at(map, "date").or_else(|| json::str_at(commit?, "timestamp")).and_then(Time::parse);
    Run {
        harness: json::str_at(map, "tool").filter(|tool| !tool.starts_with("custom")).map(str::to_owned),
        commit: commit.and_then(|c| json::str_at(c, "id")).map(str::to_owned),
        time: json::f64_at(map, "date").map(|millis| Time::from_millis(millis as i64)).or_else(told),
        ..Run::default()
    }
}

fn read_bench(suite: &str, tool: &str, bench: &Value, options: &ReadOptions) -> Option<Measurement> {
    let bench = bench.as_object()?;
    let name = bench.get("name")?.as_str()?;
    let value = bench.get("value").unwrap_or(&Value::Null);
    let number = json::number(value);
    (number.is_some() || value.is_null() || value.is_string()).then_some(())?;
    let (metric, unit, better) = units::by_unit(json::str_at(bench, "unit").unwrap_or(""));
    let better = match tool {
        "customBiggerIsBetter" => Better::Higher,
        "customSmallerIsBetter" => Better::Lower,
        _ if better == Better::None => options.better.unwrap_or(better),
        _ => better,
    };
    let mut measured = Measurement::new(format!("{suite}/{name}"), metric, &unit, better, number);
    // Only here is the range known to be a standard deviation in the unit of the value.
    if tool == "benchmarkdotnet" && !measured.failed() {
        let range = json::str_at(bench, "range").and_then(|r| r.strip_prefix('±')?.trim().parse().ok());
        measured.stddev = range.filter(|v: &f64| v.is_finite());
    }
    Some(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = r#"window.BENCHMARK_DATA = {"lastUpdate":1,"entries":{"S":[
        {"commit":{"id":"prev commit id","timestamp":"2019-11-29T00:00:00Z"},"date":1574927127603,"tool":"cargo","benches":[
          {"name":"a/b","value":"1.5","range":"± 20","unit":"ns/iter"},{"name":"a/b","value":2,"unit":"allocs/iter"}]},
        {"commit":{"id":"c2"},"date":1574927128603,"tool":"customBiggerIsBetter","benches":[{"name":"c","value":null,"unit":"Megabytes"}]},
        {"commit":{"id":"c3"},"date":5,"tool":"benchmarkdotnet","benches":[{"name":"d","value":3,"range":"± 0.5","unit":"ns"}]},
        {"commit":{"id":"c4"},"date":6,"tool":"pytest","benches":[{"name":"e","value":7,"range":"stddev: 0.00002","unit":"iter/sec"}]}
        ]}}"#;

    fn rows(text: &str) -> Vec<String> {
        let (reader, runs) =
            super::super::read(&Input::file("data.js", text.into()), None, &ReadOptions::default()).unwrap();
        assert_eq!(reader.name(), "github-action-benchmark-datajs");
        assert!(runs.iter().all(|run| run.entry.is_some()));
        let one = |m: &Measurement| format!("{} {} {:?} {} {}", m.name, m.metric, m.value, m.unit, m.better.as_str());
        runs.iter().flat_map(|run| &run.measurements).map(one).collect()
    }

    #[test]
    fn every_element_of_a_suite_is_a_run() {
        let want = [
            "S/a/b time Some(1.5) ns lower",
            "S/a/b allocations Some(2.0) count lower",
            "S/c memory None MB higher",
            "S/d time Some(3.0) ns lower",
            "S/e throughput Some(7.0) iter/s higher",
        ];
        assert_eq!(rows(DATA), want);
        assert_eq!(rows(&format!("// data\n{DATA};\n")), want);
        assert_eq!(rows(DATA.trim_start_matches("window.BENCHMARK_DATA = ")), want);
        assert_eq!(rows(&DATA.replace("null", "NaN")), want);
    }

    #[test]
    fn commit_and_time_are_kept_as_written() {
        let input = Input::file("data.js", DATA.into());
        let (_, runs) = super::super::read(&input, None, &ReadOptions::default()).unwrap();
        assert_eq!((runs[0].commit.as_deref(), runs[0].time), (Some("prev commit id"), Some(Time(1574927127))));
        assert_eq!(runs[2].measurements[0].stddev, Some(0.5));
    }

    #[test]
    fn faults_are_named() {
        for (text, want) in [
            ("window.BENCHMARK_DATA = {\"entries\": {", "the object: expected JSON"),
            ("window.BENCHMARK_DATA = {}", "entries: expected an object"),
            ("window.BENCHMARK_DATA = {\"entries\":{\"S\":[{}]}}", "entries.S[0].benches: expected an array"),
        ] {
            let input = Input::file("data.js", text.into());
            let message = super::super::read(&input, None, &ReadOptions::default()).err().unwrap().message;
            assert!(message.contains(want), "{message}");
        }
    }
}
