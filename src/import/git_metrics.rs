//! git-metrics' notes (`refs/notes/metrics`): TOML, a list of metrics with tags.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::json;
use crate::model::{Better, Measurement, Run};
use crate::{Error, Result};

/// The ref that git-metrics shares its measurements under.
pub const NOTES_REF: &str = "refs/notes/metrics";

/// The run in the note of one commit; none where it holds no metric. The tags belong to the name, sorted by key:
/// `binary_size[arch=x86_64]`. Of a repeated name and tags the last value counts, as in git-metrics itself. Local changes
/// that are not yet pushed (`[[changes]]`) are applied in their order.
///
/// # Errors
/// [`crate::Kind::Data`] where the note is no TOML, or a metric has no name or value.
pub fn read_note(commit: &str, note: &str) -> Result<Vec<Run>> {
    let fault = |why: &str| Error::data(format!("the note of '{commit}' is none of git-metrics': {why}"));
    let table: Table = note.parse().map_err(|e| fault("it is no valid TOML").because(e))?;
    let mut values: Vec<Option<(String, f64)>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for key in ["metrics", "changes"] {
        let list = match table.get(key) {
            None => continue,
            Some(Value::Array(list)) => list,
            Some(_) => return Err(fault(&format!("{key}: expected a list"))),
        };
        for (i, metric) in list.iter().enumerate() {
            let (name, value) = read_metric(metric).map_err(|why| fault(&format!("{key}[{i}]{why}")))?;
            let at = *places.entry(name.clone()).or_insert_with(|| {
                values.push(None);
                values.len() - 1
            });
            let remove = metric.get("action").and_then(Value::as_str) == Some("remove");
            values[at] = (!remove).then_some((name, value));
        }
    }
    let measured = |(name, value)| Measurement::new(name, "value", "", Better::None, Some(value));
    let measurements: Vec<_> = values.into_iter().flatten().map(measured).collect();
    if measurements.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Run {
        harness: Some("git-metrics".into()),
        commit: Some(commit.to_owned()),
        measurements,
        entry: Some(note.as_bytes().to_vec()),
        ..Run::default()
    }])
}

fn read_metric(metric: &Value) -> Result<(String, f64), &'static str> {
    let name = metric.get("name").and_then(Value::as_str).ok_or(".name: expected a text")?;
    let value = match metric.get("value") {
        Some(Value::Float(value)) => *value,
        Some(Value::Integer(value)) => *value as f64,
        _ => return Err(".value: expected a number"),
    };
    let tags = metric.get("tags").and_then(Value::as_table).into_iter().flatten();
    let mut params: Vec<(&str, String)> =
        tags.map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default().to_owned())).collect();
    params.sort();
    Ok((json::with_params(name, &params), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = r#"
[[metrics]]
name = "size"
value = 10.0
[metrics.tags]
"z.target" = "linux"
arch = "arm"
[[metrics]]
name = "size"
tags = {}
value = 3
[[metrics]]
name = "size"
value = nan
"#;

    #[test]
    fn the_last_value_counts() {
        let runs = read_note("abc", NOTE).unwrap();
        let rows: Vec<_> = runs[0].measurements.iter().map(|m| (&*m.name, m.value)).collect();
        assert_eq!(rows, [("size[arch=arm,z.target=linux]", Some(10.0)), ("size", None)]);
        let change = "[[changes]]\naction = \"remove\"\nname = \"size\"\nvalue = 3.0\n";
        assert_eq!(read_note("abc", &format!("{NOTE}{change}")).unwrap()[0].measurements.len(), 1);
    }

    #[test]
    fn faults_are_named() {
        assert!(read_note("abc", "").unwrap().is_empty());
        for (note, want) in [
            ("[[metrics", "no valid TOML"),
            ("metrics = 3", "metrics: expected a list"),
            ("[[metrics]]\nname = \"a\"", "metrics[0].value: expected a number"),
        ] {
            let message = read_note("abc", note).unwrap_err().message;
            assert!(message.contains(want), "{message}");
        }
    }
}
