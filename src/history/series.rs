//! Points of measured commits, grouped into series of one benchmark, metric, environment and suite.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::Measured;
use crate::git::Id;
use crate::model::{Better, Facts, READINGS, Unit, environment_key};
use crate::record::{Row, RunRecord};

/// An environment and suite that runs were made in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The environment key.
    pub environment: String,
    /// The suite.
    pub suite: String,
}

impl Group {
    /// The group of a run, by the identity of machines as configured.
    pub fn of<S: AsRef<str>>(run: &RunRecord, identity: &[S]) -> Self {
        Self { environment: environment_key(&run.env, identity), suite: run.suite.clone() }
    }
}

/// One commit's measurement of one series: all runs of the commit in this environment and suite, pooled.
#[derive(Clone, Debug)]
pub struct Point {
    /// The commit.
    pub commit: Id,
    /// First-parent steps from where the walk began.
    pub distance: usize,
    /// Median of the values of its runs, in the unit of the series.
    pub value: f64,
    /// The value of each run, by time.
    pub run_values: SmallVec<[f64; 1]>,
    /// Raw samples of all its runs.
    pub samples: Vec<f64>,
    /// Samples behind the values, where every run says.
    pub n: Option<u64>,
    /// Standard deviation within the newest run.
    pub stddev: Option<f64>,
    /// Time of the newest run, seconds since 1970.
    pub time: i64,
}

/// One (benchmark, metric) of a group along the walk, newest first.
#[derive(Clone, Debug)]
pub struct Series {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// The unit of all points: that of the newest.
    pub unit: Unit,
    /// The direction, as the newest point has it.
    pub better: Better,
    /// The points that could be brought to `unit`.
    pub points: Vec<Point>,
    /// A unit that stands at an older point and does not convert.
    pub other_unit: Option<Unit>,
}

/// A benchmark that failed at a commit: no value in any of its runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failed {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// The commit.
    pub commit: Id,
}

/// The series of one group.
#[derive(Clone, Debug, Default)]
pub struct SeriesSet {
    /// Sorted by benchmark, then metric.
    pub series: Vec<Series>,
    /// Failures by commit.
    pub failed: BTreeSet<Failed>,
    /// Scalars of the environment that differ between runs that were pooled into one point.
    pub mixed: BTreeSet<String>,
}

impl SeriesSet {
    /// The series of a benchmark's metric.
    pub fn get(&self, benchmark: &str, metric: &str) -> Option<&Series> {
        self.at(benchmark, metric).map(|i| &self.series[i])
    }

    /// The series of a benchmark's metric; its points move out of the set.
    pub fn take(&mut self, benchmark: &str, metric: &str) -> Option<Series> {
        let at = self.at(benchmark, metric)?;
        let points = std::mem::take(&mut self.series[at].points);
        Some(Series { points, ..self.series[at].clone() })
    }

    fn at(&self, benchmark: &str, metric: &str) -> Option<usize> {
        self.series.binary_search_by(|s| (s.benchmark.as_str(), s.metric.as_str()).cmp(&(benchmark, metric))).ok()
    }
}

/// The groups that a measured commit was measured in, each with the env of its newest run.
pub fn groups<'m>(point: &'m Measured, identity: &[String]) -> BTreeMap<Group, &'m Facts> {
    point.grouped(identity).map(|(group, run)| (group.into_owned(), &run.env)).collect()
}

