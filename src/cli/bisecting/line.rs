//! The commits between the two ends, and what was measured of them.

use std::collections::BTreeMap;

use git_bench::git::{Ancestry, Id, Repo};
use git_bench::history::{Group, Measured, Origin, Point, Reach, Series, Trail, measured_at, series, trail};
use git_bench::store::Reader;
use git_bench::{Error, Result};

use crate::cli::ends::WALK_LIMIT;
use crate::cli::settings::nearest;

/// Measured commits behind the good end whose runs serve for its level.
const BEHIND: usize = 30;
/// Measured commits that are looked at where the ends come from the history.
const FAR: usize = 1000;

/// Takes the benchmarks and metrics that fit.
pub(super) type Wanted<'a> = &'a dyn Fn(&str, &str) -> bool;

/// The commits along the first parents from the good end to the bad one, both included, oldest first.
pub(super) struct Line {
    pub(super) commits: Vec<Ancestry>,
    measured: Vec<Option<Measured>>,
    /// Measured commits older than the good end, newest first.
    behind: Vec<Measured>,
}

/// The one series in a group, by the place of its points in the line.
pub(super) struct Known {
    pub(super) series: Series,
    pub(super) at: BTreeMap<usize, Point>,
    /// Points older than the good end, newest first.
    pub(super) behind: Vec<Point>,
}

impl Line {
    /// The line between two commits, without what was measured. Where the good end is not on the first parents of the bad one, it
    /// begins at the first commit there that the good end has; said as the second of the two.
    ///
    /// # Errors
    /// Data: the two share no commit, or the good end is not older.
    pub(super) fn between(repo: &Repo, good: Id, bad: Id) -> Result<(Self, bool)> {
        let mut commits = Vec::new();
        let mut walk = repo.first_parents(bad);
        let mut met = false;
        while let Some(step) = walk.next().transpose()? {
            met = step.id == good;
            commits.push(step);
            if met || commits.len() > WALK_LIMIT {
                break;
            }
        }
        if !met {
            // Who has a commit has all behind it.
            let at = commits.partition_point(|step| !repo.is_ancestor(step.id, good));
            if at == commits.len() {
                let error =
                    Error::data(format!("the good end {} is not behind the bad one {}", short(good), short(bad)));
                return Err(if walk.ended_early() {
                    error.hint("this clone is shallow: git fetch --deepen=100, or git fetch --unshallow")
                } else {
                    error.hint("git log --first-parent --oneline shows the commits that are searched")
                });
            }
            commits.truncate(at + 1);
        }
        if commits.len() < 2 {
            return Err(Error::usage(format!("nothing lies between {} and {}", short(good), short(bad)))
                .hint("--good REV --bad REV: the good end is older than the bad one"));
        }
        commits.reverse();
        Ok((Self { commits, measured: Vec::new(), behind: Vec::new() }, !met))
    }

    /// Takes in what was measured, from a walk that began `before` commits after the bad end.
    pub(super) fn take(&mut self, found: Vec<Measured>, before: usize) {
        self.measured = self.commits.iter().map(|_| None).collect();
        let last = self.commits.len() - 1;
        for point in found {
            match point.distance.checked_sub(before) {
                None => {}
                Some(distance) if distance > last => self.behind.push(point),
                Some(distance) => self.measured[last - distance] = Some(point),
            }
        }
        self.behind.truncate(BEHIND);
    }

    /// Reads again what was measured of a commit and of those with the same tree.
    ///
    /// # Errors
    /// Notes that cannot be read.
    pub(super) fn refresh(&mut self, repo: &Repo, reader: &Reader<'_>, at: usize) -> Result<()> {
        let tree = self.commits[at].tree;
        for (place, step) in self.commits.iter().enumerate().filter(|(_, step)| step.tree == tree) {
            let found = measured_at(repo, reader, step.id, &mut Trail::default())?;
            let distance = self.commits.len() - 1 - place;
            self.measured[place] = found
                .filter(|point| point.origin != Origin::Merged)
                .map(|point| Measured::new(point.commit, point.tree, point.time, distance, point.origin, point.runs));
        }
        Ok(())
    }

    /// The series in a group; `None` where nothing there fits.
    ///
    /// # Errors
    /// Usage: several fit.
    pub(super) fn known(&self, group: &Group, identity: &[String], wanted: Wanted<'_>) -> Result<Option<Known>> {
        let points: Vec<&Measured> = self.measured.iter().rev().flatten().chain(&self.behind).collect();
        let mut set = series(&points, group, identity, false, wanted);
        one(set.series.iter())?;
        let Some(found) = set.series.pop() else { return Ok(None) };
        let places: BTreeMap<Id, usize> = self.commits.iter().enumerate().map(|(i, step)| (step.id, i)).collect();
        let (mut at, mut behind) = (BTreeMap::new(), Vec::new());
        for point in &found.points {
            match places.get(&point.commit) {
                Some(place) => {
                    at.insert(*place, point.clone());
                }
                None => behind.push(point.clone()),
            }
        }
        Ok(Some(Known { series: found, at, behind }))
    }
}

/// What was measured on the way back from a commit: as far as the line and what lies behind it needs, or as far as a history
/// needs that is searched for a change.
///
/// # Errors
/// Notes that cannot be read.
pub(super) fn walk(repo: &Repo, reader: &Reader<'_>, from: Id, line: Option<&Line>) -> Result<Trail> {
    let (length, limit) = line.map_or((0, WALK_LIMIT), |line| (line.commits.len(), line.commits.len() + 2000));
    let most = if line.is_some() { BEHIND } else { FAR };
    let mut behind = 0;
    let reach = Reach { stop: None, limit, batch: length.clamp(100, 500), accepts: false };
    trail(repo, reader, from, reach, &mut |point| {
        behind += usize::from(point.distance >= length);
        behind >= most
    })
}

/// Holds that only one series fits.
///
/// # Errors
/// Usage: several do, with their names.
pub(super) fn one<'s>(fitting: impl Iterator<Item = &'s Series>) -> Result<()> {
    let mut names: Vec<String> = fitting.map(|s| format!("{}:{}", s.benchmark, s.metric)).collect();
    names.sort();
    names.dedup();
    if names.len() < 2 {
        return Ok(());
    }
    let shown = names.iter().take(8).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let more = if names.len() > 8 { ", ..." } else { "" };
    Err(Error::usage(format!("{} series fit: {shown}{more}", names.len()))
        .hint(format!("name one: git bench bisect '{}' ...", names[0])))
}

/// Nothing fits the pattern: with the nearest name of what there is.
pub(super) fn none_fits<'m>(what: &str, pattern: &str, measured: impl Iterator<Item = &'m Measured>) -> Error {
    let mut names: Vec<&str> =
        measured.flat_map(|point| &point.runs).flat_map(|run| &run.m).map(|row| row.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let near = nearest(pattern, &names).map(|name| format!("; the nearest is '{name}'")).unwrap_or_default();
    Error::no_data(format!("no {what} fits '{pattern}'{near}"))
}

/// Eight digits of an id.
pub(super) fn short(id: Id) -> String {
    id.to_string()[..8].to_owned()
}
