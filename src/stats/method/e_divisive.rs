//! `e-divisive`: Otava's change points over baseline and own points.

use super::{Decision, Method, Past, Peers, Question, Verdict, directed, ends, is_over_floors, level, values};
use crate::stats::decision::Step;
use crate::stats::e_divisive::{Options, e_divisive};

/// Otava's deterministic form of E-divisive (see [`e_divisive`]) over the whole series, with its own defaults. The verdict is
/// about the last change point among the judged points.
pub(super) struct EDivisive;

impl Method for EDivisive {
    fn name(&self) -> &'static str {
        "e-divisive"
    }

    fn doc(&self) -> &'static str {
        "change points by E-divisive with a t test, as Apache Otava finds them at its defaults (p < 0.001, window 50)"
    }

    fn decide(&self, question: &Question, _past: &Past, _peers: &Peers) -> Decision {
        let (base, own) = values(question);
        let first = base.len().saturating_sub(question.rule.look_back);
        let all: Vec<f64> = base.iter().chain(&own).copied().collect();
        let points = e_divisive(&all, &Options::default());
        let Some(at) = points.iter().rposition(|c| c.index >= first) else {
            let mut out = ends(question);
            if !base.is_empty() && !own.is_empty() {
                out.verdict = Verdict::Unchanged;
            }
            return out;
        };
        let (index, p) = (points[at].index, points[at].p);
        let start = if at == 0 { 0 } else { points[at - 1].index };
        let mut out = Decision::new(level(&all[start..index]), level(&all[index..]));
        out.p = Some(p);
        out.step = Some(Step { index, before: out.base_value, after: out.head_value, p });
        out.verdict =
            if is_over_floors(question, &out) { directed(question.better, out.difference) } else { Verdict::Unchanged };
        out
    }
}
