//! `fsck --repair`: payloads that a store lost are put back from wherever the right bytes are.

use std::collections::{BTreeMap, BTreeSet};

use git_bench::config::StoreEntry;
use git_bench::payload::{self, Fault, Object, Payloads, Wanted, fault};
use git_bench::record::PayloadRef;
use git_bench::{Error, Result};

use super::checking::{AT_ONCE, Files, Needed};
use super::context::Context;
use super::progress::Progress;
use super::stores::LOCAL;

/// What came of it.
#[derive(Default)]
pub(crate) struct Mended {
    /// What was put where: key, and store.
    pub(crate) put: Vec<(String, String)>,
    /// What was looked at, and what is still wrong.
    pub(crate) files: Files,
}

/// The stores of this clone, each opened once.
struct Stores<'c> {
    context: &'c Context,
    open: BTreeMap<String, Option<Payloads>>,
}

impl Stores<'_> {
    /// A store to read from; `None` where it is not configured here, or cannot be opened.
    fn get(&mut self, name: &str) -> Option<&Payloads> {
        let context = self.context;
        let open = || {
            if name == LOCAL {
                return context.local_store().ok();
            }
            let entry = context.config().ok()?.stores.iter().find(|s| s.name == name)?;
            context.open_store(entry).ok()
        };
        self.open.entry(name.to_owned()).or_insert_with(open).as_ref()
    }
}

/// Reads every payload from the store that its note names, then the attachments that they name, and puts back what is
/// missing there. Nothing is overwritten. Like `push`, it writes to no store that only the work tree's `bench.toml` names.
pub(crate) fn mend(context: &Context, payloads: Vec<Needed>) -> Result<Mended> {
    let mut result = Mended::default();
    result.files.payloads = payloads.len() as u64;
    let needs_trust = payloads.iter().any(|needed| needed.file.store != LOCAL);
    let trusted = if needs_trust { context.trusted(true)?.1.stores } else { Vec::new() };
    let mut stores = Stores { context, open: BTreeMap::new() };
    let attached = round(&mut stores, &trusted, payloads, &mut result)?;
    result.files.attachments = attached.len() as u64;
    round(&mut stores, &trusted, attached, &mut result)?;
    Ok(result)
}

/// Mends these files; gives the attachments that they name.
fn round(
    stores: &mut Stores<'_>,
    trusted: &[StoreEntry],
    needed: Vec<Needed>,
    result: &mut Mended,
) -> Result<Vec<Needed>> {
    let context = stores.context;
    let progress = Progress::new(context);
    let (total, mut done, mut attached) = (needed.len(), 0, Vec::new());
    let mut by_store: BTreeMap<String, Vec<Needed>> = BTreeMap::new();
    for one in needed {
        by_store.entry(one.file.store.clone()).or_default().push(one);
    }
    for (name, list) in by_store {
        let target = if name == LOCAL {
            Some(context.local_store()?)
        } else {
            trusted.iter().find(|s| s.name == name).map(|entry| context.open_store(entry)).transpose()?
        };
        for part in list.chunks(AT_ONCE) {
            let asked: Vec<Wanted> = part
                .iter()
                .map(|n| Wanted {
                    key: n.file.key.clone(),
                    sha256: Some(n.file.sha256.clone()),
                    size: Some(n.file.size),
                })
                .collect();
            let answers = match &target {
                Some(store) => store.get_all(&asked, &|n| progress.step(done + n, total, "reading payloads")),
                None => asked.iter().map(|_| Err(Error::storage(not_configured(&name)))).collect(),
            };
            done += part.len();
            for (needed, answer) in part.iter().zip(answers) {
                let found = match answer {
                    Ok(bytes) => Found::Elsewhere(bytes),
                    Err(error) => one(context, stores, target.as_ref(), &needed.file, &error)?,
                };
                match found {
                    Found::Elsewhere(bytes) => attached.extend(needed.attachments(&bytes)),
                    Found::Put(bytes) => {
                        attached.extend(needed.attachments(&bytes));
                        result.put.push((needed.file.key.clone(), name.clone()));
                    }
                    Found::Fault(why) => {
                        let fault = format!("{} '{}': {why}", needed.what(), needed.file.key);
                        result.files.faults.push((needed.object, fault));
                    }
                }
            }
        }
    }
    Ok(attached)
}

fn not_configured(name: &str) -> String {
    format!("the store '{name}' is configured neither in git config nor by the base branch")
}

enum Found {
    /// It is where it should be, or its own store is none of ours and another one has it.
    Elsewhere(Vec<u8>),
    Put(Vec<u8>),
    Fault(String),
}

/// Mends one payload whose store answered with an error.
fn one(
    context: &Context,
    stores: &mut Stores<'_>,
    target: Option<&Payloads>,
    payload: &PayloadRef,
    error: &Error,
) -> Result<Found> {
    // What was recorded without a shared store is wherever `push` put it; a fresh clone needs no copy of it.
    let at_home = payload.store != LOCAL;
    let missing = payload::is_missing(error);
    let wrong = fault(error) == Some(Fault::WrongBytes);
    if target.is_some() && !missing && !wrong {
        // No rights, no network: nobody knows what is there.
        return Ok(Found::Fault(error.chain()));
    }
    let Some((bytes, source)) = source(context, stores, payload)? else {
        return Ok(Found::Fault(format!("{}; the right bytes are nowhere else", error.chain())));
    };
    match target {
        None => Ok(Found::Elsewhere(bytes)),
        Some(_) if wrong => Ok(Found::Fault(format!(
            "other bytes lie in '{}' under its key, and nothing is overwritten: take them away there, then repair again; \
             {source} has the right ones",
            payload.store
        ))),
        Some(_) if !at_home && source != SPOOL => Ok(Found::Elsewhere(bytes)),
        Some(store) => {
            let meta = context.spool()?.items()?.items.into_iter().find(|item| item.sha256 == payload.sha256);
            let object = Object { key: payload.key.clone(), bytes, meta: meta.map(|i| i.meta).unwrap_or_default() };
            match store.put(&object) {
                Ok(_) => Ok(Found::Put(object.bytes)),
                Err(error) => Ok(Found::Fault(error.chain())),
            }
        }
    }
}

const SPOOL: &str = "the spool";

/// The right bytes, and who has them.
fn source(context: &Context, stores: &mut Stores<'_>, payload: &PayloadRef) -> Result<Option<(Vec<u8>, String)>> {
    // Spoilt bytes in the spool are no reason not to ask further.
    if let Ok(Some(bytes)) = context.spool()?.read(&payload.sha256) {
        return Ok(Some((bytes, SPOOL.to_owned())));
    }
    let mut names = vec![LOCAL.to_owned()];
    names.extend(context.config()?.stores.iter().map(|s| s.name.clone()));
    let mut asked = BTreeSet::from([payload.store.clone()]);
    for name in names.into_iter().filter(|name| asked.insert(name.clone())) {
        let Some(store) = stores.get(&name) else { continue };
        if let Ok(bytes) = store.get(&payload.key, Some(&payload.sha256), Some(payload.size)) {
            return Ok(Some((bytes, format!("'{name}'"))));
        }
    }
    Ok(None)
}
