//! `git bench drop`

use git_bench::git::Id;
use git_bench::record::{Drop, Note, PayloadRef, new_id};
use git_bench::{Error, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Take a run or an accepted change back
///
/// It no longer counts anywhere. Nothing is deleted: a line that says so is added to the note, and pushed like a run.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Ids of runs or accepts; the first 8 digits will do
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The commit whose note holds it (faster than looking through all notes)
    #[arg(long, value_name = "REV")]
    commit: Option<String>,
}

/// The object whose note holds it, its id, and the payload of a run.
type Hit = (Id, String, Option<PayloadRef>);

/// Shorter beginnings of an id are taken for a slip, not for a choice.
const SHORTEST: usize = 4;

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    if let Some(short) = args.ids.iter().find(|id| id.len() < SHORTEST) {
        return Err(Error::usage(format!("'{short}' is too short for an id: give at least {SHORTEST} digits"))
            .hint("git bench show REV shows the ids of a commit's runs"));
    }
    let store = context.store()?;
    let reader = store.reader()?;
    let mut hits: Vec<Vec<Hit>> = vec![Vec::new(); args.ids.len()];
    let mut dropped: Vec<Option<String>> = vec![None; args.ids.len()];
    let mut look = |object: Id, content: &[u8]| {
        let note = Note::parse(content);
        for (i, prefix) in args.ids.iter().enumerate() {
            let accepts = note.accepts.iter().map(|a| (&a.id, None));
            let known = note.runs.iter().map(|r| (&r.id, r.payload.clone())).chain(accepts);
            let fits = known.filter(|(id, _)| id.starts_with(prefix.as_str()));
            hits[i].extend(fits.map(|(id, payload)| (object, id.clone(), payload)));
            if let Some(drop) = note.drops.iter().find(|d| d.target.starts_with(prefix.as_str())) {
                dropped[i] = Some(drop.target.clone());
            }
        }
    };
    match &args.commit {
        Some(revision) => {
            let id = context.repo()?.resolve(revision)?.id;
            if let Some(content) = reader.notes().read(id)? {
                look(id, &content);
            }
        }
        None => reader.each(&mut |object, content| {
            look(object, content);
            true
        })?,
    }
    let who = context.git_value("user.name").map(str::to_owned);
    let mut drops = Vec::new();
    for ((prefix, hits), dropped) in args.ids.iter().zip(&hits).zip(&dropped) {
        match &hits[..] {
            [(object, target, payload)] => drops.push((
                *object,
                Drop {
                    id: new_id(),
                    time: context.now(),
                    who: who.clone(),
                    target: target.clone(),
                    reason: args.reason.clone(),
                    payload: payload.clone(),
                },
            )),
            [] => {
                return Err(match dropped {
                    Some(target) => Error::data(format!("'{target}' was dropped before")),
                    None => Error::data(format!("no run or accept has an id that begins with '{prefix}'")),
                }
                .hint("git bench show REV shows the ids of a commit's runs"));
            }
            several => {
                let list: Vec<_> =
                    several.iter().map(|(object, id, _)| format!("{id} on {}", &object.to_string()[..12])).collect();
                return Err(Error::usage(format!("'{prefix}' is not unique: {}", list.join(", ")))
                    .hint("give more digits, or --commit REV"));
            }
        }
    }
    store.add_drops(&drops)?;
    for (object, drop) in &drops {
        context.say(&format!("dropped {} on {}", drop.target, &object.to_string()[..12]));
    }
    context.hint("git bench push shares it");
    Ok(Outcome::Done)
}
