//! Bodies of Cloud Monitoring's `projects.timeSeries.create`: at most 200 time series a call, each with one point.

use serde_json::{Map, Value, json};

use super::points::{Points, Stream, counted, within};
use super::{Exporter, Options, Row, Writer, Written};
use crate::model::Time;
use crate::render::json::harmless;

pub(super) struct Monitoring;

/// Time series of one call at most.
const SERIES: usize = 200;

/// Cloud Monitoring takes points of the last 25 hours, up to five minutes ahead.
const OLDEST: i64 = 25 * 3600;
const NEWEST: i64 = 5 * 60;

/// Longest value of a label.
const LONGEST: usize = 1024;

impl Exporter for Monitoring {
    fn name(&self) -> &'static str {
        "gcp-monitoring"
    }

    fn doc(&self) -> &'static str {
        "bodies of Cloud Monitoring's timeSeries.create"
    }

    fn ending(&self) -> &'static str {
        "json"
    }

    fn is_table(&self) -> bool {
        false
    }

    fn begin(&self, options: &Options) -> Box<dyn Writer> {
        Box::new(Series { points: Points::default(), options: options.clone() })
    }
}

struct Series {
    points: Points,
    options: Options,
}

impl Writer for Series {
    fn add(&mut self, row: &Row<'_>) {
        self.points.add(row);
    }

    fn finish(self: Box<Self>) -> Written {
        let Self { mut points, options } = *self;
        let left_out = points.within(Time(options.now.0 - OLDEST), Time(options.now.0 + NEWEST));
        let same = points.settle();
        let mut remarks = points.remarks(same);
        if left_out > 0 {
            remarks.push(format!(
                "{} left out: Cloud Monitoring takes only those of the last 25 hours",
                counted(left_out, "value")
            ));
        }
        let rounds = points.streams.values().map(Vec::len).max().unwrap_or(0);
        let mut documents = Vec::new();
        // No series twice in a call, and each in the order of time.
        for round in 0..rounds {
            let of_round: Vec<Value> = points
                .streams
                .iter()
                .filter_map(|(stream, values)| {
                    values.get(round).map(|point| series(stream, *point, options.project.as_deref()))
                })
                .collect();
            for batch in of_round.chunks(SERIES) {
                documents.push((harmless(&json!({"timeSeries": batch}).to_string()) + "\n").into_bytes());
            }
        }
        Written { documents, remarks }
    }
}

fn series(stream: &Stream, (time, value): (Time, f64), project: Option<&str>) -> Value {
    let labels: Map<String, Value> =
        stream.filled().map(|(name, value)| (name.to_owned(), Value::from(label(value)))).collect();
    let resource = project.map_or_else(|| json!({}), |project| json!({"project_id": project}));
    json!({
        "metric": {"type": metric_type(stream), "labels": labels},
        "resource": {"type": "global", "labels": resource},
        "metricKind": "GAUGE",
        "valueType": "DOUBLE",
        "unit": unit(&stream.unit),
        "points": [{"interval": {"endTime": time.to_string()}, "value": {"doubleValue": value}}],
    })
}

/// The type of a stream's metric.
pub fn metric_type(stream: &Stream) -> String {
    format!("custom.googleapis.com/git_bench/{}", stream.name)
}

/// A value of a label: at most 1024 bytes.
pub fn label(text: &str) -> String {
    within(text, LONGEST)
}

/// The unit in the words of UCUM.
fn unit(base: &str) -> String {
    match base {
        "s" => "s".into(),
        "B" => "By".into(),
        "B/s" => "By/s".into(),
        "%" => "%".into(),
        "" | "count" => "1".into(),
        other => {
            let word: String =
                other.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '-')).take(60).collect();
            if word.is_empty() { "1".into() } else { format!("{{{word}}}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{NOW, exported, rows};

    fn documents(runs: &[crate::record::RunRecord], now: Time) -> Vec<Value> {
        let options = Options { now, project: Some("my-project".into()), ..Options::default() };
        let all = exported(&Monitoring, runs, &options);
        all.iter().filter(|d| !d.is_empty()).map(|d| serde_json::from_slice(d).unwrap()).collect()
    }

    #[test]
    fn a_series_stands_once_in_a_call() {
        let all = documents(&rows(), NOW);
        assert_eq!(all.len(), 2);
        let first = &all[0]["timeSeries"][0];
        assert_eq!(first["metric"]["type"], "custom.googleapis.com/git_bench/latency_seconds");
        assert_eq!(first["resource"]["labels"]["project_id"], "my-project");
        assert_eq!(first["points"][0]["interval"]["endTime"], "2024-01-15T10:30:00Z");
        assert_eq!(all[1]["timeSeries"][0]["points"][0]["value"]["doubleValue"], 0.00154);
        assert!(documents(&rows(), Time(NOW.0 + 26 * 3600)).is_empty());
    }

    #[test]
    fn calls_stay_within_the_limits() {
        let mut runs = rows();
        let row = runs[0].m[0].clone();
        runs[0].m =
            (0..450).map(|i| crate::record::Row { name: format!("{i}{}", "x".repeat(2000)), ..row.clone() }).collect();
        runs.truncate(1);
        let all = documents(&runs, NOW);
        let counts: Vec<usize> = all.iter().map(|d| d["timeSeries"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [200, 200, 50]);
        assert!(all[0]["timeSeries"][0]["metric"]["labels"]["benchmark"].as_str().unwrap().len() <= LONGEST);
    }
}
