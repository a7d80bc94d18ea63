//! Types and schemas held together both ways: what the types write validates and is documented, what is documented the
//! types keep.

use std::collections::BTreeSet;

use git_bench::config::{Config, KEYS, Source};
use git_bench::import::{Input, ReadOptions, read};
use git_bench::model::schema::{SCHEMAS, validate};
use git_bench::model::{Better, Facts, Failure, Measurement, Run, Tests, Time, canonical};
use git_bench::record::{Accept, Drop, Known, Line, PayloadRef, Twin, compose, document_bytes};
use serde_json::{Map, Value, json};

use crate::samples::{self, COMMIT};

/// One of our schemas, by name.
pub fn schema(name: &str) -> Value {
    let (_, text) = SCHEMAS.iter().find(|(known, _)| *known == name).unwrap();
    serde_json::from_str(text).unwrap()
}

/// The part of a schema below `$defs`, with all definitions at hand.
pub fn part(name: &str, def: &str) -> Value {
    json!({"$ref": format!("#/$defs/{def}"), "$defs": schema(name)["$defs"]})
}

fn assert_valid(schema: &Value, document: &Value) {
    if let Err(fault) = validate(schema, document) {
        panic!("{}: {}\n{document:#}", fault.path, fault.expected);
    }
}

/// Walks a document and its schema side by side. An object for which the schema names no property at all is free.
#[derive(Default)]
struct Walk {
    /// Pointers of the properties that were met.
    seen: BTreeSet<String>,
    /// Places of the document that the schema does not know.
    unknown: Vec<String>,
}

impl Walk {
    fn go(&mut self, root: &Value, pointer: &str, value: &Value, place: &str) {
        let rules = root.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        if let Some(target) = rules["$ref"].as_str() {
            self.go(root, target.trim_start_matches('#'), value, place);
        }
        match value {
            Value::Object(map) => {
                for (key, item) in map {
                    let at = format!("{place}.{key}");
                    if !rules["properties"][key].is_null() {
                        let next = format!("{pointer}/properties/{key}");
                        self.seen.insert(next.clone());
                        self.go(root, &next, item, &at);
                    } else if rules["additionalProperties"].is_object() {
                        self.go(root, &format!("{pointer}/additionalProperties"), item, &at);
                    } else if rules["$ref"].is_null() && !rules["properties"].is_null() {
                        self.unknown.push(at);
                    }
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    let at = format!("{place}[{i}]");
                    if rules["prefixItems"].is_array() {
                        self.go(root, &format!("{pointer}/prefixItems/{i}"), item, &at);
                    } else if rules["items"].is_object() {
                        self.go(root, &format!("{pointer}/items"), item, &at);
                    } else if rules["$ref"].is_null() {
                        self.unknown.push(at);
                    }
                }
            }
            _ => {}
        }
    }
}

/// All properties that stand below a place of a schema, references followed once.
fn properties(root: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    let Some(Value::Object(rules)) = root.pointer(pointer) else { return };
    for (keyword, value) in rules {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(named)) => {
                for key in named.keys() {
                    let next = format!("{pointer}/properties/{key}");
                    if found.insert(next.clone()) {
                        properties(root, &next, found);
                    }
                }
            }
            ("items" | "additionalProperties", Value::Object(_)) => {
                properties(root, &format!("{pointer}/{keyword}"), found);
            }
            ("$ref", Value::String(target)) => properties(root, target.trim_start_matches('#'), found),
            _ => {}
        }
    }
}

/// The document is valid, all of it is documented, and it shows every property that is.
fn assert_both_ways(root: &Value, pointer: &str, document: &Value) {
    assert_valid(root, document);
    let mut walk = Walk::default();
    walk.go(root, pointer, document, "");
    assert!(walk.unknown.is_empty(), "not in the schema: {:?}", walk.unknown);
    let mut documented = BTreeSet::new();
    properties(root, pointer, &mut documented);
    let without: Vec<_> = documented.difference(&walk.seen).collect();
    assert!(without.is_empty(), "in the schema, but never written: {without:?}");
}

#[test]
fn lines_of_every_kind_are_documented_and_kept() {
    let root = schema("record");
    for (kind, line) in samples::lines() {
        assert_both_ways(&root, &format!("/$defs/{kind}"), &line);
        let bytes = line.to_string().into_bytes();
        let written = match Line::parse(&bytes) {
            Line::Run(run) => run.to_line(),
            Line::Twin(twin) => twin.to_line(),
            Line::Accept(accept) => accept.to_line(),
            Line::Drop(drop) => drop.to_line(),
            Line::Unreadable(why) => panic!("{kind}: {why}"),
        };
        assert_eq!(String::from_utf8(written).unwrap(), String::from_utf8(bytes).unwrap(), "{kind}");
    }
}

