//! Thousands of runs at once, by all processors.

use super::compose::{Composed, Known, compose};
use super::v1::RunRecord;
use crate::Result;
use crate::model::parallel::by_all;
use crate::model::{Facts, Run};

/// [`compose`] of many runs, in their order.
pub fn compose_all(
    runs: Vec<(Run, Known)>,
    environment_key: &(dyn Fn(&Facts) -> String + Sync),
) -> Vec<Result<Composed>> {
    by_all(runs, &|(run, known)| compose(run, &known, environment_key))
}

/// The lines of many runs, in their order.
pub fn lines(runs: &[&RunRecord]) -> Vec<Vec<u8>> {
    by_all(runs.to_vec(), &RunRecord::to_line)
}
