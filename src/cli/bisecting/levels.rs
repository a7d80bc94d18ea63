//! Which of two levels a commit has, by the noise.

use git_bench::history::Point;
use git_bench::history::bisect::Standing;
use git_bench::stats::student::two_sided;
use git_bench::stats::{self, Better, Question, Rule, Verdict, judge};

/// A difference counts under this p value. A search asks many times, each time after one more run (simulated below).
const ALPHA: f64 = 0.01;
/// Where nothing is known of the noise: a single run is believed that lies so near to an end, in parts of the way between the two
/// (both are single runs that agree).
const AGREES: f64 = 0.02;
/// The same where no more runs are allowed.
const NEAREST: f64 = 0.25;
/// Degrees of freedom from which on the spread between runs is known; fewer where they are all equal.
const FEWEST: usize = 3;
const FEWEST_EQUAL: usize = 2;

/// How the two ends compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// They differ, or nothing speaks against it yet.
    Differ,
    /// The noise is too large for so few runs.
    MoreRuns,
    /// They do not differ, as far as can be known.
    None,
}

/// The two levels between which the commits lie, and the noise.
pub(super) struct Levels {
    good: Point,
    bad: Point,
    logarithmic: bool,
    /// Variance between runs, and its degrees of freedom.
    noise: (f64, usize),
    /// Smallest relative change that matters where only samples within a run are known.
    threshold: f64,
    /// Runs of a commit, at most.
    runs: usize,
}

impl Levels {
    /// The levels of the good end (with older commits, newest first, as far as they are of its level) and of the bad end;
    /// `between` are points whose runs tell of the noise.
    pub(super) fn of(
        good: &Point,
        older: &[&Point],
        bad: &Point,
        between: &[&Point],
        threshold: f64,
        runs: usize,
    ) -> Self {
        let all = || [good, bad].into_iter().chain(between.iter().copied());
        let logarithmic = all().chain(older.iter().copied()).all(|p| p.run_values.iter().all(|v| *v > 0.0));
        let scale = |value: f64| if logarithmic { value.ln() } else { value };
        let level = |point: &Point| mean(&point.run_values.iter().map(|v| scale(*v)).collect::<Vec<_>>());
        let half = (level(bad) - level(good)).abs() / 2.0;
        let near = |point: &&&Point| (level(point) - level(good)).abs() < half;
        let of_level: Vec<&Point> = [good].into_iter().chain(older.iter().take_while(near).copied()).collect();
        let good = pooled(&of_level);
        let (mut squares, mut free) = (0.0, 0);
        for point in [&good, bad].into_iter().chain(between.iter().copied()) {
            let values: Vec<f64> = point.run_values.iter().map(|v| scale(*v)).collect();
            let centre = mean(&values);
            squares += values.iter().map(|v| (v - centre) * (v - centre)).sum::<f64>();
            free += values.len().saturating_sub(1);
        }
        let noise = (if free > 0 { squares / free as f64 } else { 0.0 }, free);
        Self { good, bad: bad.clone(), logarithmic, noise, threshold, runs }
    }

    /// Whether the two ends differ.
    pub(super) fn gap(&self) -> Gap {
        let (good, bad) = (self.level(&self.good), self.level(&self.bad));
        if good == bad && !self.exhausted() {
            return Gap::MoreRuns;
        }
        let rule = Rule { threshold: self.threshold, ..Rule::default() };
        if differs(&self.good, &self.bad, rule) || self.p(&self.good, &self.bad).is_some_and(|p| p <= ALPHA) {
            return Gap::Differ;
        }
        match (self.p(&self.good, &self.bad), self.exhausted()) {
            (Some(_), true) => Gap::None,
            (Some(_), false) => Gap::MoreRuns,
            // Taken at their word as long as nothing is known.
            (None, false) => Gap::Differ,
            (None, true) if self.relative(good, bad).is_some_and(|c| c < self.threshold) || good == bad => Gap::None,
            (None, true) => Gap::Differ,
        }
    }

