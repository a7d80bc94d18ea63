//! What is answered: one decision a series, and what was seen over all series of the run.

/// The four verdicts; never two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Worse, by more than the floors, and more than the noise of this series explains.
    Regression,
    /// Better, by the same measure. Never fails a gate.
    Improvement,
    /// No change, and the data could have shown one of [`Decision::smallest_effect`].
    Unchanged,
    /// The data can say neither.
    Inconclusive,
}

/// The answer for one [`Question`](super::Question). No field ever holds NaN or an infinity.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// `head_value / base_value - 1`, a ratio (0.05 = 5 % more); `None` where the base is 0 or too small to divide by.
    pub change: Option<f64>,
    /// `head_value - base_value`, in the unit of the values.
    pub difference: f64,
    /// The level compared with, in the unit of the values (0 where there is no base at all).
    pub base_value: f64,
    /// The level judged, in the unit of the values.
    pub head_value: f64,
    /// Relative run-to-run standard deviation of this series, from its history (0.01 = 1 %).
    pub noise: Option<f64>,
    /// Probability of a difference like this one where nothing changed; corrected for the places looked at, not for the number
    /// of series.
    pub p: Option<f64>,
    /// `p` after Benjamini-Hochberg over all series judged together.
    pub q: Option<f64>,
    /// p of the rank test between the raw samples, uncorrected; with at least 4 on both sides.
    pub rank_p: Option<f64>,
    /// 95 % confidence interval of `change`.
    pub interval: Option<(f64, f64)>,
    /// The smallest relative effect that this data could have shown (at 80 % power): what earns `unchanged`.
    pub smallest_effect: Option<f64>,
    /// About how many more runs would decide, where inconclusive.
    pub more_runs: Option<u32>,
    /// The change point that the verdict is about.
    pub step: Option<Step>,
    /// Short reasons in the user's words.
    pub notes: Vec<String>,
}

impl Decision {
    /// A decision that says only which two levels were compared: `Inconclusive`, everything else empty. Values that are not
    /// finite become 0.
    pub fn new(base_value: f64, head_value: f64) -> Decision {
        let (base_value, head_value) = (finite(base_value), finite(head_value));
        Decision {
            verdict: Verdict::Inconclusive,
            change: change(base_value, head_value),
            difference: finite(head_value - base_value),
            base_value,
            head_value,
            noise: None,
            p: None,
            q: None,
            rank_p: None,
            interval: None,
            smallest_effect: None,
            more_runs: None,
            step: None,
            notes: Vec::new(),
        }
    }
}

/// One step of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Index into base followed by own: the first point of the new level.
    pub index: usize,
    /// The level before, in the unit of the values.
    pub before: f64,
    /// The level after, in the unit of the values.
    pub after: f64,
    /// p value of the step, corrected for the places looked at.
    pub p: f64,
}

/// The answer for a whole run.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// One a question, in the same order.
    pub decisions: Vec<Decision>,
    /// Where most series moved together: by which factor their times grew ("machine, not code"); 1.1 = 10 % slower. The decisions
    /// are those after dividing by it.
    pub common_factor: Option<f64>,
    /// Short remarks on the whole run, in the user's words.
    pub notes: Vec<String>,
}

/// Relative change from `base` to `head`, relative to the size of the base; `None` where that is no finite number.
pub fn change(base: f64, head: f64) -> Option<f64> {
    let ratio = (head - base) / base.abs();
    (base != 0.0 && ratio.is_finite()).then_some(ratio)
}

fn finite(x: f64) -> f64 {
    if x.is_finite() { x } else { 0.0 }
}
