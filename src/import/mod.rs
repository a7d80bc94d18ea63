//! Bytes of a harness or tracker become runs: one reader a file, each an entry of [`IMPORTERS`].
//!
//! A reader claims an input by its content, never by its name; two claims of one input are an error with both names.

mod csv;
mod detect;
mod facts;
mod go_cases;
mod host;
mod input;
pub mod json;
mod scan;
mod table;
mod text;
mod units;
mod xml;

mod asv;
mod asv_console;
mod asv_folder;
mod asv_kind;
mod autocannon;
pub mod bencher;
mod bencher_bmf;
mod benchmarkdotnet;
mod benchmarkjs_json;
mod benchmarkjs_text;
mod benchmarkluau;
mod cargo_criterion;
mod catch2_text;
mod catch2_wrap;
mod catch2_xml;
mod criterion_text;
mod criterion_tree;
mod csv_columns;
mod dart_benchmark_harness;
mod deno_benchmark;
mod divan;
mod fio;
mod gab_custom;
pub mod git_metrics;
pub mod git_perf;
mod github_action_benchmark;
mod go_bench;
mod go_test_json;
mod gobenchdata;
mod google_benchmark;
mod google_benchmark_rows;
mod google_benchmark_text;
mod gungraun;
mod gungraun_metric;
mod hf_optimum;
mod hyperfine;
mod iai_text;
mod jmh;
mod js_console_time;
mod julia_benchmarktools;
mod junit;
mod k6;
mod libtest;
mod libtest_json;
pub mod line_json;
mod llama_bench;
mod mitata;
mod nyrkio;
mod otava_csv;
mod perf_stat;
mod pyperf;
mod pytest_benchmark;
mod pytest_json_report;
mod ruby_benchmark;
mod rust_analyzer_metrics;
mod seed;
mod sysbench;
mod tinybench;
mod vitest_bench;
mod vitest_test_json;

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

    /// Whether it is tried on inputs for which no reader is named. One that is not claims nothing, and reads what it is
    /// given by name.
    fn unasked(&self) -> bool {
        true
    }

    /// Whether the input is of this format, judged by its content. Cheap: the parsed forms are shared by all readers.
    fn claims(&self, input: &Input) -> bool;

    /// Reads the runs: exactly one, or one a commit where [`Importer::many`] says so, in file order.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] with the path or line of the first fault, where the input is of this format and broken.
    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>>;

    /// Reads what can be read: every run, and the fault of each entry that holds none up but itself, in file order.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the input as a whole is broken.
    fn read_each(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Found>> {
        let runs = self.read(input, options)?;
        Ok(runs.into_iter().enumerate().map(|(i, run)| Found::new(format!("run {}", i + 1), Ok(run))).collect())
    }
}

/// An entry of an input that can hold many.
#[derive(Debug)]
pub struct Found {
    /// Where it stands: `entries.Suite[3]`, `line 12`, a path below the folder.
    pub place: String,
    /// Its run, or why there is none.
    pub run: Result<Run>,
}

impl Found {
    /// An entry at this place.
    pub fn new(place: impl Into<String>, run: Result<Run>) -> Self {
        Self { place: place.into(), run }
    }

    /// The runs of all entries, or the first fault among them.
    fn all(found: Vec<Self>) -> Result<Vec<Run>> {
        found.into_iter().map(|entry| entry.run).collect()
    }
}

/// All readers, sorted by name.
pub static IMPORTERS: &[&dyn Importer] = &[
    &asv::Asv,
    &asv_console::AsvConsole,
    &autocannon::Autocannon,
    &bencher_bmf::BencherBmf,
    &benchmarkdotnet::BenchmarkDotNet,
    &benchmarkjs_json::BenchmarkJsJson,
    &benchmarkjs_text::BenchmarkJsText,
    &benchmarkluau::BenchmarkLuau,
    &cargo_criterion::CargoCriterion,
    &catch2_text::Catch2Text,
    &catch2_xml::Catch2Xml,
    &criterion_text::CriterionText,
    &criterion_tree::CriterionTree,
    &csv_columns::Csv,
    &dart_benchmark_harness::DartBenchmarkHarness,
    &deno_benchmark::DenoBenchmark,
    &divan::Divan,
    &fio::Fio,
    &gab_custom::GabCustom,
    &seed::GitBench,
    &github_action_benchmark::GithubActionBenchmark,
    &go_bench::GoBench,
    &go_test_json::GoTestJson,
    &gobenchdata::Gobenchdata,
    &google_benchmark::GoogleBenchmark,
    &gungraun::Gungraun,
    &hf_optimum::HfOptimum,
    &hyperfine::Hyperfine,
    &iai_text::IaiText,
    &jmh::Jmh,
    &js_console_time::JsConsoleTime,
    &julia_benchmarktools::JuliaBenchmarkTools,
    &junit::Junit,
    &k6::K6,
    &libtest::Libtest,
    &libtest_json::LibtestJson,
    &llama_bench::LlamaBench,
    &mitata::Mitata,
    &nyrkio::Nyrkio,
    &otava_csv::OtavaCsv,
    &perf_stat::PerfStat,
    &pyperf::Pyperf,
    &pytest_benchmark::PytestBenchmark,
    &pytest_json_report::PytestJsonReport,
    &ruby_benchmark::RubyBenchmark,
    &rust_analyzer_metrics::RustAnalyzerMetrics,
    &sysbench::Sysbench,
    &tinybench::Tinybench,
    &vitest_bench::VitestBench,
    &vitest_test_json::VitestTestJson,
];

/// The error of an input that is of this format, but broken: subject, place and what was expected.
pub fn broken(input: &Input, format: &str, place: &str, expected: &str) -> Error {
    Error::data(format!("'{}' is no valid {format}: {place}: {expected}", input.name()))
}
