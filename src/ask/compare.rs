//! Platforms side by side.

use std::collections::BTreeSet;

use super::sides::{self, Side};
use crate::index::{Filter, Index, Tally};
use crate::model::{Better, Facts, Time, Unit};
use crate::report::VERSION;
use crate::report::compare::{Compare, MetricRow, Platform, SideValue};
use crate::{Error, Result};

/// What is known of platforms beside their runs. The default knows nothing.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// When the report is made.
    pub now: Time,
    /// Read only runs of commits that every platform measured.
    pub same_commits: bool,
    /// The price of a machine by its facts, in USD per hour; `None` = what its runs cost by their duration.
    pub price: &'a dyn Fn(&Facts) -> Option<f64>,
    /// The better direction of a metric of a benchmark, where it is another one than the recorded one.
    pub better: &'a dyn Fn(&str, &str, &Unit) -> Option<Better>,
    /// Whether a machine's label was given by people, so that it names the platform.
    pub is_label: &'a dyn Fn(&str) -> bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            now: Time::default(),
            same_commits: false,
            price: &|_| None,
            better: &|_, _, _| None,
            is_label: &|_| false,
        }
    }
}

/// The platforms by metric: the mean of each, ratio and winner (a difference within noise is a tie), prices, the cost of the
/// work, who wins overall. A platform is a name and the runs that count for it. Beside the report: what limits the question.
///
/// ```
/// use git_bench::ask::{self, compare::{Options, compare}};
/// use git_bench::index::Filter;
/// use git_bench::render::{self, renderer};
/// # use git_bench::git::Identity;
/// # use git_bench::store::{self, Store};
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/library/team.rs"));
/// # fn main() -> git_bench::Result<()> {
/// # let (_folder, repo) = team();
/// # let identity = Identity { name: "alice".into(), email: "alice@example.com".into(), time: 0 };
/// # let store = Store::new(&repo, store::Options { notes_ref: "refs/notes/bench".into(), identity });
/// let index = ask::open(&store)?;
/// let on = |cloud: &str| Filter { platform: vec![cloud.to_owned()], ..Filter::default() };
/// let usd = |facts: &git_bench::model::Facts| Some(if facts["cloud"] == "aws" { 32.77 } else { 29.39 });
/// let options = Options { price: &usd, ..Options::default() };
///
/// // CrossPlatformComparison().generate_report("AWS P4d (A100)", "GCP A2 (A100)")
/// let (report, _) = compare(&index, &[("AWS P4d (A100)", on("aws")), ("GCP A2 (A100)", on("gcp"))], &options)?;
/// let latency = report.metrics.iter().find(|row| row.metric == "latency").unwrap();
/// assert_eq!(latency.winner.winner.as_deref(), Some("AWS P4d (A100)"));
/// assert!((latency.ratios[0].unwrap() - 1.2).abs() < 1e-9);
///
/// // report.to_markdown(); "json", "html", "csv" and "text" likewise
/// let mut markdown = Vec::new();
/// renderer("md")?.render(&report, &render::Options::default(), &mut markdown).expect("memory takes it");
/// assert!(String::from_utf8_lossy(&markdown).contains("| Latency (ms) | 11.211 | 13.454 | 1.20x | AWS |"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`crate::Kind::NoData`] where no run fits a platform, or two have nothing in common. [`crate::Kind::Data`] where the index is
/// damaged.
pub fn compare(index: &Index, platforms: &[(&str, Filter)], options: &Options<'_>) -> Result<(Compare, Vec<String>)> {
    let sides = read(index, platforms, options)?;
    let names: Vec<&str> = platforms.iter().map(|(name, _)| *name).collect();
    let mut report = Compare {
        version: VERSION,
        command: "compare",
        generated: options.now.to_string(),
        platforms: sides::described(&names, &sides, options),
        ..Compare::default()
    };
    report.metrics = rows(&sides, options, &mut report.notes);
    if report.metrics.is_empty() {
        return Err(Error::no_data("no metric was measured on two of these platforms")
            .hint("git bench stats --by platform,benchmark shows what each has"));
    }
    report.cost_of_work = sides::cost_of_work(&report.metrics, &report.platforms);
    report.metrics.extend(cost_per_hour(&report.platforms));
    if report.platforms.iter().any(|p| p.usd_per_hour.is_none()) {
        let without: Vec<_> =
            report.platforms.iter().filter(|p| p.usd_per_hour.is_none()).map(|p| p.label.as_str()).collect();
        report.notes.push(format!("no price is known of {}: [price] of bench.toml", without.join(", ")));
    }
    report.settle();
    let remarks: BTreeSet<String> = sides.into_iter().flat_map(|side| side.remarks).collect();
    Ok((report, remarks.into_iter().collect()))
}

fn read(index: &Index, platforms: &[(&str, Filter)], options: &Options<'_>) -> Result<Vec<Side>> {
    let mut filters: Vec<Filter> = platforms.iter().map(|(_, filter)| filter.clone()).collect();
    if options.same_commits {
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
    for ((name, _), filter) in platforms.iter().zip(&filters) {
        let tallies: Vec<Tally> = index.tally(filter)?;
        if tallies.is_empty() {
            return Err(Error::no_data(format!("no run fits platform '{name}'"))
                .hint("git bench query --columns platform,machine,hardware shows what there is"));
        }
        sides.push(Side::read(index, filter, tallies)?);
    }
    Ok(sides)
}

/// The metrics that at least two sides have, each in the unit of the first of them.
fn rows(sides: &[Side], options: &Options<'_>, notes: &mut Vec<String>) -> Vec<MetricRow> {
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
        let better = (options.better)(&key.0, &key.1, &first.unit).unwrap_or(first.better);
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
