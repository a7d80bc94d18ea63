//! `default`: the series' own history decides.

use super::{Decision, Method, Past, Peers, Question, Verdict, directed, is_over_floors, samples};
use crate::stats::decision::Step;
use crate::stats::history::History;
use crate::stats::ranks::mann_whitney;
use crate::stats::robust::{mean, scaled_mad};
use crate::stats::step::{Levels, Tail};
use crate::stats::student::{critical, welch, welch_of};

/// The head's level against the level before it, measured in the run-to-run noise of this very series.
///
/// p = the t test of the step (places looked at and correlation of runs paid for) plus the chance that as many runs in a row are
/// spikes. Raw samples, at least 4 on both sides, must agree by rank at their own 5 %. Without a history of at least five runs,
/// raw samples alone decide (t and rank); single values say nothing.
pub(super) struct Default;

/// Raw samples a side that the rank test needs, and its own level.
const SAMPLES: usize = 4;
const RANK_ALPHA: f64 = 0.05;
/// Degrees of freedom of the noise below which a history says nothing: five runs of one level.
const FEWEST_DF: f64 = 3.5;
/// Equal values in a row that show a series without noise.
const EQUAL: usize = 3;
/// `unchanged` is not said where only an effect of over so many thresholds (or 10 %) could have been shown.
const VAGUE: f64 = 10.0;
/// Standard normal quantile of 80 % power.
const POWER: f64 = 0.8416;

impl Method for Default {
    fn name(&self) -> &'static str {
        "default"
    }

    fn doc(&self) -> &'static str {
        "the change against the run-to-run noise of this very series, from its history; with raw samples a rank test as well"
    }

    fn decide(&self, question: &Question, past: &Past, peers: &Peers) -> Decision {
        let history = &past.history;
        let ends = question.rule.ends;
        let tail = if ends {
            Tail::ends(past)
        } else {
            Tail::find(past, question.base.len(), question.rule.look_back, peers.correlation)
        };
        let Some(tail) = tail else {
            return nothing(question);
        };
        let levels = tail.levels(history);
        let constant = tail.noise.sigma == 0.0 && tail.end - tail.start >= EQUAL;
        let constant = constant || (ends && tail.noise.sigma == 0.0 && tail.noise.residuals.len() >= EQUAL);
        if !constant && (tail.noise.df < FEWEST_DF || tail.noise.sigma == 0.0) {
            return by_samples(question, past.base);
        }
        by_history(question, peers, history, &tail, levels)
    }
}

fn by_history(question: &Question, peers: &Peers, history: &History, tail: &Tail, levels: Levels) -> Decision {
    let (rule, noise, looks) = (&question.rule, &tail.noise, tail.looks());
    let mut out = Decision::new(history.unit(levels.before), history.unit(levels.after));
    let size = levels.after - levels.before;
    let head = history.values(tail.head, history.all.len());
    let along = head.iter().filter(|x| (**x - levels.before) * size.signum() >= size.abs() * 2.0 / 3.0).count();
    let spike = if size == 0.0 { 1.0 } else { peers.probability(noise, size, head.len(), along) };
    let p = (levels.p * looks + spike).min(1.0);
    // From a difference in the scale of the history to a relative change.
    let relative = |x: f64| {
        let r = if history.logarithmic { x.exp_m1() } else { x / out.base_value.abs() };
        r.is_finite().then_some(r)
    };
    let half = critical(0.05, noise.df) * levels.error;
    let shown = (critical(rule.alpha / looks, noise.df) + POWER) * levels.error;
    out.noise = relative(noise.sigma);
    out.interval = relative(size - half).zip(relative(size + half));
    out.smallest_effect = relative(shown);
    out.p = Some(p);
    let over = is_over_floors(question, &out);
    let index = history.all[tail.at].point;
    let step = Step { index, before: out.base_value, after: out.head_value, p };
    let vague = out.smallest_effect.is_none_or(|e| e > (VAGUE * rule.threshold).max(0.1));
    let target = if over { size.abs() } else { relative_back(history, rule.threshold, out.base_value) };
    if p <= rule.alpha && over {
        out.verdict = directed(question.better, out.difference);
        out.step = Some(step);
        agree_by_rank(question, tail, history, &mut out);
    } else if p <= rule.alpha {
        out.verdict = Verdict::Unchanged;
        if size != 0.0 {
            out.notes.push("a real change, under the floor of the rule".to_string());
        }
    } else if over && levels.p < 0.05 {
        out.step = Some(step);
        if spike > rule.alpha / 2.0 || spike > levels.p * looks {
            let runs = if head.len() == 1 { "one point alone" } else { "few points" };
            out.notes.push(format!("{runs}: a spike of that size cannot be ruled out"));
        }
    } else if !vague {
        out.verdict = Verdict::Unchanged;
    }
    if out.verdict == Verdict::Inconclusive {
        out.more_runs = more_runs(noise.sigma, target, rule.alpha / looks, noise.df, head.len(), levels.error);
    }
    out
}

