//! `git bench prune`

use git_bench::payload::keys::CHANNELS;
use git_bench::store::retention::Rules;
use git_bench::{Error, Result};

use super::push;
use crate::cli::ages::{Age, parse_age};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::pruning::{Asked, prune};

/// Let old runs go: by age, by count, by what no branch reaches
///
/// A run goes only where every rule that is given fits it; releases never go. Each gets a 'drop' line, which is pushed
/// before anything else happens; then payloads and attachments go that no other note on the remote names, and then the
/// lines themselves, in an ordinary commit. What was stopped in the middle is taken up by the next prune. Look with
/// --dry-run first.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The remote (default: that of the base branch, else origin)
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// Runs that ended longer ago than this (90d, 12w, 1y), or before this date
    #[arg(long, value_name = "AGE", value_parser = parse_age)]
    older_than: Option<Age>,
    /// Keep the newest N of each series (machine, suite, benchmark, metric)
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Runs of commits that no branch or tag reaches, here or on the remote, older than the grace
    #[arg(long)]
    unreachable: bool,
    /// Only runs of this channel (may be repeated)
    #[arg(long, value_name = "CHANNEL")]
    channel: Vec<String>,
    /// Nothing is deleted from a store that is younger than this
    #[arg(long, value_name = "AGE", default_value = "14d", value_parser = parse_age)]
    grace: Age,
    /// Leave payloads and attachments where they are, for rules of the bucket's own
    #[arg(long)]
    keep_payloads: bool,
    /// Say what would go, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    if args.older_than.is_none() && args.keep.is_none() && !args.unreachable {
        return Err(Error::usage("nothing says which runs may go")
            .hint("git bench prune --dry-run --older-than 1y --keep 100 shows what a year and a hundred would leave"));
    }
    if let Some(wrong) = args.channel.iter().find(|c| !CHANNELS.contains(&c.as_str())) {
        return Err(Error::usage(format!("the channel '{wrong}' is not known"))
            .hint(format!("use one of {}", CHANNELS.join(", "))));
    }
    let now = context.now();
    let rules = Rules {
        before: args.older_than.map(|age| age.before(now)),
        keep: args.keep,
        unreachable: args.unreachable,
        channels: args.channel,
    };
    // Without any remote this clone is all there is; which of several is meant must be clear.
    let alone = args.remote.is_none() && context.repo()?.remotes().is_empty();
    let remote = if alone { None } else { Some(push::remote(context, args.remote.as_deref(), &context.base()?.name)?) };
    let asked = Asked {
        rules,
        grace: args.grace.before(now),
        remote,
        dry_run: args.dry_run,
        keep_payloads: args.keep_payloads,
    };
    if asked.dry_run {
        warn_if_behind(context, &asked)?;
    }
    let (listing, hints) = prune(context, &asked)?.finish();
    context.output.report(&listing)?;
    for hint in hints {
        context.hint(&hint);
    }
    Ok(Outcome::Done)
}

/// A dry run fetches nothing: what is judged is what is here.
fn warn_if_behind(context: &Context, asked: &Asked) -> Result<()> {
    let Some(remote) = &asked.remote else { return Ok(()) };
    let unseen = context.store()?.unseen_notes(remote)?;
    if let Some(name) = unseen.first() {
        context.warn(&format!("'{name}' of '{remote}' is not here as it is there: the plan may change"));
        context.hint("git bench pull, then look again");
    }
    Ok(())
}