    /// How a commit stands; `None` = more runs are needed.
    pub(super) fn standing(&self, point: &Point) -> Option<Standing> {
        let (good, bad) = (self.level(&self.good), self.level(&self.bad));
        let place = (self.level(point) - good) / (bad - good);
        let (near, far) = match place < 0.5 {
            true => (Standing::Good, &self.bad),
            false => (Standing::Bad, &self.good),
        };
        // Different from the farther end by more than half of the way, so of the nearer one.
        let middle = self.unit((good + bad) / 2.0);
        let floor = (middle - self.unit(self.level(far))).abs();
        if differs(far, point, Rule { threshold: 0.0, floor, ..Rule::default() }) {
            return Some(near);
        }
        let off = if near == Standing::Good { place.abs() } else { (place - 1.0).abs() };
        let exhausted = point.run_values.len() >= self.runs;
        match self.p(far, point) {
            Some(p) if p <= ALPHA => Some(near),
            None if off <= AGREES || (exhausted && off <= NEAREST) => Some(near),
            _ if exhausted => Some(Standing::Unknown),
            _ => None,
        }
    }

    /// Standard deviation between runs as a ratio, where it is known and values are positive.
    pub(super) fn noise(&self) -> Option<f64> {
        (self.logarithmic && self.is_known()).then(|| self.noise.0.sqrt().exp_m1())
    }

    /// Whether the bad end has fewer runs than what is known of the good level.
    pub(super) fn bad_has_fewer(&self) -> bool {
        self.bad.run_values.len() <= self.good.run_values.len() && self.bad.run_values.len() < self.runs
    }

    fn exhausted(&self) -> bool {
        self.good.run_values.len() >= self.runs && self.bad.run_values.len() >= self.runs
    }

    fn is_known(&self) -> bool {
        let (variance, free) = self.noise;
        free >= FEWEST || (variance == 0.0 && free >= FEWEST_EQUAL)
    }

    /// p of the difference between two points, by the spread between runs; `None` where that is not known.
    fn p(&self, one: &Point, other: &Point) -> Option<f64> {
        let (variance, free) = self.noise;
        let runs = |point: &Point| 1.0 / point.run_values.len().max(1) as f64;
        let size = (self.level(one) - self.level(other)).abs();
        let error = (variance * (runs(one) + runs(other))).sqrt();
        self.is_known().then(|| match () {
            () if size == 0.0 => 1.0,
            () if error == 0.0 => 0.0,
            () => two_sided(size / error, free as f64),
        })
    }

    /// Mean of the runs, in the scale of the levels.
    fn level(&self, point: &Point) -> f64 {
        let scale = |v: &f64| if self.logarithmic { v.ln() } else { *v };
        mean(&point.run_values.iter().map(scale).collect::<Vec<_>>())
    }

    fn unit(&self, level: f64) -> f64 {
        if self.logarithmic { level.exp() } else { level }
    }

    fn relative(&self, from: f64, to: f64) -> Option<f64> {
        let (from, to) = (self.unit(from), self.unit(to));
        Some(((to - from) / from).abs()).filter(|c| c.is_finite())
    }
}

/// Whether the statistics of `diff` see a difference over the floors of the rule.
fn differs(base: &Point, head: &Point, rule: Rule) -> bool {
    let question = Question {
        better: Better::Lower,
        base: vec![to_point(base)],
        own: vec![to_point(head)],
        rule: Rule { ends: true, alpha: ALPHA, ..rule },
    };
    let judgement = judge(vec![question]);
    judgement.decisions.iter().any(|d| matches!(d.verdict, Verdict::Regression | Verdict::Improvement))
}

fn to_point(point: &Point) -> stats::Point {
    stats::Point {
        value: point.value,
        samples: point.samples.clone(),
        runs: point.run_values.len() as u32,
        run_values: point.run_values.to_vec(),
        time: point.time,
        // A summary of one run says nothing of several.
        stddev: point.stddev.filter(|_| point.run_values.len() == 1),
        n: point.n,
    }
}

/// Several commits of one level as one point.
fn pooled(points: &[&Point]) -> Point {
    let mut all = points[0].clone();
    for point in &points[1..] {
        all.run_values.extend_from_slice(&point.run_values);
        all.samples.extend(&point.samples);
        all.n = all.n.zip(point.n).map(|(a, b)| a + b);
    }
    if points.len() > 1 {
        all.value = mean(&all.run_values);
    }
    all
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
#[path = "levels_tests.rs"]
mod tests;
