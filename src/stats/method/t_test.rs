//! `t-test`: Welch's t between the samples of the two ends, or between baseline and own points.

use super::{Decision, Method, Past, Peers, Question, Verdict, directed, ends, is_over_floors, samples, values};
use crate::stats::robust::mean;
use crate::stats::student::{critical, welch};

/// Welch's t test (see [`welch`]) on the raw samples of the two ends, or, where those are not there, between the values of the
/// baseline and those of the branch's own points.
pub(super) struct TTest;

impl Method for TTest {
    fn name(&self) -> &'static str {
        "t-test"
    }

    fn doc(&self) -> &'static str {
        "Welch's t test between the raw samples of the two ends, else between the values of baseline and branch, at least 2 each"
    }

    fn decide(&self, question: &Question, _past: &Past, _peers: &Peers) -> Decision {
        let mut sides = samples(question);
        if sides.0.len() < 2 || sides.1.len() < 2 {
            sides = values(question);
        }
        let Some(test) = welch(&sides.0, &sides.1) else {
            let mut out = ends(question);
            out.notes.push(format!(
                "{} and {} values: the t test needs at least 2 and 2",
                sides.0.len(),
                sides.1.len()
            ));
            return out;
        };
        let mut out = Decision::new(mean(&sides.0), mean(&sides.1));
        out.p = Some(test.p);
        let size = out.base_value.abs();
        if size > 0.0 {
            let half = critical(0.05, test.df) * test.error;
            let (low, high) = ((test.difference - half) / size, (test.difference + half) / size);
            out.interval = (low.is_finite() && high.is_finite()).then_some((low, high));
        }
        out.verdict = Verdict::Unchanged;
        if is_over_floors(question, &out) {
            out.verdict = if test.p < question.rule.alpha {
                directed(question.better, out.difference)
            } else {
                Verdict::Inconclusive
            };
        }
        out
    }
}
