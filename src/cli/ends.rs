//! Which two commits are compared: what was asked for, and what was measured nearest to it.

mod told;

use std::collections::BTreeMap;

use git_bench::git::{Id, Repo};
use git_bench::history::{Group, Measured, Origin, Reach, Trail, groups, measured_at, trail};
use git_bench::model::Facts;
use git_bench::report::changes::End;
use git_bench::store::Reader;
use git_bench::{Error, Result};

use super::context::Context;

/// Commits that a walk looks at before it gives up.
pub(crate) const WALK_LIMIT: usize = 20_000;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// What do the commits of a branch change? From the merge base on.
    Branch { base: Asked, head: Asked },
    /// How do two revisions differ?
    Ends { base: Asked, head: Asked },
    /// May this be merged? The head itself against what it is to be merged into; on the base branch against its past.
    Gate { base: Asked, head: Asked },
}

/// A revision as it was written, and its commit.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) words: String,
    pub(crate) id: Id,
}

/// The two ends that are compared.
pub(crate) struct Ends {
    pub(crate) base: End,
    pub(crate) head: End,
    pub(crate) head_point: Measured,
    /// Points at or behind the base end that share an environment with the head, newest first.
    pub(crate) base_trail: Trail,
    /// Measured commits of the branch itself before the head, newest first; only for a gate.
    pub(crate) own_trail: Trail,
    /// The head is on the base branch: all points are of one line.
    pub(crate) on_base: bool,
    /// Environments and suites that the base was measured in and the head was not, each with the facts of a run.
    pub(crate) elsewhere: BTreeMap<Group, Facts>,
}

/// How much is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depth {
    /// Points at or behind the base end.
    pub(crate) window: usize,
    /// Compare unlike machines.
    pub(crate) across: bool,
}

/// Reads the arguments of `diff`: `A..B`, `A...B`, `A B`, or none.
pub(crate) fn question(context: &Context, args: &[String]) -> Result<Question> {
    let asked = |words: &str| asked(context, words);
    match args {
        [] => Ok(Question::Branch { base: base(context)?, head: asked("HEAD")? }),
        [one] => match one.split_once("...").or_else(|| one.split_once("..")) {
            Some((a, b)) => Ok(Question::Branch { base: asked(a)?, head: asked(b)? }),
            None => one_revision(context, asked(one)?),
        },
        [a, b] => Ok(Question::Ends { base: asked(a)?, head: asked(b)? }),
        _ => {
            Err(Error::usage("at most two revisions can be compared")
                .hint("git bench diff A..B, or git bench diff A B"))
        }
    }
}

/// One revision: what it changed against the base branch; where it has no commits of its own (the base branch itself, a
/// release), what HEAD changed against it, as 'git diff REV' means it.
fn one_revision(context: &Context, one: Asked) -> Result<Question> {
    let head = asked(context, "HEAD")?;
    let base = match base(context) {
        Ok(base) => base,
        Err(_) => return Ok(Question::Branch { base: one, head }),
    };
    let repo = context.repo()?;
    let of_base = repo.is_ancestor(one.id, base.id) && one.id != head.id;
    Ok(if of_base { Question::Branch { base: one, head } } else { Question::Branch { base, head: one } })
}

/// A revision; nothing means HEAD, as in git's ranges.
pub(crate) fn asked(context: &Context, words: &str) -> Result<Asked> {
    let words = if words.is_empty() { "HEAD" } else { words };
    Ok(Asked { words: words.to_owned(), id: context.repo()?.resolve(words)?.id })
}

fn base(context: &Context) -> Result<Asked> {
    let base = context.base()?;
    let tip = base.tip.ok_or_else(|| told::no_base(&base.name))?;
    Ok(Asked { words: base.name, id: tip })
}

/// The base as a gate has it.
pub(crate) fn gate(base: super::base::Base, head: Asked) -> Result<Question> {
    let tip = base.tip.ok_or_else(|| told::no_base(&base.name))?;
    Ok(Question::Gate { base: Asked { words: base.name, id: tip }, head })
}

/// Where the base's walk begins.
struct Start {
    id: Id,
    words: String,
    /// The walk begins at the head itself, whose own point is not of the base.
    on_base: bool,
}

