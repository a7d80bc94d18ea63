//! `git bench fsck`

use std::collections::{BTreeMap, BTreeSet};

use git_bench::git::Id;
use git_bench::payload::{self, Payloads, Wanted};
use git_bench::record::{Note, PayloadRef};
use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::mending;
use crate::cli::stores::LOCAL;

/// Check that every line reads and every payload is there and right
///
/// Reads every note; with --payloads also every payload, from its store, against its hash. Says what is wrong; exit code 4
/// if anything is. With --repair, a payload that is missing in the store that its note names is put back from the spool or
/// from another store; nothing is ever overwritten.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only runs of the commits of this revision's first-parent history, newest N
    #[arg(short = 'n', long, value_name = "N")]
    number: Option<usize>,
    /// Read every payload, too
    #[arg(long)]
    payloads: bool,
    /// Put back what a store lost, from the spool or another store; reads every payload
    #[arg(long)]
    repair: bool,
    /// Forget what this clone has seen: the local notes are deleted, and nothing is put back
    #[arg(long, conflicts_with_all = ["number", "payloads", "repair"])]
    forget: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    if args.forget {
        return forget(context);
    }
    let reader = context.store()?.reader()?;
    let mut listing = Listing::new("fsck");
    listing.columns = vec![("object", 0), ("fault", 0)];
    let (mut notes, mut runs) = (0u64, 0u64);
    let mut wanted: BTreeMap<String, (PayloadRef, Id)> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut visit = |object: Id, content: &[u8]| {
        notes += 1;
        let note = Note::parse(content);
        runs += note.runs.len() as u64;
        faults.extend(note.unreadable.iter().map(|why| (object, why.to_string())));
        faults.extend(
            note.conflicts.iter().map(|id| (object, format!("run id {id} stands on two runs with different input"))),
        );
        for run in &note.runs {
            if let Some(payload) = &run.payload {
                wanted.entry(payload.sha256.clone()).or_insert_with(|| (payload.clone(), object));
            }
        }
        true
    };
    match args.number {
        None => reader.each(&mut visit)?,
        Some(most) => {
            let repo = context.repo()?;
            let head = repo.head()?.ok_or_else(|| Error::data("this repository has no commit yet"))?;
            for step in repo.first_parents(head).take(most) {
                let step = step?;
                if let Some(content) = reader.notes().read(step.id)? {
                    visit(step.id, &content);
                }
            }
        }
    }
    let checked = if args.repair {
        let mended = mending::mend(context, wanted.into_values().collect())?;
        for (key, store) in &mended.put {
            listing.line(format!("put '{key}' back into '{store}'"), Tone::Good);
        }
        listing.fact("mended", mended.put.len());
        faults.extend(mended.faults);
        mended.checked
    } else if args.payloads {
        check_payloads(context, wanted, &mut faults)?
    } else {
        0
    };
    for (object, fault) in &faults {
        listing.row(&[("object", Value::from(object.to_string())), ("fault", Value::from(fault.as_str()))]);
    }
    listing.fact("notes", notes);
    listing.fact("runs", runs);
    listing.fact("payloads", checked);
    listing.fact("faults", faults.len());
    let payloads = if args.payloads || args.repair { format!(", {checked} payloads") } else { String::new() };
    let tone = if faults.is_empty() { Tone::Good } else { Tone::Bad };
    listing.line(format!("{notes} notes, {runs} runs{payloads}: {} faults", faults.len()), tone);
    context.output.report(&listing)?;
    if faults.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(Error::data(format!("{} faults were found; every line is kept as it is", faults.len()))
        .hint("a newer git-bench reads newer lines; git bench drop ID takes a run back"))
}

/// Fetches every payload, concurrently by store, and notes what is missing or wrong.
fn check_payloads(
    context: &Context,
    wanted: BTreeMap<String, (PayloadRef, Id)>,
    faults: &mut Vec<(Id, String)>,
) -> Result<u64> {
    let config = context.config()?;
    let spool = context.spool()?;
    let mut left: Vec<(PayloadRef, Id)> = Vec::new();
    let count = wanted.len() as u64;
    for (payload, object) in wanted.into_values() {
        if spool.read(&payload.sha256)?.is_none() {
            left.push((payload, object));
        }
    }
    let mut names: Vec<String> =
        left.iter().map(|(p, _)| p.store.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    names.push(LOCAL.into());
    names.extend(config.stores.iter().map(|s| s.name.clone()));
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for name in names.into_iter().filter(|name| asked.insert(name.clone())) {
        let Some(store) = open(context, &name)? else { continue };
        let list: Vec<Wanted> = left
            .iter()
            .map(|(p, _)| Wanted { key: p.key.clone(), sha256: Some(p.sha256.clone()), size: Some(p.size) })
            .collect();
        let results = store.get_all(&list, &|_| ());
        let mut still = Vec::new();
        for (one, result) in left.into_iter().zip(results) {
            if let Err(error) = result {
                // What a store says of a broken object counts more than that others do not have it.
                if !payload::is_missing(&error) || !said.contains_key(&one.0.sha256) {
                    said.insert(one.0.sha256.clone(), error.chain());
                }
                still.push(one);
            }
        }
        left = still;
    }
    for (payload, object) in left {
        let why = said
            .remove(&payload.sha256)
            .unwrap_or_else(|| format!("the store '{}' is not configured here", payload.store));
        faults.push((object, format!("payload '{}': {why}", payload.key)));
    }
    Ok(count)
}

fn open(context: &Context, name: &str) -> Result<Option<Payloads>> {
    if name == LOCAL {
        return context.local_store().map(Some);
    }
    match context.config()?.stores.iter().find(|s| s.name == name) {
        Some(entry) => context.open_store(entry).map(Some),
        None => Ok(None),
    }
}

fn forget(context: &Context) -> Result<Outcome> {
    let repo = context.repo()?;
    let store = context.store()?;
    for name in [store.notes_ref(), "refs/bench/seen"] {
        if let Some(id) = repo.read_ref(name)? {
            repo.delete_ref(name, id)?;
            context.say(&format!("deleted {name} (it was {id})"));
        }
    }
    context.hint("git bench pull fetches what the remote has");
    Ok(Outcome::Done)
}
