//! Pure work on many items by all processors; and beside what this thread does.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

type Job<R = ()> = Box<dyn FnOnce() -> R + Send>;
/// A job that is done by whoever takes it first.
type Offer<R> = Arc<Mutex<Option<Job<R>>>>;

/// The thread that works beside the first one. It waits for work between its jobs: it is there at once, where a new thread
/// may wait for a millisecond until it gets a processor.
static HELPER: Mutex<Option<(Sender<Job>, JoinHandle<()>)>> = Mutex::new(None);

/// Begins a thread for what will be asked of [`beside`], so that it is awake by then.
pub fn call_helper() {
    hand(None);
}

/// Ends that thread when it has done what it was given; the next [`beside`] begins another one.
pub fn dismiss_helper() {
    let helper = HELPER.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((jobs, thread)) = helper {
        drop(jobs);
        let _ = thread.join();
    }
}

/// Hands over a job; without a thread it is dropped.
fn hand(job: Option<Job>) {
    let mut helper = HELPER.lock().unwrap_or_else(PoisonError::into_inner);
    if helper.is_none() {
        let (send, jobs) = mpsc::channel::<Job>();
        let work = move || jobs.into_iter().for_each(|job| job());
        *helper = thread::Builder::new().name("beside".into()).spawn(work).ok().map(|thread| (send, thread));
    }
    if let (Some(job), Some((jobs, _))) = (job, helper.as_ref()) {
        let _ = jobs.send(job);
    }
}

/// Work that was given to the helper.
pub struct Beside<R> {
    work: Offer<R>,
    done: Receiver<thread::Result<R>>,
}

/// Begins work on the helper, one after the other.
pub fn beside<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Beside<R> {
    let (send, done) = mpsc::channel();
    let work: Offer<R> = Arc::new(Mutex::new(Some(Box::new(work))));
    let given = Arc::clone(&work);
    hand(Some(Box::new(move || {
        let taken = given.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(work) = taken {
            let _ = send.send(catch_unwind(AssertUnwindSafe(work)));
        }
    })));
    Beside { work, done }
}

impl<R> Beside<R> {
    /// Waits for what came of it; `None` where it had not begun, and will not. A panic goes on here.
    pub fn join(self) -> Option<R> {
        if self.work.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            return None;
        }
        match self.done.recv().ok()? {
            Ok(done) => Some(done),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Items that one of two threads takes at a time.
const SHARE: usize = 4;

/// `work` on the numbers below `count`, by this thread and the helper; in order.
pub fn by_two<S, R>(on: &Arc<S>, count: usize, work: fn(&S, usize) -> R) -> Vec<R>
where
    S: Send + Sync + 'static,
    R: Send + 'static,
{
    if count <= SHARE {
        return (0..count).map(|at| work(on, at)).collect();
    }
    let next = Arc::new(AtomicUsize::new(0));
    let part = {
        let on = Arc::clone(on);
        move || {
            let shares = std::iter::from_fn(|| Some(next.fetch_add(SHARE, Ordering::Relaxed)).filter(|at| *at < count));
            let share =
                |from: usize| (from, (from..count.min(from + SHARE)).map(|at| work(&on, at)).collect::<Vec<R>>());
            shares.map(share).collect::<Vec<_>>()
        }
    };
    let other = beside(part.clone());
    let mut shares = part();
    shares.extend(other.join().unwrap_or_default());
    shares.sort_unstable_by_key(|(from, _)| *from);
    shares.into_iter().flat_map(|(_, share)| share).collect()
}

/// Fewer items are not worth a thread.
const FEW: usize = 200;

/// The work done on every item, in their order.
pub fn by_all<T: Send, R: Send>(items: Vec<T>, work: &(dyn Fn(T) -> R + Sync)) -> Vec<R> {
    by_parts(items, FEW, &|part| part.into_iter().map(work).collect())
}

/// The work done on parts of the items, one part a processor and none below `least` items, in their order.
pub fn by_parts<T: Send, R: Send>(mut items: Vec<T>, least: usize, work: &(dyn Fn(Vec<T>) -> Vec<R> + Sync)) -> Vec<R> {
    // To ask how many processors there are takes a dozen system calls.
    let workers = if items.len() <= least { 1 } else { thread::available_parallelism().map_or(1, |n| n.get().min(8)) };
    let share = items.len().div_ceil(workers).max(least);
    let mut rest = Vec::new();
    while items.len() > share {
        rest.push(items.split_off(items.len() - share));
    }
    thread::scope(|scope| {
        let running: Vec<_> = rest.into_iter().rev().map(|part| scope.spawn(move || work(part))).collect();
        let mut done = work(items);
        for thread in running {
            match thread.join() {
                Ok(part) => done.extend(part),
                Err(panic) => resume_unwind(panic),
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
            assert_eq!(by_two(&Arc::new(numbers.clone()), count, |numbers, at| numbers[at]), numbers);
        }
    }

    #[test]
    fn work_is_done_once_on_either_thread() {
        dismiss_helper();
        let (go, wait) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let busy = beside(move || {
            begun.send(()).unwrap();
            wait.recv().is_ok()
        });
        begins.recv().unwrap();
        assert!(beside(|| 1).join().is_none(), "the helper is busy: it is taken back");
        go.send(()).unwrap();
        assert_eq!(busy.join(), Some(true));
        dismiss_helper();
        let (begun, begins) = mpsc::channel();
        let next = beside(move || begun.send(()).is_ok());
        begins.recv().unwrap();
        assert_eq!(next.join(), Some(true), "after a dismissal another one comes");
    }

    #[test]
    fn a_panic_of_the_helper_comes_back() {
        let (begun, begins) = mpsc::channel();
        let work = beside(move || {
            begun.send(()).unwrap();
            panic!("of the helper");
        });
        begins.recv().unwrap();
        let panic = catch_unwind(AssertUnwindSafe(move || work.join().unwrap_or(()))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"of the helper"));
    }
}
