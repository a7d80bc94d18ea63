//! Releases: tags with what was measured there, each against the one before it.

use std::collections::BTreeMap;

use git_bench::git::Id;
use git_bench::history::{Measured, Trail, groups, measured_at, series};
use git_bench::model::Time;
use git_bench::report::changes::{Changes, SeriesChange};
use git_bench::report::releases::{Counts, Release, ReleaseValue, Releases};
use git_bench::report::{VERSION, Verdict};
use git_bench::{Error, Kind, Result};

use super::commands::diff::compared;
use super::context::Context;
use super::ends::{Question, asked};
use super::exit::Outcome;
use super::options::Selection;
use super::patterns::{self, selected};
use super::settings::Policy;

/// Which releases.
pub(crate) struct Asked<'a> {
    /// Tags that this commit contains.
    pub(crate) from: Id,
    /// But those that this one contains.
    pub(crate) stop: Option<Id>,
    /// A glob of their names.
    pub(crate) glob: &'a str,
    /// At most so many, the newest.
    pub(crate) number: usize,
}

/// The tag before this one: the nearest that its first parent descends from.
pub(crate) fn before(context: &Context, tag: &str) -> Result<Option<String>> {
    let parent = format!("{tag}^{{commit}}^");
    Ok(context.repo()?.git().try_text(&["describe", "--tags", "--abbrev=0", &parent]))
}

/// Tells of the releases, newest first.
pub(crate) fn log(context: &Context, wanted: &Asked<'_>, selection: &Selection) -> Result<Outcome> {
    let reader = context.store()?.reader()?;
    let tags = tags(context, wanted)?;
    let mut points = Vec::new();
    for (_, id) in tags.iter().take(wanted.number) {
        points.push(measured_at(context.repo()?, &reader, *id, &mut Trail::default())?);
    }
    patterns::check(context, selection, &|| patterns::known(points.iter().flatten()))?;
    let mut report = Releases {
        version: VERSION,
        command: "log",
        from: wanted.from.to_string(),
        releases: Vec::new(),
        notes: Vec::new(),
    };
    if tags.len() > wanted.number {
        report.notes.push(format!("the newest {} of {} releases (-n shows more)", wanted.number, tags.len()));
    }
    let policy = Policy::of(context.config()?)?;
    for ((tag, id), point) in tags.iter().zip(&points) {
        let release = told(context, (tag, *id), point.as_ref(), &policy, selection, &mut report.notes)?;
        report.releases.push(release);
    }
    let empty = report.releases.iter().all(|release| release.values.is_empty());
    context.output.report(&report)?;
    if !empty {
        return Ok(Outcome::Done);
    }
    if tags.is_empty() {
        context.say("no tag is contained in this revision");
        context.hint("git fetch --tags brings the remote's; git bench log --tags REV asks for another revision");
    } else {
        context.say("no release was measured, or no series fits");
        context.hint("git bench record --tag TAG FILE records one; git bench pull fetches what others recorded");
    }
    Ok(Outcome::NoData)
}

/// Names of the tags and their commits, the newest commit first; of one time the greater version first.
fn tags(context: &Context, wanted: &Asked<'_>) -> Result<Vec<(String, Id)>> {
    let repo = context.repo()?;
    let list = |merged: Id| -> Result<Vec<String>> {
        let merged = format!("--merged={merged}");
        let format = "--format=%(refname:strip=2)";
        let text = repo.git().text(&["for-each-ref", "--sort=-version:refname", &merged, format, "refs/tags/"])?;
        Ok(text.lines().map(str::to_owned).collect())
    };
    let older = wanted.stop.map(list).transpose()?.unwrap_or_default();
    let glob = git_bench::model::Pattern::new(wanted.glob);
    let mut found = Vec::new();
    for name in list(wanted.from)? {
        if glob.matches(&name) && !older.contains(&name) {
            let id = repo.resolve(&format!("refs/tags/{name}"))?.id;
            found.push((repo.commit(id)?.map_or(0, |c| c.time), name, id));
        }
    }
    found.sort_by_key(|(time, _, _)| std::cmp::Reverse(*time));
    Ok(found.into_iter().map(|(_, name, id)| (name, id)).collect())
}

