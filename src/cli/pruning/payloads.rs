//! Payloads of runs that were dropped: which may go, and where they lie.

use std::collections::{BTreeMap, BTreeSet};

use git_bench::Result;
use git_bench::config::StoreEntry;
use git_bench::model::Time;
use git_bench::payload::keys::attachment_folder;
use git_bench::payload::{Listed, Payloads, check_key};
use git_bench::store::retention::Candidate;

use super::Asked;
use crate::cli::context::Context;

/// A run that was dropped, and what is to become of its payload and attachments.
pub(crate) struct Going {
    pub(crate) run: Candidate,
    pub(crate) fate: Fate,
    /// What lies where: number of the store, key, bytes.
    objects: Vec<(usize, Listed)>,
}

/// What becomes of the objects of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It has none, or they are gone already.
    Nothing,
    /// They go.
    Goes,
    /// They stay for now; why.
    Stays(String),
}

impl Going {
    /// Bytes of all its objects.
    pub(crate) fn bytes(&self) -> u64 {
        self.objects.iter().map(|(_, object)| object.size).sum()
    }

    /// How many objects it has.
    pub(crate) fn count(&self) -> usize {
        self.objects.len()
    }
}

/// The plan, and the stores it is about.
pub(crate) struct Judged {
    pub(crate) going: Vec<Going>,
    stores: Vec<Payloads>,
}

impl std::ops::Deref for Judged {
    type Target = [Going];

    fn deref(&self) -> &[Going] {
        &self.going
    }
}

/// Says of each run what becomes of its objects. Nothing goes that a run which counts names, in any notes that are on the
/// remote; that is younger than the grace; or whose store this clone may not write to.
pub(crate) fn judge(context: &Context, asked: &Asked, runs: Vec<Candidate>) -> Result<Judged> {
    let none = |run: Candidate, fate: Fate| Going { run, fate, objects: Vec::new() };
    if asked.keep_payloads || runs.is_empty() {
        let going = runs.into_iter().map(|run| none(run, Fate::Stays("asked for".into()))).collect();
        return Ok(Judged { going, stores: Vec::new() });
    }
    let store = context.store()?;
    let unseen = match &asked.remote {
        Some(remote) => store.unseen_notes(remote)?,
        None => Vec::new(),
    };
    let ids = runs.iter().map(|run| (run.object, run.id.clone())).collect();
    let named = store.named_elsewhere(&keys(&runs), &ids, asked.remote.as_deref())?;
    let mut shelves = Shelves::open(context, &runs)?;
    let mut going = Vec::with_capacity(runs.len());
    for run in runs {
        if !unseen.is_empty() {
            let why = format!("the notes on '{}' are not here as they are there", unseen[0]);
            going.push(none(run, Fate::Stays(why)));
            continue;
        }
        let mine = [run.payload.as_ref().map(|p| p.key.clone()), Some(attachment_folder(&run.id))];
        if mine.iter().flatten().any(|key| named.contains(key)) {
            going.push(none(run, Fate::Stays("another note names it".into())));
            continue;
        }
        going.push(shelves.judge(run, asked.grace));
    }
    Ok(Judged { going, stores: shelves.open.into_iter().map(|shelf| shelf.store).collect() })
}

/// Deletes what goes. What cannot be deleted stays, and says why.
pub(crate) fn delete(mut judged: Judged) -> Judged {
    for (number, store) in judged.stores.iter().enumerate() {
        let goes = |going: &&Going| going.fate == Fate::Goes;
        let keys: Vec<String> = judged
            .going
            .iter()
            .filter(goes)
            .flat_map(|going| going.objects.iter().filter(|(n, _)| *n == number).map(|(_, object)| object.key.clone()))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let failed: BTreeMap<String, String> = keys
            .iter()
            .zip(store.delete_all(&keys))
            .filter_map(|(key, result)| Some((key.clone(), result.err()?.chain())))
            .collect();
        for going in judged.going.iter_mut().filter(|going| going.fate == Fate::Goes) {
            let why =
                going.objects.iter().filter(|(n, _)| *n == number).find_map(|(_, object)| failed.get(&object.key));
            if let Some(why) = why {
                going.fate = Fate::Stays(why.clone());
            }
        }
    }
    judged
}

