//! Quantities as bars from zero.

use super::escape::{one_line, shorten, width};
use super::number;

/// The longest bar.
const LONGEST: usize = 50;

/// The share of the longest bar that each value takes; nothing for what is negative or not finite.
pub(super) fn shares(bars: &[(String, f64)]) -> Vec<f64> {
    let finite = |v: f64| if v.is_finite() { v.max(0.0) } else { 0.0 };
    let greatest = bars.iter().map(|(_, v)| finite(*v)).fold(0.0, f64::max);
    bars.iter().map(|(_, v)| if greatest > 0.0 { finite(*v) / greatest } else { 0.0 }).collect()
}

/// The lines within `room` columns: the title, then name, bar and value of each.
pub(super) fn draw(title: &str, unit: &str, bars: &[(String, f64)], room: usize, unicode: bool) -> Vec<String> {
    let dots = if unicode { "…" } else { ".." };
    let names: Vec<_> = bars.iter().map(|(name, _)| shorten(&one_line(name), (room / 3).max(8), dots)).collect();
    let values: Vec<_> = bars.iter().map(|(_, v)| one_line(&number::value(*v, unit))).collect();
    let wide = |texts: &[String]| texts.iter().map(|t| width(t)).max().unwrap_or(0);
    let (side, end) = (wide(&names), wide(&values));
    let longest = room.saturating_sub(side + end + 4).clamp(1, LONGEST);
    let mut lines = vec![shorten(&one_line(title), room, dots)];
    for ((name, value), share) in names.iter().zip(&values).zip(shares(bars)) {
        let pad = " ".repeat(side - width(name));
        lines.push(format!("{name}{pad}  {} {value}", bar(share * longest as f64, unicode)));
    }
    lines
}

fn bar(length: f64, unicode: bool) -> String {
    if !unicode {
        return "#".repeat(length.round() as usize);
    }
    let eighths = (length * 8.0).round() as usize;
    let parts: Vec<char> = " ▏▎▍▌▋▊▉".chars().collect();
    let mut text = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        text.push(parts[eighths % 8]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_at_zero_and_fit() {
        let bars = vec![("aws".into(), 2.0), ("gcp, far".into(), 1.0), ("odd".into(), f64::NAN)];
        let got = draw("latency", "ms", &bars, 40, true);
        assert_eq!(
            got,
            ["latency", "aws       ████████████████████████ 2 ms", "gcp, far  ████████████ 1 ms", "odd        -"]
        );
        assert!(got.iter().all(|line| width(line) <= 40));
        assert_eq!(draw("t", "", &[("a".into(), 0.0)], 40, false), ["t", "a   0"]);
    }
}
