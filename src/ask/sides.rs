//! The sides of a cross-platform comparison: what they measured, what they are, what they cost.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::compare::Options;
use crate::Result;
use crate::index::{Filter, Index, Tally};
use crate::model::{Better, Unit};
use crate::report::compare::{MetricRow, Platform, SideValue};

/// Values of one metric on each side, by benchmark and metric.
type BySeries<T> = BTreeMap<(String, String), T>;

/// The values of one metric on one side, as running moments.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    pub(super) unit: Unit,
    pub(super) better: Better,
    n: usize,
    mean: f64,
    squares: f64,
    /// Standard error within the last run.
    within: Option<f64>,
}

impl Heap {
    /// Welford's update.
    fn add(&mut self, value: f64, within: Option<f64>) {
        self.n += 1;
        let away = value - self.mean;
        self.mean += away / self.n as f64;
        self.squares += away * (value - self.mean);
        self.within = within;
    }

    /// Mean and spread in another unit; `None` where every run failed.
    pub(super) fn told(&self, factor: f64) -> Option<SideValue> {
        let stddev = (self.n > 1).then(|| (self.squares / (self.n - 1) as f64).sqrt() * factor);
        (self.n > 0).then(|| SideValue {
            value: self.mean * factor,
            n: self.n,
            stddev,
            error_within: self.within.map(|e| e * factor),
        })
    }
}

/// What was read of one side.
pub(super) struct Side {
    pub(super) tallies: Vec<Tally>,
    pub(super) values: BySeries<Heap>,
    pub(super) remarks: Vec<String>,
}

impl Side {
    /// Reads all values of a side.
    pub(super) fn read(index: &Index, filter: &Filter, tallies: Vec<Tally>) -> Result<Self> {
        let mut rows: Vec<Vec<(f64, Option<f64>)>> = Vec::new();
        let values = index.values(filter, &[], &mut |row| {
            if rows.len() <= row.series {
                rows.resize_with(row.series + 1, Vec::new);
            }
            if let Some(value) = row.value.filter(|v| v.is_finite()) {
                let within = row.stddev.zip(row.n).filter(|(_, n)| *n > 1).map(|(s, n)| s / (n as f64).sqrt());
                rows[row.series].push((value, within));
            }
        })?;
        let mut side = Self { tallies, values: BySeries::new(), remarks: values.remarks };
        for (series, rows) in values.series.iter().zip(rows) {
            let unit = Unit::new(&series.unit);
            let key = (series.benchmark.clone(), series.metric.clone());
            let better = Better::parse(&series.better).unwrap_or_default();
            let empty = Heap { unit: unit.clone(), better, n: 0, mean: 0.0, squares: 0.0, within: None };
            if rows.is_empty() {
                continue;
            }
            let heap = side.values.entry(key).or_insert(empty);
            let Some(factor) = unit.factor_to(&heap.unit) else {
                side.remarks.push(format!("values of {} in '{unit}' and '{}' are not mixed", series.metric, heap.unit));
                continue;
            };
            rows.into_iter().for_each(|(value, within)| heap.add(value * factor, within.map(|e| e * factor)));
        }
        Ok(side)
    }
}

/// Facts that a report names.
const PROPERTIES: &[&str] = &[
    "machine",
    "cloud",
    "instance_type",
    "region",
    "hardware",
    "gpu_model",
    "gpu_count",
    "cpu_model",
    "cpu_count",
    "memory_mb",
    "os",
    "arch",
];

