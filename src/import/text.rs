//! Numbers and lines as harnesses print them.

use super::Input;
use crate::model::Unit;

/// The text of an input that is plain text: no XML, no JSON and no script, in which the output of another harness may be
/// quoted.
pub fn plain(input: &Input) -> Option<&str> {
    let text = input.text()?;
    let begin = text.trim_start();
    let other = begin.starts_with('<') || begin.starts_with("window.") || input.json().is_some();
    (!other).then_some(text)
}

/// A printed number; commas between thousands are passed over. `nan` and `inf` are numbers too, words are not.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.trim_start_matches(['-', '+']);
    let special = ["nan", "inf", "infinity"].iter().any(|word| plain.eq_ignore_ascii_case(word));
    if special || plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return text.replace(',', "").parse().ok();
    }
    None
}

/// A number and its unit, with a space between: `1.74 µs`.
pub fn quantity(text: &str) -> Option<(f64, &str)> {
    let (value, unit) = text.trim().split_once(char::is_whitespace)?;
    let unit = unit.trim();
    (!unit.is_empty() && !unit.contains(char::is_whitespace)).then_some((number(value)?, unit))
}

/// A value in another unit; `None` where the two measure different things. The factors are whole numbers one way or the
/// other, so nothing is lost: 2 µs are exactly 2000 ns.
pub fn converted(value: f64, from: &Unit, to: &Unit) -> Option<f64> {
    let factor = from.factor_to(to)?;
    Some(if factor >= 1.0 { value * factor.round() } else { value / (1.0 / factor).round() })
}

/// The words of a line, each with its place in bytes.
pub fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split_whitespace().map(|word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
}

/// Whether a line is a rule: at least ten times the same character and nothing else.
pub fn is_rule(line: &str, character: char) -> bool {
    let line = line.trim();
    line.len() >= 10 && line.chars().all(|c| c == character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units() {
        assert_eq!(number(" 13,967,756.30 "), Some(13967756.3));
        assert_eq!(number("N/A"), None);
        assert_eq!(number("information"), None);
        assert!(number("-nan").is_some_and(f64::is_nan));
        assert_eq!(quantity("1.74 µs"), Some((1.74, "µs")));
        assert_eq!(quantity("1.74"), None);
        assert_eq!(converted(2.0, &Unit::new("us"), &Unit::new("ns")), Some(2000.0));
        assert_eq!(converted(500.0, &Unit::new("ns"), &Unit::new("us")), Some(0.5));
        assert_eq!(words(" a  µ b").map(|(at, _)| at).collect::<Vec<_>>(), [1, 4, 7]);
    }
}
