//! `report`: how every series developed on some branches, as columns, for a page with charts.

mod view;

use serde::Serialize;

use super::changes::Changes;
use super::compare::Compare;
use super::{Report, View};
use crate::model::Time;

/// The report of `report`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Page {
    /// Version of this form.
    pub version: u64,
    /// `report`.
    pub command: &'static str,
    /// What it is about: the name of the repository.
    pub title: String,
    /// When it was made, ISO.
    pub generated: String,
    /// What stands before the id in the address of a commit on the web; absent where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_url: Option<String>,
    /// Every commit that is named below, once.
    pub commits: Vec<Commit>,
    /// The machines, by label.
    pub machines: Vec<Machine>,
    /// The branches; the first is the one that is shown first.
    pub branches: Vec<Branch>,
    /// Two revisions side by side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Platforms side by side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platforms: Option<Compare>,
    /// Remarks on the whole.
    pub notes: Vec<String>,
}

/// A commit.
#[derive(Clone, Debug, Serialize)]
pub struct Commit {
    /// Full id.
    pub id: String,
    /// Committer's time.
    pub time: Time,
    /// Author; empty where the commit is not here.
    pub author: String,
    /// Subject; empty where the commit is not here.
    pub subject: String,
}

/// A machine that something was measured on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The environment key.
    pub environment: String,
    /// What people call it.
    pub label: String,
}

/// What was measured along the first parents of a branch.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Branch {
    /// The branch or revision, as it was named.
    pub name: String,
    /// Full id of its tip.
    pub tip: String,
    /// Commits that were looked at.
    pub walked: usize,
    /// The measured commits, oldest first, as indices into the commits of the page.
    pub commits: Vec<usize>,
    /// First-parent steps of each from the tip.
    pub distances: Vec<usize>,
    /// Where the runs of a commit are another commit's with the same tree: index into `commits`, and the full id.
    pub twins: Vec<(usize, String)>,
    /// Accepted changes that the walk met.
    pub accepted: Vec<Accepted>,
    /// The series, by benchmark, metric, unit, suite, then machine.
    pub series: Vec<Series>,
    /// Remarks on this branch.
    pub notes: Vec<String>,
}

/// An accepted change.
#[derive(Clone, Debug, Serialize)]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// The commit of the walk at which it counts, as an index into the commits of the page.
    pub commit: usize,
    /// Glob on benchmark names.
    pub pattern: String,
    /// Glob on metrics; absent = all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Why.
    pub reason: String,
    /// Who said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// When it was said.
    pub time: Time,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// One series as columns: entry `i` of each belongs to point `i`, oldest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Series {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// Unit of the values.
    pub unit: String,
    /// Which direction is the better one: lower, higher, none.
    pub better: String,
    /// The suite.
    pub suite: String,
    /// Index into the machines of the page.
    pub machine: usize,
    /// Index of each point into the commits of the branch, ascending.
    pub at: Vec<usize>,
    /// The values.
    pub values: Vec<f64>,
    /// Samples behind each value, where they are known.
    pub n: Vec<Option<u64>>,
    /// Runs pooled in each value.
    pub runs: Vec<u64>,
    /// Standard deviation within the newest run of each.
    pub stddev: Vec<Option<f64>>,
    /// Commits of the branch at which it failed: it was run and has no value.
    pub failed: Vec<usize>,
    /// Where the level changed, oldest first.
    pub changes: Vec<Step>,
    /// A unit of older points that does not convert; they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_unit: Option<String>,
}

/// A change point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Index of the first point of the new level.
    pub index: usize,
    /// Level before.
    pub before: f64,
    /// Level after.
    pub level: f64,
    /// Relative change; absent where the level before is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    /// `regression`, `improvement`, or `changed` where the metric has no direction.
    pub verdict: &'static str,
    /// Commits between the last point of the old level and the first of the new one that were not measured.
    pub unmeasured: usize,
    /// Index of the accept that covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<usize>,
}

impl Report for Page {
    fn view(&self) -> View {
        view::view(self)
    }
}
