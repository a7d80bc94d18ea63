//! `git bench status`

use git_bench::Result;
use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Show what is pending: payloads to store, notes to push, notes to pull
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

pub(crate) fn run(context: &Context, _args: Args) -> Result<Outcome> {
    let base = context.base()?;
    let store = context.store()?;
    let repo = context.repo()?;
    let mut listing = Listing::new("status");
    listing.columns = vec![("store", 0), ("key", 0), ("bytes", 1)];
    let mut hints = Vec::new();
    let recorded = repo.read_ref(store.notes_ref())?;
    listing.fact("ref", store.notes_ref());
    if recorded.is_none() {
        listing.line("nothing is recorded here yet", Tone::Plain);
        hints.push("git bench record FILE records a run; git bench pull fetches what others recorded".to_owned());
    }
    match context.remote(Some(&base.name))? {
        Some(remote) => {
            let standing = store.standing(&remote)?;
            listing.fact("remote", remote.as_str());
            listing.fact("ahead", standing.ahead);
            listing.fact("behind", standing.behind);
            listing.fact("incoming", standing.incoming);
            match (standing.ahead, standing.behind) {
                _ if !standing.known && recorded.is_some() => {
                    listing.line(format!("the notes were never fetched from or pushed to '{remote}'"), Tone::Plain);
                    hints.push("git bench push".into());
                }
                (0, 0) => listing.line(format!("notes up to date with '{remote}', as last fetched"), Tone::Plain),
                (ahead, behind) => {
                    if ahead > 0 {
                        listing.line(format!("{} to push to '{remote}'", counted(ahead, "note")), Tone::Warn);
                        hints.push("git bench push".into());
                    }
                    if behind > 0 {
                        let are = if behind == 1 { "is" } else { "are" };
                        let notes = counted(behind, "note");
                        listing.line(format!("{notes} of '{remote}' {are} not merged"), Tone::Warn);
                        hints.push("git bench pull".into());
                    }
                }
            }
            if standing.incoming > 0 {
                let wait = if standing.incoming == 1 { "waits" } else { "wait" };
                let refs = counted(standing.incoming, "incoming ref");
                listing.line(format!("{refs} of CI jobs {wait} on '{remote}'"), Tone::Warn);
                hints.push("git bench pull && git bench push".into());
            }
        }
        None => listing.line("no remote: what is recorded stays in this clone", Tone::Plain),
    }
    let spooled = context.spool()?.items()?;
    for item in &spooled.items {
        listing.row(&[
            ("store", Value::from(item.store.as_str())),
            ("key", Value::from(item.key.as_str())),
            ("bytes", Value::from(item.size)),
            ("run", Value::from(item.run_id.as_str())),
        ]);
    }
    listing.fact("spooled", spooled.items.len());
    if !spooled.items.is_empty() {
        let wait = if spooled.items.len() == 1 { "waits" } else { "wait" };
        listing.line(format!("{} {wait} to be stored:", counted(spooled.items.len(), "payload")), Tone::Warn);
        hints.push("git bench push stores payloads, then pushes notes".into());
    }
    for broken in &spooled.broken {
        listing.line(format!("unreadable in the spool: {}: {}", broken.path.display(), broken.why), Tone::Bad);
    }
    context.output.report(&listing)?;
    // Of two hints that hold the same command, the one that says more.
    hints.sort();
    hints.dedup();
    for hint in &hints {
        if !hints.iter().any(|other| other != hint && other.contains(hint.as_str())) {
            context.hint(hint);
        }
    }
    Ok(Outcome::Done)
}

/// `1 note`, `2 notes`.
fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}
