//! Change points of one series: where its level moved, for `log`, `blame` and reports.
//!
//! Source: the windowed t of Mozilla's Perfherder (`treeherder/perf/alerts.py`: t of the points before against the points after,
//! threshold 7), with spikes clipped first (Hampel's filter), boundaries taken largest first as in binary segmentation (Scott &
//! Knott, Biometrics 30 (1974) 507-512), each confirmed over a window twice as long, and a floor on its size in units of the
//! noise of this very series. Measured in `docs/statistics.md`.

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

use super::smooth::smooth;
use super::student::two_sided;

/// The numbers of the search. `Default` is the one set that the figures in `docs/statistics.md` were measured with; how flat
/// they lie is told there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeOptions {
    /// Points on each side of a boundary that are compared to find it; twice as many to confirm it.
    pub window: usize,
    /// Smallest |t|.
    pub t: f64,
    /// Smallest size of a step, in standard deviations of the noise of the series.
    pub size: f64,
    /// Smallest size of a step as a share of the whole range of the series: what could be seen in its chart.
    pub share: f64,
    /// The most that `share` may ask for, relative (0.03 = 3 %), so that one wild point hides no step larger than this.
    pub share_limit: f64,
    /// Spikes are clipped at this many robust standard deviations around a running median.
    pub clip: f64,
    /// Points on each side of a point that its running median takes in.
    pub half: usize,
    /// Smallest number of points of a level.
    pub shortest: usize,
}

impl Default for ChangeOptions {
    fn default() -> Self {
        ChangeOptions {
            window: 10,
            t: 5.0,
            size: 2.25,
            share: 0.05,
            share_limit: 0.03,
            clip: 3.0,
            half: 7,
            shortest: 3,
        }
    }
}

/// One change point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// First point of the new level.
    pub index: usize,
    /// Level of the window before (mean, geometric where all values are positive, of the clipped points), in the unit of the
    /// values.
    pub before: f64,
    /// Level of the window after.
    pub after: f64,
    /// Student's t between the two windows; positive where the level rose.
    pub t: f64,
    /// Two-sided p value of `t`, not corrected for the search.
    pub p: f64,
}

/// The change points of `values` (one a point, in order), ascending by index. Values that are not finite are taken for the last
/// finite one before them. O(n log n).
pub fn change_points(values: &[f64], options: &ChangeOptions) -> Vec<ChangePoint> {
    let mut values = filled(values);
    // Counts and sizes mostly.
    if values.iter().all(|x| *x == values[0]) {
        return Vec::new();
    }
    let logarithmic = values.iter().all(|x| *x > 0.0);
    if logarithmic {
        values.iter_mut().for_each(|x| *x = x.ln());
    }
    let search = Search::new(&values, logarithmic, options);
    let boundaries = search.merge(search.split());
    boundaries.iter().map(|&at| search.point(&boundaries, at)).collect()
}

/// Values with each one that is not finite replaced by the last finite one before it (at the start: by the first after it).
fn filled(values: &[f64]) -> Vec<f64> {
    let mut last = values.iter().copied().find(|x| x.is_finite()).unwrap_or(0.0);
    let keep = |x: &f64| {
        last = if x.is_finite() { *x } else { last };
        last
    };
    values.iter().map(keep).collect()
}

/// Running sums over the clipped series, so that mean and squares of any range cost O(1).
struct Search<'a> {
    options: &'a ChangeOptions,
    logarithmic: bool,
    /// Taken off every value, to keep the digits.
    origin: f64,
    sum: Vec<f64>,
    squares: Vec<f64>,
    /// Smallest size of a step, apart from the share of the range.
    floor: f64,
    range: f64,
}

#[derive(Clone, Copy)]
struct Boundary {
    before: f64,
    after: f64,
    t: f64,
    df: f64,
    strong: bool,
}

impl<'a> Search<'a> {
    fn new(values: &[f64], logarithmic: bool, options: &'a ChangeOptions) -> Self {
        let smoothed = smooth(values, options.half, options.clip);
        let origin = smoothed.clipped.first().copied().unwrap_or(0.0);
        let (mut sum, mut squares) = (vec![0.0], vec![0.0]);
        let (mut a, mut b) = (0.0, 0.0);
        for x in &smoothed.clipped {
            a += x - origin;
            b += (x - origin) * (x - origin);
            sum.push(a);
            squares.push(b);
        }
        Search {
            options,
            logarithmic,
            origin,
            sum,
            squares,
            floor: options.size * smoothed.noise,
            range: smoothed.range,
        }
    }

    fn len(&self) -> usize {
        self.sum.len() - 1
    }