/// The keys and folders that the objects of these runs have.
fn keys(runs: &[Candidate]) -> BTreeSet<String> {
    let payloads = runs.iter().filter_map(|run| run.payload.as_ref().map(|p| p.key.clone()));
    payloads.chain(runs.iter().map(|run| attachment_folder(&run.id))).collect()
}

/// A store that is open, and what was listed of it by prefix.
struct Shelf {
    store: Payloads,
    listed: BTreeMap<String, Result<Vec<Listed>, String>>,
}

/// The stores that this clone may write to.
struct Shelves {
    open: Vec<Shelf>,
}

impl Shelves {
    fn open(context: &Context, runs: &[Candidate]) -> Result<Self> {
        let mut open = vec![Shelf { store: context.local_store()?, listed: BTreeMap::new() }];
        // As `push` and `fsck --repair`: no store that only the work tree's `bench.toml` names.
        if runs.iter().any(|run| run.payload.is_some()) {
            let entries: Vec<StoreEntry> = context.trusted(true)?.1.stores;
            for entry in entries {
                open.push(Shelf { store: context.open_store(&entry)?, listed: BTreeMap::new() });
            }
        }
        Ok(Self { open })
    }

    fn judge(&mut self, run: Candidate, grace: Time) -> Going {
        let (mut objects, mut stays) = (Vec::new(), None);
        if let Some(payload) = &run.payload {
            let home = payload.store.as_str();
            if !self.open.iter().any(|shelf| shelf.store.name() == home) {
                stays = Some(format!("the store '{home}' is configured neither in git config nor by the base branch"));
            }
            if let Err(error) = check_key(&payload.key) {
                stays = Some(error.message);
            }
            if run.release || payload.key.starts_with("releases/") {
                stays = Some("it is of a release".into());
            }
        }
        for (number, shelf) in self.open.iter_mut().enumerate() {
            if stays.is_some() {
                break;
            }
            match shelf.of(&run) {
                Ok(found) => objects.extend(found.into_iter().map(|object| (number, object))),
                Err(why) => stays = Some(why),
            }
        }
        // Where a merge left only its drop, nobody knows any more when it ran; the time of the drop says nothing of it.
        let ran = (!run.suite.is_empty()).then_some(run.time);
        let newest = objects.iter().map(|(_, object)| Time(object.modified)).chain(ran).max();
        let fate = match stays {
            Some(why) => Fate::Stays(why),
            None if objects.is_empty() => Fate::Nothing,
            None if newest.is_some_and(|newest| newest >= grace) => {
                Fate::Stays(format!("within the grace, not from before {}", grace.date()))
            }
            None => Fate::Goes,
        };
        Going { run, fate, objects }
    }
}

impl Shelf {
    /// The objects of a run here. Under the payload's key only what has its size; what else lies there is not ours.
    fn of(&mut self, run: &Candidate) -> Result<Vec<Listed>, String> {
        let mut found = Vec::new();
        if let Some(payload) = &run.payload {
            let place = payload.key.rsplit_once('/').map_or("", |(place, _)| place);
            let prefix = if place.is_empty() { payload.key.clone() } else { format!("{place}/") };
            let fits = |object: &&Listed| object.key == payload.key && object.size == payload.size;
            found.extend(self.list(&prefix)?.iter().filter(fits).cloned());
        }
        let folder = attachment_folder(&run.id);
        found.extend(self.list("attachments/")?.iter().filter(|object| object.key.starts_with(&folder)).cloned());
        Ok(found)
    }

    fn list(&mut self, prefix: &str) -> Result<&[Listed], String> {
        let store = &self.store;
        let known =
            self.listed.entry(prefix.to_owned()).or_insert_with(|| store.list(prefix).map_err(|error| error.chain()));
        known.as_deref().map_err(Clone::clone)
    }
}
