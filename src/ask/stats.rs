//! Average and spread of groups of runs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::index::{Field, Filter, Index, Named, SeriesName, Values};
use crate::model::Unit;
use crate::report::VERSION;
use crate::report::stats::{Group, Numbers, Stats};
use crate::{Error, Result};

/// What groups are told apart by (the metric always is).
pub const BY: &[&str] =
    &["benchmark", "metric", "machine", "platform", "hardware", "suite", "channel", "branch", "tag", "who", "harness"];

/// Those of them that stand at a run.
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

/// Count, mean, spread and percentiles of the values that fit, one a run, in groups told apart by the words of [`BY`]; metrics and
/// units that do not convert are never mixed. Beside the report: what limits the question.
///
/// # Errors
/// [`crate::Kind::Usage`]: a word that is none of [`BY`]. [`crate::Kind::Data`] where the index is damaged.
pub fn stats(index: &Index, filter: &Filter, words: &[&str]) -> Result<(Stats, Vec<String>)> {
    let mut by: Vec<&'static str> = Vec::new();
    for word in words {
        let known = BY.iter().find(|w| *w == &word.trim()).ok_or_else(|| {
            Error::usage(format!("unknown word '{word}'")).hint(format!("known are {}", BY.join(", ")))
        })?;
        if !by.contains(known) {
            by.push(known);
        }
    }
    let fields: Vec<(&str, Field)> = FIELDS.iter().filter(|(word, _)| by.contains(word)).copied().collect();
    let kinds: Vec<Field> = fields.iter().map(|(_, field)| *field).collect();
    let mut heaps: BTreeMap<(usize, usize, usize), Heap> = BTreeMap::new();
    let values = index.values(filter, &kinds, &mut |row| {
        let heap = heaps.entry((row.series, row.machine, row.kind)).or_default();
        match row.value {
            Some(value) => heap.0.push(value),
            None => heap.1 += 1,
        }
    })?;
    let words: Vec<&str> = fields.iter().map(|(word, _)| *word).collect();
    let groups = groups(&by, &words, &values, heaps);
    let by = by.into_iter().map(str::to_owned).collect();
    Ok((Stats { version: VERSION, command: "stats", by, groups }, values.remarks))
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
