//! What a person expects of `judge`, case by case, and that no input makes it panic or answer with NaN.

use super::super::{Better, Decision, METHODS, Point, Rule};
use super::*;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn around(&mut self, level: f64, spread: f64, n: usize) -> Vec<f64> {
        (0..n).map(|_| level * (1.0 + spread * self.normal())).collect()
    }
}

fn points(values: &[f64]) -> Vec<Point> {
    let at = |(i, value): (usize, &f64)| Point { value: *value, runs: 1, time: 86_400 * i as i64, ..Point::default() };
    values.iter().enumerate().map(at).collect()
}

/// The last `own` of the values are the branch's own.
fn question(values: &[f64], own: usize, look_back: usize) -> Question {
    let mut base = points(values);
    let own = base.split_off(values.len() - own);
    Question { better: Better::Lower, base, own, rule: Rule { look_back, ..Rule::default() } }
}

fn one(question: Question) -> Decision {
    judge(vec![question]).decisions.remove(0)
}

fn verdict(values: &[f64], own: usize, look_back: usize) -> Verdict {
    one(question(values, own, look_back)).verdict
}

#[test]
fn a_counter_that_never_moved_and_moves() {
    for n in [3, 5, 40] {
        let mut values = vec![1_000_000.0; n];
        values.push(1_050_000.0);
        let out = one(question(&values, 1, 0));
        assert_eq!(out.verdict, Verdict::Regression, "{out:?}");
        assert_eq!(out.noise, Some(0.0));
        assert_eq!((out.change.unwrap() * 1e6).round(), 50_000.0);
        assert_eq!(verdict(&vec![7.0; n + 1], 1, 0), Verdict::Unchanged);
    }
    let zeros = [0.0, 0.0, 0.0, 0.0, 0.0, 3.0];
    let out = one(question(&zeros, 1, 0));
    assert_eq!((out.verdict, out.change, out.difference), (Verdict::Regression, None, 3.0));
    let mut floor = question(&zeros, 1, 0);
    floor.rule.floor = 5.0;
    assert_eq!(one(floor).verdict, Verdict::Unchanged);
}

#[test]
fn a_step_in_noise_is_judged_by_direction() {
    let mut random = Random(1);
    let mut values = random.around(100.0, 0.01, 40);
    values.extend(random.around(110.0, 0.01, 5));
    let mut asked = question(&values, 1, 20);
    let out = one(asked.clone());
    assert_eq!(out.verdict, Verdict::Regression, "{out:?}");
    assert_eq!(out.step.unwrap().index, 40);
    assert!((out.change.unwrap() - 0.1).abs() < 0.02 && (out.noise.unwrap() - 0.01).abs() < 0.005, "{out:?}");
    let (low, high) = out.interval.unwrap();
    assert!(low < 0.1 && 0.1 < high);
    asked.better = Better::Higher;
    assert_eq!(one(asked.clone()).verdict, Verdict::Improvement);
    asked.better = Better::None;
    let undirected = one(asked.clone());
    assert_eq!(undirected.verdict, Verdict::Inconclusive);
    assert!(undirected.notes.iter().any(|note| note.contains("which direction")), "{undirected:?}");
    // On a branch the same step is the base's, and nobody is blamed for it.
    assert_eq!(verdict(&values, 1, 0), Verdict::Unchanged);
    let late: Vec<f64> = values[..42].to_vec();
    let out = one(question(&late, 1, 0));
    assert_ne!(out.verdict, Verdict::Regression, "{out:?} {late:?}");
    // A branch of three points that brought it.
    assert_eq!(verdict(&values[..43], 3, 0), Verdict::Regression);
    // Mended since: no regression.
    values.extend(random.around(100.0, 0.01, 5));
    assert_eq!(verdict(&values, 1, 20), Verdict::Unchanged);
}

