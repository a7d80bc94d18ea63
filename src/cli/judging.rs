//! From two measured ends to a report: series, questions, verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use git_bench::git::Id;
use git_bench::history::{Accepted, Group, Measured, Point, Series, SeriesSet, groups, series};
use git_bench::model::parallel::by_two;
use git_bench::model::{Facts, Pattern, describe};
use git_bench::report::Verdict;
use git_bench::report::changes::{AcceptedSeries, Changes, FirstBad, Machine, Missing, SeriesChange, Side};
use git_bench::stats::{Decision, Question, Spread, judge_by};
use git_bench::{Error, Result};
use serde_json::Value;

use super::context::Context;
use super::ends::Ends;
use super::options::Selection;
use super::patterns::{self, selected};
use super::settings::{Policy, direction};

/// How to judge.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How {
    /// Compare the two points themselves (`diff A B`).
    pub(crate) ends: bool,
    /// Judge the last points of the base too (`check` on the base branch).
    pub(crate) look_back: usize,
    /// Compare unlike machines.
    pub(crate) across: bool,
}

/// This thread and its helper.
struct ByTwo;

impl Spread for ByTwo {
    fn map<S, R>(&self, on: &Arc<S>, count: usize, work: fn(&S, usize) -> R) -> Vec<R>
    where
        S: Send + Sync + 'static,
        R: Send + 'static,
    {
        by_two(on, count, work)
    }
}

/// One question and what is needed to tell its answer.
struct Asked {
    row: SeriesChange,
    places: Vec<Place>,
    /// The accepted change at which its baseline begins.
    since: Option<String>,
}

/// Where a point of a question lies: so far from where the walk of its trail began.
#[derive(Clone, Copy)]
struct Place {
    distance: usize,
    of: Line,
}

/// The trail that a point lies on.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Base,
    /// The branch's own points, the head among them.
    Own,
}

/// Judges every series of the head.
pub(crate) fn compare(
    context: &Context,
    command: &'static str,
    policy: &Policy,
    ends: &Ends,
    selection: &Selection,
    how: How,
) -> Result<Changes> {
    let identity = &policy.identity;
    let wanted = selected(selection);
    let mut changes = Changes::new(command, ends.base.clone(), ends.head.clone());
    let (mut asked, mut questions) = (Vec::new(), Vec::new());
    let mut places = BTreeSet::new();
    let measured = groups(&ends.head_point, identity);
    suite_is_there(selection, &measured)?;
    for (group, env) in measured {
        if selection.suite.as_ref().is_some_and(|s| *s != group.suite) {
            continue;
        }
        let label = context.label(env);
        let in_group = |p: &&Measured| how.across || p.is_in(&group, identity);
        let base_points: Vec<&Measured> = ends.base_trail.points.iter().filter(in_group).take(policy.window).collect();
        let Some(nearest) = base_points.first() else {
            changes.notes.push(format!("nothing at the base to compare with on {label}, suite {}", group.suite));
            continue;
        };
        let own: Vec<&Measured> =
            [&ends.head_point].into_iter().chain(ends.own_trail.points.iter().filter(in_group)).collect();
        let head = series(&own[..1], &group, identity, false, &wanted);
        let mut own = series(&own, &group, identity, false, &wanted);
        let mut base = series(&base_points, &group, identity, how.across, &wanted);
        note_mixed(&mut changes.notes, &head, &base);
        changes.environments.push(machine(&group, &label, nearest, env, how.across));
        places.extend([group.environment.clone(), label.clone()]);
        let sides = Sides { policy, group: &group, names: &[&group.environment, &label], ends, how };
        let gone = gone(&head, &base, nearest, &group);
        for current in &head.series {
            let of_base = base.take(&current.benchmark, &current.metric);
            let before = own.take(&current.benchmark, &current.metric).unwrap_or_else(|| current.clone());
            match sides.pair(current, before, of_base) {
                Ok((one, question)) => {
                    asked.push(one);
                    questions.push(question);
                }
                Err(Unpaired::New) => changes.new.push(missing(current, &group, "new at head")),
                Err(Unpaired::Units(why)) => changes.missing.push(missing(current, &group, &why)),
                Err(Unpaired::Accepted(accepted)) => changes.accepted.push(*accepted),
            }
        }
        for gone in gone {
            match sides.accept_of(&gone.benchmark, &gone.metric) {
                Some(found) if sides.at_head(found) => {
                    changes.accepted.push(sides.accepted(found, &gone.benchmark, &gone.metric))
                }
                _ => changes.missing.push(gone),
            }
        }
    }
    changes.notes.extend(restarted(&asked));
    let judgement = judge_by(questions, &ByTwo);
    for (asked, decision) in asked.into_iter().zip(&judgement.decisions) {
        changes.series.push(answered(context, ends, asked, decision));
    }
    changes.common_factor = judgement.common_factor;
    changes.notes.extend(judgement.notes);
    let points = || [&ends.head_point].into_iter().chain(&ends.base_trail.points);
    patterns::check(context, selection, &|| patterns::known(points()))?;
    if selection.is_all() {
        changes.notes.extend(policy.unmatched(&|| patterns::known(points()), &places));
    }
    changes.settle();
    Ok(changes)
}

