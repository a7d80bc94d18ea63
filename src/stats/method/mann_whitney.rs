//! `mann-whitney`: the rank test between the raw samples of the two ends.

use super::{Decision, Method, Past, Peers, Question, Verdict, directed, ends, is_over_floors, samples};
use crate::stats::ranks::mann_whitney;
use crate::stats::robust::median;

/// Mann-Whitney U (see [`mann_whitney`]) on the raw samples of base end and head. Says nothing about run-to-run noise.
pub(super) struct MannWhitney;

impl Method for MannWhitney {
    fn name(&self) -> &'static str {
        "mann-whitney"
    }

    fn doc(&self) -> &'static str {
        "rank test between the raw samples of the base end and of the head, at least 4 each; knows nothing of run-to-run noise"
    }

    fn decide(&self, question: &Question, _past: &Past, _peers: &Peers) -> Decision {
        let (base, own) = samples(question);
        if base.len() < 4 || own.len() < 4 {
            let mut out = ends(question);
            out.notes.push(format!("{} and {} samples: the rank test needs at least 4 and 4", base.len(), own.len()));
            return out;
        }
        let mut out = Decision::new(median(&base), median(&own));
        let p = mann_whitney(&base, &own).unwrap_or(1.0);
        (out.p, out.rank_p) = (Some(p), Some(p));
        out.verdict = Verdict::Unchanged;
        if is_over_floors(question, &out) {
            out.verdict =
                if p < question.rule.alpha { directed(question.better, out.difference) } else { Verdict::Inconclusive };
        }
        out
    }
}
