//! Bytes of a harness or tracker become runs: one reader a file, each an entry of [`IMPORTERS`].
//!
//! A reader claims an input by its content, never by its name; two claims of one input are an error with both names.

mod detect;
mod input;
pub mod json;

mod csv;
mod facts;
mod text;
mod xml;

mod cargo_criterion;
mod catch2_text;
mod catch2_wrap;
mod catch2_xml;
mod criterion_text;
mod criterion_tree;
mod divan;
mod google_benchmark;
mod google_benchmark_rows;
mod google_benchmark_text;
mod gungraun;
mod gungraun_metric;
mod hyperfine;
mod iai_text;
mod junit;
mod libtest;
mod libtest_json;
mod pyperf;
mod pytest_benchmark;
mod pytest_json_report;
mod seed;

pub use detect::{detect, importer, read};
pub use input::{Entry, Input, MAX_INPUT, combined_digest, hex_digest};

use crate::model::{Better, Run};
use crate::{Error, Result};

/// What the caller knows and the file does not say.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The direction of metrics for which the format has none (`--better`).
    pub better: Option<Better>,
    /// Column map of a generic CSV: `(column, role)`.
    pub columns: Vec<(String, String)>,
}

/// A reader of one format.
pub trait Importer: Sync {
    /// The name for `--from` and in `git bench formats`.
    fn name(&self) -> &'static str;

    /// What it reads, one line, for `git bench formats`.
    fn doc(&self) -> &'static str;

    /// The command whose output it reads, for `git bench formats`.
    fn example(&self) -> &'static str;

    /// Whether one input can hold the runs of several commits. Each run then carries its own `entry`.
    fn many(&self) -> bool {
        false
    }

    /// Whether the input is of this format, judged by its content. Cheap: the parsed forms are shared by all readers.
    fn claims(&self, input: &Input) -> bool;

    /// Reads the runs: exactly one, or one a commit where [`Importer::many`] says so, in file order.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] with the path or line of the first fault, where the input is of this format and broken.
    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>>;
}

/// All readers, sorted by name.
pub static IMPORTERS: &[&dyn Importer] = &[
    &cargo_criterion::CargoCriterion,
    &catch2_text::Catch2Text,
    &catch2_xml::Catch2Xml,
    &criterion_text::CriterionText,
    &criterion_tree::CriterionTree,
    &divan::Divan,
    &seed::GitBench,
    &google_benchmark::GoogleBenchmark,
    &gungraun::Gungraun,
    &hyperfine::Hyperfine,
    &iai_text::IaiText,
    &junit::Junit,
    &libtest::Libtest,
    &libtest_json::LibtestJson,
    &pyperf::Pyperf,
    &pytest_benchmark::PytestBenchmark,
    &pytest_json_report::PytestJsonReport,
];

/// The error of an input that is of this format, but broken: subject, place and what was expected.
pub fn broken(input: &Input, format: &str, place: &str, expected: &str) -> Error {
    Error::data(format!("'{}' is no valid {format}: {place}: {expected}", input.name()))
}
