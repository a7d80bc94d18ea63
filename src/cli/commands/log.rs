//! `git bench log`

use std::collections::BTreeMap;

use git_bench::Result;
use git_bench::git::Id;
use git_bench::history::{Measured, Origin, Reach, series, trail};
use git_bench::model::{Better, Time};
use git_bench::report::VERSION;
use git_bench::report::history::{Change, Log, Point, Series, relative};
use git_bench::stats::{ChangeOptions, Question, Rule, Verdict, change_points, judge};

use super::check::LOOK_BACK;
use crate::cli::context::Context;
use crate::cli::ends::WALK_LIMIT;
use crate::cli::exit::Outcome;
use crate::cli::judging::{all_groups, to_point};
use crate::cli::options::Selection;
use crate::cli::patterns::{self, selected};
use crate::cli::releases;

/// Show how benchmarks developed along the ancestry
///
/// Walks the first parents of a revision and shows each series as a small curve, with the commits where its level changed.
/// With a pattern that leaves few series, each is drawn as a chart with every commit; gaps are commits that were not
/// measured.
///
/// With --tags there is one row a release, newest first: what its runs measured, and how many series are worse or better
/// than at the tag before it. 'git bench diff A B' tells of two releases in full, 'git bench report --release TAG' writes
/// the text for release notes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where to begin (default HEAD), or A..B for the commits of B down to A
    #[arg(value_name = "REV")]
    revision: Option<String>,
    #[command(flatten)]
    selection: Selection,
    /// Measured commits to show at most (default 200), or releases (default 20)
    #[arg(short = 'n', long, value_name = "N")]
    number: Option<usize>,
    /// One row for each tag that the revision contains, or for those that fit a glob
    #[arg(long, value_name = "GLOB", num_args = 0..=1, require_equals = true, default_missing_value = "*",
        conflicts_with = "chart")]
    tags: Option<String>,
    /// Draw charts and list commits, however many series there are
    #[arg(long)]
    chart: bool,
}

/// Up to this many series are drawn as charts where a pattern chose them.
const CHARTS: usize = 3;

/// Measured commits that are shown, unless -n says otherwise.
const COMMITS: usize = 200;

/// Releases that are shown, unless -n says otherwise.
const RELEASES: usize = 20;

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let repo = context.repo()?;
    let (from, stop) = match args.revision.as_deref() {
        None => (repo.resolve("HEAD")?.id, None),
        Some(range) => match range.split_once("...").or_else(|| range.split_once("..")) {
            Some((a, b)) => {
                let a = repo.resolve(if a.is_empty() { "HEAD" } else { a })?.id;
                let b = repo.resolve(if b.is_empty() { "HEAD" } else { b })?.id;
                (b, repo.merge_base(a, b))
            }
            None => (repo.resolve(range)?.id, None),
        },
    };
    if let Some(glob) = &args.tags {
        let wanted = releases::Asked { from, stop, glob, number: args.number.unwrap_or(RELEASES) };
        return releases::log(context, &wanted, &args.selection);
    }
    let reader = context.store()?.reader()?;
    let number = args.number.unwrap_or(COMMITS);
    let mut left = number;
    let found = trail(
        repo,
        &reader,
        from,
        Reach { stop, limit: WALK_LIMIT, batch: number.min(500), accepts: false },
        &mut |_| {
            left = left.saturating_sub(1);
            left == 0
        },
    )?;
    let identity = context.config()?.list("bench.environment");
    let points: Vec<&Measured> = found.points.iter().collect();
    patterns::check(context, &args.selection, &|| patterns::known(&found.points))?;
    let wanted = selected(&args.selection);
    let mut all = Vec::new();
    for (group, env) in all_groups(&points, &identity) {
        if args.selection.suite.as_ref().is_some_and(|s| *s != group.suite) {
            continue;
        }
        let set = series(&points, &group, &identity, false, &wanted);
        for one in set.series {
            all.push(told(context, &points, &one, &group.environment, &context.label(env), &group.suite));
        }
    }
    all.sort_by(|a, b| {
        (&a.benchmark, &a.metric, &a.label, &a.suite).cmp(&(&b.benchmark, &b.metric, &b.label, &b.suite))
    });
    let mut notes = Vec::new();
    if found.cut {
        notes.push("the history ends here: this clone is shallow (git fetch --deepen=100 gets more)".to_owned());
    }
    if found.unreadable > 0 {
        notes.push(format!("{} lines could not be read (git bench fsck tells why)", found.unreadable));
    }
    let chosen = !args.selection.patterns.is_empty() && all.len() <= CHARTS;
    let log = Log {
        version: VERSION,
        command: "log",
        from: from.to_string(),
        walked: found.walked,
        measured: found.points.len(),
        charts: args.chart || chosen,
        series: all,
        notes,
    };
    let empty = log.series.is_empty();
    context.output.report(&log)?;
    if empty {
        let why = if log.measured == 0 { "no commit of this history was measured" } else { "no series fits" };
        context.say(why);
        context.hint("git bench record FILE records a run; git bench pull fetches what others recorded");
        return Ok(Outcome::NoData);
    }
    Ok(Outcome::Done)
}

