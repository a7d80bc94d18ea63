//! What benchstat prints of samples: median, its confidence interval, the rank test, the geometric mean.
//!
//! Source: golang.org/x/perf `benchmath` (AssumeNothing; AssumeExact for units that say so) and its statistics in github.com/aclements/go-moremath (both BSD-3), of
//! which every limit here is one; the interval is the classic one of order statistics (Conover, Practical Nonparametric
//! Statistics, section 3.2).

use statrs::distribution::{ContinuousCDF, Normal};

use super::ranks::mann_whitney;
use super::robust::{quantile_of, sorted};

/// Confidence level of the interval.
pub const CONFIDENCE: f64 = 0.95;
/// Level of the comparison.
pub const ALPHA: f64 = 0.05;
/// Up to this many samples the interval is exact, above by the normal approximation.
const EXACT_INTERVAL: usize = 30;

/// One cell: the samples of one benchmark and unit in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Median of the samples, in their unit.
    pub center: f64,
    /// Lower bound of its confidence interval; `None` (infinite) where there are too few samples.
    pub lo: Option<f64>,
    /// Upper bound.
    pub hi: Option<f64>,
    /// Confidence that the interval really has, at least [`CONFIDENCE`] where finite.
    pub confidence: f64,
    /// Number of samples.
    pub n: usize,
}

impl Summary {
    /// The half width as benchstat prints it after `±`, in percent of the center, unrounded: the larger distance of a bound.
    /// `None` prints `∞` where a bound is infinite, and `?` where the bounds and the center differ in sign.
    pub fn percent(&self) -> Option<f64> {
        let (lo, hi) = (self.lo?, self.hi?);
        if sign(lo) != sign(self.center) || sign(hi) != sign(self.center) {
            return None;
        }
        Some(if self.center == 0.0 { 0.0 } else { 100.0 * (hi / self.center - 1.0).max(1.0 - lo / self.center) })
    }
}

fn sign(x: f64) -> i8 {
    i8::from(x > 0.0) - i8::from(x < 0.0)
}

/// Median and confidence interval of samples; `None` for none.
pub fn summary(samples: &[f64]) -> Option<Summary> {
    let (ranked, n) = (sorted(samples), samples.len());
    if n == 0 {
        return None;
    }
    let (low, high, confidence) = median_interval(n, CONFIDENCE);
    let lo = low.checked_sub(1).map(|i| ranked[i]);
    let hi = ranked.get(high - 1).copied();
    Some(Summary { center: quantile_of(&ranked, 0.5), lo, hi, confidence, n })
}

/// The order statistics (1-based; 0 and n + 1 are infinities) that hold the median with at least `confidence`, and how surely.
///
/// Up to 30 samples: the binomial probabilities of "k samples lie below the median", from the middle outwards, the left one first
/// among equals, until they sum to `confidence`. Above: the normal approximation with continuity correction, rounded outwards,
/// the upper bound taken in by one where that still suffices.
fn median_interval(n: usize, confidence: f64) -> (usize, usize, f64) {
    if n > EXACT_INTERVAL {
        return median_interval_normal(n, confidence);
    }
    let mut pmf = vec![0.5_f64.powi(n as i32)];
    for k in 0..n {
        pmf.push(pmf[k] * (n - k) as f64 / (k + 1) as f64);
    }
    // The lower of the middle ones: ceil((n + 1) / 2) - 1.
    let mut low = (n + 1).div_ceil(2) - 1;
    let mut high = low + 1;
    let mut sum = pmf[low];
    while sum < confidence {
        let left = if low > 0 { pmf[low - 1] } else { 0.0 };
        let right = pmf.get(high).copied().unwrap_or(0.0);
        match () {
            () if left <= 0.0 && right <= 0.0 => break,
            () if left >= right => {
                sum += left;
                low -= 1;
            }
            () => {
                sum += right;
                high += 1;
            }
        }
    }
    (low, high.min(n + 1), sum)
}

