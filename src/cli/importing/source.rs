//! Where a history comes from: files and folders, notes of another tracker, a bucket.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use git_bench::git::{Notes, Repo};
use git_bench::import::{self, Found, Input, ReadOptions, git_metrics, git_perf, line_json};
use git_bench::model::parallel::by_all;
use git_bench::model::{Better, Run};
use git_bench::{Error, Result};

use super::{Entry, History, layout, not_of, of_entry};
use crate::cli::context::Context;
use crate::cli::recording::{digest_of, load};

/// The trackers whose histories are read.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracker {
    /// data.js of github-action-benchmark
    GithubActionBenchmark,
    /// The results folder of airspeed velocity
    Asv,
    /// Notes of git-perf (PATH: the repository)
    GitPerf,
    /// Notes of git-metrics (PATH: the repository)
    GitMetrics,
    /// JSON lines as rust-analyzer keeps them, or of any shape by --map
    LineJson,
    /// benchmarks.json of gobenchdata
    Gobenchdata,
    /// Perf results or reports exported from Bencher, as JSON
    Bencher,
    /// Any CSV with a header, by --column
    Csv,
    /// A bucket or folder of result files in daily/, weekly/, pr/, releases/
    Layout,
}

impl Tracker {
    /// The word of the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GithubActionBenchmark => "github-action-benchmark",
            Self::Asv => "asv",
            Self::GitPerf => "git-perf",
            Self::GitMetrics => "git-metrics",
            Self::LineJson => "line-json",
            Self::Gobenchdata => "gobenchdata",
            Self::Bencher => "bencher",
            Self::Csv => "csv",
            Self::Layout => "layout",
        }
    }

    /// The reader of its files, where it has one.
    fn reader(self) -> Option<&'static str> {
        match self {
            Self::GithubActionBenchmark => Some("github-action-benchmark-datajs"),
            Self::LineJson => Some("rust-analyzer-metrics"),
            Self::Asv | Self::Gobenchdata | Self::Csv => Some(self.name()),
            Self::GitPerf | Self::GitMetrics | Self::Bencher | Self::Layout => None,
        }
    }
}

/// What is to be read, and what the files do not say.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) map: Vec<String>,
    pub(crate) better: Option<Better>,
    pub(crate) notes_ref: Option<String>,
    pub(crate) store: Option<String>,
}

/// Reads the whole history.
///
/// # Errors
/// Usage: an option of another tracker. Data: what is broken as a whole; broken entries are in the history's list.
pub(crate) fn read(context: &Context, tracker: Tracker, reading: &Reading) -> Result<History> {
    let of_notes = matches!(tracker, Tracker::GitPerf | Tracker::GitMetrics);
    for (given, option, of, fits) in [
        (reading.notes_ref.is_some(), "--ref", "git-perf and git-metrics", of_notes),
        (!reading.columns.is_empty(), "--column", "csv", tracker == Tracker::Csv),
        (!reading.map.is_empty(), "--map", "line-json", tracker == Tracker::LineJson),
    ] {
        if given && !fits {
            return Err(not_of(tracker, option, of));
        }
    }
    let here = [PathBuf::from(".")];
    let mut paths = reading.paths.as_slice();
    if paths.is_empty() && of_notes {
        paths = &here;
    }
    if paths.is_empty() && !(tracker == Tracker::Layout && reading.store.is_some()) {
        return Err(Error::usage(format!("where is the history of {}?", tracker.name()))
            .hint(format!("git bench import {} PATH", tracker.name())));
    }
    let mut history = History::default();
    match tracker {
        Tracker::Layout => return layout::read(context, paths, reading.store.as_deref()),
        Tracker::GitPerf => {
            let name = reading.notes_ref.as_deref().unwrap_or(git_perf::NOTES_REF);
            paths.iter().try_for_each(|path| notes(context, path, name, &git_perf::read_note, &mut history))?;
        }
        Tracker::GitMetrics => {
            let name = reading.notes_ref.as_deref().unwrap_or(git_metrics::NOTES_REF);
            paths.iter().try_for_each(|path| notes(context, path, name, &git_metrics::read_note, &mut history))?;
        }
        _ => {
            for path in paths {
                let input = load(path)?.input;
                let before = if paths.len() > 1 { format!("{}: ", path.display()) } else { String::new() };
                add(&mut history, &before, file(tracker, &input, reading)?, &input);
            }
        }
    }
    Ok(history)
}

