//! `git bench record`

use std::path::PathBuf;

use git_bench::import::{Importer, ReadOptions, read};
use git_bench::model::{Better, Run};
use git_bench::store::Added;
use git_bench::{Error, Result};
use serde_json::Value;

use super::push;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::recording::{Loaded, Named, Recorded, Wishes, digest_of, load, paths_or_stdin, record};

/// Keep what a harness just printed
///
/// Reads files, folders or standard input, detects the format by content, and leaves a one-line summary in git notes,
/// keyed by the commit; the full result goes to the store that fits (or waits for 'git bench push'). Works offline, in
/// milliseconds. Recording the same file twice changes nothing.
///
/// The run belongs to --commit or --tag, else to the commit that the file names, else to HEAD. Several inputs of one call
/// are one run, unless a file holds many commits: then each is its run.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// What the harness wrote: files or folders; '-' or nothing for standard input
    #[arg(value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The format, instead of detecting it; 'git bench formats' lists them
    #[arg(long, value_name = "FORMAT")]
    from: Option<String>,
    #[command(flatten)]
    pub(crate) about: About,
    /// Push after recording, payload first
    #[arg(long)]
    push: bool,
    /// Directions of metrics for formats that do not say
    #[arg(long, value_name = "lower|higher")]
    better: Option<String>,
    /// Columns of a generic CSV: COLUMN=ROLE, ROLE one of name, metric, unit, value, n, commit, time, branch, better,
    /// param:KEY
    #[arg(long = "column", value_name = "COLUMN=ROLE")]
    columns: Vec<String>,
}

/// What the command line says of a run beside its numbers.
#[derive(clap::Args, Debug, Clone, Default)]
pub(crate) struct About {
    /// The commit that was measured
    #[arg(long, value_name = "REV")]
    commit: Option<String>,
    /// The tag that was measured: a release benchmark
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// The suite, to keep jobs of a matrix apart
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// daily, local, weekly, pr or release, instead of what the CI and the branch say
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// The pull request's number
    #[arg(long, value_name = "N")]
    pr: Option<u64>,
    /// What the run is to be compared with
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Facts of the machine: auto (this one), none, or KEY=VALUE; 'machine=NAME' stands for all
    #[arg(long, value_name = "KEY=VALUE")]
    platform: Vec<String>,
    /// A file that travels with the payload
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// The payload's key in its store, instead of the usual one
    #[arg(long, value_name = "PATH")]
    key: Option<String>,
    /// Metadata of the stored object
    #[arg(long, value_name = "KEY=VALUE")]
    meta: Vec<String>,
    /// The store, instead of the first that fits; 'local' keeps it in this clone
    #[arg(long, value_name = "NAME")]
    store: Option<String>,
    /// Record it although it is there: a new run
    #[arg(long)]
    again: bool,
    /// The run was made on a spot machine
    #[arg(long)]
    spot: bool,
    /// What the run cost, in USD
    #[arg(long, value_name = "USD")]
    cost: Option<f64>,
}

impl About {
    /// As wishes of a recording.
    pub(crate) fn wishes(&self) -> Result<Wishes> {
        let mut meta = Vec::new();
        for pair in &self.meta {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| Error::usage(format!("'--meta {pair}': expected KEY=VALUE")))?;
            meta.push((key.to_owned(), value.to_owned()));
        }
        let mut execution = serde_json::Map::new();
        if self.spot {
            execution.insert("spot_instance".into(), true.into());
        }
        if let Some(cost) = self.cost {
            if !cost.is_finite() || cost < 0.0 {
                return Err(Error::usage(format!("'--cost {cost}': expected USD, not negative")));
            }
            execution.insert("estimated_cost_usd".into(), Value::from(cost));
        }
        let mut attachments = Vec::new();
        for path in &self.attach {
            match load(path)?.file {
                Some(file) => attachments.push(file),
                None => return Err(Error::usage(format!("'{}' is a folder; attach files", path.display()))),
            }
        }
        Ok(Wishes {
            named: Named {
                commit: self.commit.clone(),
                tag: self.tag.clone(),
                channel: self.channel.clone(),
                pr: self.pr,
                base: self.base.clone(),
                absent_ok: false,
            },
            suite: self.suite.clone(),
            platform: self.platform.clone(),
            store: self.store.clone(),
            key: self.key.clone(),
            meta,
            again: self.again,
            execution,
            attachments,
            ..Wishes::default()
        })
    }
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let options = read_options(&args)?;
    let mut wishes = args.about.wishes()?;
    let mut found: Vec<(Run, &'static dyn Importer)> = Vec::new();
    let mut files = Vec::new();
    let mut attached = Vec::new();
    for path in paths_or_stdin(&args.inputs) {
        let Loaded { input, file } = load(&path)?;
        let (reader, runs) = read(&input, args.from.as_deref(), &options)?;
        files.extend(input.digests());
        if runs.iter().all(|run| run.document.is_none() && run.entry.is_none()) {
            attached.extend(file);
        }
        found.extend(runs.into_iter().map(|run| (run, reader)));
    }
    let many = found.iter().filter(|(run, _)| run.entry.is_some()).count() > 1;
    if many && wishes.named.commit.is_some() && commits(&found) > 1 {
        return Err(Error::usage("the input holds runs of several commits: '--commit' cannot stand for all of them")
            .hint("leave out --commit: each run goes to the commit that it names"));
    }
    wishes.named.absent_ok = many;
    if let [(_, name)] = &[(0, attached.len())][..]
        && *name == 1
        && files.len() == 1
        && context.config()?.bool("bench.attachInput")
    {
        wishes.attachments.extend(attached);
    }
    let runs: Vec<Run> = if many { found.into_iter().map(|(run, _)| run).collect() } else { vec![merged(found)] };
    let digests: Vec<String> = runs.iter().map(|run| digest_of(run, &files)).collect();
    let recorded = record(context, runs.into_iter().zip(digests).collect(), &wishes)?;
    tell(context, &recorded);
    if args.push {
        return push::push(context, &push::Args::default());
    }
    if recorded.iter().any(|r| r.added == Added::New) && !context.repo()?.remotes().is_empty() {
        context.hint("share it with 'git bench push'");
    }
    Ok(Outcome::Done)
}