#[test]
fn a_branch_that_takes_its_regression_back_is_judged_against_the_base() {
    for base in [vec![99.0; 6], vec![99.0, 99.4, 98.8, 99.1, 99.3, 98.9, 99.2, 99.0]] {
        for own in [vec![198.0, 99.1], vec![198.0, 197.5, 99.1], vec![198.0, 99.1, 99.0]] {
            let values = [base.clone(), own.clone()].concat();
            let out = one(question(&values, own.len(), 0));
            assert_eq!(out.verdict, Verdict::Unchanged, "{out:?}");
            assert!((out.base_value - 99.0).abs() < 0.3 && out.noise.unwrap() < 0.01, "{out:?}");
        }
        // What stayed is found.
        let values = [base, vec![99.1, 198.0, 197.0]].concat();
        assert_eq!(verdict(&values, 3, 0), Verdict::Regression);
    }
}

#[test]
fn one_point_alone() {
    let mut random = Random(2);
    let mut values = random.around(100.0, 0.01, 40);
    values.push(150.0);
    let out = one(question(&values, 1, 0));
    assert_eq!(out.verdict, Verdict::Regression, "a quiet history shows that it is none: {out:?}");
    values[7] = 160.0;
    let out = one(question(&values, 1, 0));
    assert_eq!(out.verdict, Verdict::Inconclusive, "{out:?}");
    assert!(out.notes[0].contains("one point alone") && out.more_runs.is_some(), "{out:?}");
    // Three runs of the head are three points.
    let mut asked = question(&values, 1, 0);
    asked.own[0].run_values = vec![149.0, 150.0, 151.0];
    asked.own[0].runs = 3;
    assert_eq!(one(asked).verdict, Verdict::Regression);
}

#[test]
fn too_little_says_inconclusive() {
    for values in [vec![100.0, 150.0], vec![100.0, 101.0, 150.0], vec![100.0, 101.0, 99.0, 150.0]] {
        let out = one(question(&values, 1, 0));
        assert_eq!(out.verdict, Verdict::Inconclusive, "{out:?}");
        assert!(out.change.unwrap() > 0.4 && !out.notes.is_empty());
    }
    let out = one(Question { base: vec![], ..question(&[1.0, 2.0], 1, 0) });
    assert_eq!((out.verdict, out.change), (Verdict::Inconclusive, None));
}

#[test]
fn samples_decide_where_there_is_no_history() {
    let mut random = Random(3);
    let mut asked = question(&[10.0, 12.0], 1, 0);
    asked.base[0].samples = random.around(10.0, 0.005, 20);
    asked.own[0].samples = random.around(12.0, 0.005, 20);
    let out = one(asked.clone());
    assert_eq!(out.verdict, Verdict::Regression, "{out:?}");
    assert!(out.rank_p.unwrap() < 1e-6 && (out.change.unwrap() - 0.2).abs() < 0.01);
    asked.own[0].samples = random.around(10.0, 0.005, 20);
    assert_eq!(one(asked).verdict, Verdict::Unchanged);
    let mut summary = question(&[10.0, 12.0], 1, 0);
    for point in summary.base.iter_mut().chain(&mut summary.own) {
        (point.stddev, point.n) = (Some(0.1), Some(10));
    }
    assert_eq!(one(summary).verdict, Verdict::Regression);
}

#[test]
fn ranks_that_disagree_hold_a_regression_back() {
    let mut random = Random(4);
    let mut values = random.around(100.0, 0.01, 40);
    values.extend([112.0, 112.0, 112.0, 112.0]);
    let mut asked = question(&values, 4, 0);
    for point in asked.base.iter_mut().chain(&mut asked.own) {
        point.samples = random.around(100.0, 0.01, 6);
    }
    let out = one(asked.clone());
    assert_eq!(out.verdict, Verdict::Inconclusive, "{out:?}");
    for point in &mut asked.own {
        point.samples = random.around(112.0, 0.01, 6);
    }
    assert_eq!(one(asked).verdict, Verdict::Regression);
}

