//! `diff` and `check`: what changed between two ends, series by series.

mod view;

pub use view::why;

use serde::Serialize;

use super::Verdict;

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
        if self.series.is_empty() && self.missing.is_empty() && !self.accepted.is_empty() {
            return match self.accepted.len() {
                1 => "the only series is accepted at this commit, so it was not judged".into(),
                n => format!("all {n} series are accepted at this commit, so none was judged"),
            };
        }
        if self.series.is_empty() {
            let rest = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
            return format!("nothing to compare{rest}");
        }
        let plural = if self.series.len() == 1 { "series" } else { "series compared" };
        format!("{} {plural}: {}", self.series.len(), parts.join(", "))
    }
}
