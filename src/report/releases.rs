//! `log --tags`: one row a release.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Block, Cell, Column, Report, Table, Tone, Verdict, View};

/// The value of a series at a release.
#[derive(Clone, Debug, Serialize)]
pub struct ReleaseValue {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// Unit of the value.
    pub unit: String,
    /// Which direction is the better one.
    pub better: String,
    /// The environment key.
    pub environment: String,
    /// What people call the machine.
    pub label: String,
    /// The suite.
    pub suite: String,
    /// The value.
    pub value: f64,
    /// Relative change since the release before it, as a ratio; absent where that has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// What the change is; absent where there is nothing to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// How many series changed since the release before.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Counts {
    /// Series that are worse.
    pub regressions: usize,
    /// Series that are better.
    pub improvements: usize,
    /// Series that did not change.
    pub unchanged: usize,
    /// Series of which the data can say neither.
    pub inconclusive: usize,
}

/// A release.
#[derive(Clone, Debug, Serialize)]
pub struct Release {
    /// Name of the tag.
    pub tag: String,
    /// Full id of its commit.
    pub commit: String,
    /// Committer's time, ISO.
    pub time: String,
    /// Subject of the commit.
    pub subject: String,
    /// The tag before it, which it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// What changed since; absent where one of the two was never measured.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// The series that were measured at this very commit; empty = it was not measured.
    pub values: Vec<ReleaseValue>,
}

/// The report of `log --tags`.
#[derive(Clone, Debug, Serialize)]
pub struct Releases {
    /// Version of this form.
    pub version: u64,
    /// `log`.
    pub command: &'static str,
    /// Full id of the commit whose releases these are.
    pub from: String,
    /// The releases, newest first.
    pub releases: Vec<Release>,
    /// Remarks on the whole.
    pub notes: Vec<String>,
}

/// Up to this many series have columns of their own.
const COLUMNS: usize = 4;

/// What tells series apart: benchmark, metric, machine, suite.
type Name<'a> = (&'a str, &'a str, &'a str, &'a str);

fn name(value: &ReleaseValue) -> Name<'_> {
    (&value.benchmark, &value.metric, &value.label, &value.suite)
}

impl Releases {
    /// The series that get columns: all, where these are few.
    fn columns(&self) -> Vec<Name<'_>> {
        let names: BTreeSet<Name<'_>> = self.releases.iter().flat_map(|r| &r.values).map(name).collect();
        if names.len() > COLUMNS { Vec::new() } else { names.into_iter().collect() }
    }
}

/// The title of a column: what the names have in common is left out.
fn title(of: &Name<'_>, all: &[Name<'_>]) -> String {
    let differs = |part: fn(&Name<'_>) -> String| all.iter().map(part).collect::<BTreeSet<_>>().len() > 1;
    let mut words = vec![of.0.to_owned(), of.1.to_owned()];
    if differs(|n| n.2.to_owned()) {
        words.push(format!("({})", of.2));
    }
    if differs(|n| n.3.to_owned()) {
        words.push(format!("[{}]", of.3));
    }
    words.join(" ")
}

impl Report for Releases {
    fn view(&self) -> View {
        let mut blocks = Vec::new();
        for note in &self.notes {
            blocks.push(Block::Line(vec![Cell::Text(note.clone(), Tone::Warn)]));
        }
        if !self.releases.is_empty() {
            blocks.push(Block::Table(self.table()));
        }
        View { blocks }
    }
}

impl Releases {
    fn table(&self) -> Table {
        let shown = self.columns();
        let mut columns = vec![Column::left("release"), Column::left("date").shed(3), Column::left("commit").shed(4)];
        for one in &shown {
            columns.push(Column::right(&title(one, &shown)));
            columns.push(Column::right("change"));
        }
        if shown.is_empty() {
            columns.push(Column::right("series"));
        }
        columns.extend([
            Column::right("worse").shed(1),
            Column::right("better").shed(1),
            Column::right("inconclusive").shed(2),
            Column::left("since").shed(2),
        ]);
        let rows = self.releases.iter().map(|release| row(release, &shown)).collect();
        Table { columns, rows }
    }
}

fn row(release: &Release, shown: &[Name<'_>]) -> Vec<Cell> {
    let mut row = vec![
        Cell::Text(release.tag.clone(), Tone::Name),
        Cell::dim(release.time.get(..10).unwrap_or(&release.time)),
        Cell::Commit(release.commit.clone()),
    ];
    for one in shown {
        let value = release.values.iter().find(|v| name(v) == *one);
        row.push(value.map_or(Cell::Missing, |v| Cell::Value(v.value, v.unit.clone(), Tone::Plain)));
        row.push(value.and_then(|v| Some(Cell::Change(v.change?, v.verdict?.tone()))).unwrap_or(Cell::text("")));
    }
    if shown.is_empty() {
        row.push(count(Some(release.values.len()), Tone::Plain));
    }
    let counts = release.counts;
    row.push(count(counts.map(|c| c.regressions), Tone::Bad));
    row.push(count(counts.map(|c| c.improvements), Tone::Good));
    row.push(count(counts.map(|c| c.inconclusive), Tone::Warn));
    row.push(match &release.against {
        _ if release.values.is_empty() => Cell::dim("not measured"),
        Some(tag) => Cell::dim(tag),
        None => Cell::text(""),
    });
    row
}

/// A number; nothing to see where it is 0.
fn count(number: Option<usize>, tone: Tone) -> Cell {
    number.map_or(Cell::text(""), |n| Cell::Number(n as f64, if n == 0 { Tone::Dim } else { tone }))
}
