//! Taking runs out for good: only lines that a `drop` names, and only what no other note needs.

use std::collections::{BTreeMap, BTreeSet};

use super::retention::Candidate;
use super::{SEEN, Store};
use crate::Result;
use crate::git::{Change, Edit, Id, Notes};
use crate::model::Facts;
use crate::payload::keys::attachment_folder;
use crate::record::{Line, Note, RunRecord};

/// All runs of a repository as retention sees them.
#[derive(Debug, Default)]
pub struct Survey {
    /// Runs that count.
    pub standing: Vec<Candidate>,
    /// Runs that a `drop` took back, as long as their lines or the drops say where a payload lay.
    pub dropped: Vec<Candidate>,
    /// Lines that could not be read: nobody knows what they need.
    pub unreadable: usize,
}

impl Store<'_> {
    /// Reads all runs. `environment_key` tells machines apart.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note is not in this clone.
    pub fn survey(&self, environment_key: &dyn Fn(&Facts) -> String) -> Result<Survey> {
        let mut survey = Survey::default();
        let mut names: BTreeMap<String, u32> = BTreeMap::new();
        self.reader()?.each(&mut |object, content| {
            let note = Note::parse(content);
            survey.unreadable += note.unreadable.len();
            survey.dropped.extend(dropped(object, content, &note));
            for run in note.runs {
                let series = series(&run, environment_key, &mut names);
                survey.standing.push(candidate(object, run, series));
            }
            true
        })?;
        Ok(survey)
    }

    /// Fetches every notes ref of the remote, whatever its name, so that [`Store::named_elsewhere`] sees them all.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] where the remote cannot be reached.
    pub fn fetch_all_notes(&self, remote: &str) -> Result<()> {
        let refspec = format!("+refs/notes/*:{}/notes/*", super::sync::below(remote));
        let mut options = vec!["--prune", "--no-filter"];
        if self.repo.is_shallow() {
            options.extend(["--depth", "1"]);
        }
        self.repo.fetch(remote, &options, &[refspec]).map(|_| ())
    }

    /// Notes refs of the remote whose notes are not in this clone as they are there.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] where the remote cannot be reached.
    pub fn unseen_notes(&self, remote: &str) -> Result<Vec<String>> {
        let there = self.repo.remote_refs(remote, "refs/notes/*")?;
        Ok(there.into_iter().filter(|(_, id)| !self.repo.has(*id)).map(|(name, _)| name).collect())
    }

    /// Of these keys of payloads and folders of attachments, those that a run which counts names in any notes ref that is
    /// here: our own, others of this clone, and all that were fetched. In our own notes, and in those of `remote` as they were
    /// fetched, runs in `going` no longer count. A line that cannot be read and holds the key counts.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where a note is not in this clone.
    pub fn named_elsewhere(
        &self,
        keys: &BTreeSet<String>,
        going: &BTreeSet<(Id, String)>,
        remote: Option<&str>,
    ) -> Result<BTreeSet<String>> {
        let mut named = BTreeSet::new();
        if keys.is_empty() {
            return Ok(named);
        }
        let ours = [Some(self.options.notes_ref.clone()), remote.map(|remote| self.tracking(remote))];
        // The same notes under several names are read once.
        let mut tips: BTreeSet<(Id, bool)> = BTreeSet::new();
        for prefix in ["refs/notes/", "refs/bench/remotes/"] {
            let refs = self.repo.refs_below(prefix)?.into_iter();
            tips.extend(refs.map(|(name, id)| (id, ours.iter().flatten().any(|known| *known == name))));
        }
        for (tip, ours) in tips {
            let notes = Notes::at(self.repo, Some(tip))?;
            super::Reader::new(notes).each(&mut |object, content| {
                let mut note = Note::parse(content);
                note.runs.retain(|run| !ours || !going.contains(&(object, run.id.clone())));
                let payloads = note.runs.iter().filter_map(|run| run.payload.as_ref().map(|p| p.key.clone()));
                let attachments = note.runs.iter().map(|run| attachment_folder(&run.id));
                named.extend(payloads.chain(attachments).filter(|key| keys.contains(key)));
                if !note.unreadable.is_empty() {
                    named.extend(unread_lines(content).flat_map(|line| held(line, keys)));
                }
                true
            })?;
        }
        Ok(named)
    }

    /// Takes the lines of runs out whose `drop` stands, in one ordinary commit; the drops stay. What no drop names is left
    /// alone. Gives the number of lines.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the notes cannot be written.
    pub fn take_out(&self, runs: &BTreeSet<(Id, String)>) -> Result<usize> {
        if runs.is_empty() {
            return Ok(0);
        }
        let mut taken = 0;
        let objects: BTreeSet<Id> = runs.iter().map(|(object, _)| *object).collect();
        let message = format!("git bench: prune {}", runs.len());
        self.repo.edit_notes(&self.options.notes_ref, SEEN, &self.options.identity, &message, &mut |notes| {
            let mut changes: Vec<Change> = self.vanished(notes)?;
            taken = 0;
            for object in &objects {
                let at = changes.iter().position(|(known, _)| known == object);
                let content = match at {
                    Some(at) => changes.swap_remove(at).1.unwrap_or_default(),
                    None => notes.read(*object)?.unwrap_or_default(),
                };
                let (kept, gone) = without(&content, &|id| runs.contains(&(*object, id.to_owned())));
                taken += gone;
                if gone > 0 || at.is_some() {
                    changes.push((*object, Some(kept)));
                }
            }
            Ok(Edit { changes, ..Edit::default() })
        })?;
        Ok(taken)
    }
}

