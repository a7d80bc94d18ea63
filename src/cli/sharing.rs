//! Payloads on their way to shared stores: all of them before the notes.

use std::collections::{BTreeMap, BTreeSet};

use git_bench::config::{Config, StoreEntry};
use git_bench::model::Facts;
use git_bench::payload::keys::is_fixed_copy;
use git_bench::payload::spool::{Item, Spool};
use git_bench::payload::{Object, Payloads, is_missing};
use git_bench::{Error, Result};
use serde_json::Value;

use super::context::Context;
use super::progress::Progress;
use super::stores::{LOCAL, fitting};

/// What became of the payloads.
#[derive(Debug, Default)]
pub(crate) struct Uploaded {
    /// Objects that are in a shared store now.
    pub(crate) sent: usize,
    /// Objects that stay in this clone, because no shared store fits.
    pub(crate) local: usize,
    /// Objects that stay spooled, because no trusted store has their name or fits.
    pub(crate) untrusted: Vec<String>,
    /// What failed, one error an object.
    pub(crate) failed: Vec<Error>,
}

/// One object and where its bytes come from.
struct Outgoing {
    item: Item,
    local: bool,
}

/// Uploads what lies in the spool and in `local` to the stores of a trusted configuration.
pub(crate) fn upload(context: &Context, trusted: &Config) -> Result<Uploaded> {
    let spool = context.spool()?;
    let mut done = Uploaded::default();
    let found = spool.items()?;
    for broken in &found.broken {
        context.warn(&format!("the spool holds '{}', which cannot be uploaded: {}", broken.path.display(), broken.why));
    }
    let mut outgoing: Vec<Outgoing> = found.items.into_iter().map(|item| Outgoing { item, local: false }).collect();
    let copied = Copied::read(context)?;
    if !trusted.stores.is_empty() {
        outgoing.extend(local_items(context, &copied)?);
    } else {
        let listed = context.local_store()?.list("").unwrap_or_default();
        done.local = listed.iter().filter(|object| !is_fixed_copy(&object.key)).count();
    }
    let mut by_store: BTreeMap<String, Vec<Outgoing>> = BTreeMap::new();
    for out in outgoing {
        match target(context, trusted, &spool, &out)? {
            Some(store) => by_store.entry(store.name.clone()).or_default().push(out),
            None if out.local => done.local += 1,
            None => done.untrusted.push(format!("{} (store '{}')", out.item.key, out.item.store)),
        }
    }
    for (name, group) in by_store {
        let Some(entry) = trusted.stores.iter().find(|s| s.name == name) else { continue };
        send(context, entry, &spool, &copied, group, &mut done)?;
    }
    Ok(done)
}

/// The store of an object: by the name that was chosen when it was recorded, else the first trusted one that fits.
fn target<'c>(context: &Context, trusted: &'c Config, spool: &Spool, out: &Outgoing) -> Result<Option<&'c StoreEntry>> {
    if let Some(entry) = trusted.stores.iter().find(|s| s.name == out.item.store) {
        return Ok(Some(entry));
    }
    let env = match read(context, spool, out)? {
        Some(bytes) => platform_of(&bytes),
        None => Facts::new(),
    };
    Ok(fitting(trusted, &env))
}

/// The bytes of an object; none where they are gone meanwhile.
fn read(context: &Context, spool: &Spool, out: &Outgoing) -> Result<Option<Vec<u8>>> {
    if out.local {
        return match context.local_store()?.get(&out.item.key, None, None) {
            Err(error) if is_missing(&error) => Ok(None),
            found => found.map(Some),
        };
    }
    spool.read(&out.item.sha256)
}

/// The facts that `when` looks at, from a payload's own bytes; attachments have none and go to a store that fits all.
fn platform_of(bytes: &[u8]) -> Facts {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let facts = |key: &str| document.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    facts("environment").into_iter().chain(facts("platform")).collect()
}

fn send(
    context: &Context,
    entry: &StoreEntry,
    spool: &Spool,
    copied: &Copied,
    group: Vec<Outgoing>,
    done: &mut Uploaded,
) -> Result<()> {
    let store = context.open_store(entry)?;
    let (mut outgoing, mut objects) = (Vec::with_capacity(group.len()), Vec::with_capacity(group.len()));
    for out in group {
        let Some(bytes) = read(context, spool, &out)? else {
            if out.local || !spool.waits(&out.item) {
                // Another push was faster, or a prune has taken it away.
                continue;
            }
            return Err(
                Error::data(format!("the bytes of '{}' are gone from the spool", out.item.key)).hint("git bench fsck")
            );
        };
        objects.push(Object { key: out.item.key.clone(), bytes, meta: out.item.meta.clone() });
        outgoing.push(out);
    }
    let results = {
        let progress = Progress::new(context);
        let what = format!("storing payloads in '{}'", entry.name);
        store.put_all(&objects, &|done| progress.step(done, objects.len(), &what))
    };
    for (out, (object, result)) in outgoing.iter().zip(objects.iter().zip(results)) {
        match result {
            Ok(_) => {
                done.sent += 1;
                if let Err(error) = copy_to_fixed(&store, object) {
                    context.warn(&format!("'{}' is stored, its fixed copy is not: {}", object.key, error.chain()));
                }
                if out.local { copied.add(&out.item.key)? } else { spool.remove_item(&out.item)? }
            }
            Err(error) => done.failed.push(error),
        }
    }
    Ok(())
}

/// The fixed copies of a place (`validation.json`, `release-benchmark.json`) follow the newest payload; a failure is no
/// failure of the upload, since no note points at them.
fn copy_to_fixed(store: &Payloads, object: &Object) -> Result<()> {
    let Some((place, _)) = object.key.rsplit_once('/') else { return Ok(()) };
    let name = match place.split('/').next() {
        Some("pr") => "validation.json",
        Some("releases") => "release-benchmark.json",
        _ => return Ok(()),
    };
    let key = format!("{place}/{name}");
    let newer = |there: &[u8]| timestamp(there) > timestamp(&object.bytes);
    if store.get(&key, None, None).is_ok_and(|there| newer(&there)) {
        return Ok(());
    }
    store.overwrite(&Object { key, ..object.clone() })
}

fn timestamp(bytes: &[u8]) -> Option<git_bench::model::Time> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    git_bench::model::Time::parse(document.get("metadata")?.get("timestamp")?.as_str()?)
}

fn local_items(context: &Context, copied: &Copied) -> Result<Vec<Outgoing>> {
    let store = context.local_store()?;
    let listed = store.list("").unwrap_or_default();
    Ok(listed
        .into_iter()
        .filter(|object| !copied.keys.contains(&object.key) && !is_fixed_copy(&object.key))
        .map(|object| Outgoing {
            item: Item { key: object.key, size: object.size, store: LOCAL.into(), ..Item::default() },
            local: true,
        })
        .collect())
}

/// Which objects of `local` were copied to a shared store: one key a line.
struct Copied {
    path: std::path::PathBuf,
    keys: BTreeSet<String>,
}

impl Copied {
    fn read(context: &Context) -> Result<Self> {
        let path = context.repo()?.bench_dir().join("copied");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Ok(Self { path, keys: text.lines().map(str::to_owned).collect() })
    }

    fn add(&self, key: &str) -> Result<()> {
        use std::io::Write;
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        options
            .open(&self.path)
            .and_then(|mut file| file.write_all(format!("{key}\n").as_bytes()))
            .map_err(|e| Error::data(format!("cannot write '{}'", self.path.display())).because(e))
    }
}
