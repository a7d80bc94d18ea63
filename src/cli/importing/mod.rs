//! Bringing whole histories: from entries to notes, thousands of runs in one notes commit.

mod layout;
mod source;
mod spot;
mod tally;

pub(crate) use source::{Reading, Tracker, read};
pub(crate) use tally::Tally;

use std::collections::BTreeSet;

use git_bench::config::Config;
use git_bench::model::{Facts, IDENTITY, Run, Time, environment_key};
use git_bench::record::{Composed, Known, MAX_LINE, PayloadRef, RunRecord, compose_all};
use git_bench::store::{Added, Store};
use git_bench::{Error, Kind, Result};
use serde_json::Value;

use super::context::Context;
use super::recording::{Wishes, keep};
use spot::{Spot, Spots};

/// Runs that go into one notes commit.
const BATCH: usize = 10_000;

/// One entry of a history on its way into a note.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// Where it stands in the history.
    place: String,
    run: Run,
    /// The input digest, 64 hex digits.
    digest: String,
    /// What a bucket's place says.
    channel: Option<String>,
    pr: Option<u64>,
    tag: Option<String>,
    /// Where its payload lies already.
    stored: Option<PayloadRef>,
    /// The time for a run that states none.
    time: Option<Time>,
}

/// An entry that is not taken.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) place: String,
    pub(crate) why: String,
}

/// A history as it was read.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) entries: Vec<Entry>,
    pub(crate) refused: Vec<Refused>,
    /// What was passed over on purpose: how many, of what.
    pub(crate) passed: Vec<(usize, &'static str)>,
}

impl History {
    fn refuse(&mut self, place: impl Into<String>, why: impl Into<String>) {
        self.refused.push(Refused { place: place.into(), why: why.into() });
    }
}

/// What the command line says of the runs.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) platform: Facts,
    pub(crate) suite: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) store: Option<String>,
    pub(crate) dry_run: bool,
}

/// A run whose place is known.
struct Placed {
    place: String,
    stored: Option<PayloadRef>,
    here: bool,
}

/// Takes the entries of a history in order, in batches.
///
/// # Errors
/// What cannot be written. An entry that cannot be taken is no error, but told in the tally.
pub(crate) fn bring(context: &Context, history: History, wanted: &Wanted) -> Result<Tally> {
    let bringer = Bringer { context, config: context.config()?, store: context.store()?, wanted };
    let History { entries, refused, passed } = history;
    let mut tally = Tally::new(entries.len() + refused.len(), refused, passed);
    let mut spots = Spots::new(context.repo()?);
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut entries = entries.into_iter();
    loop {
        let (mut runs, mut places) = (Vec::new(), Vec::new());
        for entry in entries.by_ref().take(BATCH) {
            let place = entry.place.clone();
            match bringer.place(entry, &mut spots)? {
                Err(why) => tally.refused.push(Refused { place, why }),
                Ok((placed, run, known)) => {
                    runs.push((run, known));
                    places.push(placed);
                }
            }
        }
        if runs.is_empty() && entries.len() == 0 {
            break;
        }
        let mut batch = Vec::with_capacity(runs.len());
        for (placed, composed) in places.into_iter().zip(compose_all(runs, &|env| environment_key(env, IDENTITY))) {
            match composed {
                Err(error) => tally.refused.push(Refused { place: placed.place, why: error.chain() }),
                Ok(mut composed) => {
                    if composed.record.over_limit().is_some() {
                        let why = format!("its line would be over the limit of {MAX_LINE} bytes");
                        tally.refused.push(Refused { place: placed.place, why });
                        continue;
                    }
                    if !seen.insert((composed.record.commit.clone(), composed.record.id.clone())) {
                        tally.repeated += 1;
                        continue;
                    }
                    if placed.stored.is_some() {
                        composed.record.payload.clone_from(&placed.stored);
                        composed.document = None;
                    }
                    batch.push((placed, composed));
                }
            }
        }
        bringer.write(batch, &mut tally)?;
    }
    if tally.new > 0 && !wanted.dry_run {
        let _ = context.repo()?.git().output(&["gc", "--auto", "--quiet"]);
    }
    Ok(tally)
}

struct Bringer<'c> {
    context: &'c Context,
    config: &'c Config,
    store: Store<'c>,
    wanted: &'c Wanted,
}

