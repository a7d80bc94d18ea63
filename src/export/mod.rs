//! Records for other programs: tables for databases, metrics for monitoring. One format a file, each an entry of
//! [`EXPORTERS`].
//!
//! A table (CSV, JSON Lines, Parquet) has one row a measurement, with the columns of [`COLUMNS`]; it can be cut into parts by
//! date and suite ([`parts`]). Metrics (OpenMetrics, CloudWatch, Cloud Monitoring) share the names of [`points`].
//!
//! ```text
//! run + machine + place on the base branch ─ Row ─▶ Exporter ─▶ documents ─▶ stdout, a file, or parts in a folder or bucket
//! ```

mod cloudwatch;
mod columns;
mod csv;
mod jsonl;
mod monitoring;
mod openmetrics;
mod parquet;
pub mod parts;
pub mod points;

pub use cloudwatch::{NAMESPACE, dimensions};
pub use columns::{COLUMNS, Cell, Column, Kind, PARTITIONED};
pub use monitoring::{label, metric_type};

use crate::model::Time;
use crate::record::{self, RunRecord};

/// Version of the columns; every line of JSON Lines and every list of parts carries it. Columns are added, never changed,
/// within one.
pub const VERSION: u64 = 1;

/// What a machine is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine<'a> {
    /// The environment key.
    pub environment: &'a str,
    /// The configured label, else a description.
    pub label: &'a str,
    /// The cloud, `local` where it is in none.
    pub platform: &'a str,
    /// `nvidia`, `tpu`, `amd`, or the architecture.
    pub hardware: &'a str,
}

/// Where on the base branch a run counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its own commit is a first-parent commit: so many first-parent commits lie before it.
    Commit(u64),
    /// Another first-parent commit has the tree that was measured (a squash, a rebase): the first such one.
    Tree(u64),
}

/// One measurement and all that is known around it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its run; the measurements in it are not looked at.
    pub run: &'a RunRecord,
    /// The machine of the run.
    pub machine: Machine<'a>,
    /// Where the run counts on the base branch.
    pub place: Option<Place>,
    /// The measurement.
    pub measured: &'a record::Row,
}

/// What a format needs from outside.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The time of this call: monitoring services refuse what is old.
    pub now: Time,
    /// The project of Cloud Monitoring.
    pub project: Option<String>,
    /// Whether what a part's path says (date, suite) is left out.
    pub partitioned: bool,
}

/// A writer of one format.
pub trait Exporter: Sync {
    /// The name for `--format`.
    fn name(&self) -> &'static str;
    /// What it writes, one line, for help texts.
    fn doc(&self) -> &'static str;
    /// The ending of its files, without dot.
    fn ending(&self) -> &'static str;
    /// Whether it is a table, which can be cut into parts.
    fn is_table(&self) -> bool;
    /// Begins to write.
    fn begin(&self, options: &Options) -> Box<dyn Writer>;
}

/// A document that is being written.
pub trait Writer {
    /// Takes one more row.
    fn add(&mut self, row: &Row<'_>);
    /// Bytes that can be written out now, so that a long table needs no memory; empty where there are none.
    fn ready(&mut self) -> Vec<u8> {
        Vec::new()
    }
    /// What is left to write.
    fn finish(self: Box<Self>) -> Written;
}

/// The end of a [`Writer`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The documents: of a table the one end of it; of a service as many as its limits want.
    pub documents: Vec<Vec<u8>>,
    /// What the user should know.
    pub remarks: Vec<String>,
}

/// All formats, the default first.
pub static EXPORTERS: &[&dyn Exporter] = &[
    &csv::Csv,
    &jsonl::JsonLines,
    &parquet::Parquet,
    &openmetrics::OpenMetrics,
    &cloudwatch::CloudWatch,
    &monitoring::Monitoring,
];

/// The format of that name.
pub fn exporter(name: &str) -> Option<&'static dyn Exporter> {
    EXPORTERS.iter().copied().find(|exporter| exporter.name() == name)
}

#[cfg(test)]
mod sample;
