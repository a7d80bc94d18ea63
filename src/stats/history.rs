//! What the history of a series says about its noise.

use super::change_points::{ChangeOptions, change_points};
use super::question::{Point, Question};
use super::robust::{mean, median, quantile_of, sorted};

/// One measured run of a series: a point of several runs is as many observations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Its value in the scale of the [`History`].
    pub value: f64,
    /// Index of its point, in base followed by own.
    pub point: usize,
}

/// The observations of a series, in order, and the scale they are compared in.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Whether values are natural logarithms (where all are positive): a difference is then a relative change.
    pub logarithmic: bool,
    /// All observations, oldest first; none that is not finite.
    pub all: Vec<Observation>,
}

impl History {
    /// The observations of `base` followed by `own`.
    pub fn new(base: &[Point], own: &[Point]) -> History {
        let mut all = Vec::with_capacity(base.len() + own.len());
        for (point, of) in base.iter().chain(own).enumerate() {
            let runs = || of.run_values.iter().copied().filter(|v| v.is_finite());
            if runs().count() > 1 {
                all.extend(runs().map(|value| Observation { value, point }));
            } else if of.value.is_finite() {
                all.push(Observation { value: of.value, point });
            }
        }
        let logarithmic = all.iter().all(|o| o.value > 0.0);
        if logarithmic {
            all.iter_mut().for_each(|o| o.value = o.value.ln());
        }
        History { logarithmic, all }
    }

    /// A value in this scale, back in the unit of the series.
    pub fn unit(&self, value: f64) -> f64 {
        if self.logarithmic { value.exp() } else { value }
    }

    /// Index of the first observation of point `point` or later.
    pub fn first_of(&self, point: usize) -> usize {
        self.all.partition_point(|o| o.point < point)
    }

    /// The values of a range of observations.
    pub fn values(&self, low: usize, high: usize) -> Vec<f64> {
        self.all[low..high].iter().map(|o| o.value).collect()
    }

    /// Where the levels of the first `end` observations begin (0 first): the change points of their points.
    pub fn levels(&self, end: usize) -> Vec<usize> {
        if self.all[..end].windows(2).all(|w| w[0].value == w[1].value) {
            return vec![0];
        }
        let points = || self.all[..end].chunk_by(|a, b| a.point == b.point);
        let level = |runs: &[Observation]| runs.iter().map(|o| self.unit(o.value)).sum::<f64>() / runs.len() as f64;
        let values: Vec<f64> = points().map(level).collect();
        let found = change_points(&values, &ChangeOptions::default());
        if found.is_empty() {
            return vec![0];
        }
        let firsts: Vec<usize> = points().map(|runs| self.first_of(runs[0].point)).collect();
        std::iter::once(0).chain(found.iter().map(|c| firsts[c.index])).collect()
    }
}

/// What is read out of the points of a series once, before its head is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// All observations.
    pub history: History,
    /// Number of the base's observations: what comes behind them is the head's own.
    pub base: usize,
    /// Where the levels of the base begin.
    pub levels: Vec<usize>,
    /// The noise around them.
    pub noise: Noise,
}

impl Past {
    /// The past of one question.
    pub fn new(question: &Question) -> Past {
        let history = History::new(&question.base, &question.own);
        let base = history.first_of(question.base.len());
        let levels = history.levels(base);
        let noise = Noise::new(&history.values(0, base), &levels);
        Past { history, base, levels, noise }
    }
}

/// The noise of a series around its levels, in the scale of its [`History`].
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation from run to run; 0 where nothing ever varied.
    pub sigma: f64,
    /// Degrees of freedom of `sigma`; at least 0.
    pub df: f64,
    /// Correlation of one run with the next, as estimated.
    pub lag: f64,
    /// The correlation to reckon with, 0 to 0.9: `lag` and one standard error more.
    pub correlation: f64,
    /// Distance of each observation from its level, in order, unclipped.
    pub residuals: Vec<f64>,
}

