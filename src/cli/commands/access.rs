//! `git bench access`

use git_bench::cloud::{self, Role, Target};
use git_bench::config::StoreEntry;
use git_bench::{Error, Result};

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::stores::named;

/// Print the rights that a reader or a writer of a bucket needs
///
/// aws: an IAM policy in JSON. gcp: the gcloud commands, or with --format json the bindings. Both give the least right
/// for this bucket and prefix, and neither lets anyone delete. Nothing is asked of the cloud and nothing is changed.
/// Bucket and prefix are those of the store, unless they are given.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// aws or gcp
    #[arg(value_name = "CLOUD")]
    cloud: Cloud,
    /// reader or writer
    #[arg(long, value_name = "ROLE")]
    role: Who,
    /// The store whose bucket and prefix are meant [default: the first one of this cloud]
    #[arg(long, value_name = "NAME", conflicts_with = "bucket")]
    store: Option<String>,
    /// Another bucket
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,
    /// Only what lies below this prefix
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    /// Project for the gcloud commands
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Who gets the rights (gcp): user:NAME@HOST, group:..., serviceAccount:...
    #[arg(long, value_name = "MEMBER")]
    member: Option<String>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Cloud {
    Aws,
    Gcp,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Who {
    Reader,
    Writer,
}

/// Stands where the member is not given; an address of nobody.
const SOMEBODY: &str = "user:developer@example.com";

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let role = match args.role {
        Who::Reader => Role::Reader,
        Who::Writer => Role::Writer,
    };
    let (target, region) = target(context, &args)?;
    match args.cloud {
        Cloud::Aws => {
            if args.project.is_some() || args.member.is_some() {
                return Err(Error::usage(
                    "--project and --member belong to gcp; attach the policy of aws to whom you like",
                ));
            }
            print(context, &cloud::policy(role, &target, region.as_deref()))?;
        }
        Cloud::Gcp => {
            let bindings = cloud::bindings(role, &target, args.member.as_deref().unwrap_or(SOMEBODY))?;
            let commands = cloud::commands(&target, &bindings, args.project.as_deref())?;
            if context.output.format() == "json" {
                print(context, &serde_json::json!({"bindings": bindings}))?;
            } else {
                context.output.write((commands.join("\n") + "\n").as_bytes())?;
            }
            if args.member.is_none() {
                context.hint("--member says who; developer@example.com is nobody");
            }
            if bindings.iter().any(|b| b.condition.is_some()) {
                context.hint("conditions need uniform bucket-level access");
            }
        }
    }
    Ok(Outcome::Done)
}

fn print(context: &Context, document: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(document).map_err(|e| Error::data("cannot write the policy").because(e))?;
    context.output.write((text + "\n").as_bytes())
}

/// Bucket and prefix, and the region where a store names one.
fn target(context: &Context, args: &Args) -> Result<(Target, Option<String>)> {
    if let Some(bucket) = &args.bucket {
        return Ok((Target::new(bucket, args.prefix.as_deref().unwrap_or_default())?, None));
    }
    let scheme = if args.cloud == Cloud::Aws { "s3://" } else { "gs://" };
    let config = context.config()?;
    let entry: &StoreEntry = match &args.store {
        Some(name) => named(config, name)?,
        None => config.stores.iter().find(|s| s.url.starts_with(scheme)).ok_or_else(|| {
            Error::usage(format!("no {scheme} store is configured here")).hint("--bucket BUCKET names one")
        })?,
    };
    let Some(place) = entry.url.strip_prefix(scheme) else {
        return Err(Error::usage(format!("the store '{}' is no {scheme} store", entry.name)));
    };
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    Ok((Target::new(bucket, args.prefix.as_deref().unwrap_or(prefix))?, entry.region.clone()))
}
