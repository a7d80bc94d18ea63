//! How often `judge` cries wolf, how often it sleeps, and how long it takes: the table of `docs/statistics.md`.
//!
//! `cargo bench --bench false_alarms`. Seeded, so that the table is the same on every machine (but for the times).

use std::io::{self, Write};
use std::time::Instant;

use git_bench::stats::{Better, ChangeOptions, Point, Question, Rule, Verdict, change_points, judge};

const KINDS: [&str; 6] = ["normal", "heavy-tailed", "two modes", "autocorrelated", "quantised", "spiky"];
const SERIES: usize = 50;
const POINTS: usize = 60;

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform between 0 and 1, neither of them.
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Standard normal (Box & Muller 1958).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// The next deviation of a kind of noise, as a logarithm; `past` is the one before.
    fn noise(&mut self, kind: usize, past: &mut f64) -> f64 {
        *past = match kind {
            0 => 0.02 * self.normal(),
            1 => 0.02 * self.normal() / self.normal().abs().max(0.3),
            2 => (if self.uniform() < 0.5 { -0.03 } else { 0.03 }) + 0.005 * self.normal(),
            3 => 0.5 * *past + 0.013 * self.normal(),
            4 => (2.0 * self.normal()).round() / 100.0,
            _ => 0.01 * self.normal() + if self.uniform() < 0.04 { 0.3 } else { 0.0 },
        };
        *past
    }
}

fn point(value: f64, at: usize) -> Point {
    Point { value, runs: 1, time: 1_700_000_000 + 3600 * at as i64, ..Point::default() }
}

/// One series of `POINTS` points of which the last `own` are the judged commits; times 1 + `step` from point `from` on.
fn series(random: &mut Random, kind: usize, own: usize, look_back: usize, step: f64, from: usize) -> Question {
    let mut past = 0.0;
    let value = |i: usize, e: f64| 100.0 * e.exp() * if i >= from { 1.0 + step } else { 1.0 };
    let mut points: Vec<Point> = (0..POINTS).map(|i| point(value(i, random.noise(kind, &mut past)), i)).collect();
    let own = points.split_off(POINTS - own);
    Question { better: Better::Lower, base: points, own, rule: Rule { look_back, ..Rule::default() } }
}

/// Shares of the series with a regression, of the runs with any, and of the series that are inconclusive.
fn alarms(runs: usize, make: &mut dyn FnMut(usize) -> Question) -> (f64, f64, f64) {
    let (mut series, mut loud, mut unsure) = (0, 0, 0);
    for _ in 0..runs {
        let questions: Vec<Question> = (0..SERIES).map(&mut *make).collect();
        let decisions = judge(questions).decisions;
        let n = decisions.iter().filter(|d| d.verdict == Verdict::Regression).count();
        series += n;
        loud += usize::from(n > 0);
        unsure += decisions.iter().filter(|d| d.verdict == Verdict::Inconclusive).count();
    }
    let all = (runs * SERIES) as f64;
    (series as f64 / all, loud as f64 / runs as f64, unsure as f64 / all)
}

/// Share of 200 runs in which the series with the step, among 49 of the first `kinds` kinds without one, is a regression.
fn power(kinds: usize, seed: u64, own: usize, look_back: usize, step: f64, old: usize) -> f64 {
    let mut random = Random(seed);
    let runs = 200;
    let found = (0..runs).filter(|_| {
        let make = |j: usize| match j {
            7 => series(&mut random, 0, own, look_back, step, POINTS - old),
            _ => series(&mut random, j % kinds, own, look_back, 0.0, POINTS),
        };
        let questions: Vec<Question> = (0..SERIES).map(make).collect();
        judge(questions).decisions[7].verdict == Verdict::Regression
    });
    found.count() as f64 / runs as f64
}

