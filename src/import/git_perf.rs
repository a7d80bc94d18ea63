//! git-perf's notes (`refs/notes/perf-v3`): a measurement a line, its fields separated by the byte 0x1C.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{json, units};
use crate::model::{Better, Measurement, Run, Time};
use crate::{Error, Result};

/// The ref that git-perf shares its measurements under.
pub const NOTES_REF: &str = "refs/notes/perf-v3";

/// Between the fields of a line.
const SEPARATOR: char = '\u{1c}';

/// Seconds without a measurement that end a run.
const PAUSE: f64 = 300.0;

/// The runs in the note of one commit; none where the note is empty. A line is `epoch name timestamp value
/// [key=value...]`. The key-values belong to the name, sorted by key: `name[os=linux,rust=stable]`; values of one such name
/// are samples of one measurement, in the order of their timestamps. Lines that git-perf would pass over are passed over
/// with a warning.
///
/// A note grows while the jobs of its commit end, and when they are run again. So that what was read before stays as it
/// is, a run is what one job adds at a time: the lines of one report, which git-perf imports under one timestamp; else the
/// lines of the same key-values without a pause of five minutes between them. Its entry is their sorted bytes, since a merge
/// of notes sorts the lines.
///
/// # Errors
/// [`crate::Kind::Data`] where no line is one of git-perf's.
pub fn read_note(commit: &str, note: &str) -> Result<Vec<Run>> {
    // Most lines end in one of a few rows of key-values: each is read once.
    let mut known: BTreeMap<&str, Result<Rc<Keys>, &'static str>> = BTreeMap::new();
    let (mut lines, mut passed) = (Vec::new(), Vec::new());
    for (i, line) in note.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut keys = |end| known.entry(end).or_insert_with(|| Keys::parse(end).map(Rc::new)).clone();
        match Line::parse(line, &mut keys) {
            Ok(line) => lines.push(line),
            Err(why) => passed.push(format!("line {}: {why}", i + 1)),
        }
    }
    if let (true, Some(why)) = (lines.is_empty(), passed.first()) {
        return Err(Error::data(format!("the note of '{commit}' is none of git-perf's: {why}")));
    }
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    lines.iter().for_each(|line| *at.entry(line.stamp).or_default() += 1);
    let report = |line: &Line| at.get(line.stamp).is_some_and(|count| *count > 1);
    let mut reports: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    let mut jobs: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in &lines {
        match report(line) {
            true => reports.entry(line.stamp).or_default().push(line),
            false => jobs.entry(&line.keys.params).or_default().push(line),
        }
    }
    let mut runs: Vec<Run> = reports.values().map(|lines| run(commit, lines)).collect();
    for lines in jobs.values_mut() {
        lines.sort_by(|a, b| a.timestamp.total_cmp(&b.timestamp));
        let together = |a: &&Line, b: &&Line| b.timestamp - a.timestamp <= PAUSE;
        runs.extend(lines.chunk_by(together).map(|lines| run(commit, lines)));
    }
    if let (Some(first), Some(why)) = (runs.first_mut(), passed.first()) {
        first.warnings.push(format!("{} lines in the note of '{commit}' passed over, {why}", passed.len()));
    }
    Ok(runs)
}

/// The run of some lines, which come by timestamp.
fn run(commit: &str, lines: &[&Line]) -> Run {
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut series: Vec<(&Line, Vec<f64>)> = Vec::new();
    let mut bytes: Vec<&str> = Vec::with_capacity(lines.len());
    for line in lines {
        bytes.push(line.raw);
        let at = *places.entry((line.name, &line.keys.params)).or_insert(series.len());
        match series.get_mut(at) {
            Some((_, values)) => values.push(line.value),
            None => series.push((line, vec![line.value])),
        }
    }
    bytes.sort_unstable();
    bytes.dedup();
    let last = lines.last().map_or(f64::NAN, |line| line.timestamp);
    Run {
        harness: Some("git-perf".into()),
        commit: Some(commit.to_owned()),
        time: last.is_finite().then_some(Time(last.floor() as i64)),
        measurements: series.into_iter().map(|(line, values)| measurement(line, &values)).collect(),
        entry: Some(bytes.join("\n").into_bytes()),
        ..Run::default()
    }
}

fn measurement(line: &Line, values: &[f64]) -> Measurement {
    let samples: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let mean = (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64);
    let (metric, unit, better) = match line.keys.unit.as_str() {
        "" => ("value", String::new(), Better::None),
        unit => units::by_unit(unit),
    };
    let name = format!("{}{}", line.name, line.keys.params);
    let measured = Measurement::new(name, metric, &unit, better, mean).count(Some(values.len() as u64));
    if samples.len() > 1 { measured.sampled(samples) } else { measured }
}

