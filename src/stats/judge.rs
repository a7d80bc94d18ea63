//! All series of a run at once.

use std::borrow::Cow;

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
pub fn judge(questions: &[Question]) -> Judgement {
    let mut questions = Cow::Borrowed(questions);
    let common = take_out(&mut questions);
    let pasts = each(&questions, &Past::new);
    let peers = Peers::new(&pasts);
    let mut out = Judgement { common_factor: common.head, ..Judgement::default() };
    let asked: Vec<(&Question, &Past)> = questions.iter().zip(&pasts).collect();
    out.decisions = each(&asked, &|(question, past)| {
        let by = method(&question.rule.method).unwrap_or(METHODS[0]);
        match question.better {
            Better::None => undirected(by, question, past, &peers),
            _ => by.decide(question, past, &peers),
        }
    });
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

/// So many series are worth a second thread, which may wait for a millisecond until it gets a processor of its own.
const MANY: usize = 128;

/// Maps every series, in order; with many of them on two threads.
fn each<S: Sync, T: Send>(series: &[S], map: &(dyn Fn(&S) -> T + Sync)) -> Vec<T> {
    if series.len() < MANY {
        return series.iter().map(map).collect();
    }
    let (first, second) = series.split_at(series.len() / 2);
    std::thread::scope(|scope| {
        let rest = scope.spawn(|| second.iter().map(map).collect::<Vec<T>>());
        let mut all: Vec<T> = first.iter().map(map).collect();
        match rest.join() {
            Ok(rest) => all.extend(rest),
            // A panic goes on where it was asked for.
            Err(panic) => std::panic::resume_unwind(panic),
        }
        all
    })
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
