//! Sharing notes with a remote: fetch, union, push; never a force, never a lost line.

use std::time::Duration;

use super::{SEEN, Store};
use crate::git::{self, Edit, Id, Notes};
use crate::payload::sha256_hex;
use crate::record::settle;
use crate::{Error, Result};

/// Lost races before the notes go to an incoming ref instead.
const RACES: u32 = 8;

/// Where jobs put notes that could not be merged at once.
const INCOMING: &str = "bench-incoming";

/// How to push.
#[derive(Clone, Debug, Default)]
pub struct PushOptions {
    /// Never fetch: once refused, put the notes on an incoming ref (a CI job in a clone that never had the notes).
    pub no_fetch: bool,
    /// A number that is different in every process, for jitter and the name of an incoming ref.
    pub unique: u128,
}

/// How a push ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// There are no notes to push.
    Nothing,
    /// The remote had them already.
    UpToDate,
    /// They are on the notes ref; after how many lost races.
    Done(u32),
    /// They wait on this incoming ref until somebody pulls and pushes.
    Incoming(String),
}

/// What a pull brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Whether the local notes changed.
    pub changed: bool,
    /// How many incoming refs were merged; the next push deletes them.
    pub incoming: usize,
    /// Whether the remote has notes at all.
    pub present: bool,
}

/// How the local notes stand to what was last fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Noted objects that differ from the remote's: something to push.
    pub ahead: usize,
    /// Noted objects of the remote that are not merged: something to pull.
    pub behind: usize,
    /// Incoming refs that wait on the remote, as last fetched.
    pub incoming: usize,
    /// Whether anything was ever fetched.
    pub known: bool,
}

