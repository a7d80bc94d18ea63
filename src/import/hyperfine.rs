//! hyperfine's JSON and CSV.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, csv, json, text};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of hyperfine's JSON and CSV; times are seconds in both.
pub struct Hyperfine;

const FORMAT: &str = "hyperfine file";

impl Importer for Hyperfine {
    fn name(&self) -> &'static str {
        "hyperfine"
    }

    fn doc(&self) -> &'static str {
        "JSON or CSV of hyperfine"
    }

    fn example(&self) -> &'static str {
        "hyperfine --export-json=bench.json ./build.sh && git bench record bench.json"
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            Some(Value::Object(map)) => {
                let results = json::array_at(map, "results");
                let ours = |r: &Value| r["command"].is_string() && (r.get("mean").is_some() || r["times"].is_array());
                !results.is_empty() && results.iter().any(ours)
            }
            Some(_) => false,
            None => input.text().is_some_and(|text| text.trim_start().starts_with("command,mean,")),
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("hyperfine".into()), ..Run::default() };
        match input.json() {
            Some(Value::Object(map)) => {
                for (i, result) in json::array_at(map, "results").iter().enumerate() {
                    read_result(result, &mut run.measurements)
                        .map_err(|what| broken(input, FORMAT, &format!("results[{i}]"), what))?;
                }
            }
            _ => read_csv(input, &mut run.measurements)?,
        }
        Ok(vec![run])
    }
}

fn seconds(name: &str, metric: &str, value: Option<f64>) -> Measurement {
    Measurement::new(name, metric, "s", Better::Lower, value)
}

fn read_result(result: &Value, out: &mut Vec<Measurement>) -> Result<(), &'static str> {
    let result = result.as_object().ok_or("expected an object")?;
    let command = json::str_at(result, "command").ok_or("'command' is missing")?;
    let params = json::object_at(result, "parameters").into_iter().flatten().map(|(k, v)| (k, json::plain(v)));
    let name = json::with_params(command, &params.collect::<Vec<_>>());
    let codes = json::array_at(result, "exit_codes");
    if codes.iter().any(|code| code.as_i64() != Some(0)) {
        out.push(seconds(&name, "time", None));
        return Ok(());
    }
    if !result.contains_key("mean") {
        return Err("'mean' is missing");
    }
    let number = |key| json::f64_at(result, key);
    let samples = json::numbers_at(result, "times");
    let n = result.get("times").and_then(Value::as_array).map(|times| times.len() as u64);
    let mut time = seconds(&name, "time", number("mean")).count(n);
    (time.mean, time.stddev, time.median) = (number("mean"), number("stddev"), number("median"));
    (time.min, time.max) = (number("min"), number("max"));
    out.push(time.sampled(samples));
    for metric in ["user", "system"] {
        if result.contains_key(metric) {
            out.push(seconds(&name, metric, number(metric)).count(n));
        }
    }
    let memory = json::numbers_at(result, "memory_usage_byte");
    if !memory.is_empty() {
        let mean = memory.iter().sum::<f64>() / memory.len() as f64;
        out.push(Measurement::new(&name, "memory", "B", Better::Lower, Some(mean)).sampled(memory));
    }
    Ok(())
}

fn read_csv(input: &Input, out: &mut Vec<Measurement>) -> Result<()> {
    let rows = csv::rows(input.text().unwrap_or_default(), ',');
    let Some(((_, head), rows)) = rows.split_first() else { return Ok(()) };
    for (line, row) in rows {
        let map: Map<String, Value> = head.iter().cloned().zip(row.iter().map(|v| Value::from(v.as_str()))).collect();
        let fault = |what| broken(input, FORMAT, &format!("line {line}"), what);
        if row.len() != head.len() {
            return Err(fault("the row has more or fewer columns than the first line"));
        }
        let params = head.iter().zip(row).filter_map(|(k, v)| Some((k.strip_prefix("parameter_")?, v)));
        let name = json::with_params(row.first().map_or("", String::as_str), &params.collect::<Vec<_>>());
        let number = |key| json::str_at(&map, key).and_then(text::number).filter(|v| v.is_finite());
        let mean = number("mean").ok_or_else(|| fault("'mean' is no number"))?;
        let mut time = seconds(&name, "time", Some(mean));
        (time.mean, time.stddev, time.median) = (Some(mean), number("stddev"), number("median"));
        (time.min, time.max) = (number("min"), number("max"));
        out.push(time);
        for metric in ["user", "system"] {
            out.extend(number(metric).map(|value| seconds(&name, metric, Some(value))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (String, String, Option<f64>, Option<u64>);

    fn rows(text: &str) -> Result<Vec<Found>> {
        let input = Input::file("h", text.into());
        assert!(Hyperfine.claims(&input));
        let run = Hyperfine.read(&input, &ReadOptions::default())?.remove(0);
        Ok(run.measurements.into_iter().map(|m| (m.name, m.metric, m.value, m.n)).collect())
    }

    fn row(name: &str, metric: &str, value: Option<f64>, n: Option<u64>) -> Found {
        (name.into(), metric.into(), value, n)
    }

    #[test]
    fn failed_commands_keep_no_times() {
        let text = r#"{"results":[{"command":"a","mean":1,"user":2,"times":[1],"exit_codes":[null]},
            {"command":"b","mean":2,"user":0.5,"times":[1,3],"exit_codes":[0,0],"memory_usage_byte":[10,30],"parameters":{"n":"1","m":"x"}}]}"#;
        let want = [
            row("a", "time", None, None),
            row("b[n=1,m=x]", "time", Some(2.0), Some(2)),
            row("b[n=1,m=x]", "user", Some(0.5), Some(2)),
            row("b[n=1,m=x]", "memory", Some(20.0), Some(2)),
        ];
        assert_eq!(rows(text).unwrap(), want);
    }

    #[test]
    fn csv_columns_go_by_their_names() {
        let text = "command,mean,stddev,user,system,min,max,parameter_x\n\"a \"\"q\"\", b\",1.5,,0.1,0.2,1,2,y\n";
        let name = "a \"q\", b[x=y]";
        let want = [
            row(name, "time", Some(1.5), None),
            row(name, "user", Some(0.1), None),
            row(name, "system", Some(0.2), None),
        ];
        assert_eq!(rows(text).unwrap(), want);
        let error = rows("command,mean,stddev\na,b,c\n").unwrap_err();
        assert!(error.message.ends_with("line 2: 'mean' is no number"), "{}", error.message);
    }
}
