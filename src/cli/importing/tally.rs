//! What became of a history, as a report.

use std::collections::BTreeSet;

use git_bench::record::RunRecord;
use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use git_bench::store::Added;
use serde_json::Value;

use super::{Placed, Refused};
use crate::cli::context::Context;

/// Rows of what was not taken that are shown to a person; JSON has them all.
const SHOWN: usize = 30;

/// Counts of an import.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Entries of the history, readable or not.
    pub(crate) entries: usize,
    /// Runs added now.
    pub(crate) new: usize,
    /// Runs that were there already.
    pub(crate) known: usize,
    /// Entries that stand more than once in the history.
    pub(crate) repeated: usize,
    /// Runs, new or known, of commits that are not in this clone.
    absent: usize,
    commits: BTreeSet<String>,
    measurements: u64,
    samples: u64,
    /// Payloads kept because the line cannot hold everything.
    pub(crate) payloads: usize,
    /// Entries not taken, and why.
    pub(crate) refused: Vec<Refused>,
    /// What was passed over on purpose.
    pub(crate) passed: Vec<(usize, &'static str)>,
    /// What readers want the user to know.
    pub(crate) warnings: Vec<String>,
}

impl Tally {
    /// Before anything was written: how many entries there are, and which of them are not taken.
    pub(super) fn new(entries: usize, refused: Vec<Refused>, passed: Vec<(usize, &'static str)>) -> Self {
        Self { entries, refused, passed, ..Self::default() }
    }

    /// Counts one run.
    pub(super) fn add(&mut self, placed: Placed, record: &RunRecord, fate: Added) {
        let why = match fate {
            Added::New => {
                self.new += 1;
                None
            }
            Added::Known => {
                self.known += 1;
                None
            }
            Added::Dropped => Some(format!("run {} was dropped here, and stays so", record.id)),
            Added::Other => Some(format!("run id {} is there with other content, which is kept", record.id)),
        };
        if let Some(why) = why {
            self.refused.push(Refused { place: placed.place, why });
            return;
        }
        self.absent += usize::from(!placed.here);
        self.commits.insert(record.commit.clone());
        self.measurements += record.m.len() as u64;
        self.samples += record.m.iter().map(|row| row.n.unwrap_or(1)).sum::<u64>();
    }

    /// Runs that are in the notes now, or would be.
    pub(crate) fn taken(&self) -> usize {
        self.new + self.known
    }

    /// The report.
    pub(crate) fn listing(&self, context: &Context, tracker: &str, dry_run: bool) -> Listing {
        let mut listing = Listing::new("import");
        listing.columns = vec![("place", 0), ("why", 0)];
        listing.fact("tracker", tracker);
        listing.fact("dry_run", dry_run);
        for (name, count) in [
            ("entries", self.entries),
            ("runs", self.taken()),
            ("new", self.new),
            ("known", self.known),
            ("repeated", self.repeated),
            ("commits", self.commits.len()),
            ("not_in_this_clone", self.absent),
            ("payloads", self.payloads),
            ("not_taken", self.refused.len()),
            ("passed_over", self.passed.iter().map(|(count, _)| count).sum()),
        ] {
            listing.fact(name, count);
        }
        listing.fact("measurements", self.measurements);
        listing.fact("samples", self.samples);
        for (text, tone) in self.lines(dry_run) {
            listing.line(text, tone);
        }
        let shown = if context.output.is_text() { SHOWN } else { usize::MAX };
        for one in self.refused.iter().take(shown) {
            listing.row(&[("place", Value::from(one.place.as_str())), ("why", Value::from(one.why.as_str()))]);
        }
        listing
    }

    fn lines(&self, dry_run: bool) -> Vec<(String, Tone)> {
        let verb = if dry_run { "would import" } else { "imported" };
        let mut lines = vec![(
            format!(
                "{verb} {} with {} on {}; {} there already",
                count(self.new, "new run"),
                count(self.measurements as usize, "measurement"),
                count(self.commits.len(), "commit"),
                self.known
            ),
            Tone::Strong,
        )];
        if self.absent > 0 {
            let what = "of commits that are not in this clone: taken without tree, commit time and parents";
            lines.push((format!("{} {what}", count(self.absent, "run")), Tone::Plain));
        }
        if self.repeated > 0 {
            lines.push((format!("{} more than once in the history", count(self.repeated, "entry")), Tone::Plain));
        }
        if self.payloads > 0 {
            lines
                .push((format!("{} kept: a note line cannot hold them", count(self.payloads, "payload")), Tone::Plain));
        }
        for (number, what) in &self.passed {
            lines.push((format!("{number} {what}"), Tone::Plain));
        }
        if !self.refused.is_empty() {
            let more = if self.refused.len() > SHOWN { ", the first of which are" } else { "" };
            lines.push((format!("{} not taken{more}:", count(self.refused.len(), "entry")), Tone::Warn));
        }
        lines
    }

    /// Warnings of readers and of runs, the first few and how many there are.
    pub(crate) fn warn(&self, context: &Context) {
        for warning in self.warnings.iter().take(5) {
            context.warn(warning);
        }
        if self.warnings.len() > 5 {
            context.warn(&format!("{} more warnings of this kind", self.warnings.len() - 5));
        }
    }
}

fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {what}s"),
    }
}
