//! One number that a harness reported, with what is known about how it was made.

use serde::{Deserialize, Serialize};

use super::Unit;

/// Which direction of a metric is the better one. Fixed at import and stored, never guessed later from a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Smaller is better: times, memory, sizes.
    Lower,
    /// Larger is better: throughput.
    Higher,
    /// Neither the file nor the metric's name says.
    #[default]
    None,
}

impl Better {
    /// The word in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::None => "none",
        }
    }

    /// Reads `lower`, `higher` or `none`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "lower" => Some(Self::Lower),
            "higher" => Some(Self::Higher),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    /// The direction that the name of a metric of our vocabulary implies; [`Better::None`] for all other names.
    pub fn of_metric(metric: &str) -> Self {
        match metric {
            "time" | "cpu_time" | "latency" | "memory" | "allocations" | "instructions" | "size" | "cycles"
            | "duration" | "cost" | "user" | "system" | "estimated_cycles" => Self::Lower,
            "throughput" | "ops" | "iops" => Self::Higher,
            _ => Self::None,
        }
    }
}

/// One metric of one benchmark in one run.
///
/// `value` is the harness's headline number, unscaled, at full precision, in `unit`; `None` means that the benchmark
/// failed. `n` counts the samples behind the value (rounds, not iterations inside one), `None` where the file does not
/// say. The spread (`stddev` as the harness gives it, else of the samples with `n - 1`) and `samples` are in the same
/// unit; `samples` are in measured order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// Full identity of the benchmark, parameters included: `group/name[k=v]`.
    pub name: String,
    /// `time`, `throughput`, `memory`, ... or the harness's own word.
    pub metric: String,
    /// The unit of value, spread and samples.
    pub unit: Unit,
    /// Which direction is the better one.
    pub better: Better,
    /// The headline number; `None` = failed.
    pub value: Option<f64>,
    /// Number of samples behind the value.
    pub n: Option<u64>,
    /// Arithmetic mean of the samples, where the harness reports it beside the value.
    pub mean: Option<f64>,
    /// Standard deviation of the samples.
    pub stddev: Option<f64>,
    /// Median of the samples.
    pub median: Option<f64>,
    /// Smallest sample.
    pub min: Option<f64>,
    /// Largest sample.
    pub max: Option<f64>,
    /// The raw samples, in measured order; empty where the file has none.
    pub samples: Vec<f64>,
}

impl Measurement {
    /// A measurement with this identity and value; a value that is not finite is a failure (`None`).
    pub fn new(
        name: impl Into<String>,
        metric: impl Into<String>,
        unit: &str,
        better: Better,
        value: Option<f64>,
    ) -> Self {
        Self {
            name: name.into(),
            metric: metric.into(),
            unit: Unit::new(unit),
            better,
            value: value.filter(|v| v.is_finite()),
            ..Self::default()
        }
    }

    /// Sets the number of samples behind the value.
    #[must_use]
    pub fn count(mut self, n: Option<u64>) -> Self {
        self.n = n;
        self
    }

    /// Sets the raw samples and from them what is still unknown: n, mean, stddev (n - 1), median, min, max. Samples that
    /// are not finite are left out.
    #[must_use]
    pub fn sampled(mut self, samples: Vec<f64>) -> Self {
        self.samples = samples;
        self.samples.retain(|v| v.is_finite());
        let n = self.samples.len();
        if n == 0 {
            return self;
        }
        let mean = self.samples.iter().sum::<f64>() / n as f64;
        self.n.get_or_insert(n as u64);
        self.mean.get_or_insert(mean);
        if n > 1 {
            let squares: f64 = self.samples.iter().map(|v| (v - mean).powi(2)).sum();
            self.stddev.get_or_insert((squares / (n - 1) as f64).sqrt());
        }
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
        self.median.get_or_insert(middle);
        self.min.get_or_insert(sorted[0]);
        self.max.get_or_insert(sorted[n - 1]);
        self
    }

    /// Whether the benchmark failed.
    pub fn failed(&self) -> bool {
        self.value.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_fill_what_is_unknown() {
        let m = Measurement::new("a", "time", "s", Better::Lower, Some(2.0)).sampled(vec![3.0, 1.0, 2.0]);
        assert_eq!((m.n, m.min, m.max, m.median, m.stddev), (Some(3), Some(1.0), Some(3.0), Some(2.0), Some(1.0)));
        assert!(Measurement::new("a", "time", "s", Better::Lower, Some(f64::NAN)).failed());
    }
}
