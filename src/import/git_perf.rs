//! git-perf's notes (`refs/notes/perf-v3`): a measurement a line, its fields separated by the byte 0x1C.

use std::collections::BTreeMap;

use super::{json, units};
use crate::model::{Better, Measurement, Run, Time};
use crate::{Error, Result};

/// The ref that git-perf shares its measurements under.
pub const NOTES_REF: &str = "refs/notes/perf-v3";

/// The run in the note of one commit; none where the note is empty. A line is `epoch name timestamp value [key=value...]`.
/// The key-values belong to the name, sorted by key: `name[os=linux,rust=stable]`; values of one such name are samples of
/// one measurement, in the order of their timestamps. Lines that git-perf would pass over are passed over with a warning.
///
/// # Errors
/// [`crate::Kind::Data`] where no line is one of git-perf's.
pub fn read_note(commit: &str, note: &str) -> Result<Vec<Run>> {
    let mut series: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: Vec<Series> = Vec::new();
    let (mut passed, mut last) = (Vec::new(), f64::NEG_INFINITY);
    for (i, line) in note.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line = match Line::parse(line) {
            Ok(line) => line,
            Err(why) => {
                passed.push(format!("line {}: {why}", i + 1));
                continue;
            }
        };
        last = last.max(line.timestamp);
        let params: Vec<_> = line.keys.iter().collect();
        let name = json::with_params(line.name, &params);
        let unit = line.keys.get("unit").copied().unwrap_or("");
        let at = *series.entry(name).or_insert_with_key(|name| {
            found.push(Series { name: name.clone(), unit: unit.to_owned(), values: Vec::new() });
            found.len() - 1
        });
        found[at].values.push((line.timestamp, line.value));
    }
    if found.is_empty() {
        return match passed.first() {
            None => Ok(Vec::new()),
            Some(why) => Err(Error::data(format!("the note of '{commit}' is none of git-perf's: {why}"))),
        };
    }
    let mut warnings = Vec::new();
    if let Some(first) = passed.first() {
        warnings.push(format!("{} lines in the note of '{commit}' passed over, {first}", passed.len()));
    }
    Ok(vec![Run {
        harness: Some("git-perf".into()),
        commit: Some(commit.to_owned()),
        time: last.is_finite().then_some(Time(last.floor() as i64)),
        measurements: found.into_iter().map(Series::measurement).collect(),
        entry: Some(note.as_bytes().to_vec()),
        warnings,
        ..Run::default()
    }])
}

struct Series {
    name: String,
    unit: String,
    values: Vec<(f64, f64)>,
}

impl Series {
    fn measurement(mut self) -> Measurement {
        self.values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let samples: Vec<f64> = self.values.iter().map(|(_, value)| *value).filter(|v| v.is_finite()).collect();
        let mean = (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64);
        let (metric, unit, better) = match self.unit.as_str() {
            "" => ("value", String::new(), Better::None),
            unit => units::by_unit(unit),
        };
        let measured = Measurement::new(self.name, metric, &unit, better, mean).count(Some(self.values.len() as u64));
        if samples.len() > 1 { measured.sampled(samples) } else { measured }
    }
}

struct Line<'a> {
    name: &'a str,
    timestamp: f64,
    value: f64,
    keys: BTreeMap<&'a str, &'a str>,
}

impl<'a> Line<'a> {
    /// As git-perf reads it: empty fields do not count, of a repeated key the last one does.
    fn parse(line: &'a str) -> Result<Self, &'static str> {
        let mut fields = line.split('\u{1c}').filter(|field| !field.is_empty());
        let mut next = || fields.next().ok_or("too few fields");
        let (epoch, name, timestamp, value) = (next()?, next()?, next()?, next()?);
        epoch.parse::<u32>().map_err(|_| "the epoch is no number")?;
        let timestamp = timestamp.parse().map_err(|_| "the timestamp is no number")?;
        let value = value.parse().map_err(|_| "the value is no number")?;
        let keys = fields.map(|field| field.split_once('=').ok_or("a key without '='")).collect::<Result<_, _>>()?;
        Ok(Self { name, timestamp, value, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_name_are_samples() {
        let note = "0|a|20.5|3.0|rust=beta|os=x\n0|a|10.0|1.0|os=x|rust=beta\n0|b|5|NaN\n7|c|6|2|unit=ns\n\n0|d|1\n0|e|1|2|z\n";
        let runs = read_note("abc", &note.replace('|', "\u{1c}")).unwrap();
        let run = &runs[0];
        let rows: Vec<_> =
            run.measurements.iter().map(|m| (&*m.name, &*m.metric, m.value, m.n, m.samples.clone())).collect();
        assert_eq!(
            rows,
            [
                ("a[os=x,rust=beta]", "value", Some(2.0), Some(2), vec![1.0, 3.0]),
                ("b", "value", None, Some(1), vec![]),
                ("c[unit=ns]", "time", Some(2.0), Some(1), vec![]),
            ]
        );
        assert_eq!(run.time, Some(Time(20)));
        assert_eq!(run.warnings, ["2 lines in the note of 'abc' passed over, line 6: too few fields"]);
    }

    #[test]
    fn other_notes_are_refused() {
        assert!(read_note("abc", "\n").unwrap().is_empty());
        assert!(read_note("abc", "Reviewed-by: me\n").unwrap_err().message.contains("line 1: too few fields"));
    }
}
