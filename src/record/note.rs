//! A whole note: its lines settled against each other.

use std::collections::BTreeSet;

use super::{Accept, Beginnings, Drop, Line, RunRecord, Twin, Unreadable};

/// What a note says, after drops were applied.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Runs that count, sorted by time, then id.
    pub runs: Vec<RunRecord>,
    /// Accepted changes that count.
    pub accepts: Vec<Accept>,
    /// What no longer counts.
    pub drops: Vec<Drop>,
    /// Other commits with the same tree.
    pub twins: Vec<Twin>,
    /// Lines that could not be read, with the reason.
    pub unreadable: Vec<Unreadable>,
    /// Ids that stand on two runs with different input.
    pub conflicts: Vec<String>,
}

impl Note {
    /// Reads the lines of a note. The order of lines has no meaning; two lines of one run (same id, same input) count
    /// once, the bytewise greater one.
    pub fn parse(content: &[u8]) -> Self {
        Self::parse_after(content, &mut Beginnings::default())
    }

    /// The same, sooner where runs of the same rows were read before (`last`).
    pub fn parse_after(content: &[u8], last: &mut Beginnings) -> Self {
        let keep = |line: &&[u8]| !line.trim_ascii().is_empty();
        let mut lines: Vec<&[u8]> = match std::str::from_utf8(content) {
            // Text is split several times faster than bytes.
            Ok(text) => text.split('\n').map(str::as_bytes).filter(keep).collect(),
            Err(_) => content.split(|b| *b == b'\n').filter(keep).collect(),
        };
        lines.sort_unstable();
        lines.dedup();
        let mut note = Self::default();
        for line in lines {
            match Line::parse_after(line, last) {
                Line::Run(run) => note.add(*run),
                Line::Accept(accept) => note.accepts.push(accept),
                Line::Drop(drop) => note.drops.push(drop),
                Line::Twin(twin) => note.twins.push(twin),
                Line::Unreadable(why) => note.unreadable.push(why),
            }
        }
        if !note.drops.is_empty() {
            let dropped: BTreeSet<&str> = note.drops.iter().map(|d| d.target.as_str()).collect();
            note.runs.retain(|r| !dropped.contains(r.id.as_str()));
            note.accepts.retain(|a| !dropped.contains(a.id.as_str()));
            note.conflicts.retain(|id| !dropped.contains(id.as_str()));
        }
        note.runs.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        note
    }

    fn add(&mut self, run: RunRecord) {
        // Lines come sorted bytewise, so the later one is the greater.
        match self.runs.iter_mut().find(|known| known.id == run.id) {
            Some(known) => {
                if known.input != run.input {
                    self.conflicts.push(run.id.clone());
                }
                *known = run;
            }
            None => {
                // Most notes hold one run, and a run is large.
                if self.runs.is_empty() {
                    self.runs.reserve_exact(1);
                }
                self.runs.push(run);
            }
        }
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
            && self.accepts.is_empty()
            && self.drops.is_empty()
            && self.twins.is_empty()
            && self.unreadable.is_empty()
    }
}

/// What is left of the lines of a merged note: without runs and accepts that a `drop` among them names. Lines that
/// cannot be read stay.
pub fn settle(lines: Vec<&[u8]>) -> Vec<Vec<u8>> {
    let mut dropped = BTreeSet::new();
    if lines.iter().any(|line| contains(line, br#""kind":"drop""#)) {
        for line in &lines {
            if let Line::Drop(drop) = Line::parse(line) {
                dropped.insert(drop.target);
            }
        }
    }
    let goes = |line: &[u8]| match Line::parse(line) {
        Line::Run(run) => dropped.contains(&run.id),
        Line::Accept(accept) => dropped.contains(&accept.id),
        _ => false,
    };
    lines.into_iter().filter(|line| dropped.is_empty() || !goes(line)).map(<[u8]>::to_vec).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: &str, input: &str, value: f64) -> String {
        format!(
            r#"{{"v":1,"kind":"run","id":"{id}","time":"2024-01-15T10:30:00Z","commit":"c","suite":"default","channel":"local","env":{{}},"input":"{input}","m":[["a","time","s","lower",{value},1,null,null,null,null]]}}"#
        )
    }

    #[test]
    fn a_dropped_run_does_not_count_and_does_not_come_back() {
        let drop = r#"{"v":1,"kind":"drop","id":"d","time":"2024-01-15T10:30:00Z","target":"x","reason":"noise"}"#;
        let content = format!("{}\n\n{drop}\n{}\nnot ours\n", run("x", "1", 1.0), run("y", "2", 2.0));
        let note = Note::parse(content.as_bytes());
        assert_eq!(note.runs.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["y"]);
        assert_eq!((note.drops.len(), note.unreadable.len()), (1, 1));
        let lines = content.lines().filter(|l| !l.is_empty()).map(str::as_bytes).collect();
        assert_eq!(settle(lines).len(), 3);
    }

    #[test]
    fn the_greater_of_two_lines_of_one_run_is_read() {
        let same = Note::parse(format!("{}\n{}\n", run("x", "1", 1.0), run("x", "1", 2.0)).as_bytes());
        assert_eq!((same.runs.len(), same.conflicts.len(), same.runs[0].m[0].value), (1, 0, Some(2.0)));
        let other = Note::parse(format!("{}\n{}\n", run("x", "1", 1.0), run("x", "2", 2.0)).as_bytes());
        assert_eq!((other.runs.len(), other.conflicts), (1, vec!["x".to_owned()]));
    }
}
