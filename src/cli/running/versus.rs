//! Two interleaved commands: a verdict from the samples of both.

use git_bench::measure::{Series, to_run};
use git_bench::model::{Measurement, environment_key};
use git_bench::report::measured::Comparison;
use git_bench::stats::{Decision, Point, Question, judge};
use git_bench::{Result, report};

use crate::cli::context::Context;
use crate::cli::recording::machine_facts;
use crate::cli::settings::{Policy, direction};

/// Samples a side below which nothing can be said.
const FEWEST: usize = 4;

/// Compares pairs of series.
pub(super) struct Judge {
    policy: Policy,
    environment: [String; 2],
    /// Rounds after which the verdict is looked at. Each look costs its part of the false alarms that the rule allows, so
    /// that looking often does not find what is not there.
    looks: Vec<usize>,
}

impl Judge {
    /// The judge by this configuration, who looks once, after all runs, or with `limit` until decided.
    pub(super) fn new(context: &Context, threshold: Option<f64>, runs: usize, limit: Option<usize>) -> Result<Self> {
        let mut policy = Policy::of(context.config()?)?;
        policy.override_with(threshold, None)?;
        let facts = machine_facts(context)?;
        let environment = [environment_key(&facts, &policy.identity), context.label(&facts)];
        Ok(Self { policy, environment, looks: limit.map_or_else(|| vec![runs], |limit| looks(runs, limit)) })
    }

    /// Whether enough was measured: a look is due and the times are decided, or there is nothing more to come.
    pub(super) fn decided(&self, pair: &[Series]) -> bool {
        let [other, own] = pair else { return true };
        if other.failed.is_some() || own.failed.is_some() {
            return true;
        }
        let rounds = own.samples.len();
        self.looks.contains(&rounds)
            && self
                .compare(other, own, "")
                .iter()
                .any(|c| c.metric == "time" && c.verdict != report::Verdict::Inconclusive)
    }

    /// The verdicts on all metrics of a pair, `own` against `other`; none where one of them failed. They are judged by
    /// themselves: a factor common to all metrics is the very change that is looked for.
    pub(super) fn compare(&self, other: &Series, own: &Series, against: &str) -> Vec<Comparison> {
        if other.failed.is_some() || own.failed.is_some() {
            return Vec::new();
        }
        let measured = |series: &Series| to_run(std::slice::from_ref(series), None, None).measurements;
        let (others, owns) = (measured(other), measured(own));
        let pairs: Vec<(&Measurement, &Measurement)> = owns
            .iter()
            .filter_map(|own| Some((others.iter().find(|other| other.metric == own.metric)?, own)))
            .collect();
        let questions: Vec<Question> = pairs.iter().map(|(other, own)| self.question(other, own)).collect();
        let judgement = judge(questions.clone());
        let answers = questions.iter().zip(&judgement.decisions);
        pairs
            .into_iter()
            .zip(answers)
            .map(|((other, own), (question, decision))| told(other, own, against, question, decision))
            .collect()
    }

    fn question(&self, other: &Measurement, own: &Measurement) -> Question {
        let environment = [self.environment[0].as_str(), self.environment[1].as_str()];
        let judged = self.policy.rule(&own.name, &own.metric, &own.unit, &environment);
        let mut rule = judged.rule;
        rule.ends = true;
        rule.alpha /= self.looks.len().max(1) as f64;
        let point = |m: &Measurement| Point {
            value: m.value.unwrap_or_default(),
            samples: m.samples.clone(),
            runs: 1,
            stddev: m.stddev,
            n: m.n,
            ..Point::default()
        };
        let better = direction(judged.better.unwrap_or(own.better));
        Question { better, base: vec![point(other)], own: vec![point(own)], rule }
    }
}

fn told(other: &Measurement, own: &Measurement, against: &str, question: &Question, decision: &Decision) -> Comparison {
    let few = own.samples.len().min(other.samples.len()) < FEWEST;
    // How much runs differ is measured here, by taking turns; the history is not asked.
    let telling = |note: &&String| !few && !note.starts_with("by the samples of two runs");
    let mut notes: Vec<String> = decision.notes.iter().filter(telling).cloned().collect();
    if few {
        notes.push(format!("at least {FEWEST} runs of each are needed"));
    }
    Comparison {
        benchmark: own.name.clone(),
        against: against.to_owned(),
        metric: own.metric.clone(),
        unit: own.unit.as_str().to_owned(),
        base: other.value.unwrap_or_default(),
        head: own.value.unwrap_or_default(),
        change: decision.change,
        interval: decision.interval,
        threshold: question.rule.threshold,
        p: decision.p,
        smallest_effect: decision.smallest_effect,
        verdict: decision.verdict.into(),
        notes,
    }
}

/// After how many rounds to look: after the first `runs`, then each time that there are half as many again, and at the limit.
fn looks(runs: usize, limit: usize) -> Vec<usize> {
    let mut looks = Vec::new();
    let mut next = runs.max(FEWEST);
    while next < limit {
        looks.push(next);
        next += next.div_ceil(2);
    }
    looks.push(limit.max(runs));
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_few() {
        assert_eq!(looks(10, 100), [10, 15, 23, 35, 53, 80, 100]);
        assert_eq!(looks(1, 10), [4, 6, 9, 10]);
        assert_eq!(looks(10, 10), [10]);
    }
}
