//! `percent`: a fixed limit against the base end, and nothing else.

use super::{Decision, Method, Past, Peers, Question, Verdict, directed, ends, is_over_floors};

pub(super) struct Percent;

impl Method for Percent {
    fn name(&self) -> &'static str {
        "percent"
    }

    fn doc(&self) -> &'static str {
        "the head against the base end, by threshold and floor alone; knows nothing of noise"
    }

    fn decide(&self, question: &Question, _past: &Past, _peers: &Peers) -> Decision {
        let mut out = ends(question);
        if question.base.iter().any(|p| p.value.is_finite()) && question.own.iter().any(|p| p.value.is_finite()) {
            out.verdict = if is_over_floors(question, &out) {
                directed(question.better, out.difference)
            } else {
                Verdict::Unchanged
            };
        }
        out
    }
}
