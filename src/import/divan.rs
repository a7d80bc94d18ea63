//! What divan prints: a tree of benchmarks with columns.

use super::{Importer, Input, ReadOptions, text};
use crate::Result;
use crate::model::{Better, Measurement, Run, Unit};

/// Reader of divan's table.
pub struct Divan;

impl Importer for Divan {
    fn name(&self) -> &'static str {
        "divan"
    }

    fn doc(&self) -> &'static str {
        "the table that divan prints"
    }

    fn example(&self) -> &'static str {
        "cargo bench | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        text::plain(input).is_some_and(fits)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("divan".into()), ..Run::default() };
        let mut reading = Reading::default();
        for line in input.text().unwrap_or_default().lines() {
            reading.line(line, &mut run.measurements);
        }
        Ok(vec![run])
    }
}

/// Whether the head of a divan table is in the text.
pub(super) fn fits(text: &str) -> bool {
    text.lines().any(|line| head(line).is_some())
}

/// The root's name, the place in characters where the values begin, and which of the columns holds the samples (in old
/// versions the iterations stand before them).
fn head(line: &str) -> Option<(&str, usize, usize)> {
    let (name, columns) = line.split_once("fastest ")?;
    let columns: Vec<&str> = columns.split('│').map(str::trim).take(COLUMNS).collect();
    let samples = columns.iter().position(|column| *column == "samples").unwrap_or(4);
    let known = columns.get(1..4) == Some(&["slowest", "median", "mean"]);
    known.then(|| (name.trim(), name.chars().count(), samples))
}

/// The columns fastest, slowest, median, mean, then samples and iterations.
const COLUMNS: usize = 6;

#[derive(Default)]
struct Reading {
    /// Names from the root to the last branch.
    path: Vec<String>,
    /// Where the values begin; 0 outside a table.
    begin: usize,
    /// Which column holds the samples.
    column: usize,
    /// Samples of the last benchmark.
    samples: Option<u64>,
    /// Whether the last branch is a benchmark with values: no group, and not ignored.
    measured: bool,
    /// `alloc:`, `max alloc:` or another heading of the rows that follow.
    section: String,
}

impl Reading {
    fn line(&mut self, line: &str, out: &mut Vec<Measurement>) {
        if let Some((root, begin, column)) = head(line) {
            *self = Self { path: vec![root.to_owned()], begin, column, ..Self::default() };
            return;
        }
        if self.begin == 0 || line.trim().is_empty() {
            self.begin = 0;
            return;
        }
        let at = line.char_indices().nth(self.begin).map_or(line.len(), |(at, _)| at);
        let (tree, values) = line.split_at(at);
        let cells: Vec<&str> = values.split('│').map(str::trim).take(COLUMNS).collect();
        let cell = |i: usize| cells.get(i).copied().unwrap_or_default();
        if let Some((at, branch)) = ["├─ ", "╰─ "].into_iter().filter_map(|b| Some((tree.rfind(b)?, b))).max() {
            let depth = tree.get(..at).unwrap_or_default().chars().count() / 3 + 1;
            let name = tree.get(at + branch.len()..).unwrap_or_default().trim();
            self.path.truncate(depth);
            self.path.push(name.to_owned());
            self.section.clear();
            self.samples = cell(self.column).parse().ok();
            self.measured = text::quantity(cell(3)).is_some();
            if self.measured {
                self.add("time", &cells, out);
            }
        } else if !self.measured {
        } else if cell(0).ends_with(':') {
            self.section = cell(0).trim_end_matches(':').to_owned();
        } else if let Some((_, unit)) = text::quantity(cell(3)) {
            match self.section.as_str() {
                "alloc" => self.add("memory", &cells, out),
                "max alloc" => self.add("max_alloc_bytes", &cells, out),
                "" if unit.ends_with("/s") || unit.ends_with("Hz") => self.add("throughput", &cells, out),
                _ => {}
            }
        } else if text::number(cell(3)).is_some() {
            match self.section.as_str() {
                "alloc" => self.add("allocations", &cells, out),
                "max alloc" => self.add("max_alloc_count", &cells, out),
                _ => {}
            }
        }
    }

    fn add(&self, metric: &str, cells: &[&str], out: &mut Vec<Measurement>) {
        let numbers = cells.iter().map(|cell| text::quantity(cell).or_else(|| Some((text::number(cell)?, "count"))));
        let numbers: Vec<Option<(f64, &str)>> = numbers.collect();
        let Some(Some((value, unit))) = numbers.get(3).copied() else { return };
        let better = if metric == "throughput" { Better::Higher } else { Better::Lower };
        let mut read = Measurement::new(self.path.join("::"), metric, unit, better, Some(value)).count(self.samples);
        let same_unit = |i: usize| {
            let (value, unit) = numbers.get(i).copied().flatten()?;
            text::converted(value, &Unit::new(unit), &read.unit)
        };
        let (fastest, slowest, median) = (same_unit(0), same_unit(1), same_unit(2));
        let (min, max) = if metric == "throughput" { (slowest, fastest) } else { (fastest, slowest) };
        (read.min, read.max, read.median, read.mean) = (min, max, median, Some(value));
        out.push(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_name_and_rows_without_a_branch_belong_above() {
        let text = "Timer precision: 20 ns\n\
            é            fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
            ├─ g                       │               │               │               │         │\n\
            │  ├─ t=1    1 ns          │ 2 µs          │ 3 ns          │ 4 ns          │ 10      │ 20\n\
            │  │         5 Mitem/s     │ 1 Mitem/s     │ 2 Mitem/s     │ 3 Mitem/s     │         │\n\
            │  │         alloc:        │               │               │               │         │\n\
            │  │           2           │ 2             │ 2             │ 2.5           │         │\n\
            │  │           1 KB        │ 1 KB          │ 1 KB          │ 1.5 KB        │         │\n\
            │  │         dealloc:      │               │               │               │         │\n\
            │  │           9           │ 9             │ 9             │ 9             │         │\n\
            │  ╰─ off    (ignored)     │               │               │               │         │\n\
            ╰─ h         1 ns          │ 2 ns          │ 3 ns          │ 5 ns          │ 10      │ 20\n";
        let input = Input::file("d", text.into());
        assert!(Divan.claims(&input));
        let run = Divan.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run
            .measurements
            .iter()
            .map(|m| (m.name.as_str(), m.metric.as_str(), m.unit.as_str(), m.value, m.n))
            .collect();
        assert_eq!(
            rows,
            [
                ("é::g::t=1", "time", "ns", Some(4.0), Some(10)),
                ("é::g::t=1", "throughput", "Mitem/s", Some(3.0), Some(10)),
                ("é::g::t=1", "allocations", "count", Some(2.5), Some(10)),
                ("é::g::t=1", "memory", "kB", Some(1.5), Some(10)),
                ("é::h", "time", "ns", Some(5.0), Some(10)),
            ]
        );
        assert_eq!((run.measurements[0].max, run.measurements[1].max), (Some(2000.0), Some(5.0)));
    }
}
