//! libtest's JSON lines, also those of cargo-nextest.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Failure, Measurement, Run, Tests};

/// Reader of `--format json` of libtest and of `--message-format libtest-json` of cargo-nextest.
pub struct LibtestJson;

impl Importer for LibtestJson {
    fn name(&self) -> &'static str {
        "libtest-json"
    }

    fn doc(&self) -> &'static str {
        "JSON lines of libtest or cargo-nextest"
    }

    fn example(&self) -> &'static str {
        "cargo nextest run --message-format libtest-json | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json_lines() {
            Some(lines) => lines.iter().any(is_event),
            None => {
                let first =
                    input.bytes().split(|b| *b == b'\n').map(json::trim).find(|line| line.first() == Some(&b'{'));
                first.and_then(|line| json::parse(line).ok()).is_some_and(|line| is_event(&line))
            }
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut reading = Reading::default();
        for (i, line) in input.bytes().split(|b| *b == b'\n').enumerate() {
            let line = json::trim(line);
            if line.first() != Some(&b'{') {
                continue;
            }
            let value = json::parse(line)
                .map_err(|e| broken(input, "libtest file", &format!("line {}", i + 1), &e.to_string()))?;
            if let Value::Object(event) = &value
                && is_event(&value)
            {
                reading.event(event);
            }
        }
        Ok(vec![reading.finish()])
    }
}

fn is_event(line: &Value) -> bool {
    match line["type"].as_str() {
        Some("suite" | "test") => line["event"].is_string(),
        Some("bench") => line["name"].is_string() && line.get("median").is_some(),
        _ => false,
    }
}

#[derive(Default)]
struct Reading {
    /// Which suite it is: names are unique inside one, those of nextest in all.
    suite: usize,
    nextest: bool,
    duration: Option<f64>,
    /// The last word about each test, in the order in which they first ended.
    ended: Vec<(String, Ended)>,
    places: BTreeMap<(usize, String), usize>,
}

enum Ended {
    Passed(Option<f64>),
    Failed(Failure),
    Ignored,
    Measured(Vec<Measurement>),
}

impl Reading {
    fn event(&mut self, event: &Map<String, Value>) {
        let kind = json::str_at(event, "type").unwrap_or_default();
        let what = json::str_at(event, "event").unwrap_or_default();
        if kind == "suite" {
            self.nextest |= event.contains_key("nextest");
            self.suite += usize::from(what == "started");
            if let Some(seconds) = seconds(event) {
                self.duration = Some(self.duration.unwrap_or_default() + seconds);
            }
            return;
        }
        let name = plain_name(json::str_at(event, "name").unwrap_or_default());
        let ended = match (kind, what) {
            ("bench", _) => Ended::Measured(benchmark(name, event)),
            (_, "ok") => Ended::Passed(seconds(event)),
            (_, "failed") => Ended::Failed(failure(name, event)),
            (_, "ignored") => Ended::Ignored,
            _ => return,
        };
        self.nextest |= name.contains('$');
        let suite = if name.contains('$') { 0 } else { self.suite };
        let at = *self.places.entry((suite, name.to_owned())).or_insert(self.ended.len());
        match self.ended.get_mut(at) {
            Some(known) => known.1 = ended,
            None => self.ended.push((name.to_owned(), ended)),
        }
    }

    fn finish(self) -> Run {
        let harness = if self.nextest { "cargo-nextest" } else { "libtest" };
        let mut run = Run { harness: Some(harness.into()), duration: self.duration, ..Run::default() };
        let mut tests = Tests::default();
        let time = |name: &str, value| Measurement::new(name, "time", "s", Better::Lower, value);
        for (name, ended) in self.ended {
            tests.total += 1;
            match ended {
                Ended::Passed(seconds) => {
                    tests.passed += 1;
                    run.measurements.extend(seconds.map(|seconds| time(&name, Some(seconds))));
                }
                Ended::Failed(failure) => {
                    tests.failed += 1;
                    run.measurements.push(time(&name, None));
                    run.failures.push(failure);
                }
                Ended::Ignored => tests.skipped += 1,
                Ended::Measured(measured) => {
                    tests.total -= 1;
                    run.measurements.extend(measured);
                }
            }
        }
        run.tests = Some(tests).filter(|tests| tests.total > 0);
        run
    }
}

/// The name without nextest's number of the attempt: `crate::bin$test#2`.
fn plain_name(name: &str) -> &str {
    match name.rsplit_once('#') {
        Some((plain, attempt)) if !attempt.is_empty() && attempt.bytes().all(|b| b.is_ascii_digit()) => plain,
        _ => name,
    }
}

