//! A report becomes bytes: the only place where a number becomes text. One format a file, each an entry of [`RENDERERS`].
//!
//! All text in a report may be other people's; each renderer makes it harmless for its medium ([`escape`]).

pub mod benchstat;
pub mod comment;
pub mod csv;
pub mod escape;
pub mod github;
pub mod json;
pub mod junit;
pub mod number;
pub mod page;
pub mod picture;

mod bars;
mod cell;
mod chart;
mod html;
mod md;
mod text;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod sample;

use std::io::{self, Write};

use crate::report::Report;
use crate::{Error, Result};

/// How a report is written; nothing here changes what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal; 0 = as wide as it takes. Only text looks at it.
    pub width: usize,
    /// Whether text is coloured with ANSI sequences.
    pub colour: bool,
    /// Whether text prints folded blocks too.
    pub all: bool,
    /// Whether what text draws may go beyond ASCII (the text of the report itself stays as it is).
    pub unicode: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 80, colour: false, all: false, unicode: true }
    }
}

/// A writer of one format.
pub trait Renderer: Sync {
    /// The name for `--format`.
    fn name(&self) -> &'static str;

    /// Other names that `--format` takes.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it writes, one line, for help texts.
    fn doc(&self) -> &'static str;

    /// Writes the whole report.
    ///
    /// # Errors
    /// Only those of `out`.
    fn render(&self, report: &dyn Report, options: &Options, out: &mut dyn Write) -> io::Result<()>;
}

/// All formats, the default first.
pub static RENDERERS: &[&dyn Renderer] = &[&text::Text, &md::Markdown, &json::Json, &csv::Csv, &html::Html];

/// A format that one command alone offers, beside those of [`RENDERERS`].
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// The command.
    pub command: &'static str,
    /// The name for `--format`.
    pub name: &'static str,
    /// What it writes, one line, for help texts.
    pub doc: &'static str,
}

/// All formats of one command alone.
pub static OWN: &[Own] = &[
    Own { command: "check", name: "github", doc: "annotations of GitHub Actions" },
    Own { command: "check", name: "junit", doc: "JUnit XML, each series a test case" },
    Own { command: "diff", name: "benchstat", doc: "the tables of Go's benchstat, from the samples of both ends" },
    Own { command: "export", name: "jsonl", doc: "JSON Lines, one measurement a line" },
    Own { command: "export", name: "parquet", doc: "Parquet, in parts by date and suite" },
    Own { command: "export", name: "openmetrics", doc: "OpenMetrics text, as Prometheus reads it" },
    Own { command: "export", name: "cloudwatch", doc: "input of CloudWatch's PutMetricData" },
    Own { command: "export", name: "gcp-monitoring", doc: "bodies of Cloud Monitoring's timeSeries.create" },
];

/// The renderer of this name or alias.
///
/// # Errors
/// [`crate::Kind::Usage`] that names the known formats, or the command whose own format it is.
pub fn renderer(name: &str) -> Result<&'static dyn Renderer> {
    RENDERERS.iter().copied().find(|r| r.name() == name || r.aliases().contains(&name)).ok_or_else(|| {
        let known: Vec<_> = RENDERERS.iter().map(|r| r.name()).collect();
        match OWN.iter().find(|own| own.name == name) {
            Some(own) => Error::usage(format!(
                "the format '{name}' is of 'git bench {}' alone; all commands know {}",
                own.command,
                known.join(", ")
            )),
            None => {
                Error::usage(format!("unknown format '{}'; known are {}", escape::one_line(name), known.join(", ")))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_find_their_renderer() {
        for r in RENDERERS {
            assert_eq!(renderer(r.name()).unwrap().name(), r.name());
        }
        assert_eq!(renderer("table").unwrap().name(), "text");
        let error = renderer("x\x1b").err().unwrap();
        assert_eq!(error.kind, crate::Kind::Usage);
        assert!(error.message.starts_with("unknown format 'x\\x1b'; known are text, "), "{}", error.message);
    }
}
