//! Many requests at once.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::error::{Error, Result};

/// Progress is told at least so often, that a wait can be shown.
const TICK: Duration = Duration::from_millis(250);

/// Runs `work` over the items, at most `width` at once, and gives the answers in their order.
///
/// `first_alone`: until the store's habit is known, which the first put learns. Nothing more is begun once the store
/// itself fails: what is left gets the same error.
pub(super) async fn run<I, T, F>(
    items: &[I],
    width: usize,
    first_alone: impl Fn() -> bool,
    progress: &dyn Fn(usize),
    work: impl Fn(&I) -> F,
) -> Vec<Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut answers: Vec<Option<Result<T>>> = items.iter().map(|_| None).collect();
    let mut running: JoinSet<(usize, Result<T>)> = JoinSet::new();
    let mut failed: Option<Error> = None;
    let (mut next, mut done) = (0, 0);
    loop {
        while failed.is_none() && next < items.len() && running.len() < if first_alone() { 1 } else { width } {
            let (i, task) = (next, work(&items[next]));
            running.spawn(async move { (i, task.await) });
            next += 1;
        }
        let Ok(joined) = tokio::time::timeout(TICK, running.join_next()).await else {
            progress(done);
            continue;
        };
        match joined {
            None => break,
            Some(Ok((i, answer))) => {
                if let Err(error) = &answer
                    && failed.is_none()
                    && super::fault(error).is_some_and(super::Fault::is_of_the_store)
                {
                    failed = Some(copy(error));
                }
                answers[i] = Some(answer);
                done += 1;
                progress(done);
            }
            Some(Err(panicked)) => failed = Some(Error::storage("a request broke off").because(panicked)),
        }
    }
    let not_tried = || failed.as_ref().map_or_else(|| Error::storage("not tried"), copy);
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(not_tried()))).collect()
}

fn copy(error: &Error) -> Error {
    let mut copy = Error::new(error.kind, error.message.clone());
    copy.hints.clone_from(&error.hints);
    if let Some(cause) = error.source.as_ref().and_then(|s| s.downcast_ref::<super::Cause>()) {
        copy = copy.because(cause.clone());
    }
    copy
}
