//! airspeed velocity: a result file (one commit on one machine in one environment), of version 1, 2 or 3.

use serde_json::{Map, Value};

use super::asv_kind::Kind;
use super::{Found, Importer, Input, ReadOptions, asv_folder, broken, facts, host, json};
use crate::Result;
use crate::model::{Facts, Measurement, Run, Time};

/// Reader of asv's result files, alone or in the folder that `asv run` keeps.
pub struct Asv;

/// A file with more combinations of parameters than this is broken.
const MAX_COMBINATIONS: usize = 1 << 20;

/// The columns of a row where the file does not name them.
const COLUMNS: [&str; 13] = [
    "result",
    "params",
    "version",
    "started_at",
    "duration",
    "stats_ci_99_a",
    "stats_ci_99_b",
    "stats_q_25",
    "stats_q_75",
    "stats_number",
    "stats_repeat",
    "samples",
    "profile",
];

impl Importer for Asv {
    fn name(&self) -> &'static str {
        "asv"
    }

    fn doc(&self) -> &'static str {
        "airspeed velocity: a result file, or the results folder (each file a run)"
    }

    fn example(&self) -> &'static str {
        "asv run && git bench record results/"
    }

    fn many(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            _ if input.is_folder() => asv_folder::claims(input),
            Some(Value::Object(map)) => is_result_file(map),
            _ => false,
        }
    }

    fn read_each(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Found>> {
        if input.is_folder() {
            return asv_folder::read_each(input);
        }
        Ok(self.read(input, options)?.into_iter().map(|run| Found::new("the file", Ok(run))).collect())
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        if input.is_folder() {
            return asv_folder::read(input);
        }
        let file = input.json().ok_or_else(|| broken(input, "asv file", "the file", "expected JSON"))?;
        let mut run = read_file(file, &Map::new()).map_err(|(place, want)| broken(input, "asv file", &place, &want))?;
        run.entry = Some(json::entry(input.bytes(), file));
        Ok(vec![run])
    }
}

/// Whether this is a result file.
pub(super) fn is_result_file(map: &Map<String, Value>) -> bool {
    map.get("commit_hash").is_some_and(Value::is_string) && map.contains_key("results")
}

/// Where a file is broken, and what was expected there.
pub(super) type Fault = (String, String);

/// The run of a result file; `benchmarks` are the definitions that benchmarks.json holds, empty where there are none.
pub(super) fn read_file(file: &Value, benchmarks: &Map<String, Value>) -> Result<Run, Fault> {
    let Value::Object(file) = file else { return Err(("the file".into(), "expected an object".into())) };
    let results =
        json::object_at(file, "results").ok_or_else(|| ("results".to_owned(), "expected an object".to_owned()))?;
    let columns: Vec<&str> = match file.get("result_columns") {
        Some(Value::Array(names)) => names.iter().map(|n| n.as_str().unwrap_or("")).collect(),
        _ => COLUMNS.to_vec(),
    };
    let mut run = Run {
        harness: Some("asv".into()),
        commit: json::str_at(file, "commit_hash").map(str::to_owned),
        time: json::f64_at(file, "date").map(|millis| Time::from_millis(millis as i64)),
        environment: environment(file),
        ..Run::default()
    };
    if let Some(params) = json::object_at(file, "params") {
        set_machine(&mut run.platform, params);
    }
    for (name, row) in results {
        let fault = |want: &str| (format!("results.{name}"), want.to_owned());
        let row = Row::of(row, &columns).ok_or_else(|| fault("expected a row of columns, an object or a number"))?;
        let defined = json::object_at(benchmarks, name);
        let kind = defined.and_then(Kind::of_definition).unwrap_or_else(|| Kind::of_name(name));
        let names = defined.map(|d| json::array_at(d, "param_names")).unwrap_or_default();
        let combinations = row.params.iter().try_fold(1usize, |n, list| n.checked_mul(list.len()));
        let combinations =
            combinations.filter(|n| *n <= MAX_COMBINATIONS).ok_or_else(|| fault("too many parameters"))?;
        let single = [Value::Null];
        let count = match &row.result {
            None => combinations,
            Some(values) => values.len(),
        };
        for i in 0..count {
            let value = row.result.map_or(&single[0], |values| &values[i]);
            let number = json::number(value);
            if number.is_some_and(f64::is_nan) {
                continue;
            }
            if number.is_none() && !value.is_null() {
                run.warnings.push(format!("'{name}' has a result that is no number: left out"));
                continue;
            }
            let full = full_name(name, &row.params, names, i);
            let samples = row.samples.get(i).and_then(Value::as_array).filter(|s| !s.is_empty());
            let n = samples.map(|s| s.len() as u64).or_else(|| row.repeat.get(i).and_then(Value::as_u64));
            let numbers = samples.into_iter().flatten().filter_map(json::number).collect();
            let measured = Measurement::new(full, kind.metric.as_str(), &kind.unit, kind.better, number);
            run.measurements.push(measured.count(n).sampled(numbers));
        }
    }
    Ok(run)
}

