//! The search itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use git_bench::history::Group;
use git_bench::history::bisect::{Bisection, Standing};
use git_bench::measure::{Interrupt, Watch};
use git_bench::model::{Run, environment_key};
use git_bench::record::RunRecord;
use git_bench::render::number;
use git_bench::{Error, Result};

use super::levels::{Gap, Levels};
use super::line::{Known, Line, Wanted, short};
use super::measuring::{Bench, Outcome as Measured};
use super::{Stop, ends, interrupted, wanted};
use crate::cli::commands::bisect::Args;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::recording::platform;
use crate::cli::settings::{Policy, nearest};

/// A search: the commits and what became of them.
pub(super) struct Search<'a> {
    pub(super) context: &'a Context,
    pub(super) args: &'a Args,
    wanted: Wanted<'a>,
    policy: Policy,
    pub(super) line: Line,
    /// The machine and suite whose results count.
    pub(super) group: Group,
    pub(super) label: String,
    /// The ends of the range that is searched, in the line.
    pub(super) low: usize,
    pub(super) high: usize,
    /// Commits that cannot be measured, and why.
    pub(super) skipped: BTreeMap<usize, String>,
    /// Commits that were measured, in order.
    pub(super) order: Vec<usize>,
    /// Runs that were recorded.
    pub(super) runs: usize,
    /// Commits that another machine's results decided: how, the value and the number of runs.
    pub(super) elsewhere: BTreeMap<usize, (Standing, f64, usize)>,
    /// What people call that machine.
    pub(super) elsewhere_label: String,
    pub(super) notes: Vec<String>,
}

/// What is known now.
pub(super) struct State {
    pub(super) known: Known,
    pub(super) levels: Levels,
    pub(super) bisection: Bisection,
}

/// Searches, and tells what was found.
///
/// # Errors
/// Wrong ends, an end that cannot be measured, what cannot be recorded.
pub(crate) fn search(context: &Context, args: &Args) -> Result<Outcome> {
    let wanted = wanted(args);
    let policy = Policy::of(context.config()?)?;
    let facts = platform(context, &Run::default(), &args.platform, &mut Vec::new())?.0;
    let here = environment_key(&facts, &policy.identity);
    let ends = ends::find(context, args, &here, &wanted)?;
    let mut search = Search {
        context,
        args,
        wanted: &wanted,
        policy,
        low: 0,
        high: ends.line.commits.len() - 1,
        line: ends.line,
        group: Group { environment: here, suite: ends.suite },
        label: context.label(&facts),
        skipped: BTreeMap::new(),
        order: Vec::new(),
        runs: 0,
        elsewhere: BTreeMap::new(),
        elsewhere_label: String::new(),
        notes: ends.notes,
    };
    if let Some((group, label)) = ends.elsewhere {
        search.narrow(&group, label)?;
    }
    let interrupt = Arc::new(Interrupt::default());
    let watch = Watch::start(Arc::clone(&interrupt))?;
    let stored = search.known()?.map(|known| known.series.benchmark);
    let mut bench = Bench::new(context, args, &interrupt, search.group.suite.clone(), stored.as_deref())?;
    let stop = search.go(&mut bench, &interrupt);
    drop(bench);
    drop(watch);
    let stop = stop?;
    if let Some(signal) = interrupt.stopped() {
        return Ok(interrupted(context, signal, search.runs));
    }
    super::telling::tell(&search, stop)
}

