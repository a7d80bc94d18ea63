//! Ends the command that runs, from another thread.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use super::child::Watch;
use super::child::{self, Target};

/// How long a command may take to end by itself after an interrupt.
const GRACE: Duration = Duration::from_secs(2);

/// The way from a signal to the command that runs. Shared by the plan and by whoever handles signals ([`Watch`], or the
/// caller's own handler thread).
#[derive(Debug, Default)]
pub struct Interrupt {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: Option<i32>,
    running: Option<Target>,
}

impl Interrupt {
    /// Passes the signal on to the command that runs, kills what of it is left after two seconds, and lets nothing start
    /// any more. Returns when nothing runs.
    pub fn stop(&self, signal: i32) {
        let mut state = self.lock();
        state.stopped.get_or_insert(signal);
        if let Some(target) = state.running {
            child::send(target, Some(signal));
            let waited = self.ended.wait_timeout_while(state, GRACE, |s| s.running == Some(target));
            let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() && state.running == Some(target) {
                child::send(target, None);
            }
        }
    }

    /// The signal that stopped the measurement, if one did: what was measured is then not whole, and the program should
    /// end with 128 + this.
    pub fn stopped(&self) -> Option<i32> {
        self.lock().stopped
    }

    /// A command has been started.
    pub(super) fn begin(&self, target: Target) {
        let mut state = self.lock();
        state.running = Some(target);
        if let Some(signal) = state.stopped {
            child::send(target, Some(signal));
        }
    }

    /// The command has ended, but is still known to the system, so that its number cannot mean another process. `reap`
    /// makes the system forget it.
    pub(super) fn end<T>(&self, cut_off: bool, reap: impl FnOnce() -> T) -> T {
        let mut state = self.lock();
        if let Some(target) = state.running.take()
            && (cut_off || state.stopped.is_some())
        {
            child::send(target, None);
        }
        let reaped = reap();
        self.ended.notify_all();
        reaped
    }

    /// Kills the command that runs.
    pub(super) fn kill(&self) {
        if let Some(target) = self.lock().running {
            child::send(target, None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
