//! `diff` and `check`: what changed between two ends, series by series.

use serde::Serialize;
use similar::TextDiff;

use super::{Block, Cell, Column, Report, Table, Tone, Verdict, View};
use crate::model::READINGS;

/// One end of a comparison: what was asked for and what was really compared.
#[derive(Clone, Debug, Default, Serialize)]
pub struct End {
    /// Full id of the measured commit; absent where nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The revision as it was asked for (or what it was derived from).
    pub asked: String,
    /// The commit that `asked` means.
    pub asked_commit: String,
    /// First-parent steps between the two.
    pub distance: usize,
    /// Why it is not the commit that was asked for, or whose runs these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The measurement at one end.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Side {
    /// The level that was compared, in the unit of the series; absent where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Samples behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Runs pooled in it.
    pub runs: usize,
    /// The measured commit.
    pub commit: String,
}

/// One series.
#[derive(Clone, Debug, Serialize)]
pub struct SeriesChange {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// Unit of the values.
    pub unit: String,
    /// Which direction is the better one: lower, higher, none.
    pub better: String,
    /// The environment key.
    pub environment: String,
    /// The suite.
    pub suite: String,
    /// The base end.
    pub base: Side,
    /// The head end.
    pub head: Side,
    /// Relative change, 0.05 = 5 % more; absent where the base is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// Absolute change in the unit.
    pub difference: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// The smallest change that matters here, as a ratio.
    pub threshold: f64,
    /// Run-to-run noise of this series as a ratio, from its history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// Probability of such a difference where nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// The same after correction for the number of series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<f64>,
    /// 95 % confidence interval of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// The smallest change that this data could have shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest_effect: Option<f64>,
    /// About how many more runs would decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more_runs: Option<u32>,
    /// First commit of the new level, where the change is older than HEAD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<FirstBad>,
    /// Reasons in plain words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Where a level begins: a commit, or a range where commits between were not measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FirstBad {
    /// The first measured commit of the new level.
    pub commit: String,
    /// The last measured commit of the old level.
    pub after: String,
    /// Commits between them that were not measured.
    pub unmeasured: usize,
    /// Author of the first commit.
    pub author: String,
    /// Its subject.
    pub subject: String,
}

/// A series that could not be compared, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// The environment key.
    pub environment: String,
    /// The suite.
    pub suite: String,
    /// `missing at head`, `failed at head`, `new at head`, or what is wrong with its units.
    pub why: String,
}

/// A series that is not judged, because its change was accepted.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptedSeries {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// The environment key.
    pub environment: String,
    /// The suite.
    pub suite: String,
    /// Id of the accept.
    pub id: String,
    /// The commit at which it counts.
    pub commit: String,
    /// Why it was accepted.
    pub reason: String,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// An environment that was compared.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The environment key.
    pub environment: String,
    /// What people call it.
    pub label: String,
    /// The suite.
    pub suite: String,
    /// `name: value` lines of the base end's env.
    pub base_env: Vec<String>,
    /// The same of the head end.
    pub head_env: Vec<String>,
}

/// The report of `diff` and `check`.
#[derive(Clone, Debug, Serialize)]
pub struct Changes {
    /// Version of this form.
    pub version: u64,
    /// `diff` or `check`.
    pub command: &'static str,
    /// The worst verdict over all series; `no-data` where nothing was comparable.
    pub verdict: String,
    /// Of `check`: `pass`, `fail` or `no-data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// The base end.
    pub base: End,
    /// The head end.
    pub head: End,
    /// Environments that were compared.
    pub environments: Vec<Machine>,
    /// Series, what matters most first.
    pub series: Vec<SeriesChange>,
    /// Series that the base has and the head has not.
    pub missing: Vec<Missing>,
    /// Series that only the head has.
    pub new: Vec<Missing>,
    /// Series that are not judged, because their change was accepted.
    pub accepted: Vec<AcceptedSeries>,
    /// By which factor most series moved together, where they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common_factor: Option<f64>,
    /// Remarks on the whole.
    pub notes: Vec<String>,
    /// Shows the text diff of the environments.
    #[serde(skip)]
    pub show_env: bool,
    /// The summary of all series, where only some of them are kept for a short text.
    #[serde(skip)]
    pub counted: Option<String>,
}

impl Changes {
    /// An empty report of a command between two ends.
    pub fn new(command: &'static str, base: End, head: End) -> Self {
        Self {
            version: super::VERSION,
            command,
            verdict: "no-data".into(),
            outcome: None,
            base,
            head,
            environments: Vec::new(),
            series: Vec::new(),
            missing: Vec::new(),
            new: Vec::new(),
            accepted: Vec::new(),
            common_factor: None,
            notes: Vec::new(),
            show_env: false,
            counted: None,
        }
    }