#[test]
fn machine_not_code() {
    let mut random = Random(5);
    let mut asked: Vec<Question> = (0..20)
        .map(|j| {
            let mut values = random.around(10.0 * f64::from(j + 1), 0.01, 40);
            values
                .push(10.0 * f64::from(j + 1) * 1.2 * (1.0 + 0.01 * random.normal()) * if j == 3 { 1.3 } else { 1.0 });
            question(&values, 1, 0)
        })
        .collect();
    let out = judge(asked.clone());
    assert!((out.common_factor.unwrap() - 1.2).abs() < 0.02 && out.notes[0].contains("machine"), "{:?}", out.notes);
    for (j, decision) in out.decisions.iter().enumerate() {
        assert_eq!(decision.verdict == Verdict::Regression, j == 3, "{j} {decision:?}");
    }
    // Five series cannot tell.
    asked.truncate(5);
    let out = judge(asked.clone());
    assert!(out.common_factor.is_none());
    assert!(out.decisions.iter().all(|d| d.verdict == Verdict::Regression), "{out:?}");
}

#[test]
fn the_seeds_window() {
    let values: Vec<f64> = (0..40).map(|i| if i < 34 { 100.0 } else { 112.0 }).collect();
    let mut asked = question(&values, 1, 0);
    (asked.rule.method, asked.rule.threshold) = ("window".to_string(), 0.10);
    let out = one(asked.clone());
    assert_eq!(out.verdict, Verdict::Regression, "{out:?}");
    asked.rule.threshold = 0.15;
    assert_eq!(one(asked).verdict, Verdict::Unchanged);
}

#[test]
fn diff_compares_the_ends_themselves() {
    let mut random = Random(6);
    let mut values = random.around(100.0, 0.01, 40);
    values[39] = 130.0;
    values.push(100.0);
    let mut asked = question(&values, 1, 0);
    asked.rule.ends = true;
    let out = one(asked);
    assert_eq!((out.base_value, out.head_value.round()), (130.0_f64.ln().exp(), 100.0));
    assert!(out.change.unwrap() < -0.2);
}

#[test]
fn no_input_makes_it_panic_or_answer_with_nan() {
    let mut random = Random(7);
    let odd = [0.0, -0.0, 1.0, -1.0, 1e-320, 1e300, -1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5.0];
    for round in 0..3000 {
        let n = 1 + (random.next() % 50) as usize;
        let wild = round % 3;
        let value = |random: &mut Random| match wild {
            0 => odd[(random.next() % odd.len() as u64) as usize],
            1 => 5.0 * random.normal(),
            _ => (random.next() % 4) as f64,
        };
        let mut base: Vec<Point> = (0..n)
            .map(|i| {
                let samples = (0..random.next() % 6).map(|_| value(&mut random)).collect();
                let run_values = (0..random.next() % 4).map(|_| value(&mut random)).collect();
                let stddev = random.next().is_multiple_of(3).then(|| value(&mut random));
                Point {
                    value: value(&mut random),
                    samples,
                    run_values,
                    stddev,
                    n: Some(random.next() % 9),
                    runs: 1,
                    time: i as i64,
                }
            })
            .collect();
        let own = base.split_off(n - 1 - (random.next() % n as u64) as usize);
        let method = METHODS[(random.next() % METHODS.len() as u64) as usize].name().to_string();
        let rule = Rule {
            method,
            look_back: (random.next() % 30) as usize,
            ends: random.next().is_multiple_of(2),
            ..Rule::default()
        };
        let asked = vec![Question { better: Better::Lower, base, own, rule }; 9];
        let out = judge(asked.clone());
        for d in &out.decisions {
            let numbers = [
                Some(d.difference),
                Some(d.base_value),
                Some(d.head_value),
                d.change,
                d.noise,
                d.p,
                d.q,
                d.rank_p,
                d.smallest_effect,
            ];
            let more = [
                d.interval.map(|i| i.0),
                d.interval.map(|i| i.1),
                d.step.map(|s| s.before),
                d.step.map(|s| s.after),
                d.step.map(|s| s.p),
            ];
            assert!(numbers.iter().chain(&more).flatten().all(|x| x.is_finite()), "{d:?} of {:?}", asked[0]);
        }
        assert_eq!(format!("{out:?}"), format!("{:?}", judge(asked.clone())));
    }
}

#[test]
fn names_of_methods_are_unique_and_found() {
    for one in METHODS {
        assert_eq!(super::super::method(one.name()).unwrap().doc(), one.doc());
        assert_eq!(METHODS.iter().filter(|m| m.name() == one.name()).count(), 1);
    }
    assert!(super::super::method("nosuch").is_none());
}
