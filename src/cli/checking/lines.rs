//! Every line of the notes, read by all processors.

use std::collections::BTreeMap;

use git_bench::git::Id;
use git_bench::record::{Beginnings, Note, RunRecord, light_runs};
use git_bench::store::{Reader, Source};
use git_bench::{Error, Result};

use super::Needed;
use crate::cli::context::Context;
use crate::cli::ends::WALK_LIMIT;

/// Notes that a thread reads before it takes the next ones.
const STRETCH: usize = 64;

/// Which notes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Range {
    /// A revision, or two as `A..B`.
    pub(crate) revisions: Option<String>,
    /// So many commits at most, newest first.
    pub(crate) number: Option<usize>,
}

/// What the lines say.
#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) notes: u64,
    pub(crate) runs: u64,
    /// What cannot be read, and where.
    pub(crate) faults: Vec<(Id, String)>,
    /// The payloads that runs name, each once.
    pub(crate) payloads: Vec<Needed>,
}

/// Reads the notes of a range; without one all of them.
pub(crate) fn read_lines(context: &Context, range: &Range) -> Result<Lines> {
    let reader = context.store()?.reader()?;
    let mut lines = if range.revisions.is_none() && range.number.is_none() {
        let source = reader.source()?;
        let notes = source.len();
        // A twin line that is as it must be is known by the id of its blob.
        let source = source.without_twins();
        let twins = notes - source.len();
        let mut lines = all(&source.in_pack_order())?;
        lines.notes += twins as u64;
        lines
    } else {
        of_commits(&reader, &commits(context, range)?)?
    };
    lines.faults.sort();
    let mut once: BTreeMap<(String, String), Needed> = BTreeMap::new();
    lines.payloads.sort_by_key(|needed| needed.object);
    for needed in lines.payloads {
        once.entry((needed.file.sha256.clone(), needed.file.key.clone())).or_insert(needed);
    }
    lines.payloads = once.into_values().collect();
    Ok(lines)
}

fn all(source: &Source) -> Result<Lines> {
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
    let work = |part: usize| -> Result<Lines> {
        let (mut lines, mut last) = (Lines::default(), Beginnings::default());
        source.each(part, workers, STRETCH, &mut |notes| {
            notes.iter().for_each(|(object, content)| lines.add(*object, content, &mut last));
            true
        })?;
        Ok(lines)
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|part| scope.spawn(move || work(part))).collect();
        let mut found = Lines::default();
        for thread in running {
            found.take(thread.join().map_err(|_| Error::data("a reader of notes died"))??);
        }
        Ok(found)
    })
}

/// The notes of commits.
fn of_commits(reader: &Reader<'_>, commits: &[Id]) -> Result<Lines> {
    let (mut lines, mut last) = (Lines::default(), Beginnings::default());
    for commit in commits {
        if let Some(content) = reader.notes().read(*commit)? {
            lines.add(*commit, &content, &mut last);
        }
    }
    Ok(lines)
}

/// The first-parent history of a range.
fn commits(context: &Context, range: &Range) -> Result<Vec<Id>> {
    let repo = context.repo()?;
    let words = range.revisions.as_deref().unwrap_or("HEAD");
    let resolve = |words: &str| repo.resolve(if words.is_empty() { "HEAD" } else { words }).map(|found| found.id);
    let (from, stop) = match words.split_once("...").or_else(|| words.split_once("..")) {
        Some((a, b)) => {
            let (a, b) = (resolve(a)?, resolve(b)?);
            (b, repo.merge_base(a, b))
        }
        None => (resolve(words)?, None),
    };
    let mut found = Vec::new();
    for step in repo.first_parents(from).take(range.number.unwrap_or(WALK_LIMIT)) {
        let id = step?.id;
        if Some(id) == stop {
            break;
        }
        found.push(id);
    }
    Ok(found)
}

impl Lines {
    fn add(&mut self, object: Id, content: &[u8], last: &mut Beginnings) {
        self.notes += 1;
        if let Some(runs) = light_runs(content, last) {
            self.runs += runs.len() as u64;
            let needed = |run: RunRecord<_>| Some(Needed { file: run.payload?, object, run: Some(run.id) });
            return self.payloads.extend(runs.into_iter().filter_map(needed));
        }
        let note = Note::parse_after(content, last);
        self.runs += note.runs.len() as u64;
        self.faults.extend(note.unreadable.iter().map(|why| (object, why.to_string())));
        let clash = |id: &String| (object, format!("run id {id} stands on two runs with different input"));
        self.faults.extend(note.conflicts.iter().map(clash));
        let needed = |run: RunRecord| Some(Needed { file: run.payload?, object, run: Some(run.id) });
        self.payloads.extend(note.runs.into_iter().filter_map(needed));
    }

    fn take(&mut self, other: Self) {
        self.notes += other.notes;
        self.runs += other.runs;
        self.faults.extend(other.faults);
        self.payloads.extend(other.payloads);
    }
}
