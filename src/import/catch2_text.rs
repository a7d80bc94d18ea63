//! What Catch2 prints: a heading for each test case and section, and tables of benchmarks below.

use super::{Importer, Input, ReadOptions, catch2_wrap, text};
use crate::Result;
use crate::model::{Better, Failure, Measurement, Run, Tests, Unit};

/// Reader of Catch2's console reporter.
pub struct Catch2Text;

impl Importer for Catch2Text {
    fn name(&self) -> &'static str {
        "catch2-text"
    }

    fn doc(&self) -> &'static str {
        "what Catch2 prints"
    }

    fn example(&self) -> &'static str {
        "./tests '[benchmark]' | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        text::plain(input).is_some_and(|text| text.lines().any(is_head))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut reading = Reading::default();
        for line in input.text().unwrap_or_default().lines() {
            reading.line(line);
        }
        let mut run = reading.run;
        run.harness.get_or_insert_with(|| "Catch2".into());
        let failed = run.tests.map_or(0, |tests| tests.failed);
        // More failures than failed cases: some were expected, and which ones is not printed.
        run.failures.truncate(usize::try_from(failed).unwrap_or_default());
        Ok(vec![run])
    }
}

/// `benchmark name   samples   iterations   estimated`, or `mean` at the end where nothing is analysed.
fn is_head(line: &str) -> bool {
    let rest = line.strip_prefix("benchmark name ").map(|rest| rest.split_whitespace().take(2));
    rest.is_some_and(|words| words.eq(["samples", "iterations"]))
}

#[derive(Default)]
enum Place {
    /// Outside of headings and tables.
    #[default]
    Out,
    /// Between the first two rules: the lines of a heading.
    Heading(Vec<String>),
    /// In the head of a table.
    Head,
    /// In a table, before the row of a benchmark; the parts of its name so far.
    Name(Vec<String>),
    /// The row with the mean is next.
    Mean { name: String, samples: u64 },
    /// The row with the deviation is next.
    Deviation,
}

#[derive(Default)]
struct Reading {
    place: Place,
    /// Test case and sections.
    path: Vec<String>,
    /// The table shows the mean in the first row.
    short: bool,
    /// Where the columns of the table begin.
    width: usize,
    run: Run,
}

impl Reading {
    fn line(&mut self, line: &str) {
        if is_head(line) {
            self.short = line.trim_end().ends_with("mean");
            self.width = line.find("samples").unwrap_or_default();
            self.place = Place::Head;
            return;
        }
        if text::is_rule(line, '-') {
            self.place = match std::mem::take(&mut self.place) {
                Place::Heading(lines) => {
                    self.path = catch2_wrap::heading(&lines);
                    Place::Out
                }
                Place::Head => Place::Name(Vec::new()),
                _ => Place::Heading(Vec::new()),
            };
            return;
        }
        if text::is_rule(line, '=') || text::is_rule(line, '.') {
            self.place = Place::Out;
            return;
        }
        match std::mem::take(&mut self.place) {
            Place::Out => self.outside(line),
            Place::Heading(mut lines) => {
                lines.push(line.to_owned());
                self.place = Place::Heading(lines);
            }
            Place::Head => self.place = Place::Head,
            place if line.trim().is_empty() => self.place = place,
            // The table ended without a rule.
            Place::Name(_) if counts(line).is_some() || line.ends_with("FAILED:") => self.outside(line),
            Place::Name(parts) => self.place = self.benchmark(line, parts),
            Place::Mean { name, samples } => self.place = self.mean(line, name, samples),
            Place::Deviation => {
                if let (Some((value, of)), Some(last)) = (duration(line), self.run.measurements.last_mut()) {
                    last.stddev = text::converted(value, &unit(of), &last.unit);
                }
                self.place = Place::Name(Vec::new());
            }
        }
    }

    fn outside(&mut self, line: &str) {
        if let Some((_, version)) = line.split_once(" is a Catch").filter(|(_, rest)| rest.contains("host application"))
        {
            let version = version.split_whitespace().find_map(|word| word.strip_prefix('v')).unwrap_or_default();
            self.run.harness = Some(format!("Catch2 {}", version.trim_end_matches('.')).trim().to_owned());
        } else if let Some(tests) = counts(line) {
            self.run.tests = Some(tests).filter(|tests| tests.total > 0);
        } else if line.trim_end().ends_with("FAILED:") {
            let test = self.path.first().cloned().unwrap_or_default();
            if self.run.failures.last().is_none_or(|last| last.test != test) {
                self.run.failures.push(Failure { test, ..Failure::default() });
            }
        } else if let Some(last) = self.run.failures.last_mut().filter(|last| last.error.is_empty()) {
            last.error = line.trim().to_owned();
        }
    }

    /// A row `NAME  100  208  7.1968 ms`; a long name begins on the lines above.
    fn benchmark(&mut self, line: &str, mut parts: Vec<String>) -> Place {
        if let Some((name, _)) = line.split_once("Benchmark failed (") {
            parts.push(name.trim().to_owned());
            self.fail(&self.joined(&parts));
            return Place::Name(Vec::new());
        }
        let words: Vec<(usize, &str)> = text::words(line).collect();
        let row = words.len().checked_sub(4).and_then(|at| words.get(at..));
        let [(at, samples), (_, iterations), (_, value), (_, unit)] = row.unwrap_or_default() else {
            parts.push(line.trim().to_owned());
            return Place::Name(parts);
        };
        let (Ok(samples), Ok(_), Some(value)) =
            (samples.parse::<u64>(), iterations.parse::<u64>(), text::number(value))
        else {
            parts.push(line.trim().to_owned());
            return Place::Name(parts);
        };
        parts.push(line.get(..*at).unwrap_or_default().trim().to_owned());
        let name = self.joined(&parts);
        if self.short {
            self.push(&name, value, unit, samples);
            return Place::Name(Vec::new());
        }
        Place::Mean { name, samples }
    }

