//! Names and values for monitoring: what OpenMetrics, CloudWatch, Cloud Monitoring and the dashboards have in common.
//!
//! A metric is called by its word and its base unit (`latency_seconds`, `memory_bytes`), and values are converted to that unit,
//! so that runs in ms and in us are one stream and one in bytes is another. What tells streams apart are labels, which keep
//! the words of the records.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Machine, Row};
use crate::model::{Time, Unit};
use crate::render::escape;

/// Longest name of a metric, in characters: what all services take, with room for their prefixes.
const LONGEST: usize = 100;

/// The labels of a stream, in the order of their values.
pub const LABELS: [&str; 7] = ["benchmark", "metric", "unit", "suite", "channel", "machine", "environment"];

/// A stream of values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// `latency_seconds`: ASCII letters, digits and `_`, at most 100, a letter first.
    pub name: String,
    /// The unit of its values: `s`, `B`, `B/s`, `count`, the harness's word, or empty.
    pub unit: String,
    /// The values of [`LABELS`], whole.
    pub labels: [String; LABELS.len()],
}

impl Stream {
    /// The stream of a measurement, and the factor that brings its value to the unit of the stream.
    pub fn of(
        benchmark: &str,
        metric: &str,
        unit: &str,
        suite: &str,
        channel: &str,
        machine: Machine<'_>,
    ) -> (Self, f64) {
        let quantity = Unit::new(unit).quantity();
        let labels = [benchmark, metric, &quantity.base, suite, channel, machine.label, machine.environment]
            .map(escape::one_line);
        (Self { name: name(metric, &quantity.base), unit: quantity.base, labels }, quantity.factor)
    }

    /// The words of its unit that its name ends in; empty where there are none.
    pub fn suffix(&self) -> String {
        words(&self.unit)
    }

    /// Names and values of the labels that are not empty.
    pub fn filled(&self) -> impl Iterator<Item = (&'static str, &str)> {
        LABELS.into_iter().zip(self.labels.iter().map(String::as_str)).filter(|(_, value)| !value.trim().is_empty())
    }
}

/// `latency` in `s` is `latency_seconds`.
fn name(metric: &str, base: &str) -> String {
    let suffix = words(base);
    let mut name = plain(metric);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "metric_");
    }
    let tail = if suffix.is_empty() { String::new() } else { format!("_{suffix}") };
    if !tail.is_empty() && name.ends_with(&tail) {
        name.truncate(name.len() - tail.len());
    }
    name.truncate(LONGEST.saturating_sub(tail.len()));
    name + &tail
}

