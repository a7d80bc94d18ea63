//! The payload: the seed's result file, completed by what git-bench knows.

use serde_json::{Map, Value, json};

use super::compose::Known;
use super::v1::RunRecord;
use super::write::pretty;
use crate::model::{Facts, Measurement, Run, Tests};

const TOP: &[&str] = &[
    "schema_version",
    "metadata",
    "platform",
    "execution",
    "environment",
    "results",
    "benchmarks",
    "failures",
    "attachments",
];
const METADATA: &[&str] = &[
    "run_id",
    "timestamp",
    "developer",
    "branch",
    "commit_sha",
    "commit_message",
    "base_commit",
    "pr_number",
    "commit",
    "tree",
    "measured",
    "tag",
    "suite",
    "channel",
    "dirty",
];
const PLATFORM: &[&str] = &[
    "cloud",
    "instance_type",
    "region",
    "gpu_model",
    "gpu_count",
    "hardware",
    "machine",
    "cpu_model",
    "cpu_count",
    "memory_mb",
    "os",
    "os_version",
    "arch",
    "kernel",
];
const EXECUTION: &[&str] = &[
    "test_path",
    "pytest_args",
    "duration_seconds",
    "spot_instance",
    "estimated_cost_usd",
    "command",
    "exit_code",
    "harness",
];
const ENVIRONMENT: &[&str] = &["python_version", "pytorch_version", "cuda_version", "pip_freeze"];
const RESULTS: &[&str] = &["total_tests", "passed", "failed", "skipped", "errors", "pass_rate"];

/// The bytes of a document: exactly these are hashed and stored.
pub fn to_bytes(document: &Map<String, Value>) -> Vec<u8> {
    pretty(document)
}

/// The document of a run: what the input stated (which may be large), completed.
pub(super) fn build(
    stated: Map<String, Value>,
    run: &Run,
    known: &Known,
    record: &RunRecord,
    execution: Map<String, Value>,
) -> Map<String, Value> {
    let mut document = stated;
    // A result file of ours holds one of the two; where neither is there, the results stand in the measurements.
    let bare = !document.contains_key("benchmarks") && !document.contains_key("results");
    document.entry("schema_version").or_insert_with(|| "1.0.0".into());
    let metadata = complete_metadata(object(&document, "metadata"), known, record);
    put(&mut document, "metadata", metadata, METADATA);
    let has_platform = document.get("platform").and_then(Value::as_object).is_some_and(|p| !p.is_empty());
    if !has_platform {
        put(&mut document, "platform", from_facts(&known.platform), PLATFORM);
    }
    put(&mut document, "execution", execution, EXECUTION);
    let mut environment = object(&document, "environment");
    for (key, value) in &known.environment {
        environment.entry(key.clone()).or_insert_with(|| value.clone());
    }
    put(&mut document, "environment", environment, ENVIRONMENT);
    if bare {
        if let Some(tests) = run.tests {
            put(&mut document, "results", results(&tests), RESULTS);
        }
        document.insert("benchmarks".into(), benchmarks(&run.measurements));
        if !run.failures.is_empty() {
            document.insert("failures".into(), serde_json::to_value(&run.failures).unwrap_or_default());
        }
    } else if document.get("results").is_some_and(Value::is_object) {
        let results = object(&document, "results");
        put(&mut document, "results", results, RESULTS);
    }
    if !known.attachments.is_empty() {
        let mut all = document.get("attachments").and_then(Value::as_array).cloned().unwrap_or_default();
        all.extend(known.attachments.iter().cloned());
        document.insert("attachments".into(), Value::Array(all));
    }
    ordered(document, TOP)
}

fn complete_metadata(mut metadata: Map<String, Value>, known: &Known, record: &RunRecord) -> Map<String, Value> {
    let mut stated = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            metadata.entry(key.to_owned()).or_insert(value);
        }
    };
    stated("run_id", Some(record.id.as_str().into()));
    stated("timestamp", Some(record.time.to_string().into()));
    stated("developer", record.who.as_deref().map(Value::from));
    stated("branch", record.branch.as_deref().map(Value::from));
    stated("commit_sha", Some(record.commit.as_str().into()));
    stated("commit_message", known.subject.as_deref().map(Value::from));
    stated("base_commit", record.base.as_deref().map(Value::from));
    stated("pr_number", record.pr.map(Value::from));
    for (key, value) in [
        ("commit", Some(record.commit.as_str())),
        ("tree", record.tree.as_deref()),
        ("measured", record.measured.as_deref()),
        ("tag", record.tag.as_deref()),
        ("suite", Some(record.suite.as_str())),
        ("channel", Some(record.channel.as_str())),
    ] {
        if let Some(value) = value {
            metadata.insert(key.into(), value.into());
        }
    }
    if record.dirty {
        metadata.insert("dirty".into(), true.into());
    }
    metadata
}