/// A suite that was asked for must be one of the head's.
fn suite_is_there(selection: &Selection, measured: &BTreeMap<Group, &Facts>) -> Result<()> {
    let Some(suite) = selection.suite.as_deref() else { return Ok(()) };
    let suites: BTreeSet<String> = measured.keys().map(|g| format!("'{}'", g.suite)).collect();
    if suites.contains(&format!("'{suite}'")) {
        return Ok(());
    }
    let known = suites.into_iter().collect::<Vec<_>>().join(", ");
    Err(Error::no_data(format!("the head was not measured in suite '{suite}', only in {known}"))
        .hint("git bench record --suite NAME names the suite of a run"))
}

/// Which accepted changes the baselines begin at: a verdict that rests on one says so.
fn restarted(asked: &[Asked]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for since in asked.iter().filter_map(|one| one.since.as_deref()) {
        *counts.entry(since).or_default() += 1;
    }
    let series = |n: usize| if n == 1 { "1 series begins".into() } else { format!("{n} series begin") };
    counts.into_iter().map(|(since, n)| format!("{since}: the baseline of {} there", series(n))).collect()
}

enum Unpaired {
    New,
    Units(String),
    Accepted(Box<AcceptedSeries>),
}

/// What all series of one environment and suite share.
struct Sides<'a> {
    policy: &'a Policy,
    group: &'a Group,
    names: &'a [&'a str],
    ends: &'a Ends,
    how: How,
}