    /// Number of series with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.series.iter().filter(|s| s.verdict == verdict).count()
    }

    /// Sorts what matters most first and sets the overall verdict.
    pub fn settle(&mut self) {
        let weight = |s: &SeriesChange| s.change.map_or(0.0, f64::abs);
        self.series.sort_by(|a, b| {
            a.verdict
                .cmp(&b.verdict)
                .then_with(|| weight(b).total_cmp(&weight(a)))
                .then_with(|| (&a.benchmark, &a.metric, &a.environment).cmp(&(&b.benchmark, &b.metric, &b.environment)))
        });
        self.missing.sort();
        self.new.sort();
        self.verdict = self.series.iter().map(|s| s.verdict).min().map_or("no-data", Verdict::as_str).to_owned();
    }

    /// The first line: counts, worst first.
    pub fn summary(&self) -> String {
        if let Some(counted) = &self.counted {
            return counted.clone();
        }
        let mut parts = Vec::new();
        for (verdict, one, many) in [
            (Verdict::Regression, "regression", "regressions"),
            (Verdict::Improvement, "improvement", "improvements"),
            (Verdict::Inconclusive, "inconclusive", "inconclusive"),
            (Verdict::Unchanged, "unchanged", "unchanged"),
        ] {
            match self.count(verdict) {
                0 => {}
                1 => parts.push(format!("1 {one}")),
                n => parts.push(format!("{n} {many}")),
            }
        }
        if !self.missing.is_empty() {
            parts.push(format!("{} missing", self.missing.len()));
        }
        if !self.new.is_empty() {
            parts.push(format!("{} new", self.new.len()));
        }
        if !self.accepted.is_empty() {
            parts.push(format!("{} accepted", self.accepted.len()));
        }
        if self.series.is_empty() {
            let rest = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
            return format!("nothing to compare{rest}");
        }
        let plural = if self.series.len() == 1 { "series" } else { "series compared" };
        format!("{} {plural}: {}", self.series.len(), parts.join(", "))
    }

    fn ends(&self) -> Vec<Block> {
        let line = |word: &str, end: &End| {
            let mut cells = vec![Cell::text(format!("{word} "))];
            match &end.commit {
                Some(commit) => cells.push(Cell::Commit(commit.clone())),
                None => cells.push(Cell::Text("not measured".into(), Tone::Warn)),
            }
            if let Some(subject) = &end.subject {
                cells.push(Cell::text(format!(" {subject}")));
            }
            let why: Vec<&str> = [end.asked.as_str()].into_iter().chain(end.reason.as_deref()).collect();
            cells.push(Cell::dim(format!(" ({})", why.join("; "))));
            Block::Line(cells)
        };
        vec![line("base", &self.base), line("head", &self.head)]
    }

    fn table(&self, wanted: &dyn Fn(&SeriesChange) -> bool) -> Option<Table> {
        let rows: Vec<&SeriesChange> = self.series.iter().filter(|s| wanted(s)).collect();
        if rows.is_empty() {
            return None;
        }
        let several = self.environments.len() > 1;
        let mut columns = vec![Column::left("verdict"), Column::left("benchmark"), Column::left("metric").shed(2)];
        if several {
            columns.push(Column::left("machine").shed(3));
        }
        columns.extend([
            Column::right("base"),
            Column::right("head"),
            Column::right("change"),
            Column::right("noise").shed(4),
            Column::left("why").shed(5),
        ]);
        let rows = rows.into_iter().map(|s| self.row(s, several)).collect();
        Some(Table { columns, rows })
    }

    fn row(&self, s: &SeriesChange, several: bool) -> Vec<Cell> {
        let value = |side: &Side| side.value.map_or(Cell::Missing, |v| Cell::Value(v, s.unit.clone(), Tone::Plain));
        let mut cells = vec![
            Cell::Text(s.verdict.as_str().into(), s.verdict.tone()),
            Cell::name(&s.benchmark),
            Cell::text(&s.metric),
        ];
        if several {
            let machine = self.environments.iter().find(|m| m.environment == s.environment && m.suite == s.suite);
            cells.push(Cell::dim(machine.map_or(&s.environment, |m| &m.label)));
        }
        cells.extend([
            value(&s.base),
            value(&s.head),
            s.change.map_or(Cell::Missing, |c| Cell::Change(c, s.verdict.tone())),
            s.noise.map_or(Cell::Missing, |n| Cell::Share(n, Tone::Dim)),
            Cell::dim(why(s)),
        ]);
        cells
    }
}

