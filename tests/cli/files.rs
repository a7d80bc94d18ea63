//! What harnesses write: small result files of our own, and the fixtures of other formats.

use std::path::Path;

use serde_json::{Value, json};

/// A result file of ours with latencies in ms. Its platform is one named machine, so that nothing of the machine that
/// runs the tests gets into it.
pub fn result(latencies: &[(&str, f64)]) -> String {
    result_on(json!({"machine": "lab"}), latencies)
}

/// The same, measured on another machine.
pub fn result_on(platform: Value, latencies: &[(&str, f64)]) -> String {
    let benchmarks: Vec<Value> =
        latencies.iter().map(|(name, value)| json!({"name": name, "latency_ms": value})).collect();
    json!({"platform": platform, "benchmarks": benchmarks}).to_string()
}

/// One metric in the long form.
pub fn metric(name: &str, metric: &str, unit: &str, value: f64) -> String {
    let metrics = json!({metric: {"value": value, "unit": unit}});
    json!({"platform": {"machine": "lab"}, "benchmarks": [{"name": name, "metrics": metrics}]}).to_string()
}

/// The seed's own example, byte for byte.
pub const SEED: &str = include_str!("../fixtures/formats/git-bench/seed-example.json");

/// The seed's own example with the id of a commit that is here.
pub fn seed_at(commit: &str) -> String {
    SEED.replace("abc123def456", commit)
}

/// A fixture of another format, `hyperfine/hf-1.20.0-noshell.json`.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
