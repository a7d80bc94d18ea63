//! Google Benchmark: JSON, CSV and console output, brought to the same rows. Text forms are in `google_benchmark_text`.

use serde_json::{Map, Value};

use super::google_benchmark_rows::{Cell, Row, merge};
use super::{Importer, Input, ReadOptions, broken, facts, google_benchmark_text as printed, json, text};
use crate::Result;
use crate::model::{Run, Time};

/// Reader of Google Benchmark's JSON, CSV and console output.
pub struct GoogleBenchmark;

impl Importer for GoogleBenchmark {
    fn name(&self) -> &'static str {
        "google-benchmark"
    }

    fn doc(&self) -> &'static str {
        "JSON, CSV or console output of Google Benchmark"
    }

    fn example(&self) -> &'static str {
        "./bench --benchmark_out=bench.json --benchmark_out_format=json && git bench record bench.json"
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            Some(Value::Object(map)) => is_json(map),
            Some(_) => false,
            None => {
                text::plain(input).is_some_and(|text| printed::console(text).is_some() || printed::csv(text).is_some())
            }
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("google-benchmark".into()), ..Run::default() };
        let rows = if let Some(Value::Object(map)) = input.json() {
            if let Some(context) = json::object_at(map, "context") {
                read_context(context, &mut run);
            }
            let rows = json::array_at(map, "benchmarks").iter().enumerate();
            rows.map(|(i, row)| read_row(row).map_err(|what| (format!("benchmarks[{i}]"), what)))
                .collect::<Result<Vec<_>, _>>()
        } else {
            let text = input.text().unwrap_or_default();
            printed::context(text, &mut run);
            match (printed::csv(text), printed::console(text)) {
                (Some(rows), _) => printed::read_csv(rows),
                (None, Some(lines)) => Ok(printed::read_console(lines)),
                (None, None) => Ok(Vec::new()),
            }
        };
        let rows = rows.map_err(|(place, what)| broken(input, "Google Benchmark file", &place, what))?;
        run.measurements = merge(rows);
        Ok(vec![run])
    }
}

fn is_json(map: &Map<String, Value>) -> bool {
    let rows = json::array_at(map, "benchmarks");
    let context = json::object_at(map, "context");
    let ours = ["num_cpus", "mhz_per_cpu", "library_build_type", "caches", "cpu_scaling_enabled"];
    !map.contains_key("layout")
        && map.get("benchmarks").is_some_and(Value::is_array)
        && (context.is_some_and(|context| ours.iter().any(|key| context.contains_key(*key)))
            || (context.is_some() && rows.iter().any(|row| row.get("real_time").is_some())))
}

fn read_context(context: &Map<String, Value>, run: &mut Run) {
    run.time = json::str_at(context, "date").and_then(Time::parse);
    if let Some(version) = json::str_at(context, "library_version") {
        run.harness = Some(format!("google-benchmark {}", version.trim_start_matches('v')));
    }
    facts::put_count(&mut run.platform, "cpu_count", json::u64_at(context, "num_cpus"));
    facts::put(&mut run.environment, "library_build_type", json::str_at(context, "library_build_type"));
}

/// Fields that are no counters.
const FIELDS: &[&str] = &[
    "name",
    "family_index",
    "per_family_instance_index",
    "run_name",
    "run_type",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "time_unit",
    "label",
    "aggregate_name",
    "aggregate_unit",
    "cpu_coefficient",
    "real_coefficient",
    "big_o",
    "rms",
    "error_occurred",
    "error_message",
    "skipped",
    "skip_message",
];

