//! One file a subcommand: its arguments and what it does. The doc comment of the arguments is the help text.

mod accept;
mod access;
pub(crate) mod bisect;
mod blame;
mod check;
#[cfg(feature = "index")]
pub(crate) mod compare;
mod completions;
mod config;
pub(crate) mod diff;
mod doctor;
mod drop;
mod formats;
mod fsck;
mod hook;
mod import;
mod init;
pub(crate) mod log;
mod man;
mod prune;
mod pull;
pub(crate) mod push;
#[cfg(feature = "index")]
mod query;
pub(crate) mod record;
mod report;
pub(crate) mod run;
mod schema;
mod show;
#[cfg(feature = "index")]
mod stats;
mod status;

use clap::Subcommand;
use git_bench::Result;
use git_bench::git::Repo;

use super::context::Context;
use super::exit::Outcome;

/// All subcommands. Their arguments are put together only where they are asked for, which saves every call some time.
#[derive(Subcommand, Debug)]
#[command(defer = true)]
pub(crate) enum Command {
    Init(init::Args),
    Record(Box<record::Args>),
    Run(Box<run::Args>),
    Show(show::Args),
    Log(log::Args),
    Diff(diff::Args),
    Check(check::Args),
    Blame(blame::Args),
    Bisect(Box<bisect::Args>),
    Accept(accept::Args),
    Drop(drop::Args),
    #[cfg(feature = "index")]
    Query(query::Args),
    #[cfg(feature = "index")]
    Stats(stats::Args),
    #[cfg(feature = "index")]
    Compare(compare::Args),
    Report(Box<report::Args>),
    Push(push::Args),
    Pull(pull::Args),
    Import(import::Args),
    Status(status::Args),
    Fsck(fsck::Args),
    Prune(prune::Args),
    Doctor(doctor::Args),
    Access(access::Args),
    Hook(hook::Args),
    Config(config::Args),
    Formats(formats::Args),
    Schema(schema::Args),
    Man(man::Args),
    Completions(completions::Args),
}

/// Commits that `diff` and `check` walk for sure: about the window of a baseline.
const WALKED: usize = 64;

/// What a command will need for sure, asked for while git reads its configuration.
pub(crate) fn foresee(command: &Command, repo: &Repo) {
    match command {
        Command::Diff(args) => repo.foresee(&args.revisions(), WALKED),
        Command::Check(args) => repo.foresee(&[args.revision()], WALKED),
        _ => repo.foresee(&["HEAD"], 0),
    }
}

/// Runs a subcommand.
pub(crate) fn run(command: Command, context: &Context) -> Result<Outcome> {
    match command {
        Command::Init(args) => init::run(context, args),
        Command::Record(args) => record::run(context, *args),
        Command::Run(args) => run::run(context, &args),
        Command::Show(args) => show::run(context, args),
        Command::Log(args) => log::run(context, args),
        Command::Diff(args) => diff::run(context, args),
        Command::Check(args) => check::run(context, args),
        Command::Blame(args) => blame::run(context, args),
        Command::Bisect(args) => bisect::run(context, &args),
        Command::Accept(args) => accept::run(context, args),
        Command::Drop(args) => drop::run(context, args),
        #[cfg(feature = "index")]
        Command::Query(args) => query::run(context, args),
        #[cfg(feature = "index")]
        Command::Stats(args) => stats::run(context, args),
        #[cfg(feature = "index")]
        Command::Compare(args) => compare::run(context, args),
        Command::Report(args) => report::run(context, &args),
        Command::Push(args) => push::run(context, args),
        Command::Pull(args) => pull::run(context, args),
        Command::Import(args) => import::run(context, args),
        Command::Status(args) => status::run(context, args),
        Command::Fsck(args) => fsck::run(context, args),
        Command::Prune(args) => prune::run(context, args),
        Command::Doctor(args) => doctor::run(context, args),
        Command::Access(args) => access::run(context, args),
        Command::Hook(args) => hook::run(context, args),
        Command::Config(args) => config::run(context, args),
        Command::Formats(args) => formats::run(context, args),
        Command::Schema(args) => schema::run(context, args),
        Command::Man(args) => man::run(context, args),
        Command::Completions(args) => completions::run(context, args),
    }
}
