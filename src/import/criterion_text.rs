//! What criterion prints: `NAME   time:   [low middle high]`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Importer, Input, ReadOptions, libtest, text};
use crate::Result;
use crate::model::{Better, Measurement, Run, Unit};

/// Reader of criterion's printed results. Lines of libtest between them count as tests and benchmarks.
pub struct CriterionText;

impl Importer for CriterionText {
    fn name(&self) -> &'static str {
        "criterion-text"
    }

    fn doc(&self) -> &'static str {
        "what criterion prints (target/criterion holds more)"
    }

    fn example(&self) -> &'static str {
        "cargo bench | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        text::plain(input).is_some_and(fits)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let text = input.text().unwrap_or_default();
        let (tests, failures) = libtest::tests(text);
        let mut run = Run { harness: Some("criterion".into()), tests, failures, ..Run::default() };
        let mut reading = Reading::default();
        for line in text.lines() {
            reading.line(line);
        }
        run.measurements = reading.finish();
        Ok(vec![run])
    }
}

/// Whether there is a result of criterion in the text.
pub(super) fn fits(text: &str) -> bool {
    text.lines().any(|line| estimate(line, "time:").is_some())
        || text.lines().any(|line| line.starts_with("Benchmarking ") && line.contains(": Collecting "))
}

#[derive(Default)]
struct Reading<'a> {
    /// The benchmark that has begun and has no result yet.
    pending: Option<&'a str>,
    /// The samples that were announced, by benchmark.
    samples: BTreeMap<&'a str, u64>,
    /// The line above.
    above: &'a str,
    /// The benchmark of the last result, and where its measurements begin.
    last: Option<(&'a str, usize)>,
    /// Benchmarks with a result.
    done: BTreeSet<&'a str>,
    measurements: Vec<Measurement>,
}

impl<'a> Reading<'a> {
    fn line(&mut self, line: &'a str) {
        if let Some(rest) = line.strip_prefix("Benchmarking ") {
            self.progress(rest);
        }
        if let Some((before, value, unit)) = estimate(line, "time:") {
            let name = if before.is_empty() { self.above.trim() } else { before };
            if self.pending.take_if(|pending| pending.trim() == name).is_none() {
                self.fail_pending();
            }
            self.last = Some((name, self.measurements.len()));
            self.done.insert(name);
            let word = Unit::new(unit);
            let metric = if word.is_time() { "time".to_owned() } else { word.as_str().to_lowercase() };
            let better = Better::of_metric(&metric);
            let read = Measurement::new(name, metric, unit, better, Some(value));
            self.measurements.push(read.count(self.samples.get(name).copied()));
        } else if let (Some((_, value, unit)), Some((name, _))) = (estimate(line, "thrpt:"), self.last) {
            let read = Measurement::new(name, "throughput", unit, Better::Higher, Some(value));
            self.measurements.push(read.count(self.samples.get(name).copied()));
        } else if let Some(n) = outliers(line) {
            // The samples of what stands above, where the progress was not printed.
            let from = self.last.map_or(self.measurements.len(), |(_, from)| from);
            for read in self.measurements.iter_mut().skip(from) {
                read.n.get_or_insert(n);
            }
        } else {
            self.measurements.extend(libtest::benchmark(line));
        }
        if !line.trim().is_empty() {
            self.above = line;
        }
    }

    /// `NAME`, `NAME: Warming up for 3.0000 s`, `NAME: Collecting 100 samples in estimated 5.0 s`, `NAME: Analyzing`.
    fn progress(&mut self, rest: &'a str) {
        const STEPS: [&str; 5] =
            [": Warming up for ", ": Collecting ", ": Analyzing", ": Profiling for ", ": Complete ("];
        let step = STEPS.iter().filter_map(|step| Some((rest.rfind(step)?, *step))).max();
        let name = step.map_or(rest, |(at, _)| rest.get(..at).unwrap_or(rest));
        if self.pending != Some(name) {
            self.fail_pending();
            self.pending = Some(name);
        }
        match step {
            Some((at, step @ ": Collecting ")) => {
                let count = rest.get(at + step.len()..).and_then(|count| count.split(' ').next()?.parse().ok());
                self.samples.extend(count.map(|count| (name.trim(), count)));
            }
            // Analysis was turned off: nothing was to come.
            Some((_, ": Complete (")) => self.pending = None,
            _ => {}
        }
    }

