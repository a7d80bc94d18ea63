//! The columns of a table: one row a measurement.

use std::borrow::Cow;

use serde_json::Value;

use super::{Place, Row};
use crate::model::Time;

/// What a column holds. Every column may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, UTF-8.
    Text,
    /// A whole number, 64 bits with sign.
    Integer,
    /// A number, double precision.
    Real,
    /// True or false.
    Flag,
    /// A moment, UTC, whole seconds.
    Moment,
}

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Not known.
    Missing,
    /// See [`Kind::Text`].
    Text(Cow<'a, str>),
    /// See [`Kind::Integer`].
    Integer(i64),
    /// See [`Kind::Real`].
    Real(f64),
    /// See [`Kind::Flag`].
    Flag(bool),
    /// See [`Kind::Moment`].
    Moment(Time),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One line on it, for the documentation.
    pub doc: &'static str,
    /// Its cell of a row.
    pub get: for<'a> fn(&Row<'a>) -> Cell<'a>,
}

/// Columns that the path of a part says, and its file therefore does not hold.
pub const PARTITIONED: &[&str] = &["date", "suite"];

const fn text(name: &'static str, doc: &'static str, get: for<'a> fn(&Row<'a>) -> Cell<'a>) -> Column {
    Column { name, kind: Kind::Text, doc, get }
}

const fn of(kind: Kind, name: &'static str, doc: &'static str, get: for<'a> fn(&Row<'a>) -> Cell<'a>) -> Column {
    Column { name, kind, doc, get }
}

/// All columns, in their order. The names are those of the views of the index, where these have the same.
pub static COLUMNS: &[Column] = &[
    text("benchmark", "full identity of the benchmark, parameters included", |r| some(&r.measured.name)),
    text("metric", "`time`, `latency`, `throughput` ...", |r| some(&r.measured.metric)),
    of(Kind::Real, "value", "as the harness gave it; empty: it failed", |r| real(r.measured.value)),
    text("unit", "`ns us ms s B kB MB ops/s` ...; empty: none", |r| filled(&r.measured.unit)),
    text("better", "`lower`, `higher`, `none`", |r| some(r.measured.better.as_str())),
    of(Kind::Integer, "n", "samples behind the value", |r| whole(r.measured.n)),
    of(Kind::Real, "stddev", "standard deviation of the samples", |r| real(r.measured.stddev)),
    of(Kind::Real, "min", "smallest sample", |r| real(r.measured.min)),
    of(Kind::Real, "max", "largest sample", |r| real(r.measured.max)),
    text("id", "UUID of the run", |r| some(&r.run.id)),
    text("commit", "full id of the commit that the run belongs to", |r| some(&r.run.commit)),
    of(Kind::Integer, "position", "first-parent commits of the base branch that lie before; empty: not on it", |r| {
        r.place.map_or(Cell::Missing, |place| match place {
            Place::Commit(n) | Place::Tree(n) => Cell::Integer(n as i64),
        })
    }),
    text("placed", "why it has that position: by its `commit`, or by the same `tree` (a squash)", |r| match r.place {
        None => Cell::Missing,
        Some(Place::Commit(_)) => some("commit"),
        Some(Place::Tree(_)) => some("tree"),
    }),
    of(Kind::Moment, "commit_time", "committer's time of the commit", |r| {
        r.run.ctime.map_or(Cell::Missing, |t| Cell::Moment(Time(t)))
    }),
    of(Kind::Moment, "time", "end of the run", |r| Cell::Moment(r.run.time)),
    of(Kind::Integer, "epoch", "`time` in seconds since 1970", |r| Cell::Integer(r.run.time.0)),
    text("date", "day of `time`, UTC", |r| Cell::Text(r.run.time.date().into())),
    text("branch", "branch", |r| maybe(r.run.branch.as_ref())),
    text("suite", "suite", |r| some(&r.run.suite)),
    text("channel", "`daily`, `local`, `weekly`, `pr`, `release`", |r| some(&r.run.channel)),
    text("tag", "tag", |r| maybe(r.run.tag.as_ref())),
    of(Kind::Integer, "pr", "number of the pull request", |r| whole(r.run.pr)),
    of(Kind::Flag, "dirty", "the work tree had changes", |r| Cell::Flag(r.run.dirty)),
    text("tree", "id of the tree that was measured", |r| maybe(r.run.tree.as_ref())),
    text("who", "who ran it", |r| maybe(r.run.who.as_ref())),
    text("machine", "label, else a description", |r| some(r.machine.label)),
    text("environment", "environment key", |r| some(r.machine.environment)),
    text("platform", "the cloud, else `local`", |r| some(r.machine.platform)),
    text("hardware", "`nvidia`, `tpu`, `amd`, else the architecture", |r| some(r.machine.hardware)),
    text("instance_type", "instance type", |r| fact(r, "instance_type")),
    text("region", "region", |r| fact(r, "region")),
    text("gpu_model", "model of the GPU", |r| fact(r, "gpu_model")),
    of(Kind::Integer, "gpu_count", "number of GPUs", |r| count(r, "gpu_count")),
    text("cpu_model", "model of the CPU", |r| fact(r, "cpu_model")),
    of(Kind::Integer, "cpu_count", "number of CPUs", |r| count(r, "cpu_count")),
    text("os", "operating system", |r| fact(r, "os")),
    text("os_version", "its release", |r| fact(r, "os_version")),
    text("arch", "architecture", |r| fact(r, "arch")),
    text("harness", "harness and its version", |r| maybe(r.run.harness.as_ref())),
    of(Kind::Real, "duration", "seconds that the harness ran", |r| real(r.run.duration)),
    of(Kind::Real, "cost", "USD", |r| real(r.run.cost)),
    text("payload_store", "name of the store of the full result", |r| {
        r.run.payload.as_ref().map_or(Cell::Missing, |p| some(&p.store))
    }),
    text("payload_key", "its key there", |r| r.run.payload.as_ref().map_or(Cell::Missing, |p| some(&p.key))),
    text("payload_sha256", "SHA-256 of its bytes", |r| {
        r.run.payload.as_ref().map_or(Cell::Missing, |p| some(&p.sha256))
    }),
];

/// The columns of a file: all, or those that the path of a part does not say.
pub(super) fn columns(partitioned: bool) -> Vec<&'static Column> {
    COLUMNS.iter().filter(|column| !(partitioned && PARTITIONED.contains(&column.name))).collect()
}

fn some(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

fn maybe(text: Option<&String>) -> Cell<'_> {
    text.map_or(Cell::Missing, |text| some(text))
}

fn filled(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Missing } else { some(text) }
}

fn real<'a>(value: Option<f64>) -> Cell<'a> {
    value.filter(|v| v.is_finite()).map_or(Cell::Missing, Cell::Real)
}

fn whole<'a>(value: Option<u64>) -> Cell<'a> {
    value.and_then(|n| i64::try_from(n).ok()).map_or(Cell::Missing, Cell::Integer)
}

fn fact<'a>(row: &Row<'a>, key: &str) -> Cell<'a> {
    match row.run.env.get(key) {
        None | Some(Value::Null) => Cell::Missing,
        Some(Value::String(text)) => filled(text),
        Some(other) => Cell::Text(other.to_string().into()),
    }
}

/// A number of things; what is no whole number is not known.
fn count<'a>(row: &Row<'a>, key: &str) -> Cell<'a> {
    let number = match row.run.env.get(key) {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    number.map_or(Cell::Missing, Cell::Integer)
}