/// The reason of a verdict in a few words.
pub fn why(s: &SeriesChange) -> String {
    let mut parts = Vec::new();
    match s.verdict {
        Verdict::Unchanged => {
            if let Some(effect) = s.smallest_effect {
                parts.push(format!("would have shown {}", percent(effect)));
            }
        }
        Verdict::Inconclusive => {
            if let Some(n) = s.more_runs {
                parts.push(format!("{n} more run{} would decide", if n == 1 { "" } else { "s" }));
            }
        }
        Verdict::Regression | Verdict::Improvement => {
            if let Some(first) = &s.first_bad {
                let range = match first.unmeasured {
                    0 => String::new(),
                    n => format!(" or one of {n} unmeasured before it"),
                };
                let commit = &first.commit[..first.commit.len().min(8)];
                parts.push(format!("since {commit}{range} ({}: {})", first.author, first.subject));
            }
        }
    }
    parts.extend(s.notes.iter().cloned());
    parts.join("; ")
}

/// `0.0213` as `2.1 %`.
fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

impl Report for Changes {
    fn view(&self) -> View {
        let mut first = vec![Cell::Text(self.summary(), Tone::Strong)];
        match self.outcome {
            Some("pass") => first.insert(0, Cell::Text("pass: ".into(), Tone::Good)),
            Some("fail") => first.insert(0, Cell::Text("FAIL: ".into(), Tone::Bad)),
            Some(_) => first.insert(0, Cell::Text("not enough data: ".into(), Tone::Warn)),
            None => {}
        }
        let mut blocks = vec![Block::Line(first)];
        blocks.extend(self.ends());
        if let [only] = &self.environments[..] {
            let suite = if only.suite == "default" { String::new() } else { format!(", suite {}", only.suite) };
            blocks.push(Block::Line(vec![Cell::text("on   "), Cell::dim(format!("{}{suite}", only.label))]));
        }
        for note in &self.notes {
            blocks.push(Block::Line(vec![Cell::Text(note.clone(), Tone::Warn)]));
        }
        if !self.show_env {
            blocks.extend(
                self.environments
                    .iter()
                    .filter_map(differing)
                    .map(|text| Block::Line(vec![Cell::Text(format!("{text} (--env shows how)"), Tone::Warn)])),
            );
        }
        blocks.extend(self.table(&|s| s.verdict != Verdict::Unchanged).map(Block::Table));
        if let Some(table) = self.table(&|s| s.verdict == Verdict::Unchanged) {
            let n = table.rows.len();
            let loudest = self.count(Verdict::Unchanged) == self.series.len();
            if loudest && n <= 40 {
                blocks.push(Block::Table(table));
            } else {
                blocks.push(Block::Folded { summary: format!("{n} unchanged"), blocks: vec![Block::Table(table)] });
            }
        }
        if !self.accepted.is_empty() {
            let rows = self
                .accepted
                .iter()
                .map(|a| {
                    let until = a.until.as_ref().map(|u| format!(" (until {})", u.get(..10).unwrap_or(u)));
                    vec![
                        Cell::name(&a.benchmark),
                        Cell::text(&a.metric),
                        Cell::Commit(a.commit.clone()),
                        Cell::dim(format!("{}{}", a.reason, until.unwrap_or_default())),
                    ]
                })
                .collect();
            let columns =
                vec![Column::left("accepted"), Column::left("metric"), Column::left("at"), Column::left("reason")];
            blocks.push(Block::Table(Table { columns, rows }));
        }
        for (title, list) in [("missing", &self.missing), ("new", &self.new)] {
            if !list.is_empty() {
                let rows = list
                    .iter()
                    .map(|m| vec![Cell::name(&m.benchmark), Cell::text(&m.metric), Cell::dim(&m.why)])
                    .collect();
                let columns = vec![Column::left(title), Column::left("metric"), Column::left("why")];
                blocks.push(Block::Table(Table { columns, rows }));
            }
        }
        if self.show_env {
            blocks.extend(self.environments.iter().map(environment_diff));
        }
        View { blocks }
    }
}

/// Which facts of the two ends' environments differ; facts of the moment are left out.
fn differing(machine: &Machine) -> Option<String> {
    let name = |line: &&String| line.split(": ").next().unwrap_or_default().to_owned();
    let only =
        |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).map(|l| name(&l)).collect::<Vec<_>>();
    let mut names = only(&machine.base_env, &machine.head_env);
    names.extend(only(&machine.head_env, &machine.base_env));
    names.retain(|name| !READINGS.contains(&name.as_str()));
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| format!("{}: the environments differ in {}", machine.label, names.join(", ")))
}

/// The text diff of the two ends' environments.
fn environment_diff(machine: &Machine) -> Block {
    let (base, head) = (machine.base_env.join("\n") + "\n", machine.head_env.join("\n") + "\n");
    let diff = TextDiff::from_lines(base.as_str(), head.as_str());
    let text = diff.unified_diff().context_radius(1).header("base", "head").to_string();
    Block::Verbatim(if text.is_empty() { format!("{}: the same environment\n", machine.label) } else { text })
}
