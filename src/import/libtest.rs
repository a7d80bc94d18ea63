//! Rust's own test harness as text, and what prints its lines: `cargo bench`, `cargo test`, criterion's bencher output.

use super::cargo_criterion::CargoCriterion;
use super::libtest_json::LibtestJson;
use super::{Importer, Input, ReadOptions, criterion_text, divan, gungraun, iai_text, text};
use crate::Result;
use crate::model::{Better, Failure, Measurement, Run, Tests, Unit};

/// Reader of libtest's lines.
pub struct Libtest;

impl Importer for Libtest {
    fn name(&self) -> &'static str {
        "libtest"
    }

    fn doc(&self) -> &'static str {
        "output of cargo bench or cargo test (libtest), criterion's --output-format bencher"
    }

    fn example(&self) -> &'static str {
        "cargo bench | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(text) = text::plain(input) else { return false };
        // Other harnesses under cargo print the lines of empty test runs too.
        text.lines().any(is_line)
            && !criterion_text::fits(text)
            && !divan::fits(text)
            && !iai_text::fits(text)
            && !gungraun::fits(input)
            && !LibtestJson.claims(input)
            && !CargoCriterion.claims(input)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let text = input.text().unwrap_or_default();
        let (tests, failures) = tests(text);
        let measurements = text.lines().flat_map(measurements).collect();
        Ok(vec![Run { harness: Some("libtest".into()), measurements, tests, failures, ..Run::default() }])
    }
}

/// Whether libtest prints such a line: `running 3 tests`, `test a ... ok`, `test result: ok. `.
fn is_line(line: &str) -> bool {
    let running = line.strip_prefix("running ").and_then(|rest| rest.split_once(' '));
    running.is_some_and(|(n, what)| n.parse::<u64>().is_ok() && matches!(what, "test" | "tests"))
        || bench(line).is_some()
        || outcome(line).is_some()
        || result(line).is_some()
}

/// The counts of all `test result:` lines (benchmarks are not tests), and the tests that failed.
pub(super) fn tests(text: &str) -> (Option<Tests>, Vec<Failure>) {
    let mut tests = Tests::default();
    let mut failures = Vec::new();
    for line in text.lines() {
        if let Some([passed, failed, ignored]) = result(line) {
            tests.passed = tests.passed.saturating_add(passed);
            tests.failed = tests.failed.saturating_add(failed);
            tests.skipped = tests.skipped.saturating_add(ignored);
        } else if let Some((name, "FAILED", _)) = outcome(line) {
            failures.push(Failure { test: name.into(), ..Failure::default() });
        }
    }
    tests.total = tests.passed.saturating_add(tests.failed).saturating_add(tests.skipped);
    if !failures.is_empty() {
        add_output(text, &mut failures);
    }
    (Some(tests).filter(|tests| tests.total > 0), failures)
}

/// What a failed test printed stands below `---- NAME stdout ----`.
fn add_output(text: &str, failures: &mut [Failure]) {
    let mut inside: Option<(&str, String)> = None;
    let mut found = std::collections::BTreeMap::new();
    for line in text.lines() {
        let head = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        if head.is_some() || line == "failures:" || result(line).is_some() {
            found.extend(inside.take());
            inside = head.map(|name| (name, String::new()));
        } else if let Some((_, output)) = &mut inside {
            output.push_str(line);
            output.push('\n');
        }
    }
    for failure in failures {
        if let Some(output) = found.remove(failure.test.as_str()) {
            let output = output.trim();
            let panic = output.lines().find(|line| line.contains("panicked at")).or(output.lines().next());
            failure.error = panic.unwrap_or_default().into();
            failure.traceback = output.into();
        }
    }
}

/// Passed, failed and ignored of `test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; ...`.
fn result(line: &str) -> Option<[u64; 3]> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        let mut parts = counts.split("; ").filter_map(|part| part.trim().split_once(' '));
        parts.find(|(_, what)| *what == word).and_then(|(n, _)| n.parse().ok())
    };
    Some([count("passed")?, count("failed")?, count("ignored").unwrap_or_default()])
}

