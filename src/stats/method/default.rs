//! `default`: the series' own history decides.

use super::{Decision, Method, Question, Verdict, directed, is_over_floors, level, values};
use crate::stats::robust::scaled_mad;
use crate::stats::student::two_sided;

pub(super) struct Default;

impl Method for Default {
    fn name(&self) -> &'static str {
        "default"
    }

    fn doc(&self) -> &'static str {
        "the change against the run-to-run noise of this very series, from its history; with raw samples a rank test as well"
    }

    fn decide(&self, question: &Question) -> Decision {
        let (base, own) = values(question);
        let mut out = Decision::new(level(&base), own.last().copied().unwrap_or(0.0));
        if base.len() < 4 || own.is_empty() {
            return out;
        }
        let noise = scaled_mad(&base);
        let t = out.difference / (noise * (1.0 + 1.0 / base.len() as f64).sqrt());
        let p = if noise > 0.0 {
            two_sided(t, base.len() as f64 - 1.0)
        } else if out.difference == 0.0 {
            1.0
        } else {
            0.0
        };
        out.p = Some(p);
        out.verdict = if is_over_floors(question, &out) && p < 0.001 {
            directed(question.better, out.difference)
        } else {
            Verdict::Unchanged
        };
        out
    }
}
