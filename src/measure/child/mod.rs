//! One run of one command. `unix` measures by `wait4`; elsewhere only the wall time is known.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod unix;

use std::io::{self, Read};
use std::process::{self, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Command, Interrupt, Output, Plan};
use crate::Error;

#[cfg(not(unix))]
pub(super) use other::{execute, send};
#[cfg(unix)]
pub(super) use unix::{execute, send};

#[cfg(not(unix))]
pub use other::Watch;
#[cfg(unix)]
pub use signals::Watch;

/// A process, or with `group` its whole process group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub pid: u32,
    pub group: bool,
}

/// The command with its folder, variables and streams; standard input is empty.
fn build(command: &Command, plan: &Plan, stdout: Output) -> process::Command {
    let stream = |output: Output, captured: bool| match output {
        Output::Discard => Stdio::null(),
        Output::Capture if captured => Stdio::piped(),
        Output::Inherit | Output::Capture => Stdio::inherit(),
    };
    let mut built = process::Command::new(&command.argv[0]);
    built.args(&command.argv[1..]).envs(command.env.iter().map(|(k, v)| (k, v)));
    built.stdin(Stdio::null()).stdout(stream(stdout, true)).stderr(stream(plan.stderr, false));
    if let Some(cwd) = &command.cwd {
        built.current_dir(cwd);
    }
    built
}

fn not_started(command: &Command, cause: io::Error) -> Error {
    Error::usage(format!("cannot run '{}'", command.argv[0]))
        .because(cause)
        .hint("put the words of a shell behind 'sh -c': git bench run -- sh -c 'a | b'")
}

/// How long captured output may still come after the command has ended, where something it left behind keeps the stream
/// open.
const LINGER: Duration = Duration::from_secs(1);

enum Piece {
    Bytes(Vec<u8>),
    Ended,
}

/// Waits for the end by `wait`, and hands over meanwhile what the command writes, if that is captured. What `wait` said.
fn follow<T: Send>(
    stdout: Option<ChildStdout>,
    wait: impl FnOnce() -> T + Send,
    output: &mut dyn FnMut(&[u8]),
) -> io::Result<T> {
    let Some(mut stdout) = stdout else { return Ok(wait()) };
    let (ended, pieces) = mpsc::sync_channel(16);
    let bytes = ended.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(n @ 1..) = stdout.read(&mut buffer) {
            if bytes.send(Piece::Bytes(buffer[..n].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::scope(|scope| {
        let waiter = scope.spawn(move || {
            let said = wait();
            let _ = ended.send(Piece::Ended);
            said
        });
        let mut until = None;
        loop {
            let piece = match until {
                None => pieces.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                Some(until) => pieces.recv_timeout(Instant::saturating_duration_since(&until, Instant::now())),
            };
            match piece {
                Ok(Piece::Bytes(bytes)) => output(&bytes),
                Ok(Piece::Ended) => until = Some(Instant::now() + LINGER),
                Err(_) => break,
            }
        }
        drop(pieces);
        waiter.join().map_err(|_| io::Error::other("the waiting thread broke off"))
    })
}

/// A thread that kills what runs when the time is up.
struct Timer {
    fired: Arc<AtomicBool>,
    thread: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Timer {
    fn start(limit: Option<Duration>, interrupt: &Arc<Interrupt>) -> Self {
        let fired = Arc::new(AtomicBool::new(false));
        let thread = limit.map(|limit| {
            let (done, wait) = mpsc::channel::<()>();
            let (fired, interrupt) = (Arc::clone(&fired), Arc::clone(interrupt));
            let thread = std::thread::spawn(move || {
                if wait.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                    fired.store(true, Ordering::SeqCst);
                    interrupt.kill();
                }
            });
            (done, thread)
        });
        Self { fired, thread }
    }

    /// Stops the clock; whether the time was up.
    fn stop(self) -> bool {
        if let Some((done, thread)) = self.thread {
            drop(done);
            let _ = thread.join();
        }
        self.fired.load(Ordering::SeqCst)
    }
}
