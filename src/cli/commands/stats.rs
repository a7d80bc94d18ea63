//! `git bench stats`

use std::collections::BTreeMap;

use git_bench::Result;
use git_bench::index::{Field, Named, SeriesName, Values};
use git_bench::model::Unit;
use git_bench::report::VERSION;
use git_bench::report::stats::{Group, Numbers, Stats};
use serde_json::{Map, Value};

use super::query::unknown;
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

const WORDS: &[&str] =
    &["benchmark", "metric", "machine", "platform", "hardware", "suite", "channel", "branch", "tag", "who", "harness"];

/// Words that stand at a run.
const FIELDS: &[(&str, Field)] = &[
    ("suite", Field::Suite),
    ("channel", Field::Channel),
    ("branch", Field::Branch),
    ("tag", Field::Tag),
    ("who", Field::Who),
    ("harness", Field::Harness),
];

/// Values of one series, machine and kind: those that are there, and how many failed.
type Heap = (Vec<f64>, usize);

/// The words of a group, then its metric, the base unit and the direction.
type Key = (Vec<(String, String)>, String, String);

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let mut by: Vec<&'static str> = Vec::new();
    for word in &args.by {
        let known = WORDS.iter().find(|w| *w == &word.trim()).ok_or_else(|| unknown(word, WORDS))?;
        if !by.contains(known) {
            by.push(known);
        }
    }
    let fields: Vec<(&str, Field)> = FIELDS.iter().filter(|(word, _)| by.contains(word)).copied().collect();
    let kinds: Vec<Field> = fields.iter().map(|(_, field)| *field).collect();
    let filter = args.asking.filter(context, &args.platform)?;
    let (values, heaps) = args.asking.ask(context, &|index| {
        let mut heaps: BTreeMap<(usize, usize, usize), Heap> = BTreeMap::new();
        let values = index.values(&filter, &kinds, &mut |row| {
            let heap = heaps.entry((row.series, row.machine, row.kind)).or_default();
            match row.value {
                Some(value) => heap.0.push(value),
                None => heap.1 += 1,
            }
        })?;
        if heaps.is_empty() {
            tell_nothing(context, index, &filter)?;
        }
        Ok((values, heaps))
    })?;
    values.remarks.iter().for_each(|remark| context.say(remark));
    let words: Vec<&str> = fields.iter().map(|(word, _)| *word).collect();
    let groups = groups(&by, &words, &values, heaps);
    let empty = groups.is_empty();
    let by = by.into_iter().map(str::to_owned).collect();
    context.output.report(&Stats { version: VERSION, command: "stats", by, groups })?;
    Ok(if empty { Outcome::NoData } else { Outcome::Done })
}

fn groups(
    by: &[&'static str],
    fields: &[&str],
    values: &Values,
    heaps: BTreeMap<(usize, usize, usize), Heap>,
) -> Vec<Group> {
    let mut merged: BTreeMap<Key, Vec<(&SeriesName, Heap)>> = BTreeMap::new();
    for ((series, machine, kind), heap) in heaps {
        let (series, machine) = (&values.series[series], &values.machines[machine]);
        let words = words(by, fields, series, machine, &values.kinds[kind]);
        let base = Unit::new(&series.unit).quantity().base;
        merged.entry((words, series.metric.clone(), base)).or_default().push((series, heap));
    }
    merged.into_iter().map(|((words, metric, _), parts)| group(words, metric, parts)).collect()
}

fn words(
    by: &[&'static str],
    fields: &[&str],
    series: &SeriesName,
    machine: &Named,
    kind: &[Option<String>],
) -> Vec<(String, String)> {
    let mut words = Vec::new();
    for word in by {
        let mut push = |name: &str, text: &str| words.push((name.to_owned(), text.to_owned()));
        match *word {
            "benchmark" => push("benchmark", &series.benchmark),
            "metric" => {}
            "machine" => {
                push("machine", &machine.label);
                push("environment", &machine.environment);
            }
            "platform" => push("platform", &machine.platform),
            "hardware" => push("hardware", &machine.hardware),
            field => {
                let at = fields.iter().position(|f| *f == field);
                if let Some(text) = at.and_then(|i| kind.get(i)).and_then(Option::as_ref) {
                    push(field, text);
                }
            }
        }
    }
    words
}

/// A group in the unit and direction that most of its values have.
fn group(words: Vec<(String, String)>, metric: String, parts: Vec<(&SeriesName, Heap)>) -> Group {
    let most = parts.iter().max_by_key(|(_, heap)| heap.0.len() + heap.1).map(|(series, _)| *series);
    let (unit, better) = most.map(|s| (s.unit.clone(), s.better.clone())).unwrap_or_default();
    let target = Unit::new(&unit);
    let (mut all, mut failed) = (Vec::new(), 0);
    for (series, (values, failures)) in parts {
        let factor = if series.unit == unit { None } else { Unit::new(&series.unit).factor_to(&target) };
        match factor {
            Some(factor) => all.extend(values.into_iter().map(|v| v * factor)),
            None if all.is_empty() => all = values,
            None => all.extend(values),
        }
        failed += failures;
    }
    let words = words.into_iter().map(|(name, text)| (name, Value::from(text))).collect();
    let numbers = Numbers::of(all, failed);
    let mut group = Group { words, metric, unit, better, numbers, aliases: Map::new() };
    group.alias();
    group
}
