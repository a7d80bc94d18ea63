//! The charts of a dashboard: what `export` sends of this repository, by the same names.

use std::collections::{BTreeMap, BTreeSet};

use git_bench::cloud::dashboard::{Chart, Line};
use git_bench::export::points::Stream;
use git_bench::export::{Machine, dimensions, label, metric_type};
use git_bench::index::{Field, Filter, Index};
use git_bench::{Result, render::escape};

/// A monitoring service.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Cloudwatch,
    GcpMonitoring,
}

/// One chart a benchmark and metric, sorted; one line a stream that has a value.
pub(crate) fn charts(index: &Index, filter: &Filter, service: Service) -> Result<(Vec<Chart>, Vec<String>)> {
    let mut seen = BTreeSet::new();
    let values = index.values(filter, &[Field::Suite, Field::Channel], &mut |row| {
        if row.value.is_some() {
            seen.insert((row.series, row.machine, row.kind));
        }
    })?;
    // Series that differ in their unit only may be one stream.
    let mut streams = BTreeSet::new();
    for (series, machine, kind) in seen {
        let (series, named, kind) = (&values.series[series], &values.machines[machine], &values.kinds[kind]);
        let machine = Machine {
            environment: &named.environment,
            label: &named.label,
            platform: &named.platform,
            hardware: &named.hardware,
        };
        let word = |i: usize| kind.get(i).and_then(Option::as_deref).unwrap_or_default();
        streams.insert(Stream::of(&series.benchmark, &series.metric, &series.unit, word(0), word(1), machine).0);
    }
    let mut charts: BTreeMap<(String, String, String), Chart> = BTreeMap::new();
    for stream in streams {
        let [benchmark, metric, unit, suite, channel, machine, _] = &stream.labels;
        let chart = charts.entry((benchmark.clone(), metric.clone(), unit.clone())).or_insert_with(|| Chart {
            title: escape::shorten(&format!("{benchmark} {metric}"), 120, "..."),
            unit: escape::shorten(unit, 40, "..."),
            lines: Vec::new(),
        });
        let title = escape::shorten(&format!("{machine}, {suite}, {channel}"), 200, "...");
        chart.lines.push(line(service, &stream, title));
    }
    Ok((charts.into_values().collect(), values.remarks))
}

fn line(service: Service, stream: &Stream, title: String) -> Line {
    match service {
        Service::Cloudwatch => Line { metric: stream.name.clone(), labels: dimensions(stream), title },
        Service::GcpMonitoring => {
            let labels = stream.filled().map(|(name, value)| (name.to_owned(), label(value))).collect();
            Line { metric: metric_type(stream), labels, title }
        }
    }
}
