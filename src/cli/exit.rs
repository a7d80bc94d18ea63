//! Exit codes, and how an error is told.

use std::io::{self, Write};
use std::process::ExitCode;

use git_bench::render::escape;
use git_bench::{Error, Kind};

/// Done, or the answer is yes.
pub(crate) const DONE: u8 = 0;
/// The answer is no: a regression, a difference with `--exit-code`.
pub(crate) const NO: u8 = 1;
/// Usage or configuration, an untrusted store.
pub(crate) const USAGE: u8 = 2;
/// Not enough data to answer.
pub(crate) const NO_DATA: u8 = 3;
/// Repository or unreadable data.
pub(crate) const DATA: u8 = 4;
/// Storage or network; trying again may help.
pub(crate) const STORAGE: u8 = 5;

/// How a command that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, or yes.
    Done,
    /// The answer is no.
    No,
    /// Not enough data to answer.
    NoData,
    /// The exit code of a wrapped command.
    Passed(u8),
}

impl Outcome {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => DONE,
            Self::No => NO,
            Self::NoData => NO_DATA,
            Self::Passed(code) => code,
        })
    }
}

fn code_of(kind: Kind) -> u8 {
    match kind {
        Kind::Usage => USAGE,
        Kind::NoData => NO_DATA,
        Kind::Data => DATA,
        Kind::Storage => STORAGE,
    }
}

/// Tells an error on stderr, in git's form, and gives its exit code.
pub(crate) fn fail(error: &Error, colour: bool) -> ExitCode {
    let (red, yellow, off) = if colour { ("\x1b[31m", "\x1b[33m", "\x1b[0m") } else { ("", "", "") };
    let mut text = format!("{red}error:{off} {}\n", escape::message(&error.chain()));
    for hint in &error.hints {
        text.push_str(&format!("{yellow}hint:{off} {}\n", escape::message(hint)));
    }
    // Nothing is left to do where stderr is closed.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::from(code_of(error.kind))
}

/// Help goes to stdout with 0, wrong usage to stderr with 2.
pub(crate) fn of_clap(error: &clap::Error) -> ExitCode {
    // What was typed is repeated there, and may hold more than clap takes out.
    let text = error.render().to_string();
    let harmless = text.lines().map(escape::message).collect::<Vec<_>>().join("\n") + "\n";
    let _ = if harmless.trim_end() == text.trim_end() {
        error.print()
    } else {
        io::stderr().write_all(harmless.as_bytes())
    };
    ExitCode::from(if error.use_stderr() { USAGE } else { DONE })
}

/// Whether the reader of stdout went away, which is its right.
pub(crate) fn is_closed_pipe(error: &Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = error.source.as_ref().map(|e| &**e as _);
    while let Some(cause) = next {
        if cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            return true;
        }
        next = cause.source();
    }
    false
}
