//! The full benchmark of a week: the payloads of its runs in one document, a document for each store.

use std::collections::BTreeMap;

use git_bench::config::Config;
use git_bench::model::Time;
use git_bench::payload::{Object, Payloads, Wanted, keys};
use git_bench::record::{Note, PayloadRef, RunRecord};
use git_bench::{Error, Kind, Result};
use serde_json::{Value, json};

use super::context::Context;
use super::progress::Progress;
use super::stores::{LOCAL, fitting};

/// Version of the document, that of the result files in it.
const SCHEMA_VERSION: &str = "1.0.0";

/// Channels whose runs belong to the week.
const CHANNELS: [&str; 2] = ["daily", "weekly"];

/// The runs of a week.
#[derive(Default)]
pub(crate) struct Week {
    /// By time, then id.
    pub(crate) runs: Vec<RunRecord>,
    /// Lines that could not be read.
    pub(crate) unreadable: usize,
}

/// Finds the runs of channels daily and weekly whose time lies in the week.
pub(crate) fn runs_of(context: &Context, monday: Time) -> Result<Week> {
    let mut week = Week::default();
    let name = monday.week();
    context.store()?.reader()?.each(&mut |_, content| {
        let note = Note::parse(content);
        week.unreadable += note.unreadable.len();
        let fits = |run: &RunRecord| CHANNELS.contains(&run.channel.as_str()) && run.time.week() == name;
        week.runs.extend(note.runs.into_iter().filter(fits));
        true
    })?;
    week.runs.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    Ok(week)
}

/// What is written for one store.
pub(crate) struct Full {
    /// The store's name.
    pub(crate) store: String,
    /// Where it lies there.
    pub(crate) key: String,
    /// Runs in it.
    pub(crate) runs: usize,
    /// Bytes of it.
    pub(crate) size: usize,
    /// Whether it was written now; else it is there already as it is.
    pub(crate) written: bool,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Written {
    /// One document a store.
    pub(crate) full: Vec<Full>,
    /// Runs whose full result stays in the clone that recorded them, which is not this one.
    pub(crate) elsewhere: usize,
}

/// Writes the full benchmark of a week to each store that its runs belong to.
///
/// # Errors
/// Storage: a payload that cannot be read (nothing is written then), a store that cannot be written.
pub(crate) fn write(context: &Context, trusted: &Config, monday: Time, runs: &[RunRecord]) -> Result<Written> {
    let mut groups: BTreeMap<String, Vec<&PayloadRef>> = BTreeMap::new();
    for run in runs {
        if let Some(payload) = &run.payload {
            groups.entry(store_of(trusted, run, payload)).or_default().push(payload);
        }
    }
    let progress = Progress::new(context);
    let (total, mut done) = (groups.values().map(Vec::len).sum(), 0);
    let (mut documents, mut written) = (Vec::new(), Written::default());
    for (name, payloads) in &groups {
        let store = open(context, trusted, name)?;
        let mut hear = |n: usize| progress.step(done + n, total, "reading payloads");
        let values = read(context, &store, payloads, &mut hear)?;
        done += payloads.len();
        written.elsewhere += payloads.len() - values.len();
        if !values.is_empty() {
            documents.push((name, store, values.len(), document(&monday.week(), &values)));
        }
    }
    for (name, store, runs, bytes) in documents {
        let key = keys::weekly_key(monday);
        let same = store.get(&key, None, None).is_ok_and(|there| there == bytes);
        let size = bytes.len();
        if !same {
            let meta = vec![("schema".into(), SCHEMA_VERSION.into()), ("week".into(), monday.week())];
            store.overwrite(&Object { key: key.clone(), bytes, meta })?;
        }
        written.full.push(Full { store: name.clone(), key, runs, size, written: !same });
    }
    Ok(written)
}

/// The store of a run: the one that its note names, else the first trusted one that fits, else the clone's own.
fn store_of(trusted: &Config, run: &RunRecord, payload: &PayloadRef) -> String {
    match trusted.stores.iter().find(|store| store.name == payload.store) {
        Some(store) => store.name.clone(),
        None => fitting(trusted, &run.env).map_or_else(|| LOCAL.to_owned(), |store| store.name.clone()),
    }
}

fn open(context: &Context, trusted: &Config, name: &str) -> Result<Payloads> {
    match trusted.stores.iter().find(|store| store.name == name) {
        Some(entry) => context.open_store(entry),
        None => context.local_store(),
    }
}

/// The payloads, verified: many at once from their store, the rest from wherever they are. Left out is what another clone
/// keeps to itself.
fn read(
    context: &Context,
    store: &Payloads,
    payloads: &[&PayloadRef],
    hear: &mut dyn FnMut(usize),
) -> Result<Vec<Value>> {
    let wanted: Vec<Wanted> = payloads
        .iter()
        .map(|p| Wanted { key: p.key.clone(), sha256: Some(p.sha256.clone()), size: Some(p.size) })
        .collect();
    let hear = std::cell::RefCell::new(hear);
    let found = store.get_all(&wanted, &|n| (hear.borrow_mut())(n));
    let mut values = Vec::with_capacity(payloads.len());
    for (payload, bytes) in payloads.iter().zip(found) {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(_) => match context.fetch_payload(payload) {
                Ok(bytes) => bytes,
                Err(error) if payload.store == LOCAL && error.kind == Kind::Storage => continue,
                Err(error) => return Err(error.hint("git bench fsck --payloads tells what is missing")),
            },
        };
        let value = serde_json::from_slice(&bytes).map_err(|e| {
            Error::data(format!("the payload '{}' is no JSON, though its hash is right", payload.key)).because(e)
        })?;
        values.push(value);
    }
    Ok(values)
}

/// `{schema_version, week, runs}`, as our payloads are written.
fn document(week: &str, runs: &[Value]) -> Vec<u8> {
    let document = json!({"schema_version": SCHEMA_VERSION, "week": week, "runs": runs});
    let mut bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
