//! `git bench check`

use git_bench::git::Repo;
use git_bench::history::Group;
use git_bench::model::Facts;
use git_bench::render::{self, github, junit};
use git_bench::report::Verdict;
use git_bench::report::changes::Changes;
use git_bench::{Error, Kind, Result};

use super::diff::share;
use crate::cli::context::Context;
use crate::cli::ends::{Depth, asked, find, gate};
use crate::cli::exit::Outcome;
use crate::cli::judging::{How, compare};
use crate::cli::notifying::{When, notify};
use crate::cli::options::{Global, Selection, methods};
use crate::cli::settings::Policy;

/// May this be merged? The exit code says it
///
/// Judges HEAD (or REV) against the measured first-parent ancestors of its merge base with the base branch; on the base
/// branch itself against its own past, the last points included, so that a step some commits ago still fails and is named
/// with its first bad commit. The policy is bench.toml as it stands at the tip of the base branch.
///
/// Exit codes: 0 no regression, 1 a regression, 3 not enough data (HEAD was not measured, no comparable base, a benchmark
/// is missing, a shallow clone ends too early).
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The commit to judge
    #[arg(value_name = "REV", default_value = "HEAD")]
    revision: String,
    #[command(flatten)]
    selection: Selection,
    /// What to say of series that are missing at HEAD
    #[arg(long, value_name = "fail|warn|ok", value_parser = ["fail", "warn", "ok"])]
    missing: Option<String>,
    /// Whether an inconclusive series fails (exit 3)
    #[arg(long, value_name = "ok|fail", value_parser = ["ok", "fail"])]
    inconclusive: Option<String>,
    /// The smallest change that matters, as 2% or 0.02
    #[arg(long, value_name = "SHARE", value_parser = share)]
    threshold: Option<f64>,
    #[arg(long, value_name = "METHOD", help = methods())]
    method: Option<String>,
    /// In a shallow clone, fetch as much history as is needed
    #[arg(long)]
    deepen: bool,
    /// Tell the hooks of bench.notify.slack and bench.notify.webhook: always, or only where the outcome is another one than
    /// they were told last of this branch. It never fails the check
    #[arg(long, value_name = "WHEN", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "always")]
    notify: Option<When>,
    /// Print the unchanged series too
    #[arg(short, long)]
    all: bool,
}

/// How many of the base branch's last points are judged with HEAD.
pub(super) const LOOK_BACK: usize = 20;

/// By how many commits a shallow clone is deepened, one after the other.
const DEEPER: &[&str] = &["50", "200", "1000", "5000"];

impl Args {
    /// The commit to judge.
    pub(super) fn revision(&self) -> &str {
        &self.revision
    }
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let mut result = judged(context, &args);
    if args.deepen {
        for more in DEEPER {
            let short = match &result {
                Ok(judged) => judged.short,
                Err(error) => error.kind == Kind::NoData,
            };
            if !short || !context.repo()?.is_shallow() {
                break;
            }
            deepen(context.repo()?, more)?;
            // The directory was changed to already.
            let fresh = Context::new(Global { directory: None, ..context.global.clone() }, None, &|_| ())?;
            result = judged(&fresh, &args);
        }
    }
    let Judged { mut changes, outcome, .. } = result?;
    if args.all {
        context.output.show_all();
    }
    if changes.common_factor.is_none() && changes.series.is_empty() && changes.notes.is_empty() {
        changes.notes.push("nothing was comparable".into());
    }
    print(context, &changes)?;
    if let Some(when) = args.notify {
        notify(context, &changes, when);
    }
    Ok(outcome)
}

fn deepen(repo: &Repo, more: &str) -> Result<()> {
    repo.git()
        .text(&["fetch", "--quiet", &format!("--deepen={more}")])
        .map(|_| ())
        .map_err(|e| Error::storage("cannot deepen the shallow clone").because(e).hint("git fetch --deepen=100"))
}

/// What was found, and whether the clone ends before all points were read that count.
struct Judged {
    changes: Changes,
    outcome: Outcome,
    short: bool,
}

fn judged(context: &Context, args: &Args) -> Result<Judged> {
    let (base, config) = context.trusted(true)?;
    context.tell_if_overruled(&base)?;
    let mut policy = Policy::of(&config)?;
    policy.override_with(args.threshold, args.method.as_deref())?;
    let question = gate(base, asked(context, &args.revision)?)?;
    let reader = context.store()?.reader()?;
    let depth = Depth { window: policy.window, across: false };
    let ends = find(context, &reader, &question, &policy.identity, depth)?;
    let look_back = if ends.on_base { LOOK_BACK } else { 0 };
    let how = How { look_back, ..How::default() };
    let mut changes = compare(context, "check", &policy, &ends, &args.selection, how)?;
    if !ends.elsewhere.is_empty() {
        let place = |(group, env): (&Group, &Facts)| match group.suite.as_str() {
            "default" => context.label(env),
            suite => format!("{} (suite {suite})", context.label(env)),
        };
        let names: Vec<_> = ends.elsewhere.iter().map(place).collect();
        let words = &args.revision;
        changes.notes.push(format!("not judged, since {words} was not measured there: {}", names.join("; ")));
    }
    let missing = args.missing.as_deref().unwrap_or_else(|| config.text("check.missing"));
    let inconclusive = args.inconclusive.as_deref().unwrap_or_else(|| config.text("check.inconclusive"));
    let nothing = changes.series.is_empty() && changes.accepted.is_empty();
    let outcome = if changes.count(Verdict::Regression) > 0 {
        Outcome::No
    } else if nothing
        || (missing == "fail" && !changes.missing.is_empty())
        || (inconclusive == "fail" && changes.count(Verdict::Inconclusive) > 0)
    {
        Outcome::NoData
    } else {
        Outcome::Done
    };
    changes.outcome = Some(match outcome {
        Outcome::No => "fail",
        Outcome::NoData => "no-data",
        _ => "pass",
    });
    if missing == "ok" {
        changes.missing.clear();
    }
    let short = ends.base_trail.cut && context.repo()?.is_shallow();
    if short {
        let read = ends.base_trail.points.len();
        changes.notes.push(format!(
            "this clone is shallow: only {read} measured commits of the base are in it (git bench check --deepen gets more)"
        ));
    }
    Ok(Judged { changes, outcome, short })
}

fn print(context: &Context, changes: &Changes) -> Result<()> {
    match context.output.format() {
        "github" => context.output.write(github::annotations(changes).as_bytes()),
        "junit" => context.output.write(junit::suites(changes).as_bytes()),
        "md" | "markdown" => context.output.write(&render::comment::markdown(changes)),
        _ => context.output.report(changes),
    }
}
