//! Input of CloudWatch's `PutMetricData`: one document a call, within the limits of the service.

use serde_json::{Value, json};

use super::points::{Points, Stream, counted, within};
use super::{Exporter, Options, Row, Writer, Written};
use crate::model::Time;
use crate::render::json::harmless;

pub(super) struct CloudWatch;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "GitBench";

/// Values of one call at most.
const VALUES: usize = 1000;

/// Bytes of one call; the service takes 1 MB.
const BYTES: usize = 900_000;

/// CloudWatch takes values of the last two weeks, up to two hours ahead.
const OLDEST: i64 = 14 * 86_400;
const NEWEST: i64 = 2 * 3600;

/// Least and greatest value that CloudWatch takes, beside 0 and without the sign.
const VALUE: std::ops::RangeInclusive<f64> = 8.515_920e-109..=1.174_271e108;

/// Longest value of a dimension.
const LONGEST: usize = 1024;

impl Exporter for CloudWatch {
    fn name(&self) -> &'static str {
        "cloudwatch"
    }

    fn doc(&self) -> &'static str {
        "input of CloudWatch's PutMetricData"
    }

    fn ending(&self) -> &'static str {
        "json"
    }

    fn is_table(&self) -> bool {
        false
    }

    fn begin(&self, options: &Options) -> Box<dyn Writer> {
        Box::new(Data { points: Points::default(), now: options.now })
    }
}

struct Data {
    points: Points,
    now: Time,
}

impl Writer for Data {
    fn add(&mut self, row: &Row<'_>) {
        self.points.add(row);
    }

    fn finish(self: Box<Self>) -> Written {
        let Self { mut points, now } = *self;
        let mut remarks = points.remarks(0);
        let left_out = points.within(Time(now.0 - OLDEST), Time(now.0 + NEWEST));
        if left_out > 0 {
            remarks.push(format!(
                "{} left out: CloudWatch takes only those of the last two weeks",
                counted(left_out, "value")
            ));
        }
        let beyond = points.keep(|value| value == 0.0 || VALUE.contains(&value.abs()));
        if beyond > 0 {
            remarks.push(format!("{} left out: too large or too small for CloudWatch", counted(beyond, "value")));
        }
        let mut documents = Vec::new();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for (stream, values) in &points.streams {
            let dimensions: Vec<Value> =
                dimensions(stream).into_iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
            for (time, value) in values {
                let datum = json!({"MetricName": stream.name, "Dimensions": dimensions, "Timestamp": time.to_string(),
                    "Value": value, "Unit": unit(&stream.unit)});
                let size = datum.to_string().len() + 1;
                if batch.len() == VALUES || (bytes + size > BYTES && !batch.is_empty()) {
                    documents.push(document(std::mem::take(&mut batch)));
                    bytes = 0;
                }
                bytes += size;
                batch.push(datum);
            }
        }
        if !batch.is_empty() {
            documents.push(document(batch));
        }
        Written { documents, remarks }
    }
}

fn document(data: Vec<Value>) -> Vec<u8> {
    (harmless(&json!({"Namespace": NAMESPACE, "MetricData": data}).to_string()) + "\n").into_bytes()
}

/// Names and values of the dimensions of a stream.
pub fn dimensions(stream: &Stream) -> Vec<(String, String)> {
    let name = |label: &str| label[..1].to_ascii_uppercase() + &label[1..];
    stream.filled().map(|(label, value)| (name(label), dimension(value))).collect()
}

/// A value of a dimension: ASCII, at most 1024 characters, no colon at its beginning. Other characters stand as `\u{5d0}`.
fn dimension(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() { out.push(c) } else { out.extend(c.escape_unicode()) }
    }
    if out.starts_with(':') {
        out.insert(0, '_');
    }
    within(&out, LONGEST)
}

/// The unit as CloudWatch knows it.
fn unit(base: &str) -> &'static str {
    match base {
        "s" => "Seconds",
        "B" => "Bytes",
        "B/s" => "Bytes/Second",
        "%" => "Percent",
        "count" => "Count",
        "ops/s" => "Count/Second",
        _ => "None",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{NOW, exported, rows};
    use crate::record::RunRecord;

    fn documents(runs: &[RunRecord], now: Time) -> Vec<Value> {
        let options = Options { now, ..Options::default() };
        let all = exported(&CloudWatch, runs, &options);
        all.iter().filter(|d| !d.is_empty()).map(|d| serde_json::from_slice(d).unwrap()).collect()
    }

    #[test]
    fn units_are_one_and_old_values_are_left_out() {
        let all = documents(&rows(), NOW);
        assert_eq!(all.len(), 1);
        let data = all[0]["MetricData"].as_array().unwrap();
        assert_eq!((all[0]["Namespace"].as_str(), data.len()), (Some(NAMESPACE), 2));
        assert_eq!(data[0]["MetricName"], "latency_seconds");
        assert_eq!((&data[0]["Unit"], &data[0]["Value"]), (&"Seconds".into(), &0.00152.into()));
        assert_eq!(data[0]["Dimensions"][0], json!({"Name": "Benchmark", "Value": "flash_attention_forward"}));
        assert!(documents(&rows(), Time(NOW.0 + 15 * 86_400)).is_empty());
    }

    #[test]
    fn what_the_service_refuses_is_left_out_and_told() {
        let mut runs = rows();
        runs[0].m[0].value = Some(1e200);
        runs[1].m[0].value = Some(0.0);
        let all = documents(&runs, NOW);
        assert_eq!(all[0]["MetricData"].as_array().unwrap().len(), 1);
        assert_eq!(all[0]["MetricData"][0]["Value"], 0.0);
    }

    #[test]
    fn calls_stay_within_the_limits() {
        let mut runs = rows();
        let row = runs[0].m[0].clone();
        runs[0].m =
            (0..2500).map(|i| crate::record::Row { name: format!("b{i}{}", "א".repeat(200)), ..row.clone() }).collect();
        runs.truncate(1);
        let all = documents(&runs, NOW);
        let counts: Vec<usize> = all.iter().map(|d| d["MetricData"].as_array().unwrap().len()).collect();
        assert_eq!(counts.iter().sum::<usize>(), 2500);
        assert!(
            counts.iter().all(|n| *n <= VALUES) && all.iter().all(|d| d.to_string().len() < 1_000_000),
            "{counts:?}"
        );
    }

    #[test]
    fn dimensions_are_ascii_and_short() {
        assert_eq!(dimension(":x"), "_:x");
        assert_eq!(dimension("aא"), "a\\u{5d0}");
        let (a, b) = (dimension(&("א".repeat(500) + "a")), dimension(&("א".repeat(500) + "b")));
        assert!(a.is_ascii() && a.len() <= LONGEST && a != b, "{a}");
    }
}