/// Finds the two measured ends.
///
/// # Errors
/// [`git_bench::Kind::NoData`] where one of them was never measured.
pub(crate) fn find(
    context: &Context,
    reader: &Reader<'_>,
    question: &Question,
    identity: &[String],
    depth: Depth,
) -> Result<Ends> {
    let repo = context.repo()?;
    let (base, head) = match question {
        Question::Branch { base, head } | Question::Ends { base, head } | Question::Gate { base, head } => (base, head),
    };
    let gate = matches!(question, Question::Gate { .. });
    let throwaway = throwaway(context, repo, head.id);
    let head_id = throwaway.map_or(head.id, |(head, _)| head);
    let mut start = start(repo, question, base, head, head_id, throwaway)?;
    let stop = match question {
        Question::Ends { .. } => None,
        _ => Some(start.id),
    };
    let (head_point, head_end) = find_head(context, reader, head, head_id, stop.filter(|_| !start.on_base), gate)?;
    // A run that a CI measured merged into a base is compared with that base.
    if head_point.origin == Origin::Merged
        && let Some(id) = head_point.runs.last().and_then(|r| git_bench::git::id(r.base.as_deref()?))
        && repo.has(id)
    {
        start = Start { id, words: "the base that it was merged into".into(), on_base: false };
    }
    let own_trail = if gate && !start.on_base && repo.has(head_id) {
        own(repo, reader, head_id, start.id, &head_point)?
    } else {
        Trail::default()
    };
    let wanted = groups(&head_point, identity);
    let mut found = walk_base(repo, reader, &start, gate, &wanted, identity, depth)?;
    let is_head = |p: &Measured| start.on_base && p.commit == head_id;
    found.points.retain(|p| !is_head(p));
    let comparable = |p: &Measured| depth.across || wanted.keys().any(|g| p.is_in(g, identity));
    let (points, others): (Vec<_>, Vec<_>) = found.points.into_iter().partition(comparable);
    found.points = points;
    let Some(nearest) = found.points.first() else {
        return Err(told::nothing_at_base(context, &start.words, &found, &others, &head_point));
    };
    let base = End {
        commit: Some(nearest.commit.to_string()),
        subject: subject(repo, nearest.commit),
        asked: start.words,
        asked_commit: start.id.to_string(),
        distance: nearest.distance,
        reason: told::reason(nearest, start.on_base, &others),
    };
    let elsewhere = elsewhere(nearest, &others, identity, &wanted);
    Ok(Ends { base, head: head_end, head_point, base_trail: found, own_trail, on_base: start.on_base, elsewhere })
}

fn start(
    repo: &Repo,
    question: &Question,
    base: &Asked,
    head: &Asked,
    head_id: Id,
    throwaway: Option<(Id, Id)>,
) -> Result<Start> {
    if matches!(question, Question::Ends { .. }) {
        return Ok(Start { id: base.id, words: base.words.clone(), on_base: false });
    }
    if let Some((_, first_parent)) = throwaway {
        let words = "the first parent of the CI's merge".to_owned();
        return Ok(Start { id: first_parent, words, on_base: false });
    }
    let id = repo.merge_base(base.id, head_id).ok_or_else(|| told::no_merge_base(repo, base, head))?;
    if id == head_id && matches!(question, Question::Gate { .. }) {
        return Ok(Start { id, words: format!("{} before {}", base.words, head.words), on_base: true });
    }
    let words = match id == base.id {
        true => base.words.clone(),
        false => format!("merge base of {} and {}", base.words, head.words),
    };
    Ok(Start { id, words, on_base: false })
}

/// Measured commits of the branch before its head.
fn own(repo: &Repo, reader: &Reader<'_>, head: Id, stop: Id, point: &Measured) -> Result<Trail> {
    let reach = Reach { stop: Some(stop), limit: WALK_LIMIT, batch: 8, accepts: true };
    let mut found = trail(repo, reader, head, reach, &mut |_| false)?;
    found.points.retain(|p| p.commit != point.commit);
    Ok(found)
}