/// The entries of a file or folder.
fn file(tracker: Tracker, input: &Input, reading: &Reading) -> Result<Vec<Found>> {
    if !reading.map.is_empty() {
        return line_json::read(input, &line_json::LineMap::new(&reading.map)?);
    }
    let Some(reader) = tracker.reader() else {
        let text = input
            .text()
            .ok_or_else(|| Error::data(format!("'{}' is no export of Bencher: it is no text", input.name())))?;
        let runs = import::bencher::read_export(text)?;
        return Ok(runs
            .into_iter()
            .enumerate()
            .map(|(i, run)| Found::new(format!("run {}", i + 1), Ok(run)))
            .collect());
    };
    let reader = import::importer(reader)?;
    if reader.unasked() && !reader.claims(input) {
        let known = match import::detect(input) {
            Ok(other) => format!("it looks like '{}'", other.name()),
            Err(error) => error.message,
        };
        let error = Error::data(format!("'{}' is no history of {}: {known}", input.name(), tracker.name()));
        return Err(match tracker {
            Tracker::LineJson => {
                error.hint("say where things stand: --map commit=PATH --map time=PATH --map metrics=PATH")
            }
            _ => error.hint("git bench help import lists the trackers"),
        });
    }
    let options = ReadOptions { better: reading.better, columns: reading.columns.clone() };
    reader.read_each(input, &options)
}

/// Adds what a reader found.
fn add(history: &mut History, before: &str, found: Vec<Found>, input: &Input) {
    let files = if found.iter().any(|f| f.run.as_ref().is_ok_and(|run| run.entry.is_none())) {
        input.digests()
    } else {
        Vec::new()
    };
    for Found { place, run } in found {
        let place = format!("{before}{place}");
        match run {
            Ok(run) => history.entries.push(Entry { digest: digest_of(&run, &files), place, run, ..Entry::default() }),
            Err(fault) => history.refuse(place, fault.chain()),
        }
    }
}

type NoteReader = dyn Fn(&str, &str) -> Result<Vec<Run>> + Sync;

/// Reads the notes that another tracker keeps in a repository.
fn notes(context: &Context, path: &Path, name: &str, read: &NoteReader, history: &mut History) -> Result<()> {
    let other;
    let repo = if path == Path::new(".") {
        context.repo()?
    } else {
        other = Repo::at(path)?;
        &other
    };
    let notes = Notes::of_ref(repo, name)?;
    if notes.tip().is_none() {
        return Err(Error::data(format!("there is no '{name}' in '{}'", path.display()))
            .hint(format!("git fetch origin {name}:{name}, or --ref REF")));
    }
    let mut texts = Vec::new();
    for (object, blobs) in notes.list()? {
        let pieces = blobs.into_iter().map(|blob| notes.blob(blob)).collect::<Result<Vec<_>>>();
        match of_entry(pieces)? {
            Ok(pieces) => texts.push((object.to_string(), pieces.join(&b'\n'))),
            Err(why) => history.refuse(format!("note of {object}"), why),
        }
    }
    let notes = by_all(texts, &|(object, text)| (read(&object, &String::from_utf8_lossy(&text)), object));
    for (runs, object) in notes {
        let place = format!("note of {object}");
        match of_entry(runs)? {
            Err(why) => history.refuse(place, why),
            Ok(runs) => history.entries.extend(runs.into_iter().map(|run| Entry {
                digest: digest_of(&run, &[]),
                place: place.clone(),
                run,
                ..Entry::default()
            })),
        }
    }
    Ok(())
}
