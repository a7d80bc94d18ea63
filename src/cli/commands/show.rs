//! `git bench show`

use git_bench::git::Id;
use git_bench::model::environment_key;
use git_bench::record::{Note, RunRecord};
use git_bench::report::VERSION;
use git_bench::report::runs::{Measured, Run, Shown};
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::{Context, write_out};
use crate::cli::exit::Outcome;

/// Show what is known of a commit or tag
///
/// Every run of the commit, with its machine and measurements; where it was not measured itself, the runs of commits with
/// the same tree. With --payload the full result, fetched from its store and verified against its hash.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The commit or tag
    #[arg(value_name = "REV", default_value = "HEAD")]
    revision: String,
    /// Print the full result: one run its exact bytes, several as a JSON array
    #[arg(long)]
    payload: bool,
    /// Only the run whose id begins so
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Only this suite
    #[arg(long, value_name = "SUITE")]
    suite: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let repo = context.repo()?;
    let resolved = repo.resolve(&args.revision)?;
    let reader = context.store()?.reader()?;
    let note = reader.note(resolved.id)?;
    let commit = repo.commit(resolved.id)?;
    let mut origin = None;
    let mut runs = note.runs.clone();
    if runs.is_empty()
        && let Some(tree) = commit.as_ref().map(|c| c.tree)
    {
        for (twin, other) in reader.twins(tree, resolved.id)? {
            runs.extend(other.runs);
            origin = Some(twin);
        }
    }
    let wanted = |run: &RunRecord| {
        args.run.as_ref().is_none_or(|id| run.id.starts_with(id.as_str()))
            && args.suite.as_ref().is_none_or(|suite| run.suite == *suite)
    };
    runs.retain(wanted);
    for why in &note.unreadable {
        context.warn(&format!("the note of {} holds {why}; it is kept as it is", resolved.id));
    }
    for id in &note.conflicts {
        context.warn(&format!("run id {id} stands on two runs with different input; one of them is shown"));
        context.hint(&format!("git bench drop {id} --commit {} --reason TEXT", &resolved.id.to_string()[..12]));
    }
    if args.payload {
        return payloads(context, &args, &runs);
    }
    if runs.is_empty() && note.is_empty() {
        return Err(nothing(&args.revision, resolved.id));
    }
    let identity = context.config()?.list("bench.environment");
    let shown = Shown {
        version: VERSION,
        command: "show",
        commit: resolved.id.to_string(),
        subject: commit.map(|c| c.subject).unwrap_or_default(),
        runs: runs.iter().map(|run| shown_run(context, run, &identity, origin)).collect(),
        accepts: accepts(&note),
        drops: note.drops.iter().map(|d| format!("{} at {}: {}", d.target, d.time, d.reason)).collect(),
        unreadable: note.unreadable.iter().map(ToString::to_string).collect(),
    };
    context.output.report(&shown)?;
    Ok(Outcome::Done)
}

fn accepts(note: &Note) -> Vec<String> {
    note.accepts
        .iter()
        .map(|a| {
            let until = a.until.map(|t| format!(" until {}", t.date())).unwrap_or_default();
            format!("{} {}{until}: {}", &a.id[..a.id.len().min(8)], a.pattern, a.reason)
        })
        .collect()
}

fn nothing(revision: &str, id: Id) -> Error {
    Error::no_data(format!("nothing is recorded for '{revision}' ({})", &id.to_string()[..12]))
        .hint("git bench record FILE records a run; git bench pull fetches what others recorded")
        .hint("git bench log shows which commits were measured")
}

fn shown_run(context: &Context, run: &RunRecord, identity: &[String], origin: Option<Id>) -> Run {
    Run {
        id: run.id.clone(),
        commit: run.commit.clone(),
        time: run.time.to_string(),
        suite: run.suite.clone(),
        channel: run.channel.clone(),
        who: run.who.clone(),
        branch: run.branch.clone(),
        tag: run.tag.clone(),
        pr: run.pr,
        harness: run.harness.clone(),
        environment: environment_key(&run.env, identity),
        label: context.label(&run.env),
        env: run.env.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        tests: run.tests.map(Into::into),
        duration: run.duration,
        cost: run.cost,
        dirty: run.dirty,
        measurements: run
            .m
            .iter()
            .map(|row| Measured {
                benchmark: row.name.clone(),
                metric: row.metric.clone(),
                unit: row.unit.clone(),
                better: row.better.as_str().to_owned(),
                value: row.value,
                n: row.n,
                stddev: row.stddev,
                min: row.min,
                max: row.max,
            })
            .collect(),
        payload: run.payload.as_ref().map(|p| format!("{}:{}", p.store, p.key)),
        origin: match (origin, &run.measured) {
            (Some(id), _) => Some(format!("{id}, which has the same tree")),
            (None, Some(merge)) => Some(format!("measured at {merge}, the CI's merge into the base")),
            (None, None) => None,
        },
    }
}

/// One run: its exact bytes; several: a JSON array, by time, then id.
fn payloads(context: &Context, args: &Args, runs: &[RunRecord]) -> Result<Outcome> {
    let (with, without): (Vec<_>, Vec<_>) = runs.iter().partition(|run| run.payload.is_some());
    for run in without {
        context.warn(&format!("run {} has no payload: its note line holds everything", run.id));
    }
    let mut all = Vec::new();
    for run in &with {
        if let Some(wanted) = &run.payload {
            all.push(context.fetch_payload(wanted)?);
        }
    }
    match &all[..] {
        [] => Err(Error::no_data(format!("no payload is recorded for '{}'", args.revision))
            .hint("git bench log shows which commits were measured")),
        [one] => write_out(one).map(|()| Outcome::Done),
        several => {
            let mut values = Vec::new();
            for bytes in several {
                let value: Value = serde_json::from_slice(bytes)
                    .map_err(|e| Error::data("a payload is no JSON, though its hash is right").because(e))?;
                values.push(value);
            }
            let mut text = serde_json::to_vec_pretty(&values).unwrap_or_default();
            text.push(b'\n');
            write_out(&text).map(|()| Outcome::Done)
        }
    }
}