/// Walks back from the base end until every environment of the head has its window.
fn walk_base(
    repo: &Repo,
    reader: &Reader<'_>,
    start: &Start,
    accepts: bool,
    wanted: &BTreeMap<Group, &Facts>,
    identity: &[String],
    depth: Depth,
) -> Result<Trail> {
    let mut count = BTreeMap::<Group, usize>::new();
    let mut points = 0;
    let window = depth.window + usize::from(start.on_base);
    let reach = Reach { stop: None, limit: WALK_LIMIT, batch: window, accepts };
    trail(repo, reader, start.id, reach, &mut |point| {
        points += 1;
        if depth.across {
            return points >= window;
        }
        point.group_as(wanted, identity);
        for group in wanted.keys().filter(|g| point.is_in(g, identity)) {
            *count.entry(group.clone()).or_default() += 1;
        }
        let full = !count.is_empty() && wanted.keys().all(|g| count.get(g).is_some_and(|n| *n >= window));
        // Machines that are measured rarely do not make the walk endless.
        full || points >= window * 20
    })
}

fn find_head(
    context: &Context,
    reader: &Reader<'_>,
    asked: &Asked,
    id: Id,
    stop: Option<Id>,
    itself: bool,
) -> Result<(Measured, End)> {
    let repo = context.repo()?;
    let end = |point: &Measured| End {
        commit: Some(point.commit.to_string()),
        subject: subject(repo, point.commit),
        asked: asked.words.clone(),
        asked_commit: id.to_string(),
        distance: point.distance,
        reason: told::reason(point, false, &[]),
    };
    let mut found = Trail::default();
    if stop != Some(id) {
        let own = match measured_at(repo, reader, id, &mut found)? {
            None if !repo.has(id) => absent_head(reader, id)?,
            found => found,
        };
        if let Some(point) = own {
            let end = end(&point);
            return Ok((point, end));
        }
    }
    if itself {
        return Err(told::head_not_measured(asked, id, found.dirty));
    }
    let reach = Reach { stop, limit: WALK_LIMIT, batch: 1, accepts: false };
    let found = trail(repo, reader, id, reach, &mut |_| true)?;
    match found.points.first() {
        Some(point) => Ok((point.clone(), end(point))),
        None => Err(told::nothing_at_head(repo, asked, stop == Some(id), &found)),
    }
}

/// The point of a pull request's head that is not in this clone (a shallow checkout of its merge).
fn absent_head(reader: &Reader<'_>, id: Id) -> Result<Option<Measured>> {
    let mut runs = reader.note(id)?.runs;
    runs.retain(|run| !run.dirty);
    let Some(tree) = runs.last().and_then(|run| git_bench::git::id(run.tree.as_deref()?)) else { return Ok(None) };
    let time = runs.last().map_or(0, |run| run.time.0);
    Ok(Some(Measured::new(id, tree, time, 0, Origin::Merged, runs)))
}

/// Head and first parent of a CI's throw-away merge, where `id` is one.
fn throwaway(context: &Context, repo: &Repo, id: Id) -> Option<(Id, Id)> {
    let ci = context.ci()?;
    let parents: Vec<String> = repo.raw_parents(id).iter().map(Id::to_string).collect();
    let merged = ci.merged(&id.to_string(), &parents)?;
    let base = merged.base.or_else(|| parents.first().cloned())?;
    Some((git_bench::git::id(&merged.head)?, git_bench::git::id(&base)?))
}

fn subject(repo: &Repo, id: Id) -> Option<String> {
    repo.commit(id).ok().flatten().map(|c| c.subject)
}

/// Environments of the nearest base point, and of nearer ones, that the head was not measured in.
fn elsewhere(
    nearest: &Measured,
    others: &[Measured],
    identity: &[String],
    wanted: &BTreeMap<Group, &Facts>,
) -> BTreeMap<Group, Facts> {
    let near = others.iter().filter(|p| p.distance <= nearest.distance).chain([nearest]);
    near.flat_map(|p| groups(p, identity))
        .filter(|(group, _)| !wanted.contains_key(group))
        .map(|(group, env)| (group, env.clone()))
        .collect()
}
