//! May this update of the notes ref come in? What a server asks of a push: only new lines, valid ones, and a line goes only
//! where a `drop` for it stays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use super::Reader;
use crate::git::{Id, Notes, PathChange, Repo};
use crate::model::schema::{SCHEMAS, validate};
use crate::record::{Line, MAX_LINE, Unreadable};
use crate::{Error, Result};

/// A note over this size is refused unread, in bytes.
pub const MAX_NOTE: usize = 64 * 1024 * 1024;

/// So many faults are told; more are counted.
const TOLD: usize = 5;

static RECORD: LazyLock<Value> = LazyLock::new(|| {
    let text = SCHEMAS.iter().find(|(name, _)| *name == "record").map_or("{}", |(_, text)| text);
    serde_json::from_str(text).unwrap_or_default()
});

/// What is wrong with an update, in words that the pusher reads; empty = it may come in. `old` = `None` where the ref is
/// made by it.
///
/// # Errors
/// [`crate::Kind::Data`] where an object of the update is not here.
pub fn faults(repo: &Repo, old: Option<Id>, new: Id) -> Result<Vec<String>> {
    if let Some(old) = old
        && !repo.is_raw_ancestor(old, new)
    {
        return Ok(vec!["notes move forward only: fetch and merge first (git bench pull)".into()]);
    }
    let mut faults = Faults::default();
    let mut touched = BTreeSet::new();
    for change in repo.changed_paths(old, new)? {
        match note_of(repo, &change) {
            Ok(object) => drop(touched.insert(object)),
            Err(why) => faults.add(&change.path, why),
        }
    }
    let (before, after) = (Reader::new(Notes::at(repo, old)?), Reader::new(Notes::at(repo, Some(new))?));
    for object in touched {
        let read = |reader: &Reader<'_>| reader.notes().read(object).map(Option::unwrap_or_default);
        judge(&object.to_string(), &read(&before)?, &read(&after)?, &mut faults);
    }
    Ok(faults.told())
}

#[derive(Default)]
struct Faults {
    told: Vec<String>,
    more: usize,
}

impl Faults {
    fn add(&mut self, place: &str, why: impl std::fmt::Display) {
        if self.told.len() < TOLD {
            self.told.push(format!("{}: {why}", place.chars().take(12).collect::<String>()));
        } else {
            self.more += 1;
        }
    }

    fn told(mut self) -> Vec<String> {
        if self.more > 0 {
            self.told.push(format!("and {} more", self.more));
        }
        self.told
    }
}

/// The object whose note a path is.
fn note_of(repo: &Repo, change: &PathChange) -> std::result::Result<Id, String> {
    let hex = change.path.replace('/', "");
    let named =
        change.path.split('/').all(|part| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    let object = crate::git::id(&hex).filter(|_| named && hex.len() == repo.hex_len());
    let Some(object) = object else { return Err("no note: only notes may lie in this ref".into()) };
    if !change.gone && !change.plain {
        return Err("a note is a plain file".into());
    }
    match change.size {
        Some(size) if size > MAX_NOTE => Err(format!("a note of {size} bytes, over the limit of {MAX_NOTE}")),
        _ => Ok(object),
    }
}

fn lines(content: &[u8]) -> BTreeSet<&[u8]> {
    content.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).collect()
}

fn judge(object: &str, before: &[u8], after: &[u8], faults: &mut Faults) {
    let (old, new) = (lines(before), lines(after));
    let mut known: BTreeMap<&[u8], Line> = BTreeMap::new();
    for line in new.difference(&old) {
        let parsed = Line::parse(line);
        if let Err(why) = check(object, line, &parsed) {
            faults.add(object, why);
        }
        known.insert(line, parsed);
    }
    let gone: Vec<&&[u8]> = old.difference(&new).collect();
    if gone.is_empty() {
        return;
    }
    let dropped: BTreeSet<String> = new
        .iter()
        .filter_map(|line| match known.remove(line).unwrap_or_else(|| Line::parse(line)) {
            Line::Drop(drop) => Some(drop.target),
            _ => None,
        })
        .collect();
    for line in gone {
        let (kind, id) = match Line::parse(line) {
            Line::Run(run) => ("run", run.id),
            Line::Accept(accept) => ("accept", accept.id),
            Line::Drop(_) => ("drop", String::new()),
            Line::Twin(_) => ("twin", String::new()),
            Line::Unreadable(_) => ("unreadable", String::new()),
        };
        if id.is_empty() || !dropped.contains(&id) {
            let id = if id.is_empty() { id } else { format!(" of {id}") };
            faults.add(object, format!("a {kind} line{id} is gone without a drop that stays"));
        }
    }
}

/// Whether a new line is one that this version writes, about the object whose note it stands in.
fn check(object: &str, line: &[u8], parsed: &Line) -> std::result::Result<(), String> {
    let about = match parsed {
        Line::Unreadable(Unreadable::Newer(version, kind)) => {
            return Err(format!(
                "a line of version {version}, kind '{kind}', which the git-bench of this server does not know"
            ));
        }
        Line::Unreadable(Unreadable::TooLong(size)) => {
            return Err(format!("a line of {size} bytes, over the limit of {MAX_LINE}"));
        }
        Line::Unreadable(why @ Unreadable::Broken(_)) => return Err(why.to_string()),
        Line::Run(run) => Some(&run.commit),
        Line::Accept(accept) => Some(&accept.commit),
        Line::Twin(_) | Line::Drop(_) => None,
    };
    let document: Value = serde_json::from_slice(line).map_err(|e| format!("a broken line: {e}"))?;
    validate(&RECORD, &document).map_err(|fault| format!("not of the schema: {}: {}", fault.path, fault.expected))?;
    match about {
        Some(commit) if commit != object => Err("a line about another commit".into()),
        _ => Ok(()),
    }
}

/// The error of an update that may not come in.
pub fn refusal(name: &str, faults: &[String]) -> Error {
    Error::data(format!("'{name}' is not updated: {}", faults.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = include_str!("../../tests/fixtures/record.v1.line");

    fn said(before: &str, after: &str) -> Vec<String> {
        let line: Value = serde_json::from_str(LINE).unwrap();
        let mut faults = Faults::default();
        judge(line["commit"].as_str().unwrap(), before.as_bytes(), after.as_bytes(), &mut faults);
        faults.told()
    }

    #[test]
    fn lines_come_in_valid_and_go_only_with_a_drop() {
        let id = serde_json::from_str::<Value>(LINE).unwrap()["id"].as_str().unwrap().to_owned();
        let drop = format!(
            "{{\"v\":1,\"kind\":\"drop\",\"id\":\"d\",\"time\":\"2024-01-15T10:30:00Z\",\"target\":\"{id}\",\"reason\":\"x\"}}\n"
        );
        assert_eq!(said("", LINE), Vec::<String>::new());
        assert_eq!(said(LINE, &format!("{LINE}{drop}")), Vec::<String>::new());
        assert_eq!(said(&format!("{LINE}{drop}"), &drop), Vec::<String>::new());
        assert!(said(LINE, "")[0].contains("is gone without a drop"));
        assert!(said(&drop, "")[0].contains("a drop line is gone"));
        assert!(said("", "looks good\n")[0].contains("a broken line"));
        assert!(said("", "{\"v\":2,\"kind\":\"run\"}\n")[0].contains("version 2"));
        // What was there already is not judged again.
        assert_eq!(said("looks good\n", &format!("looks good\n{LINE}")), Vec::<String>::new());
        let other = LINE.replace("\"commit\":\"", "\"commit\":\"0");
        assert!(!said("", &other).is_empty());
    }
}