impl Bringer<'_> {
    /// The commit of an entry and what is known of the run there, or why it is not taken.
    fn place(&self, entry: Entry, spots: &mut Spots) -> Result<Result<(Placed, Run, Known), String>> {
        let Entry { place, run, digest, channel, pr, tag, stored, time } = entry;
        if run.measurements.is_empty() && run.tests.is_none() {
            return Ok(Err("nothing was measured in it".into()));
        }
        let (commit, here) = match spots.find(run.commit.as_deref())? {
            Spot::Here(commit) => (commit.id.to_string(), Some(commit)),
            Spot::Absent(id) => (id, None),
            Spot::Nowhere(why) => return Ok(Err(why)),
        };
        let metadata = |key: &str| run.document.as_ref()?.get("metadata")?.get(key)?.as_str().filter(|s| !s.is_empty());
        let base = match metadata("base_commit").map(|base| spots.find(Some(base))).transpose()? {
            Some(Spot::Here(base)) => Some(base.id.to_string()),
            _ => None,
        };
        let wanted = self.wanted;
        let suite = wanted.suite.as_deref().or(metadata("suite")).unwrap_or(self.config.text("bench.suite"));
        let ctime = here.as_ref().map(|c| c.time);
        let dirty = document_flag(&run, "dirty");
        let known = Known {
            commit,
            // A dirty run has no tree.
            tree: here.as_ref().filter(|_| !dirty).map(|c| c.tree.to_string()),
            ctime,
            parents: here.iter().flat_map(|c| &c.parents).map(ToString::to_string).collect(),
            subject: here.as_ref().map(|c| c.subject.clone()),
            branch: run.branch.clone().or_else(|| wanted.branch.clone()),
            base,
            pr,
            tag,
            suite: suite.to_owned(),
            channel: wanted.channel.clone().or(channel).unwrap_or_else(|| "daily".into()),
            dirty,
            now: time.or(ctime.map(Time)).unwrap_or_else(|| self.context.now()),
            platform: run.platform.iter().chain(&wanted.platform).map(|(k, v)| (k.clone(), v.clone())).collect(),
            environment: run.environment.clone(),
            input: digest,
            ..Known::default()
        };
        Ok(Ok((Placed { place, stored, here: here.is_some() }, run, known)))
    }

    /// Writes some runs in one notes commit; payloads of new ones that the line cannot hold are kept first.
    fn write(&self, batch: Vec<(Placed, Composed)>, tally: &mut Tally) -> Result<()> {
        let (mut records, mut documents, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (placed, Composed { record, document, warnings }) in batch {
            tally.warnings.extend(warnings);
            if let Some(document) = document {
                documents.push((records.len(), document));
            }
            records.push(record);
            places.push(placed);
        }
        let with_document: Vec<RunRecord> = documents.iter().map(|(i, _)| records[*i].clone()).collect();
        for ((i, document), fate) in documents.into_iter().zip(self.store.foresee(&with_document)?) {
            if fate == Added::New {
                tally.payloads += 1;
                if !self.wanted.dry_run {
                    records[i] = self.keep(records[i].clone(), document)?;
                }
            }
        }
        let fates = match self.wanted.dry_run {
            true => self.store.foresee(&records)?,
            false => self.store.add_history(&records)?,
        };
        for ((placed, record), fate) in places.into_iter().zip(&records).zip(fates) {
            tally.add(placed, record, fate);
        }
        Ok(())
    }

    fn keep(&self, record: RunRecord, document: serde_json::Map<String, Value>) -> Result<RunRecord> {
        let mut composed = Composed { record, document: Some(document), warnings: Vec::new() };
        let wishes = Wishes { store: self.wanted.store.clone(), ..Wishes::default() };
        keep(self.context, self.config, &mut composed, &wishes)?;
        Ok(composed.record)
    }
}

fn document_flag(run: &Run, key: &str) -> bool {
    let metadata = run.document.as_ref().and_then(|d| d.get("metadata"));
    metadata.and_then(|m| m.get(key)).and_then(Value::as_bool).unwrap_or(false)
}

/// An error about one entry holds up nothing but it; everything else ends the import.
fn of_entry<T>(result: Result<T>) -> Result<Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.kind == Kind::Data => Ok(Err(error.chain())),
        Err(error) => Err(error),
    }
}

/// The error of a word that only other trackers understand.
fn not_of(tracker: Tracker, option: &str, of: &str) -> Error {
    Error::usage(format!("'{option}' is of {of}, not of {}", tracker.name()))
        .hint("git bench help import tells which option is whose")
}
