//! JSON Schemas of our formats, and the part of JSON Schema 2020-12 that they use.
//!
//! The schema files are the single source: what `record` refuses is what they refuse. A test holds every keyword in them
//! against [`KEYWORDS`], so that none is silently without effect.

use std::cell::RefCell;

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
    Validator { root: schema, resolved: RefCell::default() }.check(schema, document, &mut String::new())
}

struct Validator<'a> {
    root: &'a Value,
    /// What each `$ref` met so far means; there are few.
    resolved: RefCell<Vec<(&'a str, &'a Value)>>,
}

fn fault(path: &str, expected: impl Into<String>) -> Result<(), Fault> {
    let path = if path.is_empty() { "the file" } else { path.trim_start_matches('.') };
    Err(Fault { path: path.to_owned(), expected: expected.into() })
}

/// The rules of a schema, looked up once: a file of thousands of results asks for each of them thousands of times.
#[derive(Default)]
struct Rules<'s> {
    reference: Option<&'s str>,
    kinds: Option<&'s Value>,
    choices: Option<&'s Value>,
    only: Option<&'s Value>,
    minimum: Option<&'s Value>,
    maximum: Option<&'s Value>,
    min_length: Option<&'s Value>,
    pattern: Option<&'s str>,
    format: Option<&'s str>,
    any_of: Option<&'s Value>,
    required: Option<&'s Value>,
    properties: Option<&'s Map<String, Value>>,
    additional: Option<&'s Value>,
    fixed: Option<&'s Value>,
    items: Option<&'s Value>,
    min_items: Option<&'s Value>,
    max_items: Option<&'s Value>,
}

impl<'s> Rules<'s> {
    fn of(schema: &'s Map<String, Value>) -> Self {
        let mut rules = Self::default();
        for (keyword, rule) in schema {
            match keyword.as_str() {
                "$ref" => rules.reference = rule.as_str(),
                "type" => rules.kinds = Some(rule),
                "enum" => rules.choices = Some(rule),
                "const" => rules.only = Some(rule),
                "minimum" => rules.minimum = Some(rule),
                "maximum" => rules.maximum = Some(rule),
                "minLength" => rules.min_length = Some(rule),
                "pattern" => rules.pattern = rule.as_str(),
                "format" => rules.format = rule.as_str(),
                "anyOf" | "oneOf" => rules.any_of = Some(rule),
                "required" => rules.required = Some(rule),
                "properties" => rules.properties = rule.as_object(),
                "additionalProperties" => rules.additional = Some(rule),
                "prefixItems" => rules.fixed = Some(rule),
                "items" => rules.items = Some(rule),
                "minItems" => rules.min_items = Some(rule),
                "maxItems" => rules.max_items = Some(rule),
                _ => {}
            }
        }
        rules
    }
}

impl<'a> Validator<'a> {
    fn resolve(&self, target: &'a str) -> &'a Value {
        if let Some((_, known)) = self.resolved.borrow().iter().find(|(name, _)| *name == target) {
            return known;
        }
        let found = self.root.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Bool(false));
        self.resolved.borrow_mut().push((target, found));
        found
    }

    fn check(&self, schema: &'a Value, value: &Value, path: &mut String) -> Result<(), Fault> {
        let Value::Object(rules) = schema else {
            return if schema == &Value::Bool(false) { fault(path, "nothing is allowed here") } else { Ok(()) };
        };
        let rules = Rules::of(rules);
        if let Some(target) = rules.reference {
            self.check(self.resolve(target), value, path)?;
        }
        check_scalar(&rules, value, path)?;
        if let Some(choices) = rules.any_of.and_then(Value::as_array) {
            self.any_of(choices, value, path)?;
        }
        match value {
            Value::Object(map) => self.object(&rules, map, path),
            Value::Array(items) => self.array(&rules, items, path),
            _ => Ok(()),
        }
    }

    fn any_of(&self, choices: &'a [Value], value: &Value, path: &mut String) -> Result<(), Fault> {
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

    fn object(&self, rules: &Rules<'a>, map: &Map<String, Value>, path: &mut String) -> Result<(), Fault> {
        for key in rules.required.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !map.contains_key(key) {
                return fault(path, format!("'{key}' is missing"));
            }
        }
        for (key, item) in map {
            let length = path.len();
            path.push('.');
            path.push_str(key);
            if let Some(schema) = rules.properties.and_then(|p| p.get(key)).or(rules.additional) {
                self.check(schema, item, path)?;
            }
            path.truncate(length);
        }
        Ok(())
    }

    fn array(&self, rules: &Rules<'a>, items: &[Value], path: &mut String) -> Result<(), Fault> {
        let bound = |rule: Option<&Value>| rule.and_then(Value::as_u64).map(|n| n as usize);
        let (least, most) = (bound(rules.min_items), bound(rules.max_items));
        if least.is_some_and(|n| items.len() < n) || most.is_some_and(|n| items.len() > n) {
            return fault(path, format!("{} items are too few or too many", items.len()));
        }
        let fixed = rules.fixed.and_then(Value::as_array);
        for (i, item) in items.iter().enumerate() {
            let Some(schema) = fixed.and_then(|f| f.get(i)).or(rules.items) else { continue };
            let length = path.len();
            path.push_str(&format!("[{i}]"));
            self.check(schema, item, path)?;
            path.truncate(length);
        }
        Ok(())
    }
}

fn check_scalar(rules: &Rules<'_>, value: &Value, path: &str) -> Result<(), Fault> {
    if let Some(kinds) = rules.kinds {
        let kinds = kinds.as_array().map_or_else(|| std::slice::from_ref(kinds), Vec::as_slice);
        let mut names = kinds.iter().filter_map(Value::as_str);
        if !names.any(|kind| has_type(value, kind)) {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            return fault(path, format!("expected {}, found {}", kinds.join(" or "), shown(value)));
        }
    }
    if let Some(choices) = rules.choices.and_then(Value::as_array)
        && !choices.contains(value)
    {
        let list: Vec<_> = choices.iter().map(ToString::to_string).collect();
        return fault(path, format!("expected one of {}, found {}", list.join(", "), shown(value)));
    }
    if let Some(only) = rules.only
        && only != value
    {
        return fault(path, format!("expected {only}, found {}", shown(value)));
    }
    if let Some(number) = value.as_f64() {
        let bound = |rule: Option<&'_ Value>, over: fn(f64, f64) -> bool| {
            rule.filter(|rule| rule.as_f64().is_some_and(|bound| over(number, bound))).map(Value::to_string)
        };
        if let Some(least) = bound(rules.minimum, |number, bound| number < bound) {
            return fault(path, format!("{value} is less than {least}"));
        }
        if let Some(most) = bound(rules.maximum, |number, bound| number > bound) {
            return fault(path, format!("{value} is more than {most}"));
        }
    }
    if let Some(text) = value.as_str() {
        if rules.min_length.and_then(Value::as_u64).is_some_and(|n| (text.chars().count() as u64) < n) {
            return fault(path, "it is empty");
        }
        if let Some(pattern) = rules.pattern
            && !fits(pattern, text)
        {
            return fault(path, format!("{}, found {}", expected(pattern), shown(value)));
        }
        if rules.format == Some("date-time") && Time::parse(text).is_none() {
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
