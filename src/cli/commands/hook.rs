//! `git bench hook`

use git_bench::git::{self, Id, Repo};
use git_bench::model::Pattern;
use git_bench::store::gate;
use git_bench::{Error, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Refuse pushes that lose or spoil records: for hooks/update of a server's repository
///
/// Called by git on the server, from hooks/update, with the ref and its old and new id. An update of the notes ref comes in
/// if it goes forward, adds only lines that are valid, takes a line away only where a 'drop' for it stays, and is by a
/// writer: 'bench.writers' in the server's git config. Updates of other refs come in unasked. docs/access-control.md says
/// how to set it up, and what it proves.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    hook: Hook,
}

#[derive(clap::Subcommand, Debug)]
enum Hook {
    /// Judge the update of one ref, as git calls hooks/update
    Update(Update),
}

#[derive(clap::Args, Debug)]
struct Update {
    /// The full name of the ref
    #[arg(value_name = "REF")]
    name: String,
    /// What it points at; zeros = it is made
    old: String,
    /// What it is to point at; zeros = it is deleted
    new: String,
}

/// Where servers name the user who pushes; the first that is set counts.
const PUSHER: &[&str] = &["GIT_BENCH_PUSHER", "GL_USERNAME", "GITEA_PUSHER_NAME", "REMOTE_USER"];

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let Hook::Update(update) = args.hook;
    let repo = context.repo()?;
    // The server's own git config alone: what is pushed must not choose its judge.
    let config = context.config_with(None)?;
    let notes_ref = context.notes_ref(&config);
    let incoming = update.name.starts_with("refs/notes/bench-incoming/");
    if update.name != notes_ref && !incoming {
        return Ok(Outcome::Done);
    }
    let (old, new) = (end(repo, &update.old)?, end(repo, &update.new)?);
    let Some(new) = new else { return deleted(repo, &update.name, old.filter(|_| incoming), &notes_ref) };
    writer(context, repo, new)?;
    let faults = gate::faults(repo, old, new)?;
    if faults.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(gate::refusal(&update.name, &faults))
}

/// An id as git hands it to hooks; `None` for zeros.
fn end(repo: &Repo, hex: &str) -> Result<Option<Id>> {
    if hex.len() == repo.hex_len() && hex.bytes().all(|b| b == b'0') {
        return Ok(None);
    }
    let id = git::id(hex).filter(|_| hex.len() == repo.hex_len());
    id.map(Some).ok_or_else(|| {
        Error::usage(format!("'{hex}' is no full id"))
            .hint("git calls it: exec git bench hook update \"$@\" in hooks/update")
    })
}

/// Only what CI jobs left, once the notes ref has it, may be deleted.
fn deleted(repo: &Repo, name: &str, incoming: Option<Id>, notes_ref: &str) -> Result<Outcome> {
    let merged = match (incoming, repo.read_ref(notes_ref)?) {
        (Some(id), Some(tip)) => repo.is_raw_ancestor(id, tip),
        _ => false,
    };
    if merged {
        return Ok(Outcome::Done);
    }
    let why =
        if incoming.is_some() { "is not merged into the notes yet" } else { "holds records and is never deleted" };
    Err(Error::data(format!("'{name}' {why}")))
}

/// Refuses who is no writer. A name that the server gives counts alone; else the addresses that the commits claim.
fn writer(context: &Context, repo: &Repo, new: Id) -> Result<()> {
    let writers: Vec<Pattern> =
        context.git_list("bench.writers").iter().map(|w| Pattern::new(&w.to_lowercase())).collect();
    if writers.is_empty() {
        return Ok(());
    }
    let listed = |name: &str| writers.iter().any(|pattern| pattern.matches(&name.to_lowercase()));
    let pusher = PUSHER.iter().find_map(|name| context.variable(name));
    let strangers: Vec<String> = match pusher {
        Some(name) => Some(name.to_owned()).filter(|name| !listed(name)).into_iter().collect(),
        None => repo.new_committers(new)?.into_iter().filter(|address| !listed(address)).collect(),
    };
    if strangers.is_empty() {
        return Ok(());
    }
    Err(Error::data(format!("'{}' is no benchmark writer here", strangers.join("', '")))
        .hint("the owner of this server adds one by: git config --add bench.writers NAME"))
}
