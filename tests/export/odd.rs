//! What is odd: nothing, one point, long and foreign names, two units, very many benchmarks.

use serde_json::{Value, json};

use crate::readers::{lines, packages, read};
use crate::sandbox::{Sandbox, result};

#[test]
fn nothing_is_said_as_such() {
    let sandbox = Sandbox::new(1);
    for (args, out) in [
        (&["export"][..], "benchmark,"),
        (&["export", "--format", "jsonl"], ""),
        (&["export", "--format", "openmetrics"], "# EOF\n"),
        (&["export", "--format", "cloudwatch"], ""),
        (&["export", "--format", "gcp-monitoring"], ""),
        (&["export", "--format", "parquet", "--out", "lake"], ""),
        (&["dashboards", "cloudwatch"], "{"),
        (&["dashboards", "gcp-monitoring"], "{"),
    ] {
        let said = sandbox.bench(args);
        assert_eq!(said.code, 3, "{args:?}: {}", said.err);
        assert!(said.err.contains("nothing is recorded here yet"), "{args:?}: {}", said.err);
        assert!(said.out.starts_with(out), "{args:?}: {}", said.out);
    }
}

#[test]
fn two_units_are_one_stream_or_two_metrics() {
    let sandbox = Sandbox::new(1);
    let mut other = result("a", 2000.0, "2024-01-20T10:00:00Z");
    sandbox.record(&result("a", 1.0, "2024-01-20T09:00:00Z"), "HEAD");
    other["benchmarks"][0]["metrics"]["time"]["unit"] = "us".into();
    sandbox.record(&other, "HEAD");
    other["metadata"]["timestamp"] = "2024-01-20T11:00:00Z".into();
    other["benchmarks"][0]["metrics"]["time"]["unit"] = "MB".into();
    sandbox.record(&other, "HEAD");
    let units: Vec<Value> = lines(&sandbox, &[]).iter().map(|line| line["unit"].clone()).collect();
    assert_eq!(units, ["ms", "us", "MB"]);
    let text = sandbox.ok(&["export", "--format", "openmetrics"]).out;
    let values = text.lines().filter(|line| !line.starts_with('#'));
    let values: Vec<(bool, &str)> =
        values.map(|l| (l.starts_with("git_bench_time_seconds{"), l.rsplit("} ").next().unwrap())).collect();
    assert_eq!(values, [(false, "2000000000 1705748400"), (true, "0.001 1705741200"), (true, "0.002 1705744800")]);
    let board: Value = serde_json::from_str(&sandbox.ok(&["dashboards", "cloudwatch"]).out).unwrap();
    let widgets = board["widgets"].as_array().unwrap();
    assert_eq!(widgets.len(), 2);
    assert!(widgets.iter().all(|w| w["properties"]["metrics"].as_array().unwrap().len() == 1));
}

#[test]
fn long_and_foreign_names_come_through() {
    let sandbox = Sandbox::new(1);
    let name = "\u{5d0}\u{5d1}".repeat(250);
    sandbox.record(&result(&name, 1.0, "2024-01-20T11:00:00Z"), "HEAD");
    assert_eq!(lines(&sandbox, &[])[0]["benchmark"], name.as_str());
    let put: Value = serde_json::from_str(&sandbox.ok(&["export", "--format", "cloudwatch"]).out).unwrap();
    let dimension = put["MetricData"][0]["Dimensions"][0]["Value"].as_str().unwrap();
    assert!(dimension.is_ascii() && dimension.len() <= 1024, "{dimension}");
    let body: Value = serde_json::from_str(&sandbox.ok(&["export", "--format", "gcp-monitoring"]).out).unwrap();
    let label = body["timeSeries"][0]["metric"]["labels"]["benchmark"].as_str().unwrap();
    assert_eq!(label, name, "1000 bytes are within the limit");
    sandbox.ok(&["dashboards", "gcp-monitoring"]);
    sandbox.ok(&["export", "--format", "parquet", "--out", "lake"]);
    let Some(packages) = packages() else { return };
    let got = read(Some(&packages), "duckdb-parquet", &json!({"folder": sandbox.path("repo/lake")}));
    assert_eq!((got.as_array().unwrap().len(), &got[0]["benchmark"]), (1, &json!(name)));
}

#[test]
fn ten_thousand_benchmarks_are_no_trouble() {
    let sandbox = Sandbox::new(1);
    let benchmarks: Vec<Value> = (0..10_000)
        .map(|i| json!({"name": format!("b/{i}"), "metrics": {"time": {"value": f64::from(i) + 0.5, "unit": "ns"}}}))
        .collect();
    let run = json!({"metadata": {"timestamp": "2024-01-20T11:00:00Z"}, "platform": {"machine": "lab"}, "benchmarks": benchmarks});
    sandbox.record(&run, "HEAD");
    assert_eq!(lines(&sandbox, &[]).len(), 10_000);
    let text = sandbox.ok(&["export", "--format", "openmetrics"]).out;
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 10_000);
    let sent = sandbox.ok(&["export", "--format", "cloudwatch"]).out;
    assert!(sent.lines().count() >= 10 && sent.lines().all(|line| line.len() < 1_000_000));
    assert_eq!(sandbox.ok(&["export", "--format", "gcp-monitoring"]).out.lines().count(), 50);
    for (service, at, most) in [("cloudwatch", "/widgets", 500), ("gcp-monitoring", "/mosaicLayout/tiles", 100)] {
        let said = sandbox.ok(&["dashboards", service]);
        let board: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(board.pointer(at).unwrap().as_array().unwrap().len(), most);
        assert!(said.err.contains(&format!("{} are left out", 10_000 - most)), "{}", said.err);
    }
    sandbox.ok(&["export", "--format", "parquet", "--out", "lake"]);
    let Some(packages) = packages() else { return };
    let sql = format!(
        "select count(*) n, sum(value) s from read_parquet('{}/*/*/*.parquet')",
        sandbox.path("repo/lake").display()
    );
    let got = read(Some(&packages), "duckdb-sql", &json!({"setup": [], "select": sql}));
    assert_eq!(got, json!([{"n": 10_000, "s": 50_000_000.0}]));
}
