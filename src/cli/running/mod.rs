//! `run`: measuring commands, comparing them, wrapping harnesses.

mod groups;
mod harness;
mod measuring;
mod naming;
mod outcome;
mod pytest;
mod versus;
mod words;
mod worktree;
mod wrapping;

use std::sync::Arc;

use git_bench::measure::{self, Command, ExitOutcome, Interrupt, Output, Plan};
use git_bench::store::Added;
use git_bench::{Error, Result};

use super::commands::push;
use super::commands::record::tell;
use super::commands::run::Push;
use super::context::Context;
use super::exit::Outcome;
use super::recording::Recorded;

pub(crate) use measuring::measure;
pub(crate) use naming::Names;
pub(crate) use words::{shell, time};
pub(crate) use worktree::Worktree;
pub(crate) use wrapping::wrap;

/// Runs something beside the measurement, once: a setup, git itself. What it says on standard error is shown.
pub(crate) fn once(command: Command, stdout: Output, interrupt: &Arc<Interrupt>) -> Result<ExitOutcome> {
    let plan = Plan {
        commands: vec![command],
        runs: 1,
        stdout,
        stderr: Output::Inherit,
        interrupt: Some(Arc::clone(interrupt)),
        ..Plan::default()
    };
    let series = measure::run(&plan, &mut |_| {})?;
    Ok(series.first().and_then(|series| series.failed).unwrap_or(ExitOutcome::Success))
}

/// The outcome after Ctrl-C: nothing is kept.
fn interrupted(context: &Context, signal: i32) -> Outcome {
    context.say("interrupted: nothing was recorded");
    passed(128 + signal)
}

/// An exit code that is passed on.
fn passed(code: i32) -> Outcome {
    if code == 0 { Outcome::Done } else { Outcome::Passed(u8::try_from(code).unwrap_or(1)) }
}

/// Tells what was recorded, shares it if asked to, and passes the exit code on. A push that fails after a command that
/// failed is only told.
fn finish(context: &Context, recorded: &[Recorded], push: Option<Push>, code: i32) -> Result<Outcome> {
    for one in recorded.chunks(1) {
        tell(context, one);
    }
    let wanted = push == Some(Push::Always) || (push == Some(Push::Success) && code == 0);
    if wanted {
        match push::push(context, &push::Args::default()) {
            Err(error) if code != 0 => warn_of(context, &error),
            other => {
                other?;
            }
        }
    } else if push == Some(Push::Success) {
        context.say("not pushed: the command failed");
    } else if recorded.iter().any(|one| one.added == Added::New) && !context.repo()?.remotes().is_empty() {
        context.hint("share it with 'git bench push'");
    }
    Ok(passed(code))
}

/// Tells an error that does not end the command.
fn warn_of(context: &Context, error: &Error) {
    context.warn(&error.chain());
    error.hints.iter().for_each(|hint| context.hint(hint));
}
