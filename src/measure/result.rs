//! Samples become a run, as any harness's output does.

use super::{Sample, Series};
use crate::model::{Better, Measurement, Run, Time};

/// The run of these series: of each `time`, `user` and `system` in seconds and `memory` in bytes, the mean as value, with
/// all samples in measured order. A series that failed has only `time`, failed (no value). One without any run is left out.
/// `end` is when the measurement ended, `duration` how many seconds it took.
pub fn to_run(series: &[Series], end: Option<Time>, duration: Option<f64>) -> Run {
    Run {
        harness: Some(concat!("git-bench ", env!("CARGO_PKG_VERSION")).to_owned()),
        time: end,
        duration,
        measurements: series.iter().flat_map(measurements).collect(),
        ..Run::default()
    }
}

fn measurements(series: &Series) -> Vec<Measurement> {
    let lower = |metric: &str, unit: &str, value| Measurement::new(&*series.label, metric, unit, Better::Lower, value);
    if series.failed.is_some() {
        return vec![lower("time", "s", None)];
    }
    let of = |metric: &str, unit: &str, read: &dyn Fn(&Sample) -> Option<f64>| {
        let samples: Vec<f64> = series.samples.iter().filter_map(read).collect();
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        (!samples.is_empty()).then(|| lower(metric, unit, Some(mean)).sampled(samples))
    };
    [
        of("time", "s", &|sample| Some(sample.wall)),
        of("user", "s", &|sample| sample.user),
        of("system", "s", &|sample| sample.system),
        of("memory", "B", &|sample| sample.max_rss.map(|bytes| bytes as f64)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::ExitOutcome;
    use super::*;

    #[test]
    fn samples_keep_their_order_and_a_failure_has_no_value() {
        let sample = |wall, max_rss| Sample {
            wall,
            user: Some(0.5),
            system: None,
            max_rss: Some(max_rss),
            exit: ExitOutcome::Success,
        };
        let good = Series { label: "a".into(), samples: vec![sample(2.0, 100), sample(1.0, 300)], failed: None };
        let bad = Series { label: "b".into(), failed: Some(ExitOutcome::Code(3)), ..good.clone() };
        let none = Series { label: "c".into(), samples: Vec::new(), failed: None };
        let run = to_run(&[good, bad, none], Some(Time(0)), Some(3.5));
        let lines: Vec<_> = run
            .measurements
            .iter()
            .map(|m| format!("{} {} {} {:?} {:?} {:?}", m.name, m.metric, m.unit, m.value, m.n, m.samples))
            .collect();
        assert_eq!(
            lines,
            [
                "a time s Some(1.5) Some(2) [2.0, 1.0]",
                "a user s Some(0.5) Some(2) [0.5, 0.5]",
                "a memory B Some(200.0) Some(2) [100.0, 300.0]",
                "b time s None None []",
            ]
        );
    }
}