fn candidate(object: Id, run: RunRecord, series: Vec<u32>) -> Candidate {
    Candidate {
        object,
        id: run.id,
        time: run.time,
        suite: run.suite,
        release: run.channel == "release" || run.tag.is_some(),
        channel: run.channel,
        series,
        payload: run.payload,
    }
}

/// The series of a run: one a measurement; a run without any is a series of its suite and machine.
fn series(run: &RunRecord, environment_key: &dyn Fn(&Facts) -> String, names: &mut BTreeMap<String, u32>) -> Vec<u32> {
    let head = format!("{}\0{}", environment_key(&run.env), run.suite);
    let mut number = |name: String| {
        let next = names.len() as u32;
        *names.entry(name).or_insert(next)
    };
    if run.m.is_empty() {
        return vec![number(head)];
    }
    run.m.iter().map(|row| number(format!("{head}\0{}\0{}", row.name, row.metric))).collect()
}

/// Runs that drops of this note name, from their lines; where a merge has left these out, from the drops.
fn dropped(object: Id, content: &[u8], note: &Note) -> Vec<Candidate> {
    let mut found: BTreeMap<&str, Candidate> = BTreeMap::new();
    for drop in note.drops.iter().filter(|drop| drop.payload.is_some()) {
        let run = Candidate {
            object,
            id: drop.target.clone(),
            time: drop.time,
            suite: String::new(),
            channel: String::new(),
            release: false,
            series: Vec::new(),
            payload: drop.payload.clone(),
        };
        found.insert(&drop.target, run);
    }
    if !note.drops.is_empty() {
        for line in content.split(|b| *b == b'\n') {
            if let Line::Run(run) = Line::parse(line)
                && let Some(drop) = note.drops.iter().find(|drop| drop.target == run.id)
            {
                found.insert(&drop.target, candidate(object, *run, Vec::new()));
            }
        }
    }
    found.into_values().collect()
}

/// A note without the lines of runs that go and that a drop in it names, and how many these were.
fn without(content: &[u8], goes: &dyn Fn(&str) -> bool) -> (Vec<u8>, usize) {
    let drops: BTreeSet<String> = Note::parse(content).drops.into_iter().map(|drop| drop.target).collect();
    let (mut kept, mut gone) = (Vec::with_capacity(content.len()), 0);
    for line in content.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        match Line::parse(line) {
            Line::Run(run) if drops.contains(&run.id) && goes(&run.id) => gone += 1,
            _ => {
                kept.extend_from_slice(line);
                kept.push(b'\n');
            }
        }
    }
    (kept, gone)
}

fn unread_lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.split(|b| *b == b'\n').filter(|line| matches!(Line::parse(line), Line::Unreadable(_)))
}

/// The keys that a line holds as text.
fn held(line: &[u8], keys: &BTreeSet<String>) -> Vec<String> {
    let text = String::from_utf8_lossy(line);
    keys.iter().filter(|key| text.contains(key.as_str())).cloned().collect()
}
