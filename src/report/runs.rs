//! `show`: what is known of a commit.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Block, Cell, Column, Report, Table, Tone, View};

/// One measurement of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// Which direction is the better one.
    pub better: String,
    /// The value; absent = it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Samples behind the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stddev: Option<f64>,
    /// Smallest sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// Where it lies: the commit itself, or the twin whose runs these are.
    pub commit: String,
    /// When it ended.
    pub time: String,
    /// Suite and channel.
    pub suite: String,
    /// The channel.
    pub channel: String,
    /// Who ran it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr: Option<u64>,
    /// The harness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harness: Option<String>,
    /// The environment key.
    pub environment: String,
    /// What people call the machine.
    pub label: String,
    /// All facts of the machine and environment.
    pub env: Map<String, Value>,
    /// `[total, passed, failed, skipped, errors]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<[u64; 5]>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Whether tracked files differed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dirty: bool,
    /// The measurements.
    pub measurements: Vec<Measured>,
    /// `store:key` of the payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Whether these runs are of a twin, or of a CI's merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// The report of `show`.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Version of this form.
    pub version: u64,
    /// `show`.
    pub command: &'static str,
    /// Full id of the commit.
    pub commit: String,
    /// Its subject.
    pub subject: String,
    /// Runs, by time, then id.
    pub runs: Vec<Run>,
    /// Accepted changes, in one line each.
    pub accepts: Vec<String>,
    /// Dropped runs, in one line each.
    pub drops: Vec<String>,
    /// Lines that could not be read, with the reason.
    pub unreadable: Vec<String>,
}

impl Report for Shown {
    fn view(&self) -> View {
        let mut blocks = vec![Block::Line(vec![
            Cell::text("commit "),
            Cell::Commit(self.commit.clone()),
            Cell::text(format!(" {}", self.subject)),
        ])];
        for run in &self.runs {
            blocks.push(Block::Heading(format!("run {}", run.id)));
            blocks.extend(head_lines(run));
            blocks.push(Block::Table(measurements(run)));
        }
        for (word, lines) in [("accepted", &self.accepts), ("dropped", &self.drops), ("unreadable", &self.unreadable)] {
            for line in lines {
                blocks.push(Block::Line(vec![Cell::Text(format!("{word}: {line}"), Tone::Warn)]));
            }
        }
        View { blocks }
    }
}

fn head_lines(run: &Run) -> Vec<Block> {
    let mut lines: Vec<(&str, String)> = vec![("time", run.time.clone())];
    let mut push = |name, value: Option<String>| lines.extend(value.map(|v| (name, v)));
    push("by", run.who.clone());
    push("on", Some(format!("{} ({})", run.label, run.environment)));
    push("harness", run.harness.clone());
    let branch = run.branch.as_ref().map(|b| format!(", branch {b}")).unwrap_or_default();
    let tag = run.tag.as_ref().map(|t| format!(", tag {t}")).unwrap_or_default();
    let pr = run.pr.map(|n| format!(", pull request {n}")).unwrap_or_default();
    push("suite", Some(format!("{}, channel {}{branch}{tag}{pr}", run.suite, run.channel)));
    push(
        "tests",
        run.tests
            .map(|t| format!("{} total, {} passed, {} failed, {} skipped, {} errors", t[0], t[1], t[2], t[3], t[4])),
    );
    let cost = run.cost.map(|c| format!(", {c:.2} USD")).unwrap_or_default();
    push("took", run.duration.map(|d| format!("{d:.1} s{cost}")));
    push("from", run.origin.clone());
    push("dirty", run.dirty.then(|| "tracked files differed; never a baseline".to_owned()));
    push("payload", run.payload.clone());
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    lines
        .into_iter()
        .map(|(name, value)| Block::Line(vec![Cell::dim(format!("{name:width$}  ")), Cell::text(value)]))
        .collect()
}

fn measurements(run: &Run) -> Table {
    let value = |v: Option<f64>, unit: &str, tone| v.map_or(Cell::Missing, |v| Cell::Value(v, unit.into(), tone));
    let rows = run
        .measurements
        .iter()
        .map(|m| {
            vec![
                Cell::name(&m.benchmark),
                Cell::text(&m.metric),
                match m.value {
                    Some(v) => Cell::Value(v, m.unit.clone(), Tone::Strong),
                    None => Cell::Text("failed".into(), Tone::Bad),
                },
                value(m.stddev, &m.unit, Tone::Dim),
                value(m.min, &m.unit, Tone::Dim),
                value(m.max, &m.unit, Tone::Dim),
                m.n.map_or(Cell::Missing, |n| Cell::Number(n as f64, Tone::Dim)),
            ]
        })
        .collect();
    let columns = vec![
        Column::left("benchmark"),
        Column::left("metric"),
        Column::right("value"),
        Column::right("± stddev").shed(2),
        Column::right("min").shed(3),
        Column::right("max").shed(3),
        Column::right("n").shed(1),
    ];
    Table { columns, rows }
}
