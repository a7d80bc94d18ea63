//! What the series of a run say about each other: how likely a wild point is, and how much runs drift.

use super::history::{Noise, Past};
use super::robust::mean;

/// What a prior guess adds to the counts: a machine of which nothing is known has one spike in about 34 runs.
const PRIOR: (f64, f64) = (0.3, 10.0);

/// What the histories of all series of a run have in common. Series on one machine share its disturbances, so each borrows from
/// the others what its own history is too short to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peers {
    /// Of each series whose history varies: its two largest residuals in standard deviations, and the number of its residuals.
    tops: Vec<(f64, f64, usize)>,
    /// Mean correlation of one run with the next over these series (0 to 0.9); 0 for fewer than five.
    pub correlation: f64,
}

impl Peers {
    /// What the bases of all series say.
    pub fn new(pasts: &[Past]) -> Peers {
        let of = |Past { noise, base, .. }: &Past| {
            let mut top = (0.0_f64, 0.0_f64);
            for size in noise.residuals.iter().map(|r| r.abs() / noise.sigma).filter(|z| z.is_finite()) {
                top = if size > top.0 { (size, top.0) } else { (top.0, top.1.max(size)) };
            }
            (noise.sigma > 0.0).then_some(((top.0, top.1, *base), noise.lag))
        };
        let (tops, lags): (Vec<_>, Vec<f64>) = pasts.iter().filter_map(of).unzip();
        let correlation = if lags.len() < 5 { 0.0 } else { mean(&lags).clamp(0.0, 0.9) };
        Peers { tops, correlation }
    }

    /// Share of runs that are off by at least `limit` standard deviations in a series whose own history has none that far off.
    ///
    /// Good's estimate of the unseen (Good, Biometrika 40 (1953) 237-264, with Turing): of the series that have at most one such
    /// point, those with exactly one tell how often a series that had none gets its first; one standard error up.
    fn first_ever(&self, limit: f64) -> f64 {
        let (mut once, mut runs) = (0.0, 0.0);
        for (largest, second, n) in &self.tops {
            if *second < limit {
                runs += *n as f64;
                once += f64::from(u8::from(*largest >= limit));
            }
        }
        (PRIOR.0 + once + once.sqrt()) / (PRIOR.0 + PRIOR.1 + runs)
    }

    /// Probability that of `n` runs at least `high` are off by `difference` or so (two thirds of it), in its direction, though
    /// nothing changed: the binomial tail with the share of such residuals in the series' own history; where it has none, with
    /// the share that the other series suggest. One run alone, in a series that has had such runs, says nothing: 1.
    pub fn probability(&self, noise: &Noise, difference: f64, n: usize, high: usize) -> f64 {
        let limit = difference.abs() * 2.0 / 3.0;
        let seen = noise.residuals.iter().filter(|r| **r * difference.signum() >= limit).count() as f64;
        let all = noise.residuals.len() as f64;
        let rate = if seen > 0.0 && n == 1 {
            return 1.0;
        } else if seen > 0.0 {
            (PRIOR.0 + seen) / (1.0 + all)
        } else if noise.sigma == 0.0 {
            return 0.0;
        } else {
            self.first_ever(limit / noise.sigma).min(PRIOR.0 / PRIOR.1)
        };
        binomial_tail(n, high, rate.min(1.0))
    }
}

/// P(X >= `high`) for X of `n` tries with chance `rate` each.
fn binomial_tail(n: usize, high: usize, rate: f64) -> f64 {
    if high == 0 || rate >= 1.0 {
        return 1.0;
    }
    let mut term = (1.0 - rate).powi(i32::try_from(n).unwrap_or(i32::MAX));
    let mut below = 0.0;
    let mut above = 0.0;
    for k in 0..=n {
        if k < high {
            below += term;
        } else {
            above += term;
        }
        term *= (n - k) as f64 / (k + 1) as f64 * rate / (1.0 - rate);
    }
    if below > 0.5 { above } else { 1.0 - below }.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binomial_tail() {
        assert!((binomial_tail(2, 1, 0.1) - 0.19).abs() < 1e-12);
        assert!((binomial_tail(3, 3, 0.1) - 0.001).abs() < 1e-12);
        assert_eq!(binomial_tail(5, 0, 0.1), 1.0);
        assert!((binomial_tail(10, 2, 0.9) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_spike_in_the_own_history_makes_the_next_one_likely() {
        let mut residuals = vec![0.0; 59];
        let noise = |residuals: &[f64]| Noise {
            sigma: 1.0,
            df: 58.0,
            lag: 0.0,
            correlation: 0.0,
            residuals: residuals.to_vec(),
        };
        let quiet = Peers { tops: vec![(3.0, 2.9, 59); 50], correlation: 0.0 };
        assert!(quiet.probability(&noise(&residuals), 30.0, 1, 1) < 0.001);
        let wild = Peers { tops: vec![(30.0, 2.9, 59); 50], correlation: 0.0 };
        assert!(wild.probability(&noise(&residuals), 30.0, 1, 1) > 0.01);
        residuals[7] = 30.0;
        assert_eq!(quiet.probability(&noise(&residuals), 30.0, 1, 1), 1.0);
        assert!(quiet.probability(&noise(&residuals), -30.0, 1, 1) < 0.001);
        assert!(quiet.probability(&noise(&residuals), 30.0, 5, 5) < 1e-6);
    }
}
