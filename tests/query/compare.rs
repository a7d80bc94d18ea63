//! The seed's cross-platform report, made from two runs.

use std::fs;

use serde_json::json;

use crate::sandbox::{Sandbox, seed};

const TOML: &str = r#"
[[label]]
name = "AWS P4d (A100)"
when = { cloud = "aws", instance_type = "p4d.24xlarge" }
[[label]]
name = "GCP A2 (A100)"
when = { cloud = "gcp" }
[price]
"p4d.24xlarge" = 32.77
"a2-highgpu-8g" = 29.39
"#;

fn two() -> Sandbox {
    let sandbox = Sandbox::new(2);
    sandbox.record(&seed("aws", 1.52), "HEAD");
    sandbox.record(&seed("gcp", 1.55), "HEAD");
    sandbox
}

const AB: &[&str] = &["compare", "--platform-a", "aws", "--platform-b", "gcp"];

/// What the seed's example says, line by line where the renderer is free; `Cost of Work` and bars come on top.
const WANTED: &str = r"## Cross-Platform Comparison Report

**Generated:** 2024-01-20 12:00:00

## Platforms Compared

| Property | AWS P4d (A100) | GCP A2 (A100) |
| --- | --- | --- |
| Cloud | AWS | GCP |
| Instance | p4d.24xlarge | a2-highgpu-8g |
| GPU | NVIDIA A100 | NVIDIA A100 |
| GPUs | 8 | 8 |
| Samples | 1 | 1 |

## Metrics Comparison

| Metric | AWS P4d | GCP A2 | Ratio | Winner |
| --- | --: | --: | --: | --- |
| Latency (ms) | 1.52 | 1.55 | 1.02x | AWS |
| Memory (MB) | 2048 | 2048 | 1.00x | tie |
| Throughput | 1250000 | 1220000 | 0.98x | AWS |
| Cost/Hour (\$) | 32.77 | 29.39 | 0.90x | GCP |

## Cost of Work

| Metric | AWS P4d | GCP A2 | Ratio | Winner |
| --- | --: | --: | --: | --- |
| Cost/1M operations (\$) | 13.836 | 12.654 | 0.91x | GCP |

## Summary

**Overall Winner:** Tie\
**Cost/Hour (\$):** GCP A2 (A100) is 10.3 % better
";

#[test]
fn the_seeds_example_comes_out() {
    let sandbox = two();
    fs::write(sandbox.path("repo/bench.toml"), TOML).unwrap();
    let said = sandbox.ok(&[AB, &["--benchmark", "flash_attention", "--format", "md"]].concat());
    let (page, chart) = said.out.split_once("\n## Chart\n").unwrap();
    assert_eq!(page, WANTED);
    assert!(chart.contains("AWS P4d (A100)  ████"), "{chart}");
    let json = sandbox.ok(&[AB, &["--format", "json"]].concat()).json();
    assert_eq!((json["winner"].as_str(), &json["wins"]), (Some("tie"), &json!([2, 1])));
    assert_eq!(json["metrics"][0]["winner"], "AWS P4d (A100)");
    assert_eq!(json["metrics"][1]["because"], "equal");
    assert_eq!(json["platforms"][0]["usd_from"], "prices");
    assert!((json["summary"][0]["better_by"].as_f64().unwrap() - 0.10314).abs() < 1e-4);
    for format in ["text", "csv", "html"] {
        let out = sandbox.ok(&[AB, &["--format", format]].concat()).out;
        assert!(out.contains("Winner") && out.contains("AWS P4d (A100)"), "{format}: {out}");
    }
}

