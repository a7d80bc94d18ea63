//! Walking first parents and collecting what was measured on the way.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::Group;
use crate::Result;
use crate::git::{Ancestry, Id, Repo};
use crate::model::Facts;
use crate::record::{Accept, Note, RunRecord};
use crate::store::Reader;

/// Where the runs of a point come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The commit itself.
    Own,
    /// Another commit with the same tree (squashed, rebased, cherry-picked, reverted).
    Twin(Id),
    /// The commit itself, but measured merged into its base by a CI.
    Merged,
}

/// A measured commit.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The commit.
    pub commit: Id,
    /// Its tree.
    pub tree: Id,
    /// Committer's time.
    pub time: i64,
    /// First-parent steps from where the walk began.
    pub distance: usize,
    /// Where its runs come from.
    pub origin: Origin,
    /// Its clean runs, by time, then id.
    pub runs: Vec<RunRecord>,
    /// The group of each run, by the identity of machines that was first asked for.
    memo: OnceCell<(Vec<String>, Vec<Group>)>,
}

impl Measured {
    /// A point of a commit that lies `distance` first-parent steps from where a walk began.
    pub fn new(commit: Id, tree: Id, time: i64, distance: usize, origin: Origin, runs: Vec<RunRecord>) -> Self {
        Self { commit, tree, time, distance, origin, runs, memo: OnceCell::new() }
    }

    /// Each run with its environment and suite, by this identity of machines.
    pub fn grouped(&self, identity: &[String]) -> impl Iterator<Item = (Cow<'_, Group>, &RunRecord)> {
        let all = || self.runs.iter().map(|run| Group::of(run, identity)).collect();
        let (known, groups) = self.memo.get_or_init(|| (identity.to_vec(), all()));
        let groups: Cow<'_, [Group]> = if known == identity { Cow::Borrowed(groups) } else { Cow::Owned(all()) };
        self.runs.iter().enumerate().map(move |(i, run)| {
            let group = match &groups {
                Cow::Borrowed(groups) => Cow::Borrowed(&groups[i]),
                Cow::Owned(groups) => Cow::Owned(groups[i].clone()),
            };
            (group, run)
        })
    }

    /// Groups its runs by this identity of machines: those whose env and suite are `known` to be of a group need no digest.
    pub fn group_as(&self, known: &BTreeMap<Group, &Facts>, identity: &[String]) {
        let of = |run: &RunRecord| {
            let same = known.iter().find(|(group, env)| group.suite == run.suite && **env == &run.env);
            same.map_or_else(|| Group::of(run, identity), |(group, _)| group.clone())
        };
        self.memo.get_or_init(|| (identity.to_vec(), self.runs.iter().map(of).collect()));
    }

    /// Whether a run of it is of this group.
    pub fn is_in(&self, group: &Group, identity: &[String]) -> bool {
        self.grouped(identity).any(|(of, _)| *of == *group)
    }
}

/// An accepted change and where the walk met it.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// First-parent steps from where the walk began.
    pub distance: usize,
    /// The commit of the walk.
    pub commit: Id,
    /// The record.
    pub accept: Accept,
}

/// How far a walk goes and what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Ends before this commit.
    pub stop: Option<Id>,
    /// Commits that are looked at before the walk is given up.
    pub limit: usize,
    /// Notes that are read at once; about as many as the walk will need.
    pub batch: usize,
    /// Reads accepted changes wherever they count: of twins of every commit, and of what a merge brought in (one or two
    /// more notes a commit).
    pub accepts: bool,
}

/// What a walk found, newest first.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// Measured commits.
    pub points: Vec<Measured>,
    /// Accepted changes.
    pub accepted: Vec<Accepted>,
    /// Commits that were looked at.
    pub walked: usize,
    /// The walk met the boundary of a shallow clone, or a commit that is not here.
    pub cut: bool,
    /// The walk was given up at its limit.
    pub limited: bool,
    /// Lines that could not be read.
    pub unreadable: usize,
    /// Dirty runs that were passed over.
    pub dirty: usize,
}

