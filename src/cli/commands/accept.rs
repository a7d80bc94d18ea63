//! `git bench accept`

use git_bench::git::Id;
use git_bench::history::{Reach, trail};
use git_bench::model::Time;
use git_bench::record::{Accept, Drop, Note, new_id};
use git_bench::report::tables::Listing;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::ends::WALK_LIMIT;
use crate::cli::exit::Outcome;
use crate::cli::patterns::{Known, known, one};

/// Accept a change: yes, we know
///
/// The baseline of the series that fit starts anew at this commit, on every branch that contains it (also as a squash or
/// cherry-pick). Stored like a run, pushed like a run; a check that passes because of it says so.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The commit that changed it, and the benchmarks: a glob ('*' for all), 'NAME:METRIC' for one metric
    #[arg(value_names = ["REV", "PATTERN"], num_args = 0..=2)]
    what: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Until when: 2024-06-30
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<Time>,
    /// List what is accepted on the way to HEAD
    #[arg(long, conflicts_with_all = ["undo", "what"])]
    list: bool,
    /// Take an accept back, by its id
    #[arg(long, value_name = "ID", conflicts_with = "what")]
    undo: Option<String>,
}

fn date(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "a date such as 2024-06-30 is expected".into())
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    if args.list {
        return list(context);
    }
    if let Some(id) = &args.undo {
        return undo(context, id, args.reason.as_deref().unwrap_or("undone"));
    }
    let [revision, pattern] = &args.what[..] else {
        return Err(Error::usage("which change? REV and PATTERN are needed")
            .hint("git bench accept HEAD 'parse/*' --reason TEXT"));
    };
    let Some(reason) = args.reason.as_deref().map(str::trim).filter(|r| !r.is_empty()) else {
        return Err(
            Error::usage("an accepted change needs a reason").hint("git bench accept REV PATTERN --reason TEXT")
        );
    };
    let repo = context.repo()?;
    let resolved = repo.resolve(revision)?;
    let commit = repo.commit(resolved.id)?;
    let near = measured_near(context, resolved.id)?;
    let (pattern, metric) = one(pattern, &near)?;
    if near.is_empty() {
        context.warn("nothing is recorded at this commit or behind it, so no name could be checked");
    }
    let accept = Accept {
        id: new_id(),
        time: context.now(),
        who: context.git_value("user.name").map(str::to_owned),
        commit: resolved.id.to_string(),
        tree: commit.map(|c| c.tree.to_string()),
        pattern: pattern.to_owned(),
        metric: metric.map(str::to_owned),
        reason: reason.to_owned(),
        until: args.until,
    };
    context.store()?.add_accept(&accept)?;
    let of = metric.map(|m| format!(" ({m})")).unwrap_or_default();
    context.say(&format!("accepted '{pattern}'{of} at {}; its id is {}", &accept.commit[..12], &accept.id[..8]));
    context.hint("git bench push shares it");
    Ok(Outcome::Done)
}

/// Points at or behind the commit, and behind HEAD, whose benchmarks a pattern may mean.
const NEAR: usize = 20;

/// What was measured at the commit or not far from it. An accept may name what is gone at HEAD, or new at the commit.
fn measured_near(context: &Context, commit: Id) -> Result<Known> {
    let repo = context.repo()?;
    let reader = context.store()?.reader()?;
    let mut all = Known::new();
    for from in [Some(commit), repo.head()?].into_iter().flatten() {
        let mut left = NEAR;
        let reach = Reach { stop: None, limit: WALK_LIMIT, batch: NEAR, accepts: false };
        let found = trail(repo, &reader, from, reach, &mut |_| {
            left -= 1;
            left == 0
        })?;
        all.extend(known(&found.points));
    }
    let own = reader.note(commit)?;
    all.extend(own.runs.into_iter().flat_map(|run| run.m).map(|row| (row.name, row.metric)));
    Ok(all)
}

fn list(context: &Context) -> Result<Outcome> {
    let mut listing = Listing::new("accept");
    listing.columns = vec![("id", 0), ("commit", 0), ("pattern", 0), ("until", 2), ("who", 3), ("reason", 0)];
    let repo = context.repo()?;
    let head = repo.head()?;
    context.store()?.reader()?.each(&mut |object, content| {
        if content.windows(15).any(|w| w == br#""kind":"accept""#) {
            for accept in Note::parse(content).accepts {
                let counts = head.is_some_and(|head| repo.is_ancestor(object, head));
                listing.row(&[
                    ("id", Value::from(accept.id.get(..8).unwrap_or(&accept.id))),
                    ("commit", Value::from(accept.commit.get(..12).unwrap_or(&accept.commit))),
                    ("pattern", Value::from(accept.pattern)),
                    ("metric", accept.metric.map_or(Value::Null, Value::from)),
                    ("until", accept.until.map_or(Value::Null, |t| Value::from(t.date()))),
                    ("who", accept.who.map_or(Value::Null, Value::from)),
                    ("reason", Value::from(accept.reason)),
                    ("ancestor_of_head", Value::from(counts)),
                ]);
            }
        }
        true
    })?;
    if listing.rows.is_empty() {
        listing.line("nothing is accepted", git_bench::report::Tone::Plain);
    }
    context.output.report(&listing)?;
    Ok(Outcome::Done)
}

fn undo(context: &Context, prefix: &str, reason: &str) -> Result<Outcome> {
    let mut hits = Vec::new();
    context.store()?.reader()?.each(&mut |object, content| {
        let note = Note::parse(content);
        hits.extend(note.accepts.into_iter().filter(|a| a.id.starts_with(prefix)).map(|a| (object, a)));
        true
    })?;
    match &hits[..] {
        [(object, accept)] => {
            let drop = Drop {
                id: new_id(),
                time: context.now(),
                who: context.git_value("user.name").map(str::to_owned),
                target: accept.id.clone(),
                reason: reason.to_owned(),
                payload: None,
            };
            context.store()?.add_drops(&[(*object, drop)])?;
            context.say(&format!("{} is no longer accepted at {}", accept.pattern, &object.to_string()[..12]));
            context.hint("git bench push shares it");
            Ok(Outcome::Done)
        }
        [] => {
            Err(Error::data(format!("no accept has an id that begins with '{prefix}'")).hint("git bench accept --list"))
        }
        _ => Err(Error::usage(format!("'{prefix}' is not unique")).hint("git bench accept --list shows the ids")),
    }
}