/// A benchmark's row, whatever the version.
struct Row<'a> {
    /// `None` = failed for all parameters.
    result: Option<&'a [Value]>,
    params: Vec<&'a [Value]>,
    samples: &'a [Value],
    repeat: Vec<Value>,
}

impl<'a> Row<'a> {
    fn of(value: &'a Value, columns: &[&str]) -> Option<Self> {
        let list = |value: Option<&'a Value>| value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let params = |value| list(value).iter().map(|v| v.as_array().map_or(&[][..], Vec::as_slice)).collect();
        match value {
            // Version 2 and later: columns, null at the end cut off.
            Value::Array(cells) => {
                let at = |name: &str| columns.iter().position(|c| *c == name).and_then(|i| cells.get(i));
                let result = match at("result") {
                    None | Some(Value::Null) => None,
                    Some(Value::Array(values)) => Some(values.as_slice()),
                    Some(one) => Some(std::slice::from_ref(one)),
                };
                let repeat = list(at("stats_repeat")).to_vec();
                Some(Self { result, params: params(at("params")), samples: list(at("samples")), repeat })
            }
            // Version 1 with parameters.
            Value::Object(map) if map.contains_key("result") => {
                let result = match map.get("result") {
                    None | Some(Value::Null) => None,
                    Some(Value::Array(values)) => Some(values.as_slice()),
                    Some(one) => Some(std::slice::from_ref(one)),
                };
                let stats = match map.get("stats") {
                    Some(Value::Array(list)) => list.as_slice(),
                    Some(one) => std::slice::from_ref(one),
                    None => &[],
                };
                let repeat = stats.iter().map(|s| s.get("repeat").cloned().unwrap_or_default()).collect();
                let samples = list(map.get("samples"));
                Some(Self { result, params: params(map.get("params")), samples, repeat })
            }
            // Version 1: the bare number.
            Value::Null | Value::Number(_) | Value::String(_) => {
                let result = (!value.is_null()).then(|| std::slice::from_ref(value));
                Some(Self { result, params: Vec::new(), samples: &[], repeat: Vec::new() })
            }
            _ => None,
        }
    }
}

/// `name[k=v,k2=v2]` of the i-th combination, the last parameter running fastest; `[v,v2]` where the names are unknown.
fn full_name(name: &str, params: &[&[Value]], names: &[Value], index: usize) -> String {
    let mut rest = index;
    let mut values = Vec::with_capacity(params.len());
    for list in params.iter().rev() {
        let Some(at) = rest.checked_rem(list.len()) else { return name.to_owned() };
        rest /= list.len();
        values.push(json::plain(&list[at]));
    }
    values.reverse();
    match values.is_empty() {
        true => name.to_owned(),
        false if names.len() == values.len() => {
            let pairs: Vec<_> = names.iter().map(json::plain).zip(values).collect();
            json::with_params(name, &pairs)
        }
        false => format!("{name}[{}]", values.join(",")),
    }
}

