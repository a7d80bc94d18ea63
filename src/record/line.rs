//! One line of a note, read and written.

use super::rows::{Beginnings, read_run};
use super::v1::{Accept, Drop, Head, LightRow, MAX_LINE, Row, RunRecord, Tagged, Twin};
use super::write::compact;

/// A line as it was understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A run.
    Run(Box<RunRecord>),
    /// A pointer to runs of the same tree.
    Twin(Twin),
    /// An accepted change.
    Accept(Accept),
    /// A run or accept that no longer counts.
    Drop(Drop),
    /// Kept byte for byte, but not understood.
    Unreadable(Unreadable),
}

/// Why a line could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Written by a newer git-bench: version and kind.
    Newer(u64, String),
    /// No JSON, or not of the shape that its kind has; the parser's words.
    Broken(String),
    /// Over [`MAX_LINE`] bytes.
    TooLong(usize),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Newer(version, kind) => {
                write!(f, "a line of a newer git-bench (version {version}, kind '{kind}'); update git-bench to read it")
            }
            Self::Broken(why) => write!(f, "a broken line: {why}"),
            Self::TooLong(size) => write!(f, "a line of {size} bytes, over the limit of {MAX_LINE}"),
        }
    }
}

impl Line {
    /// Reads a line; never fails, never loses anything: what is not understood is [`Line::Unreadable`].
    pub fn parse(bytes: &[u8]) -> Self {
        Self::parse_after(bytes, &mut Beginnings::default())
    }

    /// The same, sooner where a run of the same rows was read before.
    pub(super) fn parse_after(bytes: &[u8], last: &mut Beginnings) -> Self {
        if bytes.len() > MAX_LINE {
            return Self::Unreadable(Unreadable::TooLong(bytes.len()));
        }
        if bytes.starts_with(br#"{"v":1,"kind":"run","#)
            // Checked as a whole, which costs less than string by string.
            && let Ok(text) = std::str::from_utf8(bytes)
            && let Ok(run) = read_run(text, last)
        {
            return Self::Run(Box::new(run));
        }
        Self::parse_any(bytes).unwrap_or_else(|why| Self::Unreadable(Unreadable::Broken(why.to_string())))
    }

    fn parse_any(bytes: &[u8]) -> serde_json::Result<Self> {
        let head: Head<'_> = serde_json::from_slice(bytes)?;
        if head.v != 1 {
            return Ok(Self::Unreadable(Unreadable::Newer(head.v, head.kind.into_owned())));
        }
        Ok(match &*head.kind {
            "run" => Self::Run(serde_json::from_slice(bytes)?),
            "twin" => Self::Twin(serde_json::from_slice(bytes)?),
            "accept" => Self::Accept(serde_json::from_slice(bytes)?),
            "drop" => Self::Drop(serde_json::from_slice(bytes)?),
            other => Self::Unreadable(Unreadable::Newer(1, other.to_owned())),
        })
    }
}

/// The runs of a note of which every line is a run of this version, each with an id of its own: nothing in it acts on
/// another line. Anything else is `None` and for [`super::Note::parse`]. Much cheaper, since names are borrowed.
/// `last` is of the runs that were read before.
pub fn light_runs<'a>(content: &'a [u8], last: &mut Beginnings) -> Option<Vec<RunRecord<LightRow<'a>>>> {
    let mut runs: Vec<RunRecord<LightRow<'a>>> = Vec::new();
    // Text is split several times faster than bytes.
    for line in std::str::from_utf8(content).ok()?.split('\n').filter(|line| !line.is_empty()) {
        if line.len() > MAX_LINE || !line.starts_with(r#"{"v":1,"kind":"run","#) {
            return None;
        }
        let run: RunRecord<LightRow<'_>> = read_run(line, last).ok()?;
        if runs.iter().any(|known| known.id == run.id) {
            return None;
        }
        runs.push(run);
    }
    runs.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    Some(runs)
}

impl RunRecord {
    /// The line, without newline.
    pub fn to_line(&self) -> Vec<u8> {
        compact(&Tagged { v: 1, kind: "run", body: self })
    }

    /// The size of its line in bytes, where that is over [`MAX_LINE`].
    pub fn over_limit(&mut self) -> Option<usize> {
        // A line of thousands of rows is not worth writing only to see that it is short enough: no row is longer than six a
        // byte of text that is escaped, and 25 a number.
        let longest = |row: &Row| {
            6 * (row.name.len() + row.metric.len() + row.unit.len())
                + 25 * (6 + row.samples.iter().flatten().count())
                + 50
        };
        let rows = std::mem::take(&mut self.m);
        let rest = self.to_line().len();
        self.m = rows;
        if rest + self.m.iter().map(longest).sum::<usize>() <= MAX_LINE {
            return None;
        }
        Some(self.to_line().len()).filter(|size| *size > MAX_LINE)
    }
}

impl Twin {
    /// The line, without newline.
    pub fn to_line(&self) -> Vec<u8> {
        compact(&Tagged { v: 1, kind: "twin", body: self })
    }
}

impl Accept {
    /// The line, without newline.
    pub fn to_line(&self) -> Vec<u8> {
        compact(&Tagged { v: 1, kind: "accept", body: self })
    }
}

impl Drop {
    /// The line, without newline.
    pub fn to_line(&self) -> Vec<u8> {
        compact(&Tagged { v: 1, kind: "drop", body: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURE: &[u8] = include_bytes!("../../tests/fixtures/record.v1.line");

    #[test]
    fn version_1_is_read_and_written_byte_for_byte() {
        let line = FIXTURE.strip_suffix(b"\n").unwrap();
        let Line::Run(run) = Line::parse(line) else { panic!("the fixture is no run") };
        assert_eq!(String::from_utf8(run.to_line()).unwrap(), String::from_utf8(line.to_vec()).unwrap());
        assert_eq!(run.m[1].name, "flash_attention_forward");
    }

    #[test]
    fn what_is_newer_or_broken_is_told_apart() {
        let reason = |text: &str| match Line::parse(text.as_bytes()) {
            Line::Unreadable(why) => why.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(reason(r#"{"v":2,"kind":"run","x":1}"#).contains("version 2, kind 'run'"));
        assert!(reason(r#"{"v":1,"kind":"sum"}"#).contains("kind 'sum'"));
        assert!(reason("plain text").contains("a broken line"));
        assert!(reason(r#"{"v":1,"kind":"run","id":"x"}"#).contains("missing field"));
    }
}
