//! `git bench push`

use git_bench::store::{PushOptions, Pushed};
use git_bench::{Error, Kind, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::sharing::upload;

/// Share what was recorded: payloads first, then the notes
///
/// Sends full results to their stores, then pushes the notes. Where somebody else pushed in between, it fetches, merges
/// and tries again; nothing is ever forced. A note is never pushed before its payload is stored, unless
/// --skip-payloads says so.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// The remote (default: that of the base branch, else origin)
    #[arg(value_name = "REMOTE")]
    pub(crate) remote: Option<String>,
    /// Push the notes although payloads cannot be stored; these wait for the next push
    #[arg(long)]
    pub(crate) skip_payloads: bool,
    /// Put the notes on a ref of their own, which the next pull and push of somebody else merges: no fetch, no race
    #[arg(long)]
    pub(crate) incoming: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    push(context, &args)
}

/// Pushes payloads and notes.
pub(crate) fn push(context: &Context, args: &Args) -> Result<Outcome> {
    share(context, args).map(|_| Outcome::Done)
}

/// As [`push`], with what became of the notes.
pub(crate) fn share(context: &Context, args: &Args) -> Result<Pushed> {
    let (base, trusted) = context.trusted(true)?;
    let remote = remote(context, args.remote.as_deref(), &base.name)?;
    let uploaded = upload(context, &trusted)?;
    if uploaded.sent > 0 {
        context.say(&format!("stored {} payload{}", uploaded.sent, if uploaded.sent == 1 { "" } else { "s" }));
    }
    if uploaded.local > 0 {
        context.say(&format!("{} payloads stay in this clone: no shared store is configured for them", uploaded.local));
        context.hint("git bench init --store URL names one");
    }
    for key in &uploaded.untrusted {
        context.warn(&format!(
            "'{key}' stays spooled: neither git config nor the base branch's bench.toml has a store for it"
        ));
    }
    let unsent = uploaded.failed.len();
    if let Some(error) = uploaded.failed.into_iter().next() {
        if !args.skip_payloads {
            let more = if unsent > 1 { format!(" (and {} more)", unsent - 1) } else { String::new() };
            return Err(Error {
                message: format!("{}{more}; no note was pushed", error.message),
                kind: Kind::Storage,
                ..error
            }
            .hint("git bench push again, once the store answers")
            .hint("git bench push --skip-payloads shares the notes now and keeps the payloads spooled"));
        }
        context.warn(&format!("{unsent} payloads could not be stored and stay spooled: {}", error.chain()));
    }
    let unique = uuid::Uuid::new_v4().as_u128();
    let in_ci = context.variable("CI").is_some() || context.ci().is_some();
    let how = PushOptions { no_fetch: args.incoming || (in_ci && context.repo()?.is_shallow()), unique };
    let pushed = context.store()?.push(&remote, &how)?;
    match &pushed {
        Pushed::Nothing => context.say("nothing is recorded here yet"),
        Pushed::UpToDate => context.say(&format!("'{remote}' is up to date")),
        Pushed::Done(0) => context.say(&format!("pushed the notes to '{remote}'")),
        Pushed::Done(races) => {
            context.say(&format!("pushed the notes to '{remote}', merged with those of others ({races} retries)"))
        }
        Pushed::Incoming(name) => {
            context.say(&format!("pushed to '{name}' of '{remote}'"));
            context.hint("the next 'git bench pull && git bench push' on the base branch merges it");
        }
    }
    let _ = context.repo()?.git().output(&["gc", "--auto", "--quiet"]);
    Ok(pushed)
}

/// The remote of a push or pull.
pub(crate) fn remote(context: &Context, named: Option<&str>, base: &str) -> Result<String> {
    if let Some(name) = named {
        return Ok(name.to_owned());
    }
    context.remote(Some(base))?.ok_or_else(|| {
        let remotes = context.repo().map(|r| r.remotes()).unwrap_or_default();
        if remotes.is_empty() {
            Error::usage("this repository has no remote; what was recorded stays in this clone")
                .hint("git remote add origin URL, then git bench push")
        } else {
            Error::usage(format!("which remote? there are {}", remotes.join(", ")))
                .hint("git bench push REMOTE, or git config bench.remote REMOTE")
        }
    })
}