/// Facts of a machine.json, or of the `params` of a result file.
pub(super) fn set_machine(found: &mut Facts, params: &Map<String, Value>) {
    let text = |key| params.get(key).map(json::plain).unwrap_or_default();
    facts::put(found, "machine", json::str_at(params, "machine"));
    facts::put(found, "cpu_model", json::str_at(params, "cpu"));
    facts::put_count(found, "cpu_count", json::u64_at(params, "num_cpu"));
    facts::put(found, "arch", Some(&facts::arch(&text("arch"))));
    host::set_os(found, &text("os"));
    host::set_memory(found, &text("ram"));
}

/// The Python, the pinned requirements and the variables; never a path.
fn environment(file: &Map<String, Value>) -> Facts {
    let mut found = Facts::new();
    let python = json::str_at(file, "python").filter(|v| v.starts_with(|c: char| c.is_ascii_digit()));
    facts::put(&mut found, "python_version", python);
    for key in ["requirements", "env_vars"] {
        for (name, value) in json::object_at(file, key).into_iter().flatten() {
            let text = json::plain(value);
            let told = !host::is_path(&text) && !value.is_null();
            facts::put(&mut found, name, told.then_some(&*text));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(String, String, Option<f64>, Option<u64>)> {
        let input = Input::file("r.json", text.into());
        let (reader, runs) = super::super::read(&input, None, &ReadOptions::default()).unwrap();
        assert_eq!(reader.name(), "asv");
        runs[0].measurements.iter().map(|m| (m.name.clone(), m.metric.clone(), m.value, m.n)).collect()
    }

    #[test]
    fn the_product_of_parameters_is_unfolded() {
        let found = rows(
            r#"{"commit_hash":"abc","results":{"m.time_x":[[1,NaN,Infinity,4],[["1","2"],["'a'","'b'"]],"v",0,1,
            null,null,null,null,null,[2,2,2,3],[null,null,null,[4,4]]],"m.track_y":[null,[["1","2"]]]},"version":2}"#,
        );
        let row = |n: &str, m: &str, v, c| (n.to_owned(), m.to_owned(), v, c);
        assert_eq!(
            found,
            [
                row("m.time_x[1,'a']", "time", Some(1.0), Some(2)),
                row("m.time_x[2,'a']", "time", None, Some(2)),
                row("m.time_x[2,'b']", "time", Some(4.0), Some(2)),
                row("m.track_y[1]", "track", None, None),
                row("m.track_y[2]", "track", None, None),
            ]
        );
    }

    #[test]
    fn version_1_holds_numbers_and_objects() {
        let found = rows(
            r#"{"commit_hash":"abc","version":1,"results":{"a.mem_x":728,"b.TimeIt":null,
            "c.time_y":{"result":[1.5],"params":[["9"]],"stats":[{"repeat":7,"ci_99":[1,2]}]}}}"#,
        );
        let row = |n: &str, m: &str, v, c| (n.to_owned(), m.to_owned(), v, c);
        assert_eq!(
            found,
            [
                row("a.mem_x", "memory", Some(728.0), None),
                row("b.TimeIt", "time", None, None),
                row("c.time_y[9]", "time", Some(1.5), Some(7)),
            ]
        );
    }

    #[test]
    fn broken_files_are_named() {
        let read = |text: &str| {
            let input = Input::file("r.json", text.into());
            super::super::read(&input, None, &ReadOptions::default()).err().unwrap().message
        };
        assert!(read(r#"{"commit_hash":"a","results":[]}"#).contains("results: expected an object"));
        assert!(read(r#"{"commit_hash":"a","results":{"x":true}}"#).contains("results.x: expected a row"));
        let many = format!("[{}]", vec!["[1,2,3,4,5,6,7,8,9,10]"; 30].join(","));
        let text = format!(r#"{{"commit_hash":"a","results":{{"x":[null,{many}]}}}}"#);
        assert!(read(&text).contains("too many parameters"));
    }
}
