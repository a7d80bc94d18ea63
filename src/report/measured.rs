//! `run`: what was measured just now, and how two commands compare.

use serde::Serialize;

use super::{Block, Cell, Column, Report, Table, Tone, Verdict, View};

/// One metric of a measured command.
#[derive(Clone, Debug, Serialize)]
pub struct Level {
    /// `time`, `user`, `system` or `memory`.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// Mean of the samples.
    pub value: f64,
    /// Standard deviation of the samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stddev: Option<f64>,
    /// Smallest sample.
    pub min: f64,
    /// Largest sample.
    pub max: f64,
}

/// One command.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Its name in the record.
    pub benchmark: String,
    /// The revision that was measured, where it is not this work tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Measured runs that succeeded.
    pub runs: usize,
    /// How it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What was measured; empty where it failed.
    pub metrics: Vec<Level>,
}

/// One metric of two interleaved commands.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The command that is judged.
    pub benchmark: String,
    /// What it is compared with: another command, or the revision of the base.
    pub against: String,
    /// The metric.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// The level of the other.
    pub base: f64,
    /// The level of the command.
    pub head: f64,
    /// Relative change, 0.05 = 5 % more; absent where the base is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// 95 % confidence interval of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// The smallest change that matters, as a ratio.
    pub threshold: f64,
    /// Probability of such a difference where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// The smallest change that these samples could have shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest_effect: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Reasons in plain words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The report of `run`.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Version of this form.
    pub version: u64,
    /// `run`.
    pub command: &'static str,
    /// The worst verdict on the times; absent where nothing was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Gives the order of interleaved runs again; absent where nothing was interleaved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The commands, in the order given.
    pub benchmarks: Vec<Timing>,
    /// Pairs of commands, metric by metric.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comparisons: Vec<Comparison>,
}

impl Measured {
    fn timings(&self) -> Table {
        let apart = self.benchmarks.iter().any(|timing| timing.at.is_some());
        let mut columns = vec![Column::left("benchmark")];
        if apart {
            columns.push(Column::left("at"));
        }
        columns.extend([
            Column::right("time"),
            Column::right("±").shed(1),
            Column::right("min").shed(3),
            Column::right("max").shed(3),
            Column::right("user").shed(2),
            Column::right("system").shed(2),
            Column::right("memory").shed(4),
            Column::right("runs").shed(5),
        ]);
        let rows = self.benchmarks.iter().map(|timing| row(timing, apart)).collect();
        Table { columns, rows }
    }
}

fn row(timing: &Timing, apart: bool) -> Vec<Cell> {
    let level = |metric: &str| timing.metrics.iter().find(|level| level.metric == metric);
    let cell = |metric: &str, read: &dyn Fn(&Level) -> Option<f64>| {
        let found = level(metric).and_then(|level| Some((read(level)?, level.unit.clone())));
        found.map_or(Cell::Missing, |(value, unit)| Cell::Value(value, unit, Tone::Plain))
    };
    let mut cells = vec![Cell::name(&timing.benchmark)];
    if apart {
        cells.push(timing.at.as_ref().map_or_else(|| Cell::text("here"), |at| Cell::Commit(at.clone())));
    }
    cells.push(match &timing.failed {
        Some(how) => Cell::Text(format!("failed: {how}"), Tone::Bad),
        None => cell("time", &|level| Some(level.value)),
    });
    cells.extend([
        cell("time", &|level| level.stddev),
        cell("time", &|level| Some(level.min)),
        cell("time", &|level| Some(level.max)),
        cell("user", &|level| Some(level.value)),
        cell("system", &|level| Some(level.value)),
        cell("memory", &|level| Some(level.value)),
        Cell::Number(timing.runs as f64, Tone::Plain),
    ]);
    cells
}

/// The sentence on one pair, from its time: `regression: 'a' is 5.0 % slower than 'b' (3.9 % to 6.1 %)`.
fn sentence(c: &Comparison) -> Vec<Cell> {
    let tone = c.verdict.tone();
    let mut cells = vec![Cell::Text(c.verdict.as_str().to_owned(), tone), Cell::text(": "), Cell::name(&c.benchmark)];
    match (c.verdict, c.change) {
        (Verdict::Regression | Verdict::Improvement, Some(change)) => {
            let word = if change > 0.0 { "% slower than " } else { "% faster than " };
            cells.push(Cell::Text(format!(" is {:.1} {word}", change.abs() * 100.0), tone));
            cells.push(Cell::name(&c.against));
        }
        (Verdict::Unchanged, _) => {
            cells.push(Cell::text(" is as fast as "));
            cells.push(Cell::name(&c.against));
            if let Some(effect) = c.smallest_effect {
                cells.push(Cell::dim(format!(" (a change of {:.1} % would have shown)", effect * 100.0)));
            }
        }
        _ => {
            cells.push(Cell::text(" against "));
            cells.push(Cell::name(&c.against));
            cells.push(Cell::text(": these samples cannot say"));
        }
    }
    cells
}

impl Report for Measured {
    fn view(&self) -> View {
        let mut blocks: Vec<Block> =
            self.comparisons.iter().filter(|c| c.metric == "time").map(|c| Block::Line(sentence(c))).collect();
        blocks.push(Block::Table(self.timings()));
        if !self.comparisons.is_empty() {
            let several = self.comparisons.iter().any(|c| c.benchmark != self.comparisons[0].benchmark);
            let mut columns = vec![Column::left("verdict"), Column::left("metric")];
            if several {
                columns.insert(1, Column::left("benchmark"));
            }
            columns.extend([
                Column::right("base"),
                Column::right("head"),
                Column::right("change"),
                Column::right("from").shed(1),
                Column::right("to").shed(1),
                Column::right("p").shed(3),
                Column::left("why").shed(2),
            ]);
            let rows = self.comparisons.iter().map(|c| compared(c, several)).collect();
            blocks.push(Block::Table(Table { columns, rows }));
        }
        View { blocks }
    }
}

fn compared(c: &Comparison, several: bool) -> Vec<Cell> {
    let tone = c.verdict.tone();
    let change = |value: Option<f64>, tone| value.map_or(Cell::Missing, |value| Cell::Change(value, tone));
    let mut cells = vec![Cell::Text(c.verdict.as_str().to_owned(), tone), Cell::text(&c.metric)];
    if several {
        cells.insert(1, Cell::name(&c.benchmark));
    }
    cells.extend([
        Cell::Value(c.base, c.unit.clone(), Tone::Plain),
        Cell::Value(c.head, c.unit.clone(), Tone::Plain),
        change(c.change, tone),
        change(c.interval.map(|(from, _)| from), Tone::Dim),
        change(c.interval.map(|(_, to)| to), Tone::Dim),
        c.p.map_or(Cell::Missing, |p| Cell::Number((p * 1e4).round() / 1e4, Tone::Dim)),
        Cell::dim(c.notes.join("; ")),
    ]);
    cells
}
