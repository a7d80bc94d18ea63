//! What was found, as a report.

use std::collections::BTreeMap;

use git_bench::Result;
use git_bench::git::Id;
use git_bench::history::bisect::{Answer, Standing};
use git_bench::model::Better;
use git_bench::report::VERSION;
use git_bench::report::bisected::{Bisected, Candidate, Step};
use git_bench::report::history::relative;

use super::search::{Search, State};
use super::{Stop, told};
use crate::cli::exit::Outcome;

/// A commit that explains less than this part of the way between the two levels is not alone.
const WHOLE: f64 = 2.0 / 3.0;

/// Prints the report; the outcome says whether something was found.
pub(super) fn tell(search: &Search<'_>, stop: Stop) -> Result<Outcome> {
    let Some(state) = search.state()? else {
        // Only '--limit' ends a search before both ends are known.
        search.context.say("the ends are not measured yet: nothing can be said");
        search.context.hint("a larger --limit goes on; what was measured is kept");
        return Ok(Outcome::NoData);
    };
    let report = report(search, &state, stop)?;
    search.context.output.report(&report)?;
    hints(search, &report, stop)?;
    Ok(if report.outcome == "undecided" { Outcome::NoData } else { Outcome::Done })
}

fn report(search: &Search<'_>, state: &State, stop: Stop) -> Result<Bisected> {
    let (low, high) = state.bisection.range();
    let (low, high) = (search.low + low, search.low + high);
    let at = |at: usize| told(search.context, search.line.commits[at].id, value(state, at));
    let series = &state.known.series;
    let same = stop == Stop::SameEnds;
    let answer = state.bisection.answer();
    let found = match answer {
        Answer::Commit(commit) if !same => Some(at(search.low + commit)?),
        _ => None,
    };
    let candidates = match answer {
        Answer::Range { first, last } if !same => {
            let range = search.low + first..=search.low + last;
            range.map(|i| Ok(Candidate { at: at(i)?, why: why(search, state, i) })).collect::<Result<Vec<_>>>()?
        }
        _ => Vec::new(),
    };
    let skipped = (low + 1..high).all(|i| search.skipped.contains_key(&i));
    let outcome = match () {
        () if found.is_some() => "found",
        () if !candidates.is_empty() && skipped => "range",
        () => "undecided",
    };
    let (low, high) = if same { (search.low, search.high) } else { (low, high) };
    let (before, after) = (value(state, low), value(state, high));
    let worse = before.zip(after).map(|(before, after)| match series.better {
        Better::Lower => after > before,
        Better::Higher => after < before,
        Better::None => false,
    });
    let ends = [0, search.line.commits.len() - 1];
    Ok(Bisected {
        version: VERSION,
        command: "bisect",
        outcome,
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        unit: series.unit.as_str().to_owned(),
        better: series.better.as_str().to_owned(),
        environment: search.group.environment.clone(),
        label: search.label.clone(),
        suite: search.group.suite.clone(),
        good: at(ends[0])?,
        bad: at(ends[1])?,
        found,
        candidates,
        before,
        after,
        change: before.zip(after).and_then(|(before, after)| relative(before, after)),
        verdict: match (series.better, worse) {
            _ if same => "unchanged",
            (Better::None, _) | (_, None) => "changed",
            (_, Some(true)) => "regression",
            (_, Some(false)) => "improvement",
        },
        commits: search.line.commits.len() - 1,
        measured: search.order.len(),
        runs: search.runs,
        steps: steps(search, state)?,
        notes: notes(search, state, stop),
    })
}

fn value(state: &State, at: usize) -> Option<f64> {
    state.known.at.get(&at).map(|point| point.value)
}

