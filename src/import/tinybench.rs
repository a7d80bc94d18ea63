//! tinybench: an own dump of the results, or the table of `bench.table()`, as JSON or as `console.table` prints it.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json, scan};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run};

/// Reader of tinybench's results and tables.
pub struct Tinybench;

impl Importer for Tinybench {
    fn name(&self) -> &'static str {
        "tinybench"
    }

    fn doc(&self) -> &'static str {
        "tasks of tinybench dumped as JSON, or its table (JSON or console.table)"
    }

    fn example(&self) -> &'static str {
        "node bench.mjs > tinybench.json   # console.log(JSON.stringify({ name: bench.name, tasks: bench.tasks }))"
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            Some(Value::Array(items)) => {
                let all = |test: fn(&Value) -> bool| !items.is_empty() && items.iter().all(test);
                all(is_bench)
                    || all(is_task)
                    || all(|row| row.as_object().is_some_and(|row| column(row, TASK).is_some()))
            }
            Some(value) => is_bench(value),
            None => input.text().is_some_and(|text| text.lines().any(|line| head(line).is_some())),
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("tinybench".into()), ..Run::default() };
        let out = &mut run.measurements;
        match input.json() {
            None => read_table(input.text().unwrap_or_default(), out),
            Some(Value::Array(rows)) if !rows.iter().all(|row| is_bench(row) || is_task(row)) => {
                for row in rows.iter().filter_map(Value::as_object) {
                    let cell = |at: &[&str]| column(row, at).map(|(head, value)| (head, json::plain(value)));
                    let samples = cell(SAMPLES).map(|(_, text)| text);
                    let name = cell(TASK).map(|(_, text)| text).unwrap_or_default();
                    read_row(&name, cell(LATENCY), samples, out);
                }
            }
            Some(value) => {
                let one = std::slice::from_ref(value);
                let items = value.as_array().map_or(one, Vec::as_slice);
                for (i, item) in items.iter().enumerate() {
                    let tasks = if is_bench(item) { item.get("tasks").and_then(Value::as_array) } else { None };
                    let bench = if tasks.is_some() { Some(item) } else { item.get("bench") };
                    let bench = bench.and_then(|bench| bench.get("name")?.as_str()).filter(|name| !name.is_empty());
                    for task in tasks.map_or(std::slice::from_ref(item), Vec::as_slice) {
                        let name = task.get("name").and_then(Value::as_str);
                        let name = name
                            .ok_or_else(|| broken(input, "tinybench dump", &format!("[{i}]"), "a task has no name"))?;
                        let name = bench.map_or_else(|| name.to_owned(), |bench| format!("{bench}/{name}"));
                        read_task(&name, task.get("result").and_then(Value::as_object), out);
                    }
                }
                run.environment = runtime(items);
            }
        }
        Ok(vec![run])
    }
}

fn is_bench(value: &Value) -> bool {
    value.get("tasks").and_then(Value::as_array).is_some_and(|tasks| !tasks.is_empty() && tasks.iter().all(is_task))
}

fn is_task(value: &Value) -> bool {
    let result = |result: &Value| {
        result.is_null() || ["latency", "state", "error", "hz"].iter().any(|key| result.get(key).is_some())
    };
    value.get("name").is_some_and(Value::is_string) && value.get("result").is_some_and(result)
}

/// Times are in milliseconds. Before version 3 the figures stood in the result itself.
fn read_task(name: &str, result: Option<&Map<String, Value>>, out: &mut Vec<Measurement>) {
    let failed = result
        .is_none_or(|r| r.get("error").is_some_and(|e| !e.is_null()) || json::str_at(r, "state") == Some("errored"));
    let latency = result.filter(|_| !failed).and_then(|r| json::object_at(r, "latency").or(Some(r)));
    let number = |key| latency.and_then(|latency| json::f64_at(latency, key));
    let mut read = Measurement::new(name, "time", "ms", Better::Lower, number("mean"));
    if let Some(latency) = latency.filter(|_| !read.failed()) {
        read.n = json::u64_at(latency, "samplesCount");
        (read.mean, read.stddev, read.median) = (read.value, number("sd"), number("p50"));
        (read.min, read.max) = (number("min"), number("max"));
        read = read.sampled(json::numbers_at(latency, "samples"));
    }
    out.push(read);
}

fn runtime(items: &[Value]) -> Facts {
    let mut environment = Facts::new();
    let tasks = items
        .iter()
        .flat_map(|item| item.get("tasks").and_then(Value::as_array).map_or(std::slice::from_ref(item), Vec::as_slice));
    for result in tasks.filter_map(|task| task.get("result")?.as_object()) {
        if let Some(runtime) = json::str_at(result, "runtime") {
            facts::put(&mut environment, &format!("{runtime}_version"), json::str_at(result, "runtimeVersion"));
        }
    }
    environment
}

/// Heads of columns, as they begin in the versions 2 to 6.
const TASK: &[&str] = &["Task name", "Task Name"];
const LATENCY: &[&str] = &["Latency avg", "Latency average", "Average Time"];
const SAMPLES: &[&str] = &["Samples"];

