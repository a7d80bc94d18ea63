//! Machine, not code: most series of a run moved together.

use std::collections::BTreeMap;

use super::question::{Better, Point, Question};
use super::robust::{median, scaled_mad};

/// Fewer series than this cannot tell a machine from a change that touches everything.
const FEWEST: usize = 8;
/// Points before the judged ones that give the level a series is compared with.
const REFERENCE: usize = 20;
/// A factor smaller than this (relative) is left alone.
const SMALLEST: f64 = 0.01;

/// What was found and taken out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommonFactor {
    /// By which factor times grew (throughputs shrank) in the head's run; `None` where they did not move together.
    pub head: Option<f64>,
}

/// Finds, for each time of measurement among the judged points, the factor that most series share, and divides by it in place.
///
/// At one time, at least eight series that vary and have five points before the judged ones: with d the logarithm of the value
/// over the median of up to 20 earlier points (negated where higher is better), the factor is exp(median d), taken for real where
/// it is at least 1 %, over four of its standard errors (1.2533 scaled MAD / sqrt n) and shared, by at least half of it, by three
/// quarters of the series. Constant series (counts, sizes) neither vote nor are divided.
pub fn take_out(questions: &mut [Question]) -> CommonFactor {
    let mut votes: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    let references: Vec<Option<f64>> = questions.iter().map(reference).collect();
    for (question, reference) in questions.iter().zip(&references) {
        let Some(reference) = reference else { continue };
        for point in judged(question).filter(|p| p.value > 0.0 && p.value.is_finite()) {
            votes.entry(point.time).or_default().push(sign(question.better) * (point.value / reference).ln());
        }
    }
    let factors: BTreeMap<i64, f64> = votes.iter().filter_map(|(time, d)| Some((*time, shared(d)?))).collect();
    if factors.is_empty() {
        return CommonFactor::default();
    }
    let mut head = None;
    for (question, _) in questions.iter_mut().zip(&references).filter(|(_, r)| r.is_some()) {
        if let Some(factor) = question.own.last().and_then(|p| factors.get(&p.time)) {
            head = Some(factor.exp());
        }
        let (first, direction) = (first_judged(question), sign(question.better));
        for point in question.base.iter_mut().skip(first).chain(&mut question.own) {
            if let Some(factor) = factors.get(&point.time) {
                divide(point, (direction * factor).exp());
            }
        }
    }
    CommonFactor { head }
}

fn sign(better: Better) -> f64 {
    if better == Better::Higher { -1.0 } else { 1.0 }
}

fn first_judged(question: &Question) -> usize {
    question.base.len().saturating_sub(question.rule.look_back)
}

fn judged(question: &Question) -> impl Iterator<Item = &Point> {
    question.base[first_judged(question)..].iter().chain(&question.own)
}

/// The level before the judged points; `None` where the series has too few points there or does not vary.
fn reference(question: &Question) -> Option<f64> {
    let before = &question.base[..first_judged(question)];
    let values: Vec<f64> = before[before.len().saturating_sub(REFERENCE)..].iter().map(|p| p.value).collect();
    let usable =
        values.len() >= 5 && values.iter().all(|v| v.is_finite() && *v > 0.0) && values.iter().any(|v| *v != values[0]);
    usable.then(|| median(&values))
}

fn shared(d: &[f64]) -> Option<f64> {
    let factor = median(d);
    let error = 1.2533 * scaled_mad(d) / (d.len() as f64).sqrt();
    let along = d.iter().filter(|x| **x * factor.signum() >= factor.abs() / 2.0).count();
    let together =
        d.len() >= FEWEST && factor.abs() >= SMALLEST && factor.abs() >= 4.0 * error && along * 4 >= d.len() * 3;
    together.then_some(factor)
}

fn divide(point: &mut Point, by: f64) {
    point.value /= by;
    point.samples.iter_mut().chain(&mut point.run_values).chain(&mut point.stddev).for_each(|x| *x /= by);
}
