//! Which two commits are compared: what was asked for, and what was measured nearest to it.

use git_bench::git::{Id, Repo};
use git_bench::history::{Group, Measured, Origin, Trail, groups, measured_at, trail};
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
}

/// Reads the arguments of `diff`: `A..B`, `A...B`, `A B`, or none.
pub(crate) fn question(context: &Context, args: &[String]) -> Result<Question> {
    let repo = context.repo()?;
    let asked = |words: &str| -> Result<Asked> {
        let words = if words.is_empty() { "HEAD" } else { words };
        Ok(Asked { words: words.to_owned(), id: repo.resolve(words)?.id })
    };
    match args {
        [] => {
            let base = context.base()?;
            let tip = base.tip.ok_or_else(|| no_base(&base.name))?;
            Ok(Question::Branch { base: Asked { words: base.name, id: tip }, head: asked("HEAD")? })
        }
        [one] => match one.split_once("...").or_else(|| one.split_once("..")) {
            Some((a, b)) => Ok(Question::Branch { base: asked(a)?, head: asked(b)? }),
            None => {
                let base = context.base()?;
                let tip = base.tip.ok_or_else(|| no_base(&base.name))?;
                Ok(Question::Branch { base: Asked { words: base.name, id: tip }, head: asked(one)? })
            }
        },
        [a, b] => Ok(Question::Ends { base: asked(a)?, head: asked(b)? }),
        _ => {
            Err(Error::usage("at most two revisions can be compared")
                .hint("git bench diff A..B, or git bench diff A B"))
        }
    }
}

fn no_base(name: &str) -> Error {
    let error = if name.is_empty() {
        Error::data("the base branch is not known")
    } else {
        Error::data(format!("the base branch '{name}' is not in this clone"))
    };
    error
        .hint("git fetch, or name it: git config bench.base BRANCH")
        .hint("git bench diff A..B compares two revisions of your choice")
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
    window: usize,
    across: bool,
) -> Result<Ends> {
    let repo = context.repo()?;
    let (base, head, branch) = match question {
        Question::Branch { base, head } => (base, head, true),
        Question::Ends { base, head } => (base, head, false),
    };
    let throwaway = throwaway(context, repo, head.id);
    let head_id = throwaway.as_ref().map_or(head.id, |(head, _)| *head);
    let mut start = base.id;
    let mut base_words = base.words.clone();
    if branch {
        start = match &throwaway {
            Some((_, first_parent)) => *first_parent,
            None => repo.merge_base(base.id, head_id).ok_or_else(|| no_merge_base(repo, base, head))?,
        };
        if start != base.id {
            base_words = format!("merge base of {} and {}", base.words, head.words);
        }
    }
    let (head_point, head_end) = find_head(context, reader, head, head_id, branch.then_some(start))?;
    // A run that a CI measured merged into a base is compared with that base.
    if head_point.origin == Origin::Merged
        && let Some(id) = head_point.runs.last().and_then(|r| r.base.as_ref()?.parse::<Id>().ok())
        && repo.has(id)
    {
        start = id;
        base_words = "the base that it was merged into".into();
    }
    let wanted = groups(&head_point, identity);
    let mut count = std::collections::BTreeMap::<Group, usize>::new();
    let mut enough = |point: &Measured| {
        for group in groups(point, identity).into_keys().filter(|g| across || wanted.contains_key(g)) {
            *count.entry(group).or_default() += 1;
        }
        !count.is_empty() && wanted.keys().all(|g| count.get(g).is_some_and(|n| *n >= window))
    };
    let mut found = walk_base(repo, reader, start, window, &mut enough)?;
    let comparable = |p: &Measured| across || groups(p, identity).keys().any(|g| wanted.contains_key(g));
    let others: Vec<Measured> = found.points.iter().filter(|p| !comparable(p)).cloned().collect();
    found.points.retain(comparable);
    let Some(nearest) = found.points.first() else {
        return Err(nothing_at_base(context, &base_words, &found, &others, &head_point));
    };
    let reason = reason(nearest, found.walked, &others);
    let base = End {
        commit: Some(nearest.commit.to_string()),
        subject: subject(repo, nearest.commit),
        asked: base_words,
        asked_commit: start.to_string(),
        distance: nearest.distance,
        reason,
    };
    Ok(Ends { base, head: head_end, head_point, base_trail: found })
}

/// Walks back from the base end; gives up where nothing was measured for long.
fn walk_base(
    repo: &Repo,
    reader: &Reader<'_>,
    start: Id,
    window: usize,
    enough: &mut dyn FnMut(&Measured) -> bool,
) -> Result<Trail> {
    let mut points = 0;
    trail(repo, reader, start, None, WALK_LIMIT, &mut |point| {
        points += 1;
        // Machines that are measured rarely do not make the walk endless.
        enough(point) || points >= window * 20
    })
}

