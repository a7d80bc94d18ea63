//! Runs a command, or several interleaved, and measures each run: wall time, processor time, peak memory.
//!
//! The caller decides what is printed: [`run`] tells it each step by an [`Event`]. Nothing outlives an interrupt or a time
//! limit: a command runs in a process group of its own, and the group is ended.

mod child;
mod interrupt;
mod order;
mod redact;
mod result;
mod scan;
mod schedule;
mod secrets;
mod telling;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use interrupt::{Interrupt, Watch};
pub use order::SplitMix64;
pub use redact::{Private, Redaction, redact, redact_value};
pub use result::to_run;
pub use scan::{Scan, expand};
pub use schedule::{run, run_until};
pub use secrets::{hide_secrets, hide_secrets_in, secret_values};

/// One command to measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its name in the results; parameters of a scan included.
    pub label: String,
    /// Program and arguments, started without a shell.
    pub argv: Vec<String>,
    /// Runs before each run of the command, unmeasured, in the same folder; must succeed.
    pub prepare: Option<Vec<String>>,
    /// Where it runs; `None` = here.
    pub cwd: Option<PathBuf>,
    /// Variables set besides those of this process.
    pub env: Vec<(String, String)>,
}

/// What becomes of a command's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// Thrown away.
    #[default]
    Discard,
    /// Goes where ours goes.
    Inherit,
    /// Handed over as [`Event::Output`] while it comes; for standard error the same as [`Output::Inherit`].
    Capture,
}

/// What to measure and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The commands, at least one.
    pub commands: Vec<Command>,
    /// Measured runs of each command, at least one.
    pub runs: usize,
    /// Unmeasured runs of each command before the first measured one.
    pub warmup: usize,
    /// Decides the order of interleaved commands; print it, so that the order can be had again.
    pub seed: u64,
    /// Whether the commands take turns, in a new random order each round, so that what the machine does meanwhile hits
    /// all alike.
    pub interleave: bool,
    /// Longest time of one run; then its process group is killed and the command has failed.
    pub timeout: Option<Duration>,
    /// Standard output of the commands.
    pub stdout: Output,
    /// Standard error of the commands.
    pub stderr: Output,
    /// How the caller's signal handling ends the command that runs. With it a command gets its own process group; without
    /// it stays in ours, where a terminal's Ctrl-C reaches it, and a time limit ends only the command itself.
    pub interrupt: Option<Arc<Interrupt>>,
}

impl Default for Plan {
    /// Ten runs, no warm-up, output discarded, commands interleaved.
    fn default() -> Self {
        Self {
            commands: Vec::new(),
            runs: 10,
            warmup: 0,
            seed: 0,
            interleave: true,
            timeout: None,
            stdout: Output::Discard,
            stderr: Output::Discard,
            interrupt: None,
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitOutcome {
    /// With code 0.
    Success,
    /// With another code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It took longer than the plan allows.
    TimedOut,
}

impl ExitOutcome {
    /// Whether it counts as measured.
    pub fn success(self) -> bool {
        self == Self::Success
    }

    /// The exit code to pass on, as a shell gives it: 128 + n for a signal, 124 for a time limit.
    pub fn code(self) -> i32 {
        match self {
            Self::Success => 0,
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
            Self::TimedOut => 124,
        }
    }
}

impl fmt::Display for ExitOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("success"),
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::TimedOut => f.write_str("the time limit"),
        }
    }
}

/// One run of a command. Processor time and memory are of the command and all its descendants that were waited for; absent
/// where the system does not tell (Windows).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Seconds from before it was started until it had ended.
    pub wall: f64,
    /// Seconds in user mode.
    pub user: Option<f64>,
    /// Seconds in the kernel.
    pub system: Option<f64>,
    /// Bytes of the largest resident set of one process. Never less than the private memory of the measuring program at
    /// that time (about 2 MB): the kernel counts what a process had before it became the command.
    pub max_rss: Option<u64>,
    /// How it ended.
    pub exit: ExitOutcome,
}

/// What was measured of one command.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The command's label.
    pub label: String,
    /// The successful measured runs, in order.
    pub samples: Vec<Sample>,
    /// How the run ended that failed, measured or warm-up; a command is not run again after it.
    pub failed: Option<ExitOutcome>,
}

impl Series {
    /// The exit code to pass on: that of the failure, else 0.
    pub fn exit_code(&self) -> i32 {
        self.failed.map_or(0, ExitOutcome::code)
    }
}

/// A step of the measurement, for progress and captured output. `command` is the index in the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// A run begins.
    Start {
        /// Which command.
        command: usize,
        /// How many runs of this kind it had before.
        round: usize,
        /// Whether it only warms up.
        warmup: bool,
    },
    /// The command wrote this to its standard output.
    Output {
        /// Which command.
        command: usize,
        /// The bytes, as they came.
        bytes: &'a [u8],
    },
    /// A run ended.
    End {
        /// Which command.
        command: usize,
        /// What was measured.
        sample: Sample,
        /// Whether it only warmed up.
        warmup: bool,
    },
}

#[cfg(test)]
mod tests;
