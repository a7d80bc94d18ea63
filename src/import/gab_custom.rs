//! github-action-benchmark's own JSON, `customBiggerIsBetter` and `customSmallerIsBetter`.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json, units};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of github-action-benchmark's custom JSON.
pub struct GabCustom;

impl Importer for GabCustom {
    fn name(&self) -> &'static str {
        "gab-custom"
    }

    fn doc(&self) -> &'static str {
        "github-action-benchmark's custom JSON; --better says the direction"
    }

    fn example(&self) -> &'static str {
        r#"echo '[{"name":"load","unit":"ms","value":1.5}]' | git bench record -"#
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(Value::Array(items)) = input.json() else { return false };
        let whole = |item: &Value| {
            ["name", "unit"].iter().all(|key| item.get(key).is_some_and(Value::is_string))
                && item.get("value").is_some()
        };
        items.iter().all(Value::is_object) && items.first().is_some_and(whole)
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        let Some(Value::Array(items)) = input.json() else { return Ok(vec![Run::default()]) };
        let read = |(i, item): (usize, &Value)| {
            let fault = |(key, want): (&str, &str)| broken(input, "custom JSON", &format!("[{i}].{key}"), want);
            read_item(item.as_object().unwrap_or(&Map::new()), options).map_err(fault)
        };
        let measurements = items.iter().enumerate().map(read).collect::<Result<_>>()?;
        Ok(vec![Run { measurements, ..Run::default() }])
    }
}

fn read_item(item: &Map<String, Value>, options: &ReadOptions) -> Result<Measurement, (&'static str, &'static str)> {
    let name = json::str_at(item, "name").ok_or(("name", "expected a name"))?;
    let unit = item.get("unit").and_then(Value::as_str).ok_or(("unit", "expected a text"))?;
    let value = item.get("value").ok_or(("value", "expected a number"))?;
    if json::number(value).is_none() && !value.is_null() {
        return Err(("value", "expected a number"));
    }
    let (metric, unit, better) = match units::by_unit(unit) {
        // Bytes and counts may be anything here.
        ("memory", unit, _) => ("value", unit, Better::None),
        ("allocations", ..) => ("value", unit.trim().to_owned(), Better::None),
        known => known,
    };
    let better = if better == Better::None { options.better.unwrap_or(better) } else { better };
    Ok(Measurement::new(name, metric, &unit, better, json::number(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_says_the_direction() {
        let text = r#"[{"name":"a","unit":"req/s","value":"70"},{"name":"b","unit":"Megabytes","value":1,"range":"3","extra":"x"},
            {"name":"c","unit":"","value":null}]"#;
        let input = Input::file("c.json", text.into());
        let options = ReadOptions { better: Some(Better::Higher), ..ReadOptions::default() };
        let (_, runs) = super::super::read(&input, None, &options).unwrap();
        let one = |m: &Measurement| format!("{} {} {:?} {} {}", m.name, m.metric, m.value, m.unit, m.better.as_str());
        assert_eq!(
            runs[0].measurements.iter().map(one).collect::<Vec<_>>(),
            ["a throughput Some(70.0) req/s higher", "b value Some(1.0) MB higher", "c value None  higher"]
        );
    }

    #[test]
    fn faults_are_named() {
        let input = Input::file("c.json", br#"[{"name":"a","unit":"s","value":1},{"name":"b","unit":"s"}]"#.to_vec());
        let error = super::super::read(&input, None, &ReadOptions::default()).err().unwrap();
        assert!(error.message.contains("[1].value: expected a number"), "{}", error.message);
    }
}
