//! All series of a run at once.

use std::sync::Arc;

use super::common_factor::take_out;
use super::decision::{Decision, Judgement, Verdict};
use super::fdr::benjamini_hochberg;
use super::history::Past;
use super::method::{METHODS, Method, method};
use super::peers::Peers;
use super::question::{Better, Question};

/// Judges every question by its rule's method (`default` where there is none of that name), then all of them together: what moved
/// most series alike is taken out first, the false discovery rate of the p values is kept at the rule's alpha last.
///
/// Same questions, same answer, to the last bit; the order of the questions matters only for the order of the decisions.
pub fn judge(questions: Vec<Question>) -> Judgement {
    judge_by(questions, &InTurn)
}

/// How the same work is done on many things: by which threads.
pub trait Spread {
    /// `work` on the numbers below `count`; in their order.
    fn map<S, R>(&self, on: &Arc<S>, count: usize, work: fn(&S, usize) -> R) -> Vec<R>
    where
        S: Send + Sync + 'static,
        R: Send + 'static;
}

/// One after the other.
struct InTurn;

impl Spread for InTurn {
    fn map<S, R>(&self, on: &Arc<S>, count: usize, work: fn(&S, usize) -> R) -> Vec<R>
    where
        S: Send + Sync + 'static,
        R: Send + 'static,
    {
        (0..count).map(|at| work(on, at)).collect()
    }
}

/// [`judge`], with the series spread over threads.
pub fn judge_by(mut questions: Vec<Question>, spread: &impl Spread) -> Judgement {
    let common = take_out(&mut questions);
    let questions = Arc::new(questions);
    let pasts = spread.map(&questions, questions.len(), |questions, at| Past::new(&questions[at]));
    let all = Arc::new(All { peers: Peers::new(&pasts), pasts, questions });
    let mut out = Judgement { common_factor: common.head, ..Judgement::default() };
    out.decisions = spread.map(&all, all.questions.len(), All::decide);
    let questions = &all.questions;
    let tested: Vec<usize> = (0..questions.len()).filter(|i| out.decisions[*i].p.is_some()).collect();
    let p: Vec<f64> = tested.iter().filter_map(|i| out.decisions[*i].p).collect();
    for (&at, q) in tested.iter().zip(benjamini_hochberg(&p)) {
        let decision = &mut out.decisions[at];
        decision.q = Some(q);
        if q > questions[at].rule.alpha && matches!(decision.verdict, Verdict::Regression | Verdict::Improvement) {
            decision.verdict = Verdict::Inconclusive;
            decision.more_runs = decision.more_runs.or(Some(1));
            decision.notes.push(format!("not clear enough among {} series judged at once", p.len()));
        }
    }
    if let Some(factor) = common.head {
        let percent = (factor - 1.0) * 100.0;
        out.notes.push(format!("most series moved together by {percent:+.1} %: machine, not code; judged without it"));
    }
    out
}

/// All questions, and what is known beforehand.
struct All {
    questions: Arc<Vec<Question>>,
    pasts: Vec<Past>,
    peers: Peers,
}

impl All {
    fn decide(&self, at: usize) -> Decision {
        let (question, past) = (&self.questions[at], &self.pasts[at]);
        let by = method(&question.rule.method).unwrap_or(METHODS[0]);
        match question.better {
            Better::None => undirected(by, question, past, &self.peers),
            _ => by.decide(question, past, &self.peers),
        }
    }
}

/// Whether a metric without a good direction moved: then somebody has to say what that means.
fn undirected(by: &dyn Method, question: &Question, past: &Past, peers: &Peers) -> Decision {
    let mut decision = by.decide(&Question { better: Better::Lower, ..question.clone() }, past, peers);
    if matches!(decision.verdict, Verdict::Regression | Verdict::Improvement) {
        decision.verdict = Verdict::Inconclusive;
        decision
            .notes
            .push("it changed, but which direction is the better one is not known: a [[rule]] says it".into());
    }
    decision
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