fn column<'a>(row: &'a Map<String, Value>, heads: &[&str]) -> Option<(&'a str, &'a Value)> {
    row.iter().find(|(key, _)| heads.iter().any(|head| key.starts_with(head))).map(|(key, value)| (key.as_str(), value))
}

/// A row of a table: `latency` is its head, `Latency avg (ns)`, and the cell, `2189.0 ± 127.60%`.
fn read_row(name: &str, latency: Option<(&str, String)>, samples: Option<String>, out: &mut Vec<Measurement>) {
    let unit = latency.as_ref().and_then(|(head, _)| head.split_once('(')?.1.split(')').next()).unwrap_or("ns");
    let value = latency.as_ref().and_then(|(_, cell)| scan::number(cell.split('±').next()?));
    let n = samples.and_then(|text| text.trim().parse().ok()).filter(|_| value.is_some());
    out.push(Measurement::new(name, "time", unit, Better::Lower, value).count(n));
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let line = line.trim();
    Some(line.strip_prefix('│')?.strip_suffix('│').unwrap_or(line).split('│').collect())
}

/// The columns of a head: all of them, and where task, latency and samples stand.
fn head(line: &str) -> Option<(Vec<&str>, [Option<usize>; 3])> {
    let cells = cells(line)?;
    let at = |heads: &[&str]| cells.iter().position(|cell| heads.iter().any(|head| cell.trim().starts_with(head)));
    let found = [at(TASK), at(LATENCY), at(SAMPLES)];
    found[0].is_some().then_some((cells, found))
}

fn read_table(text: &str, out: &mut Vec<Measurement>) {
    let mut columns = None;
    for line in text.lines() {
        if let Some(found) = head(line) {
            columns = Some(found);
            continue;
        }
        if line.trim().starts_with('└') {
            columns = None;
        }
        let (Some((heads, [Some(task), latency, samples])), Some(cells)) = (&columns, cells(line)) else { continue };
        // A bar in a name cuts its cell.
        let extra = cells.len().saturating_sub(heads.len());
        let Some(name) = cells.get(*task..=task + extra) else { continue };
        let cell = |at: &usize| cells.get(at + extra).map(|cell| unquoted(cell.trim())).filter(|cell| !cell.is_empty());
        let latency = latency.as_ref().and_then(|at| Some((*heads.get(*at)?, cell(at)?)));
        read_row(&unquoted(name.join("│").trim()), latency, samples.as_ref().and_then(cell), out);
    }
}

/// A string as `console.table` prints it: in quotes of one of three kinds, with the escapes of JavaScript.
fn unquoted(cell: &str) -> String {
    let inner = ['\'', '"', '`'].into_iter().find_map(|q| cell.strip_prefix(q)?.strip_suffix(q));
    let Some(inner) = inner else { return cell.to_owned() };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { Some(c) };
        out.extend(match (c, escaped) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('t')) => Some('\t'),
            (_, other) => other,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(String, String, Option<f64>, Option<u64>)> {
        let input = Input::file("t", text.into());
        assert!(Tinybench.claims(&input), "{text}");
        let run = Tinybench.read(&input, &ReadOptions::default()).unwrap().remove(0);
        run.measurements.into_iter().map(|m| (m.name, m.unit.as_str().to_owned(), m.value, m.n)).collect()
    }

    fn row(name: &str, unit: &str, value: Option<f64>, n: Option<u64>) -> (String, String, Option<f64>, Option<u64>) {
        (name.into(), unit.into(), value, n)
    }

    #[test]
    fn dumps_of_every_version() {
        let text = r#"{"name":"b","tasks":[{"name":"x","result":{"latency":{"mean":1.5,"samples":[1,2]}}},
            {"name":"y","result":{"hz":2,"mean":500,"samples":[400,600]}},{"name":"z","result":{"error":{}}},{"name":"w","result":null}]}"#;
        let want = [
            row("b/x", "ms", Some(1.5), Some(2)),
            row("b/y", "ms", Some(500.0), Some(2)),
            row("b/z", "ms", None, None),
            row("b/w", "ms", None, None),
        ];
        assert_eq!(rows(text), want);
    }

    #[test]
    fn tables_as_json_and_on_a_console() {
        let text =
            r#"[{"Task name":"x","Latency avg (ns)":"2189.0 ± 1.60%","Samples":14},{"Task name":"y","Error":"boom"}]"#;
        assert_eq!(rows(text), [row("x", "ns", Some(2189.0), Some(14)), row("y", "ns", None, None)]);
        let text = "noise\n┌──┐\n│ (index) │ Task Name │ ops/sec │ Average Time (ns) │ Margin │ Samples │\n├──┤\n\
            │ 0 │ \"it's │ 1\" │ '1,000' │ 1000.5 │ '±1%' │ 9 │\n└──┘\n";
        assert_eq!(rows(text), [row("it's │ 1", "ns", Some(1000.5), Some(9))]);
    }
}
