//! `bisect`: stored results first, then measuring what is missing, until one commit is left.

mod ends;
mod levels;
mod line;
mod measuring;
mod search;
mod telling;

use git_bench::Result;
use git_bench::git::Id;

use super::commands::bisect::Args;
use super::context::Context;
use super::exit::Outcome;
use super::options::Selection;
use super::patterns::selected;

pub(crate) use search::search;

/// Name and metric of a pattern: 'NAME' or 'NAME:METRIC', but '::' belongs to names.
fn split(pattern: &str) -> (&str, Option<&str>) {
    match pattern.rsplit_once(':') {
        Some((name, metric)) if !name.ends_with(':') && !metric.is_empty() && !metric.contains(['/', '[']) => {
            (name, Some(metric))
        }
        _ => (pattern, None),
    }
}

/// Takes the series that the pattern fits; of what is timed its time, unless another metric is named.
fn wanted(args: &Args) -> impl Fn(&str, &str) -> bool + use<> {
    let selection = Selection { patterns: vec![args.pattern.clone()], ..Selection::default() };
    let fits = selected(&selection);
    let time = args.time && split(&args.pattern).1.is_none();
    move |benchmark, metric| fits(benchmark, metric) && (!time || metric == "time")
}

/// What is known of a commit for telling it.
fn told(context: &Context, id: Id, value: Option<f64>) -> Result<git_bench::report::bisected::Told> {
    let commit = context.repo()?.commit(id)?;
    Ok(git_bench::report::bisected::Told {
        commit: id.to_string(),
        author: commit.as_ref().map(|c| c.author.clone()).unwrap_or_default(),
        time: commit.as_ref().map(|c| git_bench::model::Time(c.time).to_string()).unwrap_or_default(),
        subject: commit.map(|c| c.subject).unwrap_or_default(),
        value,
    })
}

/// Where a search ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Nothing more is to be looked at.
    Done,
    /// The two ends do not differ.
    SameEnds,
    /// As many commits were measured as are allowed.
    Limit,
}

/// The outcome of a stop by a signal.
fn interrupted(context: &Context, signal: i32, runs: usize) -> Outcome {
    context.say(&format!("interrupted: {runs} run{} recorded", if runs == 1 { " is" } else { "s are" }));
    context.hint("the same command goes on from there");
    Outcome::Passed(u8::try_from(128 + signal).unwrap_or(1))
}