fn find_head(
    context: &Context,
    reader: &Reader<'_>,
    asked: &Asked,
    id: Id,
    stop: Option<Id>,
) -> Result<(Measured, End)> {
    let repo = context.repo()?;
    let end = |point: &Measured, walked: usize| End {
        commit: Some(point.commit.to_string()),
        subject: subject(repo, point.commit),
        asked: asked.words.clone(),
        asked_commit: id.to_string(),
        distance: point.distance,
        reason: reason(point, walked, &[]),
    };
    if stop != Some(id) {
        let own = match measured_at(repo, reader, id, &mut Trail::default())? {
            None if !repo.has(id) => absent_head(reader, id)?,
            found => found,
        };
        if let Some(point) = own {
            let end = end(&point, 0);
            return Ok((point, end));
        }
    }
    let found = trail(repo, reader, id, stop, WALK_LIMIT, &mut |_| true)?;
    match found.points.into_iter().next() {
        Some(point) => {
            let end = end(&point, found.walked);
            Ok((point, end))
        }
        None => Err(nothing_at_head(repo, asked, stop == Some(id), found.walked, found.dirty, found.cut)),
    }
}

/// The point of a pull request's head that is not in this clone (a shallow checkout of its merge).
fn absent_head(reader: &Reader<'_>, id: Id) -> Result<Option<Measured>> {
    let mut runs = reader.note(id)?.runs;
    runs.retain(|run| !run.dirty);
    let Some(tree) = runs.last().and_then(|run| run.tree.as_ref()?.parse::<Id>().ok()) else { return Ok(None) };
    let time = runs.last().map_or(0, |run| run.time.0);
    Ok(Some(Measured { commit: id, tree, time, distance: 0, origin: Origin::Merged, runs }))
}

/// Head and first parent of a CI's throw-away merge, where `id` is one.
fn throwaway(context: &Context, repo: &Repo, id: Id) -> Option<(Id, Id)> {
    let parents: Vec<String> = repo.raw_parents(id).iter().map(Id::to_string).collect();
    let merged = context.ci()?.merged(&id.to_string(), &parents)?;
    let base = merged.base.or_else(|| parents.first().cloned())?;
    Some((merged.head.parse().ok()?, base.parse().ok()?))
}

fn subject(repo: &Repo, id: Id) -> Option<String> {
    repo.commit(id).ok().flatten().map(|c| c.subject)
}

fn reason(point: &Measured, walked: usize, passed_over: &[Measured]) -> Option<String> {
    let mut parts = Vec::new();
    if point.distance > 0 {
        let plural = if point.distance == 1 { "" } else { "s" };
        parts.push(format!("{} commit{plural} back: the nearest that was measured", point.distance));
    }
    let nearer = passed_over.iter().filter(|p| p.distance < point.distance).count();
    if nearer > 0 {
        parts.push(format!("{nearer} nearer on other machines or suites"));
    }
    match &point.origin {
        Origin::Own => {}
        Origin::Twin(commit) => parts.push(format!("runs of {}, which has the same tree", &commit.to_string()[..8])),
        Origin::Merged => parts.push("measured merged into its base".into()),
    }
    let _ = walked;
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn no_merge_base(repo: &Repo, base: &Asked, head: &Asked) -> Error {
    let error = Error::data(format!("'{}' and '{}' share no commit that is here", base.words, head.words));
    if repo.is_shallow() {
        error.hint("this clone is shallow: git fetch --deepen=100, or git fetch --unshallow --filter=blob:none")
    } else {
        error.hint(format!("git bench diff {} {} compares the two ends themselves", base.words, head.words))
    }
}

fn nothing_at_head(repo: &Repo, asked: &Asked, on_base: bool, walked: usize, dirty: usize, cut: bool) -> Error {
    let error = if on_base {
        Error::no_data(format!("'{}' has no commits of its own to compare", asked.words))
            .hint("git bench diff HEAD~1 HEAD compares two revisions of one branch")
    } else if dirty > 0 {
        Error::no_data(format!("'{}' was measured only with uncommitted changes", asked.words))
            .hint("commit, run the benchmarks again, and git bench record FILE")
    } else {
        Error::no_data(format!("none of the {walked} commits up to '{}' was measured", asked.words))
            .hint("run the benchmarks and git bench record FILE")
            .hint("git bench pull, if somebody else measured it")
    };
    if cut && repo.is_shallow() { error.hint("this clone is shallow: git fetch --deepen=100") } else { error }
}

fn nothing_at_base(context: &Context, words: &str, found: &Trail, others: &[Measured], head: &Measured) -> Error {
    let label = |point: &Measured| {
        let env = point.runs.last().map(|r| r.env.clone()).unwrap_or_default();
        format!("{}, suite {}", context.label(&env), point.runs.last().map_or("", |r| r.suite.as_str()))
    };
    if let Some(other) = others.first() {
        return Error::no_data(format!(
            "nothing at or behind '{words}' was measured where HEAD was ({}); the nearest point is of {}",
            label(head),
            label(other)
        ))
        .hint("measure the base on the same machine, or compare unlike machines in plain words: --across");
    }
    let error = Error::no_data(format!("none of the {} commits at or behind '{words}' was measured", found.walked))
        .hint(format!("measure it: git bench record FILE --commit {}", if words.contains(' ') { "REV" } else { words }))
        .hint("git bench pull, if somebody else measured it");
    if found.cut { error.hint("this clone is shallow: git fetch --deepen=100") } else { error }
}