/// A series as a report has it, oldest point first, with its change points.
pub(crate) fn told(
    context: &Context,
    measured: &[&Measured],
    series: &git_bench::history::Series,
    environment: &str,
    label: &str,
    suite: &str,
) -> Series {
    let places: BTreeMap<Id, &Measured> = measured.iter().map(|m| (m.commit, *m)).collect();
    let place = |id: Id| places.get(&id);
    let points: Vec<Point> = series
        .points
        .iter()
        .rev()
        .map(|p| Point {
            commit: p.commit.to_string(),
            distance: p.distance,
            time: Time(place(p.commit).map_or(0, |m| m.time)).to_string(),
            value: p.value,
            n: p.n,
            runs: p.run_values.len(),
            stddev: p.stddev,
            twin: place(p.commit).and_then(|m| match m.origin {
                Origin::Twin(id) => Some(id.to_string()),
                _ => None,
            }),
        })
        .collect();
    let changes = levels(series).iter().filter_map(|level| change(context, &points, level, series.better)).collect();
    Series {
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        unit: series.unit.as_str().to_owned(),
        better: series.better.as_str().to_owned(),
        environment: environment.to_owned(),
        label: label.to_owned(),
        suite: suite.to_owned(),
        points,
        changes,
        other_unit: series.other_unit.as_ref().map(|u| u.as_str().to_owned()),
    }
}

/// Steps within so many points of each other are one.
const NEAR: usize = 3;

/// Points that a young step at the end is judged with.
const RECENT: usize = 200;

/// Where the level of a series moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    /// First point of the new level, counted from the oldest; at least 1.
    pub(crate) index: usize,
    /// Level before.
    pub(crate) before: f64,
    /// Level after.
    pub(crate) after: f64,
}

/// The change points of a series, oldest first, with the step at its end that is too young for one.
pub(crate) fn levels(series: &git_bench::history::Series) -> Vec<Level> {
    let values: Vec<f64> = series.points.iter().rev().map(|p| p.value).collect();
    let mut found: Vec<Level> = change_points(&values, &ChangeOptions::default())
        .into_iter()
        .filter(|c| c.index > 0)
        .map(|c| Level { index: c.index, before: c.before, after: c.after })
        .collect();
    if let Some(step) = fresh_step(series).filter(|s| found.iter().all(|known| known.index.abs_diff(s.index) > NEAR)) {
        found.push(step);
        found.sort_by_key(|s| s.index);
    }
    found
}

/// The step at the end of a series that is too young for a change point: as 'check' finds it on the base branch.
fn fresh_step(series: &git_bench::history::Series) -> Option<Level> {
    let older = series.points.len().saturating_sub(RECENT);
    let mut points: Vec<_> = series.points.iter().take(RECENT).rev().map(|p| to_point(p.clone(), 1.0)).collect();
    let head = points.pop()?;
    let question = Question {
        // Any direction will do: what is asked is whether the level moved.
        better: git_bench::stats::Better::Lower,
        base: points,
        own: vec![head],
        rule: Rule { look_back: LOOK_BACK, ..Rule::default() },
    };
    let judged = judge(vec![question]);
    let decision = judged.decisions.first()?;
    let moved = matches!(decision.verdict, Verdict::Regression | Verdict::Improvement);
    let step = decision.step.filter(|s| moved && s.index > 0)?;
    Some(Level { index: older + step.index, before: step.before, after: step.after })
}

/// Whether a level is for the worse; `None` where the metric has no direction.
pub(crate) fn worse(level: &Level, better: Better) -> Option<bool> {
    match better {
        Better::Lower => Some(level.after > level.before),
        Better::Higher => Some(level.after < level.before),
        Better::None => None,
    }
}

fn change(context: &Context, points: &[Point], level: &Level, better: Better) -> Option<Change> {
    let Level { index, before, after } = *level;
    let (new, old) = (points.get(index)?, points.get(index.checked_sub(1)?)?);
    let commit = context.repo().ok()?.commit(git_bench::git::id(&new.commit)?).ok().flatten()?;
    let verdict = match worse(level, better) {
        Some(true) => "regression",
        Some(false) => "improvement",
        None => "changed",
    };
    Some(Change {
        commit: new.commit.clone(),
        after: old.commit.clone(),
        unmeasured: (old.distance - new.distance).saturating_sub(1),
        author: commit.author,
        subject: commit.subject,
        time: Time(commit.time).to_string(),
        before,
        level: after,
        change: relative(before, after),
        verdict: verdict.to_owned(),
        index,
    })
}