impl Sides<'_> {
    /// The newest accepted change that counts for a series.
    fn accept_of(&self, benchmark: &str, metric: &str) -> Option<&Accepted> {
        let judged = self.ends.head_point.runs.last().map_or(0, |r| r.time.0);
        let fits = |found: &&Accepted| {
            let accept = &found.accept;
            accept.until.is_none_or(|until| until.0 >= judged)
                && Pattern::new(&accept.pattern).matches(benchmark)
                && accept.metric.as_deref().is_none_or(|m| Pattern::new(m).matches(metric))
        };
        let own = self.ends.own_trail.accepted.iter().filter(fits).min_by_key(|f| f.distance);
        own.or_else(|| self.ends.base_trail.accepted.iter().filter(fits).min_by_key(|f| f.distance))
    }

    fn of_branch(&self, found: &Accepted) -> bool {
        self.ends.own_trail.accepted.iter().any(|own| own.accept.id == found.accept.id)
    }

    /// Whether it was accepted at the head, or on the way there from the base.
    fn at_head(&self, found: &Accepted) -> bool {
        self.of_branch(found) || (self.ends.on_base && found.distance == 0)
    }

    fn accepted(&self, found: &Accepted, benchmark: &str, metric: &str) -> AcceptedSeries {
        AcceptedSeries {
            benchmark: benchmark.to_owned(),
            metric: metric.to_owned(),
            environment: self.group.environment.clone(),
            suite: self.group.suite.clone(),
            id: found.accept.id.clone(),
            commit: found.commit.to_string(),
            reason: found.accept.reason.clone(),
            until: found.accept.until.map(|t| t.to_string()),
        }
    }

    /// The question of one series; its points move into it.
    fn pair(&self, head: &Series, own: Series, base: Option<Series>) -> Result<(Asked, Question), Unpaired> {
        let base = base.ok_or(Unpaired::New)?;
        let factor = base
            .unit
            .factor_to(&head.unit)
            .ok_or_else(|| Unpaired::Units(format!("its unit changed from '{}' to '{}'", base.unit, head.unit)))?;
        let current = head.points.first().ok_or(Unpaired::New)?;
        let judged = self.policy.rule(&head.benchmark, &head.metric, &head.unit, self.names);
        let better = judged.better.unwrap_or(head.better);
        let mut rule = judged.rule;
        (rule.ends, rule.look_back) = (self.how.ends, self.how.look_back);
        let (mut notes, mut since) = (Vec::new(), None);
        // The baseline starts anew at an accepted change; at the head itself there is none to compare with.
        let (mut past, mut newer) = (base.points, own.points);
        let (mut factor, mut line) = (factor, Line::Base);
        if let Some(found) = self.accept_of(&head.benchmark, &head.metric) {
            if self.of_branch(found) {
                // What lies at or after the accepted commit of the branch is compared with its own beginning.
                newer.retain(|p| p.distance <= found.distance);
                past = newer.split_off(1);
                (factor, line) = (1.0, Line::Own);
            } else {
                past.retain(|p| p.distance <= found.distance);
            }
            if past.is_empty() {
                return Err(Unpaired::Accepted(Box::new(self.accepted(found, &head.benchmark, &head.metric))));
            }
            notes.push(format!("baseline since {}: {}", short(found.commit), found.accept.reason));
            since = Some(format!("accepted at {} ({})", short(found.commit), found.accept.reason));
        }
        let end = past.first().ok_or(Unpaired::New)?;
        if let Some(other) = &base.other_unit {
            notes.push(format!("older points in '{other}' are left out"));
        }
        let row = SeriesChange {
            benchmark: head.benchmark.clone(),
            metric: head.metric.clone(),
            unit: head.unit.as_str().to_owned(),
            better: better.as_str().to_owned(),
            environment: self.group.environment.clone(),
            suite: self.group.suite.clone(),
            base: side(end, end.value * factor),
            head: side(current, current.value),
            change: None,
            difference: 0.0,
            verdict: Verdict::Inconclusive,
            threshold: rule.threshold,
            noise: None,
            p: None,
            q: None,
            interval: None,
            smallest_effect: None,
            more_runs: None,
            first_bad: None,
            notes,
        };
        let own_line = if self.ends.on_base { Line::Base } else { Line::Own };
        past.reverse();
        newer.reverse();
        let place = |of: Line| move |p: &Point| Place { distance: p.distance, of };
        let places = past.iter().map(place(line)).chain(newer.iter().map(place(own_line))).collect();
        let question = Question {
            better: direction(better),
            base: past.into_iter().map(|p| to_point(p, factor)).collect(),
            own: newer.into_iter().map(|p| to_point(p, 1.0)).collect(),
            rule,
        };
        Ok((Asked { row, places, since }, question))
    }
}

fn short(id: Id) -> String {
    id.to_string()[..8].to_owned()
}

pub(crate) fn to_point(point: Point, factor: f64) -> git_bench::stats::Point {
    let times = |mut values: Vec<f64>| {
        values.iter_mut().for_each(|v| *v *= factor);
        values
    };
    git_bench::stats::Point {
        value: point.value * factor,
        runs: point.run_values.len() as u32,
        // Of one run it is the value.
        run_values: if point.run_values.len() == 1 { Vec::new() } else { times(point.run_values.into_vec()) },
        samples: times(point.samples),
        time: point.time,
        stddev: point.stddev.map(|s| s * factor),
        n: point.n,
    }
}

fn side(point: &Point, value: f64) -> Side {
    Side { value: Some(value), n: point.n, runs: point.run_values.len(), commit: point.commit.to_string() }
}

fn answered(context: &Context, ends: &Ends, asked: Asked, decision: &Decision) -> SeriesChange {
    let Asked { mut row, places, .. } = asked;
    // Levels that went through a logarithm and back come a rounding off the value that was recorded.
    let exact = |level: f64, recorded: Option<f64>| match recorded {
        Some(value) if (level - value).abs() <= 1e-12 * value.abs() => value,
        _ => level,
    };
    row.base.value = Some(exact(decision.base_value, row.base.value));
    row.head.value = Some(exact(decision.head_value, row.head.value));
    row.change = decision.change;
    row.difference = decision.difference;
    row.verdict = decision.verdict.into();
    row.noise = decision.noise;
    row.p = decision.p;
    row.q = decision.q;
    row.interval = decision.interval;
    row.smallest_effect = decision.smallest_effect;
    row.more_runs = decision.more_runs;
    row.notes.extend(decision.notes.iter().cloned());
    let changed = matches!(row.verdict, Verdict::Regression | Verdict::Improvement);
    if let Some(step) = decision.step.filter(|s| changed && s.index > 0 && s.index + 1 < places.len()) {
        row.first_bad = first_bad(context, ends, &places, step.index);
    }
    row
}

