//! E-divisive: change points by energy distance, in the deterministic form of Apache Otava.
//!
//! Sources: Matteson & James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data", JASA 109 (2014)
//! 334-345 (the statistic and the splitting); Fleming et al., "Hunter: Using Change Point Detection to Hunt for Performance
//! Regressions", ICPE 2023 (sliding windows, a t test instead of permutations, weak change points merged). Apache Otava
//! (`otava/analysis.py`, Apache-2.0) is the reference for every detail, population standard deviations in the t test included.

use super::robust::mean;
use super::student::two_sided;

/// The numbers of the search; `Default` is Otava's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Points of the sliding window that is searched at a time (at least 2); the next one begins half a window on.
    pub window: usize,
    /// A change point needs a p value under this (0 to 1).
    pub max_p: f64,
    /// A change point needs a relative size over this, seen from its smaller side; 0.05 = 5 %.
    pub min_magnitude: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { window: 50, max_p: 0.001, min_magnitude: 0.0 }
    }
}

/// One change point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// First point of the new level.
    pub index: usize,
    /// Mean of the segment before, in the unit of the values.
    pub before: f64,
    /// Mean of the segment after.
    pub after: f64,
    /// Two-sided p value of the t test between the two segments.
    pub p: f64,
}

/// The change points of `values` (all finite), ascending by index. O(n window^2) or less.
pub fn e_divisive(values: &[f64], options: &Options) -> Vec<Change> {
    let max_p = options.max_p;
    let first_pass = if max_p < 0.05 {
        max_p * 10.0
    } else if max_p < 0.5 {
        max_p * 2.0
    } else {
        max_p
    };
    merge(values, weak(values, options.window.max(2), first_pass), options)
}

