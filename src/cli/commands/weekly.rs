//! `git bench weekly`

use git_bench::model::Time;
use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::weeks::{Written, runs_of, write};

/// Put the full benchmark of a week together
///
/// Merges the full results of a week's runs (channels daily and weekly, by the time of the run, UTC) into one document and
/// puts it at weekly/YYYY-Www/full-benchmark.json: in each store the runs that belong there. Run again, it takes in what
/// has come since; nothing else changes. 'git bench pull' first brings what others recorded.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// ISO week (default: this one)
    #[arg(value_name = "YYYY-Www")]
    week: Option<String>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<Outcome> {
    let name = args.week.clone().unwrap_or_else(|| context.now().week());
    let monday = Time::of_week(&name).ok_or_else(|| {
        let this = context.now().week();
        Error::usage(format!("'{name}' is no week")).hint(format!("git bench weekly {this} is this one"))
    })?;
    let week = runs_of(context, monday)?;
    if week.unreadable > 0 {
        context.warn(&format!("{} lines of the notes cannot be read, so they cannot count", week.unreadable));
        context.hint("git bench fsck tells which and why");
    }
    let without = week.runs.iter().filter(|run| run.payload.is_none()).count();
    if without > 0 {
        context.warn(&format!("{without} runs of {name} have no full result, only their line, and are left out"));
    }
    let (_, trusted) = context.trusted(true)?;
    let Written { full, elsewhere } = write(context, &trusted, monday, &week.runs)?;
    if elsewhere > 0 {
        context.warn(&format!("{elsewhere} runs of {name} have their full result in another clone, and are left out"));
        context.hint("git bench push in the clone that recorded them shares it, once a store is configured");
    }
    let runs: usize = full.iter().map(|one| one.runs).sum();
    if runs == 0 {
        context.say(&format!("no full result of channel daily or weekly is of {name}"));
        context.hint("git bench pull fetches what others recorded; git bench query --sort -time shows the newest runs");
        return Ok(Outcome::NoData);
    }
    let mut listing = Listing::new("weekly");
    listing.columns = vec![("store", 0), ("key", 0), ("runs", 1), ("bytes", 2), ("state", 1)];
    listing.fact("week", name.as_str());
    listing.fact("without_payload", without + elsewhere);
    let many = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let line = format!("{name}: {} in {}", many(runs, "run"), many(full.len(), "store"));
    listing.line(line, Tone::Strong);
    for one in full {
        listing.row(&[
            ("store", Value::from(one.store)),
            ("key", Value::from(one.key)),
            ("runs", Value::from(one.runs)),
            ("bytes", Value::from(one.size)),
            ("state", Value::from(if one.written { "written" } else { "unchanged" })),
        ]);
    }
    context.output.report(&listing)?;
    Ok(Outcome::Done)
}
