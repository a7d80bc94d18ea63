//! Commands that are measured by themselves.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use git_bench::git::Id;
use git_bench::import::hex_digest;
use git_bench::measure::{Command, Event, Interrupt, Output, Plan, Series, Watch, run_until, to_run};
use git_bench::model::{Run, Time};
use git_bench::report::Verdict;
use git_bench::{Error, Result};

use super::groups::{Done, Group, groups};
use super::naming::Names;
use super::outcome::report;
use super::versus::Judge;
use super::words::shell;
use super::worktree::Worktree;
use super::{finish, interrupted, once};
use crate::cli::commands::run::Args;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::progress::Progress;
use crate::cli::recording::{Named, Recorded, Wishes, place, record};

/// Measures what the command line says, records and reports it.
///
/// # Errors
/// A wrong command line, a command that cannot be started, what cannot be recorded.
pub(crate) fn measure(context: &Context, args: &Args) -> Result<Outcome> {
    let mut wishes = args.about.wishes()?;
    wishes.command.clone_from(&args.command);
    // What is wrong with the place is told before an hour is measured.
    place(context, context.config()?, &Run::default(), &wishes.named)?;
    let base =
        args.base.as_deref().map(|revision| Ok::<_, Error>(context.repo()?.resolve(revision)?.id)).transpose()?;
    let names = Names::of(context);
    let mut groups = groups(args, &names)?;
    let paired = base.is_some() || args.vs.is_some();
    let seed = args.seed.unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_u128() as u32));
    let limit = args.until_decided.then(|| args.limit.unwrap_or(100).max(args.runs));
    let judge = paired.then(|| Judge::new(context, args.threshold, args.runs, limit)).transpose()?;
    if paired {
        context.say(&format!("taking turns in random order; --seed {seed} gives the same order again"));
    }
    let begun = Instant::now();
    let interrupt = Arc::new(Interrupt::default());
    let watch = Watch::start(Arc::clone(&interrupt))?;
    let worktree = match base {
        Some(commit) => Some(prepare(context, args, &names, commit, &mut groups, &interrupt)?),
        None => None,
    };
    let done = match interrupt.stopped() {
        Some(_) => Vec::new(),
        None => all(context, args, &groups, judge.as_ref(), seed, limit, &interrupt)
            .map_err(|error| if base.is_some() { error.hint(SETUP) } else { error })?,
    };
    drop(worktree);
    drop(watch);
    if let Some(signal) = interrupt.stopped() {
        return Ok(interrupted(context, signal));
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let end = Time(context.now().0 + elapsed as i64);
    // The two runs of '--base' share the time.
    let seconds = if base.is_some() { elapsed / 2.0 } else { elapsed };
    let report = report(&done, judge.as_ref(), base, paired.then_some(seed));
    let code = done.iter().flat_map(|done| [Some(&done.own), done.other.as_ref()]).flatten();
    let code = code.map(Series::exit_code).find(|code| *code != 0).unwrap_or(0);
    let words = names.words(&args.command);
    wishes.execution.insert("command".into(), words.into());
    wishes.execution.insert("exit_code".into(), code.into());
    if paired {
        wishes.execution.insert("seed".into(), seed.into());
    }
    let mut recorded = Vec::new();
    if let Some(commit) = base {
        wishes.named.base = Some(commit.to_string());
        let others: Vec<Series> = done.iter().filter_map(|done| done.other.clone()).collect();
        recorded.extend(record_base(context, &others, &wishes, commit, end, seconds)?);
    }
    let series: Vec<Series> = done
        .iter()
        .flat_map(|done| [done.other.clone().filter(|_| base.is_none()), Some(done.own.clone())])
        .flatten()
        .collect();
    recorded.push(keep(context, to_run(&series, Some(end), Some(seconds)), &wishes)?);
    context.output.report(&report)?;
    if report.verdict == Some(Verdict::Inconclusive) && !args.until_decided {
        context.hint("--until-decided goes on until it is clear");
    }
    finish(context, &recorded, args.push, code)
}

/// What to say where the base cannot run the command.
const SETUP: &str = "--setup 'COMMAND' builds what is measured, in the work tree of the base and here";