fn commits(found: &[(Run, &'static dyn Importer)]) -> usize {
    found.iter().filter_map(|(run, _)| run.commit.as_deref()).collect::<std::collections::BTreeSet<_>>().len()
}

/// Several inputs of one call are one run: measurements and tests together, facts of the first that has them.
fn merged(found: Vec<(Run, &'static dyn Importer)>) -> Run {
    let mut runs = found.into_iter().map(|(run, _)| run);
    let Some(mut all) = runs.next() else { return Run::default() };
    let mut several = false;
    for run in runs {
        several = true;
        all.measurements.extend(run.measurements);
        all.failures.extend(run.failures);
        all.warnings.extend(run.warnings);
        all.tests = match (all.tests, run.tests) {
            (Some(a), Some(b)) => {
                let (a, b): ([u64; 5], [u64; 5]) = (a.into(), b.into());
                Some(std::array::from_fn::<u64, 5, _>(|i| a[i] + b[i]).into())
            }
            (a, b) => a.or(b),
        };
        all.harness = match (all.harness, run.harness) {
            (Some(a), Some(b)) if !a.split(", ").any(|known| known == b) => Some(format!("{a}, {b}")),
            (a, b) => a.or(b),
        };
        all.commit = all.commit.or(run.commit);
        all.branch = all.branch.or(run.branch);
        all.who = all.who.or(run.who);
        all.time = all.time.max(run.time);
        all.duration = match (all.duration, run.duration) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        for (key, value) in run.platform {
            all.platform.entry(key).or_insert(value);
        }
        for (key, value) in run.environment {
            all.environment.entry(key).or_insert(value);
        }
        // A result file of ours among others: its own words stay, its benchmarks are among the measurements.
        if let Some(document) = run.document {
            let kept = all.document.get_or_insert_default();
            for (key, value) in document {
                kept.entry(key).or_insert(value);
            }
        }
    }
    if let Some(document) = all.document.as_mut().filter(|_| several) {
        // The document no longer says all: the payload is built from the measurements.
        document.shift_remove("benchmarks");
        document.shift_remove("results");
        document.shift_remove("failures");
    }
    all
}

fn read_options(args: &Args) -> Result<ReadOptions> {
    let better = match args.better.as_deref() {
        None => None,
        Some(word) => Some(
            Better::parse(word)
                .ok_or_else(|| Error::usage(format!("'--better {word}': expected lower, higher or none")))?,
        ),
    };
    let mut columns = Vec::new();
    for pair in &args.columns {
        let (column, role) =
            pair.split_once('=').ok_or_else(|| Error::usage(format!("'--column {pair}': expected COLUMN=ROLE")))?;
        columns.push((column.to_owned(), role.to_owned()));
    }
    Ok(ReadOptions { better, columns })
}

/// One line a run.
pub(crate) fn tell(context: &Context, recorded: &[Recorded]) {
    if let [one] = recorded {
        let r = &one.record;
        let failed = r.m.iter().filter(|row| row.value.is_none()).count();
        let mut what = vec![format!("{} measurement{}", r.m.len(), if r.m.len() == 1 { "" } else { "s" })];
        if failed > 0 {
            what.push(format!("{failed} failed"));
        }
        if let Some(tests) = r.tests {
            what.push(format!("{} of {} tests passed", tests.passed, tests.total));
        }
        let commit = &r.commit[..r.commit.len().min(12)];
        let word = if one.added == Added::New { "recorded" } else { "already recorded:" };
        context.say(&format!("{word} {} on {commit} ({}, {})", what.join(", "), r.suite, r.channel));
        if one.place.dirty {
            context.warn("tracked files differ from the commit: the run is marked dirty and is never a baseline");
            context.hint("git stash or git commit, then measure again");
        }
        return;
    }
    let new = recorded.iter().filter(|r| r.added == Added::New).count();
    let absent = recorded.iter().filter(|r| !r.place.here).count();
    let commits: std::collections::BTreeSet<&str> = recorded.iter().map(|r| r.record.commit.as_str()).collect();
    context.say(&format!(
        "recorded {new} runs on {} commits; {} were there already",
        commits.len(),
        recorded.len() - new
    ));
    if absent > 0 {
        context.say(&format!("{absent} runs are of commits that are not in this clone"));
    }
}