#[test]
fn the_fixture_line_and_lines_of_the_types_validate() {
    let root = schema("record");
    let fixture = include_str!("../fixtures/record.v1.line");
    assert_valid(&root, &serde_json::from_str(fixture).unwrap());
    let (id, time) = ("550e8400-e29b-41d4-a716-446655440001".to_owned(), Time(1_705_312_500));
    let accept = Accept {
        id: id.clone(),
        time,
        who: None,
        commit: COMMIT.into(),
        tree: None,
        pattern: "*".into(),
        metric: None,
        reason: "known".into(),
        until: None,
    };
    let payload = PayloadRef { sha256: "0".repeat(64), size: 7, key: "daily/a.json".into(), store: "aws".into() };
    let drop = Drop { id: id.clone(), time, who: None, target: id, reason: "noise".into(), payload: Some(payload) };
    for line in [accept.to_line(), drop.to_line(), Twin { commit: COMMIT.into() }.to_line()] {
        assert_valid(&root, &serde_json::from_slice(&line).unwrap());
    }
}

#[test]
fn a_result_file_is_documented_read_and_kept() {
    let root = schema("result");
    let document = samples::result();
    assert_both_ways_open(&root, &document);
    let text = serde_json::to_vec(&document).unwrap();
    let (_, runs) = read(&Input::file("r.json", text), Some("git-bench"), &ReadOptions::default()).unwrap();
    assert_eq!(runs[0].document.as_ref(), document.as_object(), "nothing is lost");
    // Written back with what git-bench knows: all that was there still is.
    let composed = compose(runs[0].clone(), &known(), &|_| "key".into()).unwrap();
    let payload = composed.document.unwrap();
    assert_valid(&root, &Value::Object(payload.clone()));
    assert_contains(&Value::Object(payload), &document, "");
}

/// As [`assert_both_ways`], where benchmarks take any further name (`latency_ms`, `dtype`).
fn assert_both_ways_open(root: &Value, document: &Value) {
    let mut open = root.clone();
    open["$defs"]["benchmark"]["additionalProperties"] = json!({"type": ["number", "string"]});
    assert_both_ways(&open, "", document);
}

/// Every value of the second stands in the first, but for the five words that git-bench decides itself.
fn assert_contains(all: &Value, part: &Value, place: &str) {
    const OURS: &[&str] =
        &[".metadata.commit", ".metadata.tree", ".metadata.suite", ".metadata.channel", ".metadata.tag"];
    match (all, part) {
        (Value::Object(all), Value::Object(part)) => {
            for (key, value) in part {
                let at = format!("{place}.{key}");
                if !OURS.contains(&at.as_str()) {
                    assert_contains(all.get(key).unwrap_or_else(|| panic!("{at} is gone")), value, &at);
                }
            }
        }
        _ => assert_eq!(all, part, "{place}"),
    }
}

fn known() -> Known {
    Known {
        commit: COMMIT.into(),
        tree: Some(COMMIT.into()),
        ctime: Some(1_705_312_500),
        parents: vec![COMMIT.into()],
        subject: Some("Parse faster".into()),
        measured: Some(COMMIT.into()),
        branch: Some("fast".into()),
        base: Some(COMMIT.into()),
        pr: Some(7),
        tag: Some("v1".into()),
        suite: "default".into(),
        channel: "pr".into(),
        dirty: true,
        who: Some("alice".into()),
        now: Time(1_705_312_600),
        platform: Facts::from([
            ("os".into(), "linux".into()),
            ("cpu_count".into(), 8.into()),
            ("turbo".into(), false.into()),
        ]),
        environment: Facts::from([("python_version".into(), "3.12".into()), ("pip_freeze".into(), json!(["a==1"]))]),
        input: "9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65".into(),
        ..Known::default()
    }
}

/// A run of a harness with everything that a reader may find.
fn run() -> Run {
    let mut long =
        Measurement::new("long[k=v]", "time", "ms", Better::Lower, Some(1.52)).sampled(vec![1.5, 1.52, 1.54]);
    (long.mean, long.median) = (Some(1.52), Some(1.52));
    Run {
        harness: Some("criterion 0.8.2".into()),
        time: Some(Time(1_705_312_500)),
        measurements: vec![
            long,
            Measurement::new("failed", "time", "ms", Better::Lower, None),
            Measurement::new("bare", "score", "", Better::None, Some(-1e-7)),
        ],
        tests: Some(Tests { total: 5, passed: 3, failed: 1, skipped: 1, errors: 0 }),
        failures: vec![Failure { test: "t".into(), error: "e".into(), traceback: "tb".into() }],
        duration: Some(12.5),
        ..Run::default()
    }
}

