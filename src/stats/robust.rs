//! Order statistics that a few wild values do not move, and the mean and variance beside them.

/// The values sorted ascending (total order, so NaN would come last instead of a panic).
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut out = values.to_vec();
    out.sort_unstable_by(f64::total_cmp);
    out
}

/// Quantile `q` (0 to 1) of sorted values by linear interpolation (Hyndman & Fan, American Statistician 50 (1996) 361-365, type
/// 7); 0 for none.
pub fn quantile_of(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let low = at.floor() as usize;
    between(sorted[low], sorted[(low + 1).min(last)], at - low as f64)
}

/// Median; 0 for none. O(n).
pub fn median(values: &[f64]) -> f64 {
    median_of(&mut values.to_vec())
}

/// Median absolute deviation from the median, times 1.4826 so that it estimates the standard deviation of normal data (Hampel,
/// JASA 69 (1974) 383-393); 0 for none. O(n).
pub fn scaled_mad(values: &[f64]) -> f64 {
    let mut work = values.to_vec();
    let centre = median_of(&mut work);
    for x in &mut work {
        *x = (*x - centre).abs();
    }
    1.4826 * median_of(&mut work)
}

/// Arithmetic mean; 0 for none.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Sample variance (n - 1); 0 below two values.
pub fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let centre = mean(values);
    values.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() / (values.len() - 1) as f64
}

/// Reorders the values.
fn median_of(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let half = (values.len() - 1) / 2;
    let even = values.len().is_multiple_of(2);
    let (_, low, above) = values.select_nth_unstable_by(half, f64::total_cmp);
    match above.iter().copied().min_by(f64::total_cmp) {
        Some(high) if even => between(*low, high, 0.5),
        _ => *low,
    }
}

fn between(low: f64, high: f64, part: f64) -> f64 {
    if part == 0.0 || low == high { low } else { low * (1.0 - part) + high * part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_statistics_of_few_values() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(quantile_of(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.25), 2.0);
        assert!((scaled_mad(&[1.0, 2.0, 3.0, 4.0, 100.0]) - 1.4826).abs() < 1e-12);
        assert_eq!(variance(&[1.0]), 0.0);
        assert_eq!(variance(&[1.0, 3.0]), 2.0);
    }
}
