//! Small parsers that readers of text share.

use serde_json::Value;

use super::{Input, json};

/// A number as printed: commas between thousands, a sign, an exponent; no words such as `inf`.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    if text.contains(',') { text.replace(',', "").parse().ok() } else { text.parse().ok() }
}

/// The mean of values; NaN of none.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The part of an absolute path behind the last `/` or `\`; everything else as it is.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Of JSON lines that are broken somewhere: the first object. `None` where all can be read, or the first is broken.
pub fn first_of_broken_lines(input: &Input) -> Option<Value> {
    let bytes = json::trim(input.bytes());
    if bytes.first() != Some(&b'{') || input.json().is_some() || input.json_lines().is_some() {
        return None;
    }
    let first = bytes.split(|b| *b == b'\n').next()?;
    json::parse(json::trim(first)).ok()
}

/// The place of the first broken line of JSON lines, for an error.
pub fn broken_line(input: &Input) -> String {
    let bad = |line: &[u8]| json::trim(line).first() == Some(&b'{') && json::parse(json::trim(line)).is_err();
    match input.bytes().split(|b| *b == b'\n').position(bad) {
        Some(at) => format!("line {}", at + 1),
        None => "file".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_printed() {
        assert_eq!(number("1,057,916.00"), Some(1_057_916.0));
        assert_eq!((number("-1e-7"), number("inf"), number("")), (Some(-1e-7), None, None));
        assert_eq!((file_name("/a/b.lua"), file_name("C:\\x\\y.lua"), file_name("z")), ("b.lua", "y.lua", "z"));
    }

    #[test]
    fn broken_lines_are_counted() {
        let input = Input::file("x", b"{\"a\":1}\nchatter\n{\"a\":".to_vec());
        assert_eq!(first_of_broken_lines(&input).map(|v| v["a"].clone()), Some(Value::from(1)));
        assert_eq!(broken_line(&input), "line 3");
    }
}
