//! What the command line says of a run, for all commands that record.

use std::path::PathBuf;

use git_bench::import::ReadOptions;
use git_bench::machine::Tool;
use git_bench::measure::Redaction;
use git_bench::model::Better;
use git_bench::{Error, Result};
use serde_json::Value;

use super::{Named, Wishes, load};

/// What the command line says of a run beside its numbers.
#[derive(clap::Args, Debug, Clone, Default)]
pub(crate) struct About {
    /// The commit that was measured
    #[arg(long, value_name = "REV")]
    commit: Option<String>,
    /// The tag that was measured: a release benchmark
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// The suite, to keep jobs of a matrix apart
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// daily, local, weekly, pr or release, instead of what the CI and the branch say
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// The pull request's number
    #[arg(long, value_name = "N")]
    pr: Option<u64>,
    /// Facts of the machine: auto (this one), none, or KEY=VALUE; 'machine=NAME' stands for all
    #[arg(long, value_name = "KEY=VALUE")]
    platform: Vec<String>,
    /// A file that travels with the payload
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// The payload's key in its store, instead of the usual one
    #[arg(long, value_name = "PATH")]
    key: Option<String>,
    /// Metadata of the stored object
    #[arg(long, value_name = "KEY=VALUE")]
    meta: Vec<String>,
    /// The store, instead of the first that fits; 'local' keeps it in this clone
    #[arg(long, value_name = "NAME")]
    store: Option<String>,
    /// Record it although it is there: a new run
    #[arg(long)]
    again: bool,
    /// The run was made on a spot machine
    #[arg(long)]
    spot: bool,
    /// What the run cost, in USD
    #[arg(long, value_name = "USD")]
    cost: Option<f64>,
    /// Hide what fits in note, payload and attachments: '*' stands for any text within a word, '?' for one character
    #[arg(long, value_name = "PATTERN")]
    redact: Vec<String>,
    /// Start these programs and keep their versions: python, pip (the packages), rustc, cargo, go, node, nvcc, cc, or all
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    tools: Vec<String>,
}

impl About {
    /// As wishes of a recording.
    pub(crate) fn wishes(&self) -> Result<Wishes> {
        let mut meta = Vec::new();
        for pair in &self.meta {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| Error::usage(format!("'--meta {pair}': expected KEY=VALUE")))?;
            meta.push((key.to_owned(), value.to_owned()));
        }
        let mut execution = serde_json::Map::new();
        if self.spot {
            execution.insert("spot_instance".into(), true.into());
        }
        if let Some(cost) = self.cost {
            if !cost.is_finite() || cost < 0.0 {
                return Err(Error::usage(format!("'--cost {cost}': expected USD, not negative")));
            }
            execution.insert("estimated_cost_usd".into(), Value::from(cost));
        }
        let mut attachments = Vec::new();
        for path in &self.attach {
            match load(path)?.file {
                Some(file) => attachments.push(file),
                None => return Err(Error::usage(format!("'{}' is a folder; attach files", path.display()))),
            }
        }
        Ok(Wishes {
            named: Named {
                commit: self.commit.clone(),
                tag: self.tag.clone(),
                channel: self.channel.clone(),
                pr: self.pr,
                ..Named::default()
            },
            suite: self.suite.clone(),
            platform: self.platform.clone(),
            store: self.store.clone(),
            key: self.key.clone(),
            meta,
            again: self.again,
            execution,
            attachments,
            redact: self.redactions()?,
            tools: self.tools()?,
            ..Wishes::default()
        })
    }

    /// What is never to be kept.
    pub(crate) fn redactions(&self) -> Result<Vec<Redaction>> {
        let read = |pattern: &String| {
            Redaction::new(pattern).ok_or_else(|| {
                Error::usage(format!("'--redact {pattern}' would hide everything"))
                    .hint("a pattern has some text besides its stars: --redact 'acme-*'")
            })
        };
        self.redact.iter().map(read).collect()
    }

    fn tools(&self) -> Result<Vec<Tool>> {
        if self.tools.iter().any(|name| name == "all") {
            return Ok(Tool::ALL.to_vec());
        }
        let read = |name: &String| {
            Tool::parse(name).ok_or_else(|| {
                let known: Vec<_> = Tool::ALL.iter().map(|tool| tool.as_str()).collect();
                Error::usage(format!("unknown tool '{name}'; known are {} and all", known.join(", ")))
            })
        };
        self.tools.iter().map(read).collect()
    }
}

/// What the command line says of a format that does not say it itself.
#[derive(clap::Args, Debug, Clone, Default)]
pub(crate) struct Reading {
    /// Directions of metrics for formats that do not say
    #[arg(long, value_name = "lower|higher")]
    better: Option<String>,
    /// Columns of a generic CSV: COLUMN=ROLE, ROLE one of name, metric, unit, value, n, commit, time, branch, better,
    /// param:KEY
    #[arg(long = "column", value_name = "COLUMN=ROLE")]
    columns: Vec<String>,
}

impl Reading {
    /// For the readers.
    pub(crate) fn options(&self) -> Result<ReadOptions> {
        let better = match self.better.as_deref() {
            None => None,
            Some(word) => Some(
                Better::parse(word)
                    .ok_or_else(|| Error::usage(format!("'--better {word}': expected lower, higher or none")))?,
            ),
        };
        let mut columns = Vec::new();
        for pair in &self.columns {
            let (column, role) =
                pair.split_once('=').ok_or_else(|| Error::usage(format!("'--column {pair}': expected COLUMN=ROLE")))?;
            columns.push((column.to_owned(), role.to_owned()));
        }
        Ok(ReadOptions { better, columns })
    }
}
