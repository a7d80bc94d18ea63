//! `git bench record`

use std::path::PathBuf;

use git_bench::Result;
use git_bench::store::Added;

use super::push;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::recording::{About, Found, Reading, Recorded, load, paths_or_stdin};

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
    /// What the run is to be compared with
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Push after recording, payload first
    #[arg(long)]
    push: bool,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let options = args.reading.options()?;
    let mut wishes = args.about.wishes()?;
    wishes.named.base = args.base;
    let mut found = Found::default();
    for path in paths_or_stdin(&args.inputs) {
        found.read(load(&path)?, args.from.as_deref(), &options)?;
    }
    let recorded = found.record(context, wishes)?;
    tell(context, &recorded);
    if args.push {
        return push::push(context, &push::Args::default());
    }
    if recorded.iter().any(|r| r.added == Added::New) && !context.repo()?.remotes().is_empty() {
        context.hint("share it with 'git bench push'");
    }
    Ok(Outcome::Done)
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
