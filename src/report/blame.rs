//! `blame`: which commit set the present level of each series.

use serde::Serialize;

use super::history::{Change, Series, among};
use super::{Block, Cell, Column, Report, Table, Tone, View};

/// Which commit set the present level of a series.
#[derive(Clone, Debug, Serialize)]
pub struct Blamed {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// Unit of the values.
    pub unit: String,
    /// The environment key.
    pub environment: String,
    /// What people call the machine.
    pub label: String,
    /// The suite.
    pub suite: String,
    /// The present level: median of the points since the last change point.
    pub level: f64,
    /// The change that set it; absent where the series has had this level since it was first measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The first measured commit, where there was no change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Points since then.
    pub points: usize,
}

impl Blamed {
    /// Of a series; `None` where it has no points.
    pub fn of(series: Series) -> Option<Self> {
        let change = series.changes.last().cloned();
        let since = change.as_ref().map_or(0, |c| c.index);
        let mut level: Vec<f64> = series.points.get(since..)?.iter().map(|p| p.value).collect();
        let points = level.len();
        level.sort_by(f64::total_cmp);
        Some(Self {
            level: *level.get(points / 2)?,
            first: if change.is_none() { series.points.first().map(|p| p.commit.clone()) } else { None },
            change,
            points,
            benchmark: series.benchmark,
            metric: series.metric,
            unit: series.unit,
            environment: series.environment,
            label: series.label,
            suite: series.suite,
        })
    }
}

/// The report of `blame`.
#[derive(Clone, Debug, Serialize)]
pub struct Blame {
    /// Version of this form.
    pub version: u64,
    /// `blame`.
    pub command: &'static str,
    /// The commit where the walk began.
    pub from: String,
    /// One row a series.
    pub series: Vec<Blamed>,
    /// Remarks on the whole.
    pub notes: Vec<String>,
}

impl Report for Blame {
    fn view(&self) -> View {
        let mut blocks = Vec::new();
        for note in &self.notes {
            blocks.push(Block::Line(vec![Cell::Text(note.clone(), Tone::Warn)]));
        }
        let (changed, since): (Vec<_>, Vec<_>) = self.series.iter().partition(|s| s.change.is_some());
        if !changed.is_empty() {
            blocks.push(Block::Table(self.table(&changed)));
        }
        if !since.is_empty() {
            let summary = format!("{} have had their level since they were first measured", since.len());
            let table = Block::Table(self.table(&since));
            blocks.push(if changed.is_empty() { table } else { Block::Folded { summary, blocks: vec![table] } });
        }
        View { blocks }
    }
}

impl Blame {
    fn table(&self, series: &[&Blamed]) -> Table {
        let several = self.series.iter().any(|s| s.label != self.series[0].label);
        let mut columns = vec![Column::left("commit"), Column::left("date").shed(4)];
        columns.extend([Column::left("benchmark"), Column::left("metric").shed(5)]);
        if several {
            columns.push(Column::left("machine").shed(6));
        }
        columns.extend([
            Column::right("level"),
            Column::right("change"),
            Column::left("among").shed(1),
            Column::left("author").shed(3),
            Column::left("subject").shed(2),
        ]);
        Table { columns, rows: series.iter().map(|s| blamed_row(s, several)).collect() }
    }
}

fn blamed_row(s: &Blamed, several: bool) -> Vec<Cell> {
    let commit = s.change.as_ref().map(|c| c.commit.clone()).or_else(|| s.first.clone());
    let mut row = vec![
        commit.map_or(Cell::Missing, Cell::Commit),
        s.change.as_ref().map_or(Cell::Missing, |c| Cell::dim(c.time.get(..10).unwrap_or(&c.time))),
        Cell::name(&s.benchmark),
        Cell::text(&s.metric),
    ];
    if several {
        row.push(Cell::dim(&s.label));
    }
    row.push(Cell::Value(s.level, s.unit.clone(), Tone::Plain));
    match &s.change {
        Some(c) => {
            let tone = match c.verdict.as_str() {
                "regression" => Tone::Bad,
                "improvement" => Tone::Good,
                _ => Tone::Plain,
            };
            row.extend([
                c.change.map_or(Cell::Missing, |ratio| Cell::Change(ratio, tone)),
                among(c),
                Cell::text(&c.author),
                Cell::text(&c.subject),
            ]);
        }
        None => row.extend([Cell::Missing, Cell::text(""), Cell::Missing, Cell::dim("since it was first measured")]),
    }
    row
}
