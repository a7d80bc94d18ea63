//! E-divisive: change points by energy distance.

/// The numbers of the search; `Default` is Otava's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Points of the sliding window that is searched at a time.
    pub window: usize,
    /// A change point needs a p value under this.
    pub max_p: f64,
    /// A change point needs at least this relative size.
    pub min_magnitude: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options { window: 50, max_p: 0.001, min_magnitude: 0.0 }
    }
}

/// One change point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// First point of the new level.
    pub index: usize,
    /// Mean of the segment before.
    pub before: f64,
    /// Mean of the segment after.
    pub after: f64,
    /// Two-sided p value of the t test between the two segments.
    pub p: f64,
}

/// The change points of a series.
pub fn e_divisive(_values: &[f64], _options: &Options) -> Vec<Change> {
    Vec::new()
}
