//! Tests of the search: small series by hand, and the score on the labelled corpus.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::*;

fn at(values: &[f64]) -> Vec<usize> {
    change_points(values, &ChangeOptions::default()).iter().map(|c| c.index).collect()
}

/// A little noise without a generator: the fractional parts of multiples of the golden ratio, within 1 % of 1.
fn calm(n: usize) -> Vec<f64> {
    (0..n).map(|i| 1.0 + 0.02 * ((i as f64 * 0.618_033_988_75).fract() - 0.5)).collect()
}

#[test]
fn a_step_is_found_at_its_first_point() {
    let mut values = calm(60);
    assert_eq!(at(&values), Vec::<usize>::new());
    values[40..].iter_mut().for_each(|x| *x *= 1.1);
    let found = change_points(&values, &ChangeOptions::default());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].index, 40);
    assert!(
        (found[0].before - 1.0).abs() < 0.005
            && (found[0].after - 1.1).abs() < 0.005
            && found[0].t > 20.0
            && found[0].p < 1e-9
    );
    values[47..57].iter_mut().for_each(|x| *x *= 2.0);
    assert_eq!(at(&values), vec![40, 47, 57]);
}

#[test]
fn a_spike_is_no_step() {
    let mut values = calm(60);
    values[30] = 5.0;
    values[59] = 5.0;
    assert_eq!(at(&values), Vec::<usize>::new());
}

#[test]
fn a_counter_steps_where_it_steps() {
    let values: Vec<f64> = (0..40)
        .map(|i| {
            if i < 15 {
                1000.0
            } else if i < 30 {
                1004.0
            } else {
                990.0
            }
        })
        .collect();
    assert_eq!(at(&values), vec![15, 30]);
}

#[test]
fn odd_series_are_answered() {
    for values in
        [vec![], vec![1.0], vec![1.0, 2.0], vec![0.0; 30], vec![f64::NAN; 9], vec![f64::INFINITY; 9], vec![-3.0; 12]]
    {
        assert_eq!(at(&values), Vec::<usize>::new());
    }
    let mut values = calm(40);
    values[20..].iter_mut().for_each(|x| *x = -*x);
    values[7] = f64::NAN;
    assert_eq!(at(&values), vec![20]);
    let huge: Vec<f64> = (0..40).map(|i| if i < 20 { 1e-300 } else { 1e300 }).collect();
    assert!(change_points(&huge, &ChangeOptions::default()).iter().all(|c| c.t.is_finite() && c.after.is_finite()));
    let signed: Vec<f64> = (0..40).map(|i| if i < 20 { -1e300 } else { 1e300 }).collect();
    assert!(change_points(&signed, &ChangeOptions::default()).iter().all(|c| c.t.is_finite() && c.after.is_finite()));
}

/// The score of `labelled/score.py`: F1, F1c, share of quiet series with an alert.
#[test]
fn the_labelled_series_are_scored_as_promised() {
    let Some(rows) = labelled() else { return };
    let (mut f1, mut right, mut alerts, mut found, mut steps, mut loud, mut quiet) = (0.0, 0, 0, 0, 0, 0, 0);
    for row in &rows {
        let values: Vec<f64> = row["mean"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        let points: BTreeSet<i64> = at(&values).iter().map(|x| *x as i64).collect();
        let indexes = |v: &Value| v.as_array().unwrap().iter().filter_map(Value::as_i64).collect::<BTreeSet<i64>>();
        let marks: Vec<BTreeSet<i64>> = row["annotations"].as_object().unwrap().values().map(indexes).collect();
        let with_start = |x: &BTreeSet<i64>| x.iter().copied().chain([0]).collect::<BTreeSet<i64>>();
        let (predicted, started) = (with_start(&points), marks.iter().map(with_start).collect::<Vec<_>>());
        let precision =
            matched(&started.iter().flatten().copied().collect(), &predicted) as f64 / predicted.len() as f64;
        let recall =
            started.iter().map(|m| matched(m, &predicted) as f64 / m.len() as f64).sum::<f64>() / started.len() as f64;
        f1 += 2.0 * precision * recall / (precision + recall) / rows.len() as f64;
        let anyone: BTreeSet<i64> = marks.iter().flatten().copied().collect();
        right += points.iter().filter(|x| anyone.iter().any(|u| (*x - u).abs() <= 5)).count();
        alerts += points.len();
        steps += row["consensus"].as_array().unwrap().len();
        found += matched(&indexes(&row["consensus"]), &points);
        if marks.iter().filter(|m| m.is_empty()).count() * 10 >= marks.len() * 6 {
            quiet += 1;
            loud += usize::from(!points.is_empty());
        }
    }
    let (precision, recall) = (right as f64 / alerts as f64, found as f64 / steps as f64);
    let f1c = 2.0 * precision * recall / (precision + recall);
    let share = loud as f64 / quiet as f64;
    assert!(f1 >= 0.87 && f1c >= 0.80 && share <= 0.08, "f1 {f1} f1c {f1c} quiet {share}");
}

fn matched(truth: &BTreeSet<i64>, predicted: &BTreeSet<i64>) -> usize {
    let mut left = predicted.clone();
    truth
        .iter()
        .filter(|mark| {
            let near = left.iter().copied().filter(|x| (*mark - x).abs() <= 5).min_by_key(|x| ((*mark - x).abs(), *x));
            near.is_some_and(|x| left.remove(&x))
        })
        .count()
}

fn labelled() -> Option<Vec<Value>> {
    let text = crate::stats::corpus("labelled/database-series.jsonl.gz").and_then(|path| {
        let mut child = Command::new("gzip").arg("-dc").arg(path).stdout(Stdio::piped()).spawn().ok()?;
        let mut text = String::new();
        child.stdout.take()?.read_to_string(&mut text).ok()?;
        child.wait().ok()?;
        Some(text)
    })?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// 25 series of another database with one verdict each: every regression at its very point, no stable or spiky series with an
/// alert, and at most one of the ten that are noisy or differ from build to build.
#[test]
fn the_series_of_another_database() {
    let Some(folder) = crate::stats::corpus("golden/sap-hana-small") else { return };
    let details = std::fs::read_to_string(folder.join("metadata/dataset_details.csv")).unwrap();
    let mut others = 0;
    for line in details.lines().skip(1) {
        let fields: Vec<&str> = line.split(';').collect();
        let text = std::fs::read_to_string(folder.join("data").join(fields[1])).unwrap();
        let values: Vec<f64> =
            text.lines().skip(1).map(|l| l.rsplit(',').next().unwrap().trim().parse().unwrap()).collect();
        match fields[0].trim() {
            "regression" => assert_eq!(at(&values), vec![fields[2].parse::<usize>().unwrap()], "{line}"),
            "Stable" | "Spike" => assert_eq!(at(&values), Vec::<usize>::new(), "{line}"),
            _ => others += usize::from(!at(&values).is_empty()),
        }
    }
    assert!(others <= 1, "{others} of 10");
}
