//! `go test -json`: the events of test2json, one a line.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::go_bench::{Parser, is_benchmark};
use super::go_cases::Cases;
use super::{Importer, Input, ReadOptions, broken, json, scan};
use crate::Result;
use crate::model::{Run, Time};

/// Reader of the events of `go test -json`, tests and benchmarks.
pub struct GoTestJson;

impl Importer for GoTestJson {
    fn name(&self) -> &'static str {
        "go-test-json"
    }

    fn doc(&self) -> &'static str {
        "events of go test -json: tests and benchmarks"
    }

    fn example(&self) -> &'static str {
        "go test -json -bench=. ./..."
    }

    fn claims(&self, input: &Input) -> bool {
        is_go_test(input)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let one = input.json().map(std::slice::from_ref);
        let Some(events) = one.or_else(|| input.json_lines()) else {
            return Err(broken(input, "go test -json", &scan::broken_line(input), "expected a JSON object"));
        };
        let mut cases = Cases::default();
        let mut packages: Vec<Package> = Vec::new();
        let mut index: BTreeMap<&str, usize> = BTreeMap::new();
        for event in events.iter().filter_map(Value::as_object) {
            let Some(name) = json::str_at(event, "Package").or_else(|| json::str_at(event, "ImportPath")) else {
                continue;
            };
            let at = *index.entry(name).or_insert(packages.len());
            if at == packages.len() {
                packages.push(Package { name, ..Package::default() });
            }
            if let Some(package) = packages.get_mut(at) {
                package.event(event, &mut cases);
            }
        }
        let mut parser = Parser::default();
        for package in &packages {
            let results = parser.feed(&package.output, package.name);
            if package.failed && !package.ran && results == 0 {
                // What the compiler said stands under the import path of the build.
                let build = package.build.and_then(|path| packages.get(*index.get(path)?));
                cases.broken(package.name, build.unwrap_or(package).output.clone());
            }
        }
        let mut run = parser.finish();
        cases.finish(&mut run);
        run.time = events.iter().rev().find_map(|e| Time::parse(e.get("Time")?.as_str()?));
        Ok(vec![run])
    }
}

/// Whether the input is JSON lines of test2json (perhaps broken further down).
pub fn is_go_test(input: &Input) -> bool {
    let event = |value: &Value| {
        value.get("Action").is_some_and(Value::is_string)
            && ["Package", "ImportPath"].iter().any(|key| value.get(key).is_some_and(Value::is_string))
    };
    match (input.json(), input.json_lines()) {
        (Some(one), _) => event(one),
        (None, Some(lines)) => lines.iter().all(event),
        _ => scan::first_of_broken_lines(input).is_some_and(|first| event(&first)),
    }
}

/// What is known of a package from its events.
#[derive(Default)]
struct Package<'a> {
    name: &'a str,
    /// All its output joined: events cut lines, and their `Test` is wrong for benchmarks (Go 1.19).
    output: String,
    /// Output of the tests that run.
    said: BTreeMap<&'a str, String>,
    ran: bool,
    failed: bool,
    build: Option<&'a str>,
}

impl<'a> Package<'a> {
    fn event(&mut self, event: &'a Map<String, Value>, cases: &mut Cases) {
        let test = json::str_at(event, "Test").filter(|test| !is_benchmark(test));
        let action = json::str_at(event, "Action").unwrap_or_default();
        self.ran |= event.contains_key("Test");
        match (action, test) {
            ("output" | "build-output", _) => {
                let output = json::str_at(event, "Output").unwrap_or_default();
                self.output.push_str(output);
                let line = output.trim_start();
                if let Some(test) = test.filter(|_| !line.starts_with("===") && !line.starts_with("---")) {
                    self.said.entry(test).or_default().push_str(output);
                }
            }
            ("run", Some(test)) => _ = self.said.remove(test),
            ("pass" | "fail" | "skip", Some(test)) => {
                let text = self.said.remove(test).unwrap_or_default();
                cases.add(self.name, test, action, json::f64_at(event, "Elapsed"), text);
            }
            ("fail", None) if !event.contains_key("Test") => {
                self.failed = true;
                self.build = json::str_at(event, "FailedBuild");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Run>> {
        let input = Input::file("t.json", text.into());
        assert!(GoTestJson.claims(&input));
        GoTestJson.read(&input, &ReadOptions::default())
    }

    #[test]
    fn events_are_counted_and_output_is_joined() {
        let run = read(
            r#"{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: no\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.10s)\n"}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"skip","Package":"p","Test":"TestS","Elapsed":0}
{"Action":"pass","Package":"p","Test":"TestB/sub","Elapsed":0.5}
{"Action":"output","Package":"p","Test":"BenchmarkX","Output":"BenchmarkX-2 \t"}
{"Action":"output","Package":"p","Output":" 10\t 5 ns/op\n"}
{"Action":"fail","Package":"p","Test":"BenchmarkY","Elapsed":0}
{"Action":"output","Package":"p","Output":"--- FAIL: BenchmarkY-2\n"}
{"Action":"fail","Package":"p","Elapsed":1}
{"ImportPath":"q [q.test]","Action":"build-output","Output":"q.go:1: undefined: x\n"}
{"Action":"output","Package":"q","Output":"FAIL\tq [build failed]\n"}
{"Time":"2026-01-02T03:04:05.6Z","Action":"fail","Package":"q","Elapsed":0,"FailedBuild":"q [q.test]"}
"#,
        )
        .unwrap()
        .remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value)).collect();
        let want = [("p.BenchmarkX", Some(5.0)), ("p.BenchmarkY", None), ("p.TestA", None), ("p.TestB/sub", Some(0.5))];
        assert_eq!(rows, want);
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([4, 1, 1, 1, 1]));
        let errors: Vec<_> = run.failures.iter().map(|f| (f.test.as_str(), f.error.as_str())).collect();
        assert_eq!(errors, [("p.TestA", "a_test.go:3: no"), ("q", "q.go:1: undefined: x")]);
        assert_eq!(run.time.map(|t| t.to_string()).as_deref(), Some("2026-01-02T03:04:05Z"));
    }

    #[test]
    fn a_cut_line_is_named() {
        let error = read("{\"Action\":\"start\",\"Package\":\"p\"}\n{\"Action\":\"pa").unwrap_err();
        assert!(error.message.contains("line 2"), "{}", error.message);
    }
}
