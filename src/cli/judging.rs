//! From two measured ends to a report: series, questions, verdicts.

use std::collections::BTreeMap;

use git_bench::git::Id;
use git_bench::history::{Group, Measured, Point, Series, SeriesSet, groups, series};
use git_bench::model::{Facts, Pattern, describe};
use git_bench::report::changes::{Changes, FirstBad, Machine, Missing, SeriesChange, Side};
use git_bench::report::{VERSION, Verdict};
use git_bench::stats::{Decision, Question, judge};
use git_bench::{Error, Result};
use serde_json::Value;

use super::context::Context;
use super::ends::Ends;
use super::options::Selection;
use super::settings::{Policy, direction, nearest};

/// How to judge.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How {
    /// Compare the two points themselves (`diff A B`).
    pub(crate) ends: bool,
    /// Judge the last points of the base too (`check` on the base branch).
    pub(crate) look_back: usize,
    /// Compare unlike machines.
    pub(crate) across: bool,
    /// The base's walk began at the head itself, so that distances are of one line.
    pub(crate) one_line: bool,
}

/// One question and what is needed to tell its answer.
struct Asked {
    row: SeriesChange,
    places: Vec<(Id, usize)>,
    base_len: usize,
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
    let mut changes = Changes {
        version: VERSION,
        command,
        verdict: String::new(),
        base: ends.base.clone(),
        head: ends.head.clone(),
        environments: Vec::new(),
        series: Vec::new(),
        missing: Vec::new(),
        new: Vec::new(),
        common_factor: None,
        notes: Vec::new(),
        show_env: false,
    };
    let (mut asked, mut questions) = (Vec::new(), Vec::new());
    let mut names = Vec::new();
    for (group, env) in groups(&ends.head_point, identity) {
        if selection.suite.as_ref().is_some_and(|s| *s != group.suite) {
            continue;
        }
        let in_group = |p: &&Measured| how.across || groups(p, identity).contains_key(&group);
        let base_points: Vec<&Measured> = ends.base_trail.points.iter().filter(in_group).take(policy.window).collect();
        let Some(nearest) = base_points.first() else {
            let label = context.label(&env);
            changes.notes.push(format!("nothing at the base to compare with on {label}, suite {}", group.suite));
            continue;
        };
        let head = series(&[&ends.head_point], &group, identity, false, &wanted);
        let base = series(&base_points, &group, identity, how.across, &wanted);
        note_mixed(&mut changes.notes, &head, &base);
        let label = context.label(&env);
        changes.environments.push(machine(&group, &label, nearest, &env, how.across));
        let environment_names = [group.environment.as_str(), label.as_str()];
        for current in &head.series {
            names.push(current.benchmark.clone());
            match pair(policy, current, base.get(&current.benchmark, &current.metric), &group, &environment_names, how)
            {
                Ok((one, question)) => {
                    asked.push(one);
                    questions.push(question);
                }
                Err(Unpaired::New) => changes.new.push(missing(current, &group, "new at head")),
                Err(Unpaired::Units(why)) => changes.missing.push(missing(current, &group, &why)),
            }
        }
        changes.missing.extend(gone(&head, &base, nearest, &group));
    }
    let judgement = judge(&questions);
    for (asked, decision) in asked.into_iter().zip(&judgement.decisions) {
        changes.series.push(answered(context, asked, decision));
    }
    changes.common_factor = judgement.common_factor;
    changes.notes.extend(judgement.notes);
    check_patterns(context, selection, &names)?;
    changes.settle();
    Ok(changes)
}

/// Which (benchmark, metric) a selection takes.
pub(crate) fn selected(selection: &Selection) -> impl Fn(&str, &str) -> bool + use<> {
    let patterns: Vec<(Pattern, Option<Pattern>)> = selection
        .patterns
        .iter()
        .map(|text| match text.rsplit_once(':') {
            // 'NAME:METRIC', but '::' belongs to names.
            Some((name, metric)) if !name.ends_with(':') && !metric.is_empty() && !metric.contains(['/', '[']) => {
                (Pattern::new(name), Some(Pattern::new(metric)))
            }
            _ => (Pattern::new(text), None),
        })
        .collect();
    let whole: Vec<Pattern> = selection.patterns.iter().map(|p| Pattern::new(p)).collect();
    let metric = selection.metric.as_deref().map(Pattern::new);
    move |benchmark, name| {
        metric.as_ref().is_none_or(|m| m.matches(name))
            && (patterns.is_empty()
                || whole.iter().any(|p| p.matches(benchmark))
                || patterns.iter().any(|(b, m)| b.matches(benchmark) && m.as_ref().is_none_or(|m| m.matches(name))))
    }
}

