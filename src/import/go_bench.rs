//! `go test -bench`: the Go benchmark format (golang.org/design/14313-benchmark-format), as `go test` prints it with
//! other output between.

use std::collections::{BTreeMap, BTreeSet};

use super::go_cases::Cases;
use super::{Importer, Input, ReadOptions, facts, go_test_json, json, scan};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run, Unit};

/// Reader of the text of `go test -bench`.
pub struct GoBench;

impl Importer for GoBench {
    fn name(&self) -> &'static str {
        "go-bench"
    }

    fn doc(&self) -> &'static str {
        "text of go test -bench, also several packages and -count"
    }

    fn example(&self) -> &'static str {
        "go test -bench=. -benchmem -count=6 ./..."
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(text) = input.text() else { return false };
        !text.trim_start().starts_with('<') && text.lines().any(is_go) && !go_test_json::is_go_test(input)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut parser = Parser::default();
        parser.feed(input.text().unwrap_or_default(), "");
        let cases = std::mem::take(&mut parser.cases);
        let mut run = parser.finish();
        cases.finish(&mut run);
        Ok(vec![run])
    }
}

/// Whether a line is one that only `go test` prints.
fn is_go(line: &str) -> bool {
    let fields: Vec<&str> = line.split_whitespace().take(5).collect();
    match fields[..] {
        [name, ref rest @ ..] if is_benchmark(name) => result(rest).is_some(),
        ["---", "FAIL:", name, ..] if is_benchmark(name) => true,
        ["---", "PASS:" | "FAIL:" | "SKIP:", _, time] => seconds(time).is_some(),
        ["ok" | "FAIL", _, time, ..] if line.starts_with("ok  \t") || line.starts_with("FAIL\t") => {
            time == "(cached)" || time.starts_with('[') || time.strip_suffix('s').and_then(scan::number).is_some()
        }
        _ => false,
    }
}

/// `(0.01s)`.
fn seconds(text: &str) -> Option<f64> {
    scan::number(text.strip_prefix('(')?.strip_suffix("s)")?)
}

/// Whether a word is the name of a Go benchmark: `Benchmark`, then no lower-case letter.
pub fn is_benchmark(word: &str) -> bool {
    word.strip_prefix("Benchmark").is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

/// `-8` behind a name, where all the names agree on it.
pub fn common_suffix<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let suffix = |name: &'a str| {
        let (_, digits) = name.rsplit_once('-')?;
        let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        number.then(|| name.get(name.len() - digits.len() - 1..)).flatten()
    };
    let first = suffix(names.next()?)?;
    names.all(|name| suffix(name) == Some(first)).then_some(first)
}

/// Values and units behind a count of iterations, which comes first, or behind noise and before `ns/op`.
fn result<'a, 'b>(fields: &'a [&'b str]) -> Option<&'a [&'b str]> {
    let behind = |at: usize| {
        let values = fields.get(at + 1..).filter(|values| values.len() > 1)?;
        (fields.get(at)?.parse::<u64>().is_ok() && value(values.first()?).is_some()).then_some(values)
    };
    behind(0).or_else(|| behind(fields.iter().position(|f| *f == "ns/op")?.checked_sub(2)?))
}

fn value(text: &str) -> Option<f64> {
    scan::number(text).or_else(|| matches!(text, "NaN" | "+Inf" | "-Inf" | "Inf").then_some(f64::NAN))
}

/// Configuration whose different values in one file are different series.
const SETTINGS: [&str; 3] = ["note", "toolchain", "experiment"];

struct Line {
    package: String,
    name: String,
    settings: [String; 3],
    /// (unit, value); none where it failed.
    values: Vec<(String, f64)>,
}

/// Results of one name: whether one of them failed, the values by unit.
#[derive(Default)]
struct Group<'a> {
    failed: bool,
    values: Vec<(&'a str, Vec<f64>)>,
}

/// What stands in the output of some packages.
#[derive(Default)]
pub struct Parser {
    lines: Vec<Line>,
    platform: Facts,
    commit: Option<String>,
    better: BTreeMap<String, Better>,
    /// Units whose values are said not to vary.
    exact: BTreeSet<String>,
    /// The tests, which `go test -json` has as events of their own.
    pub cases: Cases,
}

