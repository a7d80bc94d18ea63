//! Bencher's exports: a perf query (`bencher perf ...`) or reports (`bencher report list ...`), as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json as value};

use super::bencher_bmf::measure;
use super::{facts, json, units};
use crate::model::{Better, Measurement, Run, Time, canonical};
use crate::{Error, Result};

type Object = Map<String, Value>;

/// One value: benchmark, measure, iteration, value.
struct Point<'a> {
    benchmark: &'a str,
    measure: &'a Object,
    iteration: u64,
    metric: &'a Object,
}

/// What is known of a report: the run that its points belong to.
struct Report<'a> {
    id: Value,
    commit: Option<&'a str>,
    branch: Option<&'a str>,
    testbed: Option<&'a str>,
    time: Option<Time>,
    points: Vec<Point<'a>>,
}

/// The runs of an export, one a report, in the order in which they appear: a perf result (`results[].metrics[]` with the
/// version of each), one report, or an array of reports. Iterations of one benchmark are samples of one measurement. The
/// testbed is the run's `machine`.
///
/// # Errors
/// [`crate::Kind::Data`] where the text is no such JSON.
pub fn read_export(text: &str) -> Result<Vec<Run>> {
    let fault = |why: &str| Error::data(format!("this is no export of Bencher: {why}"));
    let export = json::parse(text.as_bytes()).map_err(|e| fault("it is no valid JSON").because(e))?;
    let documents = match &export {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut reports: Vec<Report> = Vec::new();
    let mut places = BTreeMap::new();
    for (i, document) in documents.iter().enumerate() {
        let map = document.as_object().ok_or_else(|| fault(&format!("[{i}]: expected an object")))?;
        let results = map.get("results").and_then(Value::as_array);
        let results = results.ok_or_else(|| fault(&format!("[{i}].results: expected an array")))?;
        if map.contains_key("testbed") {
            reports.push(read_report(map, results));
        } else {
            read_perf(results, &mut reports, &mut places);
        }
    }
    Ok(reports.into_iter().filter(|report| !report.points.is_empty()).map(Report::run).collect())
}

/// A perf result: series by branch, testbed, benchmark and measure, each metric with its report and version.
fn read_perf<'a>(results: &'a [Value], reports: &mut Vec<Report<'a>>, places: &mut BTreeMap<String, usize>) {
    for series in results.iter().filter_map(Value::as_object) {
        let (Some(benchmark), Some(measure)) = (name_at(series, "benchmark"), json::object_at(series, "measure"))
        else {
            continue;
        };
        for point in json::array_at(series, "metrics").iter().filter_map(Value::as_object) {
            let version = json::object_at(point, "version").or_else(|| head_version(series));
            let commit = version.and_then(|v| json::str_at(v, "hash"));
            let told = json::str_at(point, "end_time").or_else(|| json::str_at(point, "start_time"));
            let (branch, testbed) = (name_at(series, "branch"), name_at(series, "testbed"));
            let report = json::str_at(point, "report").unwrap_or("");
            let id = value!([report, branch, testbed, commit, told]);
            let at = *places.entry(id.to_string()).or_insert_with(|| {
                let time = told.and_then(Time::parse);
                reports.push(Report { id, commit, branch, testbed, time, points: Vec::new() });
                reports.len() - 1
            });
            let iteration = json::u64_at(point, "iteration").unwrap_or(0);
            let metric = json::object_at(point, "metric").unwrap_or(point);
            reports[at].points.push(Point { benchmark, measure, iteration, metric });
        }
    }
}

/// A report: iterations of results, either by measure (older) or by benchmark.
fn read_report<'a>(map: &'a Object, results: &'a [Value]) -> Report<'a> {
    let mut points = Vec::new();
    for (i, iteration) in results.iter().enumerate() {
        for result in iteration.as_array().into_iter().flatten().filter_map(Value::as_object) {
            let iteration = json::u64_at(result, "iteration").unwrap_or(i as u64);
            for one in json::array_at(result, "measures").iter().filter_map(Value::as_object) {
                if let (Some(benchmark), Some(measure), Some(metric)) =
                    (name_at(result, "benchmark"), json::object_at(one, "measure"), json::object_at(one, "metric"))
                {
                    points.push(Point { benchmark, measure, iteration, metric });
                }
            }
            for one in json::array_at(result, "benchmarks").iter().filter_map(Value::as_object) {
                if let (Some(benchmark), Some(measure), Some(metric)) =
                    (json::str_at(one, "name"), json::object_at(result, "measure"), json::object_at(one, "metric"))
                {
                    points.push(Point { benchmark, measure, iteration, metric });
                }
            }
        }
    }
    let told = json::str_at(map, "end_time").or_else(|| json::str_at(map, "start_time"));
    let branch = name_at(map, "branch");
    let testbed = name_at(map, "testbed");
    let commit = head_version(map).and_then(|v| json::str_at(v, "hash"));
    let id = value!([json::str_at(map, "uuid").unwrap_or(""), branch, testbed, commit, told]);
    Report { id, commit, branch, testbed, time: told.and_then(Time::parse), points }
}

fn name_at<'a>(map: &'a Object, key: &str) -> Option<&'a str> {
    json::object_at(map, key).and_then(|inner| json::str_at(inner, "name"))
}

