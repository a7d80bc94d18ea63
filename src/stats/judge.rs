//! All series of a run at once.

use super::decision::{Judgement, Verdict};
use super::fdr::benjamini_hochberg;
use super::method::method;
use super::question::Question;

/// Judges every question by its rule's method, then all of them together.
pub fn judge(questions: &[Question]) -> Judgement {
    let mut out = Judgement::default();
    for question in questions {
        let by = method(&question.rule.method).unwrap_or(super::METHODS[0]);
        out.decisions.push(by.decide(question));
    }
    let tested: Vec<usize> = (0..questions.len()).filter(|i| out.decisions[*i].p.is_some()).collect();
    let p: Vec<f64> = tested.iter().filter_map(|i| out.decisions[*i].p).collect();
    for (&at, q) in tested.iter().zip(benjamini_hochberg(&p)) {
        let decision = &mut out.decisions[at];
        decision.q = Some(q);
        if q > questions[at].rule.alpha && matches!(decision.verdict, Verdict::Regression | Verdict::Improvement) {
            decision.verdict = Verdict::Inconclusive;
        }
    }
    out
}
