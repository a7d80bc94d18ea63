//! One branch of a page: its measured commits and the series along them.

use std::collections::BTreeMap;

use git_bench::Result;
use git_bench::git::Id;
use git_bench::history::{self, Accepted as Met, Group, Measured, Origin, Reach, Trail, series, trail};
use git_bench::model::parallel::by_parts;
use git_bench::model::{Better, Pattern};
use git_bench::report::history::relative;
use git_bench::report::page::{Accepted, Branch, Machine, Series, Step};

use super::Shared;
use crate::cli::commands::log::{Level, levels, worse};
use crate::cli::context::Context;
use crate::cli::ends::{Asked, WALK_LIMIT};
use crate::cli::judging::all_groups;
use crate::cli::options::Selection;
use crate::cli::patterns::selected;
use crate::cli::settings::Policy;

/// Measured commits of the first branch that are shown behind what another branch has of its own.
const BEHIND: usize = 100;

/// Series that one thread looks at, at least.
const FEW: usize = 16;

/// Reads a branch; `first` is the branch that it leaves, of which only so much is read as shows where it began.
pub(super) fn read(
    context: &Context,
    shared: &mut Shared,
    asked: &Asked,
    first: Option<&Asked>,
    selection: &Selection,
    number: usize,
) -> Result<Branch> {
    let found = walk(context, asked.id, first.map(|f| f.id), number)?;
    let mut branch = Branch {
        name: asked.words.clone(),
        tip: asked.id.to_string(),
        walked: found.walked,
        notes: remarks(&found),
        ..Branch::default()
    };
    for (at, point) in found.points.iter().rev().enumerate() {
        branch.commits.push(shared.commit(context, point.commit, point.time)?);
        branch.distances.push(point.distance);
        if let Origin::Twin(id) = point.origin {
            branch.twins.push((at, id.to_string()));
        }
    }
    for met in &found.accepted {
        branch.accepted.push(accepted(met, shared.commit(context, met.commit, met.accept.time.0)?));
    }
    all_series(context, shared, &found, selection, &mut branch)?;
    Ok(branch)
}

fn walk(context: &Context, tip: Id, first: Option<Id>, number: usize) -> Result<Trail> {
    let repo = context.repo()?;
    let reader = context.store()?.reader()?;
    let own = first.and_then(|first| repo.merge_base(first, tip)).map(|fork| {
        repo.first_parents(tip).take(WALK_LIMIT).take_while(|s| s.as_ref().is_ok_and(|s| s.id != fork)).count()
    });
    let (mut left, mut behind) = (number, BEHIND);
    let reach = Reach { stop: None, limit: WALK_LIMIT, batch: number.min(500), accepts: true };
    trail(repo, &reader, tip, reach, &mut |point| {
        left = left.saturating_sub(1);
        if own.is_some_and(|own| point.distance >= own) {
            behind = behind.saturating_sub(1);
        }
        left == 0 || behind == 0
    })
}

fn remarks(found: &Trail) -> Vec<String> {
    let mut notes = Vec::new();
    if found.cut {
        notes.push("the history ends here: this clone is shallow (git fetch --deepen=100 gets more)".to_owned());
    }
    if found.limited {
        notes.push(format!("only the last {} commits were looked at", found.walked));
    }
    if found.unreadable > 0 {
        notes.push(format!("{} lines could not be read (git bench fsck tells why)", found.unreadable));
    }
    if found.dirty > 0 {
        notes.push(format!("{} runs of a dirty work tree are left out", found.dirty));
    }
    notes
}

fn accepted(met: &Met, commit: usize) -> Accepted {
    let accept = &met.accept;
    Accepted {
        id: accept.id.clone(),
        commit,
        pattern: accept.pattern.clone(),
        metric: accept.metric.clone(),
        reason: accept.reason.clone(),
        who: accept.who.clone(),
        time: accept.time,
        until: accept.until,
    }
}

/// A series with what its history says of it.
struct Read {
    series: history::Series,
    better: Better,
    levels: Vec<Level>,
}

