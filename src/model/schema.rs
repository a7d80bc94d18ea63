//! JSON Schemas of our formats, and the part of JSON Schema 2020-12 that they use.
//!
//! The schema files are the single source: what `record` refuses is what they refuse. A test holds every keyword in them
//! against [`KEYWORDS`], so that none is silently without effect.

use serde_json::{Map, Value};

use super::Time;

/// The payload, `schema/result.v1.json`.
pub const RESULT_V1: &str = include_str!("../../schema/result.v1.json");

/// All schemas by the name that `git bench schema` takes.
pub static SCHEMAS: &[(&str, &str)] = &[
    ("result", RESULT_V1),
    ("record", include_str!("../../schema/record.v1.json")),
    ("report", include_str!("../../schema/report.v1.json")),
    ("config", include_str!("../../schema/config.v1.json")),
];

/// The keywords that [`validate`] acts on, and the annotations that have no effect.
pub const KEYWORDS: &[&str] = &[
    "$ref",
    "type",
    "enum",
    "const",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "prefixItems",
    "anyOf",
    "oneOf",
    "minimum",
    "maximum",
    "minLength",
    "minItems",
    "maxItems",
    "pattern",
    "format",
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
];

/// The first fault of a document: where, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path from the top, `benchmarks[0].latency_ms`; `the file` for the top itself.
    pub path: String,
    /// What was expected and what stands there.
    pub expected: String,
}

/// Holds a document against a schema.
///
/// # Errors
/// The first fault in document order.
pub fn validate(schema: &Value, document: &Value) -> Result<(), Fault> {
    Validator { root: schema }.check(schema, document, &mut String::new())
}

struct Validator<'a> {
    root: &'a Value,
}

fn fault(path: &str, expected: impl Into<String>) -> Result<(), Fault> {
    let path = if path.is_empty() { "the file" } else { path.trim_start_matches('.') };
    Err(Fault { path: path.to_owned(), expected: expected.into() })
}

impl Validator<'_> {
    fn check(&self, schema: &Value, value: &Value, path: &mut String) -> Result<(), Fault> {
        let Value::Object(rules) = schema else {
            return if schema == &Value::Bool(false) { fault(path, "nothing is allowed here") } else { Ok(()) };
        };
        if let Some(target) = rules.get("$ref").and_then(Value::as_str) {
            let pointer = target.trim_start_matches('#');
            self.check(self.root.pointer(pointer).unwrap_or(&Value::Bool(false)), value, path)?;
        }
        check_scalar(rules, value, path)?;
        if let Some(choices) = rules.get("anyOf").or_else(|| rules.get("oneOf")).and_then(Value::as_array) {
            self.any_of(choices, value, path)?;
        }
        match value {
            Value::Object(map) => self.object(rules, map, path),
            Value::Array(items) => self.array(rules, items, path),
            _ => Ok(()),
        }
    }

    fn any_of(&self, choices: &[Value], value: &Value, path: &mut String) -> Result<(), Fault> {
        let mut faults = Vec::new();
        for choice in choices {
            match self.check(choice, value, path) {
                Ok(()) => return Ok(()),
                Err(found) => faults.push(found),
            }
        }
        // The alternative that got deepest is the one that was meant.
        let said: Vec<_> = faults.iter().map(|f| f.expected.clone()).collect();
        match faults.into_iter().max_by_key(|f| f.path.len()) {
            Some(deepest) if deepest.path.len() > path.len() + 1 && deepest.path != "the file" => Err(deepest),
            _ => fault(path, said.join(", or ")),
        }
    }

    fn object(&self, rules: &Map<String, Value>, map: &Map<String, Value>, path: &mut String) -> Result<(), Fault> {
        for key in rules.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !map.contains_key(key) {
                return fault(path, format!("'{key}' is missing"));
            }
        }
        let properties = rules.get("properties").and_then(Value::as_object);
        for (key, item) in map {
            let length = path.len();
            path.push('.');
            path.push_str(key);
            if let Some(schema) = properties.and_then(|p| p.get(key)).or_else(|| rules.get("additionalProperties")) {
                self.check(schema, item, path)?;
            }
            path.truncate(length);
        }
        Ok(())
    }

    fn array(&self, rules: &Map<String, Value>, items: &[Value], path: &mut String) -> Result<(), Fault> {
        let bound = |key| rules.get(key).and_then(Value::as_u64).map(|n| n as usize);
        if bound("minItems").is_some_and(|n| items.len() < n) || bound("maxItems").is_some_and(|n| items.len() > n) {
            return fault(path, format!("{} items are too few or too many", items.len()));
        }
        let fixed = rules.get("prefixItems").and_then(Value::as_array);
        for (i, item) in items.iter().enumerate() {
            let Some(schema) = fixed.and_then(|f| f.get(i)).or_else(|| rules.get("items")) else { continue };
            let length = path.len();
            path.push_str(&format!("[{i}]"));
            self.check(schema, item, path)?;
            path.truncate(length);
        }
        Ok(())
    }
}

