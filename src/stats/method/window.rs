//! `window`: the seed's rule, a recent mean against an older one.

use super::{Decision, Method, Past, Peers, Question, Verdict, directed, is_over_floors, level};

/// Mean of the points of the last `recent_days` (7) against the mean of those before, back to `baseline_days` (30); the change
/// must exceed the threshold (the seed's was 10 %). Days count back from the time of the head's run, not from a clock.
///
/// Source: `result-sharing-guide.md` of the seed, "Regression Detection".
pub(super) struct Window;

const DAY: i64 = 86_400;

impl Method for Window {
    fn name(&self) -> &'static str {
        "window"
    }

    fn doc(&self) -> &'static str {
        "mean of the last 7 days against the mean of 30 to 7 days before the judged run, by threshold and floor"
    }

    fn decide(&self, question: &Question, _past: &Past, _peers: &Peers) -> Decision {
        let Some(head) = question.own.last() else {
            return Decision::new(0.0, 0.0);
        };
        let (recent_days, baseline_days) = (question.rule.recent_days, question.rule.baseline_days);
        let age = |time: i64| head.time.saturating_sub(time);
        let (mut recent, mut older) = (Vec::new(), Vec::new());
        for point in question.base.iter().chain(&question.own).filter(|p| p.value.is_finite() && p.time <= head.time) {
            if age(point.time) < recent_days.saturating_mul(DAY) {
                recent.push(point.value);
            } else if age(point.time) <= baseline_days.saturating_mul(DAY) {
                older.push(point.value);
            }
        }
        let mut out = Decision::new(level(&older), level(&recent));
        if older.is_empty() || recent.is_empty() {
            out.change = None;
            out.notes.push(format!("no run of {recent_days} to {baseline_days} days before the judged one"));
            return out;
        }
        out.verdict =
            if is_over_floors(question, &out) { directed(question.better, out.difference) } else { Verdict::Unchanged };
        out
    }
}