/// Every commit that was decided or could not be, oldest first.
fn steps(search: &Search<'_>, state: &State) -> Result<Vec<Step>> {
    let mut steps = BTreeMap::new();
    let step = |at: usize, standing: Standing, value: Option<f64>, runs: usize, label: &str| -> Result<Step> {
        let order = search.order.iter().position(|known| *known == at).map(|place| place + 1);
        Ok(Step {
            at: told(search.context, search.line.commits[at].id, value)?,
            verdict: match standing {
                Standing::Good => "good",
                Standing::Bad => "bad",
                Standing::Unknown => "unknown",
                Standing::Skip => "skip",
            },
            source: if order.is_some() { "measured" } else { "stored" },
            order,
            runs,
            label: label.to_owned(),
            why: why(search, state, at).filter(|_| matches!(standing, Standing::Skip | Standing::Unknown)),
        })
    };
    for (at, (standing, value, runs)) in &search.elsewhere {
        steps.insert(*at, step(*at, *standing, Some(*value), *runs, &search.elsewhere_label)?);
    }
    for at in search.low..=search.high {
        let Some(standing) = state.bisection.standing(at - search.low) else { continue };
        let point = state.known.at.get(&at);
        let runs = point.map_or(0, |point| point.run_values.len());
        steps.insert(at, step(at, standing, point.map(|point| point.value), runs, &search.label)?);
    }
    Ok(steps.into_values().collect())
}

/// Why nothing is known of a commit in the range.
fn why(search: &Search<'_>, state: &State, at: usize) -> Option<String> {
    match at.checked_sub(search.low).and_then(|at| state.bisection.standing(at)) {
        Some(Standing::Good | Standing::Bad) => None,
        Some(Standing::Skip) => search.skipped.get(&at).cloned(),
        Some(Standing::Unknown) => Some("its runs lie between the two levels, or scatter too much".into()),
        None if value(state, at).is_some() => Some("it needs more runs".into()),
        None => Some("not measured".into()),
    }
}

fn notes(search: &Search<'_>, state: &State, stop: Stop) -> Vec<String> {
    let mut notes = search.notes.clone();
    if state.bisection.went_back() {
        notes.push("the level went back and forth between the ends: this is the last change".into());
    }
    match stop {
        Stop::SameEnds => {
            let noise = state.levels.noise().map(|n| format!(" (noise {:.1} %)", n * 100.0)).unwrap_or_default();
            notes.push(format!("with these runs the two ends are the same{noise}"));
        }
        Stop::Limit => notes.push(format!("{} commits were measured, the limit", search.order.len())),
        Stop::Done => notes.extend(partly(search, state)),
    }
    notes
}

/// Says where the commit explains only a part of the change.
fn partly(search: &Search<'_>, state: &State) -> Option<String> {
    let Answer::Commit(commit) = state.bisection.answer() else { return None };
    let at = |at: usize| value(state, at);
    let scale = |from: f64, to: f64| if from > 0.0 && to > 0.0 { (to / from).ln() } else { to - from };
    let (good, bad) = (at(search.low)?, at(search.high)?);
    let (before, after) = (at(search.low + commit - 1)?, at(search.low + commit)?);
    let part = scale(before, after) / scale(good, bad);
    (part.is_finite() && part < WHOLE).then(|| {
        format!("it explains {:.0} % of the change between the ends: other commits moved it, too", part * 100.0)
    })
}

fn hints(search: &Search<'_>, report: &Bisected, stop: Stop) -> Result<()> {
    let context = search.context;
    let pattern = &search.args.pattern;
    match stop {
        Stop::SameEnds => context.hint("--runs N measures them more often; --good and --bad name other ends"),
        Stop::Limit => context.hint("a larger --limit goes on; what was measured is kept"),
        Stop::Done if report.outcome == "undecided" => context.hint("--runs N measures them more often"),
        Stop::Done => {}
    }
    let repo = context.repo()?;
    if let Some(found) = report.found.as_ref().and_then(|found| found.commit.parse::<Id>().ok())
        && let Some(commit) = repo.commit(found)?
        && let [first, second, ..] = commit.parents[..]
        && let Some(base) = repo.merge_base(first, second)
    {
        let (base, second) = (super::line::short(base), super::line::short(second));
        context.hint(&format!(
            "it is a merge: git bench bisect '{pattern}' --good {base} --bad {second} ... searches what it brought"
        ));
    }
    if search.runs > 0 && !repo.remotes().is_empty() {
        context.hint("share the new runs with 'git bench push'");
    }
    Ok(())
}
