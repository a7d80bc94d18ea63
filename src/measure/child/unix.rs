//! Unix: the resources of the child by `wait4`, its group by `kill`. The safe wrappers of rustix and nix leave the resource
//! usage out, hence the calls of libc here.
#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Instant;

use super::super::{Command, ExitOutcome, Interrupt, Output, Plan, Sample};
use super::{Target, Timer, build, follow, not_started, signals};
use crate::Result;

/// Runs the command once. See [`Plan`] for process group, output and time limit.
pub(in super::super) fn execute(
    command: &Command,
    plan: &Plan,
    stdout: Output,
    interrupt: &Arc<Interrupt>,
    output: &mut dyn FnMut(&[u8]),
) -> Result<Sample> {
    let mut built = build(command, plan, stdout);
    let group = plan.interrupt.is_some();
    if group {
        built.process_group(0);
    }
    // SAFETY: between fork and exec only `sigprocmask` is called, which is async-signal-safe. That there is a hook makes
    // the standard library fork instead of `posix_spawn`, which shares our memory with the child until exec: the kernel
    // would then count all our resident memory, mapped files too, as the child's peak.
    unsafe { built.pre_exec(signals::unblock) };
    let start = Instant::now();
    let mut child = built.spawn().map_err(|e| not_started(command, e))?;
    let target = Target { pid: child.id(), group };
    interrupt.begin(target);
    let timer = Timer::start(plan.timeout, interrupt);
    let wait = || await_end(target.pid).map(|()| start.elapsed().as_secs_f64());
    let wall = follow(child.stdout.take(), wait, output).flatten().map_err(|e| not_started(command, e))?;
    let timed_out = timer.stop();
    let (status, usage) = interrupt.end(timed_out, || reap(target.pid)).map_err(|e| not_started(command, e))?;
    let exit = match (timed_out, status.code(), status.signal()) {
        (true, Some(0), _) | (false, Some(0), _) => ExitOutcome::Success,
        (true, ..) => ExitOutcome::TimedOut,
        (false, Some(code), _) => ExitOutcome::Code(code),
        (false, None, signal) => ExitOutcome::Signal(signal.unwrap_or_default()),
    };
    Ok(Sample {
        wall,
        user: Some(seconds(usage.ru_utime)),
        system: Some(seconds(usage.ru_stime)),
        max_rss: Some(usage.ru_maxrss as u64 * if cfg!(target_vendor = "apple") { 1 } else { 1024 }),
        exit,
    })
}

/// Sends a signal, `None` = kill, to a process that has not been reaped yet.
pub(in super::super) fn send(target: Target, signal: Option<i32>) {
    let pid = target.pid as libc::pid_t;
    // SAFETY: `kill` takes no pointers. The callers hold the lock under which the process is reaped, so the number is its.
    unsafe { libc::kill(if target.group { -pid } else { pid }, signal.unwrap_or(libc::SIGKILL)) };
}

/// Waits until the process has ended, without reaping it.
fn await_end(pid: u32) -> io::Result<()> {
    loop {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: `info` is valid for writes of a `siginfo_t` and is not read.
        let done =
            unsafe { libc::waitid(libc::P_PID, pid as libc::id_t, info.as_mut_ptr(), libc::WEXITED | libc::WNOWAIT) };
        match io::Error::last_os_error() {
            _ if done == 0 => return Ok(()),
            e if e.kind() == io::ErrorKind::Interrupted => {}
            e => return Err(e),
        }
    }
}

/// Reaps a process that has ended: its status and the resources of it and of all that it waited for.
fn reap(pid: u32) -> io::Result<(ExitStatus, libc::rusage)> {
    loop {
        let mut status = 0;
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: both pointers are valid for writes; all-zero bytes are a valid `rusage`, so it is read in any case.
        let (done, usage) =
            unsafe { (libc::wait4(pid as libc::pid_t, &raw mut status, 0, usage.as_mut_ptr()), usage.assume_init()) };
        match io::Error::last_os_error() {
            _ if done == pid as libc::pid_t => return Ok((ExitStatus::from_raw(status), usage)),
            e if e.kind() == io::ErrorKind::Interrupted => {}
            e => return Err(e),
        }
    }
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 * 1e-6
}