/// The key-values of many lines.
struct Keys {
    /// As they stand behind the name, sorted by key.
    params: String,
    unit: String,
}

impl Keys {
    /// Of a repeated key the last one counts.
    fn parse(fields: &str) -> Result<Self, &'static str> {
        let fields = fields.split(SEPARATOR).filter(|field| !field.is_empty());
        let keys: BTreeMap<&str, &str> =
            fields.map(|field| field.split_once('=').ok_or("a key without '='")).collect::<Result<_, _>>()?;
        let params = json::with_params("", &keys.iter().collect::<Vec<_>>());
        Ok(Self { params, unit: keys.get("unit").copied().unwrap_or("").to_owned() })
    }
}

struct Line<'a> {
    raw: &'a str,
    name: &'a str,
    stamp: &'a str,
    timestamp: f64,
    value: f64,
    keys: Rc<Keys>,
}

type ReadKeys<'r, 'a> = dyn FnMut(&'a str) -> Result<Rc<Keys>, &'static str> + 'r;

impl<'a> Line<'a> {
    /// As git-perf reads it: empty fields do not count.
    fn parse(line: &'a str, keys: &mut ReadKeys<'_, 'a>) -> Result<Self, &'static str> {
        let mut rest = line;
        let mut next = || {
            loop {
                let (field, after) = rest.split_once(SEPARATOR).unwrap_or((rest, ""));
                rest = after;
                match (field, after) {
                    ("", "") => return Err("too few fields"),
                    ("", _) => {}
                    _ => return Ok(field),
                }
            }
        };
        let (epoch, name, stamp, value) = (next()?, next()?, next()?, next()?);
        epoch.parse::<u32>().map_err(|_| "the epoch is no number")?;
        let timestamp = stamp.parse().map_err(|_| "the timestamp is no number")?;
        let value = value.parse().map_err(|_| "the value is no number")?;
        Ok(Self { raw: line, name, stamp, timestamp, value, keys: keys(rest)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_name_are_samples() {
        let note = "0|a|20.5|3.0|rust=beta|os=x\n0|a|10.0|1.0|os=x|rust=beta\n0|b|5|NaN\n7|c|6|2|unit=ns\n\n0|d|1\n0|e|1|2|z\n";
        let runs = read_note("abc", &note.replace('|', "\u{1c}")).unwrap();
        let all = runs.iter().flat_map(|run| &run.measurements);
        let rows: Vec<_> = all.map(|m| (&*m.name, &*m.metric, m.value, m.n, m.samples.clone())).collect();
        assert_eq!(
            rows,
            [
                ("b", "value", None, Some(1), vec![]),
                ("a[os=x,rust=beta]", "value", Some(2.0), Some(2), vec![1.0, 3.0]),
                ("c[unit=ns]", "time", Some(2.0), Some(1), vec![]),
            ]
        );
        assert_eq!(runs[1].time, Some(Time(20)));
        assert_eq!(runs[0].warnings, ["2 lines in the note of 'abc' passed over, line 6: too few fields"]);
    }

    #[test]
    fn a_note_that_grows_keeps_its_runs() {
        let entries = |note: &str| -> Vec<_> {
            let runs = read_note("abc", &note.replace('|', "\u{1c}")).unwrap();
            runs.into_iter().map(|run| (run.measurements.len(), run.entry.unwrap())).collect()
        };
        let before = entries("0|a|100.5|3|os=x\n0|b|160|3|os=x\n");
        let after = entries("0|a|100.5|3|os=x\n0|a|101|3|os=y\n0|a|500|4|os=x\n0|b|160|3|os=x\n");
        assert_eq!((before.len(), before[0].0, after.len()), (1, 2, 3));
        assert!(after.contains(&before[0]));
    }

    #[test]
    fn a_report_is_a_run() {
        let note = "0|a|7.25|1|os=x|statistic=mean\n0|a|7.25|2|os=x|statistic=slope\n0|b|7.5|3|os=x\n0|a|7.25|1.5|statistic=mean|os=x\n";
        let runs = read_note("abc", &note.replace('|', "\u{1c}")).unwrap();
        let names: Vec<Vec<_>> =
            runs.iter().map(|run| run.measurements.iter().map(|m| (&*m.name, m.n)).collect()).collect();
        let report = [("a[os=x,statistic=mean]", Some(2)), ("a[os=x,statistic=slope]", Some(1))];
        assert_eq!(names, [&report[..], &[("b[os=x]", Some(1))][..]]);
    }

    #[test]
    fn other_notes_are_refused() {
        assert!(read_note("abc", "\n").unwrap().is_empty());
        assert!(read_note("abc", "Reviewed-by: me\n").unwrap_err().message.contains("line 1: too few fields"));
    }
}
