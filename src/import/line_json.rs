//! Any history of JSON lines by a small map: where the commit, the time and the metrics stand.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Found, Input, broken, json, units};
use crate::model::{Better, Facts, Measurement, Run, Time, canonical};
use crate::{Error, Result};

/// Where things stand in each object, as keys joined by dots (`commit.id`); empty = the object itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineMap(BTreeMap<String, Vec<String>>);

const ROLES: &[&str] = &["commit", "time", "metrics", "branch", "machine"];

impl LineMap {
    /// Reads `commit=PATH`, `time=PATH`, `metrics=PATH`, `branch=PATH`, `machine=PATH`.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`] where a role is unknown, or commit or metrics have no path.
    pub fn new(pairs: &[String]) -> Result<Self> {
        let mut map = BTreeMap::new();
        for pair in pairs {
            let (role, path) = pair
                .split_once('=')
                .filter(|(role, _)| ROLES.contains(role))
                .ok_or_else(|| Error::usage(format!("'--map {pair}': expected ROLE=PATH")).hint(roles()))?;
            map.insert(role.to_owned(), path.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect());
        }
        match ["commit", "metrics"].into_iter().find(|role| !map.contains_key(*role)) {
            Some(role) => Err(Error::usage(format!("'--map' does not say where the {role} stands")).hint(roles())),
            None => Ok(Self(map)),
        }
    }

    fn find<'v>(&self, value: &'v Value, role: &str) -> Option<&'v Value> {
        self.0.get(role)?.iter().try_fold(value, |at, key| at.get(key))
    }

    fn text<'v>(&self, value: &'v Value, role: &str) -> Option<&'v str> {
        self.find(value, role).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

fn roles() -> String {
    format!(
        "roles are {}; a path is keys joined by dots: --map commit=build.sha --map metrics=results",
        ROLES.join(", ")
    )
}

/// The runs of an input: each line that begins with `{`, or each item of an array, is one. A metric is a number, a pair
/// `[value, unit]`, or an object with `value` and `unit`; objects below are walked, their keys joined by `/`.
///
/// # Errors
/// [`crate::Kind::Data`] where there is no object at all.
pub fn read(input: &Input, map: &LineMap) -> Result<Vec<Found>> {
    let found: Vec<Found> = match input.json() {
        Some(Value::Array(items)) => {
            items.iter().enumerate().map(|(i, item)| entry(input, map, format!("[{i}]"), Ok(item))).collect()
        }
        Some(one) => vec![entry(input, map, "the object".into(), Ok(one))],
        None => {
            let lines = input.bytes().split(|b| *b == b'\n').map(json::trim).enumerate();
            lines
                .filter(|(_, line)| line.starts_with(b"{"))
                .map(|(i, line)| entry(input, map, format!("line {}", i + 1), json::parse(line).as_ref()))
                .collect()
        }
    };
    if found.is_empty() {
        return Err(broken(input, "history of JSON lines", "the file", "expected JSON objects, one a line"));
    }
    Ok(found)
}

fn entry(input: &Input, map: &LineMap, place: String, value: Result<&Value, &serde_json::Error>) -> Found {
    let fault = |why: &str| broken(input, "history of JSON lines", &place, why);
    let run = match value {
        Err(error) => Err(fault(&format!("expected a JSON object: {error}"))),
        Ok(value) => read_run(value, map).map_err(|why| fault(&why)),
    };
    Found::new(place, run)
}

fn read_run(value: &Value, map: &LineMap) -> Result<Run, String> {
    let metrics = map.find(value, "metrics").ok_or("there are no metrics")?;
    let time =
        map.find(value, "time").map(|told| time(told).ok_or_else(|| format!("{told} is no time"))).transpose()?;
    let mut run = Run {
        commit: map.text(value, "commit").map(str::to_owned),
        branch: map.text(value, "branch").map(str::to_owned),
        time,
        platform: map.text(value, "machine").map(|m| ("machine".to_owned(), m.into())).into_iter().collect::<Facts>(),
        entry: Some(canonical(value).into_bytes()),
        ..Run::default()
    };
    walk(metrics, "", &mut run.measurements)?;
    Ok(run)
}

/// Seconds or milliseconds since 1970, or ISO 8601.
fn time(told: &Value) -> Option<Time> {
    match json::number(told).filter(|v| v.is_finite()) {
        Some(millis) if millis.abs() >= 1e11 => Some(Time::from_millis(millis as i64)),
        Some(seconds) => Some(Time(seconds as i64)),
        None => Time::parse(told.as_str()?),
    }
}

fn walk(value: &Value, name: &str, out: &mut Vec<Measurement>) -> Result<(), String> {
    let (told, unit) = match value {
        Value::Object(map) if map.get("value").is_some_and(|v| !v.is_object()) => {
            (map.get("value").unwrap_or(value), json::str_at(map, "unit").unwrap_or(""))
        }
        Value::Object(map) => {
            let joined = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}/{key}") };
            return map.iter().try_for_each(|(key, below)| walk(below, &joined(key), out));
        }
        Value::Array(pair) if pair.len() == 2 && pair[1].is_string() => (&pair[0], pair[1].as_str().unwrap_or("")),
        one => (one, ""),
    };
    let number = json::number(told);
    if number.is_none() && !told.is_null() {
        return Err(format!("'{name}': expected a number, [value, unit] or {{\"value\", \"unit\"}}"));
    }
    let (metric, unit, better) = match unit {
        "" => ("value", String::new(), Better::None),
        unit => units::by_unit(unit),
    };
    out.push(Measurement::new(name, metric, &unit, better, number));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[&str]) -> Result<LineMap> {
        LineMap::new(&pairs.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_map_says_where_things_stand() {
        let text = r#"{"build": {"sha": "abc1234", "at": "2024-01-02T00:00:00Z"}, "r": {"a": 1.5, "b": {"c": ["2", "ms"], "d": {"value": null, "unit": "MB"}}}}
chatter
{"build": {"sha": "abc1235", "at": 1700000000123}, "r": {"a": "fast"}}
{"build":
{"build": {"at": 3}, "r": {}}
"#;
        let map = map(&["commit=build.sha", "time=build.at", "metrics=r"]).unwrap();
        let found = read(&Input::file("h.json", text.into()), &map).unwrap();
        let first = found[0].run.as_ref().unwrap();
        let rows: Vec<_> =
            first.measurements.iter().map(|m| format!("{} {} {:?} {}", m.name, m.metric, m.value, m.unit)).collect();
        assert_eq!(rows, ["a value Some(1.5) ", "b/c time Some(2.0) ms", "b/d memory None MB"]);
        assert_eq!((first.commit.as_deref(), first.time), (Some("abc1234"), Time::parse("2024-01-02T00:00:00Z")));
        let fault = |i: usize| found[i].run.as_ref().unwrap_err().message.clone();
        assert!(fault(1).contains("line 3: 'a': expected a number"), "{}", fault(1));
        assert!(fault(2).contains("line 4: expected a JSON object"), "{}", fault(2));
        assert_eq!(found[3].run.as_ref().unwrap().commit, None);
    }

    #[test]
    fn a_map_without_commit_or_metrics_is_none() {
        assert!(map(&["commit=a"]).unwrap_err().message.contains("where the metrics stands"));
        assert!(map(&["commit=a", "metrics=b", "who=c"]).unwrap_err().message.contains("'--map who=c'"));
    }
}
