//! A series without its spikes: clipped around a running median, and the noise that is left.

use super::robust::{quantile_of, scaled_mad};

/// A series prepared for the search of change points; all in the scale of the search (logarithms where all values are positive).
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// The values, pulled in to at most `clip` robust standard deviations from the running median.
    pub clipped: Vec<f64>,
    /// Robust standard deviation of the noise around the level: the larger of the spread of the distances from the running median
    /// and of the step-to-step differences (over the square root of 2). 0 where most values repeat.
    pub noise: f64,
    /// Largest minus smallest value, unclipped.
    pub range: f64,
}

/// Clips `values` (all finite) at `clip` robust standard deviations around the running median of `2 * half + 1` points. Where
/// most values repeat the running median (noise 0) nothing is clipped.
pub fn smooth(values: &[f64], half: usize, clip: f64) -> Smoothed {
    let level = running_median(values, half);
    let away: Vec<f64> = values.iter().zip(&level).map(|(x, l)| x - l).collect();
    let around = scaled_mad(&away);
    let limit = clip * around;
    let clipped: Vec<f64> = match limit > 0.0 {
        true => values.iter().zip(&level).map(|(x, l)| x.clamp(l - limit, l + limit)).collect(),
        false => values.to_vec(),
    };
    let steps: Vec<f64> = clipped.windows(2).map(|w| w[1] - w[0]).collect();
    let noise = around.max(scaled_mad(&steps) / std::f64::consts::SQRT_2);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Smoothed { clipped, noise, range: if values.is_empty() { 0.0 } else { most - least } }
}

/// The median of the up to `2 * half + 1` points around each point (fewer at the ends).
pub fn running_median(values: &[f64], half: usize) -> Vec<f64> {
    let mut window: Vec<f64> = Vec::with_capacity(2 * half + 2);
    let place = |window: &[f64], x: f64| window.partition_point(|y| y.total_cmp(&x).is_lt());
    for &x in values.iter().take(half) {
        let at = place(&window, x);
        window.insert(at, x);
    }
    let mut out = Vec::with_capacity(values.len());
    for i in 0..values.len() {
        if let Some(&x) = values.get(i + half) {
            let at = place(&window, x);
            window.insert(at, x);
        }
        if i > half {
            let at = place(&window, values[i - half - 1]);
            window.remove(at);
        }
        out.push(quantile_of(&window, 0.5));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::robust::median;

    #[test]
    fn the_running_median_is_the_median_of_each_window() {
        let values: Vec<f64> = (0..40).map(|i| f64::from((i * 7919) % 23)).collect();
        let fast = running_median(&values, 3);
        let slow: Vec<f64> = (0..40_usize).map(|i| median(&values[i.saturating_sub(3)..(i + 4).min(40)])).collect();
        assert_eq!(fast, slow);
        assert_eq!(running_median(&[], 3), Vec::<f64>::new());
        assert_eq!(running_median(&[2.0], 3), vec![2.0]);
    }

    #[test]
    fn a_spike_is_clipped_and_a_counter_is_not() {
        let mut values: Vec<f64> = (0..30).map(|i| 100.0 + f64::from(i * 7 % 5)).collect();
        values[12] = 900.0;
        let out = smooth(&values, 7, 3.0);
        assert!(out.clipped[12] < 120.0 && out.range == 800.0 && out.noise < 3.0, "{out:?}");
        let counter = [5.0, 5.0, 5.0, 5.0, 9.0, 9.0, 9.0, 9.0];
        assert_eq!(smooth(&counter, 7, 3.0).clipped, counter);
    }
}
