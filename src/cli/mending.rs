//! `fsck --repair`: payloads that a store lost are put back from wherever the right bytes are.

use std::collections::{BTreeMap, BTreeSet};

use git_bench::git::Id;
use git_bench::payload::{self, Fault, Object, Payloads, Wanted, fault};
use git_bench::record::PayloadRef;
use git_bench::{Error, Result};

use super::context::Context;
use super::stores::LOCAL;

/// What came of it.
#[derive(Default)]
pub(crate) struct Mended {
    /// Payloads that were looked at.
    pub(crate) checked: u64,
    /// What was put where: key, and store.
    pub(crate) put: Vec<(String, String)>,
    /// What is still wrong.
    pub(crate) faults: Vec<(Id, String)>,
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

/// Reads every payload from the store that its note names, and puts back what is missing there. Nothing is overwritten.
/// Like `push`, it writes to no store that only the work tree's `bench.toml` names.
pub(crate) fn mend(context: &Context, wanted: Vec<(PayloadRef, Id)>) -> Result<Mended> {
    let mut result = Mended { checked: wanted.len() as u64, ..Mended::default() };
    let mut by_store: BTreeMap<String, Vec<(PayloadRef, Id)>> = BTreeMap::new();
    for one in wanted {
        by_store.entry(one.0.store.clone()).or_default().push(one);
    }
    let needs_trust = by_store.keys().any(|name| name != LOCAL);
    let trusted = if needs_trust { context.trusted(true)?.1.stores } else { Vec::new() };
    let mut stores = Stores { context, open: BTreeMap::new() };
    for (name, list) in by_store {
        let target = if name == LOCAL {
            Some(context.local_store()?)
        } else {
            trusted.iter().find(|s| s.name == name).map(|entry| context.open_store(entry)).transpose()?
        };
        let asked: Vec<Wanted> = list
            .iter()
            .map(|(p, _)| Wanted { key: p.key.clone(), sha256: Some(p.sha256.clone()), size: Some(p.size) })
            .collect();
        let answers: Vec<Result<()>> = match &target {
            Some(store) => store.get_all(&asked, &|_| ()).into_iter().map(|r| r.map(|_| ())).collect(),
            None => asked.iter().map(|_| Err(Error::storage(not_configured(&name)))).collect(),
        };
        for ((payload, object), answer) in list.into_iter().zip(answers) {
            let Err(error) = answer else { continue };
            match one(context, &mut stores, target.as_ref(), &payload, &error)? {
                Found::Elsewhere => {}
                Found::Put => result.put.push((payload.key, name.clone())),
                Found::Fault(why) => result.faults.push((object, format!("payload '{}': {why}", payload.key))),
            }
        }
    }
    Ok(result)
}

fn not_configured(name: &str) -> String {
    format!("the store '{name}' is configured neither in git config nor by the base branch")
}

enum Found {
    /// Its own store is none of ours, another one has it.
    Elsewhere,
    Put,
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
        None => Ok(Found::Elsewhere),
        Some(_) if wrong => Ok(Found::Fault(format!(
            "other bytes lie in '{}' under its key, and nothing is overwritten: take them away there, then repair again; \
             {source} has the right ones",
            payload.store
        ))),
        Some(_) if !at_home && source != SPOOL => Ok(Found::Elsewhere),
        Some(store) => {
            let meta = context.spool()?.items()?.items.into_iter().find(|item| item.sha256 == payload.sha256);
            let object = Object { key: payload.key.clone(), bytes, meta: meta.map(|i| i.meta).unwrap_or_default() };
            match store.put(&object) {
                Ok(_) => Ok(Found::Put),
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
