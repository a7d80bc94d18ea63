//! Which commit a run belongs to, and what is known of it there (cli.md, "Which commit a run belongs to").

use git_bench::config::Config;
use git_bench::git::{Id, Repo};
use git_bench::machine::ci::CiFacts;
use git_bench::model::Run;
use git_bench::record::Known;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::Context;

/// What the command line says of the place of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) commit: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) pr: Option<u64>,
    pub(crate) base: Option<String>,
    /// Commits that are not here are taken by their full id (histories of other trackers).
    pub(crate) absent_ok: bool,
    /// It was measured in a clean work tree of its own, whatever is changed in this one.
    pub(crate) apart: bool,
}

/// Where a run belongs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) commit: String,
    pub(crate) tree: Option<String>,
    pub(crate) ctime: Option<i64>,
    pub(crate) parents: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) measured: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) base: Option<String>,
    pub(crate) pr: Option<u64>,
    pub(crate) tag: Option<String>,
    pub(crate) channel: String,
    pub(crate) dirty: bool,
    /// Whether the commit is in this clone.
    pub(crate) here: bool,
}

impl Place {
    /// The part of what is known that the place decides.
    pub(crate) fn known(&self) -> Known {
        Known {
            commit: self.commit.clone(),
            tree: self.tree.clone(),
            ctime: self.ctime,
            parents: self.parents.clone(),
            subject: self.subject.clone(),
            measured: self.measured.clone(),
            branch: self.branch.clone(),
            base: self.base.clone(),
            pr: self.pr,
            tag: self.tag.clone(),
            channel: self.channel.clone(),
            dirty: self.dirty,
            ..Known::default()
        }
    }
}

/// Finds the place of a run.
///
/// # Errors
/// A revision that is unknown; a file that names a commit which is not here; no commit at all.
pub(crate) fn place(context: &Context, config: &Config, run: &Run, named: &Named) -> Result<Place> {
    let repo = context.repo()?;
    let stated = stated_commit(run);
    let history = run.entry.is_some() && run.document.is_none();
    let ci = context.ci().filter(|_| !history);
    let head = repo.head()?;
    let (checked_out, tag) = chosen(repo, named, stated.as_deref(), head, ci, context)?;
    let Some(checked_out) = checked_out else {
        // A full id of a commit that is not here.
        let commit = stated.unwrap_or_default();
        let channel = channel(context, config, named, run.branch.as_deref(), None, history)?;
        return Ok(Place { commit, branch: run.branch.clone(), channel, ..Place::default() });
    };
    let raw_parents: Vec<String> = repo.raw_parents(checked_out).iter().map(Id::to_string).collect();
    let merged = ci.and_then(|ci| ci.merged(&checked_out.to_string(), &raw_parents));
    let tree = repo.commit(checked_out)?.map(|c| c.tree.to_string());
    let belongs = match &merged {
        Some(merged) => git_bench::git::id(&merged.head).unwrap_or(checked_out),
        None => checked_out,
    };
    let commit = repo.commit(belongs)?;
    let stated_dirty = metadata(run, "dirty").and_then(Value::as_bool).unwrap_or(false);
    let here = !history && !named.apart && head == Some(checked_out);
    let dirty = stated_dirty || (here && repo.is_dirty()?);
    let speaks = ci.filter(|ci| ci.speaks_of(&checked_out.to_string()) || merged.is_some());
    let branch = run
        .branch
        .clone()
        .or_else(|| speaks.and_then(|ci| ci.branch.clone()))
        .or_else(|| if history || head != Some(checked_out) { None } else { repo.head_branch() });
    let tag = tag.or_else(|| speaks.and_then(|ci| ci.tag.clone()));
    let pr =
        named.pr.or_else(|| metadata(run, "pr_number").and_then(Value::as_u64)).or_else(|| speaks.and_then(|ci| ci.pr));
    let base = match &named.base {
        Some(revision) => Some(repo.resolve(revision)?.id.to_string()),
        None => {
            let stated = metadata(run, "base_commit").and_then(Value::as_str).and_then(|text| resolve_id(repo, text));
            stated.map(|id| id.to_string()).or_else(|| merged.as_ref().and_then(|m| m.base.clone()))
        }
    };
    let channel = channel(context, config, named, branch.as_deref(), speaks, history)?;
    Ok(Place {
        commit: belongs.to_string(),
        tree: tree.filter(|_| !dirty),
        ctime: commit.as_ref().map(|c| c.time),
        parents: commit.as_ref().map(|c| c.parents.iter().map(Id::to_string).collect()).unwrap_or_default(),
        subject: commit.as_ref().map(|c| c.subject.clone()),
        measured: merged.map(|_| checked_out.to_string()),
        branch,
        base,
        pr,
        tag: tag.clone(),
        channel,
        dirty,
        here: commit.is_some(),
    })
}