/// Walks first parents from `from` (included) until `enough` says so, or as far as `reach` says.
///
/// # Errors
/// [`crate::Kind::Data`] where a commit or note cannot be read.
pub fn trail(
    repo: &Repo,
    reader: &Reader<'_>,
    from: Id,
    reach: Reach,
    enough: &mut dyn FnMut(&Measured) -> bool,
) -> Result<Trail> {
    let mut found = Trail::default();
    let mut walk = repo.first_parents(from);
    let mut batch = reach.batch.max(1);
    loop {
        let mut steps = Vec::with_capacity(batch);
        let mut stopped = false;
        while steps.len() < batch && !stopped {
            match walk.next().transpose()? {
                None => {
                    stopped = true;
                    found.cut = walk.ended_early();
                }
                Some(step) if Some(step.id) == reach.stop => stopped = true,
                Some(_) if found.walked + steps.len() == reach.limit => {
                    stopped = true;
                    found.limited = true;
                }
                Some(step) => steps.push(step),
            }
        }
        let ids: Vec<Id> = steps.iter().map(|step| step.id).collect();
        for (step, note) in steps.into_iter().zip(reader.notes_of(&ids)?) {
            let distance = found.walked;
            found.walked += 1;
            let point = point_of(reader, &step, note, distance, &mut found, false)?;
            if reach.accepts {
                accepts_of(reader, &step, distance, point.is_some(), &mut found)?;
            }
            if let Some(point) = point {
                let done = enough(&point);
                found.points.push(point);
                if done {
                    found.cut = false;
                    return Ok(found);
                }
            }
        }
        if stopped {
            return Ok(found);
        }
        batch = batch.clamp(1, 32);
    }
}

/// Accepted changes that count at a commit though they lie elsewhere: at a twin of it, or at what it merged.
fn accepts_of(reader: &Reader<'_>, step: &Ancestry, distance: usize, measured: bool, found: &mut Trail) -> Result<()> {
    let mut more = Vec::new();
    // An unmeasured commit's twins were read for its point.
    if measured {
        for (_, note) in reader.twins(step.tree, step.id)? {
            more.extend(note.accepts);
        }
    }
    for parent in step.parents.iter().skip(1) {
        more.extend(reader.note(*parent)?.accepts);
    }
    for accept in more {
        if !found.accepted.iter().any(|known| known.accept.id == accept.id) {
            found.accepted.push(Accepted { distance, commit: step.id, accept });
        }
    }
    Ok(())
}

/// The point of one commit: its own clean runs of its own tree; only where there are none, those of its tree's twins;
/// only where there are none either, its runs that a CI measured merged into the base, the newest one.
///
/// # Errors
/// [`crate::Kind::Data`] where a commit or note cannot be read.
pub fn measured_at(repo: &Repo, reader: &Reader<'_>, commit: Id, found: &mut Trail) -> Result<Option<Measured>> {
    let Some(step) = repo.first_parents(commit).next().transpose()? else { return Ok(None) };
    let note = reader.note(step.id)?;
    point_of(reader, &step, note, 0, found, true)
}

fn point_of(
    reader: &Reader<'_>,
    step: &Ancestry,
    note: Note,
    distance: usize,
    found: &mut Trail,
    merged: bool,
) -> Result<Option<Measured>> {
    let tree = step.tree.to_string();
    found.unreadable += note.unreadable.len();
    let measured = |origin, runs| Measured::new(step.id, step.tree, step.time, distance, origin, runs);
    let Note { runs, accepts, .. } = note;
    let accepted = |accept| Accepted { distance, commit: step.id, accept };
    found.accepted.extend(accepts.into_iter().map(accepted));
    found.dirty += runs.iter().filter(|r| r.dirty).count();
    // A note that git copied to a rewritten commit (notes.rewriteRef) is of code that may be another one.
    let copied = |r: &RunRecord| r.tree.as_deref() != Some(&tree) && r.commit != step.id.to_string();
    let (own, foreign): (Vec<_>, Vec<_>) =
        runs.into_iter().filter(|r| !r.dirty && !copied(r)).partition(|r| r.tree.as_deref().is_none_or(|t| t == tree));
    if !own.is_empty() {
        return Ok(Some(measured(Origin::Own, own)));
    }
    let mut twins = Vec::new();
    let mut source = None;
    for (commit, note) in reader.twins(step.tree, step.id)? {
        found.accepted.extend(note.accepts.into_iter().map(accepted));
        let clean: Vec<_> = note.runs.into_iter().filter(|r| !r.dirty).collect();
        if !clean.is_empty() {
            source.get_or_insert(commit);
            twins.extend(clean);
        }
    }
    if let Some(commit) = source {
        twins.sort_by(|a: &RunRecord, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        return Ok(Some(measured(Origin::Twin(commit), twins)));
    }
    if merged && let Some(newest) = foreign.iter().map(|r| r.time).max() {
        let tree = foreign.iter().rev().find(|r| r.time == newest).and_then(|r| r.tree.clone());
        let runs = foreign.into_iter().filter(|r| r.tree == tree).collect();
        return Ok(Some(measured(Origin::Merged, runs)));
    }
    Ok(None)
}