/// Share of `runs` in which two single runs of `samples` samples each, without any history, are called a regression.
fn alone(runs: usize, seed: u64, samples: usize, spread: f64, step: f64) -> f64 {
    let mut random = Random(seed);
    let found = (0..runs).filter(|_| {
        let mut of = |level: f64| {
            let samples: Vec<f64> = (0..samples).map(|_| level * (1.0 + spread * random.normal())).collect();
            Point { value: samples.iter().sum::<f64>() / samples.len() as f64, samples, runs: 1, ..Point::default() }
        };
        let question = Question {
            better: Better::Lower,
            base: vec![of(10.0)],
            own: vec![of(10.0 * (1.0 + step))],
            rule: Rule::default(),
        };
        judge(vec![question]).decisions[0].verdict == Verdict::Regression
    });
    found.count() as f64 / runs as f64
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "No change: share of series called a regression, of runs of {SERIES} with any, and of series left inconclusive"
    )?;
    writeln!(out, "{:<28} {:>9} {:>9} {:>12}", "noise", "series", "runs", "inconclusive")?;
    for (look_back, own, name) in [(20, 1, "base branch"), (0, 1, "branch of 1"), (0, 5, "branch of 5")] {
        let mut mixed = Random(1);
        let row = alarms(400, &mut |j| series(&mut mixed, j % 6, own, look_back, 0.0, POINTS));
        writeln!(
            out,
            "{:<28} {:>8.2}% {:>8.1}% {:>11.1}%",
            format!("{name}, all six"),
            row.0 * 100.0,
            row.1 * 100.0,
            row.2 * 100.0
        )?;
        for (kind, label) in KINDS.iter().enumerate() {
            let mut random = Random(100 + kind as u64);
            let row = alarms(200, &mut |_| series(&mut random, kind, own, look_back, 0.0, POINTS));
            writeln!(
                out,
                "{:<28} {:>8.2}% {:>8.1}% {:>11.1}%",
                format!("{name}, {label}"),
                row.0 * 100.0,
                row.1 * 100.0,
                row.2 * 100.0
            )?;
        }
    }
    writeln!(out, "\nA step in 2 % normal noise, one of {SERIES} series: share of 200 runs in which it is found")?;
    for (step, old) in [
        (0.05, 10),
        (0.05, 5),
        (0.05, 3),
        (0.05, 1),
        (0.03, 10),
        (0.10, 10),
        (0.10, 3),
        (0.10, 2),
        (0.10, 1),
        (0.20, 1),
        (0.50, 1),
    ] {
        let base = power(6, 7, 1, 20, step, old);
        let branch = power(6, 8, old, 0, step, old);
        writeln!(
            out,
            "{:>3.0} %, {old:>2} points old: {:>5.1} % on the base branch, {:>5.1} % on a branch",
            step * 100.0,
            base * 100.0,
            branch * 100.0
        )?;
    }
    for step in [0.10, 0.20, 0.50] {
        let quiet = power(1, 9, 1, 0, step, 1) * 100.0;
        writeln!(
            out,
            "{:>3.0} %,  1 point old, no series of the run with spikes: {quiet:>5.1} % on a branch",
            step * 100.0
        )?;
    }
    writeln!(out, "\nAlone, no history, within-run noise 2 %: share of 1000 called a regression")?;
    for (samples, step) in [(5, 0.0), (5, 0.05), (5, 0.10), (20, 0.0), (20, 0.05)] {
        writeln!(
            out,
            "{samples:>2} samples against {samples:>2}, step {:>3.0} %: {:>5.1} %",
            step * 100.0,
            alone(1000, 9, samples, 0.02, step) * 100.0
        )?;
    }
    let mut random = Random(11);
    let long: Vec<Vec<f64>> = (0..100)
        .map(|i| {
            let (mut past, mut level) = (0.0, 0.0);
            (0..10_000)
                .map(|j| {
                    level += if j % (50 + i) == 0 { 0.1 * random.normal() } else { 0.0 };
                    (level + random.noise(i % 6, &mut past)).exp()
                })
                .collect()
        })
        .collect();
    let begin = Instant::now();
    let found: usize = long.iter().map(|values| change_points(values, &ChangeOptions::default()).len()).sum();
    writeln!(out, "\n100 series of 10,000 points: {found} change points in {:.3} s", begin.elapsed().as_secs_f64())?;
    let one = long.concat();
    let begin = Instant::now();
    change_points(&one, &ChangeOptions::default());
    writeln!(out, "1 series of 1,000,000 points: {:.3} s", begin.elapsed().as_secs_f64())?;
    let questions: Vec<Question> = (0..1000).map(|j| series(&mut random, j % 6, 1, 20, 0.0, POINTS)).collect();
    let begin = Instant::now();
    judge(questions);
    writeln!(out, "1,000 series of {POINTS} points judged: {:.3} s", begin.elapsed().as_secs_f64())
}
