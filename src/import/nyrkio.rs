//! Nyrkiö's JSON: one result or an array of results, each a commit.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json, units};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time, canonical};

/// Reader of Nyrkiö's results.
pub struct Nyrkio;

impl Importer for Nyrkio {
    fn name(&self) -> &'static str {
        "nyrkio"
    }

    fn doc(&self) -> &'static str {
        "Nyrkiö's results: timestamp, metrics, attributes"
    }

    fn example(&self) -> &'static str {
        "git bench record results.json"
    }

    fn many(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input) -> bool {
        let result = |value: &Value| {
            value.get("timestamp").is_some()
                && value.get("metrics").is_some_and(Value::is_array)
                && value.get("attributes").is_some_and(Value::is_object)
        };
        entries(input).first().is_some_and(result)
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        let entries = entries(input);
        let read = |(i, value): (usize, &Value)| {
            let place = if entries.len() > 1 { format!("[{i}].") } else { String::new() };
            read_run(value, options).map_err(|(at, want)| broken(input, "Nyrkiö result", &format!("{place}{at}"), want))
        };
        entries.iter().enumerate().map(read).collect()
    }
}

fn entries(input: &Input) -> &[Value] {
    match input.json() {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    }
}

fn read_run(value: &Value, options: &ReadOptions) -> Result<Run, (String, &'static str)> {
    let metrics = value.get("metrics").and_then(Value::as_array).ok_or(("metrics".to_owned(), "expected an array"))?;
    let empty = Map::new();
    let attributes = value.get("attributes").and_then(Value::as_object).unwrap_or(&empty);
    // Some senders wrap an attribute into an array.
    let attribute = |key| match attributes.get(key) {
        Some(Value::Array(list)) => list.first(),
        other => other,
    };
    let text = |key| attribute(key).and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned);
    let mut run = Run {
        commit: text("git_commit"),
        branch: text("branch"),
        time: value.get("timestamp").and_then(|told| match json::number(told) {
            Some(seconds) => seconds.is_finite().then_some(Time(seconds as i64)),
            None => Time::parse(told.as_str()?),
        }),
        entry: Some(canonical(value).into_bytes()),
        ..Run::default()
    };
    for (i, metric) in metrics.iter().enumerate() {
        let fault = |key: &str, want| (format!("metrics[{i}]{key}"), want);
        let map = metric.as_object().ok_or_else(|| fault("", "expected an object"))?;
        let name = json::str_at(map, "name").ok_or_else(|| fault(".name", "expected a name"))?;
        let value = map.get("value").unwrap_or(&Value::Null);
        let number = json::number(value);
        if number.is_none() && !value.is_null() {
            return Err(fault(".value", "expected a number"));
        }
        let (metric, unit, better) = units::by_unit(json::str_at(map, "unit").unwrap_or(""));
        let better = match json::str_at(map, "direction") {
            Some(said) if said.starts_with("higher") => Better::Higher,
            Some(said) if said.starts_with("lower") => Better::Lower,
            _ if better == Better::None => options.better.unwrap_or(better),
            _ => better,
        };
        run.measurements.push(Measurement::new(name, metric, &unit, better, number));
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_field_wins() {
        let text = r#"[{"timestamp":1690391261,"metrics":[{"name":"a","value":"5","unit":"ms","direction":"higher_is_better"},
            {"name":"b","value":null,"unit":"tx/s"}],"attributes":{"branch":"main","git_commit":["abc"]}}]"#;
        let (_, runs) = super::super::read(&Input::file("n.json", text.into()), None, &ReadOptions::default()).unwrap();
        let one = |m: &Measurement| format!("{} {} {:?} {} {}", m.name, m.metric, m.value, m.unit, m.better.as_str());
        assert_eq!(
            runs[0].measurements.iter().map(one).collect::<Vec<_>>(),
            ["a time Some(5.0) ms higher", "b throughput None tx/s higher"]
        );
        assert_eq!((runs[0].commit.as_deref(), runs[0].branch.as_deref()), (Some("abc"), Some("main")));
        assert_eq!(runs[0].time, Some(Time(1690391261)));
    }

    #[test]
    fn faults_are_named() {
        let text = r#"{"timestamp":1,"metrics":[{"name":"a","value":true}],"attributes":{}}"#;
        let error =
            super::super::read(&Input::file("n.json", text.into()), None, &ReadOptions::default()).err().unwrap();
        assert!(error.message.contains("metrics[0].value: expected a number"), "{}", error.message);
    }
}