fn check_scalar(rules: &Map<String, Value>, value: &Value, path: &str) -> Result<(), Fault> {
    if let Some(kinds) = rules.get("type") {
        let kinds: Vec<&str> = match kinds {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if !kinds.iter().any(|kind| has_type(value, kind)) {
            return fault(path, format!("expected {}, found {}", kinds.join(" or "), shown(value)));
        }
    }
    if let Some(choices) = rules.get("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        let list: Vec<_> = choices.iter().map(ToString::to_string).collect();
        return fault(path, format!("expected one of {}, found {}", list.join(", "), shown(value)));
    }
    if let Some(only) = rules.get("const")
        && only != value
    {
        return fault(path, format!("expected {only}, found {}", shown(value)));
    }
    if let Some(number) = value.as_f64() {
        let bound = |key| rules.get(key).and_then(Value::as_f64);
        if bound("minimum").is_some_and(|b| number < b) {
            return fault(path, format!("{value} is less than {}", rules["minimum"]));
        }
        if bound("maximum").is_some_and(|b| number > b) {
            return fault(path, format!("{value} is more than {}", rules["maximum"]));
        }
    }
    if let Some(text) = value.as_str() {
        if rules.get("minLength").and_then(Value::as_u64).is_some_and(|n| (text.chars().count() as u64) < n) {
            return fault(path, "it is empty");
        }
        if let Some(pattern) = rules.get("pattern").and_then(Value::as_str)
            && !fits(pattern, text)
        {
            return fault(path, format!("{}, found {}", expected(pattern), shown(value)));
        }
        if rules.get("format").and_then(Value::as_str) == Some("date-time") && Time::parse(text).is_none() {
            return fault(path, format!("{} is no time (expected 2024-01-15T10:30:00Z)", shown(value)));
        }
    }
    Ok(())
}

fn has_type(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|v| v.fract() == 0.0),
        _ => value.is_number(),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 40 { format!("{}...", text.chars().take(37).collect::<String>()) } else { text }
}

/// What a pattern asks for, in words.
fn expected(pattern: &str) -> String {
    match pattern {
        "^1\\." => "expected version 1, the only one that this git-bench reads".into(),
        _ if pattern.starts_with("^[0-9a-f]") => "expected hex digits in lower case".into(),
        _ => format!("expected {pattern}"),
    }
}

/// The few forms of pattern that our schemas use: `^` and `$`, `[0-9a-f]`, `{n}`, `+`, `\.` and plain text.
fn fits(pattern: &str, text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    match pattern {
        "^[0-9a-f]+$" => !text.is_empty() && hex(text),
        "^1\\." => text.starts_with("1."),
        _ => match pattern.strip_prefix("^[0-9a-f]{").and_then(|p| p.strip_suffix("}$")) {
            Some(count) => count.parse() == Ok(text.len()) && hex(text),
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_fault(document: Value) -> String {
        let schema = serde_json::from_str(RESULT_V1).unwrap();
        validate(&schema, &document).map_or_else(|f| format!("{}: {}", f.path, f.expected), |()| "valid".into())
    }

    #[test]
    fn the_first_fault_is_named_by_its_path() {
        use serde_json::json;
        assert_eq!(first_fault(json!({"benchmarks": []})), "valid");
        assert_eq!(first_fault(json!({})), "the file: 'benchmarks' is missing, or 'results' is missing");
        assert_eq!(first_fault(json!({"benchmarks": [{"x": 1}]})), "benchmarks[0]: 'name' is missing");
        assert_eq!(
            first_fault(json!({"benchmarks": [{"name": "a", "metrics": {"time": {"value": "1"}}}]})),
            "benchmarks[0].metrics.time.value: expected number or null, found \"1\""
        );
        assert_eq!(
            first_fault(json!({"results": {}, "execution": {"duration_seconds": -1}})),
            "execution.duration_seconds: -1 is less than 0"
        );
        assert!(first_fault(json!({"results": {}, "schema_version": "2.0.0"})).starts_with("schema_version: "));
    }
}