/// The sides as a report has them: labels that tell them apart, facts, price.
pub(super) fn described(names: &[&str], sides: &[Side], options: &Options<'_>) -> Vec<Platform> {
    let label = |side: &Side| {
        let labels: BTreeSet<&str> = side.tallies.iter().map(|t| t.named.label.as_str()).collect();
        let only = labels.first().filter(|_| labels.len() == 1)?;
        (options.is_label)(only).then(|| (*only).to_owned())
    };
    let mut labels: Vec<String> =
        names.iter().zip(sides).map(|(name, side)| label(side).unwrap_or_else(|| (*name).to_owned())).collect();
    if (0..labels.len()).any(|i| labels[..i].contains(&labels[i])) {
        labels = names.iter().map(|name| (*name).to_owned()).collect();
    }
    let told = |((asked, side), label): ((&&str, &Side), String)| {
        let (usd_per_hour, usd_from) = price(options, &side.tallies).unzip();
        Platform {
            asked: (*asked).to_owned(),
            label,
            samples: side.tallies.iter().map(|t| t.runs).sum(),
            properties: properties(&side.tallies),
            usd_per_hour,
            usd_from,
        }
    };
    names.iter().zip(sides).zip(labels).map(told).collect()
}

fn properties(tallies: &[Tally]) -> Map<String, Value> {
    let mut found = Map::new();
    for key in PROPERTIES {
        let mut values: Vec<&Value> = Vec::new();
        for value in tallies.iter().filter_map(|t| t.facts.get(*key)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        match values[..] {
            [] => {}
            [one] => drop(found.insert((*key).to_owned(), one.clone())),
            _ => drop(found.insert((*key).to_owned(), Value::Array(values.into_iter().cloned().collect()))),
        }
    }
    found
}

/// USD per hour: the price of each machine's instance type, else what its runs cost by their duration; over several
/// machines the mean over runs. `None` where one of them has neither.
fn price(options: &Options<'_>, tallies: &[Tally]) -> Option<(f64, &'static str)> {
    let (mut sum, mut runs, mut from) = (0.0, 0, "prices");
    for tally in tallies {
        let listed = (options.price)(&tally.facts);
        let usd = match (listed, tally.usd_per_hour) {
            (Some(usd), _) => usd,
            (None, Some(usd)) => {
                from = "runs";
                usd
            }
            (None, None) => return None,
        };
        sum += usd * tally.runs as f64;
        runs += tally.runs;
    }
    (runs > 0).then(|| (sum / runs as f64, from))
}

/// Metrics that are the time of one operation, best first.
const TIMES: &[&str] = &["time", "latency", "real", "wall", "duration"];

/// What a million operations cost: by the time of one, else by the rate of a throughput.
pub(super) fn cost_of_work(metrics: &[MetricRow], platforms: &[Platform]) -> Vec<MetricRow> {
    let mut rows: Vec<MetricRow> = Vec::new();
    let names: BTreeSet<&String> = metrics.iter().filter_map(|row| row.benchmark.as_ref()).collect();
    for name in names {
        let of = |wanted: &dyn Fn(&MetricRow) -> bool| {
            metrics.iter().find(|row| row.benchmark.as_ref() == Some(name) && wanted(row))
        };
        let timed = TIMES.iter().find_map(|time| of(&|row| row.metric == *time && Unit::new(&row.unit).is_time()));
        let rated = || of(&|row| row.better == "higher" && Unit::new(&row.unit).is_rate());
        let Some(row) = timed.or_else(rated) else { continue };
        let factor = Unit::new(&row.unit).quantity().factor;
        let cost = |(side, platform): (&Option<SideValue>, &Platform)| {
            let (side, usd) = ((*side)?, platform.usd_per_hour? / 3600.0 * 1e6);
            let value = if timed.is_some() { usd * side.value * factor } else { usd / (side.value * factor) };
            // The relative spread stays what it is.
            let scale = value / side.value;
            value.is_finite().then(|| SideValue {
                value,
                n: side.n,
                stddev: side.stddev.map(|s| s * scale.abs()),
                error_within: side.error_within.map(|e| e * scale.abs()),
            })
        };
        let values: Vec<Option<SideValue>> = row.values.iter().zip(platforms).map(cost).collect();
        if values.iter().flatten().count() > 1 {
            rows.push(MetricRow::new(Some(name.clone()), "cost_per_million", "USD", "lower", values));
        }
    }
    rows
}
