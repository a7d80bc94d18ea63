//! Where output goes: stdout, through a pager where git would use one; everything else to stderr.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::process::{Child, Command, Stdio};

use git_bench::git::Git;
use git_bench::render::{Options, renderer};
use git_bench::report::Report;
use git_bench::{Error, Result};

use super::options::Global;

/// The two streams.
pub(crate) struct Output {
    format: String,
    options: Options,
    pub(crate) colour_err: bool,
    page: bool,
    pager: RefCell<Option<Child>>,
    all: Cell<bool>,
}

impl Output {
    pub(crate) fn new(global: &Global, variables: &[(String, String)], colour: bool, colour_err: bool) -> Self {
        let get = |name: &str| variables.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
        let terminal = io::stdout().is_terminal();
        let columns = get("COLUMNS").and_then(|c| c.parse().ok());
        let width = columns.unwrap_or_else(|| if terminal { terminal_width().unwrap_or(80) } else { 0 });
        let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| get(n).filter(|v| !v.is_empty()));
        let unicode = utf8.is_none_or(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8") || !matches!(locale.as_str(), "c" | "posix")
        });
        Self {
            format: global.format.clone().unwrap_or_else(|| "text".into()),
            options: Options { width, colour, unicode, ..Options::default() },
            colour_err,
            page: terminal && get("GIT_PAGER_IN_USE").is_none() && get("TERM") != Some("dumb"),
            pager: RefCell::new(None),
            all: Cell::new(false),
        }
    }

    /// The format that was asked for.
    pub(crate) fn format(&self) -> &str {
        &self.format
    }

    /// Whether text is written for a person.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.format.as_str(), "text" | "table")
    }

    /// Prints folded blocks too.
    pub(crate) fn show_all(&self) {
        self.all.set(true);
    }

    /// Writes a report in the format that was asked for.
    pub(crate) fn report(&self, report: &dyn Report) -> Result<()> {
        let writer = renderer(&self.format)?;
        let mut bytes = Vec::new();
        let options = Options { all: self.all.get(), ..self.options.clone() };
        writer.render(report, &options, &mut bytes).map_err(cannot_write)?;
        let long = bytes.iter().filter(|b| **b == b'\n').count() > terminal_height().unwrap_or(24);
        if self.is_text() && self.page && long {
            self.start_pager();
        }
        self.write(&bytes)
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<()> {
        match self.pager.borrow_mut().as_mut().and_then(|child| child.stdin.as_mut()) {
            Some(pipe) => pipe.write_all(bytes).map_err(cannot_write),
            None => io::stdout().lock().write_all(bytes).map_err(cannot_write),
        }
    }

    /// A line on stderr.
    pub(crate) fn err(&self, line: &str) {
        // Nothing is left to do where stderr is closed.
        let _ = writeln!(io::stderr(), "{line}");
    }

    fn start_pager(&self) {
        let Some(pager) = Git::at(".").try_text(&["var", "GIT_PAGER"]).filter(|p| p != "cat") else { return };
        let child = Command::new("sh")
            .args(["-c", &pager])
            .env("LESS", std::env::var("LESS").unwrap_or_else(|_| "FRX".into()))
            .env("LV", "-c")
            .stdin(Stdio::piped())
            .spawn();
        *self.pager.borrow_mut() = child.ok();
    }

    /// Waits for the pager.
    pub(crate) fn finish(&self) -> Result<()> {
        if let Some(mut child) = self.pager.borrow_mut().take() {
            drop(child.stdin.take());
            child.wait().map_err(cannot_write)?;
            return Ok(());
        }
        io::stdout().lock().flush().map_err(cannot_write)
    }
}

fn cannot_write(error: io::Error) -> Error {
    Error::data("cannot write the output").because(error)
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

fn terminal_height() -> Option<usize> {
    terminal_size::terminal_size().map(|(_, height)| usize::from(height.0))
}
