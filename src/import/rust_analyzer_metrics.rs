//! rust-analyzer's metrics: one JSON object a line, each a run on a commit.

use serde_json::{Map, Value};

use super::{Found, Importer, Input, ReadOptions, broken, facts, host, json, units};
use crate::Result;
use crate::model::parallel::by_all;
use crate::model::{Better, Facts, Measurement, Run, Time, canonical};

/// Reader of rust-analyzer's metrics.json and files of its shape.
pub struct RustAnalyzerMetrics;

impl Importer for RustAnalyzerMetrics {
    fn name(&self) -> &'static str {
        "rust-analyzer-metrics"
    }

    fn doc(&self) -> &'static str {
        "rust-analyzer's metrics: JSON lines of revision, timestamp, metrics {name: [value, unit]}"
    }

    fn example(&self) -> &'static str {
        "git bench import line-json metrics.json"
    }

    fn many(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input) -> bool {
        match entries(input).first() {
            Some(first) => is_run(first),
            None => first_line(input).is_some_and(|first| is_run(&first)),
        }
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        if entries(input).is_empty() {
            return Err(broken(input, "metrics file", &broken_line(input), "expected a JSON object"));
        }
        Found::all(self.read_each(input, options)?)
    }

    fn read_each(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Found>> {
        let fault = |place: &str, at: &str, want: &str| broken(input, "metrics file", &format!("{place}{at}"), want);
        let entries = entries(input);
        if !entries.is_empty() {
            let runs = by_all(entries.iter().collect(), &read_run).into_iter().enumerate();
            return Ok(runs
                .map(|(i, run)| {
                    let place = format!("object {}", i + 1);
                    let run = run.map_err(|(at, want)| fault(&place, &format!(": {at}"), want));
                    Found::new(place, run)
                })
                .collect());
        }
        // Some line is broken: the others are read all the same.
        let lines = input.bytes().split(|b| *b == b'\n').map(json::trim).enumerate();
        let one = |(i, line): (usize, &[u8])| {
            let place = format!("line {}", i + 1);
            let run = match json::parse(line) {
                Ok(value) => read_run(&value).map_err(|(at, want)| fault(&place, &format!(": {at}"), want)),
                Err(error) => Err(fault(&place, "", "expected a JSON object").because(error)),
            };
            Found::new(place, run)
        };
        Ok(lines.filter(|(_, line)| line.starts_with(b"{")).map(one).collect())
    }
}

/// The first line that is JSON, where the lines as a whole are no JSON lines.
fn first_line(input: &Input) -> Option<Value> {
    input.bytes().split(|b| *b == b'\n').map(json::trim).find_map(|line| json::parse(line).ok())
}

fn broken_line(input: &Input) -> String {
    let mut lines = input.bytes().split(|b| *b == b'\n').map(json::trim);
    let at = lines.position(|line| line.starts_with(b"{") && json::parse(line).is_err());
    at.map_or_else(|| "the file".into(), |i| format!("line {}", i + 1))
}

fn is_run(value: &Value) -> bool {
    let pair = |value: &Value| value.as_array().is_some_and(|pair| pair.len() == 2 && pair[1].is_string());
    value.get("revision").is_some_and(Value::is_string)
        && value.get("timestamp").is_some()
        && value.get("metrics").and_then(Value::as_object).is_some_and(|metrics| metrics.values().all(pair))
}

fn entries(input: &Input) -> &[Value] {
    match input.json() {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => input.json_lines().unwrap_or_default(),
    }
}