fn told(
    context: &Context,
    (tag, id): (&str, Id),
    point: Option<&Measured>,
    policy: &Policy,
    selection: &Selection,
    notes: &mut Vec<String>,
) -> Result<Release> {
    let commit = context.repo()?.commit(id)?;
    let mut release = Release {
        tag: tag.to_owned(),
        commit: id.to_string(),
        time: Time(commit.as_ref().map_or(0, |c| c.time)).to_string(),
        subject: commit.map(|c| c.subject).unwrap_or_default(),
        against: before(context, tag)?,
        counts: None,
        values: Vec::new(),
    };
    let Some(point) = point else { return Ok(release) };
    let changes = match &release.against {
        Some(base) => since(context, base, tag, policy, selection)?,
        None => None,
    };
    if let Some((changes, base)) = changes.as_ref().zip(release.against.as_ref()) {
        release.counts = Some(Counts {
            regressions: changes.count(Verdict::Regression),
            improvements: changes.count(Verdict::Improvement),
            unchanged: changes.count(Verdict::Unchanged),
            inconclusive: changes.count(Verdict::Inconclusive),
        });
        if changes.base.distance > 0 {
            let steps = changes.base.distance;
            notes.push(format!("{tag}: {base} was not measured, {steps} commits before it stand in for it"));
        }
    }
    release.values = values(context, point, policy, selection, changes.as_ref());
    Ok(release)
}

/// What changed between two tags; `None` where one of them was never measured, or not on a like machine.
fn since(context: &Context, base: &str, head: &str, policy: &Policy, selection: &Selection) -> Result<Option<Changes>> {
    let tag = |name: &str| asked(context, &format!("refs/tags/{name}"));
    let question = Question::Ends { base: tag(base)?, head: tag(head)? };
    match compared(context, &question, policy, selection, false) {
        Ok((changes, _)) => Ok(Some(changes)),
        Err(Error { kind: Kind::NoData, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The series of one commit with their values, and what is known of their changes.
fn values(
    context: &Context,
    point: &Measured,
    policy: &Policy,
    selection: &Selection,
    changes: Option<&Changes>,
) -> Vec<ReleaseValue> {
    let mut known: BTreeMap<(&str, &str, &str, &str), &SeriesChange> = BTreeMap::new();
    for s in changes.iter().flat_map(|c| &c.series) {
        known.insert((&s.benchmark, &s.metric, &s.environment, &s.suite), s);
    }
    let wanted = selected(selection);
    let mut values = Vec::new();
    for (group, env) in groups(point, &policy.identity) {
        if selection.suite.as_ref().is_some_and(|suite| *suite != group.suite) {
            continue;
        }
        for one in series(&[point], &group, &policy.identity, false, &wanted).series {
            let Some(value) = one.points.first().map(|p| p.value) else { continue };
            let name = (one.benchmark.as_str(), one.metric.as_str(), group.environment.as_str(), group.suite.as_str());
            let change = known.get(&name);
            values.push(ReleaseValue {
                benchmark: one.benchmark.clone(),
                metric: one.metric.clone(),
                unit: one.unit.as_str().to_owned(),
                better: one.better.as_str().to_owned(),
                environment: group.environment.clone(),
                label: context.label(env),
                suite: group.suite.clone(),
                value,
                change: change.and_then(|c| c.change),
                verdict: change.map(|c| c.verdict),
            });
        }
    }
    values.sort_by(|a, b| {
        (&a.benchmark, &a.metric, &a.label, &a.suite).cmp(&(&b.benchmark, &b.metric, &b.label, &b.suite))
    });
    values
}
