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
    let judgement = judge(&[question]);
    judgement.decisions.iter().any(|d| matches!(d.verdict, Verdict::Regression | Verdict::Improvement))
}

fn to_point(point: &Point) -> stats::Point {
    stats::Point {
        value: point.value,
        samples: point.samples.clone(),
        runs: point.run_values.len() as u32,
        run_values: point.run_values.clone(),
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
        all.run_values.extend(&point.run_values);
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
mod tests {
    use git_bench::git::Id;

    use super::*;

    fn point(values: &[f64]) -> Point {
        Point {
            commit: Id::ZERO_SHA1,
            distance: 0,
            value: mean(values),
            run_values: values.to_vec(),
            samples: values.to_vec(),
            n: Some(values.len() as u64),
            stddev: None,
            time: 0,
        }
    }

    fn levels(good: &[f64], bad: &[f64], runs: usize) -> Levels {
        Levels::of(&point(good), &[], &point(bad), &[], 0.02, runs)
    }

    #[test]
    fn single_runs_that_agree_are_believed() {
        let levels = levels(&[100.0], &[200.0], 5);
        assert_eq!(levels.gap(), Gap::Differ);
        for (value, want) in [
            (100.0, Some(Standing::Good)),
            (101.0, Some(Standing::Good)),
            (103.0, None),
            (198.0, Some(Standing::Bad)),
            (300.0, None),
            (141.0, None),
        ] {
            assert_eq!(levels.standing(&point(&[value])), want, "{value}");
        }
        // As many runs as are allowed: the nearest, but not from the middle.
        let all = [(115.0, Standing::Good), (141.0, Standing::Unknown)];
        assert_eq!(
            all.map(|(v, _)| self::levels(&[100.0], &[200.0], 1).standing(&point(&[v]))),
            all.map(|x| Some(x.1))
        );
    }

    #[test]
    fn noise_asks_for_more_runs_and_then_decides() {
        let (good, bad) = ([100.0, 110.0, 95.0, 104.0], [128.0, 119.0, 125.0, 131.0]);
        let levels = levels(&good, &bad, 5);
        assert_eq!(levels.gap(), Gap::Differ);
        assert_eq!(levels.standing(&point(&[112.0])), None);
        assert_eq!(levels.standing(&point(&[97.0])), Some(Standing::Good));
        assert_eq!(levels.standing(&point(&[126.0, 121.0, 130.0])), Some(Standing::Bad));
        assert_eq!(levels.standing(&point(&[112.0, 113.0, 112.0, 114.0, 111.0])), Some(Standing::Unknown));
        assert!(levels.noise().is_some_and(|n| n > 0.03 && n < 0.08));
    }

    #[test]
    fn ends_that_do_not_differ_are_told() {
        assert_eq!(levels(&[100.0, 109.0], &[101.0, 92.0], 5).gap(), Gap::Differ, "nothing is known");
        assert_eq!(levels(&[100.0, 109.0, 97.0], &[101.0, 92.0], 5).gap(), Gap::MoreRuns);
        assert_eq!(levels(&[100.0, 109.0, 97.0], &[101.0, 92.0, 104.0], 3).gap(), Gap::None);
        assert_eq!(levels(&[100.0], &[100.0], 2).gap(), Gap::MoreRuns);
        assert_eq!(levels(&[100.0; 2], &[100.0; 2], 2).gap(), Gap::None);
        assert_eq!(levels(&[100.0], &[101.0], 1).gap(), Gap::None, "under the threshold");
        // What never varies differs by anything.
        assert_eq!(levels(&[100.0; 3], &[100.5], 5).gap(), Gap::Differ);
        // Zero and negative values have no logarithm.
        let levels = levels(&[0.0, 1.0, -1.0, 0.5], &[10.0], 5);
        assert_eq!((levels.gap(), levels.standing(&point(&[0.2]))), (Gap::Differ, Some(Standing::Good)));
    }

    #[test]
    fn older_commits_of_the_good_level_help_and_others_do_not() {
        let (good, bad) = (point(&[100.0]), point(&[120.0]));
        let older: Vec<Point> = [101.0, 99.0, 100.5, 60.0, 100.0].iter().map(|v| point(&[*v])).collect();
        let older: Vec<&Point> = older.iter().collect();
        let levels = Levels::of(&good, &older, &bad, &[], 0.02, 5);
        assert_eq!(levels.good.run_values, [100.0, 101.0, 99.0, 100.5]);
        assert_eq!(levels.standing(&point(&[118.0])), Some(Standing::Bad));
    }

    /// Searches twelve commits in normal noise, as `search` does; how often the right commit was found, a wrong one, and none.
    fn simulated(step: f64, runs: usize, searches: usize) -> (usize, usize, usize) {
        use git_bench::history::bisect::{Answer, Bisection};
        let mut random = git_bench::measure::SplitMix64::new(7);
        let mut uniform = move || (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let mut normal = move || -> f64 {
            (-2.0_f64 * (1.0_f64 - uniform()).ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
        };
        let (mut right, mut wrong, mut none) = (0, 0, 0);
        for search in 0..searches {
            let first_bad = 1 + search % 11;
            let mut measured: Vec<Vec<f64>> = vec![Vec::new(); 12];
            let mut run = |measured: &mut Vec<Vec<f64>>, at: usize| {
                let level = if at < first_bad { 0.0 } else { step };
                measured[at].push(100.0 * (0.02 * (level + normal())).exp());
            };
            run(&mut measured, 0);
            run(&mut measured, 11);
            let answer = loop {
                let points: Vec<Point> = measured.iter().map(|values| point(values)).collect();
                let between: Vec<&Point> = points[1..11].iter().filter(|p| !p.run_values.is_empty()).collect();
                let levels = Levels::of(&points[0], &[], &points[11], &between, 0.02, runs);
                let mut bisection = Bisection::new(12);
                for (at, point) in points.iter().enumerate().filter(|(_, p)| !p.run_values.is_empty()) {
                    bisection.set(at, levels.standing(point));
                }
                match (levels.gap(), bisection.next()) {
                    (Gap::None, _) => break None,
                    (Gap::MoreRuns, _) => run(&mut measured, if levels.bad_has_fewer() { 11 } else { 0 }),
                    (Gap::Differ, None) => break Some(bisection.answer()),
                    (Gap::Differ, Some(next)) => run(&mut measured, next),
                }
            };
            match answer {
                Some(Answer::Commit(at)) if at == first_bad => right += 1,
                Some(Answer::Commit(_)) => wrong += 1,
                Some(Answer::Range { first, last }) if (first..=last).contains(&first_bad) => none += 1,
                Some(Answer::Range { .. }) => wrong += 1,
                None => none += 1,
            }
        }
        (right, wrong, none)
    }

    #[test]
    fn noise_seldom_leads_astray() {
        // Step in standard deviations of the noise, runs a commit at most; right at least and wrong at most of 100.
        for (step, runs, least, most) in [(6.0, 5, 97, 2), (4.0, 5, 95, 3), (3.0, 10, 90, 7), (0.0, 5, 0, 6)] {
            let (right, wrong, none) = simulated(step, runs, 100);
            assert!(right >= least && wrong <= most, "{step} sigma: {right} right, {wrong} wrong, {none} not decided");
        }
    }
}
