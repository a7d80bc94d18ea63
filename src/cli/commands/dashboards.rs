//! `git bench dashboards`

use git_bench::cloud::dashboard::{self, CLOUDWATCH_CHARTS, MONITORING_CHARTS};
use git_bench::export::NAMESPACE;
use git_bench::{Error, Result, render};

use crate::cli::asking::{Asking, tell_nothing};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::exporting::{Service, charts};

/// Print a dashboard of what is measured in this repository
///
/// One chart a benchmark and metric, one line a machine, suite and channel, by the names that 'git bench export --format
/// cloudwatch' or gcp-monitoring sends; JSON as the service takes it. The flags of 'git bench query' choose what is shown.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// cloudwatch or gcp-monitoring
    #[arg(value_name = "SERVICE")]
    service: Service,
    /// Only runs on this platform: a cloud (aws, gcp, local), a label, an instance type, or KEY=GLOB of any fact
    #[arg(long, value_name = "GLOB")]
    platform: Vec<String>,
    #[command(flatten)]
    asking: Asking,
    /// Region of the metrics (cloudwatch) [default: that of the first s3:// store, else AWS_REGION, else us-east-1]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let filter = args.asking.filter(context, &args.platform)?;
    let (charts, remarks) = args.asking.ask(context, &|index| {
        let found = charts(index, &filter, args.service)?;
        if found.0.is_empty() {
            tell_nothing(context, index, &filter)?;
        }
        Ok(found)
    })?;
    remarks.iter().for_each(|remark| context.say(remark));
    let (document, most) = match args.service {
        Service::Cloudwatch => {
            (dashboard::cloudwatch(NAMESPACE, &charts, &region(context, args.region)?), CLOUDWATCH_CHARTS)
        }
        Service::GcpMonitoring => (dashboard::monitoring("git-bench", &charts), MONITORING_CHARTS),
    };
    let text =
        serde_json::to_string_pretty(&document).map_err(|e| Error::data("cannot write the dashboard").because(e))?;
    context.output.write((render::json::harmless(&text) + "\n").as_bytes())?;
    if charts.len() > most {
        context.warn(&format!("the service takes {most} charts, so {} are left out", charts.len() - most));
        context.hint("git bench dashboards SERVICE --benchmark 'GLOB' --metric NAME chooses");
    }
    Ok(if charts.is_empty() { Outcome::NoData } else { Outcome::Done })
}

fn region(context: &Context, given: Option<String>) -> Result<String> {
    let of_store = || {
        let stores = &context.config().ok()?.stores;
        stores.iter().filter(|store| store.url.starts_with("s3://")).find_map(|store| store.region.clone())
    };
    let of_environment =
        || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| context.variable(name)).map(str::to_owned);
    let region = given.or_else(of_store).or_else(of_environment).unwrap_or_else(|| "us-east-1".into());
    let plain = region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if region.is_empty() || !plain {
        return Err(
            Error::usage(format!("'{region}' is no region")).hint("git bench dashboards cloudwatch --region us-west-2")
        );
    }
    Ok(region)
}
