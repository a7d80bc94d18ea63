//! The JSON reporter of vitest, which writes what `jest --json` does.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Failure, Measurement, Run, Tests, Time};

/// Reader of the test results of vitest and Jest.
pub struct VitestTestJson;

impl Importer for VitestTestJson {
    fn name(&self) -> &'static str {
        "vitest-test-json"
    }

    fn doc(&self) -> &'static str {
        "test results of vitest --reporter=json (and jest --json)"
    }

    fn example(&self) -> &'static str {
        "vitest run --reporter=json --outputFile=vitest.json"
    }

    fn claims(&self, input: &Input) -> bool {
        // Before version 1 'vitest bench' wrote an object here.
        let results = |v: &Value| v.get("testResults").is_some_and(|results| !results.is_object());
        input.json().is_some_and(|v| v.get("numTotalTests").is_some() && results(v))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let fault = |place: &str, expected: &str| broken(input, "vitest report", place, expected);
        let report = input.json().and_then(Value::as_object).ok_or_else(|| fault("file", "expected an object"))?;
        let files = report.get("testResults").and_then(Value::as_array);
        let files = files.ok_or_else(|| fault("testResults", "expected an array"))?;
        let mut suites: Vec<(String, &Map<String, Value>)> = Vec::new();
        for (i, value) in files.iter().enumerate() {
            let suite = value.as_object().ok_or_else(|| fault(&format!("testResults[{i}]"), "expected an object"))?;
            suites.push((json::str_at(suite, "name").unwrap_or_default().replace('\\', "/"), suite));
        }
        let folder = common_folder(suites.iter().map(|(path, _)| path.as_str())).len();
        let mut run = Run::default();
        let mut tests = Tests::default();
        for (path, suite) in &suites {
            let file = path.get(folder..).unwrap_or(path);
            let cases = json::array_at(suite, "assertionResults");
            if cases.is_empty() && json::str_at(suite, "status") == Some("failed") {
                (tests.total, tests.errors) = (tests.total + 1, tests.errors + 1);
                run.failures.push(failure(file.to_owned(), json::str_at(suite, "message").unwrap_or_default()));
            }
            for case in cases.iter().filter_map(Value::as_object) {
                read_case(file, case, &mut tests, &mut run);
            }
        }
        run.tests = (tests.total > 0).then_some(tests);
        // Jest counts suites that could not run; vitest does not.
        run.harness = Some(if report.contains_key("numRuntimeErrorTestSuites") { "jest" } else { "vitest" }.into());
        let millis = |map: &Map<String, Value>, key: &str| json::f64_at(map, key);
        let start = millis(report, "startTime");
        let end = suites.iter().filter_map(|(_, suite)| millis(suite, "endTime")).reduce(f64::max);
        run.time = end.or(start).map(|ms| Time::from_millis(ms as i64));
        run.duration = start.zip(end).map(|(start, end)| (end - start) / 1000.0).filter(|seconds| *seconds >= 0.0);
        Ok(vec![run])
    }
}

/// The folder that all files are in, with its last `/`; of one file its own.
fn common_folder<'a>(mut paths: impl Iterator<Item = &'a str>) -> &'a str {
    let folder = |path: &'a str, end: usize| {
        let slash = path.bytes().take(end).rposition(|byte| byte == b'/');
        slash.and_then(|at| path.get(..=at)).unwrap_or_default()
    };
    let Some(first) = paths.next() else { return "" };
    paths.fold(folder(first, first.len()), |shared, path| {
        folder(shared, shared.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count())
    })
}

fn read_case(file: &str, case: &Map<String, Value>, tests: &mut Tests, run: &mut Run) {
    let title = json::str_at(case, "title").unwrap_or_default();
    let ancestors = json::array_at(case, "ancestorTitles").iter().filter_map(Value::as_str).filter(|t| !t.is_empty());
    let name = std::iter::once(file).chain(ancestors).chain(std::iter::once(title)).collect::<Vec<_>>().join(" > ");
    let duration = json::f64_at(case, "duration");
    tests.total += 1;
    match json::str_at(case, "status").unwrap_or_default() {
        "passed" => {
            tests.passed += 1;
            if duration.is_some() {
                run.measurements.push(Measurement::new(name, "time", "ms", Better::Lower, duration));
            }
        }
        "failed" => {
            tests.failed += 1;
            run.measurements.push(Measurement::new(&name, "time", "ms", Better::Lower, None));
            let texts: Vec<&str> = json::array_at(case, "failureMessages").iter().filter_map(Value::as_str).collect();
            run.failures.push(failure(name, &texts.join("\n")));
        }
        // skipped, pending, todo, disabled
        _ => tests.skipped += 1,
    }
}

fn failure(test: String, text: &str) -> Failure {
    let error = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Failure { test, error: super::input::strip_ansi(error), traceback: super::input::strip_ansi(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_below_the_folder_they_share() {
        for (paths, want) in [
            (&["/a/b/x.ts"][..], "/a/b/"),
            (&["/a/b/x.ts", "/a/bc/y.ts"], "/a/"),
            (&["C:/p/t/x.ts", "C:/p/u/y.ts", "C:/p/z.ts"], "C:/p/"),
            (&["x.ts", "y.ts"], ""),
            (&["/é/x", "/è/x"], "/"),
        ] {
            assert_eq!(common_folder(paths.iter().copied()), want);
        }
    }

    #[test]
    fn counts_and_errors_of_suites() {
        let text = r#"{"numTotalTests":4,"numRuntimeErrorTestSuites":1,"startTime":1000,"testResults":[
            {"name":"/r/a/x.js","status":"passed","assertionResults":[
                {"ancestorTitles":["d"],"title":"t","status":"passed","duration":5},
                {"ancestorTitles":[],"title":"u","status":"failed","duration":1,"failureMessages":["Error: no\n    at x"]},
                {"ancestorTitles":[],"title":"v","status":"pending"},{"ancestorTitles":[],"title":"w","status":"passed","duration":null}]},
            {"name":"/r/b/y.js","status":"failed","message":"SyntaxError: x","assertionResults":[]}]}"#;
        let input = Input::file("v.json", text.into());
        assert!(VitestTestJson.claims(&input));
        let run = VitestTestJson.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value)).collect();
        assert_eq!(rows, [("a/x.js > d > t", Some(5.0)), ("a/x.js > u", None)]);
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([5, 2, 1, 1, 1]));
        let failures: Vec<_> = run.failures.iter().map(|f| (f.test.as_str(), f.error.as_str())).collect();
        assert_eq!(failures, [("a/x.js > u", "Error: no"), ("b/y.js", "SyntaxError: x")]);
    }
}
