//! `prune`: drops first, shared; then payloads that nothing needs; then the lines themselves.

mod payloads;
mod telling;

use std::collections::BTreeSet;

use git_bench::git::Id;
use git_bench::model::{Facts, Time, environment_key};
use git_bench::record::{Drop, new_id};
use git_bench::store::Pushed;
use git_bench::store::retention::{Candidate, Rules, plan};
use git_bench::{Error, Result};

use super::commands::push;
use super::context::Context;
use super::settings::Policy;
use payloads::{Fate, Going};
pub(crate) use telling::Told;

/// What `prune` is asked for.
pub(crate) struct Asked {
    pub(crate) rules: Rules,
    /// Nothing younger is deleted, or pruned because no branch reaches it.
    pub(crate) grace: Time,
    pub(crate) remote: Option<String>,
    pub(crate) dry_run: bool,
    pub(crate) keep_payloads: bool,
}

/// Prunes, or says what would be pruned.
pub(crate) fn prune(context: &Context, asked: &Asked) -> Result<Told> {
    let store = context.store()?;
    if let (Some(remote), false) = (&asked.remote, asked.dry_run) {
        store.pull(remote, false)?;
        store.fetch_all_notes(remote)?;
    }
    let reached = reached(context, asked)?;
    let identity = Policy::of(context.config()?)?.identity;
    let survey = store.survey(&|env: &Facts| environment_key(env, &identity))?;
    let judge = |id: Id| reached.as_ref().is_none_or(|known| known.binary_search(&id).is_ok());
    let mut rules = asked.rules.clone();
    if rules.unreachable {
        rules.before = Some(rules.before.map_or(asked.grace, |before| before.min(asked.grace)));
    }
    let plan = plan(&survey.standing, &rules, &judge);
    let mut told = Told::new(asked, &plan, &survey);
    let mut out = survey.dropped;
    out.extend(plan.goes.iter().map(|at| survey.standing[*at].clone()));
    if !asked.dry_run {
        drop_all(context, asked, plan.goes.iter().map(|at| &survey.standing[*at]))?;
        if let Some(remote) = asked.remote.as_ref().filter(|_| !out.is_empty())
            && !shared(context, remote)?
        {
            told.waits(remote);
            return Ok(told);
        }
    }
    let going = payloads::judge(context, asked, out)?;
    if asked.dry_run {
        told.payloads(&going);
        return Ok(told);
    }
    let going = payloads::delete(going);
    take_out(context, asked, &going, &mut told)?;
    told.payloads(&going);
    Ok(told)
}

/// The commits that refs reach, where the rules ask for them.
fn reached(context: &Context, asked: &Asked) -> Result<Option<Vec<Id>>> {
    if !asked.rules.unreachable {
        return Ok(None);
    }
    let repo = context.repo()?;
    match repo.partial_view(asked.remote.as_deref())? {
        Some(partial) => Err(partial.error("what no branch reaches")),
        None => repo.reachable().map(Some),
    }
}

fn drop_all<'a>(context: &Context, asked: &Asked, goes: impl Iterator<Item = &'a Candidate>) -> Result<()> {
    let who = context.git_value("user.name").map(str::to_owned);
    let reason = telling::reason(&asked.rules);
    let drops: Vec<(Id, Drop)> = goes
        .map(|run| {
            let drop = Drop {
                id: new_id(),
                time: context.now(),
                who: who.clone(),
                target: run.id.clone(),
                reason: reason.clone(),
                payload: run.payload.clone(),
            };
            (run.object, drop)
        })
        .collect();
    if drops.is_empty() { Ok(()) } else { context.store()?.add_drops(&drops) }
}

/// Pushes; whether the drops are on the notes ref of the remote now.
fn shared(context: &Context, remote: &str) -> Result<bool> {
    let pushed = push::share(context, &push::Args { remote: Some(remote.to_owned()), ..push::Args::default() })?;
    Ok(matches!(pushed, Pushed::Done(_) | Pushed::UpToDate))
}

/// Takes out the lines of runs that nothing is left of, and shares that.
fn take_out(context: &Context, asked: &Asked, going: &[Going], told: &mut Told) -> Result<()> {
    let done = |going: &&Going| asked.keep_payloads || matches!(going.fate, Fate::Nothing | Fate::Goes);
    let lines: BTreeSet<(Id, String)> =
        going.iter().filter(done).map(|going| (going.run.object, going.run.id.clone())).collect();
    told.lines = context.store()?.take_out(&lines)?;
    if let Some(remote) = asked.remote.as_ref().filter(|_| told.lines > 0)
        && !shared(context, remote)?
    {
        return Err(
            Error::storage(format!("the lines that were taken out are not on '{remote}' yet")).hint("git bench push")
        );
    }
    Ok(())
}