/// Weak change points: those of every window, at a relaxed p value.
fn weak(values: &[f64], window: usize, max_p: f64) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut start = 0;
    while start < values.len() {
        let end = (start + window).min(values.len());
        let new = split(&values[start..end], max_p);
        found.extend(new.iter().map(|at| at + start));
        start = (start + window / 2).max(new.last().map_or(0, |at| at + start));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Splits at the largest statistic of all segments until that one is not significant; ascending.
fn split(values: &[f64], max_p: f64) -> Vec<usize> {
    let mut bounds = vec![0, values.len()];
    let mut best: Vec<Option<(usize, f64)>> = vec![candidate(values)];
    loop {
        let mut largest: Option<(usize, usize, f64)> = None;
        for (segment, one) in best.iter().enumerate() {
            if let Some((at, q)) = *one
                && largest.is_none_or(|l| q > l.2)
            {
                largest = Some((segment, at, q));
            }
        }
        let Some((segment, at, _)) = largest else {
            break;
        };
        let (low, high) = (bounds[segment], bounds[segment + 1]);
        let at = low + at;
        if compare(at, &values[low..at], &values[at..high]).p > max_p {
            break;
        }
        bounds.insert(segment + 1, at);
        best.splice(segment..=segment, [candidate(&values[low..at]), candidate(&values[at..high])]);
    }
    bounds[1..bounds.len() - 1].to_vec()
}

/// The split of `x` with the largest energy statistic Q(t, k) between `x[..t]` and `x[t..k]`, and that statistic; `None` below two
/// points. With D(a, b) the sum of |x_i - x_j| over a <= i < j < b, n = t and m = k - t:
/// Q = 2/(n+m) (D(0,k) - D(0,t) - D(t,k)) - 2m/(n+m)/(n-1) D(0,t) - 2n/(n+m)/(m-1) D(t,k).
fn candidate(x: &[f64]) -> Option<(usize, f64)> {
    let len = x.len();
    if len < 2 {
        return None;
    }
    // within[a][b] = D(a, b)
    let mut within = vec![vec![0.0_f64; len + 1]; len + 1];
    for a in (0..len).rev() {
        let mut row = 0.0;
        for b in a + 1..=len {
            row += (x[a] - x[b - 1]).abs();
            within[a][b] = within[a + 1][b] + row;
        }
    }
    let mut best: Option<(usize, f64)> = None;
    for t in 1..len {
        for k in 2..=len {
            // Splits that cannot be (k <= t) stand with 0 in Otava's matrix, and may win there.
            let mut q = 0.0;
            if k > t {
                let (n, m) = (t as f64, (k - t) as f64);
                let (left, right) = (within[0][t], within[t][k]);
                q = 2.0 / (n + m) * (within[0][k] - left - right);
                if t > 1 {
                    q -= 2.0 * m / (n + m) / (n - 1.0) * left;
                }
                if k - t > 1 {
                    q -= 2.0 * n / (n + m) / (m - 1.0) * right;
                }
            }
            if best.is_none_or(|b| q > b.1) {
                best = Some((t, q));
            }
        }
    }
    best
}

/// Student's t test of two segments, with population variances where sample variances belong (as Otava has it).
fn compare(index: usize, left: &[f64], right: &[f64]) -> Change {
    let (n1, n2) = (left.len() as f64, right.len() as f64);
    let (m1, m2) = (mean(left), mean(right));
    let spread = |x: &[f64], m: f64| x.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / x.len() as f64;
    let df = n1 + n2 - 2.0;
    let pooled = ((n1 - 1.0) * spread(left, m1) + (n2 - 1.0) * spread(right, m2)) / df;
    let error = (pooled * (1.0 / n1 + 1.0 / n2)).sqrt();
    let p = match () {
        () if df <= 0.0 || m1 == m2 => 1.0,
        () if error == 0.0 => 0.0,
        () => two_sided((m1 - m2) / error, df),
    };
    Change { index, before: m1, after: m2, p }
}

/// The larger of the relative changes seen from either side.
fn magnitude(change: &Change) -> f64 {
    let from = |a: f64, b: f64| if a == 0.0 { 0.0 } else { (b / a - 1.0).abs() };
    from(change.before, change.after).max(from(change.after, change.before))
}

/// Drops the weakest change point, by p and then by size, until all are good enough.
fn merge(values: &[f64], at: Vec<usize>, options: &Options) -> Vec<Change> {
    let stats = |at: &[usize], i: usize| {
        let low = if i == 0 { 0 } else { at[i - 1] };
        compare(at[i], &values[low..at[i]], &values[at[i]..at.get(i + 1).copied().unwrap_or(values.len())])
    };
    let mut at = at;
    let mut points: Vec<Change> = (0..at.len()).map(|i| stats(&at, i)).collect();
    while !points.is_empty() {
        let first = |better: &dyn Fn(&Change, &Change) -> bool| {
            (1..points.len()).fold(0, |best, i| if better(&points[i], &points[best]) { i } else { best })
        };
        let mut weakest = first(&|a, b| a.p > b.p);
        if points[weakest].p < options.max_p {
            weakest = first(&|a, b| magnitude(a) < magnitude(b));
            if magnitude(&points[weakest]) > options.min_magnitude {
                break;
            }
        }
        at.remove(weakest);
        points.remove(weakest);
        // Otava looks at the two after the gap, so that the one before it keeps the size it had.
        for i in [weakest, weakest + 1] {
            if i < at.len() {
                points[i] = stats(&at, i);
            }
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(values: &[f64], options: &Options) -> Vec<usize> {
        e_divisive(values, options).iter().map(|c| c.index).collect()
    }

    #[test]
    fn small_series() {
        let options = Options { window: 30, ..Options::default() };
        let step: Vec<f64> = (0..40).map(|i| if i < 25 { 10.0 } else { 12.0 } + f64::from(i % 3) * 0.1).collect();
        assert_eq!(at(&step, &options), vec![25]);
        for values in [vec![], vec![1.0], vec![1.0, 2.0], vec![3.0; 50]] {
            assert_eq!(at(&values, &options), Vec::<usize>::new());
        }
    }

    #[test]
    fn otavas_own_answers_at_all_its_settings() {
        let Some(path) = crate::stats::corpus("golden/otava/tigerbeetle.json") else {
            return;
        };
        let golden: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let values: Vec<f64> =
            golden["series"].as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect();
        let cases = golden["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 10);
        for case in cases {
            let options = Options {
                window: case["window_len"].as_u64().unwrap() as usize,
                max_p: case["max_pvalue"].as_f64().unwrap(),
                min_magnitude: case["min_magnitude"].as_f64().unwrap(),
            };
            let want: Vec<usize> =
                case["indexes"].as_array().unwrap().iter().map(|x| x.as_u64().unwrap() as usize).collect();
            assert_eq!(at(&values, &options), want, "{case}");
        }
    }
}
