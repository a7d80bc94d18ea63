//! What iai prints: a name, and below it `  Instructions:   1234 (+1.1%)`.

use super::{Importer, Input, ReadOptions, gungraun_metric, text};
use crate::Result;
use crate::model::{Measurement, Run};

/// Reader of iai's output; gungraun's (iai-callgrind's) has a bar between new and old.
pub struct IaiText;

impl Importer for IaiText {
    fn name(&self) -> &'static str {
        "iai-text"
    }

    fn doc(&self) -> &'static str {
        "what iai prints"
    }

    fn example(&self) -> &'static str {
        "cargo bench | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        text::plain(input).is_some_and(fits)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("iai".into()), ..Run::default() };
        let mut name = "";
        for line in input.text().unwrap_or_default().lines() {
            if !line.starts_with(' ') {
                name = line.trim();
            } else if let Some((label, value)) = count(line).filter(|_| !name.is_empty()) {
                let (metric, unit, better) = gungraun_metric::of_label(label);
                run.measurements.push(Measurement::new(name, metric, unit, better, Some(value)));
            }
        }
        Ok(vec![run])
    }
}

/// Whether there is a result of iai in the text.
pub(super) fn fits(text: &str) -> bool {
    let mut lines = text.lines().map(|line| count(line).map_or("", |(label, _)| label)).peekable();
    while let Some(label) = lines.next() {
        if label == "Instructions"
            && lines.peek().is_some_and(|next| next.ends_with(" Accesses") || next.ends_with(" Hits"))
        {
            return true;
        }
    }
    false
}

/// Label and count of `  Instructions:   1234 (+1.139138%)`; the bracket is the change.
fn count(line: &str) -> Option<(&str, f64)> {
    let (label, rest) = line.strip_prefix("  ")?.split_once(':')?;
    let value = rest.split('(').next()?.trim();
    let known = !label.starts_with(' ') && !label.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    if known { Some((label, text::number(value)?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_to_the_name_above() {
        let text = "Running x\n\na b\n  Instructions:        12 (+1.1%)\n  L1 Accesses:         15\n  Estimated Cycles:    16 (No change)\n";
        let input = Input::file("i", text.into());
        assert!(IaiText.claims(&input));
        let run = IaiText.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.value)).collect();
        let want = [
            ("a b", "instructions", Some(12.0)),
            ("a b", "l1_accesses", Some(15.0)),
            ("a b", "estimated_cycles", Some(16.0)),
        ];
        assert_eq!(rows, want);
        assert!(!fits("a\n  Instructions:  1|2 (No change)\n  L1 Hits:  1|2 (No change)\n"));
    }
}
