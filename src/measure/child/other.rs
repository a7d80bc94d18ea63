//! Systems without `wait4`: the wall time is measured; processor time and memory stay unknown, and an interrupt is the
//! console's own, which reaches the command as it reaches us.

use std::sync::Arc;
use std::time::Instant;

use super::super::{Command, ExitOutcome, Interrupt, Output, Plan, Sample};
use super::{Target, Timer, build, follow, not_started};
use crate::Result;

/// Watches nothing here.
#[derive(Debug)]
pub struct Watch;

impl Watch {
    /// Begins to watch nothing.
    ///
    /// # Errors
    /// None.
    pub fn start(_: Arc<Interrupt>) -> Result<Self> {
        Ok(Self)
    }
}

/// Runs the command once.
pub(in super::super) fn execute(
    command: &Command,
    plan: &Plan,
    stdout: Output,
    interrupt: &Arc<Interrupt>,
    output: &mut dyn FnMut(&[u8]),
) -> Result<Sample> {
    let start = Instant::now();
    let mut child = build(command, plan, stdout).spawn().map_err(|e| not_started(command, e))?;
    interrupt.begin(Target { pid: child.id(), group: false });
    let timer = Timer::start(plan.timeout, interrupt);
    let stdout = child.stdout.take();
    let wait = || child.wait().map(|status| (status, start.elapsed().as_secs_f64()));
    let (status, wall) = follow(stdout, wait, output).flatten().map_err(|e| not_started(command, e))?;
    let timed_out = timer.stop();
    interrupt.end(false, || ());
    let exit = match status.code() {
        Some(0) => ExitOutcome::Success,
        _ if timed_out => ExitOutcome::TimedOut,
        code => ExitOutcome::Code(code.unwrap_or(1)),
    };
    Ok(Sample { wall, user: None, system: None, max_rss: None, exit })
}

/// Ends the process by the system's own program; what has a console gets its Ctrl-C from there.
pub(in super::super) fn send(target: Target, signal: Option<i32>) {
    if signal.is_none() {
        let pid = target.pid.to_string();
        let _ = std::process::Command::new("taskkill").args(["/F", "/T", "/PID", &pid]).output();
    }
}
