//! Ruby's `Benchmark.bm` and `bmbm`.

use super::{Importer, Input, ReadOptions, scan};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of the tables of Ruby's `benchmark`.
pub struct RubyBenchmark;

impl Importer for RubyBenchmark {
    fn name(&self) -> &'static str {
        "ruby-benchmark"
    }

    fn doc(&self) -> &'static str {
        "tables of Ruby's Benchmark.bm and Benchmark.bmbm"
    }

    fn example(&self) -> &'static str {
        "ruby bench.rb > ruby.txt   # Benchmark.bm(20) { |x| x.report('sort') { ... } }"
    }

    fn claims(&self, input: &Input) -> bool {
        input.text().is_some_and(|text| text.lines().any(is_header) && text.lines().any(|line| row(line).is_some()))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("ruby benchmark".into()), ..Run::default() };
        let (mut table, mut rehearsal) = (false, false);
        for line in input.text().unwrap_or_default().lines() {
            // bmbm runs all once before, as warm-up: `Rehearsal ----` until the next header.
            if line.starts_with("Rehearsal -") {
                (table, rehearsal) = (false, true);
            } else if is_header(line) {
                (table, rehearsal) = (true, false);
            } else if let Some((label, total, real)) = row(line).filter(|_| table && !rehearsal) {
                let label = if label.is_empty() { "benchmark" } else { label };
                let read = |metric, value| {
                    Measurement::new(label, metric, "s", Better::Lower, Some(value)).count(Some(1)).sampled(vec![value])
                };
                run.measurements.push(read("time", real));
                run.measurements.push(read("cpu_time", total));
            }
        }
        Ok(vec![run])
    }
}

fn is_header(line: &str) -> bool {
    line.split_whitespace().eq(["user", "system", "total", "real"])
}

/// Label, total and real of `LABEL user system total ( real)`.
fn row(line: &str) -> Option<(&str, f64, f64)> {
    let (before, real) = line.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let (before, total) = last_number(before)?;
    let (before, _) = last_number(before)?;
    let (label, _) = last_number(before)?;
    Some((label.trim(), total, scan::number(real)?))
}

fn last_number(text: &str) -> Option<(&str, f64)> {
    let text = text.trim_end();
    let (before, word) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
    Some((before, scan::number(word)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rehearsal_is_skipped_and_labels_keep_their_spaces() {
        let text = "Rehearsal ---------------------------------\nsort 2 (x):   0.5   0.0   0.5 (  0.6)\n---------- total: 0.500000sec\n\n\
            \x20                user     system      total        real\nsort 2 (x):   0.400000   0.100000   0.500000 (  0.612345)\n";
        let input = Input::file("r.txt", text.into());
        assert!(RubyBenchmark.claims(&input));
        let run = RubyBenchmark.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.value)).collect();
        assert_eq!(rows, [("sort 2 (x):", "time", Some(0.612345)), ("sort 2 (x):", "cpu_time", Some(0.5))]);
        assert!(!RubyBenchmark.claims(&Input::file("r", b"user system total real\nnothing (1)\n".to_vec())));
    }
}
