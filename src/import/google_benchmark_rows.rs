//! Rows of Google Benchmark, whatever they were read from, become measurements.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Better, Measurement};

/// One row of any of the three outputs.
#[derive(Debug, Default)]
pub struct Row {
    /// Name of the benchmark, without the aggregate's.
    pub name: String,
    /// What tells two benchmarks of one name apart: family and instance.
    pub instance: (Option<u64>, Option<u64>),
    /// Whether the file itself says what kind of row it is.
    pub typed: bool,
    /// Which repetition it is.
    pub repetition: Option<u64>,
    /// `mean`, `median`, `stddev`, `cv`, `BigO`, `RMS` or another aggregate; empty for a measured row.
    pub aggregate: String,
    /// Repetitions behind an aggregate.
    pub repetitions: Option<u64>,
    /// It ended in an error; `values` then holds the time alone.
    pub failed: bool,
    /// What was measured, in the order of the file.
    pub values: Vec<Cell>,
}

/// One number of a row.
#[derive(Debug)]
pub struct Cell {
    /// The harness's own name, which the rows of a benchmark share.
    pub key: String,
    pub metric: String,
    pub unit: String,
    pub better: Better,
    /// NaN and infinite ones are failures.
    pub value: f64,
}

impl Cell {
    /// `real_time` or `cpu_time`.
    pub fn time(key: &str, unit: &str, value: f64) -> Self {
        let metric = if key == "cpu_time" { "cpu_time" } else { "time" };
        Self { key: key.into(), metric: metric.into(), unit: unit.into(), better: Better::Lower, value }
    }

    /// A counter: rates of bytes and items are throughput, all others the user's own.
    pub fn counter(key: &str, unit: &str, value: f64) -> Self {
        let (metric, unit, better) = match key {
            "bytes_per_second" => ("throughput".into(), "B/s", Better::Higher),
            "items_per_second" => ("throughput".into(), "items/s", Better::Higher),
            _ => (key.to_lowercase(), unit, Better::None),
        };
        Self { key: key.into(), metric, unit: unit.into(), better, value }
    }
}

impl Row {
    /// The time that stands for a failed benchmark.
    pub fn fail(&mut self, unit: &str) {
        self.failed = true;
        self.values = vec![Cell::time("real_time", unit, f64::NAN)];
    }
}

/// Text and versions up to 1.4 tell aggregates by the suffix of the name alone: it is one where the plain name or another
/// aggregate of it is there too.
fn name_aggregates(mut rows: Vec<Row>) -> Vec<Row> {
    const SUFFIXES: [&str; 6] = ["mean", "median", "stddev", "cv", "BigO", "RMS"];
    let names: BTreeSet<String> = rows.iter().map(|row| row.name.clone()).collect();
    for row in rows.iter_mut().filter(|row| row.aggregate.is_empty() && !row.typed) {
        let Some((base, suffix)) = row.name.rsplit_once('_') else { continue };
        let others = || SUFFIXES.iter().filter(|s| **s != suffix).any(|s| names.contains(&format!("{base}_{s}")));
        if SUFFIXES.contains(&suffix) && (names.contains(base) || others()) {
            row.aggregate = suffix.to_owned();
            row.name = base.to_owned();
        }
    }
    rows
}

/// What came of one benchmark: its repetitions, or its aggregates alone.
#[derive(Default)]
struct Group {
    rows: Vec<Row>,
    aggregates: Vec<Row>,
}

/// Repetitions of a benchmark become samples of one measurement; a mean stands in where there are no repetitions.
pub fn merge(rows: Vec<Row>) -> Vec<Measurement> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known = BTreeMap::new();
    for row in name_aggregates(rows) {
        let key = (row.name.clone(), row.instance);
        let mut at = *known.entry(key.clone()).or_insert(groups.len());
        // The same repetition again: another benchmark of the same name, in versions that do not number them.
        let again = |group: &Group| row.repetition == Some(0) && row.aggregate.is_empty() && !group.rows.is_empty();
        if groups.get(at).is_some_and(again) {
            at = groups.len();
            known.insert(key, at);
        }
        if at == groups.len() {
            groups.push(Group::default());
        }
        if let Some(group) = groups.get_mut(at) {
            if row.aggregate.is_empty() { group.rows.push(row) } else { group.aggregates.push(row) }
        }
    }
    groups.iter().flat_map(measurements).collect()
}

fn measurements(group: &Group) -> Vec<Measurement> {
    let aggregate = |name: &str| group.aggregates.iter().find(|row| row.aggregate == name);
    if let Some(failed) = group.rows.iter().find(|row| row.failed) {
        let make = |v: &Cell| Measurement::new(&failed.name, &*v.metric, &v.unit, v.better, None);
        return failed.values.iter().map(make).collect();
    }
    let mean = aggregate("mean");
    let rows = if group.rows.is_empty() { mean.into_iter().collect() } else { group.rows.iter().collect::<Vec<_>>() };
    let (mut cells, mut samples) = (Vec::<(&str, &Cell)>::new(), Vec::<Vec<f64>>::new());
    let mut places = BTreeMap::new();
    for row in rows {
        for cell in &row.values {
            let at = *places.entry(cell.key.as_str()).or_insert(cells.len());
            if at == cells.len() {
                cells.push((&row.name, cell));
                samples.push(Vec::new());
            }
            if let Some(values) = samples.get_mut(at) {
                values.push(cell.value);
            }
        }
    }
    let spread = |name: &str| -> BTreeMap<&str, f64> {
        let cells = aggregate(name).map_or(&[][..], |row| &row.values);
        cells.iter().filter(|cell| cell.value.is_finite()).map(|cell| (cell.key.as_str(), cell.value)).collect()
    };
    let (median, deviation) = (spread("median"), spread("stddev"));
    let make = |((name, cell), samples): ((&str, &Cell), Vec<f64>)| {
        let value = samples.iter().sum::<f64>() / samples.len() as f64;
        let mut read = Measurement::new(name, &*cell.metric, &cell.unit, cell.better, Some(value));
        if read.failed() {
            return read;
        }
        read.median = median.get(cell.key.as_str()).copied();
        read.stddev = deviation.get(cell.key.as_str()).copied();
        match mean.filter(|_| group.rows.is_empty()) {
            Some(mean) => read.count(mean.repetitions),
            None => read.sampled(samples),
        }
    };
    cells.into_iter().zip(samples).map(make).collect()
}
