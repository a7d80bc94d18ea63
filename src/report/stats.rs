//! `stats`: average, spread and percentiles of groups of runs.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Block, Cell, Column, Report, Table, Tone, View};
use crate::model::Unit;
use crate::stats::robust::quantile_of;

/// The numbers of one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Numbers {
    /// Runs with a value.
    pub n: usize,
    /// Runs in which it failed.
    pub failed: usize,
    /// Arithmetic mean of the runs' values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    /// Standard deviation between runs (n - 1); absent where there are fewer than two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stddev: Option<f64>,
    /// The least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The greatest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// 5th percentile (linear between the ranks, as numpy's default).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p5: Option<f64>,
    /// 90th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90: Option<f64>,
    /// 95th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// 99th percentile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
}

impl Numbers {
    /// The numbers of these values; `failed` runs have none.
    pub fn of(mut values: Vec<f64>, failed: usize) -> Self {
        values.retain(|v| v.is_finite());
        let n = values.len();
        if n == 0 {
            return Self { failed, ..Self::default() };
        }
        // Around the first value, so that large values of small spread keep their digits.
        let shift = values[0];
        let mean = shift + values.iter().map(|v| v - shift).sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| Some(quantile_of(&values, share));
        Self {
            n,
            failed,
            mean: Some(mean).filter(|m| m.is_finite()),
            median: at(0.5),
            stddev: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()).filter(|s| s.is_finite()),
            min: values.first().copied(),
            max: values.last().copied(),
            p5: at(0.05),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
        }
    }
}

/// One group.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The words that tell the group from others, in the order of `--by`; absent ones are left out.
    #[serde(flatten)]
    pub words: Map<String, Value>,
    /// The metric.
    pub metric: String,
    /// The unit of all numbers.
    pub unit: String,
    /// Which direction is the better one: lower, higher, none.
    pub better: String,
    /// The numbers.
    #[serde(flatten)]
    pub numbers: Numbers,
    /// The names that the seed's statistics have: `avg_latency_ms`, `min_latency_ms`, `max_latency_ms`.
    #[serde(flatten)]
    pub aliases: Map<String, Value>,
}

/// The report of `stats`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stats {
    /// Version of this form.
    pub version: u64,
    /// `stats`.
    pub command: &'static str,
    /// What the groups are told apart by.
    pub by: Vec<String>,
    /// The groups, sorted by their words.
    pub groups: Vec<Group>,
}

impl Group {
    /// Sets the aliases: times in ms, memory in MB, everything else in its own unit.
    pub fn alias(&mut self) {
        let unit = Unit::new(&self.unit);
        let (tail, factor) = [("ms", "_ms"), ("MB", "_mb")]
            .into_iter()
            .find_map(|(name, tail)| Some((tail, unit.factor_to(&Unit::new(name))?)))
            .unwrap_or(("", 1.0));
        let plain: String =
            self.metric.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
        for (head, value) in [("avg", self.numbers.mean), ("min", self.numbers.min), ("max", self.numbers.max)] {
            let scaled = value.map(|v| if factor == 1.0 { v } else { v * factor });
            if let Some(number) = scaled.and_then(serde_json::Number::from_f64) {
                self.aliases.insert(format!("{head}_{plain}{tail}"), Value::Number(number));
            }
        }
    }
}

impl Report for Stats {
    fn view(&self) -> View {
        if self.groups.is_empty() {
            return View { blocks: vec![Block::Line(vec![Cell::Text("no run fits".into(), Tone::Dim)])] };
        }
        let words: Vec<&String> = self.by.iter().filter(|word| *word != "metric").collect();
        let mut columns: Vec<Column> =
            words.iter().map(|word| Column::left(word).shed(if *word == "benchmark" { 0 } else { 1 })).collect();
        columns.extend([
            Column::left("metric"),
            Column::right("runs"),
            Column::right("mean"),
            Column::right("± stddev").shed(2),
            Column::right("median").shed(3),
            Column::right("min").shed(4),
            Column::right("p5").shed(7),
            Column::right("p90").shed(7),
            Column::right("p95").shed(6),
            Column::right("p99").shed(5),
            Column::right("max").shed(4),
        ]);
        let failures = self.groups.iter().any(|g| g.numbers.failed > 0);
        if failures {
            columns.push(Column::right("failed").shed(1));
        }
        let rows = self.groups.iter().map(|group| row(group, &words, failures)).collect();
        let runs: usize = self.groups.iter().map(|g| g.numbers.n).sum();
        let text = match (self.groups.len(), runs) {
            (1, 1) => "1 value in 1 group".to_owned(),
            (1, n) => format!("{n} values in 1 group"),
            (groups, n) => format!("{n} values in {groups} groups"),
        };
        let totals = Block::Line(vec![Cell::Text(text, Tone::Dim)]);
        View { blocks: vec![Block::Table(Table { columns, rows }), totals] }
    }
}

fn row(group: &Group, words: &[&String], failures: bool) -> Vec<Cell> {
    let numbers = &group.numbers;
    let value = |v: Option<f64>, tone| v.map_or(Cell::Missing, |v| Cell::Value(v, group.unit.clone(), tone));
    let mut cells: Vec<Cell> = words
        .iter()
        .map(|word| match group.words.get(*word).and_then(Value::as_str) {
            Some(text) if *word == "benchmark" => Cell::name(text),
            Some(text) => Cell::text(text),
            None => Cell::Missing,
        })
        .collect();
    cells.extend([
        Cell::text(&group.metric),
        Cell::Number(numbers.n as f64, Tone::Plain),
        value(numbers.mean, Tone::Strong),
        value(numbers.stddev, Tone::Dim),
        value(numbers.median, Tone::Plain),
        value(numbers.min, Tone::Dim),
        value(numbers.p5, Tone::Dim),
        value(numbers.p90, Tone::Dim),
        value(numbers.p95, Tone::Dim),
        value(numbers.p99, Tone::Dim),
        value(numbers.max, Tone::Dim),
    ]);
    if failures {
        let tone = if numbers.failed > 0 { Tone::Bad } else { Tone::Dim };
        cells.push(Cell::Number(numbers.failed as f64, tone));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_numpy() {
        let got = Numbers::of(vec![4.0, 1.0, 3.0, 2.0, f64::NAN], 1);
        assert_eq!((got.n, got.failed, got.mean, got.median), (4, 1, Some(2.5), Some(2.5)));
        assert_eq!((got.min, got.max, got.p90), (Some(1.0), Some(4.0), Some(3.7)));
        assert!((got.stddev.unwrap() - 1.290_994_448_735_805_6).abs() < 1e-15);
        assert_eq!(Numbers::of(vec![7.0], 0).stddev, None);
        assert_eq!(Numbers::of(Vec::new(), 2), Numbers { failed: 2, ..Numbers::default() });
        assert_eq!(Numbers::of(vec![1e300, 1e300], 0).mean, Some(1e300));
    }

    #[test]
    fn the_names_of_the_seed_are_there() {
        let mut group = Group {
            words: Map::new(),
            metric: "latency".into(),
            unit: "us".into(),
            better: "lower".into(),
            numbers: Numbers::of(vec![1500.0, 1540.0], 0),
            aliases: Map::new(),
        };
        group.alias();
        assert_eq!(group.aliases["avg_latency_ms"], 1.52);
    }
}
