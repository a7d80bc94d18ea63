//! `git bench compare`

use std::collections::{BTreeMap, BTreeSet};

use git_bench::index::{Filter, Index, Tally};
use git_bench::report::VERSION;
use git_bench::report::compare::{Compare, MetricRow, Platform, SideValue};
use git_bench::{Error, Result};

use crate::cli::asking::{Asking, tell_nothing};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::platforms::{self, Side};
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
    let mut names = vec![args.platform_a.clone(), args.platform_b.clone()];
    names.extend(args.more.iter().cloned());
    let mut filters = Vec::new();
    for name in &names {
        filters.push(args.asking.filter(context, std::slice::from_ref(name))?);
    }
    let sides = args.asking.ask(context, &|index| sides(context, index, args, &names, &filters))?;
    for remark in sides.iter().flat_map(|side| &side.remarks).collect::<BTreeSet<_>>() {
        context.say(remark);
    }
    let mut report = Compare {
        version: VERSION,
        command: "compare",
        generated: context.now().to_string(),
        platforms: platforms::described(context, &names, &sides)?,
        ..Compare::default()
    };
    let policy = Policy::of(context.config()?)?;
    report.metrics = rows(&policy, &sides, &mut report.notes);
    if report.metrics.is_empty() {
        return Err(Error::no_data("no metric was measured on two of these platforms")
            .hint("git bench stats --by platform,benchmark shows what each has"));
    }
    report.cost_of_work = platforms::cost_of_work(&report.metrics, &report.platforms);
    report.metrics.extend(cost_per_hour(&report.platforms));
    if report.platforms.iter().any(|p| p.usd_per_hour.is_none()) {
        let without: Vec<_> =
            report.platforms.iter().filter(|p| p.usd_per_hour.is_none()).map(|p| p.label.as_str()).collect();
        report.notes.push(format!("no price is known of {}: [price] of bench.toml", without.join(", ")));
    }
    report.settle();
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

fn sides(context: &Context, index: &Index, args: &Args, names: &[String], filters: &[Filter]) -> Result<Vec<Side>> {
    let mut filters = filters.to_vec();
    if args.same_commits {
        let mut common: Option<BTreeSet<String>> = None;
        for filter in &filters {
            let commits = index.commits(filter)?;
            common = Some(common.map_or(commits.clone(), |all| all.intersection(&commits).cloned().collect()));
        }
        let common: Vec<String> = common.unwrap_or_default().into_iter().collect();
        if common.is_empty() {
            return Err(Error::no_data("no commit was measured on all of these platforms")
                .hint("git bench compare without --same-commits compares all runs"));
        }
        filters.iter_mut().for_each(|filter| filter.commit.clone_from(&common));
    }
    let mut sides = Vec::new();
    for (name, filter) in names.iter().zip(&filters) {
        let tallies: Vec<Tally> = index.tally(filter)?;
        if tallies.is_empty() {
            tell_nothing(context, index, filter)?;
            return Err(Error::no_data(format!("no run fits platform '{name}'"))
                .hint("git bench query --columns platform,machine,hardware shows what there is"));
        }
        sides.push(Side::read(index, filter, tallies)?);
    }
    Ok(sides)
}

/// The metrics that at least two sides have, each in the unit of the first of them.
fn rows(policy: &Policy, sides: &[Side], notes: &mut Vec<String>) -> Vec<MetricRow> {
    let keys: BTreeSet<&(String, String)> = sides.iter().flat_map(|side| side.values.keys()).collect();
    let mut rows = Vec::new();
    let (mut lonely, mut unlike) = (0, Vec::new());
    for key in keys {
        let found: Vec<_> = sides.iter().map(|side| side.values.get(key)).collect();
        let Some(first) = found.iter().flatten().next() else { continue };
        let mut values: Vec<Option<SideValue>> = Vec::new();
        for side in &found {
            let converted = side.and_then(|heap| Some(heap.told(heap.unit.factor_to(&first.unit)?)));
            if side.is_some() && converted.is_none() {
                unlike.push(format!("{}:{}", key.0, key.1));
            }
            values.push(converted.flatten());
        }
        if values.iter().flatten().count() < 2 {
            lonely += 1;
            continue;
        }
        let judged = policy.rule(&key.0, &key.1, &first.unit, &[]);
        let better = judged.better.unwrap_or(first.better);
        rows.push(MetricRow::new(Some(key.0.clone()), &key.1, first.unit.as_str(), better.as_str(), values));
    }
    if lonely > 0 {
        let (metrics, were) = if lonely == 1 { ("metric", "was") } else { ("metrics", "were") };
        notes.push(format!("{lonely} {metrics} {were} measured on one platform only"));
    }
    if !unlike.is_empty() {
        unlike.dedup();
        notes.push(format!("units that do not convert are left out: {}", unlike.join(", ")));
    }
    rows
}

fn cost_per_hour(platforms: &[Platform]) -> Option<MetricRow> {
    let value = |p: &Platform| p.usd_per_hour.map(|usd| SideValue { value: usd, n: p.samples, ..SideValue::default() });
    let values: Vec<Option<SideValue>> = platforms.iter().map(value).collect();
    (values.iter().flatten().count() > 1).then(|| MetricRow::new(None, "cost_per_hour", "USD", "lower", values))
}

/// Values of one metric on each side, by benchmark and metric.
pub(crate) type BySeries<T> = BTreeMap<(String, String), T>;
