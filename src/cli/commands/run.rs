//! `git bench run`

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use git_bench::Result;

use super::diff::share;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::recording::{About, Reading};
use crate::cli::running::{measure, time, wrap};

/// Measure a command, compare it with another or with a revision, or wrap a harness
///
/// Measures wall, user and system time and peak memory of COMMAND, -n times, and records them on HEAD. COMMAND runs
/// without a shell; 'sh -c ...' gives one. A command that fails is recorded as failed, and its exit code passed on.
///
/// --vs OTHER and --base REV take turns with OTHER, or with COMMAND in a work tree of REV, in random order, so that what
/// the machine does meanwhile hits both alike, and give a verdict: regression, improvement, unchanged or inconclusive.
///
/// --from FORMAT runs a harness once and records what it prints (or writes, --output), with its arguments, duration and
/// exit code. 'pytest' and 'hyperfine' are told by themselves to write a file; 'auto' detects the format.
///
/// Secrets in COMMAND, home folders, and the names of host and user are not recorded. More in docs/run.md.
#[derive(clap::Args, Debug)]
#[command(override_usage = "git bench run [OPTIONS] -- COMMAND...")]
#[command(after_help = "examples:\n  git bench run -n 20 --warmup 2 -- ./app --size 100\n  \
    git bench run -L threads 1,2,4 -- ./app -j {threads}\n  \
    git bench run --base main --setup 'make' --until-decided -- ./app\n  \
    git bench run --from pytest --push=success -- pytest tests/")]
pub(crate) struct Args {
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Measured runs
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, value_parser = at_least_one)]
    pub(crate) runs: usize,
    /// Unmeasured runs before
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub(crate) warmup: usize,
    /// Runs before each run, in a shell, unmeasured
    #[arg(short, long, value_name = "CMD")]
    pub(crate) prepare: Option<String>,
    /// Measure once for each of these values ('a,b,c'); {NAME} in COMMAND stands for the value
    #[arg(short = 'L', long, value_names = ["NAME", "VALUES"], num_args = 2, allow_hyphen_values = true)]
    pub(crate) parameter_list: Vec<String>,
    /// Measure once for each number from MIN to MAX
    #[arg(short = 'P', long, value_names = ["NAME", "MIN", "MAX"], num_args = 3, allow_hyphen_values = true)]
    pub(crate) parameter_scan: Vec<String>,
    /// The step of --parameter-scan
    #[arg(
        short = 'D',
        long,
        visible_alias = "parameter-step-size",
        value_name = "S",
        requires = "parameter_scan",
        allow_hyphen_values = true
    )]
    pub(crate) step: Option<String>,
    /// Name of the benchmark, instead of the command line
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Longest time of one run (30, 1.5s, 2m); a command that takes longer has failed
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) timeout: Option<Duration>,
    /// Show what the command prints
    #[arg(long)]
    pub(crate) show_output: bool,
    /// Take turns with this command, and judge COMMAND against it
    #[arg(long, value_name = "CMD")]
    pub(crate) vs: Option<String>,
    /// Take turns with COMMAND in a work tree of this revision, and judge COMMAND against it
    #[arg(long, value_name = "REV", conflicts_with = "vs")]
    pub(crate) base: Option<String>,
    /// Builds what is measured, in a shell, in the work tree of --base and here
    #[arg(long, value_name = "CMD", requires = "base")]
    pub(crate) setup: Option<String>,
    /// The order of commands that take turns, as it was printed
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Go on until the verdict on the time is not inconclusive; each look is paid for, so looking often finds nothing
    /// that is not there
    #[arg(long)]
    pub(crate) until_decided: bool,
    /// Most runs of --until-decided (default: 100)
    #[arg(long, value_name = "N", requires = "until_decided", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,
    /// The smallest change that matters, as 2% or 0.02
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) threshold: Option<f64>,
    /// Record the output of this format; 'git bench formats' lists them, and 'pytest' and 'auto' are more
    #[arg(long, value_name = "FORMAT", conflicts_with_all = MEASURING)]
    pub(crate) from: Option<String>,
    /// What the harness writes, instead of its standard output
    #[arg(long, value_name = "FILE|DIR", requires = "from")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) about: About,
    /// Push after recording: always, or only where the command succeeded
    #[arg(long, value_name = "WHEN", value_enum, num_args = 0..=1, require_equals = true,
        default_missing_value = "always")]
    pub(crate) push: Option<Push>,
}

/// Options that mean nothing to a harness, which measures itself.
const MEASURING: &[&str] = &[
    "runs",
    "warmup",
    "prepare",
    "parameter_list",
    "parameter_scan",
    "name",
    "vs",
    "base",
    "seed",
    "until_decided",
    "threshold",
];

/// When to push.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Push {
    /// In any case.
    Always,
    /// Where the command succeeded.
    Success,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "a whole number, at least 1, is expected".into())
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<Outcome> {
    match &args.from {
        Some(from) => wrap(context, args, from),
        None if args.until_decided && args.vs.is_none() && args.base.is_none() => {
            Err(git_bench::Error::usage("'--until-decided' needs something to decide")
                .hint("--vs COMMAND or --base REV says what to compare with"))
        }
        None => measure(context, args),
    }
}
