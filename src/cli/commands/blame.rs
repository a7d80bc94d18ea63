//! `git bench blame`

use git_bench::Result;
use git_bench::history::{Measured, Reach, series, trail};
use git_bench::report::VERSION;
use git_bench::report::blame::{Blame, Blamed};

use super::log::told;
use crate::cli::context::Context;
use crate::cli::ends::WALK_LIMIT;
use crate::cli::exit::Outcome;
use crate::cli::judging::all_groups;
use crate::cli::options::Selection;
use crate::cli::patterns::{self, selected};

/// Say for every series which commit set its present level
///
/// The first commit of the level that the series has now, or the range it lies in where commits between were not measured;
/// what it changed, who wrote it.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where to begin
    #[arg(value_name = "REV", default_value = "HEAD")]
    revision: String,
    #[command(flatten)]
    selection: Selection,
    /// Measured commits to look at, at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1000)]
    number: usize,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let repo = context.repo()?;
    let from = repo.resolve(&args.revision)?.id;
    let reader = context.store()?.reader()?;
    let mut left = args.number;
    let reach = Reach { stop: None, limit: WALK_LIMIT, batch: args.number.min(500), accepts: false };
    let found = trail(repo, &reader, from, reach, &mut |_| {
        left = left.saturating_sub(1);
        left == 0
    })?;
    let identity = context.config()?.list("bench.environment");
    let points: Vec<&Measured> = found.points.iter().collect();
    patterns::check(context, &args.selection, &|| patterns::known(&found.points))?;
    let wanted = selected(&args.selection);
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for (group, env) in all_groups(&points, &identity) {
        if args.selection.suite.as_ref().is_some_and(|s| *s != group.suite) {
            continue;
        }
        let label = context.label(env);
        for one in series(&points, &group, &identity, false, &wanted).series {
            let told = told(context, &points, &one, &group.environment, &label, &group.suite);
            notes.extend(told.left_out());
            rows.extend(Blamed::of(told));
        }
    }
    rows.sort_by(|a, b| {
        (&a.benchmark, &a.metric, &a.label, &a.suite).cmp(&(&b.benchmark, &b.metric, &b.label, &b.suite))
    });
    if found.cut {
        notes.push("the history ends here: this clone is shallow (git fetch --deepen=100 gets more)".to_owned());
    }
    let empty = rows.is_empty();
    let blame = Blame { version: VERSION, command: "blame", from: from.to_string(), series: rows, notes };
    context.output.report(&blame)?;
    if empty {
        context.say("no commit of this history was measured, or no series fits");
        context.hint("git bench log shows what is there; git bench pull fetches what others recorded");
        return Ok(Outcome::NoData);
    }
    Ok(Outcome::Done)
}
