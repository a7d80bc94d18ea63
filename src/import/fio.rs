//! fio's JSON output (`--output-format=json` or `json+`), of fio 2 too.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time};

/// Reader of fio's JSON.
pub struct Fio;

impl Importer for Fio {
    fn name(&self) -> &'static str {
        "fio"
    }

    fn doc(&self) -> &'static str {
        "JSON output of fio"
    }

    fn example(&self) -> &'static str {
        "fio --output-format=json --output=fio.json job.fio"
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            Some(value) => value.get("fio version").is_some() && value.get("jobs").is_some(),
            None => behind_notes(input).is_some(),
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let found = input.json().is_none().then(|| behind_notes(input)).flatten();
        let report = input.json().or(found.as_ref()).and_then(Value::as_object);
        let report = report.ok_or_else(|| broken(input, "fio report", "file", "expected an object"))?;
        let mut measurements = Vec::new();
        for (i, value) in json::array_at(report, "jobs").iter().enumerate() {
            let fault = |expected| broken(input, "fio report", &format!("jobs[{i}]"), expected);
            let job = value.as_object().ok_or_else(|| fault("expected an object"))?;
            let name = json::str_at(job, "jobname").ok_or_else(|| fault("'jobname' is missing"))?;
            read_job(name, job, &mut measurements);
        }
        let version = json::str_at(report, "fio version").map(|v| v.replacen("fio-", "fio ", 1));
        let time = json::u64_at(report, "timestamp").and_then(|t| i64::try_from(t).ok()).map(Time);
        Ok(vec![Run { harness: version.or(Some("fio".into())), time, measurements, ..Run::default() }])
    }
}

/// The report behind the notes that fio prints before it.
fn behind_notes(input: &Input) -> Option<Value> {
    let text = input.text().filter(|text| text.contains("\"fio version\""))?;
    let start = text.match_indices('{').map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))?;
    let end = text.rfind('}')?;
    let value = json::parse(text.get(start..=end)?.as_bytes()).ok()?;
    (value.get("fio version").is_some() && value.get("jobs").is_some()).then_some(value)
}

fn read_job(name: &str, job: &Map<String, Value>, out: &mut Vec<Measurement>) {
    let failed =
        json::u64_at(job, "error").is_some_and(|code| code != 0) || json::f64_at(job, "error").is_some_and(|c| c < 0.0);
    let before = out.len();
    for direction in ["read", "write", "trim", "mixed"] {
        let Some(side) = json::object_at(job, direction) else { continue };
        if !side_ran(side) {
            continue;
        }
        let name = format!("{name}/{direction}");
        if failed {
            out.push(Measurement::new(name, "throughput", "B/s", Better::Higher, None));
        } else {
            read_side(&name, side, out);
        }
    }
    if failed && out.len() == before {
        let mode =
            json::object_at(job, "job options").and_then(|o| json::str_at(o, "rw").or(json::str_at(o, "readwrite")));
        let directions: &[&str] = match mode.map(|m| m.trim_start_matches("rand")) {
            Some(m) if m.starts_with("write") => &["write"],
            Some(m) if m.starts_with("trim") => &["trim"],
            Some(m) if m.starts_with("rw") || m.starts_with("readwrite") => &["read", "write"],
            _ => &["read"],
        };
        let lost = |d: &&str| Measurement::new(format!("{name}/{d}"), "throughput", "B/s", Better::Higher, None);
        out.extend(directions.iter().map(lost));
    }
}

fn side_ran(side: &Map<String, Value>) -> bool {
    // fio 2 has no count in all its versions.
    ["total_ios", "io_bytes"].iter().find_map(|key| json::f64_at(side, key)).is_some_and(|count| count > 0.0)
}

fn read_side(name: &str, side: &Map<String, Value>, out: &mut Vec<Measurement>) {
    let rate = match json::f64_at(side, "bw_bytes") {
        Some(bytes) => (Some(bytes), "B/s"),
        None => (json::f64_at(side, "bw"), "KiB/s"),
    };
    out.push(Measurement::new(name, "throughput", rate.1, Better::Higher, rate.0));
    out.push(Measurement::new(name, "iops", "ops/s", Better::Higher, json::f64_at(side, "iops")));
    for (key, old, metric) in [("lat_ns", "lat", "latency"), ("slat_ns", "slat", "slat"), ("clat_ns", "clat", "clat")] {
        let (block, unit) = match (json::object_at(side, key), json::object_at(side, old)) {
            (Some(block), _) => (block, "ns"),
            (None, Some(block)) => (block, "us"),
            (None, None) => continue,
        };
        let n = json::u64_at(block, "N");
        let number = |key| json::f64_at(block, key);
        if n == Some(0) || (n.is_none() && number("max").is_none_or(|max| max == 0.0)) {
            continue;
        }
        let mut read = Measurement::new(name, metric, unit, Better::Lower, number("mean")).count(n);
        (read.mean, read.stddev) = (read.value, number("stddev"));
        (read.min, read.max) = (number("min"), number("max"));
        out.push(read);
        if metric != "clat" {
            continue;
        }
        for (percent, value) in json::object_at(block, "percentile").into_iter().flatten() {
            let percent = match percent.contains('.') {
                true => percent.trim_end_matches('0').trim_end_matches('.'),
                false => percent,
            };
            let value = json::number(value);
            if percent.parse::<f64>().is_ok_and(|p| p > 0.0) {
                out.push(Measurement::new(name, format!("clat_p{percent}"), unit, Better::Lower, value).count(n));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Run>> {
        let input = Input::file("f.json", text.into());
        assert!(Fio.claims(&input));
        Fio.read(&input, &ReadOptions::default())
    }

    #[test]
    fn directions_percentiles_and_failures() {
        let run = read(
            r#"note: both iodepth >= 1 and synchronous I/O engine are selected
{
  "fio version":"fio-3.36","timestamp":1700000000,"jobs":[
 {"jobname":"a","error":0,"read":{"total_ios":4,"bw_bytes":100,"iops":2.5,"slat_ns":{"N":0},"lat_ns":{"mean":5.5,"N":4},
   "clat_ns":{"mean":4.5,"N":4,"percentile":{"99.950000":9,"10.000000":3}}},"write":{"total_ios":0}},
 {"jobname":"b","error":5,"job options":{"rw":"randwrite"},"read":{"total_ios":0},"write":{"total_ios":0}}]
}
"#,
        )
        .unwrap()
        .remove(0);
        let rows: Vec<_> =
            run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.value, m.n)).collect();
        assert_eq!(
            rows,
            [
                ("a/read", "throughput", Some(100.0), None),
                ("a/read", "iops", Some(2.5), None),
                ("a/read", "latency", Some(5.5), Some(4)),
                ("a/read", "clat", Some(4.5), Some(4)),
                ("a/read", "clat_p99.95", Some(9.0), Some(4)),
                ("a/read", "clat_p10", Some(3.0), Some(4)),
                ("b/write", "throughput", None, None),
            ]
        );
        assert_eq!(run.harness.as_deref(), Some("fio 3.36"));
    }

    #[test]
    fn faults_are_named() {
        let error = read(r#"{"fio version":"fio-3","jobs":[{}]}"#).unwrap_err();
        assert!(error.message.contains("jobs[0]: 'jobname' is missing"));
    }
}