fn words(base: &str) -> String {
    match base {
        "" => String::new(),
        "s" => "seconds".into(),
        "B" => "bytes".into(),
        "B/s" => "bytes_per_second".into(),
        "%" => "percent".into(),
        other => match other.split_once('/') {
            Some((what, "s")) => format!("{}_per_second", cut(&plain(what), 40)),
            _ => cut(&plain(other), 40),
        },
    }
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

/// Letters, digits and `_` of ASCII; everything else is `_`.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The text within `longest` bytes; a longer one is cut and ends in `~` and 16 digits of its SHA-256, so that two stay two.
pub fn within(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let digest: String = Sha256::digest(text.as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect();
    let mut end = longest.saturating_sub(digest.len() + 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~{digest}", &text[..end])
}

/// Values by stream, then time.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    pub(super) streams: BTreeMap<Stream, Vec<(Time, f64)>>,
    /// Measurements that failed, which are no points.
    pub(super) failed: usize,
}

impl Points {
    pub(super) fn add(&mut self, row: &Row<'_>) {
        let (measured, run) = (row.measured, row.run);
        let Some(value) = measured.value.filter(|v| v.is_finite()) else {
            self.failed += 1;
            return;
        };
        let (stream, factor) =
            Stream::of(&measured.name, &measured.metric, &measured.unit, &run.suite, &run.channel, row.machine);
        // Divided by a whole number, which rounds once: 1e-3 itself is not exact.
        let value = if factor < 1.0 { value / (1.0 / factor).round() } else { value * factor };
        self.streams.entry(stream).or_default().push((run.time, value));
    }

    /// Sorts by time, and keeps the last of those of one second; how many were left out.
    pub(super) fn settle(&mut self) -> usize {
        let mut left_out = 0;
        for points in self.streams.values_mut() {
            points.sort_by_key(|(time, _)| *time);
            let before = points.len();
            points.reverse();
            points.dedup_by_key(|(time, _)| *time);
            points.reverse();
            left_out += before - points.len();
        }
        left_out
    }

    /// Leaves out what lies before `first` or after `last`; how many those were.
    pub(super) fn within(&mut self, first: Time, last: Time) -> usize {
        self.retain(|(time, _)| (first..=last).contains(time))
    }

    /// Leaves out values that do not fit; how many those were.
    pub(super) fn keep(&mut self, fits: impl Fn(f64) -> bool) -> usize {
        self.retain(|(_, value)| fits(*value))
    }

    fn retain(&mut self, fits: impl Fn(&(Time, f64)) -> bool) -> usize {
        let mut left_out = 0;
        for points in self.streams.values_mut() {
            let before = points.len();
            points.retain(&fits);
            left_out += before - points.len();
        }
        self.streams.retain(|_, points| !points.is_empty());
        left_out
    }

    /// What the user should know of failures and of values in one second.
    pub(super) fn remarks(&self, same_second: usize) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.failed > 0 {
            remarks.push(format!("{} failed and have no value", counted(self.failed, "measurement")));
        }
        if same_second > 0 {
            remarks.push(format!(
                "{} left out: another of the same stream lies in the same second",
                counted(same_second, "value")
            ));
        }
        remarks
    }
}

pub(super) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_unit_once_and_are_plain() {
        for (metric, unit, want, factor) in [
            ("latency", "ms", "latency_seconds", 1e-3),
            ("memory", "MB", "memory_bytes", 1e6),
            ("throughput", "", "throughput", 1.0),
            ("throughput", "ops/s", "throughput_ops_per_second", 1.0),
            ("bandwidth", "MB/s", "bandwidth_bytes_per_second", 1e6),
            ("usage", "%", "usage_percent", 1.0),
            ("wall_seconds", "s", "wall_seconds", 1.0),
            ("seconds", "s", "seconds_seconds", 1.0),
            ("L1 hits", "count", "L1_hits_count", 1.0),
            ("99th", "us", "metric_99th_seconds", 1e-6),
            ("זמן", "ns", "metric_____seconds", 1e-9),
        ] {
            let (stream, by) = Stream::of("b", metric, unit, "s", "daily", Machine::default());
            assert_eq!((stream.name.as_str(), by), (want, factor), "{metric} {unit}");
        }
        let (stream, _) = Stream::of("b", &"x".repeat(500), &"y".repeat(500), "s", "c", Machine::default());
        assert_eq!(stream.name.len(), 100);
        assert_eq!(stream.labels[1].len(), 500);
    }

    #[test]
    fn what_is_too_long_stays_itself() {
        assert_eq!(within("abc", 3), "abc");
        let (a, b) = (within(&("é".repeat(50) + "a"), 40), within(&("é".repeat(50) + "b"), 40));
        assert!(a.len() <= 40 && b.len() <= 40 && a != b, "{a} {b}");
        assert!(a.starts_with('é') && a.contains('~'));
    }

    #[test]
    fn one_value_a_second_and_none_out_of_time() {
        let (stream, _) = Stream::of("b", "m", "s", "s", "c", Machine::default());
        let points = vec![(Time(20), 2.0), (Time(10), 1.0), (Time(20), 3.0), (Time(30), 4.0)];
        let mut all = Points { streams: BTreeMap::from([(stream.clone(), points)]), failed: 2 };
        assert_eq!(all.settle(), 1);
        assert_eq!(all.streams[&stream], [(Time(10), 1.0), (Time(20), 3.0), (Time(30), 4.0)]);
        assert_eq!(all.within(Time(15), Time(25)), 2);
        assert_eq!(all.streams[&stream], [(Time(20), 3.0)]);
        assert_eq!(all.within(Time(0), Time(1)), 1);
        assert!(all.streams.is_empty());
        assert_eq!(all.remarks(1).len(), 2);
    }
}
