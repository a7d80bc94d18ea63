//! `log`: how series developed along the ancestry.

use serde::Serialize;

use super::{Block, Cell, Column, Report, Table, Tone, View};

/// One point of a series.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// Full id of the commit.
    pub commit: String,
    /// First-parent steps from where the walk began.
    pub distance: usize,
    /// Committer's time, ISO.
    pub time: String,
    /// The value in the unit of the series.
    pub value: f64,
    /// Samples behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Runs pooled in it.
    pub runs: usize,
    /// Standard deviation within the newest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stddev: Option<f64>,
    /// The twin whose runs these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
}

/// A change point of a series.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// First measured commit of the new level.
    pub commit: String,
    /// Last measured commit of the old level.
    pub after: String,
    /// Commits between them that were not measured.
    pub unmeasured: usize,
    /// Author of `commit`.
    pub author: String,
    /// Subject of `commit`.
    pub subject: String,
    /// When it was committed, ISO.
    pub time: String,
    /// Level before.
    pub before: f64,
    /// Level after.
    pub level: f64,
    /// Relative change; absent where the level before is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// Whether it is for the worse, the better, or neither.
    pub verdict: String,
    /// Index into the points of the first point of the new level.
    pub index: usize,
}

/// One series, oldest point first.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// Unit of the values.
    pub unit: String,
    /// Which direction is the better one.
    pub better: String,
    /// The environment key.
    pub environment: String,
    /// What people call the machine.
    pub label: String,
    /// The suite.
    pub suite: String,
    /// The points, oldest first.
    pub points: Vec<Point>,
    /// Change points, oldest first.
    pub changes: Vec<Change>,
    /// A unit of older points that does not convert; they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_unit: Option<String>,
}

impl Series {
    /// That older points are in a unit of another quantity, where they are.
    pub fn left_out(&self) -> Option<String> {
        let unit = self.other_unit.as_ref()?;
        Some(format!(
            "{} {}: older points in '{unit}' are left out, now it is '{}'",
            self.benchmark, self.metric, self.unit
        ))
    }

    /// The values with gaps for commits that were not measured, oldest first; at most `most` places.
    pub fn curve(&self, most: usize) -> (Vec<Option<f64>>, Vec<usize>) {
        let (Some(oldest), Some(newest)) = (self.points.first(), self.points.last()) else { return Default::default() };
        let span = oldest.distance - newest.distance + 1;
        if span > most {
            // Too long to show gaps: the points alone, with one gap for every run of unmeasured commits.
            let mut values = Vec::new();
            let mut places = Vec::new();
            for (i, point) in self.points.iter().enumerate() {
                if i > 0 && self.points[i - 1].distance - point.distance > span / most.max(1) + 1 {
                    values.push(None);
                }
                places.push(values.len());
                values.push(Some(point.value));
            }
            let marks = self.changes.iter().filter_map(|c| places.get(c.index).copied()).collect();
            return (values, marks);
        }
        let mut values = vec![None; span];
        for point in &self.points {
            values[oldest.distance - point.distance] = Some(point.value);
        }
        let marks = self
            .changes
            .iter()
            .filter_map(|c| self.points.get(c.index))
            .map(|p| oldest.distance - p.distance)
            .collect();
        (values, marks)
    }
}

/// The report of `log`.
#[derive(Clone, Debug, Serialize)]
pub struct Log {
    /// Version of this form.
    pub version: u64,
    /// `log`.
    pub command: &'static str,
    /// The commit where the walk began.
    pub from: String,
    /// Commits that were looked at.
    pub walked: usize,
    /// Measured commits among them.
    pub measured: usize,
    /// The series.
    pub series: Vec<Series>,
    /// Remarks on the whole.
    pub notes: Vec<String>,
    /// Draws charts and lists points.
    #[serde(skip)]
    pub charts: bool,
}

impl Report for Log {
    fn view(&self) -> View {
        let head = format!("{} of {} commits measured, {} series", self.measured, self.walked, self.series.len());
        let mut blocks =
            vec![Block::Line(vec![Cell::Commit(self.from.clone()), Cell::Text(format!(" {head}"), Tone::Strong)])];
        let left_out = self.series.iter().filter_map(Series::left_out);
        for note in self.notes.iter().cloned().chain(left_out) {
            blocks.push(Block::Line(vec![Cell::Text(note, Tone::Warn)]));
        }
        if self.charts {
            for series in &self.series {
                blocks.extend(chart(series));
            }
        } else if !self.series.is_empty() {
            blocks.push(Block::Table(overview(&self.series)));
            let changes: Vec<_> = self.series.iter().flat_map(|s| s.changes.iter().map(move |c| (s, c))).collect();
            if !changes.is_empty() {
                blocks.push(Block::Heading("change points".into()));
                blocks.push(Block::Table(change_table(&changes)));
            }
        }
        View { blocks }
    }
}

/// The columns of a table with one series a row; that of the machine where there are several.
pub(super) fn series_columns(machines: bool) -> Vec<Column> {
    let mut columns = vec![Column::left("benchmark"), Column::left("metric").shed(2)];
    if machines {
        columns.push(Column::left("machine").shed(3));
    }
    columns.extend([
        Column::left("history"),
        Column::right("now"),
        Column::right("change"),
        Column::right("points").shed(4),
    ]);
    columns
}

