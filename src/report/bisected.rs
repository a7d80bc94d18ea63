//! `bisect`: which commit changed a series, and how that was found.

use serde::Serialize;

use super::{Block, Cell, Column, Report, Table, Tone, View};

/// A commit as a bisection tells it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Told {
    /// Full id.
    pub commit: String,
    /// Name of the author.
    pub author: String,
    /// First line of the message.
    pub subject: String,
    /// When it was committed, ISO.
    pub time: String,
    /// The value of the series there; absent where it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// One commit that was decided, or could not be.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The commit.
    #[serde(flatten)]
    pub at: Told,
    /// `good`, `bad`, `unknown` or `skip`.
    pub verdict: &'static str,
    /// `stored` where all of its runs were there before.
    pub source: &'static str,
    /// The place among the commits that were measured now, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<usize>,
    /// Runs behind the value.
    pub runs: usize,
    /// What people call the machine.
    pub label: String,
    /// Why it was skipped, or cannot be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A commit that may be the one.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// The commit.
    #[serde(flatten)]
    pub at: Told,
    /// Why nothing more is known of it; absent for the last one, which is bad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The report of `bisect`.
#[derive(Clone, Debug, Serialize)]
pub struct Bisected {
    /// Version of this form.
    pub version: u64,
    /// `bisect`.
    pub command: &'static str,
    /// `found` (one commit), `range` (one of several that cannot be measured), `undecided`.
    pub outcome: &'static str,
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
    /// The good end.
    pub good: Told,
    /// The bad end.
    pub bad: Told,
    /// The commit that changed the series, where it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Told>,
    /// The commits of which one changed it, oldest first, where several may have; empty where the ends do not differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// The value of the last good commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
    /// The value of the first bad commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<f64>,
    /// Relative change between the two, 0.05 = 5 % more; absent where the value before is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// Whether that is a `regression`, an `improvement`, or just `changed`.
    pub verdict: &'static str,
    /// Commits after the good end up to the bad one.
    pub commits: usize,
    /// Commits that were measured now.
    pub measured: usize,
    /// Runs of the command that were recorded now.
    pub runs: usize,
    /// The commits that were decided or could not be, oldest first.
    pub steps: Vec<Step>,
    /// Remarks on the whole.
    pub notes: Vec<String>,
}

/// So many stored commits beside the ones that matter are listed in text.
const STORED: usize = 3;

impl Bisected {
    fn tone(&self) -> Tone {
        match self.verdict {
            "regression" => Tone::Bad,
            "improvement" => Tone::Good,
            _ => Tone::Warn,
        }
    }

    fn first_line(&self) -> Vec<Cell> {
        let mut cells = match (&self.found, self.candidates.len()) {
            (Some(found), _) => vec![
                Cell::Commit(found.commit.clone()),
                Cell::Text(format!(" is the first with the new level: {}", self.verdict), self.tone()),
            ],
            (None, 0) => vec![Cell::Text("the two ends do not differ:".into(), Tone::Warn)],
            (None, n) => vec![Cell::Text(format!("one of {n} commits: {}", self.verdict), self.tone())],
        };
        let of = if self.found.is_none() && self.candidates.is_empty() { " " } else { " of " };
        cells.extend([Cell::text(of), Cell::name(&self.benchmark), Cell::text(format!(" {}", self.metric))]);
        if let (Some(before), Some(after)) = (self.before, self.after) {
            let value = |value| Cell::Value(value, self.unit.clone(), Tone::Plain);
            cells.extend([Cell::text(", "), value(before), Cell::text(" -> "), value(after)]);
            if let Some(change) = self.change {
                cells.extend([Cell::text(" ("), Cell::Change(change, self.tone()), Cell::text(")")]);
            }
        }
        cells
    }

    fn steps(&self) -> Table {
        let of_range = |step: &Step| {
            let id = &step.at.commit;
            self.candidates.iter().any(|c| c.at.commit == *id) || self.found.as_ref().is_some_and(|f| f.commit == *id)
        };
        let few = self.steps.iter().filter(|step| step.source == "stored").count() <= STORED + 2;
        let ends = |step: &Step| step.at.commit == self.good.commit || step.at.commit == self.bad.commit;
        let rows = self.steps.iter().enumerate().filter(|(i, step)| {
            // The last good commit stands before the first that is not.
            let before = self.steps.get(i + 1).is_some_and(of_range);
            few || step.source != "stored" || ends(step) || of_range(step) || before
        });
        let rows = rows.map(|(_, step)| row(step, &self.unit)).collect();
        let columns = vec![
            Column::left("commit"),
            Column::left("stands"),
            Column::right("value"),
            Column::right("runs").shed(4),
            Column::left("from").shed(3),
            Column::left("subject").shed(2),
            Column::left("why").shed(1),
        ];
        Table { columns, rows }
    }
}

fn row(step: &Step, unit: &str) -> Vec<Cell> {
    let tone = match step.verdict {
        "good" => Tone::Good,
        "bad" => Tone::Bad,
        _ => Tone::Warn,
    };
    let from = step.order.map_or_else(|| step.source.to_owned(), |order| format!("step {order}"));
    vec![
        Cell::Commit(step.at.commit.clone()),
        Cell::Text(step.verdict.into(), tone),
        step.at.value.map_or(Cell::Missing, |value| Cell::Value(value, unit.to_owned(), Tone::Plain)),
        Cell::Number(step.runs as f64, Tone::Dim),
        Cell::dim(from),
        Cell::text(&step.at.subject),
        Cell::dim(step.why.clone().unwrap_or_default()),
    ]
}

impl Report for Bisected {
    fn view(&self) -> View {
        let mut blocks = vec![Block::Line(self.first_line())];
        if let Some(found) = &self.found {
            let date = found.time.get(..10).unwrap_or(&found.time);
            blocks.push(Block::Line(vec![
                Cell::text(format!("{}, ", found.author)),
                Cell::dim(date),
                Cell::text(format!(": {}", found.subject)),
            ]));
        }
        let suite = if self.suite == "default" { String::new() } else { format!(", suite {}", self.suite) };
        blocks.push(Block::Line(vec![Cell::text("on "), Cell::dim(format!("{}{suite}", self.label))]));
        blocks.extend(self.notes.iter().map(|note| Block::Line(vec![Cell::Text(note.clone(), Tone::Warn)])));
        if !self.candidates.is_empty() {
            let columns = vec![
                Column::left("one of these"),
                Column::left("author").shed(3),
                Column::left("subject").shed(1),
                Column::left("why not known").shed(2),
            ];
            let rows = self.candidates.iter().map(|candidate| {
                let why = candidate.why.as_deref().unwrap_or("has the new level");
                vec![
                    Cell::Commit(candidate.at.commit.clone()),
                    Cell::text(&candidate.at.author),
                    Cell::text(&candidate.at.subject),
                    Cell::dim(why),
                ]
            });
            blocks.push(Block::Table(Table { columns, rows: rows.collect() }));
        }
        blocks.push(Block::Table(self.steps()));
        View { blocks }
    }
}
