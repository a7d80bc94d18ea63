//! Thousands of runs at once, by all processors.

use super::compose::{Composed, Known, compose};
use super::v1::RunRecord;
use crate::Result;
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

/// Fewer items are not worth a thread.
const FEW: usize = 200;

fn by_all<T: Send, R: Send>(mut items: Vec<T>, work: &(dyn Fn(T) -> R + Sync)) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
    let share = items.len().div_ceil(workers).max(FEW);
    let mut rest = Vec::new();
    while items.len() > share {
        rest.push(items.split_off(items.len() - share));
    }
    std::thread::scope(|scope| {
        let run = |part: Vec<T>| part.into_iter().map(work).collect::<Vec<_>>();
        let running: Vec<_> = rest.into_iter().rev().map(|part| scope.spawn(move || run(part))).collect();
        let mut done = run(items);
        for thread in running {
            match thread.join() {
                Ok(part) => done.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_stays() {
        for count in [0, 1, 199, 200, 201, 1000, 4999] {
            let numbers: Vec<usize> = (0..count).collect();
            assert_eq!(by_all(numbers.clone(), &|n| n), numbers);
        }
    }
}