/// Runs of the head, over those there are, after which a difference of `target` would stand out.
fn more_runs(sigma: f64, target: f64, alpha: f64, df: f64, have: usize, error: f64) -> Option<u32> {
    let need = critical(alpha, df) + POWER;
    // What the baseline's own uncertainty takes is gone for good.
    let fixed = (error * error - sigma * sigma / have as f64).max(0.0);
    let left = (target / need) * (target / need) - fixed;
    if left.is_nan() || left <= 0.0 {
        return None;
    }
    let runs = (sigma * sigma / left).ceil() - have as f64;
    (runs < 1000.0).then_some(runs.max(1.0) as u32)
}

fn relative_back(history: &History, change: f64, base: f64) -> f64 {
    if history.logarithmic { change.ln_1p() } else { change * base.abs() }
}

/// The rank test between the raw samples of up to ten points before the step and those of the head's level.
fn agree_by_rank(question: &Question, tail: &Tail, history: &History, out: &mut Decision) {
    let (first, at, head) = (history.all[tail.start].point, history.all[tail.end].point, history.all[tail.head].point);
    let points: Vec<_> = question.base.iter().chain(&question.own).collect();
    let pool = |range: &[&crate::stats::Point]| -> Vec<f64> {
        range.iter().flat_map(|p| p.samples.iter().copied().filter(|v| v.is_finite())).collect()
    };
    let end = if question.rule.ends { question.base.len() } else { at };
    let before = pool(&points[first.max(end.saturating_sub(10)).min(end)..end]);
    let after = pool(&points[head..]);
    if before.len() < SAMPLES || after.len() < SAMPLES {
        return;
    }
    let p = mann_whitney(&before, &after).unwrap_or(1.0);
    out.rank_p = Some(p);
    if p >= RANK_ALPHA {
        out.verdict = Verdict::Inconclusive;
        out.notes.push("the ranks of the raw samples do not agree".to_string());
    }
}

/// Too little history: the raw samples of the two ends, or their summaries, alone.
fn by_samples(question: &Question, base_runs: usize) -> Decision {
    let (base, own) = samples(question);
    let mut out = super::ends(question);
    let raw = base.len() >= SAMPLES && own.len() >= SAMPLES;
    let summary = |point: Option<&crate::stats::Point>| {
        let point = point?;
        let (spread, n) = (point.stddev?, point.n? as f64);
        (n >= SAMPLES as f64 && spread >= 0.0).then_some((point.value, spread * spread, n))
    };
    let test = match raw {
        true => welch(&base, &own),
        false => summary(question.base.last()).zip(summary(question.own.last())).and_then(|(a, b)| welch_of(a, b)),
    };
    let Some(test) = test else {
        out.notes.push(format!("{base_runs} run(s) of history and no raw samples: the noise is not known"));
        out.more_runs = u32::try_from(5_usize.saturating_sub(base_runs)).ok().filter(|n| *n > 0);
        return out;
    };
    if raw {
        out = Decision { notes: out.notes, ..Decision::new(mean(&base), mean(&own)) };
        out.rank_p = Some(mann_whitney(&base, &own).unwrap_or(1.0));
    }
    out.p = Some(test.p);
    let size = out.base_value.abs();
    let share = |x: f64| Some(x / size).filter(|x| x.is_finite());
    let half = critical(0.05, test.df) * test.error;
    out.interval = share(test.difference - half).zip(share(test.difference + half));
    out.smallest_effect = share((critical(question.rule.alpha, test.df) + POWER) * test.error);
    let vague = out.smallest_effect.is_none_or(|e| e > (VAGUE * question.rule.threshold).max(0.1));
    let over = is_over_floors(question, &out);
    let drift = run_to_run(question);
    let drifts = out.change.zip(drift).is_some_and(|(change, sigma)| change.abs() < DRIFT * sigma);
    let agree = out.rank_p.is_none_or(|p| p < RANK_ALPHA);
    out.verdict = match () {
        () if over && drifts => Verdict::Inconclusive,
        () if over && test.p <= question.rule.alpha && agree => directed(question.better, out.difference),
        () if (over && test.p < 0.05) || vague => Verdict::Inconclusive,
        () => Verdict::Unchanged,
    };
    out.noise = drift;
    out.notes.push(match drift {
        Some(_) if drifts => "runs of this series differ as much by themselves".to_string(),
        Some(_) => "by the samples of two runs, beyond what runs differ by themselves".to_string(),
        None => "by the samples of two runs alone: how much runs differ is not known".to_string(),
    });
    out
}

/// A change of two runs must be so many times what runs differ by themselves.
const DRIFT: f64 = 4.0;

/// How much runs differ from one to the next, as a relative standard deviation: scaled MAD of the steps between the logarithms of
/// successive base values, over the square root of two; one level shift among them does not move it. `None` below five values.
fn run_to_run(question: &Question) -> Option<f64> {
    let values: Vec<f64> = question.base.iter().map(|p| p.value).filter(|v| v.is_finite() && *v > 0.0).collect();
    if values.len() < EQUAL + 2 {
        return None;
    }
    let steps: Vec<f64> = values.windows(2).map(|w| (w[1] / w[0]).ln()).collect();
    Some(scaled_mad(&steps) / std::f64::consts::SQRT_2)
}

fn nothing(question: &Question) -> Decision {
    let mut out = super::ends(question);
    if out.notes.is_empty() {
        out.notes.push("nothing to compare with".to_string());
    }
    out
}