fn all_series(
    context: &Context,
    shared: &mut Shared,
    found: &Trail,
    selection: &Selection,
    branch: &mut Branch,
) -> Result<()> {
    let policy = Policy::of(context.config()?)?;
    let points: Vec<&Measured> = found.points.iter().collect();
    let places: BTreeMap<Id, usize> = points.iter().rev().enumerate().map(|(at, p)| (p.commit, at)).collect();
    let wanted = selected(selection);
    for (group, env) in all_groups(&points, &policy.identity) {
        if selection.suite.as_ref().is_some_and(|s| *s != group.suite) {
            continue;
        }
        let label = context.label(env);
        let set = series(&points, &group, &policy.identity, false, &wanted);
        let mut failures: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for failed in &set.failed {
            let at = places.get(&failed.commit).copied();
            failures.entry((failed.benchmark.clone(), failed.metric.clone())).or_default().extend(at);
        }
        let machine = shared.machine(Machine { environment: group.environment.clone(), label: label.clone() });
        let judged: Vec<Read> = by_parts(set.series, FEW, &|part| {
            let one = |series: history::Series| {
                let names = [group.environment.as_str(), label.as_str()];
                let rule = policy.rule(&series.benchmark, &series.metric, &series.unit, &names);
                Read { better: rule.better.unwrap_or(series.better), levels: levels(&series), series }
            };
            part.into_iter().map(one).collect()
        });
        for read in judged {
            let failed = failures.remove(&(read.series.benchmark.clone(), read.series.metric.clone()));
            branch.series.push(columns(context, found, &places, &group, machine, read, failed.unwrap_or_default()));
        }
        // What failed wherever it ran has no value at all.
        branch.series.extend(failures.into_iter().map(|((benchmark, metric), mut failed)| {
            failed.sort_unstable();
            Series { benchmark, metric, machine, failed, suite: group.suite.clone(), ..Series::default() }
        }));
    }
    Ok(())
}

fn columns(
    context: &Context,
    found: &Trail,
    places: &BTreeMap<Id, usize>,
    group: &Group,
    machine: usize,
    read: Read,
    mut failed: Vec<usize>,
) -> Series {
    failed.sort_unstable();
    let Read { series, better, levels } = read;
    let mut out = Series {
        unit: series.unit.as_str().to_owned(),
        better: better.as_str().to_owned(),
        suite: group.suite.clone(),
        machine,
        failed,
        other_unit: series.other_unit.as_ref().map(|u| u.as_str().to_owned()),
        changes: steps(context, found, &series, better, &levels),
        benchmark: series.benchmark,
        metric: series.metric,
        ..Series::default()
    };
    for point in series.points.iter().rev() {
        out.at.push(places[&point.commit]);
        out.values.push(point.value);
        out.n.push(point.n);
        out.runs.push(point.run_values.len() as u64);
        out.stddev.push(point.stddev);
    }
    out
}

fn steps(context: &Context, found: &Trail, series: &history::Series, better: Better, levels: &[Level]) -> Vec<Step> {
    // Levels count from the oldest point, points from the newest.
    let distance = |index: usize| series.points[series.points.len() - 1 - index].distance;
    let mut steps = Vec::with_capacity(levels.len());
    for (i, level) in levels.iter().enumerate() {
        let (new, old) = (distance(level.index), distance(level.index - 1));
        let next = levels.get(i + 1).map(|next| distance(next.index));
        let covers = |met: &Met| {
            met.distance < old
                && next.is_none_or(|next| met.distance > next)
                && met.accept.until.is_none_or(|until| until >= context.now())
                && Pattern::new(&met.accept.pattern).matches(&series.benchmark)
                && met.accept.metric.as_deref().is_none_or(|m| Pattern::new(m).matches(&series.metric))
        };
        steps.push(Step {
            index: level.index,
            before: level.before,
            level: level.after,
            change: relative(level.before, level.after),
            verdict: match worse(level, better) {
                Some(true) => "regression",
                Some(false) => "improvement",
                None => "changed",
            },
            unmeasured: (old - new).saturating_sub(1),
            accepted: found.accepted.iter().position(covers),
        });
    }
    steps
}
