//! `git bench compare`

use git_bench::ask::compare::{Options, compare};
use git_bench::report::compare::Compare;
use git_bench::{Kind, Result};
use serde_json::Value;

use crate::cli::asking::{Asking, tell_nothing};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::settings::Policy;

/// Compare platforms: which is better, which is cheaper
///
/// A platform is a cloud (aws, gcp, local), a label of bench.toml, an instance type, or KEY=GLOB of any fact. Every metric
/// that two of them measured stands with the mean of each, ratio and winner; a difference within noise is a tie. Prices
/// per hour come from [price] of bench.toml, else from what the runs cost. Who wins by at least two metrics wins overall.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The first platform
    #[arg(long, value_name = "NAME")]
    platform_a: String,
    /// The second platform
    #[arg(long, value_name = "NAME")]
    platform_b: String,
    /// Further platforms
    #[arg(long = "platform", value_name = "NAME")]
    more: Vec<String>,
    #[command(flatten)]
    asking: Asking,
    /// Read only runs of commits that every platform measured
    #[arg(long)]
    same_commits: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    context.output.report(&compared(context, &args)?)?;
    Ok(Outcome::Done)
}

/// What the arguments ask for.
///
/// # Errors
/// [`git_bench::Kind::NoData`] where no run fits a platform, or two have nothing in common.
pub(crate) fn compared(context: &Context, args: &Args) -> Result<Compare> {
    let mut platforms = Vec::new();
    for name in [&args.platform_a, &args.platform_b].into_iter().chain(&args.more) {
        platforms.push((name.as_str(), args.asking.filter(context, std::slice::from_ref(name))?));
    }
    let config = context.config()?;
    let policy = Policy::of(config)?;
    let options = Options {
        now: context.now(),
        same_commits: args.same_commits,
        price: &|facts| facts.get("instance_type").and_then(Value::as_str).and_then(|n| config.prices.get(n)).copied(),
        better: &|benchmark, metric, unit| policy.rule(benchmark, metric, unit, &[]).better,
        is_label: &|label| config.labels.iter().any(|known| known.name == label),
    };
    let (report, remarks) = args.asking.ask(context, &|index| {
        let answer = compare(index, &platforms, &options);
        if answer.as_ref().is_err_and(|error| error.kind == Kind::NoData) {
            for (_, filter) in &platforms {
                if index.tally(filter)?.is_empty() {
                    tell_nothing(context, index, filter)?;
                    break;
                }
            }
        }
        answer
    })?;
    remarks.iter().for_each(|remark| context.say(remark));
    Ok(report)
}

impl Args {
    /// These platforms, over the runs that `asking` takes.
    pub(crate) fn of(platforms: &[String], asking: Asking) -> Option<Self> {
        let [platform_a, platform_b, more @ ..] = platforms else { return None };
        let (platform_a, platform_b) = (platform_a.clone(), platform_b.clone());
        Some(Self { platform_a, platform_b, more: more.to_vec(), asking, same_commits: false })
    }
}
