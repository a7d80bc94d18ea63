//! Facts of the machine that was measured, and what the run depends on besides.

use std::time::Duration;

use git_bench::config::Config;
use git_bench::machine::{self, Tool};
use git_bench::model::{Facts, Run, round7};
use git_bench::{Error, Result};
use serde_json::{Map, Value};

use super::input::{output_within, quick_output};
use crate::cli::context::Context;

/// Whose facts (formats.md): a seed file's platform exactly; a harness's own facts win field by field; a tracker's
/// history gets nothing from this machine. Says also whether this machine was measured.
pub(crate) fn platform(
    context: &Context,
    run: &Run,
    wishes: &[String],
    warnings: &mut Vec<String>,
) -> Result<(Facts, bool)> {
    let (mut here, mut set) = (true, Facts::new());
    for wish in wishes {
        match wish.as_str() {
            "auto" => here = true,
            "none" => here = false,
            pair => {
                let (key, value) = pair
                    .split_once('=')
                    .filter(|(k, _)| !k.is_empty())
                    .ok_or_else(|| Error::usage(format!("'--platform {pair}': expected auto, none or KEY=VALUE")))?;
                let value = match value.parse::<u64>() {
                    Ok(number) => Value::from(number),
                    Err(_) => Value::from(value),
                };
                set.insert(key.to_owned(), value);
            }
        }
    }
    let asked = wishes.iter().any(|w| w == "auto");
    let history = run.entry.is_some() && run.document.is_none();
    let stated_whole = run.document.is_some() && !run.platform.is_empty();
    let mut facts = if !here || ((history || stated_whole) && !asked) {
        run.platform.clone()
    } else {
        let before = warnings.len();
        let merged = machine::merge(&run.platform, &machine_facts(context)?, warnings);
        here = warnings.len() == before;
        merged
    };
    facts.extend(set);
    Ok((facts, here && !history && !stated_whole))
}

/// Facts of this machine.
pub(crate) fn machine_facts(context: &Context) -> Result<Facts> {
    let run = |argv: &[&str]| quick_output(argv);
    let probe = machine::Probe {
        vars: context.variables.clone(),
        cache: context.repo().ok().map(|r| r.bench_dir().join("machine.json")),
        ..machine::Probe::new(&run)
    };
    Ok(machine::facts(&probe))
}

/// What the run depends on besides the machine, with the versions of these programs.
pub(super) fn reproducibility(context: &Context, tools: &[Tool]) -> Result<Facts> {
    let run = |argv: &[&str]| output_within(argv, TOOL_LIMIT);
    let probe = machine::Probe { vars: context.variables.clone(), ..machine::Probe::new(&run) };
    Ok(machine::reproducibility(&probe, tools))
}

/// How long a program may take to tell its version (`pip freeze` of a large environment takes seconds).
const TOOL_LIMIT: Duration = Duration::from_secs(20);

/// What the run cost by the price table: USD per hour of its instance type, times its duration. Not for histories of other
/// trackers.
pub(super) fn priced(config: &Config, platform: &Facts, run: &Run, execution: &Map<String, Value>) -> Option<f64> {
    if run.entry.is_some() && run.document.is_none() {
        return None;
    }
    let price = config.prices.get(platform.get("instance_type")?.as_str()?)?;
    let stated = run.document.as_ref().and_then(|d| d.get("execution")?.get("duration_seconds")?.as_f64());
    let seconds = stated.or_else(|| execution.get("duration_seconds")?.as_f64()).or(run.duration)?;
    Some(round7(price * seconds / 3600.0))
}
