//! The terminal: arguments, environment, output, exit codes. Everything else is in the library.

mod ages;
#[cfg(feature = "index")]
mod asking;
mod base;
mod benchstat;
mod bisecting;
mod checking;
mod commands;
mod completing;
mod context;
mod ends;
mod exit;
#[cfg(feature = "index")]
mod exporting;
mod git_config;
mod importing;
mod judging;
#[cfg(unix)]
mod memory;
mod mending;
mod notifying;
mod options;
mod output;
mod patterns;
mod progress;
mod pruning;
mod recording;
mod releases;
mod reporting;
mod running;
mod settings;
mod sharing;
mod stores;
mod weeks;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

use context::Context;
use exit::Outcome;
#[cfg(unix)]
pub(crate) use memory::StretchFirst;
use options::Global;

/// Benchmark and test results in git.
///
/// 'git bench record' keeps what your harness printed as a line in git notes, keyed by the commit, and sends the full
/// result to a bucket or a folder; 'git bench diff' says what a branch changed; 'git bench check' fails on a regression.
///
/// Start with 'git bench init', then run your benchmarks and 'git bench record FILE'. 'git bench help COMMAND' tells more
/// ('git bench --help' shows the manual page, if 'git bench man --install' was run).
#[derive(Parser, Debug)]
#[command(name = "git-bench", bin_name = "git bench", version, propagate_version = true, max_term_width = 100)]
#[command(disable_help_subcommand = false, arg_required_else_help = true)]
#[command(after_help = "'git bench help' tells more; exit codes: 0 done or yes, 1 no (a regression), 2 usage, 3 not \
                        enough data, 4 repository or unreadable input, 5 storage or network")]
struct Program {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: commands::Command,
}

/// Runs the program and gives its exit code.
pub(crate) fn main() -> ExitCode {
    let ahead = git_config::read_ahead(std::env::args_os());
    let parse = |command: clap::Command| command.try_get_matches().and_then(|m| Program::from_arg_matches(&m));
    // What is told instead of a run (help, a usage error) needs the whole.
    let Program { global, command } = match parse(parser()).or_else(|_| parse(whole())) {
        Ok(program) => program,
        Err(error) => return exit::of_clap(&error),
    };
    let context = match Context::new(global, ahead, &|repo| commands::foresee(&command, repo)) {
        Ok(context) => context,
        Err(error) => return exit::fail(&error, false),
    };
    let outcome = commands::run(command, &context).and_then(|outcome| {
        context.finish()?;
        Ok(outcome)
    });
    match outcome {
        Ok(outcome) => outcome.code(),
        Err(error) if exit::is_closed_pipe(&error) => Outcome::Done.code(),
        Err(error) => exit::fail(&error, context.colour_err()),
    }
}

/// The parser, its commands without their arguments until they are built.
fn parser() -> clap::Command {
    Program::command()
}

/// The parser of the whole command line, for man pages and tests.
fn whole() -> clap::Command {
    let mut command = parser();
    command.build();
    command
}