    /// Size, mean above origin, sum of squared distances from the mean.
    fn of(&self, low: usize, high: usize) -> (f64, f64, f64) {
        let n = (high - low) as f64;
        let sum = self.sum[high] - self.sum[low];
        (n, sum / n, (self.squares[high] - self.squares[low] - sum * sum / n).max(0.0))
    }

    /// Student's t (pooled variance) between up to `window` points before `at`, not before `low`, and as many after, before `high`.
    fn boundary(&self, low: usize, at: usize, high: usize, window: usize) -> Boundary {
        let (n1, m1, s1) = self.of(low.max(at.saturating_sub(window)), at);
        let (n2, m2, s2) = self.of(at, high.min(at + window));
        let (difference, df) = (m2 - m1, n1 + n2 - 2.0);
        let error = (((s1 + s2) / df).max(1e-18 * difference * difference) * (1.0 / n1 + 1.0 / n2)).sqrt();
        let t = if difference == 0.0 || df <= 0.0 || error == 0.0 { 0.0 } else { difference / error };
        let unit = if self.logarithmic { 1.0 } else { (m1 + self.origin).abs() };
        let seen = (self.options.share * self.range).min(self.options.share_limit * unit);
        let strong = t.abs() >= self.options.t && difference.abs() >= self.floor.max(seen);
        Boundary { before: m1, after: m2, t, df, strong }
    }

    /// The boundary `at` between its neighbours in `all`, over `window` points.
    fn between(&self, all: &BTreeSet<usize>, at: usize, window: usize) -> Boundary {
        let low = all.range(..at).next_back().copied().unwrap_or(0);
        let high = all.range(at + 1..).next().copied().unwrap_or(self.len());
        self.boundary(low, at, high, window)
    }

    /// Boundaries, the largest |t| first; each new one changes the t of those within a window of it, and of no other.
    fn split(&self) -> BTreeSet<usize> {
        let (n, window, shortest) = (self.len(), self.options.window, self.options.shortest.max(1));
        let mut queue = BinaryHeap::new();
        let mut found = BTreeSet::new();
        let mut current = vec![0_u32; n + 1];
        for at in shortest..(n + 1).saturating_sub(shortest) {
            let b = self.boundary(0, at, n, window);
            if b.strong {
                queue.push(Ranked { t: b.t.abs(), at, version: 0 });
            }
        }
        while let Some(best) = queue.pop() {
            if current[best.at] != best.version {
                continue;
            }
            found.insert(best.at);
            let (from, to) = (best.at.saturating_sub(window), (best.at + window).min(n));
            for (at, version) in current.iter_mut().enumerate().take(to).skip(from) {
                *version += 1;
                let low = found.range(..=at).next_back().copied().unwrap_or(0);
                let high = found.range(at + 1..).next().copied().unwrap_or(n);
                if at < low + shortest || at + shortest > high {
                    continue;
                }
                let b = self.boundary(low, at, high, window);
                if b.strong {
                    queue.push(Ranked { t: b.t.abs(), at, version: *version });
                }
            }
        }
        found
    }

    /// Drops the weakest boundary until all are strong between their neighbours over the long window.
    fn merge(&self, mut all: BTreeSet<usize>) -> BTreeSet<usize> {
        let long = 2 * self.options.window;
        let mut queue = BinaryHeap::new();
        let mut current = vec![0_u32; self.len() + 1];
        let push = |queue: &mut BinaryHeap<Ranked>, all: &BTreeSet<usize>, at: usize, version: u32| {
            let b = self.between(all, at, long);
            if !b.strong {
                queue.push(Ranked { t: -b.t.abs(), at, version });
            }
        };
        for &at in &all {
            push(&mut queue, &all, at, 0);
        }
        while let Some(weakest) = queue.pop() {
            if current[weakest.at] != weakest.version || !all.remove(&weakest.at) {
                continue;
            }
            let neighbours = [all.range(..weakest.at).next_back().copied(), all.range(weakest.at..).next().copied()];
            for at in neighbours.into_iter().flatten() {
                current[at] += 1;
                push(&mut queue, &all, at, current[at]);
            }
        }
        all
    }

    fn point(&self, all: &BTreeSet<usize>, index: usize) -> ChangePoint {
        let b = self.between(all, index, 2 * self.options.window);
        let level = |x: f64| {
            if self.logarithmic { (x + self.origin).exp() } else { x + self.origin }
        };
        ChangePoint { index, before: level(b.before), after: level(b.after), t: b.t, p: two_sided(b.t, b.df) }
    }
}

/// A boundary in a queue: the largest t first, then the smallest index.
struct Ranked {
    t: f64,
    at: usize,
    version: u32,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.t.total_cmp(&other.t).then(other.at.cmp(&self.at)).then(self.version.cmp(&other.version))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

#[cfg(test)]
#[path = "change_points_tests.rs"]
mod tests;
