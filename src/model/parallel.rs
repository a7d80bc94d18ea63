//! Pure work on many items by all processors.

/// Fewer items are not worth a thread.
const FEW: usize = 200;

/// The work done on every item, in their order.
pub fn by_all<T: Send, R: Send>(items: Vec<T>, work: &(dyn Fn(T) -> R + Sync)) -> Vec<R> {
    by_parts(items, FEW, &|part| part.into_iter().map(work).collect())
}

/// The work done on parts of the items, one part a processor and none below `least` items, in their order.
pub fn by_parts<T: Send, R: Send>(mut items: Vec<T>, least: usize, work: &(dyn Fn(Vec<T>) -> Vec<R> + Sync)) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
    let share = items.len().div_ceil(workers).max(least);
    let mut rest = Vec::new();
    while items.len() > share {
        rest.push(items.split_off(items.len() - share));
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = rest.into_iter().rev().map(|part| scope.spawn(move || work(part))).collect();
        let mut done = work(items);
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
