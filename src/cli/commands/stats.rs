//! `git bench stats`

use git_bench::Result;
use git_bench::ask::stats::stats;

use crate::cli::asking::{Asking, tell_nothing};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Show average, spread and percentiles
///
/// Takes the same flags as 'git bench query' and groups what they leave. A group holds the values of its runs, one a run;
/// metrics and units that do not convert are never mixed. --by says what groups are told apart by.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only runs on this platform: a cloud (aws, gcp, local), a label, an instance type, or KEY=GLOB of any fact
    #[arg(long, value_name = "GLOB")]
    platform: Vec<String>,
    #[command(flatten)]
    asking: Asking,
    /// What groups are told apart by: benchmark, machine, platform, hardware, suite, channel, branch, tag, who, harness
    /// (the metric always is)
    #[arg(long, value_name = "WORDS", value_delimiter = ',', default_value = "benchmark,metric,machine")]
    by: Vec<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let by: Vec<&str> = args.by.iter().map(String::as_str).collect();
    let filter = args.asking.filter(context, &args.platform)?;
    let (report, remarks) = args.asking.ask(context, &|index| {
        let answer = stats(index, &filter, &by)?;
        if answer.0.groups.is_empty() {
            tell_nothing(context, index, &filter)?;
        }
        Ok(answer)
    })?;
    remarks.iter().for_each(|remark| context.say(remark));
    context.output.report(&report)?;
    Ok(if report.groups.is_empty() { Outcome::NoData } else { Outcome::Done })
}