    /// A benchmark that began and gave no result has failed.
    fn fail_pending(&mut self) {
        if let Some(name) = self.pending.take() {
            self.last = None;
            self.measurements.push(Measurement::new(name.trim(), "time", "ns", Better::Lower, None));
        }
    }

    /// All that was found. Where progress and results come from two files, one behind the other, nothing failed that has
    /// a result further down.
    fn finish(mut self) -> Vec<Measurement> {
        self.fail_pending();
        let Self { mut measurements, done, .. } = self;
        measurements.retain(|m| !m.failed() || !done.contains(m.name.as_str()));
        measurements
    }
}

/// What stands before `time:`, and the middle one of the three values behind it with its unit; changes in percent are
/// none.
fn estimate<'a>(line: &'a str, word: &str) -> Option<(&'a str, f64, &'a str)> {
    let at = line.rfind(word)?;
    let before = line.get(..at)?;
    if !(before.is_empty() || before.ends_with(' ')) {
        return None;
    }
    let inside = line.get(at + word.len()..)?.trim_start().strip_prefix('[')?.split(']').next()?;
    let parts: Vec<&str> = inside.split_whitespace().take(7).collect();
    let [_, _, value, unit, _, _] = parts[..] else { return None };
    // A terminal's carriage returns are gone: the progress stands on the same line.
    let before = before.rsplit_once(": Analyzing").map_or(before, |(_, name)| name);
    Some((before.trim(), text::number(value)?, unit))
}

/// `Found 4 outliers among 100 measurements (4.00%)`.
fn outliers(line: &str) -> Option<u64> {
    line.strip_prefix("Found ")?.split_once(" outliers among ")?.1.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (String, String, String, Option<f64>, Option<u64>);

    fn rows(text: &str) -> Vec<Found> {
        let input = Input::file("c", text.into());
        assert!(CriterionText.claims(&input));
        let run = CriterionText.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let row = |m: Measurement| (m.name, m.metric, m.unit.as_str().to_owned(), m.value, m.n);
        run.measurements.into_iter().map(row).collect()
    }

    fn row(name: &str, metric: &str, unit: &str, value: Option<f64>, n: Option<u64>) -> Found {
        (name.into(), metric.into(), unit.into(), value, n)
    }

    #[test]
    fn long_names_changes_and_failures() {
        let text = "Benchmarking a: 'x'\nBenchmarking a: 'x': Warming up for 3.0 s\nBenchmarking a: 'x': Collecting 10 samples in estimated 5 s (2 iterations)\n\
            Benchmarking a: 'x': Analyzing\na: 'x'\n                        time:   [1.0 µs 2.5 µs 3.0 µs]\n                        thrpt:  [1 Kelem/s 2 Kelem/s 3 Kelem/s]\n\
            \x20                       change:\n                        time:   [-2.0% -0.2% +1.6%] (p = 0.7 > 0.05)\n\
            Benchmarking off\nBenchmarking off: Complete (Analysis Disabled)\nBenchmarking dies\nBenchmarking dies: Warming up for 3.0 s\nthread 'main' panicked\n\
            quiet                   time:   [1 ns 2 ns 3 ns]\nFound 4 outliers among 50 measurements (8.00%)\n\
            Benchmarking last\nerror: bench failed\n";
        assert_eq!(
            rows(text),
            [
                row("a: 'x'", "time", "us", Some(2.5), Some(10)),
                row("a: 'x'", "throughput", "Kelem/s", Some(2.0), Some(10)),
                row("dies", "time", "ns", None, None),
                row("quiet", "time", "ns", Some(2.0), Some(50)),
                row("last", "time", "ns", None, None),
            ]
        );
    }
}
