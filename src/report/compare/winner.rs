//! Who is better at one metric, where noise allows to say so.

use serde::Serialize;

use crate::stats::student::{two_sided, welch_of};

/// Probability of such a difference between equal sides under which it counts.
const ALPHA: f64 = 0.05;

/// What one side measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SideValue {
    /// Mean of the runs' values.
    pub value: f64,
    /// Runs behind it.
    pub n: usize,
    /// Standard deviation between runs; absent below two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stddev: Option<f64>,
    /// Standard error within the only run, where it states its samples.
    #[serde(skip)]
    pub error_within: Option<f64>,
}

/// Who is better, by how much, and why nobody is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Winner {
    /// Label of the better side, or `tie`; absent where the metric has no direction or fewer than two sides have a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winner: Option<String>,
    /// Why it is a tie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<&'static str>,
    /// Probability of such a difference between equal sides, where the runs tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// By how much of the next side's value it is better, 0.1 = 10 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub better_by: Option<f64>,
    /// Place of the better side.
    #[serde(skip)]
    pub place: Option<usize>,
    /// Place of the side that comes next.
    #[serde(skip)]
    pub next: Option<usize>,
}

impl Winner {
    /// Whether both are as good.
    pub fn is_tie(&self) -> bool {
        self.because.is_some()
    }
}

/// The better one of the best two sides, unless the difference is within noise: Welch's t test between runs; with one run
/// on a side the other's spread stands for both; with one on each the standard error within them, if they state it.
pub fn winner_of(values: &[Option<SideValue>], better: &str) -> Winner {
    let sign = match better {
        "lower" => 1.0,
        "higher" => -1.0,
        _ => return Winner::default(),
    };
    let mut order: Vec<(usize, SideValue)> = values.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?))).collect();
    order.sort_by(|a, b| (sign * a.1.value).total_cmp(&(sign * b.1.value)));
    let [(first, best), (second, next), ..] = order[..] else { return Winner::default() };
    let tie = |because, p| Winner { winner: Some("tie".into()), because: Some(because), p, ..Winner::default() };
    if best.value == next.value {
        return tie("equal", None);
    }
    let p = probability(&best, &next);
    if p.is_some_and(|p| p >= ALPHA) {
        return tie("within noise", p);
    }
    let by = ((best.value - next.value) / next.value).abs();
    Winner {
        winner: None,
        because: None,
        p,
        better_by: Some(by).filter(|by| by.is_finite()),
        place: Some(first),
        next: Some(second),
    }
}

fn probability(a: &SideValue, b: &SideValue) -> Option<f64> {
    let of = |side: &SideValue| (side.value, side.stddev.unwrap_or(0.0).powi(2), side.n as f64);
    match (a.stddev, b.stddev) {
        (Some(_), Some(_)) => welch_of(of(a), of(b)).map(|test| test.p),
        (Some(spread), None) | (None, Some(spread)) => {
            let n = a.n.max(b.n) as f64;
            let error = spread * (1.0 + 1.0 / n).sqrt();
            // Runs that are all equal say nothing of noise.
            (error > 0.0).then(|| two_sided((a.value - b.value) / error, n - 1.0))
        }
        (None, None) => {
            let error = a.error_within?.hypot(b.error_within?);
            // Large-sample: samples of one run, of which only the count is known.
            (error > 0.0).then(|| two_sided((a.value - b.value) / error, 1e6))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(value: f64, n: usize, stddev: Option<f64>) -> Option<SideValue> {
        Some(SideValue { value, n, stddev, error_within: None })
    }

    #[test]
    fn the_better_side_wins_unless_noise_says_otherwise() {
        let of = |values: &[Option<SideValue>], better: &str| {
            let w = winner_of(values, better);
            (w.place, w.because)
        };
        assert_eq!(of(&[side(1.52, 1, None), side(1.55, 1, None)], "lower"), (Some(0), None));
        assert_eq!(of(&[side(1.52, 1, None), side(1.55, 1, None)], "higher"), (Some(1), None));
        assert_eq!(of(&[side(2.0, 1, None), side(2.0, 1, None)], "lower"), (None, Some("equal")));
        assert_eq!(of(&[side(1.0, 9, Some(0.2)), side(1.1, 9, Some(0.2))], "lower"), (None, Some("within noise")));
        assert_eq!(of(&[side(1.0, 9, Some(0.02)), side(1.1, 9, Some(0.02))], "lower"), (Some(0), None));
        assert_eq!(of(&[side(1.0, 3, Some(0.1)), side(1.1, 1, None)], "lower"), (None, Some("within noise")));
        assert_eq!(of(&[side(3.0, 1, None), None, side(1.0, 1, None), side(2.0, 1, None)], "lower"), (Some(2), None));
        assert_eq!(of(&[side(1.0, 1, None), None], "lower"), (None, None));
        assert_eq!(of(&[side(1.0, 1, None), side(2.0, 1, None)], "none"), (None, None));
        let within = |v| Some(SideValue { value: v, n: 1, stddev: None, error_within: Some(0.05) });
        assert_eq!(of(&[within(1.0), within(1.1)], "lower"), (None, Some("within noise")));
        let by = winner_of(&[side(32.77, 1, None), side(29.39, 1, None)], "lower").better_by.unwrap();
        assert!((by - 0.10314).abs() < 1e-4);
    }
}
