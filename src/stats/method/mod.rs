//! The methods that can judge a series, by name.

mod default;
mod e_divisive;
mod mann_whitney;
mod percent;
mod t_test;
mod window;

use super::decision::{Decision, Verdict};
use super::history::Past;
use super::peers::Peers;
use super::question::{Better, Question};
use super::robust::mean;

/// One way to judge a series on its own. Many series at once (false discovery rate, machine or code) is [`judge`](super::judge())'s.
pub trait Method: Sync {
    /// The name that a policy uses.
    fn name(&self) -> &'static str;
    /// What it does, in one or two sentences, for help and documentation.
    fn doc(&self) -> &'static str;
    /// The decision on one series; `past` is read out of the same question, `peers` is what all series of the run say about spikes. A method with a p value sets `p`; a
    /// regression or improvement is then taken back by [`judge`](super::judge()) where `q` is over alpha.
    fn decide(&self, question: &Question, past: &Past, peers: &Peers) -> Decision;
}

/// All methods, in the order of help.
pub static METHODS: &[&dyn Method] = &[
    &default::Default,
    &percent::Percent,
    &window::Window,
    &mann_whitney::MannWhitney,
    &t_test::TTest,
    &e_divisive::EDivisive,
];

/// The method of that name.
pub fn method(name: &str) -> Option<&'static dyn Method> {
    METHODS.iter().copied().find(|m| m.name() == name)
}

/// Whether the two levels differ by at least both floors of the rule. A relative floor means nothing where the base is 0.
pub fn is_over_floors(question: &Question, decision: &Decision) -> bool {
    let relative = decision.change.is_none_or(|c| c.abs() >= question.rule.threshold);
    decision.difference != 0.0 && relative && decision.difference.abs() >= question.rule.floor
}

/// The verdict of a change that is taken for real, by the good direction of the metric.
pub fn directed(better: Better, difference: f64) -> Verdict {
    match better {
        Better::Lower if difference > 0.0 => Verdict::Regression,
        Better::Higher if difference < 0.0 => Verdict::Regression,
        Better::Lower | Better::Higher if difference != 0.0 => Verdict::Improvement,
        _ => Verdict::Unchanged,
    }
}

/// The values of a series that are finite, base and own.
fn values(question: &Question) -> (Vec<f64>, Vec<f64>) {
    let of = |points: &[super::Point]| points.iter().map(|p| p.value).filter(|v| v.is_finite()).collect::<Vec<_>>();
    (of(&question.base), of(&question.own))
}

/// Raw samples of the two ends (finite ones).
fn samples(question: &Question) -> (Vec<f64>, Vec<f64>) {
    let of = |point: Option<&super::Point>| {
        point.map_or(Vec::new(), |p| p.samples.iter().copied().filter(|v| v.is_finite()).collect::<Vec<_>>())
    };
    (of(question.base.last()), of(question.own.last()))
}

/// The two ends themselves as a decision without a verdict.
fn ends(question: &Question) -> Decision {
    let (base, own) = values(question);
    let mut out = Decision::new(base.last().copied().unwrap_or(0.0), own.last().copied().unwrap_or(0.0));
    if base.is_empty() || own.is_empty() {
        out.change = None;
        out.notes.push("nothing to compare with".to_string());
    }
    out
}

/// The mean of these values, 0 for none.
fn level(values: &[f64]) -> f64 {
    mean(values)
}