/// A pattern that fits nothing is told with the nearest name; where none fits, it is an error.
fn check_patterns(context: &Context, selection: &Selection, names: &[String]) -> Result<()> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut fitting = selection.patterns.is_empty();
    for text in &selection.patterns {
        let one = selected(&Selection { patterns: vec![text.clone()], ..selection.clone() });
        // The metric part is not checked here: it fits any.
        let fits = names.iter().any(|name| one(name, "") || Pattern::new(text).matches(name))
            || text.rsplit_once(':').is_some_and(|(b, _)| names.iter().any(|n| Pattern::new(b).matches(n)));
        fitting |= fits;
        if !fits {
            let near = nearest(text, &names).map(|n| format!("; the nearest is '{n}'")).unwrap_or_default();
            context.warn(&format!("'{text}' fits no benchmark{near}"));
        }
    }
    if fitting { Ok(()) } else { Err(Error::no_data("no benchmark fits").hint("git bench show lists the names")) }
}

enum Unpaired {
    New,
    Units(String),
}

fn pair(
    policy: &Policy,
    head: &Series,
    base: Option<&Series>,
    group: &Group,
    environment: &[&str],
    how: How,
) -> Result<(Asked, Question), Unpaired> {
    let base = base.ok_or(Unpaired::New)?;
    let factor = base
        .unit
        .factor_to(&head.unit)
        .ok_or_else(|| Unpaired::Units(format!("its unit changed from '{}' to '{}'", base.unit, head.unit)))?;
    let current = head.points.first().ok_or(Unpaired::New)?;
    let end = base.points.first().ok_or(Unpaired::New)?;
    let judged = policy.rule(&head.benchmark, &head.metric, &head.unit, environment);
    let better = judged.better.unwrap_or(head.better);
    let mut rule = judged.rule;
    (rule.ends, rule.look_back) = (how.ends, how.look_back);
    let points: Vec<_> = base.points.iter().rev().map(|p| to_point(p, factor)).collect();
    let mut places: Vec<(Id, usize)> = base.points.iter().rev().map(|p| (p.commit, p.distance)).collect();
    places.push((current.commit, current.distance));
    let mut notes = Vec::new();
    if let Some(other) = &base.other_unit {
        notes.push(format!("older points in '{other}' are left out"));
    }
    let row = SeriesChange {
        benchmark: head.benchmark.clone(),
        metric: head.metric.clone(),
        unit: head.unit.as_str().to_owned(),
        better: better.as_str().to_owned(),
        environment: group.environment.clone(),
        suite: group.suite.clone(),
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
    let base_len = points.len();
    let question = Question { better: direction(better), base: points, own: vec![to_point(current, 1.0)], rule };
    // Distances across a merge base are of two lines: only those of one line tell a range.
    if !how.one_line
        && let Some(last) = places.last_mut()
    {
        last.1 = usize::MAX;
    }
    Ok((Asked { row, places, base_len }, question))
}

fn to_point(point: &Point, factor: f64) -> git_bench::stats::Point {
    git_bench::stats::Point {
        value: point.value * factor,
        samples: point.samples.iter().map(|s| s * factor).collect(),
        runs: point.run_values.len() as u32,
        run_values: point.run_values.iter().map(|v| v * factor).collect(),
        time: point.time,
        stddev: point.stddev.map(|s| s * factor),
        n: point.n,
    }
}

fn side(point: &Point, value: f64) -> Side {
    Side { value: Some(value), n: point.n, runs: point.run_values.len(), commit: point.commit.to_string() }
}

fn answered(context: &Context, asked: Asked, decision: &Decision) -> SeriesChange {
    let Asked { mut row, places, base_len } = asked;
    row.base.value = Some(decision.base_value);
    row.head.value = Some(decision.head_value);
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
    if let Some(step) = decision.step.filter(|s| changed && s.index > 0 && s.index < base_len) {
        row.first_bad = first_bad(context, &places, step.index);
    }
    row
}

/// The first commit of a new level, with what is not known between it and the last one of the old.
fn first_bad(context: &Context, places: &[(Id, usize)], index: usize) -> Option<FirstBad> {
    let (commit, distance) = *places.get(index)?;
    let (after, before) = *places.get(index.checked_sub(1)?)?;
    let found = context.repo().ok()?.commit(commit).ok().flatten();
    Some(FirstBad {
        commit: commit.to_string(),
        after: after.to_string(),
        unmeasured: before.checked_sub(distance).map_or(0, |steps| steps.saturating_sub(1)),
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
pub(crate) fn all_groups(points: &[&Measured], identity: &[String]) -> BTreeMap<Group, Facts> {
    let mut all = BTreeMap::new();
    for point in points.iter().rev() {
        all.extend(groups(point, identity));
    }
    all
}
