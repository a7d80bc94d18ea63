//! Which two commits to begin with.

use git_bench::git::Id;
use git_bench::history::{Group, Measured, Point, series};
use git_bench::model::Facts;
use git_bench::stats::{ChangeOptions, change_points};
use git_bench::{Error, Result};

use super::line::{Line, Wanted, none_fits, one, short, walk};
use crate::cli::commands::bisect::Args;
use crate::cli::context::Context;
use crate::cli::judging::all_groups;

/// Where to search.
pub(super) struct Ends {
    pub(super) line: Line,
    /// The suite that new runs are of.
    pub(super) suite: String,
    /// Another machine whose stored results narrow the range.
    pub(super) elsewhere: Option<(Group, String)>,
    /// Where the ends come from, if not from the command line.
    pub(super) notes: Vec<String>,
}

/// Finds the ends by the command line and the history; `here` is this machine's environment key.
///
/// # Errors
/// Unknown revisions; ends of which the good one is not older; no end given and no change in what is stored; several series that
/// fit.
pub(super) fn find(context: &Context, args: &Args, here: &str, wanted: Wanted<'_>) -> Result<Ends> {
    let repo = context.repo()?;
    let store = context.store()?;
    let reader = store.reader()?;
    let identity = context.config()?.list("bench.environment");
    let bad = repo.resolve(args.bad.as_deref().unwrap_or("HEAD"))?.id;
    let mut notes = Vec::new();
    let mut given = None;
    if let Some(revision) = &args.good {
        let (line, moved) = Line::between(repo, repo.resolve(revision)?.id, bad)?;
        if moved {
            let from = short(line.commits[0].id);
            notes.push(format!(
                "'{revision}' is not on the first parents of the bad end: begun at {from}, where they part"
            ));
        }
        given = Some(line);
    }
    let found = walk(repo, &reader, bad, given.as_ref())?;
    let points: Vec<&Measured> = found.points.iter().collect();
    let mut stored = Stored::of(context, args, &points, &identity, wanted)?;
    let suite = match (&args.suite, &stored.suites()[..]) {
        (Some(suite), _) => suite.clone(),
        (None, [only]) => only.clone(),
        _ => context.config()?.text("bench.suite").to_owned(),
    };
    let (mut line, before, chosen) = match given {
        Some(line) => (line, 0, None),
        None => {
            let change = stored.last_change(args, here)?;
            let (end, before) = if args.bad.is_none() { change.newest } else { (bad, 0) };
            notes.push(format!("the ends are those of the last change in the stored results of {}", change.label));
            (Line::between(repo, change.good, end)?.0, before, Some(change.group))
        }
    };
    line.take(found.points.clone(), before);
    if found.cut {
        notes.push("the history ends here: this clone is shallow (git fetch --deepen=100 gets more)".into());
    }
    let own = Group { environment: here.to_owned(), suite: suite.clone() };
    let ends = [line.commits[0].id, line.commits[line.commits.len() - 1].id];
    let elsewhere = if stored.has(&own, &ends) { None } else { stored.elsewhere(chosen, &ends) };
    Ok(Ends { line, suite, elsewhere, notes })
}

/// A change in the history of one machine.
struct Change {
    group: Group,
    label: String,
    good: Id,
    /// First-parent steps to it.
    distance: usize,
    /// The newest point, and the steps to it.
    newest: (Id, usize),
}

/// The series that fits, on every machine and in every suite: its points, newest first.
struct Stored(Vec<(Group, String, Vec<Point>)>, Option<Error>);

impl Stored {
    fn of(
        context: &Context,
        args: &Args,
        points: &[&Measured],
        identity: &[String],
        wanted: Wanted<'_>,
    ) -> Result<Self> {
        let groups: Vec<(Group, &Facts)> = all_groups(points, identity)
            .into_iter()
            .filter(|(group, _)| args.suite.as_ref().is_none_or(|suite| *suite == group.suite))
            .collect();
        let mut all = Vec::new();
        for (group, env) in groups {
            let set = series(points, &group, identity, false, wanted);
            all.extend(set.series.into_iter().map(|s| (group.clone(), context.label(env), s)));
        }
        one(all.iter().map(|(_, _, series)| series))?;
        let none = all.is_empty().then(|| none_fits("stored result", &args.pattern, points.iter().copied()));
        Ok(Self(all.into_iter().map(|(group, label, series)| (group, label, series.points)).collect(), none))
    }

    fn suites(&self) -> Vec<String> {
        let mut all: Vec<String> = self.0.iter().map(|(group, ..)| group.suite.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The last change: on this machine, else the newest.
    fn last_change(&mut self, args: &Args, here: &str) -> Result<Change> {
        const NAME: &str = "name the ends: git bench bisect PATTERN --good REV --bad REV -- COMMAND";
        if let Some(none) = self.1.take() {
            return Err(none.hint(NAME));
        }
        let changes = self.0.iter().filter_map(|(group, label, points)| {
            let values: Vec<f64> = points.iter().rev().map(|p| p.value).collect();
            let last = change_points(&values, &ChangeOptions::default()).pop()?;
            let good = points.iter().rev().nth(last.index.checked_sub(1)?)?;
            let newest = points.first().map(|p| (p.commit, p.distance))?;
            let (group, label) = (group.clone(), label.clone());
            Some(Change { group, label, good: good.commit, distance: good.distance, newest })
        });
        changes.min_by_key(|change| (change.group.environment != here, change.distance)).ok_or_else(|| {
            let points: usize = self.0.iter().map(|(_, _, points)| points.len()).sum();
            Error::no_data(format!("the {points} stored results of '{}' show no change", args.pattern)).hint(NAME)
        })
    }

    fn has(&self, group: &Group, commits: &[Id]) -> bool {
        let points = self.0.iter().find(|(of, ..)| of == group).map(|(_, _, points)| points);
        points.is_some_and(|points| commits.iter().all(|id| points.iter().any(|p| p.commit == *id)))
    }

    /// A machine whose results decide the ends; of several that of the change, else the one with the most.
    fn elsewhere(&self, chosen: Option<Group>, ends: &[Id]) -> Option<(Group, String)> {
        let all = self.0.iter().filter(|(group, ..)| self.has(group, ends));
        let best = all.max_by_key(|(group, _, points)| (chosen.as_ref() == Some(group), points.len()));
        best.map(|(group, label, _)| (group.clone(), label.clone()))
    }
}
