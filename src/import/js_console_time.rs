//! What `console.timeEnd` prints in Node and the browsers.

use super::{IMPORTERS, Importer, Input, ReadOptions};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of the lines of `console.timeEnd`.
pub struct JsConsoleTime;

impl Importer for JsConsoleTime {
    fn name(&self) -> &'static str {
        "js-console-time"
    }

    fn doc(&self) -> &'static str {
        "lines of console.timeEnd in JavaScript"
    }

    fn example(&self) -> &'static str {
        "node bench.js > times.txt   # console.time('sort'); ...; console.timeEnd('sort')"
    }

    /// Such a line says little, so half of all lines have to be of this form, and any other reader goes first.
    fn claims(&self, input: &Input) -> bool {
        let Some(text) = input.text() else { return false };
        let (mut all, mut timers) = (0usize, 0usize);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            all += 1;
            timers += usize::from(timer(line).is_some());
        }
        timers > 0
            && timers * 2 >= all
            && input.json_lines().is_none()
            && !IMPORTERS.iter().any(|other| other.name() != self.name() && other.claims(input))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let timers = input.text().unwrap_or_default().lines().filter_map(timer);
        let read = |(name, value, unit)| Measurement::new(name, "time", unit, Better::Lower, Some(value));
        let measurements = timers.map(read).collect();
        Ok(vec![Run { harness: Some("console.time".into()), measurements, ..Run::default() }])
    }
}

/// Name, number and unit of `NAME: 12.3ms`, `NAME: 1.2s`, `NAME: 1:02.3 (m:ss.mmm)`, each perhaps with ` - timer ended`.
fn timer(line: &str) -> Option<(&str, f64, &'static str)> {
    let line = line.trim();
    let line = line.strip_suffix(" - timer ended").unwrap_or(line);
    let (name, time) = line.rsplit_once(": ")?;
    if name.is_empty() {
        return None;
    }
    for (suffix, unit) in [("ms", "ms"), ("s", "s")] {
        if let Some(value) = time.strip_suffix(suffix).and_then(plain) {
            return Some((name, value, unit));
        }
    }
    let clock = time.strip_suffix(" (m:ss.mmm)").or_else(|| time.strip_suffix(" (h:mm:ss.mmm)"))?;
    let mut parts = clock.rsplit(':');
    let seconds = parts.next()?;
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let mut total: u64 = whole.parse().ok()?;
    for (part, factor) in parts.by_ref().zip([60, 3600]) {
        total = total.checked_add(part.parse::<u64>().ok()?.checked_mul(factor)?)?;
    }
    // Put together as text, so that no digit is lost.
    Some((name, plain(&format!("{total}.{fraction}")).filter(|_| parts.next().is_none())?, "s"))
}

/// Digits with at most one dot.
fn plain(text: &str) -> Option<f64> {
    let digits =
        text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_time() {
        for (line, want) in [
            ("default: 0.091ms", Some(("default", 0.091, "ms"))),
            ("a: b: 1.234s", Some(("a: b", 1.234, "s"))),
            ("x: 1:02.345 (m:ss.mmm)", Some(("x", 62.345, "s"))),
            ("x: 1:00:02.345 (h:mm:ss.mmm)", Some(("x", 3602.345, "s"))),
            ("t: 7617ms - timer ended", Some(("t", 7617.0, "ms"))),
            ("t: 12 ms", None),
            ("    total time:                          1.0197s", None),
            ("t: 1:2", None),
            (": 1ms", None),
        ] {
            assert_eq!(timer(line), want, "{line}");
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in ["log\nlog\nlog\ntook: 5ms\n", "BenchmarkX 1 5 ns/op\ntook: 5ms\n", "took: 5ms\n{\"a\":1}\n", ""] {
            assert!(!JsConsoleTime.claims(&Input::file("t", text.into())), "{text}");
        }
        assert!(JsConsoleTime.claims(&Input::file("t", b"start\na: 5ms\nb: 1.5s\n".to_vec())));
    }
}
