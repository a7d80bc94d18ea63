//! airspeed velocity: the results folder, `benchmarks.json` beside a folder for each machine, each result file a run.

use serde_json::{Map, Value};

use super::asv::{is_result_file, read_file, set_machine};
use super::{Found, Input, broken, json};
use crate::model::{Facts, Run};
use crate::{Error, Result};

const DEFINITIONS: &str = "benchmarks.json";
const MACHINE: &str = "machine.json";

/// Whether the folder holds asv's benchmarks.json.
pub(super) fn claims(input: &Input) -> bool {
    let Some(Value::Object(map)) = definitions_path(input).and_then(|path| input.peek_json(path)) else { return false };
    let definition = |value: &Value| {
        let has = |key| value.get(key).is_some();
        has("name") && has("type") && has("params")
    };
    map.contains_key("version") && map.values().filter(|v| v.is_object()).all(definition)
}

/// The benchmarks.json nearest to the top.
fn definitions_path(input: &Input) -> Option<&str> {
    let named = |path: &&str| path.rsplit('/').next() == Some(DEFINITIONS);
    input.entries().iter().map(|e| e.path.as_str()).filter(named).min_by_key(|path| path.matches('/').count())
}

/// Reads every result file below the folder; what is broken among them becomes a warning of the first run.
pub(super) fn read(input: &Input) -> Result<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut faults: Vec<Error> = Vec::new();
    for found in read_each(input)? {
        match found.run {
            Ok(run) => runs.push(run),
            Err(fault) => faults.push(fault),
        }
    }
    // One broken file among thousands, as a full disk leaves it, holds up nothing: asv passes it over as well.
    match runs.first_mut() {
        Some(first) => first.warnings.extend(faults.iter().map(|fault| format!("passed over: {}", fault.chain()))),
        None => return Err(faults.swap_remove(0)),
    }
    Ok(runs)
}

/// Reads every result file below the folder; at least one is there.
pub(super) fn read_each(input: &Input) -> Result<Vec<Found>> {
    let definitions = match definitions_path(input).map(|path| input.read_json(path)).transpose()? {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let mut machine: Option<(&str, Facts)> = None;
    let mut found: Vec<Found> = Vec::new();
    for entry in input.entries() {
        let (folder, file) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        if !file.ends_with(".json") || file == DEFINITIONS || file == MACHINE {
            continue;
        }
        let run = match read_entry(input, &entry.path, &definitions) {
            Ok(None) => continue,
            Ok(Some(mut run)) => {
                if machine.as_ref().is_none_or(|(known, _)| *known != folder) {
                    machine = Some((folder, machine_facts(input, folder)?));
                }
                for (key, fact) in machine.iter().flat_map(|(_, facts)| facts) {
                    run.platform.entry(key.clone()).or_insert_with(|| fact.clone());
                }
                Ok(run)
            }
            Err(fault) => Err(fault),
        };
        found.push(Found::new(&*entry.path, run));
    }
    if found.is_empty() {
        return Err(broken(input, "asv folder", "the folder", "expected a result file beside benchmarks.json"));
    }
    Ok(found)
}

/// The run of a file; none where it is JSON of another kind.
fn read_entry(input: &Input, path: &str, definitions: &Map<String, Value>) -> Result<Option<Run>> {
    let fault = |place: &str, want: &str| broken(input, "asv folder", &format!("{path}{place}"), want);
    let bytes = input.read(path)?;
    let value = json::parse(&bytes).map_err(|e| fault("", "expected a result file as JSON").because(e))?;
    if !value.as_object().is_some_and(is_result_file) {
        return Ok(None);
    }
    let mut run = read_file(&value, definitions).map_err(|(place, want)| fault(&format!(": {place}"), &want))?;
    run.entry = Some(json::entry(&bytes, &value));
    Ok(Some(run))
}

fn machine_facts(input: &Input, folder: &str) -> Result<Facts> {
    let path = if folder.is_empty() { MACHINE.to_owned() } else { format!("{folder}/{MACHINE}") };
    let mut facts = Facts::new();
    if input.entries().binary_search_by(|e| e.path.as_str().cmp(&path)).is_ok()
        && let Value::Object(map) = input.read_json(&path)?
    {
        set_machine(&mut facts, &map);
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Input, ReadOptions};
    use std::io;

    fn folder(files: &'static [(&'static str, &'static str)]) -> Input {
        let entries = files.iter().map(|(path, _)| Entry { path: (*path).into(), modified: None }).collect();
        Input::folder("results", entries, move |path| {
            let found = files.iter().find(|(name, _)| *name == path);
            found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    #[test]
    fn names_units_and_machines_come_from_the_files_beside() {
        let input = folder(&[
            (
                "benchmarks.json",
                r#"{"a.track_x":{"name":"a.track_x","type":"track","unit":"widgets","params":[["1","2"]],"param_names":["n"]},"version":2}"#,
            ),
            ("vm/machine.json", r#"{"machine":"vm","num_cpu":"2","version":1}"#),
            (
                "vm/1.json",
                r#"{"commit_hash":"c1","date":2000,"params":{"arch":"arm64"},"results":{"a.track_x":[[1.5,NaN],[["1","2"]]]}}"#,
            ),
            ("vm/2.json", r#"{"commit_hash":"c2","date":1000,"results":{"gone.time_y":[[3],[["7"]]]}}"#),
            ("vm/3.json", "{\"commit_hash\": "),
        ]);
        let (_, runs) = super::super::read(&input, None, &ReadOptions::default()).unwrap();
        let names: Vec<_> =
            runs.iter().flat_map(|r| &r.measurements).map(|m| format!("{} {}", m.name, m.unit)).collect();
        assert_eq!(names, ["a.track_x[n=1] widgets", "gone.time_y[7] s"]);
        assert_eq!(
            serde_json::to_string(&runs[0].platform).unwrap(),
            r#"{"arch":"aarch64","cpu_count":2,"machine":"vm"}"#
        );
        assert!(runs[0].warnings[0].contains("vm/3.json: expected a result file as JSON"), "{:?}", runs[0].warnings);
        assert_eq!(runs[1].entry.as_deref().unwrap()[..14], *br#"{"commit_hash""#);
    }

    #[test]
    fn a_folder_without_results_is_an_error() {
        let input = folder(&[("benchmarks.json", r#"{"version":2}"#)]);
        let message = super::super::read(&input, None, &ReadOptions::default()).err().unwrap().message;
        assert!(message.contains("expected a result file"), "{message}");
    }
}