/// The series of one group over measured commits (newest first), of the benchmarks that `wanted` takes. With `across`,
/// runs of every environment count.
pub fn series(
    points: &[&Measured],
    group: &Group,
    identity: &[String],
    across: bool,
    wanted: &dyn Fn(&str, &str) -> bool,
) -> SeriesSet {
    let mut set = SeriesSet::default();
    let mut found: Vec<Series> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for point in points {
        // Most commits have the same rows in the same order.
        let mut expected = 0;
        let runs: Vec<&RunRecord> = point
            .grouped(identity)
            .filter(|(of, _)| **of == *group || (across && of.suite == group.suite))
            .map(|(_, run)| run)
            .collect();
        note_mixed(&runs, &mut set.mixed);
        each_of(&runs, &mut |rows| {
            let Some((newest, _)) = rows.last() else { return };
            let (benchmark, metric) = (newest.name.as_str(), newest.metric.as_str());
            if !wanted(benchmark, metric) {
                return;
            }
            if rows.iter().all(|(row, _)| row.value.is_none()) {
                let (benchmark, metric) = (benchmark.to_owned(), metric.to_owned());
                set.failed.insert(Failed { benchmark, metric, commit: point.commit });
                return;
            }
            let as_expected =
                found.get(expected).is_some_and(|s: &Series| s.benchmark == benchmark && s.metric == metric);
            let place = match as_expected {
                true => expected,
                false => *places.entry((benchmark, metric)).or_insert(found.len()),
            };
            expected = place + 1;
            if place == found.len() {
                found.push(Series {
                    benchmark: benchmark.to_owned(),
                    metric: metric.to_owned(),
                    unit: Unit::new(&newest.unit),
                    better: newest.better,
                    points: Vec::with_capacity(points.len()),
                    other_unit: None,
                });
            }
            let series = &mut found[place];
            match pooled(point, rows, &series.unit) {
                Some(pooled) => series.points.push(pooled),
                None => series.other_unit = Some(Unit::new(&newest.unit)),
            }
        });
    }
    found.sort_by(|a, b| (&a.benchmark, &a.metric).cmp(&(&b.benchmark, &b.metric)));
    set.series = found;
    set
}

/// A row and the time of its run.
type Timed<'r> = (&'r Row, i64);

/// Visits the rows of one (benchmark, metric) each, over all runs of a point, with the time of their run.
fn each_of<'r>(runs: &[&'r RunRecord], visit: &mut dyn FnMut(&[Timed<'r>])) {
    if let [only] = runs {
        return only.m.iter().for_each(|row| visit(&[(row, only.time.0)]));
    }
    let mut rows: BTreeMap<(&str, &str), Vec<Timed<'_>>> = BTreeMap::new();
    for run in runs {
        for row in &run.m {
            rows.entry((&row.name, &row.metric)).or_default().push((row, run.time.0));
        }
    }
    rows.into_values().for_each(|rows| visit(&rows));
}

/// One point of the rows of a commit; `None` where no row converts to the unit.
fn pooled(point: &Measured, rows: &[Timed<'_>], unit: &Unit) -> Option<Point> {
    let factor = |row: &Row| if row.unit == unit.as_str() { Some(1.0) } else { Unit::new(&row.unit).factor_to(unit) };
    let mut pooled = Point {
        commit: point.commit,
        distance: point.distance,
        value: f64::NAN,
        run_values: SmallVec::with_capacity(rows.len()),
        samples: Vec::new(),
        n: Some(0),
        stddev: None,
        time: 0,
    };
    for (row, time) in rows {
        let (Some(value), Some(factor)) = (row.value, factor(row)) else { continue };
        pooled.run_values.push(value * factor);
        pooled.samples.extend(row.samples.iter().flatten().map(|sample| sample * factor));
        pooled.n = pooled.n.zip(row.n).map(|(a, b)| a + b);
        pooled.stddev = row.stddev.map(|s| s * factor);
        pooled.time = *time;
    }
    if pooled.run_values.is_empty() {
        return None;
    }
    pooled.value = median(&pooled.run_values);
    Some(pooled)
}

fn median(values: &[f64]) -> f64 {
    if let [only] = values {
        return *only;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => sorted[n / 2 - 1] + (sorted[n / 2] - sorted[n / 2 - 1]) / 2.0,
    }
}

fn note_mixed(runs: &[&RunRecord], mixed: &mut BTreeSet<String>) {
    let Some((first, rest)) = runs.split_first() else { return };
    for run in rest {
        for (key, value) in &run.env {
            if first.env.get(key).is_some_and(|other| other != value) && !READINGS.contains(&key.as_str()) {
                mixed.insert(key.clone());
            }
        }
    }
}