/// `exec_time`, also as `"0.1s"` in old versions.
fn seconds(event: &Map<String, Value>) -> Option<f64> {
    match event.get("exec_time") {
        Some(Value::String(text)) => text.trim_end_matches('s').parse().ok().filter(|v: &f64| v.is_finite()),
        _ => json::f64_at(event, "exec_time"),
    }
}

fn failure(name: &str, event: &Map<String, Value>) -> Failure {
    let output = json::str_at(event, "stdout").unwrap_or_default().trim();
    let panic = output.lines().find(|line| line.contains("panicked at"));
    let said = panic.or(json::str_at(event, "message")).or(json::str_at(event, "reason")).or(output.lines().next());
    Failure { test: name.into(), error: said.unwrap_or_default().into(), traceback: output.into() }
}

fn benchmark(name: &str, event: &Map<String, Value>) -> Vec<Measurement> {
    let mut time = Measurement::new(name, "time", "ns", Better::Lower, json::f64_at(event, "median"));
    time.median = time.value;
    let rate = json::f64_at(event, "mib_per_second");
    // The field's name is wrong: libtest divides by 1000 * 1000.
    let rate = rate.map(|rate| Measurement::new(name, "throughput", "MB/s", Better::Higher, Some(rate)));
    [time].into_iter().chain(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Run> {
        let input = Input::file("l", text.into());
        assert!(LibtestJson.claims(&input));
        LibtestJson.read(&input, &ReadOptions::default()).map(|mut runs| runs.remove(0))
    }

    fn rows(run: &Run) -> Vec<(&str, &str, Option<f64>)> {
        run.measurements.iter().map(|m| (m.name.as_str(), m.unit.as_str(), m.value)).collect()
    }

    #[test]
    fn the_last_attempt_counts() {
        let run = read(
            "{\"type\":\"suite\",\"event\":\"started\",\"test_count\":3,\"nextest\":{\"crate\":\"a\"}}\n\
             {\"type\":\"test\",\"event\":\"started\",\"name\":\"a::a$x\"}\n\
             {\"type\":\"test\",\"event\":\"failed\",\"name\":\"a::a$x\",\"exec_time\":1,\"stdout\":\"no\"}\n\
             {\"type\":\"test\",\"event\":\"ok\",\"name\":\"a::a$x#2\",\"exec_time\":0.5}\n\
             {\"type\":\"test\",\"event\":\"ignored\",\"name\":\"a::a$i\"}\n{\"type\":\"suite\",\"event\":\"ok\",\"ignored\":1}\n\
             {\"type\":\"suite\",\"event\":\"started\"}\n{\"type\":\"test\",\"event\":\"ignored\",\"name\":\"a::a$i\"}\n\
             {\"type\":\"test\",\"event\":\"failed\",\"name\":\"a::a$f\",\"stdout\":\"x\\nthread 'f' panicked at a.rs:1\"}\n",
        )
        .unwrap();
        assert_eq!(rows(&run), [("a::a$x", "s", Some(0.5)), ("a::a$f", "s", None)]);
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([3, 1, 1, 1, 0]));
        assert_eq!(run.failures[0].error, "thread 'f' panicked at a.rs:1");
    }

    #[test]
    fn benchmarks_are_no_tests_and_suites_have_names_of_their_own() {
        let run = read(
            "noise\n{ \"type\": \"suite\", \"event\": \"started\", \"test_count\": 2 }\n\
             { \"type\": \"bench\", \"name\": \"b\", \"median\": 446.08, \"deviation\": 226.61, \"mib_per_second\": 48761 }\n\
             { \"type\": \"test\", \"name\": \"t\", \"event\": \"ok\", \"exec_time\": \"0.25s\" }\n\
             { \"type\": \"suite\", \"event\": \"started\", \"test_count\": 1 }\n\
             { \"type\": \"test\", \"name\": \"t\", \"event\": \"ok\", \"exec_time\": 0.5 }\n",
        )
        .unwrap();
        let want =
            [("b", "ns", Some(446.08)), ("b", "MB/s", Some(48761.0)), ("t", "s", Some(0.25)), ("t", "s", Some(0.5))];
        assert_eq!(rows(&run), want);
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([2, 2, 0, 0, 0]));
        let error = read("{\"type\":\"suite\",\"event\":\"started\"}\n{\"type\":\"te").unwrap_err();
        assert!(error.message.contains("line 2: "), "{}", error.message);
    }
}
