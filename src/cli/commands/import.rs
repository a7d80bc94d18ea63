//! `git bench import`

use std::path::PathBuf;

use git_bench::model::{Better, Facts};
use git_bench::payload::keys::CHANNELS;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::importing::{Reading, Tracker, Wanted, bring, read};

/// Bring the history that another tracker kept
///
/// Reads a whole history and leaves each of its runs in the note of the commit that it names, thousands of runs in one
/// notes commit. Importing it again changes nothing, and a history that has grown adds only what is new; so an import that
/// was broken off is simply run again.
///
/// Runs of commits that are not in this clone are taken all the same and counted. What names no commit, or is broken, is
/// listed with its place. Nothing is taken from this machine, user or CI: say with --platform what the history does not
/// (of a data.js for each runner: --platform machine=ubuntu-latest).
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Who kept it
    #[arg(value_enum, value_name = "TRACKER")]
    tracker: Tracker,
    /// Files, folders, the repository (git-perf, git-metrics), or the URL of a configured store (layout)
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A fact of the machine that the history does not state; 'machine=NAME' stands for all
    #[arg(long, value_name = "KEY=VALUE")]
    platform: Vec<String>,
    /// The suite of the runs
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// The channel of the runs (default: daily; of a layout its places say it)
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// The branch of runs for which the history states none
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Of csv: COLUMN=ROLE, ROLE one of name, metric, unit, value, n, commit, time, branch, better, param:KEY,
    /// value:METRIC
    #[arg(long = "column", value_name = "COLUMN=ROLE")]
    columns: Vec<String>,
    /// Of line-json: where things stand in each object, ROLE one of commit, time, metrics, branch, machine
    #[arg(long, value_name = "ROLE=PATH")]
    map: Vec<String>,
    /// The direction of metrics for which the history has none
    #[arg(long, value_name = "lower|higher")]
    better: Option<String>,
    /// Of git-perf and git-metrics: the notes ref (default: refs/notes/perf-v3, refs/notes/metrics)
    #[arg(long = "ref", value_name = "REF")]
    notes_ref: Option<String>,
    /// Of a layout: the name of its store; else where payloads go that a note line cannot hold
    #[arg(long, value_name = "NAME")]
    store: Option<String>,
    /// Only say what would be imported
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let (wanted, reading) = split(&args)?;
    let history = read(context, args.tracker, &reading)?;
    let tally = bring(context, history, &wanted)?;
    tally.warn(context);
    context.output.report(&tally.listing(context, args.tracker.name(), args.dry_run))?;
    if tally.taken() == 0 && !tally.refused.is_empty() {
        return Err(Error::data("nothing could be taken of this history; the report says why")
            .hint("git fetch brings commits; git bench help import tells what each tracker's history must say"));
    }
    if tally.new > 0 && !args.dry_run && !context.repo()?.remotes().is_empty() {
        context.hint("share it with 'git bench push'");
    }
    Ok(Outcome::Done)
}

fn split(args: &Args) -> Result<(Wanted, Reading)> {
    let mut platform = Facts::new();
    for pair in &args.platform {
        let (key, value) = pair.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
            Error::usage(format!("'--platform {pair}': expected KEY=VALUE"))
                .hint("a history is of other machines than this one: --platform machine=NAME")
        })?;
        platform.insert(key.to_owned(), value.parse::<u64>().map_or_else(|_| Value::from(value), Value::from));
    }
    if let Some(channel) = args.channel.as_deref() {
        if args.tracker == Tracker::Layout {
            return Err(Error::usage("'--channel' cannot stand for a layout: each place in it is of a channel"));
        }
        if !CHANNELS.contains(&channel) {
            return Err(Error::usage(format!("unknown channel '{channel}'; known are {}", CHANNELS.join(", "))));
        }
    }
    let better = match args.better.as_deref() {
        None => None,
        Some(word) => Some(
            Better::parse(word)
                .ok_or_else(|| Error::usage(format!("'--better {word}': expected lower, higher or none")))?,
        ),
    };
    let columns = args.columns.iter().map(|pair| {
        let split = pair.split_once('=').map(|(column, role)| (column.to_owned(), role.to_owned()));
        split.ok_or_else(|| Error::usage(format!("'--column {pair}': expected COLUMN=ROLE")))
    });
    let reading = Reading {
        paths: args.paths.clone(),
        columns: columns.collect::<Result<_>>()?,
        map: args.map.clone(),
        better,
        notes_ref: args.notes_ref.as_deref().map(full_ref),
        store: args.store.clone(),
    };
    let wanted = Wanted {
        platform,
        suite: args.suite.clone(),
        channel: args.channel.clone(),
        branch: args.branch.clone(),
        store: args.store.clone(),
        dry_run: args.dry_run,
    };
    Ok((wanted, reading))
}

fn full_ref(name: &str) -> String {
    if name.starts_with("refs/") { name.to_owned() } else { format!("refs/notes/{name}") }
}