fn read_run(value: &Value) -> Result<Run, (String, &'static str)> {
    let map = value.as_object().ok_or(("the line".to_owned(), "expected an object"))?;
    let metrics = json::object_at(map, "metrics").ok_or(("metrics".to_owned(), "expected an object"))?;
    let mut run = Run {
        commit: json::str_at(map, "revision").map(str::to_owned),
        time: json::f64_at(map, "timestamp").map(|seconds| Time(seconds as i64)),
        platform: json::object_at(map, "host").map(machine).unwrap_or_default(),
        entry: Some(canonical(value).into_bytes()),
        ..Run::default()
    };
    // A file knows few units.
    let mut known: Vec<(&str, (&str, String, Better))> = Vec::new();
    for (name, pair) in metrics {
        let fault = |want| (format!("metrics.{name}"), want);
        let [value, Value::String(unit)] = pair.as_array().map_or(&[][..], Vec::as_slice) else {
            return Err(fault("expected [value, unit]"));
        };
        let number = json::number(value);
        if number.is_none() && !value.is_null() {
            return Err(fault("expected a number before the unit"));
        }
        let at = known.iter().position(|(raw, _)| raw == unit).unwrap_or_else(|| {
            let meant = match unit.as_str() {
                "#" => ("count", "count".to_owned(), Better::None),
                _ => units::by_unit(unit),
            };
            known.push((unit, meant));
            known.len() - 1
        });
        let (metric, unit, better) = &known[at].1;
        run.measurements.push(Measurement::new(name, *metric, unit, *better, number));
    }
    Ok(run)
}

fn machine(host: &Map<String, Value>) -> Facts {
    let mut found = Facts::new();
    facts::put(&mut found, "cpu_model", json::str_at(host, "cpu"));
    host::set_os(&mut found, json::str_at(host, "os").unwrap_or(""));
    host::set_memory(&mut found, json::str_at(host, "mem").unwrap_or(""));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r##"{"host":{"os":"Ubuntu 18.04.4 LTS","cpu":"Xeon","mem":"7093488 kB"},"timestamp":20,"revision":"b","metrics":{"build":[5,"ms"],"x/total memory":[7,"MB"],"y":[3,"#"]}}
{"host":{},"timestamp":10,"revision":"a","metrics":{"build":[null,"ms"]}}
"##;

    #[test]
    fn a_line_is_a_run() {
        let input = Input::file("metrics.json", LINES.into());
        let (_, runs) = super::super::read(&input, None, &ReadOptions::default()).unwrap();
        let one = |m: &Measurement| format!("{} {} {:?} {} {}", m.name, m.metric, m.value, m.unit, m.better.as_str());
        assert_eq!(
            runs.iter().flat_map(|r| &r.measurements).map(one).collect::<Vec<_>>(),
            [
                "build time Some(5.0) ms lower",
                "x/total memory memory Some(7.0) MB lower",
                "y count Some(3.0) count none",
                "build time None ms lower",
            ]
        );
        assert_eq!((runs[1].commit.as_deref(), runs[1].time), (Some("a"), Some(Time(10))));
        assert_eq!(
            serde_json::to_string(&runs[0].platform).unwrap(),
            r#"{"cpu_model":"Xeon","memory_mb":6927,"os":"linux","os_version":"Ubuntu 18.04.4 LTS"}"#
        );
    }

    #[test]
    fn one_line_and_faults() {
        let first = LINES.lines().next().unwrap();
        let (reader, runs) =
            super::super::read(&Input::file("m", first.into()), None, &ReadOptions::default()).unwrap();
        assert_eq!((reader.name(), runs.len()), ("rust-analyzer-metrics", 1));
        let text = format!("{LINES}{{\"revision\":\"c\",\"timestamp\":1,\"metrics\":{{\"z\":[1]}}}}\n");
        let error = super::super::read(&Input::file("m", text.into()), None, &ReadOptions::default()).err().unwrap();
        assert!(error.message.contains("object 3: metrics.z: expected [value, unit]"), "{}", error.message);
        let input = Input::file("m", LINES[..LINES.len() - 9].into());
        let error = super::super::read(&input, None, &ReadOptions::default()).err().unwrap();
        assert!(error.message.contains("line 2: expected a JSON object"), "{}", error.message);
    }
}
