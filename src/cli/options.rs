//! Arguments that many commands share.

use clap::{Args, ValueEnum};

/// Options of every command.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<std::path::PathBuf>,
    /// When to colour text
    #[arg(long, value_enum, value_name = "WHEN", global = true)]
    pub(crate) color: Option<When>,
    /// Form of the output: text (or table), md, json, csv; some commands know more
    #[arg(long, value_name = "FORMAT", global = true)]
    pub(crate) format: Option<String>,
    /// Say only what is asked for: no hints, no progress
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// When to do something for the eye.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

/// Which series.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Selection {
    /// Only benchmarks that fit one of these globs ('*' stands for any text); 'NAME:METRIC' names a metric too
    #[arg(last = true, value_name = "PATTERN")]
    pub(crate) patterns: Vec<String>,
    /// Only this metric
    #[arg(long, value_name = "GLOB")]
    pub(crate) metric: Option<String>,
    /// Only this suite
    #[arg(long, value_name = "SUITE")]
    pub(crate) suite: Option<String>,
}
