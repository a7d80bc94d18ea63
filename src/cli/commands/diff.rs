//! `git bench diff`

use git_bench::Result;
use git_bench::report::Verdict;
use git_bench::report::changes::Changes;

use crate::cli::benchstat::{self, Asked};
use crate::cli::context::Context;
use crate::cli::ends::{Depth, Ends, Question, find, question};
use crate::cli::exit::Outcome;
use crate::cli::judging::{How, compare};
use crate::cli::options::{Selection, methods};
use crate::cli::settings::Policy;

/// Show what a branch changed, or how two revisions differ
///
/// 'A..B' (and 'A...B') asks what the commits of B changed that A has not: from the merge base on. 'A B' compares the two
/// revisions themselves. Without arguments: the base branch..HEAD. The first lines say which commits were really
/// compared, and why. A series is a regression, an improvement, unchanged, or inconclusive; noise comes from its own
/// history. Only like machines are compared.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// 'A..B', 'A...B', or one or two revisions
    #[arg(value_name = "REV")]
    revisions: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Exit with 1 if anything changed (3 if nothing was comparable)
    #[arg(long)]
    exit_code: bool,
    /// Show the text diff of the two environments
    #[arg(long)]
    env: bool,
    /// Compare unlike machines, too
    #[arg(long)]
    across: bool,
    /// The smallest change that matters, as 2% or 0.02
    #[arg(long, value_name = "SHARE", value_parser = share)]
    threshold: Option<f64>,
    #[arg(long, value_name = "METHOD", help = methods())]
    method: Option<String>,
    /// Print the unchanged series too
    #[arg(short, long)]
    all: bool,
}

/// `2%` and `0.02`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|p| p / 100.0),
        None => text.parse(),
    };
    number.ok().filter(|n| n.is_finite() && *n >= 0.0).ok_or_else(|| "a share such as 2% or 0.02 is expected".into())
}

impl Args {
    /// What was asked for.
    pub(super) fn revisions(&self) -> Vec<&str> {
        self.revisions.iter().map(String::as_str).collect()
    }
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let question = question(context, &args.revisions)?;
    let mut policy = Policy::of(context.config()?)?;
    policy.override_with(args.threshold, args.method.as_deref())?;
    let (mut changes, ends) = compared(context, &question, &policy, &args.selection, args.across)?;
    changes.show_env = args.env;
    if args.all {
        context.output.show_all();
    }
    if context.output.format() == "benchstat" {
        let asked = Asked { selection: &args.selection, identity: &policy.identity, across: args.across };
        benchstat::print(context, &changes, &ends, asked)?;
    } else {
        context.output.report(&changes)?;
    }
    if changes.series.is_empty() {
        return Ok(Outcome::NoData);
    }
    // The process ends soon: thousands of small pieces need not be given back one by one.
    std::mem::forget(ends);
    let differs = changes.series.iter().any(|s| match s.verdict {
        Verdict::Regression | Verdict::Improvement => true,
        Verdict::Inconclusive => s.change.map_or(s.difference != 0.0, |c| c.abs() >= s.threshold),
        Verdict::Unchanged => false,
    });
    Ok(if args.exit_code && differs { Outcome::No } else { Outcome::Done })
}

/// The answer to a question over the series that are selected, and the ends that it is about.
///
/// # Errors
/// [`git_bench::Kind::NoData`] where one of the ends was never measured.
pub(crate) fn compared(
    context: &Context,
    question: &Question,
    policy: &Policy,
    selection: &Selection,
    across: bool,
) -> Result<(Changes, Ends)> {
    let reader = context.store()?.reader()?;
    let ends = find(context, &reader, question, &policy.identity, Depth { window: policy.window, across })?;
    let how = How { ends: matches!(question, Question::Ends { .. }), across, ..How::default() };
    Ok((compare(context, "diff", policy, &ends, selection, how)?, ends))
}