/// The commit that was checked out, and the tag that named it; `None` = a full id that is not here.
fn chosen(
    repo: &Repo,
    named: &Named,
    stated: Option<&str>,
    head: Option<Id>,
    ci: Option<&CiFacts>,
    context: &Context,
) -> Result<(Option<Id>, Option<String>)> {
    let stated_id = stated.and_then(|text| resolve_id(repo, text));
    if named.commit.is_some() || named.tag.is_some() {
        let tagged = named.tag.as_deref().map(|tag| resolve_tag(repo, tag)).transpose()?;
        let resolved = match (&named.commit, tagged) {
            (Some(revision), _) => repo.resolve(revision)?,
            (None, Some(tagged)) => tagged,
            (None, None) => return Err(Error::usage("no commit is named")),
        };
        if let (Some(text), id) = (stated, resolved.id)
            && stated_id != Some(id)
        {
            context.warn(&format!("the file names commit '{text}', the command line {id}: the command line wins"));
        }
        return Ok((Some(resolved.id), named.tag.clone().or(resolved.tag)));
    }
    match (stated, stated_id) {
        (Some(_), Some(id)) => Ok((Some(id), None)),
        (Some(text), None) => {
            let full = text.len() >= 40 && git_bench::git::id(text).is_some();
            // The head of a pull request need not be in a shallow checkout of its merge.
            let of_ci = full && ci.is_some_and(|ci| ci.pr_head.as_deref() == Some(text));
            if full && (named.absent_ok || of_ci) {
                return Ok((if of_ci { head } else { None }, None));
            }
            let flag =
                head.map_or_else(|| "--commit REV".to_owned(), |id| format!("--commit {}", &id.to_string()[..12]));
            Err(Error::data(format!("the file names commit '{text}', which is not here"))
                .hint("git fetch, if it is on a remote")
                .hint(format!("git bench record {flag} ... says which commit was measured")))
        }
        (None, _) => head.map(|id| (Some(id), None)).ok_or_else(|| {
            Error::data("this repository has no commit yet").hint("git commit, then git bench record again")
        }),
    }
}

fn resolve_tag(repo: &Repo, tag: &str) -> Result<git_bench::git::Resolved> {
    repo.resolve(&format!("refs/tags/{}", tag.trim_start_matches("refs/tags/")))
        .map_err(|_| Error::data(format!("there is no tag '{tag}' here")).hint("git fetch --tags, or git tag"))
}

/// A commit by its full or abbreviated id, if it is here.
fn resolve_id(repo: &Repo, text: &str) -> Option<Id> {
    repo.expand(text)
}

/// The commit that the file names; what is not 7 to 64 hex digits names none.
fn stated_commit(run: &Run) -> Option<String> {
    let hex = |text: &String| (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    run.commit.as_ref().map(|c| c.trim().to_ascii_lowercase()).filter(hex)
}

fn metadata<'a>(run: &'a Run, key: &str) -> Option<&'a Value> {
    run.document.as_ref()?.get("metadata")?.get(key)
}

/// `--channel`; else a tag means release; a pull request pr; the base branch daily; else local.
fn channel(
    context: &Context,
    config: &Config,
    named: &Named,
    branch: Option<&str>,
    ci: Option<&CiFacts>,
    history: bool,
) -> Result<String> {
    if let Some(channel) = &named.channel {
        let known = git_bench::payload::keys::CHANNELS;
        return if known.contains(&channel.as_str()) {
            Ok(channel.clone())
        } else {
            Err(Error::usage(format!("unknown channel '{channel}'; known are {}", known.join(", "))))
        };
    }
    if named.tag.is_some() || ci.is_some_and(|ci| ci.tag.is_some()) {
        return Ok("release".into());
    }
    if named.pr.is_some() || ci.is_some_and(|ci| ci.pr.is_some()) {
        return Ok("pr".into());
    }
    if history {
        return Ok("daily".into());
    }
    let base = match config.set_text("bench.base") {
        Some(name) => name.to_owned(),
        None if branch.is_some() => context.base()?.name,
        None => String::new(),
    };
    Ok(if branch.is_some_and(|b| b == base) { "daily" } else { "local" }.into())
}