fn median_interval_normal(n: usize, confidence: f64) -> (usize, usize, f64) {
    let (mean, deviation) = (n as f64 / 2.0, (n as f64).sqrt() / 2.0);
    let Ok(normal) = Normal::new(mean, deviation) else { return (0, n + 1, 1.0) };
    let left = normal.inverse_cdf((1.0 - confidence) / 2.0);
    let low = ((left - 0.5).floor() + 0.5).floor() + 1.0;
    let mut high = ((2.0 * mean - left - 0.5).ceil() + 0.5).floor() + 1.0;
    let between = |high: f64| normal.cdf(high - 0.5) - normal.cdf(low - 0.5);
    let mut sure = between(high);
    if (confidence..sure).contains(&between(high - 1.0)) {
        high -= 1.0;
        sure = between(high);
    }
    (low.max(0.0) as usize, (high as usize).min(n + 1), sure)
}

/// Two cells of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// p value of the rank test; 1 where all samples are equal or a side is empty. 0 for an exact comparison.
    pub p: f64,
    /// A difference is shown where `p <= alpha`.
    pub alpha: f64,
    /// Samples of the first side.
    pub n1: usize,
    /// Samples of the second side.
    pub n2: usize,
    /// Center of the second over center of the first; 1 where both are 0, `None` where only the first is.
    pub ratio: Option<f64>,
}

/// Compares two samples by the Mann-Whitney U test.
///
/// Shown as: `~` where `p > alpha`, else `0.00%` for equal centers, `?` where the first is 0, else `ratio - 1` as `%+.2f%%`; then
/// `(p=0.123 n=10)`, or `n=10+9` where the sizes differ, and `p=` left out where p is 0.
pub fn compare(first: &[f64], second: &[f64]) -> Comparison {
    let center = |x: &[f64]| quantile_of(&sorted(x), 0.5);
    let ratio = ratio_of(center(first), center(second));
    let p = mann_whitney(first, second).unwrap_or(1.0);
    Comparison { p, alpha: ALPHA, n1: first.len(), n2: second.len(), ratio }
}

/// What is expected to be one value: the value that most samples have, and all that there are as its interval, with
/// certainty; `None` for none. Where the bounds differ, the expectation was wrong.
///
/// Source: golang.org/x/perf `benchmath` (AssumeExact).
pub fn exact_summary(samples: &[f64]) -> Option<Summary> {
    let ranked = sorted(samples);
    // Of values that are as frequent, the smallest.
    let mode = ranked.chunk_by(|a, b| a == b).rev().max_by_key(|same| same.len())?;
    Some(Summary {
        center: mode[0],
        lo: ranked.first().copied(),
        hi: ranked.last().copied(),
        confidence: 1.0,
        n: samples.len(),
    })
}

/// Compares what is expected to be one value on each side: every difference is real, p is 0.
///
/// Source: as [`exact_summary`].
pub fn exact_compare(first: &[f64], second: &[f64]) -> Comparison {
    let center = |x: &[f64]| exact_summary(x).map_or(0.0, |summary| summary.center);
    let ratio = ratio_of(center(first), center(second));
    Comparison { p: 0.0, alpha: ALPHA, n1: first.len(), n2: second.len(), ratio }
}

fn ratio_of(first: f64, second: f64) -> Option<f64> {
    match (first, second) {
        (0.0, 0.0) => Some(1.0),
        (0.0, _) => None,
        (a, b) => Some(b / a).filter(|r| r.is_finite()),
    }
}

/// Geometric mean of centers; `None` for none, or where one is not positive.
pub fn geomean(centers: &[f64]) -> Option<f64> {
    let all = !centers.is_empty() && centers.iter().all(|x| *x > 0.0 && x.is_finite());
    all.then(|| (centers.iter().map(|x| x.ln()).sum::<f64>() / centers.len() as f64).exp())
}

#[cfg(test)]
#[path = "benchstat_tests.rs"]
mod tests;
