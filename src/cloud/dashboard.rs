//! Dashboards of CloudWatch and Cloud Monitoring: one chart a benchmark and metric, one line a machine, suite and channel.
//!
//! Sources: the structure of dashboard bodies in CloudWatch's API reference; `google.monitoring.dashboard.v1.Dashboard`.

use serde_json::{Value, json};

/// Charts that CloudWatch takes in one dashboard, and lines in one chart.
pub const CLOUDWATCH_CHARTS: usize = 500;
/// Lines that CloudWatch takes in one chart.
pub const CLOUDWATCH_LINES: usize = 500;
/// Charts that Cloud Monitoring takes in one dashboard.
pub const MONITORING_CHARTS: usize = 100;
/// Lines that are asked for one by one in one chart of Cloud Monitoring.
pub const MONITORING_LINES: usize = 50;

/// One chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// What stands above it.
    pub title: String,
    /// The unit of its values, at the axis.
    pub unit: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line of a chart: a stream of values in the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Name of the metric, or its type.
    pub metric: String,
    /// Dimensions or labels that tell it apart, all of them.
    pub labels: Vec<(String, String)>,
    /// What it is called in the legend.
    pub title: String,
}

/// Charts lie in three columns.
const COLUMNS: usize = 3;

/// The body of a dashboard of CloudWatch, 24 units wide, three months back.
pub fn cloudwatch(namespace: &str, charts: &[Chart], region: &str) -> Value {
    let widgets: Vec<Value> = charts
        .iter()
        .take(CLOUDWATCH_CHARTS)
        .enumerate()
        .map(|(i, chart)| {
            let metrics: Vec<Value> =
                chart.lines.iter().take(CLOUDWATCH_LINES).map(|line| metric(namespace, line)).collect();
            let properties = json!({"title": chart.title, "view": "timeSeries", "stacked": false, "region": region,
                "stat": "Average", "period": 3600, "metrics": metrics,
                "yAxis": {"left": {"label": chart.unit, "showUnits": false}}});
            json!({"type": "metric", "x": (i % COLUMNS) * 8, "y": (i / COLUMNS) * 6, "width": 8, "height": 6,
                "properties": properties})
        })
        .collect();
    json!({"start": "-P3M", "widgets": widgets})
}

fn metric(namespace: &str, line: &Line) -> Value {
    let mut words = vec![json!(namespace), json!(line.metric)];
    words.extend(line.labels.iter().flat_map(|(name, value)| [json!(name), json!(value)]));
    words.push(json!({"label": line.title}));
    Value::Array(words)
}

/// A dashboard of Cloud Monitoring, 48 columns wide.
pub fn monitoring(title: &str, charts: &[Chart]) -> Value {
    let tiles: Vec<Value> = charts
        .iter()
        .take(MONITORING_CHARTS)
        .enumerate()
        .map(|(i, chart)| {
            let sets: Vec<Value> = chart.lines.iter().take(MONITORING_LINES).map(data_set).collect();
            let mut axis = json!({"scale": "LINEAR"});
            if !chart.unit.is_empty() {
                axis["label"] = json!(chart.unit);
            }
            json!({"xPos": (i % COLUMNS) * 16, "yPos": (i / COLUMNS) * 16, "width": 16, "height": 16,
                "widget": {"title": chart.title, "xyChart": {"dataSets": sets, "yAxis": axis}}})
        })
        .collect();
    json!({"displayName": title, "mosaicLayout": {"columns": 48, "tiles": tiles}})
}

fn data_set(line: &Line) -> Value {
    let mut filter = format!("metric.type={} resource.type=\"global\"", quoted(&line.metric));
    for (name, value) in &line.labels {
        filter.push_str(&format!(" metric.label.{name}={}", quoted(value)));
    }
    json!({"plotType": "LINE", "targetAxis": "Y1", "legendTemplate": line.title.replace("${", "$ {"),
        "timeSeriesQuery": {"timeSeriesFilter": {"filter": filter,
            "aggregation": {"alignmentPeriod": "3600s", "perSeriesAligner": "ALIGN_MEAN"}}}})
}

/// A text of a monitoring filter.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charts(n: usize) -> Vec<Chart> {
        let line = Line {
            metric: "latency_seconds".into(),
            labels: vec![("Benchmark".into(), "say \"hi\"\\".into())],
            title: "aws ${x}".into(),
        };
        vec![Chart { title: "b latency".into(), unit: "s".into(), lines: vec![line] }; n]
    }

    #[test]
    fn lines_name_their_stream_in_full() {
        let body = cloudwatch("GitBench", &charts(4), "us-west-2");
        let last = &body["widgets"][3];
        assert_eq!((&last["x"], &last["y"]), (&json!(0), &json!(6)));
        let want = json!([["GitBench", "latency_seconds", "Benchmark", "say \"hi\"\\", {"label": "aws ${x}"}]]);
        assert_eq!(last["properties"]["metrics"], want);
        let board = monitoring("b", &charts(1));
        let set = &board["mosaicLayout"]["tiles"][0]["widget"]["xyChart"]["dataSets"][0];
        let filter = set["timeSeriesQuery"]["timeSeriesFilter"]["filter"].as_str().unwrap();
        assert!(filter.ends_with(" metric.label.Benchmark=\"say \\\"hi\\\"\\\\\""), "{filter}");
        assert_eq!(set["legendTemplate"], "aws $ {x}");
    }

    #[test]
    fn dashboards_stay_within_the_limits() {
        assert_eq!(cloudwatch("n", &charts(600), "r")["widgets"].as_array().unwrap().len(), CLOUDWATCH_CHARTS);
        assert_eq!(monitoring("n", &charts(600))["mosaicLayout"]["tiles"].as_array().unwrap().len(), MONITORING_CHARTS);
    }
}
