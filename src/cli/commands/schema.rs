//! `git bench schema`

use git_bench::model::schema::SCHEMAS;
use git_bench::{Error, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Print the JSON Schema of one of our formats
///
/// result: the result file (payload); record: the note line; report: --format json; config: bench.toml.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// result, record, report or config
    #[arg(value_name = "NAME")]
    name: String,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let wanted = args.name.trim_end_matches(".json").trim_end_matches(".v1");
    let (_, text) = SCHEMAS.iter().find(|(name, _)| *name == wanted).ok_or_else(|| {
        let known: Vec<_> = SCHEMAS.iter().map(|(name, _)| *name).collect();
        Error::usage(format!("unknown schema '{}'; known are {}", args.name, known.join(", ")))
    })?;
    context.output.write(text.as_bytes())?;
    Ok(Outcome::Done)
}
