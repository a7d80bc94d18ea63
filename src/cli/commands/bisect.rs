//! `git bench bisect`

use std::path::PathBuf;
use std::time::Duration;

use git_bench::Result;

use crate::cli::bisecting::search;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::recording::Reading;
use crate::cli::running::time;

/// Find the commit that changed a benchmark
///
/// Searches the commits along the first parents from a good end to a bad one for the one where the level of a series
/// moved. Stored results come first; only what is missing is measured, in a work tree of its own: --setup builds the
/// revision, COMMAND prints what 'git bench record' reads (or is itself what is measured, --time). Every run is recorded
/// on its commit, so the same search again measures nothing twice.
///
/// The ends are --good and --bad; without them those of the last change in the stored results. Where the noise leaves open
/// which level a commit has, it is measured again, up to --runs times. A commit that does not build, or where COMMAND
/// fails, is skipped, and the answer becomes a range.
///
/// Exit codes: 0 found (or one of several that cannot be measured), 3 not decidable: the ends do not differ, the noise is
/// too large, or --limit was reached.
#[derive(clap::Args, Debug)]
#[command(override_usage = "git bench bisect [OPTIONS] PATTERN -- COMMAND...")]
#[command(after_help = "examples:\n  \
    git bench bisect parse --good v1.2 --setup 'make' -- ./bench --json\n  \
    git bench bisect 'BenchmarkParse:sec/op' --from go-bench -- go test -bench Parse .\n  \
    git bench bisect startup --time --good HEAD~50 --setup 'cargo build -r' -- target/release/app --version")]
pub(crate) struct Args {
    /// The series: 'NAME' or 'NAME:METRIC', globs ('*' stands for any text)
    #[arg(value_name = "PATTERN")]
    pub(crate) pattern: String,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// A revision that has the old level (default: the newest stored one before the last change)
    #[arg(long, value_name = "REV")]
    pub(crate) good: Option<String>,
    /// A revision that has the new level (default: HEAD, or without --good the newest stored one)
    #[arg(long, value_name = "REV")]
    pub(crate) bad: Option<String>,
    /// Runs of a commit, at most, where the noise leaves its level open
    #[arg(short = 'n', long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
    /// Commits to measure, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Builds a revision, in a shell, in its work tree; a commit where it fails is skipped
    #[arg(long, value_name = "CMD")]
    pub(crate) setup: Option<String>,
    /// The format of what COMMAND prints, instead of detecting it; 'git bench formats' lists them
    #[arg(long, value_name = "FORMAT")]
    pub(crate) from: Option<String>,
    /// What COMMAND writes, instead of its standard output: a file or folder in the work tree; removed before each run
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Measure the wall time of COMMAND itself
    #[arg(long, conflicts_with_all = ["from", "output"])]
    pub(crate) time: bool,
    /// Longest time of one run (30, 1.5s, 2m); a commit where it takes longer is skipped
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) timeout: Option<Duration>,
    /// The suite (default: that of the stored results)
    #[arg(long, value_name = "NAME")]
    pub(crate) suite: Option<String>,
    /// Facts of the machine: auto (this one), none, or KEY=VALUE; 'machine=NAME' stands for all
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) platform: Vec<String>,
    /// Show what --setup and COMMAND print
    #[arg(long)]
    pub(crate) show_output: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<Outcome> {
    search(context, args)
}