    fn mean(&mut self, line: &str, name: String, samples: u64) -> Place {
        if line.contains("Benchmark failed (") {
            self.fail(&name);
            return Place::Name(Vec::new());
        }
        match duration(line) {
            Some((value, unit)) => {
                self.push(&name, value, unit, samples);
                Place::Deviation
            }
            None => {
                self.fail(&name);
                Place::Name(Vec::new())
            }
        }
    }

    /// The whole name of a benchmark out of the lines over which it was broken.
    fn joined(&self, parts: &[String]) -> String {
        let name = catch2_wrap::name(parts, self.width);
        self.path.iter().map(String::as_str).chain([name.as_str()]).collect::<Vec<_>>().join("/")
    }

    fn push(&mut self, name: &str, value: f64, of: &str, samples: u64) {
        let mut read = Measurement::new(name, "time", unit(of).as_str(), Better::Lower, Some(value));
        if !read.failed() {
            (read.n, read.mean) = (Some(samples), Some(value));
        }
        self.run.measurements.push(read);
    }

    fn fail(&mut self, name: &str) {
        self.run.measurements.push(Measurement::new(name, "time", "ns", Better::Lower, None));
    }
}

/// Catch2's `m` is a minute.
fn unit(text: &str) -> Unit {
    Unit::new(if text == "m" { "min" } else { text })
}

/// The first of the durations in a row of three.
fn duration(line: &str) -> Option<(f64, &str)> {
    let mut words = line.split_whitespace();
    Some((text::number(words.next()?)?, words.next()?))
}

/// `test cases: 3 | 2 passed | 1 failed`, `All tests passed (5 assertions in 3 test cases)`.
fn counts(line: &str) -> Option<Tests> {
    let number = |text: &str| text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok());
    let mut tests = Tests::default();
    if let Some(rest) = line.strip_prefix("test cases:") {
        let mut parts = rest.split('|');
        tests.total = number(parts.next()?)?;
        for part in parts {
            let count = number(part)?;
            let place = match part.trim().split_once(' ').map(|(_, what)| what.trim()) {
                Some("passed" | "failed as expected") => &mut tests.passed,
                Some("failed") => &mut tests.failed,
                Some("skipped") => &mut tests.skipped,
                _ => continue,
            };
            *place = place.saturating_add(count);
        }
        return Some(tests);
    }
    let (_, rest) = line.strip_prefix("All tests passed (")?.rsplit_once(" in ")?;
    tests.total = number(rest)?;
    tests.passed = tests.total;
    Some(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Run {
        let input = Input::file("c", text.into());
        assert!(Catch2Text.claims(&input));
        Catch2Text.read(&input, &ReadOptions::default()).unwrap().remove(0)
    }

    fn rows(run: &Run) -> Vec<(&str, &str, Option<f64>, Option<u64>)> {
        run.measurements.iter().map(|m| (m.name.as_str(), m.unit.as_str(), m.value, m.n)).collect()
    }

    const RULE: &str = "-------------------------------------------------------------------------------";

    #[test]
    fn long_names_failures_and_sections() {
        let text = format!(
            "t is a Catch v2.13.10 host application.\n{RULE}\nScenario: a\n      Given: b\n       When: c\n{RULE}\nx.cpp:1\n\
             ...............................................................................\n\n\
             benchmark name                       samples       iterations    estimated\n\
             \x20                                    mean          low mean      high mean\n\
             \x20                                    std dev       low std dev   high std dev\n{RULE}\n\
             a name that is longer than the                                                 \n\
             column                                         20            26    1.98536 ms \n\
             \x20                                       28.8449 us    1.09469 us    139.825 us \n\
             \x20                                          500 ns    41.5018 ns    240.268 us \n\n\
             thrower                              Benchmark failed (boom) \n\
             late                                           20            26    1.98536 ms \n\
             \x20                                    Benchmark failed (boom) \n\n\
             {RULE}\nf\n{RULE}\nx.cpp:7\n...............................................................................\n\n\
             x.cpp:7: FAILED:\n  REQUIRE( 1==2 )\n\n\
             ===============================================================================\n\
             test cases: 4 | 1 passed | 1 failed | 2 failed as expected\nassertions: 2 | 1 passed | 1 failed\n"
        );
        let run = read(&text);
        let path = "Scenario: a/Given: b/When: c";
        let (long, thrower, late) = (
            format!("{path}/a name that is longer than the column"),
            format!("{path}/thrower"),
            format!("{path}/late"),
        );
        let want = [(&*long, "us", Some(28.8449), Some(20)), (&*thrower, "ns", None, None), (&*late, "ns", None, None)];
        assert_eq!(rows(&run), want);
        assert_eq!(run.measurements[0].stddev, Some(0.5));
        assert_eq!(run.tests.map(<[u64; 5]>::from), Some([4, 3, 1, 0, 0]));
        assert_eq!((run.failures.len(), run.failures[0].error.as_str()), (1, "REQUIRE( 1==2 )"));
    }

    #[test]
    fn means_alone_where_nothing_is_analysed() {
        let text = format!(
            "{RULE}\nc\n{RULE}\nx\n..............................\n\n\
             benchmark name                       samples       iterations    mean\n{RULE}\n\
             fib                                             10             2    1.5 m \n\n\
             All tests passed (5 assertions in 3 test cases)\n"
        );
        let run = read(&text);
        assert_eq!(rows(&run), [("c/fib", "min", Some(1.5), Some(10))]);
        assert_eq!(run.tests.map(|tests| tests.total), Some(3));
    }
}