/// The first commit of a new level, with what is not known between it and the last one of the old.
fn first_bad(context: &Context, ends: &Ends, places: &[Place], index: usize) -> Option<FirstBad> {
    let (new, old) = (places.get(index)?, places.get(index.checked_sub(1)?)?);
    let commit = |place: &Place| {
        let (trail, head) = (&ends.base_trail.points, [&ends.head_point]);
        let mut all = match place.of {
            Line::Base => trail.iter().chain(head),
            Line::Own => ends.own_trail.points.iter().chain(head),
        };
        all.find(|p| p.distance == place.distance).map(|p| p.commit)
    };
    let (new_commit, old_commit) = (commit(new)?, commit(old)?);
    let found = context.repo().ok()?.commit(new_commit).ok().flatten();
    // Distances across a merge base are of two lines.
    let unmeasured = if new.of == old.of { old.distance.saturating_sub(new.distance + 1) } else { 0 };
    Some(FirstBad {
        commit: new_commit.to_string(),
        after: old_commit.to_string(),
        unmeasured,
        author: found.as_ref().map(|c| c.author.clone()).unwrap_or_default(),
        subject: found.map(|c| c.subject).unwrap_or_default(),
    })
}

fn missing(series: &Series, group: &Group, why: &str) -> Missing {
    Missing {
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        environment: group.environment.clone(),
        suite: group.suite.clone(),
        why: why.to_owned(),
    }
}

/// Series of the nearest base point that the head has not.
fn gone(head: &SeriesSet, base: &SeriesSet, nearest: &Measured, group: &Group) -> Vec<Missing> {
    base.series
        .iter()
        .filter(|s| s.points.first().is_some_and(|p| p.commit == nearest.commit))
        .filter(|s| head.get(&s.benchmark, &s.metric).is_none())
        .map(|s| {
            let failed = head.failed.iter().any(|f| f.benchmark == s.benchmark && f.metric == s.metric);
            missing(s, group, if failed { "failed at head" } else { "missing at head" })
        })
        .collect()
}

fn note_mixed(notes: &mut Vec<String>, head: &SeriesSet, base: &SeriesSet) {
    let mixed: Vec<&str> = head.mixed.union(&base.mixed).map(String::as_str).collect();
    if !mixed.is_empty() {
        let text = format!(
            "runs of one commit that differ in {} are pooled: give them a --suite each, or add it to bench.environment",
            mixed.join(", ")
        );
        if !notes.contains(&text) {
            notes.push(text);
        }
    }
}

fn machine(group: &Group, label: &str, base: &Measured, env: &Facts, across: bool) -> Machine {
    let lines = |env: &Facts| env.iter().map(|(k, v)| format!("{k}: {}", plain(v))).collect();
    let base_run = base.runs.iter().rev().find(|r| across || r.suite == group.suite);
    Machine {
        environment: group.environment.clone(),
        label: label.to_owned(),
        suite: group.suite.clone(),
        base_env: base_run.map(|r| lines(&r.env)).unwrap_or_default(),
        head_env: lines(env),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Context {
    /// What people call the machine of an env: the first `[[label]]` that fits, else a description.
    pub(crate) fn label(&self, env: &Facts) -> String {
        let labels = self.config().map(|c| c.labels.as_slice()).unwrap_or_default();
        labels.iter().find(|l| l.fits(env)).map_or_else(|| describe(env), |l| l.name.clone())
    }
}

/// Groups by environment, for a list of measured commits.
pub(crate) fn all_groups<'m>(points: &[&'m Measured], identity: &[String]) -> BTreeMap<Group, &'m Facts> {
    let mut all = BTreeMap::new();
    for point in points.iter().rev() {
        all.extend(groups(point, identity));
    }
    all
}