/// Checks the base out, runs the setup there and here, and lets every command take turns with itself in the base.
fn prepare<'a>(
    context: &'a Context,
    args: &Args,
    names: &Names,
    commit: Id,
    groups: &mut [Group],
    interrupt: &Arc<Interrupt>,
) -> Result<Worktree<'a>> {
    if let Some(word) = args.command.iter().find(|word| names.names_work_tree(word)) {
        context.warn(&format!("'{word}' is a place in this work tree: the base is measured with it, too"));
        context.hint("name what is measured relative to the current directory");
    }
    let worktree = Worktree::add(context, commit, interrupt)?;
    for group in groups {
        group.other = Some(Command { cwd: Some(worktree.folder.clone()), ..group.own.clone() });
    }
    let Some(setup) = &args.setup else { return Ok(worktree) };
    for folder in [Some(worktree.folder.clone()), None] {
        if interrupt.stopped().is_some() {
            break;
        }
        let place = if folder.is_some() { "in the base" } else { "here" };
        let command = Command { label: setup.clone(), argv: shell(setup), cwd: folder, ..Command::default() };
        let stdout = if args.show_output { Output::Inherit } else { Output::Discard };
        let ended = once(command, stdout, interrupt)?;
        if interrupt.stopped().is_none() && !ended.success() {
            return Err(Error::usage(format!("the setup '{setup}' ended {place} with {ended}"))
                .hint("git bench run --show-output ... shows what it says"));
        }
    }
    Ok(worktree)
}

/// Measures all groups, one after the other; the two of a group take turns.
fn all(
    context: &Context,
    args: &Args,
    groups: &[Group],
    judge: Option<&Judge>,
    seed: u64,
    limit: Option<usize>,
    interrupt: &Arc<Interrupt>,
) -> Result<Vec<Done>> {
    let output = if args.show_output { Output::Inherit } else { Output::Discard };
    let progress = if args.show_output { Progress::none() } else { Progress::new(context) };
    let each = args.warmup + limit.unwrap_or(args.runs);
    let total = groups.iter().map(|group| each * if group.other.is_some() { 2 } else { 1 }).sum();
    let (mut step, mut done) = (0, Vec::new());
    for (i, group) in groups.iter().enumerate() {
        let plan = Plan {
            commands: group.other.iter().chain([&group.own]).cloned().collect(),
            runs: args.runs,
            warmup: args.warmup,
            seed: seed.wrapping_add(i as u64),
            timeout: args.timeout,
            stdout: output,
            stderr: output,
            interrupt: Some(Arc::clone(interrupt)),
            ..Plan::default()
        };
        let mut decided = |series: &[Series]| judge.is_none_or(|judge| judge.decided(series));
        let mut series = run_until(&plan, limit.unwrap_or(args.runs), &mut decided, &mut |event| match event {
            Event::Start { command, .. } => progress.step(step, total, &plan.commands[command].label),
            Event::End { .. } => step += 1,
            Event::Output { .. } => {}
        })?;
        if interrupt.stopped().is_some() {
            break;
        }
        let Some(own) = series.pop() else { continue };
        done.push(Done { other: series.pop(), own });
        // What a group did not need is not missing at the end.
        step = each * plan.commands.len() * (i + 1);
    }
    Ok(done)
}

/// The run of the base, on its own commit. What failed there is only told: the command may be newer than that commit.
fn record_base(
    context: &Context,
    others: &[Series],
    wishes: &Wishes,
    commit: Id,
    end: Time,
    seconds: f64,
) -> Result<Option<Recorded>> {
    let (failed, good): (Vec<Series>, Vec<Series>) = others.iter().cloned().partition(|s| s.failed.is_some());
    for series in &failed {
        let how = series.failed.map(|how| how.to_string()).unwrap_or_default();
        context.warn(&format!("'{}' ended with {how} at the base {commit}: that is not recorded there", series.label));
        context.hint(SETUP);
    }
    if good.is_empty() {
        return Ok(None);
    }
    let mut wishes = Wishes {
        named: Named {
            commit: Some(commit.to_string()),
            channel: wishes.named.channel.clone(),
            apart: true,
            ..Named::default()
        },
        key: None,
        attachments: Vec::new(),
        ..wishes.clone()
    };
    wishes.execution.shift_remove("estimated_cost_usd");
    wishes.execution.insert("exit_code".into(), 0.into());
    keep(context, to_run(&good, Some(end), Some(seconds)), &wishes).map(Some)
}

/// Records a run that no file holds: every measurement is a new one.
fn keep(context: &Context, run: Run, wishes: &Wishes) -> Result<Recorded> {
    let digest = hex_digest(format!("{:?} {:?}", SystemTime::now(), run.measurements).as_bytes());
    let mut recorded = record(context, vec![(run, digest)], wishes)?;
    recorded.pop().ok_or_else(|| Error::data("nothing was recorded"))
}
