//! Our validator against another one, Python's `jsonschema`, over valid documents and many broken ones. Where that is not
//! installed this says so and passes.

use std::io::Write;
use std::process::{Command, Stdio};

use git_bench::model::schema::validate;
use serde_json::{Value, json};

use crate::samples;
use crate::schemas::schema;

const SCRIPT: &str = r#"
import json, sys
from jsonschema import Draft202012Validator
task = json.load(sys.stdin)
made = {name: Draft202012Validator(schema) for name, schema in task["schemas"].items()}
print(json.dumps([made[name].is_valid(document) for name, document in task["documents"]]))
"#;

/// The documents of one schema that are valid to begin with.
fn valid() -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&str, Value)> = samples::lines().into_iter().map(|(_, line)| ("record", line)).collect();
    all.push(("record", serde_json::from_str(include_str!("../fixtures/record.v1.line")).unwrap()));
    all.push(("result", samples::result()));
    all.push(("report", serde_json::to_value(samples::changes()).unwrap()));
    all.push(("report", serde_json::to_value(samples::log()).unwrap()));
    all.push(("report", serde_json::to_value(samples::shown()).unwrap()));
    all.push(("report", serde_json::to_value(samples::blame()).unwrap()));
    all.push(("report", serde_json::to_value(samples::listing()).unwrap()));
    all
}

/// Every place below a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                places(item, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{i}"), found);
            }
        }
        _ => {}
    }
}

/// The document with one place replaced, or taken away.
fn broken(document: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut found = Vec::new();
    places(document, "", &mut found);
    for place in found {
        for other in [json!("x"), json!(-1.5), json!({})] {
            let mut changed = document.clone();
            *changed.pointer_mut(&place).unwrap() = other;
            all.push(changed);
        }
        let Some((parent, key)) = place.rsplit_once('/') else { continue };
        let mut changed = document.clone();
        match changed.pointer_mut(parent).unwrap() {
            Value::Object(map) => _ = map.shift_remove(&key.replace("~1", "/").replace("~0", "~")),
            Value::Array(items) => _ = items.remove(key.parse().unwrap()),
            _ => {}
        }
        all.push(changed);
    }
    all
}

// Tests may say what they skip: cargo shows it with --nocapture.
#[allow(clippy::print_stdout)]
#[test]
fn another_validator_agrees() {
    let installed = Command::new("python3").args(["-c", "import jsonschema"]).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        println!("skipped: python3 has no jsonschema here (pip install jsonschema)");
        return;
    }
    let mut documents: Vec<(&str, Value)> = Vec::new();
    for (name, document) in valid() {
        documents.extend(broken(&document).into_iter().map(|changed| (name, changed)));
        documents.push((name, document));
    }
    let schemas: serde_json::Map<String, Value> =
        ["record", "result", "report", "config"].into_iter().map(|name| (name.to_owned(), schema(name))).collect();
    let task = json!({"schemas": &schemas, "documents": documents});
    let mut child =
        Command::new("python3").args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(task.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let theirs: Vec<bool> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(theirs.len(), documents.len());
    let (mut faults, mut refused) = (Vec::new(), 0);
    for ((name, document), theirs) in documents.iter().zip(theirs) {
        let ours = validate(&schemas[*name], document);
        refused += usize::from(!theirs);
        // The other one takes `format` as a remark.
        let of_format = ours.as_ref().is_err_and(|f| f.expected.contains("is no time"));
        if ours.is_ok() != theirs && !of_format {
            faults.push(format!("{name}: ours {ours:?}, theirs {theirs}: {document}"));
        }
    }
    assert!(refused > 500, "only {refused} of {} documents are broken", documents.len());
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        documents.len(),
        faults[..faults.len().min(5)].join("\n")
    );
}