impl Search<'_> {
    /// Lets the stored results of another machine narrow the range. Where they leave one commit, that is the answer.
    fn narrow(&mut self, group: &Group, label: String) -> Result<()> {
        let own = std::mem::replace(&mut self.group, group.clone());
        let state = self.state()?.filter(|state| state.levels.gap() == Gap::Differ);
        let Some(state) = state else {
            self.group = own;
            return Ok(());
        };
        let (low, high) = state.bisection.range();
        if low + 1 == high {
            self.label = label;
        } else {
            self.group = own;
            let left = high - low;
            self.notes.push(format!("the stored results of {label} leave {left} commits; the rest is measured here"));
            for (at, point) in &state.known.at {
                if let Some(standing) = state.bisection.standing(*at) {
                    self.elsewhere.insert(*at, (standing, point.value, point.run_values.len()));
                }
            }
            self.elsewhere_label = label;
        }
        (self.low, self.high) = (low, high);
        Ok(())
    }

    /// Measures until nothing more is to be looked at.
    fn go(&mut self, bench: &mut Bench<'_>, interrupt: &Interrupt) -> Result<Stop> {
        let mut last = None;
        while interrupt.stopped().is_none() {
            let state = self.state()?;
            let next = match &state {
                None => {
                    let known = self.known()?;
                    let lacks = |at: &usize| known.as_ref().is_none_or(|known| !known.at.contains_key(at));
                    [self.high, self.low].into_iter().find(lacks).unwrap_or(self.low)
                }
                Some(state) => {
                    self.say(last.take(), state);
                    match (state.levels.gap(), state.bisection.next()) {
                        (Gap::None, _) => return Ok(Stop::SameEnds),
                        (Gap::MoreRuns, _) if state.levels.bad_has_fewer() => self.high,
                        (Gap::MoreRuns, _) => self.low,
                        (Gap::Differ, None) => return Ok(Stop::Done),
                        (Gap::Differ, Some(next)) => self.low + next,
                    }
                }
            };
            let most = self.args.limit.map_or(usize::MAX, |limit| limit as usize);
            if !self.order.contains(&next) && self.order.len() >= most {
                return Ok(Stop::Limit);
            }
            self.measure(bench, next)?;
            last = Some(next);
        }
        Ok(Stop::Done)
    }

    /// The series; `None` where nothing of it is known.
    pub(super) fn known(&self) -> Result<Option<Known>> {
        self.line.known(&self.group, &self.policy.identity, self.wanted)
    }

    /// What is known; `None` where an end was not measured.
    pub(super) fn state(&self) -> Result<Option<State>> {
        let Some(known) = self.known()? else { return Ok(None) };
        let (Some(good), Some(bad)) = (known.at.get(&self.low), known.at.get(&self.high)) else { return Ok(None) };
        let older: Vec<_> =
            known.at.range(..self.low).rev().map(|(_, point)| point).chain(&known.behind).take(10).collect();
        let between: Vec<_> = known.at.range(self.low + 1..self.high).map(|(_, point)| point).collect();
        let names = [self.group.environment.as_str(), self.label.as_str()];
        let series = &known.series;
        let rule = self.policy.rule(&series.benchmark, &series.metric, &series.unit, &names).rule;
        let runs = self.args.runs as usize;
        let levels = Levels::of(good, &older, bad, &between, rule.threshold, runs);
        let mut bisection = Bisection::new(self.high - self.low + 1);
        for at in self.low + 1..self.high {
            let standing = match known.at.get(&at) {
                _ if self.skipped.contains_key(&at) => Some(Standing::Skip),
                Some(point) => levels.standing(point),
                None => None,
            };
            bisection.set(at - self.low, standing);
        }
        Ok(Some(State { known, levels, bisection }))
    }

    /// Measures a commit once more, and keeps what it says.
    fn measure(&mut self, bench: &mut Bench<'_>, at: usize) -> Result<()> {
        let id = self.line.commits[at].id;
        let outcome = bench.measure(id)?;
        if !self.order.contains(&at) && !matches!(outcome, Measured::Interrupted) {
            self.order.push(at);
        }
        let why = match outcome {
            Measured::Interrupted => return Ok(()),
            Measured::Skipped(why) => why,
            Measured::Recorded(record) => {
                if self.runs == 0 {
                    // A harness may know better than we which machine this is.
                    self.group = Group::of(&record, &self.policy.identity);
                    self.label = self.context.label(&record.env);
                }
                self.runs += 1;
                let store = self.context.store()?;
                self.line.refresh(self.context.repo()?, &store.reader()?, at)?;
                match self.known()?.is_some_and(|known| known.at.contains_key(&at)) {
                    true => return Ok(()),
                    false => self.lacking(&record),
                }
            }
        };
        if at == self.low || at == self.high {
            let (end, flag) = if at == self.low { ("good", "--good") } else { ("bad", "--bad") };
            return Err(Error::no_data(format!("the {end} end {} cannot be measured: {why}", short(id)))
                .hint("--show-output shows what --setup and COMMAND say")
                .hint(format!("{flag} REV names another one")));
        }
        self.context.say(&format!("{} {}: skipped, {why}", short(id), self.subject(at)));
        self.skipped.insert(at, why);
        Ok(())
    }

    /// Why a run that was recorded is no point of the series.
    fn lacking(&self, record: &RunRecord) -> String {
        let mut rows = record.m.iter().filter(|row| (self.wanted)(&row.name, &row.metric));
        if rows.any(|row| row.value.is_none()) {
            return "the benchmark failed".to_owned();
        }
        if Group::of(record, &self.policy.identity) != self.group {
            return "it says that it was measured on another machine, or in another suite".to_owned();
        }
        let names: Vec<&str> = record.m.iter().map(|row| row.name.as_str()).collect();
        let near = nearest(&self.args.pattern, &names).map(|n| format!("; the nearest is '{n}'")).unwrap_or_default();
        format!("nothing in its output fits '{}'{near}", self.args.pattern)
    }

    /// Tells what the last measurement said.
    fn say(&self, last: Option<usize>, state: &State) {
        let Some((at, point)) = last.and_then(|at| Some((at, state.known.at.get(&at)?))) else { return };
        let value = number::value(point.value, state.known.series.unit.as_str());
        let stands = match at {
            at if at == self.low => "the good end",
            at if at == self.high => "the bad end",
            at => match state.bisection.standing(at - self.low) {
                Some(Standing::Good) => "good",
                Some(Standing::Bad) => "bad",
                Some(_) => "not clear after all its runs",
                None => "not clear yet",
            },
        };
        let left = state.bisection.steps_left();
        let runs = match point.run_values.len() {
            1 => String::new(),
            n => format!(" ({n} runs)"),
        };
        let id = short(self.line.commits[at].id);
        let left = match left {
            0 => String::new(),
            1 => "; 1 step left".to_owned(),
            n => format!("; {n} steps left at most"),
        };
        self.context.say(&format!("{id} {}: {value}{runs}, {stands}{left}", self.subject(at)));
    }

    fn subject(&self, at: usize) -> String {
        let commit = self.context.repo().and_then(|repo| repo.commit(self.line.commits[at].id));
        commit.ok().flatten().map(|c| c.subject).unwrap_or_default()
    }
}