fn overview(series: &[Series]) -> Table {
    let machines: std::collections::BTreeSet<&str> = series.iter().map(|s| s.label.as_str()).collect();
    let columns = series_columns(machines.len() > 1);
    let rows = series
        .iter()
        .map(|s| {
            let (first, last) = (s.points.first(), s.points.last());
            let change = first.zip(last).and_then(|(a, b)| relative(a.value, b.value));
            let mut row = vec![Cell::name(&s.benchmark), Cell::text(&s.metric)];
            if machines.len() > 1 {
                row.push(Cell::dim(&s.label));
            }
            row.extend([
                Cell::Spark(s.curve(60).0),
                last.map_or(Cell::Missing, |p| Cell::Value(p.value, s.unit.clone(), Tone::Plain)),
                change.map_or(Cell::Missing, |c| Cell::Change(c, tone(&s.better, c, !s.changes.is_empty()))),
                Cell::Number(s.points.len() as f64, Tone::Dim),
            ]);
            row
        })
        .collect();
    Table { columns, rows }
}

fn tone(better: &str, change: f64, stepped: bool) -> Tone {
    match (better, stepped) {
        (_, false) | ("none", _) => Tone::Plain,
        ("lower", _) if change > 0.0 => Tone::Bad,
        ("higher", _) if change < 0.0 => Tone::Bad,
        _ => Tone::Good,
    }
}

/// Relative change; `None` where the base is zero or the result no finite number.
pub fn relative(base: f64, head: f64) -> Option<f64> {
    let change = (head - base) / base.abs();
    (base != 0.0 && change.is_finite()).then_some(change)
}

fn change_table(changes: &[(&Series, &Change)]) -> Table {
    let columns = vec![
        Column::left("commit"),
        Column::left("date").shed(4),
        Column::left("benchmark"),
        Column::right("before"),
        Column::right("after"),
        Column::right("change"),
        Column::left("among").shed(1),
        Column::left("author").shed(3),
        Column::left("subject").shed(2),
    ];
    let rows = changes
        .iter()
        .map(|(s, c)| {
            let tone = match c.verdict.as_str() {
                "regression" => Tone::Bad,
                "improvement" => Tone::Good,
                _ => Tone::Plain,
            };
            vec![
                Cell::Commit(c.commit.clone()),
                Cell::dim(c.time.get(..10).unwrap_or(&c.time)),
                Cell::name(format!("{} {}", s.benchmark, s.metric)),
                Cell::Value(c.before, s.unit.clone(), Tone::Plain),
                Cell::Value(c.level, s.unit.clone(), Tone::Plain),
                c.change.map_or(Cell::Missing, |ratio| Cell::Change(ratio, tone)),
                among(c),
                Cell::text(&c.author),
                Cell::text(&c.subject),
            ]
        })
        .collect();
    Table { columns, rows }
}

/// In how many commits the change can lie, where those before it were not measured.
pub(super) fn among(change: &Change) -> Cell {
    match change.unmeasured {
        0 => Cell::text(""),
        n => Cell::dim(format!("{} commits", n + 1)),
    }
}

fn chart(series: &Series) -> Vec<Block> {
    let (values, marks) = series.curve(2000);
    let mut blocks = vec![
        Block::Heading(format!("{} {}", series.benchmark, series.metric)),
        Block::Line(vec![Cell::dim(format!("{}, suite {}", series.label, series.suite))]),
        Block::Chart { title: String::new(), unit: series.unit.clone(), values, marks },
    ];
    let mut rows = Vec::new();
    for (i, point) in series.points.iter().enumerate().rev() {
        let step = series.changes.iter().find(|c| c.index == i);
        let mark = match step {
            Some(c) => c.change.map_or(Cell::Missing, |ratio| {
                Cell::Change(ratio, if c.verdict == "regression" { Tone::Bad } else { Tone::Good })
            }),
            None => Cell::text(""),
        };
        let what = match step {
            Some(c) => format!("{}: {}", c.author, c.subject),
            None => point.twin.as_ref().map(|t| format!("measured as {}", &t[..t.len().min(8)])).unwrap_or_default(),
        };
        rows.push(vec![
            Cell::Commit(point.commit.clone()),
            Cell::dim(point.time.get(..10).unwrap_or(&point.time)),
            Cell::Value(point.value, series.unit.clone(), Tone::Plain),
            Cell::Number(point.runs as f64, Tone::Dim),
            mark,
            Cell::text(what),
        ]);
        let older = i.checked_sub(1).map(|j| series.points[j].distance - point.distance - 1).unwrap_or(0);
        if older > 0 {
            let gap = Cell::dim(format!("{older} not measured"));
            rows.push(vec![Cell::dim("·"), Cell::text(""), Cell::text(""), Cell::text(""), Cell::text(""), gap]);
        }
    }
    let columns = vec![
        Column::left("commit"),
        Column::left("date"),
        Column::right("value"),
        Column::right("runs").shed(2),
        Column::right("step"),
        Column::left("").shed(1),
    ];
    blocks.push(Block::Table(Table { columns, rows }));
    blocks
}
