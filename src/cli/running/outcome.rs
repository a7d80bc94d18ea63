//! The report of what was measured.

use git_bench::git::Id;
use git_bench::measure::{Series, to_run};
use git_bench::report::VERSION;
use git_bench::report::measured::{Level, Measured, Timing};

use super::groups::Done;
use super::versus::Judge;

/// The report; `base` is the commit that the others were measured at.
pub(super) fn report(done: &[Done], judge: Option<&Judge>, base: Option<Id>, seed: Option<u64>) -> Measured {
    let base = base.map(|id| id.to_string());
    let mut comparisons = Vec::new();
    for done in done {
        if let (Some(judge), Some(other)) = (judge, &done.other) {
            let against = base.as_ref().map_or(other.label.as_str(), |id| &id[..id.len().min(12)]);
            comparisons.extend(judge.compare(other, &done.own, against));
        }
    }
    let verdicts = comparisons.iter().filter(|c| c.metric == "time").map(|c| c.verdict);
    Measured {
        version: VERSION,
        command: "run",
        verdict: verdicts.min(),
        seed,
        benchmarks: done
            .iter()
            .flat_map(|done| {
                let other = done.other.as_ref().map(|other| timing(other, base.clone()));
                other.into_iter().chain([timing(&done.own, None)])
            })
            .collect(),
        comparisons,
    }
}

fn timing(series: &Series, at: Option<String>) -> Timing {
    let measured = to_run(std::slice::from_ref(series), None, None).measurements;
    let levels = measured.into_iter().filter_map(|m| {
        Some(Level {
            value: m.value?,
            stddev: m.stddev,
            min: m.min?,
            max: m.max?,
            metric: m.metric,
            unit: m.unit.as_str().to_owned(),
        })
    });
    Timing {
        benchmark: series.label.clone(),
        at,
        runs: series.samples.len(),
        failed: series.failed.map(|how| how.to_string()),
        metrics: levels.collect(),
    }
}
