//! Test cases of `go test`, from its text or its events.

use std::collections::BTreeMap;

use super::scan;
use crate::model::{Better, Failure, Measurement, Run, Tests};

#[derive(Default)]
struct Case {
    name: String,
    /// Of the runs that passed.
    seconds: Vec<f64>,
    /// Whether the last run passed; none where it was skipped.
    passed: Option<bool>,
}

/// A line of text whose package is not yet known.
struct Ended {
    verdict: String,
    name: String,
    seconds: f64,
    text: String,
}

/// Test cases, each run of each counted.
#[derive(Default)]
pub struct Cases {
    cases: Vec<Case>,
    index: BTreeMap<String, usize>,
    counts: Tests,
    failures: Vec<Failure>,
    waiting: Vec<Ended>,
    collecting: bool,
}

impl Cases {
    /// A line `--- PASS: NAME (0.00s)`; the package comes later.
    pub fn ended(&mut self, verdict: &str, name: &str, seconds: f64) {
        let verdict = verdict.trim_end_matches(':').to_lowercase();
        self.collecting = verdict == "fail";
        self.waiting.push(Ended { verdict, name: name.to_owned(), seconds, text: String::new() });
    }

    /// Any other line: behind a failure, the indented ones are its text.
    pub fn said(&mut self, line: &str) {
        self.collecting &= line.starts_with([' ', '\t']);
        if let Some(last) = self.waiting.last_mut().filter(|_| self.collecting) {
            last.text.push_str(line);
            last.text.push('\n');
        }
    }

    /// The package of all lines since the last.
    pub fn of_package(&mut self, package: &str) {
        // `_/home/...` is a folder outside GOPATH.
        let package = if package.starts_with("_/") { "" } else { package };
        for case in std::mem::take(&mut self.waiting) {
            self.add(package, &case.name, &case.verdict, Some(case.seconds), case.text);
        }
    }

    /// Counts a run of a case; `verdict` is `pass`, `fail` or `skip`.
    pub fn add(&mut self, package: &str, name: &str, verdict: &str, seconds: Option<f64>, text: String) {
        let name = if package.is_empty() { name.to_owned() } else { format!("{package}.{name}") };
        let at = *self.index.entry(name.clone()).or_insert(self.cases.len());
        if at == self.cases.len() {
            self.cases.push(Case { name: name.clone(), ..Case::default() });
        }
        let Some(case) = self.cases.get_mut(at) else { return };
        self.counts.total += 1;
        match verdict {
            "skip" => self.counts.skipped += 1,
            "fail" => {
                self.counts.failed += 1;
                case.passed = Some(false);
                self.failures.push(failure(name, text));
            }
            _ => {
                self.counts.passed += 1;
                case.passed = Some(true);
                case.seconds.extend(seconds);
            }
        }
    }

    /// Counts a package that broke before anything in it ran.
    pub fn broken(&mut self, package: &str, text: String) {
        self.counts.total += 1;
        self.counts.errors += 1;
        self.failures.push(failure(package.to_owned(), text));
    }

    /// Adds the tests to the run: one time a case, null where its last run failed.
    pub fn finish(mut self, run: &mut Run) {
        self.of_package("");
        for case in self.cases {
            let read = |value| Measurement::new(&case.name, "time", "s", Better::Lower, value);
            match case.passed {
                Some(false) => run.measurements.push(read(None)),
                Some(true) if !case.seconds.is_empty() => {
                    run.measurements.push(read(Some(scan::mean(&case.seconds))).sampled(case.seconds.clone()));
                }
                _ => {}
            }
        }
        run.tests = (self.counts.total > 0).then_some(self.counts);
        run.failures = self.failures;
    }
}

fn failure(test: String, text: String) -> Failure {
    let error = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    Failure { test, error, traceback: text }
}