impl Noise {
    /// The noise of `values` around the levels that begin at `starts` (ascending, 0 first).
    ///
    /// Not the MAD, which is 0 for coarse clocks and far too small for noise with two modes: the standard deviation of the
    /// residuals after they are clipped at three times their 10 % to 90 % range over 2.563 (what that range is for a normal
    /// distribution), so that up to one spike in ten, on either side, does not count. Where that range is 0, nothing is clipped.
    pub fn new(values: &[f64], starts: &[usize]) -> Noise {
        let bounds =
            || starts.iter().enumerate().map(|(i, &low)| (low, starts.get(i + 1).copied().unwrap_or(values.len())));
        let mut residuals = Vec::with_capacity(values.len());
        for (low, high) in bounds().filter(|(low, high)| low < high) {
            let level = median(&values[low..high]);
            residuals.extend(values[low..high].iter().map(|x| x - level));
        }
        let n = residuals.len() as f64;
        let free = (n - bounds().filter(|(low, high)| low < high).count() as f64).max(0.0);
        let ranked = sorted(&residuals);
        let limit = 3.0 * (quantile_of(&ranked, 0.9) - quantile_of(&ranked, 0.1)) / 2.563;
        let mut clipped: Vec<f64> =
            residuals.iter().map(|r| if limit > 0.0 { r.clamp(-limit, limit) } else { *r }).collect();
        for (low, high) in bounds().filter(|(low, high)| low < high) {
            let centre = mean(&clipped[low..high]);
            clipped[low..high].iter_mut().for_each(|r| *r -= centre);
        }
        let squares: f64 = clipped.iter().map(|r| r * r).sum();
        let products: f64 = clipped.windows(2).map(|w| w[0] * w[1]).sum();
        let lag = if squares > 0.0 { products / squares + 1.0 / n } else { 0.0 };
        let correlation = if squares > 0.0 { lag + 1.0 / n.sqrt() } else { 0.0 }.clamp(0.0, 0.9);
        let df = free * (1.0 - correlation * correlation) / (1.0 + correlation * correlation);
        let sigma = if free > 0.0 { (squares / free).sqrt() } else { 0.0 };
        Noise { sigma, df, lag, correlation, residuals }
    }

    /// The same noise, but with a correlation of at least `correlation` (0 to 0.9).
    pub fn with_correlation_of(mut self, correlation: f64) -> Noise {
        self.correlation = self.correlation.max(correlation);
        self
    }

    /// Variance of the mean of `n` consecutive observations, with the correlation of a first-order autoregression (Bayley &
    /// Hammersley, JRSS Suppl. 8 (1946) 184-197).
    pub fn variance_of_mean(&self, n: usize) -> f64 {
        let (n, c) = (n.max(1) as f64, self.correlation);
        let inflation = (1.0 + c) / (1.0 - c) - 2.0 * c * (1.0 - c.powf(n)) / (n * (1.0 - c) * (1.0 - c));
        self.sigma * self.sigma * inflation.max(1.0) / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_of_odd_distributions() {
        let of = |values: &[f64]| Noise::new(values, &[0]);
        assert_eq!(of(&[5.0; 20]).sigma, 0.0);
        assert_eq!(of(&[]).sigma, 0.0);
        let two_modes: Vec<f64> = (0..50).map(|i| if (i * 7) % 10 < 6 { -0.03 } else { 0.03 }).collect();
        assert!(of(&two_modes).sigma > 0.025, "{}", of(&two_modes).sigma);
        let mut spiky: Vec<f64> = (0..50).map(|i| f64::from(i * 37 % 50) / 1000.0).collect();
        let calm = of(&spiky).sigma;
        spiky[10] = 3.0;
        spiky[30] = 3.0;
        assert!(of(&spiky).sigma < 1.5 * calm);
        let step: Vec<f64> = (0..40).map(|i| f64::from(i % 3) + if i < 20 { 0.0 } else { 100.0 }).collect();
        assert!(Noise::new(&step, &[0, 20]).sigma < 1.0);
    }

    #[test]
    fn correlated_runs_say_less() {
        let noise = Noise { sigma: 1.0, df: 10.0, lag: 0.5, correlation: 0.5, residuals: vec![] };
        assert_eq!(noise.variance_of_mean(1), 1.0);
        assert!((noise.variance_of_mean(2) - 0.75).abs() < 1e-12);
        assert!((noise.variance_of_mean(1000) * 1000.0 - 3.0).abs() < 0.01);
    }

    #[test]
    fn runs_of_a_point_are_observations() {
        let point = |value: f64, runs: &[f64]| Point {
            value,
            run_values: runs.to_vec(),
            runs: runs.len() as u32,
            ..Point::default()
        };
        let history = History::new(
            &[point(1.0, &[]), point(2.0, &[1.0, f64::NAN, 3.0])],
            &[point(f64::NAN, &[]), point(4.0, &[])],
        );
        assert_eq!(history.all.iter().map(|o| o.point).collect::<Vec<_>>(), vec![0, 1, 1, 3]);
        assert!(history.logarithmic && (history.unit(history.all[2].value) - 3.0).abs() < 1e-12);
        assert!(!History::new(&[point(0.0, &[])], &[]).logarithmic);
    }
}
