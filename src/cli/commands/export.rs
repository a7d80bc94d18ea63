//! `git bench export`

use git_bench::export::{EXPORTERS, Options, exporter};
use git_bench::{Error, Result};

use crate::cli::asking::Asking;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::exporting::{Job, Target, in_parts, whole};

/// Take the measurements elsewhere: a table for a database, metrics for monitoring
///
/// One row a measurement, the earliest first, of the runs that the flags of 'git bench query' leave. --format csv (the
/// default) and jsonl write one file; into a folder or a bucket, and with parquet always, they write parts by date and
/// suite, and only runs that are not there yet. openmetrics, cloudwatch and gcp-monitoring write metrics by the names that
/// 'git bench dashboards' charts; a service that takes several calls gets a document a line, or into a folder a file each.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only runs on this platform: a cloud (aws, gcp, local), a label, an instance type, or KEY=GLOB of any fact
    #[arg(long, value_name = "GLOB")]
    platform: Vec<String>,
    #[command(flatten)]
    asking: Asking,
    /// Where to: a file, a folder, or s3://, gs://, az:// with bucket and prefix [default: standard output]
    #[arg(short, long, value_name = "FILE|FOLDER|URL")]
    out: Option<String>,
    /// Remove all parts that are there first, and write what fits again
    #[arg(long, requires = "out")]
    anew: bool,
    /// The project that metrics of gcp-monitoring belong to
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let name = context.global.format.as_deref().unwrap_or(EXPORTERS[0].name());
    let exporter = exporter(name).ok_or_else(|| unknown(name))?;
    let many = exporter.name() == "parquet";
    let target = Target::of(args.out.as_deref(), many);
    let table = exporter.is_table();
    let parts = table && matches!(target, Target::Folder(_) | Target::Url(_));
    match target {
        Target::Stdout if many => {
            return Err(Error::usage("parquet is written in parts, which need a folder or a bucket")
                .hint("git bench export --format parquet --out FOLDER"));
        }
        Target::Url(_) if !table => {
            return Err(Error::usage(format!("{name} is written to a file or a folder, not to a bucket"))
                .hint("git bench export --out FOLDER writes a file for each call of the service"));
        }
        _ => {}
    }
    if args.anew && !parts {
        return Err(
            Error::usage("--anew is for parts in a folder or a bucket").hint("git bench export --out FOLDER --anew")
        );
    }
    if args.project.is_some() && name != "gcp-monitoring" {
        return Err(
            Error::usage("--project belongs to gcp-monitoring").hint("git bench export --format gcp-monitoring")
        );
    }
    let job = Job {
        context,
        asking: &args.asking,
        filter: args.asking.filter(context, &args.platform)?,
        exporter,
        options: Options { now: context.now(), project: args.project, partitioned: parts },
        target,
    };
    if parts { in_parts(&job, args.anew) } else { whole(&job) }
}

fn unknown(name: &str) -> Error {
    let known: Vec<&str> = EXPORTERS.iter().map(|exporter| exporter.name()).collect();
    let error = Error::usage(format!("unknown format '{name}'; 'export' knows {}", known.join(", ")));
    if name == "json" { error.hint("git bench export --format jsonl") } else { error }
}
