//! Change points of one series: where its level moved, for `log`, `blame` and reports.

use super::robust::scaled_mad;
use super::student::two_sided;

/// The numbers of the search. `Default` is the one set that the figures in `docs/statistics.md` were measured with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeOptions {
    /// Points on each side of a boundary that are compared.
    pub window: usize,
    /// Smallest |t| of a boundary.
    pub t: f64,
    /// Spikes are clipped at this many robust standard deviations around a running median.
    pub clip: f64,
    /// Smallest relative size of a step; 0.01 = 1 %.
    pub size: f64,
}

impl Default for ChangeOptions {
    fn default() -> Self {
        ChangeOptions {
            window: 20,
            t: 7.0,
            clip: 3.0,
            size: 0.0,
        }
    }
}

/// One change point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// First point of the new level.
    pub index: usize,
    /// Mean of the clipped points of the window before, in the unit of the values.
    pub before: f64,
    /// Mean of the clipped points of the window after.
    pub after: f64,
    /// Student's t between the two windows; positive where the level rose.
    pub t: f64,
    /// Two-sided p value of `t`, not corrected for the search.
    pub p: f64,
}

/// The change points of `values` (one a point, in order), ascending by index.
///
/// Values that are not finite are taken for the last finite one before them. Cost: O(n log n).
pub fn change_points(values: &[f64], options: &ChangeOptions) -> Vec<ChangePoint> {
    let clipped = clip(&filled(values), options);
    let sums = Sums::new(&clipped);
    let mut found = Vec::new();
    split(&sums, 0, clipped.len(), options, &mut found);
    found.sort_unstable();
    merge(&sums, found, options)
}

/// Values with each one that is not finite replaced by the last finite one before it (at the start: by the first after it).
fn filled(values: &[f64]) -> Vec<f64> {
    let mut last = values
        .iter()
        .copied()
        .find(|x| x.is_finite())
        .unwrap_or(0.0);
    let mut out = Vec::with_capacity(values.len());
    for x in values {
        if x.is_finite() {
            last = *x;
        }
        out.push(last);
    }
    out
}

/// Values pulled in to at most `clip` robust standard deviations from the running median of 2 * 5 + 1 points.
fn clip(values: &[f64], options: &ChangeOptions) -> Vec<f64> {
    let half = 5;
    let level: Vec<f64> = (0..values.len())
        .map(|i| {
            let reach = half.min(i).min(values.len() - 1 - i);
            let (low, high) = (
                i.saturating_sub(half).min(i - reach),
                (i + half + 1).min(values.len()),
            );
            super::robust::median(&values[low..high])
        })
        .collect();
    let away: Vec<f64> = values.iter().zip(&level).map(|(x, l)| x - l).collect();
    let limit = options.clip * scaled_mad(&away);
    if limit == 0.0 {
        return values.to_vec();
    }
    values
        .iter()
        .zip(&level)
        .map(|(x, l)| x.clamp(l - limit, l + limit))
        .collect()
}

/// Running sums, so that the mean and the squares of any range cost O(1). The first value is taken off, to keep the digits.
struct Sums {
    origin: f64,
    one: Vec<f64>,
    two: Vec<f64>,
}

impl Sums {
    fn new(values: &[f64]) -> Sums {
        let origin = values.first().copied().unwrap_or(0.0);
        let (mut one, mut two) = (vec![0.0], vec![0.0]);
        let (mut a, mut b) = (0.0, 0.0);
        for x in values {
            let x = x - origin;
            a += x;
            b += x * x;
            one.push(a);
            two.push(b);
        }
        Sums { origin, one, two }
    }

    /// Size, mean above origin, sum of squared distances from the mean.
    fn of(&self, low: usize, high: usize) -> (f64, f64, f64) {
        let n = (high - low) as f64;
        let sum = self.one[high] - self.one[low];
        let mean = sum / n;
        (
            n,
            mean,
            (self.two[high] - self.two[low] - sum * mean).max(0.0),
        )
    }

    /// Student's t (pooled variance) of the boundary `at` between the segments that begin at `low` and end at `high`.
    fn boundary(&self, low: usize, at: usize, high: usize, window: usize) -> ChangePoint {
        let (n1, m1, s1) = self.of(low.max(at.saturating_sub(window)), at);
        let (n2, m2, s2) = self.of(at, high.min(at + window));
        let df = n1 + n2 - 2.0;
        let size = (m2 - m1).abs();
        let error = (((s1 + s2) / df).max(1e-18 * size * size) * (1.0 / n1 + 1.0 / n2)).sqrt();
        let t = if size == 0.0 || df <= 0.0 {
            0.0
        } else {
            (m2 - m1) / error
        };
        ChangePoint {
            index: at,
            before: m1 + self.origin,
            after: m2 + self.origin,
            t,
            p: two_sided(t, df),
        }
    }
}

fn strong(point: &ChangePoint, options: &ChangeOptions) -> bool {
    point.t.abs() >= options.t
        && (point.after - point.before).abs() >= options.size * point.before.abs()
}

/// Smallest number of points of a segment.
const SHORTEST: usize = 3;

fn split(sums: &Sums, low: usize, high: usize, options: &ChangeOptions, found: &mut Vec<usize>) {
    let best = (low + SHORTEST..(high + 1).saturating_sub(SHORTEST))
        .map(|at| sums.boundary(low, at, high, options.window))
        .fold(None::<ChangePoint>, |best, x| {
            if best.is_some_and(|b| b.t.abs() >= x.t.abs()) {
                best
            } else {
                Some(x)
            }
        });
    let Some(best) = best.filter(|b| strong(b, options)) else {
        return;
    };
    found.push(best.index);
    split(sums, low, best.index, options, found);
    split(sums, best.index, high, options, found);
}

/// Drops the weakest boundary until all are strong between their neighbours.
fn merge(sums: &Sums, mut at: Vec<usize>, options: &ChangeOptions) -> Vec<ChangePoint> {
    let end = sums.one.len() - 1;
    loop {
        let points: Vec<ChangePoint> = (0..at.len())
            .map(|i| {
                let low = if i == 0 { 0 } else { at[i - 1] };
                sums.boundary(
                    low,
                    at[i],
                    at.get(i + 1).copied().unwrap_or(end),
                    options.window,
                )
            })
            .collect();
        let weakest = (0..points.len())
            .filter(|i| !strong(&points[*i], options))
            .min_by(|a, b| points[*a].t.abs().total_cmp(&points[*b].t.abs()));
        let Some(weakest) = weakest else {
            return points;
        };
        at.remove(weakest);
    }
}
