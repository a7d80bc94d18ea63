//! `check --format github`: workflow commands, which GitHub shows as annotations.
//!
//! Source: GitHub's documentation, "Workflow commands for GitHub Actions".

use super::escape;
use super::number;
use crate::report::Verdict;
use crate::report::changes::{Changes, SeriesChange, why};

/// GitHub shows at most this many annotations of a kind and step.
const MOST: usize = 10;

/// One command a regression or missing series, then a notice with the summary.
pub fn annotations(changes: &Changes) -> String {
    let mut out = String::new();
    let worse: Vec<_> = changes.series.iter().filter(|s| s.verdict == Verdict::Regression).collect();
    for s in worse.iter().take(MOST) {
        command(&mut out, "error", &format!("{} {}", s.benchmark, s.metric), &sentence(s));
    }
    if worse.len() > MOST {
        command(&mut out, "error", "git bench check", &format!("{} more regressions", worse.len() - MOST));
    }
    for m in changes.missing.iter().take(MOST) {
        command(&mut out, "warning", &format!("{} {}", m.benchmark, m.metric), &m.why);
    }
    let level = match changes.outcome {
        Some("fail") => "error",
        Some("no-data") => "warning",
        _ => "notice",
    };
    command(&mut out, level, "git bench check", &changes.summary());
    out
}

fn sentence(s: &SeriesChange) -> String {
    let value = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| number::value(v, &s.unit));
    let change = s.change.map(|c| format!(" ({})", number::change(c))).unwrap_or_default();
    let why = why(s);
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("{} -> {}{change}{why}", value(s.base.value), value(s.head.value))
}

fn command(out: &mut String, level: &str, title: &str, text: &str) {
    // In properties ':' and ',' are separators as well; '%' begins an escape.
    let data = |text: &str| escape::one_line(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    out.push_str(&format!("::{level} title={title}::{}\n", data(text)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_begin_a_command() {
        let mut out = String::new();
        command(&mut out, "error", "a::b,c", "x\n::set-env name=A::1 100%");
        assert_eq!(out.lines().count(), 1);
        assert!(out.starts_with("::error title=a%3A%3Ab%2Cc::x"), "{out}");
        assert!(out.contains("100%25"), "{out}");
    }
}
