//! `compare`: which platform is better, which is cheaper.

mod view;
mod winner;

pub use winner::{SideValue, Winner, winner_of};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Report, View};

/// A difference of at least this share stands in the summary.
const TELLING: f64 = 0.05;

/// A side leads the whole where it wins by so many metrics more than the next.
const LEAD: usize = 2;

/// One side.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Platform {
    /// The words it was asked for by.
    pub asked: String,
    /// What people call it.
    pub label: String,
    /// Runs that were read.
    pub samples: usize,
    /// Facts of its machines by name; where they differ between machines, all of them.
    pub properties: Map<String, Value>,
    /// USD per hour, from the price table, else the mean of the runs' own cost by duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_hour: Option<f64>,
    /// `prices` or `runs`: where that comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_from: Option<&'static str>,
}

/// One metric of one benchmark on every side.
#[derive(Clone, Debug, Serialize)]
pub struct MetricRow {
    /// Full identity of the benchmark; absent for what is of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<String>,
    /// The metric.
    pub metric: String,
    /// The unit of all values.
    pub unit: String,
    /// Which direction is the better one: lower, higher, none.
    pub better: String,
    /// The value of each side, in the order of the platforms; `null` where it has none.
    pub values: Vec<Option<SideValue>>,
    /// Each further side's value by the first one's; `null` where it cannot be said.
    pub ratios: Vec<Option<f64>>,
    /// Who is better.
    #[serde(flatten)]
    pub winner: Winner,
}

impl MetricRow {
    /// A row with ratios and winner from its values.
    pub fn new(
        benchmark: Option<String>,
        metric: &str,
        unit: &str,
        better: &str,
        values: Vec<Option<SideValue>>,
    ) -> Self {
        let mean = |side: &Option<SideValue>| side.as_ref().map(|v| v.value);
        let first = values.first().and_then(mean).filter(|v| *v != 0.0);
        let ratio = |side| first.zip(mean(side)).map(|(a, b)| b / a).filter(|r| r.is_finite());
        let ratios = values.iter().skip(1).map(ratio).collect();
        let winner = winner_of(&values, better);
        Self { benchmark, metric: metric.into(), unit: unit.into(), better: better.into(), values, ratios, winner }
    }

    /// The metric with its unit: `Latency (ms)`, `Throughput`.
    pub fn title(&self) -> String {
        match self.metric.as_str() {
            "cost_per_hour" => return "Cost/Hour ($)".into(),
            "cost_per_million" => return "Cost/1M operations ($)".into(),
            _ => {}
        }
        let mut name = self.metric.replace('_', " ");
        if let Some(first) = name.get(..1) {
            name = format!("{}{}", first.to_ascii_uppercase(), &name[1..]);
        }
        if self.unit.is_empty() { name } else { format!("{name} ({})", self.unit) }
    }
}

/// A difference that is worth a line.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// The benchmark, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<String>,
    /// The metric with its unit.
    pub metric: String,
    /// Label of the better side.
    pub winner: String,
    /// Label of the side that comes next.
    pub than: String,
    /// By how much of the other's value it is better, 0.1 = 10 %.
    pub better_by: f64,
}

/// The report of `compare`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Compare {
    /// Version of this form.
    pub version: u64,
    /// `compare`.
    pub command: &'static str,
    /// When it was made.
    pub generated: String,
    /// The sides, in the order in which they were asked for.
    pub platforms: Vec<Platform>,
    /// Metrics by benchmark and name, then what is of the machine (cost per hour).
    pub metrics: Vec<MetricRow>,
    /// What the work costs: USD for a million operations.
    pub cost_of_work: Vec<MetricRow>,
    /// How many metrics each side wins, in the order of the platforms.
    pub wins: Vec<usize>,
    /// Label of the side that wins by at least two metrics more than the next, else `tie`.
    pub winner: String,
    /// Differences of 5 % and more.
    pub summary: Vec<Difference>,
    /// What limits the comparison.
    pub notes: Vec<String>,
}

impl Compare {
    /// Counts wins and sets winner and summary.
    pub fn settle(&mut self) {
        self.wins = (0..self.platforms.len())
            .map(|i| self.metrics.iter().filter(|row| row.winner.place == Some(i)).count())
            .collect();
        let mut order: Vec<usize> = (0..self.wins.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(self.wins[*i]));
        self.winner = match order[..] {
            [first, second, ..] if self.wins[first] >= self.wins[second] + LEAD => self.platforms[first].label.clone(),
            _ => "tie".into(),
        };
        for row in self.metrics.iter_mut().chain(&mut self.cost_of_work) {
            if let Some(place) = row.winner.place {
                row.winner.winner = self.platforms.get(place).map(|p| p.label.clone());
            }
        }
        let telling = self.metrics.iter().filter_map(|row| {
            let (place, next, by) = (row.winner.place?, row.winner.next?, row.winner.better_by?);
            (by >= TELLING).then(|| Difference {
                benchmark: row.benchmark.clone(),
                metric: row.title(),
                winner: self.platforms[place].label.clone(),
                than: self.platforms[next].label.clone(),
                better_by: by,
            })
        });
        self.summary = telling.collect();
    }
}

impl Report for Compare {
    fn view(&self) -> View {
        view::of(self)
    }
}
