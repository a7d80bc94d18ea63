//! `git bench fsck`

use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::checking::{Files, Range, check_files, read_lines};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::mending;

/// Check that every line reads and every payload is there and right
///
/// Reads every note, or those of a range; with --payloads also every payload and attachment, from its store, against its
/// hash. Says what is wrong; exit code 4 if anything is. With --repair, what is missing in the store that its note names is
/// put back from the spool or from another store; nothing is ever overwritten.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only the first-parent history of this revision, or of A..B
    #[arg(value_name = "REV|A..B")]
    range: Option<String>,
    /// Only its newest N commits (without a revision, those of HEAD)
    #[arg(short = 'n', long, value_name = "N")]
    number: Option<usize>,
    /// Read every payload and attachment, too
    #[arg(long)]
    payloads: bool,
    /// Put back what a store lost, from the spool or another store; reads every payload and attachment
    #[arg(long)]
    repair: bool,
    /// Forget what this clone has seen: the local notes are deleted, and nothing is put back
    #[arg(long, conflicts_with_all = ["range", "number", "payloads", "repair"])]
    forget: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    if args.forget {
        return forget(context);
    }
    let lines = read_lines(context, &Range { revisions: args.range, number: args.number })?;
    let mut listing = Listing::new("fsck");
    listing.columns = vec![("object", 0), ("fault", 0)];
    let (mut faults, read) = (lines.faults, args.payloads || args.repair);
    let files = if args.repair {
        let mended = mending::mend(context, lines.payloads)?;
        for (key, store) in &mended.put {
            listing.line(format!("put '{key}' back into '{store}'"), Tone::Good);
        }
        listing.fact("mended", mended.put.len());
        mended.files
    } else if args.payloads {
        check_files(context, lines.payloads)?
    } else {
        Files::default()
    };
    faults.extend(files.faults);
    for (object, fault) in &faults {
        listing.row(&[("object", Value::from(object.to_string())), ("fault", Value::from(fault.as_str()))]);
    }
    listing.fact("notes", lines.notes);
    listing.fact("runs", lines.runs);
    listing.fact("payloads", files.payloads);
    listing.fact("attachments", files.attachments);
    listing.fact("faults", faults.len());
    let mut text = format!("{} notes, {} runs", lines.notes, lines.runs);
    if read {
        text.push_str(&format!(", {} payloads", files.payloads));
    }
    if files.attachments > 0 {
        text.push_str(&format!(", {} attachments", files.attachments));
    }
    let tone = if faults.is_empty() { Tone::Good } else { Tone::Bad };
    listing.line(format!("{text}: {} faults", faults.len()), tone);
    context.output.report(&listing)?;
    if faults.is_empty() {
        return Ok(Outcome::Done);
    }
    Err(Error::data(format!("{} faults were found; every line is kept as it is", faults.len()))
        .hint("a newer git-bench reads newer lines; git bench drop ID takes a run back"))
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