/// Name, word and time of `test NAME ... ok <0.1s>`.
fn outcome(line: &str) -> Option<(&str, &str, Option<f64>)> {
    let (name, rest) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let time = rest.trim().strip_prefix('<').and_then(|r| r.strip_suffix("s>")).and_then(text::number);
    let known = match word.trim_end_matches(',') {
        "ok" => "ok",
        "FAILED" => "FAILED",
        "ignored" => "ignored",
        _ => return None,
    };
    Some((name.trim(), known, time))
}

/// Name, value and unit of `test NAME ... bench: 1,234 ns/iter (+/- 5) = 67 MB/s`, and the rate behind.
type Bench<'a> = (&'a str, (f64, &'a str), Option<(f64, &'a str)>);

fn bench(line: &str) -> Option<Bench<'_>> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... bench:")?;
    let (value, behind) = rest.split_once("(+/-").unwrap_or((rest, ""));
    let rate = behind.split_once(" = ").and_then(|(_, rate)| text::quantity(rate));
    Some((name.trim(), text::quantity(value)?, rate))
}

/// What the line of a benchmark says; nothing for all other lines.
pub(super) fn benchmark(line: &str) -> Vec<Measurement> {
    let Some((name, (value, unit), rate)) = bench(line) else { return Vec::new() };
    let rate = rate.map(|(value, unit)| Measurement::new(name, "throughput", unit, Better::Higher, Some(value)));
    let known = Unit::new(unit);
    let (metric, better) = if known.is_time() {
        ("time".to_owned(), Better::Lower)
    } else if known.is_rate() {
        ("throughput".to_owned(), Better::Higher)
    } else {
        (known.as_str().to_lowercase(), Better::of_metric(&known.as_str().to_lowercase()))
    };
    let main = Measurement::new(name, metric, unit, better, Some(value));
    [main].into_iter().chain(rate).collect()
}

fn measurements(line: &str) -> Vec<Measurement> {
    match outcome(line) {
        // Without a time it is the line of a benchmark.
        Some((name, "FAILED", time)) => {
            let unit = if time.is_some() { "s" } else { "ns" };
            vec![Measurement::new(name, "time", unit, Better::Lower, None)]
        }
        Some((name, "ok", Some(time))) => vec![Measurement::new(name, "time", "s", Better::Lower, Some(time))],
        _ => benchmark(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Run {
        let input = Input::file("t", text.into());
        assert!(Libtest.claims(&input), "{text}");
        Libtest.read(&input, &ReadOptions::default()).unwrap().remove(0)
    }

    #[test]
    fn lines_of_benchmarks_and_tests() {
        let run = read(
            "\nrunning 5 tests\ntest a b ... bench:   1,234.5 ns/iter (+/- 1,000.2) = 48 MB/s\ntest c ... bench: 7 cycles/iter (+/- 1)\n\
             test up ... bench: 9 MS/s (+/- 2)\ntest t ... ok <0.003s>\ntest plain ... ok\ntest i ... ignored, why\ntest f ... FAILED\n\n\
             failures:\n\n---- f stdout ----\nthread 'f' panicked at x.rs:1:\nno\n\nfailures:\n    f\n\n\
             test result: FAILED. 2 passed; 1 failed; 1 ignored; 3 measured; 0 filtered out; finished in 6.00s\n",
        );
        let rows: Vec<_> =
            run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.value)).collect();
        assert_eq!(
            rows,
            [
                ("a b", "time", "ns", Some(1234.5)),
                ("a b", "throughput", "MB/s", Some(48.0)),
                ("c", "cycles", "cycles", Some(7.0)),
                ("up", "throughput", "MS/s", Some(9.0)),
                ("t", "time", "s", Some(0.003)),
                ("f", "time", "ns", None),
            ]
        );
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([4, 2, 1, 1, 0]));
        assert_eq!((run.failures.len(), run.failures[0].error.as_str()), (1, "thread 'f' panicked at x.rs:1:"));
    }

    #[test]
    fn empty_runs_count_no_tests() {
        let run =
            read("running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n");
        assert!(run.tests.is_none() && run.measurements.is_empty());
    }
}
