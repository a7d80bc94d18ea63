//! What is said of the ends of a comparison: why it is another commit, and what to do where there is none.

use git_bench::Error;
use git_bench::git::{Id, Repo};
use git_bench::history::{Measured, Origin, Trail};

use super::Asked;
use crate::cli::context::Context;

/// Why the end is not the commit that was asked for.
pub(super) fn reason(point: &Measured, on_base: bool, passed_over: &[Measured]) -> Option<String> {
    let mut parts = Vec::new();
    // On the base branch one step back is what was asked for.
    if point.distance > usize::from(on_base) {
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
    (!parts.is_empty()).then(|| parts.join("; "))
}

pub(super) fn no_base(name: &str) -> Error {
    let error = if name.is_empty() {
        Error::data("the base branch is not known")
    } else {
        Error::data(format!("the base branch '{name}' is not in this clone"))
    };
    let branch = if name.is_empty() { "main" } else { name };
    error
        .hint(format!("git fetch origin +refs/heads/{branch}:refs/remotes/origin/{branch}"))
        .hint("git config bench.base BRANCH names another base branch")
        .hint("git bench diff A..B compares two revisions of your choice")
}

pub(super) fn no_merge_base(repo: &Repo, base: &Asked, head: &Asked) -> Error {
    if repo.is_shallow() {
        return Error::no_data(format!(
            "this clone is too shallow: '{}' and '{}' share no commit that is here",
            base.words, head.words
        ))
        .hint("git fetch --deepen=100 (again, until it suffices), or git bench check --deepen")
        .hint("in a CI: fetch-depth: 0 with filter: blob:none");
    }
    Error::data(format!("'{}' and '{}' share no commit", base.words, head.words))
        .hint(format!("git bench diff {} {} compares the two ends themselves", base.words, head.words))
}

pub(super) fn head_not_measured(asked: &Asked, id: Id, dirty: usize) -> Error {
    let short = &id.to_string()[..12];
    if dirty > 0 {
        return Error::no_data(format!("'{}' ({short}) was measured only with uncommitted changes", asked.words))
            .hint("commit, run the benchmarks again, and git bench record FILE");
    }
    Error::no_data(format!("'{}' ({short}) was not measured", asked.words))
        .hint("run the benchmarks and git bench record FILE")
        .hint("git bench pull, if somebody else measured it")
}

pub(super) fn nothing_at_head(repo: &Repo, asked: &Asked, on_base: bool, found: &Trail) -> Error {
    let error = if on_base {
        Error::no_data(format!("'{}' has no commits of its own to compare", asked.words))
            .hint("git bench diff HEAD~1 HEAD compares two revisions of one branch")
    } else if found.dirty > 0 {
        Error::no_data(format!("'{}' was measured only with uncommitted changes", asked.words))
            .hint("commit, run the benchmarks again, and git bench record FILE")
    } else {
        Error::no_data(format!("none of the {} commits up to '{}' was measured", found.walked, asked.words))
            .hint("run the benchmarks and git bench record FILE")
            .hint("git bench pull, if somebody else measured it")
    };
    if found.cut && repo.is_shallow() { error.hint("this clone is shallow: git fetch --deepen=100") } else { error }
}

pub(super) fn nothing_at_base(
    context: &Context,
    words: &str,
    found: &Trail,
    others: &[Measured],
    head: &Measured,
) -> Error {
    let label = |point: &Measured| {
        let env = point.runs.last().map(|r| r.env.clone()).unwrap_or_default();
        format!("{}, suite {}", context.label(&env), point.runs.last().map_or("", |r| r.suite.as_str()))
    };
    if let Some(other) = others.first() {
        return Error::no_data(format!(
            "nothing at or behind '{words}' was measured where the head was ({}); the nearest point is of {}",
            label(head),
            label(other)
        ))
        .hint(
            "measure the base on the same machine, or compare unlike machines in plain words: git bench diff --across",
        );
    }
    let revision = if words.contains(' ') { "REV" } else { words };
    let error = Error::no_data(format!("none of the {} commits at or behind '{words}' was measured", found.walked))
        .hint(format!("measure it: git bench record FILE --commit {revision}"))
        .hint("git bench pull, if somebody else measured it");
    if found.cut {
        error.hint("this clone is shallow: git fetch --deepen=100, or git bench check --deepen")
    } else {
        error
    }
}