impl Store<'_> {
    pub(super) fn tracking(&self, remote: &str) -> String {
        let name = self.options.notes_ref.strip_prefix("refs/notes/").unwrap_or(&self.options.notes_ref);
        format!("{}/notes/{name}", below(remote))
    }

    fn incoming_prefix(&self, remote: &str) -> String {
        format!("{}/notes/{INCOMING}/", below(remote))
    }

    fn fetch_notes(&self, remote: &str, refetch: bool) -> Result<()> {
        let name = self.options.notes_ref.strip_prefix("refs/notes/").unwrap_or(&self.options.notes_ref);
        let refspecs: Vec<String> = [format!("{name}*"), format!("{INCOMING}/*")]
            .iter()
            .filter(|pattern| name != "bench" || pattern.starts_with("bench*"))
            .map(|pattern| format!("+refs/notes/{pattern}:{}/notes/{pattern}", below(remote)))
            .collect();
        let mut options = vec!["--prune", "--no-filter"];
        if refetch {
            options.push("--refetch");
        }
        if self.repo.is_shallow() {
            options.extend(["--depth", "1"]);
        }
        self.repo.fetch(remote, &options, &refspecs).map(|_| ())
    }

    /// Fetches the notes of a remote and merges them, incoming ones too, into the local notes.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] where the remote cannot be reached; [`crate::Kind::Data`] where notes cannot be written.
    pub fn pull(&self, remote: &str, refetch: bool) -> Result<Pulled> {
        self.repo.heal()?;
        self.fetch_notes(remote, refetch)?;
        let before = self.repo.read_ref(&self.options.notes_ref)?;
        let theirs = self.repo.read_ref(&self.tracking(remote))?;
        let incoming = self.repo.refs_below(&self.incoming_prefix(remote))?;
        let mut after = before;
        for tip in theirs.into_iter().chain(incoming.iter().map(|(_, id)| *id)) {
            after = self.merge(tip, remote)?;
        }
        Ok(Pulled { changed: before != after, incoming: incoming.len(), present: theirs.is_some() })
    }

    /// Merges a notes commit into the local notes: by fast-forward where that loses nothing, else by union.
    fn merge(&self, theirs: Id, remote: &str) -> Result<Option<Id>> {
        let Self { repo, options } = self;
        let message = format!("git bench: merge the notes of {remote}");
        repo.edit_notes(&options.notes_ref, SEEN, &options.identity, &message, &mut |notes| {
            let put_back = self.vanished(notes)?;
            let Some(ours) = notes.tip() else {
                // Deleted locally, or never there: theirs, with what is put back on top.
                let base = Notes::at(repo, Some(theirs))?;
                return Ok(Edit { onto: Some(theirs), changes: self.vanished(&base)?, merged: Vec::new() });
            };
            if ours == theirs || (put_back.is_empty() && repo.is_ancestor(theirs, ours)) {
                return Ok(Edit { changes: put_back, ..Edit::default() });
            }
            let other = Notes::at(repo, Some(theirs))?;
            if put_back.is_empty() && repo.is_ancestor(ours, theirs) {
                // A fast-forward, with the lines on top that theirs has lost.
                let changes = repo.union_changes(&other, notes, None, &settle)?;
                return Ok(Edit { onto: Some(theirs), changes, merged: Vec::new() });
            }
            let base = if put_back.is_empty() { repo.merge_base(ours, theirs) } else { None };
            let mut changes = repo.union_changes(notes, &other, base, &settle)?;
            for (object, content) in put_back {
                match changes.iter_mut().find(|(known, _)| *known == object) {
                    Some(known) => merge_contents(&mut known.1, content),
                    None => changes.push((object, content)),
                }
            }
            Ok(Edit { onto: None, changes, merged: vec![theirs] })
        })
    }

    /// Pushes the local notes; merges and tries again where somebody was faster.
    ///
    /// # Errors
    /// [`crate::Kind::Storage`] where the remote cannot be reached or refuses the ref.
    pub fn push(&self, remote: &str, how: &PushOptions) -> Result<Pushed> {
        // Lines that another writer lost are put back first.
        self.edit("git bench: put back lost lines", &mut |_| Ok(()))?;
        let Some(_) = self.repo.read_ref(&self.options.notes_ref)? else { return Ok(Pushed::Nothing) };
        let never_fetched = self.repo.read_ref(&self.tracking(remote))?.is_none();
        let refspec = format!("{0}:{0}", self.options.notes_ref);
        for attempt in 0..=RACES {
            let done = match self.repo.push(remote, &refspec, None)? {
                git::Pushed::Done => Pushed::Done(attempt),
                git::Pushed::UpToDate => Pushed::UpToDate,
                git::Pushed::Refused(why) => return Err(self.refused(remote, &why)),
                git::Pushed::Raced if (how.no_fetch && never_fetched) || attempt == RACES => break,
                git::Pushed::Raced => {
                    std::thread::sleep(jitter(how.unique, attempt));
                    self.pull(remote, false)?;
                    continue;
                }
            };
            self.follow(remote)?;
            self.delete_incoming(remote);
            return Ok(done);
        }
        let name = format!("refs/notes/{INCOMING}/{}", uuid::Uuid::from_u128(how.unique));
        match self.repo.push(remote, &format!("{}:{name}", self.options.notes_ref), None)? {
            git::Pushed::Refused(why) => Err(self.refused(remote, &why)),
            _ => Ok(Pushed::Incoming(name)),
        }
    }

    /// The tracking ref follows what was just pushed.
    fn follow(&self, remote: &str) -> Result<()> {
        let tracking = self.tracking(remote);
        if let Some(tip) = self.repo.read_ref(&self.options.notes_ref)? {
            let known = self.repo.read_ref(&tracking)?;
            if known != Some(tip) {
                self.repo.swap_ref_alone(&tracking, tip, known, "git bench: push")?;
            }
        }
        Ok(())
    }

    /// Deletes incoming refs that the pushed notes carry. It does not matter if that fails: the next push does it.
    fn delete_incoming(&self, remote: &str) {
        let prefix = self.incoming_prefix(remote);
        let Ok(found) = self.repo.refs_below(&prefix) else { return };
        let Ok(Some(tip)) = self.repo.read_ref(&self.options.notes_ref) else { return };
        for (name, id) in found {
            if !self.repo.is_ancestor(id, tip) {
                continue;
            }
            let there = format!("refs/notes/{INCOMING}/{}", name.strip_prefix(&prefix).unwrap_or_default());
            let _ = self.repo.push(remote, &format!(":{there}"), Some(&format!("{there}:{id}")));
            let _ = self.repo.delete_ref(&name, id);
        }
    }

    fn refused(&self, remote: &str, why: &str) -> Error {
        let error = Error::storage(format!("'{remote}' refuses '{}': {why}", self.options.notes_ref));
        if why.contains("hidden ref") {
            return error.hint(
                "on the server: git config --add receive.hideRefs '!refs/notes' (or transfer.hideRefs) lets notes in; or set \
                 'bench.ref' to a ref that it shows",
            );
        }
        error.hint(
            "the server must allow pushes to refs/notes/*; ask its owner, or set 'bench.ref' to a ref that it allows",
        )
    }

    /// How the local notes stand to those of the remote, as last fetched or pushed.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where notes cannot be read.
    pub fn standing(&self, remote: &str) -> Result<Standing> {
        let ours = self.reader()?;
        let theirs = self.repo.read_ref(&self.tracking(remote))?;
        let incoming = self.repo.refs_below(&self.incoming_prefix(remote))?.len();
        let other = Notes::at(self.repo, theirs)?;
        let empty = Notes::at(self.repo, None)?;
        let count = |a: &Notes<'_>, b: &Notes<'_>| -> Result<usize> {
            let base = if a.tip().is_none() { &empty } else { a };
            Ok(self.repo.union_changes(base, b, None, &settle)?.len())
        };
        Ok(Standing {
            ahead: count(&other, ours.notes())?,
            behind: count(ours.notes(), &other)?,
            incoming,
            known: theirs.is_some(),
        })
    }
}

/// The refs of a remote as last seen lie below this. A URL or path is no part of a ref, and may hold a password: its hash
/// stands for it.
pub(super) fn below(remote: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/+@".contains(c);
    let odd = ["..", "//", "@{", "/.", "./"].iter().any(|part| remote.contains(part));
    let ends = remote.starts_with(['/', '.', '-']) || remote.ends_with(['/', '.']) || remote.ends_with(".lock");
    if remote.is_empty() || odd || ends || !remote.chars().all(plain) {
        return format!("refs/bench/remotes/url-{}", &sha256_hex(remote.as_bytes())[..16]);
    }
    format!("refs/bench/remotes/{remote}")
}

fn merge_contents(known: &mut Option<Vec<u8>>, more: Option<Vec<u8>>) {
    let (a, b) = (known.take().unwrap_or_default(), more.unwrap_or_default());
    let mut lines: Vec<&[u8]> =
        a.split(|c| *c == b'\n').chain(b.split(|c| *c == b'\n')).filter(|l| !l.is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    *known = Some(settle(lines).into_iter().flat_map(|line| line.into_iter().chain([b'\n'])).collect());
}

/// Full jitter up to a second, from a number that differs in every process.
fn jitter(unique: u128, attempt: u32) -> Duration {
    let mixed = (unique as u64 ^ (unique >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(attempt * 7);
    Duration::from_millis(mixed % (50u64 << attempt).min(1000))
}