#[test]
fn without_labels_and_prices_the_runs_say_it() {
    let sandbox = two();
    let json = sandbox.ok(&[AB, &["--format", "json"]].concat()).json();
    assert_eq!(json["platforms"][0]["label"], "aws");
    assert_eq!(json["platforms"][0]["usd_from"], "runs");
    let usd = json["platforms"][0]["usd_per_hour"].as_f64().unwrap();
    assert!((usd - 16.82 / 1847.0 * 3600.0).abs() < 1e-9);
    // By key and value, and the same side twice.
    let said = sandbox.ok(&["compare", "--platform-a", "cloud=aws", "--platform-b", "cloud=g*", "--format", "md"]);
    assert!(said.out.contains("| Property | cloud=aws | cloud=g\\* |"), "{}", said.out);
    let json = sandbox.ok(&["compare", "--platform-a", "aws", "--platform-b", "aws", "--format", "json"]).json();
    assert_eq!((json["winner"].as_str(), &json["wins"]), (Some("tie"), &json!([0, 0])));
}

#[test]
fn noise_is_a_tie_and_a_clear_lead_wins() {
    let sandbox = Sandbox::new(2);
    for i in 0..6 {
        let noise = f64::from(i % 3) * 0.1;
        for (cloud, time, size) in [("aws", 1.0, 10), ("gcp", 1.01, 20), ("azure", 3.0, 30)] {
            let run = json!({
                "platform": {"cloud": cloud},
                "benchmarks": [{"name": "a", "time_ms": time + noise, "size_bytes": size},
                    {"name": "b", "time_ms": time * 10.0 + if cloud == "gcp" { 5.0 } else { 0.0 }}],
            });
            sandbox.record(&run, if i % 2 == 0 { "HEAD" } else { "HEAD~1" });
        }
    }
    let args = [AB, &["--platform", "azure", "--format", "json"]].concat();
    let json = sandbox.ok(&args).json();
    let winners: Vec<_> = json["metrics"].as_array().unwrap().iter().map(|m| m["winner"].as_str().unwrap()).collect();
    assert_eq!(winners, ["aws", "tie", "aws"]);
    assert_eq!(json["metrics"][1]["because"], "within noise");
    assert_eq!((json["winner"].as_str(), &json["wins"]), (Some("aws"), &json!([2, 0, 0])));
    assert_eq!(json["metrics"][0]["ratios"], json!([2.0, 3.0]));
    assert!(json["notes"][0].as_str().unwrap().contains("no price is known of aws, gcp, azure"));
    let text = sandbox.ok(&[AB, &["--platform", "azure"]].concat()).out;
    assert!(text.contains("tie (within noise)") && text.contains("gcp / aws"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let sandbox = two();
    let said = sandbox.bench(&["compare", "--platform-a", "aws", "--platform-b", "azure"]);
    assert_eq!(said.code, 3);
    assert!(
        said.err.contains("no run fits platform 'azure'") && said.err.contains("there are runs on aws"),
        "{}",
        said.err
    );
    let other = json!({"platform": {"cloud": "azure"}, "benchmarks": [{"name": "other", "time_ms": 1}]});
    sandbox.record(&other, "HEAD~1");
    let said = sandbox.bench(&["compare", "--platform-a", "aws", "--platform-b", "azure"]);
    assert_eq!(said.code, 3, "{}", said.out);
    assert!(said.err.contains("no metric was measured on two"), "{}", said.err);
    let unlike = json!({"platform": {"cloud": "azure"}, "benchmarks": [{"name": "flash_attention_forward",
        "metrics": {"latency": {"value": 5, "unit": "B"}, "memory": {"value": 2, "unit": "GB"}}}]});
    sandbox.record(&unlike, "HEAD~1");
    let args = ["compare", "--platform-a", "aws", "--platform-b", "azure", "--format", "json"];
    let json = sandbox.ok(&args).json();
    assert_eq!(json["metrics"][0]["values"][1]["value"], 2000.0);
    assert!(
        json["notes"].to_string().contains("units that do not convert are left out: flash_attention_forward:latency")
    );
    let said = sandbox.bench(&[&args[..], &["--same-commits"]].concat());
    assert_eq!(said.code, 3, "{}", said.err);
    assert_eq!(
        sandbox.ok(&[AB, &["--same-commits", "--format", "json"]].concat()).json()["platforms"][0]["samples"],
        1
    );
}
