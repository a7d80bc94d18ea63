//! What is asked: the points of one series, and the rule it is judged by.

/// Which direction of a metric is the good one. Fixed at import, never guessed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Smaller is better (times, sizes).
    Lower,
    /// Larger is better (throughput, scores).
    Higher,
    /// Neither: a change is shown and never is a regression or an improvement.
    None,
}

/// One commit's measurement of one series.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// The value of the point, in the unit of the series (of several runs: whatever the caller pooled them to).
    pub value: f64,
    /// Raw samples in measured order, in the same unit; may be empty.
    pub samples: Vec<f64>,
    /// Number of runs pooled in this point; 0 is read as 1.
    pub runs: u32,
    /// The value of each of these runs; used where it holds at least two finite values.
    pub run_values: Vec<f64>,
    /// When the (newest) run was measured, in epoch seconds.
    pub time: i64,
    /// Standard deviation within the run, in the unit of the values, where only a summary was kept.
    pub stddev: Option<f64>,
    /// Number of samples that `stddev` summarises.
    pub n: Option<u64>,
}

/// What to judge: one (benchmark, metric, environment, suite).
#[derive(Clone, Debug)]
pub struct Question {
    /// The good direction.
    pub better: Better,
    /// The baseline, oldest first; the last is the base end; may be empty.
    pub base: Vec<Point>,
    /// The points of the judged commits themselves, oldest first; the last is the head; never empty.
    pub own: Vec<Point>,
    /// Floors, method, windows.
    pub rule: Rule,
}

/// How one series is judged. `Default` is the policy of a project that says nothing.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Smallest relative change that matters; 0.02 = 2 %.
    pub threshold: f64,
    /// Smallest absolute change that matters, in the unit of the values; 0 = none.
    pub floor: f64,
    /// Name of an entry of [`METHODS`](super::METHODS).
    pub method: String,
    /// False discovery rate over all series judged in one run, for methods with a p value.
    pub alpha: f64,
    /// How many of the last base points are judged as well as the head: 0 on a branch, so that a branch is never blamed for the
    /// base's change; on the base branch itself e.g. 20, so that a step some commits ago still fails and names its first bad
    /// point.
    pub look_back: usize,
    /// Method `window`: the recent window, in days before the head's run.
    pub recent_days: i64,
    /// Method `window`: where the baseline window begins, in days before the head's run.
    pub baseline_days: i64,
    /// Compare the two end points themselves (`diff A B`): the base level is the base end's own value instead of the level of the
    /// baseline; the history then serves for the noise alone.
    pub ends: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Rule {
            threshold: 0.02,
            floor: 0.0,
            method: "default".to_string(),
            alpha: 0.05,
            look_back: 0,
            recent_days: 7,
            baseline_days: 30,
            ends: false,
        }
    }
}
