//! Arguments that many commands share.

use clap::{Args, ValueEnum};
use git_bench::render::{OWN, RENDERERS, Renderer};
use git_bench::stats::METHODS;

/// Where help lists the options that every command takes.
const EVERY: &str = "Options of every command";

/// Options of every command.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = EVERY)]
    pub(crate) directory: Option<std::path::PathBuf>,
    /// When to colour text
    #[arg(long, value_enum, value_name = "WHEN", global = true, help_heading = EVERY)]
    pub(crate) color: Option<When>,
    #[arg(long, value_name = "FORMAT", global = true, help_heading = EVERY, help = formats())]
    pub(crate) format: Option<String>,
    /// Say only what is asked for: no hints, no progress
    #[arg(short, long, global = true, help_heading = EVERY)]
    pub(crate) quiet: bool,
}

/// The formats of all commands, then those of one alone.
fn formats() -> String {
    let with_aliases = |r: &&dyn Renderer| match r.aliases() {
        [] => r.name().to_owned(),
        others => format!("{} (or {})", r.name(), others.join(", ")),
    };
    let all: Vec<String> = RENDERERS.iter().map(with_aliases).collect();
    let mut text = format!("Form of the output: {}", all.join(", "));
    let mut commands: Vec<&str> = OWN.iter().map(|own| own.command).collect();
    commands.dedup();
    for command in commands {
        let names: Vec<&str> = OWN.iter().filter(|own| own.command == command).map(|own| own.name).collect();
        text.push_str(&format!("; '{command}' knows {} too", names.join(", ")));
    }
    text
}

/// The methods of `--method`.
pub(crate) fn methods() -> String {
    let names: Vec<&str> = METHODS.iter().map(|m| m.name()).collect();
    format!("How a series is judged: {}", names.join(", "))
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

impl Selection {
    /// Whether no pattern chooses among the benchmarks.
    pub(crate) fn is_all(&self) -> bool {
        self.patterns.is_empty() && self.metric.is_none()
    }
}
