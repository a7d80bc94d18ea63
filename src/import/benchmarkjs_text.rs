//! benchmark.js: the line that each benchmark prints, `fib(10) x 1,431,759 ops/sec ±0.74% (93 runs sampled)`.

use super::{Importer, Input, ReadOptions};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of benchmark.js text.
pub struct BenchmarkJsText;

impl Importer for BenchmarkJsText {
    fn name(&self) -> &'static str {
        "benchmarkjs-text"
    }

    fn doc(&self) -> &'static str {
        "benchmark.js: the printed lines"
    }

    fn example(&self) -> &'static str {
        "node bench.js | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        input.text().is_some_and(|text| text.lines().any(|line| result(line).is_some()))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("benchmark.js".into()), ..Run::default() };
        for line in input.text().unwrap_or_default().lines() {
            let (name, value, runs) = match (result(line), line.strip_suffix(": ")) {
                (Some((name, value, runs)), _) => (name, Some(value), Some(runs)),
                (None, Some(name)) if !name.trim().is_empty() => (name.trim(), None, None),
                _ => continue,
            };
            run.measurements.push(Measurement::new(name, "throughput", "ops/s", Better::Higher, value).count(runs));
        }
        Ok(vec![run])
    }
}

/// Name, operations a second and number of runs of a line.
fn result(line: &str) -> Option<(&str, f64, u64)> {
    let (head, tail) = line.rsplit_once(" ops/sec ")?;
    let (name, number) = head.rsplit_once(" x ")?;
    let value: f64 = number.trim().replace(',', "").parse().ok()?;
    let (_, runs) = tail.split_once("% (")?;
    let (runs, rest) = runs.split_once(" run")?;
    (rest.trim_end() == "s sampled)" || rest.trim_end() == " sampled)").then_some(())?;
    let name = name.trim();
    (!name.is_empty()).then_some((name, value, runs.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_an_x_and_errors_end_in_a_colon() {
        let text = "> node b.js\na x b x 1,234.50 ops/sec ±1.70% (69 runs sampled)\nthis x line is no result\n\
                    one x 3 ops/sec \u{fffd}0.00% (1 run sampled)\nbad thing: \nnot an error:\nFastest is a x b\n";
        let input = Input::file("out", text.into());
        let (reader, runs) = super::super::read(&input, None, &ReadOptions::default()).unwrap();
        assert_eq!(reader.name(), "benchmarkjs-text");
        let rows: Vec<_> = runs[0].measurements.iter().map(|m| (&*m.name, m.value, m.n)).collect();
        assert_eq!(rows, [("a x b", Some(1234.5), Some(69)), ("one", Some(3.0), Some(1)), ("bad thing", None, None)]);
    }
}
