//! `git bench pull`

use git_bench::Result;

use super::push::remote;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Fetch what others recorded and merge it
///
/// Fetches the notes (whole, also in a partial clone; in a shallow clone without their history) and merges them into the
/// local ones: the union of both. Nothing of yours is lost, pushed or not.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The remote (default: that of the base branch, else origin)
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// Fetch notes again that an earlier filtered fetch left out
    #[arg(long)]
    refetch: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let base = context.base()?;
    let remote = remote(context, args.remote.as_deref(), &base.name)?;
    let pulled = context.store()?.pull(&remote, args.refetch)?;
    match (pulled.present, pulled.changed) {
        (false, _) if pulled.incoming == 0 => {
            context.say(&format!("'{remote}' has no notes yet"));
            context.hint("git bench push shares yours");
        }
        (_, true) => context.say(&format!("merged the notes of '{remote}'")),
        (_, false) => context.say("already up to date"),
    }
    if pulled.incoming > 0 {
        context.say(&format!("{} incoming from CI jobs merged", pulled.incoming));
        context.hint("git bench push puts them on the notes ref for everybody");
    }
    let _ = context.repo()?.git().output(&["gc", "--auto", "--quiet"]);
    Ok(Outcome::Done)
}