impl Parser {
    /// Reads the output of one package, or of several where each says `pkg:`. Returns how many results were in it.
    pub fn feed(&mut self, text: &str, package: &str) -> usize {
        let before = self.lines.len();
        let mut package = package.to_owned();
        let mut settings: [String; 3] = Default::default();
        let (mut pending, mut running): (Option<&str>, bool) = (None, false);
        for line in text.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let name = fields.first().copied().filter(|f| is_benchmark(f) && line.starts_with(f));
            let late = || result(&fields).filter(|values| values.contains(&"ns/op")).zip(pending);
            let found = match name {
                Some(name) => fields.get(1..).and_then(result).map(|values| (values, name)),
                None => late(),
            };
            if let Some((values, name)) = found {
                let values = values.chunks_exact(2);
                let values = values.map_while(|pair| Some((pair.get(1)?.to_string(), value(pair.first()?)?))).collect();
                self.push(&package, name, &settings, values);
                pending = None;
            } else if let Some(name) = name.filter(|name| line.len() == name.len() || line.contains('\t')) {
                // With -v the name comes alone first; a tab means that it runs.
                running = line.contains('\t');
                pending = Some(name);
            } else if let ["---", verdict, name, ..] = fields[..] {
                if is_benchmark(name) {
                    pending = None;
                    if verdict == "FAIL:" {
                        self.push(&package, name, &settings, Vec::new());
                    }
                } else if let Some(time) = fields.get(3).and_then(|time| seconds(time)) {
                    self.cases.ended(verdict, name, time);
                    continue;
                }
            } else if let Some(name) =
                pending.filter(|_| line.starts_with("panic: ") || (running && line.starts_with("FAIL\t")))
            {
                self.push(&package, name, &settings, Vec::new());
                pending = None;
            } else if let ["Unit", unit, ref rest @ ..] = fields[..] {
                // Said of a unit as benchstat prints it, too (benchunit.Tidy).
                let unit = match unit {
                    "sec/op" => "ns/op",
                    "B/s" => "MB/s",
                    other => other,
                };
                if let Some(better) = rest.iter().find_map(|f| f.strip_prefix("better=")).and_then(Better::parse) {
                    self.better.insert(unit.to_owned(), better);
                }
                if rest.contains(&"assume=exact") {
                    self.exact.insert(unit.to_owned());
                }
            } else if let Some((key, text)) = line.split_once(':') {
                let text = text.trim();
                match (key, SETTINGS.iter().zip(&mut settings).find(|(known, _)| **known == key)) {
                    (_, Some((_, setting))) => *setting = text.to_owned(),
                    ("pkg", _) => {
                        package = text.to_owned();
                        self.cases.of_package(text);
                    }
                    ("goos", _) => facts::put(&mut self.platform, "os", Some(&facts::os(text))),
                    ("goarch", _) => facts::put(&mut self.platform, "arch", Some(&facts::arch(text))),
                    ("cpu", _) => facts::put(&mut self.platform, "cpu_model", Some(text)),
                    ("commit", _) if text.len() >= 7 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
                        self.commit = Some(text.to_owned());
                    }
                    _ => {}
                }
            }
            if line.starts_with("ok  \t") || line.starts_with("FAIL\t") {
                self.cases.of_package(fields.get(1).copied().unwrap_or_default());
                pending = None;
            }
            self.cases.said(line);
        }
        self.lines.len() - before
    }

    fn push(&mut self, package: &str, name: &str, settings: &[String; 3], values: Vec<(String, f64)>) {
        let (package, name) = (package.to_owned(), name.to_owned());
        self.lines.push(Line { package, name, settings: settings.clone(), values });
    }

    /// The run: lines of one name are samples of one benchmark.
    pub fn finish(self) -> Run {
        let measured = || self.lines.iter().filter(|line| !line.values.is_empty());
        let suffix = match measured().next() {
            Some(_) => common_suffix(measured().map(|line| line.name.as_str())),
            None => common_suffix(self.lines.iter().map(|line| line.name.as_str())),
        };
        let varies: [bool; 3] = std::array::from_fn(|i| {
            let mut values = measured().filter_map(|l| l.settings.get(i)).filter(|v| !v.is_empty());
            let first = values.next();
            values.any(|v| Some(v) != first)
        });
        let mut groups: Vec<(String, Group)> = Vec::new();
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        let mut columns: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for line in &self.lines {
            let short = suffix.and_then(|s| line.name.strip_suffix(s)).unwrap_or(&line.name);
            let name = if line.package.is_empty() { short.into() } else { format!("{}.{short}", line.package) };
            let settings = SETTINGS.iter().zip(&line.settings).zip(varies);
            let params: Vec<_> = settings.filter(|(s, varies)| *varies && !s.1.is_empty()).map(|(s, _)| s).collect();
            let name = json::with_params(&name, &params);
            let at = *index.entry(name.clone()).or_insert(groups.len());
            if at == groups.len() {
                groups.push((name, Group::default()));
            }
            let Some((_, group)) = groups.get_mut(at) else { continue };
            group.failed |= line.values.is_empty();
            for (unit, value) in &line.values {
                let column = *columns.entry((at, unit)).or_insert(group.values.len());
                if column == group.values.len() {
                    group.values.push((unit, Vec::new()));
                }
                if let Some((_, values)) = group.values.get_mut(column) {
                    values.push(*value);
                }
            }
        }
        let mut measurements = Vec::new();
        for (name, group) in groups {
            if group.failed {
                measurements.push(Measurement::new(&name, "time", "ns", Better::Lower, None));
            }
            for (unit, values) in group.values.into_iter().filter(|(unit, _)| !group.failed || *unit != "ns/op") {
                let (metric, unit, better) = self.metric(unit);
                let read = Measurement::new(&name, metric, &unit, better, Some(scan::mean(&values)));
                measurements.push(read.count(Some(values.len() as u64)).sampled(values));
            }
        }
        let mut environment = Facts::new();
        if !self.exact.is_empty() {
            let metrics: Vec<String> = self.exact.iter().map(|unit| self.metric(unit).0).collect();
            facts::put(&mut environment, "exact_metrics", Some(&metrics.join(" ")));
        }
        let harness = Some("go test".to_owned());
        Run { harness, commit: self.commit, platform: self.platform, environment, measurements, ..Run::default() }
    }

    fn metric(&self, raw: &str) -> (String, String, Better) {
        let word = raw.strip_suffix("/op").unwrap_or(raw);
        let (metric, unit, better) = match raw {
            "ns/op" => ("time", "ns", Better::Lower),
            "B/op" => ("memory", "B", Better::Lower),
            "allocs/op" => ("allocations", "count", Better::Lower),
            "MB/s" => ("throughput", "MB/s", Better::Higher),
            _ if word.ends_with("-sec") => (word, "s", Better::None),
            _ if word.ends_with("-bytes") => (word, "B", Better::None),
            _ => (word, word, Better::None),
        };
        let better = self.better.get(raw).copied().unwrap_or(better);
        (metric.to_lowercase(), Unit::new(unit).as_str().to_owned(), better)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Run {
        let input = Input::file("go.txt", text.into());
        assert!(GoBench.claims(&input), "{text}");
        GoBench.read(&input, &ReadOptions::default()).unwrap().remove(0)
    }

    #[allow(clippy::type_complexity)]
    fn rows(run: &Run) -> Vec<(&str, &str, &str, Option<f64>, Option<u64>)> {
        let row = |m: &'_ Measurement| (m.value, m.n);
        run.measurements
            .iter()
            .map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), row(m).0, row(m).1))
            .collect()
    }

    #[test]
    fn lines_of_a_name_are_samples_and_failures_are_kept() {
        let run = read(
            "goos: darwin\ngoarch: arm64\npkg: a/b\nBenchmarkX-8 \t100\t 2 ns/op\t 7 B/op\nBenchmarkX-8 \t100\t 4 ns/op\t 7 B/op\n\
             --- FAIL: BenchmarkY\n    y_test.go:1: boom\nBenchmarkZ-8\nBenchmarkZ-8 \tnoise\nnoise\n 50\t 9 ns/op\nFAIL\n",
        );
        assert_eq!(
            rows(&run),
            [
                ("a/b.BenchmarkX", "time", "ns", Some(3.0), Some(2)),
                ("a/b.BenchmarkX", "memory", "B", Some(7.0), Some(2)),
                ("a/b.BenchmarkY", "time", "ns", None, None),
                ("a/b.BenchmarkZ", "time", "ns", Some(9.0), Some(1)),
            ]
        );
        assert_eq!((run.platform["os"].as_str(), run.platform["arch"].as_str()), (Some("macos"), Some("aarch64")));
    }

    #[test]
    fn notes_and_several_gomaxprocs_stay_in_the_name() {
        let run = read(
            "note: a\nBenchmarkX 1 5 ns/op\nnote: b\nBenchmarkX-2 1 5 ns/op\nUnit q better=higher\nBenchmarkX 1 2 q\n",
        );
        let names: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.better)).collect();
        let (lower, higher) = (Better::Lower, Better::Higher);
        assert_eq!(
            names,
            [("BenchmarkX[note=a]", lower), ("BenchmarkX-2[note=b]", lower), ("BenchmarkX[note=b]", higher)]
        );
    }

    #[test]
    fn tests_are_counted_and_panics_fail() {
        let run = read(
            "=== RUN   TestA\n--- PASS: TestA (0.25s)\n--- FAIL: TestB (0.00s)\n    b_test.go:3: want 1\n--- SKIP: TestC (0.00s)\n\
             pkg: p\nBenchmarkOk\npanic: no\nBenchmarkBoom-2 \tpanic: no\n\ngoroutine 6 [running]:\nFAIL\tp\t0.1s\n",
        );
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([3, 1, 1, 1, 0]));
        assert_eq!((run.failures[0].test.as_str(), run.failures[0].error.as_str()), ("p.TestB", "b_test.go:3: want 1"));
        assert_eq!(
            rows(&run),
            [
                ("p.BenchmarkOk", "time", "ns", None, None),
                ("p.BenchmarkBoom-2", "time", "ns", None, None),
                ("p.TestA", "time", "s", Some(0.25), Some(1)),
                ("p.TestB", "time", "s", None, None)
            ]
        );
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in ["Benchmark   Time   CPU\nBM_x  1 ns  2 ns 3\n", "Benchmarking took: 5ms\n", "ok then\n"] {
            assert!(!GoBench.claims(&Input::file("x", text.into())), "{text}");
        }
    }
}