/// The version of a report's branch, which moved into its head.
fn head_version(map: &Object) -> Option<&Object> {
    let branch = json::object_at(map, "branch")?;
    let head = json::object_at(branch, "head").unwrap_or(branch);
    json::object_at(head, "version").or_else(|| json::object_at(branch, "version"))
}

impl Report<'_> {
    fn run(mut self) -> Run {
        self.points.sort_by_key(|point| point.iteration);
        let mut run = Run {
            harness: Some("bencher".into()),
            commit: self.commit.map(str::to_owned),
            branch: self.branch.map(str::to_owned),
            time: self.time,
            ..Run::default()
        };
        facts::put(&mut run.platform, "machine", self.testbed);
        let mut entry = vec![self.id];
        let mut places: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut samples: Vec<Vec<f64>> = Vec::new();
        for point in &self.points {
            let word =
                json::str_at(point.measure, "name").or_else(|| json::str_at(point.measure, "slug")).unwrap_or("value");
            let told = point.metric.get("value").and_then(json::number);
            entry.push(value!([point.benchmark, word, point.iteration, told]));
            let (metric, unit, better) = series(word, json::str_at(point.measure, "units").unwrap_or(""));
            let at = *places.entry((point.benchmark, metric.clone())).or_insert_with(|| {
                run.measurements.push(Measurement::new(point.benchmark, metric, &unit, better, None).count(Some(0)));
                samples.push(Vec::new());
                samples.len() - 1
            });
            run.measurements[at].n = run.measurements[at].n.map(|n| n + 1);
            samples[at].extend(told.filter(|v| v.is_finite()));
        }
        for (measured, samples) in run.measurements.iter_mut().zip(samples) {
            match samples[..] {
                [] => {}
                // One value is no sample: what is behind it is not told.
                [one] => (measured.value, measured.n) = (Some(one), None),
                _ => {
                    measured.value = Some(samples.iter().sum::<f64>() / samples.len() as f64);
                    *measured = std::mem::take(measured).sampled(samples);
                }
            }
        }
        run.entry = Some(canonical(&Value::Array(entry)).into_bytes());
        run
    }
}

/// Metric, unit and direction of a measure; the unit stands in brackets: `nanoseconds (ns)`.
fn series(word: &str, told: &str) -> (String, String, Better) {
    let (metric, unit, better) = measure(word);
    let told = told.strip_suffix(')').and_then(|t| t.rsplit_once('(')).map_or(told, |(_, unit)| unit);
    let told = units::spelled(told).to_string();
    let unit = if told.is_empty() { unit.to_owned() } else { told };
    let better = match better {
        Better::None => units::by_unit(&unit).2,
        known => known,
    };
    (metric, unit, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(runs: &[Run]) -> Vec<String> {
        let one = |m: &Measurement| format!("{} {} {:?} {} {:?}", m.name, m.metric, m.value, m.unit, m.n);
        runs.iter().flat_map(|run| &run.measurements).map(one).collect()
    }

    #[test]
    fn a_perf_result_is_split_by_report() {
        let point = |report: &str, hash: &str, iteration: u64, v: f64| value!({"report": report, "iteration": iteration, "end_time": "2024-01-02T03:04:05Z", "version": {"number": 1, "hash": hash}, "metric": {"value": v}, "alert": null});
        let export = value!({"project": {}, "results": [{
            "branch": {"name": "main"}, "testbed": {"name": "ubuntu"}, "benchmark": {"name": "a"},
            "measure": {"name": "Latency", "units": "nanoseconds (ns)"},
            "metrics": [point("r1", "c1", 1, 3.0), point("r1", "c1", 0, 1.0), point("r2", "c2", 0, 5.0)]}]});
        let runs = read_export(&export.to_string()).unwrap();
        assert_eq!(rows(&runs), ["a latency Some(2.0) ns Some(2)", "a latency Some(5.0) ns None"]);
        assert_eq!(runs[0].measurements[0].samples, [1.0, 3.0]);
        assert_eq!((runs[1].commit.as_deref(), runs[1].branch.as_deref()), (Some("c2"), Some("main")));
        assert_eq!(serde_json::to_string(&runs[0].platform).unwrap(), r#"{"machine":"ubuntu"}"#);
    }

    #[test]
    fn reports_old_and_new_are_read() {
        let measure = value!({"name": "Throughput", "units": "operations / second (ops/s)"});
        let new = value!({"uuid": "u", "branch": {"name": "b", "head": {"version": {"hash": "c1"}}}, "testbed": {"name": "t"}, "end_time": "2024-01-02T00:00:00Z",
            "results": [[{"iteration": 0, "benchmark": {"name": "a"}, "measures": [{"measure": measure, "metric": {"value": 2}}]}]]});
        let old = value!({"uuid": "u", "branch": {"name": "b", "version": {"hash": "c2"}}, "testbed": {"name": "t"},
            "results": [[{"measure": measure, "benchmarks": [{"name": "a", "metric": {"value": 3}}]}]]});
        let runs = read_export(&value!([new, old]).to_string()).unwrap();
        assert_eq!(rows(&runs), ["a throughput Some(2.0) ops/s None", "a throughput Some(3.0) ops/s None"]);
        assert_eq!(runs[1].commit.as_deref(), Some("c2"));
        assert!(read_export("{}").unwrap_err().message.contains("[0].results: expected an array"));
    }
}
