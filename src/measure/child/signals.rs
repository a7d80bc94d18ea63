//! Signals as a thread that waits for them: no handler, no global state.
#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::thread::JoinHandleExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::super::Interrupt;
use crate::model::parallel::dismiss_helper;
use crate::{Error, Result};

/// The signals that end a measurement.
const ENDING: [libc::c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// While this lives, Ctrl-C (SIGINT), SIGTERM and SIGHUP go to [`Interrupt::stop`] instead of ending the program. Dropped,
/// all is as before.
///
/// The calling thread, and threads that it starts later, block these signals meanwhile; so call it before other threads
/// exist, and start no programs but by [`super::super::run`], which unblocks them in its commands.
#[derive(Debug)]
pub struct Watch {
    before: libc::sigset_t,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`] where the system refuses.
    pub fn start(interrupt: Arc<Interrupt>) -> Result<Self> {
        let refused = |e: io::Error| Error::usage("cannot watch for signals").because(e);
        let set = set(&ENDING.into_iter().filter(|signal| !ignored(*signal)).collect::<Vec<_>>());
        // It does not block them.
        dismiss_helper();
        let before = mask(libc::SIG_BLOCK, &set).map_err(refused)?;
        let done = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            loop {
                let mut signal = 0;
                // SAFETY: both pointers are valid for the call; the set is blocked in this thread, which inherits the mask.
                if unsafe { libc::sigwait(&raw const set, &raw mut signal) } != 0 || over.load(Ordering::SeqCst) {
                    return;
                }
                interrupt.stop(signal);
            }
        });
        Ok(Self { before, done, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // Where all are ignored the thread waits for nothing, for ever, and does no harm.
            if let Some(signal) = ENDING.into_iter().find(|signal| !ignored(*signal)) {
                // SAFETY: the thread has not been joined, so its handle is valid; the signal is blocked there and only
                // ends its `sigwait`.
                unsafe { libc::pthread_kill(thread.as_pthread_t() as libc::pthread_t, signal) };
                let _ = thread.join();
            }
        }
        let _ = mask(libc::SIG_SETMASK, &self.before);
    }
}

/// Lets the ending signals through again: what a command does between fork and exec. Async-signal-safe.
pub(super) fn unblock() -> io::Result<()> {
    let set = set(&ENDING);
    // SAFETY: the set is initialised; `sigprocmask` is async-signal-safe, and after fork there is one thread.
    match unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn set(signals: &[libc::c_int]) -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: `sigemptyset` initialises the set that `sigaddset` then adds to; both are async-signal-safe.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        set.assume_init()
    }
}

/// Changes this thread's mask; the one before.
fn mask(how: libc::c_int, set: &libc::sigset_t) -> io::Result<libc::sigset_t> {
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: both sets are valid; on success the old mask has been written.
    match unsafe { libc::pthread_sigmask(how, set, before.as_mut_ptr()) } {
        // SAFETY: written by the call.
        0 => Ok(unsafe { before.assume_init() }),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// Whether the signal is ignored, as `nohup` does with SIGHUP: then it stays so.
fn ignored(signal: libc::c_int) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: only reads the present action into valid memory; zeroed memory is a valid `sigaction`.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr());
        action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}
