//! pytest-json-report's JSON.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json};
use crate::Result;
use crate::model::{Better, Failure, Measurement, Run, Tests, Time};

/// Reader of pytest-json-report: the time of every test that ran, and the counts.
pub struct PytestJsonReport;

impl Importer for PytestJsonReport {
    fn name(&self) -> &'static str {
        "pytest-json-report"
    }

    fn doc(&self) -> &'static str {
        "JSON of pytest-json-report"
    }

    fn example(&self) -> &'static str {
        "pytest --json-report --json-report-file=tests.json && git bench record tests.json"
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(Value::Object(map)) = input.json() else { return false };
        map.get("exitcode").is_some_and(Value::is_number)
            && (map.contains_key("collectors") || map.contains_key("tests") || map.contains_key("summary"))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let Some(Value::Object(map)) = input.json() else { return Ok(Vec::new()) };
        let mut run = Run { harness: Some("pytest-json-report".into()), ..Run::default() };
        run.time = json::f64_at(map, "created").map(|seconds| Time(seconds as i64));
        run.duration = json::f64_at(map, "duration");
        if let Some(environment) = json::object_at(map, "environment") {
            facts::put(&mut run.environment, "python_version", json::str_at(environment, "Python"));
            facts::put_platform(&mut run.platform, json::str_at(environment, "Platform").unwrap_or_default());
        }
        let mut tests = Tests::default();
        for (i, test) in json::array_at(map, "tests").iter().enumerate() {
            let fault = |what| broken(input, "pytest-json-report file", &format!("tests[{i}]"), what);
            let Value::Object(test) = test else { return Err(fault("expected an object")) };
            let name = json::str_at(test, "nodeid").ok_or_else(|| fault("'nodeid' is missing"))?;
            let outcome = json::str_at(test, "outcome").ok_or_else(|| fault("'outcome' is missing"))?;
            let mut value = json::object_at(test, "call").and_then(|call| json::f64_at(call, "duration"));
            match outcome {
                "passed" | "xpassed" => tests.passed += 1,
                "failed" | "error" => {
                    *(if outcome == "error" { &mut tests.errors } else { &mut tests.failed }) += 1;
                    run.failures.push(failure(name, test));
                    value = None;
                }
                "skipped" | "xfailed" => tests.skipped += 1,
                _ => continue,
            }
            tests.total += 1;
            if !matches!(outcome, "skipped" | "xfailed") && (value.is_some() || outcome != "passed") {
                run.measurements.push(Measurement::new(name, "time", "s", Better::Lower, value));
            }
        }
        if !map.contains_key("tests") {
            tests = summary(map);
        }
        run.tests = Some(tests).filter(|tests| tests.total > 0);
        Ok(vec![run])
    }
}

/// The counts alone, of a report made with `--json-report-summary`.
fn summary(map: &Map<String, Value>) -> Tests {
    let count = |key| json::object_at(map, "summary").and_then(|s| json::u64_at(s, key)).unwrap_or_default();
    let (passed, skipped) =
        (count("passed").saturating_add(count("xpassed")), count("skipped").saturating_add(count("xfailed")));
    Tests { total: count("total"), passed, failed: count("failed"), skipped, errors: count("error") }
}

fn failure(name: &str, test: &Map<String, Value>) -> Failure {
    let stages = ["setup", "call", "teardown"].into_iter().filter_map(|stage| json::object_at(test, stage));
    let failed = stages.into_iter().find(|stage| stage.get("outcome").is_some_and(|o| o == "failed"));
    let text = |key| failed.and_then(|stage| json::str_at(stage, key)).unwrap_or_default();
    let crash = failed.and_then(|stage| json::object_at(stage, "crash"));
    let said = crash.and_then(|crash| json::str_at(crash, "message")).unwrap_or_else(|| text("longrepr"));
    Failure {
        test: name.into(),
        error: said.lines().next().unwrap_or_default().into(),
        traceback: text("longrepr").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_from_the_tests() {
        let text = r#"{"created":1705314600.9,"exitcode":1,"summary":{"total":9},"environment":{"Python":"3.12.1",
            "Platform":"Linux-6.1.0-x86_64-with-glibc2.36"},"tests":[
            {"nodeid":"t.py::a","outcome":"passed","call":{"duration":0.5}},{"nodeid":"t.py::x","outcome":"xpassed","call":{"duration":0.25}},
            {"nodeid":"t.py::f","outcome":"failed","call":{"duration":1,"outcome":"failed","crash":{"message":"a\nb"},"longrepr":"trace"}},
            {"nodeid":"t.py::e","outcome":"error","setup":{"outcome":"failed","longrepr":"boom"}},
            {"nodeid":"t.py::s","outcome":"skipped"},{"nodeid":"t.py::xf","outcome":"xfailed","call":{"duration":9}}]}"#;
        let input = Input::file("r.json", text.into());
        assert!(PytestJsonReport.claims(&input));
        let run = PytestJsonReport.read(&input, &ReadOptions::default()).unwrap().remove(0);
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([6, 2, 1, 2, 1]));
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value)).collect();
        assert_eq!(rows, [("t.py::a", Some(0.5)), ("t.py::x", Some(0.25)), ("t.py::f", None), ("t.py::e", None)]);
        let failures: Vec<_> = run.failures.iter().map(|f| (f.error.as_str(), f.traceback.as_str())).collect();
        assert_eq!(failures, [("a", "trace"), ("boom", "boom")]);
        assert_eq!(run.platform["arch"], "x86_64");
    }
}
