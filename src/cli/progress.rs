//! A progress line on stderr: on a terminal only, not in a CI, not with `--quiet`, first after 250 ms.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::context::Context;

/// What takes less time shows nothing.
const FIRST: Duration = Duration::from_millis(250);
/// How often the line is drawn again at most.
const EACH: Duration = Duration::from_millis(100);
/// Width of the bar in characters.
const BAR: usize = 20;

/// The line; gone when it is dropped.
pub(crate) struct Progress(Option<(Sender<String>, JoinHandle<()>)>);

impl Progress {
    /// Begins to wait for something worth showing. It starts a thread: begin to watch signals before.
    pub(crate) fn new(context: &Context) -> Self {
        let ci = context.variable("CI").is_some() || context.ci().is_some();
        let dumb = context.variable("TERM") == Some("dumb");
        if context.global.quiet || ci || dumb || !io::stderr().is_terminal() {
            return Self(None);
        }
        let (lines, drawn) = mpsc::channel::<String>();
        let thread = std::thread::spawn(move || {
            let (mut line, mut next, mut shown) = (None, Instant::now() + FIRST, false);
            loop {
                match drawn.recv_timeout(next.saturating_duration_since(Instant::now())) {
                    Ok(new) => line = Some(new),
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some(line) = line.take() {
                            let _ = write!(io::stderr(), "\r\x1b[K{line}");
                            shown = true;
                        }
                        next = Instant::now() + EACH;
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            if shown {
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        });
        Self(Some((lines, thread)))
    }

    /// None at all, where the terminal is somebody else's.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Shows how far it is: `[#####---------------] 5/20 what`.
    pub(crate) fn step(&self, done: usize, total: usize, what: &str) {
        let Some((lines, _)) = &self.0 else { return };
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        let full = (done * BAR / total.max(1)).min(BAR);
        let text = git_bench::render::escape::one_line(what);
        let line = format!("[{}{}] {done}/{total} {text}", "#".repeat(full), "-".repeat(BAR - full));
        let _ = lines.send(line.chars().take(width.saturating_sub(1)).collect());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((lines, thread)) = self.0.take() {
            drop(lines);
            let _ = thread.join();
        }
    }
}
