//! `git bench formats`

use git_bench::Result;
use git_bench::import::IMPORTERS;
use git_bench::report::tables::Listing;
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// List what 'git bench record' reads
///
/// Formats are detected by content; '--from NAME' names one. Any script can write the format 'git-bench': a JSON object
/// with 'benchmarks', each with a 'name' and numbers ({"name": "parse", "latency_ms": 1.52}).
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

pub(crate) fn run(context: &Context, _args: Args) -> Result<Outcome> {
    let mut listing = Listing::new("formats");
    listing.columns = vec![("format", 0), ("reads", 0), ("example", 1)];
    listing.whole = vec!["example"];
    for reader in IMPORTERS {
        listing.row(&[
            ("format", Value::from(reader.name())),
            ("reads", Value::from(reader.doc())),
            ("example", Value::from(reader.example())),
            ("many", Value::from(reader.many())),
        ]);
    }
    context.output.report(&listing)?;
    Ok(Outcome::Done)
}
