//! Every payload against its hash, from wherever it lies; then the attachments that they name.

use std::collections::{BTreeMap, BTreeSet};

use git_bench::Result;
use git_bench::git::Id;
use git_bench::payload::{self, Payloads, Wanted};

use super::{AT_ONCE, Needed};
use crate::cli::context::Context;
use crate::cli::progress::Progress;
use crate::cli::stores::LOCAL;

/// What came of it.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) payloads: u64,
    pub(crate) attachments: u64,
    /// What is missing or wrong, and in whose note it is named.
    pub(crate) faults: Vec<(Id, String)>,
}

/// Reads payloads, then their attachments: from the spool, the store that the note names, then every other one.
pub(crate) fn check_files(context: &Context, payloads: Vec<Needed>) -> Result<Files> {
    let mut files = Files { payloads: payloads.len() as u64, ..Files::default() };
    let mut stores = Stores { context, open: BTreeMap::new() };
    let attached = round(&mut stores, payloads, &mut files.faults)?;
    files.attachments = attached.len() as u64;
    round(&mut stores, attached, &mut files.faults)?;
    Ok(files)
}

/// Reads these files; gives the attachments that they name.
fn round(stores: &mut Stores<'_>, needed: Vec<Needed>, faults: &mut Vec<(Id, String)>) -> Result<Vec<Needed>> {
    let progress = Progress::new(stores.context);
    let (total, mut done, mut attached) = (needed.len(), 0, Vec::new());
    for part in needed.chunks(AT_ONCE) {
        let mut hear = |n: usize| progress.step(done + n, total, "reading payloads");
        some(stores, part.to_vec(), &mut attached, faults, &mut hear)?;
        done += part.len();
    }
    Ok(attached)
}

fn some(
    stores: &mut Stores<'_>,
    mut left: Vec<Needed>,
    attached: &mut Vec<Needed>,
    faults: &mut Vec<(Id, String)>,
    hear: &mut dyn FnMut(usize),
) -> Result<()> {
    let spool = stores.context.spool()?;
    let mut still = Vec::new();
    for one in left {
        match spool.read(&one.file.sha256)? {
            Some(bytes) => attached.extend(one.attachments(&bytes)),
            None => still.push(one),
        }
    }
    left = still;
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let count = left.len();
    for name in stores.names(&left)? {
        let Some(store) = stores.get(&name)? else { continue };
        let list: Vec<Wanted> = left
            .iter()
            .map(|n| Wanted { key: n.file.key.clone(), sha256: Some(n.file.sha256.clone()), size: Some(n.file.size) })
            .collect();
        let hear = std::cell::RefCell::new(&mut *hear);
        let results = store.get_all(&list, &|n| (hear.borrow_mut())((count - list.len()) + n));
        let mut still = Vec::new();
        for (one, result) in left.into_iter().zip(results) {
            match result {
                Ok(bytes) => attached.extend(one.attachments(&bytes)),
                Err(error) => {
                    // What a store says of a broken object counts more than that others do not have it.
                    if !payload::is_missing(&error) || !said.contains_key(&one.file.sha256) {
                        said.insert(one.file.sha256.clone(), error.chain());
                    }
                    still.push(one);
                }
            }
        }
        left = still;
        if left.is_empty() {
            break;
        }
    }
    for one in left {
        let why = said
            .remove(&one.file.sha256)
            .unwrap_or_else(|| format!("the store '{}' is not configured here", one.file.store));
        faults.push((one.object, format!("{} '{}': {why}", one.what(), one.file.key)));
    }
    Ok(())
}

/// Stores, each opened once.
struct Stores<'c> {
    context: &'c Context,
    open: BTreeMap<String, Option<Payloads>>,
}

impl Stores<'_> {
    /// Which stores to ask, in order: those that are named, then all others.
    fn names(&self, needed: &[Needed]) -> Result<Vec<String>> {
        let named: BTreeSet<String> = needed.iter().map(|n| n.file.store.clone()).collect();
        let mut names: Vec<String> = named.into_iter().collect();
        names.push(LOCAL.into());
        names.extend(self.context.config()?.stores.iter().map(|s| s.name.clone()));
        let mut asked = BTreeSet::new();
        names.retain(|name| asked.insert(name.clone()));
        Ok(names)
    }

    fn get(&mut self, name: &str) -> Result<Option<&Payloads>> {
        if !self.open.contains_key(name) {
            let store = if name == LOCAL {
                Some(self.context.local_store()?)
            } else {
                let entry = self.context.config()?.stores.iter().find(|s| s.name == name);
                entry.map(|entry| self.context.open_store(entry)).transpose()?
            };
            self.open.insert(name.to_owned(), store);
        }
        Ok(self.open.get(name).and_then(Option::as_ref))
    }
}