fn read_row(row: &Value) -> Result<Row, &'static str> {
    let row = row.as_object().ok_or("expected an object")?;
    let full = json::str_at(row, "name").or_else(|| json::str_at(row, "run_name")).ok_or("'name' is missing")?;
    let index = |key| json::u64_at(row, key);
    let mut read = Row {
        name: json::str_at(row, "run_name").unwrap_or(full).to_owned(),
        instance: (index("family_index"), index("per_family_instance_index")),
        typed: row.contains_key("run_type"),
        repetition: index("repetition_index"),
        repetitions: index("repetitions").filter(|n| *n > 0).or_else(|| index("iterations")),
        ..Row::default()
    };
    if json::str_at(row, "run_type") == Some("aggregate") {
        let suffix = full.strip_prefix(read.name.as_str()).and_then(|rest| rest.strip_prefix('_'));
        read.aggregate = json::str_at(row, "aggregate_name").or(suffix).unwrap_or("aggregate").to_owned();
    } else if !row.contains_key("run_type") && (row.contains_key("big_o") || row.contains_key("rms")) {
        read.aggregate = "BigO".into();
    }
    let flag = |key| row.get(key) == Some(&Value::Bool(true));
    let unit = json::str_at(row, "time_unit").unwrap_or("ns");
    if flag("skipped") {
        read.aggregate = "skipped".into();
    } else if flag("error_occurred") {
        read.fail(unit);
    } else {
        let time = |key| Some(Cell::time(key, unit, row.get(key).and_then(json::number)?));
        read.values.extend(["real_time", "cpu_time"].into_iter().filter_map(time));
        let counters = row.iter().filter(|(key, _)| !FIELDS.contains(&key.as_str()));
        read.values.extend(counters.filter_map(|(key, value)| Some(Cell::counter(key, "", json::number(value)?))));
        if read.aggregate.is_empty() && read.values.is_empty() {
            return Err("'real_time' is missing");
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Measurement;

    type Found = (String, String, String, Option<f64>, Option<u64>);

    fn rows(text: &str) -> Vec<Found> {
        let input = Input::file("g", text.into());
        assert!(GoogleBenchmark.claims(&input), "{text}");
        let run = GoogleBenchmark.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let row = |m: Measurement| (m.name, m.metric, m.unit.as_str().to_owned(), m.value, m.n);
        run.measurements.into_iter().map(row).collect()
    }

    fn row(name: &str, metric: &str, unit: &str, value: Option<f64>, n: u64) -> Found {
        (name.into(), metric.into(), unit.into(), value, value.map(|_| n))
    }

    #[test]
    fn repetitions_are_samples_and_errors_are_no_zeros() {
        let text = r#"{"context":{"num_cpus":2},"benchmarks":[
            {"name":"a","run_name":"a","run_type":"iteration","repetition_index":0,"real_time":1,"cpu_time":2,"time_unit":"us","Foo":NaN,"bytes_per_second":8},
            {"name":"a","run_name":"a","run_type":"iteration","repetition_index":1,"real_time":3,"cpu_time":2,"time_unit":"us","Foo":1,"bytes_per_second":8},
            {"name":"a_mean","run_name":"a","run_type":"aggregate","aggregate_name":"mean","real_time":9},
            {"name":"e","run_name":"e","run_type":"iteration","error_occurred":true,"real_time":0,"cpu_time":0,"time_unit":"ns"},
            {"name":"s","run_name":"s","run_type":"iteration","skipped":true,"real_time":0,"cpu_time":0,"time_unit":"ns"},
            {"name":"m_mean","run_name":"m","run_type":"aggregate","aggregate_name":"mean","repetitions":4,"real_time":5,"time_unit":"ns"},
            {"name":"m_BigO","run_name":"m","run_type":"aggregate","aggregate_name":"BigO","big_o":"N","real_coefficient":1}]}"#;
        assert_eq!(
            rows(text),
            [
                row("a", "time", "us", Some(2.0), 2),
                row("a", "cpu_time", "us", Some(2.0), 2),
                row("a", "foo", "", None, 2),
                row("a", "throughput", "B/s", Some(8.0), 2),
                row("e", "time", "ns", None, 1),
                row("m", "time", "ns", Some(5.0), 4),
            ]
        );
    }

    #[test]
    fn old_versions_name_aggregates_by_suffix_alone() {
        let text = r#"{"context":{"num_cpus":2},"benchmarks":[{"name":"a","iterations":5,"real_time":1,"time_unit":"ns"},
            {"name":"a","iterations":5,"real_time":2,"time_unit":"ns"},{"name":"a_mean","real_time":7,"time_unit":"ns"},
            {"name":"a_stddev","real_time":0.5,"time_unit":"ns"},{"name":"the_mean","real_time":3,"time_unit":"ns"}]}"#;
        assert_eq!(rows(text), [row("a", "time", "ns", Some(1.5), 2), row("the_mean", "time", "ns", Some(3.0), 1)]);
    }
}
