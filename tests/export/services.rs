//! What monitoring services take, held against their published models.

use serde_json::{Value, json};

use crate::readers::{full, packages, read};
use crate::sandbox::Sandbox;

fn files(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_dir(sandbox.path("repo").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    files
}

#[test]
fn openmetrics_is_read_by_the_python_client() {
    let sandbox = full();
    let Some(packages) = packages() else { return };
    sandbox.ok(&["export", "--format", "openmetrics", "--out", "all.txt"]);
    let families = read(Some(&packages), "openmetrics", &json!({"file": sandbox.path("repo/all.txt")}));
    let families = families.as_array().unwrap();
    let named: Vec<(&str, &str)> =
        families.iter().map(|f| (f["name"].as_str().unwrap(), f["unit"].as_str().unwrap())).collect();
    assert_eq!(
        named,
        [
            ("git_bench_latency_seconds", "seconds"),
            ("git_bench_memory_bytes", "bytes"),
            ("git_bench_throughput", ""),
            ("git_bench_time_seconds", "seconds")
        ]
    );
    let samples = families[0]["samples"].as_array().unwrap();
    let mut values: Vec<f64> = samples.iter().map(|s| s[1].as_f64().unwrap()).collect();
    values.sort_by(f64::total_cmp);
    assert_eq!(values, [1.51 / 1000.0, 1.53 / 1000.0]);
    assert_eq!(samples[0][2], 1_705_314_600.0);
    let text = families[3].to_string();
    assert!(text.contains("=1+1,\\\"x\\\"\\\\u{202e}א"), "{text}");
}

#[test]
fn cloudwatch_input_fits_the_model() {
    let sandbox = full();
    let Some(packages) = packages() else { return };
    sandbox.ok(&["export", "--format", "cloudwatch", "--out", "put/"]);
    let got = read(Some(&packages), "cloudwatch", &json!({"files": files(&sandbox, "put")}));
    // Two times three of the seed, three of ours; one failed.
    assert_eq!(got, json!({"faults": [], "values": 9}));
}

#[test]
fn cloud_monitoring_bodies_fit_the_model() {
    let sandbox = full();
    let Some(packages) = packages() else { return };
    sandbox.ok(&["export", "--format", "gcp-monitoring", "--project", "my-project", "--out", "put/"]);
    let got = read(Some(&packages), "time-series", &json!({"files": files(&sandbox, "put")}));
    let got = got.as_array().unwrap();
    // Only those of the last 25 hours.
    let mut values: Vec<f64> = got.iter().map(|series| series[2].as_f64().unwrap()).collect();
    values.sort_by(f64::total_cmp);
    assert_eq!(values, [0.011, 0.012]);
    assert_eq!(got[0][0], "custom.googleapis.com/git_bench/time_seconds");
}

/// Names, dimensions and metrics of all that is sent, and of all that is charted.
#[test]
fn dashboards_chart_what_is_sent() {
    let sandbox = full();
    let sent = sandbox.ok(&["export", "--format", "cloudwatch"]).out;
    let mut streams: Vec<Vec<String>> = Vec::new();
    for document in sent.lines() {
        let document: Value = serde_json::from_str(document).unwrap();
        for datum in document["MetricData"].as_array().unwrap() {
            let mut words = vec![document["Namespace"].to_string(), datum["MetricName"].to_string()];
            for dimension in datum["Dimensions"].as_array().unwrap() {
                words.extend([dimension["Name"].to_string(), dimension["Value"].to_string()]);
            }
            streams.push(words);
        }
    }
    let board: Value = serde_json::from_str(&sandbox.ok(&["dashboards", "cloudwatch"]).out).unwrap();
    let mut charted: Vec<Vec<String>> = Vec::new();
    for widget in board["widgets"].as_array().unwrap() {
        assert_eq!(widget["type"], "metric");
        for (side, least) in [("x", 0), ("y", 0), ("width", 1), ("height", 1)] {
            assert!(widget[side].as_u64().is_some_and(|n| n >= least), "{widget}");
        }
        assert!(widget["x"].as_u64().unwrap() + widget["width"].as_u64().unwrap() <= 24);
        let properties = &widget["properties"];
        assert_eq!((&properties["region"], &properties["view"]), (&json!("us-east-1"), &json!("timeSeries")));
        for metric in properties["metrics"].as_array().unwrap() {
            let (options, words) = metric.as_array().unwrap().split_last().unwrap();
            assert!(options["label"].is_string(), "{metric}");
            charted.push(words.iter().map(Value::to_string).collect());
        }
    }
    streams.sort();
    charted.sort();
    assert_eq!(streams, charted);
    let region = sandbox.ok(&["dashboards", "cloudwatch", "--region", "eu-west-1"]).out;
    assert!(region.contains("\"region\": \"eu-west-1\""));
    let said = sandbox.bench(&["dashboards", "cloudwatch", "--region", "a b"]);
    assert_eq!(said.code, 2);
    let Some(packages) = packages() else { return };
    std::fs::write(sandbox.path("board.json"), board.to_string()).unwrap();
    let fault = read(Some(&packages), "cloudwatch-dashboard", &json!({"file": sandbox.path("board.json")}));
    assert_eq!(fault, "");
}

#[test]
fn the_dashboard_of_cloud_monitoring_fits_the_model_and_what_is_sent() {
    let sandbox = full();
    let Some(packages) = packages() else { return };
    std::fs::write(sandbox.path("board.json"), sandbox.ok(&["dashboards", "gcp-monitoring"]).out).unwrap();
    let charts = read(Some(&packages), "monitoring-dashboard", &json!({"file": sandbox.path("board.json")}));
    let charts = charts.as_array().unwrap();
    assert_eq!(charts.len(), 6, "one for each benchmark and metric with a value");
    sandbox.ok(&["export", "--format", "gcp-monitoring", "--out", "put/"]);
    let sent = read(Some(&packages), "time-series", &json!({"files": files(&sandbox, "put")}));
    let filters =
        charts.iter().flat_map(|chart| chart[1].as_array().unwrap()).map(|f| f.as_str().unwrap()).collect::<Vec<_>>();
    for series in sent.as_array().unwrap() {
        let mut wanted =
            vec![format!("metric.type=\"{}\"", series[0].as_str().unwrap()), "resource.type=\"global\"".into()];
        for (name, value) in series[1].as_object().unwrap() {
            let value = value.as_str().unwrap().replace('\\', "\\\\").replace('"', "\\\"");
            wanted.push(format!("metric.label.{name}=\"{value}\""));
        }
        let fits = |filter: &&&str| wanted.iter().all(|part| filter.contains(part.as_str()));
        assert_eq!(filters.iter().filter(fits).count(), 1, "{wanted:?}\n{filters:#?}");
    }
}