fn object(document: &Map<String, Value>, key: &str) -> Map<String, Value> {
    document.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn put(document: &mut Map<String, Value>, key: &str, value: Map<String, Value>, order: &[&str]) {
    if !value.is_empty() || document.contains_key(key) {
        document.insert(key.to_owned(), Value::Object(ordered(value, order)));
    }
}

/// The map with its known keys first, in our order; the others after them, in theirs.
fn ordered(mut map: Map<String, Value>, keys: &[&str]) -> Map<String, Value> {
    let mut sorted = Map::new();
    for key in keys {
        if let Some(value) = map.shift_remove(*key) {
            sorted.insert((*key).to_owned(), value);
        }
    }
    sorted.extend(map);
    sorted
}

fn from_facts(facts: &Facts) -> Map<String, Value> {
    facts.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn results(tests: &Tests) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, count) in [
        ("total_tests", tests.total),
        ("passed", tests.passed),
        ("failed", tests.failed),
        ("skipped", tests.skipped),
        ("errors", tests.errors),
    ] {
        map.insert(key.into(), count.into());
    }
    if tests.total > 0 {
        let rate = tests.passed as f64 * 100.0 / tests.total as f64;
        map.insert("pass_rate".into(), ((rate * 100.0).round() / 100.0).into());
    }
    map
}

/// Long form: one entry a name, in order of first appearance.
fn benchmarks(measurements: &[Measurement]) -> Value {
    let mut entries: Map<String, Value> = Map::new();
    for m in measurements {
        let entry = entries.entry(m.name.clone()).or_insert_with(|| json!({"name": m.name, "metrics": {}}));
        if let Some(metrics) = entry.get_mut("metrics").and_then(Value::as_object_mut) {
            metrics.insert(m.metric.clone(), Value::Object(metric(m)));
        }
    }
    Value::Array(entries.into_iter().map(|(_, entry)| entry).collect())
}

fn metric(m: &Measurement) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("value".into(), m.value.map_or(Value::Null, Value::from));
    if !m.unit.is_empty() {
        map.insert("unit".into(), m.unit.as_str().into());
    }
    map.insert("better".into(), m.better.as_str().into());
    if let Some(n) = m.n {
        map.insert("n".into(), n.into());
    }
    for (key, value) in [("mean", m.mean), ("stddev", m.stddev), ("median", m.median), ("min", m.min), ("max", m.max)] {
        if let Some(value) = value.filter(|v| v.is_finite()) {
            map.insert(key.into(), value.into());
        }
    }
    if !m.samples.is_empty() {
        map.insert("samples".into(), m.samples.clone().into());
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_keys_come_first_and_numbers_are_canonical() {
        let map = json!({"x": 1, "benchmarks": [], "metadata": {"z": 1.0, "run_id": "r"}});
        let Value::Object(map) = map else { unreachable!() };
        let text = String::from_utf8(to_bytes(&ordered(map, TOP))).unwrap();
        assert_eq!(
            text,
            "{\n  \"metadata\": {\n    \"z\": 1,\n    \"run_id\": \"r\"\n  },\n  \"benchmarks\": [],\n  \"x\": 1\n}\n"
        );
    }

    #[test]
    fn a_payload_of_ours_reads_back_as_the_same_rows() {
        use crate::import::{Input, ReadOptions, read};
        let m =
            Measurement::new("a[k=v]", "time", "us", crate::model::Better::Lower, Some(1.5)).sampled(vec![1.0, 2.0]);
        let document = json!({"benchmarks": benchmarks(std::slice::from_ref(&m))});
        let Value::Object(map) = document else { unreachable!() };
        let (_, runs) = read(&Input::file("p", to_bytes(&map)), None, &ReadOptions::default()).unwrap();
        assert_eq!(runs[0].measurements, [m]);
    }
}
