//! cargo-criterion's messages: one JSON object a line.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run, Unit};

/// Reader of `cargo criterion --message-format=json`.
pub struct CargoCriterion;

const REASON: &str = "benchmark-complete";

impl Importer for CargoCriterion {
    fn name(&self) -> &'static str {
        "cargo-criterion"
    }

    fn doc(&self) -> &'static str {
        "messages of cargo-criterion, one JSON object a line"
    }

    fn example(&self) -> &'static str {
        "cargo criterion --message-format=json | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json_lines() {
            Some(lines) => lines.iter().any(|line| line["reason"] == REASON),
            None => input
                .text()
                .is_some_and(|text| text.lines().any(|line| line.starts_with(r#"{"reason":"benchmark-complete","#))),
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("cargo-criterion".into()), ..Run::default() };
        for (i, line) in input.bytes().split(|b| *b == b'\n').enumerate() {
            let line = json::trim(line);
            if line.first() != Some(&b'{') {
                continue;
            }
            let place = format!("line {}", i + 1);
            let value = json::parse(line).map_err(|e| broken(input, "cargo-criterion file", &place, &e.to_string()))?;
            if let Value::Object(map) = value
                && json::str_at(&map, "reason") == Some(REASON)
            {
                let read = measurement(&map).map_err(|what| broken(input, "cargo-criterion file", &place, what))?;
                run.measurements.push(read);
            }
        }
        Ok(vec![run])
    }
}

fn measurement(map: &Map<String, Value>) -> Result<Measurement, &'static str> {
    let name = json::str_at(map, "id").ok_or("'id' is missing")?;
    let typical = json::object_at(map, "typical").ok_or("'typical' is missing")?;
    let unit = json::str_at(typical, "unit").or_else(|| json::str_at(map, "unit")).unwrap_or("ns");
    let time = Unit::new(unit).is_time();
    let metric = if time { "time".to_owned() } else { unit.trim().to_lowercase() };
    let better = Better::of_metric(&metric);
    let estimate = |key| json::object_at(map, key).and_then(|e| json::f64_at(e, "estimate"));
    let mut read = Measurement::new(name, metric, unit, better, json::f64_at(typical, "estimate"));
    (read.mean, read.median) = (estimate("mean"), estimate("median"));
    let (counts, values) = (json::numbers_at(map, "iteration_count"), json::numbers_at(map, "measured_values"));
    let read = read.count((!values.is_empty()).then_some(values.len() as u64));
    if counts.len() != values.len() {
        return Ok(read);
    }
    Ok(read.sampled(values.iter().zip(&counts).map(|(value, count)| value / count).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Run> {
        let input = Input::file("c.json", text.into());
        assert!(CargoCriterion.claims(&input));
        CargoCriterion.read(&input, &ReadOptions::default()).map(|mut runs| runs.remove(0))
    }

    #[test]
    fn other_messages_and_chatter_are_passed_over() {
        let run = read(
            "Compiling a\n{\"reason\":\"benchmark-complete\",\"id\":\"g/a\",\"iteration_count\":[1,2],\"measured_values\":[4,6],\
             \"unit\":\"cycles\",\"typical\":{\"estimate\":3.25,\"unit\":\"cycles\"},\"change\":{\"mean\":{\"estimate\":-0.3}}}\n\
             {\"reason\":\"group-complete\",\"group_name\":\"g\"}\n",
        );
        let m = run.unwrap().measurements.remove(0);
        assert_eq!(
            (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.better),
            ("g/a", "cycles", "cycles", Better::Lower)
        );
        assert_eq!((m.value, m.n, m.samples), (Some(3.25), Some(2), vec![4.0, 3.0]));
    }

    #[test]
    fn a_cut_line_is_named() {
        let error = read("{\"reason\":\"benchmark-complete\",\"id\":\"a\",\"typical\":{\"estimate\":1,\"unit\":\"ns\"}}\n{\"reason\":\"bench").unwrap_err();
        assert!(error.message.contains("line 2: EOF"), "{}", error.message);
    }
}