#[test]
fn what_compose_makes_is_valid_and_documented() {
    let execution = json!({"command": ["make"], "exit_code": 0, "spot_instance": true, "estimated_cost_usd": 0.5});
    let attachment = json!({"name": "a", "key": "attachments/a", "sha256": known().input, "size": 1});
    let known = Known {
        execution: execution.as_object().cloned().unwrap_or_default(),
        attachments: vec![attachment],
        ..known()
    };
    let composed = compose(run(), &known, &|_| "key".into()).unwrap();
    let line: Value = serde_json::from_slice(&composed.record.to_line()).unwrap();
    assert_valid(&schema("record"), &line);
    let mut walk = Walk::default();
    walk.go(&schema("record"), "/$defs/run", &line, "");
    assert!(walk.unknown.is_empty(), "not in the schema: {:?}", walk.unknown);
    let document = composed.document.unwrap();
    let written: Value = serde_json::from_slice(&document_bytes(&document)).unwrap();
    let same = canonical(&written) == canonical(&Value::Object(document));
    assert!(same, "the bytes say what the document says");
    assert_valid(&schema("result"), &written);
    let mut walk = Walk::default();
    walk.go(&schema("result"), "", &written, "");
    assert_eq!(walk.unknown, [".platform.turbo"], "only the facts that a machine adds go beyond the schema");
    // A payload of ours reads back as the same measurements.
    let bytes = document_bytes(written.as_object().unwrap());
    let (reader, again) = read(&Input::file("p.json", bytes), None, &ReadOptions::default()).unwrap();
    assert_eq!(reader.name(), "git-bench");
    let names: Vec<_> = again[0].measurements.iter().map(|m| (&*m.name, &*m.metric, m.value)).collect();
    assert_eq!(names, [("long[k=v]", "time", Some(1.52)), ("failed", "time", None), ("bare", "score", Some(-1e-7))]);
}

#[test]
fn reports_are_documented_as_they_are() {
    let root = schema("report");
    let json = |report: &dyn erased::Report| report.json();
    assert_both_ways(&root, "/$defs/changes", &json(&samples::changes()));
    assert_both_ways(&root, "/$defs/log", &json(&samples::log()));
    assert_both_ways(&root, "/$defs/show", &json(&samples::shown()));
    assert_both_ways(&root, "/$defs/blame", &json(&samples::blame()));
    assert_both_ways(&root, "/$defs/bisect", &json(&samples::bisected()));
    // A listing's facts and rows are each command's own.
    assert_valid(&part("report", "listing"), &json(&samples::listing()));
    for (def, report) in
        [("log", json(&samples::changes())), ("changes", json(&samples::shown())), ("show", json(&samples::log()))]
    {
        assert!(validate(&part("report", def), &report).is_err(), "'{def}' takes another report");
    }
}

mod erased {
    pub trait Report {
        fn json(&self) -> serde_json::Value;
    }

    impl<T: serde::Serialize> Report for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap()
        }
    }
}

/// A `bench.toml` with every property of the schema is taken without a warning, and every key that a committed file may
/// set is a property.
#[test]
fn the_configuration_is_documented_as_it_is_read() {
    let root = schema("config");
    let text = r#"
price = { "p4d.24xlarge" = 32.77 }

[bench]
base = "main"
suite = "default"
environment = ["cloud", "os"]
attachInput = false

[check]
threshold = "2%"
window = 60
missing = "fail"
inconclusive = "ok"
method = "default"

[[store]]
name = "aws"
url = "s3://torchbridge-benchmarks"
region = "us-west-2"
account = "a"
when = { cloud = "aws" }

[[rule]]
benchmark = "flash_*"
metric = "latency"
environment = "*"
threshold = "10%"
floor = "0.05 ms"
better = "lower"
method = "default"

[[label]]
name = "AWS P4d (A100)"
when = { cloud = "aws" }
"#;
    let table: toml::Table = text.parse().unwrap();
    assert_both_ways(&root, "", &serde_json::to_value(&table).unwrap());
    let config = Config::read(&Source { file: Some(("bench.toml", text)), ..Source::default() }).unwrap();
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    assert_eq!((config.stores.len(), config.rules.len(), config.labels.len(), config.prices.len()), (1, 1, 1, 1));
    for key in KEYS {
        let (table, name) = key.name.split_once('.').unwrap();
        let known = root.pointer(&format!("/properties/{table}/properties/{name}"));
        assert_eq!(known.is_some(), key.in_repository, "'{}' in schema/config.v1.json", key.name);
    }
}

#[test]
fn what_a_schema_refuses_is_refused() {
    let empty = Map::new();
    let result = schema("result");
    assert!(validate(&result, &Value::Object(empty)).is_err());
    for (place, wrong) in [
        ("/metadata/timestamp", json!("yesterday")),
        ("/metadata/pr_number", json!(-1)),
        ("/execution/duration_seconds", json!(-1)),
        ("/results/passed", json!(1.5)),
        ("/benchmarks/0/name", json!("")),
        ("/benchmarks/1/metrics/time/better", json!("up")),
        ("/benchmarks/1/metrics/time/samples", json!([1, "2"])),
        ("/attachments/0/sha256", json!("abc")),
        ("/schema_version", json!("2.0.0")),
    ] {
        let mut document = samples::result();
        *document.pointer_mut(place).unwrap() = wrong;
        let fault = validate(&result, &document).expect_err(place);
        let path = fault.path.replace('[', ".").replace(']', "");
        assert!(path.starts_with(&place[1..].replace('/', ".")), "{place}: {fault:?}");
    }
}
