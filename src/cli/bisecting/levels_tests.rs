//! Good, bad or more runs: by hand, and in simulated noise.

use git_bench::git::Id;

use super::*;

fn point(values: &[f64]) -> Point {
    Point {
        commit: Id::ZERO_SHA1,
        distance: 0,
        value: mean(values),
        run_values: values.into(),
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
    assert_eq!(all.map(|(v, _)| self::levels(&[100.0], &[200.0], 1).standing(&point(&[v]))), all.map(|x| Some(x.1)));
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
    assert_eq!(levels.good.run_values.as_slice(), [100.0, 101.0, 99.0, 100.5]);
    assert_eq!(levels.standing(&point(&[118.0])), Some(Standing::Bad));
}

/// Searches twelve commits in normal noise, as `search` does; how often the right commit was found, a wrong one, and none.
fn simulated(step: f64, runs: usize, searches: usize) -> (usize, usize, usize) {
    use git_bench::history::bisect::{Answer, Bisection};
    let mut random = git_bench::measure::SplitMix64::new(7);
    let mut uniform = move || (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let mut normal =
        move || -> f64 { (-2.0_f64 * (1.0_f64 - uniform()).ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos() };
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
