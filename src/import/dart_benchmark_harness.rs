//! What Dart's benchmark_harness prints: `NAME(RunTime): 1.0 us.`

use super::{Importer, Input, ReadOptions, scan};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of Dart's benchmark_harness.
pub struct DartBenchmarkHarness;

impl Importer for DartBenchmarkHarness {
    fn name(&self) -> &'static str {
        "dart-benchmark-harness"
    }

    fn doc(&self) -> &'static str {
        "text of Dart's benchmark_harness"
    }

    fn example(&self) -> &'static str {
        "dart run benchmark/template.dart > dart.txt"
    }

    fn claims(&self, input: &Input) -> bool {
        let Some(text) = input.text() else { return false };
        let known = |word| matches!(word, "RunTime" | "RunTimeRaw" | "CodeSize" | "MemoryUse" | "StartupTime");
        let lines = || text.lines().filter(|line| !line.trim().is_empty());
        lines().any(|line| score(line).is_some_and(|score| known(score.1)))
            || (lines().next().is_some() && lines().all(|line| score(line).is_some()))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let scores = input.text().unwrap_or_default().lines().filter_map(score);
        let read = |(name, word, value, unit)| {
            let (metric, better) = match word {
                "RunTime" => ("time", Better::Lower),
                "CodeSize" => ("size", Better::Lower),
                "MemoryUse" => ("memory", Better::Lower),
                other => (other, Better::None),
            };
            Measurement::new(name, metric, unit, better, value)
        };
        let measurements = scores.map(read).collect();
        Ok(vec![Run { harness: Some("benchmark_harness".into()), measurements, ..Run::default() }])
    }
}

/// Name, word, value and unit of `NAME(WORD): VALUE UNIT.`; the value is none where it is no number (`NaN`).
fn score(line: &str) -> Option<(&str, &str, Option<f64>, &str)> {
    let (head, tail) = line.trim().rsplit_once("): ")?;
    let (name, word) = head.rsplit_once('(')?;
    let named = !name.is_empty() && !word.is_empty() && word.chars().all(char::is_alphanumeric);
    let mut words = tail.split_whitespace();
    let value = words.next()?;
    // A unit may be missing; then the final dot is behind the number.
    let unit = words.next().map(|unit| unit.strip_suffix('.').unwrap_or(unit)).unwrap_or_default();
    let plain = words.next().is_none() && unit.chars().all(|c| c.is_alphabetic() || matches!(c, '/' | '%'));
    let number = scan::number(value.strip_suffix('.').unwrap_or(value));
    let special = matches!(value.trim_end_matches('.'), "NaN" | "Infinity" | "-Infinity");
    (named && plain && (number.is_some() || special)).then_some((name, word, number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_every_kind() {
        let text = "noise\nA.b(c)(RunTime): 1e-7 us.\nA(CodeSize): 12 bytes.\nA(MemoryUse): 5 Bytes.\nA(Frames): 60 fps.\nB(RunTime): NaN us.\n";
        let input = Input::file("d.txt", text.into());
        assert!(DartBenchmarkHarness.claims(&input));
        let run = DartBenchmarkHarness.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> =
            run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.value)).collect();
        assert_eq!(
            rows,
            [
                ("A.b(c)", "time", "us", Some(1e-7)),
                ("A", "size", "B", Some(12.0)),
                ("A", "memory", "B", Some(5.0)),
                ("A", "Frames", "fps", Some(60.0)),
                ("B", "time", "us", None),
            ]
        );
        for text in ["f(x): 3 errors\nmore\n", "f(RunTime): fast\n", ""] {
            assert!(!DartBenchmarkHarness.claims(&Input::file("d", text.into())), "{text}");
        }
    }
}
