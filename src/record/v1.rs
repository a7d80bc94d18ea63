//! The wire structs of version 1 of a note line, in the order of their keys.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::rows::{Fields, rows};
use crate::model::{Better, Facts, Tests, Time};

/// A line over this size is neither written nor parsed, in bytes.
pub const MAX_LINE: usize = 10 * 1024 * 1024;

/// A run: the summary of one payload. `R` is how its rows are read: whole, or borrowed ([`LightRow`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de> + From<Fields<'de>>"))]
pub struct RunRecord<R = Row> {
    /// UUID, see [`super::run_id`].
    pub id: String,
    /// The end of the run, or the one time that the input states.
    pub time: Time,
    /// Who ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Full id of the commit that the run belongs to.
    pub commit: String,
    /// Id of the tree that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// Committer's time of the commit, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctime: Option<i64>,
    /// Parents of the commit; absent at a root, or where the commit is not here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    /// The commit that was checked out, if it is not `commit` (a CI's throw-away merge).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// The branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Full id of what the run is to be compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Number of the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr: Option<u64>,
    /// Name of the tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The suite.
    pub suite: String,
    /// `daily`, `local`, `weekly`, `pr` or `release`.
    pub channel: String,
    /// Whether tracked files differed from the commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dirty: bool,
    /// Facts of the machine and scalars of the environment.
    #[serde(default)]
    pub env: Facts,
    /// Test counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Tests>,
    /// Seconds that the harness ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// USD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Whether it ran on a spot machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<bool>,
    /// Name and version of the harness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harness: Option<String>,
    /// The first 16 hex digits of the input digest.
    pub input: String,
    /// The measurements, sorted bytewise by name, then metric.
    #[serde(default = "Vec::new", deserialize_with = "rows")]
    pub m: Vec<R>,
    /// Where the payload lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<PayloadRef>,
}

impl<R> RunRecord<R> {
    /// The same run with other rows, and the rows it had.
    pub fn with_rows<S>(self, rows: Vec<S>) -> (RunRecord<S>, Vec<R>) {
        let run = RunRecord {
            id: self.id,
            time: self.time,
            who: self.who,
            commit: self.commit,
            tree: self.tree,
            ctime: self.ctime,
            parents: self.parents,
            measured: self.measured,
            branch: self.branch,
            base: self.base,
            pr: self.pr,
            tag: self.tag,
            suite: self.suite,
            channel: self.channel,
            dirty: self.dirty,
            env: self.env,
            tests: self.tests,
            duration: self.duration,
            cost: self.cost,
            spot: self.spot,
            harness: self.harness,
            input: self.input,
            m: rows,
            payload: self.payload,
        };
        (run, self.m)
    }
}

/// One measurement: `[name, metric, unit, better, value, n, stddev, min, max, samples]`, `null` where unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "WireRow", into = "WireRow")]
pub struct Row {
    /// Full identity of the benchmark.
    pub name: String,
    /// The metric.
    pub metric: String,
    /// Its unit, `""` where there is none.
    pub unit: String,
    /// Which direction is the better one.
    pub better: Better,
    /// The value, exact; `None` = it failed.
    pub value: Option<f64>,
    /// Samples behind the value.
    pub n: Option<u64>,
    /// Standard deviation, 7 significant digits, as the rest of the spread.
    pub stddev: Option<f64>,
    /// Smallest sample.
    pub min: Option<f64>,
    /// Largest sample.
    pub max: Option<f64>,
    /// Raw samples in measured order, where there are at most 16.
    pub samples: Option<Vec<f64>>,
}

type WireRow =
    (String, String, String, Better, Option<f64>, Option<u64>, Option<f64>, Option<f64>, Option<f64>, Option<Vec<f64>>);

impl From<WireRow> for Row {
    fn from((name, metric, unit, better, value, n, stddev, min, max, samples): WireRow) -> Self {
        Self { name, metric, unit, better, value, n, stddev, min, max, samples }
    }
}

impl From<Row> for WireRow {
    fn from(r: Row) -> Self {
        (r.name, r.metric, r.unit, r.better, r.value, r.n, r.stddev, r.min, r.max, r.samples)
    }
}

/// A row that borrows its names from the line: name, metric, unit, better, value, n, stddev, min, max, samples.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LightRow<'a>(
    #[serde(borrow)] pub Cow<'a, str>,
    #[serde(borrow)] pub Cow<'a, str>,
    #[serde(borrow)] pub Cow<'a, str>,
    pub Better,
    pub Option<f64>,
    pub Option<u64>,
    pub Option<f64>,
    pub Option<f64>,
    pub Option<f64>,
    pub Option<Vec<f64>>,
);

/// Where a payload lies and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadRef {
    /// SHA-256 of its bytes, 64 hex digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its key, relative to the store.
    pub key: String,
    /// The name of the store.
    pub store: String,
}

/// Runs of the same code lie under another commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twin {
    /// Full id of the commit whose note holds them.
    pub commit: String,
}

/// A change that the team accepts: baselines restart at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accept {
    /// UUIDv4.
    pub id: String,
    /// When it was said.
    pub time: Time,
    /// Who said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Full id of the commit.
    pub commit: String,
    /// Its tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// Glob on benchmark names.
    pub pattern: String,
    /// Glob on metrics; absent = all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Why.
    pub reason: String,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// A run or an accept that no longer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// UUIDv4.
    pub id: String,
    /// When it was said.
    pub time: Time,
    /// Who said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Id of the run or accept, in the same note.
    pub target: String,
    /// Why.
    pub reason: String,
    /// Where the payload of the run lies that was dropped: a merge leaves its line out, and `prune` must still find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<PayloadRef>,
}

/// What stands before the rest of every line.
#[derive(Deserialize)]
pub(super) struct Head<'a> {
    pub(super) v: u64,
    #[serde(borrow)]
    pub(super) kind: Cow<'a, str>,
}

/// A line as it is written: version and kind first.
#[derive(Serialize)]
pub(super) struct Tagged<'a, T> {
    pub(super) v: u64,
    pub(super) kind: &'static str,
    #[serde(flatten)]
    pub(super) body: &'a T,
}
